"""Similarity of items in a representation: inner products, distances, multidimensional scaling.

Similarities and distances are named apart. A similarity matrix here is of inner products
(large = alike, neither centred nor normalised); a distance of an item from itself is 0.
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float

from jaxrep.typing import Array


def similarity_matrix(hidden: Float[Array, "*batch item unit"]) -> Float[Array, "*batch item item"]:
    """Representational similarity matrix ``H H^T``."""
    return jnp.einsum("...iu,...ju->...ij", hidden, hidden, precision="highest")


def aligned_similarity(
    strength: Float[Array, "*batch mode"], v: Float[Array, "item mode"]
) -> Float[Array, "*batch item item"]:
    """``V diag(a) V^T``: the similarity that modes of strength a give a two-layer network.

    At the end of training from small weights it is ``(Y Y^T)^(1/2)`` for every seed (Saxe,
    McClelland and Ganguli 2019, PNAS).
    """
    return jnp.einsum("...k,ik,jk->...ij", strength, v, v, precision="highest")


def squared_distances(
    similarity: Float[Array, "*batch item item"],
) -> Float[Array, "*batch item item"]:
    """``d_ij^2 = S_ii + S_jj - 2 S_ij``, with 0 for rounding below 0."""
    own = jnp.diagonal(jnp.asarray(similarity), axis1=-2, axis2=-1)
    return jnp.maximum(own[..., :, None] + own[..., None, :] - 2 * similarity, 0)


def rms_distance(
    similarity: Float[Array, "*batch item item"], pairs: Bool[np.ndarray, "item item"]
) -> Float[Array, "*batch"]:
    """Root of the mean squared distance over the marked pairs of different items."""
    pairs = np.asarray(pairs) & ~np.eye(len(pairs), dtype=bool)
    squared = jnp.sum(jnp.where(pairs, squared_distances(similarity), 0), (-2, -1))
    return jnp.sqrt(squared / pairs.sum())


def classical_scaling(
    similarity: Float[Array, "*batch item item"], dimensions: int = 2
) -> Float[Array, "*batch item dimension"]:
    """Classical multidimensional scaling (Torgerson 1952): coordinates in falling importance.

    Eigenvectors of the doubly centred similarity, times the root of their eigenvalues;
    directions without variance are 0. Signs are arbitrary, see `align_over_time`.
    """
    values, vectors = jnp.linalg.eigh(centred_similarity(similarity))
    values = jnp.maximum(values[..., ::-1][..., :dimensions], 0)
    return vectors[..., ::-1][..., :dimensions] * jnp.sqrt(values)[..., None, :]


def scaling_eigenvalues(
    similarity: Float[Array, "*batch item item"],
) -> Float[Array, "*batch item"]:
    """Squared extent of the items along each direction of `classical_scaling`, falling."""
    return jnp.linalg.eigvalsh(centred_similarity(similarity))[..., ::-1]


def centred_similarity(
    similarity: Float[Array, "*batch item item"],
) -> Float[Array, "*batch item item"]:
    """``J S J`` with ``J = I - 1 1^T / P``: similarity around the items' mean."""
    similarity = jnp.asarray(similarity)
    rows = similarity - similarity.mean(-1, keepdims=True)
    return rows - rows.mean(-2, keepdims=True)


def align_over_time(
    coordinates: Float[np.ndarray, "step item dimension"],
) -> Float[np.ndarray, "step item dimension"]:
    """Each step's coordinates turned onto the next one's, so that a movie does not jump.

    Orthogonal Procrustes, backwards from the last step, which stays as it is.
    """
    turned = np.array(coordinates, float)
    for t in range(len(turned) - 2, -1, -1):
        left, _, right = np.linalg.svd(turned[t].T @ turned[t + 1])
        turned[t] = turned[t] @ left @ right
    return turned


def matrix_correlation(
    one: Float[Array, "... item item"], other: Float[Array, "... item item"]
) -> Float[Array, "..."]:
    """Pearson correlation of the entries above the diagonal; leading axes broadcast."""
    upper = np.triu_indices(one.shape[-1], 1)
    a, b = (jnp.asarray(x)[..., upper[0], upper[1]] for x in (one, other))
    a, b = a - a.mean(-1, keepdims=True), b - b.mean(-1, keepdims=True)
    norms = jnp.linalg.norm(a, axis=-1) * jnp.linalg.norm(b, axis=-1)
    return jnp.sum(a * b, -1) / norms


def relative_difference(
    one: Float[Array, "... item item"], other: Float[Array, "... item item"]
) -> Float[Array, "..."]:
    """Frobenius norm of the difference over that of `other`; leading axes broadcast."""
    return jnp.linalg.norm(one - other, axis=(-2, -1)) / jnp.linalg.norm(other, axis=(-2, -1))
