"""Feed-forward classifiers: what they compute, how they start, max-norm and batch normalisation."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.models.activations import ACTIVATIONS, RANGES
from jaxrep.models.disturbances import Disturbance, code_levels, disturb, quantise
from jaxrep.models.feedforward import FeedForward, max_norm

INPUTS = np.random.default_rng(0).normal(size=(8, 5)).astype(np.float32)  # [sample, feature]


@pytest.mark.parametrize("activation", ["tanh", "leaky_relu", "hard_sigmoid", "softplus"])
def test_layers_by_hand(activation):
    network = FeedForward((4, 3), 2, activation)
    params = network.init(jax.random.key(0), INPUTS)["params"]
    found = network.apply({"params": params}, INPUTS)
    x = INPUTS
    for index, layer in enumerate(found.hidden, 1):
        x = np.asarray(ACTIVATIONS[activation](x @ params[f"W{index}"] + params[f"b{index}"]))
        np.testing.assert_allclose(layer, x, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found.logits, x @ params["W3"], rtol=1e-5, atol=1e-6)


def test_derivatives_are_those_of_the_plain_network():
    """First and second ones, forward and in reverse, against products as numpy writes them."""
    inputs = jax.random.normal(jax.random.key(1), (9, 4))
    network = FeedForward((5, 3), 2)
    variables = network.init(jax.random.key(0), inputs)

    def ours(params, inputs):
        return jnp.sum(jnp.sin(network.apply({"params": params}, inputs).logits))

    def plain(params, inputs):
        x = inputs
        for layer in (1, 2):
            x = jnp.tanh(x @ params[f"W{layer}"] + params[f"b{layer}"])
        return jnp.sum(jnp.sin(x @ params["W3"] + params["b3"]))

    with jax.enable_x64(True):
        params, inputs = jax.tree.map(
            lambda x: jnp.asarray(x, jnp.float64), (variables["params"], inputs)
        )
        for derivative in (jax.grad, jax.jacfwd, jax.hessian):
            derived, expected = (
                derivative(function, argnums=(0, 1))(params, inputs) for function in (ours, plain)
            )
            # measured 2.2e-16 at most, of numbers up to 9
            jax.tree.map(
                lambda x, y: np.testing.assert_allclose(x, y, atol=1e-14), derived, expected
            )


def test_no_hidden_layer_is_a_softmax_regression():
    network = FeedForward((), 3)
    params = network.init(jax.random.key(0), INPUTS)["params"]
    assert set(params) == {"W1", "b1"}
    np.testing.assert_allclose(
        network.apply({"params": params}, INPUTS).logits,
        INPUTS @ params["W1"],
        rtol=1e-5,
        atol=1e-6,
    )


def test_initial_deviations():
    """Hidden: 0.880 / sqrt(units), cut at 2 / sqrt(units); output: uniform, Glorot's limit."""
    params = FeedForward((400,), 2).init(jax.random.key(1), np.zeros((1, 100)))["params"]
    hidden, output = np.asarray(params["W1"]), np.asarray(params["W2"])
    assert hidden.std() == pytest.approx(0.87962566 / 20, rel=0.015)
    assert np.abs(hidden).max() <= 2 / 20
    assert np.abs(output).max() <= (6 / 402) ** 0.5
    assert output.std() == pytest.approx((2 / 402) ** 0.5, rel=0.1)


def test_max_norm_is_the_units_own():
    weights = np.array([[3.0, 0.1], [4.0, 0.2]], np.float32)
    found = np.asarray(max_norm(jnp.asarray(weights), 1.0))
    np.testing.assert_allclose(np.linalg.norm(found, axis=0), [1, 0.2236068], rtol=1e-5)
    np.testing.assert_allclose(found[:, 1], weights[:, 1], rtol=1e-5)


def test_batch_normalisation_normalises_and_remembers():
    network = FeedForward((4, 3), 2, batch_norm=True, momentum=0.5)
    variables = network.init(jax.random.key(2), INPUTS)
    found, changed = network.apply(variables, 3 * INPUTS, True, mutable=["batch_stats"])
    mean = np.asarray(found.hidden[0]).mean(0)
    np.testing.assert_allclose(changed["batch_stats"]["norm1"]["mean"], mean / 2, rtol=1e-5)
    hidden = np.asarray(found.hidden[0])
    scale = np.sqrt(hidden.var(0) + 1e-5)
    normal = (hidden - hidden.mean(0)) / scale
    params = variables["params"]
    second = np.tanh(normal @ np.asarray(params["W2"]))
    np.testing.assert_allclose(found.hidden[1], second, rtol=1e-4, atol=1e-5)
    still = network.apply(variables, INPUTS)
    trained, _ = network.apply(variables, INPUTS, True, mutable=["batch_stats"])
    assert not np.allclose(still.hidden[1], trained.hidden[1])


def test_codes_are_levels_and_their_gradient_is_that_of_the_clip():
    x = jnp.linspace(-2, 2, 401)
    coded = quantise(x, -1.0, 1.0, code_levels(2))
    levels = np.unique(np.asarray(coded))
    np.testing.assert_allclose(levels, [-1, -1 / 3, 1 / 3, 1], rtol=1e-6)
    assert np.abs(coded - np.clip(x, -1, 1)).max() <= 1 / 3 + 1e-6
    slope = jax.vmap(jax.grad(lambda x: quantise(x, -1.0, 1.0, 3.0)))(x)
    np.testing.assert_array_equal(slope, (np.abs(x) <= 1).astype(float))
    np.testing.assert_array_equal(quantise(x, -1.0, 1.0, 0), x)
    np.testing.assert_array_equal(quantise(jnp.zeros(3), 0.0, 0.0, 3), np.zeros(3))  # dead


def test_a_coded_network_and_what_its_range_is_taken_from():
    """relu: at most 2^k values per layer, of the first samples' range; the same codes beside
    other samples."""
    network = FeedForward((6, 5), 2, "relu")
    variables = network.init(jax.random.key(0), INPUTS)
    coded = network.apply(variables, INPUTS, False, Disturbance(code_levels(3)))
    for layer in coded.hidden:
        values = np.asarray(layer)
        grid = values / (values.max() / 7)
        np.testing.assert_allclose(grid, np.round(grid), atol=1e-4)
    more = np.concatenate([INPUTS, 50 * INPUTS])
    beside = network.apply(variables, more, False, Disturbance(code_levels(3), range_samples=8))
    for alone, layer in zip(coded.hidden, beside.hidden, strict=True):
        np.testing.assert_allclose(layer[:8], alone, rtol=1e-5, atol=1e-6)
        assert layer.max() <= alone.max() * (1 + 1e-6)
    assert not np.allclose(network.apply(variables, INPUTS).logits, coded.logits)


def test_noise_and_dropout_go_on_but_are_not_looked_at():
    network, key = FeedForward((50, 3), 2), jax.random.key(5)
    variables = network.init(jax.random.key(0), INPUTS)
    plain = network.apply(variables, INPUTS)
    for disturbance in (Disturbance(noise=0.5, key=key), Disturbance(dropout=0.5, key=key)):
        found = network.apply(variables, INPUTS, False, disturbance)
        np.testing.assert_array_equal(found.hidden[0], plain.hidden[0])
        assert not np.allclose(found.hidden[1], plain.hidden[1])
        again = network.apply(variables, INPUTS, False, disturbance)
        np.testing.assert_array_equal(found.logits, again.logits)
    ones = jnp.ones((200, 100))
    _, noisy = disturb(Disturbance(noise=0.5, key=key), "tanh", 1, ones)
    assert float(noisy.std()) == pytest.approx(0.5, rel=0.02)
    _, dropped = disturb(Disturbance(dropout=0.25, key=key), "tanh", 1, ones)
    assert float((dropped == 0).mean()) == pytest.approx(0.25, abs=0.01)
    assert float(dropped.mean()) == pytest.approx(1, abs=0.02)
    _, other = disturb(Disturbance(noise=0.5, key=key), "tanh", 2, ones)
    assert not np.allclose(noisy, other)


@pytest.mark.parametrize("activation", sorted(RANGES))
def test_ranges_of_activations_hold(activation):
    x = jnp.linspace(-50, 50, 1001)
    values, (low, high) = ACTIVATIONS[activation](x), RANGES[activation]
    assert low is None or values.min() >= low
    assert high is None or values.max() <= high
