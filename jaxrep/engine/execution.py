"""Execution: how the replicas share the devices. The study never chooses; results say what ran."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Int, PyTree

from jaxrep.engine.lapack import Calls
from jaxrep.engine.structure import all_equations
from jaxrep.errors import InputError

FORMS = ("auto", "map", "vmap")
# Groups that `auto` makes on a CPU: their width follows from the size of a replica alone, so that
# a seed's bits do not depend on how many run beside it. A wider group costs a lone seed the work
# of its padding, a narrower one many seeds the cost of more rounds (measured, see `plan_layout`).
# One after the other wins once a replica's live arrays fill the cache (S5: 5.3 ms per replica and
# step for map, 7.0 for vmap of 4, 9.5 for vmap of 16).
WIDTHS_UP_TO_BYTES = {8: 2**16, 2: 2**20}
# With one batch for all replicas their first layers are one matrix product, while their arrays
# stay in the cache (3096-60-20-2, per network and epoch: 2 side by side 0.11 s, alone 0.13).
COMMON_WIDTH, COMMON_BYTES = 2, 2**23


@dataclass(frozen=True)
class Execution:
    """How replicas run.

    Attributes:
      form: ``map`` runs whole replicas one after the other on each device, ``vmap`` all of a
        device's replicas at once, ``auto`` picks by device kind and size of one replica: on a
        CPU groups of a width that no number of replicas changes, elsewhere ``vmap``.
      width: replicas side by side in one vmapped group; groups run one after the other and are
        padded to this width, so that results do not depend on the number of replicas. 0 takes
        all of a device's replicas as one group.
      devices: number of devices; 0 takes all.
      precision: ``float32`` or ``float64``.
    """

    form: str = "auto"
    width: int = 0
    devices: int = 0
    precision: str = "float32"

    def __post_init__(self):
        if self.form not in FORMS:
            raise InputError(f"form: {self.form!r} is not known; allowed are {', '.join(FORMS)}")
        if self.width < 0:
            raise InputError(f"width: {self.width} is negative; 0 or more are allowed")
        if self.precision not in ("float32", "float64"):
            raise InputError(
                f"precision: {self.precision!r} is not known; allowed are float32, float64"
            )
        if not 0 <= self.devices <= len(jax.devices()):
            raise InputError(
                f"devices: {self.devices} is outside 0 .. {len(jax.devices())} on this machine"
            )


class Layout(NamedTuple):
    """Where every replica runs.

    Attributes:
      mesh: the devices, along the one axis ``replica``.
      width: replicas of one group; 1 runs them unbatched.
      local: replicas on each device, padding included.
      form: what ran, in words.
    """

    mesh: jax.sharding.Mesh
    width: int
    local: int
    form: str

    @property
    def padded(self) -> int:
        """Places for replicas in all, padding included."""
        return self.local * self.mesh.size

    def places(self, replicas: int) -> Int[np.ndarray, " replica"]:
        """The place of every replica: groups are dealt to the devices in turn."""
        group, member = np.divmod(np.arange(replicas), self.width)
        turn, device = np.divmod(group, self.mesh.size)
        return device * self.local + turn * self.width + member

    def spread(self, tree: PyTree) -> PyTree:
        """``[replica, ...]`` arrays at their places; padding repeats the first replica."""

        def place(array):
            everywhere = np.repeat(array[:1], self.padded, axis=0)
            everywhere[self.places(len(array))] = array
            return everywhere

        return jax.tree.map(place, tree)


def plan_layout(
    execution: Execution,
    replicas: int,
    replica_bytes: int,
    lapack: Calls = "none",
    common: bool = False,
) -> Layout:
    """Spread the replicas.

    What the fixed width of ``auto`` costs on one core of a CPU, for every place of a group and
    step: information_plane 27 us in groups of 2, 23 to 24 in groups of 4, 28 alone; localization
    675, 650 and 786; deep_linear 3.0 in groups of 8, 5.3 alone. An odd number of seeds, or a lone
    one, does the work of the places left empty beside it: up to twice the best in groups of 2
    (deep_linear: 4.5 times); ``--form map`` is for that, and has other bits.

    Args:
      execution: what the user wants.
      replicas: their number.
      replica_bytes: size of one replica's live arrays.
      lapack: how a replica's program calls LAPACK, see `jaxrep.engine.lapack`.
      common: whether all replicas see the same batch.

    Raises:
      InputError: several CPU devices were asked for by number, where they could hang.
    """
    devices = jax.devices()[: execution.devices or None]
    form, on_cpu = execution.form, devices[0].platform == "cpu"
    fixed = 0
    if form == "auto" and on_cpu:
        spread_out = len(devices) > 1 and lapack == "single"
        fixed = execution.width or (1 if spread_out else _fixed_width(replica_bytes, common))
    if form == "auto":
        form = "map" if fixed == 1 else "vmap"
    stacked = lapack == "stacked" or (lapack == "single" and form == "vmap")
    if on_cpu and stacked and len(devices) > 1:
        if execution.devices:
            raise InputError(
                f"devices: {execution.devices} CPU devices can hang in LAPACK calls on stacks of "
                f"matrices, which this study makes with form {form}; 1 is allowed"
            )
        devices = devices[:1]
    # Always all devices, also for fewer groups than that: XLA compiles a program for one
    # device to other bits than one for several, and a seed must not feel its neighbours.
    width = execution.width or fixed if form == "vmap" else 1
    width = width or -(-replicas // len(devices))
    local = -(-replicas // (len(devices) * width)) * width
    automatic = (jax.sharding.AxisType.Auto,)
    mesh = jax.sharding.Mesh(np.array(devices), ("replica",), axis_types=automatic)
    side_by_side = f"groups of {width}, " if form == "vmap" else ""
    words = f"{form}, {side_by_side}{len(devices)} device(s)"
    return Layout(mesh, width, local, words)


def _fixed_width(replica_bytes: int, common: bool) -> int:
    """Replicas of a group that fill a CPU core's cache, by their size alone."""
    if common and 2**20 < replica_bytes <= COMMON_BYTES:
        return COMMON_WIDTH
    return next((w for w, most in WIDTHS_UP_TO_BYTES.items() if replica_bytes <= most), 1)


def live_bytes(jaxpr: Any) -> int:
    """Estimate of what one replica keeps alive in a traced step: inputs, three largest arrays."""
    sizes = [_bytes(out.aval) for equation in all_equations(jaxpr) for out in equation.outvars]
    return sum(_bytes(leaf.aval) for leaf in jaxpr.invars) + sum(sorted(sizes)[-3:])


def _bytes(aval) -> int:
    return int(np.prod(aval.shape)) * getattr(aval.dtype, "itemsize", 8)
