"""A committee machine on data made on the fly, against a plain PyTorch loop; one core.

L = 40 pixels, K = 100 tanh units, batch 1000, gain 100; CPU seconds per step, which a shared
machine disturbs least. Three floors: drawing the normal numbers alone, drawing and transforming
the inputs, and the network alone on inputs that are there already.
Expected: at least twice PyTorch's steps per CPU-second, and a grid of 4 gains x 8 seeds at no
less per replica.
"""

import dataclasses
import os
import time
from collections.abc import Callable

import numpy as np
from rich.console import Console

from .rounds import measure_rounds

STEPS, GRID_STEPS, ROUNDS = 1000, 60, 5
GAINS, SEEDS = (0.01, 1.1, 3.0, 100.0), 8


def _config(gains: tuple[float, ...], seeds: int, steps: int):
    from .. import localization

    return dataclasses.replace(
        localization.PRESETS["quick"],
        gain=gains,
        clone=(0,),
        units=100,
        batch_size=1000,
        learning_rate=(1.0,),
        probe=0.0,
        seeds=seeds,
        steps=steps,
        measurements=2,
    )


def plan_of(gains: tuple[float, ...], seeds: int, steps: int):
    """The study's plan of these gains and seeds."""
    from .. import localization

    return localization.build(_config(gains, seeds, steps))


def trained(gains: tuple[float, ...], seeds: int, steps: int) -> Callable[[], float]:
    """CPU seconds of one step of one replica, by the difference of two lengths of training.

    What every call costs once (initial weights, dispatch, two measurements) is in both.
    """
    from jaxrep.engine import Schedule

    plan = plan_of(gains, seeds, steps)
    short = plan._replace(schedule=Schedule(steps // 5, (0, steps // 5)))
    plan = plan._replace(schedule=Schedule(steps, (0, steps)))

    def seconds(what) -> float:
        began = time.process_time()
        what.train(quiet=True)
        return time.process_time() - began

    def measure() -> float:
        return (seconds(plan) - seconds(short)) / (steps - steps // 5) / len(plan.replicas)

    for what in (plan, short):
        seconds(what)
    return measure


def floors() -> dict[str, Callable[[], float]]:
    """CPU seconds per step of parts of it, in loops on the device."""
    import jax
    import jax.numpy as jnp

    from jaxrep.engine.batches import Data

    from .. import localization
    from ..localization.data import family_of, parameters_of
    from ..localization.problem import apply_network, error

    config = _config((100.0,), 1, STEPS)
    hyper = {"gain": 100.0, "clone": 0.0, "positive": 4.47, "negative": 0.1}
    hyper = {name: jnp.float32(value) for name, value in hyper.items()} | {
        "learning_rate": jnp.float32(1.0)
    }
    problem = localization.build(config).problem
    key = jax.random.key(0)
    own = problem.own(key, hyper, ())
    params = problem.init(key, hyper, Data((), own)).params
    family, own_hyper = family_of(config), parameters_of(config, hyper)
    classes = np.repeat([0, 1], 500)

    def normals(carry, key):
        return carry + jax.random.normal(key, (1000, 40)).sum()

    def inputs(carry, key):
        first, second = jax.random.split(key)
        low = family.sample(first, 500, hyper["negative"], **own_hyper)
        high = family.sample(second, 500, hyper["positive"], **own_hyper)
        return carry + low.sum() + high.sum()

    def network(carry, key):
        del key
        x = own["inputs"]
        shifted = jax.tree.map(lambda w: w + 1e-20 * carry, params)

        def loss(params):
            return error(config, apply_network(config, params, x).outputs, x, classes)

        gradient = jax.grad(loss)(shifted)
        return carry + sum(g.sum() for g in jax.tree.leaves(gradient))

    def timed(body: Callable) -> Callable[[], float]:
        @jax.jit
        def loop(key):
            def one(carry, index):
                return body(carry, jax.random.fold_in(key, index)), None

            return jax.lax.scan(one, jnp.float32(0), jnp.arange(STEPS))[0]

        loop(key).block_until_ready()

        def measure() -> float:
            began = time.process_time()
            loop(key).block_until_ready()
            return (time.process_time() - began) / STEPS

        return measure

    return {
        "normal numbers alone": timed(normals),
        "inputs alone": timed(inputs),
        "network alone": timed(network),
    }


def run() -> None:
    """All rounds, and the table."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    from .rivals import torch_seconds

    measures: dict[str, Callable[[], float]] = {
        "jaxrep, one replica": trained((100.0,), 1, STEPS),
        f"jaxrep, {len(GAINS)} gains x {SEEDS} seeds, per replica": trained(
            GAINS, SEEDS, GRID_STEPS
        ),
        **floors(),
    }
    if (plain := torch_seconds("localization")) is not None:
        measures["PyTorch"] = plain
    middle, table = measure_rounds(measures, ROUNDS)
    one, grid = list(middle.values())[:2]
    if "PyTorch" in middle:
        table.add_row("steps per CPU-second over PyTorch's", f"{middle['PyTorch'] / one:.2f}", "")
    table.add_row("the grid's over one replica's", f"{one / grid:.2f}", "")
    floor = middle["normal numbers alone"]
    table.add_row("one step over its random numbers", f"{one / floor:.2f}", "")
    Console().print(f"1 core, CPU time per step, {ROUNDS} interleaved rounds", table)
