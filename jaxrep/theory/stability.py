"""Which learning rates and scales a deep linear network can be trained with."""

import numpy as np


def stability_edge(strongest: float | int, items: int, features: int, layers: int = 2) -> float:
    """Learning rate beyond which the strongest mode does not settle.

    Near the solution a step multiplies the error of mode k by
    ``1 - L rate s_k^(2 - 2/L)`` (balanced layers), which must stay above -1. For two layers:
    ``P N / (2 s_1)``. Slightly beyond, the mode ends in an orbit of period 2.

    >>> round(stability_edge(157.70199, 8, 10000), 1)
    253.6

    Raises:
      ValueError: a strength or size that is not positive, or no layers.
    """
    for name, value in (("strongest", strongest), ("items", items), ("features", features)):
        _check_positive(name, value)
    if layers < 1:
        raise ValueError(f"layers: {layers} given; one or more are needed")
    power = np.float64(strongest) ** (2 - 2 / layers)
    return float(items * features / (layers * power))


def fastest_rate(strongest: float | int, items: int, features: int, layers: int = 2) -> float:
    """Half the edge: here the strongest mode settles fastest; above it, it overshoots."""
    return stability_edge(strongest, items, features, layers) / 2


def largest_scale(learning_rate: float | int, items: int, features: int) -> float:
    """Initial scale beyond which two random layers blow up at once: ``rate scale^2 < 2``."""
    for name, value in (
        ("learning_rate", learning_rate),
        ("items", items),
        ("features", features),
    ):
        _check_positive(name, value)
    return float(np.sqrt(items * features / np.float64(learning_rate)))


def _check_positive(name: str, value: float | int) -> None:
    if not value > 0:
        raise ValueError(f"{name}: {value} is not positive")
