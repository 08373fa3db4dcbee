"""Mutual information by hashing: the ensemble dependency graph estimator (EDGE), in bits.

Noshad, Zeng and Hero (2018): both variables are projected at random, cut into buckets whose
size follows their nearest-neighbour distances, and the information of the bucket numbers is
the plug-in one with every log ratio capped; the median over an ensemble of bucket sizes and
shifts. Parameters, seed and the order of random draws are those of the deep-bottleneck
project, so that its published values come out. On the host, in numpy.

Those parameters are made for layers of few distinct codes. On Gaussian channels the buckets hold
a point or two, and the estimate tells the number of inputs and columns, not the information.
Mean bits of six draws (their standard deviation is .01 to .11), cap 12:

| channel                       | truth | N = 300 | 1000 | 4000  |
|-------------------------------|-------|---------|------|-------|
| one pair, independent         | 0     | 3.23    | 2.57 | 1.75  |
| one pair, correlation .5      | .21   | 3.25    | 2.59 | 1.82  |
| one pair, correlation .9      | 1.20  | 3.32    | 2.80 | 2.24  |
| three pairs, independent      | 0     | 7.24    | 8.19 | 8.93  |
| three pairs, correlation .8   | 2.21  | 7.23    | 8.23 | 8.92  |
| ten pairs, independent        | 0     | 8.13    | 9.94 | 11.95 |
| ten pairs, correlation .7     | 4.86  | 8.13    | 9.94 | 11.95 |

A bit with itself is 1.00. For continuous variables use `jaxrep.analysis.neighbours`.

Columns are weighted by 1 / deviation, as published, except those with a deviation below 1e-4: so
units of measurement do not matter from there on. A variable all of whose columns are below it is
first scaled to a largest deviation of 1, which was not done in the published code (it made 5.3
bits of a layer .04 when the layer was 1e-5 times as large). Where some columns are below it and
others above, the unit matters, as published: of a layer of 3.90 bits, 3.63.
"""

import math

import numpy as np
from jaxtyping import Int, Shaped

from jaxrep.analysis.information import Information
from jaxrep.arrays import class_indices, finite_array
from jaxrep.typing import Array

SEED, ENSEMBLE, SMOOTHNESS, RESAMPLED = 3334, 10, 0.09, 500
LEAST_DEVIATION = 1e-4


def edge_information(
    first: Shaped[Array, "input a"], second: Shaped[Array, "input b"], cap: float
) -> float:
    """I(first; second) in bits, as published: see the module for its bias, which can be bits.

    >>> bit = np.arange(400).reshape(-1, 1) % 2
    >>> round(edge_information(bit, bit, 12.0), 2)
    1.0

    Args:
      first: one variable, a row per input.
      second: the other one.
      cap: largest log2 ratio of joint and product frequency that counts.

    Raises:
      ValueError: other numbers of rows, fewer than 20 of them, no columns, values that are not
        finite, or a cap that is not positive.
    """
    if not cap > 0:
        raise ValueError(f"cap: {cap} is not positive")
    draw = np.random.RandomState(SEED)
    codes = [_hashed(values, draw) for values in _checked(first=first, second=second)]
    return _median_information(*codes, cap)


def edge_layer_information(
    activations: Shaped[Array, "input unit"],
    inputs: Shaped[Array, "input feature"],
    classes: Shaped[Array, " input"],
) -> Information:
    """I(X; M) with a cap of 12 bits and I(Y; M) with one of 1, as published; M is hashed once.

    Raises:
      ValueError: see `edge_information`.

    >>> inputs = 10 * np.eye(20)
    >>> found = edge_layer_information(inputs, inputs, np.arange(20) % 2)
    >>> float(found.with_class) <= 1 and float(found.with_input) <= 12  # the published caps
    True
    """
    labels = class_indices(classes, "classes")[1][:, None]
    activations, inputs, labels = _checked(activations=activations, inputs=inputs, classes=labels)
    draw = np.random.RandomState(SEED)
    layer, state = _hashed(activations, draw), draw.get_state()
    found = []
    for other, cap in ((inputs, 12.0), (labels, 1.0)):
        draw.set_state(state)
        found.append(_median_information(layer, _hashed(other, draw), cap))
    return Information(np.float64(found[0]), np.float64(found[1]))


def _checked(**variables: Array) -> list[np.ndarray]:
    arrays = [finite_array(values, name).astype(float) for name, values in variables.items()]
    counts = [len(values) for values in arrays]
    name = list(variables)[-1]
    if len(set(counts)) > 1 or counts[0] < 20:
        raise ValueError(f"{name}: {counts} rows given; 20 or more are needed, as many of each")
    for name, values in zip(variables, arrays, strict=True):
        if values.ndim != 2 or not values.shape[1]:
            raise ValueError(f"{name}: shape {values.shape} is not [input, column]")
    return [_in_reach(values) for values in arrays]


def _in_reach(values: np.ndarray) -> np.ndarray:
    """The same values, of another unit where no column has a deviation that counts."""
    top = np.abs(values).max()
    if 0 < top < 1e100:
        largest = values.std(0).max() if top > 1e-100 else 0.0
        if largest >= LEAST_DEVIATION or np.ptp(values, 0).max() <= 1e-15 * top:
            return values
    if not top:
        return values
    values = values / top
    return values / (values.std(0).max() or 1.0)


def _hashed(values: np.ndarray, draw: np.random.RandomState) -> list[np.ndarray]:
    """The bucket of every row, for every member of the ensemble."""
    projected = _project(draw, values)
    sizes, codes = _bucket_sizes(projected), []
    for member in range(ENSEMBLE):
        stretch, shift = 1 + 0.1 * member / (ENSEMBLE - 1), member / ENSEMBLE
        codes.append(_codes(np.floor(projected / (sizes * stretch) + shift)))
    return codes


def _median_information(first: list[np.ndarray], second: list[np.ndarray], cap: float) -> float:
    pairs = zip(first, second, strict=True)
    return float(np.median([_capped_information(a, b, cap) for a, b in pairs]))


def _project(draw: np.random.RandomState, values: np.ndarray) -> np.ndarray:
    """Random projections to at most log2(N / 10) dimensions, units weighted by 1 / deviation."""
    count, width = values.shape
    kept = min(width, int(math.log2(count / 10)))
    deviation = values.std(0)
    deviation = np.where(deviation < LEAST_DEVIATION, 1, deviation)
    scale = 1 / (deviation * math.sqrt(width))
    return values @ (draw.normal(size=(width, kept)) * scale[:, None])


def _bucket_sizes(values: np.ndarray) -> np.ndarray:
    count, width = values.shape
    power = 2 / 3 + 0.17 * width / (width + 1)
    near = int(0.43 * count**power * math.exp(-1 / max(1e4, width**4)))
    distances = [_neighbour_distance(column, near) for column in values.T]
    return (np.array(distances) + 1e-4) * 3 * width * SMOOTHNESS


def _neighbour_distance(column: np.ndarray, near: int) -> float:
    """Mean distance of resampled points to their `near`-th neighbour, themselves counted."""
    chosen = np.random.RandomState(SEED).choice(column, RESAMPLED)
    ordered = np.sort(column)
    # The neighbours are a window of the sorted values that holds the point. Sliding it to the
    # right brings its left end nearer and its right end farther: the best is where they cross.
    # A point has near copies of rounding, so the windows on both sides of the crossing are tried.
    place = np.searchsorted(ordered, chosen)
    first, last = np.maximum(place - near + 1, 0), np.minimum(place, len(ordered) - near)
    crossing = np.searchsorted(ordered[: len(ordered) - near + 1] + ordered[near - 1 :], 2 * chosen)
    start = np.clip(crossing[:, None] + np.arange(-2, 3), first[:, None], last[:, None])
    reach = np.maximum(
        chosen[:, None] - ordered[start], ordered[start + near - 1] - chosen[:, None]
    )
    return float(reach.min(1).mean())


def _codes(buckets: np.ndarray) -> Int[np.ndarray, " input"]:
    """One number for every row of buckets, by a 64-bit hash."""
    factors = np.random.RandomState(0).randint(1, 2**62, buckets.shape[1], np.int64) * 2 + 1
    with np.errstate(over="ignore"):
        return (buckets.astype(np.int64) * factors).sum(1)


def _capped_information(first: np.ndarray, second: np.ndarray, cap: float) -> float:
    count = len(first)
    _, a, of_a = np.unique(first, return_inverse=True, return_counts=True)
    _, b, of_b = np.unique(second, return_inverse=True, return_counts=True)
    joint, of_joint = np.unique(a * len(of_b) + b, return_counts=True)
    product = of_a[joint // len(of_b)] * of_b[joint % len(of_b)]
    ratio = np.log2(of_joint * count / product)
    return float(np.sum(of_joint * np.clip(ratio, 1e-3, cap)) / count)
