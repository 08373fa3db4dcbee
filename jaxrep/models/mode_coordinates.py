"""Mode coordinates: the training of a deep network in the basis of its task's singular modes.

For one-hot inputs and targets ``Y = V diag(s) U^T``, gradient descent on ``(W1, ..., WL)``
never leaves the span of the columns of U and of the rows of the initial WL. In the coordinates
``V^T W1``, ``[WL U, R]`` with ``WL (I - U U^T) = R Q^T``, Q's columns orthonormal, it is the same
gradient descent, exactly, towards the target ``[diag(s), 0]``, on a few columns instead of all
features. What is gained besides speed: each mode's rounding error is relative to that mode, so
that float32 follows the modes from 1e-30 on, where in the features' coordinates the rounding
errors of learned modes swamp those not yet learned.

Elementwise activation functions do not commute with V: such networks keep their inputs and
have their outputs rotated only.
"""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Key

from jaxrep.typing import Array


class SingularModes(NamedTuple):
    """Singular value decomposition of a task, ``values.T = u diag(strength) v.T``.

    Attributes:
      u: what the modes are in features, ``[feature, rank]``, rank = min(items, features).
      strength: falling, ``[rank]``.
      v: what they are in items; columns from `rank` on span the items no feature tells apart.
    """

    u: Float[Array, "feature rank"]
    strength: Float[Array, " rank"]
    v: Float[Array, "item item"]


def singular_modes(values: Float[Array, "item feature"]) -> SingularModes:
    """The modes of a table, in float64 on the host.

    Signs: the entries of a column of v sum to a positive number, or its largest is positive
    where they sum to zero.

    >>> modes = singular_modes(np.array([[0.0, 2.0], [3.0, 0.0]]))
    >>> modes.strength.tolist(), modes.v.tolist()  # item 1, then item 0
    ([3.0, 2.0], [[-0.0, 1.0], [1.0, -0.0]])
    """
    values = np.asarray(values, float)
    # The small side's Gram matrix would square the condition number; the thin SVD does not.
    v, strength, ut = np.linalg.svd(values, full_matrices=False)
    if v.shape[1] < v.shape[0]:
        v = np.linalg.svd(values, full_matrices=True)[0]
    sums = v.sum(0)
    largest = v[np.abs(v).argmax(0), np.arange(v.shape[1])]
    sign = np.where(np.abs(sums) > 1e-6, np.sign(sums), np.sign(largest))
    return SingularModes((ut * sign[: len(ut), None]).T, strength, v * sign)


def output_basis(
    u: Float[np.ndarray, "feature rank"], traced: Sequence[int], width: int
) -> Float[np.ndarray, "feature known"]:
    """Orthonormal columns in which outputs are kept: the modes, and what traced features need.

    Each traced feature's unit vector lies in the span of the columns. Where features are few,
    a whole basis: then nothing is left for a factor R of `width` columns.

    >>> u = np.eye(9)[:, :1]
    >>> basis = output_basis(u, traced=[3], width=2)
    >>> basis.shape, float(np.linalg.norm(basis[3]))  # feature 3 is kept whole
    ((9, 2), 1.0)
    """
    features, rank = u.shape
    if features <= 2 * (rank + len(traced) + width):
        return np.column_stack([u, np.linalg.svd(u, full_matrices=True)[0][:, rank:]])
    columns = u
    for feature in traced:
        rest = -columns @ columns[feature]
        rest[feature] += 1
        rest -= columns @ (columns.T @ rest)
        norm = np.linalg.norm(rest)
        if norm > 1e-6:
            columns = np.column_stack([columns, rest / norm])
    return columns


def kept_rows(features: int, known: int, width: int) -> int:
    """Columns of the last layer in mode coordinates, for `known` columns of the basis.

    >>> kept_rows(100, known=3, width=5), kept_rows(3, known=3, width=5)
    (8, 3)
    """
    return known if known == features else known + width


def compress_outputs(
    last: Float[Array, "width feature"], basis: Float[Array, "feature known"]
) -> Float[jax.Array, "width row"]:
    """The last layer in mode coordinates, ``[WL basis, R]``.

    R^T is the Cholesky factor of the Gram matrix of what the basis leaves: a few random columns
    in many dimensions are far from dependent.

    >>> last, basis = np.random.default_rng(0).normal(size=(2, 50)), np.eye(50)[:, :3]
    >>> rows = compress_outputs(last, basis)
    >>> rows.shape, bool(np.allclose(rows @ rows.T, last @ last.T, rtol=1e-5))
    ((2, 5), True)
    """
    known = jnp.matmul(last, basis, precision="highest")
    if basis.shape[0] == basis.shape[1]:
        return known
    square = jnp.matmul(last, last.T, precision="highest")
    factor = gram_factor(square - jnp.matmul(known, known.T, precision="highest"))
    return jnp.concatenate([known, factor.T], 1)


def draw_outputs(
    key: Key[Array, ""], features: int, known: int, width: int
) -> Float[jax.Array, "width row"]:
    """`compress_outputs` of a ``[width, features]`` array of standard normal numbers.

    Drawn as such, without the array: the part in any basis is normal, and R^T of a normal array
    of n columns has entries ``chi(n), chi(n - 1), ...`` on its diagonal and normal ones above it,
    all independent (Bartlett 1933).

    >>> rows = draw_outputs(jax.random.key(0), features=10**6, known=2, width=3)
    >>> rows.shape, (jnp.sum(rows**2, 1) / 10**6).round(2).tolist()
    ((3, 5), [1.0, 1.0, 1.0])
    """
    first, second, third = jax.random.split(key, 3)
    inside = jax.random.normal(first, (known, width)).T
    if known == features:
        return inside
    degrees = features - known - jnp.arange(width)
    above = jnp.triu(jax.random.normal(second, (width, width)), 1)
    lengths = jnp.sqrt(jax.random.chisquare(third, degrees.astype(inside.dtype)))
    return jnp.concatenate([inside, (above + jnp.diag(lengths)).T], 1)


def expand_outputs(
    key: Key[Array, ""], rows: Float[Array, "width row"], basis: Float[Array, "feature known"]
) -> Float[jax.Array, "width feature"]:
    """A last layer with these mode coordinates; the directions of R are drawn at random.

    >>> last, basis = np.random.default_rng(0).normal(size=(2, 50)), np.eye(50)[:, :3]
    >>> again = expand_outputs(jax.random.key(0), compress_outputs(last, basis), basis)
    >>> bool(np.allclose(again[:, :3], last[:, :3], rtol=1e-5))
    True
    """
    features, known = basis.shape
    inside = jnp.matmul(rows[:, :known], basis.T, precision="highest")
    if known == features:
        return inside
    frame = jax.random.normal(key, (features, len(rows)), rows.dtype)
    for _ in range(2):  # twice is enough for orthogonality to rounding
        frame -= jnp.matmul(basis, jnp.matmul(basis.T, frame, precision="highest"))
        gram = jnp.matmul(frame.T, frame, precision="highest")
        frame = solve_factor(gram_factor(gram), frame)
    return inside + jnp.matmul(rows[:, known:], frame.T, precision="highest")


def gram_factor(gram: Float[Array, "n n"]) -> Float[jax.Array, "n n"]:
    """Upper triangular R with ``R^T R = gram``; zero rows where columns are dependent.

    Written out, because LAPACK batched over networks can hang XLA's threads on several CPU
    devices (`jaxrep.engine.lapack`).

    >>> gram_factor(np.array([[4.0, 2.0], [2.0, 2.0]])).tolist()
    [[2.0, 1.0], [0.0, 1.0]]
    """
    gram = jnp.asarray(gram)
    columns = jnp.arange(len(gram))

    def eliminate(j, state):
        left, factor = state
        pivot = jnp.sqrt(jnp.maximum(left[j, j], 0))
        row = jnp.where(columns >= j, left[j] / jnp.where(pivot > 0, pivot, jnp.inf), 0)
        return left - row[:, None] * row, factor.at[j].set(row)

    return jax.lax.fori_loop(0, len(gram), eliminate, (gram, jnp.zeros_like(gram)))[1]


def solve_factor(
    factor: Float[Array, "n n"], rows: Float[Array, "row n"]
) -> Float[jax.Array, "row n"]:
    """X with ``X R = rows`` for an upper triangular R; 0 where R's pivot is.

    >>> factor = np.array([[2.0, 1.0], [0.0, 1.0]])
    >>> (solve_factor(factor, np.array([[2.0, 3.0]])) @ factor).tolist()
    [[2.0, 3.0]]
    """
    factor, rows = jnp.asarray(factor), jnp.asarray(rows)

    def substitute(j, x):
        pivot = factor[j, j]
        column = (rows[:, j] - jnp.matmul(x, factor[:, j], precision="highest")) / jnp.where(
            pivot > 0, pivot, jnp.inf
        )
        return x.at[:, j].set(column)

    return jax.lax.fori_loop(0, len(factor), substitute, jnp.zeros_like(rows))
