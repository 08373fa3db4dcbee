"""When curves rise, and whether the order follows a reference."""

import numpy as np
import pytest

from jaxrep.analysis.emergence import order_of_emergence, rise_steps


def test_logistic_curves_rise_at_their_middle():
    steps, middles = np.arange(0.0, 400, 0.5), np.array([50.0, 120.0, 250.0])
    curves = np.array([1.0, 7.0, 0.1]) / (1 + np.exp(-(steps[:, None] - middles) / 8))
    np.testing.assert_allclose(rise_steps(curves, steps), middles, atol=0.5)
    quarter = rise_steps(curves, steps, 0.25)
    np.testing.assert_allclose(quarter, middles - 8 * np.log(3), atol=0.5)
    several = rise_steps(np.stack([curves, 2 * curves]), steps)
    np.testing.assert_allclose(several, np.stack([middles, middles]), atol=0.5)


def test_curves_that_do_not_rise_are_not_known():
    curves = np.array([[1.0, 3.0, np.nan], [5.0, 2.0, 1.0], [2.0, 1.0, 2.0]])
    assert np.isnan(rise_steps(curves, np.array([0, 1, 2]))[[1, 2]]).all()
    assert rise_steps(curves, np.array([0, 1, 2]))[0] == pytest.approx(0.125)


def smooth(draw, points):
    curve = np.convolve(draw.normal(size=points + 24), np.hanning(13), "valid")
    return curve[:points]


def test_the_null_is_as_smooth_as_the_reference():
    """Unrelated smooth curves: permuted points would call .51 of them an order, shifts .08."""
    draw = np.random.default_rng(0)
    shares, permuted = [], []
    for _ in range(60):
        times, reference = smooth(draw, 41), smooth(draw, 41)
        order = order_of_emergence(times, reference)
        shares.append(float(order.share))
        # 5 % of the tau of 41 points in random order: 1.96 sqrt(2 (2 n + 5) / (9 n (n - 1)))
        permuted.append(abs(order.tau) > 1.96 * np.sqrt(2 * 87 / (9 * 41 * 40)))
    assert np.mean(permuted) > 0.3
    assert np.mean(np.array(shares) <= 0.05) < 0.15


def test_an_order_is_seen_on_a_line_and_a_circle():
    angles = np.linspace(-np.pi, np.pi, 40, endpoint=False)
    density = np.exp(2 * np.cos(angles - 1))
    noise = np.random.default_rng(1).normal(size=(3, 40))
    for periodic in (False, True):
        early = order_of_emergence(100 / density + noise, density, periodic=periodic)
        assert (early.tau < -0.8).all() and (early.share < 0.1).all()
        late = order_of_emergence(density, density, periodic=periodic)
        assert late.tau == pytest.approx(1)
    flat = order_of_emergence(noise, np.ones(40))
    assert np.isnan(flat.tau).all() and np.isnan(flat.share).all()
    holes = np.where(np.arange(40) < 37, np.nan, noise)
    assert np.isnan(order_of_emergence(holes, density).tau).all()


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match=r"steps: shape \(2,\) given; 2 or more that rise"):
        rise_steps(np.ones((2, 3)), np.array([1, 1]))
    with pytest.raises(ValueError, match=r"values: shape \(3, 2\) given for 2 steps"):
        rise_steps(np.ones((3, 2)), np.array([0, 1]))
    with pytest.raises(ValueError, match="share: 0 given; above 0 and at most 1"):
        rise_steps(np.ones((2, 3)), np.array([0, 1]), 0)
    with pytest.raises(ValueError, match=r"steps: shape \(4,\) given for \(3,\) points"):
        order_of_emergence(np.ones(4), np.ones(3))
    with pytest.raises(ValueError, match="reference: a value that is not finite"):
        order_of_emergence(np.ones(2), np.array([1, np.nan]))
