"""Several runs of the face-angle study on one page: densities, codes, bins, fine-tuning."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from jaxrep.engine.run import Run
from jaxrep.study import Comparison, claims_summary

from .claims import published_table
from .config import Config
from .suite_claims import NOTE, check_claims
from .suite_figures import exponents_by_loss, levels, precision_table, shapes
from .suite_results import Results

ALL = ("linear", "sqrt", "square", "quart", "root4", "log")
"""Losses of the original study."""


def suites(standard: Config) -> dict[str, dict[str, Config]]:
    """Presets of several runs."""
    normal = replace(standard, density="normal")
    turn = {"density": "von_mises", "mean": 2.0, "concentration": float(np.pi / 2)}
    circle = replace(standard, code="circular", mean=2.0)
    paper = {"faces": "olivetti", "size": 64, "loss": ALL}
    cosines = {"error": "cosine", "loss": ("linear", "sqrt", "square", "quart")}
    losses = {"uniform": replace(standard, loss=ALL), "concentrated": replace(normal, loss=ALL)}
    codes = {
        "linear, uniform": standard,
        "linear, concentrated": normal,
        "circular, uniform": circle,
        "circular, concentrated": replace(circle, **turn),
    }
    published = {label: replace(config, **paper) for label, config in codes.items()}
    published |= {
        f"{label}, cosine": replace(config, **(paper | cosines))
        for label, config in codes.items()
        if config.code == "circular"
    }
    bins = replace(standard, density="stepwise", size=16, epochs=60, seeds=8)
    return {
        "quick": {"uniform": standard, "concentrated": normal},
        "losses": losses,
        "codes": codes,
        "paper": published,
        "bins": {f"{count} bins": replace(bins, bins=count) for count in (4, 6)},
        "finetuning": _finetuning(replace(standard, size=16, keep="validation"), turn),
    }


def _finetuning(standard: Config, turn: Mapping[str, str | float]) -> dict[str, Config]:
    """Both directions, both codes: first layer frozen, an eighth of the stimuli, or neither."""
    found = {}
    for code in ("linear", "circular"):
        ways = {
            "uniform": replace(standard, code=code, mean=2.0 if code == "circular" else np.pi / 4),
        }
        change = dict(turn) if code == "circular" else {"density": "normal"}
        ways["concentrated"] = replace(ways["uniform"], **change)
        for density, config in ways.items():
            found[f"{code} {density}"] = config
        for before, after in (("uniform", "concentrated"), ("concentrated", "uniform")):
            start = replace(ways[after], start=f"<{code} {before}>")
            name = f"{code} {before} to {after}"
            found[f"{name}, frozen"] = replace(start, frozen=1)
            found[f"{name}, less data"] = replace(start, stimuli=1024, epochs=8 * start.epochs)
            found[name] = start
    return found


def compare(runs: Mapping[str, Run], configs: Mapping[str, Config]) -> Comparison:
    """Totals, shares and exponents of all runs, and their curves side by side."""
    results = Results.of(runs, configs)
    checked = check_claims(results)
    tables = [precision_table(results)]
    if checked:
        tuned = any(config.start for config in configs.values())
        tables.append(published_table(checked, NOTE if tuned else ""))
    figures = [shapes(results), levels(results)]
    varied = [c for c in configs.values() if c.density not in ("uniform", "stepwise")]
    if any(len(config.loss) > 1 for config in varied):
        figures.append(exponents_by_loss(results))
    return Comparison(tables, figures, claims_summary(checked))
