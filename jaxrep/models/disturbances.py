"""What is done to hidden activations on their way: codes of a few bits, noise, dropout.

None of it is random by itself: keys are given, so that a network that is looked at is always the
same one.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Float, Key

from jaxrep.models.activations import RANGES
from jaxrep.typing import Array, Real


class Disturbance(NamedTuple):
    """How the hidden activations of a network are changed; None leaves a part out of the program.

    Attributes:
      levels: 2^bits - 1 steps between the ends of a layer's range; 0 leaves real numbers.
      noise: standard deviation of Gaussian noise.
      dropout: share of the activations that is set to 0, the others scaled up to keep the mean.
      key: of noise and dropout.
      range_samples: the range of a layer that has no fixed one is that of the first so many
        samples; 0 is all samples. The same inputs then have the same codes whatever is beside.
    """

    levels: Real | None = None
    noise: Real | None = None
    dropout: Real | None = None
    key: Key[Array, ""] | None = None
    range_samples: int = 0


def code_levels(bits: Real) -> Real:
    """``2^bits - 1``, and 0 of 0 bits, which stand for real numbers.

    >>> [float(code_levels(bits)) for bits in (0, 1, 8)]
    [0.0, 1.0, 255.0]
    """
    return jnp.exp2(bits) - 1


def code_range(
    activation: str, values: Float[Array, "*shape"]
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Ends of a layer's code: those of the activation function, or of the values where it has none.

    >>> [float(end) for end in code_range("relu", jnp.array([0.0, 3.0]))]
    [0.0, 3.0]
    """
    low, high = RANGES.get(activation, (None, None))
    ends = values.min() if low is None else low, values.max() if high is None else high
    return jnp.asarray(ends[0], values.dtype), jnp.asarray(ends[1], values.dtype)


def quantise(
    values: Float[Array, "*shape"], low: Real, high: Real, levels: Real
) -> Float[Array, "*shape"]:
    """``low + round((clip(x) - low) / D) D``, ``D = (high - low) / levels``; gradient of the clip.

    The gradient passes straight through the rounding, 1 from end to end and 0 beyond (Lorenzen,
    Igel and Nielsen 2022). The values are exactly the levels. 0 levels leave values as they are.

    >>> quantise(jnp.array([-3.0, -0.2, 0.2, 0.9]), -1.0, 1.0, 3).round(4).tolist()
    [-1.0, -0.3333, 0.3333, 1.0]
    >>> jax.grad(lambda x: quantise(x, -1.0, 1.0, 3))(0.2)
    Array(1., dtype=float32, weak_type=True)

    Args:
      values: activations.
      low, high: ends of the range; no gradient passes through them.
      levels: 2^bits - 1.
    """
    values = jnp.asarray(values)
    low, high = jax.lax.stop_gradient(low), jax.lax.stop_gradient(high)
    span = high - low
    share = (jnp.clip(values, low, high) - low) / jnp.where(span > 0, span, 1)
    steps = jnp.maximum(levels, 1)
    code = jax.lax.stop_gradient(low + jnp.round(share * steps) * (span / steps))
    # 1 also at the ends themselves, where a clip would pass a half
    inside = (values >= low) & (values <= high)
    through = jnp.where(inside, values, jax.lax.stop_gradient(values))
    # the second term is exactly 0, so that equal codes are equal numbers
    coded = code + (through - jax.lax.stop_gradient(through))
    return jnp.where(levels > 0, coded, values)


def disturb(
    disturbance: Disturbance, activation: str, layer: int, values: Float[Array, "unit sample"]
) -> tuple[Float[Array, "unit sample"], Float[Array, "unit sample"]]:
    """The activations as they are looked at, and as they go on to the next layer.

    What is looked at is coded, and is without the layer's own noise and dropout: of a noisy layer
    ``T = S + Z`` it is S, which sample propagation needs.

    Args:
      disturbance: what to do.
      activation: name of the function that gave the values.
      layer: number of the layer, for its own part of the key.
      values: activations.

    >>> values = jnp.array([[-0.9, 0.9, 0.1]])
    >>> nothing = Disturbance()
    >>> seen, onward = disturb(nothing, "tanh", 0, values)
    >>> seen.tolist() == onward.tolist() == values.tolist()
    True
    """
    if disturbance.levels is not None:
        ranged = values[:, : disturbance.range_samples or None]
        values = quantise(values, *code_range(activation, ranged), disturbance.levels)
    onward = values
    if disturbance.key is None:
        return values, onward
    key = jax.random.fold_in(disturbance.key, layer)
    if disturbance.noise is not None:
        drawn = jax.random.normal(jax.random.fold_in(key, 0), values.shape, values.dtype)
        onward = onward + disturbance.noise * drawn
    if disturbance.dropout is not None:
        kept = jax.random.uniform(jax.random.fold_in(key, 1), values.shape) >= disturbance.dropout
        onward = jnp.where(kept, onward / (1 - disturbance.dropout), 0)
    return values, onward
