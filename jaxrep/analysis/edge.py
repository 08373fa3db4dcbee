"""Mutual information by hashing: the ensemble dependency graph estimator (EDGE), in bits.

Noshad, Zeng and Hero (2018): both variables are projected at random, cut into buckets whose
size follows their nearest-neighbour distances, and the information of the bucket numbers is
the plug-in one with every log ratio capped; the median over an ensemble of bucket sizes and
shifts. Parameters, seed and the order of random draws are those of the deep-bottleneck
project, so that its published values come out. On the host, in numpy.
"""

import math

import numpy as np
from jaxtyping import Float, Int

from jaxrep.analysis.information import Information
from jaxrep.typing import Array

SEED, ENSEMBLE, SMOOTHNESS, RESAMPLED = 3334, 10, 0.09, 500


def edge_information(
    first: Float[Array, "input a"], second: Float[Array, "input b"], cap: float
) -> float:
    """I(first; second) in bits.

    Args:
      first: one variable, a row per input.
      second: the other one.
      cap: largest log2 ratio of joint and product frequency that counts.

    Raises:
      ValueError: other numbers of rows, fewer than 20 of them, or values that are not finite.
    """
    draw = np.random.RandomState(SEED)
    codes = [_hashed(values, draw) for values in _checked(first, second)]
    return _median_information(*codes, cap)


def edge_layer_information(
    activations: Float[Array, "input unit"],
    inputs: Float[Array, "input feature"],
    classes: Int[Array, " input"],
) -> Information:
    """I(X; M) with a cap of 12 bits and I(Y; M) with one of 1, as published; M is hashed once.

    Raises:
      ValueError: see `edge_information`.
    """
    labels = np.asarray(classes, float)[:, None]
    activations, inputs, labels = _checked(activations, inputs, labels)
    draw = np.random.RandomState(SEED)
    layer, state = _hashed(activations, draw), draw.get_state()
    found = []
    for other, cap in ((inputs, 12.0), (labels, 1.0)):
        draw.set_state(state)
        found.append(_median_information(layer, _hashed(other, draw), cap))
    return Information(np.float64(found[0]), np.float64(found[1]))


def _checked(*variables: np.ndarray) -> list[np.ndarray]:
    arrays = [np.asarray(values, float) for values in variables]
    counts = [len(values) for values in arrays]
    if len(set(counts)) > 1 or counts[0] < 20:
        raise ValueError(f"{counts} rows given; 20 or more are needed, and as many of each")
    if not all(np.isfinite(values).all() for values in arrays):
        raise ValueError("some values are not finite")
    return arrays


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
    deviation = np.where(deviation < 1e-4, 1, deviation)
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
    # the neighbours are a window of the sorted values; the best of all that hold the point
    place = np.searchsorted(ordered, chosen)
    start = place[:, None] - np.arange(near)
    inside = (start >= 0) & (start + near <= len(ordered))
    start = np.where(inside, start, 0)
    left, right = ordered[start], ordered[start + near - 1]
    reach = np.maximum(chosen[:, None] - left, right - chosen[:, None])
    return float(np.where(inside, reach, np.inf).min(1).mean())


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
