"""Figures that examine the precision: error bars, estimators, spikes, bins, fine-tuning."""

import matplotlib.pyplot as plt
import numpy as np

from jaxrep.analysis.fisher_curves import fit_exponent, normalised
from jaxrep.plots.curves import colour_of, draw_spread
from jaxrep.plots.style import panels
from jaxrep.report import Figure
from jaxrep.theory.efficient_coding import iterate_density

from .analysis import Found, points, seed_of, theory_exponent
from .estimators import compare_estimators

SPREAD = "Line: median over seeds, band: minimum to maximum."


def draw_error_bars(found: Found) -> Figure:
    """Item 26: is it flat? sqrt(I) with its error bars; and the readout's part."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(11.5, 4), layout="constrained")
    name, rows = points(found)[0]
    for member, replica in enumerate(rows[:3]):
        root = np.sqrt(found.information[replica])
        error = found.jackknife.mean_term[replica] / (2 * root)
        shift = 0.15 * (found.angles[1] - found.angles[0]) * member
        left.errorbar(
            found.angles + shift,
            root,
            2 * error,
            fmt="o-",
            ms=2.5,
            lw=0.7,
            elinewidth=0.7,
            color=colour_of(member),
            label=f"seed {seed_of(found, replica)}",
        )
    left.set(xlabel="angle (rad)", ylabel="sqrt(I) (1/rad)", ylim=(0, None))
    left.set_title(f"loss {name}, two standard errors", fontsize=9)
    left.legend(fontsize=7)
    terms = {"mean term": found.information, "of the readout": found.readout}
    terms["covariance term"] = found.looks["train"].fisher.covariance_term
    for index, (label, values) in enumerate(terms.items()):
        if values is not None:
            draw_spread(right, found.angles, values[rows], label, colour_of(index), faint=False)
    right.set(xlabel="angle (rad)", ylabel="Fisher information (1/rad^2)", yscale="log")
    right.set_title(f"loss {name}", fontsize=9)
    right.legend(fontsize=7)
    return Figure(
        "error_bars",
        "Error bars, and which part is read out",
        "Left: jackknife over faces; what lies within the bars is no structure. Right: information "
        "of the mean code, of its covariance, and of the angle that is read (the mean of both "
        f"numbers; linear codes only). {SPREAD}",
        figure,
    )


def draw_estimators(found: Found) -> Figure | None:
    compared = compare_estimators(found)
    if compared is None:
        return None
    figure, grid = panels(len(compared.angles), 4.3, 3.2, columns=3)
    places = np.arange(len(compared.names))
    for index, (axes, angle) in enumerate(zip(grid, compared.angles, strict=True)):
        values, errors = compared.values[:, index], compared.errors[:, index]
        axes.errorbar(values, places, xerr=2 * errors, fmt="o", ms=4, color=colour_of(0))
        axes.axvline(values[0], color="black", ls="--", lw=1)
        axes.set_yticks(places, compared.names, fontsize=7)
        axes.invert_yaxis()
        axes.set(xlabel="Fisher information (1/rad^2)")
        axes.set_title(f"angle {angle:.2f} rad", fontsize=9)
    return Figure(
        "estimators",
        "Estimators compared",
        "First network, training faces; bars are two standard errors. Dashed: the exact "
        "derivative. Samples are 0.05 rad apart. A support vector machine cannot say more than "
        "about 14,000 (perfect separation); robust estimates leave the tails out.",
        figure,
    )


def draw_spikes(found: Found) -> Figure:
    """Item 22."""
    dense, every = found.dense, points(found)
    figure, grid = plt.subplots(2, 1, figsize=(10.5, 6.4), layout="constrained", sharex=True)
    for index, (name, rows) in enumerate(every):
        replica, colour = rows[0], colour_of(index)
        grid[0].plot(dense.angles, dense.stable[replica], color=colour, lw=1.1, label=name)
        wrong = np.abs(dense.naive[replica] / dense.stable[replica] - 1) > 0.1
        grid[0].plot(
            dense.angles[wrong], np.abs(dense.naive[replica][wrong]), "x", ms=5, color=colour
        )
        grid[1].plot(dense.angles, dense.squared_error[replica], color=colour, lw=1.1, label=name)
    grid[0].set(ylabel="Fisher information (1/rad^2)", yscale="log")
    grid[1].set(xlabel="angle (rad)", ylabel="squared error (rad^2)", yscale="log")
    grid[0].legend(fontsize=7, ncols=3)
    return Figure(
        "spikes",
        "Spikes",
        "First network of each loss, fine grid. Lines: QR in float64. Crosses: absolute values of "
        "a float32 inverse where they are wrong by over 10 %.",
        figure,
    )


def draw_bin_means(found: Found) -> Figure:
    """Item 24: mean information of every bin against its density."""
    means, heights = (x[np.isfinite(found.information).all(1)] for x in bin_means(found))
    figure, (left, right) = plt.subplots(1, 2, figsize=(11.5, 4.2), layout="constrained")
    for replica in range(len(means)):
        order = np.argsort(heights[replica])
        for axes in (left, right):
            axes.plot(
                heights[replica][order],
                means[replica][order],
                "o-",
                lw=0.6,
                ms=4,
                color=colour_of(replica),
            )
    fit = fit_exponent(means.ravel(), heights.ravel(), above=0.0)
    p = np.sort(heights.ravel())
    level = np.exp(np.mean(np.log(means) - np.log(heights)))
    for axes in (left, right):
        axes.plot(p, level * p, color="black", ls="--", lw=1.2, label="I ~ p")
        axes.set(xlabel="density of the bin (1/rad)", ylabel="mean information (1/rad^2)")
    right.set(xscale="log", yscale="log")
    words = f"all networks: g {fit.value:.2f} ({fit.low:.2f} to {fit.high:.2f})"
    right.set_title(words, fontsize=9)
    left.legend(fontsize=7)
    return Figure(
        "bins",
        "Densities of several bins",
        "One colour for each network, whose bins have random weights of its own; the angles at "
        "both ends of the range are left out. Dashed: proportional.",
        figure,
    )


def bin_means(found: Found) -> tuple[np.ndarray, np.ndarray]:
    """Mean information and density of every bin, ``[replica, bin]``."""
    low, high = found.angles[0], found.angles[-1]
    count = found.bins.shape[1]
    place = np.floor((found.angles - low) / (high - low) * count).clip(0, count - 1).astype(int)
    place[[0, -1]] = -1
    means = [found.information[:, place == b].mean(1) for b in range(count)]
    return np.stack(means, 1), found.bins * count / (high - low)


def draw_fine_tuning(found: Found) -> Figure:
    """Item 25."""
    every = points(found)
    figure, grid = panels(len(every), 6, 4)
    for axes, (name, rows) in zip(grid, every, strict=True):
        for index, (label, root) in enumerate(
            (("before", found.before), ("after", np.sqrt(found.information)))
        ):
            values = normalised(root[rows], found.angles)
            draw_spread(axes, found.angles, values, label, colour_of(index))
        density = normalised(found.density[0], found.angles)
        axes.plot(found.angles, density, color="black", lw=1, label="density of angles now")
        axes.set(xlabel="angle (rad)", ylabel="sqrt(I), integral 1 (1/rad)", ylim=(0, None))
        axes.set_title(f"loss {name}", fontsize=9)
    grid[0].legend(fontsize=8)
    return Figure("fine_tuning", "Fine-tuning", f"{SPREAD} Thin: single networks.", figure)


def draw_convergence(found: Found) -> Figure:
    """Item 23: theory, with the exponent of the first loss and with the measured one."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(11.5, 4), layout="constrained")
    density, angles = found.density[0], found.angles
    positive = density > 1e-6 * density.max()
    density, angles = density[positive], angles[positive]
    name, rows = points(found)[0]
    measured = float(
        np.nanmedian([fit_exponent(found.information[r], found.density[r]).value for r in rows])
    )
    power = theory_exponent(found.config, name)
    path = iterate_density(density, angles, power, divided=False)
    for index in (0, 1, 2, 4, 10):
        shade = plt.get_cmap("viridis")(index / 10)
        left.plot(angles, path.densities[index], "--", color=shade, label=f"iteration {index}")
    left.set(xlabel="angle (rad)", ylabel="density (1/rad)", ylim=(0, None))
    left.set_title(f"p <- sqrt(I) of the code for p, loss {name} (g {power:.2f})", fontsize=9)
    left.legend(fontsize=7)
    for index, (g, words) in enumerate(((power, "theory"), (measured, "measured"))):
        if not np.isfinite(g):
            continue
        for divided, style in ((False, "--"), (True, ":")):
            found_path = iterate_density(density, angles, g, divided=divided)
            rule = "p / sqrt(I)" if divided else "sqrt(I)"
            right.plot(
                np.maximum(found_path.distances, 1e-6),
                style,
                color=colour_of(index),
                label=f"{rule}, g {g:.2f} ({words})",
            )
    right.set(xlabel="iteration", ylabel="total variation distance to uniform", yscale="log")
    right.legend(fontsize=7)
    return Figure(
        "convergence",
        "Codes of codes",
        "Theory: the next density of angles is what the code for this one implies. Dashed: the "
        "normalised sqrt(I); dotted: p / sqrt(I), whose fixed point is a uniform code.",
        figure,
    )
