"""Fisher information over an angle, beside the density of angles, and its exponents.

Information I is in 1/rad^2, its square root and densities of angles in 1/rad.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes

from jaxrep.plots.curves import draw_reference, draw_spread, draw_theory
from jaxrep.plots.style import ANGLE_LABEL, COLOURS, Number, categories_axis
from jaxrep.typing import Array

Angles = Float[Array, " angle"]
Curve = Float[Array, " angle"]
Curves = Float[Array, "seed angle"]
Quantity = Literal["information", "root", "normalised"]
LABELS = {
    "information": "Fisher information I (1/rad^2)",
    "root": "sqrt(I) (1/rad)",
    "normalised": "sqrt(I), integral 1 (1/rad)",
}


def draw_information(
    axes: Axes,
    angles: Angles,
    information: Curves,
    label: str | None,
    colour: str,
    *,
    quantity: Quantity = "information",
    faint: bool = False,
    log: bool = False,
) -> Axes:
    """Median over networks, minimum to maximum as a band: I, its root, or the normalised root.

    >>> from matplotlib.figure import Figure
    >>> angles, information = np.array([0.0, 1.0]), np.array([[4.0, 4.0], [9.0, 16.0]])
    >>> shown = {"quantity": "root", "faint": True}
    >>> axes = draw_information(Figure().subplots(), angles, information, "g", "black", **shown)
    >>> axes.lines[-1].get_ydata().tolist(), axes.get_ylabel()
    ([2.5, 3.0], 'sqrt(I) (1/rad)')
    """
    scale = _scale(angles, np.asarray(information), quantity)
    draw_spread(axes, angles, _of(information, quantity) * scale, label, colour, faint=faint)
    return angle_axes(axes, LABELS[quantity], log=log)


def draw_information_errors(
    axes: Axes,
    angles: Angles,
    information: Curve,
    errors: Curve,
    label: str | None,
    colour: str,
    *,
    quantity: Quantity = "information",
    deviations: Number = 1,
    bars: bool = False,
) -> Axes:
    """The curve of one network with a band, or bars, of its standard errors.

    The error of sqrt(I) is that of I over 2 sqrt(I), unknown where I is 0; the integral is taken
    as known.

    >>> from matplotlib.figure import Figure
    >>> angles, information = np.array([0.0, 1.0]), np.array([4.0, 16.0])
    >>> axes = Figure().subplots()
    >>> _ = draw_information_errors(axes, angles, information, information / 4, "g", "black")
    >>> axes.collections[0].get_paths()[0].get_extents().intervaly.tolist()
    [3.0, 20.0]

    Args:
      axes: to draw on.
      angles: in radians.
      information: I in 1/rad^2.
      errors: standard errors of I in 1/rad^2.
      label, colour: of the curve.
      quantity: what is drawn.
      deviations: standard errors to either side.
      bars: error bars on every angle, not a band.
    """
    information, errors = np.asarray(information), np.asarray(errors)
    scale = _scale(angles, information, quantity)
    curve = _of(information, quantity) * scale
    if quantity != "information":
        slope = 2 * np.sqrt(np.maximum(information, 0))
        errors = np.divide(errors, slope, out=np.full(slope.shape, np.nan), where=slope > 0)
    size = float(deviations) * errors * scale
    if bars:
        shown = {"fmt": "o-", "ms": 2.5, "lw": 0.7, "elinewidth": 0.7}
        axes.errorbar(angles, curve, size, color=colour, label=label, **shown)
    else:
        axes.fill_between(angles, curve - size, curve + size, color=colour, alpha=0.2, lw=0)
        axes.plot(angles, curve, color=colour, lw=1.2, label=label)
    return angle_axes(axes, LABELS[quantity])


def draw_density(
    axes: Axes,
    angles: Angles,
    density: Curve,
    predicted: Curve | None = None,
    *,
    label: str = "density of angles p",
    theory: str = "theory",
) -> Axes:
    """The density of angles, black, and what theory makes of it, dashed; both with integral 1.

    >>> from matplotlib.figure import Figure
    >>> angles, density = np.linspace(0, 2, 3), np.array([1.0, 3.0, 1.0])
    >>> axes = draw_density(Figure().subplots(), angles, density, density ** (1 / 3))
    >>> axes.lines[0].get_ydata().tolist(), axes.lines[1].get_linestyle()
    ([0.25, 0.75, 0.25], '--')

    Args:
      axes: to draw on, e.g. over `draw_information` of the quantity "normalised".
      angles: in radians.
      density: of any integral.
      predicted: sqrt(I) of theory, of any integral.
      label, theory: of both curves.
    """
    curve = np.asarray(density)
    axes.plot(angles, curve / _integral(angles, curve), color="black", lw=1, label=label)
    if predicted is not None:
        curve = np.asarray(predicted)
        draw_theory(axes, angles, curve / _integral(angles, curve), theory)
    return angle_axes(axes, axes.get_ylabel() or "density (1/rad)")


def draw_exponents(
    axes: Axes,
    losses: Sequence[str],
    exponents: Float[Array, "seed loss"],
    label: str | None,
    colour: str,
    *,
    intervals: Float[Array, "seed loss 2"] | None = None,
    theory: Float[Array, " loss"] | None = None,
    theory_label: str = "theory",
    shift: Number = 0.0,
) -> Axes:
    """Exponents g of I ~ p^g of every network and loss, with intervals, against theory (dashed).

    >>> from matplotlib.figure import Figure
    >>> exponents, theory = np.array([[0.6, 1.1], [0.7, 0.9]]), np.array([2 / 3, 1.0])
    >>> shown = {"intervals": exponents[..., None] + np.array([-0.1, 0.2]), "theory": theory}
    >>> losses = ["square", "linear"]
    >>> axes = draw_exponents(Figure().subplots(), losses, exponents, "g", "black", **shown)
    >>> axes.lines[-1].get_linestyle(), axes.get_ylabel()
    ('--', 'g of I ~ p^g')

    Args:
      axes: to draw on.
      losses: names, from left to right.
      exponents: NaN where there is none.
      label, colour: of these networks.
      intervals: low and high end of each.
      theory, theory_label: what is expected of each loss.
      shift: moves the points, so that several sets stand side by side.
    """
    exponents = np.asarray(exponents)
    seeds, count = exponents.shape
    # Networks stand side by side, so that their intervals can be told apart.
    apart = 0.0 if intervals is None else 0.04
    places = np.arange(count) + float(shift) + apart * (np.arange(seeds)[:, None] - (seeds - 1) / 2)
    ends = None
    if intervals is not None:
        low, high = np.moveaxis(np.asarray(intervals), -1, 0)
        ends = np.stack([exponents - low, high - exponents]).reshape(2, -1)
    shown = {"fmt": "o", "ms": 5, "alpha": 0.7, "lw": 1}
    axes.errorbar(places.ravel(), exponents.ravel(), ends, color=colour, label=label, **shown)
    if theory is not None:
        draw_theory(axes, np.arange(count), theory, theory_label)
    categories_axis(axes, losses)
    axes.set(xlabel="loss", ylabel="g of I ~ p^g")
    return axes


def draw_estimates(
    axes: Axes,
    names: Sequence[str],
    values: Float[Array, " estimator"],
    errors: Float[Array, " estimator"],
    *,
    reference: Number | None = None,
    deviations: Number = 2,
    colour: str = COLOURS[0],
) -> Axes:
    """Estimates of one information, one below the other, with bars of `deviations` errors.

    >>> from matplotlib.figure import Figure
    >>> values, errors = np.array([100.0, 90.0]), np.array([1.0, 5.0])
    >>> axes = draw_estimates(Figure().subplots(), ["exact", "linear"], values, errors)
    >>> axes.get_xlabel(), [text.get_text() for text in axes.get_yticklabels()]
    ('Fisher information I (1/rad^2)', ['exact', 'linear'])
    """
    bars = float(deviations) * np.asarray(errors)
    axes.errorbar(values, np.arange(len(names)), xerr=bars, fmt="o", ms=4, color=colour)
    if reference is not None:
        draw_reference(axes, reference, vertical=True)
    categories_axis(axes, names, vertical=True)
    axes.set_xlabel(LABELS["information"])
    return axes


def angle_axes(axes: Axes, label: str, *, log: bool = False) -> Axes:
    """Angles to the right, a quantity that is not negative upwards; `log`: logarithmic.

    >>> from matplotlib.figure import Figure
    >>> angle_axes(Figure().subplots(), "squared error (rad^2)").get_xlabel()
    'angle (rad)'
    """
    axes.set(xlabel=ANGLE_LABEL, ylabel=label)
    # A limit that is set ends autoscaling: begin again, or what is drawn next can be cut off.
    axes.autoscale(axis="y")
    if log:
        axes.set_yscale("log")
    else:
        axes.set_ylim(0, None)
    return axes


def _integral(angles: Angles, curve: Float[np.ndarray, "*batch angle"]) -> np.ndarray | np.number:
    return np.trapezoid(curve, np.asarray(angles), axis=-1)


def _of(information: Float[Array, "*batch angle"], quantity: Quantity) -> np.ndarray:
    information = np.asarray(information)
    if quantity == "information":
        return information
    return np.sqrt(np.maximum(information, 0))  # corrected estimates can be below


def _scale(
    angles: Angles, information: Float[np.ndarray, "*batch angle"], quantity: Quantity
) -> Float[np.ndarray, "..."]:
    """What turns I or sqrt(I) into the quantity."""
    if quantity != "normalised":
        return np.ones((*information.shape[:-1], 1))
    return 1 / np.asarray(_integral(angles, np.sqrt(np.maximum(information, 0))))[..., None]
