"""IDX files, LeCun's format of MNIST: four bytes, the shape, and the numbers; plain or .gz."""

import gzip
import math
import os
from pathlib import Path

import numpy as np

from jaxrep.safe_arrays import check_room, whole

_KINDS = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def read_idx_array(path: str | Path) -> np.ndarray:
    """The array of an IDX file, of which no more is read than its shape says.

    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "labels-idx1-ubyte")
    ...     _ = file.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 9]))
    ...     read_idx_array(file).tolist()
    [7, 9]

    Raises:
      ValueError: not an IDX file, cut off or too long, or more than fits into memory.
      OSError: it cannot be read.
    """
    path = Path(path)
    packed = path.suffix == ".gz"
    with whole(path, "IDX file"), gzip.open(path) if packed else open(path, "rb") as file:
        head = file.read(4)
        if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in _KINDS:
            raise ValueError(f"{path} is not an IDX file")
        sizes = file.read(4 * head[3])
        if len(sizes) < 4 * head[3]:
            raise ValueError(f"{path} is not an IDX file: it ends in its shape")
        shape = np.frombuffer(sizes, ">u4").tolist()
        kind = np.dtype(_KINDS[head[2]])
        count = math.prod(shape)
        check_room(path, count * kind.itemsize, f"{count:,} numbers")
        # deflate packs at most 1030 times
        most = os.path.getsize(path) * (1100 if packed else 1)
        data = file.read(min(count * kind.itemsize, most) + 1)
    if len(data) != count * kind.itemsize:
        raise ValueError(
            f"{path} has {len(data) // kind.itemsize:,}{' or more' if len(data) > count else ''} "
            f"values for shape {shape}"
        )
    return np.frombuffer(data, kind).reshape(shape).astype(kind.newbyteorder("="))
