"""An analysis of every replica, dealt to the devices: compiled once, stopped between rounds."""

import functools
import sys
from collections.abc import Callable

import jax
import numpy as np
from jaxtyping import PyTree
from rich.progress import track


def map_over_replicas(
    program: Callable[..., PyTree], replicated: PyTree, *same: PyTree, words: str = "replicas"
) -> PyTree:
    """``program(replica, *same)`` for every replica, one on each device at a time.

    Shows progress in a terminal; Ctrl-C takes effect between rounds.

    Args:
      program: of one replica, traceable; the same function again is not compiled again. No
        LAPACK calls on several CPU devices (see `jaxrep.engine.lapack`).
      replicated: arrays ``[replica, ...]``.
      same: what all replicas see.
      words: beside the progress bar.

    Returns:
      What `program` returns, numpy arrays ``[replica, ...]``.

    >>> map_over_replicas(lambda x, shift: x**2 + shift, np.array([1.0, 2.0, 3.0]), 10.0).tolist()
    [11.0, 14.0, 19.0]
    """
    run = _one_round(program, tuple(jax.local_devices()), len(same))
    count, together = len(jax.tree.leaves(replicated)[0]), len(jax.local_devices())
    rounds = []
    starts = range(0, count, together)
    for start in track(starts, words, transient=True, disable=not sys.stderr.isatty()):
        rows = np.minimum(np.arange(start, start + together), count - 1)  # padding: the last again
        part = jax.tree.map(lambda x, rows=rows: np.asarray(x)[rows], replicated)
        rounds.append(jax.device_get(run(part, *same)))
    return jax.tree.map(lambda *parts: np.concatenate(parts)[:count], *rounds)


@functools.lru_cache(maxsize=16)
def _one_round(program: Callable, devices: tuple, count: int) -> Callable:
    """`program` on one replica per device, with `count` arguments that all replicas share."""
    automatic = (jax.sharding.AxisType.Auto,)
    mesh = jax.sharding.Mesh(np.array(devices), ("replica",), axis_types=automatic)
    split, whole = jax.sharding.PartitionSpec("replica"), jax.sharding.PartitionSpec()

    def on_device(replicas, *same):
        one = jax.tree.map(lambda x: x[0], replicas)
        return jax.tree.map(lambda x: x[None], program(one, *same))

    in_specs = (split, *(whole for _ in range(count)))
    return jax.jit(
        jax.shard_map(on_device, mesh=mesh, in_specs=in_specs, out_specs=split, check_vma=False)
    )
