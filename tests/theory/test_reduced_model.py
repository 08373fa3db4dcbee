"""The reduced model and the matrix logistic against the full network in float64."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.data.hierarchy import Tree, branching_diffusion
from jaxrep.models.mode_coordinates import compress_outputs, singular_modes
from jaxrep.theory import reduced_model as theory
from jaxrep.theory.mode_dynamics import effective_rate

pytestmark = pytest.mark.usefixtures("double")

ITEMS, FEATURES, HIDDEN, STEPS = 8, 10_000, 30, 320


@functools.cache
def task():
    """The tutorial's data."""
    uniform = np.random.RandomState(2021).uniform(size=(FEATURES, 15))
    return singular_modes(np.asarray(branching_diffusion(uniform, Tree((2, 2, 2), (0.15,) * 3))))


def start(scale, seed, hidden=HIDDEN):
    """Weights in mode coordinates."""
    rng, modes = np.random.default_rng(seed), task()
    first = scale * rng.normal(size=(hidden, ITEMS)) / np.sqrt(hidden + ITEMS)
    last = scale * rng.normal(size=(FEATURES, hidden)) / np.sqrt(hidden + FEATURES)
    return (first @ modes.v).T, compress_outputs(last.T, modes.u)


@jax.jit
def descent(first, last, strength, rate):
    """The network itself: all columns of the last layer in its reach, ``[step, row, mode]``."""
    target = jnp.zeros((ITEMS, last.shape[1])).at[:, :ITEMS].set(jnp.diag(strength))

    def update(weights, _):
        a, b = weights
        error = target - a @ b
        return (a + rate * error @ b.T, b + rate * a.T @ error), (a @ b).T

    return jax.lax.scan(update, (first, last), length=STEPS)[1]


RATE = effective_rate(100.0, ITEMS, FEATURES)


@pytest.mark.parametrize("scale", [1e-15, 1e-9, 1e-6, 1e-3])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_reduced_model_is_the_network_within_1e_8(scale, seed):
    """Modes and singular values over s_1; measured 6e-9 at 1e-3, below 1e-13 at 1e-6 and less."""
    first, last = start(scale, seed)
    strength = task().strength
    full = descent(first, last, strength, RATE)
    g = theory.solve_reduced_model(theory.reduced_start(first, last, ITEMS), strength, RATE, STEPS)
    tolerance = (1e-8 if scale > 1e-5 else 1e-12) * strength[0]
    modes = np.diagonal(full[:, :ITEMS], axis1=1, axis2=2)
    assert (full[-1, 0, 0] > 0.99 * strength[0]) and (full[-1, 7, 7] > 0.99 * strength[7])
    np.testing.assert_allclose(theory.reduced_mode_strengths(g)[:-1], modes, atol=tolerance)
    values = np.linalg.svd(full, compute_uv=False)
    np.testing.assert_allclose(theory.reduced_singular_values(g)[:-1], values, atol=tolerance)
    target = np.vstack([np.diag(strength), np.zeros((last.shape[1] - ITEMS, ITEMS))])
    losses = np.sum((target - full) ** 2, (1, 2)) / (ITEMS * FEATURES)
    np.testing.assert_allclose(
        theory.reduced_loss(g, strength, ITEMS, FEATURES)[:-1], losses, atol=3e-9
    )


def test_a_bottleneck_learns_the_first_modes_only():
    first, last = start(1e-6, 3, hidden=3)
    strength = task().strength
    reduced = theory.reduced_start(first, last, ITEMS)
    assert reduced.growing.shape == (3, ITEMS)
    g = theory.solve_reduced_model(reduced, strength, RATE, 3000)[-1]
    np.testing.assert_allclose(
        np.linalg.eigvalsh(g)[::-1], [*strength[:3], 0, 0, 0, 0, 0], atol=1e-3
    )
    with pytest.raises(ValueError, match="3 rows for 8 modes"):
        theory.matrix_logistic(reduced.growing, strength, RATE, jnp.arange(3.0))


def test_the_matrix_logistic_solves_the_flow():
    """Against the recursion at a rate so small that it is the flow (error linear in it)."""
    first, last = start(1e-2, 4)
    strength, small, stride = task().strength, RATE / 400, 400
    reduced = theory.reduced_start(first, last, ITEMS)._replace(remainder=jnp.zeros((ITEMS, ITEMS)))
    steps = jnp.arange(0, 120 * stride + 1, 8 * stride)
    exact = theory.solve_reduced_model(reduced, strength, small, int(steps[-1]))[steps]
    found = theory.matrix_logistic(reduced.growing, strength, small, steps, flow=True)
    coarse = theory.matrix_logistic(reduced.growing, strength, 2 * small, steps / 2, flow=True)
    np.testing.assert_allclose(found, coarse, atol=1e-9)  # a flow knows rate x step only
    assert np.abs(found - exact).max() < 2e-3 * strength[0]
    assert np.abs(found[-1] - np.diag(strength)).max() < 0.02 * strength[0]


def test_at_a_finite_rate_the_growth_of_descent_fits_better():
    first, last = start(1e-9, 0)
    strength, steps = task().strength, jnp.arange(STEPS + 1)
    reduced = theory.reduced_start(first, last, ITEMS)
    exact = (
        theory.reduced_mode_strengths(theory.solve_reduced_model(reduced, strength, RATE, STEPS))
        / strength
    )
    error = {}
    for flow in (False, True):
        g = theory.matrix_logistic(reduced.growing, strength, RATE, steps, flow=flow)
        error[flow] = float(np.abs(theory.reduced_mode_strengths(g) / strength - exact).max())
    assert error[False] < 0.15 < 0.8 < error[True]


@pytest.mark.parametrize("name, limit", [("main", 1e-10), ("gamma1e-15", 6e-8), ("gamma1", 8e-3)])
def test_golden_runs_of_the_tutorial(shared_data, name, limit):
    """Largest deviation over s_1 of the fact sheet (4.3): 9.1e-11, 4.7e-8, 5.9e-3."""
    run = np.load(shared_data / "deep_linear" / f"{name}_seed2021.npz")
    modes = singular_modes(run["Y"].astype(float))
    rate = effective_rate(float(run["lr"]), 8, 10_000)
    last = compress_outputs(run["W2_0"].astype(float).T, modes.u)
    begin = theory.reduced_start((run["W1_0"].astype(float) @ modes.v).T, last, 8)
    g = theory.solve_reduced_model(begin, modes.strength, rate, 250)
    error = np.abs(theory.reduced_singular_values(g)[1:] - run["modes64"]).max() / modes.strength[0]
    assert error < limit
    similarity = np.asarray(theory.reduced_similarity(g, modes.v))[:-1]
    np.testing.assert_allclose(similarity, run["rsm64"], atol=2 * limit * modes.strength[0])
    losses = theory.reduced_loss(g, modes.strength, 8, 10_000)[:-1]
    np.testing.assert_allclose(losses, run["loss64"], atol=2 * limit)


def test_the_golden_sharks_bones(shared_data):
    """Fact sheet: trace within 5.8e-11."""
    run = np.load(shared_data / "deep_linear" / "shark_seed2021.npz")
    modes = singular_modes(run["Y"].astype(float))
    rate = effective_rate(100.0, 8, 10_001)
    last = compress_outputs(run["W2_0"].astype(float).T, modes.u)
    begin = theory.reduced_start((run["W1_0"].astype(float) @ modes.v).T, last, 8)
    g = theory.solve_reduced_model(begin, modes.strength, rate, 250)
    trace = theory.predicted_feature(g, modes.u[-1], modes.v[0])[:-1]
    np.testing.assert_allclose(trace, run["ill64"], atol=2e-10)
