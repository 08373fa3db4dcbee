"""The figures of information_plane."""

from collections.abc import Iterator

import numpy as np
from matplotlib.axes import Axes

from jaxrep.analysis.information import class_entropy
from jaxrep.analysis.layer_information import spread_records
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
from jaxrep.plots.style import Palette, epochs_axis, log_epochs, panel_grid, panels
from jaxrep.study import GridPoint
from jaxrep.study.report import Figure, Movie

from .analysis import LOOKED, SETS, Found

MOST = 6
"""Grid points that a figure of several panels shows, spread over the sweep."""
FRAMES = 40


def draw_report(found: Found) -> Iterator[Figure | Movie]:
    """All figures, in the order of the page; none if every network diverged."""
    if not found.finite.any():
        return
    yield _plane(found)
    yield _movie(found)
    yield _over_training(found)
    yield _learning(found)
    yield _gradients(found)
    yield _histograms(found)
    yield _unit_histograms(found)
    if len(found.estimates) > 1:
        yield _estimates(found)


def _shown(found: Found) -> list[GridPoint]:
    alive = [point for point in found.points if len(point.finite)]
    chosen = np.unique(np.linspace(0, len(alive) - 1, min(len(alive), MOST)).astype(int))
    return [alive[index] for index in chosen]


def _left_out(found: Found) -> str:
    missing = len(found.points) - len(_shown(found))
    return f" {missing} more grid points are in the results." if missing else ""


def _of_point(point: GridPoint) -> str:
    return f"{point.name}; " if point.name else ""


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


def _plane(found: Found) -> Figure:
    shown = _shown(found)
    figure, grid = panel_grid(len(shown), 2, 6, 4.3)
    estimate = found.estimates[0]
    for row, point in zip(grid, shown, strict=True):
        for axes, kind in zip(row, SETS, strict=True):
            _draw_plane(axes, found, point.finite, kind, estimate)
            axes.set_title(f"{_of_point(point)}{kind} set".replace("; ", ", "), fontsize=10)
    grid[0, 0].legend(fontsize=7)
    draw_epoch_bar(grid, found.epochs[-1])
    return Figure(
        "plane",
        "Information plane",
        f"{estimate}. Large dots: median over {len(found.replicas.seeds)} seeds, joined through "
        "the layers of one epoch; small dots: every seed. Dashed: ceilings log2 N and H(Y). The "
        f"first hidden layer is on the right.{_left_out(found)}",
        figure,
    )


def _movie(found: Found) -> Movie:
    """All seeds of the first grid point, coloured by layer; accuracy below."""
    point = _shown(found)[0]
    flat = found.flat.sel(set="train", estimate=found.estimates[0])
    x, y = flat.with_input.values[point.finite], flat.with_class.values[point.finite]
    known = np.flatnonzero(np.isfinite(x).all(axis=(0, 2)))
    frames = known[np.unique(np.linspace(0, len(known) - 1, min(len(known), FRAMES)).astype(int))]
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
        place(int(frames[frame]))
        now.set_xdata([epochs[frames[frame]]] * 2)

    return Movie(
        "movie",
        "Information plane over training",
        f"{_of_point(point)}training set, {found.estimates[0]}; one dot per seed and layer. "
        "Below: accuracy, median and range over seeds.",
        figure,
        [f"epoch {found.epochs[record]:,}" for record in frames],
        show,
        first=len(frames) - 1,
    )


def _over_training(found: Found) -> Figure:
    shown = _shown(found)
    figure, grid = panel_grid(len(shown), 2, 6, 4)
    flat = found.flat.sel(set="train", estimate=found.estimates[0])
    kinds = (("with_input", INPUT_LABEL), ("with_class", CLASS_LABEL))
    for row, point in zip(grid, shown, strict=True):
        for axes, (key, label), ceiling in zip(row, kinds, _ceilings(found, "train"), strict=True):
            bits = flat[key].values[point.finite]
            draw_layer_information(
                axes, found.epochs, bits, found.layers, label=label, entropy=ceiling
            )
            axes.set_title(point.name, fontsize=9)
    grid[0, 0].legend(fontsize=7, ncols=2)
    return Figure(
        "information",
        "Information of every layer over training",
        f"Training set, {found.estimates[0]}. Line: median over seeds, band: minimum to "
        f"maximum.{_left_out(found)}",
        figure,
    )


def _learning(found: Found) -> Figure:
    figure, (left, right) = panels(2, 6)
    epochs, palette = log_epochs(found.epochs), Palette()
    for point in _shown(found):
        for kind, style in zip(SETS, ("-", ":"), strict=True):
            label = f"{_of_point(point)}{kind} set".replace("; ", ", ")
            for axes, key in ((left, "loss"), (right, "accuracy")):
                values = found.flat[f"{kind}_{key}"].values[point.finite]
                colour = palette[point.name]
                draw_spread(axes, epochs, values, label, colour, faint=False, line_style=style)
    epochs_axis(left).set_ylabel("cross-entropy (nats)")
    epochs_axis(right).set_ylabel("accuracy")
    left.legend(fontsize=7)
    words = f"Line: median over seeds, band: minimum to maximum.{_left_out(found)}"
    return Figure("learning", "Learning", words, figure)


def _gradients(found: Found) -> Figure:
    """Mean, spread and their ratio of the gradient over minibatches, and the weights' norm."""
    point = _shown(found)[0]
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


def _histograms(found: Found) -> Figure:
    """Activations of every layer over training, all units together, of one network."""
    epochs = found.epochs[spread_records(found.epochs, LOOKED)]
    figure, every = panels(len(found.layers), 9, 1.9, columns=1)
    for index, (axes, layer) in enumerate(zip(every, found.layers, strict=True)):
        draw_activations(axes, epochs, [record[index] for record in found.activations])
        axes.set(ylabel=layer, xlabel="")
        figure.colorbar(axes.images[0], ax=axes, label="share")
    every[-1].set_xlabel("recorded epoch (not to scale)")
    return Figure(
        "histograms",
        "Activations over training",
        f"Network {found.replicas.name(found.watched)}, training set: share of a layer's "
        "activations in each of 30 bins, all units together.",
        figure,
    )


def _unit_histograms(found: Found) -> Figure:
    epochs = found.epochs[spread_records(found.epochs, LOOKED)]
    most = min(max(record.shape[1] for record in found.activations[0]), 10)
    figure, grid = panel_grid(most, len(found.layers), 2.4, 1.25)
    for column, layer in enumerate(found.layers):
        units = found.activations[0][column].shape[1]
        for row, axes in enumerate(grid[:, column]):
            axes.set_visible(row < units)
            if row >= units:
                continue
            draw_activations(axes, epochs, [r[column][:, row] for r in found.activations], ticks=3)
            axes.tick_params(labelsize=6)
            axes.set(xlabel="", ylabel="" if column else "activation")
            if row < min(units, most) - 1:
                axes.set_xticks([])
            if not row:
                axes.set_title(layer, fontsize=9)
    return Figure(
        "unit_histograms",
        "Activations of single units over training",
        f"Network {found.replicas.name(found.watched)}, training set; up to {most} units of every "
        "layer, one below the other. Horizontal: recorded epochs, not to scale.",
        figure,
    )


def _estimates(found: Found) -> Figure:
    """Every estimate of the same networks, at the epochs where all are known."""
    point = _shown(found)[0]
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
