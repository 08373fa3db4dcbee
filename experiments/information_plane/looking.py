"""How a trained network is looked at: its codes and its noise, the same at every look."""

import functools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np
import xarray
from jaxtyping import Float

from jaxrep.data.labelled import Labelled
from jaxrep.engine import Replicas
from jaxrep.models.disturbances import Disturbance, code_levels, quantise
from jaxrep.models.feedforward import FeedForward, Layers

from .config import Config

LOOK = 20170302
"""Of the key that the noise of a network is drawn with when it is looked at."""


def disturbance_after(config: Config, hyper: Mapping[str, Any]) -> Disturbance | None:
    """What is done to hidden activations after training: no dropout, noise from one fixed key."""
    coded = any(config.bits)
    if not (coded or config.noise):
        return None
    key = jax.random.key(LOOK, impl="threefry2x32") if config.noise else None
    levels = code_levels(hyper["bits"]) if coded else None
    return Disturbance(levels, config.noise or None, key=key)


def looked_with(look: Disturbance | None) -> dict[str, Any]:
    """The parts of a look that `layers_of` finds among the variables."""
    if look is None:
        return {}
    parts = {"levels": look.levels, "noise": look.noise}
    return {name: jnp.asarray(x, float) for name, x in parts.items() if x is not None}


def every_input(shared: Mapping[str, Any]) -> Float[jax.Array, "input feature"]:
    """Training and test inputs, one after the other."""
    return jnp.concatenate([jnp.asarray(shared[name][0]) for name in ("train", "test")])


def seen(
    network: FeedForward,
    variables: Mapping[str, Any],
    inputs: Float[jax.Array, "input feature"],
    look: Disturbance | None,
    every: Float[jax.Array, "all feature"],
) -> Layers:
    """Layers of the inputs; codes span the range that a layer takes over every input there is.

    So an input has one code, whichever set it is looked at in.
    """
    if look is None:
        return cast(Layers, network.apply(variables, inputs))
    if look.levels is None:
        return cast(Layers, network.apply(variables, inputs, False, look))
    look = look._replace(range_samples=len(every))
    found = network.apply(variables, jnp.concatenate([every, inputs]), False, look)
    hidden, logits = cast(Layers, found)
    return Layers([layer[len(every) :] for layer in hidden], logits[len(every) :])


def logits_of_sets(
    network: FeedForward,
    variables: Mapping[str, Any],
    shared: Mapping[str, Any],
    look: Disturbance | None,
) -> dict[str, Float[jax.Array, "input output"]]:
    """Logits of the training and the test set; of coded networks in one pass over both."""
    if look is None or look.levels is None:
        return {
            name: seen(network, variables, inputs, look, inputs).logits
            for name, (inputs, _) in shared.items()
        }
    found = cast(Layers, network.apply(variables, every_input(shared), False, look))
    count = len(shared["train"][0])
    return {"train": found.logits[:count], "test": found.logits[count:]}


@functools.lru_cache(maxsize=8)
def layers_of(network: FeedForward) -> Callable[[dict, Any], list[jax.Array]]:
    """``(variables, inputs) -> [[input, unit], ...]``, the softmax of the output last.

    Beside ``params`` and ``batch_stats`` the variables have ``levels`` of a coded network and
    ``noise`` of a noisy one; the inputs of these are ``(inputs, every input)``. The softmax of a
    coded network has the same number of levels, between 0 and 1.
    """

    def activations(variables, inputs):
        weights = {k: v for k, v in variables.items() if k in ("params", "batch_stats")}
        if not isinstance(inputs, tuple):
            found = cast(Layers, network.apply(weights, inputs))
            return [*found.hidden, jax.nn.softmax(found.logits, -1)]
        levels, noise = variables.get("levels"), variables.get("noise")
        key = None if noise is None else jax.random.key(LOOK, impl="threefry2x32")
        found = seen(network, weights, inputs[0], Disturbance(levels, noise, key=key), inputs[1])
        output = jax.nn.softmax(found.logits, -1)
        if levels is not None:
            output = quantise(output, 0.0, 1.0, levels)
        return [*found.hidden, output]

    return activations


class Looking(NamedTuple):
    """The networks of a run, to be looked at at any record.

    Attributes:
      network: what they are.
      flat: their recorded weights, with one leading dimension ``replica``.
      looks: ``levels`` and ``noise`` of every replica, where there are any.
      data: inputs and classes.
    """

    network: FeedForward
    flat: xarray.Dataset
    looks: Mapping[str, Float[np.ndarray, " replica"]]
    data: Labelled

    @property
    def layers(self) -> Callable[[dict, Any], list[jax.Array]]:
        """`layers_of` these networks."""
        return layers_of(self.network)

    def inputs(self, kind: str) -> Any:
        """Of ``train``, ``test`` or ``all``, as `layers_of` takes them."""
        every = np.concatenate([self.data.train_inputs, self.data.test_inputs])
        parts = {"train": self.data.train_inputs, "test": self.data.test_inputs, "all": every}
        return (parts[kind], every) if self.looks else parts[kind]

    def classes(self, kind: str) -> np.ndarray:
        """Of ``train``, ``test`` or ``all``."""
        every = np.concatenate([self.data.train_classes, self.data.test_classes])
        return {"train": self.data.train_classes, "test": self.data.test_classes, "all": every}[
            kind
        ]

    def variables(self, replica: int | slice, record: int | slice) -> dict:
        """What the network is applied with, from the recorded weights."""
        params, statistics, flat = {}, {}, self.flat
        for name in map(str, flat.data_vars):
            if name[0] in "Wb" and name[1:].isdigit():
                params[name] = flat[name].values[replica, record]
            elif name.startswith("norm"):
                layer, _, key = name.partition("_")
                into = statistics if key in ("mean", "var") else params
                into.setdefault(layer, {})[key] = flat[name].values[replica, record]
        steps = np.ones(flat.sizes["step"], np.float32)
        looks = {
            name: (values.astype(np.float32)[:, None] * steps)[replica, record]
            for name, values in self.looks.items()
        }
        return {"params": params, **({"batch_stats": statistics} if statistics else {}), **looks}


def looks_of(config: Config, replicas: Replicas) -> dict[str, Float[np.ndarray, " replica"]]:
    """`Looking.looks` of a configuration."""
    hyper = replicas.arrays()[1]
    looks = {}
    if any(config.bits):
        looks["levels"] = 2.0 ** hyper["bits"] - 1
    if config.noise:
        looks["noise"] = np.full(len(replicas), config.noise)
    return looks
