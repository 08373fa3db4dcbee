"""In which order is structure learned? Modes, similarity, illusory correlations, exact theory.

    python -m experiments.deep_linear                             # the tutorial's setting, 32 seeds
    python -m experiments.deep_linear --preset shark              # a fish without bones
    python -m experiments.deep_linear --scale 1e-12 1e-3 1 10     # a sweep: one call
    python -m experiments.deep_linear --preset depths --sweep depth=1,2,3,4
    python -m experiments.deep_linear --data FILE.csv --trace Shark:bones

Expected of the quick preset: the eight modes are half learned near steps 93, 116, 137, 137,
186, 186, 188 and 189, within 2.5 steps of the parameter-free prediction; loss below 1e-20 is
reached by step 249 (in float64; 1e-13 in float32).

Sources: Neuromatch Academy, Deep Learning W1D2, tutorial 3; Saxe, McClelland and Ganguli
(2013, ICLR; 2019, PNAS).
"""

import functools
import math
from dataclasses import dataclass
from typing import Literal

import xarray

from experiments import _deep_linear_analysis as analyses
from experiments._deep_linear_data import TaskData, task_data
from experiments._deep_linear_problem import Setting, problem
from experiments._deep_linear_report import draw_report, mode_table
from experiments._deep_linear_shown import Shown, modes_of_replicas
from jaxrep.analysis.semantic import most_illusory
from jaxrep.engine import Replicas, Schedule, linear
from jaxrep.engine.run import Run
from jaxrep.errors import InputError
from jaxrep.models.mode_coordinates import singular_modes
from jaxrep.study import Analysis, Plan, Study, kept, main
from jaxrep.theory.mode_dynamics import deep_time, effective_rate
from jaxrep.theory.stability import largest_scale, stability_edge


@dataclass(frozen=True)
class Config:
    """One-hot items in, features out; numbers with several values are swept in one call."""

    data: str = "tree"
    """tree, clusters, ring, chain, grid, toy, or a file: .csv with features in the first line and
    items in the first column, or .npy, items x features."""
    shape: tuple[int, ...] = ()
    """Branching of each level of the tree; number and size of clusters; items of ring or chain;
    rows and columns of the grid. Nothing gives 8 items."""
    flip: tuple[float, ...] = (0.15,)
    """Probability of a change of sign at every node of the tree; several values are swept."""
    level_flip: tuple[float, ...] = ()
    """The same, one for each level of the tree; overrides flip."""
    variance: float = 25.0
    """Of the mean of clusters, ring, chain or grid (sigma^2)."""
    features: int = 10_000
    """Number of features that are sampled."""
    data_seed: tuple[int, ...] = (2021,)
    """Seeds of the sampled features (tree: 2021 is the tutorial's data); several are swept."""
    rename: tuple[str, ...] = ()
    """Items with another name: Goldfish=Shark."""
    extra: tuple[str, ...] = ()
    """Further features, one number per item: has_bones=-1,1,1,1,-1,-1,-1,-1."""
    trace: tuple[str, ...] = ()
    """Predictions to follow: Shark:has_bones. Nothing picks the most misleading ones."""
    depth: int = 2
    """Layers of weights, 1 to 6."""
    hidden: int = 30
    """Units of each hidden layer."""
    activation: Literal["linear", "relu", "tanh"] = "linear"
    """Of the hidden layers."""
    scale: tuple[float, ...] = (1e-12,)
    """Initial scale: weights have standard deviation scale / sqrt(inputs + outputs); several
    values are swept."""
    learning_rate: tuple[float, ...] = (100.0,)
    """Of gradient descent on the mean squared error over all entries; several are swept."""
    steps: int = 250
    """Full-batch updates."""
    seeds: int = 32
    """Number of seeds."""
    first_seed: int = 0
    """The seeds are first_seed, first_seed + 1, ..."""
    measurements: int = 501
    """Measured steps at most, equally spaced, with step 0 and the last."""
    coordinates: Literal["modes", "raw"] = "modes"
    """Singular modes (exact, fast, and exact in float32 at any scale), or the raw weights."""
    precision: Literal["float32", "float64"] = "float32"
    """Of training."""


PRESETS = {
    "quick": Config(),
    "shark": Config(
        rename=("Goldfish=Shark",),
        extra=("has_bones=-1,1,1,1,-1,-1,-1,-1",),
        trace=("Shark:has_bones",),
    ),
    "parrot": Config(
        rename=("Canary=Parrot",),
        extra=("cannot_speak=1,1,1,-1,1,1,1,1",),
        trace=("Parrot:cannot_speak",),
    ),
    "shallow": Config(depth=1, learning_rate=(1000.0,), scale=(1.0,)),
    "lazy_to_rich": Config(scale=(1e-12, 1e-6, 1e-3, 0.1, 1.0, 3.0, 10.0), seeds=8),
    "rates": Config(learning_rate=(50.0, 100.0, 150.0, 200.0), seeds=8, steps=400),
    "flips": Config(flip=(0.05, 0.1, 0.15, 0.2, 0.25, 0.3), seeds=8, steps=400),
    "depths": Config(depth=3, learning_rate=(2.0,), scale=(1.0,), steps=1500, seeds=8),
    "ring": Config(data="ring", learning_rate=(30.0,), scale=(1e-3,), steps=400, seeds=8),
    "toy": Config(data="toy", learning_rate=(2.5,), scale=(1e-6,), steps=300),
    "relu": Config(activation="relu", scale=(1e-3,), seeds=8),
}

MAX_DEPTH = 6


def check(config: Config) -> None:
    """Raise `InputError` for values that cannot be trained."""
    for name in ("hidden", "features", "measurements", "seeds"):
        if getattr(config, name) < 1:
            raise InputError(f"{name}: {getattr(config, name)} given; at least 1 is needed")
    if not 1 <= config.depth <= MAX_DEPTH:
        raise InputError(f"depth: {config.depth} is outside 1 .. {MAX_DEPTH}")
    for name in ("learning_rate", "scale"):
        values = getattr(config, name)
        if not all(value > 0 and math.isfinite(value) for value in values):
            raise InputError(f"{name}: {list(values)} has a value that is not positive")
    if not config.variance > 0:
        raise InputError(f"variance: {config.variance} is not positive")
    if not all(0 <= value < 2**24 for value in config.data_seed):  # exact in float32
        raise InputError(f"data_seed: {list(config.data_seed)} is outside 0 .. {2**24 - 1}")
    build(config)


def warn(config: Config) -> list[str]:
    """Learning rates and scales beyond the edge of stability, or too small to leave the start."""
    if config.activation != "linear":
        return []
    tables = task_data_of(config).tables
    items, features = tables[0].values.shape
    strongest = max(singular_modes(table.values).strength[0] for table in tables)
    edge = stability_edge(strongest, items, features, config.depth)
    lines = [
        f"learning_rate: {rate:g} is past the edge of stability; the strongest mode "
        f"(singular value {strongest:.4g}) settles below {edge:.4g} only"
        for rate in config.learning_rate
        if rate > edge
    ]
    if config.depth == 2:
        for scale in config.scale:
            limit = largest_scale(max(config.learning_rate), items, features)
            if scale > limit:
                lines.append(
                    f"scale: {scale:g} blows up at learning_rate {max(config.learning_rate):g}; "
                    f"below {limit:.3g} it does not"
                )
    if config.depth > 2:
        rate = effective_rate(max(config.learning_rate), items, features)
        for scale in config.scale:
            start = min(scale**config.depth, strongest / 4)
            needed = float(deep_time(strongest / 2, strongest, start, rate, config.depth))
            if needed > config.steps:
                lines.append(
                    f"scale: {scale:g} keeps {config.depth} layers near their start for about "
                    f"{needed:.2g} of the {config.steps} steps (they grow as a power of the scale)"
                )
    return lines


@functools.lru_cache(maxsize=8)
def task_data_of(config: Config) -> TaskData:
    """The tables of a configuration, read or sampled once."""
    return task_data(config)


def setting(config: Config) -> Setting:
    """What is trained, from the configuration and what the data are like."""
    data = task_data_of(config)
    table = data.tables[0]
    pairs = tuple(table.position(pair) for pair in config.trace)
    if not pairs:
        modes = singular_modes(table.values)
        pairs = most_illusory(table.values, modes.v, modes.strength, count=2)
    names = tuple(f"{table.items[item]}:{table.features[feature]}" for item, feature in pairs)
    return Setting(
        config.depth,
        config.hidden,
        config.activation,
        config.coordinates == "modes",
        pairs,
        names,
        data.flips,
        data.data_seeds,
    )


@functools.lru_cache(maxsize=8)
def build(config: Config) -> Plan:
    """The training problem, replicas and schedule; the same object for the same configuration."""
    swept = ("flip", "data_seed", "scale", "learning_rate")
    replicas = Replicas.consecutive(
        config.first_seed, config.seeds, {name: getattr(config, name) for name in swept}
    )
    if config.steps < 0:
        raise InputError(f"steps: {config.steps} is negative; 0 or more are allowed")
    measured = linear(config.steps, min(config.steps + 1, config.measurements))
    saved = linear(config.steps, 5)[1:]
    schedule = Schedule(config.steps, measured, (0, config.steps), saved)
    return Plan(problem(task_data_of(config).tables, setting(config)), replicas, schedule)


def analyse(run: Run, config: Config) -> Analysis:
    """Theory beside every replica, transitions, similarity across seeds, lazy to rich."""
    plan, data, what = build(config), task_data_of(config), setting(config)
    modes = modes_of_replicas(plan.replicas, data)
    results = analyses.results(run, plan, data, what, modes)
    scan, swept = xarray.Dataset(), len(config.scale) > 1
    if config.depth > 1:
        scan = (
            analyses.swept_scales(results)
            if swept
            else analyses.scale_scan(plan, config, what, modes[0])
        )
    summary = analyses.summary(results, plan.replicas)
    shown = Shown(results, plan.replicas, data, what, modes, scan)
    tables = [mode_table(shown)]
    whole = results if swept else results.merge(scan)
    return Analysis(whole, summary, tables, shown)


STUDY = Study(
    "deep_linear",
    __doc__.splitlines()[0],
    Config,
    PRESETS,
    build,
    analyse,
    kept(draw_report),
    check,
    warn,
)

if __name__ == "__main__":
    raise SystemExit(main(STUDY))
