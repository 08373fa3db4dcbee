"""Figures of the two populations: localized units and the others, what they see and are worth."""

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np

from jaxrep.analysis.peaks import peak_among_top, top_overlap
from jaxrep.analysis.populations import class_densities
from jaxrep.analysis.receptive_fields import inverse_participation_ratio
from jaxrep.plots.curves import colour_of, draw_reference, draw_spread
from jaxrep.report import Figure

from .analysis import (
    ORDERS,
    Found,
    localized,
    points,
    some_points,
)

TOP = 5


def draw_populations(found: Found) -> Iterator[Figure]:
    """What there is of: magnitudes, pre-activations, pruning, peaks, fits, components."""
    yield _magnitudes(found)
    yield _pre_activations(found)
    if found.pruned is not None and found.config.units > 1:
        yield _pruning(found)
    if found.flat.sizes["step"] > 1 and found.flat.sizes["pixel"] >= TOP:
        yield _peaks(found)
    if found.fits is not None:
        yield _fits(found)
    if found.components and found.config.dimensions == 1:
        yield _components(found)


def _extremes(found: Found) -> list[tuple[str, np.ndarray]]:
    """The grid point with the most localized units; with it its clone, or that with the fewest."""
    every, local = points(found.replicas), localized(found)
    shares = [local[rows].mean() for _, rows in every]
    name, rows = every[int(np.argmax(shares))]
    clone = dict(every).get(name.replace("clone=0", "clone=1"))
    if clone is not None and clone is not rows:
        return [(name, rows), (name.replace("clone=0", "clone=1"), clone)]
    last = every[int(np.argmin(shares))]
    return [(name, rows)] if last[0] == name else [(name, rows), last]


def _groups(found: Found) -> list[tuple[str, np.ndarray]]:
    return [("localized", localized(found)), ("others", ~localized(found))]


def _magnitudes(found: Found) -> Figure:
    """Largest and mean weight over training, by group."""
    chosen = _extremes(found)
    figure, grid = plt.subplots(
        len(chosen), 2, figsize=(12, 3.6 * len(chosen)), layout="constrained", squeeze=False
    )
    size = np.abs(found.flat.field.values)
    for row, (name, which) in zip(grid, chosen, strict=True):
        for axes, values, label in (
            (row[0], size.max(-1), "largest |weight|"),
            (row[1], size.mean(-1), "mean |weight|"),
        ):
            for index, (group, mask) in enumerate(_groups(found)):
                ours = [r for r in which if mask[r].any()]
                if not ours:
                    continue
                mean = np.array([values[r][:, mask[r]].mean(1) for r in ours])
                draw_spread(
                    axes, found.flat.step.values, mean, group, colour_of(index), faint=False
                )
            axes.set_title(name, fontsize=9)
            axes.set(xlabel="step (updates)", ylabel=f"{label}, mean of units")
        if row[0].lines:
            row[0].legend(fontsize=8)
    return Figure(
        "magnitudes",
        "Size of the weights over training",
        f"By what the units are at the end: localized is an inverse participation ratio above "
        f"{found.config.localized:g}. Line: median over seeds, band: minimum to maximum.",
        figure,
    )


def _pre_activations(found: Found) -> Figure:
    """Histograms by class and group at the end, all seeds together."""
    chosen = _extremes(found)
    figure, grid = plt.subplots(
        len(chosen), 2, figsize=(12, 3.6 * len(chosen)), layout="constrained", squeeze=False
    )
    classes = found.classes
    names = ["lower label", "higher label"]
    if classes.max() > 1:
        names = [f"class {index}" for index in range(classes.max() + 1)]
    for row, (name, which) in zip(grid, chosen, strict=True):
        values = found.pre_activations[which]
        finite = values[np.isfinite(values)]
        top = float(np.quantile(np.abs(finite), 0.998)) if finite.size else 1.0
        edges = np.linspace(-top, top, 61) if top > 0 else np.linspace(-1, 1, 61)
        middle = (edges[:-1] + edges[1:]) / 2
        for axes, (group, mask) in zip(row, _groups(found), strict=True):
            ours = [r for r in which if mask[r].any()]
            axes.set_title(f"{name}: {group}", fontsize=9)
            axes.set(xlabel="pre-activation", ylabel="density")
            if not ours:
                axes.text(0.5, 0.5, "no such unit", ha="center", transform=axes.transAxes)
                continue
            density = np.array(
                [class_densities(found.pre_activations[r], classes, mask[r], edges) for r in ours]
            )
            for index in range(density.shape[1]):
                low, high = density[:, index].min(0), density[:, index].max(0)
                axes.fill_between(middle, low, high, color=colour_of(index), alpha=0.15, lw=0)
                line = np.median(density[:, index], 0)
                axes.plot(middle, line, color=colour_of(index), label=names[index])
            axes.legend(fontsize=8)
    return Figure(
        "pre_activations",
        "Pre-activations by class and group",
        "At the end of training, on 1000 fixed inputs. Line: median over seeds, band: minimum to "
        "maximum.",
        figure,
    )


def _pruning(found: Found) -> Figure:
    chosen = _extremes(found)
    figure, grid = plt.subplots(
        1, len(chosen), figsize=(6 * len(chosen), 4), layout="constrained", squeeze=False
    )
    kept = np.arange(1, found.config.units + 1)
    for axes, (name, rows) in zip(grid[0], chosen, strict=True):
        for index, order in enumerate(ORDERS):
            curve = found.pruned.curve[rows, index]
            draw_spread(axes, kept, curve, order, colour_of(index), faint=False)
        count = np.median(localized(found)[rows].sum(1))
        axes.axvline(count, color="0.5", ls=":", lw=1, label="number of localized units")
        draw_reference(axes, 0.5, "chance")
        axes.set(xlabel="units kept", ylabel="area under the ROC curve", ylim=(0.4, 1.03))
        axes.set_title(name, fontsize=9)
    grid[0, 0].legend(fontsize=8)
    return Figure(
        "pruning",
        "What the network can do with some of its units",
        "Units are added by their inverse participation ratio. The area under the curve needs no "
        "threshold, so units that serve as an offset are not missed. Line: median over seeds, "
        "band: minimum to maximum.",
        figure,
    )


def _peaks(found: Found) -> Figure:
    """How early the final peak is decided."""
    figure, panels = plt.subplots(1, 2, figsize=(12, 4), layout="constrained")
    fields = np.moveaxis(found.flat.field.values, 1, 2)  # [replica, unit, step, pixel]
    chance = TOP / found.flat.sizes["pixel"]
    measures = (
        (panels[0], peak_among_top, f"final peak is among the top {TOP}"),
        (panels[1], top_overlap, f"overlap with the final top {TOP}"),
    )
    for axes, measure, label in measures:
        values = np.asarray(measure(fields, TOP)).astype(float).mean(1)
        for index, (name, rows) in enumerate(_extremes(found)):
            draw_spread(
                axes, found.flat.step.values, values[rows], name, colour_of(index), faint=False
            )
        draw_reference(axes, chance, "chance")
        axes.set(xlabel="step (updates)", ylabel=f"share: {label}", ylim=(0, 1.03))
    panels[0].legend(fontsize=8)
    return Figure(
        "peaks",
        "When the place of a field is decided",
        "Share of all units; pixels ordered by |weight|. Line: median over seeds, band: minimum "
        "to maximum.",
        figure,
    )


def _fits(found: Found) -> Figure:
    """Errors of the two fits, and the shape of the localized fields."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.4), layout="constrained")
    every = [points(found.replicas)[index] for index in some_points(found.replicas)]
    gabor, sinusoid = found.fits
    firsts = [rows[0] for _, rows in every]
    local = localized(found)[firsts]
    for index, (name, _) in enumerate(every):
        left.plot(
            sinusoid.error[index],
            gabor.error[index],
            "o",
            ms=4,
            alpha=0.7,
            color=colour_of(index),
            label=name,
        )
        chosen = local[index]
        if chosen.any():
            right.plot(
                gabor.width[index][chosen],
                gabor.frequency[index][chosen],
                "o",
                ms=4,
                alpha=0.7,
                color=colour_of(index),
                label=name,
            )
    left.plot([0, 1], [0, 1], ":", color="0.5", lw=1)
    left.set(xlabel="relative error of a sinusoid", ylabel="relative error of a Gabor function")
    left.set(xlim=(0, 1), ylim=(0, 1))
    left.legend(fontsize=7)
    right.set(xlabel="width (pixels)", ylabel="frequency (cycles around the ring)")
    right.set_title(f"localized units (IPR > {found.config.localized:g})", fontsize=9)
    return Figure(
        "fits",
        "Gabor functions and sinusoids",
        "Final fields of the first seed. Errors are norms of what is left over those of the "
        "field. The envelope is exp(-(d / width)^2); right: localized units only.",
        figure,
    )


def _components(found: Found) -> Figure:
    """Filters of the same inputs by all methods, sorted by localization."""
    every, shown = points(found.replicas), [name for name, _ in _extremes(found)]
    chosen = [index for index, (name, _) in enumerate(every) if name in shown]
    methods = list(found.components)
    figure, grid = plt.subplots(
        len(chosen),
        len(methods) + 1,
        figsize=(4.2 * (len(methods) + 1), 3.6 * len(chosen)),
        layout="constrained",
        squeeze=False,
    )
    for row, point in zip(grid, chosen, strict=True):
        name, rows = every[point]
        sets = {"network": found.flat.field.values[rows[0], -1]}
        sets |= {method: found.components[method][point] for method in methods}
        for axes, (method, fields) in zip(row, sets.items(), strict=True):
            ratio = np.asarray(inverse_participation_ratio(fields))
            fields = fields[np.argsort(-ratio)]
            fields = fields / np.abs(fields).max(1, keepdims=True)
            axes.imshow(fields, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
            axes.set_title(f"{name}: {method}, mean IPR {ratio.mean():.2f}", fontsize=9)
            axes.set(xlabel="pixel", ylabel="unit (most localized first)")
    return Figure(
        "components",
        "Other ways to learn from the same inputs",
        "Every field over its largest weight; first seed. Independent components: FastICA with "
        "log cosh; sparse code: atoms of an l1-penalised dictionary.",
        figure,
    )
