"""Shared by the tests of comparisons: two related representations, and functions as users have."""

import numpy as np

from ..foreign_arrays import Tensor as Tensor

RNG = np.random.default_rng(3)
SHARED = RNG.normal(size=(30, 3))
FIRST = SHARED @ RNG.normal(size=(3, 6)) + 0.5 * RNG.normal(size=(30, 6)) + 2
SECOND = SHARED @ RNG.normal(size=(3, 5)) + 0.5 * RNG.normal(size=(30, 5)) - 1


def plain(function):
    """Without the tests' type checker, as users run it."""
    return getattr(function, "__wrapped__", function)


def rotation(units, seed=0):
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(units, units)))[0]
