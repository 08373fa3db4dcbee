"""Claims of the original that need two runs: two densities, two codes, fine-tuning."""

import numpy as np

from jaxrep.analysis.fisher_curves import total_information, total_root_information
from jaxrep.study import Checked
from jaxrep.study.report import median_range

from .claims import said
from .suite_results import Results

NOTE = (
    "The original's panels on fine-tuning are mislabelled (frozen and less data are stored "
    "under different densities), so its comparison of the two is no target."
)


def check_claims(results: Results) -> list[Checked]:
    """Every claim that these runs have data for."""
    checked = []
    for code in ("linear", "circular"):
        flat = _first(results, code, "uniform")
        peaked = _first(results, code, "normal" if code == "linear" else "von_mises")
        if flat and peaked:
            checked += [
                _totals(results, code, flat, peaked),
                _shares(results, code, flat, peaked),
            ]
    started = [label for label, config in results.configs.items() if config.start]
    return checked + [_constraint(results, label) for label in started]


def _first(results: Results, code: str, density: str) -> str | None:
    plain = (c for c in results.configs.items() if not c[1].start and c[1].error == "angle")
    return next((k for k, c in plain if c.code == code and c.density == density), None)


def _totals(results: Results, code: str, flat: str, peaked: str) -> Checked:
    root, plain = (
        [total(results.first(label), results.angles(label)) for label in (flat, peaked)]
        for total in (total_root_information, total_information)
    )
    words = [[median_range(np.asarray(x), 0) for x in pair] for pair in (root, plain)]
    return said(
        "10",
        "Total is more for uniform than for concentrated angles, not majorly",
        f"integral of sqrt(I): {words[0][0]} uniform, {words[0][1]} concentrated; integral of I: "
        f"{words[1][0]} uniform, {words[1][1]} concentrated",
        all(_middle(pair[0]) > _middle(pair[1]) for pair in (root, plain)),
        f"{code} code",
    )


def _shares(results: Results, code: str, flat: str, peaked: str) -> Checked:
    uniform, concentrated = results.share(flat), results.share(peaked)
    return said(
        "9, 11",
        "Concentrated angles draw precision; circular codes less",
        f"share around the centre {median_range(concentrated)} concentrated, "
        f"{median_range(uniform)} uniform",
        _middle(concentrated) > _middle(uniform),
        f"{code} code",
    )


def _constraint(results: Results, label: str) -> Checked:
    """Precision before and after fine-tuning, and of training from scratch."""
    start = results.configs[label].start.strip("<>")
    scratch = label.partition(" to ")[0].split()[0] + " " + label.partition(" to ")[2]
    scratch = scratch.partition(",")[0]
    before, after, fresh = (
        median_range(results.share(name)) if name in results.results else "?"
        for name in (start, label, scratch)
    )
    return said(
        "25",
        "Pretraining leaves a constraint",
        f"share around the centre: {before} before, {after} after, {fresh} from scratch",
        where=label,
    )


def _middle(values: np.ndarray) -> float:
    return float(np.median(values)) if len(values) else float("nan")
