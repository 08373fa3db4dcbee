"""A quantity over two swept parameters."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Shaped
from matplotlib.axes import Axes

from jaxrep.plots.style import SEQUENTIAL, Number
from jaxrep.typing import Array


def draw_phase_diagram(
    axes: Axes,
    values: Float[Array, "row column"],
    rows: Shaped[Array, " row"] | Sequence[str],
    columns: Shaped[Array, " column"] | Sequence[str],
    *,
    top: Number | None = None,
    digits: int = 2,
) -> Axes:
    """Values that are not negative as colours and numbers, the first row at the bottom.

    A colour bar is ``figure.colorbar(axes.images[-1], ax=axes, label=...)``.

    >>> from matplotlib.figure import Figure
    >>> ratio, gains = np.array([[0.1, 0.4], [0.1, 0.8]]), np.array([1.0, 100.0])
    >>> axes = draw_phase_diagram(Figure().subplots(), ratio, ["clone", "inputs"], gains)
    >>> [text.get_text() for text in axes.texts]
    ['0.10', '0.40', '0.10', '0.80']

    Args:
      axes: to draw on; name the parameters with ``axes.set(xlabel=..., ylabel=...)``.
      values: e.g. the median over seeds.
      rows, columns: values of the parameters.
      top: value of the strongest colour, for several diagrams; None takes the largest.
      digits: of the numbers, after the point.
    """
    values = np.asarray(values)
    top = float(values.max(initial=0, where=np.isfinite(values)) if top is None else top) or 1.0
    axes.imshow(values, origin="lower", vmin=0, vmax=top, cmap=SEQUENTIAL, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        # Numbers are dark on light colours, and where there is no value and no colour.
        colour = "white" if value <= 0.6 * top else "black"
        words = {"ha": "center", "va": "center", "fontsize": 8, "color": colour}
        axes.text(column, row, f"{value:.{digits}f}", **words)
    axes.set_xticks(range(len(columns)), [_name(value) for value in columns])
    axes.set_yticks(range(len(rows)), [_name(value) for value in rows])
    return axes


def _name(value: str | Number) -> str:
    return value if isinstance(value, str) else f"{value:g}"
