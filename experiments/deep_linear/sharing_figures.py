"""Figures of paths that some contexts share."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from jaxrep.plots.curves import colour_of, draw_spread, draw_theory
from jaxrep.plots.style import panels
from jaxrep.study import GridPoint, panels_or_picker
from jaxrep.study.report import Figure, PageFigure

from .point_results import draw_across
from .sharing_page import MODE, Shared


def draw_sharing(shared: Shared) -> Iterator[PageFigure]:
    """All figures, in the order of the page."""
    if not shared.points:
        return
    yield gates(shared)
    yield panels_or_picker(shared.points, partial(race, shared), most=8)
    yield ends(shared)


def _label(width: int) -> str:
    return "own paths" if width == 1 else f"paths of {width} contexts"


def gates(shared: Shared) -> Figure:
    """Which path is open in which context."""
    contexts, paths = shared.gates.shape
    figure, (axes,) = panels(1, min(1.5 + 0.4 * paths, 9), min(1.2 + 0.3 * contexts, 5))
    axes.imshow(shared.gates, cmap="Greys", vmin=0, vmax=1.4, aspect="auto")
    axes.set(xlabel="path", ylabel="context")
    axes.set_xticks(range(paths), [str(p + 1) for p in range(paths)])
    axes.set_yticks(range(contexts), [str(c + 1) for c in range(contexts)])
    axes.grid(False)
    return Figure("gates", "Paths that are open in a context", "Dark: open.", figure)


def race(shared: Shared, points: list[GridPoint]) -> Figure:
    """Shares of the first mode over training."""
    figure, places = panels(len(points), 5, columns=3)
    steps = shared.flat.step.values
    for axes, point in zip(places, points, strict=True):
        one = shared.of(point)
        for index, width in enumerate(shared.levels):
            seen = one.share.values[:, :, index]
            draw_spread(axes, steps, seen, _label(width), colour_of(index), faint=False)
        for index in range(len(shared.levels)):
            theory = one.theory_share.values[:, :, index]
            draw_theory(axes, steps, theory, None if index else "reduction")
        whole = np.median(one.share.values.sum(2), 0)
        late = steps[np.argmax(whole > 0.9)] if (whole > 0.9).any() else steps[-1]
        axes.set(xlim=(0, min(4 * max(late, 1), steps[-1])), ylim=(-0.05, 1.1))
        axes.set(xlabel="step (updates)", ylabel="share of mode 1, mean over contexts")
        axes.set_title(point.title, fontsize=10)
    places[0].legend(fontsize=8)
    return Figure(
        "sharing_race",
        "The race of paths that all, some or single contexts share",
        f"{shared.spread_words} "
        "Share: part of the mean answer to a trained context that paths of one "
        "width give. Dashed: the reduction of each network to its paths, from its own initial "
        "weights, without a free parameter.",
        figure,
    )


def ends(shared: Shared) -> Figure:
    """Shares in the end against the width of a path, and every path against the closed form."""
    figure, (axes, right) = panels(2, 6, 4.4, columns=2)
    widths = np.array(shared.levels, float)
    for index, point in enumerate(shared.points):
        one, colour = shared.of(point), colour_of(index)
        values = [np.maximum(one.share.values[:, -1, k], 1e-12) for k in range(len(widths))]
        draw_across(axes, widths, values, point.title, colour, marker="o")
        closed = np.median(one.closed_share.values, 0)
        axes.plot(widths, closed, "k--", lw=1.3, label=None if index else "closed form")
    null = np.median(shared.flat.start_share.values[np.concatenate(_finite(shared))], 0)
    axes.plot(widths, null, color="0.6", ls=":", lw=1.3, label="null: as at the start")
    axes.set(xlabel="contexts that a path is open in", ylabel="share of mode 1 in the end")
    axes.set_xscale("log", base=2)
    axes.set_xticks(widths, [f"{width:g}" for width in widths])
    axes.set_yscale("log")
    for index, point in enumerate(shared.points):
        one, strongest = shared.of(point), shared.strength[MODE]
        closed, seen = (
            x[..., MODE].ravel() / strongest
            for x in (one.closed_path_strength.values, one.path_strength.values[:, -1])
        )
        right.plot(closed, seen, ".", color=colour_of(index), label=point.title, alpha=0.7)
    right.plot([0, 1], [0, 1], "k--", lw=1.3, label="closed form")
    right.set(xlabel="strength of a path / s, closed form", ylabel="trained")
    for one in (axes, right):
        one.legend(fontsize=8)
    return Figure(
        "sharing_ends",
        "Who wins",
        f"{shared.spread_words} "
        "Right: every path of every network, mode 1. Dashed: the closed form of "
        "the flow from each network's own start: of all ways to answer every context the nearest "
        "to the start in relative entropy.",
        figure,
    )


def _finite(shared: Shared) -> list[np.ndarray]:
    return [point.finite for point in shared.points]
