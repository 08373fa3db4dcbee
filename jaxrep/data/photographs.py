"""Photographs that well-kept libraries ship, whitened as Olshausen and Field (1997) did."""

from typing import Any, cast

import numpy as np
from jaxtyping import Float

from jaxrep.extras import extra
from jaxrep.typing import Array

PHOTOGRAPHS = ("scikit-learn", "scikit-image")
"""Packages whose photographs are read; nothing is downloaded."""
SHIPPED = ("astronaut", "brick", "camera", "chelsea", "coffee", "coins", "grass", "gravel")
SHIPPED += ("moon", "rocket")
"""Of scikit-image, by the name of their function in `skimage.data`."""


def photographs(source: str) -> list[Float[np.ndarray, "height width"]]:
    """Grey photographs, 0 to 1: two of scikit-learn, or ten of scikit-image.

    >>> [picture.shape for picture in photographs("scikit-learn")]
    [(427, 640), (427, 640)]

    Args:
      source: one of `PHOTOGRAPHS`.

    Raises:
      ValueError: another source, or one that is not installed.
    """
    if source not in PHOTOGRAPHS:
        raise ValueError(f"source: {source!r} is not known; allowed are {', '.join(PHOTOGRAPHS)}")
    with extra("pictures"):
        if source == "scikit-learn":
            from sklearn.datasets import load_sample_images

            pictures = cast(Any, load_sample_images()).images
        else:
            from skimage import data

            pictures = [getattr(data, name)() for name in SHIPPED]
    grey = [np.asarray(picture, float) for picture in pictures]
    return [(x.mean(-1) if x.ndim == 3 else x) / 255 for x in grey]


def whiten_photograph(
    picture: Float[Array, "height width"], cutoff: float = 0.4, border: int = 8
) -> Float[np.ndarray, "row column"]:
    """All frequencies alike up to a cutoff: the spectrum times ``r exp(-(r / cutoff)^4)``.

    Natural pictures have amplitudes that fall as 1 / r; the filter flattens them and spares the
    noise of the highest frequencies (Olshausen and Field 1997, who have a cutoff of 200 cycles in
    512 pixels). The result has unit variance and no mean.

    >>> picture = np.cumsum(np.random.default_rng(0).normal(size=(64, 64)), 1)
    >>> white = whiten_photograph(picture)
    >>> white.shape, round(float(white.std()), 3)
    ((48, 48), 1.0)

    Args:
      picture: grey values.
      cutoff: r in cycles per pixel.
      border: pixels cut away on every side, where the transform wraps around.

    Raises:
      ValueError: a picture that is no larger than its borders, or of one grey value; a cutoff
        that is not positive.
    """
    grey = np.asarray(picture, float)
    if grey.ndim != 2 or border < 0 or min(grey.shape) <= 2 * border:
        raise ValueError(f"picture: shape {grey.shape} given for a border of {border}")
    if not cutoff > 0:
        raise ValueError(f"cutoff: {cutoff} given; above 0 is needed")
    down, right = (np.fft.fftfreq(size) for size in grey.shape)
    radius = np.hypot(down[:, None], right)
    spectrum = np.fft.fft2(grey - grey.mean()) * radius * np.exp(-((radius / cutoff) ** 4))
    rows, columns = grey.shape
    white = np.real(np.fft.ifft2(spectrum))[border : rows - border, border : columns - border]
    white = white - white.mean()
    size = white.std()
    if not size > 1e-12 * max(np.abs(grey).max(), 1e-300):
        raise ValueError("picture: one grey value all over; there is nothing to whiten")
    return white / size


def whitened_photographs(source: str) -> Float[np.ndarray, "picture row column"]:
    """`photographs` after `whiten_photograph`, their middles of one size, float32.

    >>> whitened_photographs("scikit-learn").shape
    (2, 411, 624)

    Raises:
      ValueError: as `photographs`.
    """
    white = [whiten_photograph(picture) for picture in photographs(source)]
    rows, columns = (min(sizes) for sizes in zip(*(x.shape for x in white), strict=True))
    middles = []
    for picture in white:
        top, left = (picture.shape[0] - rows) // 2, (picture.shape[1] - columns) // 2
        middles.append(picture[top : top + rows, left : left + columns])
    return np.stack(middles).astype(np.float32)
