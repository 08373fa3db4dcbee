"""Figures of how structure is learned: what is drawn is what was measured and predicted."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from jaxrep.plots import deep_linear


@pytest.fixture
def axes():
    return Figure().subplots()


def test_transitions_are_measured_less_predicted(axes):
    predicted = np.array([100.0, 200.0])
    measured = np.array([[101.0, 198.0], [103.0, 197.0], [102.0, 190.0]])
    deep_linear.draw_transitions(axes, predicted, measured, "seeds", "black")
    (container,) = axes.containers
    assert container.lines[0].get_xdata().tolist() == [100, 200]
    assert container.lines[0].get_ydata().tolist() == [2, -3]
    ends = [segment[:, 1] for segment in container.lines[2][0].get_segments()]
    np.testing.assert_allclose(ends, [[1, 3], [-10, -2]])
    assert "updates" in axes.get_xlabel() and "updates" in axes.get_ylabel()


def test_a_mode_that_no_seed_learned_has_no_point(axes):
    measured = np.array([[np.nan, 10.0], [np.nan, 12.0]])
    deep_linear.draw_transitions(axes, np.array([5.0, 11.0]), measured, None, "black")
    assert axes.containers[0].lines[0].get_xdata().tolist() == [11]


def test_a_curve_against_theory_has_its_plateaus_and_the_truth(axes):
    steps, seen = np.arange(3), np.array([[0.0, 1, 2], [0, 2, 4], [0, 9, 9]])
    deep_linear.draw_against_theory(
        axes, steps, seen, seen / 2, np.array([0.5, 1.5]), "strength", "black", truth=2.0
    )
    lines = {line.get_label(): line for line in axes.lines}
    assert lines["simulation"].get_ydata().tolist() == [0, 2, 4]
    assert lines["theory"].get_ydata().tolist() == [0, 1, 2]
    assert lines["theory"].get_linestyle() == "--"
    assert lines["truth"].get_ydata()[0] == 2 and lines["plateaus"].get_ydata()[0] == 0.5
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("step (updates)", "strength")


def test_modes_are_drawn_one_by_one_with_their_predicted_times(axes):
    strength = np.array([[[0.0, 0.1], [1.0, 0.2]], [[0.0, 0.3], [0.8, 0.4]]])
    times = np.array([0.5, np.nan])
    names = ["first", "second"]
    deep_linear.draw_modes(axes, np.array([0, 1]), strength, strength, names, times)
    lines = {line.get_label(): line for line in axes.lines}
    np.testing.assert_allclose(lines["first"].get_ydata(), [0, 0.9])
    np.testing.assert_allclose(lines["second"].get_ydata(), [0.2, 0.3])
    markers = [line for line in axes.lines if line.get_marker() == "v"]
    assert len(markers) == 1 and markers[0].get_xdata()[0] == 0.5


def test_a_matrix_is_shown_as_it_is(axes):
    values = np.array([[1.0, -0.5], [-0.5, 2.0]])
    show = deep_linear.draw_matrix(axes, values, ["a", "b"], "similarity")
    np.testing.assert_array_equal(axes.images[0].get_array(), values)
    show(2 * values)
    np.testing.assert_array_equal(axes.images[0].get_array(), 2 * values)
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "b"]


def test_scales_have_their_median_and_range_on_a_logarithmic_axis(axes):
    scales, values = np.array([0.1, 1.0]), np.array([[1.0, 2.0, 9.0], [3.0, np.nan, 5.0]])
    deep_linear.draw_against_scale(axes, scales, values, "change", "black")
    assert axes.lines[0].get_ydata().tolist() == [2, 4]
    assert axes.get_xscale() == "log" and "scale" in axes.get_xlabel()


def test_lambda_of_either_sign_on_one_axis(axes):
    balance, values = np.array([-10.0, -0.1, 1e-9, 10.0]), np.arange(8.0).reshape(4, 2)
    deep_linear.draw_against_balance(axes, balance, values, "change", "black")
    assert axes.lines[0].get_ydata().tolist() == [0.5, 2.5, 4.5, 6.5]
    assert axes.get_xscale() == "symlog" and axes.xaxis.get_transform().linthresh == 0.1
    palette = deep_linear.balance_colours([f"λ = {value:g}" for value in balance])
    assert len({palette[name] for name in palette.names}) == 4
