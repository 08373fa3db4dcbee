"""Curves over training: median over seeds, spread as a band, theory dashed."""

import numpy as np
from jaxtyping import Shaped
from matplotlib.axes import Axes

# Okabe and Ito (2008), safe for colour-blind readers.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")


def draw_spread(
    axes: Axes,
    steps: Shaped[np.ndarray, " step"],
    values: Shaped[np.ndarray, "replica step"],
    label: str,
    colour: str,
    *,
    faint: bool = True,
) -> Axes:
    """Median over replicas as a line, minimum to maximum as a band, replicas faint.

    Values that are not finite are left out replica by replica.
    """
    values = np.where(np.isfinite(values), values, np.nan).astype(float)
    alive = np.isfinite(values).any(axis=0)
    steps, values = steps[alive], values[:, alive]
    if not len(steps):
        return axes
    axes.fill_between(
        steps, np.nanmin(values, 0), np.nanmax(values, 0), color=colour, alpha=0.15, lw=0
    )
    if faint:
        axes.plot(steps, values.T, color=colour, alpha=0.3, lw=0.6)
    axes.plot(steps, np.nanmedian(values, 0), color=colour, lw=1.8, label=label)
    return axes


def log_steps(axes: Axes) -> Axes:
    """A logarithmic step axis that has room for step 0 and ends with the data."""
    last = max(
        (line.get_xdata()[-1] for line in axes.lines if len(line.get_xdata()) > 2), default=1
    )
    axes.set_xscale("symlog", linthresh=1)
    axes.set_xlim(0, max(last, 1))
    axes.set_xlabel("step (updates)")
    return axes


def draw_reference(axes: Axes, value: float, label: str) -> Axes:
    """A theoretical value as a dashed line."""
    axes.axhline(value, color="0.35", ls="--", lw=1, label=label)
    return axes


def colour_of(index: int) -> str:
    """A colour for the index-th of several curves."""
    return COLOURS[index % len(COLOURS)]
