"""Presets of several face-angle runs: densities, codes, bins, fine-tuning."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from .config import Config

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
        "emergence": _emergence(standard, turn),
        "noise": _noises(replace(normal, size=16, seeds=8, epochs=20)),
        "parameters": _parameters(standard),
        "finetuning": _finetuning(replace(standard, size=16, keep="validation"), turn),
    }


def _emergence(standard: Config, turn: Mapping[str, str | float]) -> dict[str, Config]:
    """Networks kept at many steps; the other figures of a run are left to its other presets."""
    plain = replace(standard, size=16, seeds=8, snapshots=24, epochs=20, dense_angles=0)
    plain = replace(plain, estimators="none", distortions="none")
    return {
        "uniform": plain,
        "concentrated": replace(plain, density="normal"),
        "circular, concentrated": replace(plain, code="circular", **turn),
    }


def _noises(standard: Config) -> dict[str, Config]:
    """Noise of the code, and of a layer whose responses can be counts."""
    plain = replace(standard, dense_angles=0, estimators="none", distortions="none")
    plain = replace(plain, depth_angles=0)
    rates = replace(plain, activation="softplus", noise_layer="hidden")
    return {
        "gaussian, code": replace(plain, noise="gaussian"),
        "student, code": replace(plain, noise="student"),
        "gaussian, hidden": replace(rates, noise="gaussian"),
        "poisson, hidden": replace(rates, noise="poisson"),
        "proportional, hidden": replace(rates, noise="proportional"),
    }


def _parameters(standard: Config) -> dict[str, Config]:
    """Three parameters read together: none, each, or all of them concentrated; shuffled labels."""
    names = ("angle", "size", "light")
    even = replace(standard, parameters=names, size=16, seeds=8, epochs=20)
    even = replace(even, deviation=0.4)
    found = {"uniform": even}
    found |= {f"{name} concentrated": replace(even, concentrated=(name,)) for name in names}
    found["all concentrated"] = replace(even, concentrated=names)
    found["shuffled labels"] = replace(even, labels="shuffled")
    return found


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
