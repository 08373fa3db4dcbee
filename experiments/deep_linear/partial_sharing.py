"""From a configuration of deep_linear to gated networks in which some contexts share a path."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np

from jaxrep.data.feature_files import read_feature_array, read_feature_csv
from jaxrep.data.feature_table import FeatureTable, make_feature_table
from jaxrep.engine import Replicas, Schedule, linear_steps
from jaxrep.errors import InputError
from jaxrep.problems.feature_setting import FeatureSetting
from jaxrep.problems.gated_task import Contexts, pathway_problem
from jaxrep.study import Plan, check_memory

from .config import Config
from .data import TaskData

FAMILIES = {"part": 8, "nested": 8, "ring": 4}
"""Contexts of each family, where no number is given."""
LEAST = {"part": 2, "nested": 2, "ring": 3}


def gate_table(config: Config) -> FeatureTable:
    """Which path is open in which context, ``[context, path]``.

    Raises:
      InputError: a number of contexts that the family does not have, a file that cannot be read,
        values other than 0 and 1, or a context without a path of its own.
    """
    if config.gates not in FAMILIES:
        if config.contexts:
            raise InputError(
                f"contexts: {list(config.contexts)} given beside gates {config.gates!r}, which "
                "has its own"
            )
        return _read(config.gates)
    if len(config.contexts) > 1:
        raise InputError(
            f"contexts: {list(config.contexts)} given beside gates; one value is allowed there"
        )
    count = config.contexts[0] if config.contexts else FAMILIES[config.gates]
    if count < LEAST[config.gates]:
        raise InputError(
            f"contexts: {count} given beside gates {config.gates}; {LEAST[config.gates]} or more "
            "are needed"
        )
    check_memory(config, contexts=16 * count**2)
    members = {
        "part": [range(count // 2)],
        "nested": _halves(range(count)),
        "ring": [(c, (c + 1) % count) for c in range(count)],
    }[config.gates]
    paths = [np.isin(np.arange(count), list(one)) for one in members]
    names = [f"contexts {_listed(one)}" for one in members]
    values = np.concatenate([np.array(paths), np.eye(count)]).T.astype(float)
    own = [f"context {c + 1}" for c in range(count)]
    return FeatureTable(tuple(own), tuple([*names, *own]), values)


def _halves(members: range) -> list[range]:
    """The contexts, and their halves, as long as two are left; the widest first."""
    found, level = [], [members]
    while level:
        level = [one for one in level if len(one) > 1]
        found += level
        level = [half for one in level for half in _split(one)]
    return found


def _split(members: range) -> tuple[range, range]:
    middle = (len(members) + 1) // 2
    return members[:middle], members[middle:]


def _listed(members) -> str:
    return " ".join(str(c + 1) for c in members)


def _read(path: str) -> FeatureTable:
    suffix = Path(path).suffix.lower()
    if not (suffix or Path(path).is_file()):
        allowed = ", ".join([*FAMILIES, "FILE.csv (or another text file)", "FILE.npy"])
        raise InputError(f"gates: {path!r} is not known; allowed are {allowed}")
    try:
        found = read_feature_array(path) if suffix == ".npy" else read_feature_csv(path)
    except InputError as error:
        raise InputError(f"gates: {str(error).removeprefix('data: ')}") from None
    if suffix == ".npy":
        found = make_feature_table(found.values)
    if not np.isin(found.values, (0, 1)).all():
        raise InputError(f"gates: {path} has values other than 0 and 1")
    alone = found.values[:, found.values.sum(0) == 1].any(1)
    if not alone.all():
        raise InputError(
            f"gates: {path}: context {found.items[int(alone.argmin())]!r} has no path of its own; "
            "one in every context is needed"
        )
    return found


def sharing_plan(config: Config, data: TaskData, setting: FeatureSetting) -> Plan:
    """Networks of a resolved configuration; with the tables, the setting and the gates.

    The last context, which is never trained, has the widest path only.
    """
    assert config.steps is not None
    table = gate_table(config)
    gates, paths = table.values, list(table.features)
    swept = {name: getattr(config, name) for name in ("scale", "learning_rate")}
    replicas = Replicas.consecutive(config.first_seed, config.seeds, swept)
    measured = linear_steps(config.steps, min(config.steps + 1, config.measurements))
    schedule = Schedule(
        config.steps, measured, (0, config.steps), linear_steps(config.steps, 5)[1:]
    )

    def contexts(hyper) -> Contexts:
        return Contexts(*(jnp.asarray(x, hyper["scale"].dtype) for x in all_contexts(gates)))

    layers = {paths[p]: int(p) for p in np.flatnonzero(gates[0])}
    problem = pathway_problem(data.tables[0], setting, contexts, paths, layers)
    return Plan(problem, replicas, schedule, data=(data, setting, table))


def all_contexts(gates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gates and weights of the trained contexts, and of a new one with the widest path only."""
    new = np.eye(gates.shape[1])[gates.sum(0).argmax()]
    weights = np.append(np.full(len(gates), 1 / len(gates)), 0)
    return np.vstack([gates, new]), weights
