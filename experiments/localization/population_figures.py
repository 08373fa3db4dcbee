"""Figures of the two populations: localized units and the others, what they see and are worth."""

from collections.abc import Iterator, Mapping

import numpy as np
from jaxtyping import Bool

from jaxrep.analysis import (
    Pruned,
    group_means,
    inverse_participation_ratio,
    localization_order,
    network_class_densities,
    peak_among_top,
    symmetric_edges,
    top_overlap,
)
from jaxrep.analysis.field_fits import IDENTIFIABLE
from jaxrep.analysis.pruning import LOCALIZATION_ORDERS
from jaxrep.plots import (
    Palette,
    draw_class_densities,
    draw_curves,
    draw_field_rows,
    draw_field_widths,
    draw_fit_errors,
    draw_pruning,
    draw_reference,
    panel_grid,
    panels,
    relative_fields,
    steps_axis,
)
from jaxrep.study.report import Figure

from .analysis import Fits, Found, alive, decomposed, extremes, looked_at

TOP = 5


def draw_populations(found: Found, palette: Palette) -> Iterator[Figure]:
    """What there is of: magnitudes, pre-activations, pruning, peaks, fits, components."""
    yield _magnitudes(found, palette)
    yield _pre_activations(found, palette)
    if found.pruned is not None and found.config.units > 1:
        yield _pruning(found, found.pruned, palette)
    if found.flat.sizes["step"] > 1 and found.flat.sizes["pixel"] >= TOP:
        yield _peaks(found, palette)
    if found.fits is not None:
        yield _fits(found, found.fits, palette)
    if found.components and found.config.dimensions == 1:
        yield _components(found)


def _groups(found: Found) -> Mapping[str, Bool[np.ndarray, "replica unit"]]:
    return {"localized": found.localized, "others": ~found.localized}


def _magnitudes(found: Found, palette: Palette) -> Figure:
    """Largest and mean weight over training, by group."""
    chosen, steps = extremes(found), found.flat.step.values
    figure, grid = panel_grid(len(chosen), 2, 6, 3.6)
    for row, point in zip(grid, chosen, strict=True):
        rows = point.finite
        size = np.abs(found.flat.field.values[rows])
        sizes = {"largest |weight|": size.max(-1), "mean |weight|": size.mean(-1)}
        for axes, (label, values) in zip(row, sizes.items(), strict=True):
            means = {
                group: group_means(values, mask[rows]) for group, mask in _groups(found).items()
            }
            steps_axis(draw_curves(axes, steps, means, palette), log=False)
            axes.set(ylabel=f"{label}, mean of units", title=point.title)
        row[0].legend(fontsize=8)
    return Figure(
        "magnitudes",
        "Size of the weights over training",
        f"By what the units are at the end: localized is an inverse participation ratio above "
        f"{found.config.localized:g}. Line: median over seeds, band: minimum to maximum.",
        figure,
    )


def _pre_activations(found: Found, palette: Palette) -> Figure:
    """Histograms by class and group at the end, all seeds together."""
    chosen, classes = extremes(found), found.classes
    figure, grid = panel_grid(len(chosen), 2, 6, 3.6)
    names = ["lower label", "higher label"]
    if classes.max() > 1:
        names = [f"class {index}" for index in range(classes.max() + 1)]
    for row, point in zip(grid, chosen, strict=True):
        edges = symmetric_edges(found.pre_activations[point.finite])
        for axes, (group, mask) in zip(row, _groups(found).items(), strict=True):
            ours = point.finite[mask[point.finite].any(1)]
            densities = np.zeros((0, len(names), len(edges) - 1))
            if len(ours):
                values = found.pre_activations[ours]
                densities = network_class_densities(values, classes, mask[ours], edges)
            draw_class_densities(axes, edges, densities, names, palette)
            axes.set_title(f"{point.title}: {group}", fontsize=9)
            if len(ours):
                axes.legend(fontsize=8)
    return Figure(
        "pre_activations",
        "Pre-activations by class and group",
        "At the end of training, on 1000 fixed inputs. Line: median over seeds, band: minimum to "
        "maximum.",
        figure,
    )


def _pruning(found: Found, pruned: Pruned, palette: Palette) -> Figure:
    chosen = extremes(found)
    figure, grid = panels(len(chosen), 6, 4)
    for axes, point in zip(grid, chosen, strict=True):
        curves = {
            order: pruned.curve[point.finite, index]
            for index, order in enumerate(LOCALIZATION_ORDERS)
        }
        count = float(np.median(found.localized[point.finite].sum(1)))
        draw_pruning(axes, curves, palette, localized=count)
        axes.set_title(point.title, fontsize=9)
    grid[0].legend(fontsize=8)
    return Figure(
        "pruning",
        "What the network can do with some of its units",
        "Units are added by their inverse participation ratio. The area under the curve needs no "
        "threshold, so units that serve as an offset are not missed. Line: median over seeds, "
        "band: minimum to maximum.",
        figure,
    )


def _peaks(found: Found, palette: Palette) -> Figure:
    """How early the final peak is decided."""
    figure, grid = panels(2, 6, 4)
    fields = np.moveaxis(found.flat.field.values, 1, 2)  # [replica, unit, step, pixel]
    chance, steps = TOP / found.flat.sizes["pixel"], found.flat.step.values
    measures = {
        f"final peak is among the top {TOP}": peak_among_top,
        f"overlap with the final top {TOP}": top_overlap,
    }
    for axes, (label, measure) in zip(grid, measures.items(), strict=True):
        values = np.asarray(measure(fields, TOP)).astype(float).mean(1)
        curves = {point.title: values[point.finite] for point in extremes(found)}
        steps_axis(draw_curves(axes, steps, curves, palette), log=False)
        draw_reference(axes, chance, "chance")
        axes.set(ylabel=f"share: {label}", ylim=(0, 1.03))
    grid[0].legend(fontsize=8)
    return Figure(
        "peaks",
        "When the place of a field is decided",
        "Share of all units; pixels ordered by |weight|. Line: median over seeds, band: minimum "
        "to maximum.",
        figure,
    )


def _fits(found: Found, fits: Fits, palette: Palette) -> Figure:
    """Errors of the two fits, and the shape of the localized fields."""
    figure, (left, right) = panels(2, 6, 4.4)
    gabor, sinusoid = fits
    shown = total = 0
    for index, point in enumerate(looked_at(found.points)):
        name, colour = point.title, palette[point.title]
        draw_fit_errors(left, sinusoid.error[index], gabor.error[index], name, colour)
        local = found.localized[point.finite[0]]
        clear = local & gabor.identifiable[index] & np.isfinite(gabor.width[index])
        shown, total = shown + int(clear.sum()), total + int(local.sum())
        if clear.any():
            widths, frequencies = gabor.width[index][clear], gabor.frequency[index][clear]
            draw_field_widths(right, widths, frequencies, name, colour)
    left.legend(fontsize=7)
    where = "around the ring" if found.config.boundary == "periodic" else "along the segment"
    right.set(xlabel="width (pixels)", ylabel=f"frequency (cycles {where})")
    right.set_title(f"localized units (IPR > {found.config.localized:g})", fontsize=9)
    return Figure(
        "fits",
        "Gabor functions and sinusoids",
        "Final fields of the first seed. Errors are norms of what is left over those of the "
        "field. The envelope is exp(-(d / width)^2); "
        f"right: the {shown} of {total} localized units whose frequency can be told, at least "
        f"{IDENTIFIABLE:g} cycles within a width; the others are bumps.",
        figure,
    )


def _components(found: Found) -> Figure:
    """Filters of the same inputs by all methods, sorted by localization."""
    shown = {point.name for point in extremes(found)}
    chosen = [pair for pair in enumerate(alive(found.points)) if pair[1].name in shown]
    figure, grid = panel_grid(len(chosen), len(found.components) + 1, 4.2, 3.6)
    for row, (index, point) in zip(grid, chosen, strict=True):
        sets = {"network": found.flat.field.values[point.finite[0], -1]}
        sets |= {method: fields[index] for method, fields in found.components.items()}
        for axes, (method, fields) in zip(row, sets.items(), strict=True):
            if fields is None:
                axes.set_title(f"{point.title}: {method} did not converge", fontsize=9)
                axes.set_axis_off()
                continue
            ratio = np.asarray(inverse_participation_ratio(fields))
            draw_field_rows(axes, relative_fields(fields[localization_order(fields)]), top=1)
            axes.set_title(f"{point.title}: {method}, mean IPR {ratio.mean():.2f}", fontsize=9)
            axes.set_ylabel("unit (most localized first)")
    return Figure(
        "components",
        "Other ways to learn from the same inputs",
        "Every field over its largest weight; first seed. Independent components: FastICA with "
        f"log cosh, of {decomposed(found.config):,} inputs; Gaussian inputs have none, and the "
        "search does not converge. Sparse code: atoms of an l1-penalised dictionary.",
        figure,
    )
