"""One measure of many pairs of representations, and its standard error over samples.

CKA and comparisons of dissimilarities are inner products of one vector per representation. All
pairs are then one matrix product, of ``n (n + 1) / 2`` numbers a pair where ``X'Y`` alone would
cost ``n p q``: twenty times fewer for 1,000 samples of 100 units. Of shape metrics and canonical
correlations what concerns one representation alone is computed once for each.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int, Shaped

from jaxrep.analysis.representation_measures import RepresentationMeasure, measure_named
from jaxrep.analysis.resampling import Estimate
from jaxrep.analysis.spaces import entered_representations, product, transposed
from jaxrep.typing import Array

MEMORY = 2**31
"""Bytes that features may take at once."""


def compare_all_pairs(
    measure: RepresentationMeasure | str,
    first: Shaped[Array, "*shared one sample unit"],
    second: Shaped[Array, "*shared other sample another"] | None = None,
    *,
    memory: int = MEMORY,
) -> Float[Array, "*shared one _"]:
    """The measure of every representation of one stack with every one of the other.

    JAX arrays are computed with in one compiled call (see `jax.jit`), numpy arrays in float64.
    Stacks whose features do not fit are compared block by block. Within one stack a symmetric
    measure is computed above the diagonal only.

    >>> stack = np.random.default_rng(0).normal(size=(3, 20, 4))
    >>> found = compare_all_pairs("linear_cka", stack)
    >>> found.shape, found.diagonal().round(6).tolist()
    ((3, 3), [1.0, 1.0, 1.0])

    Args:
      measure: or its name in `REPRESENTATION_MEASURES`.
      first: representations of the same samples. Leading axes (steps, layers) are shared: only
        representations at the same place on them are compared.
      second: None for the first one again.
      memory: bytes that features may take at once.

    Raises:
      ValueError: an unknown measure, stacks of other samples or leading axes.
    """
    measure = measure_named(measure)
    alone = second is None
    names = {"first": first} if alone else {"first": first, "second": second}
    space, stacks = entered_representations(**names)
    for name, stack in zip(names, stacks, strict=True):
        if stack.ndim < 3 or stack.shape[:-3] != stacks[0].shape[:-3]:
            raise ValueError(
                f"{name}: shape {stack.shape} given; [..., representation, sample, unit] with the "
                f"leading axes {stacks[0].shape[:-3]} is needed"
            )
    one, other = stacks[0], stacks[-1]
    if measure.on_host:
        space, one, other = np, np.asarray(one), np.asarray(other)
    shared, counts = one.shape[:-3], (one.shape[-3], other.shape[-3])
    one, other = [values.reshape(-1, *values.shape[-3:]) for values in (one, other)]

    def compare(pair: Any) -> Any:
        a, b = pair
        if _by_features(measure, a, b):
            return _blocks(space, measure, a, None if alone else b, memory)
        return _each(space, measure, a, None if alone else b)

    if space is np:
        found = np.stack([compare(pair) for pair in zip(one, other, strict=True)])
    else:
        found = jax.lax.map(compare, (one, other))
    return space.reshape(found, (*shared, *counts))


def compare_pairs(
    measure: RepresentationMeasure | str,
    first: Shaped[Array, "one sample unit"],
    second: Shaped[Array, "other sample another"],
    pairs: Int[Array, "pair 2"],
) -> Float[Array, " pair"]:
    """The measure of chosen pairs: rows of `pairs` number one of the first and of the second.

    JAX arrays in one compiled call, one pair after the other, so that memory is that of one pair.

    >>> stack = np.random.default_rng(0).normal(size=(3, 20, 4))
    >>> compare_pairs("procrustes", stack, stack, np.array([[0, 0], [0, 1]])).round(1)[0].item()
    0.0

    Raises:
      ValueError: an unknown measure, pairs that are not there, stacks of other samples.
    """
    measure = measure_named(measure)
    space, (one, other) = entered_representations(first=first, second=second)
    pairs = np.asarray(pairs)
    if pairs.ndim != 2 or pairs.shape[1] != 2 or pairs.dtype.kind not in "iu":
        raise ValueError(f"pairs: {pairs.dtype} of shape {pairs.shape}; integers [pair, 2] needed")
    for column, count in enumerate((len(one), len(other))):
        outside = (pairs[:, column] < 0) | (pairs[:, column] >= count)
        if outside.any():
            wrong = pairs[outside, column][0]
            raise ValueError(f"pairs: {wrong} given; 0 .. {count - 1} are there")
    return _chosen(space, measure, one, other, pairs)


def sample_error(
    measure: RepresentationMeasure | str,
    first: Shaped[Array, "sample unit"],
    second: Shaped[Array, "sample other"],
    *,
    draws: int = 100,
    left_out: float = 0.2,
    seed: int = 0,
) -> Estimate:
    """Standard error of a measure over samples, by a jackknife that leaves out many at once.

    Not a bootstrap: a sample drawn twice is its own nearest neighbour and its own best
    prediction, and unbiased HSIC counts it as dependence. Random subsets without a share d of the
    n samples scatter ``sqrt(d / (n - d))`` times as much as samples do (Shao and Wu 1989).

    >>> rows = np.random.default_rng(0).normal(size=(40, 3))
    >>> found = sample_error("debiased_cka", rows, rows + 0.5 * rows[:, ::-1] ** 2)
    >>> bool(0.01 < found.error < 0.2)
    True

    Args:
      measure: or its name; one whose value grows with the samples (Procrustes) has no such error.
      first, second: activations.
      draws: of subsets, 2 at least.
      left_out: share of the samples.
      seed: of the draws.

    Returns:
      Value of all samples, standard error, and estimated bias (what fewer samples change).

    Raises:
      ValueError: an unknown measure, fewer than two draws, a share that leaves none out or fewer
        than 4 in; as the measure.
    """
    measure = measure_named(measure)
    space, (one, other) = entered_representations(first=first, second=second)
    count = one.shape[0]
    out = round(left_out * count)
    if draws < 2:
        raise ValueError(f"draws: {draws} given; at least 2 are needed")
    if not 1 <= out <= count - 4:
        raise ValueError(f"left_out: {left_out} given; 1 .. {count - 4} of {count} may be left out")
    draw = np.random.default_rng(seed)
    # in their order: it may count (folds of a cross-validation)
    kept = np.stack([np.sort(draw.permutation(count)[out:]) for _ in range(draws)])
    if space is np or measure.on_host:
        found = np.array([float(measure.function(one[rows], other[rows])) for rows in kept])
    else:
        found = np.asarray(
            jax.lax.map(lambda rows: measure.function(one[rows], other[rows]), jnp.asarray(kept))
        )
    value = np.asarray(measure.function(one, other), float)
    scale = (count - out) / out
    error = np.sqrt(scale * found.var())
    return Estimate(value, np.asarray(error), np.asarray(scale * (found.mean() - value)))


def _by_features(measure: RepresentationMeasure, one: Any, other: Any) -> bool:
    if measure.features is None:
        return False
    samples, units = one.shape[-2:]
    return not measure.by_products or samples <= 2 * units * other.shape[-1]


def _blocks(space: Any, measure: RepresentationMeasure, one: Any, other: Any, memory: int) -> Any:
    """Inner products of features, of as many representations at once as fit."""
    samples, alone = one.shape[-2], other is None
    other = one if alone else other
    each = samples * (samples + 1) // 2 * one.dtype.itemsize
    size = max(int(memory // (2 * each)), 1)

    def features(stack: Any) -> Any:
        assert measure.features is not None
        if space is np:
            return np.stack([measure.features(values) for values in stack])
        return jax.lax.map(measure.features, stack)

    rows = []
    for start in range(0, len(one), size):
        left = features(one[start : start + size])
        row = []
        for place in range(0, len(other), size):
            if alone and place < start:
                row.append(transposed(rows[place // size][start // size]))
                continue
            same = alone and place == start
            right = left if same else features(other[place : place + size])
            row.append(product(left, transposed(right)))
        rows.append(row)
    found = space.concatenate([space.concatenate(row, -1) for row in rows], -2)
    return found if measure.finish is None else measure.finish(found)


def _each(space: Any, measure: RepresentationMeasure, one: Any, other: Any) -> Any:
    """Pair by pair; above the diagonal where the rest is the same."""
    if other is None and measure.symmetric:
        rows, columns = np.triu_indices(len(one))
        found = _chosen(space, measure, one, one, np.stack([rows, columns], 1))
        places = np.zeros((len(one), len(one)), int)
        places[rows, columns] = places[columns, rows] = np.arange(len(rows))
        return found[places]
    other = one if other is None else other
    pairs = np.stack(np.indices((len(one), len(other))), -1).reshape(-1, 2)
    return _chosen(space, measure, one, other, pairs).reshape(len(one), len(other))


def _chosen(space: Any, measure: RepresentationMeasure, one: Any, other: Any, pairs: Any) -> Any:
    alone = other is one
    if measure.on_host:
        space, one, other = np, np.asarray(one), np.asarray(other)
    if measure.prepare is None or measure.combine is None:

        def value(i: Any, j: Any) -> Any:
            return measure.function(one[i], other[j])

    else:
        combine = measure.combine
        rows, sizes = _prepared(space, measure.prepare, one)
        others, their = (rows, sizes) if alone else _prepared(space, measure.prepare, other)

        def value(i: Any, j: Any) -> Any:
            return combine(product(transposed(rows[i]), others[j]), sizes[i], their[j])

    if space is np:
        return np.array([float(value(i, j)) for i, j in pairs])
    return jax.lax.map(lambda pair: value(pair[0], pair[1]), jnp.asarray(pairs))


def _prepared(space: Any, prepare: Callable[[Any], Any], stack: Any) -> Any:
    """What the measure needs of each, computed once."""
    if space is not np:
        return jax.lax.map(prepare, stack)
    return [np.stack(part) for part in zip(*map(prepare, stack), strict=True)]
