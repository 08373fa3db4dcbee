"""The cross-entropy against float64, far below where float32 log-softmax ends."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxrep.losses import (
    LOSS_POWERS,
    accuracy,
    clipped_cross_entropy,
    cosine_loss,
    cross_entropy,
    power_loss,
)


def reference(logits, labels):
    logits = np.asarray(logits, np.float64)
    own = np.take_along_axis(logits, labels[:, None], 1)
    difference = logits - own
    others = np.arange(logits.shape[1]) != labels[:, None]
    return np.log1p(np.sum(np.where(others, np.exp(difference), 0), 1))


@given(st.integers(0, 2**31), st.floats(0.1, 40), st.sampled_from([2, 30]))
@settings(max_examples=40, deadline=None)
def test_it_equals_float64(seed, scale, classes):
    rng = np.random.default_rng(seed)
    logits = (rng.normal(size=(16, classes)) * scale).astype(np.float32)
    labels = rng.integers(0, classes, 16)
    got = cross_entropy(logits, labels)
    # Rounding of the exponent: 1e-7 of logits up to 200.
    np.testing.assert_allclose(got, reference(logits, labels), rtol=5e-5, atol=1e-37)


@pytest.mark.parametrize("margin", [5.0, 17.0, 30.0, 60.0])
def test_tiny_losses_and_their_gradients_do_not_vanish(margin):
    logits = np.zeros((1, 120), np.float32)
    logits[0, 7] = margin
    label = np.array([7])
    value, gradient = jax.value_and_grad(lambda x: cross_entropy(x, label)[0])(jnp.array(logits))
    exact = np.log1p(119 * np.exp(-margin))
    # exp of a float32 number near 60 is good to 60 * 6e-8.
    np.testing.assert_allclose(value, exact, rtol=1e-5)
    np.testing.assert_allclose(
        gradient[0, 7], -119 * np.exp(-margin) / (1 + 119 * np.exp(-margin)), rtol=1e-5
    )
    np.testing.assert_allclose(gradient.sum(), 0, atol=1e-6 * abs(gradient[0, 7]))


@given(st.integers(0, 2**31))
@settings(max_examples=20, deadline=None)
def test_the_gradient_is_that_of_log_softmax(seed):
    rng = np.random.default_rng(seed)
    with jax.enable_x64():
        logits, labels = rng.normal(size=(5, 7)) * 3, rng.integers(0, 7, 5)
        weights = rng.normal(size=5)
        ours = jax.grad(lambda x: jnp.sum(weights * cross_entropy(x, labels)))(logits)
        plain = jax.grad(
            lambda x: -jnp.sum(weights * jax.nn.log_softmax(x)[jnp.arange(5), labels])
        )(logits)
        np.testing.assert_allclose(ours, plain, atol=1e-12)


def test_accuracy_counts_hits():
    hits = accuracy(jnp.array([[1.0, 2.0], [3.0, 0.0]]), jnp.array([1, 1]))
    assert hits.tolist() == [1, 0]


def test_the_clipped_loss_has_no_gradient_where_it_clips():
    """16.118 = log 1e7 is the largest margin that is seen; the loss there is 16.118 too."""
    logits = np.array([[0.0, 20.0], [0.0, 3.0], [20.0, 0.0]])
    labels = np.zeros(3, int)
    found = clipped_cross_entropy(jnp.asarray(logits), jnp.asarray(labels))
    np.testing.assert_allclose(found[:2], [np.log(1e7), np.log1p(np.exp(3))], rtol=1e-5)
    assert 0 < float(found[2]) < 2e-7  # 1e-7, in float32
    gradient = jax.grad(lambda x: clipped_cross_entropy(x, jnp.asarray(labels)).sum())(
        jnp.asarray(logits)
    )
    assert (np.asarray(gradient)[[0, 2]] == 0).all()
    probability = 1 / (1 + np.exp(3))
    np.testing.assert_allclose(gradient[1], [probability - 1, 1 - probability], rtol=1e-5)


@pytest.mark.parametrize("name, power", LOSS_POWERS.items())
def test_powers_of_errors_and_their_gradients(name, power):
    """Against the definition in numpy and a finite difference; 0 is the logarithm."""
    errors = np.array([-1.3, -0.2, 0.4, 2.0])
    expected = np.log(np.abs(errors)) if power == 0 else np.abs(errors) ** power
    np.testing.assert_allclose(power_loss(jnp.asarray(errors), power), expected, rtol=1e-5)
    slope = jax.vmap(jax.grad(power_loss), in_axes=(0, None))(jnp.asarray(errors), power)
    by_hand = np.sign(errors) * (
        1 / np.abs(errors) if power == 0 else power * expected / abs(errors)
    )
    np.testing.assert_allclose(slope, by_hand, rtol=1e-5)
    assert np.isfinite(jax.grad(power_loss)(0.0, power))


def test_all_cosine_losses_are_one_squared_error():
    """``f(2) - f(1 + cos e) = f'(2) e^2 / 2`` to leading order, whatever f; not so for errors."""
    error = 0.05
    target, code = jnp.array([1.0, 0.0]), 3 * jnp.array([np.cos(error), np.sin(error)])
    with jax.enable_x64():
        code = 3 * jnp.array([np.cos(error), np.sin(error)])
        for power in LOSS_POWERS.values():
            slope = 0.5 if power == 0 else power * 2 ** (power - 1)
            found = cosine_loss(code, target.astype(float), power)
            assert found == pytest.approx(slope * error**2 / 2, rel=2e-3)
