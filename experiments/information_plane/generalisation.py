"""Does information go with generalisation? The gap of every network of a sweep against its bits."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from jaxrep.analysis.rank_correlation import RankCorrelation, rank_correlation
from jaxrep.plots.compression import draw_against_gap
from jaxrep.plots.style import legend_below, many_colours, panels
from jaxrep.study import figure_key
from jaxrep.study.report import Figure, Table

from .analysis import Found
from .exact_page import bits_of, has_bits, shown_layers

TITLE = "Does information go with the generalisation gap?"
SWEPT = ("weight_decay", "dropout", "max_norm")
LEAST_NETWORKS = 12
INPUT, GIVEN_CLASS = "I(X;M)", "I(X;M|Y)"


class Related(NamedTuple):
    """One number of every network against the generalisation gap.

    Attributes:
      quantity: its name.
      layer: of what layer.
      all: over all networks of the sweep.
      within: over pairs of networks of one setting, which differ by their seeds alone.
    """

    quantity: str
    layer: str
    all: RankCorrelation
    within: RankCorrelation


def applies(found: Found) -> bool:
    """Whether a regulariser was swept over networks enough, and bits are known."""
    varied = any(len(getattr(found.config, name)) > 1 for name in SWEPT)
    return varied and has_bits(found) and int(found.finite.sum()) >= LEAST_NETWORKS


def gaps(found: Found) -> np.ndarray:
    """``[replica]``: loss on the test set less that on the training set at the end, nats."""
    return found.flat.test_loss.values[:, -1] - found.flat.train_loss.values[:, -1]


def quantities(found: Found) -> dict[str, np.ndarray]:
    """Bits ``[replica, layer]`` at the end."""
    with_input, with_class = (bits_of(found, kind)[:, -1] for kind in (0, 1))
    return {INPUT: with_input, GIVEN_CLASS: with_input - with_class}


def settings(found: Found) -> np.ndarray:
    """``[replica]``: number of the grid point."""
    found_at = np.zeros(len(found.replicas), int)
    for index, point in enumerate(found.points):
        found_at[point.rows] = index
    return found_at


def relations(found: Found) -> list[Related]:
    """Of every quantity and layer; none where a sweep cannot say it."""
    if not applies(found):
        return []
    rows, gap, groups = np.flatnonzero(found.finite), gaps(found), settings(found)
    related = []
    for name, values in quantities(found).items():
        for index, layer in enumerate(shown_layers(found)):
            pair = values[rows, index], gap[rows]
            within = rank_correlation(*pair, groups[rows])
            related.append(Related(name, layer, rank_correlation(*pair), within))
    return related


def _said(one: RankCorrelation) -> str:
    if not np.isfinite(one.tau):
        return "the same for all"
    return f"{one.tau:+.2f} ({one.low:+.2f} to {one.high:+.2f})"


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None


def verdict(related: list[Related]) -> str:
    """What the numbers say, in a sentence each."""
    sentences = []
    for name in (INPUT, GIVEN_CLASS):
        chosen = [one for one in related if one.quantity == name and np.isfinite(one.all.tau)]
        beyond = [one for one in chosen if one.all.low > one.all.null]
        against = [one for one in chosen if one.all.high < -one.all.null]
        seeds = [one.layer for one in chosen if one.within.low > one.within.null]
        if not chosen:
            continue
        best = max(chosen, key=lambda one: abs(one.all.tau))
        sentence = f"More {name} goes with a larger gap, beyond chance, in "
        sentence += f"{len(beyond)} of {len(chosen)} layers"
        if against:
            names = ", ".join(one.layer for one in against)
            sentence += f", and with a smaller one in {len(against)} ({names})"
        sentence += f"; strongest: {best.layer}, {_said(best.all)}, chance {best.all.null:.2f}"
        words = ", ".join(seeds) or "no layer"
        sentences.append(f"{sentence}; among networks of one setting still in {words}.")
    return " ".join(sentences)


def generalisation_tables(found: Found, related: list[Related]) -> list[Table]:
    """Rank correlations with their intervals and null; none where there are none."""
    if not related:
        return []
    rows = [
        [one.quantity, one.layer, _said(one.all), _number(one.all.null), _number(one.all.share)]
        + [_said(one.within), _number(one.within.null), one.all.networks]
        for one in related
    ]
    columns = ["bits", "layer", "tau with the gap (95 %)", "null: 95 % of pairings below"]
    columns += ["share of pairings as large", "tau within settings (95 %)", "its null", "networks"]
    seeds = len(found.replicas.seeds)
    note = (
        f"{verdict(related)} Kendall's tau of the bits at the end, over all inputs, with test less "
        "train loss (nats). Intervals: bootstrap over networks; null: the gaps paired at random. "
        f"Within settings: pairs of networks that differ by the seed alone ({seeds} seeds, "
        f"{len(found.points)} settings). Published: the gap grows with I(X;M|Y) "
        "(Kawaguchi et al. 2023, an upper bound in the root of (I(X;M|Y) + 1) / n)."
    )
    return [Table(TITLE, columns, rows, note)]


def generalisation_summary(found: Found, related: list[Related]) -> dict[str, float]:
    """Key figures: the correlations, and the gap of every setting."""
    if not related:
        return {}
    figures = {f"{one.layer} tau {one.quantity}": one.all.tau for one in related}
    for point in found.points:
        if len(point.finite):
            figures[figure_key("gap_nats", point)] = float(np.median(gaps(found)[point.finite]))
    return figures


def draw_generalisation(found: Found) -> Iterator[Figure]:
    """A point for every network: the gap against the bits, by layer."""
    if not applies(found):
        return
    layers, gap = shown_layers(found), gaps(found)
    chosen = layers[-3:]
    figure, grid = panels(2 * len(chosen), 4.4, 3.4, columns=len(chosen))
    alive = [point for point in found.points if len(point.finite)]
    palette = many_colours([point.title for point in alive])
    places = [(name, layer) for name in quantities(found) for layer in chosen]
    for axes, (name, layer) in zip(grid, places, strict=True):
        values = quantities(found)[name][:, layers.index(layer)]
        by_setting = {point.title: values[point.finite] for point in alive}
        gap_of = {point.title: gap[point.finite] for point in alive}
        draw_against_gap(axes, by_setting, gap_of, palette, f"{name} (bits)")
        axes.set_title(layer, fontsize=9)
    legend_below(figure, grid[0], 4)
    yield Figure(
        "generalisation",
        "The gap of every network against its information",
        f"One point for every network, {len(found.replicas.seeds)} seeds of each setting; bits at "
        "the end over all inputs, nothing estimated. The last layers; the table has all.",
        figure,
    )
