"""The hidden layer and the unembedding written in the matrix entries of a representation.

If a network multiplies matrices, its hidden layer holds rho(ab), linearly readable, and its
unembedding pairs it with rho(c^-1) so that the logit is their trace (Chughtai, Chan and
Nanda 2023, section 5).
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Float, Int

from jaxrep.analysis.projections import pool_by_product
from jaxrep.typing import Array


class RepresentationReadout(NamedTuple):
    """rho(ab) recovered from the hidden layer.

    Attributes:
      recovered: ``[n, d^2]``, the hidden layer's estimate of rho(g), up to scale.
      cosine: between `recovered` and the true entries, as one long vector.
      readout: ``[d^2, h]``, the directions of the hidden layer the entries sit in.
    """

    recovered: Float[Array, "n entries"]
    cosine: Float[Array, ""]
    readout: Float[Array, "entries h"]


def hidden_in_representation(
    hidden: Float[Array, "pairs h"], matrices: Float[Array, "n d d"], fibres: Int[Array, "n n"]
) -> RepresentationReadout:
    """Project the hidden layer on the entries of rho(ab) and change to their basis.

    With B the entries of rho(ab) over all pairs: ``H_xy = B (B'B)^+ B'H``, ``C = B' H_xy``,
    ``Z = H_xy C'``; returns Z (one row per product), cos(Z, B), and C. All three depend on
    the basis chosen for rho unless it is orthonormal.
    """
    n = fibres.shape[0]
    entries = matrices.reshape(n, -1)
    mean = pool_by_product(hidden, fibres) / n
    gram = jnp.matmul(entries.T, entries, precision="highest")
    inner = jnp.matmul(entries.T, mean, precision="highest")
    # The entries of a real irrep of complex type (rotations of a cyclic group) are linearly
    # dependent, so the inverse is a pseudo-inverse with a cut far above rounding.
    inverse = jnp.linalg.pinv(gram, rtol=1e-5, hermitian=True)
    coefficients = jnp.matmul(inverse, inner, precision="highest")
    projected = jnp.matmul(entries, coefficients, precision="highest")
    readout = n * jnp.matmul(entries.T, projected, precision="highest")
    recovered = jnp.matmul(projected, readout.T, precision="highest")
    cosine = jnp.sum(recovered * entries) / (jnp.linalg.norm(recovered) * jnp.linalg.norm(entries))
    return RepresentationReadout(recovered, cosine, readout)


class UnembeddingInRepresentation(NamedTuple):
    """The unembedding between entries of rho(ab) and of rho(c^-1).

    Attributes:
      matrix: ``[d^2, d^2]``.
      cosine: with the pattern of a trace, 1 at (ij, ji) and 0 elsewhere.
    """

    matrix: Float[Array, "entries entries"]
    cosine: Float[Array, ""]


def unembedding_in_representation(
    readout: Float[Array, "entries h"],
    unembed: Float[Array, "h n"],
    matrices: Float[Array, "n d d"],
    inverses: Int[Array, " n"],
) -> UnembeddingInRepresentation:
    """``C W_U rho(c^-1)`` with C from `hidden_in_representation`."""
    n, d, _ = matrices.shape
    inverse_entries = jnp.asarray(matrices)[inverses].reshape(n, d * d)
    through = jnp.matmul(readout, unembed, precision="highest")
    matrix = jnp.matmul(through, inverse_entries, precision="highest")
    trace = jnp.eye(d * d).reshape(d, d, d, d).transpose(0, 1, 3, 2).reshape(d * d, d * d)
    cosine = jnp.sum(matrix * trace) / (jnp.linalg.norm(matrix) * jnp.linalg.norm(trace))
    return UnembeddingInRepresentation(matrix, cosine)
