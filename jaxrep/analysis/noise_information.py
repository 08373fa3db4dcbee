"""Fisher information of codes whose noise is known: Gaussian, Poisson, or any log-likelihood.

`jaxrep.analysis.fisher` takes the samples themselves for the noise; here a model says what the
noise is, and its mean responses f(s) and their slopes f'(s) come from anywhere (`responses`).
Information is the variance of the score, ``d ln p(r | s) / ds``, and a matrix for several
parameters; per unit of each of the two. Kay (1993), chapters 3.4 and 3.9; Dayan and Abbott (2001),
chapter 3.3.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Key, Shaped

from jaxrep.arrays import jax_arrays, native_array, real_array
from jaxrep.typing import Array

NODES = 4000
"""Of the integral over a noise's density, on either side of 0."""

Matrix = Float[jax.Array, "*batch parameter parameter"]


def poisson_information(
    rates: Shaped[Array, "*batch unit"], slopes: Shaped[Array, "*points row parameter"]
) -> Matrix:
    """Independent Poisson counts of mean f: ``sum_k f_k,a' f_k,b' / f_k``.

    >>> poisson_information(jnp.array([4.0, 1.0]), jnp.array([[2.0], [3.0]])).tolist()
    [[10.0]]

    Args:
      rates: mean counts f, ``[..., unit]``.
      slopes: of the rates, ``[..., unit, parameter]``.

    Returns:
      ``[..., parameter, parameter]``; units that are silent and stay so count nothing, a silent one
      that has a slope makes it infinite; NaN of rates below 0.

    Raises:
      ValueError: shapes that do not fit.
    """
    means, changes = _pair("rates", rates, slopes)
    return jnp.where((means < 0).any(-1)[..., None, None], jnp.nan, _summed(changes, means))


def gaussian_information(
    slopes: Shaped[Array, "*batch unit parameter"],
    variances: Shaped[Array, "*points row"],
    variance_slopes: Shaped[Array, "*other column second"] | None = None,
) -> Matrix:
    """Independent Gaussian noise: ``sum_k f_k,a' f_k,b' / v_k + v_k,a' v_k,b' / (2 v_k^2)``.

    The second part is that of a noise that changes with the parameters, as that of spikes does:
    variances ``a f`` have ``variance_slopes = a f'``.

    >>> gaussian_information(jnp.array([[2.0], [3.0]]), jnp.array([4.0, 1.0])).tolist()
    [[10.0]]

    Args:
      slopes: of the mean responses, ``[..., unit, parameter]``.
      variances: v of the noise, ``[..., unit]``.
      variance_slopes: v', ``[..., unit, parameter]``; None: 0.

    Returns:
      ``[..., parameter, parameter]``; infinite where a unit without noise has a slope, NaN of
      variances below 0.

    Raises:
      ValueError: shapes that do not fit.
    """
    noise, changes = _pair("variances", variances, slopes)
    total = _summed(changes, noise)
    if variance_slopes is not None:
        _, moving = _pair("variances", variances, variance_slopes, "variance_slopes")
        total = total + _summed(moving, 2 * noise**2)
    return jnp.where((noise < 0).any(-1)[..., None, None], jnp.nan, total)


def _pair(
    name: str, values: Array, slopes: Array, other: str = "slopes"
) -> tuple[jax.Array, jax.Array]:
    means, changes = jax_arrays(values=real_array(values, name), slopes=real_array(slopes, other))
    if changes.ndim < 2 or means.shape != changes.shape[:-1]:
        raise ValueError(f"{other}: shape {changes.shape} given for {name} {means.shape}")
    return means, changes


def _summed(slopes: jax.Array, over: jax.Array) -> Matrix:
    """Products of slopes over something, 0 / 0 being 0."""
    shares = slopes / over[..., None]
    shares = jnp.where((over[..., None] == 0) & (slopes == 0), 0, shares)
    # an infinite share times a slope of 0 in another parameter is no information on that
    products = shares[..., :, None] * slopes[..., None, :]
    none = (slopes[..., :, None] == 0) | (slopes[..., None, :] == 0)
    return jnp.sum(jnp.where(none, 0, products), -3)


def additive_noise_information(
    slopes: Shaped[Array, "*batch unit parameter"],
    log_density: Callable[[jax.Array], jax.Array],
    scales: Shaped[Array, "..."] | float,
) -> Matrix:
    """Independent additive noise of any density: ``J sum_k f_k,a' f_k,b' / s_k^2``.

    ``J = E (d ln p / dx)^2`` of noise of scale 1 is 1 for normal noise, (n + 1) / (n + 3) for
    Student's t of n degrees of freedom, 1/3 for logistic noise (Kay 1993, problem 3.2). Computed by
    the midpoint rule in ``x = tan u`` on both sides of 0, so that heavy tails count as well.

    >>> def student(x):
    ...     return -2.5 * jnp.log1p(x**2 / 4)  # 4 degrees of freedom, up to a constant
    >>> additive_noise_information(jnp.array([[2.0]]), student, 2.0).round(4).tolist()  # 5 / 7
    [[0.7143]]

    Args:
      slopes: of the mean responses, ``[..., unit, parameter]``.
      log_density: ``x -> ln p(x)`` of noise of scale 1, up to a constant, for one number.
      scales: s of every unit, ``[..., unit]``, or one number.

    Returns:
      ``[..., parameter, parameter]``; NaN of scales below 0.

    Raises:
      ValueError: shapes that do not fit.
    """
    changes = jnp.asarray(real_array(slopes, "slopes"))
    sizes = jnp.asarray(real_array(scales, "scales"), changes.dtype)
    if changes.ndim < 2 or (sizes.ndim and sizes.shape != changes.shape[:-1]):
        raise ValueError(f"slopes: shape {changes.shape} given for scales {sizes.shape}")
    half = np.tan((np.arange(NODES) + 0.5) / NODES * np.pi / 2)
    at = jnp.asarray(np.concatenate([-half[::-1], half]), changes.dtype)
    width = jnp.asarray(np.concatenate([(1 + half**2)[::-1], 1 + half**2]), changes.dtype)
    heights = jax.vmap(log_density)(at)
    weights = width * jnp.exp(heights - heights.max())
    score = jax.vmap(jax.grad(log_density))(at)
    # where nothing is left of a density its score may be anything
    paid = jnp.where(weights > 0, weights * score**2, 0)
    factor = paid.sum() / weights.sum()
    return factor * _summed(changes, jnp.broadcast_to(sizes**2, changes.shape[:-1])) + jnp.where(
        (sizes < 0).any(), jnp.nan, 0
    )


class ScoreInformation(NamedTuple):
    """Information by simulation, two ways that agree for a log-likelihood of the samples' law.

    Attributes:
      score: covariance of the score about 0, ``[parameter, parameter]``.
      curvature: minus the mean second derivative.
      error: standard error of `score`.
    """

    score: Float[jax.Array, "parameter parameter"]
    curvature: Float[jax.Array, "parameter parameter"]
    error: Float[jax.Array, "parameter parameter"]


def likelihood_information(
    log_likelihood: Callable[[jax.Array, jax.Array], jax.Array],
    sample: Callable[[Key[Array, ""], jax.Array], jax.Array],
    parameters: Shaped[Array, "..."],
    key: Key[Array, ""],
    samples: int = 10_000,
) -> ScoreInformation:
    """Of any noise that can be drawn and whose logarithm of probability JAX can differentiate.

    >>> def log_likelihood(response, parameters):
    ...     return -jnp.sum((response - parameters) ** 2) / 8  # variance 4
    >>> def sample(key, parameters):
    ...     return parameters + 2 * jax.random.normal(key, parameters.shape)
    >>> at = jnp.zeros(2)
    >>> found = likelihood_information(log_likelihood, sample, at, jax.random.key(0))
    >>> found.curvature.tolist(), abs(found.score - jnp.eye(2) / 4).max() < 0.02
    ([[0.25, 0.0], [0.0, 0.25]], Array(True, dtype=bool))

    Args:
      log_likelihood: ``(response, parameters) -> ln p(response | parameters)``, up to a constant.
      sample: ``(key, parameters) -> response``, of any shape.
      parameters: where.
      key: of the draws.
      samples: their number.

    Raises:
      ValueError: fewer than two samples, or parameters that are no vector.
    """
    if samples < 2:
        raise ValueError(f"samples: {samples} given; at least 2 are needed")
    at = jnp.asarray(native_array(parameters, "parameters"))
    if at.ndim != 1:
        raise ValueError(f"parameters: shape {at.shape} given; a vector is needed")
    at = at.astype(jnp.result_type(at, jnp.float32))

    def each(own):
        # the draw does not follow the parameters: only what is said of it does
        response = jax.lax.stop_gradient(sample(own, at))
        score = jax.grad(log_likelihood, 1)(response, at)
        return score[:, None] * score, jax.hessian(log_likelihood, 1)(response, at)

    products, curvatures = jax.lax.map(each, jax.random.split(key, samples), batch_size=1000)
    error = jnp.std(products, 0, ddof=1) / samples**0.5
    return ScoreInformation(products.mean(0), -curvatures.mean(0), error)
