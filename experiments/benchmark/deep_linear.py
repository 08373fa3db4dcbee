"""The tutorial's training, 32 seeds with all recordings, against its PyTorch loop; one core.

CPU seconds of the process, which a shared machine disturbs least. Both sides draw initial
weights, train 250 steps, and record loss, similarity, singular values and a trace each step.
Expected: at least 20 times less CPU than PyTorch.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
from rich.console import Console
from rich.table import Table

SEEDS, STEPS, ROUNDS, TORCH_RUNS = 32, 250, 5, 3


def jaxrep_call() -> tuple[Callable[[], float], float]:
    """CPU seconds of one call that trains all seeds, and those of the first, with compilation."""

    from jaxrep.problems.feature_task import singular_values

    from .. import deep_linear

    plan = deep_linear.build(deep_linear.PRESETS["quick"])
    assert (len(plan.replicas), plan.schedule.steps) == (SEEDS, STEPS)

    def measure() -> float:
        began = time.process_time()
        singular_values(plan.train(quiet=True).records)
        return time.process_time() - began

    first = measure()
    measure()
    return measure, first


def torch_run() -> Callable[[], float] | None:
    """CPU seconds of one run of the tutorial's loop; None without PyTorch."""
    try:
        import torch
    except ImportError:
        return None
    from .. import deep_linear

    torch.set_num_threads(1)
    config = deep_linear.resolve(deep_linear.PRESETS["quick"])
    data, _ = deep_linear.build(config).data
    values = data.tables[0].values
    items, features, hidden = *values.shape, config.hidden
    inputs = torch.eye(items)
    labels = torch.tensor(values, dtype=torch.float32)

    def measure() -> float:
        began = time.process_time()
        first = torch.nn.Linear(items, hidden, bias=False)
        last = torch.nn.Linear(hidden, features, bias=False)
        for layer in (first, last):
            deviation = config.scale[0] / sum(layer.weight.shape) ** 0.5
            torch.nn.init.normal_(layer.weight, 0.0, deviation)
        parameters = [first.weight, last.weight]
        optimizer = torch.optim.SGD(parameters, lr=config.learning_rate[0])
        losses, modes = np.zeros(STEPS), np.zeros((STEPS, items))
        similarities, trace = np.zeros((STEPS, items, items)), np.zeros(STEPS)
        for step in range(STEPS):
            optimizer.zero_grad()
            seen = first(inputs)
            predicted = last(seen)
            loss = torch.nn.functional.mse_loss(predicted, labels)
            loss.backward()
            optimizer.step()
            with torch.no_grad():
                losses[step] = loss.item()
                similarities[step] = (seen @ seen.T).numpy()
                trace[step] = predicted[0, -1].item()
                # with the singular vectors, as the tutorial computes them
                product = last.weight @ first.weight
                modes[step] = torch.linalg.svd(product, full_matrices=False)[1].numpy()
        return time.process_time() - began

    measure()
    return measure


def run() -> None:
    """All rounds, and the table."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    ours, first = jaxrep_call()
    theirs = torch_run()
    times: dict[str, list[float]] = {"ours": [], "theirs": []}
    for _ in range(ROUNDS):
        times["ours"].append(ours())
        if theirs is not None:
            times["theirs"].append(statistics.median(theirs() for _ in range(TORCH_RUNS)))
    table = Table("quantity", "median", "min .. max over rounds")
    middle = {name: statistics.median(values) for name, values in times.items() if values}
    spread = {n: f"{min(v):.3g} .. {max(v):.3g}" for n, v in times.items() if v}
    table.add_row(f"jaxrep, {SEEDS} seeds, one call", f"{middle['ours']:.3g} s", spread["ours"])
    table.add_row("its first call, with compilation", f"{first:.3g} s", "")
    if theirs is None:
        print(
            "PyTorch is not installed (pip install -e '.[bench]'): no comparison", file=sys.stderr
        )
    else:
        table.add_row("PyTorch, one run", f"{middle['theirs']:.3g} s", spread["theirs"])
        ratio = SEEDS * middle["theirs"] / middle["ours"]
        table.add_row(f"{SEEDS} PyTorch runs / jaxrep", f"{ratio:.1f}", "")
    Console().print(f"1 core, CPU seconds, {ROUNDS} interleaved rounds", table)
