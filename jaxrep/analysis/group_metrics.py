"""All metrics of one group network at once, with the names of the published study.

Definitions: Chughtai, Chan and Nanda (2023); plain means over rows throughout.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from jaxrep.analysis.hidden_attribution import HiddenVariance, hidden_variance, product_parts
from jaxrep.analysis.logit_attribution import (
    Loss,
    PartLosses,
    centre_logits,
    logit_parts,
    part_losses,
    trace_similarity,
)
from jaxrep.analysis.projections import pair_rows, variance_explained
from jaxrep.arrays import native_array, native_tree, real_array, take_rows
from jaxrep.groups import Tables
from jaxrep.typing import Array

KEY_THRESHOLD = 0.005
LEARNED_THRESHOLD = 0.05


class GroupMetrics(NamedTuple):
    """Everything that is measured on one network; per-irrep arrays in report order.

    Losses in nats. `test_similarity` is that on the test pairs alone. `key` marks the key irreps
    of the published study: similarity above 0.005, trivial excluded. A memorised training set
    passes that threshold; `jaxrep.analysis.irrep_nulls` has one that follows from nulls.
    """

    train_loss: Float[Array, ""]
    test_loss: Float[Array, ""]
    all_loss: Float[Array, ""]
    train_acc: Float[Array, ""]
    test_acc: Float[Array, ""]
    similarity: Float[Array, " irrep"]
    test_similarity: Float[Array, " irrep"]
    key: Bool[Array, " irrep"]
    logit: PartLosses
    hidden: PartLosses
    x_embed: Float[Array, " irrep"]
    y_embed: Float[Array, " irrep"]
    unembed: Float[Array, " irrep"]
    hidden_fraction: HiddenVariance


def group_metrics(
    logits: Shaped[Array, "pairs n"],
    hidden: Shaped[Array, "pairs h"],
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
    """Measure one network.

    Args:
      logits, hidden: over all pairs, flat index ``a n + b``.
      x_embed, y_embed: what is looked up for a and for b.
      unembed: linear read-out of `hidden`.
      train, test: flat indices of the split.
      tables: the group.
      loss: per-row loss, ``(logits, labels) -> [rows]``.
      correct: per-row accuracy, likewise.
      key: irreps whose sum makes the totals; by default those with similarity > 0.005.

    Raises:
      ValueError: other shapes than the group's; pairs in the split that are not there, inside
        `jit` NaN.

    >>> from jaxrep.groups import group, group_tables
    >>> from jaxrep.losses import accuracy, cross_entropy
    >>> unit, tables = jnp.eye(2), group_tables(group("C2"))
    >>> logits = hidden = 3 * unit[tables.product]  # has learned the group
    >>> train, test = jnp.array([0, 1]), jnp.array([2, 3])
    >>> rest = {"loss": cross_entropy, "correct": accuracy}
    >>> found = group_metrics(logits, hidden, unit, unit, unit, train, test, tables, **rest)
    >>> float(found.test_acc), found.similarity.tolist(), found.key.tolist()
    (1.0, [0.0, 1.000], [False, True])
    """
    n = len(tables.fibres)
    logits, hidden = pair_rows(logits, n, "logits", n), pair_rows(hidden, n, "hidden")
    unembed = jnp.asarray(real_array(unembed, "unembed"))
    product = tables.product
    losses, hits = loss(logits, product), correct(logits, product)
    similarity = jnp.asarray(trace_similarity(logits, tables)).at[0].set(0)
    train, test = native_array(train, "train"), native_array(test, "test")
    others = jnp.zeros(n * n, bool).at[test].set(True)
    test_similarity = jnp.asarray(trace_similarity(logits, tables, others)).at[0].set(0)
    key = similarity > KEY_THRESHOLD if key is None else native_array(key, "key")
    parts = product_parts(hidden, unembed, tables)
    read_out = jnp.matmul(hidden, unembed, precision="highest")
    return GroupMetrics(
        **split_means(losses, hits, train, test),
        similarity=similarity,
        test_similarity=test_similarity,
        key=key,
        logit=part_losses(
            centre_logits(logits), logit_parts(logits, tables), key, train, product, loss
        ),
        hidden=part_losses(read_out, parts, key, train, product, loss),
        **weight_shares(x_embed, y_embed, unembed, tables),
        hidden_fraction=hidden_variance(hidden, tables),
    )


def split_means(losses: Array, hits: Array, train: Array, test: Array) -> dict[str, Array]:
    """The mean loss and accuracy of `GroupMetrics` from those of all pairs."""
    return {
        "train_loss": jnp.mean(take_rows(losses, train, "train")),
        "test_loss": jnp.mean(take_rows(losses, test, "test")),
        "all_loss": jnp.mean(losses),
        "train_acc": jnp.mean(take_rows(hits, train, "train")),
        "test_acc": jnp.mean(take_rows(hits, test, "test")),
    }


def weight_shares(x_embed: Array, y_embed: Array, unembed: Array, tables: Tables) -> dict:
    """The shares of irreps in the weights of `GroupMetrics`."""
    weights = {"x_embed": x_embed, "y_embed": y_embed, "unembed": unembed.T}
    return {name: variance_explained(tables.projectors, x) for name, x in weights.items()}


def published_names(
    metrics: GroupMetrics, irreps: Sequence[str], sum_of_squared_weights: float
) -> dict[str, float]:
    """The metrics of one network as a flat dictionary with the study's names.

    >>> import jax
    >>> from jaxrep.groups import group, group_tables
    >>> from jaxrep.losses import accuracy, cross_entropy
    >>> unit, tables = jnp.eye(2), group_tables(group("C2"))
    >>> logits = hidden = 3 * unit[tables.product]  # has learned the group
    >>> train, test = jnp.array([0, 1]), jnp.array([2, 3])
    >>> measure = jax.jit(group_metrics, static_argnames=("loss", "correct"))
    >>> rest = {"loss": cross_entropy, "correct": accuracy}
    >>> found = measure(logits, hidden, unit, unit, unit, train, test, tables, **rest)
    >>> published_names(found, ["trivial", "sign"], 4.0)["logit_sign_rep_trace_similarity"]
    1.000
    """
    m = metrics = native_tree(metrics, "metrics")
    flat = {
        "train_loss": m.train_loss,
        "test_loss": m.test_loss,
        "all_loss": m.all_loss,
        "train_acc": m.train_acc,
        "test_acc": m.test_acc,
        "sum_of_squared_weights": sum_of_squared_weights,
    }
    fractions = m.hidden_fraction
    for r, name in enumerate(irreps):
        flat |= {
            f"percent_x_embed_{name}_rep": m.x_embed[r],
            f"percent_y_embed_{name}_rep": m.y_embed[r],
            f"percent_unembed_{name}_rep": m.unembed[r],
            f"percent_hidden_x_{name}_rep": fractions.x[r],
            f"percent_hidden_y_{name}_rep": fractions.y[r],
            f"percent_hidden_xy_{name}_rep": fractions.xy[r],
            f"total_percent_hidden_{name}_rep": fractions.x[r] + fractions.y[r] + fractions.xy[r],
            f"hidden_restricted_loss_{name}_rep": m.hidden.restricted[r],
            f"hidden_excluded_loss_{name}_rep": m.hidden.excluded[r],
        }
        if r > 0:  # the trivial irrep has no part of the centred logits
            flat |= {
                f"logit_{name}_rep_trace_similarity": m.similarity[r],
                f"logit_excluded_loss_{name}_rep": m.logit.excluded[r],
                f"logit_restricted_loss_{name}_rep": m.logit.restricted[r],
            }
    flat |= total_metrics(metrics)
    return {name: float(value) for name, value in flat.items()}


def total_metrics(metrics: GroupMetrics) -> dict[str, Float[Array, ""]]:
    """Metrics over all irreps or over the key irreps, with the study's names.

    >>> import jax
    >>> from jaxrep.groups import group, group_tables
    >>> from jaxrep.losses import accuracy, cross_entropy
    >>> unit, tables = jnp.eye(2), group_tables(group("C2"))
    >>> logits = hidden = 3 * unit[tables.product]  # has learned the group
    >>> train, test = jnp.array([0, 1]), jnp.array([2, 3])
    >>> measure = jax.jit(group_metrics, static_argnames=("loss", "correct"))
    >>> rest = {"loss": cross_entropy, "correct": accuracy}
    >>> found = measure(logits, hidden, unit, unit, unit, train, test, tables, **rest)
    >>> float(total_metrics(found)["percent_logits_explained"])
    1.000
    """
    m = native_tree(metrics, "metrics")
    key = m.key.astype(m.similarity.dtype)
    fractions = m.hidden_fraction
    return {
        "percent_logits_explained": jnp.sum(m.similarity**2),
        "total_logit_excluded_loss": m.logit.total_excluded,
        "total_logit_restricted_loss": m.logit.total_restricted,
        "total_hidden_excluded_loss": m.hidden.total_excluded,
        "total_hidden_restricted_loss": m.hidden.total_restricted,
        "test_loss_restricted_loss_ratio": m.test_loss / m.hidden.total_restricted,
        "percent_hidden_explained": jnp.sum(key * sum(fractions)),
        "percent_hidden_xy_explained": jnp.sum(key * fractions.xy),
        "percent_x_embed_explained": jnp.sum(key * m.x_embed),
        "percent_y_embed_explained": jnp.sum(key * m.y_embed),
        "percent_unembed_explained": jnp.sum(key * m.unembed),
    }


def first_learned(
    similarity: Shaped[Array, "... step irrep"],
    steps: Shaped[Array, " time"],
    threshold: float | Shaped[Array, "... irrep"] = LEARNED_THRESHOLD,
    *,
    lasting: bool = False,
) -> Float[np.ndarray, "... irrep"]:
    """The first measured step at which each irrep's similarity exceeds `threshold`.

    NaN where it never does. Steps of simultaneous irreps are equal: no order is invented.

    Args:
      similarity: over training.
      steps: the measured ones.
      threshold: one for all, or one for each irrep (`null_threshold`).
      lasting: the first step from which it does so to the end; what passes a threshold and
        falls below it again was not learned then.

    Raises:
      ValueError: another number of steps, or none.

    >>> passing = np.array([[0.0], [0.3], [0.1], [0.4]])
    >>> first_learned(passing, np.arange(4), 0.2), first_learned(
    ...     passing, np.arange(4), 0.2, lasting=True
    ... )
    (array([1.]), array([3.]))
    """
    limits = np.asarray(real_array(threshold, "threshold"), float)
    limits = limits[..., None, :] if limits.ndim else limits
    above = np.asarray(real_array(similarity, "similarity")) > limits
    if len(steps) != above.shape[-2] or not len(steps):
        raise ValueError(
            f"steps: {len(steps)} given for similarities at {above.shape[-2]}; one or more are "
            "needed, and as many"
        )
    if lasting:
        above = np.logical_and.accumulate(above[..., ::-1, :], axis=-2)[..., ::-1, :]
    first = np.asarray(native_array(steps, "steps"))[np.argmax(above, axis=-2)].astype(float)
    return np.where(above.any(axis=-2), first, np.nan)
