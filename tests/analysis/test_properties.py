"""Every public function of `analysis` on any numbers: types, units, samples that are few or broken.

The table of `function_cases` says how to call each; the properties are the same for all.
"""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxrep import analysis as A  # noqa: N812

from .function_cases import (
    CASES,
    ELSEWHERE,
    LABELS,
    MADE_OF_SQUARES,
    OF_ONE_COLUMN,
    OTHERS,
    assert_same,
    numbers_of,
    outcome,
)

MESSAGE = re.compile(r"[a-z_, ]+: [^\n]+")


def test_every_function_is_in_the_table():
    for name in A.__all__:
        function = getattr(A, name)
        if not callable(function) or isinstance(function, type):
            continue
        if not any(other in function.__module__ for other in OTHERS):
            assert (name in CASES) != (name in ELSEWHERE), name


KINDS = ["int8", "int64", "uint16", "bool", "float16", "bfloat16", "float32"]


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=3, deadline=None)
@given(st.sampled_from(KINDS), st.integers(0, 3))
def test_any_type(name, kind, seed):
    """Small integers and halves give what float64 gives: no wrapping, no lost digits."""
    case = CASES[name]
    x = numbers_of(seed, case.shape)
    x = abs(x) if kind == "uint16" else x > 0 if kind == "bool" else x
    typed = np.asarray(x).astype(jnp.dtype(kind))
    assert_same(outcome(case, typed), outcome(case, x.astype(float)))


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.degree is not None])
@settings(max_examples=3, deadline=None)
@given(st.integers(-100, 100), st.sampled_from([np.float32, np.float64]), st.integers(0, 3))
def test_any_unit(name, power, kind, seed):
    """From 1e-30 to 1e30, in powers of two, which round nothing."""
    case = CASES[name]
    x = numbers_of(seed, case.shape).astype(float)
    found = outcome(case, (2.0**power * x).astype(kind))
    degrees = case.degree if isinstance(case.degree, tuple) else (case.degree,)
    assert_same(found, outcome(case, x), degrees, 2.0**power)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_what_is_not_finite_is_seen(name, broken):
    case = CASES[name]
    x = numbers_of(0, case.shape).astype(float)
    x[1, 0] = broken
    found = outcome(case, x)
    if isinstance(found, str):
        assert found.startswith(f"{case.name}: ") and MESSAGE.fullmatch(found)
    elif case.tells:
        assert any(not np.isfinite(leaf).all() for leaf in found)


@pytest.mark.parametrize("name", sorted(CASES.keys() - MADE_OF_SQUARES))
def test_few_rows_and_columns(name):
    """One row, none, no columns, constants, repeated rows: numbers, or one line that says why."""
    case = CASES[name]
    x = numbers_of(0, case.shape).astype(float)
    few = [x[:1], x[:0], np.ones_like(x), np.zeros_like(x), np.repeat(x[:2], len(x) // 2, 0)]
    for rows in few if name in OF_ONE_COLUMN else [*few, x[:, :0]]:
        found = outcome(case, rows)
        if isinstance(found, str):
            assert MESSAGE.fullmatch(found), found


@pytest.mark.parametrize("name", sorted(CASES.keys() - MADE_OF_SQUARES - LABELS))
def test_text_dates_and_complex_numbers_are_refused(name):
    case = CASES[name]
    for kind in ("U1", "datetime64[D]", complex):
        found = outcome(case, np.zeros(case.shape, int).astype(kind))
        assert isinstance(found, str) and found.startswith(f"{case.name}: values of type"), found


TRACED = ["class_distances", "quantised_information"]
TRACED += ["accuracy_at", "area_under_curve", "best_threshold", "binned_information"]
TRACED += ["circular_mean_position", "clipped_share", "hidden_in_representation"]
TRACED += ["hidden_variance", "inverse_participation_ratio", "is_dead", "kernel_information"]
TRACED += ["mean_position", "participation_entropy", "reading_errors"]
TRACED += ["scaling_eigenvalues", "sign_blocks", "top_overlap", "trace_similarity"]
TRACED += ["value_entropy", "variance_explained"]


@pytest.mark.parametrize("name", TRACED)
def test_inside_jit(name):
    """The same numbers, and NaN where outside there is an error."""
    case = CASES[name]
    x = numbers_of(0, case.shape).astype(np.float32)
    traced = case._replace(call=jax.jit(case.call))
    assert_same(outcome(traced, x), outcome(case, x))
    x[1, 0] = np.nan
    found = outcome(traced, x)
    assert not isinstance(found, str)
    if name != "is_dead":
        assert any(np.isnan(leaf).any() for leaf in found)
