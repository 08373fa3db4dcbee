"""Figures of how structure is learned: modes, losses, similarity of items, beliefs."""

from collections.abc import Callable, Sequence

import matplotlib as mpl
import numpy as np
from jaxtyping import Float, Int, Shaped
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.ticker import NullFormatter

from jaxrep.plots.curves import draw_spread, draw_theory, draw_whiskers
from jaxrep.plots.style import DIVERGING, SEQUENTIAL, STEP_LABEL, Palette, colour_of

Steps = Int[np.ndarray, " step"]


def draw_plateaus(axes: Axes, levels: Float[np.ndarray, " plateau"]) -> Axes:
    """Where theory lets the curve rest, dotted.

    >>> from matplotlib.figure import Figure
    >>> axes = draw_plateaus(Figure().subplots(), np.array([1.0, 0.25, 0.0]))
    >>> [float(line.get_ydata()[0]) for line in axes.lines]
    [1.0, 0.25, 0.0]
    """
    for index, level in enumerate(levels):
        axes.axhline(level, color="0.6", ls=":", lw=1, label=None if index else "plateaus")
    return axes


def draw_against_theory(
    axes: Axes,
    steps: Steps,
    seen: Shaped[np.ndarray, "replica step"],
    theory: Shaped[np.ndarray, "replica step"],
    plateaus: Float[np.ndarray, " plateau"],
    ylabel: str,
    colour: str,
    *,
    truth: float | None = None,
) -> Axes:
    """A quantity over training with its theory, where it rests between modes, and the truth.

    >>> from matplotlib.figure import Figure
    >>> steps = np.arange(0, 100, 10)
    >>> theory = np.tile(np.exp(-steps / 30), (3, 1))
    >>> seen = theory * np.array([[0.9], [1.0], [1.2]])  # three networks
    >>> axes = draw_against_theory(
    ...     Figure().subplots(), steps, seen, theory, np.array([1.0, 0.0]), "loss", colour_of(0)
    ... )
    >>> [line.get_label() for line in axes.lines if not line.get_label().startswith("_")]
    ['simulation', 'theory', 'plateaus']
    """
    draw_spread(axes, steps, seen, "simulation", colour)
    draw_theory(axes, steps, theory)
    draw_plateaus(axes, plateaus)
    if truth is not None:
        axes.axhline(truth, color=colour_of(2), lw=1, label="truth")
    axes.set(xlabel=STEP_LABEL, ylabel=ylabel)
    axes.legend(fontsize=8)
    return axes


def draw_modes(
    axes: Axes,
    steps: Steps,
    strength: Shaped[np.ndarray, "replica step mode"],
    theory: Shaped[np.ndarray, "replica step mode"],
    names: Sequence[str],
    transitions: Float[np.ndarray, " mode"],
) -> Axes:
    """Strength of each mode relative to its final one; theory dashed, predicted times marked.

    >>> from matplotlib.figure import Figure
    >>> steps = np.arange(0, 100, 5)
    >>> rising = 1 / (1 + np.exp((np.array([30, 60]) - steps[:, None]) / 4))
    >>> theory = np.tile(rising, (3, 1, 1))
    >>> seen = theory * np.array([0.95, 1.0, 1.05])[:, None, None]
    >>> half = np.array([30.0, 60.0])  # predicted
    >>> axes = draw_modes(Figure().subplots(), steps, seen, theory, ["animals", "plants"], half)
    >>> [float(line.get_xdata()[0]) for line in axes.lines if line.get_marker() == "v"]
    [30.0, 60.0]
    """
    for mode, name in enumerate(names):
        colour = colour_of(mode)
        draw_spread(axes, steps, strength[..., mode], name, colour, faint=False)
        draw_theory(axes, steps, theory[..., mode], None if mode else "theory")
        if np.isfinite(transitions[mode]):
            axes.plot(transitions[mode], 0.5, "v", color=colour, mec="black", ms=6)
    axes.set_xlim(steps[0], steps[-1])
    axes.set_xlabel(STEP_LABEL)
    axes.set_ylabel("strength / singular value")
    axes.legend(fontsize=7)
    return axes


def draw_matrix(
    axes: Axes, values: Float[np.ndarray, "row column"], rows: Sequence[str], label: str
) -> Callable[[np.ndarray], None]:
    """A matrix of items; returns what shows another one in its place, on the same colours.

    >>> from matplotlib.figure import Figure
    >>> axes = Figure().subplots()
    >>> show = draw_matrix(axes, np.eye(3), ["robin", "salmon", "oak"], "similarity")
    >>> show(np.ones((3, 3)))
    >>> float(axes.images[0].get_array().min()), axes.images[0].get_clim()
    (1.0, (0.0, 1.0))
    """
    top = float(np.abs(values).max()) or 1.0
    low = -top if values.min() < -0.05 * top else 0.0
    picture = axes.imshow(values, cmap=DIVERGING if low else SEQUENTIAL, vmin=low, vmax=top)
    names = list(rows) if len(rows) <= 40 else []
    axes.set_xticks(range(len(names)), names, rotation=60, ha="right", fontsize=8)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.figure.colorbar(picture, ax=axes, shrink=0.8, label=label)
    return picture.set_data


def draw_scaling(
    axes: Axes, path: Float[np.ndarray, "step item 2"], names: Sequence[str]
) -> Callable[[int], None]:
    """Items in the plane of classical scaling, with their paths; returns what shows one step.

    >>> from matplotlib.figure import Figure
    >>> axes, angle = Figure().subplots(), np.array([0.0, 2.1, 4.2])
    >>> ends = np.stack([np.cos(angle), np.sin(angle)], -1)
    >>> path = np.linspace(0, 1, 5)[:, None, None] * ends  # items part from the centre
    >>> show = draw_scaling(axes, path, ["robin", "salmon", "oak"])
    >>> show(2)
    >>> float(axes.lines[1].get_xdata()[0])
    0.5
    """
    lines, points, words = [], [], []
    for item, name in enumerate(names):
        colour = colour_of(item)
        lines += axes.plot(*path[:, item].T, color=colour, lw=1, alpha=0.6)
        points += axes.plot(*path[-1, item], "o", color=colour, ms=6)
        if len(names) <= 16:
            words.append(
                axes.annotate(
                    name,
                    path[-1, item],
                    (5, 4 - 11 * (item % 2)),
                    fontsize=8,
                    textcoords="offset points",
                )
            )
    reach = 1.15 * float(np.abs(path).max()) or 1.0
    axes.set(xlim=(-reach, 1.25 * reach), ylim=(-reach, reach))
    axes.set_xlabel("first direction (units of activity)")
    axes.set_ylabel("second direction (units of activity)")

    def show(step: int) -> None:
        for item, (line, point) in enumerate(zip(lines, points, strict=True)):
            line.set_data(*path[: step + 1, item].T)
            point.set_data(*path[step, item][:, None])
        for item, word in enumerate(words):
            word.xy = path[step, item]

    return show


def draw_transitions(
    axes: Axes,
    predicted: Float[np.ndarray, " mode"],
    measured: Float[np.ndarray, "replica mode"],
    label: str | None,
    colour: str,
) -> Axes:
    """Step of half learning, measured less predicted: median, minimum and maximum over seeds.

    >>> from matplotlib.figure import Figure
    >>> predicted, measured = np.array([30.0, 60.0]), np.array([[31.0, 58.0], [33.0, 60.0]])
    >>> axes = draw_transitions(Figure().subplots(), predicted, measured, "modes", colour_of(0))
    >>> axes.containers[0].lines[0].get_ydata().tolist()  # the median of each
    [2.0, -1.0]
    """
    draw_whiskers(axes, predicted, measured - predicted, label, colour)
    axes.axhline(0, color="black", ls="--", lw=1)
    axes.set_xlabel("predicted step of half learning (updates)")
    axes.set_ylabel("measured - predicted (updates)")
    return axes


def draw_against_scale(
    axes: Axes,
    scales: Float[np.ndarray, " scale"],
    values: Float[np.ndarray, "scale seed"],
    label: str,
    colour: str,
) -> Axes:
    """Median and range over seeds against the initial scale.

    >>> from matplotlib.figure import Figure
    >>> scales, values = np.array([1e-3, 1e-1, 1.0]), np.array([[0.1, 0.2], [0.5, 0.6], [0.8, 1.0]])
    >>> axes = draw_against_scale(Figure().subplots(), scales, values, "distance", colour_of(0))
    >>> axes.get_xscale(), axes.lines[-1].get_ydata().round(2).tolist()
    ('log', [0.15, 0.55, 0.9])
    """
    draw_spread(axes, scales, values.T, label, colour, faint=False, marker="o")
    axes.set_xscale("log")
    axes.xaxis.set_minor_formatter(NullFormatter())  # less than a decade would overlap
    axes.set_xlabel("initial scale γ")
    return axes


def draw_against_balance(
    axes: Axes,
    balance: Float[np.ndarray, " balance"],
    values: Float[np.ndarray, "balance seed"],
    label: str,
    colour: str,
) -> Axes:
    """Median and range over seeds against lambda, of either sign."""
    draw_spread(axes, balance, values.T, label, colour, faint=False, marker="o")
    sizes = np.abs(balance)
    some = sizes[sizes > 1e-4 * sizes.max(initial=0)]  # what training leaves of 0 is 0
    axes.set_xscale("symlog", linthresh=float(some.min()) if len(some) else 1.0)
    axes.axvline(0, color="0.8", lw=0.8, zorder=0)
    axes.set_xlabel("λ of the start / largest singular value")
    return axes


def balance_colours(names: Sequence[str]) -> Palette:
    """Colours of networks in the order of their lambda, from dark to light."""
    shades = mpl.colormaps[SEQUENTIAL](np.linspace(0, 0.9, max(len(names), 1)))
    return Palette(names, [to_hex(shade) for shade in shades])
