"""The cross-entropy against float64, far below where float32 log-softmax ends."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

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


def plain(logits, labels):
    """By the definition; right in float64 only."""
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[..., None], -1)[..., 0]


def problem(rows=(2, 3), classes=5, seed=0):
    """Logits and labels, to be drawn inside a double precision context."""
    rng = np.random.default_rng(seed)
    logits = jnp.asarray(rng.normal(size=(*rows, classes)) * 3)
    return logits, jnp.asarray(rng.integers(0, classes, rows))


@pytest.mark.parametrize("rows", [(), (4,), (2, 3), (2, 1, 3), (0,)])
@pytest.mark.usefixtures("double")
def test_leading_axes_are_rows(rows):
    logits, labels = problem(rows)
    own = np.take_along_axis(np.asarray(logits), np.asarray(labels)[..., None], -1)[..., 0]
    expected = logsumexp(logits, -1) - own
    assert cross_entropy(logits, labels).shape == rows
    np.testing.assert_allclose(cross_entropy(logits, labels), expected, rtol=1e-12)
    np.testing.assert_allclose(jax.jit(cross_entropy)(logits, labels), expected, rtol=1e-12)
    if rows and rows[0]:
        mapped = jax.jit(jax.vmap(cross_entropy))
        np.testing.assert_allclose(mapped(logits, labels), expected, rtol=1e-12)


@given(st.integers(0, 2**31))
@settings(max_examples=20, deadline=None)
def test_the_gradient_is_that_of_log_softmax(seed):
    rng = np.random.default_rng(seed)
    with jax.enable_x64():
        logits, labels = problem((5,), 7, seed)
        weights = rng.normal(size=5)
        found, expected = (
            jax.grad(lambda x, f=function: jnp.sum(weights * f(x, labels)))(logits)
            for function in (cross_entropy, plain)
        )
        np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.usefixtures("double")
def test_forward_and_backward_derivatives_are_finite_differences():
    logits, labels = problem()
    direction = jnp.asarray(np.random.default_rng(1).normal(size=logits.shape))
    function = jax.jit(lambda x: cross_entropy(x, labels))
    value, forward = jax.jvp(function, (logits,), (direction,))
    np.testing.assert_allclose(value, cross_entropy(logits, labels), rtol=1e-14)
    step = 1e-5 * direction
    difference = (function(logits + step) - function(logits - step)) / 2e-5
    np.testing.assert_allclose(forward, difference, rtol=1e-7)
    (backward,) = jax.vjp(function, logits)[1](jnp.ones(labels.shape))
    np.testing.assert_allclose(forward, jnp.sum(backward * direction, -1), rtol=1e-12)
    by_row = jax.jit(jax.vmap(jax.vmap(jax.grad(cross_entropy))))(logits, labels)
    np.testing.assert_allclose(by_row, backward, rtol=1e-12)


@pytest.mark.parametrize("outer", [jax.jacfwd, jax.jacrev])
@pytest.mark.parametrize("inner", [jax.grad, jax.jacfwd])
@pytest.mark.usefixtures("double")
def test_second_derivatives_are_the_covariance_of_softmax(inner, outer):
    logits, labels = problem(())
    found = jax.jit(outer(inner(cross_entropy)))(logits, labels)
    share = jax.nn.softmax(logits)
    np.testing.assert_allclose(found, jnp.diag(share) - jnp.outer(share, share), atol=1e-13)


def test_second_derivatives_of_a_confident_network_in_float32():
    """The label's logit 100 above the others: exp(100) is no float32 number."""
    curvature = jax.jit(jax.jacfwd(jax.grad(cross_entropy)))
    for margin in (20.0, 100.0):
        found = curvature(jnp.array([0.0, margin, 0.0]), 1)
        tiny = np.exp(-margin)
        expected = tiny * np.array([[1, -1, 0], [-1, 2, -1], [0, -1, 1]])
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-8 * tiny + 1e-37)


@pytest.mark.parametrize("mapped", [False, True], ids=["whole", "vmap"])
@pytest.mark.usefixtures("double")
def test_a_class_at_minus_infinity_is_as_if_it_were_not_there(mapped):
    def loss(logits, labels):
        return cross_entropy(logits, labels).sum()

    def everything(logits, labels):
        first, second = jax.grad(loss), jax.jacfwd(jax.grad(loss))
        _, slope = jax.jvp(lambda x: loss(x, labels), (logits,), (jnp.ones(logits.shape),))
        return loss(logits, labels), first(logits, labels), second(logits, labels), slope

    everything = jax.jit(jax.vmap(everything) if mapped else everything)
    here, kept = 2, np.arange(6) != 2
    logits, labels = problem((6,))
    labels = labels.at[0].set(4)  # after the class that is put in
    value, gradient, _, _ = everything(logits, labels)
    excluded = jnp.insert(logits, here, -jnp.inf, axis=-1)
    found = everything(excluded, labels + (labels >= here))
    np.testing.assert_allclose(found[0], value, rtol=1e-13)
    np.testing.assert_allclose(found[1][:, kept], gradient, rtol=1e-13)
    assert (found[1][:, here] == 0).all()
    assert np.isfinite(found[2]).all() and (found[2][..., here] == 0).all()
    np.testing.assert_allclose(found[3], 0, atol=1e-14)  # a constant added to all logits


@pytest.mark.parametrize("logits", [[3.0], [-np.inf, 3.0, -np.inf]])
def test_the_only_class_costs_nothing(logits):
    label = jnp.array(len(logits) // 2)
    value, gradient = jax.jit(jax.value_and_grad(cross_entropy))(jnp.array(logits), label)
    assert value == 0 and not gradient.any()
    assert not jax.jit(jax.jacfwd(jax.grad(cross_entropy)))(jnp.array(logits), label).any()


def test_an_impossible_label_costs_everything():
    assert cross_entropy(jnp.array([-jnp.inf, 3.0]), jnp.array(0)) == jnp.inf


@pytest.mark.parametrize("place", [0, 1])
def test_a_diverged_network_is_not_hidden(place):
    logits = jnp.array([1.0, 2.0, 3.0]).at[place].set(jnp.nan)
    assert jnp.isnan(cross_entropy(logits, jnp.array(1)))


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
