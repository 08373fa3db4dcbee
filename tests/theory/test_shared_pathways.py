"""A shared path against own ones: the reduction and its end, against networks and the flow."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import linprog

from jaxrep.theory.reduced_model import reduced_start
from jaxrep.theory.shared_pathways import descend_pathways, race_end, shared_strength

pytestmark = pytest.mark.usefixtures("double")

RATE, CONTEXTS = 0.02, 3


def gates(contexts):
    return np.concatenate([np.ones((contexts, 1)), np.eye(contexts)], 1)


def full_network(first, last, target, weights, open_paths, rate, steps):
    """Gradient descent in numpy: context c is answered by ``sum_p g_cp W1_p W2_p``."""
    strengths = []
    for _ in range(steps + 1):
        maps = first @ last
        strengths.append(np.diagonal(maps, axis1=1, axis2=2))
        missing = target - np.einsum("cp,pkm->ckm", open_paths, maps)
        pull = np.einsum("c,cp,ckm->pkm", weights, open_paths, missing)
        slopes = pull @ last.swapaxes(1, 2), first.swapaxes(1, 2) @ pull
        first, last = first + rate * slopes[0], last + rate * slopes[1]
    return np.array(strengths)


def test_the_reduction_is_the_network_from_small_weights():
    """Random, unaligned, unbalanced starts; an untrained context. Measured 5.1e-6, which is the
    neglected half of the start (weights of 1e-3)."""
    rng, strength = np.random.default_rng(0), np.array([3.0, 2.0, 0.5])
    first, last = 1e-3 * rng.normal(size=(2, CONTEXTS + 1, 3, 7))
    last = last.swapaxes(1, 2)
    weights = np.array([0.5, 0.5, 0.0])
    grow = np.stack([reduced_start(a, b, 3).growing for a, b in zip(first, last, strict=True)])
    found, missing = descend_pathways(grow, strength, weights, gates(CONTEXTS), RATE, 900)
    wanted = full_network(first, last, np.diag(strength), weights, gates(CONTEXTS), RATE, 900)
    np.testing.assert_allclose(found, wanted, atol=1e-5)
    assert found.shape == (901, CONTEXTS + 1, 3) and missing.shape == (901, CONTEXTS)
    # the shared path answers in the context that was never trained
    assert missing[-1, 2] < 1e-4 * missing[0, 2] and found[-1, 3].max() < 1e-4


@pytest.mark.parametrize("contexts", [1, 2, 5])
def test_the_end_of_the_race_is_that_of_the_flow(contexts):
    """Own paths with unlike starts: only their geometric mean counts. Measured 1e-10."""
    rng, s = np.random.default_rng(contexts), 2.0
    start = 10.0 ** rng.uniform(-4, -1, contexts + 1)

    def flow(_, a):
        left = s - a[0] - a[1:]
        return 2 * np.concatenate([[a[0] * left.mean()], a[1:] * left / contexts])

    # own paths that are left with little even out slowly
    end = solve_ivp(flow, (0, 2e5), start, "LSODA", rtol=1e-10, atol=1e-13).y[:, -1]
    own = np.exp(np.log(start[1:]).mean())
    found = shared_strength(s, start[0], own, contexts)
    np.testing.assert_allclose(end[0], found, atol=1e-7)
    np.testing.assert_allclose(end[1:], s - float(found), atol=1e-7)


def test_small_starts_leave_own_paths_a_power_of_the_start():
    left = [1 - float(shared_strength(1.0, a, a, 2)) for a in (1e-6, 1e-8)]
    np.testing.assert_allclose(left, [1e-3, 1e-4], rtol=1e-3)


OVERLAPPING = {
    "part": [[1, 1, 1, 0], [0, 0, 0, 0], [1, 0, 0, 0]],
    "nested": [[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 1, 1]],
    "ring": [[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1], [1, 0, 0, 1]],
}


@pytest.mark.parametrize("name", OVERLAPPING)
def test_the_end_of_any_race_is_that_of_descent(name):
    """Every path two balanced layers of one unit, in numpy; random starts, unlike weights of the
    contexts. Measured 4e-4 (part), 2e-4 (ring), .003 (nested, where own paths still even out)."""
    rng, s = np.random.default_rng(1), 2.0
    open_paths = np.concatenate([OVERLAPPING[name], np.eye(4)]).T
    start = 10.0 ** rng.uniform(-4, -1, open_paths.shape[1])
    weights = np.array([0.1, 0.2, 0.3, 0.4])
    b = start**0.5
    for _ in range(60_000):
        b = b + 0.01 * b * (open_paths.T @ (weights * (s - open_paths @ b**2)))
    found = race_end(start[:, None], np.array([s]), open_paths)[:, 0]
    used = open_paths.sum(0) > 0
    np.testing.assert_allclose(b[used] ** 2, found[used], atol=0.005)
    np.testing.assert_allclose(open_paths @ found, s, atol=1e-12)


def test_one_shared_path_is_the_closed_form_of_before():
    start = np.array([1e-3, 1e-2, 1e-4, 1e-3])
    found = race_end(start[:, None], np.array([2.0]), gates(3))[0, 0]
    wanted = shared_strength(2.0, 1e-3, float(np.exp(np.log(start[1:]).mean())), 3)
    assert found == pytest.approx(float(wanted), rel=1e-9)


@pytest.mark.parametrize("name", OVERLAPPING)
def test_from_tiny_starts_the_fewest_paths_win(name):
    """The least sum of strengths, by linear programming: 1e-3 from starts of 1e-60."""
    open_paths = np.concatenate([OVERLAPPING[name], np.eye(4)]).T
    found = race_end(np.full((open_paths.shape[1], 1), 1e-60), np.ones(1), open_paths)
    least = linprog(np.ones(open_paths.shape[1]), A_eq=open_paths, b_eq=np.ones(4)).fun
    assert found[open_paths.sum(0) > 0].sum() == pytest.approx(least, abs=1e-3)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"start": np.zeros((3, 1))}, r"start: shape \(3, 1\) given; \[3, 1\] numbers above 0"),
        ({"gates": 2 * gates(2)}, "gates: values other than 0 and 1"),
        ({"gates": np.ones((2, 3))}, "gates: context 0 has no path of its own"),
    ],
)
def test_races_without_an_end_are_refused(change, message):
    given = {"start": np.ones((3, 1)), "strength": np.ones(1), "gates": gates(2)}
    with pytest.raises(ValueError, match=message):
        race_end(**(given | change))


@pytest.mark.parametrize(
    "change, message",
    [
        ({"steps": -1}, "steps: -1 is negative"),
        ({"gates": np.ones((2, 4))}, r"gates: shape \(2, 4\) given; \(2, 3\) is needed"),
        ({"strength": np.ones(2)}, "growing: 1 modes for 2 of the table"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    given = {
        "growing": np.ones((3, 1, 1)),
        "strength": np.ones(1),
        "weights": np.ones(2) / 2,
        "gates": gates(2),
        "rate": 0.1,
        "steps": 3,
    }
    plain = getattr(descend_pathways, "__wrapped__", descend_pathways)
    with pytest.raises(ValueError, match=message):
        plain(**(given | change))
