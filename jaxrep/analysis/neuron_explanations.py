"""What explains a neuron: an irrep, the cosets of a subgroup, or both; with what chance gives.

A neuron is given by what it looks up for the left and for the right factor, two functions on the
group. Two claims about them compete: that they lie in one irrep (Chughtai, Chan and Nanda 2023,
arXiv:2302.03025), and that they are constant on the cosets of a subgroup (Stander et al. 2024,
arXiv:2312.06581). Either can follow from the other: of S5 every function of the five cosets of a
point's stabiliser lies in the standard irrep. So both have a null *given the other*, and of two
descriptions that hold the one with fewer numbers is the better: ``d^2 / w`` for an irrep of
dimension d and type w, ``n / |K| - 1`` for cosets. The comparison and its nulls are ours.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from jaxrep.analysis.coset_concentration import (
    CONCENTRATED,
    coset_concentration,
    largest_subgroup,
)
from jaxrep.arrays import native_array, real_array
from jaxrep.typing import Array

EXPLANATIONS = ("neither", "irrep", "cosets", "either")
"""What describes a neuron with the fewest numbers; either: irrep and cosets with equally many."""


class NeuronExplanations(NamedTuple):
    """Irrep and subgroup of each of h neurons, from both of its embeddings.

    Attributes:
      live: both embeddings vary: squared norm about the mean above 1.
      irrep: number of the irrep that holds most of both embeddings' variance; never 0, trivial.
      irrep_share: of the variance, in that irrep; of the two embeddings the smaller.
      left, right: number of the subgroup of the left embedding (on right cosets) and of the right
        one (on left cosets); -1 where an embedding does not vary.
      concentration: on these subgroups; the smaller of the two.
      control: order of the subgroup of the left embedding on left cosets, the wrong side.
      irrep_numbers: of the irrep, d^2 / w.
      coset_numbers: ``n / |K| - 1`` of the smaller of the two subgroups.
      explanation: index in `EXPLANATIONS`; 0 where the neuron is not live.
    """

    live: Bool[Array, " h"]
    irrep: Int[Array, " h"]
    irrep_share: Float[Array, " h"]
    left: Int[Array, " h"]
    right: Int[Array, " h"]
    concentration: Float[Array, " h"]
    control: Int[Array, " h"]
    irrep_numbers: Int[Array, " h"]
    coset_numbers: Int[Array, " h"]
    explanation: Int[Array, " h"]


def neuron_explanations(
    x_embed: Shaped[Array, "n h"],
    y_embed: Shaped[Array, "n h"],
    projectors: Float[Array, "irrep n n"],
    right_cosets: Int[Array, "subgroup n"],
    left_cosets: Int[Array, "subgroup n"],
    level: float = CONCENTRATED,
) -> NeuronExplanations:
    """Which irrep and which cosets each neuron's two embeddings lie in, and which says it shorter.

    Args:
      x_embed, y_embed: ``[n, h]``, what each neuron looks up for the left and the right factor.
      projectors: on the irreps' functions, the trivial one first.
      right_cosets, left_cosets: of all subgroups (`jaxrep.groups.SubgroupLattice`).
      level: share of the variance that a description has to exceed.

    Raises:
      ValueError: another number of rows than of elements.

    >>> from jaxrep.groups import group, group_tables
    >>> known = group("S4")
    >>> lattice, standard = known.subgroups, known.irrep("standard").matrices
    >>> fixed = standard[lattice.members[lattice.orders == 6][0]].mean(0)[0]
    >>> looked_up = 9 * (fixed @ standard @ np.array([[1.0, 2.0], [0, 1], [1, 0]]))
    >>> found = neuron_explanations(
    ...     looked_up,
    ...     looked_up[known.inverses],
    ...     group_tables(known).projectors,
    ...     lattice.right_cosets,
    ...     lattice.left_cosets,
    ... )
    >>> known.irrep_names[int(found.irrep[0])], EXPLANATIONS[int(found.explanation[0])]
    ('standard', 'cosets')
    >>> int(found.irrep_numbers[0]), int(found.coset_numbers[0])
    (9, 3)
    """
    x = jnp.asarray(real_array(x_embed, "x_embed"))
    y = jnp.asarray(real_array(y_embed, "y_embed"))
    if x.shape != y.shape:
        raise ValueError(f"y_embed: shape {y.shape} given for x_embed of shape {x.shape}")
    right = jnp.asarray(native_array(right_cosets, "right_cosets"))
    left = jnp.asarray(native_array(left_cosets, "left_cosets"))
    projectors = jnp.asarray(real_array(projectors, "projectors"))
    # Of the subgroup itself, which is the coset of its smallest element.
    orders = jnp.sum(right == jnp.min(right, 1, keepdims=True), 1)
    indices = right.shape[1] // orders

    x_shares, y_shares = (irrep_shares(values, projectors) for values in (x, y))
    x_on, y_on = coset_concentration(x, right), coset_concentration(y, left)
    of_x, of_y = (largest_subgroup(on, orders, level) for on in (x_on, y_on))
    wrong = largest_subgroup(coset_concentration(x, left), orders, level)
    irrep = jnp.argmax(x_shares + y_shares, 0)
    columns = jnp.arange(x.shape[1])
    share = jnp.minimum(x_shares[irrep, columns], y_shares[irrep, columns])
    concentration = jnp.minimum(x_on[of_x, columns], y_on[of_y, columns])
    # Projectors have traces of whole numbers, up to rounding.
    irrep_numbers = jnp.rint(jnp.trace(projectors, axis1=1, axis2=2)).astype(int)[irrep]
    coset_numbers = jnp.maximum(indices[of_x], indices[of_y]) - 1
    live = _varies(x) & _varies(y)
    pure = share > level
    constant = jnp.minimum(orders[of_x], orders[of_y]) > 1
    shorter = constant & (~pure | (coset_numbers < irrep_numbers))
    equal = constant & pure & (coset_numbers == irrep_numbers)
    chosen = jnp.where(shorter, 2, jnp.where(equal, 3, jnp.where(pure, 1, 0)))
    return NeuronExplanations(
        live,
        irrep,
        share,
        of_x,
        of_y,
        concentration,
        jnp.where(wrong >= 0, orders[wrong], 0),
        irrep_numbers,
        coset_numbers,
        jnp.where(live, chosen, 0),
    )


def irrep_shares(
    values: Shaped[Array, "n h"], projectors: Float[Array, "irrep n n"]
) -> Float[jax.Array, "irrep h"]:
    """Share of each column's variance over the group in each irrep; 0 in the trivial one.

    NaN for a column without variance.

    >>> from jaxrep.groups import group, group_tables
    >>> values = np.array([[1.0], [2.0], [1.0], [2.0]])
    >>> irrep_shares(values, group_tables(group("C4")).projectors).round(6).ravel().tolist()
    [0.0, 1.0, 0.0]

    Raises:
      ValueError: another number of rows than of elements.
    """
    values = jnp.asarray(real_array(values, "values"))
    projectors = jnp.asarray(real_array(projectors, "projectors"))
    if values.ndim != 2 or len(values) != projectors.shape[-1]:
        raise ValueError(
            f"values: shape {values.shape} given for a group of {projectors.shape[-1]} elements"
        )
    centred = values - jnp.mean(values, 0)
    top = jnp.max(jnp.abs(centred), 0)
    rounding = 8 * jnp.finfo(values.dtype).eps * jnp.max(jnp.abs(values), 0)
    centred = jnp.where(top > rounding, centred / jnp.where(top > 0, top, 1), jnp.nan)
    parts = jnp.einsum("rxy,yh->rxh", projectors, centred, precision="highest")
    squares = jnp.sum(parts**2, 1)
    return squares.at[0].set(0 * squares[0]) / jnp.sum(centred**2, 0)


def cosets_by_chance(
    matrices: Float[Array, "n d d"],
    members: Bool[Array, "subgroup n"],
    draws: int = 2_000,
    level: float = CONCENTRATED,
    numbers: int | None = None,
) -> float:
    """How often a random function of one irrep is better described by cosets: their null.

    The concentration of ``b' rho(x) a`` on K is ``|P_K b|^2 / |b|^2`` whatever a, so that only b
    is drawn, uniform in direction, always in the same way. The standard error is at most
    ``.5 / sqrt(draws)``.

    Args:
      matrices: of the irrep, orthogonal.
      members: of all subgroups.
      draws: random vectors.
      level: concentration to be exceeded.
      numbers: cosets have to need fewer than these, one less than the index of the subgroup; by
        default any subgroup counts that is not trivial.

    >>> from jaxrep.groups import group
    >>> d15, s4 = group("D15"), group("S4")
    >>> round(cosets_by_chance(d15.irrep("freq_1").matrices, d15.subgroups.members), 2)
    0.95
    >>> cosets_by_chance(s4.irrep("standard").matrices, s4.subgroups.members, numbers=9) < 0.1
    True
    """
    matrices = np.asarray(real_array(matrices, "matrices"))
    members = np.asarray(native_array(members, "members"))
    orders, (n, d, _) = members.sum(1), matrices.shape
    counts = orders > 1
    if numbers is not None:
        counts &= n // orders - 1 < numbers
    directions = np.random.default_rng(0).normal(size=(draws, d))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    weights = members[counts] / orders[counts, None]
    projectors = np.tensordot(weights, matrices, 1).reshape(-1, d * d)
    squares = (directions[:, :, None] * directions[:, None]).reshape(draws, d * d)
    within = squares @ projectors.T
    return float((within > level).any(1).mean()) if counts.any() else 0.0


def irrep_by_chance(
    fixed: Int[Array, "subgroup irrep"],
    dimensions: Int[Array, " irrep"],
    types: Int[Array, " irrep"],
    level: float = CONCENTRATED,
) -> Float[np.ndarray, "subgroup irrep"]:
    """How often a random function of the cosets of K lies in each irrep: its null.

    Functions on the cosets have ``m d / w`` dimensions in an irrep, of ``n / |K| - 1`` without
    the constant; the share of an independent normal function in it is Beta distributed.

    Args:
      fixed: m, of each subgroup and irrep, the trivial irrep first (`fixed_dimensions`).
      dimensions: d over the real numbers.
      types: w, 1 real, 2 complex, 4 quaternionic.
      level: share to be exceeded.

    >>> fixed = np.array([[1, 1, 0], [1, 1, 1]])  # of two subgroups in irreps of 1, 4 and 5
    >>> irrep_by_chance(fixed, np.array([1, 4, 5]), np.array([1, 1, 1])).round(5).tolist()
    [[0.0, 1.0, 0.0], [0.0, 3e-05, 0.00043]]
    """
    fixed = np.asarray(real_array(fixed, "fixed"))
    dimensions = np.asarray(real_array(dimensions, "dimensions"))
    inside = fixed * dimensions / np.asarray(real_array(types, "types"))
    inside[:, 0] = 0
    outside = inside.sum(1, keepdims=True) - inside
    mixed = (inside > 0) & (outside > 0)
    tail = jax.scipy.special.betainc(
        np.where(mixed, outside, 1) / 2, np.where(mixed, inside, 1) / 2, 1 - level
    )
    return np.where(mixed, tail, (inside > 0).astype(float))


def _varies(values: jax.Array) -> Bool[jax.Array, " h"]:
    return jnp.sum((values - jnp.mean(values, 0)) ** 2, 0) > 1
