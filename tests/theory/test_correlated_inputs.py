"""Regression in closed form, and modes of correlated inputs, against LAPACK and descent."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.theory import (
    descend_modes,
    half_time,
    input_modes,
    least_squares_map,
    regression_curvatures,
    regression_edge,
    stability_edge,
)

pytestmark = pytest.mark.usefixtures("double")

RNG = np.random.default_rng(0)


def tree_values():
    """The tutorial's table (data seed 2021), whose numbers the sheet has."""
    from experiments import deep_linear

    return deep_linear.build(deep_linear.Config(seeds=1)).data[0].tables[0].values


def descent(x, y, first, last, rate, steps):
    """Gradient descent of two layers in numpy: map at every step."""
    maps = []
    for _ in range(steps + 1):
        maps.append(first @ last)
        missing = x.T @ (y - x @ maps[-1])
        first, last = first + rate * missing @ last.T, last + rate * first.T @ missing
    return np.array(maps)


@pytest.mark.parametrize("shape", [(9, 4), (4, 9), (6, 6)])
def test_the_regression_is_that_of_lapack(shape):
    """More items than inputs, fewer (the solution of least norm), and dependent inputs."""
    x, y = RNG.normal(size=shape), RNG.normal(size=(shape[0], 3))
    if shape[0] == shape[1]:
        x[:, -1] = x[:, 0] - x[:, 1]
    wanted = np.linalg.lstsq(x, y, rcond=1e-10)[0]
    np.testing.assert_allclose(least_squares_map(x, y), wanted, atol=1e-12)


def test_a_penalty_is_more_items_that_ask_for_nothing():
    x, y = RNG.normal(size=(4, 6)), RNG.normal(size=(4, 3))
    more = np.concatenate([x, 0.7**0.5 * np.eye(6)]), np.concatenate([y, np.zeros((6, 3))])
    wanted = np.linalg.lstsq(*more)[0]
    np.testing.assert_allclose(least_squares_map(x, y, 0.7), wanted, atol=1e-12)


def test_numbers_of_the_sheet():
    """Items that have a part of all in common: cond X'X and |W*| at .3 and .6; half times of a
    covariance in the table's modes, from a_0 = 1e-4 (simulated: 66 96 141 141 277 278 280 280)."""
    y = tree_values()
    for share, condition, norm in ((0.3, 19.6122, 339.267), (0.6, 169, 587.788)):
        x = (1 - share) * np.eye(8) + share
        assert np.linalg.cond(x.T @ x) == pytest.approx(condition, rel=1e-5)
        assert np.linalg.norm(least_squares_map(x, y)) == pytest.approx(norm, rel=1e-5)
        assert 0.01 < input_modes(x, y).misalignment < 0.1
    v, power = np.linalg.svd(y)[0], np.array([2, 1.5, 1, 1, 0.5, 0.5, 0.5, 0.5])
    modes = input_modes((v * power**0.5) @ v.T, y)
    assert modes.misalignment < 1e-12
    np.testing.assert_allclose(modes.power, power, rtol=1e-9)
    times = half_time(modes.pull, modes.power * 1e-4, 0.0005)
    np.testing.assert_allclose(
        times, [65.9, 96.0, 141.0, 141.3, 277.2, 277.9, 279.9, 280.2], atol=0.06
    )


def test_a_mode_learned_alone_is_that_of_white_inputs_in_other_units():
    """Balanced aligned weights against gradient descent of the whole network: measured 3e-15."""
    v, u = (np.linalg.qr(RNG.normal(size=(n, 3)))[0] for n in (3, 5))
    power, strength, start = np.array([3, 1, 0.2]), np.array([2, 1.5, 1]), np.array([1, 2, 3]) / 99
    x = (v * power**0.5) @ v.T
    y = x @ (v * strength) @ u.T
    modes = input_modes(x, y)
    order = np.argsort(-strength * power)
    np.testing.assert_allclose(modes.strength, strength[order], rtol=1e-12)
    hidden = np.linalg.qr(RNG.normal(size=(7, 3)))[0]
    first, last = (v * start**0.5) @ hidden.T, hidden @ (u * start**0.5).T
    maps = descent(x, y, first, last, 0.05, 300)
    seen = np.einsum("ik,tin,nk->tk", modes.v, maps, modes.u)
    found = descend_modes(modes.power * start[order], modes.pull, 0.05, 300) / modes.power
    np.testing.assert_allclose(seen, found, atol=1e-12)
    assert abs(seen[-1, 0] - strength[0]) < 1e-6 and found.shape == (301, 3)


@pytest.mark.parametrize("inputs", [3, 9])
def test_descent_from_small_weights_ends_at_the_regression(inputs):
    """Fewer inputs than items, and more, where it is the solution of least norm: measured 3e-15 in
    what the inputs have, .0014 in all, from weights of .001 that no input reaches."""
    x, y = RNG.normal(size=(5, inputs)), RNG.normal(size=(5, 4))
    first, last = 1e-3 * RNG.normal(size=(inputs, 6)), 1e-3 * RNG.normal(size=(6, 4))
    rate = 2 * 0.4 * regression_edge(x, y) / y.size
    wanted = least_squares_map(x, y)
    end = descent(x, y, first, last, rate, 8000)[-1]
    np.testing.assert_allclose(x @ end, x @ wanted, atol=1e-9)
    assert np.linalg.norm(end - wanted) < 5e-3 * np.linalg.norm(wanted)


def test_the_edge_is_that_of_the_hessian():
    """Balanced layers at the regression, of any inputs: 2 / top eigenvalue."""
    x, y = RNG.normal(size=(5, 4)), RNG.normal(size=(5, 3))
    left, size, right = np.linalg.svd(least_squares_map(x, y), full_matrices=False)
    layers = left * size**0.5, size[:, None] ** 0.5 * right

    def loss(flat):
        first, last = flat[:12].reshape(4, 3), flat[12:].reshape(3, 3)
        return jnp.mean((y - x @ first @ last) ** 2)

    hessian = jax.hessian(loss)(np.concatenate([w.ravel() for w in layers]))
    # a residual adds no curvature, as no input tells anything of it
    slope = x.T @ (y - x @ layers[0] @ layers[1])
    assert np.abs(slope).max() < 1e-12
    edge = 2 / np.linalg.eigvalsh(hessian)[-1]
    assert regression_edge(x, y) == pytest.approx(edge, rel=1e-9)
    curved = np.linalg.eigvalsh(hessian) * y.size / 2
    # 12 directions change the map, of a whole basis of outputs; 9 only turn the hidden layer
    assert regression_curvatures(x, y).least == pytest.approx(curved[-12], rel=1e-9)
    table = RNG.normal(size=(4, 6))
    strongest = float(np.linalg.svd(table)[1][0])
    assert regression_edge(np.eye(4), table) == pytest.approx(stability_edge(strongest, 4, 6))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: least_squares_map(np.eye(2), np.eye(2), -1.0), "penalty: -1.0 given; 0 or"),
        (lambda: input_modes(np.eye(2) * np.nan, np.eye(2)), "inputs: 4 of 4 values"),
        (lambda: regression_edge(np.eye(2), np.zeros((2, 2))), "outputs: no input tells"),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_other_numbers_of_items_are_refused():
    plain = getattr(least_squares_map, "__wrapped__", least_squares_map)
    with pytest.raises(ValueError, match="inputs, outputs: shapes .2, 2. and .3, 3. given"):
        plain(np.eye(2), np.eye(3))
