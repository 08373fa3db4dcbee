"""What groups of hidden units contribute: a network pruned to some of them, and what they see.

A pruned network has another offset, so its accuracy at the old threshold says little: here are
the area under the receiver operating characteristic, which needs no threshold, and the
threshold fitted again.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int

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
    scores: Float[Array, "*batch input"], positive: Bool[Array, " input"]
) -> Float[jax.Array, "*batch"]:
    """Probability that a positive input scores above a negative one; ties count half.

    From the ranks (Hanley and McNeil 1982). NaN where a class is empty.
    """
    scores, positive = jnp.asarray(scores), jnp.asarray(positive)

    def one(row):
        ordered = jnp.sort(row)
        below = jnp.searchsorted(ordered, row, side="left")
        upto = jnp.searchsorted(ordered, row, side="right")
        rank = (below + upto + 1) / 2
        count = jnp.sum(positive)
        above = jnp.sum(jnp.where(positive, rank, 0)) - count * (count + 1) / 2
        return above / (count * (positive.size - count))

    return _over_rows(one, scores)


def best_threshold(
    scores: Float[Array, "*batch input"], positive: Bool[Array, " input"]
) -> Threshold:
    """The threshold with the highest accuracy on these inputs: half-way between two scores.

    Judge it on other inputs than it was fitted to, see `accuracy_at`.
    """
    scores, positive = jnp.asarray(scores), jnp.asarray(positive)

    def one(row):
        order = jnp.argsort(row)
        ordered, hit = row[order], positive[order]
        # cut k calls the inputs from k on positive
        wrong_above = jnp.concatenate([jnp.cumsum(~hit[::-1])[::-1], jnp.zeros(1, int)])
        wrong_below = jnp.concatenate([jnp.zeros(1, int), jnp.cumsum(hit)])
        cuts = jnp.concatenate(
            [ordered[:1] - 1, (ordered[:-1] + ordered[1:]) / 2, ordered[-1:] + 1]
        )
        possible = jnp.concatenate(
            [jnp.ones(1, bool), ordered[1:] > ordered[:-1], jnp.ones(1, bool)]
        )
        wrong = jnp.where(possible, wrong_above + wrong_below, row.size + 1)
        best = jnp.argmin(wrong)
        return Threshold(cuts[best], 1 - wrong[best] / row.size)

    return _over_rows(one, scores)


def accuracy_at(
    scores: Float[Array, "*batch input"],
    positive: Bool[Array, " input"],
    threshold: Float[Array, "*batch"],
) -> Float[jax.Array, "*batch"]:
    """Share of right calls when scores above the threshold are called positive."""
    called = jnp.asarray(scores) > jnp.asarray(threshold)[..., None]
    return jnp.mean((called == jnp.asarray(positive)).astype(float), -1)


def kept_scores(
    contributions: Float[Array, "input unit"], order: Int[Array, " unit"]
) -> Float[jax.Array, "kept input"]:
    """Outputs of the network that keeps the first 1, 2, ... units of an order, without offset."""
    return jnp.cumsum(jnp.asarray(contributions)[:, order], 1).T


def class_densities(
    values: Float[Array, "input unit"],
    classes: Int[Array, " input"],
    units: Bool[Array, " unit"],
    edges: Float[Array, " edge"],
) -> Float[np.ndarray, "class bin"]:
    """Histogram of some units' values over inputs, one per class, integrating to 1.

    Values outside the edges are left out of the bins, not of the total. Rows of a class
    without inputs, or all rows where no unit is chosen, are NaN.
    """
    values, classes = np.asarray(values)[:, np.asarray(units, bool)], np.asarray(classes)
    rows = []
    for index in range(int(classes.max()) + 1):
        seen = values[classes == index]
        counts = np.histogram(seen, edges)[0].astype(float)
        rows.append(
            counts / seen.size / np.diff(edges) if seen.size else np.full(len(counts), np.nan)
        )
    return np.stack(rows)


def symmetric_edges(
    values: Float[Array, "..."], bins: int = 60, share: float = 0.998
) -> Float[np.ndarray, " edge"]:
    """Edges of bins around 0 that hold that share of the finite values; -1 .. 1 without any.

    >>> symmetric_edges(np.array([-4.0, 1.0, np.nan]), bins=4, share=1.0).tolist()
    [-4.0, -2.0, 0.0, 2.0, 4.0]
    """
    values = np.asarray(values)
    finite = values[np.isfinite(values)]
    top = float(np.quantile(np.abs(finite), share)) if finite.size else 0.0
    return np.linspace(-(top or 1.0), top or 1.0, bins + 1)


def group_means(
    values: Float[Array, "replica step unit"], units: Bool[Array, "replica unit"]
) -> Float[np.ndarray, "replica step"]:
    """Mean over some units of every network; NaN of networks that have none of them.

    >>> group_means(np.ones((2, 1, 3)), np.array([[True, False, True], [False] * 3])).tolist()
    [[1.0], [nan]]
    """
    units = np.asarray(units, bool)
    count = units.sum(1)[:, None]
    total = np.where(units[:, None], np.asarray(values), 0).sum(2)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def network_class_densities(
    values: Float[Array, "replica input unit"],
    classes: Int[Array, " input"],
    units: Bool[Array, "replica unit"],
    edges: Float[Array, " edge"],
) -> Float[np.ndarray, "replica class bin"]:
    """`class_densities` of every network, each with units of its own.

    >>> values, classes = np.full((1, 2, 1), 0.5), np.array([0, 1])
    >>> units, edges = np.ones((1, 1), bool), np.array([0.0, 1.0])
    >>> network_class_densities(values, classes, units, edges).tolist()
    [[[1.0], [1.0]]]
    """
    pairs = zip(np.asarray(values), np.asarray(units), strict=True)
    return np.stack([class_densities(one, classes, mask, edges) for one, mask in pairs])


def _over_rows(one, scores):
    leading = scores.shape[:-1]
    found = jax.vmap(one)(scores.reshape(-1, scores.shape[-1]))
    return jax.tree.map(lambda array: array.reshape(leading), found)
