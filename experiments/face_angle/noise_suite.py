"""Runs with noise of several kinds side by side: what limits each, and what follows the density."""

from collections.abc import Mapping

import numpy as np

from jaxrep.analysis.fisher_shape import fit_exponents, inner_angles
from jaxrep.plots.curves import draw_whiskers
from jaxrep.plots.style import Palette, panels
from jaxrep.study.report import Figure, Table, Verdict, median_range

from .analysis import EDGE
from .config import Config
from .noise_page import CURVES, level_of
from .page import UNTRAINED
from .suite_results import Results

SHOWN = {"before": "noise alone, before training", **CURVES}
"""What a noise's curves are of, in the order of the page."""


class Noises:
    """Levels and exponents of all runs with noise, first loss and learning rate.

    Attributes:
      level: run -> curve -> ``[network]``, sqrt(I), mean over inner angles, 1 / rad.
      exponents: run -> curve -> ``[network]``, g of ``I ~ p^g``; NaN of uniform angles.
    """

    def __init__(self, results: Results) -> None:
        self.level: dict[str, dict[str, np.ndarray]] = {}
        self.exponents: dict[str, dict[str, np.ndarray]] = {}
        for label, config in results.configs.items():
            if config.noise == "none":
                continue
            loss = config.loss[0]
            curves = {name: results.of_loss(label, f"noise_{name}", loss) for name in SHOWN}
            density = results.own_densities(label)[loss]
            margin = 0.0 if config.code == "circular" else EDGE
            inside = inner_angles(results.angles(label), margin)
            self.level[label] = {n: level_of(curve, inside) for n, curve in curves.items()}
            self.exponents[label] = {
                name: fit_exponents(curve, np.broadcast_to(density, curve.shape))
                for name, curve in curves.items()
            }


def noise_comparison(
    results: Results,
) -> tuple[Table, Figure, Verdict] | None:
    """Table, figure and answer, or None without any noise."""
    noises = Noises(results)
    if not noises.level:
        return None
    return _table(noises), _figure(noises), _verdict(noises, results.configs)


def _table(noises: Noises) -> Table:
    rows = []
    for label, level in noises.level.items():
        g = noises.exponents[label]
        for name, words in SHOWN.items():
            known = np.isfinite(g[name]).any()
            rows.append(
                [
                    label,
                    words,
                    median_range(level[name], 1),
                    median_range(g[name]) if known else None,
                ]
            )
    return Table(
        "Information with noise, run by run",
        ["run", "what limits it", "sqrt(I), mean over angles (1/rad)", "g of I ~ p^g"],
        rows,
        "Training faces, inner angles, the layer that has the noise; median over seeds "
        "(minimum to maximum). Noise alone: which face is shown is known. The other two: linear "
        "Fisher information, of hidden layers a lower bound.",
    )


def _figure(noises: Noises) -> Figure:
    palette = Palette([*CURVES.values()])
    figure, grid = panels(2, 5.5, 3.9)
    labels = list(noises.level)
    words = ("sqrt(I), mean over angles (1/rad)", "g of I ~ p^g")
    for axes, values, label in zip(grid, (noises.level, noises.exponents), words, strict=True):
        for place, (name, curve) in enumerate(SHOWN.items()):
            most = max(len(values[run][name]) for run in labels)
            shown = np.full((most, len(labels)), np.nan)
            for column, run in enumerate(labels):
                shown[: len(values[run][name]), column] = values[run][name]
            colour = UNTRAINED if name == "before" else palette[curve]
            draw_whiskers(axes, labels, shown, curve, colour, shift=0.15 * (place - 1.5))
        axes.set_ylabel(label)
    grid[0].set_yscale("log")
    grid[1].axhline(0, color="0.7", lw=0.8)
    grid[0].legend(fontsize=7)
    return Figure(
        "noises",
        "Which noise?",
        "Information about the angle under every run's noise, under the variation of faces, and "
        "under both. Points: median over seeds; whiskers: minimum to maximum.",
        figure,
    )


def _verdict(noises: Noises, configs: Mapping[str, Config]) -> Verdict:
    parts = []
    for label, level in noises.level.items():
        g = noises.exponents[label]
        exponents = ""
        if np.isfinite(g["together"]).any():
            exponents = (
                f", g {median_range(g['alone'])} of the noise alone and "
                f"{median_range(g['pictures'])} of faces alone"
            )
        parts.append(
            f"{label} (size {configs[label].noise_size:g}): sqrt(I) "
            f"{median_range(level['alone'], 1)} per rad of the noise alone, "
            f"{median_range(level['pictures'], 1)} of faces alone{exponents}"
        )
    seeds = min(len(level["alone"]) for level in noises.level.values())
    text = "; ".join(parts)
    flatter = [np.median(g["alone"]) < np.median(g["pictures"]) for g in noises.exponents.values()]
    conclusion = ""
    if all(np.isfinite(g["alone"]).any() for g in noises.exponents.values()):
        conclusion = (
            f" The precision against the noise follows the density less than that against the "
            f"variation of faces in {sum(flatter)} of {len(flatter)} runs."
        )
    return Verdict(f"Noise on the responses: {text}; {seeds} seeds.{conclusion}")
