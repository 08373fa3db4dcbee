"""Curves of Fisher information over a stimulus: totals, shape, the power of the density, flatness.

Information I is per squared unit of the stimulus, sqrt(I) per unit; integrals are by the trapezoid
rule over the given points. "Total information" has two meanings in the literature, which can
disagree about which of two codes has more: they have two names here. Angles increase and are at
least two; of a curve that is not finite everywhere nothing is known (NaN).
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.arrays import finite_array, real_array
from jaxrep.typing import Array, Real

FITTED_ABOVE = 0.1
"""Share of the greatest density above which the exponent is fitted: below it information has a
floor that no theory predicts."""

Curve = Shaped[Array, "*batch angle"]
Angles = Shaped[Array, " angle"]
Values = Float[np.ndarray, "*batch"] | float


def over_angles(curve: Array, angles: Array, name: str = "curve") -> tuple[np.ndarray, np.ndarray]:
    """Curves ``[..., angle]`` and their angles as float64, fit for the trapezoid rule.

    Curves that are not finite somewhere are NaN.

    Raises:
      ValueError: fewer than two angles, or angles that do not increase; curves of others.
    """
    values = np.asarray(real_array(curve, name), float)
    values = np.where(np.isfinite(values).all(-1, keepdims=True), values, np.nan)
    angles = np.asarray(finite_array(angles, "angles"), float)
    if angles.ndim != 1 or len(angles) < 2 or not (np.diff(angles) > 0).all():
        raise ValueError(f"angles: {np.size(angles)} given; at least two that increase are needed")
    if values.shape[-1:] != angles.shape:
        raise ValueError(f"{name}: shape {values.shape} given for {len(angles)} angles")
    return values, angles


def total_root_information(information: Curve, angles: Angles) -> Values:
    """``integral sqrt(I)``: the length of the code in units of its noise.

    Corrected estimates below 0 count as 0.

    >>> float(total_root_information(np.array([4, 4, 4]), np.array([0, 1, 2])))
    4.0

    Raises:
      ValueError: angles that do not increase, or do not fit.
    """
    information, angles = over_angles(information, angles, "information")
    return np.trapezoid(np.sqrt(np.maximum(information, 0)), angles, axis=-1)


def total_information(information: Curve, angles: Angles) -> Values:
    """``integral I``, per unit of the stimulus: dominated by the peaks.

    >>> float(total_information(np.array([4, 4, 4]), np.array([0, 1, 2])))
    8.0

    Raises:
      ValueError: angles that do not increase, or do not fit.
    """
    information, angles = over_angles(information, angles, "information")
    return np.trapezoid(information, angles, axis=-1)


def normalised(curve: Curve, angles: Angles) -> Curve:
    """The curve over its integral, to be compared with a density; NaN where that is 0.

    >>> normalised(np.array([2, 2, 2]), np.array([0, 1, 2])).tolist()
    [0.5, 0.5, 0.5]

    Raises:
      ValueError: angles that do not increase, or do not fit.
    """
    curve, angles = over_angles(curve, angles)
    with np.errstate(all="ignore"):
        return curve / np.trapezoid(curve, angles, axis=-1)[..., None]


def share_within(
    curve: Curve, angles: Angles, centre: Real, half_width: Real, period: Real | None = None
) -> Values:
    """Share of the curve's integral within ``centre +- half_width``, linear between the points.

    NaN where the integral is 0. With a `period`, of which the angles cover one, the window goes
    on at the other end.

    >>> float(share_within(np.array([2, 2, 2]), np.array([0, 1, 2]), 1.0, 0.5))
    0.5
    >>> float(share_within(np.array([2, 2, 2]), np.array([0, 1, 2]), 0.0, 0.75, period=3.0))
    0.5

    Raises:
      ValueError: the window is not inside the angles, or a half width below 0; angles that do not
        increase, or do not fit.
    """
    curve, angles = over_angles(curve, angles)
    low, high = centre - half_width, centre + half_width
    if not half_width >= 0:
        raise ValueError(f"half_width: {half_width} given; 0 or more is needed")
    if period is not None:
        curve, angles, low, high = _around(curve, angles, float(low), float(high), float(period))
    if not (low >= angles[0] and high <= angles[-1]):
        raise ValueError(
            f"window: {low:.4g} .. {high:.4g} is not inside {angles[0]:.4g} .. {angles[-1]:.4g}"
        )
    inside = np.concatenate([[low], angles[(angles > low) & (angles < high)], [high]])
    flat = curve.reshape(-1, len(angles))
    part = [np.trapezoid(np.interp(inside, angles, row), inside) for row in flat]
    whole = np.trapezoid(curve, angles, axis=-1) / (1 if period is None else 3)
    with np.errstate(all="ignore"):
        return np.reshape(part, curve.shape[:-1]) / whole


def _around(curve, angles, low: float, high: float, period: float):
    """Three periods of the curve, and the window within the middle one and its neighbours."""
    if not period > 0 or angles[-1] - angles[0] > period * (1 + 1e-9):
        raise ValueError(f"period: {period:g} given for angles over {angles[-1] - angles[0]:g}")
    if angles[-1] - angles[0] > period * (1 - 1e-9):  # both ends are the same angle
        curve, angles = curve[..., :-1], angles[:-1]
    turns = np.floor(((low + high) / 2 - angles[0]) / period) * period
    low, high = low - turns, high - turns
    if high - low > period:
        low, high = angles[0], angles[0] + period
    every = np.concatenate([angles - period, angles, angles + period, [angles[0] + 2 * period]])
    repeated = np.concatenate([curve, curve, curve, curve[..., :1]], -1)
    return repeated, every, low, high


def total_variation(first: Curve, second: Curve, angles: Angles) -> Values:
    """Half the integral of the difference of two curves, both normalised: 0 alike, 1 apart.

    NaN where the integral of either is 0.

    >>> float(total_variation(np.array([1, 1]), np.array([5, 5]), np.array([0, 1])))
    0.0

    Raises:
      ValueError: angles that do not increase, or do not fit.
    """
    first, angles = over_angles(first, angles, "first")
    second, _ = over_angles(second, angles, "second")
    apart = np.abs(normalised(first, angles) - normalised(second, angles))
    return np.trapezoid(apart, angles, axis=-1) / 2


class Exponent(NamedTuple):
    """g of ``I ~ p^g``.

    Attributes:
      value: median of the slopes between all pairs of points.
      low, high: 95 % interval of that median, after Sen (1968), as if the points were independent.
      points: how many were used.
    """

    value: float
    low: float
    high: float
    points: int


def _alike(information: Array, density: Array) -> tuple[np.ndarray, np.ndarray]:
    information = np.asarray(real_array(information, "information"), float)
    density = np.asarray(real_array(density, "density"), float)
    if information.ndim != 1 or information.shape != density.shape:
        raise ValueError(
            f"density: shape {density.shape} given for information of shape {information.shape}; "
            "both are [angle]"
        )
    return information, density


def fit_exponent(
    information: Shaped[Array, "..."],
    density: Shaped[Array, "..."],
    above: Real = FITTED_ABOVE,
) -> Exponent:
    """Theil-Sen slope of ln I on ln p over the points with p above a share of its greatest value.

    The rule is fixed beforehand: other windows move the slope by 0.2 or so. NaN where fewer than
    three densities differ by more than a percent (nothing to fit for a uniform density), or one is
    not finite.

    >>> density = np.array([1, 2, 3, 4])
    >>> round(fit_exponent(5 * density**2, density).value, 6)
    2.0

    Args:
      information, density: ``[angle]``, in any units.
      above: share of the greatest density.

    Raises:
      ValueError: curves of unequal lengths.
    """
    from scipy.stats import theilslopes

    information, density = _alike(information, density)
    used = (density > above * density.max(initial=0)) & np.isfinite(density).all()
    used &= density > 0
    used &= (information > 0) & np.isfinite(information)
    x = np.log(density[used])
    if used.sum() < 3 or np.ptp(x) < 0.01:
        return Exponent(np.nan, np.nan, np.nan, int(used.sum()))
    slope, _, low, high = theilslopes(np.log(information[used]), x)
    return Exponent(float(slope), float(low), float(high), int(used.sum()))


class Floor(NamedTuple):
    """``I = floor + scale p^exponent`` over all points, and how far it is off.

    Attributes:
      floor: information where the density vanishes, per squared unit.
      scale, exponent: of the rest.
      deviation: root mean square of the logarithmic residual.
    """

    floor: float
    scale: float
    exponent: float
    deviation: float


def fit_floor(information: Shaped[Array, "..."], density: Shaped[Array, "..."]) -> Floor:
    """Least squares of the logarithm of I, in which errors are alike at all angles.

    NaN where the density does not vary, or fewer than four informations are above 0 and finite.

    >>> density = np.linspace(0, 1, 9)
    >>> round(fit_floor(3 + 5 * density**2, density).floor, 3)
    3.0

    Args:
      information, density: ``[angle]``, in any units.

    Raises:
      ValueError: curves of unequal lengths.
    """
    from scipy.optimize import least_squares

    information, density = _alike(information, density)
    nothing = Floor(np.nan, np.nan, np.nan, np.nan)
    if not density.size or not np.isfinite(density).all() or density.max() <= 0:
        return nothing
    relative = density / density.max()
    used = (information > 0) & np.isfinite(information)
    if np.ptp(relative) < 0.01 or used.sum() < 4:
        return nothing
    target, x = np.log(information[used]), np.log(np.maximum(relative[used], 1e-12))
    middle = target.mean()  # in whatever units
    target = target - middle

    def residual(parameters):
        floor, scale, exponent = parameters
        return np.logaddexp(floor, scale + exponent * x) - target

    start = (target.min(), target.max(), 1.0)
    fit = least_squares(residual, start, bounds=([-50, -50, 0], [50, 50, 6]))
    floor, scale, exponent = fit.x
    with np.errstate(all="ignore"):
        at_peak = np.exp(scale + middle - exponent * np.log(density.max()))
    return Floor(
        float(np.exp(floor + middle)), float(at_peak), float(exponent), float(fit.fun.std())
    )


class Flatness(NamedTuple):
    """Is a curve the same everywhere, given its error bars?

    Attributes:
      chi_squared: over degrees of freedom, of the curve about its weighted mean.
      probability: of more than that, if the curve were flat and errors normal and independent.
      variation: standard deviation over mean, of the values themselves.
      noise: what the errors alone would make of `variation`.
      range_ratio: greatest over least value.
    """

    chi_squared: Float[np.ndarray, "*batch"]
    probability: Float[np.ndarray, "*batch"]
    variation: Float[np.ndarray, "*batch"]
    noise: Float[np.ndarray, "*batch"]
    range_ratio: Float[np.ndarray, "*batch"]


def flatness(curve: Curve, error: Curve, inside: Shaped[Array, " angle"] | None = None) -> Flatness:
    """Chi-squared test against a constant.

    As if errors were independent. Neighbouring angles that share their samples share their errors
    too: the probability is for orientation, `variation` against `noise` the plainer comparison,
    `jaxrep.analysis.fisher_flatness.smooth_flatness` the test.

    NaN throughout where a value or an error is not finite, an error is not above 0, or fewer than
    two angles are looked at.

    >>> float(flatness(np.array([1, 2]), np.array([0.5, 0.5])).chi_squared)
    2.0

    Args:
      curve: values.
      error: their standard errors.
      inside: angles to look at; a code of a line loses information at the ends of its range.

    Raises:
      ValueError: errors of another shape than the values.
    """
    from scipy.stats import chi2

    curve = np.asarray(real_array(curve, "curve"), float)
    error = np.asarray(real_array(error, "error"), float)
    if not curve.ndim or error.shape != curve.shape:
        raise ValueError(f"error: shape {error.shape} given for a curve of shape {curve.shape}")
    if inside is not None:
        curve, error = curve[..., np.asarray(inside)], error[..., np.asarray(inside)]
    freedom = curve.shape[-1] - 1
    if freedom < 1:
        nothing = np.full(curve.shape[:-1], np.nan)
        return Flatness(*[nothing] * 5)
    known = (np.isfinite(curve) & np.isfinite(error) & (error > 0)).all(-1)
    error = np.where(known[..., None], error, np.nan)
    with np.errstate(all="ignore"):
        weight = (error.min(-1, keepdims=True) / error) ** 2
        mean = (curve * weight).sum(-1, keepdims=True) / weight.sum(-1, keepdims=True)
        statistic = np.sum(((curve - mean) / error) ** 2, -1)
        middle = np.where(known, curve.mean(-1), np.nan)
        return Flatness(
            statistic / freedom,
            chi2.sf(statistic, freedom),
            curve.std(-1, ddof=1) / middle,
            np.sqrt(np.mean(error**2, -1)) / middle,
            np.where(known, curve.max(-1) / curve.min(-1), np.nan),
        )
