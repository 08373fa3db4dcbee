"""Bits lost by layer, information beside distances, gaps against information."""

import numpy as np
from matplotlib.figure import Figure

from jaxrep.plots.compression import draw_against_gap, draw_beside_distances, draw_lost
from jaxrep.plots.style import Palette


def test_estimates_stand_side_by_side_and_unknown_ones_are_left_out():
    axes = Figure().subplots()
    lost = {"counted": np.array([[0.0, 3.0]]), "kernel": np.full((1, 2), np.nan)}
    lost["bins"] = np.array([[0.5, np.nan]])
    draw_lost(axes, lost, ["layer 1", "output"], Palette(list(lost)))
    places = [box.lines[0].get_xdata() for box in axes.containers]
    assert len(places) == 2 and (places[0] < np.arange(2)).all() and places[1][0] > 0
    assert axes.get_ylabel() == "lost from the peak (bits)"
    assert [text.get_text() for text in axes.get_xticklabels()] == ["layer 1", "output"]


def test_bits_and_distances_have_axes_of_their_own():
    axes = Figure().subplots()
    bits, ratio = np.array([[9.0, 4.0]]), np.array([[1.0, 0.1]])
    right = draw_beside_distances(axes, np.array([0, 100]), bits, ratio, Palette())
    assert axes.get_ylabel() == "I(X;M) (bits)" and axes.get_xscale() == "log"
    assert axes.get_ylim()[0] == right.get_ylim()[0] == 0
    assert axes.yaxis.label.get_color() != right.yaxis.label.get_color()


def test_every_setting_has_its_colour():
    axes = Figure().subplots()
    bits = {"none": np.array([1.0, 2.0]), "decay": np.array([3.0])}
    gaps = {name: values / 10 for name, values in bits.items()}
    draw_against_gap(axes, bits, gaps, Palette(), "I(X;M) (bits)")
    assert len({line.get_color() for line in axes.lines}) == 2
    assert axes.get_xlabel() == "I(X;M) (bits)"
