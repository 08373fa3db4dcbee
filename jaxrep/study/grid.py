"""Grid points: the networks that differ by nothing but their seed, named and summarised alike."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from jaxrep.engine import Replicas
from jaxrep.study.report import Figure, Picker, Table
from jaxrep.study.words import in_words


class GridPoint(NamedTuple):
    """One point of a sweep.

    Attributes:
      name: ``weight_decay=0.3``, as in the keys of a summary; empty where nothing is swept.
      rows: its networks, numbers of replicas.
      finite: those of them that did not diverge.
    """

    name: str
    rows: Int[np.ndarray, " seed"]
    finite: Int[np.ndarray, " network"]

    @property
    def title(self) -> str:
        """The name in words, or words for the only point there is.

        >>> GridPoint("gain=3.0 clone=1", np.arange(2), np.arange(2)).title
        'gain 3, Gaussian clone'
        """
        return in_words(self.name) or "all networks"


def grid_points(
    replicas: Replicas,
    finite: Bool[np.ndarray, " replica"] | None = None,
    names: Mapping[str, str] | None = None,
) -> list[GridPoint]:
    """The points of a grid in order, each with its networks.

    Args:
      replicas: seeds x grid.
      finite: networks that did not diverge (`Run.finite`); none given: all.
      names: other words for a point's name.

    >>> grid_points(Replicas((0, 1), {"rate": (0.1, 0.2)}), np.array([1, 1, 1, 0], bool))[1]
    GridPoint(name='rate=0.2', rows=array([2, 3]), finite=array([2]))
    """
    finite = np.ones(len(replicas), bool) if finite is None else finite
    names = names or {}
    return [
        GridPoint(names.get(name, name), rows, rows[finite[rows]])
        for name, rows in replicas.points()
    ]


def figure_per_point(
    points: Sequence[GridPoint], draw: Callable[[GridPoint], Figure]
) -> Figure | Picker:
    """The figure of every grid point, to be chosen on the page; plain where there is one point.

    Args:
      points: with finite networks, at least one; the others have nothing to show.
      draw: the figure of a point.

    >>> import matplotlib.figure
    >>> points = grid_points(Replicas((0,), {"rate": (0.1, 0.2)}))
    >>> def draw(point):
    ...     return Figure("loss", "Loss", "", matplotlib.figure.Figure())
    >>> [type(figure_per_point(points[:count], draw)).__name__ for count in (1, 2)]
    ['Figure', 'Picker']
    """
    points = [point for point in points if len(point.finite)]
    return figure_per_choice([point.title for point in points], lambda index: draw(points[index]))


def figure_per_choice(choices: Sequence[str], draw: Callable[[int], Figure]) -> Figure | Picker:
    """Figures of one kind, to be chosen by name on the page; plain where there is one.

    Args:
      choices: what each is called, at least one.
      draw: ``index -> Figure``.

    >>> import matplotlib.figure
    >>> def draw(index):
    ...     return Figure("fields", "Fields", "", matplotlib.figure.Figure())
    >>> figure_per_choice(["rate 0.1", "rate 0.2"], draw).choices
    ['rate 0.1', 'rate 0.2']
    """
    first = draw(0)
    if len(choices) == 1:
        return first
    later = {0: first}  # drawn once already
    return Picker(
        first.name, first.title, choices, lambda index: later.pop(index, None) or draw(index)
    )


def panels_or_picker(
    points: Sequence[GridPoint], draw: Callable[[Sequence[GridPoint]], Figure], most: int = 6
) -> Figure | Picker:
    """One figure with a panel for each grid point, or of more than `most` one figure for each.

    Args:
      points: with finite networks, at least one; the others have nothing to show.
      draw: a figure with a panel for each of the points it gets.
      most: panels that can be read side by side.

    >>> import matplotlib.figure
    >>> points = grid_points(Replicas((0,), {"rate": (0.1, 0.2)}))
    >>> def draw(points):
    ...     return Figure("loss", f"Loss, {len(points)} panels", "", matplotlib.figure.Figure())
    >>> panels_or_picker(points, draw).title, panels_or_picker(points, draw, most=1).title
    ('Loss, 2 panels', 'Loss, 1 panels')
    """
    alive = [point for point in points if len(point.finite)]
    if len(alive) <= most:
        return draw(alive)
    return figure_per_point(alive, lambda point: draw([point]))


def figure_key(name: str, point: GridPoint | str = "") -> str:
    """The key of a point's figure in a summary.

    >>> figure_key("train_loss", "weight_decay=0.01"), figure_key("train_loss")
    ('train_loss[weight_decay=0.01]', 'train_loss')
    """
    point = point.name if isinstance(point, GridPoint) else point
    return f"{name}[{point}]" if point else name


def median_by_point(values: Mapping[str, np.ndarray], points: list[GridPoint]) -> dict[str, float]:
    """Median over the finite networks of every point; NaN where there is none.

    Args:
      values: name -> ``[replica]``.
      points: of `grid_points`.

    >>> points = grid_points(Replicas((0, 1), {"rate": (0.1, 0.2)}))
    >>> median_by_point({"loss": np.array([1.0, 3.0, 5.0, 5.0])}, points)
    {'loss[rate=0.1]': 2.0, 'loss[rate=0.2]': 5.0}
    """
    summary = {}
    for point in points:
        for name, array in values.items():
            chosen = np.asarray(array, float)[point.finite]
            chosen = chosen[np.isfinite(chosen)]
            middle = float(np.median(chosen)) if len(chosen) else float("nan")
            summary[figure_key(name, point)] = middle
    return summary


def diverged_tables(replicas: Replicas, finite: Bool[np.ndarray, " replica"]) -> list[Table]:
    """The networks that diverged by name, as a table of a page; none where all are finite.

    >>> diverged_tables(Replicas((0, 1), {"rate": 0.1}), np.array([True, False]))[0].rows
    [['seed 1']]
    """
    names = [[in_words(replicas.name(int(row)))] for row in np.flatnonzero(~finite)]
    words = "Their parameters are not finite; they are part of no median, range, figure or fit."
    return [Table("Networks that diverged", ["network"], names, words)] if names else []
