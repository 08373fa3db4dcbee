"""Curves, points, bands, bars and patches of a panel as Plotly's traces."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.collections import Collection, LineCollection, PathCollection, PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from matplotlib.patches import Circle, Ellipse, Patch, PathPatch, Polygon, Rectangle, StepPatch

from jaxrep.plots.style import Number
from jaxrep.study.figure_data import label_of
from jaxrep.study.plotly_looks import PIXELS, SYMBOLS, dash_of, dash_pattern, look, symbol_look
from jaxrep.study.plotly_places import (
    NUMBER,
    Mark,
    Panel,
    data_places,
    joined,
    on_axis,
    place,
    plain,
    thinned,
)
from jaxrep.study.plotly_words import NotTranslated, css, numbers, solid

MOST_COLOURS = 200
"""Of segments in one collection."""
HATCHES = {"/": "/", "\\": "\\", "x": "x", "-": "-", "|": "|", "+": "+", ".": "."}
_PATCHES = (Rectangle, Polygon, Ellipse, Circle, StepPatch, PathPatch)


def marks(panel: Panel, most: int) -> Iterator[Mark]:
    """All marks of a panel but images and texts; of a curve at most about so many points.

    Raises:
      NotTranslated: there is a mark of another kind.
    """
    axes, done = panel.axes, set()
    for container in axes.containers:
        if isinstance(container, BarContainer) and (bars := _bars(panel, container)):
            done |= set(container.patches)
            yield bars
        elif isinstance(container, ErrorbarContainer) and (points := _errors(panel, container)):
            line, caps, whiskers = container.lines
            done |= {line, *caps, *whiskers}
            yield points
    for line in axes.lines:
        if line not in done and line.get_visible():
            yield from _line(panel, line, most)
    for patch in axes.patches:
        if patch not in done and patch.get_visible():
            yield _patch(panel, patch)
    for collection in axes.collections:
        if collection not in done and collection.get_visible():
            yield from _collection(panel, collection, most)


def _line(panel: Panel, line: Line2D, most: int) -> Iterator[Mark]:
    places = np.column_stack([np.ma.filled(np.ma.asarray(v, float), np.nan) for v in _data(line)])
    places = data_places(panel.axes, places, line.get_transform())
    style = look(line)
    if not style or not len(places):
        return
    if "markers" not in style["mode"]:
        places = thinned(places, most)
    elif line.get_markevery() is not None:
        raise NotTranslated("markers at some points only")
    trace = {"type": "scatter", **style, **place(panel, places)}
    dash = style.get("line", {}).get("dash", "")
    colour = solid(line.get_color())
    yield Mark(trace, label_of(line.get_label()), colour, dash, line.get_zorder())


def _data(line: Line2D) -> tuple[Any, Any]:
    return line.get_xdata(orig=False), line.get_ydata(orig=False)


def _errors(panel: Panel, container: ErrorbarContainer) -> Mark | None:
    """Points with whiskers; None where they are better drawn as the curves they consist of."""
    line, _, whiskers = container.lines
    if line is None or not plain(panel):
        return None
    places = np.column_stack([np.asarray(values, float) for values in _data(line)])
    style = look(line)
    if not style or line.get_markevery() is not None:
        return None
    trace = {"type": "scatter", **style, **place(panel, places)}
    sides = [side for side in "xy" if getattr(container, f"has_{side}err")]
    if len(sides) != len(whiskers):
        return None
    for side, collection in zip(sides, whiskers, strict=True):
        along = "xy".index(side)
        # `get_segments` leaves out what is not finite
        segments = [np.asarray(path.vertices, float) for path in collection.get_paths()]
        if [np.shape(segment) for segment in segments] != [(2, 2)] * len(places):
            return None
        segments = np.reshape(segments, (-1, 2, 2))
        middle = places[:, along]
        if not np.array_equal(segments[:, 0, 1 - along], places[:, 1 - along], equal_nan=True):
            return None
        trace[f"error_{side}"] = {
            "type": "data",
            "symmetric": False,
            "array": numbers(segments[:, 1, along] - middle),
            "arrayminus": numbers(middle - segments[:, 0, along]),
            "color": css(collection.get_colors()[0]),
            "thickness": round(PIXELS * float(np.atleast_1d(collection.get_linewidth())[0]), 2),
            "width": 3 if container.lines[1] else 0,
        }
    colour, dash = solid(line.get_color()), style.get("line", {}).get("dash", "")
    return Mark(trace, label_of(container.get_label()), colour, dash, line.get_zorder())


def _bars(panel: Panel, container: BarContainer) -> Mark | None:
    """Bars; None where they are better drawn as the rectangles they are."""
    bars = [bar for bar in container.patches if bar.get_visible()]
    flat = container.orientation == "horizontal"
    across, along = ("y", "x") if flat else ("x", "y")
    scale = {"x": panel.axes.get_xscale(), "y": panel.axes.get_yscale()}
    corners = np.array([[b.get_x(), b.get_y(), b.get_width(), b.get_height()] for b in bars], float)
    if not bars or any(bar.get_transform() == panel.axes.transAxes for bar in bars):
        return None
    starts = {"x": corners[:, 0], "y": corners[:, 1]}
    ends = {"x": corners[:, 0] + corners[:, 2], "y": corners[:, 1] + corners[:, 3]}
    if scale[across] == "log" or (scale[along] == "log" and np.any(starts[along] > 0)):
        return None
    low, high = (on_axis(panel, across, sides[across]) for sides in (starts, ends))
    base, top = (on_axis(panel, along, sides[along]) for sides in (starts, ends))
    middle = np.column_stack([(low + high) / 2, ends[along]])
    faces = [css(bar.get_facecolor()) for bar in bars]
    told = f"%{{customdata:{NUMBER}}}"
    edges = any(bar.get_linewidth() > 0 and to_rgba(bar.get_edgecolor())[3] > 0 for bar in bars)
    trace: dict[str, Any] = {
        "type": "bar",
        "xaxis": panel.x,
        "yaxis": panel.y,
        "orientation": "h" if flat else "v",
        across: numbers(middle[:, 0]),
        along: numbers(top if scale[along] == "log" else top - base),
        "width": numbers(high - low),
        "customdata": numbers(ends[along]),
        "hovertemplate": f"(%{{{across}:{NUMBER}}}, {told})",
        "marker": {
            "color": faces[0] if len(set(faces)) == 1 else faces,
            "line": {
                "width": round(PIXELS * bars[0].get_linewidth(), 2) if edges else 0,
                "color": css(bars[0].get_edgecolor()),
            },
        },
    }
    if scale[along] != "log" and np.any(base):
        trace["base"] = numbers(base)
    if hatch := bars[0].get_hatch():
        if hatch[0] not in HATCHES:
            raise NotTranslated(f"hatch {hatch}")
        trace["marker"]["pattern"] = {"shape": HATCHES[hatch[0]]}
    solids = {solid(bar.get_facecolor()) for bar in bars}
    colour = solids.pop() if len(solids) == 1 else ""
    return Mark(trace, label_of(container.get_label()), colour, "", bars[0].get_zorder())


def _patch(panel: Panel, patch: Patch) -> Mark:
    if not isinstance(patch, _PATCHES):
        raise NotTranslated(type(patch).__name__)
    shape = patch.get_transform().transform_path(patch.get_path())
    pixels = shape.to_polygons(closed_only=False)
    inverse = panel.axes.transData.inverted()
    places = joined([inverse.transform(polygon) for polygon in pixels if len(polygon)] or [[]])
    return _filled(
        panel,
        places,
        face=patch.get_facecolor() if patch.get_fill() else (0, 0, 0, 0),
        edge=patch.get_edgecolor(),
        width=patch.get_linewidth(),
        dash=dash_of(patch.get_linestyle(), patch.get_linewidth()),
        label=label_of(patch.get_label()),
        order=patch.get_zorder(),
    )


def _filled(
    panel: Panel,
    places: np.ndarray,
    *,
    face: Any,
    edge: Any,
    width: Number,
    dash: str,
    label: str,
    order: Number,
) -> Mark:
    """An area, its rim, or both."""
    rim = width > 0 and to_rgba(edge)[3] > 0
    full = to_rgba(face)[3] > 0
    logs = [side for side in "xy" if getattr(panel.axes, f"get_{side}scale")() == "log"]
    for side in logs:  # an area that reaches zero ends below what is seen
        column = places[:, "xy".index(side)]
        column[column <= 0] = min(getattr(panel.axes, f"get_{side}lim")()) * 1e-3
    trace = {"type": "scatter", "mode": "lines", **place(panel, places)}
    del trace["hovertemplate"]
    trace.pop("customdata", None)
    trace |= {
        "hoverinfo": "skip",
        "line": {
            "width": round(PIXELS * width, 2) if rim else 0,
            "color": css(edge) if rim else css(face),
            "dash": dash,
        },
    }
    if full:
        trace |= {"fill": "toself", "fillcolor": css(face)}
    return Mark(trace, label, solid(face) if full else solid(edge), "", order)


def _collection(panel: Panel, collection: Collection, most: int) -> Iterator[Mark]:
    kind, name = type(collection), type(collection).__name__
    label, order = label_of(collection.get_label()), collection.get_zorder()
    if isinstance(collection, PathCollection):
        yield from _points(panel, collection)
    elif isinstance(collection, LineCollection):
        yield from _segments(panel, collection)
    elif kind is PolyCollection or name == "FillBetweenPolyCollection":
        faces, edges = collection.get_facecolor(), collection.get_edgecolor()
        if len(faces) > 1 or len(collection.get_offsets()) > 1:
            raise NotTranslated("areas of several colours")
        paths = [thinned(np.asarray(p.vertices, float), 2 * most) for p in collection.get_paths()]
        if paths := [path for path in paths if len(path)]:
            transform = collection.get_transform()
            yield _filled(
                panel,
                data_places(panel.axes, joined(paths), transform),
                face=faces[0] if len(faces) else (0, 0, 0, 0),
                edge=edges[0] if len(edges) else (0, 0, 0, 0),
                width=float(np.max(collection.get_linewidth(), initial=0)),
                dash="solid",
                label=label,
                order=order,
            )
    elif name != "QuadMesh":
        raise NotTranslated(name)


def _segments(panel: Panel, collection: LineCollection) -> Iterator[Mark]:
    segments = [np.asarray(path.vertices, float) for path in collection.get_paths()]
    colours = [css(colour) for colour in collection.get_colors()]
    if not segments or not colours:
        return
    kinds = list(dict.fromkeys(colours))
    if len(kinds) > MOST_COLOURS:
        raise NotTranslated("segments of very many colours")
    pattern = collection.get_linestyle()[0][1]
    width = float(np.atleast_1d(collection.get_linewidth())[0])
    dash = "solid" if pattern is None else dash_pattern(pattern)
    label, order = label_of(collection.get_label()), collection.get_zorder()
    for kind in kinds:
        chosen = [part for i, part in enumerate(segments) if colours[i % len(colours)] == kind]
        places = data_places(panel.axes, joined(chosen), collection.get_transform())
        style = {"color": kind, "width": round(PIXELS * width, 2), "dash": dash}
        trace = {"type": "scatter", "mode": "lines", "line": style, **place(panel, places)}
        colour = solid(collection.get_colors()[0]) if len(kinds) == 1 else ""
        yield Mark(trace, label, colour, dash, order)


def _points(panel: Panel, collection: PathCollection) -> Iterator[Mark]:
    places = np.ma.filled(np.ma.asarray(collection.get_offsets(), float), np.nan)
    if not len(places):
        return
    places = data_places(panel.axes, places, collection.get_offset_transform())
    marker, wide = _marker_of(collection)
    faces, edges = collection.get_facecolor(), collection.get_edgecolor()
    sizes = PIXELS * np.sqrt(np.asarray(collection.get_sizes(), float)) * wide
    face = faces[0] if len(faces) else (0, 0, 0, 0)
    edge = edges[0] if len(edges) else face
    shown = symbol_look(SYMBOLS[marker], face, edge)
    colours = [css(face) for face in (faces if len(faces) else edges)]
    if len(set(colours)) > 1:
        if len(faces) and np.any(np.asarray(faces)[:, 3] == 0):
            raise NotTranslated("some points without a face")
        shown["color"] = [colours[i % len(colours)] for i in range(len(places))]
        rims = [css(edge) for edge in edges] if len(edges) else colours
        rims = [rims[i % len(rims)] for i in range(len(places))]
        shown["line"]["color"] = rims if len(set(rims)) > 1 else rims[0]
    widths = np.asarray(collection.get_linewidth(), float)
    shown["line"]["width"] = round(PIXELS * float(np.max(widths, initial=0)), 2)
    shown["size"] = (
        round(float(sizes[0]), 2)
        if len(set(sizes.tolist())) == 1
        else [round(float(sizes[i % len(sizes)]), 2) for i in range(len(places))]
    )
    trace = {"type": "scatter", "mode": "markers", "marker": shown, **place(panel, places)}
    known = {solid(face) for face in (faces if len(faces) else edges)}
    colour = known.pop() if len(known) == 1 else ""
    yield Mark(trace, label_of(collection.get_label()), colour, "", collection.get_zorder())


def _marker_of(collection: PathCollection) -> tuple[str, float]:
    """Which marker a cloud has, and how wide it is in units of the root of its size."""
    paths = collection.get_paths()
    if len(paths) == 1:
        for name in SYMBOLS:
            style = MarkerStyle(name)
            path = style.get_path().transformed(style.get_transform())
            own, given = np.asarray(path.vertices), np.asarray(paths[0].vertices)
            if own.shape == given.shape and np.allclose(own, given):
                return name, {".": 0.5, ",": 0.1}.get(name, 1.0)
    raise NotTranslated("a marker of its own")
