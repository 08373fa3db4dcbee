"""One training run in progress: what is on the devices, and what the host has collected."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import jax
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec
from jaxtyping import PyTree

from jaxrep.engine import hosts
from jaxrep.engine.checkpoints import Checkpoint, Checkpoints
from jaxrep.engine.divergence import finite_replicas
from jaxrep.engine.execution import Layout, live_bytes, plan_layout
from jaxrep.engine.fingerprint import changed_code, differences, fingerprint
from jaxrep.engine.lapack import lapack_calls
from jaxrep.engine.memory import check_fits, tree_bytes
from jaxrep.engine.problem import Problem, State, Variables
from jaxrep.engine.program import Programs, Replicated, Slots, Structured, build_programs
from jaxrep.engine.provenance import now
from jaxrep.engine.records import Records, flat_names
from jaxrep.engine.replicas import Replicas
from jaxrep.engine.schedule import Schedule
from jaxrep.engine.traced import trace_problem
from jaxrep.errors import InputError, OtherRun, StorageError

if TYPE_CHECKING:
    import xarray

CHUNK_SECONDS = 2.0
# As many for every schedule, so that other measured steps run the same compiled program; a chunk
# with more measurements than slots ends early, and unused slots cost their zeros.
SLOTS = 64
SLOT_BYTES = 2**25


class Trained(NamedTuple):
    """What training returns; every array has the leading replica axis.

    Attributes:
      state: the final state, numpy arrays.
      records: labelled measurements, ``[*grid, seed, step, ...]``.
      snapshots: step -> variables kept there.
      last_step: the step training ended at (earlier than scheduled where `done` held).
      form: how the replicas ran, in words.
      diverged: names of the replicas with non-finite parameters.
      finite: ``[replica]``, the others.
      first_step: the step that this call went on from; 0 where it began.
      finished: when the training that was found had been finished; empty where this call trained.
      changed: what has changed in the software since it was begun, in words.
      gaps: ``[after, up to]``, steps whose records were lost.
    """

    state: State
    records: "xarray.Dataset"
    snapshots: dict[int, Variables]
    last_step: int
    form: str
    diverged: list[str]
    finite: np.ndarray
    first_step: int = 0
    finished: str = ""
    changed: str = ""
    gaps: Sequence[Sequence[int]] = ()

    @property
    def best(self) -> Variables:
        """The best variables, ``[replica, ...]``; the last ones where nothing was compared."""
        return self.state.best.variables if self.state.best else self.state.variables


class Session:
    """One call of `train`: the device state and the records on the host."""

    def __init__(self, problem, replicas, schedule, checkpoints, execution):
        self.problem: Problem = problem
        self.replicas: Replicas = replicas
        self.schedule: Schedule = schedule
        self.checkpoints: Checkpoints | None = checkpoints
        self.precision: str = execution.precision
        self.quantity = problem.headline or "training loss"
        self.seeds, self.hyper = replicas.arrays()
        self.traced = trace_problem(problem, replicas)
        programs = self.traced.start, self.traced.step, self.traced.measure
        self.layout: Layout = plan_layout(
            execution,
            len(replicas),
            self._replica_bytes(),
            lapack_calls(*programs),
            problem.batches.common,
        )
        self.places = self.layout.places(len(replicas))
        structured = Structured.of(problem, self.traced.digest, self.traced.host)
        self.programs: Programs = build_programs(structured, self.layout, replicas.root)
        self.records, self.unsaved = Records(), Records()
        self.step, self.saved_step = 0, None
        self.first_step, self.began, self.origin = 0, now(), {}
        self.seconds, self.seconds_before = 0.0, 0.0
        self.gaps: list[tuple[int, int]] = []
        self.said_full = False
        self.measured_start = False
        self.chunk_steps, self.loss = 1, np.full(self.layout.padded, np.nan)
        self.warm = False

    def _replica_bytes(self) -> int:
        size = live_bytes(self.traced.step)
        if not self.problem.batches.common:
            return size
        # of data that all see a step reads one batch, which all share
        return size - sum(np.asarray(x).nbytes for x in jax.tree.leaves(self.problem.shared))

    def check_memory(self) -> None:
        """Refuse what cannot fit: see `jaxrep.engine.memory.check_fits`.

        Raises:
          InputError: the networks are too many or too large.
        """
        check_fits(
            len(self.replicas),
            tree_bytes(self.traced.state),
            tree_bytes(self.traced.values) * len(self.schedule.measure),
            self.layout.local,
            jax.local_devices()[0],  # of others a process does not know the memory
            self.layout.mesh.size,
        )

    def planned_bytes(self) -> tuple[float, int]:
        """By the compiled program of a chunk: bytes that each replica adds on its device, and
        bytes that the device needs for all of them together (shared data, working space).

        Nothing is put on the devices.
        """
        seeds, hyper = self.layout.spread((self.seeds, self.hyper))
        active = np.isin(np.arange(self.layout.padded), self.places)
        one_each = Replicated(seeds, active, hyper)
        own = jax.eval_shape(self.programs.draw_own, one_each, self.problem.shared)
        one_each = one_each._replace(own=own)
        state = jax.eval_shape(self.programs.initialise, one_each, self.problem.shared)
        stops = np.zeros(self._slots() + 1, np.int32)
        slots = Slots(stops, stops.astype(bool))
        arguments = state, one_each, self.problem.shared, np.int32(0), slots
        plan = self.programs.advance.lower(*arguments).compile().memory_analysis()
        results = plan.output_size_in_bytes - plan.alias_size_in_bytes
        shared = sum(np.asarray(x).nbytes for x in jax.tree.leaves(self.problem.shared))
        each = (plan.argument_size_in_bytes - shared + results) / self.layout.local
        # groups one after the other share their working space; replicas of one group do not
        if self.layout.width == self.layout.local:
            return each + plan.temp_size_in_bytes / self.layout.local, shared
        return each, shared + plan.temp_size_in_bytes

    def timed(self, steps: int, measurements: int) -> float:
        """Seconds of so many steps from where it is, and measurements at their end."""
        stops = np.full(self._slots() + 1, self.step + steps, np.int32)
        measured = np.arange(len(stops)) < measurements
        began = time.monotonic()
        self.state, *rest = self.programs.advance(
            self.state, self.replicated, self.shared, np.int32(self.step), Slots(stops, measured)
        )
        jax.block_until_ready(rest)
        self.step += steps
        return time.monotonic() - began

    # -- start ---------------------------------------------------------------------------

    def start(self, initial: State | Variables | None) -> None:
        """Put the replicas on the devices, from the last checkpoint where there is one."""
        replica_sharding = NamedSharding(self.layout.mesh, PartitionSpec("replica"))
        common_sharding = NamedSharding(self.layout.mesh, PartitionSpec())
        seeds, hyper = self.layout.spread((self.seeds, self.hyper))
        active = np.isin(np.arange(self.layout.padded), self.places)
        replicated = Replicated(seeds, active, hyper)
        self.replicated = hosts.put(replicated, replica_sharding)
        self.shared = hosts.put(self.problem.shared, common_sharding)
        own = self.programs.draw_own(self.replicated, self.shared)
        self.replicated = self.replicated._replace(own=own)
        template = jax.eval_shape(self.programs.initialise, self.replicated, self.shared)
        self.fingerprint = fingerprint(
            self.replicas, self.traced, self.problem.shared, initial, self.precision
        )
        restored = self._restore(template)
        if restored is not None:
            self.state = hosts.put(self.layout.spread(restored), replica_sharding)
        elif initial is None:
            self.state = self.programs.initialise(self.replicated, self.shared)
        else:
            template = template if isinstance(initial, State) else template.variables
            self._check_fit(initial, template)
            initial = hosts.put(self.layout.spread(_to_host(initial)), replica_sharding)
            if isinstance(initial, Variables):
                initial = self.programs.adopt(initial, self.replicated)
            self.state = initial

    def _check_fit(self, given: PyTree, template: PyTree) -> None:
        names, wanted = flat_names(template), flat_names(given)
        if names.keys() != wanted.keys():
            odd = sorted(names.keys() ^ wanted.keys())[0]
            raise InputError(f"initial: array {odd} is on one side only")
        for name, leaf in wanted.items():
            shape = (len(self.replicas), *names[name].shape[1:])
            if np.shape(leaf) != shape or np.asarray(leaf).dtype != names[name].dtype:
                raise InputError(
                    f"initial: {name} is {np.asarray(leaf).dtype}{list(np.shape(leaf))}; "
                    f"{names[name].dtype}{list(shape)} is needed"
                )

    def _restore(self, template: State) -> State | None:
        if self.checkpoints is None:
            return None
        survey = self.checkpoints.survey()
        if survey.last is not None:
            self._check_same(self.checkpoints.directory, survey.last)
        where = "continuing from the last whole one" if survey.last else "starting anew"
        for complaint in survey.complaints:
            print(f"{complaint}; {where}", file=sys.stderr)
        if survey.unusable:
            hosts.wait("surveyed")
            steps = survey.unusable if hosts.is_first() else []
            names = ", ".join(self.checkpoints.set_aside(steps))
            hosts.wait("set aside")
            print(f"set aside in {self.checkpoints.directory}: {names}", file=sys.stderr)
        if survey.last is None:
            return None
        for checkpoint in survey.whole:
            self.records.add(checkpoint.records)
        self.gaps = survey.gaps
        for after, up_to in self.gaps:
            print(
                f"records of steps {after + 1:,} to {up_to:,} are lost: they are NaN in what "
                "follows; the state is whole",
                file=sys.stderr,
            )
        last = survey.last
        self.step = self.saved_step = self.first_step = last.step
        self.origin = last.about
        self.began = last.about.get("began", self.began)
        self.seconds_before = last.about.get("device_seconds", 0.0)
        self.measured_start = True
        self._check_fit_flat(last.state, template)
        leaves = [last.state[name] for name in flat_names(template)]
        return jax.tree.unflatten(jax.tree.structure(template), leaves)

    def _check_same(self, folder: Path, last: Checkpoint) -> None:
        """The checkpoints of a folder are of this very training.

        Raises:
          OtherRun: of another one; the message says where they differ.
        """
        saved = last.about.get("fingerprint")
        if saved is None:  # of a version that kept none
            return
        lines = differences(saved, self.fingerprint)
        lines += self.schedule.conflicts(last.about["schedule"], last.step)
        if lines:
            raise OtherRun(f"checkpoints: {folder} holds another training: " + "; ".join(lines))

    def _check_fit_flat(self, saved: dict, template: State) -> None:
        for name, leaf in flat_names(template).items():
            shape = (len(self.replicas), *leaf.shape[1:])
            if name not in saved or saved[name].shape != shape or saved[name].dtype != leaf.dtype:
                raise OtherRun(f"checkpoint: array {name} does not fit this configuration")

    # -- one chunk -----------------------------------------------------------------------

    def advance(self) -> None:
        """Run the next chunk and collect what it measured."""
        stops, measured = self._plan()
        slots = Slots(np.array(stops, np.int32), np.array(measured))
        began = time.monotonic()
        self.state, values, loss = self.programs.advance(
            self.state, self.replicated, self.shared, np.int32(self.step), slots
        )
        self.loss, values = hosts.fetch((loss, values))
        self.seconds += time.monotonic() - began
        if self.warm:  # the first chunk's time is mostly compilation
            self.chunk_steps = self._next_size(stops[-1] - self.step, time.monotonic() - began)
        self.warm = True
        self.step, self.measured_start = stops[-1], True
        rows = np.flatnonzero(measured)
        host = {name: array[self.places][:, rows] for name, array in values.items()}
        self.unsaved.measured([stops[row] for row in rows], host)
        if self.step in self.schedule.snapshots:
            variables = flat_names(hosts.fetch(self.state.variables))
            self.unsaved.keep(self.step, {n: x[self.places] for n, x in variables.items()})
        if self.step in self.schedule.checkpoints:
            self.try_to_save()

    def _plan(self) -> tuple[list[int], list[bool]]:
        """Stops of the next chunk, padded to the fixed number of slots."""
        schedule = self.schedule
        first = not self.measured_start
        pauses = {*schedule.snapshots, *schedule.checkpoints, schedule.steps}
        ahead = [step for step in pauses if step > self.step or (first and step == self.step)]
        end = min([*ahead, self.step + self.chunk_steps])
        stops = [s for s in schedule.measure if self.step < s <= end or (first and s == self.step)]
        if self.problem.done is not None:
            stops = stops[:1]
        stops = stops[: self._slots()]
        measured = [True] * len(stops)
        cut_short = len(stops) == self._slots() or (stops and self.problem.done is not None)
        if not cut_short and (not stops or stops[-1] < end):
            stops.append(end)
            measured.append(False)
        padding = self._slots() + 1 - len(stops)
        return stops + [stops[-1]] * padding, measured + [False] * padding

    def _slots(self) -> int:
        size = sum(leaf.size * leaf.dtype.itemsize for leaf in self.traced.values.values())
        fitting = SLOT_BYTES // max(size * self.layout.padded, 1)
        # where training may stop early, the host looks at every measurement before going on
        most = SLOTS if self.problem.done is None else 1
        return int(max(1, min(most, fitting)))

    def _next_size(self, steps: int, took: float) -> int:
        """Steps that take about `CHUNK_SECONDS`, growing at most eightfold at a time."""
        if not steps:
            return self.chunk_steps
        fitting = int(steps * CHUNK_SECONDS / max(took, 1e-4))
        chosen = max(1, min(fitting, 8 * max(steps, self.chunk_steps)))
        return int(hosts.agree(chosen)) if hosts.several() else chosen

    # -- what came of it -----------------------------------------------------------------

    def headline(self) -> float:
        """Median over replicas of the quantity that matters, as last seen."""
        name = self.problem.headline
        if name is None:
            return float(np.median(self.loss[self.places]))
        stacks = self.unsaved.values.get(name) or self.records.values.get(name)
        return float(np.median(stacks[-1][:, -1])) if stacks else float("nan")

    def finished(self) -> bool:
        """Whether the last step is done, or the stopping condition holds for all replicas."""
        if not self.measured_start or self.step == self.schedule.steps:
            return self.measured_start
        records = self.unsaved if self.unsaved.steps else self.records
        if self.problem.done is None or not records.steps or records.steps[-1] != self.step:
            return False
        last = {name: stack[-1][:, -1] for name, stack in records.values.items()}
        return all(
            bool(self.problem.done({name: array[r] for name, array in last.items()}))
            for r in range(len(self.replicas))
        )

    def save(self) -> None:
        """Checkpoint the current step, unless that is done.

        Raises:
          StorageError: it cannot be written; nothing that was computed is lost by that.
        """
        stretch = self.unsaved.arrays()
        if self.checkpoints is not None and self.saved_step != self.step:
            state = {n: x[self.places] for n, x in flat_names(hosts.fetch(self.state)).items()}
            about = {"previous": self.saved_step, **self._about()}
            if hosts.is_first():
                self.checkpoints.save(Checkpoint(self.step, state, stretch, about))
            self.saved_step = self.step
        self.records.add(stretch)
        self.unsaved = Records()
        self.said_full = False

    def try_to_save(self) -> None:
        """Checkpoint, or say that it has to wait: what was recorded stays in memory.

        Raises:
          StorageError: it cannot be written, and waiting does not help.
        """
        try:
            self.save()
        except StorageError as error:
            if not error.temporary:
                raise
            if not self.said_full:
                words = f"{error} (training goes on; tried again later)"
                print(words, file=sys.stderr, flush=True)
            self.said_full = True

    def _about(self) -> dict:
        plain = {name: label._asdict() for name, label in self.problem.labels.items()}
        return {
            "form": self.layout.form,
            "replicas": self.replicas.coordinates,
            "labels": plain,
            "coordinates": {k: list(v) for k, v in self.problem.coordinates.items()},
            "fingerprint": self.fingerprint,
            "schedule": self.schedule.plain(),
            "finished": self.finished(),
            "began": self.began,
            "written": now(),
            "device_seconds": round(self.seconds_before + self.seconds * self.layout.mesh.size, 3),
        }

    def result(self) -> Trained:
        """Everything, on the host."""
        state = jax.tree.map(lambda x: x[self.places], hosts.fetch(self.state))
        treedef = jax.tree.structure(state.variables)
        names = list(flat_names(state.variables))
        snapshots = {}
        for step in self.records.kept_steps:
            leaves = self.records.snapshot(step)
            snapshots[step] = jax.tree.unflatten(treedef, [leaves[name] for name in names])
        finite = finite_replicas(state.variables.params)
        diverged = [self.replicas.name(int(r)) for r in np.flatnonzero(~finite)]
        about = {**self._about(), "reached": self.step}
        dataset = self.records.dataset(about)
        nothing_done = bool(self.origin) and self.first_step == self.step
        return Trained(
            state,
            dataset,
            snapshots,
            self.step,
            self.origin["form"] if nothing_done else about["form"],
            diverged,
            finite,
            self.first_step,
            self.origin.get("written", "an unknown date") if nothing_done else "",
            changed_code(self.origin["fingerprint"]) if "fingerprint" in self.origin else "",
            [list(gap) for gap in self.gaps],
        )


def _to_host(tree: PyTree) -> PyTree:
    return jax.tree.map(np.asarray, jax.device_get(tree))
