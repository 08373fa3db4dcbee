"""Fine-tuning side by side: a row for each change of densities, a column for each way to train."""

import numpy as np

from jaxrep.plots.fisher_curves import draw_density, draw_information
from jaxrep.plots.style import panel_grid
from jaxrep.study.report import Figure

from .page import SPREAD
from .suite_figures import palette_of
from .suite_results import Results

WAYS = {"nothing frozen": "", "first layer frozen": ", frozen", "less data": ", less data"}
"""How networks that start from others are trained, and what a run's label ends with."""


def tuned_rows(results: Results) -> dict[str, dict[str, str]]:
    """Runs of each change of densities: row -> column -> label of its run.

    A change is the label ``<code> <before> to <after>``, trained from scratch ``<code> <after>``.

    >>> runs = ["linear a", "linear b", "linear a to b", "linear a to b, frozen"]
    >>> tuned_rows(Results({}, dict.fromkeys(runs)))["linear a to b"]["from scratch"]
    'linear b'
    """
    labels, rows = results.configs, {}
    for label in labels:
        change = label.split(", ")[0]
        before, _, after = change.partition(" to ")
        if not after or change in rows:
            continue
        scratch = f"{before.rsplit(' ', 1)[0]} {after}"
        ways = {"from scratch": scratch} | {way: change + end for way, end in WAYS.items()}
        rows[change] = {way: run for way, run in ways.items() if run in labels}
    return rows


def tuning(results: Results) -> Figure | None:
    """Normalised curves of every change, and those that its networks started from."""
    rows = tuned_rows(results)
    if not rows:
        return None
    columns = ["from scratch", *WAYS]
    figure, grid = panel_grid(len(rows), len(columns), 4, 3)
    palette = palette_of(results)
    for row, (change, runs) in zip(grid, rows.items(), strict=True):
        code, before = change.partition(" to ")[0].rsplit(" ", 1)
        start = f"{code} {before}"
        for axes, way in zip(row, columns, strict=True):
            axes.set_visible(way in runs)
            if way not in runs:
                continue
            angles, density = results.angles(runs[way]), results.density(runs[way])
            shown = {"quantity": "normalised", "faint": False}
            if way != "from scratch" and start in results.configs:
                old = results.first(start)
                draw_information(axes, results.angles(start), old, "before", "0.6", **shown)
            draw_information(
                axes, angles, results.first(runs[way]), "after", palette["after"], **shown
            )
            if density is not None:
                draw_density(axes, angles, density, label="density p now")
            axes.set_title(f"{change}: {way}", fontsize=8)
    [axes for axes in grid[0] if axes.get_visible()][-1].legend(fontsize=7)
    count = int(
        np.median([len(results.first(run)) for runs in rows.values() for run in runs.values()])
    )
    return Figure(
        "tuning",
        "Fine-tuning: from scratch, nothing frozen, a layer frozen, less data",
        f"Square root of the Fisher information over its integral, training faces, {count} "
        f"networks each. {SPREAD} Grey: the networks that were trained on. Black: density of the "
        "training angles after the change.",
        figure,
    )
