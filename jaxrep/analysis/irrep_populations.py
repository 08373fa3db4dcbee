"""Which irreps a population of networks uses, how often, in what order: counts with intervals.

Source of the question: Chughtai, Chan and Nanda (2023), arXiv:2302.03025, on universality. Of the
intervals: Wilson, JASA 22 (1927), 209-212; Clopper and Pearson, Biometrika 26 (1934), 404-413.
"""

from typing import NamedTuple

import numpy as np
import scipy.stats
from jaxtyping import Bool, Float, Int, Shaped

from jaxrep.arrays import native_array, real_array
from jaxrep.typing import Array


class IrrepPopulation(NamedTuple):
    """R irreps in a population of networks.

    Attributes:
      networks: how many there are.
      count: networks that each irrep is key in.
      low, high: Wilson interval of the share of networks.
      learned_first: networks in which no key irrep was learned earlier; several that were
        learned at one step all count.
      place: mean place in the order of learning among a network's key irreps, 1 the first; those of
        one step share the mean of their places. NaN where it is never key, or no order is known.
    """

    networks: int
    count: Int[np.ndarray, " irrep"]
    low: Float[np.ndarray, " irrep"]
    high: Float[np.ndarray, " irrep"]
    learned_first: Int[np.ndarray, " irrep"]
    place: Float[np.ndarray, " irrep"]


def irrep_population(
    key: Bool[Array, "network irrep"],
    learned: Shaped[Array, "network irrep"] | None = None,
    level: float = 0.95,
) -> IrrepPopulation:
    """How often each irrep is key among networks, and when it is learned.

    Args:
      key: the key irreps of each network (`key_irreps`).
      learned: step at which each was learned (`first_learned`), or its place; NaN where that is
        not known, which leaves the irrep out of its network's order.
      level: of the intervals.

    Raises:
      ValueError: no network, or another shape of `learned`.

    >>> key = np.array([[True, True], [True, False]])
    >>> found = irrep_population(key, np.array([[20.0, 10.0], [5.0, 0.0]]))
    >>> found.count.tolist(), found.learned_first.tolist(), found.place.tolist()
    ([2, 1], [1, 1], [1.5, 1.0])
    """
    key = np.asarray(native_array(key, "key")).astype(bool)
    if key.ndim != 2 or not len(key):
        raise ValueError(f"key: shape {key.shape} given; a row for each of one or more networks")
    steps = np.full(key.shape, np.nan)
    if learned is not None:
        steps = np.asarray(real_array(learned, "learned"), float)
        if steps.shape != key.shape:
            raise ValueError(f"learned: shape {steps.shape} given for key of shape {key.shape}")
    known = key & np.isfinite(steps)
    places = np.full(key.shape, np.nan)
    for row, marks, when in zip(places, known, steps, strict=True):
        row[marks] = scipy.stats.rankdata(when[marks])
    earliest = np.min(np.where(known, steps, np.inf), axis=1, keepdims=True, initial=np.inf)
    count = key.sum(0)
    low, high = wilson_interval(count, np.full_like(count, len(key)), level)
    ordered = known.sum(0)
    place = np.where(ordered > 0, np.nansum(places, 0) / np.maximum(ordered, 1), np.nan)
    return IrrepPopulation(len(key), count, low, high, (known & (steps == earliest)).sum(0), place)


def wilson_interval(
    count: Int[Array, "..."], total: Int[Array, "..."], level: float = 0.95
) -> tuple[Float[np.ndarray, "..."], Float[np.ndarray, "..."]]:
    """Wilson's interval of a share, from `count` of `total`; never outside 0 to 1.

    ``(p + z^2 / 2N -+ z sqrt(p (1 - p) / N + z^2 / 4N^2)) / (1 + z^2 / N)``.

    >>> low, high = wilson_interval(np.array([49, 0]), np.array([50, 50]))
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.895, 0.0], [0.996, 0.071])
    """
    count, total = _counts(count, total)
    z = scipy.stats.norm.isf((1 - level) / 2)
    share = count / total
    middle = share + z**2 / (2 * total)
    half = z * np.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    scale = 1 + z**2 / total
    return np.maximum((middle - half) / scale, 0), np.minimum((middle + half) / scale, 1)


def exact_interval(
    count: Int[Array, "..."], total: Int[Array, "..."], level: float = 0.95
) -> tuple[Float[np.ndarray, "..."], Float[np.ndarray, "..."]]:
    """The interval of Clopper and Pearson of a share: has at least `level`, and is wider.

    >>> low, high = exact_interval(np.array([18, 0]), np.array([50, 50]))
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.229, 0.0], [0.508, 0.071])
    """
    count, total = _counts(count, total)
    tail = (1 - level) / 2
    low = scipy.stats.beta.ppf(tail, np.maximum(count, 1), total - count + 1)
    high = scipy.stats.beta.isf(tail, count + 1, np.maximum(total - count, 1))
    return np.where(count > 0, low, 0.0), np.where(count < total, high, 1.0)


def _counts(count: Array, total: Array) -> tuple[np.ndarray, np.ndarray]:
    count = np.asarray(real_array(count, "count"))
    total = np.asarray(real_array(total, "total"))
    if (total < 1).any():
        raise ValueError(f"total: {int(total.min())} given; at least 1 is needed")
    if ((count < 0) | (count > total)).any():
        raise ValueError("count: a share outside 0 to 1 given; 0 .. total are counted")
    return count, total
