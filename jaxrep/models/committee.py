"""Networks that tell inputs apart by the average of their hidden units.

The soft committee machine of Lufkin, Saxe and Grant (2024) and of Saad and Solla (1995):
``f(x) = (1/K) sum_k act(w_k . x + b_k)``; with a trained second layer a one-hidden-layer
network; with gates a network whose units are linear where a fixed function of x opens them; with
units that are all shifts of a few filters a convolutional network (Ingrosso and Goldt 2022).
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jaxtyping import Float

from jaxrep.models.activations import ACTIVATIONS
from jaxrep.typing import Array

WEIGHTS: dict[str, Callable[[float], Callable]] = {
    "lecun_normal": lambda s: nn.initializers.variance_scaling(s, "fan_in", "truncated_normal"),
    "xavier_normal": lambda s: nn.initializers.variance_scaling(s, "fan_avg", "truncated_normal"),
    "normal": lambda s: nn.initializers.variance_scaling(s**2, "fan_in", "normal"),
    "truncated_normal": lambda s: _truncated(s),
    "small_bumps": lambda s: lambda key, shape, dtype=float: _bumps(s, shape).astype(dtype),
}
"""Initialisers by name, of a scale s: it multiplies the variance, but for ``normal`` (the
original's PyTorch era), where it multiplies the standard deviation. ``truncated_normal`` has
deviation sqrt(s / L) before truncation at two of them, and no correction after it.
``small_bumps`` is not random: every unit has a bump sqrt(s) (1, 2, 1) at pixels 2 to 4, of
alternating sign."""


BIAS_SIGNS = ("same", "halves")
"""Initial hidden biases: all b; or b in the first half of the units and -b in the second, as
Ingrosso and Goldt (2022) have it, so that units of both signs are there from the start."""


def initial_biases(start: float, signs: str = "same") -> Callable:
    """Initialiser of hidden biases, of one of `BIAS_SIGNS`; of an odd number the middle one is b.

    >>> initial_biases(0.5, "halves")(jax.random.key(0), (3,)).tolist()
    [0.5, 0.5, -0.5]

    Raises:
      ValueError: unknown signs.
    """
    if signs not in BIAS_SIGNS:
        raise ValueError(f"signs: {signs!r} is not known; allowed are {', '.join(BIAS_SIGNS)}")
    if signs == "same":
        return nn.initializers.constant(start)

    def initial(key, shape, dtype=float):
        del key
        return jnp.where(jnp.arange(shape[0]) < (shape[0] + 1) // 2, start, -start).astype(dtype)

    return initial


class Answers(NamedTuple):
    """What the analyses look at.

    Attributes:
      outputs: one per class, or one in all.
      pre_activations: of the hidden units.
      hidden: their activations, behind gates where there are some.
    """

    outputs: Float[Array, "input output"]
    pre_activations: Float[Array, "input unit"]
    hidden: Float[Array, "input unit"]


class CommitteeMachine(nn.Module):
    """Mean of the hidden units, or a trained second layer over them.

    Parameters ``W1 [pixel, unit]``, ``b1 [unit]`` where `bias` is given, and with
    `outputs` > 0 the second layer ``W2 [unit, output]``, which starts at 1 plus noise (near
    the committee machine), with ``b2 [output]`` where `bias` is given.

    Attributes:
      units: K.
      activation: a name of `jaxrep.models.activations.ACTIVATIONS`.
      weights: a name of `WEIGHTS`.
      scale: of the initial weights.
      bias: its initial value; None has no bias.
      outputs: of the trained second layer; 0 averages.
      gate: ``inputs -> [input, unit]``, makes the units linear behind gates.
      bias_signs: of the hidden biases, one of `BIAS_SIGNS`; with ``halves`` output biases start
        at 0, the mean of the hidden ones.
    """

    units: int
    activation: str = "tanh"
    weights: str = "lecun_normal"
    scale: float = 1.0
    bias: float | None = 0.0
    outputs: int = 0
    gate: Callable[[jax.Array], jax.Array] | None = None
    bias_signs: str = "same"

    @nn.compact
    def __call__(self, inputs: Float[Array, "input pixel"]) -> Answers:
        initial = WEIGHTS[self.weights](self.scale)
        shape = (inputs.shape[1], self.units)
        pre = jnp.matmul(inputs, self.param("W1", initial, shape), precision="highest")
        if self.bias is not None:
            biases = initial_biases(self.bias, self.bias_signs)
            pre = pre + self.param("b1", biases, (self.units,))[None]
        if self.gate is None:
            hidden = ACTIVATIONS[self.activation](pre)
        else:
            hidden = self.gate(inputs) * pre
        if not self.outputs:
            return Answers(jnp.mean(hidden, 1, keepdims=True), pre, hidden)

        def near_one(key, shape, dtype=float):
            return 1 + initial(key, shape, dtype)

        second = self.param("W2", near_one, (self.units, self.outputs))
        answers = jnp.matmul(hidden, second, precision="highest")
        if self.bias is not None:
            constant = nn.initializers.constant(self.bias if self.bias_signs == "same" else 0.0)
            answers = answers + self.param("b2", constant, (self.outputs,))[None]
        return Answers(answers / self.units, pre, hidden)


class ConvolutionalCommittee(nn.Module):
    """Mean of filters at all places: ``f(x) = (1/(F L)) sum_f sum_s act(w_f(. - s) . x + b_f)``.

    A committee machine of F L units with tied weights: filters as long as the input, shifted
    around the ring or torus, and one bias each. Parameters ``W1 [pixel, filter]`` and
    ``b1 [filter]`` where `bias` is given. Of its `Answers`, `hidden` is the mean of a filter's
    activations over all places, whose mean over filters is the output; `pre_activations` are those
    at the filters' own place, distributed as at any other.

    Attributes:
      units: F, the number of filters.
      activation, weights, scale, bias, bias_signs: as of `CommitteeMachine`.
      shape: rows and columns of a torus, of flattened inputs; None: a ring.
    """

    units: int
    activation: str = "tanh"
    weights: str = "lecun_normal"
    scale: float = 1.0
    bias: float | None = 0.0
    bias_signs: str = "same"
    shape: tuple[int, ...] | None = None

    @nn.compact
    def __call__(self, inputs: Float[Array, "input pixel"]) -> Answers:
        pixels = inputs.shape[1]
        filters = self.param("W1", WEIGHTS[self.weights](self.scale), (pixels, self.units))
        shifted = jnp.asarray(filters)[_shifts(self.shape or (pixels,))]  # [pixel, shift, filter]
        tied = shifted.reshape(pixels, -1)
        pre = jnp.matmul(inputs, tied, precision="highest").reshape(-1, pixels, self.units)
        if self.bias is not None:
            biases = initial_biases(self.bias, self.bias_signs)
            pre = pre + self.param("b1", biases, (self.units,))[None, None]
        hidden = jnp.mean(ACTIVATIONS[self.activation](pre), 1)
        return Answers(jnp.mean(hidden, 1, keepdims=True), pre[:, 0], hidden)


def _shifts(shape: tuple[int, ...]) -> np.ndarray:
    """``[pixel, shift]``: which weight of a filter lies on a pixel after a shift around."""
    places = np.stack(np.unravel_index(np.arange(np.prod(shape)), shape), -1)
    moved = (places[:, None] - places) % shape
    return np.ravel_multi_index(tuple(np.moveaxis(moved, -1, 0)), shape)


class SparseAutoencoder(nn.Module):
    """Reconstructs its input from few active hidden units.

    Parameters ``W1 [pixel, unit]``, ``b1 [unit]`` where `bias` is given, ``W2 [unit, pixel]``;
    the loss that makes it sparse is `sparsity`.

    Attributes:
      units, activation, weights, scale, bias, bias_signs: as of `CommitteeMachine`.
    """

    units: int
    activation: str = "relu"
    weights: str = "lecun_normal"
    scale: float = 1.0
    bias: float | None = 0.0
    bias_signs: str = "same"

    @nn.compact
    def __call__(self, inputs: Float[Array, "input pixel"]) -> Answers:
        initial = WEIGHTS[self.weights](self.scale)
        pixels = inputs.shape[1]
        pre = jnp.matmul(
            inputs, self.param("W1", initial, (pixels, self.units)), precision="highest"
        )
        if self.bias is not None:
            biases = initial_biases(self.bias, self.bias_signs)
            pre = pre + self.param("b1", biases, (self.units,))[None]
        hidden = ACTIVATIONS[self.activation](pre)
        second = self.param("W2", initial, (self.units, pixels))
        return Answers(jnp.matmul(hidden, second, precision="highest"), pre, hidden)


def sparsity(
    pre_activations: Float[Array, "input unit"], rate: float | None = 0.05
) -> Float[jax.Array, ""]:
    """What a sparse code pays, in nats per unit: small where units are seldom active.

    With a rate rho the mean over units of ``KL(rho || mean of sigmoid(h) over inputs)``
    between Bernoulli variables; without one the mean size of h.

    Raises:
      ValueError: a rate outside (0, 1).

    >>> float(sparsity(jnp.zeros((3, 2)), rate=0.5))  # half active, as wanted
    0.0
    >>> float(sparsity(jnp.array([[-2.0, 4.0]]), rate=None))
    3.0
    """
    if rate is None:
        return jnp.mean(jnp.abs(pre_activations))
    if not 0 < rate < 1:
        raise ValueError(f"rate: {rate} is outside (0, 1)")
    active = jnp.mean(jax.nn.sigmoid(pre_activations), 0)
    on = rate * (jnp.log(rate) - jnp.log(active))
    return jnp.mean(on + (1 - rate) * (jnp.log1p(-rate) - jnp.log1p(-active)))


def _truncated(scale: float) -> Callable:
    def initial(key, shape, dtype=float):
        deviation = (scale / shape[0]) ** 0.5
        return deviation * jax.random.truncated_normal(key, -2, 2, shape, dtype)

    return initial


def _bumps(scale: float, shape: tuple[int, int]) -> jax.Array:
    """``[input, unit]``: bumps at pixels 2 to 4; shorter inputs see the part that fits."""
    bump = jnp.zeros(max(shape[0], 5)).at[2:5].set(jnp.array([1.0, 2.0, 1.0]))[: shape[0]]
    sign = 1 - 2 * (jnp.arange(shape[1]) % 2)
    return scale**0.5 * bump[:, None] * sign
