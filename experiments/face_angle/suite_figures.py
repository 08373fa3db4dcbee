"""Several runs of the face-angle study in one table and in figures of their own."""

from dataclasses import replace

import numpy as np

from jaxrep.analysis.fisher_curves import (
    normalised,
    total_information,
    total_root_information,
)
from jaxrep.analysis.fisher_shape import fit_exponents
from jaxrep.plots.curves import draw_reference, draw_spread
from jaxrep.plots.fisher_curves import (
    angle_axes,
    draw_density,
    draw_exponents,
    draw_information,
)
from jaxrep.plots.style import Palette, panels
from jaxrep.study.report import Figure, Table, median_range
from jaxrep.theory.efficient_coding import efficient_information

from .config import Config
from .findings import theory_exponent, window_of
from .page import COLOURED, SPREAD
from .problem import power_of
from .suite_results import Results


def precision_table(results: Results) -> Table:
    """Exponents, shares and totals, a row for each run and loss."""
    rows = []
    for label, config in results.configs.items():
        angles, (_, half) = results.angles(label), window_of(config)
        own, varied = results.own_densities(label), varies(results, label)
        for loss, information in results.curves(label).items():
            fits = fit_exponents(information, own[loss]) if varied else None
            rows.append(
                [
                    label,
                    loss,
                    None if fits is None else median_range(fits),
                    None if fits is None else theory_exponent(config, loss),
                    None if stepwise(config) else median_range(results.share(label, information)),
                    None if stepwise(config) else 2 * half / (angles[-1] - angles[0]),
                    median_range(np.asarray(total_root_information(information, angles)), 1),
                    median_range(np.asarray(total_information(information, angles)), 0),
                ]
            )
    columns = [
        "run",
        "loss",
        "g of I ~ p^g",
        "theory",
        "share of sqrt(I) around the centre",
        "if flat",
        "integral of sqrt(I)",
        "integral of I (1/rad)",
    ]
    return Table(
        "Precision of all runs",
        columns,
        rows,
        "Training faces; median over seeds (minimum to maximum). Around the centre: 0.4 rad to "
        "either side of the concentrated density's mean, 0.8 of circular codes, also for other "
        "densities; not of networks with a density of their own. The two totals need not agree "
        "about which code has more.",
    )


def stepwise(config: Config) -> bool:
    """Whether every network has a density of its own."""
    return config.density == "stepwise"


def varies(results: Results, label: str) -> bool:
    """Whether some angles are shown more often than others."""
    return stepwise(results.configs[label]) or results.varied_density(label) is not None


def palette_of(results: Results) -> Palette:
    """Colours of losses and runs."""
    losses = [loss for config in results.configs.values() for loss in config.loss]
    return Palette([*losses, *results.configs], COLOURED)


def shapes(results: Results) -> Figure:
    """Normalised curves, a panel for each run."""
    palette = palette_of(results)
    figure, grid = panels(len(results.configs), 5, 3.5)
    for axes, (label, config) in zip(grid, results.configs.items(), strict=True):
        angles, density = results.angles(label), results.density(label)
        own = results.own_densities(label)
        for loss, information in results.curves(label).items():
            if stepwise(config):
                power = theory_exponent(config, loss)
                ratio = over_theory(information, own[loss], angles, power)
                draw_spread(axes, angles, ratio, f"{loss} over its theory", palette[loss])
                angle_axes(axes, "sqrt(I) over that of its own density")
                continue
            shown = {"quantity": "normalised", "faint": len(config.loss) == 1}
            draw_information(axes, angles, information, loss, palette[loss], **shown)
        if stepwise(config):
            draw_reference(axes, 1.0, "theory")
            axes.legend(fontsize=7)
        if density is not None:
            draw_density(axes, angles, density, label="density p")
        axes.set_title(label, fontsize=9)
    grid[0].legend(fontsize=7)
    return Figure(
        "shapes",
        "Where the precision goes, run by run",
        f"Square root of the Fisher information over its integral, training faces. {SPREAD} "
        "Black: density of training angles. Where every network has a density of its own, each "
        "curve is first divided by what theory makes of that density: 1 is theory.",
        figure,
    )


def over_theory(
    information: np.ndarray, density: np.ndarray, angles: np.ndarray, power: float
) -> np.ndarray:
    """Normalised sqrt(I) over theory's for each network's own density; NaN where that is 0."""
    root = normalised(np.sqrt(np.maximum(information, 0)), angles)
    best = np.sqrt([efficient_information(p, angles, power) for p in density])
    best = normalised(best, angles)
    return np.divide(root, best, out=np.full(root.shape, np.nan), where=best > 0)


def levels(results: Results) -> Figure:
    """Item 10: absolute curves of the first loss of every run with the same code."""
    palette = palette_of(results)
    codes = list(dict.fromkeys(config.code for config in results.configs.values()))
    figure, grid = panels(len(codes), 7 if len(codes) == 1 else 5.5, 4)
    for axes, code in zip(grid, codes, strict=True):
        labels = [label for label, config in results.configs.items() if config.code == code]
        for label in labels:
            curves, angles = results.first(label), results.angles(label)
            # networks with densities of their own have no common curve
            sets = np.split(curves, len(curves)) if stepwise(results.configs[label]) else [curves]
            for number, some in enumerate(sets):
                name = None if number else label
                draw_information(axes, angles, some, name, palette[label], quantity="root")
        losses = dict.fromkeys(results.configs[label].loss[0] for label in labels)
        axes.set_title(f"{code} code, loss {', '.join(losses)}", fontsize=9)
        axes.legend(fontsize=7)
    words = f"Training faces. {SPREAD} Networks with a density of their own: each by itself."
    return Figure("levels", "Absolute precision, run by run", words, figure)


def exponents_by_loss(results: Results) -> Figure:
    """Items 11, 12: exponents by loss, one colour for each run, theory dashed."""
    palette, (figure, (axes,)) = palette_of(results), panels(1, 9, 4.2)
    every = {loss for config in results.configs.values() for loss in config.loss}
    names = sorted(every, key=lambda loss: (power_of(loss), loss))
    varied = [label for label in results.configs if results.varied_density(label) is not None]
    for place, label in enumerate(varied):
        config, curves = results.configs[label], results.curves(label)
        exponents = np.full((config.seeds, len(names)), np.nan)
        for loss, information in curves.items():
            density = results.varied_density(label)
            fits = fit_exponents(information, np.broadcast_to(density, information.shape))
            exponents[: len(fits), names.index(loss)] = fits
        theory = None
        if place == len(varied) - 1:
            plain = replace(config, error="angle")
            theory = np.array([theory_exponent(plain, name) for name in names])
        shown = {"theory": theory, "theory_label": "theory, 2 / (1 + q)", "shift": 0.12 * place}
        draw_exponents(axes, names, exponents, label, palette[label], **shown)
    # networks that are hardly trained may have less information where the density is high
    axes.set(xlabel="loss, by its power q", ylim=(min(0.0, axes.get_ylim()[0]), None))
    axes.legend(fontsize=7)
    return Figure(
        "powers",
        "Power of the density, by loss",
        "One dot for each network. Dashed: theory for errors in angle; a cosine loss is a squared "
        "error whatever its name (2/3).",
        figure,
    )
