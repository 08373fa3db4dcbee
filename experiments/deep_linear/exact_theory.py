"""The exact solution of two lambda-balanced layers, from a run's own starting weights."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxrep.analysis.tangent_kernel import linear_kernel_distance
from jaxrep.models.mode_coordinates import SingularModes
from jaxrep.problems.feature_task import FeatureSetting
from jaxrep.theory.balanced_solution import balanced_flow, hidden_directions
from jaxrep.theory.balanced_start import balance_residual

from .theory import in_mode_coordinates

MOST_RESIDUAL = 0.02
"""`balance_residual` up to which weights count as balanced; gradient descent changes lambda."""


class Exact(NamedTuple):
    """Of every replica; NaN where its start is not balanced.

    Attributes:
      strength: of each mode, ``[replica, step, mode]``.
      loss: ``[replica, step]``.
      kernel_distance: of the tangent kernel to that of the start, ``[replica, step]``.
      residual: `balance_residual` of the start, ``[replica]``.
    """

    strength: np.ndarray
    loss: np.ndarray
    kernel_distance: np.ndarray
    residual: np.ndarray


def exact_solution(
    initial: dict[str, np.ndarray],
    modes: list[SingularModes],
    rate: np.ndarray,
    steps: np.ndarray,
    setting: FeatureSetting,
    features: int,
) -> Exact:
    """The flow of every replica at the recorded steps, float64.

    Args:
      initial: parameters at step 0, ``[replica, ...]``, in the run's coordinates.
      modes: of each replica's data.
      rate: effective rate of each replica.
      steps: recorded ones.
      setting: of the run.
      features: number of features.
    """
    first, last = in_mode_coordinates(initial, modes, setting)
    strength = np.stack([one.strength for one in modes])
    items, count, width = first.shape[1], strength.shape[1], first.shape[2]
    used = min(items, width, last.shape[2])

    def follow(replica):
        first, last, strength, rate = replica
        target = jnp.zeros((last.shape[1], items)).at[:count, :count].set(jnp.diag(strength))
        basis = hidden_directions(first, last)[0][:, -used:]
        held = (first @ basis, basis.T @ last)
        flow = balanced_flow(*held, target, rate, steps)
        learned = jnp.diagonal(flow.map, axis1=1, axis2=2)[:, :count]
        loss = jnp.sum((flow.map - target) ** 2, (1, 2)) / (items * features)
        # step 0 is recorded first
        start = flow.representation[:1], flow.features[:1]
        distance = linear_kernel_distance(
            flow.representation, flow.features, *start, outputs=max(features, last.shape[1])
        )
        residual = balance_residual(first, last)
        exact = residual <= MOST_RESIDUAL
        parts = (learned, loss, distance)
        return [jnp.where(exact, part, jnp.nan) for part in parts], residual

    with jax.enable_x64():
        arrays = (jnp.asarray(x, float) for x in (first, last, strength, rate))
        found, residual = jax.jit(lambda x: jax.lax.map(follow, x))(tuple(arrays))
    return Exact(*(np.asarray(part) for part in found), np.asarray(residual))
