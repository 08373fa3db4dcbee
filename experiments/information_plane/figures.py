"""The report of the information plane."""

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LogNorm

from jaxrep.analysis.information import class_entropy
from jaxrep.plots.curves import colour_of, draw_reference, draw_spread
from jaxrep.plots.style import panels
from jaxrep.report import Figure, Movie

from .analysis import (
    LOOKED,
    SETS,
    Found,
    picked_records,
    points,
)

MOST = 6


def draw_report(found: Found) -> Iterator[Figure | Movie]:
    """All figures, in the order of the page."""
    yield _plane(found)
    yield _movie(found)
    yield _over_training(found)
    yield _learning(found)
    yield _gradients(found)
    yield _histograms(found)
    yield _unit_histograms(found)
    if len(found.estimates) > 1:
        yield _estimates(found)


def _shown(found: Found) -> list[tuple[str, np.ndarray]]:
    every = points(found.replicas)
    chosen = np.unique(np.linspace(0, len(every) - 1, min(len(every), MOST)).astype(int))
    return [every[index] for index in chosen]


def _ceilings(found: Found, name: str) -> tuple[float, float]:
    classes = getattr(found.data, f"{name}_classes")
    return float(np.log2(len(classes))), class_entropy(classes)


def _log_epochs(epochs: np.ndarray) -> np.ndarray:
    """Epochs for a logarithmic axis: the initial state sits at one half."""
    return np.where(epochs > 0, epochs, 0.5)


def draw_plane(axes: plt.Axes, found: Found, rows: np.ndarray, name: str, estimate: str):
    """Median path of the layers at every recorded epoch, every seed faint; returns the dots."""
    flat = found.flat.sel(set=name, estimate=estimate)
    x, y = flat.with_input.values[rows], flat.with_class.values[rows]
    known = np.isfinite(x).all(axis=(0, 2))
    epochs = _log_epochs(found.epochs)[known]
    x, y = x[:, known], y[:, known]
    norm = LogNorm(0.5, max(found.epochs[-1], 1))
    colours = plt.get_cmap("viridis")(norm(epochs))
    for seed in range(len(x)):
        for layer in range(x.shape[2]):
            axes.scatter(x[seed, :, layer], y[seed, :, layer], s=3, c=colours, alpha=0.12, lw=0)
    middle = np.median(x, 0), np.median(y, 0)
    for index in range(len(epochs)):
        axes.plot(middle[0][index], middle[1][index], color=colours[index], lw=0.6, alpha=0.35)
    dots = axes.scatter(
        *(values.ravel() for values in middle),
        s=15,
        c=np.repeat(epochs, x.shape[2]),
        cmap="viridis",
        norm=norm,
        lw=0,
    )
    ceiling, entropy = _ceilings(found, name)
    axes.axvline(ceiling, color="0.35", ls="--", lw=1)
    axes.axhline(entropy, color="0.35", ls="--", lw=1)
    axes.set(xlim=(-0.02 * ceiling, 1.04 * ceiling), ylim=(-0.03 * entropy, 1.06 * entropy))
    axes.set(xlabel="I(X;M) (bits)", ylabel="I(Y;M) (bits)")
    return dots


def _plane(found: Found) -> Figure:
    shown = _shown(found)
    figure, grid = plt.subplots(
        len(shown), 2, figsize=(12, 4.3 * len(shown)), layout="constrained", squeeze=False
    )
    estimate = found.estimates[0]
    for row, (name, which) in zip(grid, shown, strict=True):
        for axes, kind in zip(row, SETS, strict=True):
            dots = draw_plane(axes, found, which, kind, estimate)
            title = f"{kind} set" if name == "all" else f"{name}, {kind} set"
            axes.set_title(title, fontsize=10)
    figure.colorbar(dots, ax=grid, label="epoch (0.5: before training)", shrink=0.8)
    return Figure(
        "plane",
        "Information plane",
        f"{estimate}. Large dots: median over {len(found.replicas.seeds)} seeds, joined through "
        "the layers of one epoch; small dots: every seed. Dashed: ceilings log2 N and H(Y). The "
        "first hidden layer is on the right.",
        figure,
    )


def _movie(found: Found) -> Movie:
    """All seeds of the first grid point, coloured by layer; accuracy below."""
    name, rows = points(found.replicas)[0]
    flat = found.flat.sel(set="train", estimate=found.estimates[0])
    x, y = flat.with_input.values[rows], flat.with_class.values[rows]
    known = np.flatnonzero(np.isfinite(x).all(axis=(0, 2)))
    frames = known[np.unique(np.linspace(0, len(known) - 1, min(len(known), 40)).astype(int))]
    figure, (above, below) = plt.subplots(
        2, 1, figsize=(7.5, 7), height_ratios=[2.4, 1], layout="constrained"
    )
    dots = [
        above.plot([], [], "o", ms=5, alpha=0.8, color=colour_of(i), label=layer)[0]
        for i, layer in enumerate(found.layers)
    ]
    ceiling, entropy = _ceilings(found, "train")
    above.set(xlim=(-0.02 * ceiling, 1.04 * ceiling), ylim=(-0.03 * entropy, 1.06 * entropy))
    above.set(xlabel="I(X;M) (bits)", ylabel="I(Y;M) (bits)")
    above.axvline(ceiling, color="0.35", ls="--", lw=1)
    above.axhline(entropy, color="0.35", ls="--", lw=1)
    above.legend(fontsize=8, loc="lower right")
    epochs = _log_epochs(found.epochs)
    for index, kind in enumerate(SETS):
        accuracy = found.flat[f"{kind}_accuracy"].values[rows]
        draw_spread(below, epochs, accuracy, f"{kind} set", colour_of(index), faint=False)
    now = below.axvline(epochs[0], color="black", lw=1)
    below.set(
        xscale="log", xlabel="epoch (0.5: before training)", ylabel="accuracy", ylim=(0, 1.02)
    )
    below.legend(fontsize=8, loc="lower right")

    def show(frame: int) -> None:
        record = frames[frame]
        for index, dot in enumerate(dots):
            dot.set_data(x[:, record, index], y[:, record, index])
        now.set_xdata([epochs[record]] * 2)

    which = "" if name == "all" else f"{name}; "
    return Movie(
        "movie",
        "Information plane over training",
        f"{which}training set, {found.estimates[0]}; one dot per seed and layer. Below: accuracy, "
        "median and range over seeds.",
        figure,
        [f"epoch {found.epochs[record]:,}" for record in frames],
        show,
        first=len(frames) - 1,
    )


def _over_training(found: Found) -> Figure:
    shown = _shown(found)
    figure, grid = plt.subplots(
        len(shown), 2, figsize=(12, 4 * len(shown)), layout="constrained", squeeze=False
    )
    flat = found.flat.sel(set="train", estimate=found.estimates[0])
    ceilings = _ceilings(found, "train")
    for row, (name, which) in zip(grid, shown, strict=True):
        kinds = (("with_input", "I(X;M) (bits)"), ("with_class", "I(Y;M) (bits)"))
        for axes, (key, label), ceiling in zip(row, kinds, ceilings, strict=True):
            for index, layer in enumerate(found.layers):
                values = flat[key].values[which][:, :, index]
                epochs = _log_epochs(found.epochs)
                draw_spread(axes, epochs, values, layer, colour_of(index), faint=False)
            draw_reference(axes, ceiling, "ceiling")
            axes.set(xscale="log", xlabel="epoch (0.5: before training)", ylabel=label)
            if name != "all":
                axes.set_title(name, fontsize=9)
    grid[0, 0].legend(fontsize=7, ncols=2)
    return Figure(
        "information",
        "Information of every layer over training",
        f"Training set, {found.estimates[0]}. Line: median over seeds, band: minimum to maximum.",
        figure,
    )


def _learning(found: Found) -> Figure:
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4), layout="constrained")
    epochs = _log_epochs(found.epochs)
    for index, (name, which) in enumerate(_shown(found)):
        for kind, style in zip(SETS, ("-", "--"), strict=True):
            label = f"{kind} set" if name == "all" else f"{name}, {kind}"
            for axes, key in ((left, "loss"), (right, "accuracy")):
                values = found.flat[f"{kind}_{key}"].values[which]
                draw_spread(axes, epochs, values, label, colour_of(index), faint=False)
                if axes.lines:
                    axes.lines[-1].set_linestyle(style)
    left.set(xscale="log", xlabel="epoch (0.5: before training)", ylabel="cross-entropy (nats)")
    right.set(xscale="log", xlabel="epoch (0.5: before training)", ylabel="accuracy")
    left.legend(fontsize=7)
    return Figure(
        "learning", "Learning", "Line: median over seeds, band: minimum to maximum.", figure
    )


def _gradients(found: Found) -> Figure:
    """Mean, spread and their ratio of the gradient over minibatches, and the weights' norm."""
    _, rows = points(found.replicas)[0]
    figure, grid = panels(len(found.layers), 4.4, 3.4, columns=3)
    epochs = _log_epochs(found.epochs)
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
        for colour, (label, values) in enumerate(curves.items()):
            positive = np.where(values > 0, values, np.nan)
            draw_spread(axes, epochs, positive, label, colour_of(colour), faint=False)
        axes.set(xscale="log", yscale="log", xlabel="epoch (0.5: before training)")
        axes.set_title(layer, fontsize=9)
        draw_reference(axes, 1.0, "1")
    grid[0].legend(fontsize=7)
    return Figure(
        "gradients",
        "Signal and noise of the gradient",
        "Norms over a layer's weights of the mean and of the standard deviation of the gradient "
        "over the minibatches of the training set, at fixed weights. A ratio below 1 is called "
        "diffusion, above 1 drift. Line: median over seeds, band: minimum to maximum.",
        figure,
    )


def _histograms(found: Found) -> Figure:
    """Activations of every layer over training, all units together; first seed."""
    records = picked_records(found.epochs, LOOKED)
    figure, axes = plt.subplots(
        len(found.layers), 1, figsize=(9, 1.9 * len(found.layers)), layout="constrained"
    )
    for index, (one, layer) in enumerate(zip(np.atleast_1d(axes), found.layers, strict=True)):
        values = [record[index] for record in found.activations]
        image = _histogram_over_training(one, values)
        _epoch_ticks(one, found.epochs[records])
        one.set(ylabel=layer)
        figure.colorbar(image, ax=one, label="share")
    np.atleast_1d(axes)[-1].set_xlabel("recorded epoch (not to scale)")
    return Figure(
        "histograms",
        "Activations over training",
        "First seed, training set: share of a layer's activations in each of 30 bins, all units "
        "together.",
        figure,
    )


def _unit_histograms(found: Found) -> Figure:
    records = picked_records(found.epochs, LOOKED)
    most = min(max(record.shape[1] for record in found.activations[0]), 10)
    figure, grid = plt.subplots(
        most,
        len(found.layers),
        figsize=(2.4 * len(found.layers) + 1, 1.25 * most + 0.6),
        layout="constrained",
        squeeze=False,
    )
    for column, layer in enumerate(found.layers):
        units = found.activations[0][column].shape[1]
        for row in range(most):
            axes = grid[row, column]
            axes.set_visible(row < units)
            if row >= units:
                continue
            _histogram_over_training(axes, [r[column][:, row] for r in found.activations])
            axes.tick_params(labelsize=6)
            axes.set_xticks([])
            if not row:
                axes.set_title(layer, fontsize=9)
            if row == min(units, most) - 1:
                _epoch_ticks(axes, found.epochs[records], 3)
    return Figure(
        "unit_histograms",
        "Activations of single units over training",
        f"First seed, training set; up to {most} units of every layer, one below the other. "
        "Horizontal: recorded epochs, not to scale; vertical: activation.",
        figure,
    )


def _histogram_over_training(axes: plt.Axes, values: list[np.ndarray]):
    finite = [v[np.isfinite(v)] for v in values]
    low = min((float(v.min()) for v in finite if v.size), default=0.0)
    high = max((float(v.max()) for v in finite if v.size), default=1.0)
    high = high if high > low else low + 1.0
    edges = np.linspace(low, high, 31)
    shares = np.array([np.histogram(v, edges)[0] / max(v.size, 1) for v in finite]).T
    extent = (-0.5, len(values) - 0.5, low, high)
    return axes.imshow(shares, origin="lower", aspect="auto", cmap="viridis", extent=extent, vmin=0)


def _epoch_ticks(axes: plt.Axes, epochs: np.ndarray, most: int = 8) -> None:
    chosen = np.unique(np.linspace(0, len(epochs) - 1, most).astype(int))
    axes.set_xticks(chosen, [f"{epochs[index]:,}" for index in chosen], fontsize=7)


def _estimates(found: Found) -> Figure:
    """Every estimate of the same networks, at the epochs where all are known."""
    name, rows = points(found.replicas)[0]
    figure, grid = panels(len(found.estimates), 4.6, 3.7, columns=3)
    for axes, estimate in zip(grid, found.estimates, strict=True):
        dots = draw_plane(axes, found, rows, "test", estimate)
        axes.set_title(estimate, fontsize=9)
    figure.colorbar(dots, ax=grid, label="epoch (0.5: before training)", shrink=0.8)
    which = "" if name == "all" else f"{name}; "
    return Figure(
        "estimators",
        "The same networks by several estimators",
        f"{which}test set; dots as above. Kernel bounds: Gaussian noise of the variance named.",
        figure,
    )
