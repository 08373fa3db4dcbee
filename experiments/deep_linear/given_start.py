"""Weights that were given: the end of another run, whatever it learned, or somebody's file."""

from pathlib import Path

import jax
import numpy as np

from jaxrep.data.feature_table import FeatureTable
from jaxrep.engine.run import Run
from jaxrep.errors import InputError
from jaxrep.models.deep_network import weight_shapes
from jaxrep.models.mode_coordinates import singular_modes
from jaxrep.models.weight_files import read_weights
from jaxrep.problems.feature_layers import in_table_coordinates
from jaxrep.problems.feature_task import FeatureSetting, starting, table_basis, turned_into
from jaxrep.study import Plan
from jaxrep.study.configuration import from_plain

from .config import Config
from .data import TaskData
from .shown import data_set_of
from .start import initial_key

SUFFIXES = (".npz", ".safetensors")
ALIKE = ("depth", "hidden", "activation", "seeds", "first_seed", "balance")


def started_config(config: Config) -> Config | None:
    """The configuration of the run that `Config.start` names; None for a file of weights.

    Raises:
      InputError: it is no run of this study, or of other networks.
    """
    if Path(config.start).suffix.lower() in SUFFIXES:
        if config.balance:
            raise InputError(
                f"balance: {list(config.balance)} given beside the weights of start "
                f"{config.start}; one of the two is needed"
            )
        return None
    run = Run.load(config.start)
    if run.study != "deep_linear":
        raise InputError(f"start: {config.start} holds a run of {run.study}, not of deep_linear")
    before = from_plain(Config, run.config)
    for name in ALIKE:
        there, now = getattr(before, name), getattr(config, name)
        if there != now:
            raise InputError(
                f"start: {config.start} has {name} {_plain(there)}, this run {_plain(now)}; the "
                "same is needed"
            )
    return before


def _plain(value):
    return list(value) if isinstance(value, tuple) else value


def given_start(config: Config, plan: Plan, before: Plan | None) -> Plan:
    """The plan with the weights that `Config.start` names, and what they had learned.

    Networks that diverged there are NaN, and so diverge here.

    Args:
      config: of this run.
      plan: of it, without initial weights.
      before: of the run that it starts from; None of a file.

    Raises:
      InputError: weights that cannot be read or do not fit, or of other items or features.
    """
    if before is None:
        weights, tables = weights_of_file(config, plan), ()
    else:
        weights, tables = weights_of_run(config, plan, before)
    data, setting = plan.data
    axes = _axes(data, setting)

    @jax.jit
    def turn(weights, v, basis):
        return turned_into(weights, v, basis, setting)

    with jax.enable_x64():
        turned = [
            turn(one, *axes[table])
            for one, table in zip(weights, data_set_of(plan.replicas, data), strict=True)
        ]
    stacked = {
        name: np.stack([np.asarray(one[name], config.precision) for one in turned])
        for name in turned[0]
    }
    started = data._replace(before=tables)
    return plan._replace(initial=starting(stacked, setting), data=(started, setting))


def weights_of_file(config: Config, plan: Plan) -> list[dict[str, np.ndarray]]:
    """Of every replica, as the table states them."""
    data, setting = plan.data
    arrays = read_weights(config.start)
    shapes = weight_shapes(setting.widths(*data.tables[0].values.shape))
    seeds = len(plan.replicas.seeds)
    for name, shape in shapes.items():
        if name not in arrays:
            have = ", ".join(sorted(arrays)) or "nothing"
            raise InputError(f"start: {config.start} has {have}; {', '.join(shapes)} are needed")
        if arrays[name].shape not in (shape, (seeds, *shape)):
            raise InputError(
                f"start: {config.start}: {name} has shape {list(arrays[name].shape)}; "
                f"{list(shape)}, or {[seeds, *shape]} of {seeds} seeds is needed"
            )
        if (
            not np.issubdtype(arrays[name].dtype, np.floating)
            or not np.isfinite(arrays[name]).all()
        ):
            raise InputError(
                f"start: {config.start}: {name} has values that are no finite real numbers"
            )
    places = {seed: place for place, seed in enumerate(plan.replicas.seeds)}
    every = plan.replicas.arrays()[0]
    return [
        {
            name: np.asarray(
                arrays[name] if arrays[name].ndim == 2 else arrays[name][places[int(seed)]], float
            )
            for name in shapes
        }
        for seed in every
    ]


def weights_of_run(
    config: Config, plan: Plan, before: Plan
) -> tuple[list[dict[str, np.ndarray]], tuple[FeatureTable, ...]]:
    """Of every replica at the end of another run, as that run's table states them; its tables."""
    (data, _), (learned, setting) = plan.data, before.data
    for name in ("items", "features"):
        counts = [len(getattr(one.tables[0], name)) for one in (learned, data)]
        if counts[0] != counts[1]:
            raise InputError(
                f"start: {config.start} has {counts[0]} {name}, this run {counts[1]}; as many "
                "are needed"
            )
    if len(before.replicas) != len(plan.replicas):
        raise InputError(
            f"start: {config.start} has {len(before.replicas)} networks, this run "
            f"{len(plan.replicas)}; as many are needed"
        )
    run = Run.load(config.start)
    params, finite = run.states(run.steps[-1]).params, run.finite
    axes, which = _axes(learned, setting), data_set_of(before.replicas, learned)
    seeds, _ = before.replicas.arrays()

    @jax.jit
    def expand(weights, seed, v, basis):
        return in_table_coordinates(weights, initial_key(before, seed), v, basis, setting)

    weights = []
    with jax.enable_x64():
        for replica, (table, seed) in enumerate(zip(which, seeds, strict=True)):
            one = {name: np.asarray(x[replica], float) for name, x in params.items()}
            if not finite[replica]:
                one = {name: np.full_like(x, np.nan) for name, x in one.items()}
            found = expand(one, seed, *axes[table])
            weights.append({name: np.asarray(x) for name, x in found.items()})
    here = data_set_of(plan.replicas, data)
    tables = {int(now): learned.tables[int(then)] for now, then in zip(here, which, strict=True)}
    return weights, tuple(tables[index] for index in range(len(data.tables)))


def _axes(data: TaskData, setting: FeatureSetting) -> list[tuple[np.ndarray, np.ndarray]]:
    """Item modes and basis of the outputs of every table."""
    return [(singular_modes(table.values).v, table_basis(table, setting)) for table in data.tables]
