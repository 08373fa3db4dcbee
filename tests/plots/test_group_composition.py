"""Figures of networks that multiply in a group: what is drawn is what was measured."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from jaxrep.plots import group_composition


@pytest.fixture
def axes():
    return Figure().subplots()


def test_losses_are_medians_on_logarithmic_axes_with_a_guess(axes):
    losses = {"train": np.array([[4.0, 1.0], [2.0, 0.5], [3.0, 0.1]])}
    group_composition.draw_losses(axes, np.array([0, 10]), losses, np.log(24))
    lines = {line.get_label(): line for line in axes.lines}
    assert lines["train"].get_ydata().tolist() == [3.0, 0.5]
    guess = lines["uniform guess, ln n"]
    assert guess.get_ydata()[0] == np.log(24) and guess.get_linestyle() == "--"
    assert axes.get_yscale() == "log" and axes.get_ylabel() == "cross-entropy (nats)"


def test_bars_are_medians_with_whiskers_to_the_extremes(axes):
    values = {"without": np.array([[1.0, 5.0], [2.0, 7.0], [9.0, 6.0]])}
    group_composition.draw_bars(axes, values, ["sign", "standard"], "loss (nats)")
    assert [bar.get_height() for bar in axes.patches] == [2, 6]
    whiskers = axes.collections[0].get_segments()
    np.testing.assert_allclose([segment[:, 1] for segment in whiskers], [[1, 9], [5, 7]])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["sign", "standard"]


def test_a_cube_is_sorted_by_class(axes):
    rows, order = np.arange(9.0).reshape(3, 3), np.array([2, 0, 1])
    group_composition.draw_cube(axes, rows, order, "logits")
    np.testing.assert_array_equal(axes.images[0].get_array(), rows[np.ix_(order, order)])


def test_neurons_are_stacked_by_irrep_and_sorted(axes):
    strength = np.array([[0.0, 2.0, 0.5], [3.0, 0.0, 1.0]])
    group_composition.draw_clusters(axes, strength, ["sign", "standard"], np.array([True, True]))
    heights = np.array([bar.get_height() for bar in axes.patches]).reshape(2, 3)
    np.testing.assert_allclose(heights, strength[:, [1, 0, 2]])


def test_an_unembedding_is_relative_to_its_largest_weight(axes):
    group_composition.draw_unembedding(axes, np.array([[2.0, -4.0], [1.0, 0.0]]), "basis")
    np.testing.assert_allclose(axes.images[0].get_array(), [[0.5, -1], [0.25, 0]])


def test_nulls_are_grey_dashed_and_named_once():
    axes = Figure().subplots()
    axes.plot([0, 1], [0, 1], label="sign")
    values = np.array([[0.2, 0.4, np.nan], [0.2, 0.6, np.nan]])
    group_composition.draw_nulls(axes, values, "memorised")
    lines = axes.lines[1:]
    assert [line.get_ydata()[0] for line in lines] == [0.2, 0.5]
    assert {line.get_linestyle() for line in lines} == {"--"}
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["sign", "memorised"]
