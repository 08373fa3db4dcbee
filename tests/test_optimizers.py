"""Adam with epsilon outside the bias correction, against its formula step by step."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxrep.optimizers import adam_outside


@pytest.mark.parametrize("epsilon", [1e-8, 0.1])
def test_by_the_formula(epsilon):
    optimizer = adam_outside(0.01, epsilon=epsilon)
    params = {"w": jnp.array([1.0, -2.0])}
    state, m, v = optimizer.init(params), np.zeros(2), np.zeros(2)
    rng = np.random.default_rng(0)
    for t in range(1, 6):
        gradient = rng.normal(size=2)
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        rate = 0.01 * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        updates, state = optimizer.update({"w": jnp.asarray(gradient)}, state)
        np.testing.assert_allclose(updates["w"], -rate * m / (np.sqrt(v) + epsilon), rtol=1e-4)
    inside, _ = optax.adam(0.01, eps=0.1).update(
        {"w": jnp.ones(2)}, optax.adam(0.01, eps=0.1).init(params)
    )
    outside, _ = adam_outside(0.01, epsilon=0.1).update(
        {"w": jnp.ones(2)}, adam_outside(0.01).init(params)
    )
    assert abs(float(outside["w"][0])) < abs(float(inside["w"][0])) / 2
