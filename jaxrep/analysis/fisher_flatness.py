"""Is precision the same everywhere? A test that knows how errors at several points go together.

The same samples are seen at all points, and samples of one person resemble each other, so errors
are neither independent between points nor between samples. The replicates of a jackknife that
leaves out persons have both: their covariance is the whole covariance of the curve's errors.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.arrays import real_array
from jaxrep.typing import Array

CONTRASTS = 4
"""Smooth departures from a flat curve that are tested; few, as their covariance is estimated."""


class SmoothFlatness(NamedTuple):
    """Test of ln I against a constant along smooth departures.

    Attributes:
      statistic: F of as many contrasts, and groups less contrasts, degrees of freedom; about 1 for
        a flat curve.
      probability: of more than that if the curve were flat.
    """

    statistic: Float[np.ndarray, "*batch"]
    probability: Float[np.ndarray, "*batch"]


def smooth_flatness(
    information: Shaped[Array, "..."],
    replicates: Shaped[Array, "..."],
    inside: Shaped[Array, "..."] | None = None,
    *,
    periodic: bool = False,
    contrasts: int = CONTRASTS,
) -> SmoothFlatness:
    """Hotelling's T squared of q contrasts of ``l = ln I``, with the covariance of a jackknife.

    ``V = (G - 1) / G sum_g (l_g - mean)(l_g - mean)^T`` over G groups left out (Efron and Stein
    1981), ``T^2 = (C l)^T (C V C^T)^-1 (C l)`` and ``F = T^2 (G - q) / ((G - 1) q)``. The rows of C
    are cosines of 1 .. q half periods over the points, or on a circle cosines and sines of whole
    ones: q may not come near G, so a test against all points loses its level (.07 to .32 of flat
    curves fail it at 5 %). Measured on 200 flat curves each of a code of two numbers, 7 pictures
    of each person: .05 of them fail with 40 persons and 6 points, .03 with 24 points, .01 with 12
    persons, of which a third have no logarithm. Errors of single pictures fail .80 to .88.

    >>> draw = np.random.default_rng(0)
    >>> noise = 0.01 * draw.normal(size=(8, 30))
    >>> points = np.linspace(0, 1, 8)
    >>> flat, slope = (smooth_flatness(np.exp(a * points), np.exp(a * points[:, None] + noise))
    ...                for a in (0.0, 1.0))
    >>> bool(flat.probability > 0.05), bool(slope.probability > 0.05)
    (True, False)

    Args:
      information: I at equally spaced points, ``[..., point]``.
      replicates: the same without one group after the other, ``[..., point, group]``
        (`fisher_jackknife`).
      inside: points that are looked at, next to each other; None: all.
      periodic: the points go around a circle; the last may be the first again.
      contrasts: q, fewer than points and groups.

    Returns:
      NaN where a value is not finite or not above 0, or where there are too few points or groups.

    Raises:
      ValueError: shapes that do not fit, or no contrast.
    """
    from scipy.stats import f

    values = np.asarray(real_array(information, "information"), float)
    left = np.asarray(real_array(replicates, "replicates"), float)
    if left.ndim < 2 or left.shape[:-1] != values.shape:
        raise ValueError(f"replicates: shape {left.shape} given for values {values.shape}")
    if contrasts < 1:
        raise ValueError(f"contrasts: {contrasts} given; at least 1 is needed")
    if inside is not None:
        values, left = values[..., inside], left[..., inside, :]
    points, groups = left.shape[-2:]
    batch = values.shape[:-1]
    nothing = np.full(batch, np.nan)
    if points <= contrasts or groups <= contrasts + 1:
        return SmoothFlatness(nothing, nothing)
    with np.errstate(all="ignore"):
        logs, each = np.log(values), np.log(left)
    known = np.isfinite(logs).all(-1) & np.isfinite(each).all((-2, -1))
    logs, each = np.where(known[..., None], logs, 0), np.where(known[..., None, None], each, 0)
    shapes = _contrasts(points, contrasts, periodic)
    seen, apart = logs @ shapes.T, shapes @ (each - each.mean(-1, keepdims=True))
    covariance = (groups - 1) / groups * apart @ np.swapaxes(apart, -1, -2)
    # of replicates that do not differ there is no error, and no test
    values, vectors = np.linalg.eigh(covariance)
    known &= values[..., 0] > 1e-12 * values[..., -1]
    along = np.einsum("...kq,...k->...q", vectors, seen)
    squared = np.sum(along**2 / np.where(known[..., None], values, 1), -1)
    statistic = np.where(known, squared * (groups - contrasts) / ((groups - 1) * contrasts), np.nan)
    return SmoothFlatness(statistic, np.asarray(f.sf(statistic, contrasts, groups - contrasts)))


def _contrasts(points: int, count: int, periodic: bool) -> Float[np.ndarray, "contrast point"]:
    """Orthogonal to a constant and to each other."""
    middle = (np.arange(points) + 0.5) / points
    if periodic:
        order = np.arange(count) // 2 + 1
        turn = 2 * np.pi * order[:, None] * middle - np.pi / 2 * (np.arange(count) % 2)[:, None]
        return np.cos(turn)
    return np.cos(np.pi * np.arange(1, count + 1)[:, None] * middle)
