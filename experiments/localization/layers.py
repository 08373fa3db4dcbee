"""The layers of localizing networks, and the inputs they are looked at on."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from jaxrep.engine import Variables
from jaxrep.engine.network import Network, Replica
from jaxrep.models.committee import Answers

from .config import Config
from .data import classes_of, sample_inputs

COMMON = 1000
"""Inputs that all seeds are looked at on."""


def localizing_layers(
    config: Config,
    apply_network: Callable[..., Answers],
    targets: Callable[..., jax.Array],
    evaluated: int,
) -> Network:
    """Layers ``hidden`` and ``output``; inputs ``common``, drawn once for all seeds of a grid
    point, and ``own``, those a network's loss is measured on."""

    def apply(variables: Variables, inputs, replica: Replica):
        gates = replica.data.own["gates"]
        found = apply_network(config, variables.params, jnp.asarray(inputs), gates)
        return {"hidden": found.hidden, "output": found.outputs}

    def common(replica: Replica):
        images = replica.data.shared if config.inputs == "patches" else None
        return sample_inputs(config, jax.random.key(0), replica.hyper, COMMON, images)

    def wanted(inputs_of, count):
        if config.target == "class" and config.network != "autoencoder":
            return lambda replica: jnp.asarray(classes_of(config, count))
        return lambda replica: targets(config, inputs_of(replica), classes_of(config, count))

    def own(replica: Replica):
        return replica.data.own["inputs"]

    return Network(
        apply,
        {"common": common, "own": own},
        {"common": wanted(common, COMMON), "own": wanted(own, evaluated)},
    )
