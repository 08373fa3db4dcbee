"""Networks that cannot learn, told apart before hours are spent on them."""

import jax
import jax.numpy as jnp
from jaxtyping import Bool, Float, Int

from jaxrep.typing import Array


def is_dead(
    activations: Float[Array, "sample unit"], tolerance: float = 0.0
) -> Bool[jax.Array, ""]:
    """Whether no unit of a layer tells any two inputs apart, so that nothing passes it.

    Args:
      activations: of one layer on a set of inputs.
      tolerance: ranges up to it count as constant.
    """
    values = jnp.asarray(activations)
    return jnp.all(jnp.max(values, 0) - jnp.min(values, 0) <= tolerance)


def clipped_share(
    logits: Float[Array, "sample output"], classes: Int[Array, " sample"], floor: float = 1e-7
) -> Float[jax.Array, ""]:
    """Share of inputs whose true class has a probability outside [floor, 1 - floor].

    They have no gradient under `jaxrep.losses.clipped_cross_entropy`; at 1 the network is frozen.
    """
    probability = jax.nn.softmax(jnp.asarray(logits), -1)
    own = jnp.take_along_axis(probability, jnp.asarray(classes)[:, None], -1)[:, 0]
    return jnp.mean(((own < floor) | (own > 1 - floor)).astype(probability.dtype))
