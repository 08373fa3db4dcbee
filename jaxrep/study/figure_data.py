"""The numbers of a drawing, read from its axes: curves and points as one table, images as matrices.

``NAME.csv`` has a row a point. ``NAME.matrices.csv`` has a block an image, each below a line
``# panel 2, title: row and column labels``; blocks are separated by an empty line.
"""

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import Collection, LineCollection, PathCollection, PolyCollection
from matplotlib.colors import to_hex
from matplotlib.container import BarContainer
from matplotlib.patches import StepPatch

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = ("panel", "title", "x_label", "y_label", "kind", "label", "colour", "x", "y")
"""Of the table of curves."""
MOST_POINTS = 100_000
"""Of one figure that are written; more are in ``results.nc`` only."""

Series = tuple[str, str, str, np.ndarray, np.ndarray]
"""Kind, label, colour, x, y."""


def curves_text(figure: "Figure") -> str:
    """All curves, points, bars and bands of a figure as CSV; empty where it has none, or too many.

    >>> from matplotlib.figure import Figure
    >>> figure = Figure()
    >>> _ = figure.subplots().plot([0, 1], [2.0, 0.5], label="seed 0", color="red")
    >>> print(curves_text(figure), end="")
    panel,title,x_label,y_label,kind,label,colour,x,y
    1,,,,line,seed 0,#ff0000,0,2
    1,,,,line,seed 0,#ff0000,1,0.5
    """
    file, points = io.StringIO(), 0
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for number, axes in _panels(figure):
        names = (number, _title(axes), axes.get_xlabel(), axes.get_ylabel())
        for kind, label, colour, x, y in _series(axes):
            points += len(x)
            if points > MOST_POINTS:
                return ""
            for one, other in zip(x, y, strict=True):
                writer.writerow((*names, kind, label, colour, _short(one), _short(other)))
    return file.getvalue() if points else ""


def matrices_text(figure: "Figure") -> str:
    """All images of numbers of a figure; empty where it has none, or too many pixels.

    >>> from matplotlib.figure import Figure
    >>> figure = Figure()
    >>> axes = figure.subplots()
    >>> _ = axes.imshow([[0.0, 1.0], [2.0, np.nan]]), axes.set_title("map")
    >>> print(matrices_text(figure), end="")
    # panel 1, map: rows y, columns x
    0,1
    2,
    """
    blocks, pixels = [], 0
    for number, axes in _panels(figure):
        for image in axes.images:
            values = np.ma.filled(np.ma.asarray(image.get_array(), float), np.nan)
            pixels += values.size
            if pixels > MOST_POINTS:
                return ""
            if values.ndim == 2:
                rows, columns = axes.get_ylabel() or "y", axes.get_xlabel() or "x"
                words = f"# panel {number}, {_title(axes)}: rows {rows}, columns {columns}"
                lines = [",".join(_short(value) for value in row) for row in values]
                blocks.append("\n".join([" ".join(words.split()), *lines]) + "\n")
    return "\n".join(blocks)


def _panels(figure: "Figure") -> "Iterator[tuple[int, Axes]]":
    shown = [axes for axes in figure.axes if axes.get_label() != "<colorbar>"]
    return enumerate(shown, 1)  # pyright: ignore[reportReturnType]


def _series(axes: "Axes") -> Iterator[Series]:
    for line in axes.lines:
        kind = "line" if line.get_transform() == axes.transData else "rule"
        x, y = (
            np.asarray(v, float).ravel()
            for v in (line.get_xdata(orig=False), line.get_ydata(orig=False))
        )
        yield kind, label_of(line.get_label()), to_hex(line.get_color()), x, y
    for collection in axes.collections:
        yield from _of_collection(collection)
    for bars in axes.containers:
        if isinstance(bars, BarContainer) and bars.patches:
            flat = bars.orientation == "horizontal"
            middle = [
                b.get_y() + b.get_height() / 2 if flat else b.get_x() + b.get_width() / 2
                for b in bars.patches
            ]
            ends = [b.get_width() if flat else b.get_height() for b in bars.patches]
            x, y = (ends, middle) if flat else (middle, ends)
            colour = to_hex(bars.patches[0].get_facecolor())
            yield "bar", label_of(bars.get_label()), colour, np.array(x, float), np.array(y, float)
    for patch in axes.patches:
        if isinstance(patch, StepPatch):
            data = patch.get_data()
            values, edges = np.asarray(data[0], float), np.asarray(data[1], float)
            places = (edges[1:] + edges[:-1]) / 2
            yield "step", label_of(patch.get_label()), to_hex(patch.get_edgecolor()), places, values


def _of_collection(collection: Collection) -> Iterator[Series]:
    label = label_of(collection.get_label())
    if isinstance(collection, PathCollection):
        places = np.ma.filled(np.ma.asarray(collection.get_offsets(), float), np.nan)
        yield "point", label, _colour(collection), places[:, 0], places[:, 1]
    elif isinstance(collection, LineCollection | PolyCollection):
        kind = "segment" if isinstance(collection, LineCollection) else "band"
        for path in collection.get_paths():
            places = np.asarray(path.vertices, float)
            yield kind, label, _colour(collection), places[:, 0], places[:, 1]


def _colour(collection: Collection) -> str:
    """The one colour of a collection; empty of several."""
    face, edge = (np.atleast_2d(c()) for c in (collection.get_facecolor, collection.get_edgecolor))
    colours = face if face.size else edge
    return to_hex(colours[0]) if colours.size and len(colours) == 1 else ""


def _title(axes: "Axes") -> str:
    return axes.get_title() or axes.get_title(loc="left")


def label_of(label: object) -> str:
    """A label as given; empty where Matplotlib made one up."""
    words = str(label)
    return "" if words.startswith("_") or words == "None" else words


def _short(value: float | np.floating) -> str:
    """Six digits; empty where there is no number."""
    return "" if np.isnan(value) else f"{value:.6g}"
