"""The report of localization: fields over training, and the figures of the other files."""

from collections.abc import Iterator
from functools import partial

import numpy as np
from matplotlib.axes import Axes

from jaxrep.analysis import localization_order
from jaxrep.data import INPUT_FAMILIES
from jaxrep.plots import (
    Palette,
    draw_curves,
    draw_normal_weights,
    fields_movie,
    legend_below,
    many_colours,
    panels,
    steps_axis,
)
from jaxrep.study import figure_per_point
from jaxrep.study.report import Figure, Movie, PageFigure

from .analysis import SHARES, Found, alive, looked_at
from .cumulant_report import draw_factors
from .order_figures import draw_order
from .picture_report import draw_picture_codes
from .population_figures import draw_populations
from .theory_figures import draw_theory
from .unit_figures import distribution, shape_of, single_units


def draw_report(found: Found) -> Iterator[PageFigure]:
    """All figures, in the order of the page; none if all networks diverged."""
    if not found.finite.any():
        return
    palette = many_colours([point.title for point in alive(found.points)])
    words = INPUT_FAMILIES[found.config.inputs].words
    spread = (
        f"{words}. Line: median over {len(found.replicas.seeds)} seeds; band: minimum to maximum."
    )
    spread += " Dotted: Gaussian clones." if _line_styles(found) else ""
    yield _over_training(found, palette, spread)
    yield _learning(found, palette, spread)
    yield from draw_order(found)
    yield _movie(found, words)
    yield distribution(found, palette)
    yield figure_per_point(found.points, partial(single_units, found, words))
    yield from draw_picture_codes(found)
    yield from draw_factors(found)
    yield from draw_theory(found, palette)
    yield from draw_populations(found, palette)


def _line_styles(found: Found) -> dict[str, str]:
    return {point.title: ":" for point in found.points if "clone=1" in point.name.split()}


def _draw_points(axes: Axes, found: Found, palette: Palette, values: np.ndarray) -> Axes:
    """Curves ``[replica, step]`` of all grid points."""
    curves = {point.title: values[point.finite] for point in alive(found.points)}
    steps, styles = found.flat.step.values, _line_styles(found)
    return steps_axis(draw_curves(axes, steps, curves, palette, line_styles=styles), log=False)


def _over_training(found: Found, palette: Palette, spread: str) -> Figure:
    figure, (left, right) = panels(2, 6.5, 5)
    participation = found.flat.participation.values
    _draw_points(left, found, palette, np.median(participation, 2))
    share = (participation > found.config.localized).mean(2)
    _draw_points(right, found, palette, share)
    draw_normal_weights(left, found.flat.sizes["pixel"])
    left.set_ylabel("inverse participation ratio, median of units")
    right.set_ylabel(f"share of units above {found.config.localized:g}")
    legend_below(figure, left)
    return Figure("participation", "Localization over training", spread, figure)


def _learning(found: Found, palette: Palette, spread: str) -> Figure:
    flat, crossed = found.flat, found.config.loss == "cross_entropy"
    shown = {
        "cross-entropy (nats)" if crossed else "mean squared error": flat.loss.values,
        SHARES[found.learned]: flat[found.learned].values,
        "entropy of the weights (bits), mean of units": flat.entropy.values.mean(2),
    }
    figure, grid = panels(3, 5, 4.7, columns=3)
    for axes, (label, values) in zip(grid, shown.items(), strict=True):
        _draw_points(axes, found, palette, values).set_ylabel(label)
    legend_below(figure, grid[0])
    return Figure("learning", "Learning the task", spread, figure)


def _movie(found: Found, words: str) -> Movie:
    """Sorted fields of one network of up to four grid points."""
    chosen, shape = looked_at(found.points), shape_of(found)
    more = len(alive(found.points)) - len(chosen)
    others = (
        " Of the sweep, the first, the middle and the last values that trained." if more else ""
    )
    figure, grid = panels(len(chosen), 3.9, 4.4, columns=4)
    shows = []
    for axes, point in zip(grid, chosen, strict=True):
        fields = found.flat.field.values[point.finite[0]]
        limit = found.config.localized if shape is None else None
        periodic = found.config.boundary == "periodic"
        order = localization_order(fields[-1], limit, periodic=periodic)
        shows.append(fields_movie(axes, fields[:, order], shape=shape))
        axes.set_title(point.title, fontsize=9)
        figure.colorbar(axes.images[-1], ax=axes, shrink=0.7, label="weight")

    def show(frame: int) -> None:
        for one in shows:
            one(frame)

    arranged = (
        "One row per hidden unit: those localized at the end first, by their place; then the "
        "others."
        if shape is None
        else "One tile per hidden unit, the most localized at the end first."
    )
    steps = found.flat.step.values
    return Movie(
        "fields",
        "Receptive fields over training",
        f"{words}, the first seed that did not diverge.{others} {arranged}",
        figure,
        [f"step {step}" for step in steps],
        show,
        first=len(steps) - 1,
    )
