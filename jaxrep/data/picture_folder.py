"""Pictures of a folder, of any size, depth and orientation, as squares of one size."""

import logging
from pathlib import Path

import numpy as np
from jaxtyping import Float

from jaxrep.data.pictures import Pictures, scale_together
from jaxrep.safe_arrays import whole

SUFFIXES = (".png", ".jpg", ".jpeg", ".pgm", ".bmp", ".gif", ".tif", ".tiff", ".webp")
MOST_PIXELS = 100_000_000
"""Of one picture; more are not unpacked."""
# Pillow logs what it stumbles over in a damaged file, beside the one line that is raised for it.
logging.getLogger("PIL").addHandler(logging.NullHandler())
_FORMATS = ("PNG", "JPEG", "PPM", "BMP", "GIF", "TIFF", "WEBP")
_BYTE, _WORD, _LONG = 2**8 - 1, 2**16 - 1, 2**31 - 1


def read_folder(folder: str | Path, size: int) -> Pictures:
    """Pictures of a folder, or of one folder for each person in it; 0 .. 1 over all.

    They are turned upright as their EXIF data say, cut square about their centre, and averaged
    over the area of each new pixel. Grey values are shares of what the file's depth can hold, so
    that 8 and 16 bit mix. Hidden files (``._*`` of macOS) are passed over.

    Raises:
      ValueError: no pictures, a damaged one, one of too few or too many pixels, or float
        pictures outside 0 .. 1 among others.
    """
    folder = Path(folder)
    files = sorted(file for file in folder.rglob("*") if _is_picture(file.relative_to(folder)))
    if not files:
        raise ValueError(f"no pictures ({', '.join(SUFFIXES)}) in {folder}")
    values, people, free = [], [], []
    for file in files:
        picture, scale = read_picture(file, size)
        values.append(picture / np.float32(scale))
        free.append(scale == 1)
        people.append(file.parent.relative_to(folder).as_posix())
    if any(free) and not all(free):
        for file, picture, one in zip(files, values, free, strict=True):
            if one and not (picture.min() >= 0 and picture.max() <= 1):
                raise ValueError(
                    f"{file.name} has floats {picture.min():.4g} .. {picture.max():.4g}; among "
                    "pictures of whole numbers 0 .. 1 is needed"
                )
    named = sorted(set(people))
    number = [named.index(p) if len(named) > 1 else -1 for p in people]
    return scale_together(np.stack(values), np.array(number))


def read_picture(file: str | Path, size: int) -> tuple[Float[np.ndarray, "size size"], int]:
    """Grey values of one picture, upright and square, and the greatest its depth can hold.

    Raises:
      ValueError: it is no picture, or has too few or too many pixels.
    """
    from PIL import Image, ImageOps

    file = Path(file)
    with whole(file, "picture"), Image.open(file, formats=_FORMATS) as image:
        if image.width * image.height > MOST_PIXELS:
            raise ValueError(
                f"{file} has {image.width} x {image.height} pixels; {MOST_PIXELS:,} at most"
            )
        side = min(image.size)
        if side < size:
            raise ValueError(f"{file} has {side} pixels a side; size {size} is wanted")
        image = ImageOps.exif_transpose(image)
        deep = image.mode == "F" or image.mode.startswith("I")
        grey = np.asarray(image if deep else image.convert("L")).astype(np.float32)
        scale = _BYTE
        if deep:
            scale = 1 if image.mode == "F" else _WORD if grey.max() <= _WORD else _LONG
        left, top = ((length - side) // 2 for length in image.size)
        square = Image.fromarray(grey[top : top + side, left : left + side])
        return np.asarray(square.resize((size, size), Image.Resampling.BOX)), scale


def _is_picture(file: Path) -> bool:
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in file.parts)
    return file.suffix.lower() in SUFFIXES and not hidden
