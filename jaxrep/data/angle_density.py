"""Densities of a stimulus angle: where they are, how they are drawn, how high they are.

All angles are in radians, all densities per radian.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import i0e
from jaxtyping import Float, Key

from jaxrep.data.delimited_text import read_text
from jaxrep.typing import Array


class Density(NamedTuple):
    """One density of angles.

    Attributes:
      sample: ``(key, count) -> [count]`` angles in radians; traced keys are fine.
      pdf: ``[...] -> [...]`` per radian; zero outside the support.
      low, high: the support, in radians; may be infinite.
    """

    sample: Callable[[Key[jax.Array, ""], int], Float[Array, " count"]]
    pdf: Callable[[Float[Array, "..."]], Float[Array, "..."]]
    low: float
    high: float


def uniform_density(low: float, high: float) -> Density:
    """``1 / (high - low)`` between `low` and `high`.

    Raises:
      ValueError: `low` is not below `high`.

    >>> uniform_density(0.0, 4.0).pdf(jnp.array([-1.0, 1.0])).tolist()
    [0.0, 0.25]
    """
    if not low < high:
        raise ValueError(f"uniform: low {low} is not below high {high}")

    def pdf(angle):
        return jnp.where((angle >= low) & (angle <= high), 1 / (high - low), 0.0)

    def sample(key, count):
        return jax.random.uniform(key, (count,), minval=low, maxval=high)

    return Density(sample, pdf, low, high)


def normal_density(mean: float, deviation: float) -> Density:
    """Normal, not truncated and not wrapped.

    Raises:
      ValueError: the deviation is not positive.

    >>> float(normal_density(0.0, 2.0).pdf(0.0))  # 1 / (2 sqrt(2 pi))
    0.199
    """
    if not deviation > 0:
        raise ValueError(f"deviation: {deviation} is not positive")

    def pdf(angle):
        scaled = (jnp.asarray(angle) - mean) / deviation
        return jnp.exp(-(scaled**2) / 2) / (deviation * (2 * np.pi) ** 0.5)

    def sample(key, count):
        return mean + deviation * jax.random.normal(key, (count,))

    return Density(sample, pdf, -np.inf, np.inf)


def von_mises_density(mean: float, concentration: float) -> Density:
    """``exp(concentration cos(angle - mean)) / (2 pi I0(concentration))`` on -pi .. pi.

    The arguments are the mean direction and the concentration, in this order.
    ``scipy.stats.vonmises`` takes them the other way round: the face-angle notebook's
    ``vonmises(pi/2, 2.)`` has concentration pi/2 around 2 radians.

    Raises:
      ValueError: the concentration is negative.

    >>> float(von_mises_density(0.0, 0.0).pdf(1.0))  # 1 / (2 pi)
    0.159
    """
    if concentration < 0:
        raise ValueError(f"concentration: {concentration} is negative")

    def pdf(angle):
        # i0e has the factor exp(-concentration), so that nothing overflows
        height = jnp.exp(concentration * (jnp.cos(jnp.asarray(angle) - mean) - 1))
        return height / (2 * np.pi * i0e(float(concentration)))

    grid = np.linspace(-np.pi, np.pi, 4001)
    return tabulated_density(grid, np.exp(concentration * (np.cos(grid - mean) - 1)))._replace(
        pdf=pdf
    )


def stepwise_density(weights: Float[Array, " bin"], low: float, high: float) -> Density:
    """Constant in each of equal bins of ``low .. high``; `weights` (may be traced) sum to 1.

    >>> stepwise_density(np.array([0.25, 0.75]), 0.0, 1.0).pdf(jnp.array([0.2, 0.8])).tolist()
    [0.5, 1.5]
    """
    weights = jnp.asarray(weights)
    bins = weights.shape[0]
    width = (high - low) / bins

    def pdf(angle):
        place = jnp.floor((jnp.asarray(angle) - low) / width)
        inside = (angle >= low) & (angle <= high)
        return jnp.where(inside, weights[jnp.clip(place, 0, bins - 1).astype(int)] / width, 0.0)

    def sample(key, count):
        first, second = jax.random.split(key)
        place = jnp.searchsorted(jnp.cumsum(weights), jax.random.uniform(first, (count,)))
        return low + width * (jnp.minimum(place, bins - 1) + jax.random.uniform(second, (count,)))

    return Density(sample, pdf, low, high)


def draw_bin_weights(key: Key[jax.Array, ""], bins: int) -> Float[jax.Array, " bin"]:
    """Weights for `stepwise_density`, which sum to 1: any are equally likely (Dirichlet, all 1).

    >>> draw_bin_weights(jax.random.key(0), 4).shape
    (4,)
    """
    return jax.random.dirichlet(key, jnp.ones(bins))


def tabulated_density(angles: Float[Array, " node"], values: Float[Array, " node"]) -> Density:
    """Linear between the values at increasing angles, scaled to integrate to 1.

    Raises:
      ValueError: fewer than two nodes, angles that do not increase, or values that are negative,
        not finite or all zero.

    >>> tabulated_density(np.array([0.0, 1.0]), np.array([0.0, 5.0])).pdf(jnp.array([0.5])).tolist()
    [1.0]
    """
    angles, values = np.asarray(angles, float), np.asarray(values, float)
    if angles.ndim != 1 or angles.shape != values.shape or len(angles) < 2:
        raise ValueError(
            f"density table: {angles.shape} angles and {values.shape} values; two columns of at "
            "least two rows are needed"
        )
    if not np.isfinite(angles).all() or (np.diff(angles) <= 0).any():
        raise ValueError("density table: the angles do not increase")
    if not np.isfinite(values).all() or values.min() < 0 or values.max() == 0:
        raise ValueError("density table: values must be finite, not negative and not all zero")
    width = np.diff(angles)
    mass = width * (values[1:] + values[:-1]) / 2
    values = values / mass.sum()
    cumulative = np.concatenate([[0], np.cumsum(mass / mass.sum())])
    slopes = np.diff(values) / width

    def pdf(angle):
        return jnp.interp(jnp.asarray(angle), angles, values, left=0.0, right=0.0)

    def sample(key, count):
        share = jax.random.uniform(key, (count,))
        cell = jnp.clip(jnp.searchsorted(cumulative, share, side="right") - 1, 0, len(width) - 1)
        left, low, slope = (jnp.asarray(a)[cell] for a in (angles[:-1], values[:-1], slopes))
        rest = jnp.maximum(share - jnp.asarray(cumulative)[cell], 0)
        # rest = low x + slope x^2 / 2, solved without cancellation
        root = jnp.sqrt(jnp.maximum(low**2 + 2 * slope * rest, 0))
        step = 2 * rest / jnp.maximum(low + root, 1e-12)
        return left + jnp.minimum(step, jnp.asarray(width)[cell])

    return Density(sample, pdf, float(angles[0]), float(angles[-1]))


def read_density(path: str) -> Density:
    """A density from a text or .csv file of two columns: angle in radians, value.

    Raises:
      ValueError: as of `tabulated_density`, or it cannot be read as numbers.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "angles.txt")
    ...     _ = file.write_text("0 1  # a triangle\\n1 0\\n")
    ...     density = read_density(str(file))
    >>> density.pdf(jnp.array([0.0, 0.5])).tolist()
    [2.0, 1.0]
    """
    lines = [line.partition("#")[0] for line in read_text(path)[0].splitlines()]
    separator = "," if str(path).endswith(".csv") else None
    rows = [line.split(separator) for line in lines if line.strip()]
    try:
        columns = np.array([[float(cell) for cell in row] for row in rows], ndmin=2)
    except ValueError:
        raise ValueError("not a table of numbers: angle and value in each row") from None
    if columns.shape[1] != 2:
        raise ValueError(f"{columns.shape[1]} columns given; angle and value are needed")
    return tabulated_density(columns[:, 0], columns[:, 1])


def check_inside(density: Density, angles: Float[Array, " angle"]) -> None:
    """Raise for angles that the density never shows.

    Raises:
      ValueError: an angle outside the support.

    >>> check_inside(uniform_density(-1.0, 1.0), np.array([0.5]))
    >>> check_inside(uniform_density(-1.0, 1.0), np.array([0.5, 2.0]))
    Traceback (most recent call last):
        ...
    ValueError: 2 rad is outside the density's support -1 .. 1
    """
    angles = np.asarray(angles)
    outside = angles[(angles < density.low - 1e-6) | (angles > density.high + 1e-6)]
    if outside.size:
        raise ValueError(
            f"{outside[0]:.4g} rad is outside the density's support "
            f"{density.low:.4g} .. {density.high:.4g}"
        )
