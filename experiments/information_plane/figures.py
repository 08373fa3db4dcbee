"""The figures of information_plane."""

from collections.abc import Iterator
from functools import partial

import numpy as np
from matplotlib.axes import Axes

from jaxrep.analysis.information import class_entropy
from jaxrep.plots.curves import draw_reference, draw_spread
from jaxrep.plots.information_plane import (
    CLASS_LABEL,
    INPUT_LABEL,
    draw_activations,
    draw_epoch_bar,
    draw_layer_information,
    draw_plane,
    plane_movie,
)
from jaxrep.plots.style import (
    Palette,
    epochs_axis,
    legend_below,
    log_epochs,
    many_colours,
    panel_grid,
    panels,
)
from jaxrep.study import GridPoint, figure_per_point
from jaxrep.study.report import Figure, Movie, PageFigure
from jaxrep.study.words import in_words

from .analysis import SETS, Found

CHOSEN = "the first seed that did not diverge"
TYPICAL = "the network that stays closest to the medians, joined through the layers of one epoch"


def draw_report(found: Found) -> Iterator[PageFigure]:
    """All figures, in the order of the page; none if every network diverged."""
    if not found.finite.any():
        return
    yield figure_per_point(found.points, partial(_plane, found))
    yield _movie(found)
    yield figure_per_point(found.points, partial(_over_training, found))
    yield _learning(found)
    for draw in (_gradients, _histograms, _unit_histograms):
        yield figure_per_point(found.points, partial(draw, found))
    if len(found.estimates) > 1:
        yield figure_per_point(found.points, partial(_estimates, found))


def _of_point(point: GridPoint) -> str:
    return f"{point.title}; " if point.name else ""


def _ceilings(found: Found, name: str) -> tuple[float, float]:
    classes = getattr(found.data, f"{name}_classes")
    return float(np.log2(len(classes))), class_entropy(classes)


def _draw_plane(axes: Axes, found: Found, rows: np.ndarray, name: str, estimate: str) -> None:
    flat = found.flat.sel(set=name, estimate=estimate)
    ceiling, entropy = _ceilings(found, name)
    draw_plane(
        axes,
        found.epochs,
        flat.with_input.values[rows],
        flat.with_class.values[rows],
        input_entropy=ceiling,
        class_entropy=entropy,
        last_epoch=int(found.epochs[-1]),
    )


def _plane(found: Found, point: GridPoint) -> Figure:
    figure, axes = panels(len(SETS), 6, 4.3)
    estimate = found.estimates[0]
    for one, kind in zip(axes, SETS, strict=True):
        _draw_plane(one, found, point.finite, kind, estimate)
        one.set_title(f"{kind} set", fontsize=10)
    axes[0].legend(fontsize=7)
    draw_epoch_bar(axes, found.epochs[-1])
    seeds = len(point.finite)
    others = f"; small dots: all {seeds} seeds" if seeds > 1 else ""
    return Figure(
        "plane",
        "Information plane",
        f"{_of_point(point)}{estimate}. Large dots: {TYPICAL}{others}. Dashed: ceilings log2 N and "
        "H(Y). The first hidden layer is on the right.",
        figure,
    )


def _movie(found: Found) -> Movie:
    """All seeds of the first grid point that did not diverge, by layer; accuracy below."""
    alive = [point for point in found.points if len(point.finite)]
    point = alive[0]
    flat = found.flat.sel(set="train", estimate=found.estimates[0])
    x, y = flat.with_input.values[point.finite], flat.with_class.values[point.finite]
    known = np.flatnonzero(np.isfinite(x).all(axis=(0, 2)))
    figure, (above, below) = panels(2, 7.5, 3.5, columns=1)
    ceiling, entropy = _ceilings(found, "train")
    place = plane_movie(above, x, y, found.layers, input_entropy=ceiling, class_entropy=entropy)
    above.legend(fontsize=8, loc="lower right")
    epochs, palette = log_epochs(found.epochs), Palette((*found.layers, *SETS))
    for kind in SETS:
        accuracy = found.flat[f"{kind}_accuracy"].values[point.finite]
        draw_spread(below, epochs, accuracy, f"{kind} set", palette[kind], faint=False)
    now = below.axvline(epochs[0], color="black", lw=1)
    epochs_axis(below).set(ylabel="accuracy", ylim=(0, 1.02))
    below.legend(fontsize=8, loc="lower right")

    def show(frame: int) -> None:
        place(int(known[frame]))
        now.set_xdata([epochs[known[frame]]] * 2)

    return Movie(
        "movie",
        "Information plane over training",
        f"{_of_point(point)}training set, {found.estimates[0]}; one dot per seed and layer. "
        f"Below: accuracy, median and range over {len(point.finite)} seeds."
        + (" Of the sweep, the first value with a network that trained." if alive[1:] else ""),
        figure,
        [f"epoch {found.epochs[record]:,}" for record in known],
        show,
        first=len(known) - 1,
    )


def _over_training(found: Found, point: GridPoint) -> Figure:
    figure, grid = panel_grid(len(SETS), 2, 6, 3.6)
    kinds = (("with_input", INPUT_LABEL), ("with_class", CLASS_LABEL))
    for row, name in zip(grid, SETS, strict=True):
        flat = found.flat.sel(set=name, estimate=found.estimates[0])
        for axes, (key, label), ceiling in zip(row, kinds, _ceilings(found, name), strict=True):
            bits = flat[key].values[point.finite]
            draw_layer_information(
                axes, found.epochs, bits, found.layers, label=label, entropy=ceiling
            )
            axes.set_title(f"{name} set", fontsize=9)
    grid[0, 0].legend(fontsize=7, ncols=2)
    return Figure(
        "information",
        "Information of every layer over training",
        f"{_of_point(point)}{found.estimates[0]}. Line: median over {len(point.finite)} seeds, "
        "band: minimum to maximum. Dashed: ceilings log2 N and H(Y).",
        figure,
    )


def _learning(found: Found) -> Figure:
    figure, (left, right) = panels(2, 6)
    alive = [point for point in found.points if len(point.finite)]
    names = [point.title for point in alive]
    epochs, palette = log_epochs(found.epochs), many_colours(names)
    for point in alive:
        for kind, style in zip(SETS, ("-", ":"), strict=True):
            label = f"{_of_point(point)}{kind} set".replace("; ", ", ")
            for axes, key in ((left, "loss"), (right, "accuracy")):
                values = found.flat[f"{kind}_{key}"].values[point.finite]
                colour = palette[point.title]
                draw_spread(axes, epochs, values, label, colour, faint=False, line_style=style)
    epochs_axis(left).set_ylabel("cross-entropy (nats)")
    epochs_axis(right).set_ylabel("accuracy")
    legend_below(figure, left)
    seeds = len(found.replicas.seeds)
    words = f"Line: median over {seeds} seeds, band: minimum to maximum. Dotted: test set."
    return Figure("learning", "Learning", words, figure)


def _gradients(found: Found, point: GridPoint) -> Figure:
    """Mean, spread and their ratio of the gradient over minibatches, and the weights' norm."""
    rows = point.finite
    figure, grid = panels(len(found.layers), 4.4, 3.4, columns=3)
    epochs, palette = log_epochs(found.epochs), Palette()
    for index, (axes, layer) in enumerate(zip(grid, found.layers, strict=True)):
        mean = found.flat.train_gradient_mean.values[rows, :, index]
        spread = found.flat.train_gradient_spread.values[rows, :, index]
        ratio = np.divide(mean, spread, out=np.full_like(mean, np.nan), where=spread > 0)
        curves = {
            "mean": mean,
            "spread": spread,
            "mean / spread": ratio,
            "norm of the weights": found.flat.weight_norm.values[rows, :, index],
        }
        for label, values in curves.items():
            positive = np.where(values > 0, values, np.nan)
            draw_spread(axes, epochs, positive, label, palette[label], faint=False)
        epochs_axis(axes).set(yscale="log", ylabel="norm, or ratio of norms")
        axes.set_title(layer, fontsize=9)
        draw_reference(axes, 1.0, "1")
    grid[0].legend(fontsize=7)
    return Figure(
        "gradients",
        "Signal and noise of the gradient",
        f"{_of_point(point)}norms over a layer's weights of the mean and of the standard deviation "
        "of the gradient over the minibatches of the training set, at fixed weights. A ratio below "
        "1 is called diffusion, above 1 drift. Line: median over seeds, band: minimum to maximum.",
        figure,
    )


def _histograms(found: Found, point: GridPoint) -> Figure:
    """Activations of every layer over training, all units together, of one network."""
    records, network = found.activations(point.finite[0]), int(point.finite[0])
    epochs = found.epochs
    figure, every = panels(len(found.layers), 9, 1.9, columns=1)
    for index, (axes, layer) in enumerate(zip(every, found.layers, strict=True)):
        draw_activations(axes, epochs, [record[index] for record in records])
        axes.set(ylabel=layer, xlabel="")
        figure.colorbar(axes.images[0], ax=axes, label="share")
    every[-1].set_xlabel("recorded epoch (not to scale)")
    return Figure(
        "histograms",
        "Activations over training",
        f"Network {in_words(found.replicas.name(network))}, {CHOSEN}, training set: share of a "
        "layer's activations in each of 30 bins, all units together, at every record.",
        figure,
    )


def _unit_histograms(found: Found, point: GridPoint) -> Figure:
    records, network = found.activations(point.finite[0]), int(point.finite[0])
    epochs = found.epochs
    most = min(max(layer.shape[1] for layer in records[0]), 10)
    figure, grid = panel_grid(most, len(found.layers), 2.4, 1.25)
    for column, layer in enumerate(found.layers):
        units = records[0][column].shape[1]
        for row, axes in enumerate(grid[:, column]):
            axes.set_visible(row < units)
            if row >= units:
                continue
            draw_activations(axes, epochs, [r[column][:, row] for r in records], ticks=3)
            axes.tick_params(labelsize=6)
            axes.set(xlabel="", ylabel="" if column else "activation")
            if row < min(units, most) - 1:
                axes.set_xticks([])
            if not row:
                axes.set_title(layer, fontsize=9)
    return Figure(
        "unit_histograms",
        "Activations of single units over training",
        f"Network {in_words(found.replicas.name(network))}, {CHOSEN}, training set; up to {most} "
        "units of every layer, one below the other. Horizontal: all recorded epochs, not to scale.",
        figure,
    )


def _estimates(found: Found, point: GridPoint) -> Figure:
    """Every estimate of the same networks, at the epochs where all are known."""
    figure, grid = panels(len(found.estimates), 4.6, 3.7, columns=3)
    for axes, estimate in zip(grid, found.estimates, strict=True):
        _draw_plane(axes, found, point.finite, "test", estimate)
        axes.set_title(estimate, fontsize=9)
    draw_epoch_bar(grid, found.epochs[-1])
    return Figure(
        "estimators",
        "The same networks by several estimators",
        f"{_of_point(point)}test set; dots as above. Kernel bounds: Gaussian noise of the variance "
        "named.",
        figure,
    )
