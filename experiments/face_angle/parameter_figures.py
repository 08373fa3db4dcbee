"""Figures of codes of several parameters: information over each, the matrix, its costs."""

from collections.abc import Iterator
from functools import partial

import numpy as np
from matplotlib.axes import Axes

from jaxrep.analysis.fisher_matrix import direction_errors, parameter_information
from jaxrep.plots.curves import draw_curves, draw_reference, draw_spread, draw_whiskers
from jaxrep.plots.parameter_information import draw_written_matrix
from jaxrep.plots.style import Palette, panel_grid, panels, steps_axis
from jaxrep.study import GridPoint, figure_per_point
from jaxrep.study.report import Figure, PageFigure

from .data import transformation_of
from .page import COLOURED, SPREAD, UNTRAINED
from .parameter_verdict import aligned_directions, combination_labels, left_out, shares_lost
from .parameters import ParametersFound, median_of_known


def draw_parameters(found: ParametersFound) -> Iterator[PageFigure]:
    """All figures, in the order of the page; none if all networks diverged."""
    if not found.points:
        return
    palette = Palette(found.names, COLOURED)
    for draw in (over_each, matrix_of_information, known_and_unknown, errors_over_training):
        yield figure_per_point(found.points, partial(draw, found, palette))


def parameter_label(found: ParametersFound, name: str) -> str:
    """A parameter with what one half range is."""
    transformation = transformation_of(found.config)
    half = transformation.half_ranges[transformation.names.index(name)]
    unit = f"{half:.2f} rad" if name == "angle" else f"a factor of {np.exp(half):.2f}"
    return f"{name} (half ranges of {unit})"


def over_each(found: ParametersFound, palette: Palette, point: GridPoint) -> Figure:
    """The root of every diagonal entry over the values of every parameter."""
    names, rows = found.names, point.finite
    figure, grid = panel_grid(len(names), len(names), 3.6, 2.7)
    curves, before, errors = found.curves[rows], found.started_curves[rows], found.curve_errors
    for b, line in enumerate(grid):
        top = 0.0
        for c, axes in enumerate(line):
            root, start = (np.sqrt(np.maximum(x[:, b, c], 0)) for x in (curves, before))
            draw_spread(axes, found.values, start, "before training", UNTRAINED, faint=False)
            draw_spread(axes, found.values, root, "trained", palette[names[b]], faint=False)
            middle, error = np.median(root, 0), np.median(errors[rows, b, c], 0) / 2
            size = np.divide(error, middle, out=np.full(middle.shape, np.nan), where=middle > 0)
            shown = {"fmt": "none", "lw": 0.9, "capsize": 2, "ecolor": palette[names[b]]}
            axes.errorbar(found.values, middle, size, **shown)
            top = max(top, float(root.max()), float(np.nanmax(middle + np.nan_to_num(size))))
            if names[c] in found.config.concentrated:
                _draw_density(axes, found, c)
        for c, axes in enumerate(line):
            axes.set(ylim=(0, 1.1 * top))
            if b == len(names) - 1:
                axes.set_xlabel(parameter_label(found, names[c]), fontsize=8)
        line[0].set_ylabel(f"sqrt(I) of {names[b]}\n(1/half range)")
    grid[0, 0].legend(fontsize=7)
    return Figure(
        "over_each_parameter",
        "How precisely is each parameter known?",
        "Rows: information about a parameter, the others known; columns: over the values of a "
        f"parameter, averaged over all values of the others. Training faces. {SPREAD} Whiskers: "
        "one standard error, by leaving out "
        f"{left_out(found)}, median over seeds. Grey: the same "
        "networks before training. Dotted black: density of training values, its own scale, where "
        "it is not uniform.",
        figure,
    )


def _draw_density(axes: Axes, found: ParametersFound, place: int) -> None:
    right = axes.twinx()
    right.plot(found.values, found.density[place], ":", color="black", lw=1.2)
    right.set(ylim=(0, None), yticks=[])


def matrix_of_information(found: ParametersFound, palette: Palette, point: GridPoint) -> Figure:
    """The mean matrix before and after training, and its eigenvectors."""
    del palette
    names, rows = found.names, point.finite
    figure, grid = panels(3, 4.4, 3.8, columns=3)
    sets = {
        "before training": found.started.mean_term[rows].mean(1),
        "trained": found.mean_matrix[rows],
    }
    for axes, (title, matrices) in zip(grid, sets.items(), strict=False):
        unit = np.sqrt(np.diagonal(matrices, axis1=-2, axis2=-1))
        correlations = np.median(matrices / (unit[:, :, None] * unit[:, None, :]), 0)
        words = [[_cell(matrices[:, a, b]) for b in range(len(names))] for a in range(len(names))]
        draw_written_matrix(axes, correlations, words, names, names, "I_ab / sqrt(I_aa I_bb)")
        axes.set_title(f"{title}: I (1/half range^2)", fontsize=9)
    chosen = sets["trained"]
    whole = parameter_information(chosen)
    errors = direction_errors(chosen, found.mean_replicates[rows])
    parts = range(len(names))
    signed = np.stack([aligned_directions(whole.directions[..., k]) for k in parts], -1)
    middle, error = np.median(signed, 0), np.median(errors.error, 0)
    words = [[f"{middle[a, k]:.2f}\n±{error[a, k]:.2f}" for k in parts] for a in parts]
    values = np.median(whole.values, 0)
    order = combination_labels(len(names))
    labels = [f"{word}, {value:.0f}" for word, value in zip(order, values, strict=True)]
    draw_written_matrix(grid[2], middle, words, names, labels, "part of the direction")
    grid[2].set_title("trained: directions and eigenvalues", fontsize=9)
    return Figure(
        "matrix",
        "The information matrix",
        "Mean over all combinations of values; median over seeds (minimum to maximum). Colours: "
        "correlation of two parameters in the code, 0 where one need not be known to read the "
        "other. Right: eigenvectors in half ranges, median over seeds, ± one standard error by "
        f"{left_out(found)}. Mean term; the covariance term "
        f"adds {_covariance_share(found, rows)} to the trace.",
        figure,
    )


def _covariance_share(found: ParametersFound, rows: np.ndarray) -> str:
    mean, more = (
        np.trace(term[rows].mean(1), axis1=-2, axis2=-1)
        for term in (found.fisher.mean_term, found.fisher.covariance_term)
    )
    return f"{np.median(more / mean):.1%}"


def _cell(values: np.ndarray) -> str:
    return f"{np.median(values):.3g}\n({values.min():.3g} to {values.max():.3g})"


def known_and_unknown(found: ParametersFound, palette: Palette, point: GridPoint) -> Figure:
    """What each parameter's information is with and without the others, and what each costs."""
    names, rows = found.names, point.finite
    figure, grid = panels(3, 4.2, 3.6, columns=3)
    trained, started = found.at_points, found.started_at_points
    definite = trained.definite[rows][..., None]
    sets = {
        "others known": (trained.known, -0.08, "o"),
        "none known": (trained.unknown, 0.08, "s"),
    }
    for label, (values, shift, marker) in sets.items():
        root = np.sqrt(median_of_known(np.where(definite, values[rows], np.nan), 1))
        shown = {"marker": marker, "shift": shift}
        draw_whiskers(grid[0], list(names), root, label, palette[label], **shown)
    grid[0].set(ylabel="sqrt(median I) (1/half range)", ylim=(0, None))
    grid[0].legend(fontsize=7)
    for label, at, shift, colour in (
        ("before training", started, -0.08, UNTRAINED),
        ("trained", trained, 0.08, palette["none known"]),
    ):
        lost = 100 * shares_lost(at, rows)
        draw_whiskers(grid[1], list(names), lost, label, colour, shift=shift, faint=True)
    grid[1].set(ylabel="lost if none of the others is known (%)", ylim=(0, None))
    grid[1].legend(fontsize=7)
    pairs = 100 * median_of_known(trained.lost[rows], 1)
    count = range(len(names))
    words = [[_cell(pairs[:, a, b]) if a != b else "" for b in count] for a in count]
    shares = np.where(np.eye(len(names)), np.nan, np.median(pairs, 0) / 100)
    draw_written_matrix(grid[2], shares, words, names, names, "share lost", least=0)
    grid[2].set(xlabel="not known", ylabel="lost of the information about")
    grid[2].set_title("one other not known (%)", fontsize=9)
    return Figure(
        "known_and_unknown",
        "What does it cost not to know the others?",
        "Left: I_aa and 1 / [I^-1]_aa, medians over the combinations of values with a matrix that "
        "is positive definite. Middle and right: medians of what is lost at each. Points: median "
        "over seeds; whiskers and brackets: minimum to maximum; dots: seeds.",
        figure,
    )


def errors_over_training(found: ParametersFound, palette: Palette, point: GridPoint) -> Figure:
    """Errors of every parameter over training, training and test faces."""
    figure, grid = panels(2, 4.8, 3.4)
    for axes, kind in zip(grid, ("train", "test"), strict=True):
        errors = {n: found.flat[f"{kind}_error_{n}"].values[point.finite] for n in found.names}
        draw_curves(axes, found.flat.step.values, errors, palette)
        steps_axis(axes, log=False)
        draw_reference(axes, 0.5, "uniform values, 0 read")
        axes.set(ylabel="mean absolute error (half ranges)", yscale="log")
        axes.set_title(f"{kind} stimuli", fontsize=9)
    grid[0].legend(fontsize=7)
    return Figure("learning", "Learning", SPREAD, figure)
