"""Figures of single units: which are drawn, on which scale, and how localized all of them are."""

import numpy as np
import pytest
import xarray

from experiments.localization.analysis import Found
from experiments.localization.config import Config
from experiments.localization.unit_figures import distribution, ranked_units, single_units
from jaxrep.analysis import inverse_participation_ratio
from jaxrep.engine import Replicas
from jaxrep.plots import Palette
from jaxrep.study import grid_points


@pytest.fixture(scope="module")
def found():
    """Two seeds of seven units: bumps whose widths differ, before training noise."""
    draw, place = np.random.default_rng(0), np.arange(40)
    field = draw.normal(size=(2, 3, 7, 40))
    widths = np.array([3.0, 1.0, 8.0, 2.0, 5.0, 12.0, 20.0])
    field[:, -1] = 2 * np.exp(-(((place - 20) / widths[:, None]) ** 2))
    ratio = np.asarray(inverse_participation_ratio(field))
    flat = xarray.Dataset(
        {
            "field": (("replica", "step", "unit", "pixel"), field),
            "participation": (("replica", "step", "unit"), ratio),
            "entropy": (("replica", "step", "unit"), draw.uniform(1, 5, (2, 3, 7))),
        },
        {"step": [0, 10, 20]},
    )
    replicas = Replicas((0, 1), {"gain": 3.0})
    nothing = dict.fromkeys(Found._fields)
    known = {
        "config": Config(),
        "replicas": replicas,
        "points": grid_points(replicas),
        "finite": np.ones(2, bool),
        "flat": flat,
    }
    return Found(**(nothing | known))


def test_units_stand_at_even_ranks():
    assert ranked_units(np.arange(11.0)).tolist() == [10, 8, 6, 4, 2, 0]
    assert ranked_units(np.array([0.2, 0.9])).tolist() == [1, 0]


def test_single_units_share_a_scale_and_fall_in_ratio(found):
    figure = single_units(found, "inputs", found.points[0])
    axes = figure.drawing.axes
    assert len(axes) == 6 and len({panel.get_ylim() for panel in axes}) == 1
    written = [float(panel.get_title().removeprefix("IPR ")) for panel in axes]
    assert written == sorted(written, reverse=True)
    ratio = found.flat.participation.values[0, -1]
    assert written[0] == pytest.approx(ratio.max(), abs=5e-4)
    narrow = np.asarray(axes[0].lines[-1].get_ydata())
    np.testing.assert_allclose(narrow, found.flat.field.values[0, -1, 1])
    assert "6 of 7 units" in figure.caption


def test_the_distribution_is_that_of_all_units(found):
    figure = distribution(found, Palette([found.points[0].title]))
    left, right = figure.drawing.axes[:2]
    lines = {line.get_label(): np.asarray(line.get_ydata()) for line in left.lines}
    ratio = found.flat.participation.values
    edges = np.linspace(0, ratio[:, [0, -1]].max(), 25)
    for name, values in (("before training", ratio[:, 0]), ("all networks", ratio[:, -1])):
        shares = np.median([np.histogram(network, edges)[0] / 7 for network in values], 0)
        np.testing.assert_allclose(lines[name], shares)
    (line,) = left.lines[-1:]
    assert line.get_xdata()[0] == pytest.approx(3 / 42)
    x, y = right.lines[0].get_data()
    np.testing.assert_allclose(x, ratio[:, -1].ravel())
    np.testing.assert_allclose(y, found.flat.entropy.values[:, -1].ravel())
