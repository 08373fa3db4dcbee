"""Bias and spread of estimators of information over the number of samples."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Shaped
from matplotlib.axes import Axes
from matplotlib.ticker import (
    FixedLocator,
    FuncFormatter,
    NullFormatter,
    NullLocator,
    ScalarFormatter,
)

from jaxrep.plots.curves import draw_reference, draw_whiskers
from jaxrep.plots.style import Number, Palette
from jaxrep.typing import Array

LINEAR = 0.1
"""Bits around 0 within which the axis of biases is linear; logarithmic beyond."""
APART = 1.1
"""Ratio of places at which neighbouring estimates of one size stand."""
TICKS = (-10, -1, -0.1, 0, 0.1, 1, 10)


def draw_bias(
    axes: Axes,
    sizes: Shaped[Array, " size"],
    bits: Float[Array, "draw size estimate"],
    truth: Number,
    names: Sequence[str],
    palette: Palette,
    *,
    limits: tuple[Number, Number] = (-10.0, 10.0),
) -> Axes:
    """Estimate less truth over the number of samples: median and range over draws, side by side.

    Estimates that are NaN are left out; of an estimator without any, nothing is drawn.

    >>> from matplotlib.figure import Figure
    >>> bits = np.array([[[1.1, np.nan], [1.0, np.nan]], [[1.3, np.nan], [1.0, np.nan]]])
    >>> names, palette = ["edge", "kernel"], Palette()
    >>> axes = draw_bias(Figure().subplots(), np.array([100, 300]), bits, 1.0, names, palette)
    >>> [box.lines[0].get_ydata().round(2).tolist() for box in axes.containers]
    [[0.2, 0.0]]

    Args:
      axes: to draw on.
      sizes: numbers of samples, rising.
      bits: estimates.
      truth: the information that is known, bits.
      names: of the estimates.
      palette: colours by name.
      limits: of the axis of biases, bits.
    """
    draw_reference(axes, 0.0, "truth")
    for index, name in enumerate(names):
        bias = np.asarray(bits)[:, :, index] - truth
        places = np.asarray(sizes) * APART ** (index - (len(names) - 1) / 2)
        draw_whiskers(axes, places, bias, name, palette[name])
    axes.set_xscale("log")
    axes.set_yscale("symlog", linthresh=LINEAR)
    margin = APART ** (len(names) / 2 + 1)
    axes.set(ylim=limits, xlim=(sizes[0] / margin, sizes[-1] * margin))
    axes.xaxis.set_major_locator(FixedLocator(np.asarray(sizes, float).tolist()))
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_locator(FixedLocator([t for t in TICKS if limits[0] <= t <= limits[1]]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, place: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    return axes
