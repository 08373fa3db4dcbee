"""Comparisons of representational dissimilarities, their ceilings under noise, and their errors.

Entries of one set of dissimilarities depend on each other, as they share items: errors and nulls
draw items, never pairs.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.analysis.dissimilarity import dissimilarity_matrix, items_of
from jaxrep.analysis.resampling import Estimate
from jaxrep.analysis.spaces import entered, ratio
from jaxrep.arrays import real_array
from jaxrep.typing import Array

DISSIMILARITY_COMPARISONS = ("cosine", "pearson", "spearman", "tau_a", "whitened_cosine")
"""What `compare_dissimilarities` knows."""


class NoiseCeiling(NamedTuple):
    """What the best model of these seeds could reach (Nili et al. 2014).

    Attributes:
      lower: mean over seeds of the comparison with all others pooled.
      upper: with all pooled, itself among them.
    """

    lower: Float[Array, "*batch"]
    upper: Float[Array, "*batch"]


def compare_dissimilarities(
    first: Shaped[Array, "... pair"],
    second: Shaped[Array, "... pair"],
    comparison: str = "cosine",
) -> Float[Array, "..."]:
    """How alike two sets of dissimilarities are; 1 for the same. Leading axes broadcast.

    * ``cosine``: does not change with scale.
    * ``pearson``, ``spearman`` (mean ranks of ties): nor with a constant, nor a monotone function.
    * ``tau_a``: mean over pairs of entries of sign x sign; below 1 also of itself where there are
      ties, so that models of few levels are not preferred (Nili et al. 2014).
    * ``whitened_cosine`` (Diedrichsen et al. 2021): ``a'V^-1 b / sqrt(a'V^-1 a b'V^-1 b)`` with V
      the covariance of estimates that share items. As V maps from the centred inner products of
      items, it is computed as their alignment, and V is neither formed nor inverted; of squared
      Euclidean distances it is biased linear CKA.

    NaN where one of them does not vary, or has a value that is not finite.

    >>> one, other = np.array([1, 2, 3]), np.array([1, 4, 9])
    >>> [compare_dissimilarities(one, other, name).round(3).item() for name in ("cosine", "tau_a")]
    [0.972, 1.0]

    Raises:
      ValueError: an unknown comparison, other numbers of pairs, or none.
    """
    space, (one, other), prepare = _entered(first, second, comparison)
    return _cosine(space, prepare(space, one), prepare(space, other))


def comparison_features(
    pairs: Shaped[Array, "*batch pair"], comparison: str = "cosine"
) -> Float[Array, "*batch feature"]:
    """Vectors of length 1 whose inner products are `compare_dissimilarities`, but for tau-a.

    Of many sets of dissimilarities all comparisons are one matrix product.

    >>> rows = comparison_features(np.array([[1.0, 2, 3], [1, 4, 9]]), "spearman")
    >>> round(float(rows[0] @ rows[1]), 6)
    1.0

    Raises:
      ValueError: tau-a, whose features would be pairs of pairs; as `compare_dissimilarities`.
    """
    if comparison == "tau_a":
        raise ValueError("comparison: tau_a given; it has no features short enough to be kept")
    space, (pairs, _), prepare = _entered(pairs, pairs, comparison)
    rows = prepare(space, pairs)
    return ratio(space, rows, space.sqrt(space.sum(rows**2, -1, keepdims=True)))


def noise_ceiling(
    seeds: Shaped[Array, "*batch seed pair"], comparison: str = "cosine"
) -> NoiseCeiling:
    """Range of the best comparison with single seeds that any model could reach.

    Seeds are pooled as their mean, after each is put into the form that the comparison sees:
    over its root mean square (cosine), standardised (Pearson), ranked (Spearman and, where it is
    approximate, tau-a), of unit whitened norm.

    >>> rows = np.array([[1.0, 2.0, 4.0], [2.0, 4.0, 8.0]])
    >>> [float(x) for x in noise_ceiling(rows)]
    [1.0, 1.0]

    Args:
      seeds: dissimilarities of the same items in two networks or more.
      comparison: see `compare_dissimilarities`.

    Raises:
      ValueError: fewer than two seeds; as `compare_dissimilarities`.
    """
    if np.ndim(seeds) < 2 or np.shape(seeds)[-2] < 2:
        raise ValueError(f"seeds: shape {np.shape(seeds)} given; [..., seed, pair], 2 seeds up")
    space, (seeds, _), _ = _entered(seeds, seeds, comparison)
    count = seeds.shape[-2]
    seeds = _pooled_as(space, seeds, comparison)
    total = seeds.sum(-2, keepdims=True)
    ends = [
        space.asarray(compare_dissimilarities(pool, seeds, comparison).mean(-1))
        for pool in ((total - seeds) / (count - 1), space.broadcast_to(total / count, seeds.shape))
    ]
    return NoiseCeiling(*ends)


def bootstrap_comparison(
    seeds: Shaped[Array, "seed pair"],
    other: Shaped[Array, " pair"],
    comparison: str = "cosine",
    *,
    draws: int = 200,
    seed: int = 0,
    over: str = "both",
) -> Estimate:
    """Mean comparison of seeds with one model, its error by drawing items and seeds again.

    Drawing with replacement gives items that occur twice; their distance from themselves says
    nothing, and these pairs are left out (as rsatoolbox does). Drawing both at once counts the
    noise of single entries three times; as Schuett et al. (2023) the variance is
    ``2 (V_items + V_seeds) - V_both``, and not less than either. On the host.

    >>> rows = np.random.default_rng(0).uniform(1, 2, (4, 15))
    >>> found = bootstrap_comparison(rows, rows.mean(0), draws=50)
    >>> bool(0 < found.error < 0.1)
    True

    Args:
      seeds: dissimilarities in each network.
      other: those of a model, or of another network.
      comparison: see `compare_dissimilarities`, but not the whitened one: without some pairs it
        is not defined.
      draws: how often; 2 at least.
      seed: of the draws.
      over: ``items``, ``seeds`` or ``both``: what the result should hold for others of.

    Returns:
      Value of all, standard error, and mean of the draws minus value. NaN where a draw had too
      few different items.

    Raises:
      ValueError: as `compare_dissimilarities`; the whitened cosine; fewer than two draws; another
        word for `over`.
    """
    if comparison == "whitened_cosine":
        raise ValueError("comparison: whitened_cosine given; it needs all pairs of the items drawn")
    if over not in ("items", "seeds", "both"):
        raise ValueError(f"over: {over} given; 'items', 'seeds' or 'both' are possible")
    if draws < 2:
        raise ValueError(f"draws: {draws} given; at least 2 are needed")
    seeds, other = (np.asarray(real_array(seeds, "seeds")), np.asarray(real_array(other, "other")))
    value = compare_dissimilarities(seeds, other[None], comparison).mean()
    squares, model = dissimilarity_matrix(seeds), dissimilarity_matrix(other)
    draw = np.random.default_rng(seed)

    def drawn(items: bool, nets: bool) -> np.ndarray:
        return np.array(
            [_drawn(draw, squares, model, comparison, items, nets) for _ in range(draws)]
        )

    found = drawn(over != "seeds", over != "items")
    variance = found.var(ddof=1)
    if over == "both":
        single = [drawn(True, False).var(ddof=1), drawn(False, True).var(ddof=1)]
        variance = max(2 * sum(single) - variance, *single)
    return Estimate(np.asarray(value), np.sqrt(variance), np.asarray(found.mean() - value))


def _drawn(draw, squares, model, comparison: str, items: bool, nets: bool) -> float:
    """One comparison, of items or networks or both drawn with replacement."""
    count = len(model)
    chosen = draw.integers(0, len(squares), len(squares)) if nets else np.arange(len(squares))
    taken = draw.integers(0, count, count) if items else np.arange(count)
    i, j = taken[np.stack(np.triu_indices(count, 1))]
    i, j = i[i != j], j[i != j]
    if len(i) < 2:
        return float("nan")
    again = compare_dissimilarities(squares[chosen][:, i, j], model[None, i, j], comparison)
    return float(again.mean())


def _entered(first: Any, second: Any, comparison: str) -> tuple[Any, list[Any], Callable]:
    if comparison not in DISSIMILARITY_COMPARISONS:
        known = ", ".join(DISSIMILARITY_COMPARISONS)
        raise ValueError(f"comparison: {comparison} given; {known} are possible")
    space, pair = entered(first=first, second=second)
    counts = [values.shape[-1] if values.ndim else 0 for values in pair]
    if counts[0] != counts[1] or not counts[0]:
        raise ValueError(f"second: {counts[1]} pairs given for {counts[0]} of first")
    if comparison == "whitened_cosine":
        items_of(counts[0])
    pair = [space.where(space.isfinite(v).all(-1, keepdims=True), v, space.nan) for v in pair]
    return space, pair, _PREPARED[comparison]


def _cosine(space: Any, one: Any, other: Any) -> Any:
    if isinstance(one, _Signs):
        return one.agreement(space, other)
    lengths = [space.sqrt(space.sum(values**2, -1)) for values in (one, other)]
    return ratio(space, space.sum(one * other, -1), lengths[0] * lengths[1])


def _near(space: Any, values: Any) -> Any:
    size = space.abs(values).max(-1, keepdims=True)
    return values / space.where(size > 0, size, 1)


def _flat(space: Any, values: Any) -> Any:
    # off a first entry before the mean, so that a constant leaves nothing
    values = _near(space, values - values[..., :1])
    return values - values.mean(-1, keepdims=True)


def _ranks(space: Any, values: Any) -> Any:
    """Mean ranks of ties; NaN of what is not finite."""
    if space is jnp:
        from jax.scipy.stats import rankdata as rank
    else:
        from scipy.stats import rankdata as rank  # half a second to import, for ranks alone
    known = space.isfinite(values).all(-1, keepdims=True)
    ranks = rank(space.where(known, values, 0), axis=-1)
    return space.where(known, ranks, space.nan).astype(values.dtype)


def _whitened(space: Any, values: Any) -> Any:
    """Centred inner products of items that have these squared distances, up to a factor."""
    squares = dissimilarity_matrix(values)
    rows = squares - squares.mean(-1, keepdims=True)
    inner = rows - rows.mean(-2, keepdims=True)
    return inner.reshape(*inner.shape[:-2], math.prod(inner.shape[-2:]))


def _pooled_as(space: Any, seeds: Any, comparison: str) -> Any:
    if comparison in ("spearman", "tau_a"):
        return _ranks(space, seeds)  # as they are: sums of whole numbers keep their ties
    seeds = _near(space, seeds)
    seen = _PREPARED[comparison](space, seeds)
    size = space.sqrt(space.mean(seen**2, -1, keepdims=True))
    return ratio(space, seeds if comparison == "whitened_cosine" else seen, size)


class _Signs(NamedTuple):
    """Values whose order alone counts."""

    values: Any

    def agreement(self, space: Any, other: "_Signs") -> Any:
        """Kendall's tau-a: mean over pairs of entries of sign x sign."""
        one, two = space.broadcast_arrays(self.values, other.values)
        count = one.shape[-1]
        if space is jnp:
            # entry by entry: the square of pairs of pairs would be n^4 numbers
            rows = (jnp.moveaxis(one, -1, 0), jnp.moveaxis(two, -1, 0))
            total = jax.lax.scan(
                lambda total, row: (total + _agree(space, one, two, *row), None),
                jnp.zeros_like(one[..., 0]),
                rows,
            )[0]
        else:
            total = sum(_agree(space, one, two, one[..., i], two[..., i]) for i in range(count))
        return space.asarray(ratio(space, total, count * (count - 1.0)))


def _agree(space: Any, one: Any, other: Any, a: Any, b: Any) -> Any:
    signs = space.sign(one - a[..., None]) * space.sign(other - b[..., None])
    return signs.sum(-1)


_PREPARED: dict[str, Callable] = {
    "cosine": _near,
    "pearson": _flat,
    "spearman": lambda space, values: _flat(space, _ranks(space, values)),
    "tau_a": lambda space, values: _Signs(values),
    "whitened_cosine": lambda space, values: _whitened(space, _near(space, values)),
}
