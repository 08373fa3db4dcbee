"""Which irreps the hidden layer carries, and what each of them does for the loss.

Formulas: Chughtai, Chan and Nanda (2023). H is the hidden layer over all pairs (a, b),
flat index ``a n + b``.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Float, Shaped

from jaxrep.analysis.logit_attribution import Loss
from jaxrep.analysis.projections import (
    pair_rows,
    pool_by_product,
    product_marginals,
    project_on_irreps,
)
from jaxrep.arrays import near_one, real_array
from jaxrep.groups import Tables
from jaxrep.typing import Array


class HiddenVariance(NamedTuple):
    """Fractions of the hidden layer's variance that depend on a, on b, on ab alone."""

    x: Float[Array, " irrep"]
    y: Float[Array, " irrep"]
    xy: Float[Array, " irrep"]


def hidden_variance(
    hidden: Shaped[Array, "pairs h"], tables: Tables, *, centred: bool = True
) -> HiddenVariance:
    """Fraction of the hidden layer in each irrep as a function of a, b and ab.

    Args:
      hidden: activations, or those of some neurons only.
      tables: the group.
      centred: take each neuron's mean off first. If not, the fractions are of the squared
        norm, and the trivial irrep's entries hold the share of the mean.

    Raises:
      ValueError: another number of rows than of pairs.

    >>> import numpy as np
    >>> from jaxrep.groups import group, group_tables
    >>> tables = group_tables(group("C2"))
    >>> found = hidden_variance(np.eye(2)[tables.product], tables)
    >>> found.x.tolist(), found.y.tolist(), found.xy.tolist()  # all in ab, by the sign irrep
    ([0.0, 0.0], [0.0, 0.0], [0.0, 1.000])
    """
    hidden = pair_rows(near_one(hidden, "hidden")[0], len(tables.fibres), "hidden")
    sums = product_marginals(hidden, tables.fibres)
    total = jnp.sum(hidden**2)
    if centred:
        # The mean is taken off the marginals, not off the n^2 rows: the same numbers from
        # n rows, 2.4 times faster (XLA recomputes centred rows in every consumer).
        mean = jnp.mean(hidden, axis=0)
        total = total - len(hidden) * jnp.sum(mean**2)
        sums = sums - jnp.mean(sums, axis=1, keepdims=True)
    parts = jnp.einsum("rgh,khw->krgw", tables.projectors, sums, precision="highest")
    return HiddenVariance(*(jnp.sum(parts**2, (2, 3)) / total))


def product_parts(
    hidden: Shaped[Array, "pairs h"], unembed: Shaped[Array, "h n"], tables: Tables
) -> Float[Array, "irrep n n"]:
    """Logits from the part of H that depends on ab through each irrep, one row per ab.

    Raises:
      ValueError: another number of rows than of pairs, or read-out of other units.

    >>> import numpy as np
    >>> from jaxrep.groups import group, group_tables
    >>> tables = group_tables(group("C2"))
    >>> product_parts(np.eye(2)[tables.product], np.eye(2), tables).tolist()  # trivial and sign
    [[[0.5, 0.5], [0.5, 0.5]], [[0.5, -0.5], [-0.5, 0.5]]]
    """
    hidden = pair_rows(hidden, len(tables.fibres), "hidden")
    unembed = _read_out(unembed, hidden)
    mean = pool_by_product(hidden, tables.fibres) / tables.fibres.shape[0]
    read_out = jnp.matmul(mean, unembed, precision="highest")
    return project_on_irreps(tables.projectors, read_out)


class AblationLosses(NamedTuple):
    """Loss over all pairs after one direction is taken out of the hidden layer."""

    x: Float[Array, " irrep"]
    y: Float[Array, " irrep"]
    xy: Float[Array, " irrep"]


def ablation_losses(
    hidden: Shaped[Array, "pairs h"],
    unembed: Shaped[Array, "h n"],
    tables: Tables,
    loss: Loss,
) -> AblationLosses:
    """Loss over all pairs without the part of H that depends on a, b or ab through each irrep.

    Raises:
      ValueError: another number of rows than of pairs, or read-out of other units.

    >>> import numpy as np
    >>> from jaxrep.groups import group, group_tables
    >>> tables = group_tables(group("C2"))
    >>> hidden = np.eye(2)[tables.product]  # knows ab, and nothing of a or b alone
    >>> lacking = lambda logits, labels: 1 - logits[jnp.arange(len(labels)), labels]
    >>> found = ablation_losses(hidden, np.eye(2), tables, lacking)
    >>> found.x.tolist(), found.xy.tolist()  # without the trivial and without the sign irrep
    ([0.5, 0.0], [0.5, 0.5])
    """
    n = tables.fibres.shape[0]
    hidden = pair_rows(hidden, n, "hidden")
    unembed = _read_out(unembed, hidden)
    logits = jnp.matmul(hidden, unembed, precision="highest")
    read_out = jnp.matmul(product_marginals(hidden, tables.fibres), unembed, precision="highest")
    pairs = jnp.arange(n * n)
    indices = pairs // n, pairs % n, tables.product

    def without(projector, part, index):
        removed = jnp.matmul(projector, part, precision="highest") / jnp.sqrt(n).astype(part.dtype)
        return jnp.mean(loss(logits - removed[index], tables.product))

    return AblationLosses(
        *(
            jax.lax.map(lambda p, m=m, i=i: without(p, m, i), tables.projectors)
            for m, i in zip(read_out, indices, strict=True)
        )
    )


def _read_out(unembed: Array, hidden: jax.Array) -> jax.Array:
    numbers = jnp.asarray(real_array(unembed, "unembed"))
    if numbers.ndim != 2 or len(numbers) != hidden.shape[1]:
        raise ValueError(f"unembed: shape {numbers.shape} for {hidden.shape[1]} hidden units")
    return numbers
