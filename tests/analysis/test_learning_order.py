"""Gaps between errors: their standard error by brute force, and when they last."""

import numpy as np
import pytest

from jaxrep.analysis import error_gap, lasting_departure

from .function_cases import unchecked_signatures

STEPS = np.array([0, 20, 50, 100, 200, 500, 2000])
FULL = np.array([1.010, 0.981, 0.848, 0.711, 0.637, 0.588, 0.545])
CLONE = np.array([1.011, 0.985, 0.875, 0.777, 0.738, 0.722, 0.728])
"""Of networks trained on inputs with edges, on them and on their Gaussian clone (fact sheet)."""


def test_a_gap_and_its_standard_error():
    """The spread of 4,000 repeated draws, which is known to 1.1 %."""
    draw = np.random.default_rng(0)
    found = error_gap(draw.exponential(1, (4000, 60)), draw.normal(3, 2, (4000, 90)))
    wanted = np.sqrt(1 / 60 + 4 / 90)
    assert np.std(found.gap) == pytest.approx(wanted, rel=0.04)
    assert np.sqrt(np.mean(found.standard_error**2)) == pytest.approx(wanted, rel=0.04)
    assert np.mean(found.gap) == pytest.approx(2, abs=4 * wanted / 4000**0.5)
    values = np.array([[0.1, 0.5, 0.3], [2.0, 2.0, 2.0]])
    exact = error_gap(values, values[::-1])
    np.testing.assert_allclose(exact.gap, [1.7, -1.7], rtol=1e-6)
    np.testing.assert_allclose(exact.standard_error, np.sqrt(0.04 / 3), rtol=1e-6)


def test_when_a_published_curve_departs():
    assert lasting_departure(CLONE - FULL, STEPS) == 100
    assert lasting_departure(CLONE - FULL, STEPS, least=0.02) == 50
    assert lasting_departure(FULL - CLONE, STEPS, least=0.15) == 2000
    assert np.isnan(lasting_departure(CLONE - FULL, STEPS, least=0.2))
    noise = np.full(7, 0.04)
    assert lasting_departure(CLONE - FULL, STEPS, standard_error=noise) == 500
    assert lasting_departure(CLONE - FULL, STEPS, standard_error=noise, width=2.0) == 200


def test_a_gap_that_comes_back_has_not_departed():
    gap = np.array([[0.0, 1, 0, 1], [1, 1, 1, 1], [0, 1, 1, 0], [0, -1, -1, np.nan]])
    found = lasting_departure(gap, np.arange(4))
    np.testing.assert_array_equal(found, [3, 0, np.nan, np.nan])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: error_gap(np.ones((2, 1)), np.ones((2, 3))), r"first: shape \(2, 1\) given; two"),
        (lambda: error_gap(np.ones((2, 3)), np.ones(3)), r"second: batch \(\) given; first has"),
        (
            lambda: lasting_departure(np.ones(2), np.arange(3)),
            r"gap: shape \(2,\) given for 3 steps",
        ),
        (lambda: lasting_departure(np.ones(2), np.array([1, 0])), "rising steps are needed"),
        (
            lambda: lasting_departure(np.ones(2), np.arange(2), least=-1.0),
            "least: -1.0 given; 0 or more",
        ),
        (
            lambda: lasting_departure(np.ones(2), np.arange(2), standard_error=np.ones(3)),
            r"standard_error: shape \(3,\) given",
        ),
    ],
)
def test_bad_input_gets_one_line(call, message):
    with unchecked_signatures(), pytest.raises(ValueError, match=message):
        call()
