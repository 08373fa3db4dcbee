"""From a configuration of deep_linear to networks whose inputs are not one-hot."""

import dataclasses
import math
from pathlib import Path

import numpy as np

from jaxrep.data.feature_files import read_feature_array, read_feature_csv
from jaxrep.data.feature_table import FeatureTable
from jaxrep.engine import Replicas, Schedule, linear_steps
from jaxrep.errors import InputError
from jaxrep.problems.correlated_task import InputSet, correlated_problem
from jaxrep.study import Plan, check_finite, check_least, check_positive
from jaxrep.theory.correlated_inputs import (
    InputModes,
    input_modes,
    least_squares_map,
    regression_curvatures,
    regression_edge,
)
from jaxrep.theory.mode_dynamics import effective_rate, expected_start, half_time
from jaxrep.theory.stability import MOST_STEPS

from .config import Config
from .data import task_data

SHARE_OF_EDGE = 0.4
SMALL_START = 1e-6
"""Strength a mode starts from where no scale is given, of the strongest."""
FAMILIES = ("features", "common")
CORRELATION = 0.5
"""Of a family, where none is given."""


def inputs_of(config: Config, table: FeatureTable) -> tuple[tuple[float, ...], list[np.ndarray]]:
    """Every strength of correlation, and the inputs ``[item, input]`` that it makes.

    features: ``X X^T = (1 - r) Id + r P Y Y^T / |Y|^2``, items are as alike as their features.
    common: ``X = (1 - r) Id + r 11^T``, items have a part of all others.

    Raises:
      InputError: a correlation that is none, a file that cannot be read or has other items.
    """
    if config.inputs not in FAMILIES:
        if config.correlation:
            raise InputError(
                f"correlation: {list(config.correlation)} given beside inputs "
                f"{config.inputs!r}; it is for {', '.join(FAMILIES)} only"
            )
        return (0.0,), [_read(config.inputs, table)]
    strengths = config.correlation or (CORRELATION,)
    if config.correlation:
        check_finite(config, "correlation")
    if not all(0 <= r < 1 for r in strengths):
        raise InputError(f"correlation: {list(strengths)} given; 0 or more, below 1, is needed")
    unit, values = np.eye(len(table.items)), table.values
    if config.inputs == "common":
        return strengths, [(1 - r) * unit + r for r in strengths]
    alike = len(values) * values @ values.T / max(float((values**2).sum()), 1e-300)
    power, v = np.linalg.eigh(alike)
    mixed = [1 - r + r * np.maximum(power, 0) for r in strengths]
    return strengths, [(v * one**0.5) @ v.T for one in mixed]


def _read(path: str, table: FeatureTable) -> np.ndarray:
    """Inputs from a file, in the order of the table's items where it names them."""
    suffix = Path(path).suffix.lower()
    if not (suffix or Path(path).is_file()):
        allowed = ", ".join([*FAMILIES, "FILE.csv (or another text file)", "FILE.npy"])
        raise InputError(f"inputs: {path!r} is not known; allowed are {allowed}")
    try:
        found = read_feature_array(path) if suffix == ".npy" else read_feature_csv(path)
    except InputError as error:
        raise InputError(f"inputs: {str(error).removeprefix('data: ')}") from None
    if len(found.items) != len(table.items):
        raise InputError(
            f"inputs: {path} has {len(found.items)} items, the table {len(table.items)}; as many "
            "are needed"
        )
    there = set(found.items) & set(table.items)
    if not there:
        return found.values
    strange = [name for name in found.items if name not in there]
    if strange:
        raise InputError(f"inputs: {path} has {strange[0]!r}, which is no item of the table")
    return found.values[[found.items.index(name) for name in table.items]]


def modes_of_inputs(config: Config) -> list[InputModes]:
    """Of every strength of correlation."""
    table = task_data(config).tables[0]
    return [input_modes(x, table.values) for x in inputs_of(config, table)[1]]


def edges_of_inputs(config: Config) -> list[float]:
    """Learning rates beyond which networks of every correlation do not settle.

    Raises:
      InputError: nothing to learn.
    """
    table = task_data(config).tables[0]
    try:
        return [regression_edge(x, table.values) for x in inputs_of(config, table)[1]]
    except ValueError as error:
        raise InputError(f"inputs: {error}") from None


def correlated_defaults(config: Config) -> Config:
    """Learning rate, scale and steps: below the edge of all correlations, small, to the end.

    Raises:
      InputError: inputs that cannot be read, or nothing to learn.
    """
    check_least(config, hidden=1, features=1)
    check_positive(config, *(name for name in ("learning_rate", "scale") if getattr(config, name)))
    table = task_data(config).tables[0]
    items, features = table.values.shape
    modes = modes_of_inputs(config)
    rates = config.learning_rate or (float(f"{SHARE_OF_EDGE * min(edges_of_inputs(config)):.3g}"),)
    unit = float(expected_start(1.0, len(modes[0].v), config.hidden, features))
    largest = max(one.strength.max() for one in modes)
    scales = config.scale or (float(f"{math.sqrt(SMALL_START * largest / unit):.3g}"),)
    steps = config.steps
    if steps is None:
        rate = effective_rate(min(rates), items, features)
        slowest = 1.0
        for one, x in zip(modes, inputs_of(config, table)[1], strict=True):
            pulled = one.strength > 1e-3 * one.strength.max()
            settled = math.log(1e4) / (rate * regression_curvatures(x, table.values).least)
            pull, power = one.pull[pulled], one.power[pulled]
            start = np.minimum(power * min(scales) ** 2 * unit, pull / 4)
            slowest = max(slowest, 1.2 * float(np.max(half_time(pull, start, rate))) + settled)
        steps = min(math.ceil(slowest), MOST_STEPS)
    return dataclasses.replace(config, learning_rate=rates, scale=scales, steps=steps)


def correlated_plan(config: Config) -> Plan:
    """Networks of a resolved configuration; with the table and its inputs."""
    assert config.steps is not None
    data = task_data(config)
    strengths, inputs = inputs_of(config, data.tables[0])
    swept = {name: getattr(config, name) for name in ("scale", "learning_rate")}
    replicas = Replicas.consecutive(
        config.first_seed, config.seeds, {**swept, "correlation": strengths}
    )
    measured = linear_steps(config.steps, min(config.steps + 1, config.measurements))
    schedule = Schedule(
        config.steps, measured, (0, config.steps), linear_steps(config.steps, 5)[1:]
    )
    values, count = data.tables[0].values, min(inputs[0].shape[1], *data.tables[0].values.shape)
    sets = []
    for r, x in zip(strengths, inputs, strict=True):
        modes = input_modes(x, values)
        v, u = modes.v[:, :count], modes.u[:, :count]
        sets.append(InputSet(r, x, least_squares_map(x, values), v, u))
    problem = correlated_problem(data.tables[0], sets, config.hidden)
    return Plan(problem, replicas, schedule, data=(data, sets))


def correlated_traps(config: Config) -> list[str]:
    """Rates past the edge of stability of some correlation."""
    edge = min(edges_of_inputs(config))
    return [
        f"learning_rate: {rate:g} is past the edge of stability of these inputs; below {edge:.4g} "
        "all networks settle"
        for rate in config.learning_rate
        if rate > edge
    ]
