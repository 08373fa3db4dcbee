"""Single modes: closed forms against integration, gradient descent and the fact sheet."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxrep.theory import mode_dynamics as theory
from jaxrep.theory.stability import fastest_rate, largest_scale, stability_edge

pytestmark = pytest.mark.usefixtures("double")

TUTORIAL = [157.70199, 121.80006, 100.46890, 100.25672, 71.41156, 71.22817, 70.67712, 70.57692]
RATE = theory.effective_rate(100.0, 8, 10_000)


def integrate(slope, start, time, steps=20_000):
    """Fourth-order Runge and Kutta."""
    h, y = time / steps, np.asarray(start, float)
    for _ in range(steps):
        a = slope(y)
        b = slope(y + h / 2 * a)
        c = slope(y + h / 2 * b)
        y = y + h / 6 * (a + 2 * b + 2 * c + slope(y + h * c))
    return y


def test_the_sigmoid_solves_the_flow():
    s, a0, rate = 3.0, 1e-4, 0.01
    for t in (50.0, 170.0, 400.0):
        wanted = integrate(lambda a: 2 * rate * a * (s - a), a0, t)
        assert float(theory.mode_sigmoid(t, s, a0, rate, flow=True)) == pytest.approx(
            wanted, rel=1e-9
        )


@pytest.mark.parametrize("flow", [True, False])
def test_half_time_and_rise_time_are_those_of_the_sigmoid(flow):
    s, a0 = np.array(TUTORIAL), 1e-6
    half = theory.half_time(s, a0, RATE, flow=flow)
    np.testing.assert_allclose(theory.mode_sigmoid(half, s, a0, RATE, flow=flow), s / 2, rtol=1e-9)
    rise = theory.rise_time(s, RATE, flow=flow)
    ends = [theory.mode_sigmoid(half + sign * rise / 2, s, a0, RATE, flow=flow) for sign in (-1, 1)]
    np.testing.assert_allclose(ends, [0.1 * s, 0.9 * s], rtol=1e-6)


@pytest.mark.parametrize(
    "learning_rate, flow, log_rate",
    [
        (100, (0.65, 0.33), (0.147, 0.067)),
        (10, (0.083, 0.035), (0.015, 0.007)),
        (1, (0.0083, 0.0035), (0.0015, 0.0007)),
    ],
)
def test_errors_of_both_sigmoids_are_those_of_the_fact_sheet(learning_rate, flow, log_rate):
    """Largest |a - descent| / s of modes 1 and 8, from 1e-6; two digits are given."""
    s, rate = np.array([157.702, 70.577]), theory.effective_rate(float(learning_rate), 8, 10_000)
    steps = int(float(theory.half_time(s[1], 1e-6, rate)) * 2)
    exact = np.asarray(theory.descend_modes(np.full(2, 1e-6), s, rate, steps))
    times = np.arange(steps + 1)[:, None]
    for is_flow, wanted in ((True, flow), (False, log_rate)):
        error = np.abs(theory.mode_sigmoid(times, s, 1e-6, rate, flow=is_flow) - exact).max(0) / s
        np.testing.assert_allclose(error, wanted, rtol=0.1)


def test_descent_is_gradient_descent_of_aligned_layers():
    """Full matrices in random bases, two and three layers."""
    rng = np.random.default_rng(0)
    s, rate = np.array([3.0, 1.5]), 0.02
    for layers in (2, 3):
        bases = [np.linalg.qr(rng.normal(size=(4, 4)))[0][:, :2] for _ in range(layers + 1)]
        start = np.array([0.02, 0.01])
        weights = [
            (b * start ** (1 / layers)) @ a.T for a, b in zip(bases, bases[1:], strict=False)
        ]
        target = (bases[-1] * s) @ bases[0].T
        path = np.asarray(theory.descend_modes(start, s, rate, 60, layers))
        for step in range(61):
            product = np.linalg.multi_dot(weights[::-1])
            found = np.diagonal(bases[-1].T @ product @ bases[0])
            np.testing.assert_allclose(found, path[step], atol=1e-12)
            error, gradients = target - product, []
            for k in range(layers):
                after, before = np.eye(4), np.eye(4)
                for w in weights[k + 1 :]:
                    after = w @ after
                for w in weights[:k]:
                    before = w @ before
                gradients.append(after.T @ error @ before.T)
            weights = [w + rate * g for w, g in zip(weights, gradients, strict=True)]


@pytest.mark.parametrize(
    "layers, times",
    [
        (2, (0.384, 0.773, 1.334, 1.896)),
        (3, (1.788, 2.627, 3.136, 3.417)),
        (4, (3.608, 4.759, 5.217, 5.400)),
        (5, (5.255, 6.587, 6.999, 7.133)),
    ],
)
def test_times_of_deeper_networks(layers, times):
    """Numbers of the fact sheet: s = 3 from 1e-3 in units of tau."""
    found = [float(theory.deep_time(a, 3.0, 1e-3, 1.0, layers)) for a in (0.01, 0.1, 1.5, 2.9)]
    np.testing.assert_allclose(found, times, atol=6e-4)


@given(st.integers(1, 7), st.floats(0.5, 5), st.floats(0.02, 0.3), st.floats(0.4, 0.95))
@settings(max_examples=15, deadline=None)
def test_deep_times_solve_the_flow(layers, s, first, last):
    """For any depth: integrating for that long leads there."""
    time = float(theory.deep_time(last * s, s, first * s, 1.0, layers))
    slope = lambda a: layers * a ** (2 - 2 / layers) * (s - a)  # noqa: E731
    assert integrate(slope, first * s, time, 2000) == pytest.approx(last * s, rel=1e-6)


def test_one_layer_is_exponential():
    path = [1e-3]
    for _ in range(50):
        path.append(path[-1] + 0.025 * (2.0 - path[-1]))
    found = theory.shallow_mode(np.arange(51), 2.0, 1e-3, 0.025)
    np.testing.assert_allclose(found, path, rtol=1e-12)
    np.testing.assert_allclose(
        theory.descend_modes(np.array([1e-3]), np.array([2.0]), 0.025, 50, 1)[:, 0],
        path,
        rtol=1e-12,
    )


def test_the_tutorials_prediction():
    """Fact sheet 4.3: E a0 = 1.981e-25 and its half-times, to the digits printed."""
    start = theory.expected_start(1e-12, 8, 30, 10_000)
    assert float(start) == pytest.approx(1.981e-25, rel=1e-3)
    wanted = [93.2, 116.0, 137.2, 137.5, 186.1, 186.6, 187.9, 188.1]
    np.testing.assert_allclose(theory.half_time(np.array(TUTORIAL), start, RATE), wanted, atol=0.06)
    # The k-th mode starts with k - 1 directions of the hidden layer less.
    times = theory.transition_times(
        np.array(TUTORIAL), 1e-12, 100.0, items=8, hidden=30, features=10_000
    )
    shift = -np.log(1 - np.arange(8) / 30) / theory.mode_growth(np.array(TUTORIAL), RATE)
    np.testing.assert_allclose(times - np.array(wanted), shift, atol=0.06)


def test_a_mode_without_a_hidden_unit_is_never_learned():
    times = theory.transition_times(
        np.array([3.0, 2.0, 1.0]), 0.01, 1.0, items=3, hidden=2, features=5
    )
    assert np.isfinite(times[:2]).all() and np.isinf(times[2])


def test_plateaus_of_the_fact_sheet():
    found = theory.loss_plateaus(np.array(TUTORIAL), 8, 10_000)
    np.testing.assert_allclose(
        found[jnp.array([0, 1, 2, 4, 8])], [1, 0.68913, 0.50369, 0.25187, 0], atol=6e-6
    )


@pytest.mark.parametrize("layers", [1, 2, 3, 4])
def test_the_edge_of_stability_parts_settling_from_not(layers):
    s, items, features = 5.0, 3, 20
    edge = stability_edge(s, items, features, layers)
    for factor, settles in ((0.97, True), (1.03, False)):
        rate = theory.effective_rate(factor * edge, items, features)
        end = theory.descend_modes(np.array([0.9 * s]), np.array([s]), rate, 2000, layers)[-40:, 0]
        assert (np.abs(end - s) < 1e-3 * s).all() == settles
    assert fastest_rate(s, items, features, layers) == edge / 2


def test_the_tutorials_edges():
    """Fact sheet 2: 253.6 and 126.8; gamma below 28 at a learning rate of 100."""
    assert stability_edge(157.70199, 8, 10_000) == pytest.approx(253.6, abs=0.1)
    assert fastest_rate(157.70199, 8, 10_000) == pytest.approx(126.8, abs=0.1)
    assert largest_scale(100.0, 8, 10_000) == pytest.approx(28.3, abs=0.1)
