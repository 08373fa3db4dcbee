"""The figures of deep_linear."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from jaxrep.analysis.modes import learnable_modes, mode_names
from jaxrep.analysis.semantic import illusory_plateaus, predicted_trace
from jaxrep.plots import deep_linear as plots
from jaxrep.plots.curves import colour_of, draw_spread
from jaxrep.plots.style import DIVERGING, many_colours, panels
from jaxrep.study import GridPoint, figure_per_point, panels_or_picker
from jaxrep.study.report import Figure, PageFigure
from jaxrep.theory.mode_dynamics import loss_plateaus

from . import representation_figures as representation
from .balance import has_balance
from .balance_figures import balance_ends, balance_over_training
from .continual import continual_figure, has_second_task
from .explorer import explorer
from .saddle_page import has_saddles, saddle_figure
from .shown import (
    APART,
    Shown,
    data_set_of,
    of_point,
    points,
    population_of,
    resting,
    spread_words,
)


def draw_report(shown: Shown) -> Iterator[PageFigure]:
    """All figures, in the order of the page."""
    yield _task(shown)
    if not shown.finite.any():
        return
    if has_second_task(shown):
        yield continual_figure(shown)
    if has_balance(shown):
        yield balance_over_training(shown)
        yield balance_ends(shown)
    if has_saddles(shown):
        yield figure_per_point(shown.points, partial(saddle_figure, shown))
    yield panels_or_picker(shown.points, partial(_losses, shown))
    yield panels_or_picker(shown.points, partial(_modes, shown))
    if np.isfinite(shown.flat.predicted_transition).any() and shown.setting.depth > 1:
        yield _transitions(shown)
    if (explored := explorer(shown)) is not None:
        yield explored
    if "similarity" in shown.results:
        yield representation.movie(shown)
        yield figure_per_point(shown.points, partial(representation.differentiation, shown))
    if shown.setting.traces:
        yield figure_per_point(shown.points, partial(_traces, shown))
    if "similarity" in shown.results:
        yield representation.across_seeds(shown)
    if "scan_change" in shown.scan:
        yield representation.scales(shown)
    yield figure_per_point(shown.points, partial(_layers, shown))


def _range(values: np.ndarray) -> str:
    return f"{np.nanmin(values):.1f}\u00a0–\u00a0{np.nanmax(values):.1f}"


def _task(shown: Shown) -> Figure:
    table, modes = shown.data.tables[0], shown.modes[0]
    figure, (left, middle, right) = panels(3, 5, 4.4, columns=3)
    some = min(len(table.features), 30)
    values = table.values[:, :some]
    top = np.abs(values).max() or 1
    left.imshow(values, cmap=DIVERGING, vmin=-top, vmax=top, aspect="auto")
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
    population = population_of(shown, 0)
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


def _losses(shown: Shown, chosen: Sequence[GridPoint]) -> Figure:
    flat, shape = shown.flat, shown.data.tables[0].values.shape
    figure, every = panels(len(chosen), 9 if len(chosen) == 1 else 5.5)
    for axes, point in zip(every, chosen, strict=True):
        rows = point.finite
        strength = shown.modes[rows[0]].strength
        levels = np.asarray(loss_plateaus(strength, *shape))[resting(shown, strength)]
        loss, theory = flat.loss.values[rows], flat.theory_loss.values[rows]
        label, colour = "mean squared error", colour_of(0)
        plots.draw_against_theory(axes, flat.step.values, loss, theory, levels, label, colour)
        axes.set_ylim(-0.03 * levels[0], 1.1 * max(levels[0], float(np.median(loss[:, 0]))))
        axes.set_title(point.title if point.name else "", fontsize=10)
    return Figure(
        "loss",
        "Loss: drops and plateaus",
        f"{spread_words(shown)} {_theory_words(shown)} Dotted: loss with the first modes learned "
        f"and the others not, where neighbouring singular values differ by {APART - 1:.0%} or "
        "more.",
        figure,
    )


def _theory_words(shown: Shown) -> str:
    linear = shown.setting.activation == "linear"
    whose = "" if linear else "of the linear network "
    if shown.setting.kernel:
        return (
            f"Dashed: the exact solution of gradient flow {whose}from each seed's own weights, "
            "where its layers are balanced."
        )
    return {
        1: f"Dashed: exact solution {whose}from each seed's initial weights.",
        2: f"Dashed: the reduced model {whose}(modes alone, at this learning rate) from each "
        "seed's initial weights.",
    }.get(
        shown.setting.depth,
        f"Dashed: balanced, aligned layers {whose}at this learning rate, from 1 % of the "
        "mode's strength on.",
    )


def _modes(shown: Shown, chosen: Sequence[GridPoint]) -> Figure:
    flat = shown.flat
    figure, every = panels(len(chosen), 10 if len(chosen) == 1 else 5.5, 4.6)
    for axes, point in zip(every, chosen, strict=True):
        rows = point.finite
        modes = shown.modes[rows[0]]
        words = mode_names(modes.v, shown.data.tables[0].items, len(modes.strength))
        some = learnable_modes(modes.strength)[:8]
        labels = [f"{mode + 1}: {words[mode]}" for mode in some]
        relative = flat.mode_strength.values[rows][..., some] / modes.strength[some]
        theory = flat.theory_mode_strength.values[rows][..., some] / modes.strength[some]
        times = flat.predicted_transition.values[rows[0]][some]
        plots.draw_modes(axes, flat.step.values, relative, theory, labels, times)
        axes.set_ylim(-0.08, 1.2)
        axes.set_title(point.title if point.name else "", fontsize=10)
        legend = axes.get_legend()
        if legend is not None and len(chosen) > 1:
            legend.set_visible(axes is every[0])
    marked = (
        " Triangles: predicted step of half learning, without a free parameter."
        if np.isfinite(flat.predicted_transition).any()
        else ""
    )
    return Figure(
        "modes",
        "Modes: what is learned when",
        f"Strength of each mode of the task in the network's map, over its singular value. "
        f"{spread_words(shown)} {_theory_words(shown)}{marked}",
        figure,
    )


def _transitions(shown: Shown) -> Figure:
    figure, (axes,) = panels(1, 8)
    palette = many_colours([name for name, _ in points(shown)])
    for name, rows in points(shown):
        predicted = shown.flat.predicted_transition.values[rows[0]]
        found = shown.flat.transition.values[rows]
        plots.draw_transitions(axes, predicted, found, name, palette[name])
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=8)
    elif not axes.containers:
        axes.set_title("no mode with a prediction was half learned in these steps", fontsize=10)
    return Figure(
        "transitions",
        "Transition times against the parameter-free prediction",
        "One point per mode: median over seeds, whiskers from minimum to maximum. The "
        "prediction knows scale, learning rate, sizes and singular values only; the dashed "
        "line is perfect agreement.",
        figure,
    )


def _traces(shown: Shown, point: GridPoint) -> Figure:
    flat, rows, steps = shown.flat, point.finite, shown.flat.step.values
    data_set = int(data_set_of(shown.replicas, shown.data)[rows[0]])
    table, modes = shown.data.tables[data_set], shown.modes[rows[0]]
    rank = len(modes.strength)
    chosen = list(zip(shown.setting.traces, shown.setting.trace_names, strict=True))[:4]
    figure, every = panels(len(chosen), 6)
    safe = np.maximum(modes.strength, 1e-9 * modes.strength[0])
    for index, (axes, ((item, feature), words)) in enumerate(zip(every, chosen, strict=True)):
        column, v = table.values[:, feature], modes.v[:, :rank]
        theory = np.asarray(
            predicted_trace(flat.theory_mode_strength.values[rows], safe, column, v, item)
        )
        levels = np.asarray(illusory_plateaus(column, v, item))[resting(shown, modes.strength)]
        seen = flat.trace.values[rows, :, index]
        label, colour = "predicted value of the feature", colour_of(1)
        plots.draw_against_theory(
            axes, steps, seen, theory, levels, label, colour, truth=column[item]
        )
        axes.set_title(words.replace(":", ": "), fontsize=10)
    return Figure(
        "illusions",
        "Illusory correlations",
        f"{of_point(point)}{spread_words(shown)} Dashed: the modes of theory; dotted: "
        "where the belief rests while only the first modes are learned: the item is credited "
        "with what its category has. Full line: the truth." + _picked_words(shown),
        figure,
    )


def _picked_words(shown: Shown) -> str:
    picked = all(name.split(":")[1].startswith("feature ") for name in shown.setting.trace_names)
    return " The most misleading sampled features are shown." if picked else ""


def _layers(shown: Shown, point: GridPoint) -> Figure:
    flat, rows = shown.flat, point.finite
    steps, depth = flat.step.values, shown.setting.depth
    figure, every = panels(2 if depth > 1 else 1, 6, 3.8)
    for layer in range(depth):
        values = flat.weight_norm.values[rows, :, layer]
        draw_spread(every[0], steps, values, f"W{layer + 1}", colour_of(layer))
    every[0].set(xlabel="step (updates)", ylabel="Frobenius norm of the weights")
    every[0].legend(fontsize=8)
    if depth > 1:
        for layer in range(depth - 1):
            values = flat.imbalance.values[rows, :, layer]
            words = f"W{layer + 2}ᵀW{layer + 2} - W{layer + 1}W{layer + 1}ᵀ"
            draw_spread(every[1], steps, values, words, colour_of(layer))
        seen = flat.imbalance.values[rows]
        if np.nanmax(seen) > 30 * np.nanmin(seen) > 0:
            every[1].set_yscale("log")
        every[1].set(xlabel="step (updates)", ylabel="imbalance (Frobenius norm)")
        every[1].legend(fontsize=8)
    return Figure(
        "layers",
        "Weights of the layers",
        f"{of_point(point)}{spread_words(shown)}"
        + (depth > 1)
        * " Gradient flow conserves the difference "
        "of neighbouring layers; gradient descent does so up to its step and to rounding "
        "(1e-6 of the weights' squares in float32).",
        figure,
    )
