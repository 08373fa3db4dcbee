"""Values of deep_linear that cannot be trained, and traps worth a word."""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from jaxrep.data.feature_table import FeatureTable
from jaxrep.errors import InputError
from jaxrep.models.mode_coordinates import singular_modes
from jaxrep.study import check_finite, check_least, check_memory, check_positive
from jaxrep.study.configuration import Replication
from jaxrep.theory.mode_dynamics import deep_time, effective_rate
from jaxrep.theory.stability import largest_scale, stability_edge

from .config import Config, Teacher, Training
from .correlated import correlated_traps, modes_of_inputs
from .data import check_options, task_data
from .noisy import check_numbers, noisy_traps
from .partial_sharing import gate_table
from .problem import build, resolve

MAX_DEPTH = 6


def check(config: Config) -> None:
    """Raise `InputError` for values that cannot be trained."""
    check_least(config, hidden=1, features=1, measurements=1, seeds=1, steps=0)
    if not 1 <= config.depth <= MAX_DEPTH:
        raise InputError(f"depth: {config.depth} is outside 1 .. {MAX_DEPTH}")
    check_positive(config, "learning_rate", "scale", "variance")
    if not all(0 <= value < 2**24 for value in config.data_seed):  # exact in float32
        raise InputError(f"data_seed: {list(config.data_seed)} is outside 0 .. {2**24 - 1}")
    if config.signal:
        _check_teacher(config)
        build(config)
        return
    check_options(config)
    layers = config.hidden * config.hidden * max(config.depth - 2, 0)
    check_memory(config, hidden=4 * (layers + config.hidden) * config.seeds)
    if config.correlation and not config.inputs:
        raise InputError(
            f"correlation: {list(config.correlation)} given without inputs; inputs features or "
            "common is needed beside it"
        )
    if config.inputs:
        _check_inputs(config)
    if config.balance:
        check_finite(config, "balance")
        if config.depth != 2 or config.activation != "linear":
            raise InputError(
                f"balance: {list(config.balance)} given for {config.depth} layers, "
                f"{config.activation}; 2 linear layers are needed"
            )
    if config.contexts or config.gates:
        _check_gates(config)
    build(config)


def _check_inputs(config: Config) -> None:
    """Raise `InputError` for what networks with other inputs do not have."""
    names = ("depth", "activation", "coordinates", "balance", "start", "contexts", "gates")
    _check_plain(config, "inputs", *names, "saddles", "trace")
    _check_one_table(config, "inputs")
    needed = max(int((one.strength > 0).sum()) for one in modes_of_inputs(config))
    if config.hidden < needed:
        raise InputError(
            f"hidden: {config.hidden} given beside inputs; {needed} or more are needed, one for "
            "every mode of the regression"
        )


def _check_one_table(config: Config, beside: str) -> None:
    for name in ("flip", "data_seed"):
        if len(getattr(config, name)) > 1:
            given = list(getattr(config, name))
            raise InputError(f"{name}: {given} given beside {beside}; one value is allowed there")


def _check_gates(config: Config) -> None:
    """Raise `InputError` for what gated networks do not have."""
    if config.contexts and min(config.contexts) < 1:
        raise InputError(f"contexts: {min(config.contexts)} given; 1 or more are needed")
    beside = "gates" if config.gates else "contexts"
    names = ("depth", "activation", "coordinates", "balance", "start", "saddles", "trace")
    _check_plain(config, beside, *names)
    _check_one_table(config, beside)
    if config.gates:
        gate_table(config)
    else:
        items, features = task_data(config).tables[0].values.shape
        path = 4 * config.hidden * (items + features)  # bytes
        check_memory(config, contexts=3 * path * config.seeds * (max(config.contexts) + 1))


def _check_teacher(config: Config) -> None:
    """Raise `InputError` for what students of a noisy teacher do not have."""
    check_numbers(config)
    modes = min(config.teacher_inputs, config.teacher_outputs)
    if config.hidden < modes:
        raise InputError(
            f"hidden: {config.hidden} given beside signal; {modes} or more are needed, "
            "one for every mode of the noise"
        )
    groups = (Training, Teacher, Replication)
    own = {"hidden", "scale", *(field.name for group in groups for field in fields(group))}
    _check_plain(
        config, "signal", *sorted({field.name for field in fields(Config)} - own), "saddles"
    )


def _check_plain(config: Config, beside: str, *names: str) -> None:
    """Raise `InputError` unless these fields have the values they have when nothing is given."""
    plain = Config()
    for name in names:
        given, allowed = getattr(config, name), getattr(plain, name)
        if given != allowed:
            allowed = list(allowed) if isinstance(allowed, tuple) else repr(allowed)
            raise InputError(f"{name}: {given!r} given beside {beside}; {allowed} is allowed there")


def warn(config: Config) -> list[str]:
    """How a file was read; learning rates and scales beyond the edge of stability, or too small
    to leave the start."""
    config = resolve(config)
    if config.signal:
        return noisy_traps(config)
    tables = task_data(config).tables
    notes = list(tables[0].notes)
    if config.inputs:
        return notes + correlated_traps(config)
    return notes + (_traps(config, tables) if config.activation == "linear" else [])


def _traps(config: Config, tables: Sequence[FeatureTable]) -> list[str]:
    items, features = tables[0].values.shape
    strongest = max(singular_modes(table.values).strength[0] for table in tables)
    edge = stability_edge(strongest, items, features, config.depth)
    lines = [
        f"learning_rate: {rate:g} is past the edge of stability; the strongest mode "
        f"(singular value {strongest:.4g}) settles below {edge:.4g} only"
        for rate in config.learning_rate
        if rate > edge
    ]
    if config.depth == 2 and config.balance:
        largest = max(abs(value) for value in config.balance)
        limit = edge / float(np.hypot(1, largest / 2))
        if max(config.learning_rate) > limit:
            lines.append(
                f"balance: {largest:g} is past the edge of stability at learning_rate "
                f"{max(config.learning_rate):g}; below {limit:.4g} it is not"
            )
    elif config.depth == 2:
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
            if needed > (config.steps or 0):
                lines.append(
                    f"scale: {scale:g} keeps {config.depth} layers near their start for about "
                    f"{needed:.2g} of the {config.steps} steps (they grow as a power of the scale)"
                )
    return lines
