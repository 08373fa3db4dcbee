"""Values of group_composition that cannot be trained or analysed."""

import dataclasses

from jaxrep.errors import InputError
from jaxrep.study import check_least

from .config import DEFAULT_GROUP, Config
from .problem import group_of
from .weights import load


def check(config: Config) -> None:
    """Raise `InputError` for values that cannot be trained, or weights that cannot be analysed."""
    if config.table and config.group:
        raise InputError(f"table: given with group {config.group}; one of them is needed")
    if config.weights:
        load(config)
        return
    if config.representations:
        raise InputError("representations: given without weights, which they are for")
    least = {"embed_dim": 1, "hidden_dim": 1, "measurements": 1, "seeds": 1}
    check_least(config, **least, snapshots=0, steps=0, learning_rate=0, weight_decay=0)
    if not 0 < config.train_fraction < 1:
        raise InputError(f"train_fraction: {config.train_fraction} is outside (0, 1)")
    for name in ("beta1", "beta2"):
        if not 0 <= getattr(config, name) < 1:
            raise InputError(f"{name}: {getattr(config, name)} is outside [0, 1)")
    try:
        order = group_of(config).order
    except ValueError as error:
        raise InputError(str(error)) from None
    if not 0 < int(config.train_fraction * order**2) < order**2:
        raise InputError(
            f"train_fraction: {config.train_fraction} of the {order**2} products of "
            f"{config.table or config.group or DEFAULT_GROUP} leaves nothing to train or to test on"
        )


def resolve(config: Config) -> Config:
    """The configuration with the group that is meant where none was named."""
    if config.weights or config.group or config.table:
        return config
    return dataclasses.replace(config, group=DEFAULT_GROUP)
