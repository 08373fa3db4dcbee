"""Directions of the input that a model sees best and worst, and that two models disagree about.

A model f with noise of covariance Sigma that does not depend on the input x has the Fisher
information ``F(x) = J^T Sigma^-1 J`` about x, J the derivative of f; a deterministic model is
given Sigma = Id. A small change e of unit length is seen with ``d'^2 = e^T F e``: the eigenvectors
of F with the greatest and least eigenvalue are the eigen-distortions (Berardino, Laparra, Balle
and Simoncelli 2017). The directions e with the greatest and least ``e^T F_1 e / e^T F_2 e`` are the
principal distortions of two models (Feather, Lipshutz et al. 2025): generalised eigenvectors.

F is never needed as a matrix: ``F v`` is one product with J (jvp) and one with its transpose (vjp).
Values are per squared unit of x.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int, Shaped

from jaxrep.arrays import jax_arrays, native_array, real_array
from jaxrep.typing import Array, Real

Model = Callable[[jax.Array], jax.Array]


def information_product(
    model: Model,
    stimulus: Shaped[Array, "..."],
    direction: Shaped[Array, "..."],
    precision: Shaped[Array, "response column"] | None = None,
) -> Float[jax.Array, "..."]:
    """``F v = J^T P J v`` without J: one jvp and one vjp.

    >>> stimulus, direction = np.array([1.0, 2.0]), np.array([1.0, 0.0])
    >>> information_product(lambda x: x**2, stimulus, direction).tolist()
    [4.0, 0.0]

    Args:
      model: stimulus to responses of any shape; anything JAX can differentiate.
      stimulus: x.
      direction: v, of the shape of the stimulus.
      precision: P, the inverse covariance of the noise of all responses in a row; None: 1.

    Raises:
      ValueError: shapes that do not fit.
    """
    x, v = jax_arrays(
        stimulus=real_array(stimulus, "stimulus"), direction=real_array(direction, "direction")
    )
    if v.shape != x.shape:
        raise ValueError(f"direction: shape {v.shape} given for a stimulus of shape {x.shape}")
    kind = jnp.result_type(x, v, jnp.float32)
    responses, back, moved = _linearised(model, x.astype(kind), v.astype(kind))
    flat = _weighted(moved.ravel(), precision, responses.size)
    return back(flat.reshape(responses.shape).astype(responses.dtype))[0]


def _linearised(model: Model, x: jax.Array, v: jax.Array):
    responses, moved = jax.jvp(model, (x,), (v,))
    _, back = jax.vjp(model, x)
    return responses, back, moved


def _weighted(values: jax.Array, precision: Array | None, responses: int) -> jax.Array:
    if precision is None:
        return values
    weights = jnp.asarray(real_array(precision, "precision"), values.dtype)
    if weights.shape != (responses, responses):
        raise ValueError(f"precision: shape {weights.shape} given for {responses} responses")
    return jnp.matmul(weights, values, precision="highest")


class EigenDistortions(NamedTuple):
    """Eigenvalues and vectors of the Fisher information about a stimulus.

    Attributes:
      values: greatest first, per squared unit of the stimulus.
      directions: of unit length, ``[number, *stimulus]``; their signs are such that the greatest
        entry is above 0.
      unseen: how many directions have no information to round-off; any of them is as good.
    """

    values: Float[Array, " number"]
    directions: Float[Array, "number ..."]
    unseen: Int[Array, ""]


def eigen_distortions(
    model: Model,
    stimulus: Shaped[Array, "..."],
    precision: Shaped[Array, "response column"] | None = None,
) -> EigenDistortions:
    """All of them, from the whole Jacobian: for models with few numbers.

    The Jacobian is decomposed, not its square: least values are exact to the precision of J.

    >>> found = eigen_distortions(lambda x: jnp.array([[2.0, 0], [0, 1], [0, 0]]) @ x, np.ones(2))
    >>> found.values.tolist(), found.directions.tolist(), int(found.unseen)
    ([4.0, 1.0], [[1.0, 0.0], [0.0, 1.0]], 0)

    Args:
      model: stimulus to responses of any shape.
      stimulus: x, of any shape.
      precision: P, symmetric and not negative, of all responses in a row; None: the identity.

    Raises:
      ValueError: a precision that is not finite, symmetric and without negative eigenvalues, or of
        another shape.
    """
    x = jnp.asarray(native_array(stimulus, "stimulus"))
    x = x.astype(jnp.result_type(x, jnp.float32))
    jacobian = jax.jacrev(model)(x).reshape(-1, x.size)
    if precision is not None:
        root = _root(precision, len(jacobian))
        jacobian = jnp.matmul(jnp.asarray(root, jacobian.dtype), jacobian, precision="highest")
    _, singular, vectors = jnp.linalg.svd(jacobian, full_matrices=True)
    values = jnp.zeros(x.size, singular.dtype).at[: len(singular)].set(singular**2)
    least = (jnp.finfo(x.dtype).eps * max(jacobian.shape)) ** 2 * values[0]
    unseen = jnp.sum(values <= least, dtype=jnp.int32)
    return EigenDistortions(values, _signed(vectors).reshape(-1, *x.shape), unseen)


def _root(precision: Array, responses: int) -> Float[np.ndarray, "response column"]:
    weights = np.asarray(real_array(precision, "precision"), float)
    if weights.shape != (responses, responses):
        raise ValueError(f"precision: shape {weights.shape} given for {responses} responses")
    if not np.isfinite(weights).all():
        raise ValueError("precision: a value that is not finite")
    if not np.allclose(weights, weights.T, rtol=1e-6, atol=1e-12 * np.abs(weights).max()):
        raise ValueError("precision: not symmetric")
    values, vectors = np.linalg.eigh((weights + weights.T) / 2)
    if values[0] < -1e-6 * abs(values[-1]):
        raise ValueError(f"precision: a negative eigenvalue, {values[0]:g}")
    return np.sqrt(np.maximum(values, 0))[:, None] * vectors.T


def _signed(vectors: jax.Array) -> jax.Array:
    flat = vectors.reshape(len(vectors), -1)
    largest = jnp.take_along_axis(flat, jnp.abs(flat).argmax(1)[:, None], 1)
    return vectors * jnp.where(largest < 0, -1, 1).reshape(-1, *[1] * (vectors.ndim - 1))


class ExtremeDistortions(NamedTuple):
    """What a model sees best, and worst.

    Attributes:
      values: of the greatest and the least eigenvalue, in this order.
      directions: of unit length, ``[2, *stimulus]``.
      residuals: ``|F v - lambda v|`` over the greatest eigenvalue: how far from done.
    """

    values: Float[Array, "2"]
    directions: Float[Array, "2 ..."]
    residuals: Float[Array, "2"]


def extreme_distortions(
    model: Model,
    stimulus: Shaped[Array, "..."],
    precision: Shaped[Array, "response column"] | None = None,
    *,
    iterations: int = 300,
    seed: int = 0,
) -> ExtremeDistortions:
    """Greatest and least by power iteration with `information_product`: for models of any size.

    As Berardino et al. (2017): F itself for the greatest, then ``F - lambda_max Id`` for the
    least. Where the stimulus has more numbers than the responses the least value is 0, and its
    direction any of many: the part of the starting noise that the model does not see.

    >>> found = extreme_distortions(lambda x: jnp.array([3.0, 2.0, 1.0]) * x, np.ones(3))
    >>> found.values.round(4).tolist(), abs(found.directions[:, [0, 2]]).round(2).tolist()
    ([9.0, 1.0], [[1.0, 0.0], [0.0, 1.0]])

    Args:
      model, stimulus, precision: as of `eigen_distortions`.
      iterations: of each of the two; the error falls as the ratio of neighbouring eigenvalues to
        that power, see `residuals`.
      seed: of the directions that the iterations start from.

    Raises:
      ValueError: fewer than one iteration, or shapes that do not fit.
    """
    if iterations < 1:
        raise ValueError(f"iterations: {iterations} given; at least 1 is needed")
    x = jnp.asarray(native_array(stimulus, "stimulus"))
    x = x.astype(jnp.result_type(x, jnp.float32))
    weights = None if precision is None else jnp.asarray(real_array(precision, "precision"))

    def product(vector):
        return information_product(model, x, vector, weights)

    def power(start, shift):
        def step(_, vector):
            moved = product(vector) - shift * vector
            size = jnp.linalg.norm(moved)
            return jnp.where(size > 0, moved / jnp.where(size > 0, size, 1), vector)

        vector = jax.lax.fori_loop(0, iterations, step, start / jnp.linalg.norm(start))
        seen = product(vector)
        value = jnp.sum(vector * seen)
        return value, vector, jnp.linalg.norm(seen - value * vector)

    first, second = jax.random.normal(jax.random.key(seed), (2, *x.shape), x.dtype)
    top = power(first, 0.0)
    low = power(second, top[0])
    values, directions, residuals = (jnp.stack(pair) for pair in zip(top, low, strict=True))
    scale = jnp.where(values[0] > 0, values[0], 1)
    return ExtremeDistortions(values, _signed(directions), residuals / scale)


class PrincipalDistortions(NamedTuple):
    """Directions about which two models disagree most.

    Attributes:
      ratios: least and greatest ``e^T F_1 e / e^T F_2 e``, with the ridge in both.
      directions: of unit length, ``[2, number]``; the sign as of `EigenDistortions`.
    """

    ratios: Float[np.ndarray, "2"]
    directions: Float[np.ndarray, "2 number"]


def principal_distortions(
    first: Shaped[Array, "number column"], second: Shaped[Array, "row other"], ridge: Real = 0.0
) -> PrincipalDistortions:
    """Generalised eigenvectors of two Fisher informations about the same stimulus.

    Of two models, the pair that `Feather, Lipshutz et al. (2025)` maximise a distance over in
    closed form. Where one sees nothing in a direction the ratio is 0 or infinite: a ridge,
    ``F + ridge Id``, is then needed, and the result depends on it. Give F of both in units in
    which they can be compared.

    >>> found = principal_distortions(np.diag([4.0, 1.0]), np.eye(2))
    >>> found.ratios.tolist(), found.directions.tolist()
    ([1.0, 4.0], [[0.0, 1.0], [1.0, 0.0]])

    Args:
      first, second: F_1 and F_2, symmetric and without negative eigenvalues.
      ridge: added to the diagonals of both, per squared unit of the stimulus.

    Raises:
      ValueError: shapes that do not fit, matrices that are not finite or symmetric, a negative
        ridge, or an F_2 that is singular with its ridge.
    """
    from scipy.linalg import eigh

    pair = {"first": first, "second": second}
    matrices = []
    if not (np.isfinite(ridge) and ridge >= 0):
        raise ValueError(f"ridge: {ridge} given; 0 or a finite number above is needed")
    for name, given in pair.items():
        matrix = np.asarray(real_array(given, name), float)
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
            raise ValueError(f"{name}: shape {matrix.shape} given; a square matrix is needed")
        if not np.isfinite(matrix).all():
            raise ValueError(f"{name}: a value that is not finite")
        if np.abs(matrix - matrix.T).max() > 1e-6 * np.abs(matrix).max():
            raise ValueError(f"{name}: not symmetric")
        matrices.append((matrix + matrix.T) / 2 + float(ridge) * np.eye(len(matrix)))
    one, other = matrices
    if one.shape != other.shape:
        raise ValueError(f"second: shape {other.shape} given for a first of shape {one.shape}")
    least, greatest = np.linalg.eigvalsh(other)[[0, -1]]
    if least <= len(other) * np.finfo(float).eps * greatest:
        raise ValueError("second: singular; a ridge above 0 is needed")
    values, vectors = eigh(one, other)
    ends = vectors[:, [0, -1]].T
    ends = np.asarray(_signed(jnp.asarray(ends / np.linalg.norm(ends, axis=1, keepdims=True))))
    return PrincipalDistortions(values[[0, -1]], ends)
