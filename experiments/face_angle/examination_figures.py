"""Figures that examine the precision: error bars, estimators, spikes, bins, fine-tuning."""

from collections.abc import Iterator
from functools import partial
from typing import cast

import numpy as np

from jaxrep.analysis.fisher_shape import bin_means, fit_exponents
from jaxrep.arrays import spaced_places
from jaxrep.plots.curves import draw_curves
from jaxrep.plots.fisher_curves import (
    draw_density,
    draw_estimates,
    draw_information,
    draw_information_errors,
)
from jaxrep.plots.fisher_examination import (
    draw_bin_information,
    draw_bin_weights,
    draw_distances,
    draw_iterations,
    draw_spikes,
)
from jaxrep.plots.style import ANGLE_LABEL, Palette, panel_grid, panels
from jaxrep.study import GridPoint, figure_per_point
from jaxrep.study.report import Figure, PageFigure, median_range
from jaxrep.theory.efficient_coding import iterate_density

from .data import angle_range
from .estimators import compare_estimators
from .findings import Dense, Found, loss_of, theory_exponent
from .page import left_out, named_seeds, own_density, seed_colours, shown_points

SIDE_BY_SIDE = 0.15
"""Share of the angles' spacing by which error bars of several networks are apart."""


def draw_examination(found: Found, palette: Palette) -> Iterator[PageFigure]:
    """The figures there is something to show for."""
    yield figure_per_point(shown_points(found), partial(error_bars, found, palette))
    compared = estimators(found) if found.config.estimators == "some" else None
    if compared:
        yield compared
    if found.dense is not None:
        yield spikes(found, palette)
    if found.bins is not None:
        yield densities_of_bins(found)
    if found.before is not None:
        yield fine_tuning(found, palette)
    if found.varies and found.bins is None:
        yield codes_of_codes(found, palette)


def error_bars(found: Found, palette: Palette, point: GridPoint) -> Figure:
    """Item 26: is it flat? sqrt(I) with its error bars; and the readout's part."""
    figure, (left, right) = panels(2, 5.75, 4)
    rows, colours = point.finite[spaced_places(len(point.finite), 3)], seed_colours(found)
    for member, (replica, name) in enumerate(zip(rows, named_seeds(found, rows), strict=True)):
        angles = found.angles + SIDE_BY_SIDE * (found.angles[1] - found.angles[0]) * member
        curve = found.information[replica], found.jackknife.mean_term[replica]
        shown = {"quantity": "root", "deviations": 2, "bars": True}
        draw_information_errors(left, angles, *curve, name, colours[name], **shown)
    left.set_title(f"loss {point.title}, two standard errors", fontsize=9)
    left.legend(fontsize=7)
    terms = {"mean term": found.information, "of the readout": found.readout}
    terms["covariance term"] = found.looks["train"].fisher.covariance_term
    for label, values in terms.items():
        if values is not None:
            curves, colour = values[point.finite], palette[label]
            draw_information(right, found.angles, curves, label, colour, log=True)
    right.set_title(f"loss {point.title}", fontsize=9)
    right.legend(fontsize=7)
    return Figure(
        "error_bars",
        "Error bars, and which part is read out",
        f"Left: jackknife over {left_out(found)}; what lies within the bars is no structure. "
        "Right: information of the mean code, of its covariance, and of the angle that is read "
        f"(the mean of both numbers; linear codes only). {own_density(found)}",
        figure,
    )


def estimators(found: Found) -> Figure | None:
    """All estimators of the information, angle by angle."""
    compared = compare_estimators(found)
    if compared is None:
        return None
    figure, grid = panels(len(compared.parameters), 4.3, 3.2, columns=3)
    each = zip(grid, compared.parameters, compared.values.T, compared.errors.T, strict=True)
    for axes, angle, values, errors in each:
        draw_estimates(axes, compared.names, values, errors, reference=values[0])
        axes.set_title(f"angle {angle:.2f} rad", fontsize=9)
    return Figure(
        "estimators",
        "Estimators compared",
        "First network, training faces; bars are two standard errors. Dashed: the exact "
        "derivative. Samples are 0.05 rad apart. A support vector machine cannot say more than "
        "about 14,000 (perfect separation); robust estimates leave the tails out.",
        figure,
    )


def spikes(found: Found, palette: Palette) -> Figure:
    """Item 22."""
    dense = cast(Dense, found.dense)
    figure, grid = panel_grid(2, 1, 10.5, 3.2, share_x=True)
    above, below = grid[:, 0]
    for point in found.points:
        replica, name = point.finite[0], point.title
        curves = dense.stable[replica], dense.naive[replica]
        draw_spikes(above, dense.angles, *curves, name, palette[name])
        error = {name: dense.squared_error[[replica]]}
        draw_curves(below, dense.angles, error, palette)
    above.set_xlabel("")
    below.set(xlabel=ANGLE_LABEL, ylabel="squared error (rad^2)", yscale="log")
    above.legend(fontsize=7, ncols=3)
    return Figure(
        "spikes",
        "Spikes",
        "First network of each loss, fine grid, not corrected. Lines: QR in float64. Crosses: "
        "absolute values of a float32 inverse where they are wrong by over 10 %.",
        figure,
    )


def densities_of_bins(found: Found) -> Figure:
    """Item 24: mean information of every bin against its density."""
    bins = cast(np.ndarray, found.bins)[found.finite]
    count, span = bins.shape[1], angle_range(found.config)
    means = bin_means(found.information[found.finite], found.angles, count)
    heights = bins * count / (span[1] - span[0])
    figure, (first, left, right) = panels(3, 4.6, 4.2)
    draw_bin_weights(first, bins, *span)
    draw_bin_information(left, heights, means)
    draw_bin_information(right, heights, means, log=True)
    left.legend(fontsize=7)
    every = dict(zip(np.flatnonzero(found.finite), fit_exponents(means, heights), strict=True))
    words = [
        f"loss {point.title}: g {median_range(np.array([every[row] for row in point.finite]))} "
        f"in {len(point.finite)} networks"
        for point in found.points
    ]
    return Figure(
        "bins",
        "Densities of several bins",
        "One colour for each network, whose bins have random weights of its own (left; its "
        "density is the weight over the bin's width); the angles at both ends of the range are "
        "left out. Dashed: proportional. Power of every network's own density over the bins, "
        f"median (minimum to maximum): {'; '.join(words)}.",
        figure,
    )


def fine_tuning(found: Found, palette: Palette) -> Figure:
    """Item 25."""
    points = shown_points(found)
    figure, grid = panels(len(points), 6, 4)
    for axes, point in zip(grid, points, strict=True):
        curves_of = {"before": cast(np.ndarray, found.before), "after": found.information}
        for label, information in curves_of.items():
            curves, shown = information[point.finite], {"quantity": "normalised", "faint": True}
            draw_information(axes, found.angles, curves, label, palette[label], **shown)
        density = found.density[point.finite[0]]
        draw_density(axes, found.angles, density, label="density of angles now")
        axes.set_title(f"loss {point.title}", fontsize=9)
    grid[0].legend(fontsize=8)
    words = f"{own_density(found)} Thin: single networks."
    return Figure("fine_tuning", "Fine-tuning", words, figure)


def codes_of_codes(found: Found, palette: Palette) -> Figure:
    """Item 23: theory, with the exponent of the first loss and with the measured one."""
    figure, (left, right) = panels(2, 5.75, 4)
    positive = found.density[0] > 1e-6 * found.density[0].max()
    density, angles, point = found.density[0][positive], found.angles[positive], found.points[0]
    measured = float(np.nanmedian(found.shape.exponent[point.finite]))
    power = theory_exponent(found.config, loss_of(found, point))
    path = iterate_density(density, angles, power, divided=False)
    draw_iterations(left, angles, path.densities)
    left.set_title(
        f"p <- sqrt(I) of the code for p, loss {point.title} (g {power:.2f})", fontsize=9
    )
    left.legend(fontsize=7)
    for words, g in (("theory", power), ("measured", measured)):
        if not np.isfinite(g):
            continue
        for rule, divided, style in (("sqrt(I)", False, "--"), ("p / sqrt(I)", True, ":")):
            distances = iterate_density(density, angles, g, divided=divided).distances
            label = f"{rule}, g {g:.2f} ({words})"
            draw_distances(right, distances, label, palette[words], line_style=style)
    right.legend(fontsize=7)
    return Figure(
        "convergence",
        "Codes of codes",
        "Theory: the next density of angles is what the code for this one implies. Dashed: the "
        "normalised sqrt(I); dotted: p / sqrt(I), whose fixed point is a uniform code.",
        figure,
    )
