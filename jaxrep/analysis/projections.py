"""Projections of functions on a group on its irreps, as einsum kernels.

A function on a group of order n is an array with a leading axis of length n. By Peter and
Weyl the matrix entries of the irreps span all of them, orthogonally between irreps (Serre,
Linear Representations of Finite Groups, section 2.6).
"""

import jax.numpy as jnp
from jaxtyping import Float, Int, Shaped

from jaxrep.arrays import real_array
from jaxrep.typing import Array


def project_on_irreps(
    projectors: Float[Array, "irrep n n"], values: Shaped[Array, "n width"]
) -> Float[Array, "irrep n width"]:
    """The part of each column of `values` that lies in each irrep."""
    values = real_array(values, "values")
    return jnp.einsum("rgh,hw->rgw", projectors, values, precision="highest")


def variance_explained(
    projectors: Float[Array, "irrep n n"], values: Shaped[Array, "n width"]
) -> Float[Array, " irrep"]:
    """Fraction of the squared norm of `values` (not centred) in each irrep.

    ``|P_r X|^2 / |X|^2``; sums to 1 over a complete list of irreps.
    """
    values = real_array(values, "values")
    return jnp.sum(project_on_irreps(projectors, values) ** 2, (1, 2)) / jnp.sum(values**2)


def pool_by_product(
    values: Shaped[Array, "pairs width"], fibres: Int[Array, "n n"]
) -> Float[Array, "n width"]:
    """Sum over all pairs (a, b) with ab = g, for every g.

    Args:
      values: one row per pair, flat index ``a n + b``.
      fibres: row g lists the flat indices of these pairs (`jaxrep.groups.Tables`).
    """
    return jnp.sum(jnp.asarray(real_array(values, "values"))[fibres], axis=1)


def product_marginals(
    values: Shaped[Array, "pairs width"], fibres: Int[Array, "n n"]
) -> Float[Array, "3 n width"]:
    """Sums over the pairs with given a, with given b, and with given ab, over sqrt(n).

    With this scale ``sum |P_r marginal|^2`` is the squared norm of the part of `values` that
    depends on a (or b, or ab) alone through irrep r.
    """
    n, values = fibres.shape[0], real_array(values, "values")
    square = values.reshape(n, n, -1)
    stacked = jnp.stack([square.sum(1), square.sum(0), pool_by_product(values, fibres)])
    return stacked / jnp.sqrt(n).astype(values.dtype)
