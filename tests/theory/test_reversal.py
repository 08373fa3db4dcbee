"""Reversal: the fact sheet's times, plain gradient descent, and its closed form."""

import jax
import numpy as np
import pytest

from jaxrep.analysis.modes import transition_steps
from jaxrep.data.hierarchy import Tree, branching_diffusion
from jaxrep.models.mode_coordinates import singular_modes
from jaxrep.theory.balanced_solution import balanced_mode
from jaxrep.theory.reversal import Halves, balanced_time, descend_halves, layer_halves

pytestmark = pytest.mark.usefixtures("double")


@pytest.mark.parametrize(
    "balance, wanted", [(1e-6, 5.3179), (1e-3, 3.0154), (0.1, 1.4802), (1, 0.7130), (10, 0.1344)]
)
def test_the_golden_times_of_one_mode(balance, wanted):
    """+3 to -1.5, s = 3; and the mode is there at that time."""
    for sign in (1, -1):
        found = float(balanced_time(1.5, 3.0, -3.0, sign * balance, 1.0))
        assert found == pytest.approx(wanted, abs=5e-5)
    assert float(balanced_mode(found, 3.0, -3.0, balance, 1.0)) == pytest.approx(1.5, abs=1e-9)
    assert np.isnan(float(balanced_time(3.5, 3.0, -3.0, balance, 1.0)))


def plain(first, last, target, rate, steps):
    """Gradient descent of the weights themselves, numpy, ``[step, mode]``."""
    path = [np.diag(first @ last)]
    for _ in range(steps):
        error = target - first @ last
        first, last = first + rate * error @ last.T, last + rate * first.T @ error
        path.append(np.diag(first @ last))
    return np.array(path), first, last


def test_it_is_gradient_descent_while_both_can_be_computed():
    """Two tasks one after the other from a start that is far from balanced: measured 3e-15."""
    rng = np.random.default_rng(0)
    first, last = 0.3 * rng.normal(size=(4, 7)), 0.3 * rng.normal(size=(7, 6))
    strength, rate = np.array([3.0, 2.0, 1.0, 0.5]), 0.05
    halves = layer_halves(first, last)
    for sign in (1, -1):
        target = np.zeros((4, 6))
        np.fill_diagonal(target, sign * strength)
        wanted, first, last = plain(first, last, target, rate, 60)
        found, halves = descend_halves(halves, sign * strength, rate, 60)
        np.testing.assert_allclose(found, wanted, atol=1e-12)
        np.testing.assert_allclose(halves.growing + halves.decaying, first.T, atol=1e-12)
        np.testing.assert_allclose(halves.beyond, last[:, 4:], atol=1e-12)


@pytest.fixture(scope="module")
def tutorial():
    """The tutorial's tree: strengths of its modes."""
    generator = np.random.RandomState(2021)
    tree = Tree((2, 2, 2), (0.15,) * 3)
    uniform = generator.uniform(size=(10_000, len(tree.node_level)))
    return singular_modes(np.asarray(branching_diffusion(uniform, tree), float)).strength


@pytest.mark.parametrize(
    "scale, learned, reversed_", [(1e-3, (31, 61), (60, 118)), (1e-6, (52, 104), (101, 203))]
)
def test_reversal_takes_twice_the_first_learning(tutorial, scale, learned, reversed_):
    """The sheet's table, seeds of our own: medians of 4 within 2 steps (4 of the last mode)."""
    rng = np.random.default_rng(1)
    found = []
    for _ in range(4):
        first = scale * rng.normal(size=(8, 30)) / np.sqrt(38)
        core = scale * rng.normal(size=(30, 8)) / np.sqrt(10_030)
        # 9,992 further columns have the Gram matrix of 30 independent ones, nearly
        rest = scale * np.eye(30) * np.sqrt(9_992 / 10_030)
        run = jax.jit(descend_halves, static_argnums=3)
        start = layer_halves(first, np.concatenate([core, rest], 1))
        one, end = run(start, tutorial, 0.0025, 400)
        two, _ = run(end, -tutorial, 0.0025, 400)
        steps = np.arange(401)
        found.append(
            np.array(
                [transition_steps(steps, s * path, tutorial) for s, path in ((1, one), (-1, two))]
            )
        )
    middle = np.median(found, 0)
    np.testing.assert_allclose(middle[:, 0], (learned[0], reversed_[0]), atol=2)
    np.testing.assert_allclose(middle[:, -1], (learned[1], reversed_[1]), atol=4)


def test_what_does_not_fit_is_refused():
    free = getattr(layer_halves, "__wrapped__", layer_halves)
    with pytest.raises(ValueError, match=r"last: shape \(3, 1\) given after first \(2, 3\)"):
        free(np.ones((2, 3)), np.ones((3, 1)))
    halves = Halves(*(np.ones((3, 2)),) * 2, np.ones((3, 1)))
    free = getattr(descend_halves, "__wrapped__", descend_halves)
    with pytest.raises(ValueError, match="steps: -1 is negative"):
        free(halves, np.ones(2), 0.1, -1)
    with pytest.raises(ValueError, match="strength: 3 given for 2 modes"):
        free(halves, np.ones(3), 0.1, 1)
