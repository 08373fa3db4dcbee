"""Groups of hidden units: what they see of each class, and what a network can do with them."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes

from jaxrep.plots.curves import draw_curves, draw_reference
from jaxrep.plots.style import Number, Palette
from jaxrep.typing import Array


def draw_class_densities(
    axes: Axes,
    edges: Float[Array, " edge"],
    densities: Float[Array, "network class bin"],
    names: Sequence[str],
    palette: Palette,
) -> Axes:
    """Histograms of pre-activations by class: median over networks, minimum to maximum as a band.

    Without any network the panel says so.

    >>> from matplotlib.figure import Figure
    >>> edges, densities = np.array([-1.0, 0.0, 1.0]), np.full((3, 2, 2), 0.5)
    >>> axes = Figure().subplots()
    >>> axes = draw_class_densities(axes, edges, densities, ["low", "high"], Palette())
    >>> axes.lines[1].get_label(), axes.lines[1].get_xdata().tolist()
    ('high', [-0.5, 0.5])

    Args:
      axes: to draw on.
      edges: of the bins.
      densities: integrating to 1, see `jaxrep.analysis.network_class_densities`.
      names: of the classes.
      palette: of the page.
    """
    edges, densities = np.asarray(edges), np.asarray(densities)
    axes.set(xlabel="pre-activation", ylabel="density")
    if not len(densities):
        axes.text(0.5, 0.5, "no such unit", ha="center", transform=axes.transAxes)
        return axes
    curves = {name: densities[:, index] for index, name in enumerate(names)}
    return draw_curves(axes, (edges[:-1] + edges[1:]) / 2, curves, palette)


def draw_pruning(
    axes: Axes,
    curves: Mapping[str, Float[Array, "_ kept"]],
    palette: Palette,
    *,
    localized: Number | None = None,
) -> Axes:
    """Area under the ROC curve by number of units kept, for several orders; chance is 0.5.

    >>> from matplotlib.figure import Figure
    >>> curves = {"most localized first": np.array([[0.6, 0.9, 1.0]])}
    >>> axes = draw_pruning(Figure().subplots(), curves, Palette(), localized=2)
    >>> axes.lines[0].get_xdata().tolist(), axes.get_ylabel()
    ([1, 2, 3], 'area under the ROC curve')

    Args:
      axes: to draw on.
      curves: order -> area of every network, 1 unit first.
      palette: of the page.
      localized: number of units that are localized.
    """
    for name, values in curves.items():
        draw_curves(axes, np.arange(1, np.shape(values)[1] + 1), {name: values}, palette)
    if localized is not None:
        axes.axvline(localized, color="0.5", ls=":", lw=1, label="number of localized units")
    draw_reference(axes, 0.5, "chance")
    axes.set(xlabel="units kept", ylabel="area under the ROC curve", ylim=(0.4, 1.03))
    return axes
