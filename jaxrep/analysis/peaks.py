"""When is the place of a receptive field decided? Its final peak, looked for earlier on."""

import jax
import jax.numpy as jnp
from jaxtyping import Bool, Float

from jaxrep.typing import Array


def peak_among_top(
    fields: Float[Array, "*batch step pixel"], top: int = 5
) -> Bool[jax.Array, "*batch step"]:
    """Whether the largest weight of the last step is among the `top` largest of every step.

    Size counts, not sign. By chance it would be in top / L of all steps.

    Raises:
      ValueError: top is not between 1 and the number of pixels.
    """
    size = jnp.abs(jnp.asarray(fields))
    last = jnp.argmax(size[..., -1, :], -1)
    return jnp.any(_top(size, top) == last[..., None, None], -1)


def top_overlap(
    fields: Float[Array, "*batch step pixel"], top: int = 5
) -> Float[jax.Array, "*batch step"]:
    """Share of the `top` largest weights of the last step that are so in every step.

    By chance top / L.

    Raises:
      ValueError: top is not between 1 and the number of pixels.
    """
    places = _top(jnp.abs(jnp.asarray(fields)), top)
    same = places[..., :, None] == places[..., -1:, None, :]
    return jnp.mean(jnp.any(same, -1).astype(float), -1)


def _top(size: jax.Array, top: int) -> jax.Array:
    if not 1 <= top <= size.shape[-1]:
        raise ValueError(f"top: {top} is outside 1 .. {size.shape[-1]}, the number of pixels")
    return jax.lax.top_k(size, top)[1]
