"""Standard errors of any statistic of samples: jackknife and bootstrap."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.arrays import class_indices, real_array
from jaxrep.typing import Array


class Estimate(NamedTuple):
    """A value with its uncertainty.

    Attributes:
      value: of all samples.
      error: standard error.
      bias: estimated; what an infinite sample would show is about ``value - bias``.
    """

    value: Float[np.ndarray, "..."]
    error: Float[np.ndarray, "..."]
    bias: Float[np.ndarray, "..."]


def jackknife(
    statistic: Callable[..., Array],
    *samples: Shaped[Array, "_ ..."],
    groups: Shaped[Array, " sample"] | int | None = None,
) -> Estimate:
    """Leave out one group of samples after the other (Efron and Stein 1981).

    >>> found = jackknife(np.mean, np.array([1.0, 2.0, 3.0, 4.0]))
    >>> float(found.value), round(float(found.error), 4)  # sd / sqrt(N)
    (2.5, 0.6455)

    Args:
      statistic: ``*samples -> [...]``, called with rows left out.
      samples: arrays with the same first axis, of which the same rows are left out.
      groups: of every sample (pictures of one person, repetitions of one picture) by any labels,
        or how many interleaved groups to make; None leaves out single samples.

    Raises:
      ValueError: fewer than two groups, groups that are not one per sample, no samples, or
        samples of unequal numbers.
    """
    arrays = _numbers(samples)
    count = _common_length(arrays)
    if groups is None:
        groups = count
    if np.ndim(groups) == 0:
        groups = np.arange(count) % max(int(groups), 1)
    names, index = class_indices(groups, "groups")
    if len(index) != count:
        raise ValueError(f"groups: {len(index)} given for {count} samples")
    if len(names) < 2:
        raise ValueError(f"groups: {len(names)} given; at least 2 are needed")
    value = np.asarray(statistic(*arrays), float)
    each = [statistic(*(s[index != name] for s in arrays)) for name in range(len(names))]
    left = np.stack([np.asarray(found, float) for found in each])
    with np.errstate(invalid="ignore"):  # of values that are infinite
        bias = (len(names) - 1) * (left.mean(0) - value)
        return Estimate(value, np.sqrt((len(names) - 1) * left.var(0)), bias)


def bootstrap(
    statistic: Callable[..., Array],
    *samples: Shaped[Array, "_ ..."],
    seed: int = 0,
    times: int = 200,
    together: bool = True,
    groups: Sequence[Shaped[Array, " _"] | None] | None = None,
) -> Estimate:
    """Draw samples again with replacement (Efron 1979).

    >>> found = bootstrap(np.mean, np.array([1.0, 2.0, 3.0, 4.0]))
    >>> float(found.value), round(float(found.error), 1)
    (2.5, 0.5)

    Args:
      statistic: ``*samples -> [...]``.
      samples: arrays of samples.
      seed: of the draws.
      times: number of draws, two at least.
      together: the same rows of all arrays (samples in pairs); else each array by itself.
      groups: for each array the groups of its samples, which are drawn whole, or None for single
        samples; of samples in pairs the first one counts.

    Raises:
      ValueError: no samples; samples in pairs of unequal numbers; groups that are not one per
        sample; fewer than two draws.
    """
    arrays = _numbers(samples)
    if together:
        _common_length(arrays)
    if times < 2:
        raise ValueError(f"times: {times} given; at least 2 are needed")
    given = [None] * len(arrays) if groups is None else list(groups)
    if len(given) != len(arrays):
        raise ValueError(f"groups: {len(given)} given for {len(arrays)} arrays of samples")
    parts = [_parts(len(s), names) for s, names in zip(arrays, given, strict=True)]
    draw = np.random.default_rng(seed)
    value = np.asarray(statistic(*arrays), float)
    found = []
    for _ in range(times):
        rows = [np.concatenate([p[i] for i in draw.integers(0, len(p), len(p))]) for p in parts]
        rows = [rows[0]] * len(rows) if together else rows
        found.append(statistic(*(s[r] for s, r in zip(arrays, rows, strict=True))))
    found = np.asarray(found, float)
    with np.errstate(invalid="ignore"):  # of values that are infinite
        return Estimate(value, found.std(0, ddof=1), found.mean(0) - value)


def _numbers(samples: Sequence[Array]) -> list[np.ndarray]:
    arrays = [np.asarray(real_array(values, "samples")) for values in samples]
    if not arrays or any(not a.ndim or not len(a) for a in arrays):
        raise ValueError(f"samples: shapes {[a.shape for a in arrays]} given; one row at least")
    return arrays


def _common_length(arrays: Sequence[np.ndarray]) -> int:
    lengths = [len(values) for values in arrays]
    if len(set(lengths)) > 1:
        raise ValueError(f"samples: {lengths} rows given; the same number of each is needed")
    return lengths[0]


def _parts(count: int, groups: Array | None) -> list[np.ndarray]:
    """Rows that are drawn together."""
    if groups is None:
        return list(np.arange(count)[:, None])
    names, index = class_indices(groups, "groups")
    if len(index) != count:
        raise ValueError(f"groups: {len(index)} given for {count} samples")
    return [np.flatnonzero(index == name) for name in range(len(names))]
