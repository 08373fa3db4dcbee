"""What Fisher information is examined for: numerical spikes, means over bins, codes of codes."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from jaxrep.plots.curves import draw_theory
from jaxrep.plots.fisher_curves import LABELS
from jaxrep.plots.style import ANGLE_LABEL, SEQUENTIAL, Number, colour_of
from jaxrep.typing import Array

Curve = Float[Array, " angle"]
LEAST_DISTANCE = 1e-6
"""A distance of 0 has no place on a logarithmic axis: it is drawn here."""


def draw_spikes(
    axes: Axes,
    angles: Curve,
    exact: Curve,
    naive: Curve,
    label: str | None,
    colour: str,
    *,
    wrong: Number = 0.1,
) -> Axes:
    """Information as a line, and absolute values of another computation where it is wrong.

    >>> from matplotlib.figure import Figure
    >>> exact, naive = np.array([1.0, 2.0, 3.0]), np.array([1.01, -5.0, 3.0])
    >>> axes = draw_spikes(Figure().subplots(), np.arange(3.0), exact, naive, "g", "black")
    >>> axes.lines[1].get_xydata().tolist()
    [[1.0, 5.0]]

    Args:
      axes: to draw on.
      angles: radians.
      exact, naive: information, 1 / rad^2.
      label, colour: of both.
      wrong: relative error that is marked with a cross.
    """
    angles, exact, naive = map(np.asarray, (angles, exact, naive))
    axes.plot(angles, exact, color=colour, lw=1.1, label=label)
    with np.errstate(divide="ignore", invalid="ignore"):
        off = np.abs(naive / exact - 1) > float(wrong)
    axes.plot(angles[off], np.abs(naive[off]), "x", ms=5, color=colour)
    axes.set(xlabel=ANGLE_LABEL, ylabel=LABELS["information"], yscale="log")
    return axes


def draw_bin_information(
    axes: Axes,
    density: Float[Array, "network bin"],
    information: Float[Array, "network bin"],
    power: Number = 1,
    *,
    log: bool = False,
) -> Axes:
    """Mean information of bins against their density, a colour for each network.

    >>> from matplotlib.figure import Figure
    >>> density = np.array([[3.0, 1.0]])
    >>> axes = draw_bin_information(Figure().subplots(), density, 2 * density)
    >>> axes.lines[-1].get_ydata()
    array([2., 6.])

    Args:
      axes: to draw on.
      density: of every bin, 1 / rad.
      information: mean over the bin, 1 / rad^2.
      power: theory, I ~ p^power, dashed through the mean of the logarithms.
      log: both axes.
    """
    density, information, power = np.asarray(density), np.asarray(information), float(power)
    for network, (p, values) in enumerate(zip(density, information, strict=True)):
        order = np.argsort(p)
        shown = {"lw": 0.6, "ms": 4, "color": colour_of(network)}
        axes.plot(p[order], values[order], "o-", **shown)
    p = np.sort(density, axis=None)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.log(information) - power * np.log(density)
    level = np.exp(np.mean(apart[np.isfinite(apart)])) if np.isfinite(apart).any() else np.nan
    draw_theory(axes, p, level * p**power, "I ~ p" if power == 1 else f"I ~ p^{power:.2f}")
    axes.set(xlabel="density of the bin (1/rad)", ylabel="mean information (1/rad^2)")
    if log:
        axes.set(xscale="log", yscale="log")
    return axes


def draw_bin_weights(
    axes: Axes, weights: Float[Array, "network bin"], low: Number, high: Number
) -> Axes:
    """Weights of equal bins of ``low .. high`` as steps, a colour for each network.

    >>> from matplotlib.figure import Figure
    >>> axes = draw_bin_weights(Figure().subplots(), np.array([[0.25, 0.75]]), 0.0, 1.0)
    >>> axes.patches[0].get_data().values.tolist()
    [0.25, 0.75]
    """
    weights = np.asarray(weights)
    edges = np.linspace(float(low), float(high), weights.shape[1] + 1)
    for network, row in enumerate(weights):
        axes.stairs(row, edges, color=colour_of(network), lw=1.2)
    axes.set(xlabel=ANGLE_LABEL, ylabel="weight of the bin", ylim=(0, None))
    return axes


def draw_iterations(
    axes: Axes,
    angles: Curve,
    densities: Float[Array, "iteration angle"],
    shown: Sequence[int] = (0, 1, 2, 4, 10),
) -> Axes:
    """Densities of an iteration of theory, dashed, from dark to light.

    >>> from matplotlib.figure import Figure
    >>> axes = draw_iterations(Figure().subplots(), np.arange(2.0), np.ones((3, 2)), (0, 2))
    >>> [line.get_label() for line in axes.lines]
    ['iteration 0', 'iteration 2']
    """
    colours = mpl.colormaps[SEQUENTIAL]
    for index in shown:
        shade = to_hex(colours(index / max(*shown, 1)))
        draw_theory(axes, angles, np.asarray(densities)[index], f"iteration {index}", shade)
    axes.set(xlabel=ANGLE_LABEL, ylabel="density (1/rad)", ylim=(0, None))
    return axes


def draw_distances(
    axes: Axes,
    distances: Float[Array, " iteration"],
    label: str | None,
    colour: str,
    *,
    line_style: str = "--",
) -> Axes:
    """Distances of an iteration's densities from the uniform one, logarithmic.

    >>> from matplotlib.figure import Figure
    >>> axes = draw_distances(Figure().subplots(), np.array([0.5, 0.0]), "p", "black")
    >>> axes.lines[0].get_ydata().tolist()
    [0.5, 1e-06]
    """
    values = np.maximum(np.asarray(distances), LEAST_DISTANCE)
    axes.plot(values, line_style, color=colour, label=label)
    axes.set(xlabel="iteration", ylabel="total variation distance to uniform", yscale="log")
    return axes
