"""Angles that are read: errors with their bound, biases with their law, distributions."""

import numpy as np
import pytest
from matplotlib.colors import same_color
from matplotlib.figure import Figure

from jaxrep.plots.angle_reading import (
    draw_angles_read,
    draw_biases,
    draw_read_distribution,
    draw_squared_errors,
)
from jaxrep.plots.style import Palette

ANGLES = np.linspace(-1, 1, 5)
DRAW = np.random.default_rng(0)
CURVES = {"training faces": DRAW.uniform(1, 2, (3, 5)), "test faces": DRAW.uniform(2, 3, (3, 5))}


@pytest.fixture
def axes():
    return Figure().subplots()


@pytest.fixture
def palette():
    return Palette(["linear", *CURVES])


def test_squared_errors_are_medians_above_the_bound(axes, palette):
    bound = DRAW.uniform(0.1, 1, (3, 5))
    assert draw_squared_errors(axes, ANGLES, CURVES, palette, bound) is axes
    *lines, dashed = axes.lines
    for line, (name, values) in zip(lines, CURVES.items(), strict=True):
        np.testing.assert_allclose(line.get_ydata(), np.median(values, 0))
        assert same_color(line.get_color(), palette[name]) and line.get_label() == name
    np.testing.assert_allclose(dashed.get_ydata(), np.median(bound, 0))
    assert dashed.get_linestyle() == "--" and dashed.get_label() == "Cramér-Rao bound"
    assert axes.get_yscale() == "log" and axes.get_ylabel() == "squared error (rad^2)"


def test_the_law_is_scaled_to_the_first_bias_where_it_is_shown(axes, palette):
    biases = {"training faces": np.array([[9, 0.2, -0.4, 0.1, 9]]), "test faces": np.ones((2, 5))}
    law, shown = np.array([7.0, -50.0, 25.0, 10.0, 80.0]), np.array([0, 1, 1, 1, 0], bool)
    draw_biases(axes, ANGLES, biases, palette, law, shown=shown, label="(1/I)', scaled")
    line = axes.lines[-1]
    np.testing.assert_allclose(line.get_ydata(), [-0.4, 0.2, 0.08])
    np.testing.assert_array_equal(line.get_xdata(), ANGLES[1:4])
    assert line.get_linestyle() == "--" and line.get_label() == "(1/I)', scaled"
    np.testing.assert_allclose(axes.get_ylim(), [-1.6, 1.6])
    assert axes.get_ylabel() == "bias (rad)"


@pytest.mark.parametrize("law", [None, np.zeros(5), np.full(5, np.nan)])
def test_no_law_no_line(axes, palette, law):
    draw_biases(axes, ANGLES, CURVES, palette, law)
    assert [line.get_label() for line in axes.lines] == list(CURVES)


def test_angles_read_lie_about_the_diagonal(axes, palette):
    errors = {name: values[:, :4].T @ np.ones((3, 6)) / 10 for name, values in CURVES.items()}
    draw_angles_read(axes, ANGLES[:4], errors, palette)
    for dots, values in zip(axes.collections, errors.values(), strict=True):
        x, y = dots.get_offsets().T
        np.testing.assert_allclose(x, np.repeat(ANGLES[:4], 6))
        np.testing.assert_allclose(y - x, values.ravel())
    first, second = (dots.get_sizes()[0] for dots in axes.collections)
    assert first > second
    (diagonal,) = axes.lines
    np.testing.assert_array_equal(diagonal.get_xdata(), diagonal.get_ydata())
    assert diagonal.get_linestyle() == "--"


def test_mean_median_and_truth_are_told_apart(axes, palette):
    errors = np.array([0.0, 0.0, 0.1, 0.5, np.nan])
    draw_read_distribution(axes, 0.7, errors, palette, bins=5)
    mean, median, truth = axes.lines
    assert mean.get_xdata()[0] == pytest.approx(0.85)
    assert median.get_xdata()[0] == pytest.approx(0.75)
    assert truth.get_xdata()[0] == 0.7 and truth.get_linestyle() == "--"
    assert sum(bar.get_height() for bar in axes.patches) == 4
    assert axes.get_legend_handles_labels()[1] == ["mean", "median", "true angle"]


def test_a_law_without_information_at_an_angle_is_drawn_elsewhere(axes, palette):
    """Corrected information can be below 0 at an angle, where the law has no value."""
    law = np.array([1.0, np.nan, 2.0, -4.0, 1.0])
    draw_biases(axes, ANGLES, CURVES, palette, law)
    drawn, middle = axes.lines[-1], np.median(CURVES["training faces"], 0)
    known = np.isfinite(law)
    expected = law[known] / 4 * middle[known].max()
    np.testing.assert_allclose(drawn.get_ydata(), expected)
    np.testing.assert_array_equal(drawn.get_xdata(), ANGLES[known])
