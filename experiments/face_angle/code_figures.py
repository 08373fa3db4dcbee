"""Figures of the codes themselves: where faces of one angle lie, along which path, how spread."""

from collections.abc import Iterator
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable

from jaxrep.analysis.angle_reading import covariance_ellipse
from jaxrep.models.code_network import angle_target
from jaxrep.plots.angle_reading import draw_angles_read, draw_read_distribution
from jaxrep.plots.codes import (
    angle_colours,
    draw_angle_bar,
    draw_code_path,
    draw_code_target,
    draw_codes,
    draw_ellipses,
)
from jaxrep.plots.style import Palette, panel_grid, panels
from jaxrep.study import GridPoint, figure_per_point
from jaxrep.study.report import Figure, PageFigure

from .findings import Found, seed_of, window_of
from .page import FACES

CLOSE = 0.3
"""Radians around the centre of the density that close-ups show."""
LIMIT = 3
"""Networks and losses of a figure, at most."""
SHOWN = 50
"""Faces of each set that scatter plots show."""


def draw_code_figures(found: Found, palette: Palette) -> Iterator[PageFigure]:
    """Items 1 to 7 and 18 of the checklist."""
    yield figure_per_point(found.points, partial(embedding, found))
    yield angles_read(found, palette)
    yield figure_per_point(found.points, partial(distributions, found, palette))
    yield figure_per_point(found.points, partial(close_up, found))
    if len(found.points) > 1:
        yield codes_by_loss(found)


def _colours(found: Found) -> ScalarMappable:
    return angle_colours(found.angles, periodic=found.config.code == "circular")


def _named(axes: Axes, found: Found) -> None:
    """What the two numbers are of."""
    words = ("cosine", "sine") if found.config.code == "circular" else ("rad", "rad")
    axes.set(xlabel=f"number z1 ({words[0]})", ylabel=f"number z2 ({words[1]})")


def _scatter(axes: Axes, found: Found, kind: str, replica: int, chosen: np.ndarray) -> None:
    _named(axes, found)
    codes = found.looks[kind].found.codes[replica][chosen, :SHOWN]
    draw_codes(axes, codes, found.angles[chosen], _colours(found))


def _target(axes: Axes, found: Found) -> None:
    fine = np.linspace(found.angles[0], found.angles[-1], 200)
    draw_code_target(axes, np.asarray(angle_target(fine, found.config.code == "circular")))


def embedding(found: Found, point: GridPoint) -> Figure:
    """Codes of a loss, network by network."""
    rows = point.finite[:LIMIT]
    figure, grid = panel_grid(2, len(rows), 4.3, 3.7)
    chosen = np.linspace(0, len(found.angles) - 1, 20).astype(int)
    for line, kind in zip(grid, ("train", "test"), strict=True):
        for axes, replica in zip(line, rows, strict=True):
            _scatter(axes, found, kind, replica, chosen)
            _target(axes, found)
            axes.set_title(f"seed {seed_of(found, replica)}, {FACES[kind]}", fontsize=9)
    draw_angle_bar(figure, _colours(found))
    grid[0, 0].legend(fontsize=7)
    return Figure(
        "embedding",
        "Codes",
        f"Codes of up to {SHOWN} faces at 20 angles, loss {point.title}, the first "
        f"{len(rows)} of {len(point.finite)} networks. Dashed: target. "
        "The loss of a linear code fixes the mean of both numbers, not their difference.",
        figure,
    )


def angles_read(found: Found, palette: Palette) -> Figure:
    """Angle read against angle, loss by loss."""
    figure, grid = panels(len(found.points), 4.6, 4)
    for axes, point in zip(grid, found.points, strict=True):
        errors = {
            FACES[kind]: found.looks[kind].errors[point.finite[0]][:, :SHOWN]
            for kind in ("test", "train")
        }
        draw_angles_read(axes, found.angles, errors, palette)
        axes.set_title(f"loss {point.title}", fontsize=9)
    grid[0].legend(fontsize=7, markerscale=3)
    return Figure(
        "read",
        "Angle read against angle",
        f"First network of each loss, up to {SHOWN} faces at every angle. Dashed: equal.",
        figure,
    )


def distributions(found: Found, palette: Palette, point: GridPoint) -> Figure:
    """Histograms of the angle read at six angles."""
    chosen = np.linspace(0, len(found.angles) - 1, 8).round().astype(int)[1:-1]
    figure, grid = panels(len(chosen), 4, 2.9, columns=3)
    look, replica = found.looks["train"], point.finite[0]
    for axes, index in zip(grid, chosen, strict=True):
        angle = float(found.angles[index])
        draw_read_distribution(axes, angle, look.errors[replica, index], palette)
        skewness = look.reading.skewness[replica, index]
        axes.set_ylabel("faces")
        axes.set_title(f"{angle:.2f} rad, skewness {skewness:.2f}", fontsize=9)
    grid[0].legend(fontsize=7)
    return Figure(
        "histograms",
        "Distribution of the angle read",
        f"Loss {point.title}, the first network that did not diverge, training faces.",
        figure,
    )


def _paths(axes: Axes, found: Found, replica: int, chosen: np.ndarray, faces: int) -> None:
    """Codes, the path of their mean, its derivative, and covariance ellipses."""
    _named(axes, found)
    look, colours = found.looks["train"].found, _colours(found)
    codes, slopes = look.codes[replica], look.derivatives[replica].mean(1)[..., 0]
    draw_codes(axes, codes[chosen, :faces], found.angles[chosen], colours, size=4)
    draw_code_path(axes, codes.mean(1), slopes, found.angles, chosen)
    draw_ellipses(axes, *covariance_ellipse(codes[chosen]), found.angles[chosen], colours)


def _nearest(found: Found, low: float, high: float, count: int) -> np.ndarray:
    wanted = np.linspace(low, high, count).clip(found.angles[0], found.angles[-1])
    return np.unique(np.abs(found.angles[:, None] - wanted).argmin(0))


def close_up(found: Found, point: GridPoint) -> Figure:
    """Path of the mean and covariance, near the centre of the density and at all angles."""
    rows, (centre, _) = point.finite[:LIMIT], window_of(found.config)
    figure, grid = panel_grid(2, len(rows), 4, 3.7)
    wide = (found.angles[-1] - found.angles[0]) * 0.45
    middle = (found.angles[-1] + found.angles[0]) / 2
    near = _nearest(found, centre - CLOSE, centre + CLOSE, 7)
    whole = _nearest(found, middle - wide, middle + wide, 9)
    for (above, below), replica in zip(grid.T, rows, strict=True):
        _paths(above, found, replica, near, SHOWN)
        above.set_title(f"{centre:.2f} +- {CLOSE} rad", fontsize=9)
        _paths(below, found, replica, whole, 0)
        below.set_title("all angles", fontsize=9)
    grid[0, 0].legend(fontsize=7)
    return Figure(
        "close_up",
        "Path of the mean and covariance",
        f"Loss {point.title}. One column for each network. Ellipses: two standard deviations of "
        "training faces. Orange: the network's derivative, as long as the path moves between "
        "neighbouring angles "
        f"of the grid ({found.angles[1] - found.angles[0]:.3f} rad). Noise along the path cannot "
        "be told from another angle.",
        figure,
    )


def codes_by_loss(found: Found) -> Figure:
    """Item 18: one column for each loss."""
    centre, _ = window_of(found.config)
    figure, grid = panel_grid(2, len(found.points), 3.1, 3.1)
    close = _nearest(found, centre - 0.5, centre + 0.5, 11)
    for (near, whole), point in zip(grid.T, found.points, strict=True):
        _scatter(near, found, "train", point.finite[0], close)
        _scatter(whole, found, "train", point.finite[0], np.arange(0, len(found.angles), 2))
        _target(whole, found)
        near.set_title(f"{point.title}: {centre:.2f} +- 0.5 rad", fontsize=9)
        for axes in (near, whole):
            axes.tick_params(labelsize=7)
    return Figure(
        "codes_by_loss",
        "Codes by loss",
        f"First network of each loss, up to {SHOWN} training faces. Colour: angle, as above.",
        figure,
    )
