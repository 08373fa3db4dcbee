"""Committee machines: what they compute, how they start, and the trap of odd ones."""

import jax
import numpy as np
import pytest

from jaxrep.models.activations import ACTIVATIONS, ODD
from jaxrep.models.committee import WEIGHTS, CommitteeMachine, SparseAutoencoder, sparsity

INPUTS = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)


def make(**options):
    network = CommitteeMachine(4, **options)
    params = jax.jit(network.init)(jax.random.key(0), INPUTS)["params"]
    return jax.tree.map(np.asarray, params), network.apply({"params": params}, INPUTS)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_output_is_the_mean_of_the_units(activation):
    params, found = make(activation=activation, bias=0.3)
    pre = INPUTS @ params["W1"] + 0.3
    np.testing.assert_allclose(found.pre_activations, pre, rtol=1e-5, atol=1e-6)
    wanted = np.asarray(ACTIVATIONS[activation](pre)).mean(1)
    np.testing.assert_allclose(found.outputs[:, 0], wanted, rtol=1e-5, atol=1e-6)


def test_a_second_layer_starts_near_the_committee():
    params, found = make(outputs=3, bias=None, activation="relu")
    assert set(params) == {"W1", "W2"} and params["W2"].shape == (4, 3)
    hidden = np.maximum(INPUTS @ params["W1"], 0)
    np.testing.assert_allclose(found.outputs, hidden @ params["W2"] / 4, rtol=1e-5, atol=1e-6)
    wide = CommitteeMachine(2000, outputs=1, scale=0.01).init(jax.random.key(1), INPUTS)["params"]
    assert np.asarray(wide["W2"]).mean() == pytest.approx(1, abs=0.01)


def test_gates_make_units_linear_where_they_open():
    gate = lambda x: (x[:, :4] > 0).astype(np.float32)  # noqa: E731
    params, found = make(gate=gate)
    wanted = ((INPUTS[:, :4] > 0) * (INPUTS @ params["W1"])).mean(1)
    np.testing.assert_allclose(found.outputs[:, 0], wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "name, deviation",
    [
        ("lecun_normal", (4 / 100) ** 0.5),
        ("xavier_normal", (2 * 4 / 500) ** 0.5),
        ("normal", 4 / 100**0.5),
        ("truncated_normal", 0.87962566 * (4 / 100) ** 0.5),
    ],
)
def test_initial_deviations(name, deviation):
    """Scale 4, 100 pixels, 400 units: 40,000 numbers, 1.5 % is four standard errors."""
    weights = np.asarray(WEIGHTS[name](4.0)(jax.random.key(2), (100, 400)))
    assert weights.std() == pytest.approx(deviation, rel=0.015)


@pytest.mark.parametrize("activation", sorted(ODD))
def test_odd_networks_without_bias_are_odd(activation):
    network = CommitteeMachine(4, activation, bias=None)
    params = network.init(jax.random.key(3), INPUTS)
    there, back = (network.apply(params, x).outputs for x in (INPUTS, -INPUTS))
    np.testing.assert_allclose(there, -back, atol=1e-6)


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - ODD))
def test_the_others_are_not_odd(name):
    x = np.linspace(0.5, 3, 5)
    assert np.abs(np.asarray(ACTIVATIONS[name](x) + ACTIVATIONS[name](-x))).max() > 0.1


def test_small_bumps_and_the_second_bias():
    params, found = make(weights="small_bumps", scale=4.0, bias=0.25, outputs=2, activation="relu")
    np.testing.assert_allclose(params["W1"][:, 0], [0, 0, 2, 4, 2])
    np.testing.assert_allclose(params["W1"][:, 1], [0, 0, -2, -4, -2])
    hidden = np.maximum(INPUTS @ params["W1"] + 0.25, 0)
    wanted = (hidden @ params["W2"] + 0.25) / 4
    np.testing.assert_allclose(found.outputs, wanted, rtol=1e-5, atol=1e-6)


def test_a_sparse_autoencoder_reconstructs_and_pays_for_activity():
    network = SparseAutoencoder(4)
    params = network.init(jax.random.key(0), INPUTS)["params"]
    found = network.apply({"params": params}, INPUTS)
    hidden = np.maximum(INPUTS @ np.asarray(params["W1"]) + np.asarray(params["b1"]), 0)
    wanted = hidden @ np.asarray(params["W2"])
    np.testing.assert_allclose(found.outputs, wanted, rtol=1e-5, atol=1e-6)
    active = 1 / (1 + np.exp(-np.asarray(found.pre_activations, float)))
    mean, rho = active.mean(0), 0.05
    divergence = rho * np.log(rho / mean) + (1 - rho) * np.log((1 - rho) / (1 - mean))
    assert float(sparsity(found.pre_activations)) == pytest.approx(divergence.mean(), rel=1e-5)
    size = np.abs(np.asarray(found.pre_activations)).mean()
    assert float(sparsity(found.pre_activations, None)) == pytest.approx(size, rel=1e-5)
    with pytest.raises(ValueError, match="rate: 1.0 is outside"):
        sparsity(found.pre_activations, 1.0)
