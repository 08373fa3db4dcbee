"""The report of localization: fields over training, and the figures of the other files."""

import math
from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import MaxNLocator

from jaxrep.analysis.receptive_fields import circular_mean_position
from jaxrep.plots.curves import colour_of, draw_reference, draw_spread
from jaxrep.report import Figure, Movie

from .analysis import Found, points, some_points
from .data import FAMILIES
from .phase_figures import draw_theory
from .population_figures import draw_populations

MOST_POINTS = 16


def draw_report(found: Found) -> Iterator[Figure | Movie]:
    """All figures, in the order of the page."""
    words = FAMILIES[found.config.inputs].words
    spread = (
        f"{words}. Line: median over {len(found.replicas.seeds)} seeds; band: minimum to maximum."
    )
    yield _over_training(found, spread)
    yield _learning(found, spread)
    yield _movie(found, words)
    yield _units(found, words)
    yield from draw_theory(found)
    yield from draw_populations(found)


def _shown(found: Found) -> list[tuple[str, np.ndarray]]:
    every = points(found.replicas)
    chosen = np.unique(np.linspace(0, len(every) - 1, min(len(every), MOST_POINTS)).astype(int))
    return [every[index] for index in chosen]


def _style(name: str) -> str:
    return "--" if "clone=1" in name else "-"


def _legend_below(figure: "plt.Figure", axes: "plt.Axes") -> None:
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside lower center", ncols=5, fontsize=8)


def _over_training(found: Found, spread: str) -> Figure:
    figure, (left, right) = plt.subplots(1, 2, figsize=(13, 5), layout="constrained")
    steps, participation = found.flat.step.values, found.flat.participation.values
    for index, (name, which) in enumerate(_shown(found)):
        ratio = np.median(participation[which], 2)
        share = (participation[which] > found.config.localized).mean(2)
        for axes, values in ((left, ratio), (right, share)):
            draw_spread(axes, steps, values, name, colour_of(index), faint=False)
            if axes.lines:
                axes.lines[-1].set_linestyle(_style(name))
    pixels = found.flat.sizes["pixel"]
    draw_reference(left, 3 / (pixels + 2), "normal weights, 3 / (L + 2)")
    left.set(xlabel="step (updates)", ylabel="inverse participation ratio, median of units")
    right.set(xlabel="step (updates)", ylabel=f"share of units above {found.config.localized:g}")
    _legend_below(figure, left)
    return Figure("participation", "Localization over training", spread, figure)


def _learning(found: Found, spread: str) -> Figure:
    figure, grid = plt.subplots(1, 3, figsize=(15, 4.7), layout="constrained")
    flat, crossed = found.flat, found.config.loss == "cross_entropy"
    labels = {
        "loss": "cross-entropy (nats)" if crossed else "mean squared error",
        "accuracy": "accuracy",
        "explained": "explained share of the variance",
        "entropy": "entropy of the weights (bits), mean of units",
    }
    labels = {name: label for name, label in labels.items() if name in flat}
    for axes, (variable, label) in zip(grid, labels.items(), strict=True):
        for index, (name, which) in enumerate(_shown(found)):
            values = flat[variable].values[which]
            values = values if values.ndim == 2 else values.mean(2)
            draw_spread(axes, flat.step.values, values, name, colour_of(index), faint=False)
            if axes.lines:
                axes.lines[-1].set_linestyle(_style(name))
        axes.set(xlabel="step (updates)", ylabel=label)
    _legend_below(figure, grid[0])
    return Figure("learning", "Learning the task", spread, figure)


def _movie(found: Found, words: str) -> Movie:
    """Sorted fields of one network of up to four grid points."""
    flat, every, planar = found.flat, points(found.replicas), found.config.dimensions == 2
    chosen = [every[i] for i in some_points(found.replicas)]
    figure, grid = plt.subplots(
        1, len(chosen), figsize=(3.7 * len(chosen) + 0.8, 4.4), layout="constrained", squeeze=False
    )
    pictures, stacks = [], []
    for axes, (name, which) in zip(grid[0], chosen, strict=True):
        fields = flat.field.values[which[0]]
        centre = np.asarray(circular_mean_position(fields[-1])[0])
        ratio = flat.participation.values[which[0], -1]
        order = (
            np.argsort(-ratio)
            if planar
            else np.lexsort((centre, ~(ratio > found.config.localized)))
        )
        fields = fields[:, order]
        stacks.append(mosaic(fields, found.config.length) if planar else fields)
        top = float(np.nanmax(np.abs(fields))) if np.isfinite(fields).any() else 1.0
        pictures.append(
            axes.imshow(stacks[-1][-1], cmap="RdBu_r", vmin=-top, vmax=top, aspect="auto")
        )
        axes.set_title(name, fontsize=9)
        axes.set(xlabel="pixel", ylabel="hidden unit (sorted at the end)")
        if planar:
            axes.set(xlabel="hidden units, most localized first", ylabel="", xticks=[], yticks=[])
        else:
            axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        figure.colorbar(pictures[-1], ax=axes, shrink=0.7, label="weight")
    steps = flat.step.values

    def show(frame: int) -> None:
        for picture, stack in zip(pictures, stacks, strict=True):
            picture.set_data(stack[frame])

    arranged = (
        "One tile per hidden unit, the most localized at the end first."
        if planar
        else "One row per hidden unit: those localized at the end first, by their place; then "
        "the others."
    )
    return Movie(
        "fields",
        "Receptive fields over training",
        f"{words}, first seed. {arranged}",
        figure,
        [f"step {step}" for step in steps],
        show,
        first=len(steps) - 1,
    )


def mosaic(fields: np.ndarray, side: int) -> np.ndarray:
    """``[..., unit, pixel]`` images of side x side pixels as one picture of tiles."""
    *leading, units, _ = fields.shape
    across = math.ceil(units**0.5)
    down = -(-units // across)
    tiles = np.full((*leading, down * across, side + 1, side + 1), np.nan)
    tiles[..., :units, :side, :side] = fields.reshape(*leading, units, side, side)
    rows = tiles.reshape(*leading, down, across, side + 1, side + 1)
    return np.moveaxis(rows, -3, -2).reshape(*leading, down * (side + 1), across * (side + 1))


def _units(found: Found, words: str) -> Figure:
    """The most and the least localized units of the last two grid points."""
    flat, chosen, planar = found.flat, points(found.replicas)[-2:], found.config.dimensions == 2
    height = 1.7 if planar else 3.2
    figure, grid = plt.subplots(
        len(chosen), 2, figsize=(12, height * len(chosen)), layout="constrained", squeeze=False
    )
    for row, (name, which) in zip(grid, chosen, strict=True):
        order = np.argsort(flat.participation.values[which[0], -1])
        row[1].set_visible(len(order) > 1)
        for axes, unit, kind in ((row[0], order[-1], "most"), (row[1], order[0], "least")):
            path = flat.field.values[which[0], :, unit]
            axes.set_title(f"{name}: {kind} localized unit", fontsize=9)
            if planar:
                times = np.unique(np.linspace(0, len(path) - 1, 6).astype(int))
                steps = ", ".join(f"{flat.step.values[time]:,}" for time in times)
                side = found.config.length
                tiles = np.full((side, len(times) * (side + 1)), np.nan)
                for index, time in enumerate(times):
                    tiles[:, index * (side + 1) :][:, :side] = path[time].reshape(side, side)
                axes.imshow(tiles, cmap="RdBu_r", norm=plt.matplotlib.colors.CenteredNorm())
                axes.set(xticks=[], yticks=[], xlabel=f"at steps {steps}")
                continue
            for step, values in enumerate(path):
                shade = 0.15 + 0.85 * step / max(len(path) - 1, 1)
                axes.plot(values, color=colour_of(0), alpha=shade**2, lw=1)
            axes.set(xlabel="pixel", ylabel="weight")
    when = "" if planar else " Light to dark: from the start to the end of training."
    return Figure("units", "Single units over training", f"{words}, first seed.{when}", figure)
