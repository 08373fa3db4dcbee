"""Descriptions for Plotly hold what was given to Matplotlib, or are not made."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib import colors
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from jaxrep.study.plotly_figure import plotly_figure, why_not
from jaxrep.study.plotly_words import words_html

X = np.array([1.0, 2.5, 40.0])
Y = np.array([0.30001, 0.2, np.nan])


def described(figure):
    """What a figure is after it was drawn, as a browser reads it."""
    figure.draw_without_rendering()
    found = plotly_figure(figure)
    assert found is not None, why_not(figure)
    return json.loads(json.dumps(found, allow_nan=False))


@pytest.fixture
def axes():
    return Figure(figsize=(6, 4)).subplots()


def traces(axes):
    return described(axes.figure)["data"]


def values(trace, side):
    return np.array([np.nan if v is None else v for v in trace[side]], float)


def test_a_curve_has_its_points_its_look_and_gaps(axes):
    style = {"color": "#0072B2", "ls": "--", "lw": 2, "marker": "s", "ms": 4, "alpha": 0.5}
    axes.plot(X, Y, label="R² < 1", **style)
    axes.legend()
    (trace,) = traces(axes)
    np.testing.assert_allclose(values(trace, "x"), X, rtol=1e-5)
    np.testing.assert_allclose(values(trace, "y"), Y, rtol=1e-5)
    assert trace["mode"] == "lines+markers" and trace["marker"]["symbol"] == "square"
    assert trace["line"] == {"color": "rgba(0,114,178,0.5)", "width": 2.5, "dash": "9.25px,4px"}
    assert (trace["name"], trace["showlegend"]) == ("R² &lt; 1", True)


def test_a_band_goes_with_the_curve_of_its_colour(axes):
    low, high = X - 1, X + 2
    axes.plot(X, X, label="median", color="red")
    axes.plot(X, 2 * X, label="other", color="blue")
    axes.fill_between(X, low, high, color="red", alpha=0.25, lw=0)
    axes.legend()
    band, *curves = traces(axes)
    corners = set(zip(band["x"], band["y"], strict=True))
    assert corners == {*zip(X, low, strict=True), *zip(X, high, strict=True)}
    assert band["fill"] == "toself" and band["fillcolor"] == "rgba(255,0,0,0.25)"
    assert band["legendgroup"] == "median" and not band["showlegend"]
    assert [curve["legendgroup"] for curve in curves] == ["median", "other"]


def test_points_have_their_own_colours_and_sizes(axes):
    axes.scatter(X, X, s=[4, 16, 64], c=["red", "lime", "blue"], marker="^", lw=0)
    axes.scatter(X, 2 * X, s=9, facecolors="none", edgecolors="black")
    filled, hollow = traces(axes)
    assert filled["marker"]["color"] == ["#ff0000", "#00ff00", "#0000ff"]
    np.testing.assert_allclose(filled["marker"]["size"], 1.25 * np.array([2, 4, 8]))
    assert filled["marker"]["symbol"] == "triangle-up"
    assert hollow["marker"]["symbol"] == "circle-open" and hollow["marker"]["color"] == "#000000"
    np.testing.assert_allclose(hollow["y"], 2 * X)


@pytest.mark.parametrize("label", ["measured", "_nolegend_"])
def test_whiskers_have_their_lengths(axes, label):
    below, above = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
    axes.errorbar(X, X, [below, above], fmt="o", capsize=2, label=label)
    (trace,) = traces(axes)
    assert trace["mode"] == "markers" and trace["name"] == label.replace("_nolegend_", "")
    np.testing.assert_allclose(trace["error_y"]["array"], above, rtol=1e-4)
    np.testing.assert_allclose(trace["error_y"]["arrayminus"], below, rtol=1e-4)


def test_whiskers_of_points_that_are_missing(axes):
    """And on an axis that Plotly lacks, as segments; what is not finite is nowhere."""
    axes.errorbar(X, Y, 0.1, fmt="o")
    axes.errorbar(X, X, [1, np.nan, 3])
    one, other = traces(axes)
    assert one["y"][2] is None and other["error_y"]["array"] == [1, None, 3]
    axes.set_yscale("symlog", linthresh=1)
    kinds = [trace["mode"] for trace in traces(axes)]
    assert sorted(kinds) == ["lines", "lines", "lines", "markers"]


def test_bars_stand_where_they_stand(axes):
    axes.bar([0, 1], [3, -2], 0.5, bottom=[1, 0], color=["red", "blue"], label="a")
    axes.barh([5, 6], [1, 2], 0.8, color="green")
    axes.hist([1, 1, 2], bins=[0.5, 1.5, 2.5])
    upright, flat, counts = traces(axes)
    assert (upright["x"], upright["y"], upright["base"]) == ([0, 1], [3, -2], [1, 0])
    assert upright["marker"]["color"] == ["#ff0000", "#0000ff"] and upright["width"] == [0.5, 0.5]
    assert (flat["orientation"], flat["x"], flat["y"]) == ("h", [1, 2], [5, 6])
    assert (counts["x"], counts["y"]) == ([1, 2], [2, 1])


@pytest.mark.parametrize(
    "norm",
    [
        colors.Normalize(-1, 3),
        colors.LogNorm(0.01, 3),
        colors.CenteredNorm(0.5, 3),
        colors.TwoSlopeNorm(0, -1, 3),
    ],
)
@pytest.mark.parametrize("cmap", ["viridis", "RdBu_r", "twilight", "Set1", "gray"])
def test_a_heat_map_has_the_colours_of_the_picture(axes, norm, cmap):
    numbers = np.array([[0.011, 0.3, 1.0], [2.0, 2.95, np.nan]])
    image = axes.imshow(numbers, norm=norm, cmap=cmap)
    (trace,) = traces(axes)
    told = trace.get("customdata", trace["z"])
    np.testing.assert_allclose(np.array(told, float), numbers, rtol=1e-4)
    assert (trace["x"], trace["y"]) == ([0, 1, 2], [0, 1])
    places = (np.array(trace["z"], float) - trace["zmin"]) / (trace["zmax"] - trace["zmin"])
    stops = [place for place, _ in trace["colorscale"]]
    shades = np.array([colors.to_rgb(colour) for _, colour in trace["colorscale"]])
    known = np.isfinite(numbers)
    shown = np.stack([np.interp(places[known], stops, shade) for shade in shades.T], -1)
    true = image.to_rgba(numbers)[known][:, :3]
    assert np.abs(shown - true).max() <= 2 / 255


def test_rows_lie_as_in_the_picture(axes):
    axes.imshow([[1.0, 2.0], [3.0, 4.0]], origin="lower", extent=(0, 4, 10, 20))
    layout, (trace,) = (described(axes.figure)[name] for name in ("layout", "data"))
    assert (trace["x"], trace["y"], trace["z"]) == ([1, 3], [12.5, 17.5], [[1, 2], [3, 4]])
    assert layout["yaxis"]["range"] == [10, 20] and layout["yaxis"]["scaleanchor"] == "x"
    other = Figure().subplots()
    other.imshow([[1.0, 2.0], [3.0, 4.0]])
    assert described(other.figure)["layout"]["yaxis"]["range"] == [1.5, -0.5]


def test_a_mesh_and_its_colour_bar():
    figure = Figure(layout="constrained")
    axes = figure.subplots()
    mesh = axes.pcolormesh([0, 1, 4], [1, 2, 8], [[1.0, 2.0], [3.0, 4.0]])
    figure.colorbar(mesh, label="weight")
    found = described(figure)
    shown, bar = found["data"]
    assert (shown["x"], shown["y"], shown["z"]) == ([0, 1, 4], [1, 2, 8], [[1, 2], [3, 4]])
    assert (bar["zmin"], bar["zmax"], bar["yaxis"]) == (1, 4, "y2")
    scale = found["layout"]["yaxis2"]
    assert (scale["range"], scale["side"], scale["title"]["text"]) == ([1, 4], "right", "weight")


def test_scales_limits_ticks_and_words():
    figure = Figure()
    left, right = figure.subplots(1, 2)
    left.plot([1, 1000], [1, 2])
    left.set(xscale="log", xlim=(1, 1000), ylim=(5, -5), xlabel="steps $10^3$", title="a")
    right.plot([0, 9, 999], [1, 2, 3])
    right.set_xscale("symlog", linthresh=1)
    right.set_yticks([1, 2], ["one", "two"])
    right.text(0.5, 0.25, "within", transform=right.transAxes)
    found = described(figure)
    layout = found["layout"]
    assert layout["xaxis"]["type"] == "log" and layout["xaxis"]["range"] == [0, 3]
    assert layout["yaxis"]["range"] == [5, -5]
    assert layout["xaxis"]["title"]["text"] == "steps 10<sup>3</sup>"
    assert layout["yaxis2"]["ticktext"] == ["one", "two"] and layout["yaxis2"]["tickvals"] == [1, 2]
    symmetric = found["data"][1]
    transform = right.xaxis.get_transform().transform
    np.testing.assert_allclose(symmetric["x"], transform(np.array([0, 9, 999.0])), rtol=1e-4)
    assert symmetric["customdata"] == [[0], [9], [999]]
    ticks = dict(zip(layout["xaxis2"]["ticktext"], layout["xaxis2"]["tickvals"], strict=True))
    np.testing.assert_allclose(ticks["10<sup>2</sup>"], transform(np.array([100.0]))[0], rtol=1e-4)
    words = {note["text"]: note for note in layout["annotations"]}
    assert words["a"]["xref"] == "x domain"
    assert [words["within"][key] for key in ("x", "y", "yref")] == [0.5, 0.25, "y2 domain"]
    for axes, name in ((left, "axis"), (right, "axis2")):
        box = axes.get_position()
        np.testing.assert_allclose(layout[f"x{name}"]["domain"], [box.x0, box.x1], atol=1e-4)
        np.testing.assert_allclose(layout[f"y{name}"]["domain"], [box.y0, box.y1], atol=1e-4)


def test_rules_span_their_axes_and_notes_lie_at_their_points(axes):
    axes.axhline(0.5, ls=":")
    axes.axvline(3, ymax=0.5)
    axes.axline((1, 1), slope=2)
    axes.axvspan(2, 4, color="red", alpha=0.5, lw=0)
    axes.annotate("here", (2, 30), (3, 4), textcoords="offset points")
    axes.set(xscale="log", xlim=(1, 100), ylim=(0, 100))
    found = described(axes.figure)
    span, level, upright, slope = found["data"]
    np.testing.assert_allclose(level["x"], [1, 100], rtol=1e-4)
    np.testing.assert_allclose(level["y"], [0.5, 0.5], rtol=1e-4)
    np.testing.assert_allclose([*upright["x"], *upright["y"]], [3, 3, 0, 50], atol=1e-3)
    assert set(np.round(span["x"], 3)) == {2, 4} and set(np.round(span["y"], 3)) == {0, 100}
    assert len(slope["x"]) == 2
    (note,) = found["layout"]["annotations"]
    np.testing.assert_allclose([note["x"], note["y"]], [np.log10(2), 30], rtol=1e-4)
    assert (note["xshift"], note["yshift"]) == (3, 4)


def test_a_name_is_listed_once_and_toggles_every_panel():
    figure = Figure()
    left, right = figure.subplots(1, 2)
    for axes in (left, right):
        axes.plot([0, 1], [0, 1], color="red", label="train")
        axes.plot([0, 1], [1, 1], color="blue", label="test" if axes is left else None)
    left.legend()
    found = described(figure)["data"]
    groups = [trace["legendgroup"] for trace in found]
    assert groups == ["train", "test", "train", "test"]
    assert [trace["showlegend"] for trace in found] == [True, True, False, False]


def test_twins_share_an_axis(axes):
    axes.plot([0, 1], [0, 1])
    twin = axes.twinx()
    twin.plot([0, 1], [1000, 10])
    found = described(axes.figure)
    assert [(t["xaxis"], t["yaxis"]) for t in found["data"]] == [("x", "y"), ("x", "y2")]
    assert found["layout"]["yaxis2"]["overlaying"] == "y"
    assert found["layout"]["yaxis2"]["side"] == "right" and "xaxis2" not in found["layout"]


def test_segments_have_their_colours(axes):
    parts = [[(0, 0), (1, 1)], [(0, 1), (1, 2)], [(0, 3), (1, 3)]]
    axes.add_collection(LineCollection(parts, colors=["red", "blue", "red"]))
    red, blue = traces(axes)
    assert (red["x"], red["y"]) == ([0, 1, None, 0, 1], [0, 1, None, 3, 3])
    assert (blue["line"]["color"], blue["y"]) == ("#0000ff", [1, 2])


def test_long_curves_are_thinned_and_it_is_told(axes):
    axes.plot(np.arange(50_000.0), np.arange(50_000.0))
    found = described(axes.figure)
    (trace,) = found["data"]
    assert len(trace["x"]) == 2000 and (trace["x"][0], trace["x"][-1]) == (0, 49_999)
    assert trace["x"] == trace["y"] and found["layout"]["meta"]["thinned"]


def test_bands_on_logarithmic_axes_end_below_what_is_seen(axes):
    axes.fill_between(X, [0, 0, 0], X)
    axes.set(yscale="log", ylim=(1e-2, 10))
    (band,) = traces(axes)
    assert min(band["y"]) > 0 and min(band["y"]) < 1e-2


def arrows(axes):
    axes.quiver([0], [1], [1], [1])


def note_with_an_arrow(axes):
    axes.annotate("here", (0, 0), (1, 1), arrowprops={"arrowstyle": "->"})


def contours(axes):
    axes.contourf(np.arange(9.0).reshape(3, 3))


def smooth(axes):
    axes.imshow(np.eye(3), interpolation="bilinear")


def missing_in_red(axes):
    shown = plt.get_cmap("viridis").with_extremes(bad="red")
    axes.imshow([[1.0, np.nan]], cmap=shown)


def above_in_red(axes):
    axes.imshow([[1.0, 9.0]], cmap=plt.get_cmap("viridis").with_extremes(over="red"), vmax=2)


def inset(axes):
    axes.inset_axes((0.5, 0.5, 0.2, 0.2)).plot([0, 1])


def heart(axes):
    axes.plot([0], [1], marker="$h$")


def formula(axes):
    axes.plot([0, 1])
    axes.set_title(r"$\frac{1}{2}$")


def picture(axes):
    axes.imshow(np.zeros((2, 2, 3)))


def nothing(axes):
    axes.set(xlim=(0, 1))


REFUSED = (arrows, note_with_an_arrow, contours, smooth, missing_in_red, above_in_red, inset)


@pytest.mark.parametrize("draw", [*REFUSED, heart, formula, picture, nothing])
def test_what_would_look_different_is_refused(axes, draw):
    draw(axes)
    axes.figure.draw_without_rendering()
    assert plotly_figure(axes.figure) is None
    assert why_not(axes.figure)


def test_axes_in_three_dimensions_are_refused():
    figure = Figure()
    figure.add_subplot(projection="3d").plot([0, 1], [0, 1], [0, 1])
    figure.draw_without_rendering()
    assert plotly_figure(figure) is None


def test_formulas():
    assert words_html(r"$W_2^{T}$ of $\theta$") == "W<sub>2</sub><sup>T</sup> of θ"
    assert words_html("costs \\$5\nor so") == "costs $5<br>or so"
