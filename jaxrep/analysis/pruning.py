"""What a network can do with some of its units: pruned to groups of them, and unit by unit.

A pruned network has another offset, so its accuracy at the trained threshold says little; beside
it are the accuracy at a threshold fitted again (on one half of the inputs, judged on the other)
and the area under the receiver operating characteristic, which needs none.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from jaxrep.analysis.populations import (
    accuracy_at,
    area_under_curve,
    best_threshold,
    kept_scores,
)
from jaxrep.arrays import real_array
from jaxrep.typing import Array, Real

LOCALIZED_GROUPS = ("all units", "localized", "others")
"""The groups of `localized_groups`."""
LOCALIZATION_ORDERS = ("most localized first", "least localized first")
"""The orders of `localization_orders`."""


class Pruned(NamedTuple):
    """Networks restricted to groups of their units.

    Attributes:
      accuracy: at the trained threshold.
      refitted: at a threshold fitted on every other input, judged on the rest.
      area: under the receiver operating characteristic.
      curve: the area by number of units kept, 1 first.
    """

    accuracy: Float[np.ndarray, "replica group"]
    refitted: Float[np.ndarray, "replica group"]
    area: Float[np.ndarray, "replica group"]
    curve: Float[np.ndarray, "replica order unit"]


def unit_contributions(
    hidden: Shaped[Array, "replica input unit"],
    weights: Shaped[Array, "replica unit"] | None = None,
) -> Float[np.ndarray, "replica input unit"]:
    """What every unit adds to an output that is the mean of the (weighted) hidden units.

    >>> unit_contributions(np.array([[[1.0, 3.0]]]), np.array([[1.0, -1.0]])).tolist()
    [[[0.5, -1.5]]]
    """
    hidden = np.asarray(real_array(hidden, "hidden"))
    weighted = hidden
    if weights is not None:
        weighted = hidden * np.asarray(real_array(weights, "weights"))[:, None]
    return weighted / hidden.shape[2]


def localized_groups(
    participation: Shaped[Array, "replica unit"], threshold: float
) -> Bool[np.ndarray, "replica group unit"]:
    """All units, those with an inverse participation ratio above the threshold, and the others.

    >>> localized_groups(np.array([[0.05, 0.5]]), 0.1)[0].tolist()
    [[True, True], [False, True], [True, False]]
    """
    local = np.asarray(real_array(participation, "participation")) > threshold
    return np.stack([np.ones_like(local), local, ~local], 1)


def localization_orders(
    participation: Shaped[Array, "replica unit"],
) -> Int[np.ndarray, "replica order unit"]:
    """Units from the most to the least localized, and the reverse.

    >>> localization_orders(np.array([[0.05, 0.5, 0.1]]))[0].tolist()
    [[1, 2, 0], [0, 2, 1]]
    """
    order = np.argsort(-np.asarray(real_array(participation, "participation")), axis=1)
    return np.stack([order, order[:, ::-1]], 1)


def prune_networks(
    contributions: Shaped[Array, "replica input unit"],
    offsets: Shaped[Array, " replica"],
    positive: Shaped[Array, " input"],
    groups: Shaped[Array, "replica group unit"],
    orders: Int[Array, "replica order unit"],
    threshold: Real = 0.0,
) -> Pruned:
    """Every network with nothing but a group of its units, and with ever more of them in order.

    NaN for groups without a unit, and for networks with contributions that are not finite.

    >>> alone = np.array([[[1.0, 0.0], [2.0, 0.0], [-1.0, 0.0], [-2.0, 0.0]]])
    >>> groups, orders = np.array([[[True, False], [False, True]]]), np.array([[[0, 1]]])
    >>> positive = np.array([True, True, False, False])
    >>> found = prune_networks(alone, np.zeros(1), positive, groups, orders)
    >>> found.accuracy.tolist(), found.area.tolist(), found.curve.tolist()
    ([[1.0, 0.5]], [[1.0, 0.5]], [[[1.0, 1.0]]])

    Args:
      contributions: what every unit adds to the output, see `unit_contributions`.
      offsets: of the output, which stay.
      positive: inputs of the class whose outputs should be above the threshold.
      groups: units that stay, group by group.
      orders: in which units are added, one after the other.
      threshold: trained: outputs above it are called positive.

    Raises:
      ValueError: values of `positive` that are neither truth values nor 0 and 1, orders of units
        that are not there.
    """
    contributions = np.asarray(real_array(contributions, "contributions"))
    groups, positive = np.asarray(groups, bool), np.asarray(positive)
    if not np.isin(positive, (0, 1)).all():
        raise ValueError("positive: other values than 0 and 1 given, or truth values")
    orders, count = np.asarray(orders), contributions.shape[2]
    outside = (orders < 0) | (orders >= count)
    if outside.any():
        raise ValueError(f"orders: {orders[outside][0]} given; 0 .. {count - 1} are the units")
    found = jax.device_get(
        _prune(
            contributions,
            np.asarray(offsets, contributions.dtype),
            positive == 1,
            groups.astype(contributions.dtype),
            orders,
            threshold,
        )
    )
    diverged = ~np.isfinite(contributions).all((1, 2))
    empty = ~groups.any(2) | diverged[:, None]
    by_group = {name: np.where(empty, np.nan, getattr(found, name)) for name in Pruned._fields[:3]}
    return Pruned(**by_group, curve=np.where(diverged[:, None, None], np.nan, found.curve))


@jax.jit
def _prune(contributions, offsets, positive, groups, orders, threshold) -> Pruned:
    fitted, judged = positive[::2], positive[1::2]

    def one(network):
        contributions, offset, groups, orders = network
        scores = jnp.matmul(groups, contributions.T, precision="highest") + offset
        cut = best_threshold(scores[:, ::2], fitted).threshold
        refitted = accuracy_at(scores[:, 1::2], judged, cut)
        plain = accuracy_at(scores, positive, jnp.full(len(scores), threshold))
        curve = jax.vmap(lambda o: area_under_curve(kept_scores(contributions, o), positive))
        return Pruned(plain, refitted, area_under_curve(scores, positive), curve(orders))

    return jax.lax.map(one, (contributions, offsets, groups, orders))
