"""What groups of hidden units contribute: a network pruned to some of them, and what they see.

A pruned network has another offset, so its accuracy at the old threshold says little: here are
the area under the receiver operating characteristic, which needs no threshold, and the
threshold fitted again.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Float, Shaped

from jaxrep.arrays import class_indices, native_array, real_array, take_rows
from jaxrep.typing import Array


class Threshold(NamedTuple):
    """A cut between two classes.

    Attributes:
      threshold: scores above it are called positive.
      accuracy: share of right calls.
    """

    threshold: Float[Array, "*batch"]
    accuracy: Float[Array, "*batch"]


def area_under_curve(
    scores: Shaped[Array, "*batch input"], positive: Shaped[Array, " input"]
) -> Float[jax.Array, "*batch"]:
    """Probability that a positive input scores above a negative one; ties count half.

    From the ranks (Hanley and McNeil 1982). NaN where a class is empty or a score is NaN.

    >>> float(area_under_curve(np.array([1, 3, 2, 4]), np.array([0, 0, 1, 1])))
    0.75

    Args:
      scores: of every input.
      positive: which inputs are of the positive class; truth values, or 0 and 1.

    Raises:
      ValueError: no inputs, other numbers of them, or other values of `positive`; inside `jit`
        NaN for these.
    """
    scores, positive, known = _scored(scores, positive)

    def one(row):
        ordered = jnp.sort(row)
        below = jnp.searchsorted(ordered, row, side="left").astype(row.dtype)
        upto = jnp.searchsorted(ordered, row, side="right").astype(row.dtype)
        count = jnp.sum(positive.astype(row.dtype))
        others = positive.size - count
        # Shares of the inputs below, not sums of ranks, which outgrow an int32.
        share = jnp.sum(jnp.where(positive, (below + upto) / 2 / count, 0))
        area = (share - count / 2) / others
        both = (count > 0) & (others > 0)
        return jnp.where(known & both & ~jnp.isnan(row).any(), area, jnp.nan)

    return _over_rows(one, scores)


def best_threshold(
    scores: Shaped[Array, "*batch input"], positive: Shaped[Array, " input"]
) -> Threshold:
    """The threshold with the highest accuracy on these inputs: half-way between two scores.

    Judge it on other inputs than it was fitted to, see `accuracy_at`. NaN where a score is not
    finite.

    Raises:
      ValueError: see `area_under_curve`.

    >>> found = best_threshold(np.array([0.1, 0.2, 0.6, 0.9]), np.array([False, False, True, True]))
    >>> float(found.threshold), float(found.accuracy)
    (0.400, 1.0)
    """
    scores, positive, known = _scored(scores, positive)

    def one(row):
        order = jnp.argsort(row)
        ordered, hit = row[order], positive[order]
        # cut k calls the inputs from k on positive
        wrong_above = jnp.concatenate([jnp.cumsum(~hit[::-1])[::-1], jnp.zeros(1, int)])
        wrong_below = jnp.concatenate([jnp.zeros(1, int), jnp.cumsum(hit)])
        # the lower one where rounding leaves no number between two scores
        middle = ordered[:-1] / 2 + ordered[1:] / 2
        middle = jnp.where(middle < ordered[1:], middle, ordered[:-1])
        ends = [ordered[:1], ordered[-1:]]
        margin = [jnp.maximum(1, jnp.abs(end)) for end in ends]
        cuts = jnp.concatenate([ends[0] - margin[0], middle, ends[1] + margin[1]])
        possible = jnp.concatenate(
            [jnp.ones(1, bool), ordered[1:] > ordered[:-1], jnp.ones(1, bool)]
        )
        wrong = jnp.where(possible, wrong_above + wrong_below, row.size + 1)
        best = jnp.argmin(wrong)
        whole = known & jnp.isfinite(row).all()
        found = Threshold(cuts[best], 1 - wrong[best] / row.size)
        return Threshold(*(jnp.where(whole, value, jnp.nan) for value in found))

    return _over_rows(one, scores)


def accuracy_at(
    scores: Shaped[Array, "*batch input"],
    positive: Shaped[Array, " input"],
    threshold: Shaped[Array, "*batch"],
) -> Float[jax.Array, "*batch"]:
    """Share of right calls when scores above the threshold are called positive.

    NaN where a score or the threshold is NaN.

    Raises:
      ValueError: see `area_under_curve`.

    >>> scores, positive = np.array([0.1, 0.2, 0.6, 0.9]), np.array([False, False, True, True])
    >>> float(accuracy_at(scores, positive, np.array(0.7)))
    0.75
    """
    scores, positive, known = _scored(scores, positive)
    cut = jnp.asarray(real_array(threshold, "threshold"))[..., None]
    share = jnp.mean(((scores > cut) == positive).astype(float), -1)
    return jnp.where(known & ~jnp.isnan(scores - cut).any(-1), share, jnp.nan)


def kept_scores(
    contributions: Shaped[Array, "input unit"], order: Shaped[Array, " kept"]
) -> Float[jax.Array, "kept input"]:
    """Outputs of the network that keeps the first 1, 2, ... units of an order, without offset.

    Raises:
      ValueError: a unit that is not there; inside `jit` NaN.

    >>> kept_scores(np.array([[1.0, 10.0, 100.0]]), np.array([2, 0])).tolist()  # 100, then with 1
    [[100.0], [101.0]]
    """
    contributions = jnp.asarray(real_array(contributions, "contributions"))
    return jnp.cumsum(take_rows(contributions.T, order, "order"), 0)


def class_densities(
    values: Shaped[Array, "input unit"],
    classes: Shaped[Array, " input"],
    units: Shaped[Array, " unit"],
    edges: Shaped[Array, " edge"],
) -> Float[np.ndarray, "class bin"]:
    """Histogram of some units' values over inputs, one per class, integrating to 1.

    Values outside the edges, or NaN, are left out of the bins, not of the total. Classes are the
    distinct labels in sorted order; all rows are NaN where no unit is chosen.

    Raises:
      ValueError: a label that is NaN, no inputs, other numbers of inputs or units.

    >>> values, classes = np.array([[0.5], [0.5], [1.5]]), np.array([0, 0, 1])
    >>> class_densities(values, classes, np.array([True]), np.array([0.0, 1.0, 2.0])).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    values, units = np.asarray(real_array(values, "values")), np.asarray(units, bool)
    if len(units) != values.shape[1]:
        raise ValueError(f"units: {len(units)} given for values of {values.shape[1]} units")
    values = values[:, units]
    names, labels = class_indices(classes, "classes")
    if len(labels) != len(values):
        raise ValueError(f"classes: {len(labels)} given for {len(values)} inputs")
    if not len(names):
        raise ValueError("classes: none given; one or more inputs are needed")
    rows = []
    for index in range(len(names)):
        seen = values[labels == index]
        counts = np.histogram(seen, edges)[0].astype(float)
        rows.append(
            counts / seen.size / np.diff(edges) if seen.size else np.full(len(counts), np.nan)
        )
    return np.stack(rows)


def symmetric_edges(
    values: Shaped[Array, "..."], bins: int = 60, share: float = 0.998
) -> Float[np.ndarray, " edge"]:
    """Edges of bins around 0 that hold that share of the finite values; -1 .. 1 without any.

    >>> symmetric_edges(np.array([-4.0, 1.0, np.nan]), bins=4, share=1.0).tolist()
    [-4.0, -2.0, 0.0, 2.0, 4.0]

    Raises:
      ValueError: no bins, or a share outside 0 .. 1.
    """
    if bins < 1:
        raise ValueError(f"bins: {bins} given; one or more are needed")
    if not 0 <= share <= 1:
        raise ValueError(f"share: {share} is outside 0 .. 1")
    values = np.asarray(real_array(values, "values"), float)
    finite = values[np.isfinite(values)]
    top = float(np.quantile(np.abs(finite), share)) if finite.size else 0.0
    return np.linspace(-(top or 1.0), top or 1.0, bins + 1)


def group_means(
    values: Shaped[Array, "replica step unit"], units: Shaped[Array, "replica unit"]
) -> Float[np.ndarray, "replica step"]:
    """Mean over some units of every network; NaN of networks that have none of them.

    >>> group_means(np.ones((2, 1, 3)), np.array([[True, False, True], [False] * 3])).tolist()
    [[1.0], [nan]]
    """
    units = np.asarray(native_array(units, "units")).astype(bool)
    count = units.sum(1)[:, None]
    total = np.where(units[:, None], np.asarray(real_array(values, "values")), 0).sum(2)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def network_class_densities(
    values: Shaped[Array, "replica input unit"],
    classes: Shaped[Array, " input"],
    units: Shaped[Array, "replica unit"],
    edges: Shaped[Array, " edge"],
) -> Float[np.ndarray, "replica class bin"]:
    """`class_densities` of every network, each with units of its own.

    >>> values, classes = np.full((1, 2, 1), 0.5), np.array([0, 1])
    >>> units, edges = np.ones((1, 1), bool), np.array([0.0, 1.0])
    >>> network_class_densities(values, classes, units, edges).tolist()
    [[[1.0], [1.0]]]
    """
    values, units = native_array(values, "values"), native_array(units, "units")
    pairs = zip(np.asarray(values), np.asarray(units), strict=True)
    return np.stack([class_densities(one, classes, mask, edges) for one, mask in pairs])


def _scored(scores, positive) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Scores as floats, the positive class as truth values, and whether these are known."""
    scores = jnp.asarray(real_array(scores, "scores"))
    positive = native_array(positive, "positive")
    if scores.ndim < 1 or not scores.shape[-1] or np.shape(positive) != scores.shape[-1:]:
        raise ValueError(
            f"positive: {np.shape(positive)} given for scores of shape {scores.shape}; one is "
            "needed for each of one or more inputs"
        )
    marks = jnp.asarray(positive if isinstance(positive, Tracer) else np.asarray(positive))
    if not isinstance(positive, Tracer):
        others = ~np.isin(np.asarray(positive), (0, 1))
        if others.any():
            first = np.asarray(positive)[others][0]
            raise ValueError(f"positive: {first} given; truth values, or 0 and 1, are needed")
    return scores, marks == 1, jnp.all((marks == 0) | (marks == 1))


def _over_rows(one, scores):
    leading = scores.shape[:-1]
    found = jax.vmap(one)(scores.reshape(-1, scores.shape[-1]))
    return jax.tree.map(lambda array: array.reshape(leading), found)
