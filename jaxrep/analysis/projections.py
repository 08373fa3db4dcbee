"""Projections of functions on a group on its irreps, as einsum kernels.

A function on a group of order n is an array with a leading axis of length n. By Peter and
Weyl the matrix entries of the irreps span all of them, orthogonally between irreps (Serre,
Linear Representations of Finite Groups, section 2.6).
"""

import jax
import jax.numpy as jnp
from jaxtyping import Float, Int, Shaped

from jaxrep.arrays import native_array, near_one, real_array
from jaxrep.typing import Array


def project_on_irreps(
    projectors: Float[Array, "irrep n n"], values: Shaped[Array, "n width"]
) -> Float[Array, "irrep n width"]:
    """The part of each column of `values` that lies in each irrep.

    Raises:
      ValueError: another number of rows than the group has elements.

    >>> import numpy as np
    >>> from jaxrep.groups import group, group_tables
    >>> tables = group_tables(group("C2"))
    >>> project_on_irreps(tables.projectors, np.array([[3.0], [1.0]]))[..., 0].tolist()
    [[2.0, 2.0], [1.0, -1.0]]
    """
    projectors = native_array(projectors, "projectors")
    values = element_rows(values, projectors.shape[1])
    return jnp.einsum("rgh,hw->rgw", projectors, values, precision="highest")


def variance_explained(
    projectors: Float[Array, "irrep n n"], values: Shaped[Array, "n width"]
) -> Float[Array, " irrep"]:
    """Fraction of the squared norm of `values` (not centred) in each irrep.

    ``|P_r X|^2 / |X|^2``; sums to 1 over a complete list of irreps.

    Raises:
      ValueError: another number of rows than of elements.

    >>> import numpy as np
    >>> from jaxrep.groups import group, group_tables
    >>> tables = group_tables(group("C2"))
    >>> variance_explained(tables.projectors, np.array([[3.0], [1.0]])).tolist()  # 4 and 1 of 5
    [0.800, 0.200]
    """
    values, _ = near_one(values, "values")
    return jnp.sum(project_on_irreps(projectors, values) ** 2, (1, 2)) / jnp.sum(values**2)


def pool_by_product(
    values: Shaped[Array, "pairs width"], fibres: Int[Array, "n n"]
) -> Float[Array, "n width"]:
    """Sum over all pairs (a, b) with ab = g, for every g.

    Args:
      values: one row per pair, flat index ``a n + b``.
      fibres: row g lists the flat indices of these pairs (`jaxrep.groups.Tables`).

    Raises:
      ValueError: another number of rows than of pairs.

    >>> import numpy as np
    >>> from jaxrep.groups import group, group_tables
    >>> tables = group_tables(group("C2"))
    >>> values = np.array([[1.0], [2.0], [3.0], [5.0]])  # of the pairs 00, 01, 10, 11
    >>> pool_by_product(values, tables.fibres).tolist()  # 1 + 5 and 2 + 3
    [[6.0], [5.0]]
    """
    return jnp.sum(pair_rows(values, len(fibres))[jnp.asarray(fibres)], axis=1)


def product_marginals(
    values: Shaped[Array, "pairs width"], fibres: Int[Array, "n n"]
) -> Float[Array, "3 n width"]:
    """Sums over the pairs with given a, with given b, and with given ab, over sqrt(n).

    With this scale ``sum |P_r marginal|^2`` is the squared norm of the part of `values` that
    depends on a (or b, or ab) alone through irrep r.

    Raises:
      ValueError: another number of rows than of pairs.

    >>> import numpy as np
    >>> from jaxrep.groups import group, group_tables
    >>> tables = group_tables(group("C2"))
    >>> found = product_marginals(np.array([[1.0], [2.0], [3.0], [4.0]]), tables.fibres)
    >>> (found[..., 0] * 2**0.5).tolist()  # by a, by b and by ab
    [[3.000, 7.0], [4.000, 6.000], [5.0, 5.0]]
    """
    n = fibres.shape[0]
    values = pair_rows(values, n)
    square = values.reshape(n, n, -1)
    stacked = jnp.stack([square.sum(1), square.sum(0), pool_by_product(values, fibres)])
    return stacked / jnp.sqrt(n).astype(values.dtype)


def pair_rows(
    values: Shaped[Array, "pairs width"], n: int, name: str = "values", width: int | None = None
) -> Float[jax.Array, "pairs width"]:
    """`values` as floats, a row for each of the n^2 pairs: JAX would take the last row for more.

    Raises:
      ValueError: another number of rows than of pairs, or of columns than `width`.
    """
    numbers = jnp.asarray(real_array(values, name))
    if numbers.ndim != 2 or len(numbers) != n * n or width not in (None, numbers.shape[1]):
        wanted = f"({n * n}, {'any' if width is None else width})"
        raise ValueError(f"{name}: shape {numbers.shape} given; {wanted}, a row for each pair")
    return numbers


def element_rows(
    values: Shaped[Array, "n width"], n: int, name: str = "values"
) -> Float[jax.Array, "n width"]:
    """`values` as floats, a row for each element of a group of order n.

    Raises:
      ValueError: another number of rows.
    """
    numbers = jnp.asarray(real_array(values, name))
    if numbers.ndim != 2 or len(numbers) != n:
        raise ValueError(f"{name}: shape {numbers.shape} given; ({n}, any), a row for each element")
    return numbers
