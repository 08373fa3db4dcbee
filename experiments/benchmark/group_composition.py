"""S5 training against a plain PyTorch loop, and the metrics of one network, on all cores.

Expected on 2 CPU cores: 8 times PyTorch's speed per seed and step.
"""

import contextlib
import dataclasses
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from rich.console import Console
from rich.table import Table

from jaxrep.analysis.group_microscope import Microscope
from jaxrep.engine import Execution, own_data
from jaxrep.engine.session import Session
from jaxrep.groups import group

from .. import group_composition
from ..group_composition.problem import network


@dataclass(frozen=True)
class Sizes:
    """What is timed: S5, train fraction 0.4, the published widths."""

    seeds: int = 4
    steps: int = 40
    torch_steps: int = 10
    rounds: int = 7


def factored_operations(order: int, rows: int, embed: int, hidden: int) -> int:
    """Floating-point operations of one update with factored tables, forward and backward."""
    tables = 2 * 2 * order * embed * hidden
    read_out = 2 * rows * hidden * order
    return 3 * (tables + read_out)


def matrix_product_rate(cores: int) -> Callable[[], float]:
    """A function that measures float32 operations per second of products on all devices.

    Two shapes, the faster counts: a square product, and the read-out of S5.
    """
    devices = jax.devices()[:cores]
    shapes = [(1024, 1024, 1024, 4), (5760, 128, 120, 40)]

    def chained(left, right, count):
        def body(_, x):
            return x + 1e-9 * jnp.sum(jnp.matmul(left + x, right, precision="highest")[0])

        return jax.lax.fori_loop(0, count, body, jnp.float32(0))

    compiled = jax.jit(chained)
    operands = [
        [
            (
                jax.device_put(np.ones((m, k), np.float32), d),
                jax.device_put(np.ones((k, n), np.float32), d),
            )
            for d in devices
        ]
        for m, k, n, _ in shapes
    ]

    def measure() -> float:
        rates = []
        for (m, k, n, count), pairs in zip(shapes, operands, strict=True):
            began = time.perf_counter()
            jax.block_until_ready([compiled(left, right, count) for left, right in pairs])
            rates.append(len(pairs) * count * 2 * m * k * n / (time.perf_counter() - began))
        return max(rates)

    measure()
    return measure


def jaxrep_step(sizes: Sizes) -> Callable[[], float]:
    """A function that measures seconds per seed and step of the study's own training."""
    config = dataclasses.replace(
        group_composition.PRESETS["s5"], seeds=sizes.seeds, measurements=1, snapshots=0
    )
    plan = group_composition.build(config)
    assert plan is not None  # nothing but given weights has no plan
    session = Session(plan.problem, plan.replicas, plan.schedule, None, Execution())
    session.start(None)
    session.advance()

    def measure() -> float:
        session.chunk_steps = sizes.steps
        first = session.step
        began = time.perf_counter()
        session.advance()
        taken = time.perf_counter() - began
        return taken / (session.step - first) / sizes.seeds

    measure()
    return measure


def torch_step(sizes: Sizes) -> Callable[[], float] | None:
    """The same for an eager PyTorch loop over the unfactored model; None without PyTorch."""
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    config = group_composition.PRESETS["s5"]
    known = group(config.group)
    n, e, h = known.order, config.embed_dim, config.hidden_dim
    torch.manual_seed(0)
    scales = (((n, e), e), ((n, e), e), ((2 * e, h), 2 * e), ((h, n), h))
    w_x, w_y, w, w_u = parameters = [
        torch.nn.Parameter(torch.randn(shape) / fan_in**0.5) for shape, fan_in in scales
    ]
    rows = torch.randperm(n * n)[: int(config.train_fraction * n * n)]
    a, b = rows // n, rows % n
    labels = torch.tensor(known.table.reshape(-1)).long()[rows]
    optimizer = torch.optim.AdamW(parameters, 1e-3, (0.9, 0.98), weight_decay=1.0)

    def measure() -> float:
        began = time.perf_counter()
        for _ in range(sizes.torch_steps):
            hidden = torch.relu(torch.cat([w_x[a], w_y[b]], 1) @ w)
            logits = (hidden @ w_u).to(torch.float64)
            loss = torch.nn.functional.cross_entropy(logits, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return (time.perf_counter() - began) / sizes.torch_steps

    measure()
    return measure


def metrics_seconds(precision: str) -> Callable[[], float]:
    """A function that measures all metrics of one S5 network, compiled."""
    config = dataclasses.replace(group_composition.PRESETS["s5"], seeds=1)
    plan = group_composition.build(config)
    assert plan is not None  # nothing but given weights has no plan
    known = group(config.group)
    model = network(config, known.order)
    scope = Microscope(model, known)
    own = jax.tree.map(lambda x: x[0], own_data(plan.problem, plan.replicas))
    double = precision == "float64"

    def measure() -> float:
        with jax.enable_x64() if double else contextlib.nullcontext():
            pair = jnp.zeros(1, jnp.int32)
            dtype = np.float64 if double else np.float32
            params = model.init(jax.random.key(0), pair, pair)["params"]
            params = jax.tree.map(lambda x: jnp.asarray(x, dtype), params)
            arguments = jax.device_put((params, own["train"], own["test"], scope.tables))
            jax.block_until_ready(scope.metrics(*arguments))
            began = time.perf_counter()
            jax.block_until_ready(scope.metrics(*arguments))
            return time.perf_counter() - began

    measure()
    return measure


def run(sizes: Sizes | None = None) -> None:
    """All rounds, and the table."""
    sizes = sizes or Sizes()
    cores = len(os.sched_getaffinity(0))
    with contextlib.suppress(RuntimeError):
        jax.config.update("jax_num_cpu_devices", cores)
    candidates = {
        "jaxrep": jaxrep_step(sizes),
        "products": matrix_product_rate(cores),
        "metrics32": metrics_seconds("float32"),
        "metrics64": metrics_seconds("float64"),
    }
    torch_measure = torch_step(sizes)
    if torch_measure is None:
        print(
            "PyTorch is not installed (pip install -e '.[bench]'): no comparison", file=sys.stderr
        )
    else:
        candidates["torch"] = torch_measure
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(sizes.rounds):
        for name, measure in candidates.items():
            times[name].append(measure())
    middle = {name: statistics.median(values) for name, values in times.items()}
    config = group_composition.PRESETS["s5"]
    order = group(config.group).order
    rows = int(config.train_fraction * order**2)
    operations = factored_operations(order, rows, config.embed_dim, config.hidden_dim)
    rate = operations / middle["jaxrep"]
    table = Table("quantity", "median", "min .. max over rounds")

    def row(quantity: str, name: str, scale: float, unit: str) -> None:
        values = [value * scale for value in times[name]]
        spread = f"{min(values):.3g} .. {max(values):.3g}"
        table.add_row(quantity, f"{middle[name] * scale:.3g} {unit}", spread)

    row(f"jaxrep, one seed's step ({sizes.seeds} seeds)", "jaxrep", 1e3, "ms")
    if "torch" in middle:
        row("PyTorch eager, unfactored, one step", "torch", 1e3, "ms")
        table.add_row("PyTorch / jaxrep", f"{middle['torch'] / middle['jaxrep']:.2f}", "")
    row("matrix products", "products", 1e-9, "GFLOP/s")
    table.add_row("jaxrep, factored operations", f"{rate * 1e-9:.3g} GFLOP/s", "")
    table.add_row("share of the matrix-product rate", f"{rate / middle['products']:.0%}", "")
    row("all metrics of one S5 network, float32", "metrics32", 1e3, "ms")
    row("all metrics of one S5 network, float64", "metrics64", 1e3, "ms")
    Console().print(f"{cores} cores, {sizes.rounds} interleaved rounds", table)
