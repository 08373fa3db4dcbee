"""Receptive fields and phase diagrams: pictures equal the arrays, axes have units."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from jaxrep.plots.phase_diagrams import draw_phase_diagram
from jaxrep.plots.receptive_fields import (
    draw_field_path,
    draw_field_rows,
    draw_field_widths,
    draw_fields,
    draw_fit_errors,
    fields_movie,
    mosaic,
    relative_fields,
)
from jaxrep.plots.style import COLOURS, DIVERGING, SEQUENTIAL

RANDOM = np.random.default_rng(1)
WEIGHTS = RANDOM.normal(size=(5, 12))
PATH = RANDOM.normal(size=(3, 5, 12))
SHAPE = (3, 4)


@pytest.fixture
def axes():
    return Figure().subplots()


def picture(axes):
    return np.ma.filled(axes.images[-1].get_array(), np.nan)


def test_mosaic_places_units_row_by_row():
    tiles = mosaic(WEIGHTS, SHAPE)
    assert tiles.shape == (2 * 4, 3 * 5)
    for unit, weights in enumerate(WEIGHTS):
        row, column = divmod(unit, 3)
        tile = tiles[4 * row :, 5 * column :][:3, :4]
        np.testing.assert_array_equal(tile, weights.reshape(SHAPE))
    assert np.isfinite(tiles).sum() == WEIGHTS.size


def test_mosaic_of_every_step():
    np.testing.assert_array_equal(mosaic(PATH, SHAPE)[2], mosaic(PATH[2], SHAPE))


def test_relative_fields_keep_sign_and_zeros():
    relative = relative_fields(np.concatenate([WEIGHTS, np.zeros((1, 12))]))
    np.testing.assert_allclose(np.abs(relative).max(1), [1] * 5 + [0])
    np.testing.assert_array_equal(np.sign(relative[:5]), np.sign(WEIGHTS))


def test_rows_are_the_weights_with_zero_in_the_middle(axes):
    assert draw_field_rows(axes, WEIGHTS) is axes
    image = axes.images[0]
    np.testing.assert_array_equal(image.get_array(), WEIGHTS)
    assert image.get_clim() == (-np.abs(WEIGHTS).max(), np.abs(WEIGHTS).max())
    assert image.get_cmap().name == DIVERGING
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("pixel", "hidden unit")
    assert axes.yaxis_inverted()  # the first unit on top


def test_pictures_are_tiles_of_equal_sides(axes):
    draw_field_rows(axes, WEIGHTS, shape=SHAPE, top=2)
    np.testing.assert_array_equal(picture(axes), mosaic(WEIGHTS, SHAPE))
    assert axes.images[0].get_clim() == (-2, 2)
    assert axes.get_aspect() == 1


def test_a_diverged_unit_does_not_blank_the_others(axes):
    weights = WEIGHTS.copy()
    weights[0] = np.nan
    draw_field_rows(axes, weights)
    assert axes.images[0].get_clim()[1] == np.abs(WEIGHTS[1:]).max()
    draw_field_rows(axes, np.full((2, 12), np.nan))
    assert axes.images[1].get_clim() == (-1, 1)


@pytest.mark.parametrize("shape", [None, SHAPE])
def test_movie_shows_any_step_on_the_same_colours(axes, shape):
    show = fields_movie(axes, PATH, shape=shape)
    for step in (2, 0, 1):
        if step != 2:
            show(step)  # the last one is there at the start
        expected = PATH[step] if shape is None else mosaic(PATH[step], shape)
        np.testing.assert_array_equal(picture(axes), expected)
        assert axes.images[0].get_clim()[1] == np.abs(PATH).max()


def test_path_of_a_unit_goes_from_light_to_dark(axes):
    draw_field_path(axes, PATH[:, 0], colour=COLOURS[2])
    np.testing.assert_array_equal([line.get_ydata() for line in axes.lines], PATH[:, 0])
    shades = [line.get_alpha() for line in axes.lines]
    assert shades == sorted(shades) and shades[-1] == 1
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("pixel", "weight")


def test_path_of_a_picture_is_a_strip(axes):
    path = RANDOM.normal(size=(11, 12))
    draw_field_path(axes, path, steps=np.arange(11) * 1000, shape=SHAPE)
    assert axes.get_xlabel() == "at steps 0, 2,000, 4,000, 6,000, 8,000, 10,000"
    strip = picture(axes)
    assert strip.shape == (3, 6 * 5 - 1)
    for place, time in enumerate((0, 2, 4, 6, 8, 10)):
        np.testing.assert_array_equal(strip[:, 5 * place :][:, :4], path[time].reshape(SHAPE))
    assert axes.images[0].get_clim() == (-np.abs(path).max(), np.abs(path).max())


def test_a_panel_for_each_unit_on_the_same_scale():
    figure = Figure()
    assert draw_fields(figure, WEIGHTS, titles=list("abcde"), columns=3) is figure
    shown = [axes for axes in figure.axes if axes.get_visible()]
    for axes, weights, title in zip(shown, WEIGHTS, "abcde", strict=True):
        np.testing.assert_array_equal(axes.lines[0].get_ydata(), weights)
        assert axes.get_title() == title
    assert len({axes.get_ylim() for axes in shown}) == 1
    assert shown[0].get_ylim()[1] > np.abs(WEIGHTS).max()
    assert figure.get_supxlabel() == "pixel"
    assert figure.get_supylabel() == "weight"


def test_panels_can_have_scales_of_their_own():
    figure = draw_fields(Figure(), WEIGHTS * np.arange(1, 6)[:, None], same_scale=False)
    assert len({axes.get_ylim() for axes in figure.axes[:5]}) == 5


def test_panels_over_training():
    figure = draw_fields(Figure(), PATH)
    for unit, axes in enumerate(figure.axes[:5]):
        np.testing.assert_array_equal([line.get_ydata() for line in axes.lines], PATH[:, unit])


def test_panels_of_pictures():
    figure = draw_fields(Figure(), WEIGHTS, shape=SHAPE)
    for axes, weights in zip(figure.axes[:5], WEIGHTS, strict=True):
        np.testing.assert_array_equal(picture(axes), weights.reshape(SHAPE))
        assert axes.get_aspect() == 1
        assert axes.images[0].get_clim()[1] == np.abs(WEIGHTS).max()
    assert figure.axes[-1].get_ylabel() == "weight"  # the colour bar


def test_widths_and_frequencies(axes):
    widths, frequencies = np.array([1.0, 2.0]), np.array([4.0, 3.0])
    draw_field_widths(axes, widths, frequencies, "gain 3", COLOURS[0])
    np.testing.assert_array_equal(axes.lines[0].get_xydata(), [[1, 4], [2, 3]])
    assert axes.get_xlabel() == "width (pixels)"
    assert axes.get_ylabel() == "frequency (cycles around the ring)"


def test_fit_errors_have_equal_axes_and_a_diagonal(axes):
    draw_fit_errors(axes, np.array([0.9]), np.array([0.1]), "gain 3", COLOURS[0])
    np.testing.assert_array_equal(axes.lines[0].get_xydata(), [[0.9, 0.1]])
    assert axes.get_aspect() == 1
    assert axes.get_xlim() == axes.get_ylim() == (0, 1)
    assert axes.lines[1].get_slope() == 1


def test_phase_diagram_has_the_first_row_at_the_bottom(axes):
    values = np.array([[0.0, 0.1, 0.2], [0.3, 1.0, np.nan]])
    draw_phase_diagram(axes, values, ["clone", "inputs"], np.array([1.0, 3.0, 100.0]))
    np.testing.assert_array_equal(picture(axes), values)
    assert axes.images[0].get_clim() == (0, 1)
    assert axes.images[0].get_cmap().name == SEQUENTIAL
    assert not axes.yaxis_inverted()
    assert [text.get_text() for text in axes.get_xticklabels()] == ["1", "3", "100"]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["clone", "inputs"]
    words = {text.get_position(): (text.get_text(), text.get_color()) for text in axes.texts}
    assert words[1, 1] == ("1.00", "black")
    assert words[1, 0] == ("0.10", "white")
    assert words[2, 1] == ("nan", "black")
