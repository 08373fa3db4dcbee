"""Receptive fields: weights of units on a ring of pixels, or as pictures, and over training.

Weights are ``[unit, pixel]``, in the units of the network, with `shape` = (height, width) if the
pixels lie in a plane.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float, Shaped
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator

from jaxrep.plots.style import COLOURS, DIVERGING, Number
from jaxrep.typing import Array

Shape = tuple[int, int]
TILES = 6
"""Pictures of one unit over training, at most."""


def mosaic(
    weights: Float[Array, "*batch unit pixel"], shape: Shape
) -> Float[np.ndarray, "*batch height width"]:
    """All units as one picture of tiles, row by row, with a pixel of NaN between them.

    >>> mosaic(np.ones((5, 6)), (2, 3)).shape  # two rows of three tiles
    (6, 12)
    """
    weights = np.asarray(weights)
    *batch, units, _ = weights.shape
    across = math.ceil(units**0.5)
    down = -(-units // across)
    height, width = shape
    tiles = np.full((*batch, down * across, height + 1, width + 1), np.nan, weights.dtype)
    tiles[..., :units, :height, :width] = weights.reshape(*batch, units, height, width)
    rows = tiles.reshape(*batch, down, across, height + 1, width + 1)
    picture = np.moveaxis(rows, -3, -2)
    return picture.reshape(*batch, down * (height + 1), across * (width + 1))


def relative_fields(weights: Float[Array, "unit pixel"]) -> Float[np.ndarray, "unit pixel"]:
    """Every field over its largest weight, so that shapes can be compared; zeros stay zeros.

    >>> relative_fields(np.array([[1.0, -2.0], [0.0, 0.0]])).tolist()
    [[0.5, -1.0], [0.0, 0.0]]
    """
    weights = np.asarray(weights)
    top = np.abs(weights).max(1, keepdims=True)
    return weights / np.where(top > 0, top, 1)


def draw_field_rows(
    axes: Axes,
    weights: Float[Array, "unit pixel"],
    *,
    shape: Shape | None = None,
    top: Number | None = None,
) -> Axes:
    """All fields as one picture: a row for each unit, or a tile if they have a shape.

    A colour bar is ``figure.colorbar(axes.images[-1], ax=axes, label="weight")``.

    >>> axes = draw_field_rows(Figure().subplots(), np.eye(4))
    >>> axes.images[0].get_array().shape, axes.get_ylabel()
    ((4, 4), 'hidden unit')

    Args:
      axes: to draw on.
      weights: units in the order in which they are shown.
      shape: of a picture of pixels; None on a ring.
      top: weight of the strongest colour; None takes the largest.
    """
    picture = np.asarray(weights) if shape is None else mosaic(weights, shape)
    top = _largest(weights) if top is None else float(top)
    aspect = "auto" if shape is None else "equal"
    axes.imshow(picture, cmap=DIVERGING, vmin=-top, vmax=top, aspect=aspect)
    if shape is None:
        axes.set(xlabel="pixel", ylabel="hidden unit")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    else:
        axes.set(xlabel="hidden units, row by row", xticks=[], yticks=[])
    return axes


def fields_movie(
    axes: Axes, weights: Float[Array, "step unit pixel"], *, shape: Shape | None = None
) -> Callable[[int], None]:
    """`draw_field_rows` of the last step; returns what shows another one, on the same colours.

    >>> axes = Figure().subplots()
    >>> show = fields_movie(axes, np.stack([np.zeros((4, 4)), np.eye(4)]))
    >>> show(0)
    >>> float(axes.images[0].get_array().max())
    0.0
    """
    draw_field_rows(axes, weights[-1], shape=shape, top=_largest(weights))
    picture = axes.images[-1]
    frames = np.asarray(weights) if shape is None else mosaic(weights, shape)
    return lambda step: picture.set_data(frames[step])


def draw_field_path(
    axes: Axes,
    weights: Float[Array, "step pixel"],
    *,
    steps: Shaped[Array, " step"] | None = None,
    shape: Shape | None = None,
    top: Number | None = None,
    colour: str = COLOURS[0],
) -> Axes:
    """One unit over training: curves from light to dark, or a strip of pictures.

    >>> path = np.linspace(0, 1, 3)[:, None] * np.sin(np.arange(40) / 6)
    >>> len(draw_field_path(Figure().subplots(), path).lines)
    3

    Args:
      axes: to draw on.
      weights: one unit at every step.
      steps: numbers (updates) that name the pictures.
      shape: of a picture of pixels; None on a ring.
      top: weight of the strongest colour, or where the y-axis ends; None takes the largest.
      colour: of the curves.
    """
    if shape is not None:
        return _draw_strip(axes, np.asarray(weights), steps, shape, top)
    for step, values in enumerate(np.asarray(weights)):
        shade = 0.15 + 0.85 * (step + 1) / len(weights)
        axes.plot(values, color=colour, alpha=shade**2, lw=1.2)
    axes.set(xlabel="pixel", ylabel="weight")
    if top is not None:
        axes.set_ylim(-1.05 * float(top), 1.05 * float(top))
    return axes


def draw_fields(
    figure: Figure | SubFigure,
    weights: Float[Array, "unit pixel"] | Float[Array, "step unit pixel"],
    *,
    titles: Sequence[str] = (),
    shape: Shape | None = None,
    columns: int = 4,
    same_scale: bool = True,
    colour: str = COLOURS[0],
) -> Figure | SubFigure:
    """A panel for each unit: its field on the ring, or as a picture, or over training.

    >>> figure = draw_fields(Figure(), np.eye(6))  # two rows of four, the last two hidden
    >>> len(figure.axes), figure.axes[5].lines[0].get_ydata().tolist()
    (8, [0.0, 0.0, 0.0, 0.0, 0.0, 1.0])

    Args:
      figure: an empty figure, or a part of one.
      weights: at the end, or over training (then from light to dark).
      titles: one for each unit; empty numbers them.
      shape: of a picture of pixels; None on a ring.
      columns: panels in a row.
      same_scale: weights of all units on the same scale.
      colour: of the curves.
    """
    paths = np.asarray(weights)
    paths = paths[None] if paths.ndim == 2 else paths
    units = paths.shape[1]
    columns = min(columns, units)
    grid = figure.subplots(-(-units // columns), columns, squeeze=False)
    titles = titles or [f"unit {unit}" for unit in range(units)]
    top = _largest(paths) if same_scale else None
    for unit, (axes, title) in enumerate(zip(grid.flat, titles, strict=False)):
        draw_field_path(axes, paths[:, unit], shape=shape, top=top, colour=colour)
        axes.set_title(title, fontsize=8)
        axes.set(xlabel="", ylabel="")
        axes.tick_params(labelsize=7)
    for axes in grid.flat[units:]:
        axes.set_visible(False)
    if shape is None:
        figure.supxlabel("pixel", fontsize=9)
        figure.supylabel("weight", fontsize=9)
    elif same_scale:
        figure.colorbar(grid[0, 0].images[0], ax=grid, label="weight", shrink=0.8)
    return figure


def draw_field_widths(
    axes: Axes,
    widths: Float[Array, " unit"],
    frequencies: Float[Array, " unit"],
    label: str | None,
    colour: str,
) -> Axes:
    """Width of every field against its frequency, as fitted by a Gabor function.

    >>> widths, frequencies = np.array([2.0, 3.0]), np.array([4.0, 3.0])
    >>> axes = draw_field_widths(Figure().subplots(), widths, frequencies, "units", COLOURS[0])
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('width (pixels)', 'frequency (cycles around the ring)')
    """
    axes.plot(widths, frequencies, "o", ms=4, alpha=0.7, color=colour, label=label)
    axes.set(xlabel="width (pixels)", ylabel="frequency (cycles around the ring)")
    return axes


def draw_gabor_plane(
    axes: Axes,
    across: Float[Array, " field"],
    along: Float[Array, " field"],
    label: str,
    colour: str,
) -> Axes:
    """Cycles within an envelope's deviation across and along the stripes, a point for each field.

    Round fields of few cycles are near the origin; equal lengths and widths on the diagonal.

    >>> axes = draw_gabor_plane(Figure().subplots(), np.ones(3), np.ones(3), "cells", COLOURS[0])
    >>> axes.get_xlabel(), axes.lines[-1].get_label()
    ('nx (cycles)', 'cells')
    """
    if not axes.lines:
        axes.axline((0, 0), slope=1, color="0.7", ls=":", lw=1)
    axes.plot(
        np.asarray(across), np.asarray(along), "o", color=colour, ms=3, alpha=0.5, label=label
    )
    axes.set(xlabel="nx (cycles)", ylabel="ny (cycles)", xlim=(0, 2), ylim=(0, 3))
    return axes


def draw_fit_errors(
    axes: Axes,
    sinusoid: Float[Array, " unit"],
    gabor: Float[Array, " unit"],
    label: str | None,
    colour: str,
) -> Axes:
    """Relative errors (0 .. 1) of both fits of every field; below the diagonal it is localized.

    >>> errors = np.array([0.9, 0.5]), np.array([0.1, 0.5])
    >>> draw_fit_errors(Figure().subplots(), *errors, "units", COLOURS[0]).get_aspect()
    1.0
    """
    axes.plot(sinusoid, gabor, "o", ms=4, alpha=0.7, color=colour, label=label)
    axes.axline((0, 0), slope=1, ls=":", color="0.5", lw=1)
    axes.set(xlabel="relative error of a sinusoid", ylabel="relative error of a Gabor function")
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    return axes


def _largest(weights: Float[Array, "..."]) -> float:
    """Largest finite size, 1 if there is none: a diverged unit must not blank the others."""
    size = np.abs(np.asarray(weights))
    return float(size.max(initial=0, where=np.isfinite(size))) or 1.0


def _draw_strip(
    axes: Axes,
    weights: Float[np.ndarray, "step pixel"],
    steps: Shaped[Array, " step"] | None,
    shape: Shape,
    top: Number | None,
) -> Axes:
    (height, width), top = shape, float(_largest(weights) if top is None else top)
    times = np.unique(np.linspace(0, len(weights) - 1, TILES).astype(int))
    strip = np.full((height, len(times) * (width + 1) - 1), np.nan)
    for place, time in enumerate(times):
        strip[:, place * (width + 1) :][:, :width] = weights[time].reshape(shape)
    axes.imshow(strip, cmap=DIVERGING, vmin=-top, vmax=top)
    axes.set(xticks=[], yticks=[])
    if steps is not None:
        axes.set_xlabel("at steps " + ", ".join(f"{steps[time]:,}" for time in times))
    return axes
