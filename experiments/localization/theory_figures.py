"""Figures of theory: localization against excess kurtosis, phase diagrams, gradient descent."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from jaxtyping import Float

from jaxrep.analysis import inverse_participation_ratio
from jaxrep.engine import where_finite
from jaxrep.plots import (
    Palette,
    draw_against_kurtosis,
    draw_field_against_theory,
    draw_kurtosis_theory,
    draw_normal_weights,
    draw_phase_diagram,
    draw_spread,
    panel_grid,
    panels,
    steps_axis,
)
from jaxrep.plots import draw_theory as draw_predicted
from jaxrep.study import GridPoint, panels_or_picker
from jaxrep.study.report import Figure, PageFigure

from .analysis import Found, Unit
from .problem import is_probed
from .theory_words import agreement

THEORY = "effective dynamics of one ReLU unit, from the same start and without a free parameter"
NETWORK, UNIT = "network, median of units", "single ReLU unit"


def draw_theory(found: Found, palette: Palette) -> Iterator[PageFigure]:
    """What there is of: kurtosis, phase diagram, theory against gradient descent."""
    if found.unit is not None:
        if np.isfinite(found.unit.excess_kurtosis).all():
            yield _kurtosis(found, found.unit, palette)
        yield panels_or_picker(found.points, partial(_descent, found, found.unit, palette), 4)
    swept = [name for name, values in found.replicas.grid.items() if len(values) > 1]
    if len(swept) > 1:
        yield _phase_diagram(found, swept)


def _final_ratios(found: Found) -> dict[str, Float[np.ndarray, " replica"]]:
    """Inverse participation ratios at the end: network, unit beside it, theory; NaN if diverged."""
    ratios = {NETWORK: np.median(found.ratio, 1)}
    if found.unit is not None:
        sets = {UNIT: found.unit.fields, "theory": found.unit.theory}
        ratios |= {
            name: np.asarray(inverse_participation_ratio(fields[:, -1]))
            for name, fields in sets.items()
        }
    if found.unit is not None and not is_probed(found.config):
        ratios.pop(NETWORK)  # it is the unit
    return {name: where_finite(values, found.finite) for name, values in ratios.items()}


def _kurtosis(found: Found, unit: Unit, palette: Palette) -> Figure:
    """Localization against the excess kurtosis of a pixel, which theory says decides."""
    figure, (axes,) = panels(1, 8.5, 4.6)
    kurtosis = np.array([unit.excess_kurtosis[point.rows[0]] for point in found.points])
    by_point = {
        name: np.stack([values[point.rows] for point in found.points], 1)
        for name, values in _final_ratios(found).items()
    }
    theory = by_point.pop("theory")
    for (name, values), marker in zip(by_point.items(), "os", strict=False):
        draw_against_kurtosis(axes, kurtosis, values, name, palette[name], marker=marker)
    label = "theory: " + THEORY.split(",")[0]
    swept = [name for name, values in found.replicas.grid.items() if len(values) > 1]
    if len(swept) == 1:
        draw_kurtosis_theory(axes, kurtosis, theory, label)
    else:  # a line would join points that differ in other things as well
        axes.plot(kurtosis, np.nanmedian(theory, 0), "k_", ms=14, mew=2, label=label)
    draw_normal_weights(axes, found.flat.sizes["pixel"])
    axes.set_xlabel("excess kurtosis of a pixel (class with the higher label)")
    axes.legend(fontsize=8)
    return Figure(
        "kurtosis",
        "Localization against excess kurtosis",
        f"At the end of training; points: median, whiskers: minimum to maximum over "
        f"{len(found.replicas.seeds)} seeds. Dashes: {THEORY}. Below an excess kurtosis of 0 "
        "(dotted) the dynamics are super-linear in the largest weights, above it they are not. "
        "Clones of strongly nonlinear inputs sit at 0.",
        figure,
    )


def _descent(found: Found, unit: Unit, palette: Palette, chosen: Sequence[GridPoint]) -> Figure:
    """Localization over training, and weights at the end, theory dashed."""
    steps = found.flat.step.values
    figure, grid = panel_grid(2, len(chosen), 4.1, 3.2)
    measured = np.asarray(inverse_participation_ratio(unit.fields))
    predicted = np.asarray(inverse_participation_ratio(unit.theory))
    top = 1.02 * max(np.nanmax(measured[found.finite]), np.nanmax(predicted[found.finite]))
    for (above, below), point in zip(grid.T, chosen, strict=True):
        colour, first = palette[UNIT], point.finite[0]
        draw_spread(above, steps, measured[point.finite], "gradient descent", colour, faint=False)
        draw_predicted(above, steps, predicted[point.finite])
        steps_axis(above, log=False).set(ylim=(0, top), title=point.title)
        draw_field_against_theory(below, unit.fields[first, -1], unit.theory[first, -1], colour)
        below.set_ylabel("")
    grid[0, 0].set_ylabel("inverse participation ratio")
    grid[1, 0].set_ylabel("weight at the end, first seed")
    grid[0, 0].legend(fontsize=8)
    return Figure(
        "theory",
        "Theory against gradient descent",
        f"A single ReLU unit on the same inputs; line: median over seeds, band: minimum to "
        f"maximum; dashed: {THEORY}. {agreement(found, unit)}",
        figure,
    )


def _phase_diagram(found: Found, swept: list[str]) -> Figure:
    """Median localization over the two parameters with most values, and the theory's beside it."""
    grid = found.replicas.grid
    across, down = sorted(swept, key=lambda name: -len(grid[name]))[:2]
    others = [name for name in swept if name not in (across, down)]
    maps = {
        name: _median_map(found, values, down, across)
        for name, values in _final_ratios(found).items()
    }
    top = max(float(np.nanmax(values, initial=0)) for values in maps.values())
    figure, shown = panels(len(maps), 4.9, 4, columns=3)
    for axes, (name, values) in zip(shown, maps.items(), strict=True):
        draw_phase_diagram(axes, values, np.array(grid[down]), np.array(grid[across]), top=top)
        axes.set(xlabel=across, ylabel=down, title=name)
    figure.colorbar(shown[-1].images[-1], ax=shown, label="inverse participation ratio")
    over = f" and {', '.join(others)}" if others else ""
    return Figure(
        "phases",
        "Phase diagram",
        f"Inverse participation ratio at the end, median over seeds{over}. Theory: {THEORY}.",
        figure,
    )


def _median_map(
    found: Found, values: Float[np.ndarray, " replica"], down: str, across: str
) -> Float[np.ndarray, "row column"]:
    """Median over the finite networks at every pair of values; NaN where there is none."""
    _, hyper = found.replicas.arrays()
    grid, picture = found.replicas.grid, []
    for y in grid[down]:
        here = [values[(hyper[across] == x) & (hyper[down] == y)] for x in grid[across]]
        known = [row[np.isfinite(row)] for row in here]
        picture.append([np.median(row) if len(row) else np.nan for row in known])
    return np.array(picture)
