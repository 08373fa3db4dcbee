"""What a rival program needs of a study's training, and the study's own first steps.

Weights and first batches are those of the study itself, so that losses of all programs can be
compared before any of them is timed.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxrep.engine.batches import Data
from jaxrep.study import Plan

FIRST = 5
"""Steps over which the losses of all programs are compared."""
TOLERANCE = 2e-4
"""Largest relative deviation of a loss: float32, of other orders of summation."""


class FirstSteps(NamedTuple):
    """The first steps of the study's own training.

    Attributes:
      start: initial weights, ``[network, ...]``.
      batches: what every step saw, ``[network, ...]``.
      losses: ``[step, network]``.
    """

    start: dict[str, np.ndarray]
    batches: list[Any]
    losses: np.ndarray


class TorchPart(NamedTuple):
    """A training in PyTorch.

    Attributes:
      loss: ``(weights, batch) -> scalar`` of one network.
      optimizer: ``[tensor] -> torch.optim.Optimizer``.
      batches: ``networks -> batches of an epoch``, with a first axis of networks unless all see
        the same; for one network 0. None where every step sees the whole data.
    """

    loss: Callable[..., Any]
    optimizer: Callable[..., Any]
    batches: Callable[[int], Iterator[Any]] | None = None


class Work(NamedTuple):
    """One study's training without jaxrep.

    Attributes:
      plan: the study's own.
      first: its first steps.
      steps: of an epoch, or of a stretch where there are none.
      jax_loss: ``(weights, batch) -> scalar`` of one network.
      optimizer: of one network.
      torch: imports PyTorch and gives the same for it.
      jax_batches: ``key -> [step, ...]``, what `jax_batch` makes a batch of; None where every
        step sees the whole data.
      jax_batch: ``(drawn) -> batch``.
      epochs: of one timed call of plain JAX, so that what a call itself costs does not count.
      common: all networks see one stream of batches.
      clip: largest norm of a network's gradient, or None.
    """

    plan: Plan
    first: FirstSteps
    steps: int
    jax_loss: Callable[..., Any]
    optimizer: optax.GradientTransformation
    torch: Callable[[], TorchPart]
    jax_batches: Callable[..., Any] | None = None
    jax_batch: Callable[..., Any] = lambda drawn: drawn
    epochs: int = 1
    common: bool = False
    clip: float | None = None


def first_steps(plan: Plan, steps: int = FIRST) -> FirstSteps:
    """The study's own first steps, by its problem's functions alone."""
    problem = plan.problem
    seeds, hyper = plan.replicas.arrays()
    batches, shared = problem.batches, jax.tree.map(jnp.asarray, problem.shared)
    root = jax.random.key(0)

    def trained(seed, hyper):
        key = jax.random.fold_in(root, seed)
        stream = root if batches.common else key
        data = Data(shared, problem.own(key, hyper, shared))
        state = problem.start(problem.init(key, hyper, data), hyper)
        weights, order = state.variables.params, batches.begin_epoch(stream, data)
        seen, losses = [], []
        for step in range(steps):
            known = None if batches.common else hyper
            position = jnp.int32(step)
            batch = batches.draw(jax.random.fold_in(stream, step), position, order, known, data)
            state, loss = problem.update(state, batch, hyper)
            seen.append(batch)
            losses.append(loss)
        return weights, seen, jnp.stack(losses)

    columns = {name: jnp.asarray(values, jnp.float32) for name, values in hyper.items()}
    weights, seen, losses = jax.jit(jax.vmap(trained))(jnp.asarray(seeds), columns)
    start = {name: np.asarray(values) for name, values in weights.items()}
    return FirstSteps(start, jax.tree.map(np.asarray, seen), np.asarray(losses).T)
