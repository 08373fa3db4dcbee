"""Small problems that the engine's tests train."""

import dataclasses
import functools
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxrep.engine import (
    Checkpoints,
    Execution,
    Label,
    Problem,
    Replicas,
    Schedule,
    Variables,
    fresh_batches,
    full_batch,
    shuffled_batches,
    train,
)

INPUTS = np.random.default_rng(0).normal(size=(64, 5)).astype(np.float32)
TARGETS = np.sin(INPUTS.sum(1)).astype(np.float32)


def predict(params, inputs):
    hidden = jax.nn.tanh(inputs @ params["W"] + params["b"][None])
    return (hidden @ params["V"])[:, 0]


def init(key, hyper, data):
    first, second = jax.random.split(key)
    dtype = jnp.asarray(data.shared[0]).dtype
    return Variables(
        {
            "W": jax.random.normal(first, (5, 16), dtype),
            "b": jnp.zeros(16, dtype),
            "V": jax.random.normal(second, (16, 1), dtype) / 4,
        }
    )


def squared_error(variables, batch, hyper):
    inputs, targets = batch
    return jnp.mean((predict(variables.params, inputs) - targets) ** 2), variables.state


def measure(variables, hyper, data):
    loss, _ = squared_error(variables, data.shared, hyper)
    return {"loss": loss, "outputs": predict(variables.params, data.shared[0])[:3]}


def take(data, rows):
    return jax.tree.map(lambda x: jnp.asarray(x)[rows], data.shared)


def sample(key, hyper, data):
    inputs = jax.random.normal(key, (32, 5))
    return inputs, jnp.sin(inputs.sum(1))


BATCHES = {
    "full": full_batch(lambda data: data.shared),
    "shuffled": shuffled_batches(64, 20, take),
    "fresh": fresh_batches(sample),
    "common": fresh_batches(sample, common=True),
    "common_shuffled": shuffled_batches(64, 20, take, common=True),
}


@functools.cache
def plain_problem(batches: str) -> Problem:
    """One object per kind of batch, so that tests share what is compiled."""
    return problem(batches)


def problem(batches="full", **changes) -> Problem:
    """Regression with a tanh network and Adam; has biases on purpose (see program.py)."""
    whole = Problem(
        init=init,
        loss=squared_error,
        optimizer=lambda hyper: optax.adam(hyper["learning_rate"]),
        measure=measure,
        shared=(INPUTS, TARGETS),
        batches=BATCHES[batches] if isinstance(batches, str) else batches,
        labels={"loss": Label((), "1"), "outputs": Label(("item",), "1", "first outputs")},
        coordinates={"item": ["a", "b", "c"]},
        headline="loss",
    )
    return dataclasses.replace(whole, **changes)


def run(batches="full", seeds=(0, 1, 2), learning_rate=0.01, steps=60, execution=None, **options):
    """Train the toy quietly; `options` go to `train`, those of `Problem` by ``changes``."""
    changes = options.pop("changes", {})
    schedule = options.pop("schedule", Schedule(steps, (0, 1, 7, 30, steps), (0, 20), (25, 50)))
    return train(
        problem(batches, **changes) if changes else plain_problem(batches),
        Replicas(tuple(seeds), {"learning_rate": learning_rate}),
        schedule,
        execution=execution or Execution(devices=1),
        quiet=True,
        **options,
    )


def main(directory: str, steps: str) -> None:
    """Train the toy with many checkpoints; the resume tests kill this process."""
    steps = int(steps)
    saved = tuple(range(1, steps, 3))
    schedule = Schedule(steps, tuple(range(0, steps, 2)), (0, steps // 2), saved)
    checkpoints = Checkpoints(Path(directory))
    run("shuffled", schedule=schedule, checkpoints=checkpoints)
    checkpoints.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
