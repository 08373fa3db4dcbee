"""Codes of two numbers in their plane: samples coloured by angle, path of the mean, ellipses."""

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

from jaxrep.plots.curves import draw_theory
from jaxrep.plots.style import ANGLE_LABEL, CYCLIC, SEQUENTIAL, Number
from jaxrep.typing import Array

Angles = Float[Array, " angle"]
Points = Float[Array, "angle 2"]
DERIVATIVE = "#D55E00"
"""Colour of derivatives, which no angle has."""


def angle_colours(angles: Angles, *, periodic: bool = False) -> ScalarMappable:
    """Colours of angles from the first to the last; `periodic`: the ends look alike.

    >>> colours = angle_colours(np.array([-1.0, 0.0, 1.0]))
    >>> colours.to_rgba(-1.0) == colours.to_rgba(-2.0)
    True
    """
    low, high = float(angles[0]), float(angles[-1])
    return ScalarMappable(Normalize(low, high), CYCLIC if periodic else SEQUENTIAL)


def draw_angle_bar(figure: Figure, colours: ScalarMappable) -> Figure:
    """A colour bar of angles beside all panels.

    >>> figure = Figure(layout="constrained")
    >>> _ = figure.subplots()
    >>> draw_angle_bar(figure, angle_colours(np.array([0.0, 1.0]))).axes[-1].get_ylabel()
    'angle (rad)'
    """
    figure.colorbar(colours, ax=figure.axes, label=ANGLE_LABEL, shrink=0.7)
    return figure


def draw_codes(
    axes: Axes,
    codes: Float[Array, "angle sample 2"],
    angles: Angles,
    colours: ScalarMappable,
    *,
    size: Number = 6,
) -> Axes:
    """Codes of samples, a dot for each, coloured by angle.

    >>> from matplotlib.figure import Figure
    >>> angles = np.array([0.0, 1.0])
    >>> axes = draw_codes(Figure().subplots(), np.zeros((2, 5, 2)), angles, angle_colours(angles))
    >>> [len(dots.get_offsets()) for dots in axes.collections]
    [5, 5]

    Args:
      axes: to draw on.
      codes: both numbers of every sample at every angle.
      angles: which, radians.
      colours: of `angle_colours`.
      size: of the dots, points^2.
    """
    for angle, points in zip(np.asarray(angles), np.asarray(codes), strict=True):
        axes.scatter(*points.T, s=size, color=colours.to_rgba(angle), lw=0, alpha=0.8)
    return _axes_of_numbers(axes)


def draw_code_target(axes: Axes, target: Float[Array, "point 2"], label: str = "target") -> Axes:
    """Where the codes should be, dashed.

    >>> from matplotlib.figure import Figure
    >>> draw_code_target(Figure().subplots(), np.eye(2)).lines[0].get_linestyle()
    '--'
    """
    draw_theory(axes, *np.asarray(target).T, label)
    return _axes_of_numbers(axes)


def draw_code_path(
    axes: Axes,
    mean: Points,
    slopes: Points,
    angles: Angles,
    chosen: Int[Array, " place"],
) -> Axes:
    """The path of the mean code, black, and its derivative at chosen places, orange.

    The path is drawn between the first and the last place. Derivatives are as long as the path
    moves between neighbouring angles.

    >>> from matplotlib.figure import Figure
    >>> angles = np.array([0.0, 0.5, 1.0])
    >>> mean, slopes = np.stack([angles, angles], 1), np.ones((3, 2))
    >>> axes = draw_code_path(Figure().subplots(), mean, slopes, angles, np.array([1]))
    >>> axes.lines[1].get_xdata().tolist()
    [0.25, 0.75]

    Args:
      axes: to draw on.
      mean: code at every angle.
      slopes: derivative of the code in the angle, per rad.
      angles: equally spaced.
      chosen: increasing numbers of angles.
    """
    mean, slopes, chosen = np.asarray(mean), np.asarray(slopes), np.asarray(chosen)
    path = mean[chosen[0] : chosen[-1] + 1]
    axes.plot(*path.T, color="black", lw=1, label="path of the mean")
    spacing = float(angles[1] - angles[0])
    for place, index in enumerate(chosen):
        step = slopes[index] * spacing / 2
        ends = np.stack([mean[index] - step, mean[index] + step])
        label = None if place else "derivative"
        axes.plot(*ends.T, color=DERIVATIVE, lw=2, label=label)
    return _axes_of_numbers(axes)


def draw_ellipses(
    axes: Axes,
    centres: Points,
    half_axes: Points,
    directions: Angles,
    angles: Angles,
    colours: ScalarMappable,
) -> Axes:
    """Ellipses, coloured by angle: of `jaxrep.analysis.covariance_ellipse`, say.

    >>> from matplotlib.figure import Figure
    >>> one, angles = np.ones((1, 2)), np.array([0.0])
    >>> shown = (one, 2 * one, angles, angles, angle_colours(np.array([0.0, 1.0])))
    >>> draw_ellipses(Figure().subplots(), *shown).patches[0].width
    4.0

    Args:
      axes: to draw on.
      centres: of the ellipses.
      half_axes: half lengths.
      directions: of the first axis of each, radians.
      angles: which the ellipses are of.
      colours: of `angle_colours`.
    """
    each = zip(*map(np.asarray, (centres, half_axes, directions, angles)), strict=True)
    for centre, (wide, high), direction, angle in each:
        turn, colour = np.degrees(direction), colours.to_rgba(angle)
        shown = {"angle": turn, "fill": False, "color": colour, "lw": 1.2}
        axes.add_patch(Ellipse(centre, 2 * float(wide), 2 * float(high), **shown))
    return _axes_of_numbers(axes)


def _axes_of_numbers(axes: Axes) -> Axes:
    """The plane of both numbers, whose shapes are judged."""
    axes.set(xlabel=axes.get_xlabel() or "number z1", ylabel=axes.get_ylabel() or "number z2")
    axes.set_aspect("equal", adjustable="datalim")
    return axes
