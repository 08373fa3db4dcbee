"""Curves: median over replicas, spread as a band or as whiskers, theory dashed."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from jaxtyping import Float, Shaped
from matplotlib.axes import Axes

from jaxrep.plots.style import (
    COLOURS,
    GREY,
    Number,
    Palette,
    categories_axis,
    colour_of,
    steps_axis,
)
from jaxrep.typing import Array

__all__ = ["COLOURS", "colour_of", "draw_curves", "draw_reference", "draw_spread", "draw_theory"]
__all__ += ["draw_whiskers", "log_steps", "summary"]

log_steps = steps_axis
"""The old name of `jaxrep.plots.style.steps_axis`."""


def summary(
    values: Shaped[Array, "replica point"],
) -> tuple[Float[np.ndarray, " point"], Float[np.ndarray, " point"], Float[np.ndarray, " point"]]:
    """Median, minimum and maximum over replicas; every point needs a value that is not NaN.

    >>> [row.tolist() for row in summary(np.array([[1.0], [5.0], [2.0]]))]
    [[2.0], [1.0], [5.0]]
    """
    values = np.asarray(values, float)
    return np.nanmedian(values, 0), np.nanmin(values, 0), np.nanmax(values, 0)


def draw_spread(
    axes: Axes,
    x: Shaped[Array, " point"],
    values: Shaped[Array, "replica point"],
    label: str | None,
    colour: str,
    *,
    faint: bool = True,
    line_style: str = "-",
    marker: str = "",
) -> Axes:
    """Median over replicas as a line, minimum to maximum as a band, replicas faint.

    Values that are not finite are left out replica by replica; without any, nothing is drawn.

    >>> from matplotlib.figure import Figure
    >>> losses = np.array([[4.0, 1.0], [2.0, 0.5], [3.0, np.inf]])
    >>> axes = draw_spread(Figure().subplots(), np.array([0, 10]), losses, "loss", COLOURS[0])
    >>> axes.lines[-1].get_ydata().tolist()
    [3.0, 0.75]

    Args:
      axes: to draw on.
      x: of the points: steps, epochs, angles, ...
      values: of every replica at every point.
      label, colour: of the median.
      faint: draws every replica.
      line_style, marker: of the median; dashes are for theory.
    """
    values = _finite(values)
    alive = ~np.isnan(values).all(0)
    x, values = np.asarray(x)[alive], values[:, alive]
    if not len(x):
        return axes
    middle, low, high = summary(values)
    axes.fill_between(x, low, high, color=colour, alpha=0.15, lw=0)
    if faint:
        axes.plot(x, values.T, color=colour, alpha=0.3, lw=0.6)
    shown = {"ls": line_style, "marker": marker, "ms": 4, "lw": 1.8}
    axes.plot(x, middle, color=colour, label=label, **shown)
    return axes


def draw_curves(
    axes: Axes,
    x: Shaped[Array, " point"],
    curves: Mapping[str, Shaped[Array, "_ point"]],
    palette: Palette,
    *,
    faint: bool = False,
    line_styles: Mapping[str, str] = MappingProxyType({}),
) -> Axes:
    """`draw_spread` of several sets of replicas, each by its name in the palette's colour.

    >>> from matplotlib.figure import Figure
    >>> curves = {"gain 1": np.ones((2, 3)), "gain 3": np.zeros((4, 3))}
    >>> axes = draw_curves(Figure().subplots(), np.arange(3), curves, Palette(["gain 1"]))
    >>> [line.get_label() for line in axes.lines], axes.lines[0].get_color() == COLOURS[0]
    (['gain 1', 'gain 3'], True)

    Args:
      axes: to draw on.
      x: of the points: steps, epochs, angles, ...
      curves: name -> values ``[replica, point]``.
      palette: of the page.
      faint: draws every replica.
      line_styles: of the medians, by name; solid where there is none.
    """
    for name, values in curves.items():
        style = line_styles.get(name, "-")
        draw_spread(axes, x, values, name, palette[name], faint=faint, line_style=style)
    return axes


def draw_whiskers(
    axes: Axes,
    x: Shaped[Array, " point"] | Sequence[str],
    values: Shaped[Array, "replica point"],
    label: str | None,
    colour: str,
    *,
    marker: str = "o",
    shift: Number = 0.0,
    faint: bool = False,
    horizontal: bool = False,
) -> Axes:
    """Median over replicas as a point, minimum to maximum as whiskers.

    Values that are not finite are left out replica by replica, points without any altogether.

    >>> from matplotlib.figure import Figure
    >>> exponents = np.array([[0.4, 1.0], [0.5, 1.1], [0.9, 1.3]])
    >>> axes = draw_whiskers(Figure().subplots(), ["square", "log"], exponents, "g", COLOURS[0])
    >>> axes.containers[0].lines[0].get_ydata().tolist()
    [0.5, 1.1]

    Args:
      axes: to draw on.
      x: numbers, or names that are placed at 0, 1, ...
      values: of every replica at every point.
      label, colour, marker: of the points.
      shift: moves the points along x, so that several sets stand side by side.
      faint: draws every replica.
      horizontal: x runs downwards and the values to the right.
    """
    named = np.asarray(x).dtype.kind in "UTO"
    if named:
        categories_axis(axes, [str(name) for name in x], vertical=horizontal)
    places = np.arange(len(x)) if named else np.asarray(x, float)
    values = _finite(values)
    alive = ~np.isnan(values).all(0)
    places, values = places[alive] + shift, values[:, alive]
    if not len(places):
        return axes
    if faint:
        points = np.broadcast_to(places, values.shape).ravel(), values.ravel()
        points = points[::-1] if horizontal else points
        axes.plot(*points, ".", color=colour, alpha=0.4, ms=5)
    middle, low, high = summary(values)
    ends = {"xerr" if horizontal else "yerr": np.stack([middle - low, high - middle])}
    points = (middle, places) if horizontal else (places, middle)
    shown = {"fmt": marker, "ms": 5, "capsize": 3, "lw": 1}
    axes.errorbar(*points, **ends, color=colour, label=label, **shown)
    return axes


def draw_theory(
    axes: Axes,
    x: Shaped[Array, " point"],
    values: Shaped[Array, "*replica point"],
    label: str | None = "theory",
    colour: str = "black",
) -> Axes:
    """A predicted curve, dashed; the median over replicas if it differs between them.

    >>> from matplotlib.figure import Figure
    >>> steps = np.arange(3)
    >>> axes = draw_theory(Figure().subplots(), steps, np.exp(-steps / 2))
    >>> axes.lines[0].get_linestyle()
    '--'
    """
    values = _finite(values).reshape(-1, len(x))
    known = ~np.isnan(values).all(0)
    if known.any():
        middle = np.nanmedian(values[:, known], 0)
        axes.plot(np.asarray(x)[known], middle, "--", color=colour, lw=1.3, label=label)
    return axes


def draw_reference(
    axes: Axes, value: Number, label: str | None = None, *, vertical: bool = False
) -> Axes:
    """A value of theory as a dashed grey line across the axes, `vertical` at that x.

    >>> from matplotlib.figure import Figure
    >>> draw_reference(Figure().subplots(), 0.5, "chance").lines[0].get_label()
    'chance'
    """
    line = axes.axvline if vertical else axes.axhline
    line(value, color=GREY, ls="--", lw=1, label=label)
    return axes


def _finite(values: Shaped[Array, "..."]) -> Float[np.ndarray, "..."]:
    values = np.asarray(values, float)
    return np.where(np.isfinite(values), values, np.nan)
