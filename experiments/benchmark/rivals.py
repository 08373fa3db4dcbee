"""Programs that train a `Work`: by jaxrep, by plain JAX, by PyTorch in a loop and over networks.

Each rival gives its losses over given batches, and CPU seconds per network and step of its own
training. All run on one core.
"""

import itertools
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from .trained import started
from .work import TorchPart, Work
from .works import WORKS


class Rival(NamedTuple):
    """A program that trains a `Work`.

    Attributes:
      losses: over the first batches of the work, ``[step, network]``.
      seconds: CPU seconds per network and step; a call is one round.
    """

    losses: np.ndarray
    seconds: Callable[[], float]


def cpu_seconds(call: Callable[[], object]) -> float:
    """CPU seconds of this process during a call, all its threads."""
    began = time.process_time()
    call()
    return time.process_time() - began


LEAST = 0.2
"""CPU seconds that a round of a program takes at the least."""


def long_enough(call: Callable[[], object], least: float = LEAST) -> Callable[[], float]:
    """CPU seconds of one call, the mean over as many as take the `least` seconds; warmed up."""
    call()
    once = max(cpu_seconds(call), 1e-5)
    count = max(1, round(least / once))
    return lambda: cpu_seconds(lambda: [call() for _ in range(count)]) / count


def jaxrep(work: Work) -> Rival:
    """The study's own training on the engine."""
    session, networks = started(work.plan), len(work.first.losses[0])

    def seconds(steps: int) -> float:
        return cpu_seconds(lambda: session.timed(steps, 0))

    steps = work.steps
    while seconds(steps) < LEAST:
        steps *= 2
    return Rival(work.first.losses, lambda: seconds(steps) / (steps * networks))


def jax_step(work: Work) -> Callable[[Any, Any], Any]:
    """``((weights, moments), batch) -> ((weights, moments), loss)`` of one network."""

    def step(state, batch):
        weights, moments = state
        loss, gradient = jax.value_and_grad(work.jax_loss)(weights, batch)
        updates, moments = work.optimizer.update(gradient, moments, weights)
        return (optax.apply_updates(weights, updates), moments), loss

    return step


def first_losses(work: Work) -> np.ndarray:
    """Losses of plain JAX over the first batches, ``[step, network]``."""

    def trained(weights, batches):
        start = weights, work.optimizer.init(weights)
        return jax.lax.scan(jax_step(work), start, batches)[1]

    stacked = jax.tree.map(lambda *x: jnp.stack(x, 1), *work.first.batches)
    start = jax.tree.map(jnp.asarray, work.first.start)
    return np.asarray(jax.jit(jax.vmap(trained))(start, stacked)).T


def plain_jax(work: Work) -> Rival:
    """What one writes without jaxrep: ``jit`` of ``vmap`` of ``scan`` over steps, with optax."""
    step = jax_step(work)

    def over_drawn(weights, key):
        def drawn_step(state, item):
            return step(state, work.jax_batch(item))

        def epoch(state, key):
            drawn = work.jax_batches(key)  # type: ignore[misc]
            return jax.lax.scan(drawn_step, state, drawn)

        state = weights, work.optimizer.init(weights)
        return jax.lax.scan(epoch, state, jax.random.split(key, work.epochs))[0]

    def over_whole(weights, batch):
        state = weights, work.optimizer.init(weights)
        steps = work.steps * work.epochs
        return jax.lax.scan(lambda s, _: step(s, batch), state, None, steps)[0]

    first = work.first
    start = jax.tree.map(jnp.asarray, first.start)
    networks = len(first.losses[0])
    if work.jax_batches is None:
        seen = jax.tree.map(jnp.asarray, first.batches[0])
        train = jax.jit(jax.vmap(over_whole))
    else:
        key = jax.random.key(1)
        seen = key if work.common else jax.random.split(key, networks)
        train = jax.jit(jax.vmap(over_drawn, in_axes=(0, None if work.common else 0)))
    measure = long_enough(lambda: jax.block_until_ready(train(start, seen)))
    per_call = work.steps * work.epochs * networks
    return Rival(first_losses(work), lambda: measure() / per_call)


def torch_loop(work: Work) -> Rival:
    """One network after the other in an eager loop, as most write it."""
    import torch

    part, networks = work.torch(), len(work.first.losses[0])

    def trainer(network: int) -> Callable[[Any], Any]:
        weights = {
            name: torch.nn.Parameter(torch.tensor(values[network]))
            for name, values in work.first.start.items()
        }
        optimizer = part.optimizer(list(weights.values()))

        def step(batch):
            loss = part.loss(weights, batch)
            optimizer.zero_grad()
            loss.backward()
            if work.clip is not None:
                torch.nn.utils.clip_grad_norm_(weights.values(), work.clip)
            optimizer.step()
            return loss.detach()

        return step

    losses = np.zeros((len(work.first.batches), networks))
    for network in range(networks):
        step = trainer(network)
        for index, batch in enumerate(work.first.batches):
            losses[index, network] = step(tensors(batch, network))
    step, whole = trainer(0), tensors(work.first.batches[0], 0)

    def train():
        for batch in some_batches(part, work, 0, whole):
            step(batch)

    measure = long_enough(train)
    return Rival(losses, lambda: measure() / timed_steps(work))


def torch_seconds(study: str) -> Callable[[], float] | None:
    """CPU seconds of one network's step in that loop on one core; None, and said, without PyTorch.

    Args:
      study: of `jaxrep`'s five, see `WORKS`.
    """
    try:
        import torch
    except ImportError:
        print(
            "PyTorch is not installed (pip install -e '.[bench]'): no comparison", file=sys.stderr
        )
        return None
    torch.set_num_threads(1)
    return torch_loop(WORKS[study]()).seconds


def torch_networks(work: Work, compiled: bool = False) -> Rival:
    """All networks at once by ``torch.func.vmap``; one optimizer over the stacked weights.

    Its arithmetic is element-wise, so that stacked weights are trained as single ones; gradients
    are clipped network by network.

    Args:
      work: what is trained.
      compiled: the gradient goes through ``torch.compile``.
    """
    import torch

    part, networks = work.torch(), len(work.first.losses[0])
    values_and_gradients = torch.func.vmap(
        torch.func.grad_and_value(part.loss), in_dims=(0, None if work.common else 0)
    )
    given = torch.func.vmap(torch.func.grad_and_value(part.loss))
    if compiled:
        values_and_gradients = torch.compile(values_and_gradients)
        given = values_and_gradients if not work.common else torch.compile(given)

    def trainer(gradients_of) -> Callable[[Any], Any]:
        weights = {name: torch.tensor(values) for name, values in work.first.start.items()}
        optimizer = part.optimizer(list(weights.values()))

        def step(batch):
            with torch.no_grad():
                gradients, loss = gradients_of(weights, batch)
                if work.clip is not None:
                    squares = [x.square().flatten(1).sum(1) for x in gradients.values()]
                    norm = torch.stack(squares).sum(0).sqrt()
                    factor = (work.clip / (norm + 1e-6)).clamp(max=1.0)
                    gradients = {
                        name: x * factor.reshape(-1, *[1] * (x.ndim - 1))
                        for name, x in gradients.items()
                    }
                for name, weight in weights.items():
                    weight.grad = gradients[name]
                optimizer.step()
            return loss

        return step

    step = trainer(given)
    losses = [step(tensors(batch)).numpy() for batch in work.first.batches]
    step, whole = trainer(values_and_gradients), tensors(work.first.batches[0])

    def train():
        for batch in some_batches(part, work, networks, whole):
            step(batch)

    measure = long_enough(train)
    return Rival(np.stack(losses), lambda: measure() / (timed_steps(work) * networks))


MOST_STEPS = 20
"""Timed steps of the eager programs, whose steps take long and are alike."""


def timed_steps(work: Work) -> int:
    """Steps of one timed call of an eager program."""
    return min(work.steps, MOST_STEPS)


def some_batches(part: TorchPart, work: Work, networks: int, whole: Any):
    """As many batches as are timed, of the work's own stream or of what every step sees."""
    stream = itertools.repeat(whole) if part.batches is None else part.batches(networks)
    return itertools.islice(stream, timed_steps(work))


def tensors(batch: Any, network: int | None = None) -> tuple:
    """A batch as tensors, of one network or ``[network, ...]``; whole numbers as PyTorch's."""
    import torch

    parts = []
    for values in batch:
        array = np.array(values if network is None else values[network])
        parts.append(torch.tensor(array.astype(np.int64) if array.dtype.kind in "iu" else array))
    return tuple(parts)
