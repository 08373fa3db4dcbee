"""Pulses and blocks on a ring: inputs with sharp edges."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Key

from jaxrep.typing import Array, Real


def sample_pulse(
    key: Key[Array, ""], count: int, length: int, shortest: Real, longest: Real
) -> Float[jax.Array, "count pixel"]:
    """One pulse of +1 on a ring of -1, or the reverse with probability 1/2.

    Its extent is uniform on shortest .. longest pixels, its start uniform on the ring.
    (Support (0, 1), as in the original, is ``(x + 1) / 2``.)

    >>> jnp.abs(sample_pulse(jax.random.key(0), 4, 10, 3, 3).sum(1)).tolist()  # 7 - 3
    [4.0, 4.0, 4.0, 4.0]
    """
    first, second, third = jax.random.split(key, 3)
    extent = jax.random.randint(first, (count, 1), shortest, jnp.asarray(longest) + 1)
    start = jax.random.randint(second, (count, 1), 0, length)
    sign = jax.random.rademacher(third, (count, 1), jnp.float32)
    inside = (jnp.arange(length) - start) % length < extent
    return jnp.where(inside, sign, -sign)


def extent_of_share(length: int, share: Real) -> jax.Array:
    """Whole pixels of a share of the ring.

    >>> int(extent_of_share(40, 0.225))
    9
    """
    return jnp.round(jnp.asarray(share) * length).astype(int)


def pulse_covariance(length: int, shortest: int, longest: int) -> Float[np.ndarray, " pixel"]:
    """Covariance of pixel 0 with every pixel, for support (-1, 1).

    A pulse of extent m parts two pixels at distance d for ``2 min(d, m, L - m)`` of its L
    starts, hence ``1 - 4 min(d, m, L - m) / L``, averaged over extents.

    >>> pulse_covariance(8, 4, 4).tolist()  # a triangle wave
    [1.0, 0.5, 0.0, -0.5, -1.0, -0.5, 0.0, 0.5]
    """
    place = np.arange(length)
    distance = np.minimum(place, length - place)
    extents = np.arange(shortest, longest + 1)
    smallest = np.minimum(extents, length - extents)
    return (1 - 4 * np.minimum(distance, smallest[:, None]) / length).mean(0)


def sample_block(
    key: Key[Array, ""], count: int, length: int, extent: Real
) -> Float[jax.Array, "count pixel"]:
    """Rows of `disjoint_blocks`, equally likely; the extent may be traced and divides length.

    >>> found = sample_block(jax.random.key(0), 5, 6, 2)
    >>> (found == 1).sum(1).tolist()
    [2, 2, 2, 2, 2]
    """
    extent = jnp.asarray(extent)
    block = jax.random.randint(key, (count, 1), 0, length // extent)
    inside = jnp.arange(length) // extent == block
    return jnp.where(inside, 1.0, -1.0)


def disjoint_blocks(length: int, extent: int) -> Float[np.ndarray, "block pixel"]:
    """All disjoint blocks of +1 of that extent, on -1.

    Raises:
      ValueError: extent does not divide length.

    >>> disjoint_blocks(4, 2).tolist()
    [[1.0, 1.0, -1.0, -1.0], [-1.0, -1.0, 1.0, 1.0]]
    """
    if extent < 1 or length % extent:
        raise ValueError(f"extent: {extent} does not divide the {length} pixels")
    return 2 * np.kron(np.eye(length // extent), np.ones(extent)) - 1
