"""How well an angle is read from a code: bias, error and its lower bound, shape of the codes."""

from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.arrays import finite_array, real_array
from jaxrep.typing import Array, Real


class Reading(NamedTuple):
    """Errors of a decoder at each angle.

    Attributes:
      bias: mean error, rad.
      variance: of the errors, rad^2.
      squared_error: mean squared error, rad^2: bias^2 + variance.
      median: median error, rad.
      skewness: third standardised moment; NaN where errors do not vary.
    """

    bias: Float[Array, "*batch angle"]
    variance: Float[Array, "*batch angle"]
    squared_error: Float[Array, "*batch angle"]
    median: Float[Array, "*batch angle"]
    skewness: Float[Array, "*batch angle"]


def reading_errors(errors: Shaped[Array, "..."]) -> Reading:
    """Moments over samples of errors in radians (wrapped already where the angle is circular).

    NaN where an error is not finite; so is the skewness of errors that are all the same.

    >>> found = reading_errors(np.array([[0.0, 0.0, 3.0]]))
    >>> [round(float(x[0]), 3) for x in (found.bias, found.variance, found.skewness)]
    [1.0, 2.0, 0.707]

    Args:
      errors: ``[..., angle, sample]``, at least one sample.

    Raises:
      ValueError: no samples.
    """
    errors = real_array(errors, "errors")
    jnp = jax.numpy if isinstance(errors, jax.Array) else np
    if not errors.ndim or not errors.shape[-1]:
        raise ValueError(f"errors: shape {errors.shape} given; [..., sample], at least one")
    errors = jnp.where(jnp.isfinite(errors).all(-1, keepdims=True), errors, jnp.nan)
    mean = errors.mean(-1)
    centred = errors - mean[..., None]
    size = jnp.abs(centred).max(-1)
    relative = centred / jnp.where(size > 0, size, 1)[..., None]
    square = jnp.mean(relative**2, -1)
    skewness = jnp.mean(relative**3, -1) / jnp.where(size > 0, square, jnp.nan) ** 1.5
    variance = size**2 * square
    return Reading(mean, variance, jnp.mean(errors**2, -1), jnp.median(errors, -1), skewness)


def least_squared_error(
    information: Shaped[Array, "..."],
    bias: Shaped[Array, "..."],
    angles: Shaped[Array, "..."],
) -> Float[np.ndarray, "*batch angle"]:
    """Cramér-Rao bound of a biased decoder, ``(1 + b')^2 / I + b^2`` in rad^2 (Kay 1993, eq. 3.38).

    The derivative b' of the bias is a second-order finite difference over the angles. The
    information must be of the whole distribution; the mean term alone is less, and its bound
    can be undercut. Infinite where there is no information, NaN where it is below 0.

    >>> least_squared_error(np.array([4, 4, 4]), np.zeros(3), np.arange(3)).tolist()
    [0.25, 0.25, 0.25]

    Args:
      information: ``[..., angle]``, 1 / rad^2.
      bias: ``[..., angle]``, rad.
      angles: at least three, increasing.

    Raises:
      ValueError: fewer than three angles, or angles that do not increase; shapes that do not fit.
    """
    information = np.asarray(real_array(information, "information"), float)
    bias = np.asarray(real_array(bias, "bias"), float)
    angles = np.asarray(finite_array(angles, "angles"), float)
    if angles.ndim != 1 or len(angles) < 3 or not (np.diff(angles) > 0).all():
        raise ValueError(f"angles: {angles.size} given; at least three that increase are needed")
    for name, values in (("information", information), ("bias", bias)):
        if values.shape[-1:] != angles.shape:
            raise ValueError(f"{name}: shape {values.shape} given for {len(angles)} angles")
    with np.errstate(all="ignore"):
        slope = np.gradient(bias, angles, axis=-1, edge_order=2)
        information = np.where(information >= 0, information, np.nan)
        return (1 + slope) ** 2 / information + bias**2


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


def covariance_ellipse(codes: Shaped[Array, "..."], deviations: Real = 2.0) -> Ellipse:
    """The ellipse so many standard deviations around the mean of codes of two numbers.

    NaN where a code is not finite.

    >>> found = covariance_ellipse(np.array([[0, 0], [2, 0], [0, 1], [2, 1]]), 1.0)
    >>> found.centre.tolist(), found.axes.round(3).tolist()
    ([1.0, 0.5], [1.155, 0.577])

    Args:
      codes: ``[..., sample, 2]``, at least two samples.
      deviations: half lengths of the axes, in standard deviations.

    Raises:
      ValueError: fewer than two samples, or codes of another number of numbers.
    """
    codes = _samples(codes)
    if codes.shape[-1] != 2:
        raise ValueError(f"codes: shape {codes.shape} given; [..., sample, 2] is needed")
    codes = np.where(np.isfinite(codes).all((-1, -2), keepdims=True), codes, np.nan)
    size = np.abs(codes).max((-1, -2), keepdims=True, initial=0)
    size = np.where(size > 0, size, 1)
    centred = (codes - codes.mean(-2, keepdims=True)) / size
    covariance = np.einsum("...ni,...nj->...ij", centred, centred) / (codes.shape[-2] - 1)
    known = np.isfinite(covariance).all((-1, -2))
    values, vectors = np.linalg.eigh(np.where(known[..., None, None], covariance, 0))
    values = np.where(known[..., None], values, np.nan)
    vectors = np.where(known[..., None, None], vectors, np.nan)
    axes = deviations * np.sqrt(np.maximum(values[..., ::-1], 0)) * size[..., 0]
    return Ellipse(codes.mean(-2), axes, np.arctan2(vectors[..., 1, 1], vectors[..., 0, 1]))


def _samples(codes: Array) -> Float[np.ndarray, "*batch sample code"]:
    values = np.asarray(real_array(codes, "codes"), float)
    if values.ndim < 2 or values.shape[-2] < 2:
        raise ValueError(f"codes: shape {values.shape} given; [..., sample, code], 2 at least")
    return values


def variance_along_path(
    codes: Shaped[Array, "..."], slope: Shaped[Array, "..."]
) -> Float[np.ndarray, "*batch"] | float:
    """Share of the codes' variance that lies along the path of the mean code.

    Noise along the path cannot be told from another angle: it lowers the information most. NaN
    where codes do not vary, the path stands still, or a value is not finite.

    >>> float(variance_along_path(np.array([[0, 0], [2, 0], [0, 1], [2, 1]]), np.array([3, 0])))
    0.8

    Args:
      codes: ``[..., sample, code]``, at least two samples.
      slope: of the mean code, ``[..., code]``, in any units.

    Raises:
      ValueError: fewer than two samples, or shapes that do not fit.
    """
    codes = _samples(codes)
    slope = np.asarray(real_array(slope, "slope"), float)
    if slope.shape[-1:] != codes.shape[-1:]:
        raise ValueError(f"slope: shape {slope.shape} given for codes of shape {codes.shape}")
    with np.errstate(all="ignore"):
        slope = slope / np.abs(slope).max(-1, keepdims=True, initial=0)
        direction = slope / np.linalg.norm(slope, axis=-1, keepdims=True)
        centred = codes - codes.mean(-2, keepdims=True)
        centred = centred / np.abs(centred).max((-1, -2), keepdims=True, initial=0)
        along = np.einsum("...nk,...k->...n", centred, direction)
        return np.mean(along**2, -1) / np.mean(np.sum(centred**2, -1), -1)
