"""Students beside the committee machine: convolutional, and on the way to lazy training."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.models import (
    CommitteeMachine,
    ConvolutionalCommittee,
    SparseAutoencoder,
    initial_biases,
    lazy_rate,
    lazy_start,
)

INPUTS = np.random.default_rng(0).normal(size=(5, 6)).astype(np.float32)


def params_of(network, inputs=INPUTS, seed=0):
    return jax.tree.map(np.asarray, network.init(jax.random.key(seed), inputs)["params"])


@pytest.mark.parametrize("shape", [None, (2, 3)])
def test_a_convolutional_student_is_a_committee_of_all_shifts(shape):
    """By trying every shift; a torus is shifted along both directions."""
    network = ConvolutionalCommittee(3, bias=0.2, shape=shape)
    params = params_of(network)
    assert params["W1"].shape == (6, 3) and params["b1"].shape == (3,)
    found = network.apply({"params": params}, INPUTS)
    torus = shape or (1, 6)
    filters = params["W1"].T.reshape(3, *torus)
    units = [
        [np.roll(one, (down, right), (0, 1)).ravel() for one in filters]
        for down in range(torus[0])
        for right in range(torus[1])
    ]
    pre = np.einsum("ip,sfp->isf", INPUTS, np.array(units)) + 0.2
    hidden = np.tanh(pre).mean(1)
    np.testing.assert_allclose(found.hidden, hidden, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found.outputs[:, 0], hidden.mean(1), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found.pre_activations, pre[:, 0], rtol=1e-4, atol=1e-6)


def test_shifted_inputs_are_the_same_to_a_convolutional_student():
    network = ConvolutionalCommittee(2)
    params = {"params": params_of(network)}
    one, other = (network.apply(params, x).outputs for x in (INPUTS, np.roll(INPUTS, 2, 1)))
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_half_of_the_units_start_with_the_opposite_bias():
    assert initial_biases(2.0)(None, (3,)).tolist() == [2, 2, 2]
    for network in (CommitteeMachine, SparseAutoencoder, ConvolutionalCommittee):
        params = params_of(network(5, bias=2.0, bias_signs="halves"))
        assert params["b1"].tolist() == [2, 2, 2, -2, -2]
    both = params_of(CommitteeMachine(4, bias=2.0, bias_signs="halves", outputs=1))
    assert both["b2"].tolist() == [0]
    with pytest.raises(ValueError, match="signs: 'both' is not known; allowed are same, halves"):
        initial_biases(1.0, "both")


def test_a_lazy_start_is_in_pairs_that_cancel():
    network = CommitteeMachine(4, bias=0.3, bias_signs="halves", outputs=1)
    params = lazy_start(params_of(network), 3.0)
    assert params["W2"][:, 0].tolist() == [6, 6, -6, -6]
    np.testing.assert_allclose(params["b1"], 0.3)
    np.testing.assert_array_equal(params["W1"][:, :2], params["W1"][:, 2:])
    assert np.abs(network.apply({"params": params}, INPUTS).outputs).max() < 1e-6
    with pytest.raises(ValueError, match=r"W2 has shape \(3, 1\); even units"):
        lazy_start(params_of(CommitteeMachine(3, outputs=1)), 1.0)
    with pytest.raises(ValueError, match=r"W2 has shape \(4, 2\); even units, one output"):
        lazy_start(params_of(CommitteeMachine(4, outputs=2)), 1.0)


def test_at_a_large_scale_training_follows_the_tangent_kernel():
    """Ten steps of gradient descent against the linear recursion f <- f + r K (y - f) of the
    kernel at the start: 1e-4 apart at alpha 300, and by more than 0.02 at alpha 0.3."""
    network, labels = CommitteeMachine(8, outputs=1), jnp.array([1.0, -1.0, 1.0, 1.0, -1.0])
    apart = {}
    with jax.enable_x64():
        first = {k: jnp.asarray(x, float) for k, x in params_of(network).items()}
        for alpha in (0.3, 300.0):
            params, rate = lazy_start(first, alpha), 0.4 * lazy_rate(alpha)

            def answers(trained, params=params):
                whole = {"params": {**params, **trained}}
                return network.apply(whole, INPUTS.astype(float)).outputs[:, 0]

            trained = {name: params[name] for name in ("W1", "b1")}
            slopes = jax.jacobian(answers)(trained)
            kernel = sum(
                x.reshape(5, -1) @ x.reshape(5, -1).T for x in jax.tree.leaves(slopes)
            ) * lazy_rate(alpha)
            linear = jnp.zeros(5)
            for _ in range(10):
                loss = jax.grad(lambda t: jnp.mean((answers(t) - labels) ** 2))  # noqa: B023
                trained = jax.tree.map(lambda p, g: p - rate * g, trained, loss(trained))  # noqa: B023
                linear = linear + 0.4 * 2 / 5 * kernel @ (labels - linear)
            apart[alpha] = float(jnp.abs(answers(trained) - linear).max())
    assert apart[300.0] < 1e-4 and apart[0.3] > 0.02, apart
