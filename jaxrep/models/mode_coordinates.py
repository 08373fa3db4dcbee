"""Mode coordinates: the training of a deep network in the basis of its task's singular modes.

For one-hot inputs and targets ``Y^T = U diag(s) V^T``, gradient descent on ``(W1, ..., WL)``
never leaves the span of the columns of U and of the initial WL. In the coordinates
``W1 V``, ``[U^T WL; R]`` with ``(I - U U^T) WL = Q R``, Q's columns orthonormal, it is the same
gradient descent, exactly,
towards the target ``[diag(s); 0]``, on a few rows instead of all features. What is gained
besides speed: each mode's rounding error is relative to that mode, so that float32 follows the
modes from 1e-30 on, where in the features' coordinates the rounding errors of learned modes
swamp those not yet learned.

Elementwise activation functions do not commute with V: such networks keep their inputs and
have their outputs rotated only.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

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


class CompressedOutputs(NamedTuple):
    """The last layer in mode coordinates.

    Attributes:
      weight: ``[U^T WL; R]``.
      remainder: rows of Q: what the features asked for are made of beyond the modes.
    """

    weight: Float[Array, "row width"]
    remainder: Float[Array, "trace extra"]


def complement(u: Float[np.ndarray, "feature rank"], width: int) -> np.ndarray | None:
    """Orthonormal columns beyond the modes, or None where there are so many features that a
    basis made from the weights (`width` columns) is shorter."""
    features, rank = u.shape
    if features > 2 * (rank + width):
        return None
    return np.linalg.svd(u, full_matrices=True)[0][:, rank:]


def compress_outputs(
    last: Float[Array, "feature width"],
    u: Float[Array, "feature rank"],
    beyond: Float[Array, "feature extra"] | None,
    traced: Int[np.ndarray, " trace"],
) -> CompressedOutputs:
    """The last layer in mode coordinates; `traced` features stay readable one by one.

    Without `beyond` (see `complement`), R is the Cholesky factor of the Gram matrix of
    ``(I - U U^T) WL``: a few columns in many dimensions are far from dependent. Written out,
    because LAPACK batched over networks can hang XLA's threads on several CPU devices.
    """
    modes = jnp.matmul(u.T, last, precision="highest")
    if beyond is not None:
        extra = jnp.matmul(beyond.T, last, precision="highest")
        return CompressedOutputs(jnp.concatenate([modes, extra]), beyond[traced])
    square = jnp.matmul(last.T, last, precision="highest")
    factor = gram_factor(square - jnp.matmul(modes.T, modes, precision="highest"))
    rest = last[traced] - jnp.matmul(u[traced], modes, precision="highest")
    return CompressedOutputs(jnp.concatenate([modes, factor]), solve_factor(factor, rest))


def gram_factor(gram: Float[Array, "n n"]) -> Float[jax.Array, "n n"]:
    """Upper triangular R with ``R^T R = gram``; zero rows where columns are dependent."""
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
    """X with ``X R = rows`` for an upper triangular R; 0 where R's pivot is."""
    factor, rows = jnp.asarray(factor), jnp.asarray(rows)

    def substitute(j, x):
        pivot = factor[j, j]
        column = (rows[:, j] - jnp.matmul(x, factor[:, j], precision="highest")) / jnp.where(
            pivot > 0, pivot, jnp.inf
        )
        return x.at[:, j].set(column)

    return jax.lax.fori_loop(0, len(factor), substitute, jnp.zeros_like(rows))
