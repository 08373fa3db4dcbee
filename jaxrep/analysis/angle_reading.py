"""How well an angle is read from a code: bias, error and its lower bound, shape of the codes."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from jaxrep.typing import Array


class Reading(NamedTuple):
    """Errors of a decoder at each angle.

    Attributes:
      bias: mean error, rad.
      variance: of the errors, rad^2.
      squared_error: mean squared error, rad^2: bias^2 + variance.
      median: median error, rad.
      skewness: third standardised moment.
    """

    bias: Float[Array, "*batch angle"]
    variance: Float[Array, "*batch angle"]
    squared_error: Float[Array, "*batch angle"]
    median: Float[Array, "*batch angle"]
    skewness: Float[Array, "*batch angle"]


def reading_errors(errors: Float[Array, "*batch angle sample"]) -> Reading:
    """Moments over samples of errors in radians (wrapped already where the angle is circular)."""
    errors = jnp.asarray(errors)
    mean = errors.mean(-1)
    centred = errors - mean[..., None]
    variance = jnp.mean(centred**2, -1)
    skewness = jnp.mean(centred**3, -1) / jnp.maximum(variance, 1e-30) ** 1.5
    return Reading(mean, variance, jnp.mean(errors**2, -1), jnp.median(errors, -1), skewness)


def least_squared_error(
    information: Float[Array, "*batch angle"],
    bias: Float[Array, "*batch angle"],
    angles: Float[Array, " angle"],
) -> Float[np.ndarray, "*batch angle"]:
    """Cramér-Rao bound of a biased decoder, ``(1 + b')^2 / I + b^2`` in rad^2 (Kay 1993, eq. 3.38).

    The derivative b' of the bias is a second-order finite difference over the angles. The
    information must be of the whole distribution; the mean term alone is less, and its bound
    can be undercut.
    """
    slope = np.gradient(np.asarray(bias, float), np.asarray(angles, float), axis=-1, edge_order=2)
    return (1 + slope) ** 2 / np.asarray(information, float) + np.asarray(bias, float) ** 2


class Ellipse(NamedTuple):
    """Level set of a Gaussian in the plane.

    Attributes:
      centre: ``[..., 2]``.
      axes: half lengths, greater first, ``[..., 2]``.
      direction: of the greater axis, radians.
    """

    centre: Float[np.ndarray, "*batch 2"]
    axes: Float[np.ndarray, "*batch 2"]
    direction: Float[np.ndarray, "*batch"]


def covariance_ellipse(codes: Float[Array, "*batch sample 2"], deviations: float = 2.0) -> Ellipse:
    """The ellipse so many standard deviations around the mean of codes of two numbers."""
    codes = np.asarray(codes, float)
    centred = codes - codes.mean(-2, keepdims=True)
    covariance = np.einsum("...ni,...nj->...ij", centred, centred) / (codes.shape[-2] - 1)
    values, vectors = np.linalg.eigh(covariance)
    axes = deviations * np.sqrt(np.maximum(values[..., ::-1], 0))
    return Ellipse(codes.mean(-2), axes, np.arctan2(vectors[..., 1, 1], vectors[..., 0, 1]))


def variance_along_path(
    codes: Float[Array, "*batch sample code"], slope: Float[Array, "*batch code"]
) -> Float[np.ndarray, "*batch"] | float:
    """Share of the codes' variance that lies along the path of the mean code.

    Noise along the path cannot be told from another angle: it lowers the information most.
    """
    codes, slope = np.asarray(codes, float), np.asarray(slope, float)
    direction = slope / np.linalg.norm(slope, axis=-1, keepdims=True)
    centred = codes - codes.mean(-2, keepdims=True)
    along = np.einsum("...nk,...k->...n", centred, direction)
    return np.mean(along**2, -1) / np.mean(np.sum(centred**2, -1), -1)
