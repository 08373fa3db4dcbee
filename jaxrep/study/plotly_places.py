"""Where the marks of a panel lie: in data, or in what an axis makes of data that Plotly cannot."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from jaxtyping import Float

from jaxrep.arrays import spaced_places
from jaxrep.plots.style import Number
from jaxrep.study.plotly_words import numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KNOWN_SCALES = ("linear", "log")
"""Of Plotly's axes. On others marks lie at the scale's transform, and ticks are the picture's."""
NUMBER = ".5~g"


class Panel(NamedTuple):
    """Axes, and the names of Plotly's axes that they are."""

    axes: "Axes"
    x: str
    y: str


class Mark(NamedTuple):
    """A trace of Plotly's, and what it is known by.

    Attributes:
      trace: without its name.
      label: as given to Matplotlib; empty for none.
      colour: without transparency; empty of several.
      dash: of a line; empty for others.
      order: what is higher is drawn later.
    """

    trace: dict[str, Any]
    label: str = ""
    colour: str = ""
    dash: str = ""
    order: Number = 0


def plain(panel: Panel) -> bool:
    """Whether both axes are of a scale that Plotly has."""
    scales = panel.axes.get_xscale(), panel.axes.get_yscale()
    return all(scale in KNOWN_SCALES for scale in scales)


def data_places(
    axes: "Axes", places: Float[np.ndarray, "point 2"], transform: Any
) -> Float[np.ndarray, "point 2"]:
    """Points of any transform in the data of the axes.

    >>> from matplotlib.figure import Figure
    >>> axes = Figure().subplots()
    >>> axes.set(xlim=(0, 10), ylim=(1, 100), yscale="log")[0]
    (0.0, 10.0)
    >>> data_places(axes, np.array([[0.5, 0.5]]), axes.transAxes).round(6).tolist()
    [[5.0, 10.0]]
    """
    if transform == axes.transData:
        return places
    return axes.transData.inverted().transform(transform.transform(places))


def on_axis(panel: Panel, side: str, values: Any) -> Float[np.ndarray, " point"]:
    """Data of one axis (`side`: x or y) where Plotly shall draw it."""
    axis = panel.axes.xaxis if side == "x" else panel.axes.yaxis
    values = np.ma.filled(np.ma.asarray(values, float), np.nan)
    if axis.get_scale() in KNOWN_SCALES:
        return values
    return np.asarray(axis.get_transform().transform(values), float)


def place(panel: Panel, places: Float[np.ndarray, "point 2"]) -> dict[str, Any]:
    """Entries of a trace that say where its points lie and what is told of them."""
    entries: dict[str, Any] = {"xaxis": panel.x, "yaxis": panel.y}
    told = []
    for index, side in enumerate("xy"):
        drawn = on_axis(panel, side, places[:, index])
        entries[side] = numbers(drawn)
        axis = panel.axes.xaxis if side == "x" else panel.axes.yaxis
        if axis.get_scale() in KNOWN_SCALES:
            told.append(f"%{{{side}:{NUMBER}}}")
        else:
            told.append(f"%{{customdata[{len(entries.get('customdata', []))}]}}")
            entries.setdefault("customdata", []).append(numbers(places[:, index]))
    if "customdata" in entries:
        entries["customdata"] = [list(row) for row in zip(*entries["customdata"], strict=True)]
    entries["hovertemplate"] = f"({', '.join(told)})"
    return entries


def joined(parts: Sequence[np.ndarray]) -> Float[np.ndarray, "point 2"]:
    """Several paths as one, with a gap between them."""
    gap = np.full((1, 2), np.nan)
    return np.concatenate([part for path in parts for part in (np.asarray(path, float), gap)][:-1])


def thinned(places: np.ndarray, most: int) -> np.ndarray:
    """At most about so many points, the last among them."""
    if len(places) <= most:
        return places
    chosen = spaced_places(len(places), most)
    return places[chosen]
