"""Training with full recording, against a plain PyTorch loop without; and the estimators; one core.

Twelve bits, 12-10-7-5-4-3-2, tanh, Adam, batches of 256; CPU seconds per epoch and seed, by the
difference of two lengths of training. Full recording is the standard schedule at its densest:
weights, losses and gradient statistics on both sets after each of the first 50 epochs.
Expected: at most a fifth of PyTorch's time per seed. Estimators at 4096 x 10, both
informations: binning <= 3 ms, kernel bounds <= 60 ms, EDGE <= 150 ms.
"""

import dataclasses
import os
import time
from collections.abc import Callable

import numpy as np
from rich.console import Console

from .rounds import measure_rounds

SEEDS, SHORT, LONG, ROUNDS = 10, 20, 120, 5


def trained(recorded: bool, seeds: int = SEEDS) -> Callable[[], float]:
    """CPU seconds per epoch and seed: with the published schedule's records, or none."""
    from jaxrep.engine import Schedule

    from .. import information_plane
    from ..information_plane.problem import recorded_epochs

    config = dataclasses.replace(information_plane.STANDARD, seeds=seeds)
    plan = information_plane.build(config)
    assert plan is not None  # nothing but known channels has no plan
    per_epoch = plan.problem.batches.steps_per_epoch

    def schedule(epochs: int) -> Schedule:
        kept = recorded_epochs(epochs) if recorded else [0, epochs]
        return Schedule(epochs * per_epoch, tuple(epoch * per_epoch for epoch in kept))

    plans = [plan._replace(schedule=schedule(epochs)) for epochs in (SHORT, LONG)]

    def seconds(what) -> float:
        began = time.process_time()
        what.train(quiet=True)
        return time.process_time() - began

    for what in plans:
        seconds(what)

    def measure() -> float:
        short, long = (seconds(what) for what in plans)
        return (long - short) / (LONG - SHORT) / seeds

    return measure


def estimators() -> dict[str, Callable[[], float]]:
    """CPU seconds of both informations of one layer of 10 units on all 4096 patterns."""
    import jax

    from jaxrep.analysis.edge import edge_layer_information
    from jaxrep.analysis.information import binned_information, kernel_information
    from jaxrep.data.twelve_bits import bit_patterns, pattern_classes

    inputs, labels = bit_patterns().astype(np.float32), pattern_classes()
    weights = np.random.default_rng(0).normal(size=(12, 10)) / 10**0.5
    layer = np.tanh(inputs @ weights).astype(np.float32)

    def timed(call: Callable) -> Callable[[], float]:
        jax.block_until_ready(call())

        def measure() -> float:
            began = time.process_time()
            jax.block_until_ready(call())
            return time.process_time() - began

        return measure

    return {
        "binning": timed(lambda: binned_information(layer, labels, 0.07)),
        "kernel, both bounds": timed(lambda: kernel_information(layer, labels, 1e-3)),
        "EDGE": timed(lambda: edge_layer_information(layer, inputs, labels)),
    }


def run() -> None:
    """All rounds, and the table."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    from jaxrep.data.twelve_bits import twelve_bit_task

    from .. import information_plane
    from .rivals import torch_seconds

    ours = f"jaxrep, {SEEDS} seeds, all recorded"
    measures: dict[str, Callable[[], float]] = {
        ours: trained(True),
        f"jaxrep, {SEEDS} seeds, not recorded": trained(False),
        **estimators(),
    }
    loop = "PyTorch, not recorded"
    if (step := torch_seconds("information_plane")) is not None:
        batches = len(twelve_bit_task().train_classes) / information_plane.STANDARD.batch_size
        measures[loop] = lambda: batches * step()
    middle, table = measure_rounds(measures, ROUNDS)
    if loop in middle:
        ratio = middle[loop] / middle[ours]
        table.add_row("PyTorch over jaxrep with recording, per seed", f"{ratio:.1f}", "")
    Console().print(f"1 core, CPU time per epoch and seed, {ROUNDS} interleaved rounds", table)
