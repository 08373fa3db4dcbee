"""All estimators of Fisher information behind one interface, side by side.

An estimator of `FISHER_ESTIMATORS` takes what is known of a code around one value of a stimulus
parameter (`CodesAround`), and returns information per squared unit of it with a standard error.
All are of changes of the mean code (linear Fisher information). The formulas are in
`jaxrep.analysis.fisher` and `jaxrep.analysis.fisher_estimators`.

What few samples add is removed once, where it is known: "derivative" and "finite difference" by
`fisher_information`, "other samples on either side" by `sampled_information`, "smooth fit" the
noise of its slope. The others see the same samples on both sides, or samples that they have not
learnt from, and are as they come.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Shaped

from jaxrep.analysis.fisher import Responses, fisher_information, fisher_jackknife
from jaxrep.analysis.fisher_estimators import (
    decoder_information,
    discriminability,
    machine_discriminability,
    robust_information,
    sampled_information,
    smooth_fit_information,
)
from jaxrep.analysis.fisher_responses import Groups
from jaxrep.analysis.resampling import Estimate, bootstrap, jackknife
from jaxrep.arrays import class_indices, finite_array, native_array, native_tree, real_array
from jaxrep.typing import Array

GROUPS, FEW_GROUPS = 20, 5
"""Parts of the samples that a jackknife leaves out, of whole groups where samples come in groups;
few where an estimate takes long."""
SHARES = (-0.5, 0.5, -1.0, -0.25, 0.25, 1.0)
"""Of the separation: both sides that are compared, and where a decoder learns."""


class SingleResponses(NamedTuple):
    """One response at each of many equally spaced points.

    Attributes:
      offsets: from the value that is asked about, increasing.
      codes: one at each.
      covariance: of the noise at each (`interpolate_covariance`).
      window: width of the smooth fit, in units of the parameter.
      periodic: the last point is followed by the first.
    """

    offsets: Float[Array, " point"]
    codes: Float[Array, "point code"]
    covariance: Float[Array, "point code code"]
    window: float
    periodic: bool = False


class CodesAround(NamedTuple):
    """What is known of a code around one value of a stimulus parameter.

    Attributes:
      offsets: from that value, in units of the parameter (`neighbour_offsets`): the two sides that
        are compared first, the lower one before the upper; the others teach a decoder.
      codes: of the same samples at every offset.
      derivative: exact, codes ``[sample, code]`` at the value itself; None where there is none.
      difference: the same with the stimulus' finite difference; None where there is none.
      singles: for a smooth fit; None where there are none.
      groups: of every sample (the person of a picture), which errors leave out whole; None where
        samples are independent.
    """

    offsets: Float[Array, " offset"]
    codes: Float[Array, "offset sample code"]
    derivative: Responses | None = None
    difference: Responses | None = None
    singles: SingleResponses | None = None
    groups: Groups | None = None

    @property
    def separation(self) -> float:
        """Between both sides."""
        return float(self.offsets[1] - self.offsets[0])

    @property
    def sides(self) -> tuple[Float[np.ndarray, "sample code"], Float[np.ndarray, "sample code"]]:
        """Codes below and above the value."""
        return np.asarray(self.codes[0], float), np.asarray(self.codes[1], float)


def neighbour_offsets(separation: float) -> Float[np.ndarray, " offset"]:
    """Offsets that all estimators can do with: both sides, and four to learn from.

    >>> neighbour_offsets(0.2).tolist()
    [-0.1, 0.1, -0.2, -0.05, 0.05, 0.2]
    """
    return separation * np.array(SHARES)


FisherEstimator = Callable[[CodesAround], Estimate]


def _of_responses(found: Responses | None, groups: Groups | None) -> Estimate:
    if found is None:
        raise ValueError("codes: no derivatives given")
    if np.shape(found.derivatives)[-1:] != (1,):
        raise ValueError(
            f"derivatives: shape {np.shape(found.derivatives)} given; one parameter is needed"
        )
    errors = fisher_jackknife(found, groups=groups)
    value = fisher_information(found, groups=groups).mean_term
    return Estimate(value[0, 0], errors.mean_term[0, 0], errors.bias[0, 0])


def _left_out(around: CodesAround, most: int) -> Groups | int:
    """Groups of samples for a jackknife that leaves out `most` at the most."""
    if around.groups is None:
        return most
    return class_indices(around.groups, "groups")[1] % most


def _every_other(around: CodesAround) -> Bool[np.ndarray, " sample"]:
    """Half of the samples, or of their groups: what is in it is not in the rest."""
    if around.groups is None:
        return np.arange(np.shape(around.codes)[1]) % 2 == 0
    return class_indices(around.groups, "groups")[1] % 2 == 0


def _derivative(around: CodesAround) -> Estimate:
    """`fisher_information` of the exact derivative; jackknife over samples."""
    return _of_responses(around.derivative, around.groups)


def _finite_difference(around: CodesAround) -> Estimate:
    """`fisher_information` of `responses_by_difference`; jackknife over samples."""
    return _of_responses(around.difference, around.groups)


def _linear_discriminant(around: CodesAround) -> Estimate:
    """`discriminability` of the same samples on both sides, over their separation, squared."""

    def information(below, above):
        return (discriminability(below, above) / around.separation) ** 2

    return jackknife(information, *around.sides, groups=_left_out(around, GROUPS))


def _support_vector_machine(around: CodesAround) -> Estimate:
    """`machine_discriminability` over the separation, squared."""

    def information(below, above):
        return (machine_discriminability(below, above) / around.separation) ** 2

    return jackknife(information, *around.sides, groups=_left_out(around, FEW_GROUPS))


def _covariance_determinant(around: CodesAround) -> Estimate:
    """`robust_information`: without the tails, so of another quantity where there are any."""

    def information(below, above):
        return robust_information(below, above, around.separation)

    return jackknife(information, *around.sides, groups=_left_out(around, FEW_GROUPS))


def _other_samples(around: CodesAround) -> Estimate:
    """`sampled_information` of other samples on either side; bootstrap."""

    def information(below, above):
        return sampled_information(below, above, around.separation, independent=True)

    (below, above), even = around.sides, _every_other(around)
    names = [None, None] if around.groups is None else [around.groups[even], around.groups[~even]]
    drawn = below[even], above[~even]
    return bootstrap(information, *drawn, together=False, groups=names)


def _linear_decoder(around: CodesAround) -> Estimate:
    """`decoder_information`: learns from every other sample, is tested on the rest."""
    (below, above), even = around.sides, _every_other(around)
    learnt = np.concatenate([np.asarray(side, float)[even] for side in around.codes[2:]])
    shown = np.repeat(np.asarray(around.offsets[2:], float), even.sum())

    def information(low, high):
        return decoder_information(learnt, shown, low, high, around.separation)

    groups = _left_out(around, GROUPS)
    groups = groups if np.ndim(groups) == 0 else np.asarray(groups)[~even]
    return jackknife(information, below[~even], above[~even], groups=groups)


def _smooth_fit(around: CodesAround) -> Estimate:
    """`smooth_fit_information`, between its two nearest points; the error is that of its slope.

    Of ``|s + e|^2`` with the slope s and noise e of variance v in each of n numbers, the variance
    is ``4 |s|^2 v + 2 n v^2``.
    """
    singles = around.singles
    if singles is None:
        raise ValueError("codes: no single responses given")
    offsets = np.asarray(singles.offsets, float)
    spacing = offsets[1] - offsets[0]
    window = int(singles.window / spacing) // 2 * 2 + 1
    fit = smooth_fit_information(
        singles.codes, spacing, singles.covariance, window, periodic=singles.periodic
    )
    half = (window - 1) // 2
    variance = 1 / (spacing**2 * 2 * np.sum(np.arange(1.0, half + 1) ** 2))
    value = np.interp(0.0, offsets, fit.information)
    numbers = np.shape(singles.codes)[1]
    error = np.sqrt(4 * max(value, 0) * variance + 2 * numbers * variance**2)
    return Estimate(np.asarray(value), np.asarray(error), np.asarray(0.0))


FISHER_ESTIMATORS: Mapping[str, FisherEstimator] = MappingProxyType(
    {
        "derivative": _derivative,
        "finite difference": _finite_difference,
        "linear discriminant": _linear_discriminant,
        "support vector machine": _support_vector_machine,
        "minimum covariance determinant": _covariance_determinant,
        "other samples on either side": _other_samples,
        "linear decoder": _linear_decoder,
        "smooth fit": _smooth_fit,
    }
)
"""Estimators by name; each raises ValueError where what it needs is not given or not enough, or
scikit-learn is not installed."""


class ComparedEstimates(NamedTuple):
    """Estimates of one code's information.

    Attributes:
      parameters: values of the stimulus parameter.
      names: of the estimators that had what they need somewhere.
      values, errors: per squared unit of the parameter; NaN where there was not enough.
    """

    parameters: Float[np.ndarray, " value"]
    names: tuple[str, ...]
    values: Float[np.ndarray, "estimator value"]
    errors: Float[np.ndarray, "estimator value"]


def compare_fisher_estimators(
    parameters: Float[Array, " value"],
    around: Sequence[CodesAround],
    estimators: Mapping[str, FisherEstimator] = FISHER_ESTIMATORS,
) -> ComparedEstimates:
    """Every estimator at several values of a stimulus parameter.

    >>> draw, offsets = np.random.default_rng(0), neighbour_offsets(0.1)
    >>> codes = draw.normal(size=(400, 1)) + 5 * offsets[:, None, None]
    >>> chosen = {"linear discriminant": FISHER_ESTIMATORS["linear discriminant"]}
    >>> found = compare_fisher_estimators(np.zeros(1), [CodesAround(offsets, codes)], chosen)
    >>> bool(abs(found.values[0, 0] - 25) < 3 * found.errors[0, 0])
    True

    Args:
      parameters: the values, radians or any other unit.
      around: what is known of the code around each.
      estimators: by name.
    """
    # here, as an estimator that fails is NaN
    parameters, around = native_array(parameters, "parameters"), native_tree(around, "around")

    def estimate(estimator: FisherEstimator, codes: CodesAround) -> tuple[float, float]:
        try:
            found = estimator(codes)
        except ValueError:
            return np.nan, np.nan
        return float(found.value), float(found.error)

    pairs = np.array([[estimate(e, codes) for codes in around] for e in estimators.values()])
    values, errors = np.moveaxis(pairs.reshape(len(estimators), -1, 2), -1, 0)
    known = np.isfinite(values).any(1)
    names = tuple(name for name, there in zip(estimators, known, strict=True) if there)
    return ComparedEstimates(np.asarray(parameters), names, values[known], errors[known])


def interpolate_covariance(
    points: Shaped[Array, "..."],
    grid: Shaped[Array, "..."],
    codes: Shaped[Array, "..."],
) -> Float[np.ndarray, "point code code"]:
    """The covariance of codes known on a grid, linear in between, element by element.

    >>> codes = np.array([[[0.0], [2.0]], [[0.0], [4.0]]])  # of variance 2 and 8
    >>> interpolate_covariance(np.array([0.5]), np.array([0.0, 1.0]), codes).tolist()
    [[[5.0]]]

    Args:
      points: ``[point]``; beyond the ends of the grid the covariance is that of the end.
      grid: ``[angle]``, increasing.
      codes: ``[angle, sample, code]``; NaN gives NaN around.

    Raises:
      ValueError: fewer than two samples, a grid that does not increase, or shapes that do not fit.
    """
    points = np.asarray(finite_array(points, "points"), float)
    grid = np.asarray(finite_array(grid, "grid"), float)
    codes = np.asarray(real_array(codes, "codes"), float)
    if codes.ndim != 3 or codes.shape[1] < 2:
        raise ValueError(
            f"codes: shape {codes.shape} given; [angle, sample, code] of two samples at least"
        )
    if grid.shape != codes.shape[:1] or not len(grid) or not (np.diff(grid) > 0).all():
        raise ValueError(f"grid: shape {grid.shape} given for {len(codes)} angles, increasing")
    if points.ndim != 1:
        raise ValueError(f"points: shape {points.shape} given; [point] is needed")
    codes = np.where(np.isfinite(codes).all((1, 2), keepdims=True), codes, np.nan)
    centred = codes - codes.mean(1, keepdims=True)
    known = np.einsum("ani,anj->aij", centred, centred) / (codes.shape[1] - 1)
    flat = known.reshape(len(known), known.shape[1] ** 2)
    found = [np.interp(points, grid, column) for column in flat.T]
    return np.reshape(np.transpose(found), (len(points), *known.shape[1:]))
