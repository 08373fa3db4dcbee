"""Similarity by regression: canonical correlations and how well one predicts the other.

All are large where two representations are alike (1: the same up to a linear map), and all are
large by chance where units are many for the samples: with more units than samples every canonical
correlation of anything is 1, and so is R^2 without held-out samples. `canonical_chance` and
`predictivity_chance` are the exact means for independent Gaussians.
"""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.analysis.spaces import (
    centred,
    entered,
    entered_representations,
    near_one,
    product,
    ratio,
    singular,
    transposed,
)
from jaxrep.typing import Array, Real


class Predictivity(NamedTuple):
    """How well held-out responses are predicted.

    Attributes:
      r_squared: pooled over targets, ``1 - SSE / SST`` around the mean of the test samples.
      correlation: median over targets of Pearson's r between predicted and true.
    """

    r_squared: Float[Array, "*batch"]
    correlation: Float[Array, "*batch"]


class BothWays(NamedTuple):
    """Prediction of the second from the first, and of the first from the second."""

    forward: Predictivity
    backward: Predictivity


def canonical_correlations(
    first: Shaped[Array, "*batch sample unit"], second: Shaped[Array, "*batch sample other"]
) -> Float[Array, "*batch _"]:
    """Singular values of ``Qx'Qy`` with orthonormal bases of the centred X and Y, falling.

    As many as the smaller number of units, or of samples; 0 in directions without variance
    (Hotelling 1936). Invariant to every invertible linear map and to shifts of either one.

    >>> rows = np.array([[0.0, 1.0], [1.0, 0.0], [3.0, 1.0], [7.0, 2.0]])
    >>> canonical_correlations(rows, rows @ np.array([[1.0, 2.0], [0.0, 3.0]])).round(6).tolist()
    [1.0, 1.0]

    Raises:
      ValueError: other numbers of samples, fewer than 2.
    """
    space, pair = entered_representations(first=first, second=second)
    one, other = [canonical_basis(values)[0] for values in pair]
    return space.minimum(singular(space, product(transposed(one), other)), 1)


def canonical_basis(
    hidden: Shaped[Array, "*batch sample unit"],
) -> tuple[Float[Array, "*batch sample dimension"], Float[Array, "*batch"]]:
    """Orthonormal columns that span the centred units, and the number of units.

    Columns past the rank are 0. What canonical correlations need of each representation: of many
    pairs it is computed once for each.

    >>> basis, units = canonical_basis(np.array([[3.0], [-3.0]]))
    >>> np.abs(basis).round(4).tolist(), units.item()
    ([[0.7071], [0.7071]], 1.0)

    Raises:
      ValueError: fewer than two samples.
    """
    space, (hidden,) = entered_representations(hidden=hidden)
    units = space.full(hidden.shape[:-2], hidden.shape[-1], hidden.dtype)
    return _basis(space, hidden), units


def canonical_of(
    cross: Float[Array, "*batch dimension other"],
    first: Real,
    second: Real,
    *,
    squared: bool = False,
) -> Float[Array, "*batch"]:
    """`canonical_similarity` from the product of two `canonical_basis` and their units.

    >>> canonical_of(np.eye(2) / 2, np.array(2.0), np.array(4.0), squared=True).item()
    0.25
    """
    space, (cross, first, second) = entered(cross=cross, first=first, second=second)
    found = space.minimum(singular(space, cross), 1)
    total = space.sum(found**2 if squared else found, -1)
    return space.asarray(total / space.minimum(first, second))


def canonical_similarity(
    first: Shaped[Array, "*batch sample unit"],
    second: Shaped[Array, "*batch sample other"],
    *,
    squared: bool = False,
) -> Float[Array, "*batch"]:
    """Mean canonical correlation (CCA), or mean square, over the smaller number of units.

    Large means alike; invariances as `canonical_correlations`. Units without variance, or beyond
    the number of samples, count as 0.

    >>> rows = np.array([[0.0, 1.0], [1.0, 0.0], [3.0, 1.0], [7.0, 2.0]])
    >>> canonical_similarity(rows, rows[:, :1]).round(6).item()
    1.0

    Raises:
      ValueError: as `canonical_correlations`.
    """
    _, pair = entered_representations(first=first, second=second)
    (one, units), (other, others) = (canonical_basis(values) for values in pair)
    return canonical_of(product(transposed(one), other), units, others, squared=squared)


def canonical_chance(samples: int, first_units: int, second_units: int) -> float:
    """Exact mean square `canonical_similarity` of independent Gaussians.

    ``min(p, m) min(q, m) / m / min(p, q)`` with ``m = n - 1``.

    >>> canonical_chance(51, 100, 100)
    0.5
    """
    free = samples - 1
    found = min(first_units, free) * min(second_units, free) / free
    return found / min(first_units, second_units)


def svcca(
    first: Shaped[Array, "*batch sample unit"],
    second: Shaped[Array, "*batch sample other"],
    variance: float = 0.99,
) -> Float[Array, "*batch"]:
    """Mean canonical correlation of the leading principal components (Raghu et al. 2017).

    Of each, the fewest that hold this share of the variance. Large means alike. Invariant to
    rotations, one scale of all units, order and shifts. NaN where one does not vary.

    >>> rows = np.array([[0.0, 1.0], [1.0, 0.0], [3.0, 1.0], [7.0, 2.0]])
    >>> svcca(rows, 5 * rows).round(6).item()
    1.0

    Raises:
      ValueError: as `canonical_correlations`; a share outside 0 .. 1.
    """
    if not 0 < variance <= 1:
        raise ValueError(f"variance: {variance} given; a share above 0, up to 1, is needed")
    space, pair = entered_representations(first=first, second=second)
    bases, kept = [], []
    for values in pair:
        left, extent, _ = singular(space, near_one(space, centred(values)), vectors=True)
        power = extent**2
        before = space.cumsum(power, -1) - power
        keep = (before < variance * power.sum(-1, keepdims=True)) & _there(space, values, extent)
        bases.append(left * keep[..., None, :] + 0 * extent[..., None, :])
        kept.append(keep.sum(-1))
    found = singular(space, product(transposed(bases[0]), bases[1])).sum(-1)
    return space.asarray(ratio(space, found, space.minimum(*kept)))


def pwcca(
    first: Shaped[Array, "*batch sample unit"], second: Shaped[Array, "*batch sample other"]
) -> Float[Array, "*batch"]:
    """Canonical correlations weighted by what they say of the first one (Morcos et al. 2018).

    ``sum_i w_i rho_i / sum_i w_i`` with ``w_i = sum_j |h_i . x_j|`` over units j of X and canonical
    variates ``h_i = Qx u_i``. Large means alike; not symmetric. Invariant to scale, shifts and
    order of units of X (not to its rotations), and to any invertible map of Y.

    >>> rows = np.array([[0.0, 1.0], [1.0, 0.0], [3.0, 1.0], [7.0, 2.0]])
    >>> pwcca(rows, rows[:, ::-1]).round(6).item()
    1.0

    Raises:
      ValueError: as `canonical_correlations`.
    """
    space, pair = entered_representations(first=first, second=second)
    one, other = [_basis(space, values) for values in pair]
    left, found, _ = singular(space, product(transposed(one), other), vectors=True)
    near = near_one(space, centred(pair[0]))
    weights = space.abs(product(transposed(product(one, left)), near)).sum(-1)
    ranks = [space.sum(space.abs(basis).max(-2) > 0, -1) for basis in (one, other)]
    there = np.arange(found.shape[-1]) < space.minimum(*ranks)[..., None]
    weights = weights * there
    return space.asarray(ratio(space, space.sum(weights * found, -1), weights.sum(-1)))


def linear_predictivity(
    first: Shaped[Array, "*batch sample unit"], second: Shaped[Array, "*batch sample other"]
) -> Float[Array, "*batch"]:
    """R^2 of least squares from first to second, ``|Qx'Y|^2 / |Y|^2``, on the same samples.

    Large means that the second is a linear map of the first; 1 of anything with more units than
    samples: use `cross_validated_predictivity`. Invariant to every invertible map of the first,
    to rotations and scale of the second, and to shifts. Not symmetric.

    >>> rows = np.array([[0.0, 1.0], [1.0, 0.0], [3.0, 1.0], [7.0, 2.0]])
    >>> linear_predictivity(rows, rows[:, :1]).round(6).item()
    1.0

    Raises:
      ValueError: as `canonical_correlations`.
    """
    space, (first, second) = entered_representations(first=first, second=second)
    target = near_one(space, centred(second))
    seen = product(transposed(_basis(space, first)), target)
    return space.asarray(ratio(space, space.sum(seen**2, (-2, -1)), space.sum(target**2, (-2, -1))))


def predictivity_chance(samples: int, units: int) -> float:
    """Exact mean `linear_predictivity` of independent Gaussians: ``min(p / (n - 1), 1)``.

    >>> predictivity_chance(51, 5)
    0.1
    """
    return min(units / (samples - 1), 1.0)


def ridge_predictivity(
    first: Shaped[Array, "*batch train unit"],
    second: Shaped[Array, "*batch train other"],
    first_test: Shaped[Array, "*batch test unit"],
    second_test: Shaped[Array, "*batch test other"],
    penalty: float = 1.0,
) -> Predictivity:
    """Second from first by ridge regression, on held-out samples.

    ``B = (A'A + penalty I)^-1 A'Y`` of the training samples around their means. Large means alike;
    may be negative. Invariant to rotations, shifts and order of units; as the penalty has the
    units of ``A'A``, not to the scale of the first. The smaller of [unit, unit] and
    [sample, sample] is decomposed.

    >>> rows = np.arange(12.0).reshape(6, 2)
    >>> ridge_predictivity(rows[:4], rows[:4, :1], rows[4:], rows[4:, :1]).r_squared.round(2).item()
    0.98

    Raises:
      ValueError: other numbers of samples or units, fewer than 2 of either, a penalty below 0.
    """
    names = ("first", "second", "first_test", "second_test")
    space, arrays = entered(
        **dict(zip(names, (first, second, first_test, second_test), strict=True))
    )
    _, pair = entered_representations(first=arrays[0], second=arrays[1])
    _, test = entered_representations(first_test=arrays[2], second_test=arrays[3])
    for name, one, other in zip(("first_test", "second_test"), pair, test, strict=True):
        if one.shape[-1] != other.shape[-1]:
            raise ValueError(f"{name}: {other.shape[-1]} units given; {one.shape[-1]} are needed")
    if not penalty >= 0:
        raise ValueError(f"penalty: {penalty} given; 0 or more is needed")
    errors, total, correlation = _held_out(space, *pair, *test, penalty)
    return _predictivity(space, errors, total, correlation)


def cross_validated_predictivity(
    first: Shaped[Array, "*batch sample unit"],
    second: Shaped[Array, "*batch sample other"],
    penalty: float = 1.0,
    *,
    folds: int = 5,
) -> BothWays:
    """`ridge_predictivity` over interleaved folds (sample i in fold i mod folds), both ways.

    Errors and total squares are summed over folds before dividing; correlations are averaged over
    folds, then the median over targets is taken. Samples in an order that means something
    (sorted by class, by time) should be shuffled first.

    >>> rows = np.random.default_rng(0).normal(size=(40, 3))
    >>> found = cross_validated_predictivity(rows, rows[:, :2], 1e-6)
    >>> [way.r_squared.round(2).item() for way in found][0]
    1.0

    Raises:
      ValueError: fewer than 2 folds, or fewer than 2 samples in one; as `ridge_predictivity`.
    """
    space, pair = entered_representations(4, first=first, second=second)
    count = pair[0].shape[-2]
    if not 2 <= folds <= count // 2:
        raise ValueError(f"folds: {folds} given; 2 .. {count // 2} of {count} samples are possible")
    if not penalty >= 0:
        raise ValueError(f"penalty: {penalty} given; 0 or more is needed")
    ways = []
    for x, y in (pair, pair[::-1]):
        parts = []
        for fold in range(folds):
            out = np.arange(count) % folds == fold
            rows = (x[..., ~out, :], y[..., ~out, :], x[..., out, :], y[..., out, :])
            parts.append(_held_out(space, *rows, penalty))
        errors, totals, correlations = (sum(part) for part in zip(*parts, strict=True))
        ways.append(_predictivity(space, errors, totals, correlations / folds))
    return BothWays(*ways)


def _basis(space: Any, values: Any) -> Any:
    """Orthonormal columns that span the centred units; 0 past their rank, NaN of what is NaN."""
    left, extent, _ = singular(space, near_one(space, centred(values)), vectors=True)
    return left * _there(space, values, extent)[..., None, :] + 0 * extent[..., None, :]


def _there(space: Any, values: Any, extent: Any) -> Any:
    """Which singular values are more than rounding."""
    precision = max(values.shape[-2:]) * space.finfo(values.dtype).eps
    return extent > precision * extent.max(-1, keepdims=True)


def _held_out(space: Any, x: Any, y: Any, x_test: Any, y_test: Any, penalty: float) -> list[Any]:
    """Squared errors and squares around the mean of the test samples; correlation per target."""
    mean = x.mean(-2, keepdims=True), y.mean(-2, keepdims=True)
    left, extent, right = singular(space, x - mean[0], vectors=True)
    there = _there(space, x, extent) if penalty == 0 else True
    shrunk = space.where(there, extent / space.where(there, extent**2 + penalty, 1), 0)
    weights = product(
        transposed(right), shrunk[..., :, None] * product(transposed(left), y - mean[1])
    )
    predicted = product(x_test - mean[0], weights) + mean[1]
    flat = [centred(values) for values in (predicted, y_test)]
    lengths = [space.sqrt(space.sum(values**2, -2)) for values in flat]
    correlation = ratio(space, space.sum(flat[0] * flat[1], -2), lengths[0] * lengths[1])
    errors = space.sum((predicted - y_test) ** 2, (-2, -1))
    return [errors, space.sum(flat[1] ** 2, (-2, -1)), correlation]


def _predictivity(space: Any, errors: Any, total: Any, correlation: Any) -> Predictivity:
    r_squared = 1 - ratio(space, errors, total)
    return Predictivity(space.asarray(r_squared), space.asarray(_median(space, correlation)))


def _median(space: Any, correlation: Any) -> Any:
    """Over targets that vary; NaN where none does."""
    known = space.isfinite(correlation)
    ordered = space.sort(space.where(known, correlation, space.inf), -1)
    count = known.sum(-1, keepdims=True)
    last = space.maximum(count - 1, 0)
    ends = last // 2, (last + 1) // 2
    middle = sum(space.take_along_axis(ordered, end, -1)[..., 0] for end in ends) / 2
    return space.where(count[..., 0] > 0, middle, space.nan)
