"""How well an angle is read from a code: bias, error and its lower bound, shape of the codes."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.arrays import real_array
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


def reading_errors(errors: Shaped[Array, "*batch angle sample"]) -> Reading:
    """Moments over samples of errors in radians (wrapped already where the angle is circular).

    Skewness is 0 where all errors are the same; all is NaN where one is not finite.

    Raises:
      ValueError: no samples.
    """
    errors = jnp.asarray(real_array(errors, "errors"))
    if not errors.ndim or not errors.shape[-1]:
        raise ValueError(f"errors: shape {errors.shape} has no samples; one or more are needed")
    mean = errors.mean(-1)
    centred = errors - mean[..., None]
    variance = jnp.mean(centred**2, -1)
    size = jnp.max(jnp.abs(centred), -1, keepdims=True)
    relative = centred / jnp.where(size == 0, 1, size)  # cubes of small errors would be 0
    spread = jnp.mean(relative**2, -1)
    skewness = jnp.mean(relative**3, -1) / jnp.where(spread == 0, 1, spread) ** 1.5
    moments = (mean, variance, jnp.mean(errors**2, -1), jnp.median(errors, -1), skewness)
    known = jnp.isfinite(errors).all(-1)
    return Reading(*(jnp.where(known, moment, jnp.nan) for moment in moments))


def least_squared_error(
    information: Shaped[Array, "*batch angle"],
    bias: Shaped[Array, "*batch angle"],
    angles: Shaped[Array, " angle"],
) -> Float[np.ndarray, "*batch angle"]:
    """Cramér-Rao bound of a biased decoder, ``(1 + b')^2 / I + b^2`` in rad^2 (Kay 1993, eq. 3.38).

    The derivative b' of the bias is a second-order finite difference over the angles. The
    information must be of the whole distribution; the mean term alone is less, and its bound
    can be undercut. Infinite where there is no information, NaN where it is below 0.

    Raises:
      ValueError: fewer than three angles, or angles that do not rise.
    """
    information, bias, angles = (
        np.asarray(real_array(values, name), float)
        for name, values in (("information", information), ("bias", bias), ("angles", angles))
    )
    if len(angles) < 3 or not (np.diff(angles) > 0).all():
        raise ValueError(f"angles: {len(angles)} given; three or more that rise are needed")
    slope = np.gradient(bias, angles, axis=-1, edge_order=2)
    safe = np.where(information > 0, information, 1)
    spread = np.where(information > 0, (1 + slope) ** 2 / safe, np.inf)
    return np.where(information >= 0, spread, np.nan) + bias**2


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


def covariance_ellipse(codes: Shaped[Array, "*batch sample 2"], deviations: float = 2.0) -> Ellipse:
    """The ellipse so many standard deviations around the mean of codes of two numbers.

    NaN where a code is not finite.

    Raises:
      ValueError: fewer than two samples.
    """
    codes = np.asarray(real_array(codes, "codes"), float)
    if codes.shape[-2] < 2:
        raise ValueError(f"codes: {codes.shape[-2]} samples given; two or more are needed")
    known = np.isfinite(codes).all((-2, -1))
    codes = np.where(known[..., None, None], codes, 0)
    centred = codes - codes.mean(-2, keepdims=True)
    size = np.abs(centred).max((-2, -1), initial=0)  # squares of small codes would be 0
    relative = centred / np.where(size > 0, size, 1)[..., None, None]
    covariance = np.einsum("...ni,...nj->...ij", relative, relative) / (codes.shape[-2] - 1)
    values, vectors = np.linalg.eigh(covariance)
    axes = deviations * size[..., None] * np.sqrt(np.maximum(values[..., ::-1], 0))
    direction = np.arctan2(vectors[..., 1, 1], vectors[..., 0, 1])
    pair = known[..., None]
    return Ellipse(
        np.where(pair, codes.mean(-2), np.nan),
        np.where(pair, axes, np.nan),
        np.where(known, direction, np.nan),
    )


def variance_along_path(
    codes: Shaped[Array, "*batch sample code"], slope: Shaped[Array, "*batch code"]
) -> Float[np.ndarray, "*batch"] | float:
    """Share of the codes' variance that lies along the path of the mean code.

    Noise along the path cannot be told from another angle: it lowers the information most. NaN
    where the path stands still or the codes do not vary.

    Raises:
      ValueError: no samples.
    """
    codes = np.asarray(real_array(codes, "codes"), float)
    slope = np.asarray(real_array(slope, "slope"), float)
    if codes.ndim < 2 or not codes.shape[-2]:
        raise ValueError(f"codes: shape {codes.shape} has no samples; one or more are needed")
    with np.errstate(invalid="ignore"):
        direction = _unit(slope, -1)
        direction = direction / np.linalg.norm(direction, axis=-1, keepdims=True)
        centred = _unit(codes - codes.mean(-2, keepdims=True), (-2, -1))
        along = np.einsum("...nk,...k->...n", centred, direction)
        return np.mean(along**2, -1) / np.mean(np.sum(centred**2, -1), -1)


def _unit(values: np.ndarray, axes: int | tuple[int, int]) -> np.ndarray:
    """The same over the largest of them; 0 / 0 is NaN."""
    return values / np.abs(values).max(axes, keepdims=True, initial=0)
