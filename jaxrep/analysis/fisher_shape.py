"""The shape of precision over a stimulus: what information follows, where it lies, how flat it is.

Numbers of many networks at once, NaN of those whose information is not finite.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Shaped

from jaxrep.analysis.fisher_curves import (
    Flatness,
    fit_exponent,
    fit_floor,
    flatness,
    over_angles,
    share_within,
    total_information,
    total_root_information,
)
from jaxrep.analysis.fisher_flatness import SmoothFlatness, smooth_flatness
from jaxrep.arrays import finite_array, real_array
from jaxrep.typing import Array, Real

Curves = Shaped[Array, "..."]
"""``[network, angle]``."""
Numbers = Float[np.ndarray, " network"]


class PrecisionShape(NamedTuple):
    """Numbers of a curve of Fisher information, one for each network.

    Attributes:
      exponent: g of ``I ~ p^g`` where the density is high (`fit_exponent`).
      floor: information where the density vanishes, per squared unit (`fit_floor`).
      share: of sqrt(I) within a window.
      total_root: integral of sqrt(I).
      total: integral of I, per unit of the stimulus.
      peak: greatest I, per squared unit.
      flat: is sqrt(I) the same everywhere, given its errors, as if they were independent? NaN
        where I is not above 0 somewhere.
      smooth: the test that knows how errors at several angles go together; NaN without
        replicates.
    """

    exponent: Numbers
    floor: Numbers
    share: Numbers
    total_root: Numbers
    total: Numbers
    peak: Numbers
    flat: Flatness
    smooth: SmoothFlatness


def precision_shape(
    information: Curves,
    density: Curves,
    angles: Shaped[Array, "..."],
    *,
    errors: Curves,
    window: tuple[float, float],
    inside: Shaped[Array, "..."] | None = None,
    replicates: Shaped[Array, "..."] | None = None,
    periodic: bool = False,
) -> PrecisionShape:
    """Exponent, floor, share, totals and flatness of every network.

    >>> angles = np.linspace(-1, 1, 21)
    >>> density = np.exp(-(angles**2))[None]
    >>> shown = {"errors": 0.1 * density, "window": (0.0, 0.5)}
    >>> float(precision_shape(9 * density**2, density, angles, **shown).exponent[0])
    2.0

    Args:
      information: I ``[network, angle]``, per squared unit of the stimulus.
      density: of the stimuli each network was trained on, ``[network, angle]``.
      angles: values of the stimulus, increasing.
      errors: standard errors of I.
      window: centre and half width of where the share lies; NaN if it is not inside the angles of a
        line; on a circle it goes on at the other end.
      inside: angles at which flatness is judged (`inner_angles`); None: all.
      replicates: I without one group of samples after the other, for `smooth_flatness`.
      periodic: the angles are a whole circle, in radians.

    Raises:
      ValueError: shapes that do not fit, or angles that do not increase.
    """
    information, angles = over_angles(_networks(information, "information"), angles, "information")
    density, _ = over_angles(_networks(density, "density"), angles, "density")
    errors, _ = over_angles(_networks(errors, "errors"), angles, "errors")
    for name, values in (("density", density), ("errors", errors)):
        if values.shape != information.shape:
            raise ValueError(f"{name}: shape {values.shape} given for {information.shape}")
    root, (centre, half) = np.sqrt(np.maximum(information, 0)), window
    fits = periodic or (angles[0] <= centre - half and centre + half <= angles[-1])
    share = np.full(len(root), np.nan)
    if fits:
        share = share_within(root, angles, centre, half, 2 * np.pi if periodic else None)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = errors / (2 * root)
        flat = flatness(np.where(root > 0, root, np.nan), spread, inside)
    nothing = np.full(len(information), np.nan)
    smooth = SmoothFlatness(nothing, nothing)
    if replicates is not None:
        smooth = smooth_flatness(information, replicates, inside, periodic=periodic)
    return PrecisionShape(
        fit_exponents(information, density),
        np.array([fit_floor(i, p).floor for i, p in zip(information, density, strict=True)]),
        np.asarray(share),
        np.asarray(total_root_information(information, angles)),
        np.asarray(total_information(information, angles)),
        information.max(-1),
        flat,
        smooth,
    )


def _networks(curves: Array, name: str) -> Float[np.ndarray, "network angle"]:
    values = np.asarray(real_array(curves, name), float)
    if values.ndim != 2:
        raise ValueError(f"{name}: shape {values.shape} given; [network, angle] is needed")
    return values


def fit_exponents(information: Curves, density: Curves) -> Numbers:
    """g of ``I ~ p^g`` of every network (`fit_exponent`); NaN where there is nothing to fit.

    >>> density = np.array([[1.0, 2.0, 3.0, 4.0]] * 2)
    >>> fit_exponents(density ** np.array([[1.0], [2.0]]), density).round(6).tolist()
    [1.0, 2.0]

    Raises:
      ValueError: curves of unequal shapes.
    """
    information, density = _networks(information, "information"), _networks(density, "density")
    if information.shape != density.shape:
        raise ValueError(f"density: shape {density.shape} given for {information.shape}")
    pairs = zip(information, density, strict=True)
    return np.array([fit_exponent(i, p).value for i, p in pairs], float)


def inner_angles(angles: Shaped[Array, "..."], margin: Real) -> Bool[np.ndarray, " angle"]:
    """Angles at least `margin` from both ends, where a code of a line loses information.

    >>> inner_angles(np.array([-1.0, -0.9, 0.0, 1.0]), 0.15).tolist()
    [False, False, True, False]

    Raises:
      ValueError: no angles, or angles or a margin that are not finite.
    """
    angles = np.asarray(finite_array(angles, "angles"), float)
    if angles.ndim != 1 or not len(angles):
        raise ValueError(f"angles: shape {angles.shape} given; [angle], at least one, is needed")
    if not np.isfinite(margin):
        raise ValueError(f"margin: {margin} given; a finite number is needed")
    return (angles >= angles[0] + margin) & (angles <= angles[-1] - margin)


def bin_means(
    curves: Curves, angles: Shaped[Array, "..."], bins: int
) -> Float[np.ndarray, "network bin"]:
    """Means over equal bins of the range of the angles, both of whose ends are left out.

    NaN of a bin without an angle.

    >>> bin_means(np.array([[9.0, 1.0, 2.0, 9.0]]), np.array([0.0, 0.4, 0.8, 1.0]), 2).tolist()
    [[1.0, 2.0]]

    Raises:
      ValueError: no bins, shapes that do not fit, or angles that do not increase.
    """
    curves, angles = over_angles(_networks(curves, "curves"), angles, "curves")
    if bins < 1:
        raise ValueError(f"bins: {bins} given; at least 1 is needed")
    low, high = angles[0], angles[-1]
    place = np.floor((angles - low) / (high - low) * bins).clip(0, bins - 1).astype(int)
    place[[0, -1]] = -1
    means = [
        curves[:, place == b].mean(1) if (place == b).any() else np.full(len(curves), np.nan)
        for b in range(bins)
    ]
    return np.stack(means, 1)
