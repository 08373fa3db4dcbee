"""Elliptical inputs: any radius in a direction that the covariance shapes; and Student's t.

``x = r S^(1/2) u`` with u uniform on the unit sphere: every marginal depends on the radius's
distribution, yet all contours are ellipsoids. Unit variance by the radius's exact second
moment, not by an estimate.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Key

from jaxrep.data.gaussian_process import colour_noise, sample_field
from jaxrep.typing import Array, Real


class Radius(NamedTuple):
    """Distribution of a radius.

    Attributes:
      quantile: ``u -> r``, u uniform on (0, 1).
      second: ``E r^2``.
      fourth: ``E r^4``.
      first: ``E r``.
    """

    quantile: Callable[[jax.Array], jax.Array]
    second: float
    fourth: float
    first: float


_ZETA3 = 1.2020569031595942
# Moments of artanh(U): E = ln 2, E^2 = pi^2 / 12, E^3 = 9 zeta(3) / 8, E^4 = 7 pi^4 / 240.
_EXTREME_SECOND = np.pi**2 / 12 + 4 * np.log(2) + 4
_EXTREME_FOURTH = (
    7 * np.pi**4 / 240 + 8 * (9 * _ZETA3 / 8) + 24 * np.pi**2 / 12 + 32 * np.log(2) + 16
)

RADII = {
    "shell": Radius(jnp.ones_like, 1.0, 1.0, 1.0),
    "extreme": Radius(
        lambda u: jnp.arctanh(u) + 2, _EXTREME_SECOND, _EXTREME_FOURTH, np.log(2) + 2
    ),
}
"""A shell, and the radius ``artanh(U) + 2`` of Lufkin, Saxe and Grant (2024)."""


def sample_elliptical(
    key: Key[Array, ""], count: int, row: Float[Array, "*pixels"], radius: Radius
) -> Float[jax.Array, "count pixel"]:
    """Samples on the ring or torus whose covariance row is that of `sample_field`.

    Args:
      key: random key.
      count: number of samples.
      row: covariance of pixel 0 with every pixel, see `jaxrep.data.gaussian_process`.
      radius: one of `RADII`, or another.

    >>> sphere = Radius(quantile=jnp.ones_like, second=1.0, fourth=1.0, first=1.0)
    >>> found = sample_elliptical(jax.random.key(0), 2, jnp.array([1.0, 0.0, 0.0, 0.0]), sphere)
    >>> jnp.sum(found**2, 1).tolist()  # white noise on a sphere: one per pixel
    [4.0, 4.0]
    """
    length = np.size(row)
    first, second = jax.random.split(key)
    white = jax.random.normal(first, (count, length))
    direction = white / jnp.linalg.norm(white, axis=1, keepdims=True)
    r = radius.quantile(jax.random.uniform(second, (count, 1)))
    return r * colour_noise(direction, row) * np.sqrt(length / radius.second)


def elliptical_kurtosis(length: int, radius: Radius) -> float:
    """Excess kurtosis of a pixel: ``3 L/(L + 2) E r^4 / (E r^2)^2 - 3``.

    >>> normal = Radius(quantile=None, second=10.0, fourth=120.0, first=0.0)  # chi of 10
    >>> elliptical_kurtosis(10, normal)
    0.0
    """
    return 3 * length / (length + 2) * radius.fourth / radius.second**2 - 3


def elliptical_mean_size(length: int, radius: Radius) -> float:
    """``E |x|`` of a pixel of unit variance.

    A pixel is the radius times one coordinate of a uniform direction in L dimensions, whose mean
    size is ``Gamma(L/2) / (sqrt pi Gamma((L + 1)/2))``.

    >>> chi = math.sqrt(2) * math.gamma(5.5) / math.gamma(5)  # its mean, 10 degrees of freedom
    >>> normal = Radius(quantile=None, second=10.0, fourth=120.0, first=chi)
    >>> elliptical_mean_size(10, normal), math.sqrt(2 / math.pi)  # of a normal pixel
    (0.798, 0.798)
    """
    coordinate = math.exp(math.lgamma(length / 2) - math.lgamma((length + 1) / 2)) / math.sqrt(
        math.pi
    )
    return radius.first * coordinate * math.sqrt(length / radius.second)


def student_mean_size(freedom: float) -> float:
    """``E |x|`` of Student's t of unit variance, degrees of freedom above 2.

    ``2 sqrt(df - 2) Gamma((df + 1)/2) / (sqrt pi Gamma(df/2) (df - 1))``.

    >>> student_mean_size(3.0), 2 / math.pi
    (0.637, 0.637)
    """
    ratio = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2))
    return 2 * math.sqrt((freedom - 2) / math.pi) * ratio / (freedom - 1)


def sample_student(
    key: Key[Array, ""], count: int, row: Float[Array, "*pixels"], freedom: Real
) -> Float[jax.Array, "count pixel"]:
    """Student's t with that many degrees of freedom (above 2) and that covariance.

    A Gaussian field of covariance ``(df - 2)/df C`` over ``sqrt(chi^2_df / df)``, one scalar
    per sample. Excess kurtosis ``6 / (df - 4)`` above 4, infinite up to 4.

    >>> sample_student(jax.random.key(0), 3, jnp.array([1.0, 0.0]), 5.0).shape
    (3, 2)
    """
    first, second = jax.random.split(key)
    field = sample_field(first, count, row)
    scale = jax.random.chisquare(second, freedom, (count, 1))
    return field * jnp.sqrt((freedom - 2) / scale)
