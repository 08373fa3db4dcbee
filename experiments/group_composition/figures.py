"""The figures of group_composition: over training, of all networks, of single ones."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from jaxrep.plots import group_composition as plots
from jaxrep.plots.style import panel_grid, panels
from jaxrep.study import Analysis, figure_per_choice
from jaxrep.study.page_types import Figure, PageFigure

from .config import Config
from .measures import Exemplar
from .neuron_page import draw_explanations
from .sign_neurons import sign_figure
from .training_figures import draw_training


def draw_networks(details: Sequence[Exemplar]) -> Iterator[PageFigure]:
    """Figures of single networks, one of every grid point, to be chosen on the page."""
    for draw in (draw_cubes, draw_clusters):
        yield _per_network(details, draw)
    with_bases = [detail for detail in details if detail.bases]
    if with_bases:
        yield _per_network(with_bases, draw_bases)
    with_signs = [detail for detail in details if detail.signs is not None]
    if with_signs:
        yield _per_network(with_signs, draw_signs)


def _per_network(details: Sequence[Exemplar], draw: Callable[[Exemplar], Figure]) -> PageFigure:
    return figure_per_choice([detail.point for detail in details], lambda i: draw(details[i]))


def draw_cubes(detail: Exemplar) -> Figure:
    """A slice of the logits of one network, and of what its key irreps make of it."""
    words = "all its key irreps" if detail.key.any() else "no key irreps"
    shown = {"logits of the network": detail.true, words: detail.hypothesis}
    shown |= {f"along {name}": part for name, part in detail.parts.items()}
    figure, grid = panels(len(shown), 4.6, 4.2, columns=2 if len(shown) in (2, 4) else 3)
    for axes, (title, rows) in zip(grid, shown.items(), strict=True):
        plots.draw_cube(axes, rows, detail.order, title)
    more = int(detail.key.sum()) - len(detail.parts)
    return Figure(
        "cube",
        "Logits: true, hypothesised, irrep by irrep",
        f"{_who(detail)}{_verdict(detail)}One slice of the logit cube, a = identity; elements "
        "sorted by conjugacy class. Hypothesised: the part of the logits along the character cubes "
        "of the key irreps, their sum and the most similar ones by themselves"
        f"{f' ({more} more not shown)' if more > 0 else ''}.",
        figure,
    )


def draw_clusters(detail: Exemplar) -> Figure:
    """Which irreps the embedding of every neuron lies in."""
    figure, (axes,) = panels(1, 10)
    plots.draw_clusters(axes, detail.strength, detail.irreps, detail.key)
    return Figure(
        "clusters",
        "Neuron clusters",
        f"{_who(detail)}Each hidden neuron (embedding "
        "column for the transformer) and the irreps its embedding lies in.",
        figure,
    )


def draw_bases(detail: Exemplar) -> Figure:
    """What the hidden layer and the unembedding are in the bases of the key irreps."""
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
    return Figure(
        "basis",
        "Change of basis: matrices in the hidden layer and the unembedding",
        f"{_who(detail)}Top: entries of ρ(ab) as the hidden layer holds them, against "
        "the true ones. Bottom: the unembedding in the representation's basis; a network "
        "that takes the trace of ρ(ab)ρ(c⁻¹) pairs entry ij with ji.",
        figure,
    )


def _with_null(value: float, untrained: float) -> str:
    known = f" (untrained {float(untrained):.2f})" if np.isfinite(untrained) else ""
    return f"{float(value):.4f}{known}"


def draw_signs(detail: Exemplar) -> Figure:
    """Neurons that depend on the signs of both factors alone."""
    assert detail.signs is not None
    return sign_figure(detail.signs, _who(detail))


def _who(detail: Exemplar) -> str:
    return f"{detail.name}{f' ({detail.chosen})' if detail.chosen else ''}. "


def _verdict(detail: Exemplar) -> str:
    return "" if detail.generalises else "It does not generalise, so it has no key irreps. "


def draw(analysis: Analysis, config: Config) -> Iterator[PageFigure]:
    """Curves over training, then one network of every grid point in detail."""
    points, details = analysis.drawings
    if not config.weights:
        yield from draw_training(analysis.results, points)
    yield from draw_explanations(analysis.results, points)
    yield from draw_networks(details)
