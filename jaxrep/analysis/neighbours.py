"""Mutual information from distances to nearest neighbours, in bits; on the host.

For continuous variables Kraskov, Stoegbauer and Grassberger (2004, estimator 1), for a
continuous and a discrete one Ross (2014). Both are unbiased for independent variables; a
deterministic layer has infinite information about a continuous input, of which they give
what the number of inputs lets them see.

Values that occur more than once (zeros of a relu, saturated units, rounded or binary data) break
both: the k-th neighbour is at distance 0, and nothing is nearer. Where it is, a row contributes
the plug-in estimate from counts, as in the mixture estimator of Gao, Kannan, Oh and Viswanath
(2017); where more than k rows are at the distance of the k-th neighbour, they all count. Data
without ties give the published estimators' numbers.

Distances need a scale. Columns are divided by their standard deviation, those of two values by
half their difference (a fair bit's deviation), so that units of measurement do not matter, column
by column; `standardise=False` leaves the scale to the caller.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Shaped
from scipy.spatial import KDTree
from scipy.special import digamma

from jaxrep.arrays import class_indices, finite_array
from jaxrep.typing import Array

BLIND = 0.5
"""Share of rows whose neighbourhood may span a whole variable before an estimate is NaN."""
DITHER_STREAM = 0xD17E
"""Seed of the dither: nobody's data, or independent variables would share their noise."""


class NeighbourTies(NamedTuple):
    """How much of a sample cannot be told apart by distances; shares of rows.

    Attributes:
      repeated: the k-th neighbour is at distance 0, so the row is counted like a category.
      level: more than k rows are within the distance of the k-th, which is not 0: a grid. On
        fine grids estimates are too large (1.54 bits for 1.19 on a step of a tenth of a standard
        deviation, N = 1000); ``dither`` mends that.
      spanning: the neighbourhood holds all values of a variable, so that it says nothing; above
        a half estimates are NaN.
    """

    repeated: float
    level: float
    spanning: float


def neighbour_information(
    first: Shaped[Array, "input ..."],
    second: Shaped[Array, "input ..."],
    neighbours: int = 3,
    *,
    standardise: bool = True,
    dither: float = 0.0,
) -> float:
    """``psi(k) + psi(N) - mean[psi(a) + psi(b)]``, maximum norm, in bits.

    a and b count the rows (itself among them) strictly nearer in one variable than the k-th
    neighbour in both; for ties see the module. Small samples in many dimensions are
    biased towards 0: 1.9 bits for 4.86 of ten correlated pairs, N = 1000.

    >>> rng = np.random.default_rng(0)
    >>> first = rng.normal(size=400)
    >>> second = 0.9 * first + (1 - 0.81) ** 0.5 * rng.normal(size=400)  # 1.198 bits
    >>> round(neighbour_information(first, 1000 * second), 1)
    1.2
    >>> bit = rng.integers(0, 2, 400)
    >>> round(neighbour_information(bit, bit), 2)
    1.0
    >>> neighbour_information(np.eye(12), np.arange(12.0))  # all rows are equally far apart
    nan

    Args:
      first: a row of numbers, or one number, per input.
      second: the same for the other variable.
      neighbours: k.
      standardise: divides columns by their standard deviation.
      dither: adds uniform noise of this many standard deviations (units where not
        standardised), such as 1e-10, from a stream of its own: parts the ties of finely rounded
        data.

    Returns:
      Bits; around 0 also negative. 0 where a variable is constant. NaN where distances say
      nothing: the neighbourhood of more than half of the rows spans all values of a variable, as
      with distinct rows of bits or one-hot rows, which are all equally far apart.

    Raises:
      ValueError: k is not between 1 and N - 1, other numbers of rows, values not finite.
    """
    pair = _pair(first, second, neighbours, standardise, dither)
    if any(one.constant for one in pair):
        return 0.0
    count = len(pair[0].rows)
    joint = _joined(pair)
    reach = _distance_of(joint.rows, neighbours, joint.tolerance)
    if np.mean([_spans(one, reach) for one in pair], 1).max() > BLIND:
        return float("nan")
    upto = reach + joint.tolerance * (1 + reach)
    nearer = np.nextafter(reach - joint.tolerance * (1 + reach), -1)
    within = _counts(joint.rows, upto)
    around = [_counts(one.rows, upto) for one in pair]
    inside = [_counts(one.rows, np.maximum(nearer, 0)) for one in pair]
    repeated, level = reach == 0, within - 1 > neighbours
    nats = np.where(
        repeated,
        np.log(count) + np.log(within) - np.log(around[0]) - np.log(around[1]),
        digamma(count)
        + digamma(np.maximum(within - 1, 1))
        - sum(
            np.where(level, digamma(np.maximum(a - 1, 1)), digamma(np.maximum(b, 1)))
            for a, b in zip(around, inside, strict=True)
        ),
    )
    return float(np.mean(nats) / np.log(2))


def neighbour_class_information(
    activations: Shaped[Array, "input ..."],
    classes: Shaped[Array, " input"],
    neighbours: int = 3,
    *,
    standardise: bool = True,
    dither: float = 0.0,
) -> float:
    """``psi(N) + psi(k) - mean[psi(N_class) + psi(m)]`` in bits.

    m counts the rows of all classes within the distance of the k-th neighbour of the own one;
    for ties see the module.

    >>> values = np.random.default_rng(0).normal(size=400)
    >>> words = np.where(values > 0, "positive", "negative")
    >>> round(neighbour_class_information(np.maximum(values, 0), words), 1)
    1.0

    Args:
      activations: a row of numbers, or one number, per input.
      classes: labels of any kind, see `jaxrep.arrays.class_indices`.
      neighbours: k.
      standardise, dither: see `neighbour_information`.

    Returns:
      Bits. 0 of a constant layer, NaN where distances say nothing, see `neighbour_information`.

    Raises:
      ValueError: a class with no more than k inputs, other numbers of rows, values not finite.
    """
    layer = _scaled(activations, "activations", standardise, dither, 0)
    names, labels = class_indices(classes, "classes")
    _check_counts("classes", len(layer.rows), len(labels), neighbours)
    count = len(labels)
    reach, size, own = np.zeros(count), np.zeros(count), np.zeros(count)
    for label, members in enumerate(np.bincount(labels)):
        if members <= neighbours:
            raise ValueError(
                f"neighbours: {neighbours} given; class {names[label]} has {members} inputs"
            )
        mine = labels == label
        rows, tolerance = layer.rows[mine], layer.tolerance[mine]
        reach[mine] = _distance_of(rows, neighbours, tolerance)
        own[mine] = _counts(rows, reach[mine] + tolerance * (1 + reach[mine]))
        size[mine] = members
    if layer.constant:
        return 0.0
    if _spans(layer, reach).mean() > BLIND:
        return float("nan")
    within = _counts(layer.rows, reach + layer.tolerance * (1 + reach))
    nats = np.where(
        reach == 0,
        np.log(count) + np.log(own) - np.log(size) - np.log(within),
        digamma(count)
        + digamma(np.maximum(own - 1, 1))
        - digamma(size)
        - digamma(np.maximum(within - 1, 1)),
    )
    return float(np.mean(nats) / np.log(2))


def neighbour_ties(
    first: Shaped[Array, "input ..."],
    second: Shaped[Array, "input ..."],
    neighbours: int = 3,
    *,
    standardise: bool = True,
) -> NeighbourTies:
    """Shares of rows for which `neighbour_information` has no neighbour distances to go by.

    >>> neighbour_ties(np.arange(8) % 2, np.arange(8) % 2)
    NeighbourTies(repeated=1.0, level=0.0, spanning=0.0)

    Raises:
      ValueError: as `neighbour_information`.
    """
    pair = _pair(first, second, neighbours, standardise, 0.0)
    joint = _joined(pair)
    reach = _distance_of(joint.rows, neighbours, joint.tolerance)
    within = _counts(joint.rows, reach + joint.tolerance * (1 + reach))
    level = (reach > 0) & (within - 1 > neighbours)
    spanning = np.mean([_spans(one, reach) for one in pair], 1).max()
    return NeighbourTies(float(np.mean(reach == 0)), float(level.mean()), float(spanning))


class _Scaled(NamedTuple):
    """Rows in units of their columns' deviations; per row, what rounding makes of a distance.

    `slack` is what dither makes of one.
    """

    rows: Float[np.ndarray, "input column"]
    tolerance: Float[np.ndarray, " input"]
    slack: float = 0.0

    @property
    def constant(self) -> bool:
        """Whether all rows are the same."""
        return not np.ptp(self.rows, 0).any()


def _pair(first, second, neighbours, standardise, dither) -> list[_Scaled]:
    pair = [
        _scaled(values, name, standardise, dither, stream)
        for stream, (values, name) in enumerate(((first, "first"), (second, "second")))
    ]
    _check_counts("second", len(pair[0].rows), len(pair[1].rows), neighbours)
    return pair


def _joined(pair: list[_Scaled]) -> _Scaled:
    rows = np.concatenate([one.rows for one in pair], 1)
    return _Scaled(rows, np.maximum(pair[0].tolerance, pair[1].tolerance))


def _scaled(values, name: str, standardise: bool, dither: float, stream: int) -> _Scaled:
    numbers = finite_array(values, name)
    if numbers.ndim not in (1, 2) or numbers.size == 0:
        raise ValueError(f"{name}: shape {numbers.shape} is not [input] or [input, column]")
    if not 0 <= dither < np.inf:
        raise ValueError(f"dither: {dither} given; a finite share of 0 or more is needed")
    # Two values that differ by no more than rounding in the type they came in are one.
    precision = float(np.finfo(numbers.dtype).eps) + 4 * float(np.finfo(float).eps)
    rows = numbers.reshape(len(numbers), -1).astype(float)
    top = np.abs(rows).max(0)
    rows = rows / np.where(top > 0, top, 1)  # first, so that squares cannot overflow
    low, high = rows.min(0), rows.max(0)
    varies = high - low > precision
    binary = ((rows == low) | (rows == high)).all(0)
    deviation = np.where(binary, (high - low) / 2, rows.std(0))
    if standardise:
        rows = np.where(varies, rows / np.where(varies, deviation, 1), 0.0)
    else:
        rows = np.where(varies, rows, 0.0) * np.where(varies, top, 1)
    if dither:
        noise = np.random.default_rng((DITHER_STREAM, stream)).uniform(-0.5, 0.5, rows.shape)
        dithered = np.where(varies, rows + dither * noise, 0.0)
        return _Scaled(dithered, np.zeros(len(rows)), 2 * dither)
    return _Scaled(rows, precision * np.abs(rows).max(1))


def _distance_of(rows: np.ndarray, neighbours: int, tolerance: np.ndarray) -> np.ndarray:
    """Distance of every row to its k-th neighbour, 0 if it is within rounding."""
    reach = KDTree(rows).query(rows, neighbours + 1, p=np.inf)[0][:, -1]
    return np.where(reach <= tolerance, 0.0, reach)


def _counts(rows: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Rows within that distance of every row, itself among them."""
    return KDTree(rows).query_ball_point(rows, reach, p=np.inf, return_length=True)


def _spans(one: _Scaled, reach: np.ndarray) -> Bool[np.ndarray, " input"]:
    """Whether the neighbourhood of a row holds every value of a variable that is not constant."""
    if one.constant:
        return np.zeros(len(reach), bool)
    low, high = one.rows.min(0), one.rows.max(0)
    farthest = np.maximum(one.rows - low, high - one.rows).max(1)
    return reach + one.tolerance * (1 + reach) + one.slack >= farthest


def _check_counts(name: str, count: int, other: int, neighbours: int) -> None:
    if other != count:
        raise ValueError(f"{name}: {count} and {other} rows given; as many are needed")
    if not 1 <= neighbours < count:
        raise ValueError(f"neighbours: {neighbours} is outside 1 .. {count - 1}")
