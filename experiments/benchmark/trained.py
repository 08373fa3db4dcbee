"""The networks of every study, as training steps that can be timed and counted."""

import dataclasses
import importlib
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxrep.engine import Execution, Replicas
from jaxrep.engine.batches import Data
from jaxrep.engine.provenance import environment
from jaxrep.engine.session import Session
from jaxrep.study import Plan

from .. import STUDIES
from .. import __name__ as package

PRESETS = {
    "group_composition": "s5",
    "deep_linear": None,
    "localization": "single_unit",
    "information_plane": "tanh",
    "face_angle": "uniform",
}
"""Of every study; None is its default."""
FOLDER = Path("results") / "benchmark"


def study_plan(name: str, seeds: int) -> Plan:
    """The preset of a study with so many seeds, and one grid point."""
    module = importlib.import_module(f"{package}.{name}")
    preset = PRESETS[name]
    config = module.Config() if preset is None else module.PRESETS[preset]
    return one_point(module.build(dataclasses.replace(config, seeds=seeds)))


def one_point(plan: Plan) -> Plan:
    """The first grid point of a plan, all its seeds."""
    hyper = {key: np.ravel(values)[:1].tolist() for key, values in plan.replicas.hyper.items()}
    return plan._replace(replicas=Replicas(plan.replicas.seeds, hyper, plan.replicas.root))


def started(plan: Plan, execution: Execution | None = None) -> Session:
    """A session whose networks are on the device and have made two steps."""
    session = Session(
        plan.problem, plan.replicas, plan.schedule, None, execution or Execution(devices=1)
    )
    session.start(None)
    session.timed(2, 0)
    return session


def step_seconds(session: Session, least: float = 0.2) -> float:
    """Seconds of a step of all networks, over as many as take the `least` seconds."""
    steps = 2
    while (taken := session.timed(steps, 0)) < least:
        steps = max(2 * steps, min(int(steps * least / max(taken, 1e-4)) + 1, 100 * steps))
    return taken / steps


def step_costs(plan: Plan) -> dict[str, float]:
    """Operations and bytes of one network's step, by the compiler's count of the program.

    Bytes are what the operations of the program read and write, from whatever memory is nearest;
    the body of a loop inside a step is counted once. What draws an epoch's order is no part of it.
    """
    problem, replicas = plan.problem, plan.replicas
    seeds, columns = replicas.arrays()
    hyper = {name: jnp.asarray(values[0]) for name, values in columns.items()}
    key = jax.random.key(0)

    def begun(seed, hyper, shared):
        own = jax.random.fold_in(key, seed)
        data = Data(shared, problem.own(own, hyper, shared))
        order = problem.batches.begin_epoch(own, data)
        return problem.start(problem.init(own, hyper, data), hyper), data, order

    def step(state, data, order, hyper):
        seen = None if problem.batches.common else hyper
        batch = problem.batches.draw(key, jnp.int32(0), order, seen, data)
        return problem.update(state, batch, hyper)

    shapes = jax.eval_shape(begun, jnp.asarray(seeds[0]), hyper, problem.shared)
    counted = jax.jit(step).lower(*shapes, hyper).compile().cost_analysis() or {}
    return {
        "operations": float(counted["flops"]),
        "bytes": float(counted["bytes accessed"]),
        "transcendentals": float(counted.get("transcendentals", 0.0)),
    }


def wait(function: Any, *arguments: Any) -> float:
    """Seconds until a compiled function has its results."""
    began = time.perf_counter()
    jax.block_until_ready(function(*arguments))
    return time.perf_counter() - began


def save(name: str, measured: Mapping[str, Any]) -> Path:
    """Write measurements with the machine and versions they come from; returns the file."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps({"environment": environment(), **measured}, indent=1) + "\n")
    return path


TRAINED_STUDIES = tuple(name for name in STUDIES if name in PRESETS)
