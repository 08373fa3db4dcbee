"""Which learning rates and scales a deep linear network can be trained with."""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Shaped

from jaxrep.arrays import finite_array
from jaxrep.typing import Array

SHARE_OF_EDGE = 0.4
"""Share of `stability_edge` that `training_defaults` takes."""
WEAKEST = 0.1
"""Modes below this share of the strongest are not waited for."""
START = 1e-6
"""Strength of a mode in two random layers at the start, of the strongest singular value."""
FIRST_MODE = 60
"""Steps until three or more layers leave their start."""
MOST_STEPS = 20_000


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
    """Half the edge: here the strongest mode settles fastest; above it, it overshoots.

    >>> fastest_rate(2.0, items=4, features=6), stability_edge(2.0, items=4, features=6)
    (3.0, 6.0)
    """
    return stability_edge(strongest, items, features, layers) / 2


def largest_scale(learning_rate: float | int, items: int, features: int) -> float:
    """Initial scale beyond which two random layers blow up at once: ``rate scale^2 < 2``.

    >>> largest_scale(1.0, items=4, features=9)
    6.0
    """
    for name, value in (
        ("learning_rate", learning_rate),
        ("items", items),
        ("features", features),
    ):
        _check_positive(name, value)
    return float(np.sqrt(items * features / np.float64(learning_rate)))


class TrainingDefaults(NamedTuple):
    """Settings with which a deep linear network learns its task in stages, and to the end.

    Attributes:
      learning_rate: of gradient descent on the mean squared error over all entries.
      scale: of the initial weights, whose standard deviation is scale / sqrt(inputs + outputs).
      steps: updates.
    """

    learning_rate: float
    scale: float
    steps: int


def training_defaults(
    strength: Shaped[Array, " mode"],
    items: int,
    features: int,
    hidden: int,
    layers: int = 2,
    *,
    learning_rate: float | None = None,
    scale: float | None = None,
) -> TrainingDefaults:
    """Learning rate, initial scale and steps that follow from the data.

    The rate is 0.4 of the edge of stability. Two layers start with modes at 1e-6 of the strongest
    singular value, and train for 4/3 of the time that the weakest mode counted (a tenth of the
    strongest, or the last that fits into `hidden` units) takes to grow; more layers start where
    the first mode leaves after about 60 steps, and wait for the weakest in proportion to its
    strength, which can be too short where many modes are close. One layer has no stages.

    Checked on trees, animals, Gaussian tables from 5 x 7 to 50 x 20, rank 1, a single item and
    0/1 tables, with two layers: no mode is missed, the loss never rises.

    Args:
      strength: singular values of the task, the strongest first.
      items, features, hidden, layers: sizes of the network.
      learning_rate, scale: where they are chosen already; the steps follow them.

    Raises:
      ValueError: no singular value above 0, sizes below 1, or a rate or scale that is not above 0
        and finite.

    >>> training_defaults(np.array([4.0, 2.0]), items=4, features=6, hidden=30)
    TrainingDefaults(learning_rate=1.2, scale=0.00305, steps=49)
    """
    values = np.asarray(finite_array(strength, "strength"), float)
    sizes = {"items": items, "features": features, "hidden": hidden, "layers": layers}
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"{name}: {size} given; 1 or more are needed")
    for name, value in (("learning_rate", learning_rate), ("scale", scale)):
        if value is not None and not 0 < value < math.inf:
            raise ValueError(f"{name}: {value} given; above 0 and finite is needed")
    strongest = float(values.max(initial=0))
    if not strongest > 0:
        raise ValueError("strength: no singular value is above 0, so there is nothing to learn")
    learned = min(int((values >= WEAKEST * strongest).sum()), hidden)
    weakest = float(np.sort(values)[::-1][learned - 1])
    edge = stability_edge(strongest, items, features, layers)
    rate = _short(SHARE_OF_EDGE * edge) if learning_rate is None else learning_rate
    effective = 2 * rate / (items * features)
    if layers == 1:
        chosen = _short(1e-3 * strongest) if scale is None else scale
        settled = _over(-math.log(1e-3), -math.log1p(-min(effective, 0.99)))
        return TrainingDefaults(rate, chosen, _bounded(settled))
    if layers == 2:
        spread = hidden / 4 * (1 / (items + hidden) + 1 / (hidden + features))
        chosen = _short(math.sqrt(START * strongest / spread)) if scale is None else scale
        start = 2 * math.log(chosen) + math.log(spread * (hidden - learned + 1) / hidden)
        growth = 2 * math.log1p(effective * weakest)
        waited = _over(4 / 3 * (math.log(weakest) - start), growth)
        return TrainingDefaults(rate, chosen, _bounded(waited))
    share, unit = rate / edge, strongest ** (1 / layers)
    pace = max(_over(layers, 2 * share), 1e-300)
    leaves = (pace / FIRST_MODE) ** (1 / (layers - 2))
    chosen = _short(unit * leaves) if scale is None else scale
    far = (layers - 2) * (math.log(unit) - math.log(chosen))
    first = math.exp(min(math.log(pace) + far, 700.0))  # an exponent beyond it is no number
    return TrainingDefaults(rate, chosen, _bounded(3.6 * first * strongest / weakest))


def _short(value: float) -> float:
    """Three digits, for a configuration that is read."""
    return float(f"{value:.3g}")


def _over(distance: float | int, pace: float) -> float:
    """Steps for a distance; infinitely many where a step is too small to be a number."""
    return distance / pace if pace > 0 else math.inf


def _bounded(steps: float) -> int:
    return math.ceil(min(max(steps, 20), MOST_STEPS))


def _check_positive(name: str, value: float | int) -> None:
    if not value > 0:
        raise ValueError(f"{name}: {value} is not positive")
