"""Similarity of items in a representation: inner products, distances, multidimensional scaling.

Similarities and distances are named apart. A similarity matrix here is of inner products
(large = alike, neither centred nor normalised); a distance of an item from itself is 0.

Where items lie far from the origin, distances are small differences of large inner products. So
everything that depends on differences centres the matrix first, and numpy arrays are computed
with in float64. What rounding took when the matrix was made is lost all the same: an offset of
1000 leaves no digit of a distance of 1 in a float32 matrix. `activation_distances` and
`activation_scaling` start from the activations and lose none.
"""

from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.analysis.spaces import entered
from jaxrep.arrays import native_array, real_array
from jaxrep.typing import Array


def similarity_matrix(
    hidden: Shaped[Array, "*batch item unit"],
) -> Float[Array, "*batch item item"]:
    """Representational similarity matrix ``H H^T``.

    >>> np.diag(similarity_matrix(np.array([[100, 100], [1, 1]], np.int8))).tolist()
    [20000.0, 2.0]
    """
    space, (hidden,) = entered(hidden=hidden)
    return _inner(space, "...iu,...ju->...ij", hidden, hidden)


def aligned_similarity(
    strength: Shaped[Array, "*batch mode"], v: Shaped[Array, "item mode"]
) -> Float[Array, "*batch item item"]:
    """``V diag(a) V^T``: the similarity that modes of strength a give a two-layer network.

    At the end of training from small weights it is ``(Y Y^T)^(1/2)`` for every seed (Saxe,
    McClelland and Ganguli 2019, PNAS).

    >>> v = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> aligned_similarity(np.array([3.0, 2.0]), v).tolist()
    [[2.0, 0.0], [0.0, 3.0]]
    """
    space, (strength, v) = entered(strength=strength, v=v)
    return _inner(space, "...k,ik,jk->...ij", strength, v, v)


def squared_distances(
    similarity: Shaped[Array, "*batch item item"],
) -> Float[Array, "*batch item item"]:
    """``d_ij^2 = S_ii + S_jj - 2 S_ij`` of the centred S, with 0 for rounding below 0.

    From activations use `activation_distances`, which loses no digits.

    >>> places = np.array([0.0, 1.0, 3.0])
    >>> squared_distances(np.outer(places, places)).round(6).tolist()
    [[0.0, 1.0, 9.0], [1.0, 0.0, 4.0], [9.0, 4.0, 0.0]]
    """
    space, (centred,) = entered(similarity=centred_similarity(similarity))
    own = space.diagonal(centred, axis1=-2, axis2=-1)
    return space.maximum(own[..., :, None] + own[..., None, :] - 2 * centred, 0)


def activation_distances(
    hidden: Shaped[Array, "*batch item unit"],
) -> Float[Array, "*batch item item"]:
    """``d_ij^2 = sum_u (h_iu - h_ju)^2``, from differences, wherever the items lie.

    >>> far = np.array([[1e6, 0.0], [1e6, 1.0], [1e6, 3.0]], np.float32)
    >>> activation_distances(far)[0].tolist()
    [0.0, 1.0, 9.0]
    """
    space, (hidden,) = entered(hidden=hidden)
    units = space.moveaxis(hidden, -1, 0)
    total = space.zeros((*hidden.shape[:-1], hidden.shape[-2]), hidden.dtype)

    def add(total, unit):
        return total + (unit[..., :, None] - unit[..., None, :]) ** 2, None

    if space is jnp:
        return jax.lax.scan(add, total, units)[0]
    for unit in units:
        total, _ = add(total, unit)
    return total


def rms_distance(
    similarity: Shaped[Array, "*batch item item"], pairs: Shaped[Array, "item item"]
) -> Float[Array, "*batch"]:
    """Root of the mean squared distance over the marked pairs of different items; NaN of none.

    Raises:
      ValueError: marks of another shape than the matrix.

    >>> float(rms_distance(np.eye(2), np.ones((2, 2))))  # root 2
    1.414
    """
    pairs = np.asarray(native_array(pairs, "pairs")).astype(bool)
    if pairs.shape != similarity.shape[-2:]:
        raise ValueError(f"pairs: shape {pairs.shape} given for {similarity.shape[-2:]} items")
    pairs = pairs & ~np.eye(len(pairs), dtype=bool)
    space, (squared,) = entered(similarity=squared_distances(similarity))
    if not pairs.any():
        return space.full(squared.shape[:-2], np.nan, squared.dtype)
    mean = space.sum(space.where(pairs, squared, 0), (-2, -1)) / pairs.sum()
    return space.asarray(space.sqrt(mean))


def classical_scaling(
    similarity: Shaped[Array, "*batch item item"], dimensions: int = 2
) -> Float[Array, "*batch item dimension"]:
    """Classical multidimensional scaling (Torgerson 1952): coordinates in falling importance.

    Eigenvectors of the doubly centred similarity, times the root of their eigenvalues;
    directions without variance are 0, NaN where the matrix is not finite. Signs are arbitrary,
    see `align_over_time`. From activations use `activation_scaling`, which loses no digits.

    >>> places = np.array([-1.0, 0.0, 1.0])  # on a line
    >>> np.abs(classical_scaling(np.outer(places, places), 1)).round(6).ravel().tolist()
    [1.0, 0.0, 1.0]
    """
    space, (centred,) = entered(similarity=centred_similarity(similarity))
    known = space.isfinite(centred).all((-2, -1))[..., None, None]
    values, vectors = space.linalg.eigh(space.where(known, centred, 0))
    extent = space.sqrt(space.maximum(values, 0))[..., None, :]
    found = space.where(known, vectors * extent, space.nan)[..., ::-1]
    return _padded(space, found, dimensions)


def activation_scaling(
    hidden: Shaped[Array, "*batch item unit"], dimensions: int = 2
) -> Float[Array, "*batch item dimension"]:
    """`classical_scaling` of ``H H^T`` from H itself: its principal component scores.

    >>> far = np.array([[1e6, 0.0], [1e6, 1.0], [1e6, 3.0]], np.float32)
    >>> np.abs(activation_scaling(far, 1))[:, 0].round(3).tolist()
    [1.333, 0.333, 1.667]
    """
    space, (hidden,) = entered(hidden=hidden)
    # off a first item before the mean, which rounds at the size of the offset
    near = hidden - hidden[..., :1, :]
    centred = near - near.mean(-2, keepdims=True)
    known = space.isfinite(centred).all((-2, -1))[..., None, None]
    left, extent, _ = space.linalg.svd(space.where(known, centred, 0), full_matrices=False)
    return _padded(space, space.where(known, left * extent[..., None, :], space.nan), dimensions)


def scaling_eigenvalues(
    similarity: Shaped[Array, "*batch item item"],
) -> Float[Array, "*batch item"]:
    """Squared extent of the items along each direction of `classical_scaling`, falling.

    Not below 0, where only rounding could take them; NaN where the matrix is not finite.

    >>> places = np.array([-1.0, 0.0, 1.0])
    >>> scaling_eigenvalues(np.outer(places, places)).round(6).tolist()
    [2.0, 0.0, 0.0]
    """
    space, (centred,) = entered(similarity=centred_similarity(similarity))
    known = space.isfinite(centred).all((-2, -1))[..., None]
    values = space.linalg.eigvalsh(space.where(known[..., None], centred, 0))[..., ::-1]
    return space.where(known, space.maximum(values, 0), space.nan)


def centred_similarity(
    similarity: Shaped[Array, "*batch item item"],
) -> Float[Array, "*batch item item"]:
    """``J S J`` with ``J = I - 1 1^T / P``: similarity around the items' mean.

    Raises:
      ValueError: a matrix that is not square.

    >>> centred_similarity(np.eye(2)).tolist()
    [[0.5, -0.5], [-0.5, 0.5]]
    """
    space, (similarity,) = entered(similarity=similarity)
    if similarity.ndim < 2 or similarity.shape[-1] != similarity.shape[-2]:
        raise ValueError(f"similarity: shape {similarity.shape} is not [item, item]")
    rows = similarity - similarity.mean(-1, keepdims=True)
    return rows - rows.mean(-2, keepdims=True)


def align_over_time(
    coordinates: Shaped[Array, "step item dimension"],
) -> Float[np.ndarray, "step item dimension"]:
    """Each step's coordinates turned onto the next one's, so that a movie does not jump.

    Orthogonal Procrustes, backwards from the last step, which stays as it is. Steps that are not
    finite stay as they are, and the step before is turned onto the next finite one.

    >>> last = np.array([[1.0, 0.0], [0.0, 2.0], [-1.0, -2.0]])
    >>> turn = np.array([[0.0, 1.0], [-1.0, 0.0]])
    >>> bool(np.allclose(align_over_time(np.stack([last @ turn, last]))[0], last))
    True
    """
    turned = np.array(real_array(coordinates, "coordinates"), float)
    known = np.flatnonzero(np.isfinite(turned).all((1, 2)))
    for t, onto in zip(known[-2::-1], known[:0:-1], strict=True):
        left, _, right = np.linalg.svd(turned[t].T @ turned[onto])
        turned[t] = turned[t] @ left @ right
    return turned


def matrix_correlation(
    one: Shaped[Array, "... item item"], other: Shaped[Array, "... item item"]
) -> Float[Array, "..."]:
    """Pearson correlation of the entries above the diagonal; leading axes broadcast.

    NaN where one of them has no variation there, as with fewer than three items.

    Raises:
      ValueError: matrices of different numbers of items.

    >>> one = np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 3.0], [2.0, 3.0, 0.0]])
    >>> float(matrix_correlation(one, 5 - one))
    -1.000
    """
    _check_alike(one, other)
    space, matrices = entered(one=one, other=other)
    upper = np.triu_indices(one.shape[-1], 1)
    if not len(upper[0]):
        shape = np.broadcast_shapes(one.shape[:-2], other.shape[:-2])
        return space.full(shape, np.nan, matrices[0].dtype)
    vectors = []
    for matrix in matrices:
        entries = matrix[..., upper[0], upper[1]]
        centred = entries - entries.mean(-1, keepdims=True)
        size = space.max(space.abs(centred), -1, keepdims=True)
        # less than rounding of the mean is no variation
        least = 4 * space.finfo(entries.dtype).eps * space.max(space.abs(entries), -1)[..., None]
        vectors.append(space.where(size > least, centred / space.where(size > 0, size, 1), 0))
    a, b = vectors
    norms = space.linalg.norm(a, axis=-1) * space.linalg.norm(b, axis=-1)
    found = space.sum(a * b, -1) / space.where(norms > 0, norms, 1)
    # a comparison with NaN is False: what is not known stays so
    return space.where((norms > 0) & space.isfinite(found), found, space.nan)


def relative_difference(
    one: Shaped[Array, "... item item"], other: Shaped[Array, "... item item"]
) -> Float[Array, "..."]:
    """Frobenius norm of the difference over that of `other`; leading axes broadcast.

    NaN where `other` is 0.

    Raises:
      ValueError: matrices of different numbers of items.

    >>> float(relative_difference(3 * np.eye(2), 2 * np.eye(2)))
    0.5
    """
    _check_alike(one, other)
    space, (one, other) = entered(one=one, other=other)
    size = space.max(space.abs(other), (-2, -1), keepdims=True)
    safe = space.where(size > 0, size, 1)
    apart = space.linalg.norm(one / safe - other / safe, axis=(-2, -1))
    norm = space.linalg.norm(other / safe, axis=(-2, -1))
    return space.where(norm > 0, apart / space.where(norm > 0, norm, 1), space.nan)


def _inner(space: ModuleType, terms: str, *arrays: Any) -> Any:
    if space is np:
        return np.einsum(terms, *arrays, optimize=True)
    return jnp.einsum(terms, *arrays, precision="highest")


def _padded(space: ModuleType, found: Any, dimensions: int) -> Any:
    if dimensions < 1:
        raise ValueError(f"dimensions: {dimensions} given; one or more are needed")
    missing = max(dimensions - found.shape[-1], 0)
    return space.pad(found[..., :dimensions], [(0, 0)] * (found.ndim - 1) + [(0, missing)])


def _check_alike(one: Array, other: Array) -> None:
    shapes = [np.shape(matrix)[-2:] for matrix in (one, other)]
    if shapes[0] != shapes[1] or len({*shapes[0]}) != 1:
        raise ValueError(f"other: a matrix of {shapes[1]} given for one of {shapes[0]} items")
