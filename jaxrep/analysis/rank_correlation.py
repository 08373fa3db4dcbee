"""Kendall's rank correlation of two numbers of many networks, its interval and its null."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Shaped

from jaxrep.arrays import class_indices, finite_array, real_array
from jaxrep.typing import Array


class RankCorrelation(NamedTuple):
    """Kendall's tau-b, between -1 and 1.

    Attributes:
      tau: of all networks; NaN where one of the numbers is the same for all.
      low, high: 95 % of bootstrap draws over networks.
      null: what 95 % of random pairings stay below in size.
      share: of random pairings that are at least as large in size: a two-sided p-value.
      networks: their number.
    """

    tau: float
    low: float
    high: float
    null: float
    share: float
    networks: int


def rank_correlation(
    first: Shaped[Array, " network"],
    second: Shaped[Array, " other"],
    groups: Shaped[Array, " labelled"] | None = None,
    seed: int = 0,
    times: int = 500,
) -> RankCorrelation:
    """Whether networks with more of one have more of the other, however curved the relation.

    With `groups` (the settings of a sweep) all pairs of networks are taken from one group: what is
    left of the relation among networks that differ by nothing but their seeds. The bootstrap draws
    networks, and the null pairs numbers anew, within groups.

    >>> found = rank_correlation(np.arange(20.0), np.arange(20.0) ** 3)
    >>> found.tau, found.share < 0.01, found.networks
    (1.0, True, 20)

    Args:
      first, second: a number for every network; those that are not finite are left out by pairs.
      groups: labels of any kind.
      seed: of the draws.
      times: number of draws, two at least.

    Raises:
      ValueError: numbers that are not one per network, fewer than 3 pairs, or fewer than two
        draws.
    """
    pair = real_array(first, "first"), real_array(second, "second")
    x, y = (np.asarray(values, float) for values in pair)
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError(f"second: shape {y.shape} beside {x.shape}; one number per network")
    if times < 2:
        raise ValueError(f"times: {times} given; at least 2 are needed")
    labels = np.zeros(len(x), int) if groups is None else class_indices(groups, "groups")[1]
    if len(labels) != len(x):
        raise ValueError(f"groups: {len(labels)} given for {len(x)} networks")
    known = np.isfinite(x) & np.isfinite(y)
    x, y, labels = finite_array(x[known], "first"), y[known], labels[known]
    if len(x) < 3:
        raise ValueError(f"first: {len(x)} finite pairs given; 3 or more are needed")
    parts = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    draw = np.random.default_rng(seed)
    first_signs, second_signs = _signs(x), _signs(y)
    beside = labels[:, None] == labels
    tau = _pooled(first_signs * beside, second_signs * beside)
    again, shuffled = [], []
    for _ in range(times):
        rows = np.concatenate([part[draw.integers(0, len(part), len(part))] for part in parts])
        pairs = np.ix_(rows, rows)
        same = beside[pairs]
        again.append(_pooled(first_signs[pairs] * same, second_signs[pairs] * same))
        places = np.arange(len(x))
        for part in parts:
            places[part] = part[draw.permutation(len(part))]
        other = second_signs[np.ix_(places, places)]
        shuffled.append(abs(_pooled(first_signs * beside, other * beside)))
    if not np.isfinite(tau):
        return RankCorrelation(tau, np.nan, np.nan, np.nan, np.nan, len(x))
    low, high = np.nanpercentile(again, [2.5, 97.5])
    share = (1 + np.sum(np.array(shuffled) >= abs(tau) - 1e-12)) / (times + 1)
    null = np.nanpercentile(shuffled, 95)
    return RankCorrelation(tau, float(low), float(high), float(null), float(share), len(x))


def _signs(values: np.ndarray) -> np.ndarray:
    """1 where the row's number is larger, -1 where it is smaller, 0 of ties: ``[row, other]``."""
    return np.sign(values[:, None] - values)


def _pooled(first: np.ndarray, second: np.ndarray) -> float:
    """``sum a b / root(sum a^2 sum b^2)`` over pairs: tau-b, in which ties count for neither."""
    size = float(np.sqrt(np.sum(first**2) * np.sum(second**2)))
    return float(np.sum(first * second)) / size if size > 0 else float("nan")
