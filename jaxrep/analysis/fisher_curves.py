"""Curves of Fisher information over a stimulus: totals, shape, the power of the density, flatness.

Information I is per squared unit of the stimulus, sqrt(I) per unit; integrals are by the trapezoid
rule over the given points. "Total information" has two meanings in the literature, which can
disagree about which of two codes has more: they have two names here.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from jaxrep.typing import Array

FITTED_ABOVE = 0.1
"""Share of the greatest density above which the exponent is fitted: below it information has a
floor that no theory predicts."""

Curve = Float[Array, "*batch angle"]
Angles = Float[Array, " angle"]
Values = Float[np.ndarray, "*batch"] | float


def total_root_information(information: Curve, angles: Angles) -> Values:
    """``integral sqrt(I)``: the length of the code in units of its noise.

    Corrected estimates below 0 count as 0.
    """
    return np.trapezoid(np.sqrt(np.maximum(information, 0)), angles, axis=-1)


def total_information(information: Curve, angles: Angles) -> Values:
    """``integral I``, per unit of the stimulus: dominated by the peaks."""
    return np.trapezoid(information, angles, axis=-1)


def normalised(curve: Curve, angles: Angles) -> Curve:
    """The curve over its integral, to be compared with a density."""
    return curve / np.trapezoid(curve, angles, axis=-1)[..., None]


def share_within(curve: Curve, angles: Angles, centre: float, half_width: float) -> Values:
    """Share of the curve's integral within ``centre +- half_width``, linear between the points.

    Raises:
      ValueError: the window is not inside the angles.
    """
    curve, angles = np.asarray(curve, float), np.asarray(angles, float)
    low, high = centre - half_width, centre + half_width
    if low < angles[0] or high > angles[-1]:
        raise ValueError(
            f"window: {low:.4g} .. {high:.4g} is not inside {angles[0]:.4g} .. {angles[-1]:.4g}"
        )
    inside = np.concatenate([[low], angles[(angles > low) & (angles < high)], [high]])
    flat = curve.reshape(-1, len(angles))
    part = [np.trapezoid(np.interp(inside, angles, row), inside) for row in flat]
    return np.reshape(part, curve.shape[:-1]) / np.trapezoid(curve, angles, axis=-1)


def total_variation(first: Curve, second: Curve, angles: Angles) -> Values:
    """Half the integral of the difference of two curves, both normalised: 0 alike, 1 apart."""
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


def fit_exponent(
    information: Float[Array, " angle"],
    density: Float[Array, " angle"],
    above: float = FITTED_ABOVE,
) -> Exponent:
    """Theil-Sen slope of ln I on ln p over the points with p above a share of its greatest value.

    The rule is fixed beforehand: other windows move the slope by 0.2 or so. NaN where fewer than
    three densities differ by more than a percent (nothing to fit for a uniform density).
    """
    from scipy.stats import theilslopes

    information, density = np.asarray(information, float), np.asarray(density, float)
    used = (density > above * density.max(initial=0)) & np.isfinite(density)
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


def fit_floor(information: Float[Array, " angle"], density: Float[Array, " angle"]) -> Floor:
    """Least squares of the logarithm of I, in which errors are alike at all angles.

    NaN where the density does not vary, or fewer than four informations are above 0 and finite.
    """
    from scipy.optimize import least_squares

    information, density = np.asarray(information, float), np.asarray(density, float)
    nothing = Floor(np.nan, np.nan, np.nan, np.nan)
    if not density.size or not np.isfinite(density).all() or density.max() <= 0:
        return nothing
    relative = density / density.max()
    used = (information > 0) & np.isfinite(information)
    if np.ptp(relative) < 0.01 or used.sum() < 4:
        return nothing
    target, x = np.log(information[used]), np.log(np.maximum(relative[used], 1e-12))

    def residual(parameters):
        floor, scale, exponent = parameters
        return np.logaddexp(floor, scale + exponent * x) - target

    start = (target.min(), target.max(), 1.0)
    fit = least_squares(residual, start, bounds=([-50, -50, 0], [50, 50, 6]))
    floor, scale, exponent = fit.x
    at_peak = np.exp(scale) / density.max() ** exponent
    return Floor(float(np.exp(floor)), float(at_peak), float(exponent), float(fit.fun.std()))


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


def flatness(curve: Curve, error: Curve, inside: Bool[Array, " angle"] | None = None) -> Flatness:
    """Chi-squared test against a constant.

    As if errors were independent. Neighbouring angles that share their samples share their errors
    too: the probability is for orientation, `variation` against `noise` the plainer comparison,
    `jaxrep.analysis.fisher_flatness.smooth_flatness` the test.

    Args:
      curve: values.
      error: their standard errors.
      inside: angles to look at; a code of a line loses information at the ends of its range.
    """
    from scipy.stats import chi2

    curve, error = np.asarray(curve, float), np.asarray(error, float)
    if inside is not None:
        curve, error = curve[..., inside], error[..., inside]
    weight = 1 / error**2
    mean = (curve * weight).sum(-1, keepdims=True) / weight.sum(-1, keepdims=True)
    freedom = curve.shape[-1] - 1
    statistic = np.sum((curve - mean) ** 2 * weight, -1)
    middle = curve.mean(-1)
    return Flatness(
        statistic / freedom,
        chi2.sf(statistic, freedom),
        curve.std(-1, ddof=1) / middle,
        np.sqrt(np.mean(error**2, -1)) / middle,
        curve.max(-1) / curve.min(-1),
    )
