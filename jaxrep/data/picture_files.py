"""Pictures of somebody else: arrays of files, whichever way they lie, or folders."""

from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float, Num

from jaxrep.data.mat_files import read_mat
from jaxrep.data.picture_folder import read_folder
from jaxrep.data.pictures import PER_PERSON, Pictures, resize, scale_together
from jaxrep.safe_arrays import npz_names, read_npy, read_npz

Axes = Literal["auto", "pictures_first", "pictures_last"]
PixelOrder = Literal["auto", "rows", "columns"]
NPZ_NAMES = (("x_train", "x_test"), ("x",), ("images",), ("faces",), ("pictures",))
"""Names of arrays of pictures in .npz files, and below of persons."""
PERSON_NAMES = (("y_train", "y_test"), ("y",), ("person",), ("target",), ("labels",))
_GREY = np.array([0.299, 0.587, 0.114], np.float32)
"""Of red, green and blue (ITU-R 601), as Pillow has it."""


def read_pictures(
    path: str | Path,
    size: int,
    *,
    key: str = "",
    axes: Axes = "auto",
    pixel_order: PixelOrder = "auto",
) -> Pictures:
    """Pictures of a .mat, .npy or .npz file, or of a folder; 0 .. 1 over all of them.

    A .npy file is ``[picture, height, width]`` or ``[picture, pixel]``, with a last axis of one or
    three colours or not. A .npz file has such an array, or ``x_train`` and ``x_test`` (as Keras),
    which are scaled together; ``y...`` say who is shown. A .mat file has ``faces [64 * 64,
    picture]`` (columns of a picture one after the other), or another array. Pictures that are not
    square are cut about their centre. Folders: `read_folder`.

    Args:
      path: of the file or folder.
      size: pixels of a side.
      key: name of the array of a .mat or .npz file; by default the usual or the only one.
      axes: whether the pictures are the first axis or the last; auto is the last for .mat files,
        unless only the other way gives squares, and the first for all others.
      pixel_order: whether the pixels of a picture go row by row or column by column; auto is
        columns for .mat files of two axes, else rows.

    Raises:
      ValueError: no such file, not pictures, or fewer pixels than `size`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(Path(folder, "faces.npy"), np.arange(8.0).reshape(2, 2, 2))
    ...     pictures = read_pictures(Path(folder, "faces.npy"), 2)
    >>> pictures.values.shape, float(pictures.values.min()), float(pictures.values.max())
    ((2, 2, 2), 0.0, 1.0)
    """
    path = Path(path)
    if path.is_dir():
        if key or (axes, pixel_order) != ("auto", "auto"):
            raise ValueError("key, axes and pixel order are for files of arrays, not for folders")
        return read_folder(path, size)
    if not path.exists():
        raise ValueError("no such file or folder")
    suffix = path.suffix.lower()
    person = None
    if suffix == ".mat":
        values = read_mat(path, key)
    elif suffix == ".npy":
        values = read_npy(path)
    elif suffix == ".npz":
        values, person = _read_npz(path, key)
    else:
        raise ValueError(f"{path.name} is neither .mat nor .npy nor .npz nor a folder of pictures")
    images = arrange(values, axes, pixel_order, matlab=suffix == ".mat")
    if person is None or len(person) != len(images):
        known = suffix == ".mat" and len(images) == 400
        person = np.arange(400) // PER_PERSON if known else np.full(len(images), -1)
    return resize(scale_together(images.astype(np.float32), person), size)


def arrange(
    values: Num[np.ndarray, "..."], axes: Axes, pixel_order: PixelOrder, matlab: bool
) -> Num[np.ndarray, "picture height width"]:
    """Pictures upright and one after the other, from an array that lies any way.

    >>> lying = np.arange(12).reshape(4, 3)  # four pixels of three pictures
    >>> arrange(lying, "auto", "auto", matlab=True)[0].tolist()
    [[0, 6], [3, 9]]
    >>> arrange(lying, "pictures_last", "rows", matlab=False)[0].tolist()
    [[0, 3], [6, 9]]

    Raises:
      ValueError: not two or three axes of numbers (or a last one of colours), or pictures of a
        number of pixels that is no square.
    """
    if values.dtype.kind not in "uif" or not values.size:
        raise ValueError(f"{values.dtype} {list(values.shape)} given; pictures are numbers")
    if values.ndim == 4 and values.shape[-1] in (1, 3):
        colours = values.shape[-1]
        values = values[..., 0] if colours == 1 else values.astype(np.float32) @ _GREY
    if values.ndim not in (2, 3):
        raise ValueError(
            f"{values.dtype} {list(values.shape)} given; [picture, height, width] is needed, or "
            "[picture, pixel]"
        )
    last = axes == "pictures_last" or (axes == "auto" and matlab and _fits_last(values.shape))
    images = np.moveaxis(values, -1, 0) if last else values
    columns = pixel_order == "columns" or (pixel_order == "auto" and matlab and values.ndim == 2)
    if images.ndim == 2:
        side = round(images.shape[1] ** 0.5)
        if side**2 != images.shape[1]:
            raise ValueError(
                f"shape {list(values.shape)} given, {images.shape[1]} pixels a picture, which are "
                f"no square; the pictures may be the {'first' if last else 'last'} axis"
            )
        images = images.reshape(-1, side, side)
    return images.transpose(0, 2, 1) if columns else images


def _fits_last(shape: tuple[int, ...]) -> bool:
    """Whether pictures along the last axis are square, or those along the first are not."""
    if len(shape) == 3:
        return shape[0] == shape[1] or shape[1] != shape[2]
    square = [round(length**0.5) ** 2 == length and length >= 4 for length in shape]
    return square[0] or not square[1]


def _read_npz(path: Path, key: str) -> tuple[np.ndarray, np.ndarray | None]:
    names = npz_names(path)
    if key and key not in names:
        raise ValueError(f"{path} has no array {key!r}; it has {', '.join(names[:12])}")
    usual = [each for each in NPZ_NAMES if set(each) <= set(names)]
    wanted = (key,) if key else usual[0] if usual else tuple(names)
    if len(wanted) != 1 and not usual:
        raise ValueError(
            f"{path} has arrays {', '.join(names[:12])}: the name of one of them is needed"
        )
    parts = read_npz(path, wanted)
    values = _joined(path, [parts[name] for name in wanted])
    people = [each for each in PERSON_NAMES if set(each) <= set(names)]
    if key or not people:
        return values, None
    labels = read_npz(path, people[0])
    joined = _joined(path, [labels[name].reshape(-1) for name in people[0]])
    if joined.dtype.kind not in "iu":
        return values, None
    return values, np.unique(joined, return_inverse=True)[1]


def _joined(path: Path, parts: list[np.ndarray]) -> Float[np.ndarray, "..."] | np.ndarray:
    if len({part.shape[1:] for part in parts}) > 1:
        shapes = " and ".join(str(list(part.shape)) for part in parts)
        raise ValueError(f"{path}: arrays of shapes {shapes} do not go together")
    return np.concatenate(parts) if parts[0].ndim else parts[0]
