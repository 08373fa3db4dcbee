"""Networks whose outputs are a code of a stimulus, and how an angle is read from it."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Float

from jaxrep.models.activations import ACTIVATIONS
from jaxrep.models.shared_inputs import own_inputs
from jaxrep.typing import Array, Real


def uniform_fan_in(fan_in: int):
    """Initialiser: uniform within 1 / sqrt(fan_in), PyTorch's of weights and of biases.

    >>> drawn = uniform_fan_in(4)(jax.random.key(0), (1000,))
    >>> bool(jnp.all(jnp.abs(drawn) <= 0.5)), round(float(jnp.abs(drawn).max()), 1)
    (True, 0.5)
    """

    def draw(key, shape, dtype=float):
        limit = fan_in**-0.5
        return jax.random.uniform(key, shape, dtype, -limit, limit)

    return draw


class CodeNetwork(nn.Module):
    """Dense layers, linear at the end.

    Parameters ``W1 [feature, unit]``, ``b1``, ...

    Attributes:
      architecture: units of the hidden layers.
      outputs: numbers of the code.
      activation: a name of `jaxrep.models.activations.ACTIVATIONS`.
    """

    architecture: Sequence[int]
    outputs: int = 2
    activation: str = "celu"

    def __call__(self, inputs: Float[Array, "stimulus feature"]) -> Float[Array, "stimulus output"]:
        return self.layers(inputs)[-1]

    @nn.compact
    def layers(
        self, inputs: Float[Array, "stimulus feature"]
    ) -> list[Float[Array, "stimulus unit"]]:
        """Activations of the hidden layers, then the code."""
        found = []
        x, sizes = inputs, (*self.architecture, self.outputs)
        for index, units in enumerate(sizes, 1):
            draw = uniform_fan_in(x.shape[-1])
            weights = self.param(f"W{index}", draw, (x.shape[-1], units))
            bias = self.param(f"b{index}", draw, (units,))
            x = jnp.matmul(own_inputs(x, weights), weights, precision="highest") + bias
            if index < len(sizes):
                x = ACTIVATIONS[self.activation](x)
            found.append(x)
        return found


def angle_target(angle: Real, circular: bool) -> Float[Array, "*batch 2"]:
    """Where the code of an angle (radians) should be: ``(angle, angle)`` or ``(cos, sin)``.

    >>> angle_target(0.5, circular=False).tolist(), angle_target(0.0, circular=True).tolist()
    ([0.5, 0.5], [1.0, 0.0])
    """
    pair = (jnp.cos(angle), jnp.sin(angle)) if circular else (angle, angle)
    return jnp.stack(pair, -1)


def read_angle(code: Float[Array, "*batch 2"], circular: bool) -> Float[Array, "*batch"]:
    """The angle a code stands for, radians: the mean of both numbers, or their direction.

    >>> float(read_angle(jnp.array([0.2, 0.4]), circular=False))
    0.300
    >>> float(read_angle(angle_target(2.0, circular=True), circular=True))
    2.0
    """
    return jnp.arctan2(code[..., 1], code[..., 0]) if circular else jnp.mean(code, -1)


def angle_error(
    code: Float[Array, "*batch 2"], angle: Real, circular: bool
) -> Float[Array, "*batch"]:
    """Angle read minus true angle, radians; of a circular code within -pi .. pi.

    >>> code = angle_target(3.1, circular=True)
    >>> float(angle_error(code, -3.1, circular=True))  # the short way round: 6.2 - 2 pi
    -0.083
    """
    if not circular:
        return read_angle(code, False) - angle
    cosine, sine = jnp.cos(angle), jnp.sin(angle)
    across = cosine * code[..., 1] - sine * code[..., 0]
    return jnp.arctan2(across, cosine * code[..., 0] + sine * code[..., 1])
