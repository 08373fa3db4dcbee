"""Peaks of receptive fields: when their place is decided, and how far two of them are apart."""

from collections.abc import Sequence
from math import comb
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from jaxrep.arrays import finite_array, native_array, real_array
from jaxrep.typing import Array


def peak_among_top(
    fields: Shaped[Array, "*batch step pixel"], top: int = 5
) -> Bool[jax.Array, "*batch step"]:
    """Whether the largest weight of the last step is among the `top` largest of every step.

    Size counts, not sign. By chance it would be in top / L of all steps. Never in steps that are
    not finite, nor where the last one is not.

    Raises:
      ValueError: no steps or pixels; top is not between 1 and the number of pixels.

    >>> fields = np.array([[3.0, 1.0, 2.0], [1.0, 2.0, -3.0]])  # two steps
    >>> peak_among_top(fields, top=2).tolist(), peak_among_top(fields, top=1).tolist()
    ([True, True], [False, True])
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

    >>> fields = np.array([[3.0, 1.0, 2.0], [1.0, 2.0, -3.0]])  # two steps
    >>> top_overlap(fields, top=2).tolist()
    [0.5, 1.0]
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


def chance_distances(shape: Sequence[int]) -> Int[np.ndarray, " place"]:
    """`peak_distance` of a peak from every place: what it is where the place is left to chance.

    Their median is a quarter of a ring.

    >>> chance_distances((8,)).tolist(), float(np.median(chance_distances((100,))))
    ([0, 1, 2, 3, 4, 3, 2, 1], 25.0)
    """
    offsets = np.indices(tuple(shape)).reshape(len(tuple(shape)), -1)
    length = np.reshape(tuple(shape), (-1, 1))
    return np.minimum(offsets, length - offsets).max(0)


class PeakAgreement(NamedTuple):
    """How far the largest weights of pairs of fields are apart, and how far by chance.

    Attributes:
      distance: median over the pairs, in pixels.
      by_chance: median over all places.
      within: share of the pairs at most `near` pixels apart.
      within_by_chance: that share over all places.
      probability: that as many pairs or more are so near by chance (binomial).
    """

    distance: float
    by_chance: float
    within: float
    within_by_chance: float
    probability: float


def peak_agreement(
    distances: Int[Array, " pair"], shape: Sequence[int], near: int = 2
) -> PeakAgreement:
    """Whether fields have their largest weights at the same place more often than by chance.

    Args:
      distances: of `peak_distance`, one for each independent pair of fields.
      shape: of the ring or torus.
      near: pixels that count as the same place.

    Raises:
      ValueError: no distances.

    >>> far, near = (peak_agreement(np.array(x), (100,)) for x in ([12, 12], [0, 1, 1, 2]))
    >>> far.distance, far.by_chance, far.probability
    (12.0, 25.0, 1.0)
    >>> near.within, round(near.within_by_chance, 3), near.probability < 1e-4
    (1.0, 0.05, True)
    """
    distances = np.asarray(native_array(distances, "distances"))
    if not len(distances):
        raise ValueError("distances: none given; one or more are needed")
    every = chance_distances(shape)
    hits, share = int((distances <= near).sum()), float((every <= near).mean())
    count = len(distances)
    tail = [comb(count, k) * share**k * (1 - share) ** (count - k) for k in range(hits, count + 1)]
    return PeakAgreement(
        float(np.median(distances)),
        float(np.median(every)),
        hits / count,
        share,
        min(1.0, sum(tail)),
    )


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
