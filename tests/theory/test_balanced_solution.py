"""The lambda-balanced solution against an ODE solver, for unequal sizes and any lambda."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.theory.balanced_solution import (
    balanced_flow,
    balanced_mode,
    balanced_weights,
    layer_balance,
)
from jaxrep.theory.mode_dynamics import mode_sigmoid
from tests.theory.test_mode_dynamics import integrate

pytestmark = pytest.mark.usefixtures("double")

# items, hidden, features and the signs of lambda that can exist there
SIZES = [(4, 4, 4, (-1, 0, 1)), (4, 4, 7, (-1, 0, 1)), (5, 3, 6, (-1, 0, 1)), (7, 4, 4, (-1, 0, 1))]
CASES = [(*size[:3], 1.3 * sign) for size in SIZES for sign in size[3]]
CASES += [(3, 5, 6, 0.8), (6, 5, 3, -0.8)]


def weights(items, hidden, features, lam, seed=0):
    """Random balanced weights, not aligned with any task."""
    rng = np.random.default_rng(seed)
    rank = min(items, hidden, features)
    strength = np.r_[rng.uniform(0.05, 0.4, rank), np.zeros(hidden - rank)]
    left, right = np.zeros((features, hidden)), np.zeros((items, hidden))
    left[:, : min(features, hidden)] = np.linalg.qr(
        rng.normal(size=(features, min(features, hidden)))
    )[0]
    right[:, : min(items, hidden)] = np.linalg.qr(rng.normal(size=(items, min(items, hidden))))[0]
    middle = np.linalg.qr(rng.normal(size=(hidden, hidden)))[0]
    return balanced_weights(strength, lam, left, middle, right)


@jax.jit
def solved(first, last, target, time):
    """Fourth-order Runge and Kutta with 4,000 steps."""

    def slope(state):
        a, b = state
        error = target.T - a @ b
        return error @ b.T, a.T @ error

    def shifted(state, direction, size):
        return jax.tree.map(lambda x, d: x + size * d, state, direction)

    def step(state, _):
        h = time / 4000
        k1 = slope(state)
        k2 = slope(shifted(state, k1, h / 2))
        k3 = slope(shifted(state, k2, h / 2))
        k4 = slope(shifted(state, k3, h))
        total = jax.tree.map(lambda a, b, c, d: (a + 2 * b + 2 * c + d) / 6, k1, k2, k3, k4)
        return shifted(state, total, h), None

    return jax.lax.scan(step, (first, last), length=4000)[0]


@pytest.mark.parametrize("items, hidden, features, lam", CASES)
def test_the_solution_is_the_flow_within_1e_8(items, hidden, features, lam):
    """Measured 1e-11 to 1e-10."""
    first, last = weights(items, hidden, features, lam)
    unit = np.eye(hidden)
    np.testing.assert_allclose(last @ last.T - first.T @ first, lam * unit, atol=1e-12)
    assert float(layer_balance(first, last)) == pytest.approx(lam, abs=1e-12)
    target = np.random.default_rng(1).normal(size=(features, items))
    times = np.array([0.0, 0.3, 1.0, 3.0, 8.0])
    rate = 0.5  # the solution counts steps of this size
    found = balanced_flow(first, last, target, rate, times / rate)
    for index, time in enumerate(times):
        a, b = solved(first, last, target, time)
        np.testing.assert_allclose(found.map[index], (a @ b).T, atol=1e-8)
        np.testing.assert_allclose(found.representation[index], a @ a.T, atol=1e-8)
        np.testing.assert_allclose(found.features[index], b.T @ b, atol=1e-8)


def test_a_second_task_is_learned_from_the_first_ones_solution():
    """Reversal: start at the end of one task, then take its negative."""
    first, last = weights(4, 4, 5, 0.5)
    target = np.random.default_rng(2).normal(size=(5, 4))
    first, last = solved(first, last, target, 20.0)
    found = balanced_flow(first, last, -target, 1.0, np.array([0.0, 2.0, 6.0])).map
    np.testing.assert_allclose(found[0], target, atol=1e-3)
    a, b = solved(first, last, -target, 2.0)
    np.testing.assert_allclose(found[1], (a @ b).T, atol=1e-8)


@pytest.mark.parametrize("lam", [-2.0, 1e-3, 0.5, 20.0])
@pytest.mark.parametrize("a0", [0.0, 1e-4, 0.7])
def test_one_mode_solves_its_equation(lam, a0):
    s, rate = 3.0, 0.25
    for t in (0.3, 2.0, 9.0):
        slope = lambda a: rate * np.sqrt(lam**2 + 4 * a**2) * (s - a)  # noqa: E731
        wanted = integrate(slope, a0, t, 4000)
        assert float(balanced_mode(t, s, a0, lam, rate)) == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize(
    "lam, half",
    [(1e-6, 2.476), (1e-3, 1.565), (0.1, 0.795), (1.0, 0.391), (10.0, 0.068), (100.0, 0.0069)],
)
def test_half_times_of_the_fact_sheet(lam, half):
    """a0 = 1e-6, s = 3; half-way at the printed time, to its digits."""
    slack = 0.5 * 10.0 ** -len(str(half).split(".")[1])
    assert float(balanced_mode(half - slack, 3.0, 1e-6, lam, 1.0)) <= 1.5
    assert float(balanced_mode(half + slack, 3.0, 1e-6, lam, 1.0)) >= 1.5


def test_the_limits_are_the_sigmoid_and_the_exponential():
    t = jnp.linspace(0, 4, 30)
    np.testing.assert_allclose(
        balanced_mode(t, 3.0, 1e-2, 1e-7, 1.0),
        mode_sigmoid(t, 3.0, 1e-2, 1.0, flow=True),
        atol=1e-4,
    )
    lazy = 3 - (3 - 1e-2) * np.exp(-1e4 * t / 1e4 * 1.0)
    np.testing.assert_allclose(balanced_mode(t / 1e4, 3.0, 1e-2, 1e4, 1.0), lazy, atol=1e-4)
