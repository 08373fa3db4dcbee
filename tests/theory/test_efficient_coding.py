"""The theory of efficient codes, against the optimum found by search and against sampling."""

import numpy as np
import pytest
from scipy.optimize import minimize

from jaxrep.theory.efficient_coding import (
    efficient_information,
    expected_loss,
    information_exponent,
    iterate_density,
    predicted_bias,
)

ANGLES = np.linspace(-1.5, 1.5, 31)
DENSITY = 0.1 + np.exp(-((ANGLES - 0.5) ** 2) / 0.2)


def test_the_table_of_exponents():
    """Those of the fact sheet."""
    powers = np.array([1, 0.5, 2, 4, 0.25, 0])
    np.testing.assert_allclose(information_exponent(powers), [1, 4 / 3, 2 / 3, 2 / 5, 8 / 5, 2])
    with pytest.raises(ValueError, match="negative"):
        information_exponent(-1.0)


@pytest.mark.parametrize("power", (0.0, 1.0, 2.0))
def test_no_other_curve_with_the_same_total_has_less_loss(power):
    """A search over all curves ends at the theory's."""
    total = 20.0
    best = efficient_information(DENSITY, ANGLES, information_exponent(power), total)
    np.testing.assert_allclose(np.trapezoid(np.sqrt(best), ANGLES), total)

    def loss(logarithm):
        root = np.exp(logarithm)
        root = root * total / np.trapezoid(root, ANGLES)
        return expected_loss(DENSITY, root**2, ANGLES, power)

    found = minimize(loss, np.zeros(31), method="BFGS", options={"maxiter": 400, "gtol": 1e-7})
    root = np.exp(found.x) / np.trapezoid(np.exp(found.x), ANGLES) * total
    least = expected_loss(DENSITY, best, ANGLES, power)
    assert found.fun >= least - 1e-6 * abs(least)
    # the ends weigh half in the trapezoid rule on both sides of the balance
    np.testing.assert_allclose(root, np.sqrt(best), rtol=0.02)


@pytest.mark.parametrize("power", (0.0, 0.5, 1.0, 2.0, 4.0))
def test_expected_losses_of_gaussian_errors(power):
    draws = np.abs(np.random.default_rng(0).normal(size=400_000)) / 3.0
    sampled = np.log(draws).mean() if power == 0 else (draws**power).mean()
    flat = expected_loss(np.ones(31), np.full(31, 9.0), ANGLES, power)
    assert flat == pytest.approx(sampled, rel=0.02, abs=0.005)


def test_the_bias_points_away_from_where_the_code_is_precise():
    information = efficient_information(DENSITY, ANGLES, 2.0)
    bias = predicted_bias(information, ANGLES)
    assert (bias[(ANGLES > 0.6) & (ANGLES < 1.2)] > 0).all()
    assert (bias[(ANGLES < 0.4) & (ANGLES > -0.4)] < 0).all()
    np.testing.assert_allclose(predicted_bias(1 / (1 + ANGLES**2), ANGLES), 2 * ANGLES, atol=1e-10)


def test_iterated_densities_become_uniform():
    root = iterate_density(DENSITY, ANGLES, 1.0, divided=False)
    assert (np.diff(root.distances) < 0).all()
    assert root.distances[-1] < 2e-3 < root.distances[0]
    np.testing.assert_allclose(np.trapezoid(root.densities, ANGLES), 1)
    half = np.sqrt(DENSITY) / np.trapezoid(np.sqrt(DENSITY), ANGLES)
    np.testing.assert_allclose(root.densities[1], half, rtol=1e-10)
    at_once = iterate_density(DENSITY, ANGLES, 2.0, divided=True, iterations=1)
    assert at_once.distances[1] < 1e-12
    stays = iterate_density(DENSITY, ANGLES, 2.0, divided=False, iterations=3)
    np.testing.assert_allclose(stays.densities[3], stays.densities[0], rtol=1e-10)


@pytest.mark.parametrize("parameters, power", [(1, 1.0), (2, 1.0), (3, 1.0), (3, 2.0)])
def test_exponent_of_several_parameters_by_descent(parameters, power):
    """Least sum_a |error_a|^q under a fixed integral of sqrt(det I), of a diagonal matrix."""
    from scipy.optimize import minimize

    density = np.array([1.0, 2.0, 5.0, 9.0])

    def paid(flat):
        logs = flat.reshape(len(density), parameters)
        volume = np.exp(logs.sum(1) / 2).sum()
        logs = logs - 2 / parameters * np.log(volume)  # whatever it is, brought to 1
        return np.log((density[:, None] * np.exp(-power / 2 * logs)).sum())

    start = np.random.default_rng(0).normal(size=len(density) * parameters) / 10
    logs = minimize(paid, start, tol=1e-12).x.reshape(len(density), parameters)
    np.testing.assert_allclose(np.ptp(logs, 1), 0, atol=1e-3)
    slopes = np.diff(logs, axis=0) / np.diff(np.log(density))[:, None]
    np.testing.assert_allclose(slopes, information_exponent(power, parameters), atol=2e-3)


def test_no_parameter_is_refused():
    with pytest.raises(ValueError, match="parameters: 0 given; at least 1 is needed"):
        information_exponent(1.0, parameters=0)
