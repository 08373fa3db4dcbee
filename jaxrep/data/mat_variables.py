"""Variables of numbers of a MATLAB file of level 4 or 5 (versions 4 to 7), read with care.

SciPy's reader ends the whole process on some damaged files, so that the few pages of the format
that arrays of real numbers need are here; every length is compared with what is there before it is
believed. Format: MathWorks, "MAT-File Format" (2024).
"""

import math
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jaxrep.safe_arrays import check_room

_MATRIX, _COMPRESSED = 14, 15
_KINDS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8"}
_KINDS |= {12: "i8", 13: "u8"}
_CLASSES = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4"}
_CLASSES |= {14: "i8", 15: "u8"}
_OLD_KINDS = ("f8", "f4", "i4", "i2", "u2", "u1")
_HEAD = 4096
"""Bytes at the beginning of a variable in which its name and shape must be."""
_MOST_AXES, _MOST_VARIABLES = 32, 10_000
_COMPLEX = 0x800


class Variable(NamedTuple):
    """Where an array of real numbers is.

    Attributes:
      shape: as MATLAB shows it.
      kind: of the numbers, as NumPy names it.
      start, end: bytes of the file; of level 5 those of its whole element, packed or not.
      packed: whether the element is compressed.
      level: 4 or 5.
      order: ``<`` or ``>``.
    """

    shape: tuple[int, ...]
    kind: str
    start: int
    end: int
    packed: bool
    level: int
    order: str


def list_variables(data: bytes) -> dict[str, Variable]:
    """Arrays of real numbers of a file by name; no numbers are read.

    Raises:
      ValueError: no MATLAB file, or a damaged one.
    """
    if len(data) >= 128 and data[126:128] in (b"IM", b"MI"):
        return _list_new(data, "<" if data[126:128] == b"IM" else ">")
    return _list_old(data)


def read_variable(path: str | Path, data: bytes, variable: Variable) -> np.ndarray:
    """The numbers of a variable, in the file's own precision or that of its class.

    Raises:
      ValueError: they are not all there, or do not fit into memory.
    """
    count = math.prod(variable.shape)
    size = np.dtype(variable.kind).itemsize
    check_room(path, count * size, f"{count:,} numbers")
    if variable.level == 4:
        kind = np.dtype(variable.order + variable.kind)
        flat = np.frombuffer(data, kind, count, variable.start)
    else:
        element = data[variable.start : variable.end]
        if variable.packed:
            # Numbers may be kept smaller than their class, never larger; names are short.
            most = count * 8 + _HEAD
            unpack = zlib.decompressobj()
            element = unpack.decompress(element, most + 1)
            if len(element) > most:
                raise ValueError(f"more than the {count:,} numbers of its shape")
            if not unpack.eof:
                raise ValueError("its compressed numbers are cut off")
            _, start, end = _tag(element, 0, variable.order)
            element = element[start:end]
        *_, place = _matrix_head(element, variable.order)
        kind_number, start, end = _tag(element, place, variable.order)
        if kind_number not in _KINDS or end > len(element):
            raise ValueError(f"its numbers are of kind {kind_number}")
        kind = np.dtype(variable.order + _KINDS[kind_number])
        if end - start != count * kind.itemsize:
            raise ValueError(f"{end - start:,} bytes for {count:,} numbers")
        flat = np.frombuffer(element, kind, count, start)
    return flat.astype(variable.kind).reshape(variable.shape, order="F")


def _list_new(data: bytes, order: str) -> dict[str, Variable]:
    found, place = {}, 128
    while place + 8 <= len(data) and len(found) < _MOST_VARIABLES:
        kind, start, end = _tag(data, place, order)
        if end > len(data):
            raise ValueError(f"a variable claims {end - start:,} bytes of {len(data) - start:,}")
        head, packed = data[start : min(end, start + _HEAD)], kind == _COMPRESSED
        if packed:
            head = zlib.decompressobj().decompress(data[start:end], _HEAD)
            kind, inner, _ = _tag(head, 0, order)
            head = head[inner:]
        if kind == _MATRIX and (read := _matrix_head(head, order)):
            name, shape, number, _ = read
            if number in _CLASSES:
                span = (start, end)
                found[name] = Variable(shape, _CLASSES[number], *span, packed, 5, order)
        # compressed elements are not padded to eight bytes, others are
        place = end if packed else end + -end % 8
    return found


def _matrix_head(element: bytes, order: str) -> tuple[str, tuple[int, ...], int, int]:
    """Name, shape and class of a matrix, and where its numbers are; class 0 is not read."""
    kind, start, end = _tag(element, 0, order)
    if kind != 6 or end - start != 8:
        raise ValueError("a variable without flags")
    flags = struct.unpack_from(order + "I", element, start)[0]
    kind, start, end = _tag(element, _padded(end), order)
    axes = (end - start) // 4
    if kind not in (5, 6) or not 2 <= axes <= _MOST_AXES:
        raise ValueError(f"a variable of {axes} axes")
    shape = struct.unpack_from(f"{order}{axes}i", element, start)
    if min(shape) < 0:
        raise ValueError(f"a variable of shape {list(shape)}")
    kind, start, end = _tag(element, _padded(end), order)
    if kind not in (1, 2, 16) or end > len(element):
        raise ValueError("a variable without a name")
    name = element[start:end].decode("latin-1")
    number = 0 if flags & _COMPLEX else flags & 0xFF
    return name, shape, number, _padded(end)


def _tag(data: bytes, place: int, order: str) -> tuple[int, int, int]:
    """Kind of an element, and where its bytes start and end."""
    if place + 8 > len(data):
        raise ValueError("it ends within a tag")
    kind, size = struct.unpack_from(order + "II", data, place)
    if kind >> 16:  # a small element: size and kind in four bytes, the data in the next four
        return kind & 0xFFFF, place + 4, place + 4 + min(kind >> 16, 4)
    return kind, place + 8, place + 8 + size


def _padded(place: int) -> int:
    return place + -place % 8


def _list_old(data: bytes) -> dict[str, Variable]:
    found, place = {}, 0
    order = "<" if data[:1] != b"\0" or data[2:4] == b"\0\0" else ">"
    while place + 20 <= len(data) and len(found) < _MOST_VARIABLES:
        kind, rows, columns, imaginary, letters = struct.unpack_from(order + "5I", data, place)
        precision, form = kind // 10 % 10, kind % 10
        if kind // 1000 != (order == ">") or kind // 100 % 10 or precision > 5 or form > 2:
            raise ValueError("no MATLAB file of level 4 or 5")
        start = place + 20 + letters
        number = rows * columns * np.dtype(_OLD_KINDS[precision]).itemsize
        end = start + number * (2 if imaginary else 1)
        if end > len(data):
            raise ValueError(f"a variable claims {end - place:,} bytes of {len(data) - place:,}")
        name = data[place + 20 : start].rstrip(b"\0").decode("latin-1")
        if not imaginary and form == 0:
            span = (start, start + number)
            found[name] = Variable((rows, columns), _OLD_KINDS[precision], *span, False, 4, order)
        place = end
    if not found:
        raise ValueError("no MATLAB file with arrays of numbers")
    return found
