"""What the figures of ensembles draw, read back from the Axes."""

import numpy as np
from matplotlib.figure import Figure

from jaxrep.plots import draw_agreement, draw_network_map, draw_similarity


def test_a_heat_map_writes_few_values_and_names_its_axes():
    values = np.array([[1.0, 0.25, 0.5], [0.1, np.nan, 0.0]])
    axes = Figure().subplots()
    draw_similarity(axes, values, ["a", "b"], ["x", "y", "z"], "CKA", spread=values / 2)
    assert [t.get_text() for t in axes.get_xticklabels()] == ["x", "y", "z"]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["a", "b"]
    assert [t.get_text() for t in axes.texts][1] == "0.25\n±0.12"
    np.testing.assert_array_equal(axes.images[0].get_array().filled(np.nan), values)
    assert axes.figure.axes[1].get_ylabel() == "CKA"


def test_a_large_heat_map_names_every_so_many():
    names = [str(number) for number in range(40)]
    axes = draw_similarity(Figure().subplots(), np.eye(40), names, names, "CKA")
    assert not axes.texts and 10 <= len(axes.get_xticks()) <= 16


def test_agreement_is_a_median_a_band_and_chance():
    values = np.array([[0.1, 0.9], [0.3, 0.7], [0.2, 0.2]])
    axes = Figure().subplots()
    draw_agreement(axes, np.array([0, 50]), values, "hidden", "C1", chance=(0.0, 0.1))
    np.testing.assert_allclose(axes.lines[-1].get_ydata(), [0.2, 0.7])
    band = axes.patches[0].get_extents().transformed(axes.transData.inverted())
    np.testing.assert_allclose([band.y0, band.y1], [-0.2, 0.2])
    assert axes.get_xlabel() == "step (updates)" and axes.get_xlim() == (0, 50)
    assert axes.get_xscale() == "linear" and len(axes.get_xticks()) <= 5


def test_steps_that_were_kept_ever_more_seldom_have_a_logarithmic_axis():
    steps = np.array([0, 1, 10, 100, 1000])
    axes = draw_agreement(Figure().subplots(), steps, np.ones((3, 5)), "hidden", "C1")
    assert axes.get_xscale() == "symlog"


def test_a_map_shows_paths_ends_and_groups():
    points = np.arange(12.0).reshape(2, 3, 2)
    axes = draw_network_map(
        Figure().subplots(),
        points,
        np.array([0, 5, 9]),
        "rad",
        names=["0", "1"],
        groups=["small", "large"],
        colours=["C0", "C1"],
    )
    np.testing.assert_array_equal(axes.lines[1].get_xydata(), points[1])
    assert [line.get_label() for line in axes.lines] == ["small", "large"]
    assert [t.get_text() for t in axes.texts] == ["0", "1"]
    ends = [tuple(c.get_offsets()[0]) for c in axes.collections]
    assert ends == [(0, 1), (4, 5), (6, 7), (10, 11)]
    assert axes.get_ylabel() == "second dimension (rad)"
