"""Localization of receptive fields, beside what theory says of it."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes

from jaxrep.plots.curves import draw_curves, draw_reference, draw_spread, draw_theory, draw_whiskers
from jaxrep.plots.style import COLOURS, Number, Palette, categories_axis
from jaxrep.typing import Array

RATIO_LABEL = "inverse participation ratio"


def draw_normal_weights(axes: Axes, pixels: int, *, vertical: bool = False) -> Axes:
    """The inverse participation ratio of independent normal weights: about ``3 / (L + 2)``.

    >>> from matplotlib.figure import Figure
    >>> draw_normal_weights(Figure().subplots(), 28).lines[0].get_ydata()
    [0.1, 0.1]
    """
    value, words = 3 / (pixels + 2), "normal weights, 3 / (L + 2)"
    if vertical:
        axes.axvline(value, color="0.35", ls="--", lw=1, label=words)
        return axes
    return draw_reference(axes, value, words)


def draw_unit_shares(
    axes: Axes,
    ratios: Mapping[str, Float[Array, "_ unit"]],
    palette: Palette,
    *,
    before: Float[Array, "_ unit"] | None = None,
    bins: int = 24,
) -> Axes:
    """How the inverse participation ratio is spread over the units of a network.

    Curves: share of the units in each bin, median over replicas; bands: minimum to maximum.

    >>> from matplotlib.figure import Figure
    >>> ratios = {"gain 1": np.array([[0.1, 0.1, 0.9, 0.9], [0.1, 0.1, 0.1, 0.9]])}
    >>> axes = draw_unit_shares(Figure().subplots(), ratios, Palette(["gain 1"]), bins=2)
    >>> axes.lines[0].get_ydata().tolist()  # medians of 1/2 and 3/4, of 1/2 and 1/4
    [0.625, 0.375]

    Args:
      axes: to draw on.
      ratios: name -> inverse participation ratios.
      palette: of the page.
      before: those before training, drawn in grey, dash-dotted.
      bins: of equal width from 0 to the largest ratio.
    """
    known = [np.asarray(values) for values in ratios.values()]
    known += [] if before is None else [np.asarray(before)]
    edges = np.linspace(0, max(float(values.max()) for values in known), bins + 1)
    centres = (edges[:-1] + edges[1:]) / 2

    def shares(values: Float[Array, "_ unit"]) -> Float[np.ndarray, "_ bin"]:
        counts = [np.histogram(network, edges)[0] for network in np.asarray(values)]
        return np.stack(counts) / np.shape(values)[1]

    if before is not None:
        grey = "0.45"
        draw_spread(
            axes, centres, shares(before), "before training", grey, faint=False, line_style="-."
        )
    draw_curves(axes, centres, {name: shares(v) for name, v in ratios.items()}, palette)
    axes.set(xlabel=RATIO_LABEL, ylabel=f"share of units, by {edges[1]:.2g}")
    return axes


def draw_against_kurtosis(
    axes: Axes,
    kurtosis: Float[Array, " point"],
    ratio: Float[Array, "replica point"],
    label: str | None,
    colour: str,
    *,
    marker: str = "o",
) -> Axes:
    """Localization against the excess kurtosis of a pixel, which theory says decides.

    Points: median over replicas; whiskers: minimum to maximum. Below a kurtosis of 0 (dotted)
    the dynamics are super-linear in the largest weights.

    >>> from matplotlib.figure import Figure
    >>> kurtosis, ratio = np.array([-1.9, 0.0]), np.array([[0.5, 0.1], [0.6, 0.1], [0.8, 0.1]])
    >>> axes = draw_against_kurtosis(Figure().subplots(), kurtosis, ratio, "unit", COLOURS[0])
    >>> axes.containers[0].lines[0].get_ydata().tolist()
    [0.6, 0.1]
    """
    if not axes.lines:
        axes.axvline(0, color="0.6", ls=":", lw=1)
    draw_whiskers(axes, kurtosis, ratio, label, colour, marker=marker)
    axes.set(xlabel="excess kurtosis of a pixel", ylabel=RATIO_LABEL)
    return axes


def draw_kurtosis_theory(
    axes: Axes,
    kurtosis: Float[Array, " point"],
    ratio: Float[Array, "replica point"],
    label: str | None = "theory",
    colour: str = "black",
) -> Axes:
    """The same as theory has it: a dashed line through the medians, by rising kurtosis.

    >>> from matplotlib.figure import Figure
    >>> kurtosis, ratio = np.array([1.0, -1.0]), np.array([[0.1, 0.5]])
    >>> axes = draw_kurtosis_theory(Figure().subplots(), kurtosis, ratio)
    >>> axes.lines[0].get_xydata().tolist()
    [[-1.0, 0.5], [1.0, 0.1]]
    """
    order = np.argsort(kurtosis, kind="stable")
    return draw_theory(
        axes, np.asarray(kurtosis)[order], np.asarray(ratio)[:, order], label, colour
    )


def draw_field_against_theory(
    axes: Axes, field: Float[Array, " pixel"], theory: Float[Array, " pixel"], colour: str
) -> Axes:
    """A receptive field on a ring, and the one that was predicted, dashed.

    >>> from matplotlib.figure import Figure
    >>> axes = draw_field_against_theory(Figure().subplots(), np.ones(3), np.zeros(3), COLOURS[0])
    >>> [line.get_label() for line in axes.lines]
    ['gradient descent', 'theory']
    """
    axes.plot(np.asarray(field), color=colour, label="gradient descent")
    draw_theory(axes, np.arange(np.shape(theory)[0]), theory)
    axes.set(xlabel="pixel", ylabel="weight")
    return axes


def draw_localized_inputs(
    axes: Axes,
    names: Sequence[str],
    ratios: Sequence[Float[Array, " _"]],
    theories: Sequence[Float[Array, " _"] | None],
    threshold: Number,
    colour: str = COLOURS[0],
) -> Axes:
    """Which inputs localize: a row for each, a point for each network, theory's median a tick.

    >>> from matplotlib.figure import Figure
    >>> ratios = [np.array([0.5, 0.6]), np.array([0.1])]
    >>> axes = Figure().subplots()
    >>> axes = draw_localized_inputs(axes, ["Ising", "blocks"], ratios, [ratios[0], None], 0.1)
    >>> [text.get_text() for text in axes.get_yticklabels()]
    ['Ising', 'blocks']

    Args:
      axes: to draw on.
      names: of the inputs.
      ratios: inverse participation ratio of every network.
      theories: the same as predicted; None where there is no theory.
      threshold: above which a field counts as localized, dashed.
      colour: of the networks.
    """
    labels = ["one network", "theory, median of networks"]
    for index, (ratio, theory) in enumerate(zip(ratios, theories, strict=True)):
        axes.plot(ratio, np.full(len(ratio), index), "o", color=colour, ms=4, alpha=0.6)
        known = [] if theory is None else theory[np.isfinite(theory)]
        if len(known):
            axes.plot(np.median(known), index, "|", color="black", ms=13, mew=1.6)
    axes.plot([], [], "o", color=colour, ms=4, label=labels[0])
    axes.plot([], [], "|", color="black", ms=11, mew=1.6, label=labels[1])
    draw_reference(axes, threshold, f"{threshold:g}", vertical=True)
    categories_axis(axes, names, vertical=True)
    axes.set(xlabel=f"{RATIO_LABEL} at the end of training", xlim=(0, 1))
    return axes
