"""Several processes, on one machine or many, that train one set of replicas together.

Every process runs the same command; `join` finds out whether there are others: from Slurm, from
Open MPI, or from ``JAX_COORDINATOR_ADDRESS`` (host:port of the first process),
``JAX_NUM_PROCESSES`` and ``JAX_PROCESS_ID``. Each trains its share of the replicas, all write one
checkpoint together, and the first one reports.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import jax
import numpy as np
from jaxtyping import PyTree

from jaxrep.errors import InputError, PeerLost

HEARTBEAT_SECONDS = 10
_DAY = 86_400
_EXPLICIT = "JAX_COORDINATOR_ADDRESS", "JAX_NUM_PROCESSES", "JAX_PROCESS_ID"


def join() -> bool:
    """Join the other processes of this command, before JAX is used; False where it is alone.

    Raises:
      InputError: only a part of the three variables is set, or the others cannot be reached.
    """
    given = [name for name in _EXPLICIT if os.environ.get(name)]
    arguments = {}
    if given:
        if len(given) < len(_EXPLICIT):
            lacking = ", ".join(sorted({*_EXPLICIT} - {*given}))
            raise InputError(f"{given[0]}: set without {lacking}; all three are needed")
        try:
            count, index = (int(os.environ[name]) for name in _EXPLICIT[1:])
        except ValueError:
            raise InputError(
                f"{_EXPLICIT[1]}: whole numbers are needed, here and in {_EXPLICIT[2]}"
            ) from None
        if not 0 <= index < count:
            raise InputError(f"{_EXPLICIT[2]}: {index} is outside 0 .. {count - 1}")
        arguments = {
            "coordinator_address": os.environ[_EXPLICIT[0]],
            "num_processes": count,
            "process_id": index,
        }
    elif _scheduled() < 2:
        return False
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    try:
        jax.distributed.initialize(
            **arguments,
            heartbeat_timeout_seconds=HEARTBEAT_SECONDS,
            shutdown_timeout_seconds=_DAY,  # the others wait while the first one reports
        )
    except RuntimeError as error:
        words = (str(error).splitlines() or [""])[0][:200]
        message = f"{_EXPLICIT[0]}: the other processes cannot be reached ({words})"
        raise InputError(message) from error
    return True


def _scheduled() -> int:
    """How many processes a scheduler started this command as."""
    counts = "SLURM_STEP_NUM_TASKS", "OMPI_COMM_WORLD_SIZE"
    return max(int(os.environ.get(name) or 1) for name in counts)


def several() -> bool:
    """Whether other processes train with this one."""
    return jax.process_count() > 1


def is_first() -> bool:
    """Whether this is the process that writes and reports."""
    return jax.process_index() == 0


def agree(number: int | float) -> np.ndarray:
    """The first process's number, in all of them: what is decided by a clock must be the same."""
    from jax.experimental import multihost_utils

    return np.asarray(multihost_utils.broadcast_one_to_all(np.asarray(number)))


def largest(number: int) -> int:
    """The largest of the processes' numbers."""
    from jax.experimental import multihost_utils

    return int(np.max(multihost_utils.process_allgather(np.asarray(number))))


def wait(name: str) -> None:
    """Until all processes are here."""
    from jax.experimental import multihost_utils

    if several():
        multihost_utils.sync_global_devices(name)


def put(tree: PyTree, sharding: jax.sharding.NamedSharding) -> PyTree:
    """Arrays that every process has whole, on the devices of all."""
    if not several():
        return jax.device_put(tree, sharding)

    def place(array):
        array = np.asarray(array)
        return jax.make_array_from_callback(array.shape, sharding, lambda index: array[index])

    return jax.tree.map(place, tree)


def fetch(tree: PyTree) -> PyTree:
    """Arrays on the devices of all, whole and as numpy in every process."""
    if several():
        from jax.experimental import multihost_utils

        tree = multihost_utils.process_allgather(tree, tiled=True)
    return jax.tree.map(np.asarray, jax.device_get(tree))


@contextmanager
def peers_watched() -> Iterator[None]:
    """Turn what collectives say when another process has ended into one line.

    Raises:
      PeerLost: it has.
    """
    try:
        yield
    except (jax.errors.JaxRuntimeError, ValueError) as error:
        words = str(error).lower()
        signs = "gloo", "connection", "coordination", "peer", "heartbeat", "barrier", "socket"
        if several() and any(sign in words for sign in signs):
            raise PeerLost() from error
        raise
