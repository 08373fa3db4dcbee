"""Why do receptive fields become local? Inputs with edges against their Gaussian clones.

    python -m experiments.localization                        # four gains and clones, 8 seeds
    python -m experiments.localization --inputs ising --positive 0.7 --negative 0.3
    python -m experiments.localization --gain 0.1 1 10 --positive 2 4 8   # a phase diagram

Expected of the quick preset: at gain 100 the median inverse participation ratio rises to
0.25-0.27 and 70-80 % of the units localize (above 0.1); at gain 0.01 and for the Gaussian
clones it stays at 0.05-0.06, although all of them learn the task.

Sources: Lufkin, Saxe and Grant (2024); Ingrosso and Goldt (2022, PNAS).
"""

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from experiments._localization_problem import FAMILIES, problem
from experiments._localization_report import draw_report, summary, unit_table
from jaxrep.engine import Replicas, Schedule, linear
from jaxrep.engine.run import Run
from jaxrep.errors import InputError
from jaxrep.models.activations import ACTIVATIONS, ODD
from jaxrep.models.committee import WEIGHTS
from jaxrep.report import Figure, Movie
from jaxrep.study import Analysis, Plan, Study, main


@dataclass(frozen=True)
class Config:
    """Two classes on a ring of pixels; numbers with several values are swept in one call."""

    inputs: Literal["nonlinear", "algebraic", "shell", "extreme", "student", "ising", "pulse"] = (
        "nonlinear"
    )
    """Family of inputs."""
    length: int = 40
    """Pixels of the ring."""
    positive: tuple[float, ...] = (4.47,)
    """Correlation length (Ising: coupling; pulse: extent as a share of the ring) of the class
    with the higher label; several values are swept."""
    negative: tuple[float, ...] = (0.1,)
    """The same of the class with the lower label."""
    gain: tuple[float, ...] = (0.01, 1.1, 3.0, 100.0)
    """Of the nonlinear process, erf(gain z); sqrt(2) times it in the convention of PNAS 2022. Other
    inputs have none."""
    clone: tuple[int, ...] = (0, 1)
    """0: the nonlinear process; 1: the Gaussian process with its covariance."""
    power: tuple[float, ...] = (10.0,)
    """Of algebraic marginals only: tails fall as |x|^-(power + 1)."""
    units: int = 40
    """Hidden units."""
    activation: str = "tanh"
    """linear, relu, tanh, sigmoid, hard_tanh, erf, shifted_relu."""
    bias: Literal["trained", "constant", "off"] = "trained"
    """Of the hidden units."""
    bias_start: float = 0.0
    """Its initial value."""
    second_layer: Literal[0, 1] = 0
    """1 trains output weights, 0 averages the units."""
    weights: str = "lecun_normal"
    """Initialiser: lecun_normal, xavier_normal, normal, truncated_normal."""
    scale: float = 1.0
    """Of the initial weights."""
    labels: Literal["signs", "unit"] = "signs"
    """-1 and 1, or 0 and 1."""
    learning_rate: tuple[float, ...] = (5.0,)
    """Of gradient descent; a unit's own is this over the number of units."""
    batch_size: int = 200
    """Fresh inputs in every step, half of each class."""
    steps: int = 1000
    """Updates."""
    seeds: int = 8
    """Number of seeds."""
    first_seed: int = 0
    """The seeds are first_seed, first_seed + 1, ..."""
    measurements: int = 21
    """Measured steps, equally spaced."""
    precision: Literal["float32", "float64"] = "float32"
    """Of training."""


PRESETS = {
    "quick": Config(),
    "single_unit": Config(
        positive=(3.0,),
        negative=(1.0,),
        gain=(0.1, 0.3, 0.6, 1.0, 1.7, 3.0, 10.0, 100.0),
        units=1,
        activation="relu",
        bias="off",
        weights="normal",
        scale=0.001,
        labels="unit",
        learning_rate=(0.05,),
        batch_size=500,
        steps=3000,
        seeds=6,
    ),
}


def check(config: Config) -> None:
    """Raise `InputError` for values that cannot be trained."""
    for name in ("length", "units", "seeds", "measurements"):
        if getattr(config, name) < 1:
            raise InputError(f"{name}: {getattr(config, name)} given; at least 1 is needed")
    if config.batch_size < 2:
        raise InputError(f"batch_size: {config.batch_size} given; 2 or more are needed")
    for name in ("gain", "learning_rate"):
        values = getattr(config, name)
        if not all(value > 0 and math.isfinite(value) for value in values):
            raise InputError(f"{name}: {list(values)} has a value that is not positive")
    for name in ("positive", "negative"):
        values = getattr(config, name)
        if config.inputs != "ising" and not all(value > 0 for value in values):
            raise InputError(f"{name}: {list(values)} has a value that is not positive")
        if config.inputs == "pulse" and not all(
            1 <= v * config.length < config.length - 1 for v in values
        ):
            raise InputError(f"{name}: {list(values)} are not shares of {config.length} pixels")
    if not all(value > 2 for value in config.power):
        raise InputError(f"power: {list(config.power)}; above 2 the variance is finite")
    if not set(config.clone) <= {0, 1}:
        raise InputError(f"clone: {list(config.clone)}; allowed are 0 and 1")
    for name, known in (("activation", ACTIVATIONS), ("weights", WEIGHTS)):
        if getattr(config, name) not in known:
            allowed = ", ".join(known)
            raise InputError(f"{name}: {getattr(config, name)!r} is not known; allowed: {allowed}")
    if not config.scale > 0:
        raise InputError(f"scale: {config.scale} is not positive")
    if config.steps < 0:
        raise InputError(f"steps: {config.steps} is negative; 0 or more are allowed")


def warn(config: Config) -> list[str]:
    """The trap of odd networks on symmetric inputs."""
    if config.bias == "off" and config.activation in ODD:
        return [
            f"activation: {config.activation} without bias is an odd function; these inputs are "
            "symmetric under x -> -x, so the network can learn nothing but 0"
        ]
    return []


@functools.lru_cache(maxsize=8)
def build(config: Config) -> Plan:
    """The training problem, replicas and schedule."""
    own = {"nonlinear": ("gain", "clone"), "algebraic": ("power",)}.get(config.inputs, ())
    names = (*own, "positive", "negative", "learning_rate")
    replicas = Replicas.consecutive(
        config.first_seed, config.seeds, {name: getattr(config, name) for name in names}
    )
    measured = linear(config.steps, config.measurements)
    saved = linear(config.steps, 5)[1:]
    return Plan(problem(config), replicas, Schedule(config.steps, measured, (), saved))


def analyse(run: Run, config: Config) -> Analysis:
    """Localized units by grid point, over training."""
    plan = build(config)
    results = run.records
    found = (results, plan.replicas, FAMILIES[config.inputs].words, config)
    return Analysis(results, summary(results, plan.replicas), [unit_table(*found[:2])], found)


def draw(analysis: Analysis, config: Config) -> Iterator[Figure | Movie]:
    """All figures of the report."""
    del config
    yield from draw_report(*analysis.drawings)


STUDY = Study(
    "localization", __doc__.splitlines()[0], Config, PRESETS, build, analyse, draw, check, warn
)

if __name__ == "__main__":
    raise SystemExit(main(STUDY))
