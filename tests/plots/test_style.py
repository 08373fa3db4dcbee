"""The look: colours that stay with their names, axes with units, grids of panels."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from jaxrep.plots import curves, style


@pytest.fixture
def axes():
    return Figure().subplots()


def test_the_look_ends_with_its_context():
    before = mpl.rcParams["axes.prop_cycle"]
    with style.figure_style():
        drawn = Figure().subplots().plot([0, 1])[0]
        assert to_hex(drawn.get_color()).upper() == style.COLOURS[0]
        assert not mpl.rcParams["axes.spines.top"]
        assert mpl.rcParams["image.cmap"] == style.SEQUENTIAL
    assert mpl.rcParams["axes.prop_cycle"] == before


def test_the_look_is_made_of_matplotlibs_settings():
    assert set(style.LOOK) <= set(mpl.rcParams)


def test_colour_maps_exist_and_differ():
    names = {style.DIVERGING, style.SEQUENTIAL, style.CYCLIC}
    assert len(names) == 3
    assert names <= set(mpl.colormaps)


def test_colours_are_told_apart():
    assert len(set(style.COLOURS)) == len(style.COLOURS) == 8


def test_names_keep_their_colour_whatever_comes_between():
    palette = style.Palette()
    first = [palette[name] for name in ("tanh", "relu", "tanh", "linear")]
    assert first == [style.COLOURS[i] for i in (0, 1, 0, 2)]
    assert [palette[name] for name in ("linear", "tanh")] == [first[3], first[0]]


def test_fixed_names_do_not_depend_on_the_order_of_use():
    palette, other = (style.Palette(["a", "b"]) for _ in range(2))
    used = {name: palette[name] for name in ("b", "c", "a")}
    assert used == {name: other[name] for name in ("a", "b", "c")}
    assert palette.names == ("a", "b", "c")


def test_a_name_given_twice_takes_one_colour():
    assert style.Palette(["a", "a", "b"])["b"] == style.COLOURS[1]


def test_more_names_than_colours_begin_again():
    palette = style.Palette(list("abc"), colours=("red", "blue"))
    assert [palette[name] for name in "abc"] == ["red", "blue", "red"]


def test_the_axis_of_steps_has_step_zero_and_ends_with_the_data(axes):
    axes.plot([0, 5, 300], [1, 2, 3])
    axes.axhline(2)
    axes.axvline(5000)
    assert style.steps_axis(axes) is axes
    assert axes.get_xscale() == "symlog"
    assert axes.get_xlim() == (0, 300)
    assert axes.get_xlabel() == "step (updates)"


def test_the_axis_of_steps_ends_with_the_data_of_two_measurements(axes):
    axes.plot([0, 50], [1, 2])
    assert style.steps_axis(axes).get_xlim() == (0, 50)


def test_the_axis_of_steps_of_no_data(axes):
    axes.axhline(1)
    assert style.steps_axis(axes).get_xlim() == (0, 1)


def test_the_axis_of_steps_can_be_linear(axes):
    axes.plot([0, 5, 300], [1, 2, 3])
    assert style.steps_axis(axes, log=False).get_xscale() == "linear"
    assert axes.get_xlim() == (0, 300)


def test_epochs_before_training_are_on_the_logarithmic_axis(axes):
    epochs = style.log_epochs(np.array([0, 1, 100]))
    np.testing.assert_array_equal(epochs, [0.5, 1, 100])
    axes.plot(epochs, epochs)
    assert style.epochs_axis(axes).get_xscale() == "log"
    assert axes.get_xlabel() == "epoch (0.5: before training)"


@pytest.mark.parametrize("vertical", [False, True])
def test_categories_are_named_in_order(axes, vertical):
    style.categories_axis(axes, ["tanh", "relu"], vertical=vertical)
    axis = axes.yaxis if vertical else axes.xaxis
    assert [text.get_text() for text in axis.get_ticklabels()] == ["tanh", "relu"]
    assert axis.get_ticklocs().tolist() == [0, 1]
    assert axis.get_inverted() == vertical
    style.categories_axis(axes, ["tanh", "relu"], vertical=vertical)
    assert axis.get_inverted() == vertical  # twice is not upside down again


@pytest.mark.parametrize(("count", "shape"), [(1, (1, 1)), (2, (1, 2)), (3, (2, 2)), (5, (2, 3))])
def test_panels(count, shape):
    figure, shown = style.panels(count, 4, 3)
    assert len(shown) == count
    assert shown[0].get_gridspec().get_geometry() == shape
    assert figure.get_size_inches().tolist() == [max(4 * shape[1], 8), 3 * shape[0]]
    assert [axes.axison for axes in figure.axes] == [True] * count + [False] * (
        len(figure.axes) - count
    )
    plt.close(figure)


def test_a_grid_can_share_its_x_axis():
    figure, grid = style.panel_grid(2, 1, share_x=True)
    grid[0, 0].set_xlim(0, 7)
    assert grid[1, 0].get_xlim() == (0, 7)
    plt.close(figure)


def test_old_names_are_the_new_ones():
    assert curves.COLOURS is style.COLOURS
    assert curves.colour_of is style.colour_of
    assert curves.log_steps is style.steps_axis
