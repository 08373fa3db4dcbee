import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.models import own_inputs

inputs = jnp.asarray(np.random.default_rng(0).normal(size=(3, 5)), jnp.float32)
weights = jnp.asarray(np.random.default_rng(1).normal(size=(4, 5, 6)), jnp.float32)


def product(inputs, weights):
    return own_inputs(inputs, weights) @ weights


@pytest.mark.parametrize("derivative", [jax.jacfwd, jax.jacrev])
@pytest.mark.parametrize("argument", [0, 1])
def test_copies_change_no_value_and_no_derivative(derivative, argument):
    for function in (lambda f: f, lambda f: derivative(f, argument)):
        mine = jax.vmap(function(product), (None, 0))(inputs, weights)
        plain = jax.vmap(function(jnp.matmul), (None, 0))(inputs, weights)
        np.testing.assert_allclose(mine, plain, rtol=1e-5, atol=1e-6)
    grad = jax.grad(lambda x, w: jnp.sum(jnp.tanh(product(x, w))), argument)
    true = jax.grad(lambda x, w: jnp.sum(jnp.tanh(x @ w)), argument)
    np.testing.assert_allclose(grad(inputs, weights[0]), true(inputs, weights[0]), rtol=1e-5)


def test_a_batch_is_copied_per_network_unless_it_is_larger_than_the_weights():
    def dots(inputs):
        text = str(jax.make_jaxpr(jax.vmap(product, (None, 0)))(inputs, weights))
        return text.split("dot_general")[1]

    assert "([0], [0])" in dots(inputs)  # networks are a batch dimension of the product
    assert "([], [])" in dots(jnp.tile(inputs, (3, 1)))  # 45 numbers for 30 weights
