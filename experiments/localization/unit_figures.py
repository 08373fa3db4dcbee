"""Single units of a network, and how localized all of them are."""

import numpy as np
from matplotlib.axes import Axes

from jaxrep.arrays import spaced_places
from jaxrep.plots import Palette, draw_field_path, legend_below, panels
from jaxrep.plots.localization import RATIO_LABEL, draw_normal_weights, draw_unit_shares
from jaxrep.study import GridPoint
from jaxrep.study.report import Figure

from .analysis import Found, alive

SHOWN = 6
"""Units that are drawn by themselves."""


def shape_of(found: Found) -> tuple[int, int] | None:
    """Height and width of a field that is a picture; None on a ring or segment."""
    length = found.config.length
    return (length, length) if found.config.dimensions == 2 else None


def ranked_units(ratio: np.ndarray, count: int = SHOWN) -> np.ndarray:
    """Units at even ranks of a ratio ``[unit]``, from the largest to the smallest."""
    order = np.argsort(-ratio, kind="stable")
    return order[spaced_places(len(order), count)]


def single_units(found: Found, words: str, point: GridPoint) -> Figure:
    """Six units over training, from the most to the least localized, with one y-axis."""
    network, shape = point.finite[0], shape_of(found)
    units = ranked_units(found.ratio[network])
    paths, steps = found.flat.field.values[network], found.flat.step.values
    top = np.abs(paths[:, units]).max()
    columns = 3 if shape is None else 2
    figure, grid = panels(len(units), *((4.2, 2.7) if shape is None else (6, 1.7)), columns=columns)
    for axes, unit in zip(grid, units, strict=True):
        draw_field_path(axes, paths[:, unit], steps=steps, shape=shape, top=top)
        axes.set_title(f"IPR {found.ratio[network, unit]:.3f}", fontsize=9)
    when = " Light to dark: from the start to the end of training." if shape is None else ""
    title = f"{point.title}. " if len(alive(found.points)) > 1 else ""
    ranks = f"{len(units)} of {len(found.ratio[network])} units at even ranks of their IPR"
    return Figure(
        "units",
        "Single units over training",
        f"{title}{words}, the first seed that did not diverge: {ranks}, on one scale.{when}",
        figure,
    )


def distribution(found: Found, palette: Palette) -> Figure:
    """Localization of all units at the end, and their entropy."""
    ratio = found.flat.participation.values
    entropy = found.flat.entropy.values
    points = alive(found.points)
    figure, (left, right) = panels(2, 6.5, 4.4)
    curves = {point.title: ratio[point.finite, -1] for point in points}
    first = np.concatenate([ratio[point.finite, 0] for point in points])
    draw_unit_shares(left, curves, palette, before=first)
    draw_normal_weights(left, found.flat.sizes["pixel"], vertical=True)
    for point in points:
        _scatter(right, ratio[point.finite, -1], entropy[point.finite, -1], palette[point.title])
    right.set(xlabel=RATIO_LABEL, ylabel="entropy of the weights (bits)")
    legend_below(figure, left)
    return Figure(
        "distribution",
        "How localized are the units?",
        f"At the end of training. Left: share of a network's units, median over "
        f"{len(found.replicas.seeds)} seeds; band: minimum to maximum; grey, dash-dotted: before "
        "training, all networks. Right: a dot is a unit, of all seeds; the entropy counts values "
        "of its weights in steps of 0.1, so that weights of twice the size have more of it.",
        figure,
    )


def _scatter(axes: Axes, ratio: np.ndarray, entropy: np.ndarray, colour: str) -> None:
    axes.plot(ratio.ravel(), entropy.ravel(), ".", ms=4, alpha=0.4, color=colour)
