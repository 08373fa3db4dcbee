"""Which irreps the logits are made of: similarity to character cubes, with and without them.

The hypothesis of Chughtai, Chan and Nanda (2023): logits of (a, b) for c are a sum over
irreps of the character cube ``K_r[a, b, c] = chi_r(a b c^-1)``. A cube is constant over the
pairs with equal ab, so everything here needs only the logits pooled over these pairs: one
pass over n^3 numbers serves all irreps.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Bool, Float, Int, Shaped

from jaxrep.analysis.projections import pair_rows, pool_by_product
from jaxrep.arrays import native_array, near_one, real_array, take_rows
from jaxrep.groups import Tables
from jaxrep.typing import Array

Loss = Callable[[Float[Array, "rows n"], Int[Array, " rows"]], Float[Array, " rows"]]


def centre_logits(logits: Shaped[Array, "rows n"]) -> Float[Array, "rows n"]:
    """Logits minus their mean over the outputs of each row (the loss does not see it).

    >>> import numpy as np
    >>> centre_logits(np.array([[1.0, 3.0]])).tolist()
    [[-1.0, 1.0]]
    """
    logits = jnp.asarray(real_array(logits, "logits"))
    return logits - jnp.mean(logits, axis=1, keepdims=True)


def character_cubes(tables: Tables) -> Float[Array, "irrep n n"]:
    """``chi_r(g c^-1)``: row g is the row of the character cube for all pairs with ab = g.

    >>> from jaxrep.groups import group, group_tables
    >>> character_cubes(group_tables(group("C2"))).tolist()
    [[[1.0, 1.0], [1.0, 1.0]], [[1.0, -1.0], [-1.0, 1.0]]]
    """
    return jnp.asarray(tables.characters)[:, tables.quotients]


def trace_similarity(
    logits: Shaped[Array, "pairs n"], tables: Tables, mask: Bool[Array, " rows"] | None = None
) -> Float[Array, " irrep"]:
    """Cosine between the row-centred logits and each irrep's character cube.

    ``<L, K_r> / (|L| |K_r|)`` over the whole n x n x n array, or over the pairs of `mask` (those
    a network was not trained on: a memorised training set alone resembles every irrep, see
    `memorised_logits`). The trivial irrep's cube is constant, hence 0 up to rounding. NaN where
    the logits are constant, as they have no direction, and for an empty mask.

    Raises:
      ValueError: other shapes than (n^2, n), or a mask of another length.

    >>> from jaxrep.groups import group, group_tables
    >>> tables = group_tables(group("C2"))
    >>> trace_similarity(3 * character_cubes(tables)[1][tables.product] + 5, tables).tolist()
    [0.0, 1.000]
    """
    share = 1.0
    if mask is not None:
        n = len(tables.fibres)
        chosen = jnp.asarray(mask)
        if chosen.shape != (n * n,):
            raise ValueError(f"mask: shape {chosen.shape} given; ({n * n},), one for each pair")
        logits = jnp.where(chosen[:, None], pair_rows(logits, n, "logits", n), 0)
        share = jnp.sqrt(jnp.mean(chosen, dtype=logits.dtype))
    centred = centre_logits(near_one(logits, "logits")[0])
    inner = _inner_products(centred, tables)
    return inner / (jnp.linalg.norm(centred) * share * _cube_norms(tables))


def rowwise_similarity(logits: Shaped[Array, "pairs n"], tables: Tables) -> Float[Array, " irrep"]:
    """Mean over pairs of the cosine between a pair's centred logits and its cube row.

    The older definition of the study's notebook; close to `trace_similarity` where all rows
    have the same norm.

    Raises:
      ValueError: other shapes than (n^2, n).

    >>> from jaxrep.groups import group, group_tables
    >>> tables = group_tables(group("C2"))
    >>> rowwise_similarity(3 * character_cubes(tables)[1][tables.product], tables).tolist()
    [0.0, 1.000]
    """
    centred = near_one(centre_logits(near_one(logits, "logits", 1)[0]), "logits", 1)[0]
    rows = centred / jnp.linalg.norm(centred, axis=1, keepdims=True)
    per_row = jnp.linalg.norm(tables.characters, axis=1)
    return _inner_products(rows, tables) / (per_row * len(logits))


def _inner_products(values: Float[Array, "pairs n"], tables: Tables) -> Float[Array, " irrep"]:
    pooled = pool_by_product(
        pair_rows(values, len(tables.fibres), "logits", len(tables.fibres)), tables.fibres
    )
    return jnp.einsum("rgc,gc->r", character_cubes(tables), pooled, precision="highest")


def _cube_norms(tables: Tables) -> Float[Array, " irrep"]:
    n = tables.characters.shape[1]
    return n * jnp.linalg.norm(tables.characters, axis=1)


def logit_parts(logits: Shaped[Array, "pairs n"], tables: Tables) -> Float[Array, "irrep n n"]:
    """The part of the centred logits along each cube, one row per product ab.

    Raises:
      ValueError: other shapes than (n^2, n).

    >>> from jaxrep.groups import group, group_tables
    >>> tables = group_tables(group("C2"))
    >>> logits = 3 * character_cubes(tables)[1][tables.product]
    >>> logit_parts(logits, tables)[1].tolist()  # all of it is along the sign irrep
    [[3.000, -3.000], [-3.000, 3.000]]
    """
    scale = _inner_products(centre_logits(logits), tables) / _cube_norms(tables) ** 2
    return scale[:, None, None] * character_cubes(tables)


class PartLosses(NamedTuple):
    """Losses with parts kept or taken away.

    Attributes:
      restricted: with nothing but the part, over all pairs.
      excluded: with everything but the part, over the training pairs.
      total_restricted, total_excluded: the same for the sum of the chosen parts.
    """

    restricted: Float[Array, " irrep"]
    excluded: Float[Array, " irrep"]
    total_restricted: Float[Array, ""]
    total_excluded: Float[Array, ""]


def part_losses(
    whole: Shaped[Array, "pairs n"],
    parts: Float[Array, "irrep n n"],
    chosen: Bool[Array, " irrep"],
    train: Int[Array, " rows"],
    product: Int[Array, " pairs"],
    loss: Loss,
) -> PartLosses:
    """Restricted and excluded loss of parts of the logits that depend on ab alone.

    Args:
      whole: the logits the parts are taken from.
      parts: one row per product g, for every irrep.
      chosen: irreps whose sum makes the totals (the key irreps).
      train: flat indices of the training pairs.
      product: label of every pair.
      loss: per-row loss, ``(logits, labels) -> [rows]``, natural units (nats).

    A row of a part is shared by the n pairs with the same product, so its loss over all
    pairs is the mean over the n products.

    Raises:
      ValueError: other shapes than (n^2, n).

    >>> import numpy as np
    >>> from jaxrep.groups import group, group_tables
    >>> tables = group_tables(group("C2"))
    >>> logits = 3 * character_cubes(tables)[1][tables.product]
    >>> key, train = np.array([False, True]), np.array([0, 1])
    >>> lacking = lambda logits, labels: 1 - logits[jnp.arange(len(labels)), labels]
    >>> parts = logit_parts(logits, tables)
    >>> found = part_losses(logits, parts, key, train, tables.product, lacking)
    >>> float(found.total_restricted), float(found.total_excluded)
    (-2.000, 1.000)
    """
    product = jnp.asarray(product)
    parts = jnp.asarray(native_array(parts, "parts"))
    chosen, train = native_array(chosen, "chosen"), native_array(train, "train")
    whole = pair_rows(whole, parts.shape[-1], "whole", parts.shape[-1])
    rows = take_rows(whole, train, "train")
    labels = product[train]
    elements = jnp.arange(parts.shape[-1], dtype=product.dtype)

    def restricted(part):
        return jnp.mean(loss(part, elements))

    def excluded(part):
        return jnp.mean(loss(rows - part[labels], labels))

    total = jnp.sum(jnp.where(chosen[:, None, None], parts, 0), axis=0)
    # One irrep at a time: all at once would hold R copies of the logits.
    return PartLosses(
        jax.lax.map(restricted, parts),
        jax.lax.map(excluded, parts),
        restricted(total),
        excluded(total),
    )


class CubeFit(NamedTuple):
    """Least squares of the logits on character cubes and a constant.

    Attributes:
      coefficients: of the chosen cubes, 0 elsewhere.
      intercept: of the constant.
      r_squared: explained fraction of the variance around the grand mean.
      norm_ratio: |fit| / |logits|, not centred (the notebook's "variance explained").
      loss: of the fit, over all pairs.
    """

    coefficients: Float[Array, " irrep"]
    intercept: Float[Array, ""]
    r_squared: Float[Array, ""]
    norm_ratio: Float[Array, ""]
    loss: Float[Array, ""]


def fit_cubes(
    logits: Shaped[Array, "pairs n"], tables: Tables, chosen: Bool[Array, " irrep"], loss: Loss
) -> CubeFit:
    """Ordinary least squares of the raw logits on the chosen cubes and a constant.

    Raises:
      ValueError: other shapes than (n^2, n).

    >>> import numpy as np
    >>> from jaxrep.groups import group, group_tables
    >>> from jaxrep.losses import cross_entropy
    >>> tables = group_tables(group("C2"))
    >>> logits = 3 * character_cubes(tables)[1][tables.product] + 5
    >>> found = fit_cubes(logits, tables, np.array([False, True]), cross_entropy)
    >>> found.coefficients.tolist(), float(found.intercept), float(found.r_squared)
    ([0.0, 3.0], 5.0, 1.0)
    """
    n = tables.characters.shape[1]
    logits = pair_rows(logits, n, "logits", n)
    keep = jnp.append(native_array(chosen, "chosen"), True)
    # The cubes' inner products are sums over the group, each taken n^2 times.
    functions = jnp.concatenate([tables.characters, jnp.ones_like(tables.characters[:1])])
    gram = n**2 * jnp.einsum("rg,sg->rs", functions, functions, precision="highest")
    target = jnp.append(_inner_products(logits, tables), jnp.sum(logits))
    gram = jnp.where(keep[:, None] & keep, gram, jnp.eye(len(keep), dtype=gram.dtype))
    beta = jnp.linalg.solve(gram, jnp.where(keep, target, 0))
    pooled = (
        jnp.einsum("r,rgc->gc", beta[:-1], character_cubes(tables), precision="highest") + beta[-1]
    )
    fit_squared = n * jnp.sum(pooled**2)
    residual = jnp.sum(logits**2) - fit_squared  # the fit is orthogonal to its residual
    variance = jnp.sum((logits - jnp.mean(logits)) ** 2)
    return CubeFit(
        beta[:-1],
        beta[-1],
        1 - residual / variance,
        jnp.sqrt(fit_squared / jnp.sum(logits**2)),
        jnp.mean(loss(pooled, jnp.arange(n))),
    )
