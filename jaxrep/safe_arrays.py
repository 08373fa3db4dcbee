"""Arrays from files that may be damaged: sizes are checked before anything is read.

A .npy or .npz file says in its first bytes how many numbers it has. Whether they are there, and
fit into memory, is asked before they are read; objects and pickles are never read.
"""

import io
import math
import os
import warnings
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

MOST_ARRAYS = 10_000
"""Arrays of a .npz file at most."""
BOMB_BYTES, BOMB_RATIO = 64 * 2**20, 400
"""More bytes than that, packed more than so many times smaller, are no measurement (deflate packs
zeros 1030 times)."""
_HEADER_BYTES = 10_000
_PIECE = 2**24
_READERS = {(1, 0): (npy.read_array_header_1_0, 2), (2, 0): (npy.read_array_header_2_0, 4)}


@contextmanager
def whole(path: str | Path, kind: str) -> Iterator[None]:
    """Around a reader of a format: whatever it raises becomes one line.

    Readers of damaged bytes raise what they happen to stumble over, so that every `Exception`
    counts; a `ValueError` that begins with the path is passed on as it is.

    >>> with whole("a.npy", ".npy file"):
    ...     [][0]
    Traceback (most recent call last):
    ValueError: a.npy is not a whole .npy file (list index out of range)

    Raises:
      ValueError: anything went wrong.
      OSError: there is no such file, or it may not be read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (FileNotFoundError, PermissionError, IsADirectoryError):
        raise
    except Exception as error:
        said = " ".join(str(error).split())
        if isinstance(error, ValueError) and said.startswith(str(path)):
            raise
        words = f"{said[:120] or type(error).__name__}"
        raise ValueError(f"{path} is not a whole {kind} ({words})") from None


def check_room(path: str | Path, bytes_wanted: int, what: str) -> None:
    """Raise for an array that half of the free memory does not hold.

    Raises:
      ValueError: it is too large.

    >>> check_room("a.npy", 8 * 10**12, "1,000,000,000,000 numbers")
    Traceback (most recent call last):
    ValueError: a.npy claims 1,000,000,000,000 numbers (8,000 GB); ... GB at most are read here
    """
    room = free_memory() // 2
    if bytes_wanted > room:
        raise ValueError(
            f"{path} claims {what} ({bytes_wanted / 1e9:,.0f} GB); "
            f"{room / 1e9:,.1f} GB at most are read here"
        )


def free_memory() -> int:
    """Bytes of memory that are free, as far as the system says; 8 GB where it does not."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")
    except (OSError, ValueError, AttributeError):
        return 8 * 10**9


def read_npy(path: str | Path) -> np.ndarray:
    """The array of a .npy file.

    Raises:
      ValueError: it is damaged or cut off, holds objects, or claims more than fits into memory.
      OSError: it cannot be read.

    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "a.npy")
    ...     np.save(file, np.arange(3))
    ...     read_npy(file).tolist()
    [0, 1, 2]
    """
    with whole(path, ".npy file"), open(path, "rb") as file:
        return _read_array(file, os.fstat(file.fileno()).st_size, path, "its array")


def read_npz(path: str | Path, only: Collection[str] = ()) -> dict[str, np.ndarray]:
    """The arrays of a .npz file by name; `only` these, where they are there.

    Raises:
      ValueError: as of `read_npy`; too many arrays, or some that are packed so well that they
        are no data.
      OSError: it cannot be read.
    """
    with whole(path, ".npz file"), zipfile.ZipFile(path) as archive:
        entries = _entries(archive, path)
        if only:
            entries = {name: entry for name, entry in entries.items() if name in only}
        check_room(path, sum(entry.file_size for entry in entries.values()), "as much")
        arrays = {}
        for name, entry in entries.items():
            with archive.open(entry) as file:
                arrays[name] = _read_array(file, entry.file_size, path, name)
        return arrays


def npz_names(path: str | Path) -> list[str]:
    """Names of the arrays of a .npz file, which are not read.

    Raises:
      ValueError: it is damaged.
      OSError: it cannot be read.
    """
    with whole(path, ".npz file"), zipfile.ZipFile(path) as archive:
        return list(_entries(archive, path))


def _entries(archive: zipfile.ZipFile, path: str | Path) -> dict[str, zipfile.ZipInfo]:
    entries = archive.infolist()
    if len(entries) > MOST_ARRAYS:
        raise ValueError(f"{path} has {len(entries):,} arrays; at most {MOST_ARRAYS:,} are read")
    for entry in entries:
        packed = entry.file_size / max(entry.compress_size, 1)
        if entry.file_size > BOMB_BYTES and packed > BOMB_RATIO:
            raise ValueError(
                f"{path} claims {entry.file_size:,} bytes of {entry.filename[:40]!r} in "
                f"{entry.compress_size:,}; such a file is not unpacked"
            )
    return {entry.filename.removesuffix(".npy"): entry for entry in entries}


def _read_header(file: io.BufferedIOBase) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, order and kind of the numbers; never more bytes are read than a header has."""
    start = file.read(npy.MAGIC_LEN)
    version = npy.read_magic(io.BytesIO(start))
    if version not in _READERS:
        raise ValueError(f"version {version} of the format is not known")
    read, bytes_of_length = _READERS[version]
    length = file.read(bytes_of_length)
    size = int.from_bytes(length, "little")
    if size > _HEADER_BYTES:
        raise ValueError(f"a header of {size:,} bytes")
    return read(io.BytesIO(length + file.read(size)), max_header_size=_HEADER_BYTES)


def _read_array(file: io.BufferedIOBase, size: int, path: str | Path, name: str) -> np.ndarray:
    """The array at the place where the file stands, of which `size` bytes are left."""
    shape, fortran, dtype = _read_header(file)
    if dtype.hasobject or dtype.kind not in "biufcSU" or not dtype.itemsize:
        raise ValueError(f"{path}: {name} holds {dtype}; numbers are needed")
    if min(shape, default=0) < 0:
        raise ValueError(f"{path}: {name} has shape {list(shape)}")
    count = math.prod(shape)
    check_room(path, count * dtype.itemsize, f"{count:,} numbers")
    left = size - file.tell()
    if count * dtype.itemsize != left:
        raise ValueError(
            f"{path}: {name} has {left:,} bytes for {count:,} numbers of shape {list(shape)}"
        )
    data = bytearray(left)
    view, filled = memoryview(data), 0
    while filled < left:
        piece = file.read(min(left - filled, _PIECE))
        if not piece:
            raise ValueError(f"{path}: {name} ends after {filled:,} of {left:,} bytes")
        view[filled : filled + len(piece)] = piece
        filled += len(piece)
    if file.read(1):
        raise ValueError(f"{path}: {name} goes on after its {left:,} bytes")
    array = np.frombuffer(data, dtype, count)
    return array.reshape(shape[::-1]).T if fortran else array.reshape(shape)
