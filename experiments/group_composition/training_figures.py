"""Figures of group_composition over training, one for each grid point."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import xarray

from jaxrep.plots import group_composition as plots
from jaxrep.plots.style import panel_grid, panels
from jaxrep.study import GridPoint, figure_per_point
from jaxrep.study.page_types import Figure, PageFigure

from .irrep_words import irrep_words
from .measures import joined


class Trained(NamedTuple):
    """The networks of a grid point that did not diverge.

    Attributes:
      results: ``[replica, ...]``.
      shown: irreps whose curves are drawn.
      chance: loss of a network that knows nothing (nats).
      words: which point, how many networks, what lines and bands are.
    """

    results: xarray.Dataset
    shown: np.ndarray
    chance: float
    words: str

    @property
    def names(self) -> list[str]:
        """Of the irreps that are drawn."""
        return [irrep_words(str(self.results.irrep.values[r])) for r in self.shown]

    def by_irrep(self, name: str) -> dict[str, np.ndarray]:
        """Curves ``[replica, step]`` of the irreps that are drawn."""
        values = self.results[name].values
        return {irrep: values[..., r] for irrep, r in zip(self.names, self.shown, strict=True)}


def draw_training(results: xarray.Dataset, points: Sequence[GridPoint]) -> Iterator[PageFigure]:
    """Medians and spread over the networks of each grid point; nothing where all diverged."""
    flat = joined(results)
    alive = [point for point in points if len(point.finite)]
    if not alive:
        return
    trained = {point.name: _trained(flat, point, len(points) > 1) for point in alive}
    drawings = (grokking, similarity, variance, ablations, circuit, directions)
    for draw in drawings:
        some = alive
        if draw is circuit:
            some = [point for point in alive if _with_key_irreps(trained[point.name]).replica.size]
            if "total_hidden_excluded_loss" not in flat or not some:
                continue
        yield figure_per_point(some, lambda point, draw=draw: draw(trained[point.name]))


def _trained(flat: xarray.Dataset, point: GridPoint, several: bool) -> Trained:
    chosen = flat.isel(replica=point.finite)
    able = int(chosen.final_generalises.values.sum())
    words = (
        f"{f'{point.title}. ' if several else ''}Lines: median over {len(point.finite)} networks, "
        f"{able} of which generalise; bands: minimum to maximum; faint: each one."
    )
    return Trained(chosen, _most_used(chosen), float(np.log(flat.attrs["order"])), words)


def _with_key_irreps(trained: Trained) -> xarray.Dataset:
    results = trained.results
    return results.isel(replica=np.flatnonzero(results.final_key.values.any(1)))


def grokking(trained: Trained) -> Figure:
    """Loss and accuracy on both sets."""
    results, steps = trained.results, trained.results.step.values
    figure, (left, right) = panels(2, 5.5)
    losses = {"train": results.train_loss.values, "test": results.test_loss.values}
    plots.draw_losses(left, steps, losses, trained.chance)
    shares = {"train": results.train_acc.values, "test": results.test_acc.values}
    plots.draw_fractions(right, steps, shares, "accuracy")
    return Figure(
        "grokking",
        "Grokking: loss and accuracy",
        f"Memorising, then a rising test loss, then the circuit. {trained.words}",
        figure,
    )


def similarity(trained: Trained) -> Figure:
    """Similarity of the logits over all pairs and on the test pairs, with their nulls."""
    results, shown = trained.results, trained.shown
    steps = results.step.values
    figure, (left, right) = panels(2, 6.5)
    sets = {
        "similarity": (left, "all pairs", "memorised", "memorised training set"),
        "test_similarity": (right, "test pairs", "threshold", "null, to be exceeded"),
    }
    for name, (axes, title, null, words) in sets.items():
        if name in results:
            curves = trained.by_irrep(name)
            plots.draw_fractions(axes, steps, curves, f"logit similarity, {title} (cosine)")
            plots.draw_nulls(axes, results[f"final_{name}_{null}"].values[:, shown], words)
    return Figure(
        "similarity",
        "Similarity of the logits to each irrep",
        _shown(trained)
        + "Cosine between the centred logits and the irrep's character cube. Dashed, grey: its "
        "null, irrep by irrep; left, what a memory of the training set has without any test pair; "
        "right, three root mean squares over tables with relabelled elements. " + trained.words,
        figure,
    )


def variance(trained: Trained) -> Figure:
    """Fractions of embeddings and hidden layer in each irrep."""
    results, shown = trained.results, trained.shown
    figure, grid = panel_grid(2, 3, 4.3, 3.5, share_x=True)
    parts = {
        "embedding of a": "x_embed",
        "embedding of b": "y_embed",
        "unembedding": "unembed",
        "hidden layer, ρ(a)": "hidden_x",
        "hidden layer, ρ(b)": "hidden_y",
        "hidden layer, ρ(ab)": "hidden_xy",
    }
    for axes, (title, part) in zip(grid.flat, parts.items(), strict=True):
        name = f"percent_{part}"
        curves = trained.by_irrep(name)
        plots.draw_fractions(axes, results.step.values, curves, "fraction of variance")
        if "embed" in part:
            random = results.final_embedding_null.values[:, shown]
            plots.draw_nulls(axes, random, "random embedding")
        else:
            plots.draw_nulls(axes, results[name].values[:, :1, shown], "untrained")
        axes.set_title(title, fontsize=10)
    return Figure(
        "variance",
        "Variance explained by each irrep",
        _shown(trained)
        + "Fractions of the squared norm (embeddings) or of the variance (hidden). Dashed, grey: "
        "of random embeddings (the irrep's share of the dimensions), and at initialisation, irrep "
        "by irrep. " + trained.words,
        figure,
    )


def ablations(trained: Trained) -> Figure:
    """Losses without an irrep, and with it alone."""
    figure, grid = panel_grid(2, 2, 6)
    kinds = {
        "excluded": "training products, without the irrep's part",
        "restricted": "all products, with nothing but the irrep's part",
    }
    steps = trained.results.step.values
    for row, layer in zip(grid, ("logit", "hidden"), strict=True):
        for axes, (kind, words) in zip(row, kinds.items(), strict=True):
            curves = trained.by_irrep(f"{layer}_{kind}_loss")
            plots.draw_losses(axes, steps, curves, trained.chance)
            axes.set_title(f"{layer} {kind} loss: {words}", fontsize=10)
    title = "Excluded and restricted losses by irrep"
    return Figure("ablations", title, trained.words, figure)


def circuit(trained: Trained) -> Figure:
    """Losses through and without the finally key irreps, and the weights."""
    keyed, steps = _with_key_irreps(trained), trained.results.step.values
    figure, (left, right) = panels(2, 6)
    curves = {
        "all, train": keyed.snapshot_train_loss,
        "all, test": keyed.snapshot_test_loss,
        "without key irreps, train": keyed.total_hidden_excluded_loss,
        "key irreps only": keyed.total_hidden_restricted_loss,
    }
    losses = {label: values.values for label, values in curves.items()}
    plots.draw_losses(left, keyed.snapshot.values, losses, trained.chance)
    squares = keyed.sum_of_squared_weights.values
    plots.draw_spread(right, steps, squares, "weights", plots.colour_of(0))
    plots.log_steps(right).set_ylabel("sum of squared weights")
    which = trained.words.partition("Lines: ")[0]
    return Figure(
        "circuit",
        "The circuit forms, then the rest is cleaned up",
        f"{which}Loss of the hidden layer's part that depends on ab through the finally key "
        "irreps, alone (restricted) and taken away (excluded). Lines: median over the "
        f"{keyed.sizes['replica']} networks that have key irreps; bands: minimum to maximum.",
        figure,
    )


def directions(trained: Trained) -> Figure:
    """Loss without each direction of the trained hidden layer."""
    results, which = trained.results, trained.words.partition("Lines: ")[0]
    figure, (axes,) = panels(1, 9)
    bars = {
        f"without ρ({kind})": results[f"final_ablation_loss_{variable}"].values[:, trained.shown]
        for kind, variable in (("ab", "xy"), ("a", "x"), ("b", "y"))
    }
    plots.draw_bars(axes, bars, trained.names, "loss over all products (nats)")
    axes.set_yscale("log")
    return Figure(
        "directions",
        "What each hidden direction does",
        f"{which}Loss after one direction is taken out of the trained hidden layer. Bars: median "
        f"over {results.sizes['replica']} networks; whiskers: minimum to maximum.",
        figure,
    )


def _most_used(results: xarray.Dataset, limit: int = 8) -> np.ndarray:
    """Non-trivial irreps by rising index, at most `limit`, those most similar at the end."""
    final = np.nanmedian(results.final_test_similarity.values, axis=0)
    final = np.where(results.final_key.values.any(0), final + 1, final)
    candidates = np.argsort(-final[1:], kind="stable")[:limit] + 1
    return np.sort(candidates)


def _shown(trained: Trained) -> str:
    missing = trained.results.sizes["irrep"] - 1 - len(trained.shown)
    shown = f"The {len(trained.shown)} most similar irreps"
    return f"{shown} ({missing} more not shown). " if missing else ""
