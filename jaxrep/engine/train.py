"""The one training loop: chunks on the device, the host in between."""

import sys
import time
from contextlib import ExitStack, nullcontext

import jax

from jaxrep.engine import hosts
from jaxrep.engine.checkpoints import Checkpoints
from jaxrep.engine.execution import Execution
from jaxrep.engine.problem import Problem, State, Variables
from jaxrep.engine.progress import reporting
from jaxrep.engine.replicas import Replicas
from jaxrep.engine.schedule import Schedule
from jaxrep.engine.session import Session, Trained
from jaxrep.engine.signals import signals_ask
from jaxrep.errors import InputError, Interrupted, StorageError

FULL_DISK_SECONDS = 600.0
"""How long the end of training waits for room on a full disk."""
_RETRY_SECONDS = 5.0


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
      InputError: the problem contradicts itself, the networks cannot fit the memory, the devices'
        random numbers are not partitionable, the initial state does not fit, or another process
        trains there.
      OtherRun: the checkpoints are of another training; the message says where they differ.
      Interrupted: Ctrl-C, or a signal of a scheduler (TERM, HUP, USR1, USR2); the state is
        checkpointed (where `checkpoints` is given) first.
      StorageError: nothing can be written, and waiting does not help.
      PeerLost: of several processes another one has ended.

    >>> import optax
    >>> from jaxrep.engine import Replicas, Schedule
    >>> problem = Problem(
    ...     init=lambda key, hyper, data: Variables({"w": jax.numpy.ones(())}),
    ...     loss=lambda variables, batch, hyper: (variables.params["w"] ** 2 / 2, ()),
    ...     optimizer=lambda hyper: optax.sgd(hyper["rate"]),
    ...     measure=lambda variables, hyper, data: {"w": variables.params["w"]},
    ... )
    >>> replicas = Replicas((0,), {"rate": (0.1, 0.5)})
    >>> trained = train(problem, replicas, Schedule(2, (0, 2)), quiet=True)
    >>> trained.records.w.sel(seed=0).values.tolist()  # (1 - rate)^step
    [[1.0, 0.810], [1.0, 0.25]]
    """
    execution = execution or Execution()
    if not getattr(jax.config, "jax_threefry_partitionable"):  # noqa: B009 (it has no type)
        raise InputError("jax_threefry_partitionable: False is set; jaxrep needs True")
    with ExitStack() as stack:
        stack.enter_context(jax.enable_x64() if execution.precision == "float64" else nullcontext())
        session = Session(problem, replicas, schedule, checkpoints, execution)
        session.check_memory()
        if checkpoints is not None and not checkpoints.read_only and hosts.is_first():
            stack.enter_context(checkpoints.locked())
        stopped = stack.enter_context(signals_ask())
        stack.enter_context(hosts.peers_watched())
        hosts.wait("start")  # the first process holds the directory
        session.start(initial)
        silent = quiet or not hosts.is_first()
        with reporting(schedule.steps, session.step, session.quantity, silent) as reporter:
            while not session.finished():
                session.advance()
                reporter.update(session.step, session.headline())
                number = hosts.largest(stopped.number) if hosts.several() else stopped.number
                if number:
                    _save_at_last(session, 0.0)
                    raise Interrupted(session.step, number, checkpoints is not None)
        _save_at_last(session, FULL_DISK_SECONDS)
        return session.result()


def _save_at_last(session: Session, patience: float) -> None:
    """Checkpoint; while the disk is full, wait for room as long as `patience` seconds.

    Raises:
      StorageError: it cannot be written.
    """
    deadline = time.monotonic() + patience
    said = False
    while True:
        try:
            return session.save()
        except StorageError as error:
            left = deadline - time.monotonic()
            if not error.temporary or left <= 0:
                raise
            if not said:
                print(f"{error} (waiting up to {left:.0f} s)", file=sys.stderr, flush=True)
                said = True
            time.sleep(min(_RETRY_SECONDS, left))
