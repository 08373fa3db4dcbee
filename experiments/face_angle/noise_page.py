"""Figure, table and answer of information under noise of a known kind."""

import numpy as np
from matplotlib.axes import Axes

from jaxrep.plots.curves import draw_reference, draw_whiskers
from jaxrep.plots.fisher_curves import draw_density, draw_information
from jaxrep.plots.style import Palette, panel_grid
from jaxrep.study import GridPoint
from jaxrep.study.report import Figure, Table, Verdict, median_range

from .findings import TOLERANCE, Found, loss_of, theory_exponent
from .noise import Noise
from .page import UNTRAINED

CURVES = {
    "alone": "noise alone, face known",
    "pictures": "variation of faces alone",
    "together": "both, face unknown",
}
"""What each curve is of."""


def noise_words(found: Found, noise: Noise) -> str:
    """The noise and its size."""
    config = found.config
    size = f"{config.noise_size:g}"
    kinds = {
        "gaussian": f"normal noise of {size} of the root mean square response",
        "student": f"Student's t noise (4 degrees of freedom), scale {size} of the root mean "
        "square response",
        "poisson": f"Poisson counts ({1 / config.noise_size:.3g} for the mean response)",
        "proportional": "normal noise with the variance of counts "
        f"({1 / config.noise_size:.3g} for the mean response)",
    }
    return f"{kinds[config.noise]} on {noise.layer}"


def noise_figure(found: Found, noise: Noise, palette: Palette) -> Figure:
    """Precision under the noise, under the variation of faces, and under both."""
    figure, grid = panel_grid(len(found.points), 2 if found.varies else 1, 5.5, 3.8)
    for line, point in zip(grid, found.points, strict=True):
        curves, rows = noise._asdict(), point.finite
        shown = {"quantity": "root", "faint": False}
        first = "noise alone, before training"
        draw_information(line[0], found.angles, noise.before[rows], first, UNTRAINED, **shown)
        for name, label in CURVES.items():
            draw_information(
                line[0], found.angles, curves[name][rows], label, palette[label], **shown
            )
        line[0].set_title(f"loss {point.title}", fontsize=9)
        line[0].legend(fontsize=7)
        if found.varies:
            right = line[0].twinx()
            draw_density(right, found.angles, found.density[rows[0]])
            right.lines[-1].set_linestyle(":")
            right.set(ylabel="density of angles (1/rad), dotted", ylim=(0, None))
            _draw_exponents(line[1], found, noise, point, palette)
    reading = (
        "corrected for few faces"
        if found.config.noise_layer == "code"
        else "a lower bound by readouts that are tested on other persons"
    )
    return Figure(
        "noise",
        "Which noise?",
        f"Information of {noise.layer} ({noise.units} units) about the angle with "
        f"{noise_words(found, noise)}, training faces. Noise alone: which face is shown is known, "
        f"mean over faces. The other two: linear Fisher information, {reading}; that of both "
        "from one draw of the noise for each face. Lines and points: median over seeds; "
        "bands and whiskers: minimum to maximum; dots: seeds. Dashed: theory of the loss.",
        figure,
    )


def _draw_exponents(
    axes: Axes, found: Found, noise: Noise, point: GridPoint, palette: Palette
) -> None:
    labels = ["noise alone, before training", *CURVES.values()]
    names = [label.replace(", ", ",\n") for label in labels]
    colours = [UNTRAINED, *(palette[label] for label in CURVES.values())]
    for place, (name, colour) in enumerate(zip(("before", *CURVES), colours, strict=True)):
        values = np.full((len(point.finite), len(names)), np.nan)
        values[:, place] = noise.exponents[name][point.finite]
        draw_whiskers(axes, names, values, None, colour, faint=True)
    theory = theory_exponent(found.config, loss_of(found, point))
    draw_reference(axes, theory, f"theory, {theory:.2f}")
    axes.axhline(0, color="0.7", lw=0.8)
    axes.set(ylabel="g of I ~ p^g")
    axes.legend(fontsize=7)


def noise_table(found: Found, noise: Noise) -> Table:
    """Level and exponent of each."""
    rows, curves = [], noise._asdict()
    words = {**CURVES, "before": "noise alone, before training"}
    for point in found.points:
        for name, label in words.items():
            root = level_of(curves[name][point.finite], found.inside)
            g = noise.exponents[name][point.finite]
            rows.append(
                [
                    point.title,
                    label,
                    median_range(root, 1),
                    median_range(g) if np.isfinite(g).any() else None,
                ]
            )
    return Table(
        "Information with noise",
        ["loss", "what limits it", "sqrt(I), mean over angles (1/rad)", "g of I ~ p^g"],
        rows,
        f"With {noise_words(found, noise)} ({noise.units} units). Inner angles, training faces; "
        "median over seeds (minimum to maximum).",
    )


def level_of(information: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """``[network]``: mean over inner angles of the root; corrected, information can be below 0."""
    return np.sqrt(np.maximum(information[:, inside], 0)).mean(1)


def noise_verdict(found: Found, noise: Noise, point: GridPoint) -> Verdict:
    """What limits the code, and whether what it keeps under the noise follows the density."""
    curves, rows = noise._asdict(), point.finite
    level = {name: level_of(curves[name][rows], found.inside) for name in (*CURVES, "before")}
    lower = np.minimum(level["alone"], level["pictures"])
    share = level["together"] / lower
    middle = {name: float(np.median(values)) for name, values in level.items()}
    limit = "the noise" if middle["alone"] < middle["pictures"] else "the variation of faces"
    where = f" (loss {point.title})" if len(found.points) > 1 else ""
    text = (
        f"With {noise_words(found, noise)}{where} sqrt(I) is {median_range(level['alone'], 1)} per "
        f"rad if the face is known (before training {median_range(level['before'], 1)}), "
        f"{median_range(level['pictures'], 1)} of the variation of faces without noise, and "
        f"{median_range(level['together'], 1)} of both, {median_range(share)} of the lower one: "
        f"{limit} limits more; {len(rows)} seeds."
    )
    g = {name: values[rows] for name, values in noise.exponents.items()}
    if not found.varies or not np.isfinite(g["alone"]).any():
        return Verdict(text)
    theory = theory_exponent(found.config, loss_of(found, point))
    text += (
        f" Its exponent of the density is {median_range(g['alone'])} under the noise alone (before "
        f"training {median_range(g['before'])}), {median_range(g['pictures'])} of the variation of "
        f"faces and {median_range(g['together'])} of both."
    )
    close = abs(float(np.nanmedian(g["together"])) - theory) <= TOLERANCE
    return Verdict(text, close, f"the loss asks for {theory:.2f} of both, within {TOLERANCE:g}")
