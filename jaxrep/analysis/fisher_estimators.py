"""Fisher information of a code from samples alone: no derivative of the model is needed.

For comparison with `jaxrep.analysis.fisher`, and for systems that cannot be differentiated.
All take codes ``[sample, code]`` at neighbouring values of one stimulus parameter, and return
information per squared unit of it; `jaxrep.analysis.resampling` gives their standard errors.
They see changes of the mean only (linear Fisher information). A separation that is not
small against the width of a peak underestimates. Units of the code do not matter. Values that
are not finite, and numbers of a code that never change or depend on each other, are refused.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.arrays import finite_array
from jaxrep.extras import extra
from jaxrep.typing import Array, Real

Codes = Shaped[Array, "..."]
SINGULAR = 1e-12
"""Least share of a correlation's greatest eigenvalue that is more than round-off."""


def _pair(below: Codes, above: Codes) -> tuple[np.ndarray, np.ndarray]:
    """Codes ``[sample, code]`` of both sides, over the spread of each number within the sides."""
    below, above = (np.asarray(finite_array(x, "codes"), float) for x in (below, above))
    numbers = below.shape[1] if below.ndim == 2 else 0
    if not numbers or above.ndim != 2 or above.shape[1] != numbers:
        raise ValueError(f"codes: {below.shape} and {above.shape} given; [sample, code] of both")
    if min(len(below), len(above)) < numbers + 2:
        raise ValueError(
            f"codes: {below.shape} and {above.shape} given; two samples of the same numbers with "
            f"at least {numbers + 2} rows are needed"
        )
    size = np.maximum(np.abs(below).max(0), np.abs(above).max(0))
    below, above = (x / np.where(size > 0, size, 1) for x in (below, above))
    constant = (np.ptp(below, 0) == 0) & (np.ptp(above, 0) == 0)
    if constant.any():
        raise ValueError(
            f"codes: number {int(np.argmax(constant))} is the same for all samples, so the "
            "covariance is singular"
        )
    spread = np.sqrt((below.var(0) + above.var(0)) / 2)
    return below / spread, above / spread


def _apart(separation: Real) -> float:
    if not (np.isfinite(separation) and separation > 0):
        raise ValueError(f"separation: {separation} given; a finite number above 0 is needed")
    return float(separation)


def _pooled(below: np.ndarray, above: np.ndarray) -> np.ndarray:
    return np.atleast_2d((np.cov(below.T) + np.cov(above.T)) / 2)


def _quadratic(covariance: np.ndarray, change: np.ndarray) -> float:
    """``change^T covariance^-1 change`` of numbers of about unit spread."""
    values, vectors = np.linalg.eigh(covariance)
    if values[0] <= SINGULAR * values[-1]:
        raise ValueError(
            "codes: the covariance is singular, because numbers depend on each other linearly"
        )
    return float(np.sum((change @ vectors) ** 2 / values))


def sampled_information(
    below: Codes, above: Codes, separation: Real, *, independent: bool
) -> float:
    """From the means and covariances on both sides, ``separation`` apart.

    With `independent` draws on both sides the bias is corrected as Kanitscheider et al. (2015,
    eq. 7) do, exactly for Gaussian codes: ``I (2T - n - 3) / (2T - 2) - 2n / (T separation^2)``
    for T samples of n numbers on each side. Where the same samples (pictures, seeds) are seen at
    both sides the noise of the means cancels and there is nothing to subtract. Of unequal
    numbers of samples T is the lesser.

    >>> draw = np.random.default_rng(0)
    >>> below, above = draw.normal(size=(2, 500, 3)) + [[[0]], [[2]]]  # of information 3
    >>> round(sampled_information(below, above, 2.0, independent=True))
    3

    Args:
      below, above: codes ``[sample, code]`` at both sides; K + 2 samples at least.
      separation: between the sides, above 0.
      independent: whether both sides are other samples.

    Raises:
      ValueError: too few samples, a singular covariance, values that are not finite.
    """
    (below, above), separation = _pair(below, above), _apart(separation)
    raw = _quadratic(_pooled(below, above), above.mean(0) - below.mean(0)) / separation**2
    if not independent:
        return raw
    count, numbers = min(len(below), len(above)), below.shape[1]
    factor = (2 * count - numbers - 3) / (2 * count - 2)
    return raw * factor - 2 * numbers / (count * separation**2)


def discriminability(below: Codes, above: Codes) -> float:
    """d' of the best linear discriminant (Fisher's), ``sqrt(change^T covariance^-1 change)``.

    Divided by the separation and squared it is the information.

    >>> draw = np.random.default_rng(0)
    >>> below, above = draw.normal(size=(2, 500, 1)) + [[[0]], [[2]]]
    >>> round(discriminability(below, above), 1)
    2.0

    Raises:
      ValueError: as of `sampled_information`.
    """
    below, above = _pair(below, above)
    return _quadratic(_pooled(below, above), above.mean(0) - below.mean(0)) ** 0.5


def machine_discriminability(below: Codes, above: Codes, folds: int = 8, seed: int = 0) -> float:
    """d' of a linear support vector machine, ``z(hits) - z(false alarms)``, on held-out samples.

    Rates have half a count added to both outcomes (Hautus 1995), so that a perfect separation
    is finite: about 5.9 with 300 samples on each side, the most this estimator can say.

    Raises:
      ValueError: scikit-learn is not installed, or as of the others.

    >>> draw = np.random.default_rng(0)
    >>> below, above = draw.normal(size=(40, 1)), draw.normal(size=(40, 1)) + 100
    >>> machine_discriminability(below, above)  # nothing wrong: the most of 40 samples
    4.502
    """
    with extra("faces"):
        from sklearn.model_selection import StratifiedKFold, cross_val_predict
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
        from sklearn.svm import LinearSVC
    from scipy.stats import norm

    below, above = _pair(below, above)
    if not 2 <= folds <= min(len(below), len(above)):
        raise ValueError(f"folds: {folds} given for {len(below)} and {len(above)} samples")
    codes = np.concatenate([below, above])
    labels = np.repeat([0, 1], [len(below), len(above)])
    machine = make_pipeline(StandardScaler(), LinearSVC(C=1.0, random_state=0, max_iter=10_000))
    parts = StratifiedKFold(folds, shuffle=True, random_state=seed)
    said = cross_val_predict(machine, codes, labels, cv=parts)
    hits = (said[labels == 1].sum() + 0.5) / (len(above) + 1)
    alarms = (said[labels == 0].sum() + 0.5) / (len(below) + 1)
    return float(norm.ppf(hits) - norm.ppf(alarms))


def robust_information(below: Codes, above: Codes, separation: Real, seed: int = 0) -> float:
    """From minimum covariance determinants (Rousseeuw 1984) of both sides: without the outliers.

    Locations and covariances are those of the most concentrated half of the samples, rescaled
    for Gaussian codes (scikit-learn's `MinCovDet`).

    Raises:
      ValueError: scikit-learn is not installed, or as of the others.

    >>> draw = np.random.default_rng(0)
    >>> below, above = draw.normal(size=(200, 2)), draw.normal(size=(200, 2)) + 2
    >>> below[0] = 100  # an outlier
    >>> 1.5 < robust_information(below, above, 2.0) < 2.5  # 2 without it
    True
    """
    with extra("faces"):
        from sklearn.covariance import MinCovDet
    (below, above), separation = _pair(below, above), _apart(separation)
    fits = [MinCovDet(random_state=seed).fit(codes) for codes in (below, above)]
    covariance = (fits[0].covariance_ + fits[1].covariance_) / 2
    return _quadratic(covariance, fits[1].location_ - fits[0].location_) / separation**2


def decoder_information(
    train_codes: Codes,
    train_parameters: Shaped[Array, "..."],
    below: Codes,
    above: Codes,
    separation: Real,
) -> float:
    """Of a least-squares decoder, fitted around the point and tested on other samples.

    ``((m_above - m_below) / separation)^2`` over the mean variance of what it decodes; at most the
    information of the code.

    Args:
      train_codes: at parameters around the point.
      train_parameters: which.
      below, above: codes at both sides of the point, for the test.
      separation: between the sides.

    Raises:
      ValueError: as of `sampled_information`; fewer than two samples to learn from, or samples
        and parameters that do not fit; a decoder that says the same of all codes.

    >>> shown, noise = np.array([-1.0, 1.0]), np.array([[-1.0], [0.0], [1.0]])
    >>> codes = 3 * shown[:, None]  # slope 3 and noise of deviation 1: information 9
    >>> decoder_information(codes, shown, 3 * -1.0 + noise, 3 * 1.0 + noise, 2.0)
    9.0
    """
    learnt = np.asarray(finite_array(train_codes, "train_codes"), float)
    shown = np.asarray(finite_array(train_parameters, "train_parameters"), float)
    if learnt.ndim != 2 or len(learnt) < 2 or learnt.shape[1:] != np.shape(below)[1:]:
        raise ValueError(
            f"train_codes: shape {learnt.shape} given for codes {np.shape(below)}; [sample, code] "
            "of two samples at least is needed"
        )
    if shown.shape != learnt.shape[:1]:
        raise ValueError(f"train_parameters: shape {shown.shape} given for {len(learnt)} samples")
    separation = _apart(separation)
    _pair(below, above)
    # in units in which every number of what is learnt from is about one
    unit = np.abs(learnt).max(0)
    unit = np.where(unit > 0, unit, 1)
    centred = learnt / unit - (learnt / unit).mean(0)
    weights = np.linalg.lstsq(centred, shown - shown.mean(), rcond=None)[0]
    low, high = (np.asarray(codes, float) / unit @ weights for codes in (below, above))
    noise = (low.var(ddof=1) + high.var(ddof=1)) / 2
    if not noise > 0:
        raise ValueError("train_codes: what is learnt from them says the same of all codes")
    return float((high.mean() - low.mean()) ** 2 / noise / separation**2)


class SmoothFit(NamedTuple):
    """A smooth mean of single responses.

    Attributes:
      mean: ``[point, code]``.
      slope: of the mean, per unit of the parameter.
      information: of the slope, given the covariance at each point.
    """

    mean: Float[np.ndarray, "point code"]
    slope: Float[np.ndarray, "point code"]
    information: Float[np.ndarray, " point"]


def smooth_fit_information(
    codes: Codes,
    spacing: Real,
    covariance: Shaped[Array, "..."],
    window: int,
    *,
    periodic: bool = False,
    order: int = 2,
) -> SmoothFit:
    """From ONE response at each of many equally spaced points (Savitzky and Golay 1964).

    The mean is a polynomial within a window, its slope comes with it; noise shrinks as
    ``window^-3``, and structure narrower than the window is lost. The noise of the slope adds
    ``12 n / (spacing^2 window^3)`` to the information of n numbers, which is subtracted.

    Args:
      codes: ``[point, code]``, one sample at each point.
      spacing: of the points.
      covariance: ``[point, code, code]``, of the noise at each point.
      window: points of a window; odd.
      periodic: the last point is followed by the first.
      order: of the polynomial.

    Raises:
      ValueError: an even window, or one that is longer than the data; values that are not finite;
        a covariance that is singular or of another shape.

    >>> codes, unit = 3.0 * np.arange(9.0)[:, None], np.ones((9, 1, 1))
    >>> found = smooth_fit_information(codes, 1.0, unit, window=5)
    >>> float(found.slope[4, 0])
    3.000
    """
    from scipy.signal import savgol_filter

    codes = np.asarray(finite_array(codes, "codes"), float)
    covariance = np.asarray(finite_array(covariance, "covariance"), float)
    if codes.ndim != 2 or not codes.shape[1]:
        raise ValueError(f"codes: shape {codes.shape} given; [point, code] is needed")
    if covariance.shape != (*codes.shape, codes.shape[1]):
        raise ValueError(f"covariance: shape {covariance.shape} given for codes {codes.shape}")
    if not (np.isfinite(spacing) and spacing > 0):
        raise ValueError(f"spacing: {spacing} given; a finite number above 0 is needed")
    if window % 2 == 0 or not order < window <= len(codes):
        raise ValueError(
            f"window: {window} is not an odd number between {order + 1} and {len(codes)}"
        )
    mode = "wrap" if periodic else "interp"
    mean = savgol_filter(codes, window, order, axis=0, mode=mode)
    slope = savgol_filter(codes, window, order, 1, spacing, axis=0, mode=mode)
    unit = np.sqrt(np.maximum(np.einsum("pkk->pk", covariance), 0))
    unit = np.where(unit > 0, unit, 1)
    values, vectors = np.linalg.eigh(covariance / (unit[:, :, None] * unit[:, None, :]))
    if (values[:, 0] <= SINGULAR * values[:, -1]).any():
        raise ValueError("covariance: singular, or not a covariance, at some point")
    white = np.einsum("pkq,pk->pq", vectors, slope / unit) / np.sqrt(values)
    half = (window - 1) // 2
    noise = codes.shape[1] / (spacing**2 * 2 * np.sum(np.arange(1.0, half + 1) ** 2))
    return SmoothFit(mean, slope, np.sum(white**2, -1) - noise)


class Refined(NamedTuple):
    """Values on a grid that is finer where they change.

    Attributes:
      points, values: in increasing order of the points.
      finished: False where `most` points were not enough.
    """

    points: Float[np.ndarray, " point"]
    values: Float[np.ndarray, " point"]
    finished: bool


def refine_grid(
    function: Callable[[Float[np.ndarray, " point"]], Float[Array, " point"]],
    low: float,
    high: float,
    *,
    start: int = 17,
    relative: float = 0.05,
    absolute: float = 0.0,
    least_spacing: float = 1e-3,
    most: int = 2000,
) -> Refined:
    """Halve intervals until neighbouring values differ by at most the tolerance.

    Args:
      function: ``points -> values``, called with all new points at once.
      low, high: ends of the grid.
      start: points of the first grid.
      relative: tolerance, as a share of the mean of two neighbours.
      absolute: tolerance in units of the value; the greater of the two counts.
      least_spacing: intervals are not cut below it.
      most: number of points that is not exceeded.

    Raises:
      ValueError: `low` is not below `high`, ends that are not finite, or fewer than two points.

    >>> found = refine_grid(lambda x: np.where(x > 0.3, 1.0, 2.0), 0.0, 1.0, start=3, most=9)
    >>> found.points.tolist()  # finest where the function jumps
    [0.0, 0.25, 0.28125, 0.297, 0.305, 0.3125, 0.375, 0.5, 1.0]
    """
    if not (low < high and np.isfinite(high - low)):
        raise ValueError(f"low: {low} is not below high {high}, both finite")
    if start < 2:
        raise ValueError(f"start: {start} given; at least 2 points are needed")
    points = np.linspace(low, high, start)
    values = np.asarray(function(points), float)
    while True:
        near = (np.abs(values[1:]) + np.abs(values[:-1])) / 2
        rough = np.abs(np.diff(values)) > np.maximum(relative * near, absolute)
        rough &= np.diff(points) > least_spacing
        new = ((points[1:] + points[:-1]) / 2)[rough]
        if not len(new) or len(points) + len(new) > most:
            return Refined(points, values, not len(new))
        found = np.asarray(function(new), float)
        order = np.argsort(np.concatenate([points, new]), kind="stable")
        points = np.concatenate([points, new])[order]
        values = np.concatenate([values, found])[order]
