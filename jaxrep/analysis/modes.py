"""Singular modes of what a network has learned, kept apart by identity."""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from jaxrep.arrays import real_array
from jaxrep.typing import Array

FALLEN, OVERSHOT = 0.25, 2.0
"""Strengths, in units of the final one, past which a mode that was half learned is not learned."""


def mode_map(
    outputs: Shaped[Array, "item feature"],
    u: Shaped[Array, "feature rank"],
    v: Shaped[Array, "item mode"],
) -> Float[Array, "rank mode"]:
    """``U^T W V``: how much of item mode l the network turns into feature mode k.

    Its diagonal is the strength of each mode of the task, with its identity: unlike sorted
    singular values it shows crossings, and has no noise floor of the largest mode.

    Args:
      outputs: ``W^T``, what the network answers for each item.
      u: feature modes of the task, columns.
      v: item modes of the task, columns.

    >>> turned = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> mode_map(np.diag([3.0, 2.0]), turned, turned).tolist()
    [[2.0, 0.0], [0.0, 3.0]]
    """
    named = {"u": u, "outputs": outputs, "v": v}
    arrays = [jnp.asarray(real_array(values, name)) for name, values in named.items()]
    return jnp.einsum("fk,if,il->kl", *arrays, precision="highest")


def transition_steps(
    steps: Shaped[Array, " step"],
    strength: Shaped[Array, "*replica step mode"],
    final: Shaped[Array, " mode"],
) -> Float[np.ndarray, "*replica mode"]:
    """Step at which each mode first reaches half of `final`, interpolated linearly; NaN if never.

    NaN too of a mode that was not learned although it passed half: one that is not finite at some
    step, ends below half, falls below a quarter of `final` later, or rises from below half to
    above twice `final`, as gradient descent does with too large a rate.

    >>> steps, strength = np.array([0, 10, 20]), np.array([[0.0, 0.0], [1.0, 3.0], [1.0, -9.0]])
    >>> transition_steps(steps, strength, np.array([1.0, 1.0])).tolist()
    [5.0, nan]

    Args:
      steps: at which the strengths were recorded, rising.
      strength: of each mode.
      final: strength when learned (the task's singular value); modes of less than 1e-6 of the
        strongest are nothing to learn and have no step.

    Raises:
      ValueError: other numbers of steps, or none.
    """
    steps, strength, final = (
        np.asarray(real_array(values, name), float)
        for name, values in (("steps", steps), ("strength", strength), ("final", final))
    )
    if len(steps) != strength.shape[-2] or not len(steps):
        raise ValueError(
            f"steps: {len(steps)} given for strengths at {strength.shape[-2]}; one or more are "
            "needed, and as many"
        )
    known = np.where(np.isfinite(final), final, 0)
    final = np.where(known > 1e-6 * known.max(initial=0), known, np.nan)
    relative = strength / final
    above = relative >= 0.5
    after = above.argmax(-2)
    before = np.maximum(after - 1, 0)
    high = np.take_along_axis(relative, after[..., None, :], -2)[..., 0, :]
    low = np.take_along_axis(relative, before[..., None, :], -2)[..., 0, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(after > before, (0.5 - low) / (high - low), 0.0)
    reached = steps[before] + part * (steps[after] - steps[before])
    later = np.arange(len(steps))[:, None] >= after[..., None, :]
    fallen = (later & (relative < FALLEN)).any(-2)
    overshot = (after > 0) & (relative > OVERSHOT).any(-2)
    learned = np.isfinite(relative).all(-2) & above[..., -1, :] & ~fallen & ~overshot
    return np.where(learned, reached, np.nan)


def learnable_modes(strength: Shaped[Array, " mode"]) -> Int[np.ndarray, " learnable"]:
    """Modes with a strength above 1e-6 of the strongest: items that are alike leave some without.

    >>> learnable_modes(np.array([3.0, 1.0, 0.0])).tolist()
    [0, 1]
    """
    strength = np.asarray(real_array(strength, "strength"))
    return np.flatnonzero(strength > 1e-6 * strength.max(initial=0))


def resting_counts(
    strength: Shaped[Array, " mode"], layers: int, apart: float | int = 1.05
) -> Int[np.ndarray, " plateau"]:
    """Numbers of learned modes at which training rests.

    Deep networks learn one mode after the other and rest in between where neighbouring singular
    values differ by a factor of `apart` or more; one layer learns all at once.

    >>> resting_counts(np.array([4.0, 2.0, 1.99]), 2).tolist()
    [0, 1, 3]
    """
    strength = np.asarray(real_array(strength, "strength"), float)
    parted = strength[:-1] > apart * strength[1:]
    between = np.flatnonzero(parted & (layers > 1)) + 1
    return np.concatenate([[0], between, [len(strength)]])


def mode_names(
    item_modes: Shaped[Array, "item _mode"], items: Sequence[str], count: int
) -> list[str]:
    """What each mode tells apart: items on its positive side | items on its negative side.

    >>> modes = np.array([[0.7, 0.7], [0.7, -0.7]])
    >>> mode_names(modes, ["rose", "oak"], 2)
    ['all items', 'rose | oak']

    Args:
      item_modes: columns are modes.
      items: their names.
      count: modes to name, the first ones.
    """
    names = []
    for column in np.asarray(real_array(item_modes, "item_modes")).T[:count]:
        large = np.abs(column) > 0.4 * np.abs(column).max()
        sides = [_abbreviated(items, large & (sign * column > 0)) for sign in (1, -1)]
        everything = large.all() and (column > 0).all()
        names.append("all items" if everything else " | ".join(side for side in sides if side))
    return names


def _abbreviated(items: Sequence[str], chosen: Bool[np.ndarray, " item"]) -> str:
    short = [name if len(name) < 6 or " " in name else name[:4] + "." for name in items]
    picked = [name for name, here in zip(short, chosen, strict=True) if here]
    return " ".join(picked) if len(picked) <= 4 else f"{len(picked)} items"
