"""Curves: what is read from the Axes is the median, the range and the theory."""

import numpy as np
import pytest
from matplotlib.collections import FillBetweenPolyCollection
from matplotlib.colors import same_color
from matplotlib.figure import Figure

from jaxrep.plots.curves import (
    COLOURS,
    draw_reference,
    draw_spread,
    draw_theory,
    draw_whiskers,
    summary,
)

STEPS = np.array([0, 1, 10, 100])
VALUES = np.random.default_rng(0).normal(size=(5, 4))


@pytest.fixture
def axes():
    return Figure().subplots()


def band(axes):
    """Lower and upper edge of the only band, ``[point]`` each."""
    (filled,) = (c for c in axes.collections if isinstance(c, FillBetweenPolyCollection))
    (path,) = filled.get_paths()
    by_x = {}
    for x, y in path.vertices:
        by_x.setdefault(x, []).append(y)
    edges = [by_x[x] for x in sorted(by_x)]
    return [min(y) for y in edges], [max(y) for y in edges]


def test_summary_is_median_minimum_maximum():
    values = np.where(np.arange(5)[:, None] == 1, np.nan, VALUES)
    rest = np.delete(VALUES, 1, 0)
    expected = np.median(rest, 0), rest.min(0), rest.max(0)
    np.testing.assert_array_equal(summary(values), expected)


def test_line_is_the_median_and_band_the_range(axes):
    assert draw_spread(axes, STEPS, VALUES, "loss", COLOURS[1]) is axes
    line = axes.lines[-1]
    np.testing.assert_array_equal(line.get_xdata(), STEPS)
    np.testing.assert_array_equal(line.get_ydata(), np.median(VALUES, 0))
    low, high = band(axes)
    np.testing.assert_array_equal(low, VALUES.min(0))
    np.testing.assert_array_equal(high, VALUES.max(0))
    assert line.get_label() == "loss"
    assert axes.get_legend_handles_labels()[1] == ["loss"]
    assert same_color(line.get_color(), COLOURS[1])


def test_replicas_are_faint_and_below_the_median(axes):
    draw_spread(axes, STEPS, VALUES, "loss", COLOURS[0])
    *replicas, line = axes.lines
    np.testing.assert_array_equal([each.get_ydata() for each in replicas], VALUES)
    assert all(each.get_alpha() < 0.5 for each in replicas)
    assert all(each.get_linewidth() < line.get_linewidth() for each in replicas)


def test_replicas_can_be_left_out(axes):
    draw_spread(axes, STEPS, VALUES, "loss", COLOURS[0], faint=False)
    assert len(axes.lines) == 1


def test_style_and_marker_of_the_median(axes):
    draw_spread(axes, STEPS, VALUES, "clone", COLOURS[0], line_style=":", marker="o")
    assert (axes.lines[-1].get_linestyle(), axes.lines[-1].get_marker()) == (":", "o")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_left_out_replica_by_replica(axes, bad):
    values = VALUES.copy()
    values[2, 1:] = bad
    values[:, 3] = bad
    draw_spread(axes, STEPS, values, "loss", COLOURS[0])
    rest = np.delete(VALUES, 2, 0)
    expected = [np.median(VALUES[:, 0]), *np.median(rest[:, 1:3], 0)]
    np.testing.assert_array_equal(axes.lines[-1].get_xdata(), STEPS[:3])
    np.testing.assert_array_equal(axes.lines[-1].get_ydata(), expected)
    assert band(axes)[1][1] == rest[:, 1].max()


def test_nothing_finite_draws_nothing(axes):
    values = np.full((2, 4), np.nan)
    for draw in (draw_spread, draw_whiskers, draw_theory):
        assert draw(axes, STEPS, values, "loss", COLOURS[0]) is axes
    assert not axes.lines and not axes.collections and not axes.containers


def test_counts_and_truths_are_numbers(axes):
    draw_spread(axes, STEPS, VALUES > 0, "share", COLOURS[0])
    np.testing.assert_array_equal(axes.lines[-1].get_ydata(), np.median(VALUES > 0, 0))


def whiskers(axes, container=0):
    """Points ``[point, 2]``, and the ends of their whiskers ``[point, end, 2]``."""
    points, _, (ends,) = axes.containers[container].lines
    return points.get_xydata(), np.array(ends.get_segments())


def test_whiskers_go_from_minimum_to_maximum(axes):
    assert draw_whiskers(axes, STEPS, VALUES, "seeds", COLOURS[0]) is axes
    points, ends = whiskers(axes)
    np.testing.assert_array_equal(points, np.stack([STEPS, np.median(VALUES, 0)], 1))
    np.testing.assert_allclose(ends[:, 0, 1], VALUES.min(0))
    np.testing.assert_allclose(ends[:, 1, 1], VALUES.max(0))
    assert axes.get_legend_handles_labels()[1] == ["seeds"]


def test_whiskers_of_named_categories(axes):
    names = np.array(["square", "linear", "log", "quart"])  # as xarray returns names
    draw_whiskers(axes, names, VALUES, "a", COLOURS[0], shift=-0.1)
    draw_whiskers(axes, names, VALUES + 1, "b", COLOURS[1], shift=0.1)
    assert [text.get_text() for text in axes.get_xticklabels()] == names.tolist()
    for container, shift in enumerate((-0.1, 0.1)):
        points, _ = whiskers(axes, container)
        np.testing.assert_allclose(points[:, 0], np.arange(4) + shift)


def test_horizontal_whiskers_run_downwards(axes):
    draw_whiskers(axes, list("abcd"), VALUES, None, COLOURS[0], horizontal=True, faint=True)
    points, ends = whiskers(axes)
    np.testing.assert_array_equal(points, np.stack([np.median(VALUES, 0), np.arange(4)], 1))
    np.testing.assert_allclose(ends[:, 1, 0], VALUES.max(0))
    assert axes.yaxis.get_inverted()
    dots = axes.lines[0].get_xydata()
    assert {tuple(dot) for dot in dots} == {
        (value, place) for row in VALUES for place, value in enumerate(row)
    }


def test_points_without_any_value_have_no_whiskers(axes):
    values = VALUES.copy()
    values[:, 1] = np.nan
    values[0, 2] = np.inf
    draw_whiskers(axes, STEPS, values, "seeds", COLOURS[0])
    points, ends = whiskers(axes)
    np.testing.assert_array_equal(points[:, 0], STEPS[[0, 2, 3]])
    np.testing.assert_allclose(ends[1, 1, 1], VALUES[1:, 2].max())


def test_theory_is_dashed_and_the_median_over_replicas(axes):
    assert draw_theory(axes, STEPS, VALUES) is axes
    line = axes.lines[0]
    assert line.get_linestyle() == "--"
    assert line.get_label() == "theory"
    np.testing.assert_array_equal(line.get_ydata(), np.median(VALUES, 0))


def test_theory_of_one_curve_leaves_out_what_is_unknown(axes):
    draw_theory(axes, STEPS, np.array([np.nan, 1, 2, np.inf]), "exact", "red")
    np.testing.assert_array_equal(axes.lines[0].get_xydata(), [[1, 1], [10, 2]])
    assert (axes.lines[0].get_label(), axes.lines[0].get_color()) == ("exact", "red")


@pytest.mark.parametrize("vertical", [False, True])
def test_reference_is_dashed_across_the_axes(axes, vertical):
    draw_reference(axes, 0.25, "chance", vertical=vertical)
    line = axes.lines[0]
    values = line.get_xdata() if vertical else line.get_ydata()
    assert list(values) == [0.25, 0.25]
    assert line.get_linestyle() == "--"
    assert axes.get_legend_handles_labels()[1] == ["chance"]
