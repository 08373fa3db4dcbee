"""Figures that examine the precision: error bars, estimators, spikes, bins, fine-tuning."""

from collections.abc import Iterator
from functools import partial
from typing import cast

import numpy as np

from jaxrep.analysis.fisher_curves import fit_exponent
from jaxrep.analysis.fisher_shape import bin_means
from jaxrep.plots.curves import draw_curves
from jaxrep.plots.fisher_curves import (
    draw_density,
    draw_estimates,
    draw_information,
    draw_information_errors,
)
from jaxrep.plots.fisher_examination import (
    draw_bin_information,
    draw_distances,
    draw_iterations,
    draw_spikes,
)
from jaxrep.plots.style import ANGLE_LABEL, Palette, panel_grid, panels
from jaxrep.study import GridPoint, figure_per_point
from jaxrep.study.report import Figure, PageFigure
from jaxrep.theory.efficient_coding import iterate_density

from .analysis import Dense, Found, loss_of, theory_exponent
from .estimators import compare_estimators
from .page import SPREAD, left_out, named_seeds

SIDE_BY_SIDE = 0.15
"""Share of the angles' spacing by which error bars of several networks are apart."""


def draw_examination(found: Found, palette: Palette) -> Iterator[PageFigure]:
    """The figures there is something to show for."""
    yield figure_per_point(found.points, partial(error_bars, found, palette))
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
    rows = point.finite[:3]
    for member, (replica, name) in enumerate(zip(rows, named_seeds(found, rows), strict=True)):
        angles = found.angles + SIDE_BY_SIDE * (found.angles[1] - found.angles[0]) * member
        curve = found.information[replica], found.jackknife.mean_term[replica]
        shown = {"quantity": "root", "deviations": 2, "bars": True}
        draw_information_errors(left, angles, *curve, name, palette[name], **shown)
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
        f"(the mean of both numbers; linear codes only). {SPREAD}",
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
    count = bins.shape[1]
    means = bin_means(found.information[found.finite], found.angles, count)
    heights = bins * count / (found.angles[-1] - found.angles[0])
    figure, (left, right) = panels(2, 5.75, 4.2)
    draw_bin_information(left, heights, means)
    draw_bin_information(right, heights, means, log=True)
    fit = fit_exponent(means.ravel(), heights.ravel(), above=0.0)
    words = f"all networks: g {fit.value:.2f} ({fit.low:.2f} to {fit.high:.2f})"
    right.set_title(words, fontsize=9)
    left.legend(fontsize=7)
    return Figure(
        "bins",
        "Densities of several bins",
        "One colour for each network, whose bins have random weights of its own; the angles at "
        "both ends of the range are left out. Dashed: proportional.",
        figure,
    )


def fine_tuning(found: Found, palette: Palette) -> Figure:
    """Item 25."""
    figure, grid = panels(len(found.points), 6, 4)
    for axes, point in zip(grid, found.points, strict=True):
        curves_of = {"before": cast(np.ndarray, found.before), "after": found.information}
        for label, information in curves_of.items():
            curves, shown = information[point.finite], {"quantity": "normalised", "faint": True}
            draw_information(axes, found.angles, curves, label, palette[label], **shown)
        draw_density(axes, found.angles, found.density[0], label="density of angles now")
        axes.set_title(f"loss {point.title}", fontsize=9)
    grid[0].legend(fontsize=8)
    return Figure("fine_tuning", "Fine-tuning", f"{SPREAD} Thin: single networks.", figure)


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
