"""What a training would take, before anything is written: memory, records, time."""

import time
from typing import NamedTuple

import jax

from jaxrep.engine.execution import Execution
from jaxrep.engine.memory import available_bytes
from jaxrep.engine.problem import Problem
from jaxrep.engine.replicas import Replicas
from jaxrep.engine.schedule import Schedule
from jaxrep.engine.session import Session

PROBE_SECONDS = 3.0


class Preview(NamedTuple):
    """What a training would take.

    Attributes:
      form: how the replicas would run, in words.
      replicas: their number.
      shape: length of each leading dimension of the results.
      steps: updates.
      measured: name -> (shape, type) of what is recorded for one network at one step.
      measurements: at how many steps.
      record_bytes: all of it, in main memory and on disk.
      snapshot_bytes: all parameters that are kept.
      replica_bytes: memory of a device for one replica while it is trained.
      device_bytes: memory of the fullest device for all it trains, shared data included.
      available_bytes: free memory of that device; on a CPU its share of the machine's.
      fitting: the largest number of replicas that fits on the devices.
      probed: steps that were trained to measure the speed.
      seconds: estimated for the whole, with the compilation.
    """

    form: str
    replicas: int
    shape: dict[str, int]
    steps: int
    measured: dict[str, tuple[tuple[int, ...], str]]
    measurements: int
    record_bytes: int
    snapshot_bytes: int
    replica_bytes: int
    device_bytes: int
    available_bytes: int
    fitting: int
    probed: int
    seconds: float


def preview(
    problem: Problem,
    replicas: Replicas,
    schedule: Schedule,
    execution: Execution | None = None,
) -> Preview:
    """Compile a training, ask the compiled program for its memory, and probe its speed.

    Memory is what XLA planned for the program of a chunk (``memory_analysis``): arguments,
    results and temporaries. Where it would not fit, nothing is run and the time is NaN.

    Raises:
      InputError: as of `jaxrep.engine.train`.
    """
    began = time.monotonic()
    execution = execution or Execution()
    with jax.enable_x64(execution.precision == "float64"):
        session = Session(problem, replicas, schedule, None, execution)
        sharded, whole = session.planned_bytes()
        values = session.traced.values
        measured = {name: (tuple(x.shape), str(x.dtype)) for name, x in values.items()}
        size = sum(x.size * x.dtype.itemsize for x in values.values())
        kept = sum(x.size * x.dtype.itemsize for x in jax.tree.leaves(session.traced.state[0]))
        devices = session.layout.mesh.size
        # groups one after the other share their temporaries: each adds only what it keeps
        available = available_bytes(session.layout.mesh.devices.flat[0], devices)
        fitting = int((available - whole) // max(sharded, 1)) * devices
        probed, seconds = 0, float("nan")
        total = whole + sharded * session.layout.local
        if total < available:
            probed, seconds = _probe(session, began)
    return Preview(
        session.layout.form,
        len(replicas),
        replicas.shape,
        schedule.steps,
        measured,
        len(schedule.measure),
        size * len(replicas) * len(schedule.measure),
        kept * len(replicas) * len(schedule.snapshots),
        int(sharded),
        int(total),
        int(available),
        max(fitting, 0),
        probed,
        seconds,
    )


def _probe(session: Session, began: float) -> tuple[int, float]:
    """Steps trained for some seconds, and the time of the whole by the speed of the last ones."""
    session.start(None)
    session.timed(0, 0)
    compiling = time.monotonic() - began
    steps, took = 1, session.timed(1, 0)
    most = session.schedule.steps
    while took < PROBE_SECONDS / 2 and steps < most:
        steps = min(most, max(2 * steps, int(steps * PROBE_SECONDS / 2 / max(took, 1e-4))))
        took = session.timed(steps, 0)
    measuring = session.timed(0, 1) if session.schedule.measure else 0.0
    return steps, compiling + most * took / steps + len(session.schedule.measure) * measuring
