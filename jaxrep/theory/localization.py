"""Why receptive fields become local: one ReLU unit on symmetric inputs, after Lufkin et al. (2024).

A unit f = relu(w . x) without bias learns, by gradient descent on the mean squared error, to
tell two equally frequent classes with labels 0 and 1. Inputs are symmetric under x -> -x. Where
many pixels contribute, the pre-activation is nearly Gaussian given one pixel, and
``w <- w + (rate/2) [phi(a) - (S0 + S1) w]``, ``a = S1 w / sqrt(w S1 w)``, with S0 and S1 the
classes' covariances and phi, elementwise, a function of nothing but the pixel's marginal:
``phi(a) = E[X erf(X a / sqrt(2 (1 - a^2)))]``. Its expansion
``sqrt(2/pi) [a - (excess kurtosis / 6) a^3 + ...]`` amplifies the largest entries where the
excess kurtosis is negative: then weights localize.

Elliptical inputs have ``E[x | w . x] = S w (w . x) / (w S w)``, hence exactly
``E[sign(w . x) x] = a E|x|`` with x one pixel: linear, so they never localize.

Use float64 (`jax.enable_x64`).
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import erf
from jaxtyping import Float, Shaped
from numpy.polynomial.legendre import leggauss

from jaxrep.arrays import jax_arrays, near_one, real_array
from jaxrep.typing import Array, Real

CLIP = 1e-6
"""a is kept below 1 - CLIP: a weight vector of one pixel has a = 1 there."""


class Marginal(NamedTuple):
    """A symmetric distribution of unit variance, as nodes and weights of a quadrature.

    Attributes:
      nodes: non-negative values of x.
      weights: probability of x and -x together; sum 1.
    """

    nodes: Float[np.ndarray, " node"]
    weights: Float[np.ndarray, " node"]

    @property
    def excess_kurtosis(self) -> float:
        """``E x^4 - 3``."""
        return float(self.weights @ self.nodes**4) - 3


def gaussian_marginal() -> Marginal:
    """The normal distribution.

    >>> nodes, weights = gaussian_marginal()
    >>> [round(float(np.sum(weights * nodes**k)), 4) for k in (0, 2, 4)]  # moments
    [1.0, 1.0, 3.0]
    """
    return _marginal(lambda z: z, _half_normal, np.linspace(0, 12, 25))


def two_point_marginal() -> Marginal:
    """-1 or +1: the Ising model, and a nonlinear Gaussian process of infinite gain.

    >>> nodes, weights = two_point_marginal()
    >>> [float(np.sum(weights * nodes**k)) for k in (0, 2, 4)]  # moments
    [1.0, 1.0, 1.0]
    """
    return Marginal(np.ones(1), np.ones(1))


def nonlinear_gaussian_marginal(gain: float) -> Marginal:
    """``erf(gain z) / Z``, z normal (see `jaxrep.data.gaussian_process`).

    Raises:
      ValueError: gain is not positive.

    >>> nodes, weights = nonlinear_gaussian_marginal(100.0)  # nearly -1 or +1
    >>> [round(float(np.sum(weights * nodes**k)), 2) for k in (0, 2, 4)]  # moments
    [1.0, 1.0, 1.0]
    """
    if not gain > 0:
        raise ValueError(f"gain: {gain} is not positive")
    steps = np.unique(np.r_[0, np.geomspace(0.01, 6, 30) / gain, np.linspace(0, 12, 25)])
    return _marginal(np.vectorize(math.erf, otypes=[float]), _half_normal, steps, gain)


def algebraic_marginal(power: float) -> Marginal:
    """Quantiles ``v / (1 - |v|^k)^(1/k)``, v uniform on (-1, 1): tails fall as ``|x|^-(k+1)``.

    Raises:
      ValueError: k is not above 4, where the kurtosis is infinite.

    >>> nodes, weights = algebraic_marginal(6.0)
    >>> [round(float(np.sum(weights * nodes**k)), 3) for k in (0, 2)]  # moments
    [1.0, 1.0]
    """
    if not power > 4:
        raise ValueError(f"power: {power} is not above 4: the fourth moment is infinite")

    def density(q):
        return np.exp((-1 / power - 1) * np.logaddexp(0, power * np.log(q)))

    steps = np.r_[0, np.geomspace(1e-2, 1e50, 210)]
    return _marginal(lambda q: q, density, steps)


def uniform_marginal() -> Marginal:
    """Uniform on (-sqrt 3, sqrt 3).

    >>> nodes, weights = uniform_marginal()
    >>> [round(float(np.sum(weights * nodes**k)), 4) for k in (0, 2, 4)]  # moments
    [1.0, 1.0, 1.8]
    """
    return _marginal(lambda x: x, np.ones_like, np.linspace(0, 1, 5))


def laplace_marginal() -> Marginal:
    """Laplace's distribution: excess kurtosis 3.

    >>> nodes, weights = laplace_marginal()
    >>> [round(float(np.sum(weights * nodes**k)), 4) for k in (0, 2, 4)]  # moments
    [1.0, 1.0, 6.0]
    """
    return _marginal(lambda x: x, lambda x: np.exp(-x), np.r_[0, np.geomspace(0.01, 80, 30)])


def amplifier(overlap: Shaped[Array, "*shape"], marginal: Marginal) -> Float[jax.Array, "*shape"]:
    """phi(a), odd in a: ``sqrt(2/pi) a`` for a normal pixel, ``erf(a / sqrt(2 (1 - a^2)))`` for
    a pixel of -1 and +1.

    >>> float(amplifier(np.array(0.5), gaussian_marginal()))  # sqrt(2 / pi) / 2
    0.3989
    """
    a = jnp.clip(jnp.asarray(real_array(overlap, "overlap")), -1 + CLIP, 1 - CLIP)
    slope = a / jnp.sqrt(2 * (1 - a**2))
    x, w = (jnp.asarray(real_array(x, name), a.dtype) for name, x in marginal._asdict().items())
    return jnp.sum(w * x * erf(slope[..., None] * x), -1)


def tabulate_amplifier(
    phi: Callable[[jax.Array], jax.Array], nodes: int = 4001
) -> Float[jax.Array, " node"]:
    """phi at equally spaced angles arcsin(a), 0 .. pi/2, in which it is smooth up to a = 1.

    With 4001 nodes linear interpolation is right to 1e-7; see `interpolate_amplifier`.

    >>> tabulate_amplifier(lambda overlap: 2 * overlap, nodes=3).round(3).tolist()  # 2 sin
    [0.0, 1.414, 2.0]
    """
    return phi(jnp.sin(jnp.linspace(0, np.pi / 2, nodes)))


def interpolate_amplifier(
    overlap: Shaped[Array, "*shape"], table: Shaped[Array, " node"]
) -> Float[jax.Array, "*shape"]:
    """phi(a), odd, from its table: hundreds of times cheaper than a quadrature.

    Raises:
      ValueError: a table of fewer than two nodes.

    >>> table = tabulate_amplifier(lambda overlap: overlap)
    >>> interpolate_amplifier(jnp.array([-0.5, 0.0, 0.3]), table).tolist()
    [-0.500, 0.0, 0.300]
    """
    a = jnp.clip(jnp.asarray(real_array(overlap, "overlap")), -1 + CLIP, 1 - CLIP)
    table = jnp.asarray(real_array(table, "table"))
    if table.ndim != 1 or table.size < 2:
        raise ValueError(f"table: shape {table.shape} given; two or more nodes are needed")
    place = jnp.arcsin(jnp.abs(a)) / (np.pi / 2) * (table.size - 1)
    left = jnp.minimum(place.astype(int), table.size - 2)
    return jnp.sign(a) * (table[left] + (place - left) * (table[left + 1] - table[left]))


def effective_dynamics(
    start: Shaped[Array, " pixel"],
    first: Shaped[Array, "pixel pixel"],
    second: Shaped[Array, "pixel pixel"],
    phi: Callable[[jax.Array], jax.Array],
    rate: Real,
    steps: int,
) -> Float[jax.Array, "step pixel"]:
    """Weights of the unit at steps 0 .. steps.

    Args:
      start: initial weights.
      first: covariance of the class with label 0.
      second: covariance of the class with label 1, which drives.
      phi: `amplifier` of the marginal.
      rate: learning rate of gradient descent on the mean squared error.
      steps: number of updates.

    NaN from weights of zero on, and where a number is not finite.

    Raises:
      ValueError: a negative number of steps.

    >>> unit, line = jnp.eye(2), lambda overlap: jnp.sqrt(2 / jnp.pi) * overlap
    >>> path = effective_dynamics(jnp.array([0.1, 0.0]), unit, unit, line, 0.1, steps=500)
    >>> path[-1].tolist()  # rests where the output weight fits best, at 1 / sqrt(2 pi) = 0.399
    [0.399, 0.0]
    """
    if steps < 0:
        raise ValueError(f"steps: {steps} is negative")
    start, first, second = jax_arrays(start=start, first=first, second=second)
    kind = jnp.result_type(start, first, second)
    rate = jnp.asarray(real_array(rate, "rate"), kind)

    def update(w, _):
        near, unit = near_one(w, "weights")
        driven = jnp.matmul(second, near, precision="highest")
        overlap = driven / jnp.sqrt(jnp.dot(near, driven, precision="highest"))
        decay = unit * (jnp.matmul(first, near, precision="highest") + driven)
        return w + rate / 2 * (phi(overlap) - decay), w

    last, path = jax.lax.scan(update, start.astype(kind), length=steps)
    return jnp.concatenate([path, last[None]])


def second_layer_dynamics(
    weights: Shaped[Array, "*batch pixel"],
    first: Shaped[Array, "pixel pixel"],
    second: Shaped[Array, "pixel pixel"],
) -> Float[jax.Array, "*batch"]:
    """The output weight that fits best: ``sqrt(2/pi) sqrt(w S1 w) / (w (S0 + S1) w)``.

    >>> unit = np.eye(2)
    >>> float(second_layer_dynamics(np.array([0.5, 0.0]), unit, unit))  # sqrt(2 / pi)
    0.798
    """
    first, second = jax_arrays(first=first, second=second)
    near, unit = near_one(weights, "weights", -1)

    def form(matrix):
        return jnp.einsum("...i,ij,...j->...", near, matrix, near, precision="highest")

    best = np.sqrt(2 / np.pi) * jnp.sqrt(form(second)) / (form(first) + form(second))
    return best / unit[..., 0]


def _half_normal(z: np.ndarray) -> np.ndarray:
    return np.exp(-(z**2) / 2)


def _marginal(value, density, steps: np.ndarray, scale: float = 1.0, order: int = 24) -> Marginal:
    """Gauss and Legendre's rule between `steps`, then unit mass and unit variance."""
    x, w = leggauss(order)
    low, high = steps[:-1, None], steps[1:, None]
    z = ((high - low) * x / 2 + (high + low) / 2).reshape(-1)
    weights = ((high - low) / 2 * w).reshape(-1) * density(z)
    weights /= weights.sum()
    nodes = value(scale * z)
    return Marginal(nodes / np.sqrt(weights @ nodes**2), weights)
