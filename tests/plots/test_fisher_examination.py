"""Spikes, means of bins, codes of codes."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from jaxrep.plots.fisher_examination import (
    LEAST_DISTANCE,
    draw_bin_information,
    draw_distances,
    draw_iterations,
    draw_spikes,
)

ANGLES = np.linspace(-1, 1, 5)


@pytest.fixture
def axes():
    return Figure().subplots()


def test_crosses_are_where_another_computation_is_wrong(axes):
    exact = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    naive = exact * [1.05, -1.0, 1.2, 0.95, np.nan]
    draw_spikes(axes, ANGLES, exact, naive, "linear", "black")
    line, crosses = axes.lines
    np.testing.assert_array_equal(line.get_ydata(), exact)
    np.testing.assert_allclose(crosses.get_xydata(), [[-0.5, 2.0], [0.0, 3.6]])
    assert crosses.get_marker() == "x" and line.get_label() == "linear"
    assert axes.get_yscale() == "log"
    draw_spikes(axes, ANGLES, exact, naive, None, "black", wrong=0.01)
    assert len(axes.lines[-1].get_xdata()) == 4


@pytest.mark.parametrize("power, label", [(1, "I ~ p"), (2 / 3, "I ~ p^0.67")])
def test_the_line_of_bins_goes_through_the_mean_logarithm(axes, power, label):
    density = np.array([[1.0, 0.1, 0.5], [0.2, 0.9, 0.3]])
    information = 7 * density**power * np.exp([[0.3, -0.3, 0.0], [0.1, 0.0, -0.1]])
    draw_bin_information(axes, density, information, power, log=True)
    *networks, theory = axes.lines
    for line, p, values in zip(networks, density, information, strict=True):
        order = np.argsort(p)
        np.testing.assert_array_equal(line.get_xydata(), np.stack([p, values], 1)[order])
    np.testing.assert_allclose(theory.get_ydata(), 7 * np.sort(density, axis=None) ** power)
    assert theory.get_linestyle() == "--" and theory.get_label() == label
    assert axes.get_xscale() == axes.get_yscale() == "log"
    assert axes.get_xlabel() == "density of the bin (1/rad)"
    assert len({line.get_color() for line in networks}) == 2


def test_chosen_iterations_are_drawn_from_dark_to_light(axes):
    densities = np.arange(5.0)[:, None] * np.ones(5)
    draw_iterations(axes, ANGLES, densities, (0, 2, 4))
    assert [line.get_ydata()[0] for line in axes.lines] == [0, 2, 4]
    assert [line.get_label()[-1] for line in axes.lines] == list("024")
    assert len({line.get_color() for line in axes.lines}) == 3
    assert all(line.get_linestyle() == "--" for line in axes.lines)


def test_a_distance_of_nothing_is_on_the_axis(axes):
    draw_distances(axes, np.array([0.3, 0.1, 0.0]), "sqrt(I)", "black", line_style=":")
    (line,) = axes.lines
    np.testing.assert_array_equal(line.get_ydata(), [0.3, 0.1, LEAST_DISTANCE])
    assert line.get_linestyle() == ":" and axes.get_yscale() == "log"
