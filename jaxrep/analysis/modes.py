"""Singular modes of what a network has learned, kept apart by identity."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from jaxrep.typing import Array


def mode_map(
    outputs: Float[Array, "item feature"],
    u: Float[Array, "feature rank"],
    v: Float[Array, "item mode"],
) -> Float[Array, "rank mode"]:
    """``U^T W V``: how much of item mode l the network turns into feature mode k.

    Its diagonal is the strength of each mode of the task, with its identity: unlike sorted
    singular values it shows crossings, and has no noise floor of the largest mode.

    Args:
      outputs: ``W^T``, what the network answers for each item.
      u: feature modes of the task, columns.
      v: item modes of the task, columns.
    """
    return jnp.einsum("fk,if,il->kl", u, outputs, v, precision="highest")


def transition_steps(
    steps: Int[np.ndarray, " step"],
    strength: Float[np.ndarray, "*replica step mode"],
    final: Float[np.ndarray, " mode"],
) -> Float[np.ndarray, "*replica mode"]:
    """Step at which each mode first reaches half of `final`, interpolated linearly; NaN if never.

    Args:
      steps: at which the strengths were recorded, rising.
      strength: of each mode.
      final: strength when learned (the task's singular value); modes of less than 1e-6 of the
        strongest are nothing to learn and have no step.
    """
    final = np.asarray(final, float)
    final = np.where(final > 1e-6 * final.max(), final, np.nan)
    relative = np.asarray(strength, float) / final
    above = relative >= 0.5
    after = above.argmax(-2)
    before = np.maximum(after - 1, 0)
    high = np.take_along_axis(relative, after[..., None, :], -2)[..., 0, :]
    low = np.take_along_axis(relative, before[..., None, :], -2)[..., 0, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(after > before, (0.5 - low) / (high - low), 0.0)
    steps = np.asarray(steps, float)
    reached = steps[before] + part * (steps[after] - steps[before])
    return np.where(above.any(-2), reached, np.nan)
