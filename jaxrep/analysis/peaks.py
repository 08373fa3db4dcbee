"""Peaks of receptive fields: when their place is decided, and how far two of them are apart."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int

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


def peak_distance(
    first: Float[Array, "*batch pixel"],
    second: Float[Array, "*batch pixel"],
    shape: Sequence[int] | None = None,
) -> Int[np.ndarray, "*batch"]:
    """Pixels between the largest weights (by size) of two fields, around the ring.

    On a torus of a `shape`, (height, width), the larger of the distances along its directions.

    >>> fields = np.eye(10)
    >>> int(peak_distance(fields[1], fields[9])), int(peak_distance(fields[0], fields[7], (2, 5)))
    (2, 2)
    """
    first, second = np.abs(np.asarray(first)), np.abs(np.asarray(second))
    shape = tuple(shape or first.shape[-1:])
    places = (np.unravel_index(np.argmax(size, -1), shape) for size in (first, second))
    apart = np.abs(np.subtract(*places))
    length = np.reshape(shape, (-1, *[1] * (apart.ndim - 1)))
    return np.asarray(np.minimum(apart, length - apart).max(0))


def _top(size: jax.Array, top: int) -> jax.Array:
    if not 1 <= top <= size.shape[-1]:
        raise ValueError(f"top: {top} is outside 1 .. {size.shape[-1]}, the number of pixels")
    return jax.lax.top_k(size, top)[1]
