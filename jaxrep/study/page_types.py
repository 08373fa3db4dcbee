"""What a page shows: figures, movies, pickers, tables, sentences of the answer."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import matplotlib.figure


class Figure(NamedTuple):
    """One figure: file name, heading, what it shows, and the drawing itself.

    A page can show it as a plot to explore, if Plotly has all that is drawn (`plotly_figure`).
    """

    name: str
    title: str
    caption: str
    drawing: "matplotlib.figure.Figure"


class Movie(NamedTuple):
    """A figure with a slider: one drawing that shows any of several frames.

    Attributes:
      name, title, caption: as of a `Figure`; ``figures/<name>.png`` is the last frame.
      drawing: what `show` changes.
      frames: what each frame is called beside the slider, e.g. ``step 120``.
      show: ``index -> None``, brings the drawing to that frame.
      first: the frame that is shown when the page is opened.
    """

    name: str
    title: str
    caption: str
    drawing: "matplotlib.figure.Figure"
    frames: Sequence[str]
    show: Callable[[int], None]
    first: int = 0


class Picker(NamedTuple):
    """Figures of one kind, one for each point of a sweep; the page shows the one that is chosen.

    Attributes:
      name: ``figures/<name>.png`` is the first, ``<name>_2.png`` the second, and so on.
      title: the heading.
      choices: what each figure is called in the list, e.g. ``learning_rate=0.1``.
      draw: ``index -> Figure``, made when it is written; its caption is shown with it.
    """

    name: str
    title: str
    choices: Sequence[str]
    draw: Callable[[int], Figure]


class Slider(NamedTuple):
    """A control of an `Explorer`.

    Attributes:
      label: what it sets, with its unit.
      values: those that it goes through.
      first: index of the one that it starts at.
    """

    label: str
    values: Sequence[float]
    first: int


class Explorer(NamedTuple):
    """Curves that a program in the page computes anew as sliders move; drawn by Plotly.

    Attributes:
      name, title, caption: as of a `Figure`.
      drawing: what the sliders' first values show, for files and for readers without scripts.
      sliders: the controls.
      program: JavaScript, body of a function of ``values`` (one of each slider) and ``data``, which
        returns Plotly's traces. Ours alone: nothing from a user's files may enter it.
      data: what the program is given, as JSON holds it.
      layout: Plotly's.
    """

    name: str
    title: str
    caption: str
    drawing: "matplotlib.figure.Figure"
    sliders: Sequence[Slider]
    program: str
    data: Mapping[str, Any]
    layout: Mapping[str, Any]


PageFigure = Figure | Movie | Picker | Explorer
"""What a page shows under one heading."""


@dataclass(frozen=True)
class Table:
    """One table; `links` (one per row) makes its first column clickable."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    caption: str = ""
    links: Sequence[str] = ()


def median_range(values: np.ndarray, digits: int = 2) -> str:
    """A cell ``median (minimum to maximum)`` of the values that are finite.

    >>> median_range(np.array([1.0, 4.0, 2.0, np.nan]))
    '2.00 (1.00 to 4.00)'
    """
    values = values[np.isfinite(values)]
    if not len(values):
        return "none finite"
    low, middle, high = values.min(), np.median(values), values.max()
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


class Verdict(NamedTuple):
    """One sentence of the answer that a page opens with, made from its numbers.

    Attributes:
      text: with spread, number of seeds and null.
      agrees: with what was published or predicted; None where nothing is compared.
      compared: with what, and within which tolerance.
    """

    text: str
    agrees: bool | None = None
    compared: str = ""


class Page(NamedTuple):
    """Everything a report shows."""

    study: str
    summary: str
    figures: Iterable[PageFigure]
    tables: Sequence[Table]
    key_figures: Mapping[str, float | int]
    warnings: Sequence[str] = ()
    verdicts: Sequence[Verdict] = ()
