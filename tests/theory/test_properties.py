"""Every public function of `theory` on any numbers: types, units, broken values, sizes of nothing.

A table says how to call each function on one array, and how its result changes with the unit.
"""

import re
import warnings
from collections.abc import Callable
from contextlib import contextmanager
from typing import NamedTuple

import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxrep import theory as T  # noqa: N812
from jaxrep.data.input_families import input_family
from jaxrep.groups import group

MODES = 3
S = np.array([6, 4, 2])
A0 = np.array([1, 1, 1]) / 64
SQUARE = np.array([[3, 1, 0], [1, 2, 1], [0, 1, 2]])
ANGLES = np.arange(MODES)
UNIT = np.eye(MODES)
S3_STANDARD = group("S3").irrep("standard").matrices
RATE, TIMES = 1 / 32, np.array([0, 5, 40])


class Case(NamedTuple):
    """How a function is called on one array, and on the same in another unit.

    Attributes:
      call: the function of ``(x, c)``: x is in units of c, and whatever goes with it is brought
        to that unit (a rate 1 / c of strengths c, say). c is 1 but for the test of units.
      name: of the argument, with which its errors begin.
      x: good values, whole and small.
      degree: the result is c^degree of that at c = 1, for each part; None: not tried.
    """

    call: Callable
    name: str
    x: np.ndarray = S
    degree: tuple[int, ...] | None = (0,)


CASES = {
    "amplifier": Case(lambda x, c: T.amplifier(x, T.uniform_marginal()), "overlap", ANGLES, None),
    "balance_layers": Case(
        lambda x, c: [x @ y for x, y in [T.balance_layers(x, UNIT * c, c**2)]],
        "first",
        SQUARE,
        None,
    ),
    "balance_residual": Case(
        lambda x, c: T.balance_residual(x, 2 * UNIT * c), "first", SQUARE, (0,)
    ),
    "balanced_flow": Case(
        lambda x, c: T.balanced_flow(x, UNIT * c**0.5, UNIT * c, RATE / c, TIMES),
        "first",
        SQUARE,
        None,
    ),
    "balanced_mode": Case(
        lambda x, c: T.balanced_mode(TIMES, x, A0 * c, 2 * c, RATE / c), "strength", S, (1,)
    ),
    "balanced_time": Case(
        lambda x, c: T.balanced_time(A0 * c, x, -A0 * c, 2 * c, RATE / c), "strength", S, (0,)
    ),
    "balanced_weights": Case(
        lambda x, c: T.balanced_weights(x, 0 * c, UNIT, UNIT, UNIT), "strength", S**2, None
    ),
    "best_strength": Case(lambda x, c: T.best_strength(x, 1), "teacher", S, None),
    "descend_race": Case(
        lambda x, c: T.descend_race(T.Race(S * c, UNIT, c**2), x, RATE / c, 4)[0],
        "start",
        S,
        (1,),
    ),
    "deep_time": Case(
        lambda x, c: T.deep_time(x * 0.5, x, A0 * c, RATE / c, 2), "strength", S, (0,)
    ),
    "descend_halves": Case(
        lambda x, c: T.descend_halves(
            T.Halves(UNIT * c**0.5 / 8, UNIT * c**0.5 / 16, UNIT * c**0.5 / 4), x, RATE / c, 4
        )[0],
        "strength",
        S,
        (1,),
    ),
    "descend_modes": Case(
        lambda x, c: T.descend_modes(A0 * c, x, RATE / c, 4), "strength", S, (1,)
    ),
    "effective_dynamics": Case(
        lambda x, c: T.effective_dynamics(x, SQUARE, SQUARE, lambda a: 0 * a, 1 / 8, 3),
        "start",
        S,
        (1,),
    ),
    "efficient_information": Case(
        lambda x, c: T.efficient_information(x, ANGLES, 1.0, 2), "density", S, (0,)
    ),
    "expected_loss": Case(lambda x, c: T.expected_loss(x, S, ANGLES, 2.0), "density", S, (0,)),
    "expected_start": Case(lambda x, c: T.expected_start(x, 3, 4, 5), "scale", S, (2,)),
    "half_time": Case(lambda x, c: T.half_time(x, A0 * c, RATE / c), "strength", S, (0,)),
    "hidden_directions": Case(
        lambda x, c: abs(T.hidden_directions(x, UNIT * c)[0]), "first", SQUARE, None
    ),
    "input_modes": Case(lambda x, c: T.input_modes(x, UNIT * c)[2:4], "inputs", SQUARE, (2, 2)),
    "interpolate_amplifier": Case(
        lambda x, c: T.interpolate_amplifier(x, np.arange(5)), "overlap", ANGLES, None
    ),
    "iterate_density": Case(
        lambda x, c: T.iterate_density(x, ANGLES, 1.0, divided=False, iterations=2),
        "density",
        S,
        (0,),
    ),
    "layer_balance": Case(lambda x, c: T.layer_balance(x, 2 * UNIT * c), "first", SQUARE, (2,)),
    "layer_halves": Case(
        lambda x, c: T.layer_halves(x, np.eye(3, 5) * c), "first", SQUARE, (1, 1, 1)
    ),
    "learned_similarity": Case(lambda x, c: T.learned_similarity(x, -2 * c), "strength", S, (1,)),
    "loss_plateaus": Case(lambda x, c: T.loss_plateaus(x, 2, 3), "strength", S, (2,)),
    "matrix_logistic": Case(
        lambda x, c: T.matrix_logistic(UNIT * c**0.5 / 8, x, RATE / c, TIMES), "strength", S, None
    ),
    "mode_growth": Case(lambda x, c: T.mode_growth(x, RATE / c), "strength", S, (0,)),
    "mode_sigmoid": Case(
        lambda x, c: T.mode_sigmoid(TIMES, x, A0 * c, RATE / c), "strength", S, (1,)
    ),
    "noisy_mode": Case(lambda x, c: T.noisy_mode(x, 1), "teacher", S, None),
    "descend_pathways": Case(
        lambda x, c: T.descend_pathways(
            np.stack([UNIT, UNIT]) * c**0.5 / 8, x, np.ones(1), np.ones((1, 2)), RATE / c, 4
        )[0],
        "strength",
        S,
        (1,),
    ),
    "pathway_race": Case(
        lambda x, c: T.pathway_race(x, ANGLES * c, UNIT, UNIT)[:2], "inputs", SQUARE, (2, 2)
    ),
    "predicted_bias": Case(lambda x, c: T.predicted_bias(x, ANGLES), "information", S, (-1,)),
    "predicted_feature": Case(
        lambda x, c: T.predicted_feature(x[None], np.ones(3), np.ones(3)), "g", SQUARE, (1,)
    ),
    "race_end": Case(
        lambda x, c: T.race_end(np.ones((4, 3)) * c / 64, x, np.column_stack([np.ones(3), UNIT])),
        "strength",
        S,
        (1,),
    ),
    "race_half_time": Case(
        lambda x, c: T.race_half_time(x, 1.0, A0 * c, RATE / c), "pull", S, (0,)
    ),
    "reduced_loss": Case(lambda x, c: T.reduced_loss(x[None], S * c, 3, 4), "g", SQUARE, (2,)),
    "reduced_mode_strengths": Case(
        lambda x, c: T.reduced_mode_strengths(x[None]), "g", SQUARE, (1,)
    ),
    "reduced_similarity": Case(lambda x, c: T.reduced_similarity(x[None], UNIT), "g", SQUARE, (1,)),
    "reduced_singular_values": Case(
        lambda x, c: T.reduced_singular_values(x[None]), "g", SQUARE, (1,)
    ),
    "reduced_start": Case(
        lambda x, c: abs(T.reduced_start(x, UNIT * c, 3).growing), "first", SQUARE, (1,)
    ),
    "regression_curvatures": Case(
        lambda x, c: list(T.regression_curvatures(x, UNIT * c)), "inputs", SQUARE, (2,)
    ),
    "regression_edge": Case(lambda x, c: T.regression_edge(x, UNIT * c), "inputs", SQUARE, (-2,)),
    "relu_unit_fields": Case(
        lambda x, c: T.relu_unit_fields(x[None], LAW, LAW, 0.1, 3), "starts", np.arange(1, 7), None
    ),
    "rise_time": Case(lambda x, c: T.rise_time(x, RATE / c), "strength", S, (0,)),
    "rho_set_circuit": Case(
        lambda x, c: T.rho_set_circuit(S3_STANDARD, x[:2, :2], S[1:]).unembed,
        "members",
        SQUARE,
        (2,),
    ),
    "second_layer_dynamics": Case(
        lambda x, c: T.second_layer_dynamics(x, SQUARE, SQUARE), "weights", S, (-1,)
    ),
    "shallow_mode": Case(lambda x, c: T.shallow_mode(TIMES, x, A0 * c, RATE), "strength", S, (1,)),
    "similarity_change": Case(lambda x, c: T.similarity_change(x, -2 * c, 4), "strength", S, (0,)),
    "solve_reduced_model": Case(
        lambda x, c: T.solve_reduced_model(
            T.Start(UNIT * c**0.5 / 8, UNIT * c / 64), x, RATE / c, 4
        ),
        "strength",
        S,
        None,
    ),
    "bias_law": Case(lambda x, c: T.bias_law(x, ANGLES, 1.0, 1.0), "information", S, (-1,)),
    "fit_bias_constant": Case(
        lambda x, c: T.fit_bias_constant(ANGLES, x, ANGLES), "information", S, (1, 1, 0)
    ),
    "least_squares_map": Case(
        lambda x, c: T.least_squares_map(x, UNIT * c), "inputs", SQUARE, (0,)
    ),
    "linear_information": Case(
        lambda x, c: T.linear_information(x[None], np.eye(len(x)), np.ones(len(x)) / 2),
        "tangents",
        S,
        (2,),
    ),
    "reconstruction_strengths": Case(
        lambda x, c: T.reconstruction_strengths(x, 0.01 / c, 5), "eigenvalues", S, (0,)
    ),
    "shared_strength": Case(
        lambda x, c: T.shared_strength(x, A0 * c, A0 * c, 2), "strength", S, (1,)
    ),
    "tabulate_amplifier": Case(
        lambda x, c: T.tabulate_amplifier(lambda a: a * x[0], 5), "x", S, None
    ),
    "sample_error": Case(
        lambda x, c: T.sample_error(TIMES, x, 1e-3, RATE, 8, 6), "teacher", S, None
    ),
    "teacher_error": Case(
        lambda x, c: T.teacher_error(TIMES, x, 1e-3, RATE, 8, 6), "teacher", S, None
    ),
    "transition_times": Case(
        lambda x, c: T.transition_times(x, c**0.5 / 64, 1 / c, items=3, hidden=9, features=4),
        "strength",
        S,
        (0,),
    ),
}
LAW = T.input_law(input_family("normal", 6), 1.0)
ELSEWHERE = {
    # of no arrays, or of numbers alone: below, and in test_localization, test_input_laws,
    # test_mode_dynamics, test_noisy_teacher and test_stability_defaults
    "algebraic_marginal",
    "bias_constant",
    "effective_rate",
    "fastest_rate",
    "gaussian_marginal",
    "information_exponent",
    "input_law",
    "laplace_marginal",
    "largest_scale",
    "noise_strengths",
    "nonlinear_gaussian_marginal",
    "stability_edge",
    "training_defaults",
    "two_point_marginal",
    "uniform_marginal",
}
INFINITE = {"amplifier", "half_time", "interpolate_amplifier", "predicted_bias", "rise_time"}
INFINITE |= {"bias_law", "fit_bias_constant"}
"""Overlaps are cut at 1; an infinite strength is learned at once; nothing is biased where
information is infinite."""
MESSAGE = re.compile(r"[a-z_, ]+: [^\n]+")


def test_every_function_is_in_the_table():
    for name in T.__all__:
        if not isinstance(getattr(T, name), type):
            assert (name in CASES) != (name in ELSEWHERE), name


@contextmanager
def unchecked_signatures():
    """What users see: shapes of signatures are checked in tests only."""
    jaxtyping.config.update("jaxtyping_disable", True)
    try:
        yield
    finally:
        jaxtyping.config.update("jaxtyping_disable", False)


def outcome(case, x, unit=1.0):
    """Arrays of the result, or the error's message."""
    with warnings.catch_warnings(), unchecked_signatures():
        warnings.simplefilter("ignore", RuntimeWarning)  # of numpy, where a number is not finite
        try:
            return [np.asarray(leaf, float) for leaf in jax.tree.leaves(case.call(x, unit))]
        except ValueError as error:
            return str(error)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("kind", ["int8", "uint16", "float16", "bfloat16", "float32"])
def test_any_type(name, kind):
    """Small integers and halves give what float64 gives: measured 1e-6."""
    case = CASES[name]
    wanted = outcome(case, case.x.astype(float))
    found = outcome(case, np.asarray(case.x).astype(jnp.dtype(kind)))
    for one, other in zip(found, wanted, strict=True):
        assert np.isfinite(other).all() or name in ("deep_time", "transition_times")
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.degree])
@settings(max_examples=4, deadline=None)
@given(st.integers(-50, 50).map(lambda half: 2 * half))
def test_any_unit(name, power):
    """From 1e-30 to 1e30, in powers of four, whose roots are exact."""
    case, unit = CASES[name], 2.0**power
    found = outcome(case, unit * case.x.astype(float), unit)
    wanted = outcome(case, case.x.astype(float))
    for one, other, degree in zip(found, wanted, case.degree * len(wanted), strict=False):
        if 1e-36 < unit**degree < 1e36:  # else float32 cannot hold it
            np.testing.assert_allclose(one, other * unit**degree, rtol=3e-5)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_what_is_not_finite_is_seen(name, broken):
    """In the result, or as an error; never a plausible number."""
    case = CASES[name]
    x = case.x.astype(float)
    x.flat[0] = broken
    found = outcome(case, x)
    if isinstance(found, str):
        assert MESSAGE.fullmatch(found), found
    elif np.isnan(broken) or name not in INFINITE:
        assert any(not np.isfinite(leaf).all() for leaf in found)


@pytest.mark.parametrize("name", sorted(CASES.keys() - {"tabulate_amplifier", "deep_time"}))
def test_text_and_complex_numbers_are_refused(name):
    case = CASES[name]
    for kind in ("U1", complex):
        found = outcome(case, np.zeros(case.x.shape, int).astype(kind))
        assert isinstance(found, str), found


@pytest.mark.parametrize("name", CASES)
def test_inside_jit(name):
    on_the_host = {"bias_law", "efficient_information", "expected_loss", "fit_bias_constant"}
    if name in {*on_the_host, "iterate_density", "predicted_bias"}:
        return  # of numpy
    if name in {
        "input_modes",
        "race_end",
        "least_squares_map",
        "regression_curvatures",
        "regression_edge",
    }:
        return  # LAPACK on the host
    if name == "relu_unit_fields":
        return  # compiled itself
    case = CASES[name]
    x = case.x.astype(np.float32)
    found = jax.tree.leaves(jax.jit(lambda x: case.call(x, 1.0))(x))
    for one, other in zip(found, outcome(case, x), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_starts_that_float32_cannot_hold():
    """The scale's square vanished, and no mode was ever learned."""
    sizes = {"items": 3, "hidden": 9, "features": 4}
    found = T.transition_times(S, 1e-25, 0.1, **sizes)
    with jax.enable_x64():
        wanted = T.half_time(S, T.expected_start(1e-25, 3, 9, 4, np.arange(3)), 0.2 / 12)
    np.testing.assert_allclose(found, wanted, rtol=1e-6)
    assert np.isfinite(T.half_time(1e30, 1e-30, 1e-30))
    last = T.mode_sigmoid(np.array([0.0, 1e32]), 1e30, 1e-30, 1e-30)
    np.testing.assert_allclose(last, [1e-30, 1e30], rtol=1e-4)


def test_modes_of_strength_zero_and_unknown_teachers(double):
    """0 / 0 before; a teacher of NaN was a mode lost in the noise, of overlap 0."""
    small = T.mode_sigmoid(TIMES, np.array(1e-9), 0.25, RATE)
    np.testing.assert_allclose(T.mode_sigmoid(TIMES, 0, 0.25, RATE), small, rtol=1e-6)
    assert all(np.isnan(part) for part in T.noisy_mode(np.nan, 1.0))
    assert all(np.isnan(part) for part in T.noisy_mode(2.0, -1.0))
    assert float(T.noisy_mode(2.0, 1.0).strength) == pytest.approx(2.5)
    assert np.isnan(T.half_time(0, 0.25, RATE))


def test_an_infinite_rate_ends():
    """The loop over stretches of time ran 2^31 times."""
    for rate in (np.inf, np.nan):
        assert np.isnan(T.balanced_flow(UNIT, UNIT, UNIT, rate, TIMES[1:]).map).all()


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: T.balanced_flow(UNIT, UNIT, UNIT[:2], 0.1, TIMES), "target: shape (2, 3)"),
        (lambda: T.deep_time(1, 2, 0.1, 0.1, 0), "layers: 0 given"),
        (lambda: T.descend_modes(A0, S, 0.1, -1), "steps: -1 is negative"),
        (lambda: T.effective_dynamics(S, UNIT, UNIT, abs, 0.1, -1), "steps: -1 is negative"),
        (lambda: T.efficient_information(-S, ANGLES, 1.0), "density: -6.0 is negative"),
        (lambda: T.efficient_information(S, ANGLES[::-1], 1.0), "angles: shape (3,) given"),
        (lambda: T.expected_loss(S, S, ANGLES, -1.0), "loss_power: -1.0 is negative"),
        (lambda: T.information_exponent(np.array([1, -1])), "loss_power: -1.0 is negative"),
        (lambda: T.interpolate_amplifier(A0, np.ones(1)), "table: shape (1,) given"),
        (lambda: T.largest_scale(0.0, 2, 3), "learning_rate: 0.0 is not positive"),
        (lambda: T.noise_strengths(0, 3), "inputs, outputs: 0 and 3 given"),
        (lambda: T.predicted_bias(S[:2], ANGLES[:2]), "angles: shape (2,) given; 3 or more"),
        (lambda: T.reduced_start(UNIT, UNIT, 4), "modes: 4 given; 1 .. 3 are there"),
        (lambda: T.solve_reduced_model(T.Start(UNIT, UNIT), S, 0.1, -1), "steps: -1 is negative"),
        (lambda: T.stability_edge(0.0, 2, 3), "strongest: 0.0 is not positive"),
        (lambda: T.stability_edge(1.0, 2, 3, 0), "layers: 0 given"),
        (lambda: T.teacher_error(TIMES, S, 0.1, 0.1, 2, 9), "teacher: 3 modes given; 2 are"),
    ],
)
def test_bad_input_is_named(call, message):
    with unchecked_signatures(), pytest.raises(ValueError, match=re.escape(message)):
        call()
