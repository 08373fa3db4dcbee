"""Figures of networks with correlated inputs."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from jaxrep.plots.curves import colour_of, draw_reference, draw_spread, draw_theory
from jaxrep.plots.style import panels
from jaxrep.study import GridPoint, panels_or_picker
from jaxrep.study.report import Figure, PageFigure

from .regression_page import NEAR, Regressed

MOST_MODES = 6
"""Modes that are drawn; more are one tangle."""


def draw_regression(regressed: Regressed) -> Iterator[PageFigure]:
    """All figures, in the order of the page."""
    if not regressed.points:
        return
    yield distances(regressed)
    yield panels_or_picker(regressed.points, partial(strengths, regressed), most=8)
    yield times(regressed)


def distances(regressed: Regressed) -> Figure:
    """Distance of the map from the regression, and excess loss, over training."""
    figure, (left, right) = panels(2, 6, 4.2, columns=2)
    steps = regressed.flat.step.values
    for index, point in enumerate(regressed.points):
        one, colour = regressed.of(point), colour_of(index)
        draw_spread(left, steps, one.distance.values, point.title, colour, faint=False)
        excess = one.loss.values - one.least_loss.values[:, None]
        draw_spread(right, steps, np.maximum(excess, 1e-16), point.title, colour, faint=False)
    draw_reference(left, 1.0, "null: no map at all")
    left.axhline(NEAR, color="0.6", ls=":", lw=1, label=f"{NEAR:.0%} of the regression")
    left.set(ylabel="|W - regression| / |regression|", yscale="log")
    right.set(ylabel="loss - loss of the regression", yscale="log")
    for axes in (left, right):
        axes.set_xlabel("step (updates)")
        axes.legend(fontsize=8)
    return Figure(
        "regression",
        "Training ends at the regression in closed form",
        f"{regressed.spread_words} "
        "Left: distance of the trained map from (X'X)⁺X'Y; initial weights "
        "are at about 1, the null. Right: mean squared error beyond that of the regression, down "
        "to 1e-16.",
        figure,
    )


def strengths(regressed: Regressed, points: list[GridPoint]) -> Figure:
    """Modes of X'Y over training, over what the regression has of them."""
    figure, places = panels(len(points), 5, columns=2)
    steps = regressed.flat.step.values
    for axes, point in zip(places, points, strict=True):
        one = regressed.of(point)
        count = min(int((one.regression_strength.values[0] > 0).sum()), MOST_MODES)
        ends = one.regression_strength.values[0, :count]
        for mode in range(count):
            seen = one.mode_strength.values[:, :, mode] / ends[mode]
            draw_spread(axes, steps, seen, f"mode {mode + 1}", colour_of(mode), faint=False)
        for mode in range(count if regressed.aligned(point) else 0):
            theory = one.theory_mode_strength.values[0, :, mode] / ends[mode]
            draw_theory(axes, steps, theory, None if mode else "theory")
        late = np.nanmax(one.transition.values[:, :count], initial=steps[-1] / 4)
        axes.set(xlim=(0, min(1.3 * late, steps[-1])), ylim=(-0.05, 1.3))
        axes.set(xlabel="step (updates)", ylabel="strength / pull over power")
        said = "" if regressed.aligned(point) else ": no theory, inputs mix the modes"
        axes.set_title(f"{point.title}{said}", fontsize=10)
    places[0].legend(fontsize=7, ncols=2)
    return Figure(
        "regression_modes",
        "Modes of inputs and outputs over training",
        f"{regressed.spread_words} "
        "A mode of X'Y has a pull (its singular value) and a power (of the "
        "inputs); learned alone it ends at pull / power. Dashed: theory from the mean start, "
        "without a free parameter, where the inputs' covariance does not mix the modes. "
        f"At most {MOST_MODES} modes are drawn.",
        figure,
    )


def times(regressed: Regressed) -> Figure:
    """Half times of the modes against their pull."""
    figure, (axes,) = panels(1, 7, 4.5)
    for index, point in enumerate(regressed.points):
        one, colour = regressed.of(point), colour_of(index)
        modes = regressed.modes[regressed.index(point)]
        known = np.flatnonzero(one.regression_strength.values[0] > 0)
        seen = one.transition.values[:, known]
        draw_spread(axes, modes.pull[known], seen, point.title, colour, faint=False, marker="o")
        if regressed.aligned(point):
            predicted = one.predicted_transition.values[0, known]
            axes.plot(modes.pull[known], predicted, "k--", lw=1.2, label=None)
    axes.plot([], [], "k--", lw=1.2, label="theory")
    axes.set(xlabel="pull of the mode (singular value of X'Y)", ylabel="half learned (updates)")
    axes.set(xscale="log", yscale="log")
    axes.legend(fontsize=8)
    return Figure(
        "regression_times",
        "The pull of a mode decides when it is learned",
        f"{regressed.spread_words} One point for each mode. Dashed: theory, where there is one.",
        figure,
    )
