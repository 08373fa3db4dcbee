"""The report of the face-angle study: training, precision, and what it follows."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from jaxrep.analysis.fisher_curves import total_root_information
from jaxrep.plots.angle_reading import draw_biases, draw_squared_errors
from jaxrep.plots.curves import draw_curves
from jaxrep.plots.fisher_curves import draw_density, draw_information
from jaxrep.plots.fisher_power_law import draw_against_density
from jaxrep.plots.style import Palette, panel_grid, panels, steps_axis
from jaxrep.study import GridPoint, panels_or_picker
from jaxrep.study.report import Figure, PageFigure
from jaxrep.theory.efficient_coding import efficient_information, predicted_bias

from .code_figures import draw_code_figures
from .depth_figures import along_the_depth
from .distortion_figures import seen_best
from .emergence_figures import over_training
from .examination_figures import draw_examination
from .findings import Found, loss_of, theory_exponent
from .noise_page import noise_figure
from .page import FACES, SPREAD, named_seeds, own_density, palette_of, seed_colours, shown_points

TRIPLES = (("linear", "sqrt", "square"), ("sqrt", "root4", "log"), ("linear", "square", "quart"))
"""Losses side by side."""
ABREAST = 12
"""Panels of one figure; of more there is one for each, to be chosen."""
READ = ("train", "test")
"""Sets whose errors are shown."""


def draw_report(found: Found) -> Iterator[PageFigure]:
    """All figures, in the order of the page; none if all networks diverged."""
    if not found.points:
        return
    palette, points = palette_of(found), shown_points(found)
    yield panels_or_picker(points, partial(normalised_precision, found, palette), ABREAST)
    if found.varies:
        yield panels_or_picker(points, partial(against_density, found), ABREAST)
    yield absolute_precision(found, palette)
    yield panels_or_picker(points, partial(errors_read, found, palette), ABREAST)
    yield from draw_code_figures(found, palette)
    yield learning(found, palette)
    yield from draw_examination(found, palette)
    if found.depth is not None:
        yield along_the_depth(found, found.depth, palette)
    if found.distortions is not None:
        yield seen_best(found, found.distortions)
    if found.noise is not None:
        yield noise_figure(found, found.noise, palette)
    if found.emergence is not None:
        yield over_training(found, found.emergence, palette)


def normalised_precision(
    found: Found, palette: Palette, chosen: Sequence[GridPoint] = ()
) -> Figure:
    """Items 8, 9, 11: the shape of the precision beside the density."""
    chosen = chosen or shown_points(found)
    figure, grid = panels(len(chosen), 5.5, 3.8)
    for axes, point in zip(grid, chosen, strict=True):
        for kind in READ:
            information = found.looks[kind].fisher.mean_term[point.finite]
            label, faint = FACES[kind], kind == "train"
            shown = {"quantity": "normalised", "faint": faint}
            draw_information(axes, found.angles, information, label, palette[label], **shown)
        power = theory_exponent(found.config, loss_of(found, point))
        density = found.density[point.finite[0]]  # of all its networks
        best = np.sqrt(efficient_information(density, found.angles, power))
        predicted = best if found.varies else None
        draw_density(axes, found.angles, density, predicted, theory=f"theory, p^{power / 2:.2f}")
        axes.set_title(f"loss {point.title}", fontsize=9)
        axes.legend(fontsize=7)  # every loss has a power of its own
    return Figure(
        "normalised",
        "Where the precision goes",
        f"Square root of the Fisher information over its integral. {own_density(found)} Thin: "
        "single networks. Dashed: what minimises the loss if the integral of sqrt(I) is given.",
        figure,
    )


def against_density(found: Found, chosen: Sequence[GridPoint] = ()) -> Figure:
    """Items 13 to 17: information against density, linear and logarithmic."""
    chosen = chosen or shown_points(found)
    figure, grid = panel_grid(len(chosen), 2, 5.5, 3.6)
    seeds = seed_colours(found)
    for row, point in zip(grid, chosen, strict=True):
        power = theory_exponent(found.config, loss_of(found, point))
        labels = named_seeds(found, point.finite)
        colours = [seeds[label] for label in labels]
        exponents = found.shape.exponent[point.finite]
        curves = found.density[point.finite], found.information[point.finite]
        for axes, log in zip(row, (False, True), strict=True):
            drawn = {"labels": labels, "colours": colours, "exponents": exponents, "log": log}
            draw_against_density(axes, *curves, power, **drawn)
        fitted = np.nanmedian(exponents)
        row[0].set_title(f"loss {point.title}: g {fitted:.2f}", fontsize=9)
        row[1].set_title("logarithmic; g is fitted in the grey part", fontsize=9)
    grid[0, 0].legend(fontsize=7)
    return Figure(
        "against_density",
        "Information against density",
        "One dot for each angle and network. Dashed: the theory's power, through the median peak. "
        "Black: the fitted powers, median and range over networks. Grey: where the density exceeds "
        "a tenth of its own greatest value.",
        figure,
    )


def absolute_precision(found: Found, palette: Palette) -> Figure:
    """Items 10, 12, 19, 20: absolute curves, losses side by side."""
    every = {point.title: point.finite for point in shown_points(found)}
    sets = [t for t in TRIPLES if all(name in every for name in t)]
    shown = {name for names in sets for name in names}
    if set(every) - shown:
        sets.append(tuple(name for name in every if name not in shown))
    figure, grid = panel_grid(len(sets), 2, 5.5, 3.7)
    for row, names in zip(grid, sets, strict=True):
        for name in names:
            information, colour = found.information[every[name]], palette[name]
            total = np.nanmedian(total_root_information(information, found.angles))
            label = f"{name} (integral {total:.0f})"
            draw_information(row[0], found.angles, information, label, colour, quantity="root")
            draw_information(row[1], found.angles, information, name, colour)
        row[0].legend(fontsize=7)
    return Figure("absolute", "Absolute precision", f"Training faces. {own_density(found)}", figure)


def errors_read(found: Found, palette: Palette, chosen: Sequence[GridPoint] = ()) -> Figure:
    """Item 21 and the bias: squared errors, their bound, biases, the bias law."""
    chosen = chosen or shown_points(found)
    figure, grid = panel_grid(len(chosen), 2, 5.5, 3.6)
    for row, point in zip(grid, chosen, strict=True):
        rows, bound = point.finite, found.bound[point.finite]
        reading = {FACES[kind]: found.looks[kind].reading for kind in READ}
        errors = {label: read.squared_error[rows] for label, read in reading.items()}
        draw_squared_errors(row[0], found.angles, errors, palette, bound)
        middle = np.nanmedian(found.information[rows], 0)
        # corrected for few faces, an information can be below 0: there is none to speak of
        law = predicted_bias(np.where(middle > 0, middle, np.nan), found.angles)
        biases = {label: read.bias[rows] for label, read in reading.items()}
        shown = {"shown": often_shown(found, rows[0]), "label": "(1/I)', scaled"}
        draw_biases(row[1], found.angles, biases, palette, law, **shown)
        row[0].set_title(f"loss {point.title}", fontsize=9)
    grid[0, 0].legend(fontsize=7)
    grid[0, 1].legend(fontsize=7)
    people = found.config.split == "people"
    tested = (
        "of persons that are not in the training set"
        if people
        else "new pictures, of persons who may be in the training set"
    )
    return Figure(
        "errors",
        "Errors of the angle read",
        f"{own_density(found)} Test faces: {tested}. Dashed left: bound of a biased decoder, "
        "(1 + b')^2 / I + b^2, training faces, information with both terms of Gaussian codes; "
        "other distributions can go below it. "
        "Dashed right, where training shows angles often: an observer's bias by the law of "
        "Wei and Stocker (2017), scaled to the largest bias there; a fitted network need not "
        "follow it.",
        figure,
    )


def often_shown(found: Found, replica: int) -> np.ndarray:
    """Angles that training shows often, without the ends of a linear code's range."""
    density = found.density[replica]
    return found.inside & (density > 0.1 * density.max())


def learning(found: Found, palette: Palette) -> Figure:
    """Errors over training, and the steps of the networks that are analysed."""
    figure, grid = panels(len(found.points), 5, 3.4)
    steps = found.flat.step.values
    for axes, point in zip(grid, found.points, strict=True):
        errors = {
            FACES[kind]: found.flat[f"{kind}_error"].values[point.finite]
            for kind in ("train", "validation", "test")
        }
        draw_curves(axes, steps, errors, palette)
        steps_axis(axes, log=False)
        for step in np.unique(found.chosen_step[point.finite]):
            axes.axvline(step, color="0.6", lw=0.8)
        axes.set(ylabel="mean absolute error (rad)", yscale="log")
        axes.set_title(f"loss {point.title}", fontsize=9)
    if grid[0].lines:
        grid[0].legend(fontsize=7)
    return Figure(
        "learning", "Learning", f"{SPREAD} Grey: steps of the networks that are analysed.", figure
    )
