"""The information plane: averages over seeds, colours by epoch, ceilings, units."""

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import same_color
from matplotlib.figure import Figure

from jaxrep.plots.information_plane import (
    draw_activations,
    draw_epoch_bar,
    draw_layer_information,
    draw_plane,
    epoch_norm,
    plane_movie,
)
from jaxrep.plots.style import COLOURS, SEQUENTIAL, Palette

EPOCHS = np.array([0, 1, 10, 1000])
LAYERS = ["first", "second", "output"]
RANDOM = np.random.default_rng(2)
INPUT = RANDOM.uniform(0, 12, (5, 4, 3))
CLASS = RANDOM.uniform(0, 1, (5, 4, 3))


@pytest.fixture
def axes():
    return Figure().subplots()


def parts(axes):
    """Dots of single networks (or None), lines, average, first and last record."""
    lines = next(c for c in axes.collections if isinstance(c, LineCollection))
    dots = [c for c in axes.collections if c is not lines]
    faint = dots.pop(0) if len(dots) == 4 else None
    return faint, lines, *dots


@pytest.mark.parametrize(("average", "function"), [("median", np.median), ("mean", np.mean)])
def test_dots_are_the_average_over_seeds(axes, average, function):
    assert draw_plane(axes, EPOCHS, INPUT, CLASS, average=average) is axes
    faint, lines, middle, first, last = parts(axes)
    expected = np.stack([function(INPUT, 0), function(CLASS, 0)], -1)
    np.testing.assert_allclose(middle.get_offsets(), expected.reshape(-1, 2))
    np.testing.assert_allclose(lines.get_segments(), expected)
    np.testing.assert_allclose(first.get_offsets(), expected[0])
    np.testing.assert_allclose(last.get_offsets(), expected[-1])
    networks = np.stack([INPUT, CLASS], -1).reshape(-1, 2)
    np.testing.assert_array_equal(faint.get_offsets(), networks)
    assert faint.get_alpha() < 0.5


def test_colours_are_epochs_on_a_logarithmic_scale(axes):
    draw_plane(axes, EPOCHS, INPUT, CLASS)
    faint, lines, middle, *_ = parts(axes)
    np.testing.assert_array_equal(middle.get_array(), np.repeat([0.5, 1, 10, 1000], 3))
    np.testing.assert_array_equal(lines.get_array(), [0.5, 1, 10, 1000])
    np.testing.assert_array_equal(faint.get_array(), np.tile(middle.get_array(), 5))
    for drawn in (faint, lines, middle):
        assert (drawn.norm.vmin, drawn.norm.vmax) == (0.5, 1000)
        assert drawn.get_cmap().name == SEQUENTIAL


def test_several_planes_can_share_the_end_of_their_colours(axes):
    draw_plane(axes, EPOCHS, INPUT, CLASS, last_epoch=8000)
    assert parts(axes)[2].norm.vmax == 8000


def test_ends_are_marked_and_named(axes):
    draw_plane(axes, EPOCHS, INPUT, CLASS)
    *_, first, last = parts(axes)
    assert axes.get_legend_handles_labels()[1] == ["first record", "last record"]
    assert same_color(first.get_facecolor()[0], "white")
    assert same_color(last.get_facecolor()[0], "black")


def test_one_network_has_no_seed_axis(axes):
    draw_plane(axes, EPOCHS, INPUT[0], CLASS[0])
    faint, _, middle, *_ = parts(axes)
    assert faint is None
    expected = np.stack([INPUT[0], CLASS[0]], -1).reshape(-1, 2)
    np.testing.assert_array_equal(middle.get_offsets(), expected)


def test_labels_have_units_and_entropies_are_dashed(axes):
    draw_plane(axes, EPOCHS, INPUT, CLASS, input_entropy=12, class_entropy=1.0)
    assert axes.get_xlabel() == "I(X;M) (bits)"
    assert axes.get_ylabel() == "I(Y;M) (bits)"
    ceiling, entropy = axes.lines
    assert list(ceiling.get_xdata()) == [12, 12] and ceiling.get_label() == "H(X)"
    assert list(entropy.get_ydata()) == [1, 1] and entropy.get_label() == "H(Y)"
    assert ceiling.get_linestyle() == entropy.get_linestyle() == "--"
    assert axes.get_xlim() == (-0.24, 12.48)
    assert axes.get_ylim() == (-0.03, 1.06)


def test_entropies_are_optional(axes):
    assert not draw_plane(axes, EPOCHS, INPUT, CLASS).lines
    assert axes.get_xlim()[1] > np.median(INPUT, 0).max()


def test_records_without_an_estimate_and_networks_that_diverged_are_left_out(axes):
    with_input = INPUT.copy()
    with_input[:, 1] = np.nan  # an estimator that did not run at this epoch
    with_input[3, 2:] = np.nan  # a network that diverged
    draw_plane(axes, EPOCHS, with_input, CLASS, average="median")
    faint, _, middle, *_ = parts(axes)
    rest = [0, 1, 2, 4]
    expected = [np.median(INPUT[:, 0], 0), *np.median(INPUT[rest][:, 2:], 0)]
    np.testing.assert_array_equal(middle.get_offsets()[:, 0], np.ravel(expected))
    np.testing.assert_array_equal(middle.get_array(), np.repeat([0.5, 10, 1000], 3))
    assert len(faint.get_offsets()) == (5 * 3 - 2) * 3


def test_dots_are_pairs_of_the_network_closest_to_the_medians(axes):
    """Medians of the two, each for itself, were a pair that no network had."""
    with_input = np.array([0.0, 5, 10])[:, None, None] + np.zeros((3, 4, 2))
    with_class = (
        np.array([9.0, 4, 0])[:, None, None] + np.arange(4.0)[:, None] + np.zeros((3, 4, 2))
    )
    with_input[1, 2] += 3.0  # the middle network, but not at every record
    draw_plane(axes, EPOCHS, with_input, with_class)
    expected = np.stack([with_input, with_class], -1)[1].reshape(-1, 2)
    np.testing.assert_array_equal(parts(axes)[2].get_offsets(), expected)


def test_a_network_without_all_records_is_not_the_typical_one(axes):
    with_input = np.array([0.0, 5, 9])[:, None, None] + np.zeros((3, 4, 2))
    with_input[1, 3] = np.nan
    draw_plane(axes, EPOCHS, with_input, with_input)
    assert parts(axes)[2].get_offsets()[:, 0].tolist() == [9.0] * 8  # 4 from the median 5, not 5


def test_a_plane_without_any_estimate_is_empty(axes):
    draw_plane(axes, EPOCHS, np.full_like(INPUT, np.nan), CLASS, input_entropy=12)
    assert not axes.collections
    assert axes.get_xlabel() == "I(X;M) (bits)"


def test_movie_shows_all_networks_by_layer(axes):
    palette = Palette(["output"])
    show = plane_movie(axes, INPUT, CLASS, LAYERS, class_entropy=1.0, palette=palette)
    assert axes.get_xlim()[1] > INPUT.max()  # axes that do not move
    limits = axes.get_xlim()
    for record in (3, 0, 2):
        if record != 3:
            show(record)
        for index, (dots, layer) in enumerate(zip(axes.lines, LAYERS, strict=False)):
            np.testing.assert_array_equal(dots.get_xdata(), INPUT[:, record, index])
            np.testing.assert_array_equal(dots.get_ydata(), CLASS[:, record, index])
            assert dots.get_label() == layer
    assert axes.get_xlim() == limits
    assert axes.lines[2].get_color() == COLOURS[0]
    assert axes.lines[3].get_label() == "H(Y)"


def test_information_of_layers_is_the_median_over_epochs(axes):
    shown = {"label": "I(Y;M) (bits)", "entropy": 1.0, "entropy_label": "H(Y)"}
    assert draw_layer_information(axes, EPOCHS, CLASS, LAYERS, **shown) is axes
    *curves, reference = axes.lines
    for index, line in enumerate(curves):
        np.testing.assert_array_equal(line.get_xdata(), [0.5, 1, 10, 1000])
        np.testing.assert_array_equal(line.get_ydata(), np.median(CLASS[..., index], 0))
        assert line.get_color() == COLOURS[index]
    assert axes.get_legend_handles_labels()[1] == [*LAYERS, "H(Y)"]
    assert reference.get_linestyle() == "--"
    assert axes.get_xscale() == "log"
    assert axes.get_xlabel().startswith("epoch")
    assert axes.get_ylabel() == "I(Y;M) (bits)"


def test_colours_begin_before_training():
    norm = epoch_norm(100)
    assert (float(norm(0.5)), float(norm(100))) == (0, 1)
    assert epoch_norm(0).vmax == 1  # a run that was only measured at its start


def test_one_bar_for_several_planes():
    figure = Figure()
    grid = figure.subplots(1, 2)
    bar = draw_epoch_bar(grid, 1000)
    assert bar.get_ylabel() == "epoch (0.5: before training)"
    assert bar.get_ylim() == pytest.approx((0.5, 1000))
    assert bar.figure is figure


def test_activations_are_shares_of_each_record(axes):
    records = [RANDOM.uniform(-1, 1, (50, 2)), np.array([1.0, 1.0, -1.0, np.nan]), np.array([])]
    draw_activations(axes, np.array([0, 10, 1000]), records, bins=4)
    shares = axes.images[0].get_array()
    np.testing.assert_allclose(shares.sum(0), [1, 1, 0])
    np.testing.assert_allclose(shares[:, 1], [1 / 3, 0, 0, 2 / 3])
    assert axes.images[0].origin == "lower"
    assert axes.images[0].get_extent() == [-0.5, 2.5, -1.0, 1.0]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["0", "10", "1,000"]


def test_activations_that_are_all_alike(axes):
    draw_activations(axes, np.array([0]), [np.zeros(3)], bins=2)
    np.testing.assert_array_equal(axes.images[0].get_array(), [[1], [0]])
