"""One look for all figures: colours, the axes that studies share, and grids of panels."""

from collections.abc import Sequence
from contextlib import AbstractContextManager

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from jaxtyping import Float, Shaped
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from jaxrep.typing import Array

Number = float | int | np.number

# Okabe and Ito (2008), safe for colour-blind readers.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
GREY = "0.35"

DIVERGING = "RdBu_r"
"""For values of either sign, zero in the middle (white)."""
SEQUENTIAL = "viridis"
"""For values that are not negative, and for time."""
CYCLIC = "twilight"
"""For angles of a full turn."""

STEP_LABEL = "step (updates)"
EPOCH_LABEL = "epoch (0.5: before training)"
ANGLE_LABEL = "angle (rad)"
INITIAL_EPOCH = 0.5
"""Where the state before training sits on a logarithmic axis of epochs."""

LOOK = {
    "axes.prop_cycle": cycler(color=COLOURS),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 9,
    "figure.constrained_layout.use": True,
    "image.cmap": SEQUENTIAL,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "savefig.dpi": 110,
}
"""What `style` sets."""


def figure_style() -> AbstractContextManager[None]:
    """The look of all figures, for as long as the context lasts.

    >>> with figure_style():
    ...     mpl.rcParams["axes.spines.top"]
    False
    """
    return mpl.rc_context(LOOK)


def colour_of(index: int) -> str:
    """A colour for the index-th of several curves.

    >>> colour_of(0) == colour_of(len(COLOURS)) == COLOURS[0]
    True
    """
    return COLOURS[index % len(COLOURS)]


class Palette:
    """Colours by name: a name keeps its colour through a whole page.

    Names take colours in the order of their first use, after those fixed at the start. Of more
    names than colours, the later ones begin again with the first colour.

    >>> palette = Palette(["train", "test"])
    >>> palette["validation"] == COLOURS[2], palette["test"] == COLOURS[1]
    (True, True)
    >>> palette.names
    ('train', 'test', 'validation')
    """

    def __init__(self, names: Sequence[str] = (), colours: Sequence[str] = COLOURS) -> None:
        """Args: `names` get the first colours, in their order."""
        self._colours = tuple(colours)
        self._places = {name: place for place, name in enumerate(dict.fromkeys(names))}

    def __getitem__(self, name: str) -> str:
        place = self._places.setdefault(name, len(self._places))
        return self._colours[place % len(self._colours)]

    @property
    def names(self) -> tuple[str, ...]:
        """All names so far, in the order of their colours."""
        return tuple(self._places)


def many_colours(names: Sequence[str]) -> Palette:
    """Colours by name that do not repeat: the palette's, or of more names a sequence.

    >>> many_colours(["a", "b"])["b"] == COLOURS[1]
    True
    >>> palette = many_colours([str(number) for number in range(20)])
    >>> len({palette[name] for name in palette.names})
    20
    """
    return Palette(names) if len(names) <= len(COLOURS) else shades(names)


def shades(names: Sequence[str]) -> Palette:
    """Colours by name from a sequence, for what has an order and no colour of its own: seeds.

    >>> palette = shades([f"seed {seed}" for seed in range(20)])
    >>> len({palette[name] for name in palette.names} - set(COLOURS))
    20
    """
    hues = mpl.colormaps[SEQUENTIAL](np.linspace(0, 0.93, len(names)))
    return Palette(names, [to_hex(shade) for shade in hues])


def steps_axis(axes: Axes, *, log: bool = True) -> Axes:
    """The x-axis counts updates and ends with the data; logarithmic, with room for step 0.

    >>> axes = Figure().subplots()
    >>> _ = axes.plot([0, 10, 1000], [3.0, 2.0, 1.0])
    >>> steps_axis(axes).get_xscale(), float(axes.get_xlim()[1])
    ('symlog', 1000.0)
    """
    # Lines of `axhline` and `axvline` are not data.
    curves = [line.get_xdata() for line in axes.lines if line.get_transform() is axes.transData]
    last = max((np.max(x) for x in curves if len(x)), default=1)
    axes.set_xscale("symlog", linthresh=1) if log else axes.set_xscale("linear")
    axes.set_xlim(0, max(last, 1))
    axes.set_xlabel(STEP_LABEL)
    return axes


def log_epochs(epochs: Shaped[Array, " step"]) -> Float[np.ndarray, " step"]:
    """Epochs for a logarithmic axis: the state before training sits at one half.

    >>> log_epochs(np.array([0, 1, 10])).tolist()
    [0.5, 1.0, 10.0]
    """
    return np.where(np.asarray(epochs) > 0, epochs, INITIAL_EPOCH).astype(float)


def epochs_axis(axes: Axes) -> Axes:
    """The x-axis counts epochs, logarithmic; draw against `log_epochs`.

    >>> epochs_axis(Figure().subplots()).get_xlabel()
    'epoch (0.5: before training)'
    """
    axes.set(xscale="log", xlabel=EPOCH_LABEL)
    return axes


def categories_axis(axes: Axes, names: Sequence[str], *, vertical: bool = False) -> Axes:
    """Names at 0, 1, ... on the x-axis; `vertical`: on the y-axis, the first on top.

    >>> axes = categories_axis(Figure().subplots(), ["tanh", "relu"])
    >>> [text.get_text() for text in axes.get_xticklabels()]
    ['tanh', 'relu']
    """
    places = range(len(names))
    if vertical:
        axes.set_yticks(places, names, fontsize=8)
        axes.yaxis.set_inverted(True)
    else:
        axes.set_xticks(places, names, rotation=40, ha="right", fontsize=8)
    return axes


def panel_grid(
    rows: int,
    columns: int,
    width: Number = 5.5,
    height: Number = 4,
    *,
    share_x: bool = False,
) -> tuple[Figure, Shaped[np.ndarray, "rows columns"]]:
    """A figure of rows x columns panels of that size (inches); Axes ``[row, column]``.

    >>> figure, grid = panel_grid(1, 3)
    >>> grid.shape
    (1, 3)
    >>> plt.close(figure)
    """
    size = max(width * columns, 8.0), height * rows
    shown = {"layout": "constrained", "squeeze": False, "sharex": share_x}
    return plt.subplots(rows, columns, figsize=size, **shown)


def panels(
    count: int,
    width: Number = 5.5,
    height: Number = 4,
    columns: int = 0,
) -> tuple[Figure, list[Axes]]:
    """A figure with `count` panels of that size (inches).

    >>> figure, shown = panels(5)  # two rows of three, the last one empty
    >>> len(shown), len(figure.axes)
    (5, 6)
    >>> plt.close(figure)

    Args:
      count: number of panels.
      width, height: of each.
      columns: in a row; 0 takes two, or three of more than four.
    """
    columns = min(count, columns or (3 if count > 4 else 2))
    figure, grid = panel_grid(-(-count // columns), columns, width, height)
    for axes in grid.flat[count:]:
        axes.axis("off")
    return figure, list(grid.flat[:count])


def legend_below(figure: Figure, axes: Axes, columns: int = 5) -> Figure:
    """One legend below all panels, of the curves of one of them; none if it has no labels.

    >>> figure = Figure(layout="constrained")
    >>> axes = figure.subplots()
    >>> _ = axes.plot([1], [1], label="loss")
    >>> [text.get_text() for text in legend_below(figure, axes).legends[0].get_texts()]
    ['loss']
    """
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        place = {"loc": "outside lower center", "ncols": columns, "fontsize": 8}
        figure.legend(handles, labels, **place)
    return figure
