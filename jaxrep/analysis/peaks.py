"""Peaks of receptive fields: when their place is decided, and how far two of them are apart."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from jaxrep.arrays import finite_array, real_array
from jaxrep.typing import Array


def peak_among_top(
    fields: Shaped[Array, "*batch step pixel"], top: int = 5
) -> Bool[jax.Array, "*batch step"]:
    """Whether the largest weight of the last step is among the `top` largest of every step.

    Size counts, not sign. By chance it would be in top / L of all steps. Never in steps that are
    not finite, nor where the last one is not.

    Raises:
      ValueError: no steps or pixels; top is not between 1 and the number of pixels.
    """
    size, known = _sizes(fields)
    last = jnp.argmax(size[..., -1, :], -1)
    return jnp.any(_top(size, top) == last[..., None, None], -1) & known


def top_overlap(
    fields: Shaped[Array, "*batch step pixel"], top: int = 5
) -> Float[jax.Array, "*batch step"]:
    """Share of the `top` largest weights of the last step that are so in every step.

    By chance top / L. NaN in steps that are not finite, and where the last one is not.

    Raises:
      ValueError: no steps or pixels; top is not between 1 and the number of pixels.
    """
    size, known = _sizes(fields)
    places = _top(size, top)
    same = places[..., :, None] == places[..., -1:, None, :]
    return jnp.where(known, jnp.mean(jnp.any(same, -1).astype(float), -1), jnp.nan)


def peak_distance(
    first: Shaped[Array, "*batch pixel"],
    second: Shaped[Array, "*batch pixel"],
    shape: Sequence[int] | None = None,
) -> Int[np.ndarray, "*batch"]:
    """Pixels between the largest weights (by size) of two fields, around the ring.

    On a torus of a `shape`, (height, width), the larger of the distances along its directions.

    >>> fields = np.eye(10)
    >>> int(peak_distance(fields[1], fields[9])), int(peak_distance(fields[0], fields[7], (2, 5)))
    (2, 2)

    Raises:
      ValueError: fields that are not finite, without pixels, or not of that shape.
    """
    first, second = np.abs(finite_array(first, "first")), np.abs(finite_array(second, "second"))
    shape = tuple(shape or first.shape[-1:])
    if not first.shape[-1] or np.prod(shape) != first.shape[-1]:
        raise ValueError(f"shape: {shape} given for fields of {first.shape[-1]} pixels")
    places = (np.unravel_index(np.argmax(size, -1), shape) for size in (first, second))
    apart = np.abs(np.subtract(*places))
    length = np.reshape(shape, (-1, *[1] * (apart.ndim - 1)))
    return np.asarray(np.minimum(apart, length - apart).max(0))


def _sizes(fields) -> tuple[jax.Array, jax.Array]:
    """Sizes of weights, and which steps can be compared with the last one."""
    size = jnp.abs(jnp.asarray(real_array(fields, "fields")))
    if size.ndim < 2 or 0 in size.shape[-2:]:
        raise ValueError(f"fields: shape {size.shape} is not [step, pixel] with one of each")
    finite = jnp.isfinite(size).all(-1)
    return size, finite & finite[..., -1:]


def _top(size: jax.Array, top: int) -> jax.Array:
    if not 1 <= top <= size.shape[-1]:
        raise ValueError(f"top: {top} is outside 1 .. {size.shape[-1]}, the number of pixels")
    return jax.lax.top_k(size, top)[1]
