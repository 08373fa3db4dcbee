"""Gabor functions and sinusoids fitted to receptive fields on a ring of pixels.

Amplitudes and the offset enter linearly, so for given centre, width and frequency they are
solved for (variable projection; Golub and Pereyra 1973), and Adam only searches the rest,
from several starts side by side: no grid, all units at once.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Float

from jaxrep.typing import Array

STEPS, RATE = 300, 0.15
"""Of Adam, from every start. L-BFGS with a line search gets as close in 40 steps but takes ten
times as long to compile and to run, side by side."""


class GaborFit(NamedTuple):
    """``amplitude cos(2 pi f d / L + phase) exp(-(d / width)^2) + offset``, d from the centre.

    Attributes:
      amplitude: not negative, in units of the weights.
      centre: pixels, 0 .. L.
      width: pixels; L / 2 is no envelope.
      frequency: cycles around the ring.
      phase: radians.
      offset: in units of the weights.
      error: norm of what is left over that of the field, 0 .. 1.
    """

    amplitude: Float[Array, "*batch"]
    centre: Float[Array, "*batch"]
    width: Float[Array, "*batch"]
    frequency: Float[Array, "*batch"]
    phase: Float[Array, "*batch"]
    offset: Float[Array, "*batch"]
    error: Float[Array, "*batch"]


class SinusoidFit(NamedTuple):
    """``amplitude cos(2 pi f x / L + phase) + offset``; attributes as of `GaborFit`."""

    amplitude: Float[Array, "*batch"]
    frequency: Float[Array, "*batch"]
    phase: Float[Array, "*batch"]
    offset: Float[Array, "*batch"]
    error: Float[Array, "*batch"]


def fit_gabor(weights: Float[Array, "*batch pixel"]) -> GaborFit:
    """The best Gabor function for every receptive field.

    Starts at the largest weight, with four pairs of width and frequency. Fields of zeros have
    amplitude 0 and error 0.
    """
    return _over_fields(_gabor(np.shape(weights)[-1]), weights)


@functools.lru_cache(maxsize=8)
def _gabor(length: int) -> Callable:
    """The compiled search of all fields of one length."""
    width = np.array([length / 20, length / 10, length / 6, length / 4])
    frequency = np.array([1.0, 3.0, 1.5, 4.5])
    low, high = np.array([0.3, 0.0]), np.array([length / 2, length / 2])
    inside = (np.stack([width, frequency], 1) - low) / (high - low)
    free = jnp.log(inside) - jnp.log1p(-inside)

    def shape_of(parameters):
        centre = parameters[0]
        width, frequency = low + (high - low) * jax.nn.sigmoid(parameters[1:])
        return centre, width, frequency

    def basis(parameters):
        centre, width, frequency = shape_of(parameters)
        distance = jnp.mod(jnp.arange(length) - centre + length / 2, length) - length / 2
        envelope = jnp.exp(-((distance / width) ** 2))
        angle = 2 * np.pi / length * frequency * distance
        return envelope * jnp.cos(angle), envelope * jnp.sin(angle)

    def one(field):
        peak = jnp.argmax(jnp.abs(field - jnp.median(field))).astype(field.dtype)
        starts = jnp.concatenate([jnp.full((len(free), 1), peak), free], 1).astype(field.dtype)
        parameters, (cosine, sine, offset), error = _search(basis, starts, field)
        centre, width, frequency = shape_of(parameters)
        amplitude, phase = jnp.hypot(cosine, sine), jnp.arctan2(-sine, cosine)
        centre = jnp.mod(centre, length)
        return GaborFit(amplitude, centre, width, frequency, phase, offset, error)

    return jax.jit(jax.vmap(one))


def fit_sinusoid(weights: Float[Array, "*batch pixel"]) -> SinusoidFit:
    """The best sinusoid of any frequency up to L / 2 for every receptive field.

    Starts at the three strongest frequencies of its Fourier transform.
    """
    return _over_fields(_sinusoid(np.shape(weights)[-1]), weights)


@functools.lru_cache(maxsize=8)
def _sinusoid(length: int) -> Callable:
    def basis(parameters):
        angle = 2 * np.pi / length * parameters[0] * jnp.arange(length)
        return jnp.cos(angle), jnp.sin(angle)

    def one(field):
        power = jnp.abs(jnp.fft.rfft(field))[1:]
        starts = jnp.argsort(-power)[:3, None].astype(field.dtype) + 1
        parameters, (cosine, sine, offset), error = _search(basis, starts, field)
        amplitude, phase = jnp.hypot(cosine, sine), jnp.arctan2(-sine, cosine)
        return SinusoidFit(amplitude, parameters[0], phase, offset, error)

    return jax.jit(jax.vmap(one))


def _over_fields(search: Callable, weights: Float[Array, "*batch pixel"]):
    weights = jnp.asarray(weights)
    found = search(weights.reshape(-1, weights.shape[-1]))
    return jax.tree.map(lambda array: array.reshape(weights.shape[:-1]), found)


def _search(basis: Callable, starts: Float[Array, "start parameter"], field):
    """Parameters, coefficients and error of the best of all starts."""
    size = jnp.linalg.norm(field)
    scaled = field / jnp.where(size > 0, size, 1)

    def columns(parameters):
        return jnp.stack([*basis(parameters), jnp.ones_like(scaled)])

    def objective(parameters):
        """What is left after the columns, made orthogonal one by one (Gram and Schmidt)."""
        rest, directions = scaled, []
        for column in columns(parameters)[::-1]:
            size = jnp.sum(column**2)
            for direction in directions:
                column = column - jnp.sum(direction * column) * direction
            squared = jnp.sum(column**2)
            # a column that the others span (no frequency: a sine of zeros) adds nothing
            usable = squared > 1e-9 * size
            norm = jnp.sqrt(jnp.where(usable, squared, 1))
            direction = jnp.where(usable, column / norm, 0)
            directions.append(direction)
            rest = rest - jnp.sum(direction * rest) * direction
        return jnp.sum(rest**2)

    optimizer = optax.adam(optax.cosine_decay_schedule(RATE, STEPS), b1=0.8, b2=0.95)

    def refine(start):
        def step(carry, _):
            parameters, state = carry
            updates, state = optimizer.update(jax.grad(objective)(parameters), state)
            return (optax.apply_updates(parameters, updates), state), None

        (end, _), _ = jax.lax.scan(step, (start, optimizer.init(start)), length=STEPS)
        return end, objective(end)

    ends, values = jax.vmap(refine)(starts)
    best = jnp.nanargmin(jnp.where(jnp.isfinite(values), values, jnp.inf))
    coefficients = jnp.linalg.lstsq(columns(ends[best]).T, field)[0]
    return ends[best], coefficients, jnp.sqrt(jnp.maximum(values[best], 0)) * (size > 0)
