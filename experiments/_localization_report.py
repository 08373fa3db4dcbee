"""The report of localization: a table of localized units, and the figures."""

from collections.abc import Iterator
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray
from matplotlib.ticker import MaxNLocator

from jaxrep.analysis.receptive_fields import circular_position
from jaxrep.engine import Replicas, join_replicas
from jaxrep.plots.curves import colour_of, draw_reference, draw_spread
from jaxrep.report import Figure, Movie, Table
from jaxrep.theory.localization import nonlinear_gaussian

LOCALIZED = 0.1
"""Inverse participation ratio above which a unit counts as localized (the authors' own)."""
MOST_POINTS = 16


def points(replicas: Replicas) -> list[tuple[str, np.ndarray]]:
    """Grid points: name, and its replicas."""
    return [(name or "all", rows) for name, rows in replicas.points()]


def unit_table(results: xarray.Dataset, replicas: Replicas) -> Table:
    """One row per grid point: how many units localize, and whether the task is learned."""
    last = join_replicas(results, list(replicas.coordinates)).isel(step=-1)
    rows = []
    for name, which in points(replicas):
        ratio = last.participation.values[which]
        measures = [ratio.mean(1), np.median(ratio, 1), (ratio > LOCALIZED).mean(1)]
        measures += [last.entropy.values[which].mean(1), last.loss.values[which]]
        measures += [last.accuracy.values[which]]
        rows.append([name, *(_median_range(values) for values in measures)])
    columns = ["inputs", "mean IPR", "median IPR", f"IPR > {LOCALIZED}", "entropy (bits)"]
    return Table(
        "Localized units at the end of training",
        [*columns, "loss", "accuracy"],
        rows,
        "Median over seeds (minimum to maximum). IPR: inverse participation ratio, "
        "1 / pixels for constant fields, 1 for a single pixel.",
    )


def _median_range(values: np.ndarray) -> str:
    return f"{np.median(values):.3f} ({values.min():.3f} to {values.max():.3f})"


def summary(results: xarray.Dataset, replicas: Replicas) -> dict[str, float]:
    """Key figures of every grid point."""
    last = join_replicas(results, list(replicas.coordinates)).isel(step=-1)
    found: dict[str, float] = {
        "networks": len(replicas),
        "networks_diverged": int((~np.isfinite(last.loss.values)).sum()),
    }
    for name, which in points(replicas):
        ratio = last.participation.values[which]
        prefix = "" if name == "all" else f"{name} "
        found[f"{prefix}median_ipr"] = float(np.median(np.median(ratio, 1)))
        found[f"{prefix}localized_share"] = float(np.median((ratio > LOCALIZED).mean(1)))
        found[f"{prefix}accuracy"] = float(np.median(last.accuracy.values[which]))
    return found


def draw_report(
    results: xarray.Dataset, replicas: Replicas, words: str, config: Any
) -> Iterator[Figure | Movie]:
    """All figures, in the order of the page."""
    flat = join_replicas(results, list(replicas.coordinates))
    spread = f"{words}. Line: median over {len(replicas.seeds)} seeds; band: minimum to maximum."
    yield _over_training(flat, replicas, spread)
    yield _learning(flat, replicas, spread)
    yield _movie(flat, replicas, words)
    yield _units(flat, replicas, words)
    if config.inputs == "nonlinear":
        yield _kurtosis(flat, replicas)


def _shown(replicas: Replicas) -> list[tuple[str, np.ndarray]]:
    every = points(replicas)
    chosen = np.unique(np.linspace(0, len(every) - 1, min(len(every), MOST_POINTS)).astype(int))
    return [every[index] for index in chosen]


def _style(name: str) -> str:
    return "--" if "clone=1" in name else "-"


def _over_training(flat: xarray.Dataset, replicas: Replicas, spread: str) -> Figure:
    figure, (left, right) = plt.subplots(1, 2, figsize=(13, 4.6), layout="constrained")
    steps = flat.step.values
    for index, (name, which) in enumerate(_shown(replicas)):
        ratio = np.median(flat.participation.values[which], 2)
        share = (flat.participation.values[which] > LOCALIZED).mean(2)
        for axes, values in ((left, ratio), (right, share)):
            draw_spread(axes, steps, values, name, colour_of(index), faint=False)
            axes.lines[-1].set_linestyle(_style(name))
    pixels = flat.sizes["pixel"]
    draw_reference(left, 3 / (pixels + 2), "normal weights, 3 / (L + 2)")
    left.set(xlabel="step (updates)", ylabel="inverse participation ratio, median of units")
    right.set(xlabel="step (updates)", ylabel=f"share of units above {LOCALIZED}")
    left.legend(fontsize=7)
    return Figure("participation", "Localization over training", spread, figure)


def _learning(flat: xarray.Dataset, replicas: Replicas, spread: str) -> Figure:
    figure, grid = plt.subplots(1, 3, figsize=(15, 4.2), layout="constrained")
    labels = {
        "loss": "mean squared error",
        "accuracy": "accuracy",
        "entropy": "entropy of the weights (bits), mean of units",
    }
    for axes, (variable, label) in zip(grid, labels.items(), strict=True):
        for index, (name, which) in enumerate(_shown(replicas)):
            values = flat[variable].values[which]
            values = values if values.ndim == 2 else values.mean(2)
            draw_spread(axes, flat.step.values, values, name, colour_of(index), faint=False)
            axes.lines[-1].set_linestyle(_style(name))
        axes.set(xlabel="step (updates)", ylabel=label)
    grid[0].legend(fontsize=7)
    return Figure("learning", "Learning the task", spread, figure)


def _movie(flat: xarray.Dataset, replicas: Replicas, words: str) -> Movie:
    """Sorted fields of one network of up to four grid points."""
    every = points(replicas)
    last = len(every) - 1
    chosen = [every[i] for i in sorted({0, (last + 1) // 2, max(last - 1, 0), last})]
    figure, grid = plt.subplots(
        1, len(chosen), figsize=(3.7 * len(chosen) + 0.8, 4.4), layout="constrained", squeeze=False
    )
    pictures, stacks = [], []
    for axes, (name, which) in zip(grid[0], chosen, strict=True):
        fields = flat.field.values[which[0]]
        centre = np.asarray(circular_position(fields[-1])[0])
        local = flat.participation.values[which[0], -1] > LOCALIZED
        order = np.lexsort((centre, ~local))
        stacks.append(fields[:, order])
        top = float(np.abs(fields).max())
        pictures.append(
            axes.imshow(stacks[-1][-1], cmap="RdBu_r", vmin=-top, vmax=top, aspect="auto")
        )
        axes.set_title(name, fontsize=9)
        axes.set(xlabel="pixel", ylabel="hidden unit (sorted at the end)")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        figure.colorbar(pictures[-1], ax=axes, shrink=0.7, label="weight")
    steps = flat.step.values

    def show(frame: int) -> None:
        for picture, stack in zip(pictures, stacks, strict=True):
            picture.set_data(stack[frame])

    return Movie(
        "fields",
        "Receptive fields over training",
        f"{words}, first seed. One row per hidden unit: those localized at the end first, by "
        "their place; then the others.",
        figure,
        [f"step {step}" for step in steps],
        show,
        first=len(steps) - 1,
    )


def _units(flat: xarray.Dataset, replicas: Replicas, words: str) -> Figure:
    """The most and the least localized units of the last two grid points."""
    chosen = points(replicas)[-2:]
    figure, grid = plt.subplots(
        len(chosen), 2, figsize=(12, 3.2 * len(chosen)), layout="constrained", squeeze=False
    )
    for row, (name, which) in zip(grid, chosen, strict=True):
        order = np.argsort(flat.participation.values[which[0], -1])
        row[1].set_visible(len(order) > 1)
        for axes, unit, kind in ((row[0], order[-1], "most"), (row[1], order[0], "least")):
            for step in range(flat.sizes["step"]):
                shade = 0.15 + 0.85 * step / max(flat.sizes["step"] - 1, 1)
                values = flat.field.values[which[0], step, unit]
                axes.plot(values, color=colour_of(0), alpha=shade**2, lw=1)
            axes.set_title(f"{name}: {kind} localized unit", fontsize=9)
            axes.set(xlabel="pixel", ylabel="weight")
    return Figure(
        "units",
        "Single units over training",
        f"{words}, first seed. Light to dark: from the start to the end of training.",
        figure,
    )


def _kurtosis(flat: xarray.Dataset, replicas: Replicas) -> Figure:
    """Localization against the excess kurtosis of a pixel, which theory says decides."""
    figure, axes = plt.subplots(figsize=(8, 4.2), layout="constrained")
    _, hyper = replicas.arrays()
    median = np.median(flat.participation.values[:, -1], 1)
    clone = hyper["clone"] > 0.5
    excess = np.array([nonlinear_gaussian(float(gain)).excess_kurtosis for gain in hyper["gain"]])
    for kind, shown, colour in (("nonlinear", ~clone, 0), ("Gaussian clone", clone, 1)):
        if not shown.any():
            continue
        x = np.where(clone, 0.0, excess)[shown]
        axes.plot(x, median[shown], "o", color=colour_of(colour), ms=5, alpha=0.7, label=kind)
    draw_reference(axes, 3 / (flat.sizes["pixel"] + 2), "normal weights")
    axes.axvline(0, color="black", ls="--", lw=1, label="theory: local to the left only")
    axes.set(xlabel="excess kurtosis of a pixel", ylabel="inverse participation ratio, median")
    axes.legend(fontsize=8)
    return Figure(
        "kurtosis",
        "Localization against excess kurtosis",
        "One point per network at the end of training. Theory: negative excess kurtosis makes "
        "the effective dynamics super-linear in the largest weights.",
        figure,
    )
