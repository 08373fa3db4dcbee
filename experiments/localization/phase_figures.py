"""Figures of theory: localization against excess kurtosis, phase diagrams, gradient descent."""

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np

from jaxrep.analysis.receptive_fields import inverse_participation_ratio
from jaxrep.plots.curves import colour_of, draw_reference, draw_spread
from jaxrep.report import Figure

from .analysis import Found, points, some_points
from .theory import Unit

THEORY = "effective dynamics of one ReLU unit, from the same start and without a free parameter"


def draw_theory(found: Found) -> Iterator[Figure]:
    """What there is of: kurtosis, phase diagram, theory against gradient descent."""
    if found.unit is not None:
        if np.isfinite(found.unit.excess_kurtosis).all():
            yield _kurtosis(found, found.unit)
        yield _descent(found, found.unit)
    swept = [name for name, values in found.replicas.grid.items() if len(values) > 1]
    if len(swept) > 1:
        yield _phase_diagram(found, swept)


def _kurtosis(found: Found, unit: Unit) -> Figure:
    """Localization against the excess kurtosis of a pixel, which theory says decides."""
    figure, axes = plt.subplots(figsize=(8.5, 4.6), layout="constrained")
    x = np.array([unit.excess_kurtosis[rows[0]] for _, rows in points(found.replicas)])
    sets = {
        "network, median of units": np.median(found.flat.participation.values[:, -1], 1),
        "single ReLU unit": np.asarray(inverse_participation_ratio(unit.fields[:, -1])),
    }
    if found.config.units == 1:
        sets.pop("network, median of units")
    for index, (label, values) in enumerate(sets.items()):
        by_point = [values[rows] for _, rows in points(found.replicas)]
        middle = np.array([np.median(v) for v in by_point])
        spread = [
            [m - v.min() for m, v in zip(middle, by_point, strict=True)],
            [v.max() - m for m, v in zip(middle, by_point, strict=True)],
        ]
        axes.errorbar(
            x, middle, spread, fmt="os"[index % 2], ms=5, color=colour_of(index), lw=1, label=label
        )
    final = np.asarray(inverse_participation_ratio(unit.theory[:, -1]))
    middle = np.array([np.median(final[rows]) for _, rows in points(found.replicas)])
    order = np.argsort(x, kind="stable")
    axes.plot(x[order], middle[order], "--k", lw=1.2, label="theory: " + THEORY.split(",")[0])
    draw_reference(axes, 3 / (found.flat.sizes["pixel"] + 2), "normal weights")
    axes.axvline(0, color="0.6", ls=":", lw=1)
    axes.set(
        xlabel="excess kurtosis of a pixel (class with the higher label)",
        ylabel="inverse participation ratio",
    )
    axes.legend(fontsize=8)
    return Figure(
        "kurtosis",
        "Localization against excess kurtosis",
        f"At the end of training; points: median, whiskers: minimum to maximum over "
        f"{len(found.replicas.seeds)} seeds. Dashed: {THEORY}. Below an excess kurtosis of 0 "
        "(dotted) the dynamics are super-linear in the largest weights, above it they are not. "
        "Clones of strongly nonlinear inputs sit at 0.",
        figure,
    )


def _descent(found: Found, unit: Unit) -> Figure:
    """Localization over training, and weights at the end, theory dashed."""
    every = points(found.replicas)
    chosen = [every[i] for i in some_points(found.replicas)]
    columns = len(chosen)
    figure, grid = plt.subplots(
        2, columns, figsize=(3.9 * columns + 1, 6.4), layout="constrained", squeeze=False
    )
    steps = found.flat.step.values
    measured = np.asarray(inverse_participation_ratio(unit.fields))
    predicted = np.asarray(inverse_participation_ratio(unit.theory))
    for column, (name, rows) in enumerate(chosen):
        above, below = grid[:, column]
        draw_spread(above, steps, measured[rows], "gradient descent", colour_of(0), faint=False)
        above.plot(steps, np.median(predicted[rows], 0), "--k", lw=1.4, label="theory")
        above.set(xlabel="step (updates)", ylim=(0, 1.02 * max(measured.max(), predicted.max())))
        above.set_title(name, fontsize=9)
        first = rows[0]
        below.plot(unit.fields[first, -1], color=colour_of(0), label="gradient descent")
        below.plot(unit.theory[first, -1], "--k", lw=1.2, label="theory")
        below.set(xlabel="pixel")
        if not column:
            above.set_ylabel("inverse participation ratio")
            below.set_ylabel("weight at the end, first seed")
            above.legend(fontsize=8)
    cosines = [_cosine(unit.fields[r, -1], unit.theory[r, -1]) for r in range(len(measured))]
    peaks = [
        _peak_distance(unit.fields[r, -1], unit.theory[r, -1], found) for r in range(len(cosines))
    ]
    return Figure(
        "theory",
        "Theory against gradient descent",
        f"A single ReLU unit on the same inputs; line: median over seeds, band: minimum to "
        f"maximum; dashed: {THEORY}. Over all networks the cosine between the two at the end is "
        f"{np.median(cosines):.2f} in the median, and the distance between their largest weights "
        f"{np.median(peaks):g} pixels. Where a field gets local, pixels depend "
        "strongly on the pre-activation, and the theory's assumption fails: it says whether and "
        "where, not how sharply.",
        figure,
    )


def _cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-30))


def _peak_distance(a: np.ndarray, b: np.ndarray, found: Found) -> float:
    shape = (found.config.length,) * found.config.dimensions
    places = [np.array(np.unravel_index(np.argmax(np.abs(w)), shape)) for w in (a, b)]
    apart = np.abs(places[0] - places[1])
    return float(np.minimum(apart, found.config.length - apart).max())


def _phase_diagram(found: Found, swept: list[str]) -> Figure:
    """Median localization over the two parameters with most values, and the theory's beside it."""
    grid = found.replicas.grid
    across, down = sorted(swept, key=lambda name: -len(grid[name]))[:2]
    others = [name for name in swept if name not in (across, down)]
    _, hyper = found.replicas.arrays()
    maps = {"network, median of units": np.median(found.flat.participation.values[:, -1], 1)}
    if found.unit is not None:
        if found.config.units > 1:
            maps["single ReLU unit"] = np.asarray(
                inverse_participation_ratio(found.unit.fields[:, -1])
            )
        maps["theory"] = np.asarray(inverse_participation_ratio(found.unit.theory[:, -1]))
    top = max(float(np.nanmax(values)) for values in maps.values())
    figure, panels = plt.subplots(
        1, len(maps), figsize=(4.6 * len(maps) + 1, 4), layout="constrained", squeeze=False
    )
    for axes, (label, values) in zip(panels[0], maps.items(), strict=True):
        picture = np.array(
            [
                [np.median(values[(hyper[across] == x) & (hyper[down] == y)]) for x in grid[across]]
                for y in grid[down]
            ]
        )
        image = axes.imshow(
            picture, origin="lower", vmin=0, vmax=top, cmap="cividis", aspect="auto"
        )
        for (i, j), value in np.ndenumerate(picture):
            colour = "black" if value > 0.6 * top else "white"
            axes.text(j, i, f"{value:.2f}", ha="center", va="center", fontsize=8, color=colour)
        axes.set_xticks(range(len(grid[across])), [f"{v:g}" for v in grid[across]])
        axes.set_yticks(range(len(grid[down])), [f"{v:g}" for v in grid[down]])
        axes.set(xlabel=across, ylabel=down)
        axes.set_title(label, fontsize=9)
    figure.colorbar(image, ax=panels[0], label="inverse participation ratio")
    over = f" and {', '.join(others)}" if others else ""
    return Figure(
        "phases",
        "Phase diagram",
        f"Inverse participation ratio at the end, median over seeds{over}. Theory: {THEORY}.",
        figure,
    )
