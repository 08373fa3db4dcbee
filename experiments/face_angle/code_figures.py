"""Figures of the codes themselves: where faces of one angle lie, along which path, how spread."""

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.patches import Ellipse as EllipsePatch

from jaxrep.analysis.angle_reading import covariance_ellipse
from jaxrep.models.code_network import angle_target
from jaxrep.plots.style import panels
from jaxrep.report import Figure

from .analysis import SHOWN, Found, points, seed_of, window_of

CLOSE = 0.3
"""Radians around the centre of the density that close-ups show."""
LIMIT = 3
"""Networks and losses of a figure, at most."""


def draw_codes(found: Found) -> Iterator[Figure]:
    """Items 1 to 7 and 18 of the checklist."""
    yield _embedding(found)
    yield _read(found)
    yield _histograms(found)
    yield _close_up(found)
    if len(points(found)) > 1:
        yield _losses(found)


def _colours(found: Found) -> tuple[Normalize, plt.Colormap]:
    circular = found.config.code == "circular"
    norm = Normalize(found.angles[0], found.angles[-1])
    return norm, plt.get_cmap("twilight" if circular else "viridis")


def _target(axes: plt.Axes, found: Found) -> None:
    fine = np.linspace(found.angles[0], found.angles[-1], 200)
    target = np.asarray(angle_target(fine, found.config.code == "circular"))
    axes.plot(*target.T, color="black", ls="--", lw=1, label="target")


def _scatter(axes: plt.Axes, found: Found, kind: str, replica: int, chosen) -> None:
    norm, colours = _colours(found)
    codes = found.looks[kind].found.codes[replica]
    for index in chosen:
        points = codes[index, :SHOWN]
        axes.scatter(*points.T, s=6, color=colours(norm(found.angles[index])), lw=0, alpha=0.8)


def _numbers(axes: plt.Axes) -> None:
    axes.set(xlabel="number z1 (rad)", ylabel="number z2 (rad)")


def _embedding(found: Found) -> Figure:
    _, rows = points(found)[0]
    rows = rows[:LIMIT]
    figure, grid = plt.subplots(
        2, len(rows), figsize=(4 * len(rows) + 1, 7.4), layout="constrained", squeeze=False
    )
    chosen = np.linspace(0, len(found.angles) - 1, 20).astype(int)
    for line, kind in zip(grid, ("train", "test"), strict=True):
        for axes, replica in zip(line, rows, strict=True):
            _scatter(axes, found, kind, replica, chosen)
            _target(axes, found)
            _numbers(axes)
            words = "training faces" if kind == "train" else "test faces"
            axes.set_title(f"seed {seed_of(found, replica)}, {words}", fontsize=9)
    norm, colours = _colours(found)
    figure.colorbar(ScalarMappable(norm, colours), ax=grid, label="angle (rad)", shrink=0.7)
    grid[0, 0].legend(fontsize=7)
    return Figure(
        "embedding",
        "Codes",
        f"Codes of up to {SHOWN} faces at 20 angles, loss {points(found)[0][0]}. Dashed: target. "
        "The loss of a linear code fixes the mean of both numbers, not their difference.",
        figure,
    )


def _read(found: Found) -> Figure:
    every = points(found)
    figure, grid = panels(len(every), 4.6, 4)
    for axes, (name, rows) in zip(grid, every, strict=True):
        for kind, colour, size in (("test", "#D55E00", 4), ("train", "#0072B2", 2)):
            errors = found.looks[kind].errors[rows[0]][:, :SHOWN]
            read = found.angles[:, None] + errors
            shown = np.broadcast_to(found.angles[:, None], read.shape)
            label = "training faces" if kind == "train" else "test faces"
            axes.scatter(shown, read, s=size, lw=0, alpha=0.4, color=colour, label=label)
        ends = [found.angles[0], found.angles[-1]]
        axes.plot(ends, ends, color="black", ls="--", lw=1)
        axes.set(xlabel="angle (rad)", ylabel="angle read (rad)")
        axes.set_title(f"loss {name}", fontsize=9)
    grid[0].legend(fontsize=7, markerscale=3)
    return Figure(
        "read",
        "Angle read against angle",
        f"First network of each loss, up to {SHOWN} faces at every angle. Dashed: equal.",
        figure,
    )


def _histograms(found: Found) -> Figure:
    chosen = np.linspace(0, len(found.angles) - 1, 8).round().astype(int)[1:-1]
    figure, grid = panels(len(chosen), 4, 2.9, columns=3)
    name, rows = points(found)[0]
    reading = found.looks["train"].reading
    for axes, index in zip(grid, chosen, strict=True):
        angle, errors = found.angles[index], found.looks["train"].errors[rows[0], index]
        axes.hist(angle + errors[np.isfinite(errors)], 30, color="0.75")
        axes.axvline(angle + errors.mean(), color="#0072B2", lw=1.6, label="mean")
        axes.axvline(angle + np.median(errors), color="#D55E00", lw=1.6, label="median")
        axes.axvline(angle, color="black", ls="--", lw=1.2, label="true angle")
        axes.set(xlabel="angle read (rad)", ylabel="faces")
        skewness = reading.skewness[rows[0], index]
        axes.set_title(f"{angle:.2f} rad, skewness {skewness:.2f}", fontsize=9)
    grid[0].legend(fontsize=7)
    return Figure(
        "histograms",
        "Distribution of the angle read",
        f"First network, loss {name}, training faces.",
        figure,
    )


def _paths(axes: plt.Axes, found: Found, replica: int, chosen, faces: int) -> None:
    """Codes, the path of their mean, its derivative, and covariance ellipses."""
    norm, colours = _colours(found)
    look = found.looks["train"].found
    codes, slopes = look.codes[replica], look.derivatives[replica].mean(1)[..., 0]
    spacing = found.angles[1] - found.angles[0]
    mean = codes.mean(1)
    first, last = chosen[0], chosen[-1]
    axes.plot(*mean[first : last + 1].T, color="black", lw=1, label="path of the mean")
    ellipses = covariance_ellipse(codes[chosen])
    for place, index in enumerate(chosen):
        colour = colours(norm(found.angles[index]))
        if faces:
            axes.scatter(*codes[index, :faces].T, s=4, lw=0, alpha=0.5, color=colour)
        step = slopes[index] * spacing / 2
        ends = np.stack([mean[index] - step, mean[index] + step])
        axes.plot(*ends.T, color="#D55E00", lw=2, label="derivative" if not place else None)
        wide, high = 2 * ellipses.axes[place]
        turn = np.degrees(ellipses.direction[place])
        axes.add_patch(
            EllipsePatch(
                ellipses.centre[place], wide, high, angle=turn, fill=False, color=colour, lw=1.2
            )
        )
    _numbers(axes)


def _nearest(found: Found, low: float, high: float, count: int) -> np.ndarray:
    wanted = np.linspace(low, high, count).clip(found.angles[0], found.angles[-1])
    return np.unique(np.abs(found.angles[:, None] - wanted).argmin(0))


def _close_up(found: Found) -> Figure:
    _, rows = points(found)[0]
    centre, _ = window_of(found.config)
    rows = rows[:LIMIT]
    figure, grid = plt.subplots(
        2, len(rows), figsize=(4 * len(rows), 7.4), layout="constrained", squeeze=False
    )
    wide = (found.angles[-1] - found.angles[0]) * 0.45
    middle = (found.angles[-1] + found.angles[0]) / 2
    for axes, replica in zip(grid[0], rows, strict=True):
        chosen = _nearest(found, centre - CLOSE, centre + CLOSE, 7)
        _paths(axes, found, replica, chosen, SHOWN)
        axes.set_title(f"{centre:.2f} +- {CLOSE} rad", fontsize=9)
    for axes, replica in zip(grid[1], rows, strict=True):
        _paths(axes, found, replica, _nearest(found, middle - wide, middle + wide, 9), 0)
        axes.set_title("all angles", fontsize=9)
    grid[0, 0].legend(fontsize=7)
    return Figure(
        "close_up",
        "Path of the mean and covariance",
        "One column for each network. Ellipses: two standard deviations of training faces. "
        "Orange: the network's derivative, as long as the path moves between neighbouring angles "
        f"of the grid ({found.angles[1] - found.angles[0]:.3f} rad). Noise along the path cannot "
        "be told from another angle.",
        figure,
    )


def _losses(found: Found) -> Figure:
    """Item 18: one column for each loss."""
    every = points(found)
    centre, _ = window_of(found.config)
    figure, grid = plt.subplots(
        2, len(every), figsize=(2.9 * len(every) + 1, 6.2), layout="constrained", squeeze=False
    )
    for (near, whole), (name, rows) in zip(grid.T, every, strict=True):
        _scatter(near, found, "train", rows[0], _nearest(found, centre - 0.5, centre + 0.5, 11))
        _scatter(whole, found, "train", rows[0], np.arange(0, len(found.angles), 2))
        _target(whole, found)
        near.set_title(f"{name}: {centre:.2f} +- 0.5 rad", fontsize=9)
        for axes in (near, whole):
            _numbers(axes)
            axes.tick_params(labelsize=7)
    return Figure(
        "codes_by_loss",
        "Codes by loss",
        f"First network of each loss, up to {SHOWN} training faces. Colour: angle, as above.",
        figure,
    )
