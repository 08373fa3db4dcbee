"""The report of deep_linear: a table of modes, and the figures."""

from collections.abc import Iterator, Sequence

import matplotlib.pyplot as plt
import numpy as np
import xarray

from experiments._deep_linear_analysis import Shown, data_set_of, scaling_path
from jaxrep.analysis.semantic import illusory_plateaus, predicted_trace
from jaxrep.models.mode_coordinates import SingularModes
from jaxrep.plots import deep_linear as plots
from jaxrep.plots.curves import colour_of, draw_spread
from jaxrep.report import Figure, Movie, Table
from jaxrep.theory.mode_dynamics import plateaus, transition_times

MOST_POINTS = 6
FRAMES = 33
APART = 1.05
"""Ratio of neighbouring singular values from which training rests between the two."""


def draw_report(shown: Shown) -> Iterator[Figure | Movie]:
    """All figures, in the order of the page."""
    yield _task(shown)
    yield _losses(shown)
    yield _modes(shown)
    if np.isfinite(shown.flat.predicted_transition).any() and shown.setting.depth > 1:
        yield _transitions(shown)
    if "similarity" in shown.results:
        yield _movie(shown)
        yield _differentiation(shown)
    if shown.setting.traces:
        yield _traces(shown)
    if "similarity" in shown.results:
        yield _across_seeds(shown)
    if "scan_change" in shown.scan:
        yield _scales(shown)
    yield _layers(shown)


def points(shown: Shown) -> list[tuple[str, np.ndarray]]:
    """Grid points, at most `MOST_POINTS` spread evenly: name, and its replicas."""
    seeds = len(shown.replicas.seeds)
    count = len(shown.replicas) // seeds
    chosen = np.unique(np.linspace(0, count - 1, min(count, MOST_POINTS)).round().astype(int))
    found = []
    for point in chosen:
        rows = np.arange(point * seeds, (point + 1) * seeds)
        found.append((shown.replicas.name(int(rows[0])).rpartition(" seed=")[0], rows))
    if len(found) == 1 and found[0][0].startswith("seed="):
        found = [("", found[0][1])]
    return found


def learnable(modes: SingularModes) -> np.ndarray:
    """Modes with a strength: items with the same features leave some without."""
    return np.flatnonzero(modes.strength > 1e-6 * modes.strength[0])


def _wanted(shown: Shown) -> str:
    """What the similarity of balanced linear layers becomes."""
    return f"(Y Yᵀ)^(1/{shown.setting.depth})"


def mode_names(modes: SingularModes, items: Sequence[str]) -> list[str]:
    """What each mode tells apart: items on its positive side | items on its negative side."""
    names = []
    for column in modes.v.T[: len(modes.strength)]:
        large = np.abs(column) > 0.4 * np.abs(column).max()
        sides = [_abbreviated(items, large & (sign * column > 0)) for sign in (1, -1)]
        everything = large.all() and (column > 0).all()
        names.append("all items" if everything else " | ".join(side for side in sides if side))
    return names


def _abbreviated(items: Sequence[str], chosen: np.ndarray) -> str:
    short = [name if len(name) < 6 or " " in name else name[:4] + "." for name in items]
    picked = [name for name, here in zip(short, chosen, strict=True) if here]
    return " ".join(picked) if len(picked) <= 4 else f"{len(picked)} items"


def mode_table(shown: Shown) -> Table:
    """One row per mode and grid point."""
    flat, rows = shown.flat, []
    indices = data_set_of(shown.replicas, shown.data)
    for name, replicas in points(shown):
        modes = shown.modes[replicas[0]]
        population = _population(shown, indices[replicas[0]])
        names = mode_names(modes, shown.data.tables[0].items)
        for mode in learnable(modes):
            words = names[mode]
            found = flat.transition.values[replicas, mode]
            predicted = float(flat.predicted_transition.values[replicas[0], mode])
            some = np.isfinite(found).any()
            rows.append(
                [
                    f"{mode + 1}",
                    words,
                    *([name] if name else []),
                    float(modes.strength[mode]),
                    None if population is None else float(population[mode]),
                    predicted if np.isfinite(predicted) else None,
                    float(np.nanmedian(found)) if some else None,
                    f"{np.nanmin(found):.1f}\u00a0–\u00a0{np.nanmax(found):.1f}"
                    if some
                    else "not learned",
                ]
            )
    columns = ["mode", "tells apart", *(["network"] if points(shown)[0][0] else [])]
    columns += ["singular value", "in the population", "predicted step", "measured step", "range"]
    caption = (
        "Step at which a mode is half learned, median and range over seeds. Predicted from "
        "scale, learning rate, sizes and singular value alone, without a free parameter. "
        "Modes of nearly equal strength are linear combinations of one another."
    )
    return Table("Modes of the task and when they are learned", columns, rows, caption)


def _range(values: np.ndarray) -> str:
    return f"{np.nanmin(values):.1f}\u00a0–\u00a0{np.nanmax(values):.1f}"


def _population(shown: Shown, data_set: int) -> np.ndarray | None:
    """Singular values of the population that the data were drawn from."""
    if not shown.data.spectra:
        return None
    table = shown.data.tables[data_set]
    per_flip = max(len(shown.data.tables) // len(shown.data.spectra), 1)
    spectrum = shown.data.spectra[min(data_set // per_flip, len(shown.data.spectra) - 1)]
    return np.sqrt(len(table.features) * spectrum.eigenvalues)


def _spread(shown: Shown) -> str:
    return f"Line: median over {len(shown.replicas.seeds)} seeds; band: minimum to maximum."


def _panels(count: int, width: float = 5.5, height: float = 4.0):
    columns = min(count, 3 if count > 4 else 2)
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


def _resting(shown: Shown, strength: np.ndarray) -> np.ndarray:
    """Numbers of learned modes at which training rests: one layer learns all at once."""
    apart = strength[:-1] > APART * strength[1:]
    between = np.flatnonzero(apart & (shown.setting.depth > 1)) + 1
    return np.concatenate([[0], between, [len(strength)]])


def _task(shown: Shown) -> Figure:
    table, modes = shown.data.tables[0], shown.modes[0]
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(15, 4.4), layout="constrained")
    some = min(len(table.features), 30)
    values = table.values[:, :some]
    top = np.abs(values).max() or 1
    left.imshow(values, cmap="coolwarm", vmin=-top, vmax=top, aspect="auto")
    left.set_yticks(range(len(table.items)), table.items, fontsize=8)
    if some < 30 and len(table.features) == some:
        left.set_xticks(range(some), table.features, rotation=60, ha="right", fontsize=7)
    left.set_xlabel(f"feature (the first {some} of {len(table.features):,})")
    left.set_title("what each item has", fontsize=10)
    second_moment = table.values @ table.values.T / len(table.features)
    plots.draw_matrix(middle, second_moment, table.items, "mean product of features")
    middle.set_title("how alike the items are", fontsize=10)
    count = np.arange(1, len(modes.strength) + 1)
    right.plot(count, modes.strength, "o", color=colour_of(0), label="this table")
    population = _population(shown, 0)
    if population is not None:
        right.plot(
            count, population[: len(count)], "k--", marker="_", ms=12, label="population, theory"
        )
    right.set(xlabel="mode", ylabel="singular value", ylim=(0, None))
    right.legend(fontsize=8)
    return Figure(
        "task",
        "The task",
        f"{len(table.items)} items, {len(table.features):,} features. Right: strength of the "
        "modes that the network can learn, against the closed form for the population.",
        figure,
    )


def _losses(shown: Shown) -> Figure:
    flat, shape = shown.flat, shown.data.tables[0].values.shape
    chosen = points(shown)
    figure, panels = _panels(len(chosen), 9 if len(chosen) == 1 else 5.5)
    for axes, (name, rows) in zip(panels, chosen, strict=True):
        strength = shown.modes[rows[0]].strength
        levels = np.asarray(plateaus(strength, *shape))[_resting(shown, strength)]
        loss, theory = flat.loss.values[rows], flat.theory_loss.values[rows]
        plots.draw_loss(axes, flat.step.values, loss, theory, levels)
        axes.set_ylim(-0.03 * levels[0], 1.1 * max(levels[0], np.nanmedian(loss[:, 0])))
        axes.set_title(name, fontsize=10)
    return Figure(
        "loss",
        "Loss: drops and plateaus",
        f"{_spread(shown)} {_theory_words(shown)} Dotted: loss with the first modes learned and "
        f"the others not, where neighbouring singular values differ by {APART - 1:.0%} or more.",
        figure,
    )


def _theory_words(shown: Shown) -> str:
    linear = shown.setting.activation == "linear"
    whose = "" if linear else "of the linear network "
    return {
        1: f"Dashed: exact solution {whose}from each seed's initial weights.",
        2: f"Dashed: the reduced model {whose}(modes alone, at this learning rate) from each "
        "seed's initial weights.",
    }.get(
        shown.setting.depth,
        f"Dashed: balanced, aligned layers {whose}at this learning rate, from 1 % of the "
        "mode's strength on.",
    )


def _modes(shown: Shown) -> Figure:
    flat, chosen = shown.flat, points(shown)
    figure, panels = _panels(len(chosen), 10 if len(chosen) == 1 else 5.5, 4.6)
    for axes, (name, rows) in zip(panels, chosen, strict=True):
        modes = shown.modes[rows[0]]
        words, some = mode_names(modes, shown.data.tables[0].items), learnable(modes)[:8]
        labels = [f"{mode + 1}: {words[mode]}" for mode in some]
        relative = flat.mode_strength.values[rows][..., some] / modes.strength[some]
        theory = flat.theory_mode_strength.values[rows][..., some] / modes.strength[some]
        times = flat.predicted_transition.values[rows[0]][some]
        plots.draw_modes(axes, flat.step.values, relative, theory, labels, times)
        axes.set_ylim(-0.08, 1.2)
        axes.set_title(name, fontsize=10)
        if len(chosen) > 1:
            axes.get_legend().set_visible(axes is panels[0])
    marked = (
        " Triangles: predicted step of half learning, without a free parameter."
        if np.isfinite(flat.predicted_transition).any()
        else ""
    )
    return Figure(
        "modes",
        "Modes: what is learned when",
        f"Strength of each mode of the task in the network's map, over its singular value. "
        f"{_spread(shown)} {_theory_words(shown)}{marked}",
        figure,
    )


def _transitions(shown: Shown) -> Figure:
    figure, axes = plt.subplots(figsize=(8, 4), layout="constrained")
    for index, (name, rows) in enumerate(points(shown)):
        predicted = shown.flat.predicted_transition.values[rows[0]]
        found = shown.flat.transition.values[rows]
        plots.draw_transitions(axes, predicted, found, name, colour_of(index))
    if points(shown)[0][0]:
        axes.legend(fontsize=8)
    return Figure(
        "transitions",
        "Transition times against the parameter-free prediction",
        "One point per mode: median over seeds, whiskers from minimum to maximum. The "
        "prediction knows scale, learning rate, sizes and singular values only; the dashed "
        "line is perfect agreement.",
        figure,
    )


def _exemplar(shown: Shown) -> tuple[str, xarray.Dataset]:
    return shown.replicas.name(0), shown.flat.isel(replica=0)


def _movie(shown: Shown) -> Movie:
    name, one = _exemplar(shown)
    items, steps = shown.data.tables[0].items, one.step.values
    matrices = one.similarity.values[:, 0]
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(15, 4.6), layout="constrained")
    put = plots.draw_matrix(left, matrices[np.abs(matrices).max((1, 2)).argmax()], items, "H H^T")
    move = plots.draw_scaling(middle, scaling_path(matrices), items)
    middle.set_title("classical scaling of the hidden layer", fontsize=10)
    right.plot(steps, one.loss.values, color=colour_of(0), label="loss")
    some = learnable(shown.modes[0])
    relative = one.mode_strength.values[:, some] / one.task_strength.values[some]
    for mode in range(len(some)):
        right.plot(steps, relative[:, mode], color=colour_of(mode), lw=0.8, alpha=0.7)
    right.plot([], [], color="0.5", lw=0.8, label="modes / singular value")
    right.set_ylim(-0.05, 1.1 * max(1.0, float(np.nanmax(one.loss.values[:1]))))
    right.set(xlabel="step (updates)", ylabel="mean squared error; strength")
    right.legend(fontsize=8, loc="center left")
    marker = right.axvline(0, color="black", lw=1)
    shown_steps = np.unique(np.linspace(0, len(steps) - 1, FRAMES).round().astype(int))

    def show(frame: int) -> None:
        at = shown_steps[frame]
        put(matrices[at])
        move(int(at))
        marker.set_xdata([steps[at]] * 2)
        left.set_title(f"similarity of the hidden layer, step {steps[at]}", fontsize=10)

    show(0)
    frames = [f"step {steps[at]}" for at in shown_steps]
    return Movie(
        "similarity",
        "Representation over training",
        f"{name}, trained once. Left: inner products of the items' hidden activities (first "
        "hidden layer). Middle: the items in the plane of classical multidimensional scaling, "
        "with their paths so far: broad categories part first, then narrower ones. Right: loss "
        "and modes, with the step shown.",
        figure,
        frames,
        show,
        first=len(frames) // 2,
    )


def _differentiation(shown: Shown) -> Figure:
    flat, (name, rows) = shown.flat, points(shown)[0]
    steps = flat.step.values
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.2), layout="constrained")
    if "distance" in flat:
        for level in range(flat.sizes["split"]):
            words = f"parted at level {level} of the tree"
            draw_spread(left, steps, flat.distance.values[rows, :, level], words, colour_of(level))
        left.legend(fontsize=8)
        left.set(xlabel="step (updates)", ylabel="rms distance (units of activity)")
    else:
        _scaling_extent(left, shown, rows)
    draw_spread(right, steps, flat.distance_to_theory.values[rows], "distance", colour_of(0))
    right.set(xlabel="step (updates)", ylabel=f"relative distance to {_wanted(shown)}")
    right.axhline(0, color="black", ls="--", lw=1, label="theory, small initial weights")
    right.legend(fontsize=8)
    return Figure(
        "differentiation",
        "Progressive differentiation",
        f"{name + '. ' if name else ''}{_spread(shown)} Left: how far items lie apart in the "
        "first hidden layer, by how they are related. Right: how far the similarity matrix is "
        "from the one that theory expects at the end, the same for every seed.",
        figure,
    )


def _scaling_extent(axes, shown: Shown, rows: np.ndarray) -> None:
    from jaxrep.analysis.similarity import scaling_eigenvalues

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


def _traces(shown: Shown) -> Figure:
    flat, (name, rows) = shown.flat, points(shown)[0]
    table, modes, steps = shown.data.tables[0], shown.modes[0], shown.flat.step.values
    rank = len(modes.strength)
    chosen = list(zip(shown.setting.traces, shown.setting.trace_names, strict=True))[:4]
    figure, panels = _panels(len(chosen), 6)
    safe = np.maximum(modes.strength, 1e-9 * modes.strength[0])
    for index, (axes, ((item, feature), words)) in enumerate(zip(panels, chosen, strict=True)):
        column, v = table.values[:, feature], modes.v[:, :rank]
        theory = np.asarray(
            predicted_trace(flat.theory_mode_strength.values[rows], safe, column, v, item)
        )
        levels = np.asarray(illusory_plateaus(column, v, item))[_resting(shown, modes.strength)]
        seen = flat.trace.values[rows, :, index]
        plots.draw_trace(axes, steps, seen, theory, levels, column[item])
        axes.set_title(words.replace(":", ": "), fontsize=10)
    return Figure(
        "illusions",
        "Illusory correlations",
        f"{name + '. ' if name else ''}{_spread(shown)} Dashed: the modes of theory; dotted: "
        "where the belief rests while only the first modes are learned: the item is credited "
        "with what its category has. Full line: the truth." + _picked_words(shown),
        figure,
    )


def _picked_words(shown: Shown) -> str:
    picked = all(name.split(":")[1].startswith("feature ") for name in shown.setting.trace_names)
    return " The most misleading sampled features are shown." if picked else ""


def _across_seeds(shown: Shown) -> Figure:
    flat, chosen = shown.flat, points(shown)
    figure, panels = _panels(len(chosen) + 1, 5)
    names = [str(seed) for seed in shown.replicas.seeds]
    for axes, (name, rows) in zip(panels, chosen, strict=False):
        between = flat.similarity_between_seeds.values[rows]
        low = min(0.0, float(np.nanmin(between)))
        picture = axes.imshow(between, cmap="viridis", vmin=low, vmax=1)
        if len(names) <= 12:
            axes.set_xticks(range(len(names)), names)
            axes.set_yticks(range(len(names)), names)
        axes.set(xlabel="seed", ylabel="seed")
        axes.set_title(f"{name} least: {np.nanmin(between):.4f}", fontsize=10)
        figure.colorbar(picture, ax=axes, shrink=0.8, label="correlation of similarities")
    for index, (name, rows) in enumerate(chosen):
        values = flat.similarity_to_theory.values[rows]
        label = name or "simulation"
        draw_spread(panels[-1], flat.step.values, values, label, colour_of(index), faint=False)
    panels[-1].axhline(1, color="black", ls="--", lw=1, label="theory, end of training")
    panels[-1].set(xlabel="step (updates)", ylabel=f"correlation with {_wanted(shown)}")
    panels[-1].legend(fontsize=8)
    return Figure(
        "seeds",
        "Do all seeds find the same representation?",
        "Matrices: correlation between seeds of the final similarity matrices (entries above "
        f"the diagonal). Last panel: correlation with theory over training. {_spread(shown)}",
        figure,
    )


def _scales(shown: Shown) -> Figure:
    scan, scales = shown.scan, shown.scan.scan_scale.values
    modes, table = shown.modes[0], shown.data.tables[0]
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(15, 4.4), layout="constrained")
    learning_rate = float(shown.replicas.arrays()[1]["learning_rate"][0])
    finest = np.geomspace(scales.min(), scales.max(), 100)
    last = int(learnable(modes)[-1])
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
        f"distance of the end from {_wanted(shown)}": scan.scan_distance.values,
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


def _layers(shown: Shown) -> Figure:
    flat, (name, rows) = shown.flat, points(shown)[0]
    steps, depth = flat.step.values, shown.setting.depth
    figure, panels = _panels(2 if depth > 1 else 1, 6, 3.8)
    for layer in range(depth):
        values = flat.weight_norm.values[rows, :, layer]
        draw_spread(panels[0], steps, values, f"W{layer + 1}", colour_of(layer))
    panels[0].set(xlabel="step (updates)", ylabel="Frobenius norm of the weights")
    panels[0].legend(fontsize=8)
    if depth > 1:
        for layer in range(depth - 1):
            values = flat.imbalance.values[rows, :, layer]
            words = f"W{layer + 2}ᵀW{layer + 2} - W{layer + 1}W{layer + 1}ᵀ"
            draw_spread(panels[1], steps, values, words, colour_of(layer))
        seen = flat.imbalance.values[rows]
        if np.nanmax(seen) > 30 * np.nanmin(seen) > 0:
            panels[1].set_yscale("log")
        panels[1].set(xlabel="step (updates)", ylabel="imbalance (Frobenius norm)")
        panels[1].legend(fontsize=8)
    return Figure(
        "layers",
        "Weights of the layers",
        f"{name + '. ' if name else ''}{_spread(shown)}"
        + (depth > 1)
        * " Gradient flow conserves the difference "
        "of neighbouring layers; gradient descent does so up to its step and to rounding "
        "(1e-6 of the weights' squares in float32).",
        figure,
    )
