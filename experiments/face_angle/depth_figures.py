"""Figure and table of the information along the depth of a network."""

import numpy as np

from jaxrep.plots.curves import draw_whiskers
from jaxrep.plots.fisher_curves import draw_information
from jaxrep.plots.style import Palette, panel_grid
from jaxrep.study.report import Figure, Table, median_range

from .depth import FOLDS, Depth
from .findings import Found
from .page import left_out


def along_the_depth(found: Found, depth: Depth, palette: Palette) -> Figure:
    """What every layer knows, before and after training, and at which angles."""
    figure, grid = panel_grid(len(found.points), 2, 5.5, 3.8)
    for (left, right), point in zip(grid, found.points, strict=True):
        trained, before = depth.root[:, point.finite].T, depth.root_before[:, point.finite].T
        names = [f"{name}\n({units} units)" for name, units in _named(depth)]
        draw_whiskers(left, names, before, "before training", "0.5", marker="s", shift=-0.1)
        draw_whiskers(left, names, trained, "trained", palette["trained"], shift=0.1)
        left.set(ylabel="sqrt(I), mean over angles (1/rad)", ylim=(0, None))
        left.legend(fontsize=7)
        left.set_title(f"loss {point.title}", fontsize=9)
        for name, curves in zip(depth.layers, depth.bound, strict=True):
            shown = {"quantity": "root", "faint": len(point.finite) > 1}
            draw_information(
                right, depth.angles, curves[point.finite], name, palette[name], **shown
            )
        right.legend(fontsize=7)
        right.set_title("trained, angle by angle", fontsize=9)
    return Figure(
        "depth",
        "Where along the depth?",
        f"{_measure(found)} Points and lines: median over seeds; whiskers and bands: minimum to "
        "maximum. A layer can have more than the one before it: what is curved there can be "
        "straight here, and readouts are linear.",
        figure,
    )


def depth_table(found: Found, depth: Depth) -> Table:
    """Lower bound and corrected value of every layer: two numbers, never one that is shrunk."""
    rows = []
    for point in found.points:
        each = zip(_named(depth), depth.root, depth.root_before, strict=True)
        for index, ((name, units), root, before) in enumerate(each):
            exact = np.sqrt(np.maximum(depth.corrected[index, point.finite], 0)).mean(-1)
            relative = depth.error[index, point.finite] / np.abs(depth.bound[index, point.finite])
            rows.append(
                [
                    point.title,
                    name,
                    units,
                    median_range(root[point.finite], 1),
                    f"{np.median(relative):.0%}",
                    median_range(before[point.finite], 1),
                    median_range(exact, 1) if np.isfinite(exact).any() else None,
                    f"{depth.reliable[index, point.finite].mean():.0%}",
                ]
            )
    return Table(
        "Where along the depth?",
        [
            "loss",
            "layer",
            "units",
            "sqrt(I), bound (1/rad)",
            "error of I at one angle",
            "before training",
            "sqrt(I), corrected",
            "angles where that is reliable",
        ],
        rows,
        f"Mean over {len(depth.angles)} angles, training faces. {_measure(found)} Corrected: the "
        "formula with the bias of few samples removed; nothing where there are not more persons "
        "than units, and not reliable with less than 37 more than units.",
    )


def _named(depth: Depth) -> list[tuple[str, int]]:
    return list(zip(depth.layers, depth.units, strict=True))


def _measure(found: Found) -> str:
    what = left_out(found).removeprefix("the ")
    return (
        f"Linear readouts, fitted to four fifths of {what} and tested on the rest, "
        f"{FOLDS} times: a lower bound of linear Fisher information."
    )
