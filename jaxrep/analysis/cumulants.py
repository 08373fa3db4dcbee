"""Fourth cumulants of inputs along directions, and the directions in which they are largest.

The fourth-order cumulant is the tensor of four indices that a Gaussian lacks. Along u it is
``k(u) = E (u.x)^4 - 3 (u'Su)^2`` of centred x with the covariance S; its leading symmetric
rank-one factors are unit vectors at which its size has a maximum. Ingrosso and Goldt (2022)
compare them with the fields that a network learns. The tensor itself, L^4 numbers, is not formed.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Shaped

from jaxrep.arrays import finite_array, near_one, real_array
from jaxrep.typing import Array

TURNED = 1e-2
"""Radians by which a direction may still turn in a step and count as converged."""


class CumulantFactors(NamedTuple):
    """Directions in which the fourth cumulant is largest, the largest first.

    Attributes:
      directions: unit vectors, one of each start; several may be the same.
      values: the fourth cumulant along each, in the inputs' unit to the fourth power.
      converged: whether the last step turned a direction by less than `TURNED`.
    """

    directions: Float[np.ndarray, "start pixel"]
    values: Float[np.ndarray, " start"]
    converged: Bool[np.ndarray, " start"]


def fourth_cumulant(
    samples: Shaped[Array, "sample pixel"], directions: Shaped[Array, "direction pixel"]
) -> Float[jax.Array, " direction"]:
    """``E (u.x)^4 - 3 (E (u.x)^2)^2`` of centred samples along each direction as it is given.

    >>> samples = np.array([[1.0, 2.0], [-1.0, 2.0], [1.0, -2.0], [-1.0, -2.0]])
    >>> fourth_cumulant(samples, np.eye(2)).tolist()  # of a sign times c it is -2 c^4
    [-2.0, -32.0]

    Args:
      samples: inputs, all of one class.
      directions: of any length; the cumulant grows with its fourth power.

    Raises:
      ValueError: no samples, or directions of another number of pixels.
    """
    samples, directions = real_array(samples, "samples"), real_array(directions, "directions")
    _check(samples)
    if directions.ndim != 2 or directions.shape[1] != samples.shape[1]:
        raise ValueError(
            f"directions: shape {directions.shape} given; samples have {samples.shape[1]} pixels"
        )
    near, scale = near_one(samples, "samples")
    toward, size = near_one(directions, "directions", 1)
    seen = jnp.matmul(near - jnp.mean(near, 0), toward.T, precision="highest")
    return _cumulant(seen) * (scale * size[:, 0]) ** 4


def leading_cumulant_factors(
    samples: Shaped[Array, "sample pixel"],
    *,
    starts: int = 6,
    steps: int = 200,
    whiten: bool = False,
    seed: int = 0,
) -> CumulantFactors:
    """Directions of largest fourth cumulant by symmetric power iteration (Kofidis, Regalia 2002).

    A step is ``u <- +-grad k(u) / |grad k(u)|`` with ``grad k / 4 = E (u.x)^3 x - 3 (u'Su) S u``,
    from random starts; the sign is that of the mean cumulant over pixels, so that inputs with
    edges, of negative excess kurtosis, lead to their most negative direction.

    >>> draw = np.random.default_rng(0)
    >>> samples = np.sign(draw.normal(size=(4000, 5))) * np.array([1, 1, 3, 1, 1])
    >>> found = leading_cumulant_factors(samples, starts=2)
    >>> abs(found.directions).round(1).tolist()[0], bool(found.values[0] < -150)
    ([0.0, 0.0, 1.0, 0.0, 0.0], True)

    Args:
      samples: inputs, all of one class.
      starts: random directions to start from.
      steps: of the iteration.
      whiten: of the inputs with unit covariance (`values` too); directions without variance, to
        1e-6 of the largest, are left out. The factors are given in the whitened pixels
        ``S^(-1/2) x``.
      seed: of the starts.

    Raises:
      ValueError: fewer than two samples, no start or step, samples that are not finite.
    """
    samples = finite_array(samples, "samples")
    _check(samples)
    for name, number in (("starts", starts), ("steps", steps)):
        if number < 1:
            raise ValueError(f"{name}: {number} given; at least 1 is needed")
    near, scale = near_one(samples, "samples")
    centred = near - jnp.mean(near, 0)
    if whiten:
        covariance = jnp.matmul(centred.T, centred, precision="highest") / len(centred)
        values, vectors = jnp.linalg.eigh(covariance)
        kept = values > 1e-6 * values[-1]
        shrink = jnp.where(kept, jax.lax.rsqrt(jnp.where(kept, values, 1)), 0)
        centred = jnp.matmul(centred, (vectors * shrink) @ vectors.T, precision="highest")
        scale = jnp.ones_like(scale)
    begin = np.random.default_rng(seed).normal(size=(starts, samples.shape[1]))
    directions, turned = _iterate(centred, jnp.asarray(begin, centred.dtype), steps)
    found = np.asarray(_cumulant(jnp.matmul(centred, directions.T, precision="highest")))
    order = np.argsort(-np.abs(found), kind="stable")
    unit = float(scale) ** 4
    return CumulantFactors(
        np.asarray(directions)[order],
        found[order].astype(float) * unit,
        np.asarray(turned < TURNED)[order],
    )


def _check(samples: Float[Array, "sample pixel"]) -> None:
    if samples.ndim != 2 or len(samples) < 2 or not samples.shape[1]:
        raise ValueError(f"samples: shape {samples.shape} given; two or more rows of pixels")


def _cumulant(seen: Float[jax.Array, "sample direction"]) -> Float[jax.Array, " direction"]:
    return jnp.mean(seen**4, 0) - 3 * jnp.mean(seen**2, 0) ** 2


@jax.jit
def _iterate(
    centred: jax.Array, begin: jax.Array, steps: int | jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Unit directions ``[start, pixel]`` at the end, and radians of the last turn."""
    count = len(centred)
    sign = jnp.where(jnp.mean(_cumulant(centred)) < 0, -1, 1).astype(centred.dtype)

    def unit(rows):
        size = jnp.linalg.norm(rows, axis=1, keepdims=True)
        return rows / jnp.where(size == 0, 1, size)

    def step(_, state):
        directions, _ = state
        seen = jnp.matmul(centred, directions.T, precision="highest")
        variance = jnp.mean(seen**2, 0)
        weight = seen**3 - 3 * variance * seen
        gradient = jnp.matmul(weight.T, centred, precision="highest") / count
        ahead = unit(sign * gradient)
        chord = jnp.minimum(
            jnp.linalg.norm(ahead - directions, axis=1), jnp.linalg.norm(ahead + directions, axis=1)
        )
        return ahead, 2 * jnp.arcsin(jnp.minimum(chord / 2, 1))

    start = unit(begin), jnp.full(len(begin), jnp.inf, centred.dtype)
    return jax.lax.fori_loop(0, steps, step, start)
