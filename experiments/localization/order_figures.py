"""Figure of what is learned when: errors on inputs and their clone, and localization."""

from collections.abc import Iterator

import numpy as np

from jaxrep.plots import Palette, draw_normal_weights, draw_spread, panel_grid, steps_axis
from jaxrep.study.report import Figure

from .analysis import Found, extremes
from .learned_when import APART, TESTED, Learned

INPUTS, CLONE = "inputs", "their Gaussian clone"


def draw_order(found: Found) -> Iterator[Figure]:
    """The figure, where errors were measured more than once."""
    if found.learned_when is not None and found.flat.sizes["step"] > 1:
        yield _order(found, found.learned_when)


def _order(found: Found, learned: Learned) -> Figure:
    chosen, steps = extremes(found), found.flat.step.values
    palette = Palette([INPUTS, CLONE])
    figure, grid = panel_grid(2, len(chosen), 6, 3.4)
    ratio = np.median(found.flat.participation.values, 2)
    rows = np.concatenate([point.finite for point in chosen])
    highest = 1.03 * max(np.max(learned.inputs[rows]), np.max(learned.clone[rows]))
    for (above, below), point in zip(grid.T, chosen, strict=True):
        for name, values in ((INPUTS, learned.inputs), (CLONE, learned.clone)):
            draw_spread(above, steps, values[point.finite], name, palette[name], faint=False)
        draw_spread(below, steps, ratio[point.finite], None, "0.3", faint=False)
        draw_normal_weights(below, found.flat.sizes["pixel"])
        departed = learned.departure[point.finite]
        if np.isfinite(departed).any():
            middle = float(np.nanmedian(departed))
            for axes in (above, below):
                axes.axvline(middle, color="0.6", ls=":", lw=1)
        for axes in (above, below):
            steps_axis(axes, log=False)
        above.set(title=f"trained on {point.title}", ylim=(0, highest))
        below.set_ylim(0, 1.05 * max(np.max(ratio[rows]), 3 / found.flat.sizes["pixel"]))
    crossed = found.config.loss == "cross_entropy"
    grid[0, 0].set_ylabel("cross-entropy (nats)" if crossed else "mean squared error")
    grid[1, 0].set_ylabel("inverse participation ratio, median")
    grid[0, 0].legend(fontsize=8, title="tested on", title_fontsize=8)
    grid[1, 0].legend(fontsize=8)
    return Figure(
        "learned_when",
        "What is learned when",
        f"Error on {TESTED:,} fresh inputs, and on as many normal ones with the mean and "
        "covariance of each of their classes: where the two are alike, no more than means and "
        "covariances is used. Line: median over seeds, band: minimum to maximum; dotted: step "
        f"from which on they are {APART:g} or more apart for good, median of the seeds in which "
        "they are.",
        figure,
    )
