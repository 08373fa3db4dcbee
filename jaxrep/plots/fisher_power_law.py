"""Fisher information against the density of angles: is it a power law?"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes

from jaxrep.plots.curves import draw_spread, draw_theory
from jaxrep.plots.fisher_curves import LABELS
from jaxrep.plots.style import COLOURS, Number
from jaxrep.typing import Array

Curves = Float[Array, "seed angle"]


def draw_against_density(
    axes: Axes,
    density: Curves,
    information: Curves,
    power: Number | None = None,
    *,
    labels: Sequence[str] = (),
    colours: Sequence[str] = COLOURS,
    exponents: Float[Array, " seed"] | None = None,
    fitted_above: Number = 0.1,
    log: bool = True,
) -> Axes:
    """Information against density, a dot for each angle, a colour for each network.

    Of `exponents` the median over networks of ``I = c p^g`` is a line, their range a band, where
    they were fitted; c is the geometric mean of ``I / p^g`` there.

    >>> from matplotlib.figure import Figure
    >>> density = np.array([[0.1, 0.5, 1.0]])
    >>> axes = draw_against_density(Figure().subplots(), density, 3 * density**2, 2)
    >>> axes.lines[-1].get_ydata()
    array([0.03, 0.75, 3.  ])

    Args:
      axes: to draw on.
      density: of the angles each network was trained on (1/rad).
      information: I in 1/rad^2.
      power: theory, I ~ p^power, dashed through the median of the greatest informations.
      labels, colours: of the networks.
      exponents: g of each network (`fit_exponents`); NaN where there is none.
      fitted_above: share of the greatest density above which exponents are fitted: grey, if `log`.
      log: both axes; angles without density or information are left out.
    """
    density, information = np.asarray(density), np.asarray(information)
    names = [*labels, *[None] * (len(density) - len(labels))]
    for seed, (p, values) in enumerate(zip(density, information, strict=True)):
        colour = colours[seed % len(colours)]
        axes.plot(p, values, "o", ms=3, alpha=0.7, color=colour, label=names[seed])
    if power is not None:
        p = np.sort(density[0])
        level = np.nanmedian(information.max(1)) / p[-1] ** float(power)
        draw_theory(axes, p, level * p ** float(power), f"theory, I ~ p^{float(power):.2f}")
    if exponents is not None:
        _draw_fits(axes, density, information, np.asarray(exponents), float(fitted_above))
    axes.set(xlabel="density p (1/rad)", ylabel=LABELS["information"])
    return _log_density(axes, density, information, float(fitted_above)) if log else axes


def _draw_fits(
    axes: Axes,
    density: np.ndarray,
    information: np.ndarray,
    exponents: Float[np.ndarray, " seed"],
    above: float,
) -> None:
    """Fitted powers of all networks that have one."""
    top = density.max()
    p, curves = np.geomspace(above * top, top, 30), []
    for own, values, power in zip(density, information, exponents, strict=True):
        here = (own > above * own.max()) & (values > 0)
        if np.isfinite(power) and here.any():
            level = np.mean(np.log(values[here]) - power * np.log(own[here]))
            curves.append(np.exp(level) * p**power)
    if curves:
        known = exponents[np.isfinite(exponents)]
        words = f"fit, g {np.median(known):.2f} ({known.min():.2f} to {known.max():.2f})"
        draw_spread(axes, p, np.stack(curves), words, "black", faint=False)


def _log_density(axes: Axes, density: np.ndarray, information: np.ndarray, above: float) -> Axes:
    seen = density > 0
    top = density.max()
    axes.axvspan(above * top, 1.3 * top, color="0.93", zorder=0)
    axes.set(xscale="log", yscale="log")
    # Tails of a density reach to nothing and would take the axis with them.
    axes.set_xlim(max(density[seen].min(), 1e-4 * top), 1.3 * top)
    positive = information[information > 0]
    axes.set_ylim(0.5 * positive.min(), 2 * positive.max())
    return axes
