"""Tables of ensembles: how alike the seeds are, and what their layers are like."""

from collections.abc import Sequence

import numpy as np

from jaxrep.analysis.ensembles import mean_over_pairs, pair_values
from jaxrep.study.agreement_figures import words_of
from jaxrep.study.ensembles import Agreeing
from jaxrep.study.report import Table, median_range
from jaxrep.study.words import layer_words


def agreement_table(title: str, named: Sequence[tuple[str, Agreeing]], words: str = "") -> Table:
    """One row for every ensemble, layer and measure: between seeds, by chance, at the start.

    Args:
      title: of the table.
      named: what the networks are called, and what they share.
      words: before the explanation.
    """
    columns = ["networks", "layer", "measure", "between seeds", "mean ± error over seeds"]
    columns += ["chance", "first step", "seeds"]
    rows = []
    for label, agreed in named:
        several = len(agreed.ensemble.seeds) > 1
        for name, layer in agreed.layers.items():
            estimate = mean_over_pairs(layer.between[-1])
            error = "" if np.isnan(estimate.error) else f" ± {estimate.error:.3f}"
            numbers = ["one network", "", "", ""]
            if several:
                numbers = [
                    median_range(pair_values(layer.between[-1])),
                    f"{estimate.value:.3f}{error}",
                    f"{layer.chance:.2f} ± {layer.chance_deviation:.2f}",
                    median_range(pair_values(layer.between[0])),
                ]
            seeds = len(agreed.ensemble.seeds)
            rows.append([label, layer_words(name), words_of(agreed.measure), *numbers, seeds])
    explained = (
        "Networks that differ in their seed only, at the last step: median (smallest to largest) "
        "over pairs, and their mean; its error leaves out one network at a time. Chance: the same "
        "networks with samples paired at random, mean ± standard deviation of one pair. First "
        "step: of those kept, 0 is before training."
    )
    return Table(title, columns, rows, f"{words} {explained}".strip())


def layer_table(title: str, named: Sequence[tuple[str, Agreeing]]) -> Table:
    """One row for every ensemble and layer: matched units, dimension, alignment with targets."""
    columns = ["networks", "layer", "matched units: correlation", "... by chance"]
    columns += ["participation ratio", "debiased CKA with the targets", "seeds"]
    rows, seen = [], set()
    for label, agreed in named:
        for name, layer in agreed.layers.items():
            if (label, name) in seen:  # with another measure
                continue
            seen.add((label, name))
            rows.append(
                [
                    label,
                    layer_words(name),
                    _cell(agreed.matched.get(name)),
                    _cell(agreed.unmatched.get(name)),
                    median_range(layer.participation[-1], 1),
                    _cell(agreed.aligned.get(name)),
                    len(agreed.ensemble.seeds),
                ]
            )
    words = (
        "At the last step, median (smallest to largest). Matched units: each unit with a partner "
        "in another network, mean correlation over units; where it is near chance while networks "
        "are alike up to a rotation, they share a space, not its axes. Participation ratio: "
        "dimensions that carry the variance, corrected for the number of samples. Targets: 0 is "
        "chance."
    )
    return Table(title, columns, rows, words)


def _cell(values: np.ndarray | None) -> str:
    return "" if values is None or not len(values) else median_range(values)
