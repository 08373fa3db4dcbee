"""How large a replica is: its inputs and the three largest arrays of its step."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.engine.execution import live_bytes

NUMBERS = np.zeros(10, np.float32)


def total(*widths):
    """A function that makes one array of each width times ten numbers, and sums them."""
    return lambda numbers: sum(jnp.sum(jax.lax.broadcast(numbers, (width,))) for width in widths)


def in_a_loop(function):
    return lambda numbers: jax.lax.fori_loop(0, 5, lambda i, x: x + function(numbers), 0.0)


@pytest.mark.parametrize("wrapped", [lambda f: f, jax.jit, in_a_loop], ids=["plain", "jit", "loop"])
def test_inputs_and_the_three_largest_arrays_are_counted(wrapped):
    """Arrays of 4 x 10 x width bytes, also inside other functions; the smallest is not kept."""
    traced = jax.make_jaxpr(wrapped(total(20, 50, 30, 40)))(NUMBERS)
    assert live_bytes(traced.jaxpr) == 40 * (50 + 40 + 30) + 40


def test_all_inputs_are_counted_by_their_own_size():
    def function(params, batch):
        return jnp.negative(params["W"])

    params = {"W": np.zeros((3, 4), np.float32), "b": np.zeros(5, np.int8)}
    traced = jax.make_jaxpr(function)(params, np.zeros(7, np.float32))
    assert live_bytes(traced.jaxpr) == (48 + 5 + 28) + 48
