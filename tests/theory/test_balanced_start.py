"""lambda-balanced starts and their ends: golden solutions, brute force, more hidden than needed."""

import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.analysis.tangent_kernel import kernel_distance, linear_kernel_distance
from jaxrep.theory.balanced_solution import balanced_flow, hidden_directions, layer_balance
from jaxrep.theory.balanced_start import (
    balance_layers,
    balance_residual,
    learned_similarity,
    similarity_change,
)

pytestmark = pytest.mark.usefixtures("double")


def gaussian(items, hidden, features, scale=0.3, seed=0):
    draw = np.random.default_rng(seed).normal
    return scale * draw(size=(items, hidden)), scale * draw(size=(hidden, features))


def plain(function):
    """Without the check of shapes that tests have and users have not."""
    return getattr(function, "__wrapped__", function)


def descended(first, last, target, rate, steps):
    """Gradient descent in numpy."""
    for _ in range(steps):
        error = target.T - first @ last
        first, last = first + rate * error @ last.T, last + rate * first.T @ error
    return first, last


@pytest.mark.parametrize("name", ["4_3_6", "6_4_5"])
def test_golden_solutions(shared_data, name):
    """Measured 9e-13 of the products, 6e-14 of the kernel's distance."""
    golden = np.load(shared_data / "frontier" / "linear" / f"balanced_{name}.npz")
    first, last = golden["W1"].T, golden["W2"].T
    assert float(layer_balance(first, last)) == pytest.approx(float(golden["lam"]), abs=1e-12)
    assert float(balance_residual(first, last)) < 1e-13
    flow = balanced_flow(first, last, golden["target"], 1.0, golden["time"])
    for part in ("map", "representation", "features"):
        np.testing.assert_allclose(getattr(flow, part), golden[part], atol=1e-11)
    start = flow.representation[:1], flow.features[:1]
    distance = linear_kernel_distance(flow.representation, flow.features, *start)
    np.testing.assert_allclose(distance, golden["ntk_distance"], atol=1e-12)


@pytest.mark.parametrize("items, hidden, features", [(4, 9, 6), (6, 3, 5), (5, 8, 5), (3, 3, 8)])
@pytest.mark.parametrize("balance", [-20.0, -1.0, 0.0, 1.0, 20.0])
def test_the_map_is_kept_and_the_layers_are_balanced(items, hidden, features, balance):
    """Measured 2e-14: in as many directions as there can be, and nothing in the others."""
    first, last = gaussian(items, hidden, features)
    one, two = balance_layers(first, last, balance)
    np.testing.assert_allclose(one @ two, first @ last, atol=1e-12)
    rank = min(items, hidden, features)
    gap = np.linalg.eigvalsh(two @ two.T - one.T @ one)
    wanted = np.sort(np.r_[np.full(rank, balance), np.zeros(hidden - rank)])
    np.testing.assert_allclose(gap, wanted, atol=1e-12)
    assert int(hidden_directions(one, two)[1].sum()) == rank
    assert float(layer_balance(one, two)) == pytest.approx(balance, abs=1e-12)
    assert float(balance_residual(one, two)) < 1e-12 < 1e-3 < balance_residual(first, last)


@pytest.mark.parametrize("balance", [-3.0, 3.0])
def test_the_flow_of_more_hidden_units_than_items(balance):
    """lambda was divided by all hidden units, and the solution was .1 to .5 off (10 s_1)."""
    first, last = balance_layers(*gaussian(4, 15, 6, 0.1), balance)
    target = np.random.default_rng(3).normal(size=(6, 4))
    for rate, limit in ((1e-3, 5e-3), (1e-4, 5e-4)):  # the error of steps is linear in the rate
        one, two = descended(np.asarray(first), np.asarray(last), target, rate, round(1 / rate))
        flow = balanced_flow(first, last, target, rate, np.array([1 / rate]))
        np.testing.assert_allclose(flow.map[0], (one @ two).T, atol=limit)
        np.testing.assert_allclose(flow.representation[0], one @ one.T, atol=limit)


@pytest.mark.parametrize("items, features", [(5, 6), (4, 7), (7, 4)])
@pytest.mark.parametrize("balance", [-2.0, 0.0, 2.0])
def test_where_the_hidden_similarity_ends(items, features, balance):
    """V (sqrt(S^2 + lambda^2/4) - lambda/2) V^T, by the flow itself from a strength of 1e-7."""
    first, last = balance_layers(*gaussian(items, 9, features, 1e-3), balance)
    target = np.random.default_rng(3).normal(size=(features, items)) + np.eye(features, items)
    flow = balanced_flow(first, last, target, 1.0, np.array([0.0, 60.0]))
    strength = np.linalg.svd(target, compute_uv=False)
    wanted = np.sort(np.asarray(learned_similarity(strength, balance)))
    found = np.linalg.eigvalsh(flow.representation[1])
    if items <= features:  # else the start has a random basis of some directions of the items
        np.testing.assert_allclose(found, wanted, atol=2e-3)
        change = np.linalg.norm(flow.representation[1] - flow.representation[0])
        change /= np.linalg.norm(flow.representation[1])
        formula = float(similarity_change(strength, balance, items))
        assert change == pytest.approx(formula, abs=2e-3)
    elif balance >= 0:
        np.testing.assert_allclose(found[-len(wanted) :], wanted, atol=2e-3)


def test_a_square_map_without_lambda_keeps_the_sign_of_its_determinant():
    """So half of all starts never learn the weakest mode: the map would have to pass through 0."""
    first, last = balance_layers(*gaussian(3, 5, 3, 0.1), 0.0)
    target = np.diag([3.0, 2.0, 1.0])
    sign = np.sign(np.linalg.det(first @ last))
    for turned in (sign, -sign):
        wanted = target * np.array([1, 1, turned])
        found = balanced_flow(first, last, wanted, 1.0, np.array([40.0])).map[0]
        assert np.allclose(found, wanted, atol=1e-6) == (turned == sign)


def test_the_kernel_of_two_layers_by_brute_force():
    """All of I (x) F + R (x) I; with rows of a basis instead of outputs, as many as there are."""
    rng = np.random.default_rng(4)
    networks = [gaussian(3, 4, 9, 1.0, seed) for seed in (1, 2)]
    whole = [np.kron(np.eye(3), b.T @ b) + np.kron(a @ a.T, np.eye(9)) for a, b in networks]
    parts = [(a @ a.T, b.T @ b) for a, b in networks]
    wanted = float(kernel_distance(*whole))
    assert float(linear_kernel_distance(*parts[0], *parts[1])) == pytest.approx(wanted, abs=1e-14)
    rows = np.linalg.qr(np.concatenate([b for _, b in networks]).T)[0]
    within = [(a @ a.T, (b @ rows).T @ (b @ rows)) for a, b in networks]
    found = linear_kernel_distance(*within[0], *within[1], outputs=9)
    assert float(found) == pytest.approx(wanted, abs=1e-14)
    near = (parts[0][0] + 1e-9 * rng.normal(size=(3, 3)), parts[0][1])
    assert 0 < float(linear_kernel_distance(*parts[0], *near)) < 1e-17
    on_device = linear_kernel_distance(*map(jnp.asarray, parts[0]), *parts[1])
    assert float(on_device) == pytest.approx(wanted, abs=1e-14)
    with pytest.raises(ValueError, match=r"outputs: 3 given for 9 rows"):
        linear_kernel_distance(*parts[0], *parts[1], outputs=3)


def test_layers_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"last: shape \(3, 5\) given after first \(4, 2\)"):
        plain(balance_layers)(np.ones((4, 2)), np.ones((3, 5)), 1.0)
    with pytest.raises(ValueError, match=r"items: 2 given for 3 modes"):
        similarity_change(np.ones(3), 1.0, 2)
