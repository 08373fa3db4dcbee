"""Angles that are read from a code: errors and their bound, biases, distributions. Radians."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Float
from matplotlib.axes import Axes

from jaxrep.plots.curves import draw_curves, draw_theory
from jaxrep.plots.style import ANGLE_LABEL, Number, Palette
from jaxrep.typing import Array

Angles = Float[Array, " angle"]
Curves = Mapping[str, Float[Array, "_ angle"]]


def draw_squared_errors(
    axes: Axes,
    angles: Angles,
    errors: Curves,
    palette: Palette,
    bound: Float[Array, "_ angle"] | None = None,
) -> Axes:
    """Squared errors over the angle, logarithmic, and the Cramér-Rao bound, dashed.

    >>> from matplotlib.figure import Figure
    >>> angles, errors = np.array([0.0, 1.0]), {"test": np.array([[4.0, 1.0], [2.0, 1.0]])}
    >>> shown = {"palette": Palette(), "bound": np.array([[1.0, 0.5]])}
    >>> axes = draw_squared_errors(Figure().subplots(), angles, errors, **shown)
    >>> axes.lines[0].get_ydata().tolist(), axes.lines[1].get_linestyle()
    ([3.0, 1.0], '--')

    Args:
      axes: to draw on.
      angles: true ones.
      errors: name -> ``[network, angle]``, rad^2.
      palette: of the page.
      bound: of every network; its median is drawn.
    """
    draw_curves(axes, angles, errors, palette)
    if bound is not None:
        draw_theory(axes, angles, bound, "Cramér-Rao bound")
    axes.set(xlabel=ANGLE_LABEL, ylabel="squared error (rad^2)", yscale="log")
    return axes


def draw_biases(
    axes: Axes,
    angles: Angles,
    biases: Curves,
    palette: Palette,
    law: Float[Array, " angle"] | None = None,
    *,
    shown: Bool[Array, " angle"] | None = None,
    label: str = "law, scaled",
) -> Axes:
    """Biases over the angle, and what a law predicts of their shape, dashed.

    The law is known up to a factor: it is scaled to the largest median bias of the first set,
    which also sets the range of the y-axis, four times as far.

    >>> from matplotlib.figure import Figure
    >>> angles, biases = np.array([0.0, 1.0]), {"training": np.array([[0.2, -0.1]])}
    >>> drawn = {"palette": Palette(), "law": np.array([10.0, 5.0])}
    >>> axes = draw_biases(Figure().subplots(), angles, biases, **drawn)
    >>> axes.lines[-1].get_ydata().tolist(), float(axes.get_ylim()[1])
    ([0.2, 0.1], 0.8)

    Args:
      axes: to draw on.
      angles: true ones.
      biases: name -> ``[network, angle]``, rad.
      palette: of the page.
      law: of any scale.
      shown: angles the law is about and scaled at; None: all.
      label: of the law.
    """
    draw_curves(axes, angles, biases, palette)
    axes.set(xlabel=ANGLE_LABEL, ylabel="bias (rad)")
    if law is None:
        return axes
    shown = np.ones(len(angles), bool) if shown is None else np.asarray(shown)
    middle = np.median(np.asarray(next(iter(biases.values()))), 0)
    law = np.asarray(law, float)
    known = shown & np.isfinite(law)  # a law has no value where there is no information
    size, scale = (np.max(np.abs(x[known]), initial=0) for x in (middle, law))
    if np.isfinite(size) and size > 0 and scale > 0:
        draw_theory(axes, angles, np.where(shown, law / scale * size, np.nan), label)
        axes.set_ylim(-4 * size, 4 * size)
    return axes


def draw_angles_read(
    axes: Axes, angles: Angles, errors: Mapping[str, Float[Array, "angle _"]], palette: Palette
) -> Axes:
    """Angle read against true angle, a dot for each sample; equal ones on the dashed line.

    Dots of later sets are smaller and lie on those before.

    >>> from matplotlib.figure import Figure
    >>> angles, errors = np.array([0.0, 1.0]), {"test": np.array([[0.1], [-0.1]])}
    >>> axes = draw_angles_read(Figure().subplots(), angles, errors, Palette())
    >>> axes.collections[0].get_offsets().tolist()
    [[0.0, 0.1], [1.0, 0.9]]
    """
    angles = np.asarray(angles)
    for index, (name, values) in enumerate(errors.items()):
        read = angles[:, None] + np.asarray(values)
        size = 2 * (len(errors) - index)
        true = np.broadcast_to(angles[:, None], read.shape)
        axes.scatter(true, read, s=size, lw=0, alpha=0.4, color=palette[name], label=name)
    ends = angles[[0, -1]]
    draw_theory(axes, ends, ends, None)
    axes.set(xlabel=ANGLE_LABEL, ylabel="angle read (rad)")
    return axes


def draw_read_distribution(
    axes: Axes,
    angle: Number,
    errors: Float[Array, " sample"],
    palette: Palette,
    *,
    bins: int = 30,
) -> Axes:
    """Histogram of the angle read from samples of one angle; mean, median, and true angle.

    >>> from matplotlib.figure import Figure
    >>> axes = draw_read_distribution(Figure().subplots(), 1, np.array([0.0, 0.0, 0.3]), Palette())
    >>> [round(float(line.get_xdata()[0]), 2) for line in axes.lines]
    [1.1, 1.0, 1.0]
    """
    read = float(angle) + np.asarray(errors)
    read = read[np.isfinite(read)]
    axes.hist(read, bins, color="0.75")
    if len(read):
        axes.axvline(read.mean(), color=palette["mean"], lw=1.6, label="mean")
        axes.axvline(np.median(read), color=palette["median"], lw=1.6, label="median")
    axes.axvline(angle, color="black", ls="--", lw=1.2, label="true angle")
    axes.set(xlabel="angle read (rad)", ylabel="samples")
    return axes
