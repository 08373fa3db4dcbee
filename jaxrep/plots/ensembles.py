"""Networks against networks: heat maps of their similarity, curves over training, maps."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from jaxrep.plots.curves import draw_spread
from jaxrep.plots.style import GREY, SEQUENTIAL, Number, steps_axis

MOST_WRITTEN = 8
"""Rows and columns of a heat map whose values are written into it."""


def draw_similarity(
    axes: Axes,
    values: Float[np.ndarray, "row column"],
    rows: Sequence[str],
    columns: Sequence[str],
    label: str,
    *,
    limits: tuple[Number, Number] | None = None,
    spread: Float[np.ndarray, "row column"] | None = None,
    colour_bar: bool = True,
) -> Axes:
    """A heat map with named rows and columns; of few the values are written, with their spread.

    >>> from matplotlib.figure import Figure
    >>> axes = draw_similarity(Figure().subplots(), np.eye(2), ["a", "b"], ["a", "b"], "CKA")
    >>> [text.get_text() for text in axes.texts][:2]
    ['1.00', '0.00']

    Args:
      axes: to draw on.
      values: of every row with every column.
      rows, columns: names.
      label: of the colours, with the unit.
      limits: of the colours; None takes the smallest and largest value.
      spread: written behind each value, e.g. half the range over pairs.
      colour_bar: beside the map.
    """
    finite = values[np.isfinite(values)]
    low, high = limits or ((finite.min(), finite.max()) if finite.size else (0, 1))
    image = axes.imshow(values, cmap=SEQUENTIAL, vmin=low, vmax=high)
    small = max(len(rows), len(columns)) <= MOST_WRITTEN
    step = 1 if small else -(-max(len(rows), len(columns)) // 16)
    axes.set_xticks(range(0, len(columns), step), list(columns)[::step], rotation=60, ha="right")
    axes.set_yticks(range(0, len(rows), step), list(rows)[::step])
    axes.tick_params(labelsize=7)
    if small:
        for (i, j), value in np.ndenumerate(values):
            bright = np.isfinite(value) and value > (low + high) / 2
            more = "" if spread is None else f"\n±{spread[i, j]:.2f}"
            axes.text(
                j,
                i,
                f"{value:.2f}{more}",
                ha="center",
                va="center",
                fontsize=7,
                color="black" if bright else "white",
            )
    if colour_bar:
        axes.figure.colorbar(image, ax=axes, label=label, shrink=0.8)
    return axes


def draw_agreement(
    axes: Axes,
    steps: Int[np.ndarray, " step"],
    values: Float[np.ndarray, "pair step"],
    label: str,
    colour: str,
    *,
    chance: tuple[Number, Number] | None = None,
) -> Axes:
    """Similarity over training: median and range over pairs; chance as a grey band.

    >>> from matplotlib.figure import Figure
    >>> axes = draw_agreement(
    ...     Figure().subplots(), np.array([0, 9]), np.ones((3, 2)), "hidden", "C0", chance=(0, 0.1)
    ... )
    >>> axes.lines[-1].get_ydata().tolist()
    [1.0, 1.0]

    Args:
      axes: to draw on.
      steps: updates.
      values: of every pair of networks, or of every network.
      label, colour: of the median.
      chance: mean and standard deviation for samples paired at random.
    """
    if chance is not None and np.isfinite(chance).all():
        mean, deviation = chance
        axes.axhspan(mean - 2 * deviation, mean + 2 * deviation, color=GREY, alpha=0.15, lw=0)
        axes.axhline(mean, color=GREY, lw=0.8, ls=":")
    draw_spread(axes, steps, values, label, colour, faint=len(values) <= 10, marker="o")
    # steps kept ever more seldom are drawn so
    log = len(steps) > 2 and bool(np.median(steps) < steps[-1] / 4)
    steps_axis(axes, log=log)
    if not log:
        axes.xaxis.set_major_locator(MaxNLocator(4))
    return axes


def draw_network_map(
    axes: Axes,
    points: Float[np.ndarray, "network step 2"],
    steps: Int[np.ndarray, " step"],
    unit: str,
    *,
    names: Sequence[str] | None = None,
    groups: Sequence[str] | None = None,
    colours: Sequence[str] | None = None,
) -> Axes:
    """Networks as points that move with training: circles at the start, discs at the end.

    >>> from matplotlib.figure import Figure
    >>> axes = draw_network_map(
    ...     Figure().subplots(), np.zeros((2, 3, 2)), np.array([0, 5, 9]), "rad"
    ... )
    >>> len(axes.lines)
    2

    Args:
      axes: to draw on.
      points: coordinates, of `jaxrep.analysis.network_map`.
      steps: updates.
      unit: of the distances.
      names: written beside the ends.
      groups, colours: of each network, for the legend.
    """
    seen = set()
    for network, path in enumerate(points):
        colour = colours[network] if colours is not None else "C0"
        group = groups[network] if groups is not None else ""
        label = group if group and group not in seen else None
        seen.add(group)
        axes.plot(*path.T, color=colour, lw=0.8, alpha=0.5, label=label)
        if len(steps) > 1:
            axes.scatter(*path[0], s=18, facecolors="none", edgecolors=colour, lw=0.8)
        axes.scatter(*path[-1], s=18, color=colour, zorder=3)
        if names is not None:
            beside = {"xytext": (3, 3), "textcoords": "offset points"}
            axes.annotate(names[network], path[-1], fontsize=6, **beside)
    axes.set(xlabel=f"first dimension ({unit})", ylabel=f"second dimension ({unit})")
    axes.set_aspect("equal", adjustable="datalim")
    return axes
