"""Which learning rates and scales a deep linear network can be trained with."""

import numpy as np


def stability_edge(strongest: float, items: int, features: int, layers: int = 2) -> float:
    """Learning rate beyond which the strongest mode does not settle.

    Near the solution a step multiplies the error of mode k by
    ``1 - L rate s_k^(2 - 2/L)`` (balanced layers), which must stay above -1. For two layers:
    ``P N / (2 s_1)``. Slightly beyond, the mode ends in an orbit of period 2.

    >>> round(stability_edge(157.70199, 8, 10000), 1)
    253.6
    """
    return items * features / (layers * strongest ** (2 - 2 / layers))


def fastest_rate(strongest: float, items: int, features: int, layers: int = 2) -> float:
    """Half the edge: here the strongest mode settles fastest; above it, it overshoots."""
    return stability_edge(strongest, items, features, layers) / 2


def largest_scale(learning_rate: float, items: int, features: int) -> float:
    """Initial scale beyond which two random layers blow up at once: ``rate scale^2 < 2``."""
    return float(np.sqrt(items * features / learning_rate))
