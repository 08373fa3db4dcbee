"""Pictures of the changes that a code sees best."""

import numpy as np
from matplotlib.axes import Axes

from jaxrep.data.rotation import disc_mask
from jaxrep.plots.style import panel_grid
from jaxrep.study.report import Figure

from .distortions import RIDGE, Distortions
from .findings import Found, seed_of

SHOWN_FACES, SHOWN_NETWORKS = 3, 2
"""Rows and columns of the figure."""


def seen_best(found: Found, distortions: Distortions) -> Figure:
    """Faces, their turn, the direction that each code sees best, and where two codes differ."""
    rows = np.flatnonzero(found.finite)[:SHOWN_NETWORKS]
    two = distortions.principal is not None
    count = min(SHOWN_FACES, len(distortions.pictures))
    figure, grid = panel_grid(count + two, 2 + len(rows), 2.7, 2.8)
    for index, line in enumerate(grid[:count]):
        _draw_disc(line[0], found, distortions.pictures[index], "a face", signed=False)
        _draw_disc(line[1], found, distortions.turns[index], "its turn")
        for axes, row in zip(line[2:], rows, strict=True):
            cosine = distortions.overlap[row, index]
            words = f"seen best, seed {seed_of(found, row)}\n|cos| with the turn {cosine:.2f}"
            _draw_disc(axes, found, distortions.best[row, index], words)
    if distortions.principal is not None:
        ratios, directions = distortions.principal
        for axes, ratio, direction in zip(grid[-1, 2:], ratios, directions, strict=False):
            _draw_disc(axes, found, direction, f"principal distortion\nratio {ratio:.3g}")
        for axes in grid[-1, :2]:
            axes.axis("off")
    overlap = distortions.overlap[found.finite]
    before = distortions.overlap_before[found.finite]
    return Figure(
        "distortions",
        "In which direction?",
        f"Faces at {distortions.angle:.2f} rad. Seen best: the change of a picture, of unit "
        "length, that moves the code most (eigen-distortion with the greatest eigenvalue of "
        "J^T J; Berardino et al. 2017), red up, blue down, each on its own scale. The code has "
        f"two numbers and a picture {len(distortions.turns[0])} pixels: all but two directions "
        f"are not seen at all, and none of these is worst. Median |cos| of the best direction "
        f"and the turn: {np.median(overlap):.2f}, before training {np.median(before):.2f}, of "
        f"random directions {distortions.by_chance:.2f}. Last row: where the first two networks "
        "differ most for the first face, least and greatest ratio of what they see (both with "
        f"greatest eigenvalue 1 and a ridge of {RIDGE:g}, on which ratios depend).",
        figure,
    )


def _draw_disc(
    axes: Axes, found: Found, values: np.ndarray, title: str, *, signed: bool = True
) -> None:
    """Pixels of the disc; those of a change on a scale with 0 in the middle."""
    mask = np.asarray(disc_mask(found.config.size), bool)
    picture = np.full(mask.shape, np.nan)
    picture[mask] = values
    if signed:
        size = np.abs(values).max()
        axes.imshow(picture, cmap="RdBu_r", vmin=-size, vmax=size)
    else:
        axes.imshow(picture, cmap="gray")
    axes.set_title(title, fontsize=8)
    axes.axis("off")
