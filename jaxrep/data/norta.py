"""Normal to anything: any marginal on the dependence of a Gaussian process.

``x = Q(Phi(z))`` with a quantile function Q of unit variance (Cario and Nelson 1997). Quantile
functions here take z itself: ``1 - |2 Phi(z) - 1| = erfc(|z| / sqrt 2)`` keeps the tails that
``Phi(z)`` loses to rounding.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import erf, erfc, gammaln
from jaxtyping import Float, Key

from jaxrep.typing import Array, Real


def normal_quantile(z: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """The normal distribution.

    >>> normal_quantile(np.array([0.3, -1.0])).tolist()
    [0.3, -1.0]
    """
    return z


def uniform_quantile(z: Float[Array, "*shape"]) -> Float[jax.Array, "*shape"]:
    """Uniform on (-sqrt 3, sqrt 3): covariance ``(6 / pi) asin(C / 2)``.

    >>> uniform_quantile(np.array([0.0, 10.0])).tolist()  # to root 3
    [0.0, 1.732]
    """
    return np.sqrt(3.0).astype(np.float32) * erf(z / np.sqrt(2).astype(np.float32))


def binary_quantile(z: Float[Array, "*shape"]) -> Float[jax.Array, "*shape"]:
    """-1 or +1: covariance ``(2 / pi) asin C``.

    >>> binary_quantile(np.array([-0.3, 2.0])).tolist()
    [-1.0, 1.0]
    """
    return jnp.where(jnp.asarray(z) < 0, -1.0, 1.0)


def laplace_quantile(z: Float[Array, "*shape"]) -> Float[jax.Array, "*shape"]:
    """Laplace's distribution, excess kurtosis 3.

    >>> laplace_quantile(np.array([0.0, 0.6745])).tolist()  # the upper quartile, ln 2 / sqrt 2
    [-0.0, 0.490]
    """
    tail = erfc(jnp.abs(z) / np.sqrt(2).astype(np.float32))
    return -jnp.sign(z) * jnp.log(jnp.maximum(tail, 1e-37)) / np.sqrt(2).astype(np.float32)


def algebraic_quantile(z: Float[Array, "*shape"], power: Real) -> Float[jax.Array, "*shape"]:
    """Quantiles ``v / (1 - |v|^k)^(1/k)``, v = 2 Phi(z) - 1, over their exact deviation.

    Tails fall as ``|x|^-(k+1)``; k must be above 2 for a variance, above 4 for a kurtosis.
    ``E q^2 = Gamma(3/k) Gamma(1 - 2/k) / (k Gamma(1 + 1/k))``.

    >>> algebraic_quantile(np.array([-1.0, 0.0, 1.0]), 6.0).tolist()  # odd
    [-1.058, 0.0, 1.058]
    """
    k = jnp.asarray(power, jnp.float32)
    second = jnp.exp(gammaln(3 / k) + gammaln(1 - 2 / k) - gammaln(1 + 1 / k)) / k
    tail = jnp.maximum(erfc(jnp.abs(z) / np.sqrt(2).astype(np.float32)), 1e-37)
    inside = jnp.maximum(-jnp.expm1(k * jnp.log1p(-tail)), 1e-37)  # 1 - |v|^k
    return jnp.sign(z) * (1 - tail) * inside ** (-1 / k) / jnp.sqrt(second)


def transformed_covariance(
    quantile: Callable[[jax.Array], jax.Array], covariance: Float[Array, "*shape"], terms: int = 401
) -> Float[np.ndarray, "*shape"]:
    """Covariance of ``q(z)`` where the Gaussian z has that covariance and unit variance.

    Mehler's series ``sum_n a_n^2 c^n`` with ``a_n = E[q(z) He_n(z)] / sqrt(n!)``; what the
    first terms leave of the variance decays as the first one left out.

    Args:
      quantile: odd function of z, ``[n] -> [n]``, such as the marginals here; of unit variance.
      covariance: of z, at most 1.
      terms: length of the series.

    >>> transformed_covariance(binary_quantile, np.array([0.0, 0.5]), terms=41).round(2).tolist()
    [0.0, 0.33]
    """
    z = np.linspace(-14, 14, 56_000)
    with jax.enable_x64():
        values = np.asarray(quantile(jnp.asarray(z, float)), float)
    # Hermite functions, normalised, by their recurrence: bounded, unlike the polynomials
    weight = np.exp(-(z**2) / 4) / (2 * np.pi) ** 0.25
    before, now = np.zeros_like(z), weight.copy()
    c = np.asarray(covariance, float)
    total, found = np.zeros_like(c), 0.0
    for n in range(terms):
        share = (np.sum(values * weight * now) * (z[1] - z[0])) ** 2
        total, found = total + share * c**n, found + share
        before, now = now, (z * now - n**0.5 * before) / (n + 1) ** 0.5
    return total + (1 - found) * c ** (terms + 1)


def rescale_samples(
    key: Key[Array, ""], samples: Float[Array, "count pixel"], kind: str
) -> Float[jax.Array, "count pixel"]:
    """Each sample times one random number of unit variance: normal, uniform, or a sign.

    Raises:
      ValueError: another kind.

    >>> samples = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> jnp.abs(rescale_samples(jax.random.key(0), samples, "sign")).tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    shape = (samples.shape[0], 1)
    if kind == "normal":
        factor = jax.random.normal(key, shape)
    elif kind == "uniform":
        factor = jax.random.uniform(key, shape, minval=-(3**0.5), maxval=3**0.5)
    elif kind == "sign":
        factor = jax.random.rademacher(key, shape, jnp.float32)
    else:
        raise ValueError(f"kind: {kind!r} is not known; allowed are normal, uniform, sign")
    return factor * samples
