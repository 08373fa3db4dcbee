"""MATLAB files against SciPy's reader and writer, and lies in them."""

import struct

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from jaxrep.data.mat_files import read_mat
from jaxrep.data.mat_variables import list_variables

ARRAYS = {
    "doubles": np.arange(12.0).reshape(3, 4),
    "small_whole_doubles": np.arange(6.0).reshape(2, 3),
    "bytes": np.arange(24, dtype=np.uint8).reshape(2, 3, 4),
    "singles": np.linspace(-1, 1, 5, dtype=np.float32)[None],
    "long": np.array([[2**40, -1]]),
    "scalar": np.array([[7]], np.int16),
}


@pytest.mark.parametrize("options", [{}, {"do_compression": True}, {"format": "4"}])
def test_arrays_are_those_of_scipy(tmp_path, options):
    arrays = ARRAYS
    if options.get("format") == "4":  # two axes, no long integers
        arrays = {name: ARRAYS[name] for name in ("doubles", "singles", "scalar")}
    path = tmp_path / "a.mat"
    beside = (
        {} if options.get("format") == "4" else {"word": "text", "cell": np.array([{}], object)}
    )
    savemat(path, arrays | {"complex": np.ones((2, 2)) * 1j} | beside, **options)
    for name in arrays:
        np.testing.assert_array_equal(read_mat(path, name), loadmat(path)[name])
    assert set(list_variables(path.read_bytes())) == set(arrays)


def test_the_published_faces(shared_data):
    path = shared_data / "face_angle" / "olivettifaces.mat"
    np.testing.assert_array_equal(read_mat(path), loadmat(path)["faces"])


def test_lies_are_refused(tmp_path):
    path = tmp_path / "a.mat"
    savemat(path, {"faces": np.zeros((3, 5))})
    data = path.read_bytes()
    shape = struct.pack("<2i", 3, 5)
    for lie, message in (
        (data.replace(shape, struct.pack("<2i", 10**6, 10**6)), "claims 1,000,000,000,000 numbers"),
        (data.replace(shape, struct.pack("<2i", 3, 6)), "120 bytes for 18 numbers"),
        (data.replace(shape, struct.pack("<2i", -3, 5)), "shape .-3, 5."),
        (data[:-8], "a variable claims"),
        (data[:100], "no MATLAB file"),
        (b"", "no MATLAB file with arrays"),
    ):
        path.write_bytes(lie)
        with pytest.raises(ValueError, match=message):
            read_mat(path)
