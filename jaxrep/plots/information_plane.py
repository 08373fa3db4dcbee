"""The information plane, information of layers over epochs, and activations over epochs.

Information is in bits, ``[step, layer]`` of one network or ``[seed, step, layer]`` of several.
Records that are not finite (an estimator that ran at some epochs only, a network that diverged)
are left out network by network.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from jaxtyping import Float, Shaped
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import LogNorm

from jaxrep.plots.curves import draw_reference, draw_spread
from jaxrep.plots.style import (
    EPOCH_LABEL,
    INITIAL_EPOCH,
    SEQUENTIAL,
    Number,
    Palette,
    epochs_axis,
    log_epochs,
)
from jaxrep.typing import Array

Epochs = Shaped[Array, " step"]
Bits = Float[Array, "*seed step layer"]
INPUT_LABEL = "I(X;M) (bits)"
CLASS_LABEL = "I(Y;M) (bits)"


def draw_plane(
    axes: Axes,
    epochs: Epochs,
    with_input: Bits,
    with_class: Bits,
    *,
    input_entropy: Number | None = None,
    class_entropy: Number | None = None,
    last_epoch: Number | None = None,
    average: Literal["typical", "median", "mean"] = "typical",
    faint: bool = True,
) -> Axes:
    """Layers in the plane of I(X;M) and I(Y;M), coloured by epoch.

    Dots are one network's, joined through the layers of one epoch: the one that stays closest to
    the medians, so that every dot is a pair that
    occurs. Other networks are faint. The first record is a white circle, the last a black square.

    >>> from matplotlib.figure import Figure
    >>> with_input = np.array([[[10.0, 8.0], [11.0, 6.0]]])  # one seed, two epochs and layers
    >>> with_class, epochs = with_input / 12, np.array([0, 100])
    >>> axes = draw_plane(Figure().subplots(), epochs, with_input, with_class, input_entropy=12)
    >>> axes.get_xlabel(), axes.lines[0].get_label()
    ('I(X;M) (bits)', 'H(X)')

    Args:
      axes: to draw on; `draw_epoch_bar` adds what the colours mean.
      epochs: of the records; 0 is before training.
      with_input, with_class: I(X;M) and I(Y;M) in bits.
      input_entropy, class_entropy: H(X) and H(Y) in bits: dashed, and the axes end there.
      last_epoch: end of the colours, for several planes; None takes the last record.
      average: what the dots are: a typical network, or medians or means over networks, which are
        taken of I(X;M) and of I(Y;M) apart and may be a pair that no network has.
      faint: draws every network.
    """
    networks, known = _complete(with_input, with_class)
    epochs = log_epochs(epochs)[known]
    if len(epochs):
        colours = {"cmap": SEQUENTIAL, "norm": epoch_norm(last_epoch or epochs[-1])}
        if faint and len(networks) > 1:
            _draw_dots(axes, epochs, networks, s=3, alpha=0.12, **colours)
        if average == "typical":
            middle = networks[_typical(networks)]
            there = np.isfinite(middle).all((1, 2))
            middle, epochs = middle[there], epochs[there]
        else:
            middle = {"median": np.nanmedian, "mean": np.nanmean}[average](networks, 0)
        axes.add_collection(LineCollection(middle, array=epochs, lw=0.6, alpha=0.35, **colours))
        _draw_dots(axes, epochs, middle[None], s=15, **colours)
        edge = {"s": 34, "edgecolors": "black", "zorder": 3}
        axes.scatter(*middle[0].T, marker="o", c="white", label="first record", **edge)
        axes.scatter(*middle[-1].T, marker="s", c="black", label="last record", **edge)
    return _plane_axes(axes, input_entropy, class_entropy)


def plane_movie(
    axes: Axes,
    with_input: Bits,
    with_class: Bits,
    layers: Sequence[str],
    *,
    input_entropy: Number | None = None,
    class_entropy: Number | None = None,
    palette: Palette | None = None,
) -> Callable[[int], None]:
    """One dot for each network and layer, coloured by layer; returns what shows a record.

    >>> from matplotlib.figure import Figure
    >>> axes, bits = Figure().subplots(), np.array([[[3.0, 2.0]], [[3.0, 1.0]]])
    >>> show = plane_movie(axes, bits, bits / 4, ["first", "second"])
    >>> show(0)
    >>> axes.lines[1].get_xdata().tolist()
    [2.0, 1.0]
    """
    x, y = _by_seed(with_input), _by_seed(with_class)
    palette = palette or Palette(layers)
    dots = []
    for index, layer in enumerate(layers):
        shown = {"ms": 5, "alpha": 0.8, "color": palette[layer], "label": layer}
        dots += axes.plot(x[:, -1, index], y[:, -1, index], "o", **shown)
    # Limits of all records, so that the axes do not move.
    places = np.stack([x.ravel(), y.ravel()], -1)
    axes.update_datalim(places[np.isfinite(places).all(1)])
    axes.autoscale_view()
    _plane_axes(axes, input_entropy, class_entropy)

    def show(record: int) -> None:
        for index, dot in enumerate(dots):
            dot.set_data(x[:, record, index], y[:, record, index])

    return show


def draw_layer_information(
    axes: Axes,
    epochs: Epochs,
    information: Bits,
    layers: Sequence[str],
    *,
    label: str = INPUT_LABEL,
    entropy: Number | None = None,
    entropy_label: str = "ceiling",
    palette: Palette | None = None,
) -> Axes:
    """Information of every layer over epochs: median over networks, minimum to maximum as a band.

    >>> from matplotlib.figure import Figure
    >>> bits, epochs = np.array([[12.0, 6.0], [12.0, 4.0]]), np.array([0, 10])
    >>> axes = draw_layer_information(Figure().subplots(), epochs, bits, ["first", "second"])
    >>> [line.get_label() for line in axes.lines], axes.lines[1].get_ydata().tolist()
    (['first', 'second'], [6.0, 4.0])

    Args:
      axes: to draw on.
      epochs: of the records; 0 is before training.
      information: I(X;M) or I(Y;M) in bits.
      layers: their names, in order.
      label: of the y-axis.
      entropy, entropy_label: bits, dashed, and how it is called.
      palette: colours of the layers.
    """
    values, palette = _by_seed(information), palette or Palette(layers)
    for index, layer in enumerate(layers):
        draw_spread(
            axes, log_epochs(epochs), values[..., index], layer, palette[layer], faint=False
        )
    if entropy is not None:
        draw_reference(axes, entropy, entropy_label)
    axes.set_ylabel(label)
    return epochs_axis(axes)


def epoch_norm(last_epoch: Number) -> LogNorm:
    """Epochs to colours: logarithmic from before training to the last epoch.

    >>> float(epoch_norm(8000)(8000))
    1.0
    """
    return LogNorm(INITIAL_EPOCH, max(float(last_epoch), 1.0))


def draw_epoch_bar(
    axes: Axes | Sequence[Axes] | Shaped[np.ndarray, "..."], last_epoch: Number
) -> Axes:
    """The colour bar of one or several planes, beside them.

    >>> from matplotlib.figure import Figure
    >>> draw_epoch_bar(Figure().subplots(), 100).get_ylabel()
    'epoch (0.5: before training)'
    """
    figure = np.ravel(axes)[0].figure
    colours = ScalarMappable(epoch_norm(last_epoch), SEQUENTIAL)
    return figure.colorbar(colours, ax=axes, label=EPOCH_LABEL, shrink=0.8).ax


def draw_activations(
    axes: Axes,
    epochs: Epochs,
    activations: Sequence[Shaped[Array, "..."]],
    *,
    bins: int = 30,
    ticks: int = 8,
) -> Axes:
    """Histogram of activations at every record: share in each bin as a colour.

    >>> from matplotlib.figure import Figure
    >>> records = [np.array([-1.0, 1.0]), np.array([1.0, 1.0])]
    >>> axes = draw_activations(Figure().subplots(), np.array([0, 10]), records, bins=2)
    >>> axes.images[0].get_array().tolist()  # [bin, record], from the lowest bin
    [[0.5, 0.0], [0.5, 1.0]]
    """
    finite = [np.asarray(values)[np.isfinite(values)] for values in activations]
    together = np.concatenate(finite)
    low, high = (together.min(), together.max()) if together.size else (0.0, 1.0)
    edges = np.linspace(low, high if high > low else low + 1, bins + 1)
    shares = [np.histogram(values, edges)[0] / max(values.size, 1) for values in finite]
    extent = (-0.5, len(finite) - 0.5, edges[0], edges[-1])
    shown = {"origin": "lower", "aspect": "auto", "cmap": SEQUENTIAL, "vmin": 0}
    axes.imshow(np.transpose(shares), extent=extent, **shown)
    marked = np.unique(np.linspace(0, len(finite) - 1, ticks).astype(int))
    axes.set_xticks(marked, [f"{epochs[record]:,}" for record in marked], fontsize=7)
    axes.set(xlabel="recorded epoch (not to scale)", ylabel="activation")
    return axes


def _by_seed(bits: Bits) -> Float[np.ndarray, "network step layer"]:
    bits = np.asarray(bits)
    return bits.reshape(-1, *bits.shape[-2:])


def _complete(
    with_input: Bits, with_class: Bits
) -> tuple[Float[np.ndarray, "network record layer 2"], Shaped[np.ndarray, " step"]]:
    """Points of the records that some network has whole, NaN where another has not."""
    points = np.stack([_by_seed(with_input), _by_seed(with_class)], -1)
    whole = np.isfinite(points).all((2, 3))
    known = whole.any(0)
    return np.where(whole[..., None, None], points, np.nan)[:, known], known


def _typical(networks: Float[np.ndarray, "network record layer 2"]) -> int:
    """The network that stays closest to the medians; of most records where some lack records."""
    whole = np.isfinite(networks).all((2, 3)).sum(1)
    span = np.nanmax(networks, (0, 1, 2)) - np.nanmin(networks, (0, 1, 2))
    away = np.abs(networks - np.nanmedian(networks, 0)) / np.where(span > 0, span, 1)
    distance = np.where(whole == whole.max(), np.nansum(away, (1, 2, 3)), np.inf)
    return int(distance.argmin())


def _draw_dots(
    axes: Axes,
    epochs: Float[np.ndarray, " record"],
    points: Float[np.ndarray, "network record layer 2"],
    **shown,
) -> None:
    colours = np.broadcast_to(epochs[:, None], points.shape[:-1])
    x, y = points[..., 0], points[..., 1]
    known = np.isfinite(x)
    axes.scatter(x[known], y[known], c=colours[known], lw=0, **shown)


def _plane_axes(axes: Axes, input_entropy: Number | None, class_entropy: Number | None) -> Axes:
    axes.set(xlabel=INPUT_LABEL, ylabel=CLASS_LABEL)
    if input_entropy is not None:
        draw_reference(axes, input_entropy, "H(X)", vertical=True)
        axes.set_xlim(-0.02 * input_entropy, 1.04 * input_entropy)
    if class_entropy is not None:
        draw_reference(axes, class_entropy, "H(Y)")
        axes.set_ylim(-0.03 * class_entropy, 1.06 * class_entropy)
    return axes
