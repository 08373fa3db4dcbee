"""The layers of networks that read a face's angle, and the stimuli they are looked at on."""

from typing import cast

import jax.numpy as jnp
import numpy as np

from jaxrep.data.faces import SETS, Faces
from jaxrep.engine import Variables
from jaxrep.engine.network import Network, Replica
from jaxrep.models.code_network import CodeNetwork

from .config import Config
from .data import angle_range

ANGLES = 400
"""Stimuli of the set that all networks are looked at on."""


def _layers_of(network: CodeNetwork):
    """``(variables, pictures, replica) -> layers by name``."""

    def apply(variables: Variables, inputs, replica: Replica):
        del replica
        parameters = {"params": variables.params}
        found = network.apply(parameters, jnp.asarray(inputs), method="layers")
        *hidden, code = cast(list, found)
        return {**{f"hidden_{i}": x for i, x in enumerate(hidden, 1)}, "output": code}

    return apply


def parameter_layers(network: CodeNetwork) -> Network:
    """Layers of a code of several parameters, on the stimuli of every set, with their values."""

    def stimuli(name: str, part: str):
        return lambda replica: getattr(replica.data.shared["sets"][name], part)

    return Network(
        _layers_of(network),
        {name: stimuli(name, "pictures") for name in SETS},
        {name: stimuli(name, "values") for name in SETS},
        common=SETS,
    )


def angle_layers(config: Config, network: CodeNetwork, faces: Faces, own_stimuli: bool) -> Network:
    """Layers ``hidden_1 ...`` and ``output`` (the code).

    Inputs: ``angles``, faces of the test set in turn, at angles evenly over their range; and the
    stimuli of the training, validation and test set. Targets are angles, radians.
    """
    low, high = angle_range(config)
    angles = np.linspace(low, high, ANGLES, endpoint=config.code != "circular")
    names = [round(float(angle), 4) for angle in angles]

    def turned(replica: Replica):
        rows = jnp.asarray(replica.data.shared["rows"]["test"])
        return faces.draw_each(rows[np.arange(ANGLES) % len(rows)], jnp.asarray(angles))

    def stimuli(replica: Replica):
        return replica.data.own["sets"] if own_stimuli else replica.data.shared["sets"]

    inputs = {name: lambda replica, name=name: stimuli(replica)[name].pictures for name in SETS}
    wanted = {name: lambda replica, name=name: stimuli(replica)[name].angles for name in SETS}
    return Network(
        _layers_of(network),
        {"angles": turned, **inputs},
        {"angles": lambda replica: jnp.asarray(angles), **wanted},
        common=("angles",) if own_stimuli else ("angles", *SETS),
        samples={"angles": names},
    )
