"""Curves of information over a stimulus, errors of decoders, against closed forms."""

import numpy as np
import pytest
from scipy.stats import skew

from jaxrep.analysis.angle_reading import (
    covariance_ellipse,
    least_squared_error,
    reading_errors,
    variance_along_path,
)
from jaxrep.analysis.fisher_curves import (
    fit_exponent,
    fit_floor,
    flatness,
    normalised,
    share_within,
    total_information,
    total_root_information,
    total_variation,
)

ANGLES = np.linspace(-np.pi / 2, np.pi / 2, 51)
DENSITY = np.exp(-(((ANGLES - np.pi / 4) / 0.2) ** 2) / 2) / (0.2 * (2 * np.pi) ** 0.5)


@pytest.mark.parametrize("power", (0.4, 1.0, 2.0))
def test_exponent_and_floor_of_made_information(power):
    noise = np.exp(0.02 * np.random.default_rng(0).normal(size=51))
    information = 300 * DENSITY**power * noise
    fit = fit_exponent(information, DENSITY)
    assert fit.low <= power <= fit.high
    assert fit.value == pytest.approx(power, abs=0.03)
    assert fit.points == (DENSITY > 0.1 * DENSITY.max()).sum()
    floor = fit_floor(information + 5 * noise, DENSITY)
    assert floor.exponent == pytest.approx(power, rel=0.1)
    assert floor.floor == pytest.approx(5, rel=0.1)
    assert floor.scale == pytest.approx(300, rel=0.1)
    assert floor.deviation < 0.05


def test_a_uniform_density_has_no_exponent():
    assert np.isnan(fit_exponent(ANGLES**2 + 1, np.ones(51)).value)
    assert np.isnan(fit_floor(ANGLES**2 + 1, np.ones(51)).exponent)


def test_totals_and_shares_of_known_curves():
    flat = np.full((2, 51), 9.0)
    np.testing.assert_allclose(total_root_information(flat, ANGLES), 3 * np.pi)
    np.testing.assert_allclose(total_information(flat, ANGLES), 9 * np.pi)
    np.testing.assert_allclose(share_within(flat, ANGLES, np.pi / 4, 0.4), 0.8 / np.pi)
    # two deviations to either side, the other side outside the angles cut off
    assert share_within(DENSITY, ANGLES, np.pi / 4, 0.4) == pytest.approx(0.9545, abs=2e-3)
    np.testing.assert_allclose(np.trapezoid(normalised(flat, ANGLES), ANGLES), 1)
    assert total_variation(DENSITY, 7 * DENSITY, ANGLES) == pytest.approx(0, abs=1e-12)
    left, right = (ANGLES < 0).astype(float), (ANGLES > 0.2).astype(float)
    assert total_variation(left, right, ANGLES) == pytest.approx(1)
    with pytest.raises(ValueError, match="window: 1 .. 2 is not inside"):
        share_within(flat, ANGLES, 1.5, 0.5)


def test_total_variation_of_overlapping_triangles():
    """``x`` against ``1 - x`` on 0 .. 1, both over their integral: half of ``int |4 x - 2|``."""
    x = np.linspace(0, 1, 101)
    pairs = np.stack([x, x]), np.stack([1 - x, 5 * x])
    np.testing.assert_allclose(total_variation(*pairs, x), [0.5, 0], atol=1e-12)


def test_flatness_of_flat_and_of_bent_curves():
    draw = np.random.default_rng(0)
    error = np.full(51, 0.1)
    flat = 2 + 0.1 * draw.normal(size=(400, 51))
    found = flatness(flat, np.broadcast_to(error, flat.shape))
    assert np.mean(found.probability < 0.05) == pytest.approx(0.05, abs=0.035)
    assert np.mean(found.chi_squared) == pytest.approx(1, abs=0.05)
    np.testing.assert_allclose(found.variation.mean(), found.noise.mean(), rtol=0.05)
    bent = flatness(2 + 0.6 * np.cos(ANGLES) + 0.1 * draw.normal(size=51), error)
    assert bent.probability < 1e-6
    inside = np.abs(ANGLES) < 1
    edge = np.where(inside, 2.0, 1.0)
    assert flatness(edge, error, inside).range_ratio == 1
    assert flatness(edge, error).range_ratio == 2


def test_flatness_of_three_values_by_hand():
    """Means 2, deviations of 1: chi squared is 2 for 2 degrees of freedom, its tail exp(-1)."""
    found = flatness(np.array([1.0, 2.0, 3.0]), np.ones(3))
    np.testing.assert_allclose(found, [1, np.exp(-1), 1 / 2, 1 / 2, 3], rtol=1e-12)
    weighted = flatness(np.array([1.0, 2.0, 5.0]), np.array([1.0, 0.5, 1.0]))
    # mean of weights 1, 4, 1 is 14 / 6
    statistic = ((8 / 6) ** 2 + 4 * (2 / 6) ** 2 + (16 / 6) ** 2) / 2
    assert weighted.chi_squared == pytest.approx(statistic)
    assert weighted.variation == pytest.approx((13 / 3) ** 0.5 / (8 / 3))
    assert weighted.noise == pytest.approx(0.75**0.5 / (8 / 3))


def test_moments_of_errors():
    errors = np.random.default_rng(0).gamma(2.0, size=(3, 4, 500)) - 1
    found = reading_errors(errors)
    np.testing.assert_allclose(found.bias, errors.mean(-1), rtol=1e-5)
    np.testing.assert_allclose(found.squared_error, (errors**2).mean(-1), rtol=1e-5)
    np.testing.assert_allclose(found.variance + found.bias**2, found.squared_error, rtol=1e-5)
    np.testing.assert_allclose(found.median, np.median(errors, -1), rtol=1e-5)
    np.testing.assert_allclose(found.skewness, skew(errors, -1), rtol=1e-4)


def test_the_bound_is_reached_by_an_efficient_biased_decoder():
    """A Gaussian code z = angle + noise read as ``a z + c``: error and bound are the same."""
    gain, shift, deviation = 0.7, 0.2, 0.3
    bias = (gain - 1) * ANGLES + shift
    bound = least_squared_error(np.full(51, 1 / deviation**2), bias, ANGLES)
    np.testing.assert_allclose(bound, (gain * deviation) ** 2 + bias**2, rtol=1e-10)


def test_the_slope_of_a_curved_bias_is_exact_up_to_the_ends():
    """Second order differences know a parabola, also at angles that are not equally spaced."""
    angles = np.array([-1.0, -0.7, 0.1, 0.2, 0.9, 1.5])
    bias = 0.3 * angles**2 - 0.1 * angles
    bound = least_squared_error(np.full((2, 6), 4.0), np.stack([bias, -bias]), angles)
    slope = 0.6 * angles - 0.1
    expected = np.stack([(1 + slope) ** 2, (1 - slope) ** 2]) / 4 + bias**2
    np.testing.assert_allclose(bound, expected, rtol=1e-10)


def test_ellipses_and_the_path():
    draw = np.random.default_rng(0)
    turn = 0.6
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    codes = draw.normal(size=(20_000, 2)) * [3.0, 1.0] @ rotation.T + [5.0, -2.0]
    ellipse = covariance_ellipse(codes, 2.0)
    np.testing.assert_allclose(ellipse.axes, [6, 2], rtol=0.03)
    np.testing.assert_allclose(ellipse.centre, [5, -2], atol=0.1)
    assert ellipse.direction % np.pi == pytest.approx(turn, abs=0.02)
    assert variance_along_path(codes, rotation[:, 0]) == pytest.approx(0.9, abs=0.01)
    assert variance_along_path(codes, rotation[:, 1]) == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("both_ends", [False, True])
@pytest.mark.parametrize("centre", [0.1, 2.0, 6.2, -3.0, 30.0])
def test_a_window_on_a_circle_goes_on_at_the_other_end(both_ends, centre):
    """Against the integral of a cosine; the trapezoid's own error is below 1e-4 at 200 angles."""
    angles = np.linspace(0, 2 * np.pi, 200 + both_ends, endpoint=both_ends)
    found = share_within(2 + np.cos(angles), angles, centre, 0.8, period=2 * np.pi)
    truth = (3.2 + np.sin(centre + 0.8) - np.sin(centre - 0.8)) / (4 * np.pi)
    np.testing.assert_allclose(found, truth, rtol=2e-4)
    np.testing.assert_allclose(share_within(angles + 1, angles, centre, 9.0, period=2 * np.pi), 1)


def test_angles_of_more_than_a_period_are_refused():
    with pytest.raises(ValueError, match="period: 2 given for angles over 3"):
        share_within(np.ones(4), np.arange(4.0), 1.0, 0.5, period=2.0)
