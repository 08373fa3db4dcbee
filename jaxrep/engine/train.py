"""The one training loop: chunks on the device, the host in between."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import jax

from jaxrep.engine.checkpoints import Checkpoints
from jaxrep.engine.execution import Execution
from jaxrep.engine.problem import Problem, State, Variables
from jaxrep.engine.progress import reporting
from jaxrep.engine.replicas import Replicas
from jaxrep.engine.schedule import Schedule
from jaxrep.engine.session import Session, Trained
from jaxrep.errors import InputError, Interrupted


def train(
    problem: Problem,
    replicas: Replicas,
    schedule: Schedule,
    initial: State | Variables | None = None,
    *,
    checkpoints: Checkpoints | None = None,
    execution: Execution | None = None,
    quiet: bool = False,
) -> Trained:
    """Train all replicas of a problem.

    Args:
      problem: pure functions of one replica.
      replicas: seeds x grid.
      schedule: how long, and when to look.
      initial: start from here instead of `Problem.init`, ``[replica, ...]``; variables
        alone get a fresh optimizer.
      checkpoints: where to save and continue from; None keeps everything in memory.
      execution: how replicas share the devices; the default decides by itself.
      quiet: no progress.

    Raises:
      InputError: the devices' random numbers are not partitionable, or the initial state does
        not fit.
      Interrupted: Ctrl-C; the state is checkpointed (where `checkpoints` is given) first.
    """
    execution = execution or Execution()
    if not getattr(jax.config, "jax_threefry_partitionable"):  # noqa: B009 (it has no type)
        raise InputError("jax_threefry_partitionable: False is set; jaxrep needs True")
    with jax.enable_x64() if execution.precision == "float64" else nullcontext():
        session = Session(problem, replicas, schedule, checkpoints, execution)
        session.start(initial)
        with reporting(schedule.steps, session.step, session.quantity, quiet) as reporter:
            with _ctrl_c_at_chunk_ends() as stopped:
                while not session.finished():
                    session.advance()
                    reporter.update(session.step, session.headline())
                    if stopped.is_set():
                        session.save()
                        raise Interrupted(session.step)
        session.save()
        return session.result()


@contextmanager
def _ctrl_c_at_chunk_ends() -> Iterator[threading.Event]:
    """Turn the first Ctrl-C into an event; the second one interrupts at once."""
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return

    def first(signum, frame):
        stopped.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    previous = signal.signal(signal.SIGINT, first)
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, previous)
