"""The page on saddles: rank, gradient and distance over training, the table and the verdict."""

from typing import NamedTuple

import numpy as np

from jaxrep.analysis.modes import learnable_modes
from jaxrep.analysis.saddles import SHARE, map_rank, saddle_distances, straight_distances
from jaxrep.plots.curves import colour_of, draw_spread
from jaxrep.plots.style import panels, steps_axis
from jaxrep.study import GridPoint
from jaxrep.study.report import Figure, Table, Verdict, median_range
from jaxrep.theory.mode_dynamics import loss_plateaus

from .shown import Shown, of_point, resting, spread_words

NEAR = 0.5
"""Share of the null's distance to a saddle below which training counts as passing near it."""


class Visit(NamedTuple):
    """One saddle between 0 and the solution, at every network's nearest step, ``[network]``.

    Attributes:
      modes: how many the saddle has.
      distance: least one, over the strongest singular value.
      step: where it is least.
      loss: there.
      plateau: of the saddle itself.
      gradient: norm there, over the largest of training.
      rank: of the map there.
      straight: least distance of a network that goes straight, the null.
    """

    modes: int
    distance: np.ndarray
    step: np.ndarray
    loss: np.ndarray
    plateau: float
    gradient: np.ndarray
    rank: np.ndarray
    straight: float


def has_saddles(shown: Shown) -> bool:
    """Whether the gradient was recorded, and networks are left."""
    return "gradient_norm" in shown.results and bool(shown.finite.any())


def _distances(shown: Shown, point: GridPoint) -> np.ndarray:
    """``[network, step, saddle]``, over the strongest singular value."""
    one = shown.flat.isel(replica=point.finite)
    strength = shown.modes[point.rows[0]].strength
    parts = [one[name].values for name in ("map", "map_beyond") if name in one]
    learned = np.concatenate([np.asarray(part, float) for part in parts], 2)
    return saddle_distances(learned, strength) / strength[0]


def visits(shown: Shown, point: GridPoint) -> list[Visit]:
    """Every saddle that training can rest at, between the start and the solution."""
    one = shown.flat.isel(replica=point.finite)
    strength = shown.modes[point.rows[0]].strength
    learnable = len(learnable_modes(strength))
    distance = _distances(shown, point)
    levels = np.asarray(loss_plateaus(strength, *shown.data.tables[0].values.shape))
    straight = straight_distances(strength) / strength[0]
    rank = map_rank(one.singular_value.values, strength[0])
    gradient = one.gradient_norm.values / one.gradient_norm.values.max(1, keepdims=True)
    rows, found = np.arange(len(distance)), []
    for modes in resting(shown, strength):
        if not 0 < modes < learnable:
            continue
        at = distance[:, :, modes].argmin(1)
        values = (x[rows, at] for x in (distance[:, :, modes], one.loss.values, gradient, rank))
        least, loss, slope, reached = values
        found.append(
            Visit(
                int(modes),
                least,
                one.step.values[at].astype(float),
                loss,
                float(levels[modes]),
                slope,
                reached,
                float(straight[modes]),
            )
        )
    return found


def saddle_tables(shown: Shown) -> list[Table]:
    """Every saddle on the way and how near training comes to it."""
    if not has_saddles(shown):
        return []
    rows = []
    for point in [point for point in shown.points if len(point.finite)]:
        for visit in visits(shown, point):
            rows.append(
                [
                    f"{visit.modes}",
                    *([point.title] if point.name else []),
                    median_range(visit.distance, 3),
                    f"{visit.straight:.3f}",
                    median_range(visit.step, 0),
                    median_range(visit.loss, 4),
                    f"{visit.plateau:.4f}",
                    median_range(visit.gradient, 3),
                    median_range(visit.rank.astype(float), 0),
                ]
            )
    columns = ["modes", *(["networks"] if shown.points[0].name else [])]
    columns += ["least distance / singular value", "null: going straight", "at step", "loss there"]
    columns += ["loss of the saddle", "gradient there / largest", "rank there"]
    caption = (
        "Saddles: maps with the first modes of the task and nothing else. Median over seeds "
        "(minimum to maximum). Null: least distance of a network without stages, whose modes all "
        f"grow in proportion. Rank: singular values above {SHARE:g} of the task's strongest. Only "
        "saddles between modes whose singular values differ by 5% or more."
    )
    return [Table("From saddle to saddle", columns, rows, caption)]


def saddle_verdicts(shown: Shown) -> list[Verdict]:
    """Whether training passes near every saddle, in order, and rests at its loss."""
    lines = []
    for point in [point for point in shown.points if len(point.finite)][:2]:
        every = visits(shown, point)
        if not every:
            continue
        name = f" ({point.title})" if point.name else ""
        steps = np.stack([visit.step for visit in every], 1)
        ordered = int((np.diff(steps, axis=1) > 0).all(1).sum())
        near = [float(np.median(visit.distance)) for visit in every]
        off = [abs(float(np.median(visit.loss)) / visit.plateau - 1) for visit in every]
        ranks = int(sum((visit.rank == visit.modes).sum() for visit in every))
        text = (
            f"{ordered} of {len(steps)} networks{name} pass the saddles of "
            f"{', '.join(str(visit.modes) for visit in every)} modes in this order, at distances "
            f"of {', '.join(f'{value:.2g}' for value in near)} of the largest singular value; "
            f"null, a network that goes straight: "
            f"{', '.join(f'{visit.straight:.2g}' for visit in every)}. The rank there is that of "
            f"the saddle in {ranks} of {len(steps) * len(every)} passages, and the loss differs "
            f"from the saddle's by {max(off):.1%} at most (medians)."
        )
        agrees = ordered == len(steps) and all(
            distance < NEAR * visit.straight for distance, visit in zip(near, every, strict=True)
        )
        compared = (
            "published (Jacot et al. 2021): from saddle to saddle, by rank; here all in order, at "
            f"less than {NEAR:g} of the null's distance"
        )
        lines.append(Verdict(text, agrees, compared))
    return lines


def saddle_figure(shown: Shown, point: GridPoint) -> Figure:
    """Distance to every saddle, rank and gradient over training."""
    one = shown.flat.isel(replica=point.finite)
    steps, strength = one.step.values, shown.modes[point.rows[0]].strength
    distance, every = _distances(shown, point), visits(shown, point)
    figure, (left, middle, right) = panels(3, 5, 4.2, columns=3)
    for index, visit in enumerate(every):
        label, colour = f"{visit.modes} modes", colour_of(index)
        draw_spread(left, steps, distance[:, :, visit.modes], label, colour, faint=False)
        left.axhline(visit.straight, color=colour, ls="--", lw=0.9)
        for axes in (middle, right):
            axes.axvline(float(np.median(visit.step)), color=colour, ls=":", lw=1)
    left.plot([], [], "k--", lw=0.9, label="null: going straight")
    left.set_yscale("log")
    left.set_ylabel("distance to the saddle / largest singular value")
    if every:
        left.legend(fontsize=8)
    rank = map_rank(one.singular_value.values, strength[0])
    draw_spread(middle, steps, rank, None, colour_of(0))
    middle.set_ylabel(f"rank of the map (above {SHARE:g} of the strongest)")
    draw_spread(right, steps, one.gradient_norm.values, None, colour_of(0))
    right.set_yscale("log")
    right.set_ylabel("norm of the gradient (loss per unit of weight)")
    for axes in (left, middle, right):
        steps_axis(axes, log=False)
    return Figure(
        "saddles",
        "From saddle to saddle",
        f"{of_point(point)}{spread_words(shown)} Left: distance of the map to the saddles with the "
        "first modes of the task and nothing else, and how near a network without stages would "
        "come. Dotted: the step that is nearest to each, where the rank rests and the gradient is "
        "small.",
        figure,
    )
