"""Is a neuron constant on the cosets of a subgroup? Coset concentration and its nulls.

Source: Stander, Yu, Fan and Biderman (2024), "Grokking group multiplication with cosets",
arXiv:2312.06581. Their code's ratio is a sum of coset variances; here it is the share of the
variance that the cosets explain, 0 to 1. The nulls are ours.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from jaxrep.arrays import native_array, real_array
from jaxrep.typing import Array

CONCENTRATED = 0.99
"""Share of a neuron's variance from which on it is taken to be a function of cosets."""


def coset_concentration(
    values: Shaped[Array, "n h"], cosets: Int[Array, "subgroup n"]
) -> Float[Array, "subgroup h"]:
    """Share of each column's variance over the group that the cosets of each subgroup explain.

    ``1 - E[var(v | coset)] / var(v)``: 1 for a function of the coset, for the trivial subgroup
    always; on average ``(n / |K| - 1) / (n - 1)`` for independent values (`concentration_chance`).
    What a network looks up for a left factor is to be asked on right cosets ``Kx``, for a right
    factor on left cosets ``xK``: ``kab`` and ``ab`` then are in one coset. The other side is a
    control. NaN for a column without variance.

    Args:
      values: ``[n, h]``, a column for each neuron, a row for each element.
      cosets: ``[S, n]``, number of the coset of each element, 0 .. n - 1
        (`jaxrep.groups.SubgroupLattice`).

    Raises:
      ValueError: another number of rows than of elements.

    >>> values = np.array([[1.0, 1.0], [1.0, 2.0], [3.0, 1.0], [3.0, 2.0]])
    >>> coset_concentration(values, np.array([[0, 0, 2, 2], [0, 0, 0, 0]])).tolist()
    [[1.0, 0.0], [0.0, 0.0]]
    """
    values = jnp.asarray(real_array(values, "values"))
    cosets = jnp.asarray(native_array(cosets, "cosets"))
    if values.ndim != 2 or cosets.ndim != 2 or cosets.shape[1] != len(values):
        raise ValueError(
            f"values: shape {values.shape} given for cosets of shape {cosets.shape}; a row is "
            "needed for each element of the group"
        )
    n = len(values)
    # Scaled first, so that squares of any numbers neither overflow nor vanish.
    centred = values - jnp.mean(values, 0)
    top = jnp.max(jnp.abs(centred), 0)
    centred = centred / jnp.where(top > 0, top, 1)
    varying = top > _rounding(values)

    def explained(labels: jax.Array) -> jax.Array:
        sizes = jax.ops.segment_sum(jnp.ones(n, centred.dtype), labels, n)
        sums = jax.ops.segment_sum(centred, labels, n)
        return jnp.sum(sums**2 / jnp.maximum(sizes, 1)[:, None], 0)

    shares = jax.lax.map(explained, cosets) / jnp.sum(centred**2, 0)
    return jnp.where(varying, shares, jnp.nan)


def concentration_chance(orders: Int[Array, " subgroup"], n: int) -> Float[np.ndarray, " subgroup"]:
    """Mean concentration of independent values on subgroups of these orders: exact.

    >>> concentration_chance(np.array([2, 6, 24, 60]), 120).round(4).tolist()
    [0.4958, 0.1597, 0.0336, 0.0084]
    """
    return (n / np.asarray(native_array(orders, "orders")) - 1) / (n - 1)


def concentration_exceedance(
    fixed: Int[Array, "..."], dimension: Int[Array, "..."], level: float = CONCENTRATED
) -> Float[jax.Array, "..."]:
    """Probability that a random vector of an irrep is concentrated on a subgroup beyond `level`.

    For ``v(x) = b' rho(x) a`` the concentration on K is ``|P_K b|^2 / |b|^2``, with the projector
    on the vectors that K leaves as they are; of random b it is Beta(m / 2, (d - m) / 2)
    distributed, with mean m / d. It is 1 where K fixes all (K in the kernel) and 0 where nothing.

    Args:
      fixed: m, dimension of the fixed vectors (`jaxrep.groups.fixed_dimensions`).
      dimension: d of the irrep, over the real numbers.
      level: concentration to be exceeded.

    >>> concentration_exceedance(np.array([0, 1, 4]), np.array([4, 4, 4])).round(5).tolist()
    [0.0, 0.00043, 1.0]
    """
    fixed = jnp.asarray(real_array(fixed, "fixed"))
    dimension = jnp.asarray(real_array(dimension, "dimension"))
    inner = (fixed > 0) & (fixed < dimension)
    left = jnp.where(inner, fixed, 1) / 2
    right = jnp.where(inner, dimension - fixed, 1) / 2
    # the upper tail by the lower one of the other variable, which keeps its digits
    tail = jax.scipy.special.betainc(right, left, 1 - level)
    return jnp.where(inner, tail, jnp.where(fixed > 0, 1.0, 0.0))


def largest_subgroup(
    concentration: Shaped[Array, "subgroup h"],
    orders: Int[Array, " subgroup"],
    level: float = CONCENTRATED,
) -> Int[Array, " h"]:
    """Index of each column's subgroup: the largest on which it is concentrated beyond `level`.

    Of several of that order the one on which it is most. -1 where there is none, as for a column
    without variance; the trivial subgroup counts, so other columns have one.

    Args:
      concentration: of `coset_concentration`.
      orders: number of elements of each subgroup.
      level: share of the variance to be exceeded.

    Raises:
      ValueError: another number of rows than of subgroups, or none.

    >>> shares = np.array([[1.0, 1.0], [0.999, 0.2], [0.995, 0.1]])
    >>> largest_subgroup(shares, np.array([1, 2, 2])).tolist()
    [1, 0]
    """
    concentration = jnp.asarray(real_array(concentration, "concentration"))
    orders = jnp.asarray(real_array(orders, "orders"))
    if concentration.ndim != 2 or not len(orders) or len(concentration) != len(orders):
        raise ValueError(
            f"concentration: shape {concentration.shape} given for {orders.shape} orders; a row is "
            "needed for each subgroup, of which there is one at least"
        )
    above = concentration > level
    largest = jnp.max(jnp.where(above, orders[:, None], -1), 0)
    candidates = above & (orders[:, None] == largest)
    best = jnp.argmax(jnp.where(candidates, concentration, -1), 0)
    return jnp.where(jnp.any(above, 0), best, -1)


def conjugate_subgroups(
    left: Int[Array, " h"], right: Int[Array, " h"], classes: Int[Array, " subgroup"]
) -> Bool[np.ndarray, " h"]:
    """Whether the subgroups of a neuron's two embeddings are conjugate; not where one has none.

    >>> left, right = np.array([1, 0, -1]), np.array([2, 1, -1])
    >>> conjugate_subgroups(left, right, np.array([0, 1, 1])).tolist()
    [True, False, False]
    """
    left = np.asarray(native_array(left, "left"))
    right = np.asarray(native_array(right, "right"))
    classes = np.asarray(native_array(classes, "classes"))
    return (left >= 0) & (right >= 0) & (classes[left] == classes[right])


def _rounding(values: jax.Array) -> jax.Array:
    """Below this a column's deviations from its mean are rounding."""
    epsilon = jnp.finfo(values.dtype).eps
    return 8 * epsilon * jnp.max(jnp.abs(values), 0)
