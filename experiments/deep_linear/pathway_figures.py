"""Figures of gated paths that race."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from jaxrep.plots.curves import colour_of, draw_spread, draw_theory
from jaxrep.plots.style import panels
from jaxrep.study import GridPoint, panels_or_picker
from jaxrep.study.report import Figure, PageFigure

from .pathways import MODE, Raced, new_context
from .point_results import draw_across


def draw_pathways(raced: Raced) -> Iterator[PageFigure]:
    """All figures, in the order of the page."""
    if not raced.points:
        return
    yield panels_or_picker(raced.points, partial(race, raced), most=8)
    yield ends(raced)
    yield losses(raced)


def race(raced: Raced, points: list[GridPoint]) -> Figure:
    """Strength of the first mode in the shared path and in own ones over training."""
    figure, places = panels(len(points), 5, columns=4)
    steps = raced.flat.step.values
    strongest = raced.strength[MODE]
    for axes, point in zip(places, points, strict=True):
        one = raced.of(point)
        count = int(raced.hyper(point, "contexts"))
        paths = {"shared path": slice(0, 1), "own paths": slice(1, count + 1)}
        for index, (label, which) in enumerate(paths.items()):
            seen, theory = (
                x.values[:, :, which, MODE].mean(2) / strongest
                for x in (one.path_strength, one.theory_path_strength)
            )
            draw_spread(axes, steps, seen, label, colour_of(index), faint=False)
            draw_theory(axes, steps, theory, None if index else "reduction")
        axes.axvline(float(one.predicted_transition[0, MODE]), color="0.6", ls=":", lw=1)
        late = max(float(np.nanmax(one.separate_predicted_transition[:, MODE])), steps[-1] / 20)
        axes.set(xlim=(0, min(2.5 * late, steps[-1])), ylim=(-0.05, 1.1))
        axes.set(xlabel="step (updates)", ylabel="strength / singular value")
        axes.set_title(point.title, fontsize=10)
    places[0].legend(fontsize=8)
    return Figure(
        "race",
        "The race of the paths for the first mode",
        f"{raced.spread_words} "
        "Own paths: mean over the contexts. Dashed: the reduction of each network "
        "to its paths, from its own initial weights, without a free parameter; dotted: when one "
        "path alone is predicted to have learned half of the mode.",
        figure,
    )


def ends(raced: Raced) -> Figure:
    """The shared path's share, half times, and the error in a new context, against contexts."""
    figure, (left, middle, right) = panels(3, 5, 4.2, columns=3)
    for index, (label, points) in enumerate(raced.by_start("contexts").items()):
        counts = np.array([raced.hyper(point, "contexts") for point in points])
        networks = [raced.of(point) for point in points]
        drawn = partial(draw_across, swept=counts, colour=colour_of(index))

        drawn(
            left,
            values=[1 - one.shared_share.values[:, MODE] for one in networks],
            label=label,
            marker="o",
        )
        closed = np.array([1 - np.median(one.theory_shared_share[:, MODE]) for one in networks])
        left.plot(counts, closed, "k--", lw=1.3, label=None if index else "closed form")
        drawn(
            middle,
            values=[one.transition.values[:, MODE] for one in networks],
            label=label,
            marker="o",
        )
        drawn(
            middle,
            values=[one.separate_transition.values[:, MODE] for one in networks],
            label=f"{label}, no shared path",
            marker="s",
            line_style=":",
        )
        for name in ("predicted_transition", "separate_predicted_transition"):
            times = [float(one[name][0, MODE]) for one in networks]
            middle.plot(counts, times, "k--", lw=1.3)
        drawn(right, values=[new_context(one) for one in networks], label=label, marker="o")
        theory = [
            np.median(one.theory_loss_new[:, -1] / one.theory_loss_new[:, 0]) for one in networks
        ]
        right.plot(counts, theory, "k--", lw=1.3, label=None if index else "reduction")
    right.axhline(1, color="0.6", ls=":", lw=1, label="null: no shared path")
    left.set(ylabel="part of mode 1 left to the own paths", yscale="log")
    middle.set(ylabel="mode 1 half learned (updates)", yscale="log")
    right.set(ylabel="error in a new context / at the start", yscale="log")
    for axes in (left, middle, right):
        axes.set_xlabel("contexts that share the path")
        axes.set_xscale("log", base=2)
        axes.legend(fontsize=7)
    return Figure(
        "race_ends",
        "Who wins, when, and what it is good for",
        f"{raced.spread_words} "
        "Left: at one context both paths are alike and the start decides (null); "
        "dashed: the closed form from each network's own start. Middle: without a shared path "
        "every context learns alone, in proportion to their number. Right: only a shared path "
        "answers in a context that was never trained.",
        figure,
    )


def losses(raced: Raced) -> Figure:
    """Loss over training with and without the shared path, of the most contexts."""
    most = max(raced.hyper(point, "contexts") for point in raced.points)
    points = [point for point in raced.points if raced.hyper(point, "contexts") == most]
    figure, places = panels(len(points), 6)
    steps = raced.flat.step.values
    for axes, point in zip(places, points, strict=True):
        curves = {
            "with a shared path": raced.of(point),
            "without": raced.separate.isel(replica=point.finite),
        }
        for index, (label, one) in enumerate(curves.items()):
            draw_spread(axes, steps, one.loss.values, label, colour_of(index), faint=False)
            draw_theory(axes, steps, one.theory_loss.values, None if index else "reduction")
        axes.set(xlabel="step (updates)", ylabel="mean squared error, trained contexts")
        axes.set_title(point.title, fontsize=10)
        axes.legend(fontsize=8)
    return Figure("race_loss", "Loss with and without a shared path", raced.spread_words, figure)
