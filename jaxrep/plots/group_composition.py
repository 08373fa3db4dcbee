"""Figures of a network that multiplies in a finite group."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from jaxrep.plots.curves import draw_reference, draw_spread, log_steps
from jaxrep.plots.style import DIVERGING, colour_of

__all__ = ["colour_of", "draw_bars", "draw_change_of_basis", "draw_clusters", "draw_cube"]
__all__ += [
    "draw_fractions",
    "draw_losses",
    "draw_nulls",
    "draw_pair_activation",
    "draw_read_out",
    "draw_sign_blocks",
    "draw_spread",
    "draw_unembedding",
    "log_steps",
]


def draw_losses(
    axes: Axes,
    steps: Int[np.ndarray, " step"],
    curves: Mapping[str, Shaped[np.ndarray, "replica step"]],
    chance: float,
) -> Axes:
    """Losses over training on log axes, with the loss of a guess dashed.

    >>> from matplotlib.figure import Figure
    >>> steps = np.array([0, 10, 100, 1000])
    >>> train, test = np.array([[1.8, 0.1, 1e-3, 1e-4]]), np.array([[1.8, 2.5, 1.0, 1e-3]])
    >>> curves = {"train": train, "test": test}
    >>> axes = draw_losses(Figure().subplots(), steps, curves, chance=np.log(6))
    >>> axes.get_yscale(), [text.get_text() for text in axes.get_legend().get_texts()]
    ('log', ['train', 'test', 'uniform guess, ln n'])
    """
    for index, (label, values) in enumerate(curves.items()):
        draw_spread(axes, steps, values, label, colour_of(index))
    draw_reference(axes, chance, "uniform guess, ln n")
    log_steps(axes).set_yscale("log")
    axes.set_ylabel("cross-entropy (nats)")
    axes.legend(fontsize=8)
    return axes


def draw_fractions(
    axes: Axes,
    steps: Int[np.ndarray, " step"],
    curves: Mapping[str, Shaped[np.ndarray, "replica step"]],
    ylabel: str,
) -> Axes:
    """Quantities between 0 and 1 over training.

    >>> from matplotlib.figure import Figure
    >>> steps = np.array([0, 10, 100, 1000])
    >>> standard, sign = np.array([[0.1, 0.2, 0.6, 0.9]]), np.array([[0.1, 0.1, 0.1, 0.05]])
    >>> curves = {"standard": standard, "sign": sign}
    >>> axes = draw_fractions(Figure().subplots(), steps, curves, "share of the logits")
    >>> [float(end) for end in axes.get_ylim()]
    [-0.02, 1.02]
    """
    for index, (label, values) in enumerate(curves.items()):
        draw_spread(axes, steps, values, label, colour_of(index), faint=len(curves) <= 8)
    log_steps(axes).set_ylabel(ylabel)
    axes.set_ylim(min(-0.02, axes.get_ylim()[0]), 1.02)
    axes.legend(fontsize=8, ncols=1 + len(curves) // 8)
    return axes


def draw_nulls(axes: Axes, values: Shaped[np.ndarray, "... irrep"], label: str) -> Axes:
    """What each irrep's curve would be by chance: grey, dashed, the median over the rest."""
    rows = np.reshape(values, (-1, np.shape(values)[-1]))
    for level in np.unique(np.nanmedian(rows[:, np.isfinite(rows).any(0)], axis=0).round(4)):
        draw_reference(axes, float(level), label)
        label = ""
    axes.legend(fontsize=8, ncols=1 + len(axes.get_legend_handles_labels()[1]) // 8)
    return axes


def draw_cube(
    axes: Axes,
    rows: Float[np.ndarray, "n n"],
    order: Int[np.ndarray, " n"],
    title: str,
) -> Axes:
    """One slice of a logit cube: row = product of the pair, column = output, by `order`.

    >>> from matplotlib.figure import Figure
    >>> place = np.arange(6)
    >>> rows = np.cos(2 * np.pi * (place[:, None] - place) / 6)  # a character of C6
    >>> axes = draw_cube(Figure().subplots(), rows, place[::-1], "frequency 1")
    >>> axes.images[0].get_clim(), axes.images[0].get_array().shape
    ((-1.0, 1.0), (6, 6))
    """
    top = np.abs(rows).max() or 1.0
    picture = axes.imshow(rows[np.ix_(order, order)], cmap=DIVERGING, vmin=-top, vmax=top)
    axes.set_title(title, fontsize=10)
    axes.set_xlabel("output c (elements by class)")
    axes.set_ylabel("b for a = identity")
    axes.figure.colorbar(picture, ax=axes, shrink=0.75, label="centred logit")
    return axes


def draw_clusters(
    axes: Axes,
    strength: Float[np.ndarray, "irrep h"],
    names: Sequence[str],
    key: Bool[np.ndarray, " irrep"],
) -> Axes:
    """Squared norm of each neuron's embedding in each irrep, neurons sorted by irrep.

    >>> from matplotlib.figure import Figure
    >>> strength = np.array([[0.0, 4.0, 0.0, 5.0], [3.0, 0.0, 2.0, 0.0]])
    >>> axes = draw_clusters(
    ...     Figure().subplots(), strength, ["standard", "sign"], np.array([True, True])
    ... )
    >>> [float(bar.get_height()) for bar in axes.containers[0]]  # the first irrep's neurons first
    [5.0, 4.0, 0.0, 0.0]
    """
    shown = np.flatnonzero(key)
    if not len(shown):
        shown = np.arange(len(names))
    strength = strength[shown]
    order = np.lexsort((-strength.max(0), strength.argmax(0)))
    for index, row in enumerate(strength[:, order]):
        axes.bar(
            np.arange(len(order)),
            row,
            bottom=strength[:index, order].sum(0),
            width=1.0,
            color=colour_of(index),
            label=names[shown[index]],
        )
    axes.set_xlabel("hidden neuron (sorted by irrep)")
    axes.set_ylabel("squared norm of its embedding of a")
    axes.legend(fontsize=8, ncols=1 + len(shown) // 8)
    return axes


def draw_change_of_basis(
    axes: Axes,
    recovered: Float[np.ndarray, "n entries"],
    entries: Float[np.ndarray, "n entries"],
    title: str,
) -> Axes:
    """Matrix entries of rho(ab) read from the hidden layer against the true ones.

    >>> from matplotlib.figure import Figure
    >>> entries = np.random.default_rng(0).normal(size=(6, 4))
    >>> axes = draw_change_of_basis(Figure().subplots(), 3 * entries, entries, "standard")
    >>> bool(np.allclose(*axes.lines[-1].get_data()))  # on the diagonal, whatever the scale
    True
    """
    x = entries.ravel() / np.linalg.norm(entries)
    y = recovered.ravel() / (np.linalg.norm(recovered) or 1.0)
    axes.axline((0, 0), slope=1, color="0.35", ls="--", lw=1, label="exact")
    axes.plot(x, y, ".", ms=3, alpha=0.5, color=colour_of(0))
    axes.set_xlabel("entry of ρ(ab), unit norm over all")
    axes.set_ylabel("read from the hidden layer")
    axes.set_title(title, fontsize=10)
    axes.legend(fontsize=8)
    return axes


def draw_unembedding(axes: Axes, matrix: Float[np.ndarray, "entries entries"], title: str) -> Axes:
    """The unembedding between entries of rho(ab) and rho(c^-1); a trace pairs ij with ji.

    >>> from matplotlib.figure import Figure
    >>> trace = np.eye(4)[[0, 2, 1, 3]]  # pairs ij with ji
    >>> axes = draw_unembedding(Figure().subplots(), 2 * trace, "standard")
    >>> float(axes.images[0].get_array().max())
    1.0
    """
    top = np.abs(matrix).max() or 1.0
    picture = axes.imshow(matrix / top, cmap=DIVERGING, vmin=-1, vmax=1)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.set_xlabel("entry of ρ(c⁻¹)")
    axes.set_ylabel("entry of ρ(ab)")
    axes.set_title(title, fontsize=10)
    axes.figure.colorbar(picture, ax=axes, shrink=0.75, label="weight (largest = 1)")
    return axes


def draw_pair_activation(
    axes: Axes, activation: Float[np.ndarray, "n n"], order: Int[np.ndarray, " n"], title: str
) -> Axes:
    """Activation of one neuron for all pairs: row a, column b, by `order`.

    >>> from matplotlib.figure import Figure
    >>> axes = draw_pair_activation(Figure().subplots(), np.eye(4), np.arange(4)[::-1], "neuron 3")
    >>> axes.images[0].get_clim()
    (0.0, 1.0)
    """
    picture = axes.imshow(
        activation[np.ix_(order, order)], cmap="viridis", vmin=min(0.0, activation.min())
    )
    axes.set(xlabel="b (elements in order)", ylabel="a (elements in order)")
    axes.set_title(title, fontsize=10)
    axes.figure.colorbar(picture, ax=axes, shrink=0.75, label="activation")
    return axes


def draw_sign_blocks(axes: Axes, means: Float[np.ndarray, "4 neuron"]) -> Axes:
    """Mean activation of neurons for even and odd factors, as `sign_blocks` has them.

    >>> from matplotlib.figure import Figure
    >>> axes = draw_sign_blocks(Figure().subplots(), np.eye(4)[:, :2])
    >>> [text.get_text() for text in axes.get_yticklabels()][1]
    'even, odd'
    """
    picture = axes.imshow(means, cmap="viridis", aspect="auto", vmin=min(0.0, means.min()))
    axes.set_yticks(range(4), ["even, even", "even, odd", "odd, even", "odd, odd"])
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.set(xlabel="neuron, those that differ most first", ylabel="a, b")
    axes.set_title("mean activation by signs", fontsize=10)
    axes.figure.colorbar(picture, ax=axes, shrink=0.75, label="activation")
    return axes


def draw_read_out(
    axes: Axes, readout: Float[np.ndarray, "neuron n"], order: Int[np.ndarray, " n"]
) -> Axes:
    """Rows of the unembedding: neuron, output by `order`.

    >>> from matplotlib.figure import Figure
    >>> axes = draw_read_out(Figure().subplots(), np.array([[1.0, -2.0]]), np.arange(2))
    >>> axes.images[0].get_clim()
    (-2.0, 2.0)
    """
    top = np.abs(readout).max() or 1.0
    picture = axes.imshow(
        readout[:, order],
        cmap=DIVERGING,
        aspect="auto",
        vmin=-top,
        vmax=top,
        interpolation="nearest",  # rows of neurons are wider than a pixel, those of outputs not
    )
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.set(xlabel="output c (elements in order)", ylabel="neuron")
    axes.set_title("their unembedding", fontsize=10)
    axes.figure.colorbar(picture, ax=axes, shrink=0.75, label="weight")
    return axes


def draw_bars(
    axes: Axes,
    groups: Mapping[str, Shaped[np.ndarray, "replica category"]],
    categories: Sequence[str],
    ylabel: str,
) -> Axes:
    """Bars side by side: median over replicas, whiskers from minimum to maximum.

    >>> from matplotlib.figure import Figure
    >>> embedding, logits = np.array([[0.2, 0.8], [0.4, 0.6]]), np.array([[0.1, 0.9], [0.1, 0.9]])
    >>> found = {"embedding": embedding, "logits": logits}
    >>> axes = draw_bars(Figure().subplots(), found, ["sign", "standard"], "share")
    >>> [round(float(bar.get_height()), 2) for bar in axes.patches]
    [0.3, 0.7, 0.1, 0.9]
    """
    width = 0.8 / max(len(groups), 1)
    for index, (label, values) in enumerate(groups.items()):
        values = np.asarray(values, float)
        middle = np.nanmedian(values, 0)
        whiskers = np.stack([middle - np.nanmin(values, 0), np.nanmax(values, 0) - middle])
        place = np.arange(len(categories)) + (index - (len(groups) - 1) / 2) * width
        axes.bar(
            place,
            middle,
            width,
            yerr=whiskers,
            color=colour_of(index),
            label=label,
            error_kw={"lw": 0.8},
        )
    axes.set_xticks(np.arange(len(categories)), categories, rotation=40, ha="right", fontsize=8)
    axes.set_ylabel(ylabel)
    axes.legend(fontsize=8)
    return axes
