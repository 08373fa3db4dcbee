"""Codes in their plane: places, colours, path, ellipses."""

import numpy as np
import pytest
from matplotlib.colors import same_color, to_rgba
from matplotlib.figure import Figure

from jaxrep.plots.codes import (
    DERIVATIVE,
    angle_colours,
    draw_angle_bar,
    draw_code_path,
    draw_code_target,
    draw_codes,
    draw_ellipses,
)

ANGLES = np.linspace(-1, 1, 5)
CODES = np.random.default_rng(0).normal(size=(5, 7, 2))


@pytest.fixture
def axes():
    return Figure(layout="constrained").subplots()


def test_dots_are_codes_in_the_colour_of_their_angle(axes):
    colours = angle_colours(ANGLES)
    assert draw_codes(axes, CODES, ANGLES, colours) is axes
    for dots, codes, angle in zip(axes.collections, CODES, ANGLES, strict=True):
        np.testing.assert_array_equal(dots.get_offsets(), codes)
        assert same_color(dots.get_facecolor()[0][:3], colours.to_rgba(angle)[:3])
    assert axes.get_xlabel() == "number z1" and axes.get_ylabel() == "number z2"
    draw_codes(axes, CODES[:, :0], ANGLES, colours)  # no samples, no dots


def test_colours_of_a_turn_begin_again():
    turn = np.array([-np.pi, 0, np.pi])
    ends = [np.array(angle_colours(turn, periodic=p).to_rgba(turn)) for p in (True, False)]
    assert np.abs(ends[0][0] - ends[0][-1]).max() < 0.02
    assert np.abs(ends[1][0] - ends[1][-1]).max() > 0.3
    assert np.abs(ends[0][0] - ends[0][1]).max() > 0.3


def test_a_bar_says_which_colour_is_which_angle(axes):
    bar = draw_angle_bar(axes.figure, angle_colours(ANGLES)).axes[-1]
    assert bar.get_ylabel() == "angle (rad)"
    assert bar.get_ylim() == (-1, 1)


def test_the_target_is_dashed(axes):
    target = np.stack([ANGLES, ANGLES], 1)
    line = draw_code_target(axes, target).lines[0]
    np.testing.assert_array_equal(line.get_xydata(), target)
    assert line.get_linestyle() == "--" and line.get_label() == "target"


def test_the_path_and_its_derivative_touch(axes):
    """A straight path: each derivative is a piece of it, one spacing long, about its place."""
    mean = np.stack([2 * ANGLES, 1 - ANGLES], 1)
    slopes = np.broadcast_to([2.0, -1.0], (5, 2))
    draw_code_path(axes, mean, slopes, ANGLES, np.array([1, 3]))
    path, *pieces = axes.lines
    np.testing.assert_array_equal(path.get_xydata(), mean[1:4])
    for piece, index in zip(pieces, (1, 3), strict=True):
        np.testing.assert_allclose(piece.get_xydata().mean(0), mean[index])
        np.testing.assert_allclose(np.diff(piece.get_xydata(), axis=0)[0], [1.0, -0.5])
        assert same_color(piece.get_color(), DERIVATIVE)
    assert axes.get_legend_handles_labels()[1] == ["path of the mean", "derivative"]


def test_ellipses_are_centred_turned_and_coloured(axes):
    centres, half = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[2.0, 1.0], [5.0, 0.5]])
    turns, colours = np.array([0.0, np.pi / 4]), angle_colours(ANGLES)
    draw_ellipses(axes, centres, half, turns, ANGLES[[0, 4]], colours)
    first, second = axes.patches
    assert (first.width, first.height, second.width, second.height) == (4, 2, 10, 1)
    assert tuple(second.center) == (3, 4) and second.angle == pytest.approx(45)
    assert same_color(second.get_edgecolor(), to_rgba(colours.to_rgba(1.0)))
    assert not first.get_fill()
