"""Standard errors of any statistic of samples: jackknife and bootstrap."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

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
    *samples: Float[Array, "sample ..."],
    groups: Int[Array, " sample"] | int | None = None,
) -> Estimate:
    """Leave out one group of samples after the other (Efron and Stein 1981).

    Args:
      statistic: ``*samples -> [...]``, called with rows left out.
      samples: arrays with the same first axis, of which the same rows are left out.
      groups: of every sample (pictures of one person, repetitions of one picture), or how many
        interleaved groups to make; None leaves out single samples.

    Raises:
      ValueError: fewer than two groups.
    """
    count = len(samples[0])
    if groups is None:
        groups = np.arange(count)
    elif np.ndim(groups) == 0:
        groups = np.arange(count) % groups
    names = np.unique(groups)
    if len(names) < 2:
        raise ValueError(f"groups: {len(names)} given; at least 2 are needed")
    value = np.asarray(statistic(*samples), float)
    left = np.stack([statistic(*(s[groups != name] for s in samples)) for name in names])
    bias = (len(names) - 1) * (left.mean(0) - value)
    return Estimate(value, np.sqrt((len(names) - 1) * left.var(0)), bias)


def bootstrap(
    statistic: Callable[..., Array],
    *samples: Float[Array, "sample ..."],
    seed: int = 0,
    times: int = 200,
    together: bool = True,
) -> Estimate:
    """Draw samples again with replacement (Efron 1979).

    Args:
      statistic: ``*samples -> [...]``.
      samples: arrays of samples.
      seed: of the draws.
      times: number of draws.
      together: the same rows of all arrays (samples in pairs); else each array by itself.
    """
    draw = np.random.default_rng(seed)
    value = np.asarray(statistic(*samples), float)
    found = []
    for _ in range(times):
        rows: Sequence[np.ndarray] = [draw.integers(0, len(s), len(s)) for s in samples]
        rows = [rows[0]] * len(rows) if together else rows
        found.append(statistic(*(s[r] for s, r in zip(samples, rows, strict=True))))
    found = np.asarray(found, float)
    return Estimate(value, found.std(0, ddof=1), found.mean(0) - value)
