"""Populations and localization: medians, bands, theory, order and labels of what is drawn."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from jaxrep.plots import (
    COLOURS,
    Palette,
    draw_against_kurtosis,
    draw_class_densities,
    draw_curves,
    draw_field_against_theory,
    draw_kurtosis_theory,
    draw_localized_inputs,
    draw_normal_weights,
    draw_pruning,
    legend_below,
)

CURVES = {"a": np.array([[1.0, 5.0], [2.0, 7.0], [9.0, 6.0]]), "b": np.array([[3.0, np.nan]])}


@pytest.fixture
def axes():
    return Figure(layout="constrained").subplots()


def test_curves_are_medians_in_the_colours_of_their_names(axes):
    draw_curves(axes, np.array([0, 10]), CURVES, Palette(["b"]), line_styles={"b": ":"})
    first, second = axes.lines
    np.testing.assert_array_equal(first.get_xydata(), [[0, 2], [10, 6]])
    np.testing.assert_array_equal(second.get_xydata(), [[0, 3]])
    assert (first.get_color(), second.get_color()) == (COLOURS[1], COLOURS[0])
    assert (first.get_linestyle(), second.get_linestyle()) == ("-", ":")


def test_the_legend_is_below_and_only_where_there_are_labels(axes):
    assert not legend_below(axes.figure, axes).legends
    draw_curves(axes, np.array([0, 10]), CURVES, Palette())
    (legend,) = legend_below(axes.figure, axes).legends
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]


def test_densities_are_drawn_at_the_middle_of_bins(axes):
    densities = np.array([[[0.0, 1.0], [1.0, 0.0]], [[0.2, 0.8], [1.0, 0.0]], [[0.4, 0.6]] * 2])
    draw_class_densities(axes, np.array([0.0, 1.0, 2.0]), densities, ["low", "high"], Palette())
    np.testing.assert_allclose(axes.lines[0].get_xydata(), [[0.5, 0.2], [1.5, 0.8]])
    np.testing.assert_allclose(axes.lines[1].get_ydata(), [1, 0])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("pre-activation", "density")


def test_no_networks_no_densities(axes):
    draw_class_densities(axes, np.linspace(0, 1, 3), np.zeros((0, 2, 2)), ["a", "b"], Palette())
    assert not axes.lines and axes.texts[0].get_text() == "no such unit"


def test_pruning_starts_with_one_unit(axes):
    draw_pruning(axes, {"a": CURVES["a"]}, Palette(), localized=1.5)
    curve, count, chance = axes.lines
    np.testing.assert_array_equal(curve.get_xydata(), [[1, 2], [2, 6]])
    assert count.get_xdata()[0] == 1.5 and chance.get_ydata()[0] == 0.5


def test_kurtosis_has_medians_whiskers_and_sorted_theory(axes):
    kurtosis = np.array([1.0, -2.0])
    draw_against_kurtosis(axes, kurtosis, CURVES["a"], "unit", COLOURS[2])
    draw_kurtosis_theory(axes, kurtosis, CURVES["a"], "theory")
    points, _, (bars,) = axes.containers[0].lines
    np.testing.assert_array_equal(points.get_xydata(), [[1, 2], [-2, 6]])
    np.testing.assert_array_equal(bars.get_segments()[0], [[1, 1], [1, 9]])
    theory = next(line for line in axes.lines if line.get_label() == "theory")
    np.testing.assert_array_equal(theory.get_xydata(), [[-2, 6], [1, 2]])
    assert theory.get_linestyle() == "--"
    assert axes.get_xlabel() == "excess kurtosis of a pixel"
    assert axes.get_ylabel() == "inverse participation ratio"


def test_theory_of_a_field_is_dashed(axes):
    draw_field_against_theory(axes, np.arange(4.0), np.ones(4), COLOURS[1])
    found, theory = axes.lines
    np.testing.assert_array_equal(found.get_ydata(), np.arange(4))
    np.testing.assert_array_equal(theory.get_ydata(), np.ones(4))
    assert theory.get_linestyle() == "--" and found.get_color() == COLOURS[1]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("pixel", "weight")


def test_inputs_from_the_top_with_theory_as_a_tick(axes):
    ratios = [np.array([0.5, 0.7, np.nan]), np.array([0.1])]
    theories = [np.array([0.2, 0.3, 0.9, np.nan]), None]
    draw_localized_inputs(axes, ["Ising", "blocks"], ratios, theories, 0.1)
    assert axes.yaxis_inverted()
    assert [text.get_text() for text in axes.get_yticklabels()] == ["Ising", "blocks"]
    np.testing.assert_array_equal(axes.lines[0].get_xydata()[:2], [[0.5, 0], [0.7, 0]])
    np.testing.assert_array_equal(axes.lines[1].get_xydata(), [[0.3, 0]])
    np.testing.assert_array_equal(axes.lines[2].get_xydata(), [[0.1, 1]])


def test_normal_weights(axes):
    assert draw_normal_weights(axes, 58).lines[0].get_ydata()[0] == pytest.approx(0.05)
