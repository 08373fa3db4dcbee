"""Batches of several classes in fixed shares: how many of each, and which sample is of which."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int


def class_counts(count: int, classes: int, shares: Sequence[float] = ()) -> list[int]:
    """How many of `count` samples belong to each class, by rounding the shares' partial sums.

    >>> class_counts(11, 3, (0.3, 0.2, 0.5)), class_counts(4, 2)
    ([3, 3, 5], [2, 2])

    Args:
      count: number of samples.
      classes: number of classes.
      shares: of each class, in any unit; empty makes them equal.

    Raises:
      ValueError: shares of another number of classes.
    """
    shares = tuple(shares) or (1 / classes,) * classes
    if len(shares) != classes:
        raise ValueError(f"shares: {len(shares)} given for {classes} classes")
    ends = np.round(np.cumsum(shares) / np.sum(shares) * count).astype(int)
    return np.diff(ends, prepend=0).tolist()


def class_indices(
    count: int, classes: int, shares: Sequence[float] = ()
) -> Int[np.ndarray, " sample"]:
    """The class of each of `count` samples, in order of the classes; arguments as `class_counts`.

    >>> class_indices(5, 2).tolist()
    [0, 0, 1, 1, 1]
    """
    counts = class_counts(count, classes, shares)
    return np.repeat(np.arange(classes), counts)
