"""Compression by layer, information beside the geometry of classes, gaps against information."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, Shaped
from matplotlib.axes import Axes

from jaxrep.plots.curves import draw_reference, draw_spread, draw_whiskers
from jaxrep.plots.style import Number, Palette, epochs_axis, log_epochs
from jaxrep.typing import Array

LOST_LABEL = "lost from the peak (bits)"
RATIO_LABEL = "squared distance within / between classes"


def draw_lost(
    axes: Axes,
    lost: Mapping[str, Float[Array, "_ layer"]],
    layers: Sequence[str],
    palette: Palette,
    *,
    least: Number = 0.5,
) -> Axes:
    """Bits lost of every layer, several kinds of networks or estimates side by side.

    Points: median over networks, whiskers: minimum to maximum, dashed: what counts as compression.

    >>> from matplotlib.figure import Figure
    >>> lost = {"counted": np.array([[0.0, 3.0], [0.2, 4.0]]), "bins": np.array([[0.0, 1.0]])}
    >>> axes = draw_lost(Figure().subplots(), lost, ["layer 1", "output"], Palette())
    >>> [box.lines[0].get_ydata().round(2).tolist() for box in axes.containers]
    [[0.1, 3.5], [0.0, 1.0]]

    Args:
      axes: to draw on.
      lost: name -> bits ``[network, layer]``.
      layers: their names.
      palette: colours by name.
      least: bits that count as compression.
    """
    draw_reference(axes, least, None)
    for place, (name, values) in enumerate(lost.items()):
        shift = 0.7 * ((place + 0.5) / len(lost) - 0.5)
        draw_whiskers(axes, layers, values, name, palette[name], shift=shift)
    axes.set_ylabel(LOST_LABEL)
    return axes


def draw_beside_distances(
    axes: Axes,
    epochs: Shaped[Array, " step"],
    information: Float[Array, "network step"],
    ratio: Float[Array, "network step"],
    palette: Palette,
    *,
    label: str = "I(X;M)",
) -> Axes:
    """Information over training (left, bits), and how classes cluster (right, a ratio).

    >>> from matplotlib.figure import Figure
    >>> bits = np.array([[8.0, 3.0], [8.0, 4.0]])
    >>> right = draw_beside_distances(Figure().subplots(), np.array([0, 9]), bits, bits, Palette())
    >>> right.get_ylabel()
    'squared distance within / between classes'

    Args:
      axes: to draw on.
      epochs: of the records; 0 is before training.
      information: bits.
      ratio: mean squared distance within classes over that between.
      palette: colours by name.
      label: of the information.

    Returns:
      The axes on the right.
    """
    right = axes.twinx()
    at = log_epochs(epochs)
    draw_spread(axes, at, information, label, palette[label], faint=False)
    draw_spread(right, at, ratio, "distances", palette["distances"], faint=False)
    axes.set_ylabel(f"{label} (bits)", color=palette[label])
    right.set_ylabel(RATIO_LABEL, color=palette["distances"])
    right.spines.right.set_visible(True)
    axes.set_ylim(bottom=0)
    right.set_ylim(bottom=0)
    epochs_axis(axes)
    return right


def draw_against_gap(
    axes: Axes,
    values: Mapping[str, Float[Array, " _"]],
    gaps: Mapping[str, Float[Array, " _"]],
    palette: Palette,
    label: str,
) -> Axes:
    """The generalisation gap against a number of every network, coloured by setting.

    >>> from matplotlib.figure import Figure
    >>> bits, gaps = {"decay": np.array([5.0, 6.0])}, {"decay": np.array([0.1, 0.2])}
    >>> axes = draw_against_gap(Figure().subplots(), bits, gaps, Palette(), "I(X;M) (bits)")
    >>> axes.get_ylabel(), len(axes.lines)
    ('test less train loss (nats)', 1)

    Args:
      axes: to draw on.
      values: setting -> a number for every network.
      gaps: setting -> test loss less training loss, nats.
      palette: colours by setting.
      label: of the numbers, with their unit.
    """
    for name, x in values.items():
        axes.plot(np.asarray(x), gaps[name], "o", ms=4, alpha=0.7, color=palette[name], label=name)
    axes.set(xlabel=label, ylabel="test less train loss (nats)")
    return axes
