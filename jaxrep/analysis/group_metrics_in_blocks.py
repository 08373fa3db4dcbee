"""`group_metrics` of a network that is evaluated again and again, n pairs at a time.

The logits of all pairs of a group of order n are n^3 numbers: 3 GB for S6 in float64, of which
`group_metrics` holds several copies. Everything it says follows from sums over pairs, so that
memory of n^2 numbers for each irrep is enough: one pass over all pairs for the losses and for
the sums over pairs with equal a, b and ab, a second one over the training pairs for what is left
of the loss without each part.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Bool, Float, Int, Shaped

from jaxrep.analysis.group_metrics import (
    KEY_THRESHOLD,
    GroupMetrics,
    split_means,
    weight_shares,
)
from jaxrep.analysis.hidden_attribution import HiddenVariance
from jaxrep.analysis.logit_attribution import (
    Loss,
    PartLosses,
    centre_logits,
    character_cubes,
)
from jaxrep.analysis.projections import project_on_irreps
from jaxrep.arrays import native_array, real_array
from jaxrep.groups import Tables
from jaxrep.typing import Array

Evaluated = Callable[
    [Int[Array, " pairs"]], tuple[Float[Array, "pairs n"], Float[Array, "pairs h"]]
]


class _Sums(NamedTuple):
    """Over all pairs: of centred logits, also over the test pairs alone, and of the hidden layer.

    `logits` by product ab, `hidden` by b and by ab.
    """

    logits: Float[Array, "2 n n"]
    squared_logits: Float[Array, "2"]
    hidden: Float[Array, "2 n h"]
    squared_hidden: Float[Array, ""]


def group_metrics_in_blocks(
    evaluated: Evaluated,
    x_embed: Shaped[Array, "n width"],
    y_embed: Shaped[Array, "n width"],
    unembed: Shaped[Array, "h n"],
    train: Int[Array, " rows"],
    test: Int[Array, " others"],
    tables: Tables,
    loss: Loss,
    correct: Callable,
    key: Bool[Array, " irrep"] | None = None,
) -> GroupMetrics:
    """Measure one network in memory of n^2 numbers for each irrep; see `group_metrics`.

    Args:
      evaluated: logits and hidden layer of the pairs with the given flat indices ``a n + b``; it
        is asked for n pairs at a time, for each pair once and for training pairs twice.
      x_embed, y_embed, unembed, train, test, tables, loss, correct, key: as of `group_metrics`.

    Raises:
      ValueError: pairs in the split that are not there, inside `jit` NaN.

    >>> from jaxrep.groups import group, group_tables
    >>> from jaxrep.losses import accuracy, cross_entropy
    >>> tables, one = group_tables(group("S3")), jnp.eye(6)
    >>> right = lambda pairs: (9 * one[jnp.asarray(tables.product)[pairs]], one[pairs // 6])
    >>> found = group_metrics_in_blocks(
    ...     right, one, one, one, jnp.arange(9), jnp.arange(9, 36), tables, cross_entropy, accuracy
    ... )
    >>> float(found.test_acc), round(float(jnp.sum(found.similarity**2)), 4)
    (1.0, 1.0)
    """
    table = jnp.asarray(tables.product).reshape(len(tables.fibres), -1)
    n, h = len(table), len(unembed)
    unembed = jnp.asarray(real_array(unembed, "unembed"))
    train, test = native_array(train, "train"), native_array(test, "test")
    others = jnp.zeros(n * n, bool).at[test].set(True)
    own = jnp.arange(n, dtype=table.dtype)

    def over_all(sums: _Sums, a):
        logits, hidden = evaluated(a * n + own)
        products = table[a]
        centred = centre_logits(logits)
        both = jnp.stack([centred, jnp.where(others[a * n + own][:, None], centred, 0)])
        place = jnp.zeros_like(products).at[products].set(own)  # b with ab = g
        moved = jnp.stack([hidden, hidden[place]])
        sums = _Sums(
            sums.logits + both[:, place],
            sums.squared_logits + jnp.sum(both**2, (1, 2)),
            sums.hidden + moved,
            sums.squared_hidden + jnp.sum(hidden**2),
        )
        return sums, (loss(logits, products), correct(logits, products), jnp.sum(hidden, 0))

    kind = unembed.dtype
    start = _Sums(
        jnp.zeros((2, n, n), kind),
        jnp.zeros(2, kind),
        jnp.zeros((2, n, h), kind),
        jnp.zeros((), kind),
    )
    sums, (losses, hits, by_first) = jax.lax.scan(over_all, start, own)
    losses, hits = losses.reshape(-1), hits.reshape(-1)
    cubes = character_cubes(tables).astype(kind)
    inner = jnp.einsum("rgc,sgc->sr", cubes, sums.logits, precision="highest")
    norms = n * jnp.linalg.norm(tables.characters, axis=1).astype(kind)
    shares = jnp.sqrt(jnp.stack([jnp.ones((), kind), jnp.mean(others, dtype=kind)]))
    cosines = inner / (jnp.sqrt(sums.squared_logits) * shares)[:, None] / norms
    similarity, test_similarity = cosines.at[:, 0].set(0)
    key = similarity > KEY_THRESHOLD if key is None else native_array(key, "key")

    logit_parts = (inner[0] / norms**2)[:, None, None] * cubes
    projectors = jnp.asarray(tables.projectors)
    hidden_parts = project_on_irreps(
        projectors, jnp.matmul(sums.hidden[1] / n, unembed, precision="highest")
    )

    def totalled(parts):
        return jnp.concatenate([parts, jnp.sum(jnp.where(key[:, None, None], parts, 0), 0)[None]])

    parts = jnp.stack([totalled(logit_parts), totalled(hidden_parts)])
    restricted = jax.lax.map(lambda part: jnp.mean(loss(part, own)), parts.reshape(-1, n, n))
    excluded = _excluded(evaluated, unembed, train, table.reshape(-1), parts, loss) / len(train)
    of_logits, of_hidden = (
        PartLosses(kept[:-1], left[:-1], kept[-1], left[-1])
        for kept, left in zip(restricted.reshape(2, -1), excluded, strict=True)
    )
    return GroupMetrics(
        **split_means(losses, hits, train, test),
        similarity=similarity,
        test_similarity=test_similarity,
        key=key,
        logit=of_logits,
        hidden=of_hidden,
        **weight_shares(x_embed, y_embed, unembed, tables),
        hidden_fraction=_variance(jnp.concatenate([by_first[None], sums.hidden]), sums, projectors),
    )


def _variance(marginals: jax.Array, sums: _Sums, projectors: jax.Array) -> HiddenVariance:
    """`hidden_variance` from the sums over pairs with equal a, b and ab."""
    n = marginals.shape[1]
    mean = jnp.sum(marginals[0], 0) / n**2
    total = sums.squared_hidden - n**2 * jnp.sum(mean**2)
    centred = (marginals - jnp.mean(marginals, 1, keepdims=True)) / jnp.sqrt(n).astype(mean.dtype)
    # one irrep at a time: all at once are three times as large as everything else
    fractions = jax.lax.map(
        lambda p: jnp.sum(jnp.einsum("gh,khw->kgw", p, centred, precision="highest") ** 2, (1, 2)),
        projectors.astype(mean.dtype),
    )
    return HiddenVariance(*(fractions.T / total))


def _excluded(
    evaluated: Evaluated,
    unembed: jax.Array,
    train: Array,
    product: jax.Array,
    parts: Float[Array, "2 part n n"],
    loss: Loss,
) -> Float[Array, "2 part"]:
    """Sums over training pairs of the loss without each part of the logits, of the read-out."""
    n = parts.shape[-1]
    count = -(-len(train) // n)
    counted = (jnp.arange(count * n) < len(train)).reshape(count, n)
    blocks = jnp.concatenate([train, jnp.broadcast_to(train[:1], (count * n - len(train),))])

    def over_train(sums, block):
        pairs, counts = block
        logits, hidden = evaluated(pairs)
        labels = product[pairs]
        wholes = centre_logits(logits), jnp.matmul(hidden, unembed, precision="highest")

        def without(whole):
            def left(part):
                return jnp.sum(jnp.where(counts, loss(whole - part[labels], labels), 0))

            return left

        found = [jax.lax.map(without(whole), own) for whole, own in zip(wholes, parts, strict=True)]
        return sums + jnp.stack(found), None

    start = jnp.zeros(parts.shape[:2], parts.dtype)
    return jax.lax.scan(over_train, start, (blocks.reshape(count, n), counted))[0]
