"""Curves of Fisher information: errors, normalisation, densities, exponents."""

import numpy as np
import pytest
from matplotlib.colors import same_color
from matplotlib.figure import Figure

from jaxrep.plots.curves import COLOURS
from jaxrep.plots.fisher_curves import (
    draw_density,
    draw_estimates,
    draw_exponents,
    draw_information,
    draw_information_errors,
)
from jaxrep.plots.fisher_power_law import draw_against_density

ANGLES = np.linspace(0, np.pi / 2, 21)
RANDOM = np.random.default_rng(3)
INFORMATION = RANDOM.uniform(10, 100, (3, 21))
ERRORS = RANDOM.uniform(1, 5, 21)
DENSITY = np.exp(-((ANGLES - 0.8) ** 2) / 0.1)


@pytest.fixture
def axes():
    return Figure().subplots()


def quantities(information):
    root = np.sqrt(information)
    return {
        "information": information,
        "root": root,
        "normalised": root / np.trapezoid(root, ANGLES, axis=-1)[..., None],
    }


UNITS = {"information": "(1/rad^2)", "root": "(1/rad)", "normalised": "(1/rad)"}


@pytest.mark.parametrize("quantity", UNITS)
def test_line_is_the_median_of_the_quantity(axes, quantity):
    drawn = draw_information(
        axes, ANGLES, INFORMATION, "training faces", COLOURS[0], quantity=quantity, faint=True
    )
    assert drawn is axes
    expected = quantities(INFORMATION)[quantity]
    *networks, line = axes.lines
    np.testing.assert_allclose(line.get_ydata(), np.median(expected, 0))
    np.testing.assert_allclose([each.get_ydata() for each in networks], expected)
    assert axes.get_xlabel() == "angle (rad)"
    assert axes.get_ylabel().endswith(UNITS[quantity])
    assert axes.get_ylim()[0] == 0


def test_logarithmic_information_and_colours_of_networks(axes):
    draw_information(axes, ANGLES, INFORMATION, "mean term", COLOURS[0], log=True)
    assert axes.get_yscale() == "log" and axes.get_ylim()[0] > 0
    density = np.stack([DENSITY] * 3)
    other = draw_against_density(Figure().subplots(), density, INFORMATION, colours=["red", "blue"])
    assert [line.get_color() for line in other.lines] == ["red", "blue", "red"]


@pytest.mark.parametrize("quantity", UNITS)
@pytest.mark.parametrize("bars", [False, True])
def test_errors_are_those_of_the_quantity(axes, quantity, bars):
    curve = INFORMATION[0]
    draw_information_errors(
        axes,
        ANGLES,
        curve,
        ERRORS,
        "seed 0",
        COLOURS[1],
        quantity=quantity,
        deviations=2,
        bars=bars,
    )
    middle = quantities(curve)[quantity]
    # By finite differences, at a fixed integral.
    small = 1e-6
    slope = 1.0
    if quantity != "information":
        slope = (np.sqrt(curve + small) - np.sqrt(curve)) / small * middle / np.sqrt(curve)
    size = 2 * ERRORS * slope
    np.testing.assert_allclose(axes.lines[0].get_ydata(), middle)
    if bars:
        ends = np.array(axes.containers[0].lines[2][0].get_segments())[..., 1].T
    else:
        vertices = axes.collections[0].get_paths()[0].vertices
        ends = [
            [f(vertices[vertices[:, 0] == angle, 1]) for angle in ANGLES] for f in (np.min, np.max)
        ]
    np.testing.assert_allclose(ends, [middle - size, middle + size], rtol=1e-5)
    assert axes.get_legend_handles_labels()[1] == ["seed 0"]


def test_no_information_has_a_root_of_unknown_error(axes):
    shown = {"quantity": "root", "bars": True}
    draw_information_errors(axes, ANGLES, 0 * ERRORS, ERRORS, None, COLOURS[0], **shown)
    assert (axes.lines[0].get_ydata() == 0).all()


def test_a_higher_curve_that_comes_later_is_not_cut_off(axes):
    draw_information(axes, ANGLES, INFORMATION, "low", COLOURS[0], quantity="normalised")
    draw_density(axes, ANGLES, DENSITY**8)
    assert axes.get_ylim()[1] > axes.lines[-1].get_ydata().max()
    assert axes.get_ylim()[0] == 0
    assert axes.get_ylabel() == "sqrt(I), integral 1 (1/rad)"


def test_density_is_normalised_and_theory_dashed(axes):
    assert draw_density(axes, ANGLES, 7 * DENSITY, DENSITY ** (1 / 3), theory="p^0.33") is axes
    density, theory = axes.lines
    for line, expected in ((density, DENSITY), (theory, DENSITY ** (1 / 3))):
        expected = expected / np.trapezoid(expected, ANGLES)
        np.testing.assert_allclose(line.get_ydata(), expected)
        assert same_color(line.get_color(), "black")
    assert (density.get_linestyle(), theory.get_linestyle()) == ("-", "--")
    assert axes.get_legend_handles_labels()[1] == ["density of angles p", "p^0.33"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("angle (rad)", "density (1/rad)")


@pytest.mark.parametrize("log", [False, True])
def test_information_against_density_with_its_power(axes, log):
    density = np.stack([DENSITY] * 3)
    shown = {"labels": ["seed 0", "seed 1"], "log": log}
    assert draw_against_density(axes, density, INFORMATION, 2 / 3, **shown) is axes
    *dots, theory = axes.lines
    for line, p, information in zip(dots, density, INFORMATION, strict=True):
        np.testing.assert_array_equal(line.get_xydata(), np.stack([p, information], 1))
    x, y = theory.get_data()
    np.testing.assert_allclose(np.diff(np.log(y)), 2 / 3 * np.diff(np.log(x)), atol=1e-12)
    assert y[-1] == pytest.approx(np.median(INFORMATION.max(1)))
    assert theory.get_linestyle() == "--"
    expected = ["seed 0", "seed 1", "theory, I ~ p^0.67"]
    assert axes.get_legend_handles_labels()[1] == expected
    assert axes.get_xscale() == axes.get_yscale() == ("log" if log else "linear")
    assert axes.get_xlabel() == "density p (1/rad)"
    assert axes.get_ylabel() == "Fisher information I (1/rad^2)"
    assert len(axes.patches) == log


def test_fitted_powers_are_lines_where_they_were_fitted(axes):
    """Of exact powers: the lines run through the dots, the band between the networks."""
    powers = np.array([1.0, 2.0, np.nan])
    information = 3.0 * DENSITY ** np.array([[1.0], [2.0], [1.0]])
    density = np.stack([DENSITY] * 3)
    draw_against_density(axes, density, information, exponents=powers, fitted_above=0.2)
    x, y = axes.lines[-1].get_data()
    top = DENSITY.max()
    np.testing.assert_allclose([x[0], x[-1]], [0.2 * top, top])
    np.testing.assert_allclose(y, 3 * (x + x**2) / 2)
    assert axes.lines[-1].get_label() == "fit, g 1.50 (1.00 to 2.00)"
    (band,) = axes.collections
    edges = band.get_paths()[0].vertices
    heights = edges[np.isclose(edges[:, 0], top), 1]
    np.testing.assert_allclose(sorted({*np.round(heights, 9)}), sorted([3 * top, 3 * top**2]))


def test_grey_is_where_exponents_are_fitted(axes):
    draw_against_density(axes, DENSITY[None], INFORMATION[:1], fitted_above=0.2)
    grey = axes.patches[0].get_extents().transformed(axes.transData.inverted())
    assert grey.x0 == pytest.approx(0.2 * DENSITY.max())
    assert axes.get_xlim()[0] >= 1e-4 * DENSITY.max()
    assert len(axes.lines) == 1  # no theory was given


LOSSES = ["square", "linear", "log"]
EXPONENTS = np.array([[0.6, 1.1, 2.0], [0.7, 0.9, np.nan]])


def test_exponents_with_intervals_against_theory(axes):
    intervals = EXPONENTS[..., None] + np.array([-0.1, 0.3])
    theory = np.array([2 / 3, 1, 2])
    drawn = draw_exponents(
        axes, LOSSES, EXPONENTS, "linear code", COLOURS[1], intervals=intervals, theory=theory
    )
    assert drawn is axes
    points, _, (ends,) = axes.containers[0].lines
    np.testing.assert_array_equal(points.get_ydata(), EXPONENTS.ravel())
    segments = np.array([bar for bar in ends.get_segments() if len(bar)])
    known = intervals[np.isfinite(EXPONENTS)]
    np.testing.assert_allclose(segments[..., 1], known)
    line = axes.lines[-1]
    assert line.get_linestyle() == "--"
    np.testing.assert_array_equal(line.get_xydata(), np.stack([range(3), theory], 1))
    assert [text.get_text() for text in axes.get_xticklabels()] == LOSSES
    assert axes.get_ylabel() == "g of I ~ p^g"
    assert set(axes.get_legend_handles_labels()[1]) == {"linear code", "theory"}
    # Networks of one loss stand side by side, around its place.
    places = points.get_xdata().reshape(2, 3)
    np.testing.assert_allclose(places.mean(0), range(3))
    assert (places[1] > places[0]).all()


def test_exponents_without_intervals_are_dots_at_their_place(axes):
    draw_exponents(axes, LOSSES, EXPONENTS, "g", COLOURS[0], shift=0.12)
    points = axes.containers[0].lines[0]
    np.testing.assert_allclose(points.get_xdata(), np.tile(np.arange(3) + 0.12, 2))
    assert axes.containers[0].lines[2] == ()


def test_estimates_are_below_each_other_with_their_errors(axes):
    values, errors = np.array([100.0, 90.0]), np.array([1.0, 5.0])
    draw_estimates(axes, ["exact", "linear"], values, errors, reference=100.0)
    points, _, (ends,) = axes.containers[0].lines
    np.testing.assert_array_equal(points.get_xydata(), [[100, 0], [90, 1]])
    segments = np.array(ends.get_segments())[..., 0]
    np.testing.assert_array_equal(segments, [[98, 102], [80, 100]])
    reference = axes.lines[-1]
    assert list(reference.get_xdata()) == [100, 100] and reference.get_linestyle() == "--"
    assert axes.yaxis_inverted()
    assert axes.get_xlabel() == "Fisher information I (1/rad^2)"
