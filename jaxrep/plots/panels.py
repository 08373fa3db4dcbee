"""Figures of several panels."""

import matplotlib.pyplot as plt


def panels(
    count: int,
    width: float | int = 5.5,
    height: float | int = 4,
    columns: int = 0,
) -> tuple[plt.Figure, list[plt.Axes]]:
    """A figure with `count` panels of that size (inches).

    Args:
      count: number of panels.
      width, height: of each.
      columns: in a row; 0 takes two, or three of more than four.
    """
    columns = min(count, columns or (3 if count > 4 else 2))
    rows = -(-count // columns)
    figure, grid = plt.subplots(
        rows,
        columns,
        figsize=(max(width * columns, 8.0), height * rows),
        layout="constrained",
        squeeze=False,
    )
    for axes in grid.flat[count:]:
        axes.axis("off")
    return figure, list(grid.flat[:count])
