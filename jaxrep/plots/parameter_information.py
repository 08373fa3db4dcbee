"""Matrices of several parameters with their numbers written in: information, its directions."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap

from jaxrep.plots.style import DIVERGING, Number, categories_axis

DARK = 0.6
"""Share of the greatest colour from which on letters are white."""


def draw_written_matrix(
    axes: Axes,
    values: Float[np.ndarray, "row column"],
    written: Sequence[Sequence[str]],
    rows: Sequence[str],
    columns: Sequence[str],
    label: str,
    *,
    least: Number = -1,
) -> Axes:
    """Numbers up to 1 as colours, 0 white, with words of their own in every cell.

    An information matrix has correlations ``I_ab / sqrt(I_aa I_bb)`` for colours and its entries
    for words; directions have their parts for both.

    >>> from matplotlib.figure import Figure
    >>> names, correlations = ["angle", "size"], np.array([[1.0, -0.2], [-0.2, 1.0]])
    >>> words = [["400", "-30"], ["-30", "50"]]
    >>> axes = Figure().subplots()
    >>> axes = draw_written_matrix(axes, correlations, words, names, names, "correlation")
    >>> [text.get_text() for text in axes.texts]
    ['400', '-30', '-30', '50']

    Args:
      axes: to draw on.
      values: of the colours; NaN is left blank.
      written: what each cell says.
      rows, columns: names.
      label: of the colours, with the unit.
      least: that the values can be: -1, or 0 of shares.
    """
    colours = mpl.colormaps[DIVERGING]
    if least == 0:  # the half of what is positive, so that 0 is white and 1 the same red
        colours = ListedColormap(colours(np.linspace(0.5, 1, 256)))
    image = axes.imshow(values, cmap=colours, vmin=least, vmax=1)
    categories_axis(axes, rows, vertical=True)
    categories_axis(axes, columns)
    for (row, column), value in np.ndenumerate(values):
        colour = "white" if np.isfinite(value) and abs(value) > DARK else "black"
        words = written[row][column]
        axes.text(column, row, words, ha="center", va="center", fontsize=7, color=colour)
    axes.figure.colorbar(image, ax=axes, label=label, shrink=0.8)
    return axes
