"""Optimizers that optax writes otherwise."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import PyTree

from jaxrep.typing import Real


class _Moments(NamedTuple):
    count: jax.Array
    first: PyTree
    second: PyTree


def adam_outside(
    learning_rate: Real, b1: float = 0.9, b2: float = 0.999, epsilon: float = 1e-8
) -> optax.GradientTransformation:
    """Adam with epsilon outside the bias correction, as TensorFlow 1 has it.

    ``rate sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + epsilon)`` (Kingma and Ba 2015, end of
    section 2): early on its epsilon is sqrt(1 - b2^t) times smaller than `optax.adam`'s.

    >>> optimizer = adam_outside(0.1)
    >>> weight, slope = jnp.array(1.0), jnp.array(-7.0)
    >>> step, _ = optimizer.update(slope, optimizer.init(weight))
    >>> float(step)  # the size of the first step is the rate
    0.100
    """

    def init(params):
        zeros = jax.tree.map(jnp.zeros_like, params)
        return _Moments(jnp.zeros((), jnp.int32), zeros, zeros)

    def update(gradient, state, params=None):
        del params
        count = state.count + 1
        first = optax.tree.update_moment(gradient, state.first, b1, 1)
        second = optax.tree.update_moment(gradient, state.second, b2, 2)
        rate = learning_rate * jnp.sqrt(1 - b2**count) / (1 - b1**count)
        step = jax.tree.map(lambda m, v: -rate * m / (jnp.sqrt(v) + epsilon), first, second)
        return step, _Moments(count, first, second)

    return optax.GradientTransformation(init, update)
