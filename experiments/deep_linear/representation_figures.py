"""Figures of deep_linear: how the hidden layer's representation forms."""

import numpy as np
import xarray

from jaxrep.analysis.modes import learnable_modes
from jaxrep.analysis.similarity import scaling_eigenvalues
from jaxrep.plots import deep_linear as plots
from jaxrep.plots.curves import colour_of, draw_spread
from jaxrep.plots.style import SEQUENTIAL, many_colours, panels
from jaxrep.study import GridPoint
from jaxrep.study.report import Figure, Movie
from jaxrep.study.words import in_words
from jaxrep.theory.mode_dynamics import transition_times

from .analysis import scaling_path
from .shown import (
    Shown,
    final_similarity_words,
    of_point,
    points,
    spread_words,
)


def _exemplar(shown: Shown) -> tuple[str, xarray.Dataset]:
    first = int(np.argmax(shown.finite))
    return in_words(shown.replicas.name(first)), shown.flat.isel(replica=first)


def movie(shown: Shown) -> Movie:
    """Similarity matrix and classical scaling of one network, step by step."""
    name, one = _exemplar(shown)
    items, steps = shown.data.tables[0].items, one.step.values
    matrices = one.similarity.values[:, 0]
    figure, (left, middle, right) = panels(3, 5, 4.6, columns=3)
    put = plots.draw_matrix(left, matrices[np.abs(matrices).max((1, 2)).argmax()], items, "H H^T")
    move = plots.draw_scaling(middle, scaling_path(matrices), items)
    middle.set_title("classical scaling of the hidden layer", fontsize=10)
    right.plot(steps, one.loss.values, color=colour_of(0), label="loss")
    some = learnable_modes(shown.modes[0].strength)
    relative = one.mode_strength.values[:, some] / one.task_strength.values[some]
    for mode in range(len(some)):
        right.plot(steps, relative[:, mode], color=colour_of(mode), lw=0.8, alpha=0.7)
    right.plot([], [], color="0.5", lw=0.8, label="modes / singular value")
    right.set_ylim(-0.05, 1.1 * max(1.0, float(np.nanmax(one.loss.values[:1]))))
    right.set(xlabel="step (updates)", ylabel="mean squared error; strength")
    right.legend(fontsize=8, loc="center left")
    marker = right.axvline(0, color="black", lw=1)

    def show(frame: int) -> None:
        put(matrices[frame])
        move(frame)
        marker.set_xdata([steps[frame]] * 2)
        left.title.set_text(f"similarity of the hidden layer, step {steps[frame]}")

    left.set_title("", fontsize=10)
    show(0)
    frames = [f"step {step}" for step in steps]
    return Movie(
        "similarity",
        "Representation over training",
        f"{name}, trained once, the first network that did not diverge. Left: inner products of "
        "the items' hidden activities (first hidden layer). Middle: the items in the plane of "
        "classical multidimensional scaling, with their paths so far: broad categories part "
        "first, then narrower ones. Right: loss and modes, with the step shown.",
        figure,
        frames,
        show,
        first=len(frames) // 2,
    )


def differentiation(shown: Shown, point: GridPoint) -> Figure:
    """How far items lie apart, by how they are related, and how far theory's end is."""
    flat, rows = shown.flat, point.finite
    steps = flat.step.values
    figure, (left, right) = panels(2, 6, 4.2)
    if "distance" in flat:
        for level in range(flat.sizes["split"]):
            words = f"parted at level {level} of the tree"
            draw_spread(left, steps, flat.distance.values[rows, :, level], words, colour_of(level))
        left.legend(fontsize=8)
        left.set(xlabel="step (updates)", ylabel="rms distance (units of activity)")
    else:
        _scaling_extent(left, shown, rows)
    draw_spread(right, steps, flat.distance_to_theory.values[rows], "distance", colour_of(0))
    right.set(
        xlabel="step (updates)", ylabel=f"relative distance to {final_similarity_words(shown)}"
    )
    right.axhline(0, color="black", ls="--", lw=1, label="theory, small initial weights")
    right.legend(fontsize=8)
    return Figure(
        "differentiation",
        "Progressive differentiation",
        f"{of_point(point)}{spread_words(shown)} Left: how far items lie apart in the "
        "first hidden layer, by how they are related. Right: how far the similarity matrix is "
        "from the one that theory expects at the end, the same for every seed.",
        figure,
    )


def _scaling_extent(axes, shown: Shown, rows: np.ndarray) -> None:
    values = shown.flat.similarity.values[rows, :, 0]
    extent = np.sqrt(np.maximum(np.asarray(scaling_eigenvalues(values)), 0))
    for direction in range(min(6, extent.shape[-1])):
        draw_spread(
            axes,
            shown.flat.step.values,
            extent[..., direction],
            f"direction {direction + 1}",
            colour_of(direction),
        )
    axes.set(xlabel="step (updates)", ylabel="extent of the items (units of activity)")
    axes.legend(fontsize=8)


def across_seeds(shown: Shown) -> Figure:
    """Correlation of the representations of different seeds, and with theory."""
    flat, chosen = shown.flat, points(shown)
    palette = many_colours([name for name, _ in chosen])
    figure, every = panels(len(chosen) + 1, 5, columns=min(len(chosen) + 1, 4))
    names = [str(seed) for seed in shown.replicas.seeds]
    for axes, (name, rows) in zip(every, chosen, strict=False):
        between = flat.similarity_between_seeds.values[rows]
        least = np.nanmin(between, initial=1.0, where=np.isfinite(between))
        low = min(0.0, float(least))
        picture = axes.imshow(between, cmap=SEQUENTIAL, vmin=low, vmax=1)
        if len(names) <= 12:
            axes.set_xticks(range(len(names)), names)
            axes.set_yticks(range(len(names)), names)
        axes.set(xlabel="seed", ylabel="seed")
        axes.set_title(f"{name} least: {least:.4f}", fontsize=10)
        figure.colorbar(picture, ax=axes, shrink=0.8, label="correlation of similarities")
    for name, rows in chosen:
        values = flat.similarity_to_theory.values[rows]
        label = name or "simulation"
        draw_spread(every[-1], flat.step.values, values, label, palette[name], faint=False)
    every[-1].axhline(1, color="black", ls="--", lw=1, label="theory, end of training")
    every[-1].set(
        xlabel="step (updates)", ylabel=f"correlation with {final_similarity_words(shown)}"
    )
    every[-1].legend(fontsize=8)
    return Figure(
        "seeds",
        "Do all seeds find the same representation?",
        "Matrices: correlation between seeds of the final similarity matrices (entries above "
        f"the diagonal). Last panel: correlation with theory over training. {spread_words(shown)}",
        figure,
    )


def scales(shown: Shown) -> Figure:
    """Times, representations and curves against the initial scale."""
    scan, scales = shown.scan, shown.scan.scan_scale.values
    modes, table = shown.modes[0], shown.data.tables[0]
    figure, (left, middle, right) = panels(3, 5, 4.4, columns=3)
    learning_rate = float(shown.replicas.arrays()[1]["learning_rate"][0])
    finest = np.geomspace(scales.min(), scales.max(), 100)
    last = int(learnable_modes(modes.strength)[-1])
    for index, mode in enumerate((0, last)):
        colour, found = colour_of(index), scan.scan_transition.values[..., mode]
        plots.draw_against_scale(left, scales, found, f"mode {mode + 1}", colour)
        if shown.setting.depth == 2:
            times = transition_times(
                modes.strength,
                finest[:, None],
                learning_rate,
                items=len(table.items),
                hidden=shown.setting.hidden,
                features=len(table.features),
            )
            left.plot(finest, times[:, mode], "--", color="black", lw=1.2)
            left.lines[-1].set_label(None if index else "small-weight theory")
    left.set_ylabel("step of half learning (updates)")
    left.set_ylim(0, None)
    quantities = {
        "change of the similarity from its start": scan.scan_change.values,
        f"distance of the end from {final_similarity_words(shown)}": scan.scan_distance.values,
        "correlation between seeds": scan.scan_between_seeds.values,
    }
    for index, (label, values) in enumerate(quantities.items()):
        plots.draw_against_scale(middle, scales, values, label, colour_of(index))
    for level in (0, 1):
        middle.axhline(level, color="black", ls="--", lw=0.8)
    middle.set_ylabel("relative to the final matrix")
    for axes in (left, middle):
        axes.legend(fontsize=8)
    relative = scan.scan_mode_strength.values[..., : last + 1] / modes.strength[: last + 1]
    for index in range(len(scales) - 1, -1, -2):
        curve = np.median(relative[index], 0)
        for mode in sorted({0, min(1, last), last}):
            label = f"γ = {scales[index]:g}" if mode == 0 else None
            right.plot(scan.step.values, curve[:, mode], color=colour_of(index), label=label)
    right.set(xlabel="step (updates)", ylabel="strength / singular value", ylim=(-0.05, 1.3))
    right.legend(fontsize=8)
    return Figure(
        "lazy_to_rich",
        "From lazy to rich: the initial scale",
        f"The same network from other initial scales, {scan.sizes['scan_seed']} seeds: median and "
        "range. Small scales (rich): stages, one representation for all seeds, given by the "
        "data. Large scales (lazy): all modes at once, each seed keeps the one it started with. "
        "Right: first, second and last mode.",
        figure,
    )
