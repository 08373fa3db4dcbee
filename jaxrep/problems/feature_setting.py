"""What network learns which of several tables, in plain values."""

from collections.abc import Mapping
from typing import NamedTuple

import jax.numpy as jnp

from jaxrep.typing import Array


class FeatureSetting(NamedTuple):
    """What is trained, in plain values.

    Attributes:
      depth: number of weight matrices, 1 or more.
      hidden: units of every hidden layer.
      activation: linear, relu or tanh.
      in_modes: train in mode coordinates (see `jaxrep.models.mode_coordinates`).
      traces: (item, feature) pairs to follow.
      trace_names: one for each.
      flips: swept flip probabilities, see `tables` of `feature_problem`.
      data_seeds: swept data seeds.
      kernel: of two layers, also record how far the tangent kernel is from that of the start;
        the weights of the start are carried as the state of the model.
      gradient: also record the norm of the gradient.
    """

    depth: int = 2
    hidden: int = 30
    activation: str = "linear"
    in_modes: bool = True
    traces: tuple[tuple[int, int], ...] = ()
    trace_names: tuple[str, ...] = ()
    flips: tuple[float, ...] = (0.0,)
    data_seeds: tuple[int, ...] = (0,)
    kernel: bool = False
    gradient: bool = False

    @property
    def rotated(self) -> bool:
        """Whether inputs are modes, too: elementwise activations forbid it."""
        return self.in_modes and self.activation == "linear"

    def widths(self, items: int, features: int) -> tuple[int, ...]:
        """Of the network as the task states it."""
        return (items, *[self.hidden] * (self.depth - 1), features)


def chosen_table(hyper: Mapping[str, Array], setting: FeatureSetting) -> Array:
    """Which data set a replica learns."""
    flip = jnp.argmin(jnp.abs(jnp.array(setting.flips) - hyper["flip"]))
    seed = jnp.argmin(jnp.abs(jnp.array(setting.data_seeds) - hyper["data_seed"]))
    return flip * len(setting.data_seeds) + seed
