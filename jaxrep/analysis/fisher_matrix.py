"""What a Fisher information matrix of several parameters says of each, and of all together.

With a matrix I of parameters a, b, ... an unbiased estimate of a has at least the variance
``1 / I_aa`` if the others are known, and ``[I^-1]_aa`` if they are not, which is never less
(Kay 1993, chapter 3.7). Of a single other parameter b that is not known, the share
``I_ab^2 / (I_aa I_bb)`` of I_aa is lost.

``sqrt(det I)`` is the number of stimuli that can be told apart per unit of volume, up to a
constant: unlike eigenvalues and their directions it does not depend on how the parameters are
combined, and its integral does not depend on their units (Rao 1945; Amari and Nagaoka 2000).
Eigenvectors do: choose units in which one step of every parameter is worth the same.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Bool, Float, Shaped

from jaxrep.arrays import real_array
from jaxrep.typing import Array

Matrix = Float[Array, "*batch parameter parameter"]
OfParameters = Float[Array, "*batch parameter"]


class ParameterInformation(NamedTuple):
    """What a matrix says of its parameters; per squared unit of each.

    Attributes:
      known: of each parameter if all others are known, ``I_aa``.
      unknown: if no other is known, ``1 / [I^-1]_aa``; NaN where a matrix is not positive definite.
      lost: ``[..., a, b]``, share of `known` of a that is lost if b alone is not known; 0 of a
        itself.
      volume: ``sqrt(det I)``; NaN where a matrix is not positive definite.
      values: eigenvalues, the greatest first.
      directions: ``[..., parameter, which]``, their eigenvectors in columns: the combination of
        parameters that is read best, next best, and worst; of length 1, its largest part positive.
      definite: whether a matrix is positive definite.
    """

    known: OfParameters
    unknown: OfParameters
    lost: Matrix
    volume: Float[Array, "*batch"]
    values: OfParameters
    directions: Matrix
    definite: Bool[Array, "*batch"]


def parameter_information(information: Shaped[Array, "..."]) -> ParameterInformation:
    """Known and unknown, volume, eigenvectors of symmetric matrices, in float64 outside `jit`.

    Matrices are brought to the unit of each parameter first, so that an inverse does not depend
    on units. Corrected estimates of `fisher_information` need not be positive definite: there the
    volume and what is left without the others are NaN, never a number that was made up.

    >>> found = parameter_information(np.array([[4.0, 1.0], [1.0, 1.0]]))
    >>> found.known.tolist(), found.unknown.tolist(), found.lost.tolist()
    ([4.0, 1.0], [3.0, 0.75], [[0.0, 0.25], [0.25, 0.0]])
    >>> round(float(found.volume) ** 2, 6)
    3.0

    Args:
      information: ``[..., parameter, parameter]``, of `fisher_information` or of any noise model.

    Raises:
      ValueError: an array that is no square matrix.
    """
    matrix = real_array(information, "information")
    shape = matrix.shape
    if len(shape) < 2 or shape[-1] != shape[-2] or not shape[-1]:
        raise ValueError(f"information: shape {shape} given; [..., parameter, parameter] is needed")
    if isinstance(matrix, Tracer):
        return _summarise(matrix)
    with jax.enable_x64():
        found = _program(jnp.asarray(np.asarray(matrix, np.float64)))
        return ParameterInformation(*map(np.asarray, found))


def _summarise(matrix: jax.Array) -> ParameterInformation:
    count = matrix.shape[-1]
    whole = jnp.isfinite(matrix).all((-2, -1))
    known = jnp.diagonal(matrix, axis1=-2, axis2=-1)
    positive = whole & (known > 0).all(-1)
    # LAPACK of what is not finite can be anything
    safe = jnp.where(positive[..., None, None], matrix, jnp.eye(count, dtype=matrix.dtype))
    unit = jnp.sqrt(jnp.diagonal(safe, axis1=-2, axis2=-1))
    correlations = safe / (unit[..., :, None] * unit[..., None, :])
    triangle = jnp.linalg.cholesky(correlations)
    definite = positive & jnp.isfinite(triangle).all((-2, -1))
    triangle = jnp.where(definite[..., None, None], triangle, jnp.eye(count, dtype=matrix.dtype))
    side = jax.scipy.linalg.solve_triangular(
        triangle, jnp.broadcast_to(jnp.eye(count, dtype=matrix.dtype), triangle.shape), lower=True
    )
    inverse = jnp.sum(side**2, -2)  # diagonal of the correlations' inverse
    diagonal = jnp.diagonal(triangle, axis1=-2, axis2=-1)
    volume = jnp.prod(diagonal * unit, -1)
    lost = jnp.where(jnp.eye(count, dtype=bool), 0, correlations**2)
    shown = jnp.where(whole[..., None, None], matrix, jnp.eye(count, dtype=matrix.dtype))
    values, directions = jnp.linalg.eigh(shown)
    largest = jnp.argmax(jnp.abs(directions), -2, keepdims=True)
    sign = jnp.sign(jnp.take_along_axis(directions, largest, -2))

    def of(allowed, array, axes):
        return jnp.where(allowed.reshape(*allowed.shape, *[1] * axes), array, jnp.nan)

    return ParameterInformation(
        known,
        of(definite, unit**2 / inverse, 1),
        of(positive, lost, 2),
        of(definite, volume, 0),
        of(whole, values[..., ::-1], 1),
        of(whole, (directions * sign)[..., ::-1], 2),
        definite,
    )


_program = jax.jit(_summarise)


class DirectionError(NamedTuple):
    """How well an eigenvector is known.

    Attributes:
      error: standard error of each of its parts, ``[..., parameter, which]``.
      angle: root mean square angle, radians, between it and those without one group, scaled to
        that of one estimate from another: ``[..., which]``.
    """

    error: Matrix
    angle: OfParameters


def direction_errors(
    information: Shaped[Array, "..."], replicates: Shaped[Array, "..."]
) -> DirectionError:
    """Jackknife of the directions of `parameter_information`, from matrices without each group.

    An eigenvector's sign is that of the whole's; where two eigenvalues are closer than their
    errors their vectors turn into each other, and the angle says so.

    >>> matrix = np.diag([4.0, 1.0])
    >>> without = np.stack([matrix + e * np.array([[0, 1], [1, 0]]) for e in (-0.03, 0.03)])
    >>> found = direction_errors(matrix, without)  # turned by 0.01 to either side
    >>> found.angle.round(4).tolist(), found.error.round(4).tolist()
    ([0.01, 0.01], [[0.0, 0.01], [0.01, 0.0]])

    Args:
      information: ``[..., parameter, parameter]``.
      replicates: ``[..., group, parameter, parameter]``, of `fisher_jackknife`.

    Raises:
      ValueError: shapes that do not fit, or fewer than two groups.
    """
    full = parameter_information(information).directions
    if np.ndim(replicates) < 3 or np.shape(replicates)[-3] < 2:
        raise ValueError(
            f"replicates: shape {np.shape(replicates)} given; [..., group, parameter, parameter] "
            "of at least 2 groups is needed"
        )
    if (*np.shape(replicates)[:-3], *np.shape(replicates)[-2:]) != np.shape(full):
        raise ValueError(
            f"replicates: shape {np.shape(replicates)} given for matrices {np.shape(full)}"
        )
    every = parameter_information(replicates).directions
    full = np.asarray(full)[..., None, :, :]
    cosine = np.sum(every * full, -2, keepdims=True)
    every = every * np.where(cosine < 0, -1.0, 1.0)
    groups = every.shape[-3]
    error = np.sqrt((groups - 1) * every.var(-3))
    angles = np.arccos(np.clip(np.abs(cosine[..., 0, :]), 0, 1))
    return DirectionError(error, np.sqrt((groups - 1) * np.mean(angles**2, -2)))
