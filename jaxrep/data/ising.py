"""The Ising model on a ring or on an open chain, sampled exactly: no Markov chain, no burn-in."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Key

from jaxrep.typing import Array, Real


def sample_ising(
    key: Key[Array, ""], count: int, length: int, coupling: Real, *, periodic: bool = True
) -> Float[jax.Array, "count pixel"]:
    """Spins of -1 and +1 with ``P ~ exp(J sum_i s_i s_(i+1))`` on a ring, no field.

    Not periodic: a chain whose ends are no neighbours.

    Pixel by pixel: given its left neighbour and pixel 0, behind it the chain of the other
    pixels summed out, spin s has weight ``(1 + t s s_(i-1)) (1 + t^(L-i) s s_0)``,
    ``t = tanh J`` (transfer matrices; Baxter 1982, chapter 2).

    >>> bool((jnp.abs(sample_ising(jax.random.key(0), 2, 4, 0.5)) == 1).all())
    True
    >>> bool((jnp.abs(sample_ising(jax.random.key(0), 5, 4, 100.0).sum(1)) == 4).all())  # aligned
    True
    """
    t = jnp.tanh(jnp.asarray(coupling, jnp.float32))
    first, rest = jax.random.split(key)
    zero = jax.random.rademacher(first, (count,), jnp.float32)
    uniform = jax.random.uniform(rest, (length - 1, count))

    def add(left, given):
        draw, back = given
        up = (1 + t * left) * (1 + back * zero)
        down = (1 - t * left) * (1 - back * zero)
        spin = jnp.where(draw * (up + down) < up, 1.0, -1.0)
        return spin, spin

    back = t ** jnp.arange(length - 1, 0, -1)
    back = back if periodic else jnp.zeros_like(back)  # nothing behind the last pixel
    _, others = jax.lax.scan(add, zero, (uniform, back))
    return jnp.concatenate([zero[None], others]).T


def ising_covariance(
    length: int, coupling: float, *, periodic: bool = True
) -> Float[np.ndarray, " pixel"]:
    """``(t^d + t^(L-d)) / (1 + t^L)`` at distance d on a ring, ``t^d`` on an open chain.

    >>> ising_covariance(4, 0.0).tolist(), ising_covariance(4, 100.0).tolist()
    ([1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0])
    """
    t, place = np.tanh(coupling), np.arange(length)
    if not periodic:
        return t**place
    return (t**place + t ** (length - place)) / (1 + t**length)
