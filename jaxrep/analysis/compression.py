"""Whether curves of information compress: how far they end below their peak, and their own dips."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.analysis.information import lost_from_peak
from jaxrep.arrays import real_array
from jaxrep.typing import Array

LOST = 0.5
"""Bits below its own peak that a curve has to end to be called compressing."""
MOST, LEAST = 0.9, 0.1
"""Shares of networks from which on all, and up to which none, are said to compress."""


def deepest_dip(values: Shaped[Array, "*batch step"]) -> Float[np.ndarray, "*batch"]:
    """The deepest valley that a curve comes out of again, from the lower of its two sides.

    What a curve loses and finds again is no loss: what it ends below its peak is judged against
    this. ``max_t min(max_(s <= t) v_s, max_(s >= t) v_s) - v_t``; values that are not known are
    left out, and a curve without an end is NaN, as in `lost_from_peak`.

    >>> deepest_dip(np.array([[1.0, 4.0, 2.0, 3.0, 1.0], [1.0, 2.0, 3.0, 4.0, 4.0]])).tolist()
    [1.0, 0.0]

    Raises:
      ValueError: no steps.
    """
    values = np.asarray(real_array(values, "values"), float)
    if not values.shape[-1:] or not values.shape[-1]:
        raise ValueError(f"values: shape {values.shape} has no steps; one or more are needed")
    known = np.isfinite(values)
    filled = np.where(known, values, -np.inf)
    before = np.maximum.accumulate(filled, -1)
    after = np.maximum.accumulate(filled[..., ::-1], -1)[..., ::-1]
    sides = np.minimum(before, after)
    depth = np.subtract(sides, values, out=np.zeros_like(values), where=known & np.isfinite(sides))
    return np.where(known[..., -1], depth.max(-1), np.nan)


class Compression(NamedTuple):
    """What networks lose of a quantity over training.

    Attributes:
      lost: how far each ends below its own peak.
      dip: its null, the deepest valley it came out of again.
      compresses: ends below the peak by more than `LOST` and by more than its deepest valley.
    """

    lost: Float[np.ndarray, " network"]
    dip: Float[np.ndarray, " network"]
    compresses: Shaped[np.ndarray, " network"]

    @property
    def networks(self) -> int:
        """Those whose end is known."""
        return int(np.isfinite(self.lost).sum())

    @property
    def count(self) -> int:
        """Networks that compress."""
        return int(self.compresses.sum())

    @property
    def verdict(self) -> str:
        """``compresses``, ``does not compress`` or ``compresses in some seeds``."""
        share = self.count / max(self.networks, 1)
        if share >= MOST:
            return "compresses"
        return "does not compress" if share <= LEAST else "compresses in some seeds"

    def __str__(self) -> str:
        known = np.isfinite(self.lost)
        if not known.any():
            return "is not known (no finite network)"
        lost, dip = self.lost[known], self.dip[known]
        return (
            f"{self.verdict} ({np.median(lost):.2f} bits lost from the peak, {lost.min():.2f} to "
            f"{lost.max():.2f}; null: {np.median(dip):.2f} bits lost and found again, at most "
            f"{dip.max():.2f}; {self.count} of {self.networks} seeds)"
        )


def compression(values: Shaped[Array, "network step"]) -> Compression:
    """Of every network's curve, in bits.

    >>> found = compression(np.array([[1.0, 4.0, 3.9, 4.0, 1.0], [1.0, 2.0, 3.0, 4.0, 3.9]]))
    >>> found.lost.round(2).tolist(), found.compresses.tolist(), found.verdict
    ([3.0, 0.1], [True, False], 'compresses in some seeds')

    Raises:
      ValueError: no steps.
    """
    lost, dip = lost_from_peak(values), deepest_dip(values)
    with np.errstate(invalid="ignore"):
        return Compression(lost, dip, lost > np.fmax(LOST, dip))
