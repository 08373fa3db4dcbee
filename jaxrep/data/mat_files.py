"""One array of numbers of a MATLAB file, version 4 to 7 or 7.3 (HDF5), as MATLAB shows it."""

from pathlib import Path

import numpy as np

from jaxrep.data.mat_variables import list_variables, read_variable
from jaxrep.safe_arrays import BOMB_BYTES, BOMB_RATIO, check_room, whole


def read_mat(path: str | Path, key: str = "", usual: str = "faces") -> np.ndarray:
    """The array called `key`; without one the `usual` one, or the only one of two or more axes.

    Raises:
      ValueError: a damaged file, no such array, several that may be meant, no numbers, or more
        than fits into memory.
      OSError: it cannot be read.
    """
    import h5py

    path = Path(path)
    with whole(path, ".mat file"):
        read = _read_hdf5 if h5py.is_hdf5(path) else _read_plain
        return read(path, key, usual)


def _read_plain(path: Path, key: str, usual: str) -> np.ndarray:
    check_room(path, path.stat().st_size, "as much")
    data = path.read_bytes()
    variables = list_variables(data)
    name = _chosen(path, key, usual, {name: one.shape for name, one in variables.items()})
    return _numbers(path, name, read_variable(path, data, variables[name]))


def _read_hdf5(path: Path, key: str, usual: str) -> np.ndarray:
    import h5py

    with h5py.File(path, "r") as file:
        sets = {
            name: one.shape[::-1]
            for name, one in file.items()
            if isinstance(one, h5py.Dataset) and one.dtype.kind in "iuf" and one.shape
        }
        name = _chosen(path, key, usual, sets)
        found = file[name]
        assert isinstance(found, h5py.Dataset)
        wanted, stored = found.size * found.dtype.itemsize, found.id.get_storage_size()
        check_room(path, wanted, f"{found.size:,} numbers")
        packed = bool(found.compression)
        if stored < wanted and not (
            packed and (wanted < BOMB_BYTES or wanted < BOMB_RATIO * stored)
        ):
            raise ValueError(f"{path}: {name} claims {wanted:,} bytes and has {stored:,}")
        # HDF5 counts the axes from the other end
        return _numbers(path, name, found[()].T)


def _chosen(path: Path, key: str, usual: str, shapes: dict[str, tuple[int, ...]]) -> str:
    possible = [name for name, shape in shapes.items() if len(shape) > 1 and max(shape) > 1]
    if key and key not in shapes:
        raise ValueError(f"{path} has no array of numbers {key!r}; it has {_names(shapes)}")
    if key or usual in shapes:
        return key or usual
    if len(possible) != 1:
        raise ValueError(
            f"{path} has no array {usual!r}; it has {_names(shapes)}: the name of one is needed"
        )
    return possible[0]


def _names(shapes: dict[str, tuple[int, ...]]) -> str:
    listed = [f"{name} {list(shape)}" for name, shape in list(shapes.items())[:8]]
    return ", ".join(listed) or "none of numbers"


def _numbers(path: Path, name: str, values: np.ndarray) -> np.ndarray:
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "iuf" or not values.size:
        raise ValueError(f"{path}: {name} is not an array of real numbers")
    return values
