"""Figure of the information over training, and the order in which it appears."""

import numpy as np

from jaxrep.arrays import spaced_places
from jaxrep.plots.curves import draw_reference, draw_spread
from jaxrep.plots.fisher_curves import draw_information
from jaxrep.plots.style import ANGLE_LABEL, Palette, many_colours, panel_grid, steps_axis
from jaxrep.study.report import Figure, median_range

from .emergence import FEWEST_STEPS, Emergence
from .findings import Found, loss_of, theory_exponent
from .page import SPREAD, shown_points

SHOWN_STEPS = 6
"""Steps whose curves are drawn."""


def over_training(found: Found, emergence: Emergence, palette: Palette) -> Figure:
    """Curves at several steps, their exponent, and when each angle has half its precision."""
    points = shown_points(found)
    figure, grid = panel_grid(len(points), 3, 4.3, 3.6)
    steps = emergence.steps
    chosen = spaced_places(len(steps), SHOWN_STEPS)
    shades = many_colours([f"step {steps[index]}" for index in chosen][::-1])
    words = []
    for (first, second, third), point in zip(grid, points, strict=True):
        rows = point.finite
        for index in chosen:
            name, curves = f"step {steps[index]}", emergence.information[index, rows]
            draw_information(first, found.angles, curves, name, shades[name], quantity="root")
        first.legend(fontsize=7)
        first.set_title(f"loss {point.title}", fontsize=9)
        if found.varies:
            theory = theory_exponent(found.config, loss_of(found, point))
            exponents = emergence.exponent[:, rows].T
            draw_spread(second, steps, exponents, None, palette[point.title])
            draw_reference(second, theory, f"theory of the loss, {theory:.2f}")
            second.set(ylabel="g of I ~ p^g")
            second.legend(fontsize=7)
        else:
            root = np.sqrt(np.maximum(emergence.information[:, rows], 0)).mean(-1).T
            draw_spread(second, steps, root, None, palette[point.title])
            second.set(ylabel="sqrt(I), mean over angles (1/rad)")
        steps_axis(second)
        draw_spread(
            third,
            found.angles[emergence.often],
            emergence.half[rows][:, emergence.often],
            "half of sqrt(I) is there",
            palette[point.title],
        )
        third.legend(fontsize=7, loc="upper left")
        third.set(xlabel=ANGLE_LABEL, ylabel="step (updates)", ylim=(0, None))
        if found.varies:
            density = third.twinx()
            density.plot(found.angles, emergence.density[rows[0]], "k:", label="density of angles")
            density.set(ylabel="density of angles (1/rad)", ylim=(0, None))
            density.legend(fontsize=7, loc="center left")
            if len(steps) < FEWEST_STEPS:
                continue
            order = emergence.order(rows)
            words.append(
                f"loss {point.title}: tau {median_range(emergence.orders(rows))}, of the medians "
                f"{order.tau:.2f} (95 % of shifted densities below {order.null:.2f})"
            )
    said = f" Order against density: {'; '.join(words)}." if words else ""
    return Figure(
        "emergence",
        "When does the precision appear?",
        f"Training faces, networks kept at {len(steps)} steps. {SPREAD} Right: step at which an "
        f"angle has risen by half of all that it rises, whatever that is.{said}",
        figure,
    )
