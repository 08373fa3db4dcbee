"""Deep networks without biases whose input is the identity of an item.

Weights are ``W1 [item, hidden], W2 ..., WL [hidden, feature]``, [in, out] as in all our models:
an item's features are ``f(x W1) ... WL``. Saxe, McClelland and Ganguli (2013, ICLR; 2019, PNAS)
write their transposes.
"""

from typing import NamedTuple

import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Float

from jaxrep.models.activations import ACTIVATIONS
from jaxrep.typing import Array


class Activations(NamedTuple):
    """Layer by layer, one row per item.

    Attributes:
      hidden: of each hidden layer, ``[item, width]``, after the activation function.
      outputs: ``[item, feature]``.
    """

    hidden: tuple[Float[Array, "item width"], ...]
    outputs: Float[Array, "item feature"]


class DeepNetwork(nn.Module):
    """``widths`` = inputs, hidden ..., outputs; two numbers are a network of one layer.

    Initial weights are normal with variance ``1 / (inputs + outputs)`` of their layer (the
    tutorial's at scale 1; multiply them by the scale wanted).

    Attributes:
      widths: number of units, from the inputs to the outputs.
      activation: of the hidden layers, a name of `jaxrep.models.activations.ACTIVATIONS`.
    """

    widths: tuple[int, ...]
    activation: str = "linear"

    @nn.compact
    def __call__(self, inputs: Float[Array, "item input"]) -> Activations:
        hidden, x = [], inputs
        for name, shape in weight_shapes(self.widths).items():
            weight = self.param(name, nn.initializers.normal(sum(shape) ** -0.5), shape)
            x = jnp.matmul(hidden[-1] if hidden else inputs, weight, precision="highest")
            hidden.append(ACTIVATIONS[self.activation](x))
        return Activations(tuple(hidden[:-1]), x)


def weight_shapes(widths: tuple[int, ...]) -> dict[str, tuple[int, int]]:
    """``{"W1": (inputs, outputs), ...}`` of each layer.

    >>> weight_shapes((8, 30, 10000))
    {'W1': (8, 30), 'W2': (30, 10000)}
    """
    pairs = zip(widths[:-1], widths[1:], strict=True)
    return {f"W{layer}": pair for layer, pair in enumerate(pairs, 1)}
