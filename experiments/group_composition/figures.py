"""The figures of group_composition."""

from collections.abc import Iterator, Sequence

import numpy as np
import xarray

from jaxrep.plots import group_composition as plots
from jaxrep.plots.style import panel_grid, panels
from jaxrep.study import Analysis
from jaxrep.study.report import Figure

from .config import Config
from .measures import Exemplar, joined
from .neuron_page import draw_explanations


def draw_training(analysis: Analysis) -> Iterator[Figure]:
    """Figures over training: medians and spread over replicas."""
    results = joined(analysis.results)
    results = results.isel(replica=np.flatnonzero(results.finite.values))
    if not results.sizes["replica"]:
        return
    steps = results.step.values
    chance = float(np.log(results.attrs["order"]))
    count = results.sizes["replica"]
    able = int(results.final_generalises.values.sum())
    spread = (
        f"Lines: median over {count} networks, {able} of which generalise; bands: minimum to "
        "maximum; faint: each one."
    )

    figure, (left, right) = panels(2, 5.5)
    plots.draw_losses(
        left, steps, {"train": results.train_loss.values, "test": results.test_loss.values}, chance
    )
    plots.draw_fractions(
        right,
        steps,
        {"train": results.train_acc.values, "test": results.test_acc.values},
        "accuracy",
    )
    yield Figure(
        "grokking",
        "Grokking: loss and accuracy",
        f"Memorising, then a rising test loss, then the circuit. {spread}",
        figure,
    )

    names = [str(name) for name in results.irrep.values]
    shown = _most_used(results)
    yield _similarity(results, names, shown, spread)

    figure, grid = panel_grid(2, 3, 4.3, 3.5, share_x=True)
    parts = {
        "embedding of a": "x_embed",
        "embedding of b": "y_embed",
        "unembedding": "unembed",
        "hidden layer, ρ(a)": "hidden_x",
        "hidden layer, ρ(b)": "hidden_y",
        "hidden layer, ρ(ab)": "hidden_xy",
    }
    for axes, (title, name) in zip(grid.flat, parts.items(), strict=True):
        values = results[f"percent_{name}"].values
        plots.draw_fractions(
            axes, steps, {names[r]: values[..., r] for r in shown}, "fraction of variance"
        )
        if "embed" in name:
            plots.draw_nulls(
                axes, results.final_embedding_null.values[:, shown], "random embedding"
            )
        else:
            plots.draw_nulls(axes, values[:, :1, shown], "untrained")
        axes.set_title(title, fontsize=10)
    yield Figure(
        "variance",
        "Variance explained by each irrep",
        _shown(names, shown)
        + "Fractions of the squared norm (embeddings) or of the variance (hidden). Dashed, grey: "
        "of random embeddings (the irrep's share of the dimensions), and at initialisation, irrep "
        "by irrep. " + spread,
        figure,
    )

    figure, grid = panel_grid(2, 2, 6)
    kinds = {
        "excluded": "training products, without the irrep's part",
        "restricted": "all products, with nothing but the irrep's part",
    }
    for row, layer in zip(grid, ("logit", "hidden"), strict=True):
        for axes, (kind, words) in zip(row, kinds.items(), strict=True):
            values = results[f"{layer}_{kind}_loss"].values
            plots.draw_losses(axes, steps, {names[r]: values[..., r] for r in shown}, chance)
            axes.set_title(f"{layer} {kind} loss: {words}", fontsize=10)
    yield Figure("ablations", "Excluded and restricted losses by irrep", spread, figure)

    keyed = results.isel(replica=np.flatnonzero(results.final_key.values.any(1)))
    if "total_hidden_excluded_loss" in results and keyed.sizes["replica"]:
        figure, (left, right) = panels(2, 6)
        kept = results.snapshot.values
        curves = {
            "all, train": keyed.snapshot_train_loss,
            "all, test": keyed.snapshot_test_loss,
            "without key irreps, train": keyed.total_hidden_excluded_loss,
            "key irreps only": keyed.total_hidden_restricted_loss,
        }
        plots.draw_losses(left, kept, {k: v.values for k, v in curves.items()}, chance)
        weights = {"weights": keyed.sum_of_squared_weights.values}
        for label, values in weights.items():
            plots.draw_spread(right, steps, values, label, plots.colour_of(0))
        plots.log_steps(right).set_ylabel("sum of squared weights")
        yield Figure(
            "circuit",
            "The circuit forms, then the rest is cleaned up",
            "Loss of the hidden layer's part that depends on ab through the finally key "
            "irreps, alone (restricted) and taken away (excluded). Lines: median over the "
            f"{keyed.sizes['replica']} networks that have key irreps; bands: minimum to maximum.",
            figure,
        )

    figure, (axes,) = panels(1, 9)
    bars = {
        f"without ρ({kind})": results[f"final_ablation_loss_{variable}"].values[:, shown]
        for kind, variable in (("ab", "xy"), ("a", "x"), ("b", "y"))
    }
    plots.draw_bars(axes, bars, [names[r] for r in shown], "loss over all products (nats)")
    axes.set_yscale("log")
    yield Figure(
        "directions",
        "What each hidden direction does",
        "Loss after one direction is taken out of the trained hidden layer. Bars: median "
        f"over {count} networks; whiskers: minimum to maximum.",
        figure,
    )


def draw_network(detail: Exemplar) -> Iterator[Figure]:
    """Figures of one network in detail."""
    figure, (left, right) = panels(2, 5.5, 5)
    plots.draw_cube(left, detail.true, detail.order, "logits of the network")
    words = "character cubes of its key irreps" if detail.key.any() else "no key irreps"
    plots.draw_cube(right, detail.hypothesis, detail.order, words)
    yield Figure(
        "cube",
        "Logits: true and hypothesised",
        f"{detail.name}. {_verdict(detail)}One slice of the "
        "logit cube, a = identity; elements sorted by conjugacy class.",
        figure,
    )

    figure, (axes,) = panels(1, 10)
    plots.draw_clusters(axes, detail.strength, detail.irreps, detail.key)
    yield Figure(
        "clusters",
        "Neuron clusters",
        f"{detail.name}. Each hidden neuron (embedding "
        "column for the transformer) and the irreps its embedding lies in.",
        figure,
    )

    if not detail.bases:
        return
    columns = len(detail.bases)
    figure, grid = panel_grid(2, columns, 4.6)
    for (top, bottom), (name, (seen, entries, paired, nulls)) in zip(
        grid.T, detail.bases.items(), strict=True
    ):
        plots.draw_change_of_basis(
            top, seen.recovered, entries, f"{name}: cosine {_with_null(seen.cosine, nulls[0])}"
        )
        words = f"{name}: cosine with a trace {_with_null(paired.cosine, nulls[1])}"
        plots.draw_unembedding(bottom, paired.matrix, words)
    yield Figure(
        "basis",
        "Change of basis: matrices in the hidden layer and the unembedding",
        f"{detail.name}. Top: entries of ρ(ab) as the hidden layer holds them, against "
        "the true ones. Bottom: the unembedding in the representation's basis; a network "
        "that takes the trace of ρ(ab)ρ(c⁻¹) pairs entry ij with ji.",
        figure,
    )


def _similarity(
    results: xarray.Dataset, names: Sequence[str], shown: np.ndarray, spread: str
) -> Figure:
    """Similarity of the logits over all pairs and on the test pairs, with their nulls."""
    steps = results.step.values
    figure, (left, right) = panels(2, 6.5)
    sets = {
        "similarity": (left, "all pairs", "memorised", "memorised training set"),
        "test_similarity": (right, "test pairs", "threshold", "null, to be exceeded"),
    }
    for name, (axes, title, null, words) in sets.items():
        if name in results:
            curves = {names[r]: results[name].values[..., r] for r in shown}
            plots.draw_fractions(axes, steps, curves, f"logit similarity, {title} (cosine)")
            plots.draw_nulls(axes, results[f"final_{name}_{null}"].values[:, shown], words)
    return Figure(
        "similarity",
        "Similarity of the logits to each irrep",
        _shown(names, shown)
        + "Cosine between the centred logits and the irrep's character cube. Dashed, grey: its "
        "null, irrep by irrep; left, what a memory of the training set has without any test pair; "
        "right, three root mean squares over tables with relabelled elements. " + spread,
        figure,
    )


def _with_null(value: float, untrained: float) -> str:
    known = f" (untrained {float(untrained):.2f})" if np.isfinite(untrained) else ""
    return f"{float(value):.4f}{known}"


def _verdict(detail: Exemplar) -> str:
    return "" if detail.generalises else "It does not generalise, so it has no key irreps. "


def _most_used(results: xarray.Dataset, limit: int = 8) -> np.ndarray:
    """Non-trivial irreps by rising index, at most `limit`, those most similar at the end."""
    final = np.nanmedian(results.final_test_similarity.values, axis=0)
    final = np.where(results.final_key.values.any(0), final + 1, final)
    candidates = np.argsort(-final[1:], kind="stable")[:limit] + 1
    return np.sort(candidates)


def _shown(names: Sequence[str], shown: np.ndarray) -> str:
    missing = len(names) - 1 - len(shown)
    return f"The {len(shown)} most similar irreps ({missing} more not shown). " if missing else ""


def draw(analysis: Analysis, config: Config) -> Iterator[Figure]:
    """Curves over training, then one network in detail."""
    if not config.weights:
        yield from draw_training(analysis)
    yield from draw_explanations(analysis.results)
    yield from draw_network(analysis.drawings)
