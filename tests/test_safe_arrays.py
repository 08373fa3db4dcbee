"""Damaged, absurd and hostile files of arrays: one line, and nothing read whole before."""

import gzip
import io
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from numpy.lib import format as npy

from jaxrep.data.idx_files import read_idx_array
from jaxrep.safe_arrays import read_npy, read_npz

ARRAYS = {
    "numbers": np.arange(12.0).reshape(3, 4),
    "columns": np.asfortranarray(np.arange(6, dtype=np.int16).reshape(2, 3)),
    "one": np.array(3.5),
    "nothing": np.zeros((0, 2)),
    "words": np.array(["S5"]),
    "big_end": np.arange(3, dtype=">f4"),
}


def header(shape, kind="<f8", fortran=False) -> bytes:
    """The first bytes of a .npy file of that shape."""
    file = io.BytesIO()
    npy.write_array_header_1_0(file, {"descr": kind, "fortran_order": fortran, "shape": shape})
    return file.getvalue()


@pytest.fixture
def bounded():
    """Fails where a test takes more than 50 MB."""
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50e6


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_come_as_numpy_reads_them(tmp_path, save):
    save(tmp_path / "all.npz", **ARRAYS)
    found = read_npz(tmp_path / "all.npz")
    assert list(found) == list(ARRAYS)
    for name, wanted in ARRAYS.items():
        np.testing.assert_array_equal(found[name], wanted)
        assert found[name].dtype == wanted.dtype
        np.save(tmp_path / "one.npy", wanted)
        np.testing.assert_array_equal(read_npy(tmp_path / "one.npy"), wanted)
    assert list(read_npz(tmp_path / "all.npz", ("one", "none"))) == ["one"]
    found["numbers"][0] = 0  # may be written to


@pytest.mark.parametrize(
    "data, message",
    [
        (header((10**6, 10**6)), "claims 1,000,000,000,000 numbers .8,000 GB.; .* are read here"),
        (header((10**30,), "<f4"), "GB at most are read here"),
        (header((3,)) + bytes(23), "its array has 23 bytes for 3 numbers of shape .3."),
        (header((3,)) + bytes(25), "25 bytes for 3 numbers"),
        (header((-3,)) + bytes(24), "has shape .-3."),
        (header((), "|O"), "holds object; numbers are needed"),
        (header((4,), "|S0"), "numbers are needed"),
        (header((0, 10**30)), "not a whole .npy file"),
        (header((3,))[:40], "not a whole .npy file"),
        (b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**31), "a header of 2,147,483,648 bytes"),
        (b"\x93NUMPY\x07\x00", "version .7, 0."),
        (b"", "not a whole .npy file"),
        (b"PK\3\4", "not a whole .npy file"),
    ],
)
def test_a_bad_array_gets_one_line(tmp_path, bounded, data, message):
    file = tmp_path / "bad.npy"
    file.write_bytes(data)
    with pytest.raises(ValueError, match=message) as error:
        read_npy(file)
    assert "\n" not in str(error.value) and str(error.value).startswith(str(file))


def test_bombs_are_not_unpacked(tmp_path, bounded):
    """A GB of zeros in a MB; an entry whose stated size is a lie."""
    file, shape = tmp_path / "bomb.npz", (2**27,)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("x.npy", "w", force_zip64=True) as entry:
            entry.write(header(shape))
            for _ in range(64):
                entry.write(bytes(2**24))
    with pytest.raises(
        ValueError, match="claims 1,073,741,952 bytes of 'x.npy' in .* not unpacked"
    ):
        read_npz(file)
    np.savez_compressed(file, x=np.zeros(1000))
    data = file.read_bytes()
    lie = data.replace(struct.pack("<I", 8128), struct.pack("<I", 60_000_000))
    assert lie != data
    file.write_bytes(lie)
    with pytest.raises(ValueError, match="x has 59,999,872 bytes for 1,000 numbers"):
        read_npz(file)


def test_other_bad_archives(tmp_path):
    file = tmp_path / "bad.npz"
    np.savez(file, x=np.arange(100))
    data = file.read_bytes()
    for broken in (data[:-30], data[:200] + b"\xff" + data[201:], b"no", b""):
        file.write_bytes(broken)
        with pytest.raises(ValueError, match="is not a whole .npz file"):
            read_npz(file)
    np.savez(file, x=np.array([{}], object))
    with pytest.raises(ValueError, match="x holds object; numbers are needed"):
        read_npz(file)
    with pytest.raises(FileNotFoundError):
        read_npz(tmp_path / "none.npz")


def packed(data: bytes) -> bytes:
    """Without the time of day, which would be another name of the test in each process."""
    return gzip.compress(data, mtime=0)


@pytest.mark.parametrize(
    "name, data, message",
    [
        (
            "a",
            b"\0\0\x08\x03" + struct.pack(">3I", 60000, 28, 28) + b"\1",
            "has 1 values for shape",
        ),
        ("a", b"\0\0\x0e\x02" + struct.pack(">2I", 2**31, 2**31), "GB at most are read"),
        ("a", b"\0\0\x08\x01" + struct.pack(">I", 2) + b"123", "3 or more values for shape .2."),
        ("a", b"\0\0\x08\xff\0\0", "ends in its shape"),
        ("a.gz", packed(b"\0\0\x08\x01" + struct.pack(">I", 9) + bytes(10**8)), "or more"),
        ("a.gz", packed(b"\0\0\x08\x01" + struct.pack(">I", 9))[:-6], "not a whole IDX"),
        ("a.gz", b"\0\0\x08\x01", "is not a whole IDX file"),
        ("a", b"\0\0\x07\x01\0\0\0\0", "is not an IDX file"),
    ],
)
def test_bad_idx_files(tmp_path, bounded, name, data, message):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ValueError, match=message):
        read_idx_array(tmp_path / name)
