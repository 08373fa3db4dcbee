"""Networks that tell inputs apart by the average of their hidden units.

The soft committee machine of Lufkin, Saxe and Grant (2024) and of Saad and Solla (1995):
``f(x) = (1/K) sum_k act(w_k . x + b_k)``; with a trained second layer a one-hidden-layer
network; with gates a network whose units are linear where a fixed function of x opens them.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Float

from jaxrep.models.activations import ACTIVATIONS
from jaxrep.typing import Array

WEIGHTS: dict[str, Callable[[float], Callable]] = {
    "lecun_normal": lambda s: nn.initializers.variance_scaling(s, "fan_in", "truncated_normal"),
    "xavier_normal": lambda s: nn.initializers.variance_scaling(s, "fan_avg", "truncated_normal"),
    "normal": lambda s: nn.initializers.variance_scaling(s**2, "fan_in", "normal"),
    "truncated_normal": lambda s: _truncated(s),
}
"""Initialisers by name, of a scale s: it multiplies the variance, but for ``normal`` (the
original's PyTorch era), where it multiplies the standard deviation. ``truncated_normal`` has
deviation sqrt(s / L) before truncation at two of them, and no correction after it."""


class Answers(NamedTuple):
    """What the analyses look at.

    Attributes:
      outputs: one per class, or one in all.
      pre_activations: of the hidden units.
    """

    outputs: Float[Array, "input output"]
    pre_activations: Float[Array, "input unit"]


class CommitteeMachine(nn.Module):
    """Mean of the hidden units, or a trained second layer over them.

    Parameters ``W1 [pixel, unit]``, ``b1 [unit]`` where `bias` is given, and with
    `outputs` > 0 the second layer ``W2 [unit, output]``, which starts at 1 plus noise: near
    the committee machine.

    Attributes:
      units: K.
      activation: a name of `jaxrep.models.activations.ACTIVATIONS`.
      weights: a name of `WEIGHTS`.
      scale: of the initial weights.
      bias: its initial value; None has no bias.
      outputs: of the trained second layer; 0 averages.
      gate: ``inputs -> [input, unit]``, makes the units linear behind gates.
    """

    units: int
    activation: str = "tanh"
    weights: str = "lecun_normal"
    scale: float = 1.0
    bias: float | None = 0.0
    outputs: int = 0
    gate: Callable[[jax.Array], jax.Array] | None = None

    @nn.compact
    def __call__(self, inputs: Float[Array, "input pixel"]) -> Answers:
        initial = WEIGHTS[self.weights](self.scale)
        shape = (inputs.shape[1], self.units)
        pre = jnp.matmul(inputs, self.param("W1", initial, shape), precision="highest")
        if self.bias is not None:
            constant = nn.initializers.constant(self.bias)
            pre = pre + self.param("b1", constant, (self.units,))[None]
        if self.gate is None:
            hidden = ACTIVATIONS[self.activation](pre)
        else:
            hidden = self.gate(inputs) * pre
        if not self.outputs:
            return Answers(jnp.mean(hidden, 1, keepdims=True), pre)

        def near_one(key, shape, dtype=float):
            return 1 + initial(key, shape, dtype)

        second = self.param("W2", near_one, (self.units, self.outputs))
        return Answers(jnp.matmul(hidden, second, precision="highest") / self.units, pre)


def _truncated(scale: float) -> Callable:
    def initial(key, shape, dtype=float):
        deviation = (scale / shape[0]) ** 0.5
        return deviation * jax.random.truncated_normal(key, -2, 2, shape, dtype)

    return initial
