"""Samples that satisfy a condition, and patches of pictures."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Key

from jaxrep.typing import Array


class Selected(NamedTuple):
    """Samples that were kept.

    Attributes:
      samples: those that satisfy the condition first, in the order drawn; zeros where too few do.
      found: which rows are samples.
    """

    samples: Float[Array, "count pixel"]
    found: Bool[Array, " count"]


def select_candidates(
    candidates: Float[Array, "candidate pixel"], keep: Bool[Array, " candidate"], count: int
) -> Selected:
    """The first `count` candidates to keep, of a fixed shape, so that it compiles.

    >>> candidates = np.array([[1.0], [2.0], [3.0]])
    >>> found = select_candidates(candidates, np.array([False, True, False]), 2)
    >>> found.samples.ravel().tolist(), found.found.tolist()
    ([2.0, 0.0], [True, False])
    """
    order = jnp.argsort(~jnp.asarray(keep), stable=True)[:count]
    found = jnp.asarray(keep)[order]
    return Selected(jnp.where(found[:, None], jnp.asarray(candidates)[order], 0), found)


def sample_where(
    key: Key[Array, ""],
    sample: Callable[[jax.Array, int], Float[Array, "candidate pixel"]],
    condition: Callable[[Float[Array, "candidate pixel"]], Bool[Array, " candidate"]],
    count: int,
    oversampling: int = 4,
) -> Selected:
    """Samples of a family that satisfy a condition: a symmetry of the family broken.

    Args:
      key: random key.
      sample: ``(key, n) -> samples``.
      condition: ``samples -> which to keep``.
      count: how many are wanted.
      oversampling: candidates drawn for each; 1 / share kept, with some to spare.

    >>> def spins(key, count):
    ...     return jax.random.rademacher(key, (count, 1), float)
    >>> found = sample_where(jax.random.key(0), spins, lambda x: x[:, 0] > 0, count=3)
    >>> found.samples.ravel().tolist(), found.found.tolist()
    ([1.0, 1.0, 1.0], [True, True, True])
    """
    candidates = sample(key, count * oversampling)
    return select_candidates(candidates, condition(candidates), count)


def orient_samples(
    samples: Float[Array, "count pixel"], half: str
) -> Float[jax.Array, "count pixel"]:
    """Samples of a family that is symmetric under x -> -x, given a sign: none is thrown away.

    Turning a sample over has the distribution that leaving it out would give.

    Args:
      samples: of a symmetric family.
      half: ``mean`` for samples of non-negative mean, ``first`` of non-negative pixel 0.

    Raises:
      ValueError: another half.

    >>> orient_samples(np.array([[-1.0, -2.0], [3.0, -1.0]]), "mean").tolist()
    [[1.0, 2.0], [3.0, -1.0]]
    """
    if half not in ("mean", "first"):
        raise ValueError(f"half: {half!r} is not known; allowed are mean, first")
    samples = jnp.asarray(samples)
    side = jnp.mean(samples, 1) if half == "mean" else samples[:, 0]
    return jnp.where(side[:, None] < 0, -samples, samples)


def rescale_support(
    samples: Float[Array, "*shape"], low: float = 0.0, high: float = 1.0
) -> Float[jax.Array, "*shape"]:
    """Samples of -1 .. 1 on ``low .. high`` instead: ``low + (x + 1) (high - low) / 2``.

    Values beyond -1 and 1, such as those of normal inputs, end as far beyond low and high.

    >>> rescale_support(jnp.array([-1.0, 0.0, 1.0, 3.0])).tolist()
    [0.0, 0.5, 1.0, 2.0]
    """
    return low + (jnp.asarray(samples) + 1) * ((high - low) / 2)


def sample_patches(
    key: Key[Array, ""], images: Float[Array, "image height width"], count: int, side: int
) -> Float[jax.Array, "count pixels"]:
    """Square patches at uniform places of uniform pictures, flattened.

    Raises:
      ValueError: a side that the pictures do not have room for.

    >>> found = sample_patches(jax.random.key(0), np.full((2, 5, 5), 3.0), count=4, side=2)
    >>> found.shape, float(found.min())
    ((4, 4), 3.0)
    """
    number, height, width = np.shape(images)
    if not 1 <= side <= min(height, width):
        raise ValueError(f"side: {side} is outside 1 .. {min(height, width)}, the pictures' size")
    first, second, third = jax.random.split(key, 3)
    image = jax.random.randint(first, (count,), 0, number)
    top = jax.random.randint(second, (count,), 0, height - side + 1)
    left = jax.random.randint(third, (count,), 0, width - side + 1)

    def cut(image, top, left):
        return jax.lax.dynamic_slice(images, (image, top, left), (1, side, side)).reshape(-1)

    images = jnp.asarray(images)
    return jax.vmap(cut)(image, top, left)
