"""The report of the face-angle study: training, precision, and what it follows."""

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np

from jaxrep.analysis.fisher_curves import fit_exponent, normalised, total_root_information
from jaxrep.plots.curves import colour_of, draw_spread
from jaxrep.plots.style import panels
from jaxrep.report import Figure
from jaxrep.theory.efficient_coding import efficient_information, predicted_bias

from .analysis import (
    Found,
    bound_of,
    inner,
    points,
    seed_of,
    theory_exponent,
)
from .code_figures import draw_codes
from .examination_figures import (
    SPREAD,
    draw_bin_means,
    draw_convergence,
    draw_error_bars,
    draw_estimators,
    draw_fine_tuning,
    draw_spikes,
)

TRIPLES = (("linear", "sqrt", "square"), ("sqrt", "root4", "log"), ("linear", "square", "quart"))


def draw_report(found: Found) -> Iterator[Figure]:
    """All figures, in the order of the page; none if all networks diverged."""
    if not points(found):
        return
    yield _normalised(found)
    if _varies(found):
        yield _against_density(found)
    yield _absolute(found)
    yield _errors(found)
    yield from draw_codes(found)
    yield _learning(found)
    yield draw_error_bars(found)
    if found.config.estimators == "some":
        compared = draw_estimators(found)
        if compared:
            yield compared
    if found.dense is not None:
        yield draw_spikes(found)
    if found.bins is not None:
        yield draw_bin_means(found)
    if found.before is not None:
        yield draw_fine_tuning(found)
    if _varies(found) and found.bins is None:
        yield draw_convergence(found)


def _varies(found: Found) -> bool:
    return bool(np.ptp(found.density, axis=1).max() > 1e-6)


def _normalised(found: Found) -> Figure:
    """Items 8, 9, 11: the shape of the precision beside the density."""
    every = points(found)
    figure, grid = panels(len(every), 5.5, 3.8)
    tested = np.sqrt(found.looks["test"].fisher.mean_term)
    root = np.sqrt(found.information)
    for axes, (name, rows) in zip(grid, every, strict=True):
        draw_spread(
            axes, found.angles, normalised(root[rows], found.angles), "training faces", colour_of(0)
        )
        other = normalised(tested[rows], found.angles)
        draw_spread(axes, found.angles, other, "test faces", colour_of(1), faint=False)
        if found.bins is None:
            density = normalised(found.density[0], found.angles)
            axes.plot(found.angles, density, color="black", lw=1, label="density of angles p")
            if _varies(found):
                power = theory_exponent(found.config, name)
                best = np.sqrt(efficient_information(density, found.angles, power))
                label = f"theory, p^{power / 2:.2f}"
                axes.plot(found.angles, best, color="black", ls="--", lw=1.2, label=label)
        axes.set(xlabel="angle (rad)", ylabel="sqrt(I), integral 1 (1/rad)", ylim=(0, None))
        axes.set_title(f"loss {name}", fontsize=9)
    grid[0].legend(fontsize=7)
    return Figure(
        "normalised",
        "Where the precision goes",
        f"Square root of the Fisher information over its integral. {SPREAD} Thin: single networks. "
        "Dashed: what minimises the loss if the integral of sqrt(I) is given.",
        figure,
    )


def _against_density(found: Found) -> Figure:
    """Items 13 to 17: information against density, linear and logarithmic."""
    every = points(found)
    figure, grid = plt.subplots(
        len(every), 2, figsize=(11, 3.6 * len(every)), layout="constrained", squeeze=False
    )
    for row, (name, rows) in zip(grid, every, strict=True):
        power = theory_exponent(found.config, name)
        for member, replica in enumerate(rows):
            order = np.argsort(found.density[replica])
            p, information = found.density[replica][order], found.information[replica][order]
            for axes in row:
                axes.plot(
                    p,
                    information,
                    "o",
                    ms=3,
                    alpha=0.7,
                    color=colour_of(member),
                    label=f"seed {seed_of(found, replica)}",
                )
        replica = rows[0]
        p = np.sort(found.density[replica])
        level = np.nanmedian(found.information[rows].max(1)) / p.max() ** power
        fits = [fit_exponent(found.information[r], found.density[r]).value for r in rows]
        for axes in row:
            label = f"theory, I ~ p^{power:.2f}"
            axes.plot(p, level * p**power, color="black", ls="--", lw=1.2, label=label)
            axes.set(xlabel="density p (1/rad)", ylabel="Fisher information I (1/rad^2)")
        positive = found.density[rows][found.density[rows] > 0]
        least = max(positive.min(), 1e-4 * positive.max())
        seen = found.information[rows][found.information[rows] > 0]
        row[1].set(xscale="log", yscale="log", xlim=(least, 1.3 * positive.max()))
        row[1].set_ylim(0.5 * seen.min(), 2 * seen.max())
        row[1].axvspan(0.1 * p.max(), 1.3 * p.max(), color="0.93", zorder=0)
        row[0].set_title(f"loss {name}: g {np.nanmedian(fits):.2f}", fontsize=9)
        row[1].set_title("logarithmic; g is fitted in the grey part", fontsize=9)
    grid[0, 0].legend(fontsize=7)
    return Figure(
        "against_density",
        "Information against density",
        "One dot for each angle and network. Dashed: the theory's power, through the median peak.",
        figure,
    )


def _absolute(found: Found) -> Figure:
    """Items 10, 12, 19, 20: absolute curves, losses side by side."""
    every = dict(points(found))
    sets = [t for t in TRIPLES if all(name in every for name in t)]
    shown = {name for names in sets for name in names}
    if set(every) - shown:
        sets.append(tuple(name for name in every if name not in shown))
    figure, grid = plt.subplots(
        len(sets), 2, figsize=(11, 3.7 * len(sets)), layout="constrained", squeeze=False
    )
    order = list(every)
    for row, names in zip(grid, sets, strict=True):
        for name in names:
            information = found.information[every[name]]
            colour = colour_of(order.index(name))
            total = np.nanmedian(total_root_information(information, found.angles))
            label = f"{name} (integral {total:.0f})"
            draw_spread(row[0], found.angles, np.sqrt(information), label, colour, faint=False)
            draw_spread(row[1], found.angles, information, name, colour, faint=False)
        row[0].set(xlabel="angle (rad)", ylabel="sqrt(I) (1/rad)", ylim=(0, None))
        row[1].set(xlabel="angle (rad)", ylabel="Fisher information I (1/rad^2)", ylim=(0, None))
        row[0].legend(fontsize=7)
    return Figure("absolute", "Absolute precision", f"Training faces. {SPREAD}", figure)


def _errors(found: Found) -> Figure:
    """Item 21 and the bias: squared errors, their bound, biases, the bias law."""
    every = points(found)
    figure, grid = plt.subplots(
        len(every), 2, figsize=(11, 3.6 * len(every)), layout="constrained", squeeze=False
    )
    for row, (name, rows) in zip(grid, every, strict=True):
        for index, kind in enumerate(("train", "test")):
            reading = found.looks[kind].reading
            colour, label = colour_of(index), "training faces" if kind == "train" else "test faces"
            faint = {"faint": False}
            draw_spread(row[0], found.angles, reading.squared_error[rows], label, colour, **faint)
            draw_spread(row[1], found.angles, reading.bias[rows], label, colour, **faint)
        middle = np.nanmedian(bound_of(found, rows), 0)
        row[0].plot(found.angles, middle, color="black", ls="--", lw=1.2, label="Cramér-Rao bound")
        shown = trained(found, rows[0])
        law = predicted_bias(np.nanmedian(found.information[rows], 0), found.angles)
        bias = np.nanmedian(found.looks["train"].reading.bias[rows], 0)
        size = np.nanmax(np.abs(bias[shown]))
        law = np.where(shown, law / np.abs(law[shown]).max() * size, np.nan)
        label = "(1/I)', scaled"
        row[1].plot(found.angles, law, color="black", ls="--", lw=1.2, label=label)
        row[1].set_ylim(-4 * size, 4 * size)
        row[0].set(xlabel="angle (rad)", ylabel="squared error (rad^2)", yscale="log")
        row[1].set(xlabel="angle (rad)", ylabel="bias (rad)")
        row[0].set_title(f"loss {name}", fontsize=9)
    grid[0, 0].legend(fontsize=7)
    grid[0, 1].legend(fontsize=7)
    return Figure(
        "errors",
        "Errors of the angle read",
        f"{SPREAD} Test faces: {_tested(found)}. Dashed left: bound of a biased decoder, "
        "(1 + b')^2 / I + b^2, training faces, information with both terms of Gaussian codes; "
        "other distributions can go below it. "
        "Dashed right, where training shows angles often: an observer's bias by the law of "
        "Wei and Stocker (2017), scaled to the largest bias there; a fitted network need not "
        "follow it.",
        figure,
    )


def _tested(found: Found) -> str:
    if found.config.split == "people":
        return "of persons that are not in the training set"
    return "new pictures, of persons who may be in the training set"


def trained(found: Found, replica: int) -> np.ndarray:
    """Angles that training shows often, without the ends of a linear code's range."""
    density = found.density[replica]
    return inner(found) & (density > 0.1 * density.max())


def _learning(found: Found) -> Figure:
    every = points(found)
    figure, grid = panels(len(every), 5, 3.4)
    for axes, (name, rows) in zip(grid, every, strict=True):
        for index, kind in enumerate(("train", "validation", "test")):
            values = found.flat[f"{kind}_error"].values[rows]
            draw_spread(axes, found.flat.step.values, values, kind, colour_of(index), faint=False)
        for step in np.unique(found.chosen_step[rows]):
            axes.axvline(step, color="0.6", lw=0.8)
        axes.set(xlabel="step (updates)", ylabel="mean absolute error (rad)", yscale="log")
        axes.set_title(f"loss {name}", fontsize=9)
    if grid[0].lines:
        grid[0].legend(fontsize=7)
    return Figure(
        "learning", "Learning", f"{SPREAD} Grey: steps of the networks that are analysed.", figure
    )
