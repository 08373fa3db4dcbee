"""Atomic checkpoints by Orbax: state, records since the last one, and what they mean.

Every leaf carries its sha256, because a flipped byte otherwise restores silently wrong, and so
does the description of the leaves.
"""

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
import orbax.checkpoint as ocp

from jaxrep.engine.locks import locked
from jaxrep.engine.storage import storage_error, storage_errors

Arrays = Mapping[str, np.ndarray]
# What descriptions held before they had a digest.
_UNSIGNED = {"previous", "form", "replicas", "labels", "coordinates", "leaves"}


class Checkpoint(NamedTuple):
    """One whole step on disk.

    Attributes:
      step: number of updates done.
      state: flat name -> array, `[replica, ...]`.
      records: flat name -> array, everything recorded after `previous` up to `step`.
      about: the JSON part: `previous`, labels, replicas, form, fingerprint.
    """

    step: int
    state: dict[str, np.ndarray]
    records: dict[str, np.ndarray]
    about: dict


class BrokenCheckpoint(Exception):
    """A checkpoint on disk that cannot be trusted, with the reason in one line."""


class Survey(NamedTuple):
    """What the checkpoints of a directory hold.

    Attributes:
      whole: checkpoints with whole records up to the last whole state; only the last one has its
        state.
      last: the last whole state, or None.
      gaps: ``(after, up to)``, steps whose records are lost; ``after`` is -1 at the start.
      complaints: one line for each checkpoint that is damaged.
      unusable: the steps to set aside before training goes on.
    """

    whole: list[Checkpoint]
    last: Checkpoint | None
    gaps: list[tuple[int, int]]
    complaints: list[str]
    unusable: list[int]


class Checkpoints:
    """The checkpoints of one run directory; in a ``with`` block it lets go of it at the end."""

    def __init__(self, directory: Path, *, read_only: bool = False):
        # Orbax says at every read-only opening what read-only means.
        logging.getLogger("absl").setLevel(logging.CRITICAL)
        self.directory = Path(directory).resolve()
        self.read_only = read_only
        self._manager: ocp.CheckpointManager | None = None

    def _open(self) -> ocp.CheckpointManager:
        if self._manager is None:
            index, alone = jax.process_index(), jax.process_count() == 1
            reads_only = self.read_only or index != 0
            # of several processes each reads by itself, and the first one writes
            own = ocp.options.MultiprocessingOptions(
                primary_host=index,
                active_processes={index},
                barrier_sync_key_prefix=f"process_{index}",
            )
            options = ocp.CheckpointManagerOptions(
                enable_async_checkpointing=False,
                read_only=reads_only,
                create=False,
                cleanup_tmp_directories=not reads_only,
                multiprocessing_options=ocp.options.MultiprocessingOptions() if alone else own,
            )
            with storage_errors(self.directory):
                if not reads_only:
                    self.directory.mkdir(parents=True, exist_ok=True)
                self._manager = ocp.CheckpointManager(self.directory, options=options)
        return self._manager

    def __enter__(self) -> "Checkpoints":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the directory."""
        if self._manager is not None:
            self._manager.close()
            self._manager = None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the directory against other processes, and let go of it in the end.

        Raises:
          InputError: another process holds it.
        """
        with locked(self.directory, "checkpoints"):
            try:
                yield
            finally:
                self.close()

    def steps(self) -> list[int]:
        """Steps that look committed; `read` tells whether one is whole."""
        if not self.directory.is_dir():
            return []
        return sorted(self._open().all_steps(read=True))

    def save(self, checkpoint: Checkpoint) -> None:
        """Write one step; it is there as a whole or not at all.

        Raises:
          RuntimeError: Orbax did not write it (the step exists already).
          StorageError: the disk is full, read-only or gone.
        """
        items, leaves = {}, {}
        for item, arrays in (("state", checkpoint.state), ("records", checkpoint.records)):
            leaves[item] = {name: _describe(array) for name, array in arrays.items()}
            # Orbax refuses arrays without elements; their shape is in the description.
            filled = {name: array for name, array in arrays.items() if array.size}
            if filled:
                items[item] = ocp.args.StandardSave(filled)
        about = {**checkpoint.about, "leaves": leaves}
        items["about"] = ocp.args.JsonSave({**about, "digest": _digest(about)})
        try:
            written = self._open().save(checkpoint.step, args=ocp.args.Composite(**items))
        except Exception as error:
            known = storage_error(error, self.directory)
            if known is None and not self.directory.is_dir():
                known = storage_error(FileNotFoundError(2, "gone"), self.directory)
            self._manager = None  # what it began is swept when it is opened again
            if known is None:
                raise
            raise known from error
        if not written:
            raise RuntimeError(f"checkpoint {checkpoint.step} was not written")

    def read(self, step: int, *, with_state: bool = True, with_records: bool = True) -> Checkpoint:
        """Read and verify one step, its state, its records or both.

        Raises:
          BrokenCheckpoint: a file is missing or unreadable, or a leaf is not what was saved.
        """
        about = self._about(step)
        leaves = about.pop("leaves")
        wanted = ["state"] * with_state + ["records"] * with_records
        filled = [
            item for item in wanted if any(0 not in d["shape"] for d in leaves[item].values())
        ]
        try:
            arguments = {item: ocp.args.StandardRestore() for item in filled}
            restored = (
                self._open().restore(step, args=ocp.args.Composite(**arguments)) if filled else {}
            )
        except Exception as error:  # Orbax and TensorStore raise a dozen kinds for a torn file
            raise _broken(step, error) from error
        parts = {}
        for item in wanted:
            arrays = restored[item] if item in filled else {}
            parts[item] = {n: _verified(step, n, arrays, d) for n, d in leaves[item].items()}
        return Checkpoint(step, parts.get("state", {}), parts.get("records", {}), about)

    def _about(self, step: int) -> dict:
        try:
            arguments = ocp.args.Composite(about=ocp.args.JsonRestore())
            about = dict(self._open().restore(step, args=arguments)["about"])
            digest = about.pop("digest", None)
            whole = digest == _digest(about) if digest else about.keys() <= _UNSIGNED
            if whole and about.keys() >= {"leaves", "previous"}:
                return about
        except Exception as error:
            raise _broken(step, error) from error
        raise BrokenCheckpoint(f"checkpoint {step} is damaged (its description)")

    def survey(self, *, with_state: bool = True) -> Survey:
        """Everything that is whole: one damaged checkpoint costs its own records, no more.

        Args:
          with_state: read the last whole state; else the last readable checkpoint counts as such.
        """
        readable, complaints, unusable = [], [], []
        for step in self.steps():
            try:
                readable.append(self.read(step, with_state=False))
                continue
            except BrokenCheckpoint as error:
                complaints.append(str(error))
            try:  # its records are lost, but training may go on from its state
                readable.append(Checkpoint(step, {}, {}, self._about_alone(step)))
            except BrokenCheckpoint:
                unusable.append(step)
        last = None
        while readable and last is None:
            if not with_state:
                last = readable[-1]
                break
            try:
                state = self.read(readable[-1].step, with_records=False).state
                last = readable[-1] = readable[-1]._replace(state=state)
            except BrokenCheckpoint as error:
                complaints.append(str(error))
                unusable.append(readable.pop().step)
        gaps, reached = [], -1
        for checkpoint in readable:
            previous = checkpoint.about["previous"]
            before = -1 if previous is None else previous
            if before > reached:
                gaps.append((reached, before))
            if not checkpoint.records:
                gaps.append((before, checkpoint.step))
            reached = checkpoint.step
        return Survey([c for c in readable if c.records], last, gaps, complaints, unusable)

    def _about_alone(self, step: int) -> dict:
        about = self._about(step)
        del about["leaves"]
        return about

    def set_aside(self, steps: list[int]) -> list[str]:
        """Rename steps that cannot be used to ``damaged_<step>``; nothing is deleted.

        Returns:
          Their new names.
        """
        self.close()
        names = []
        for step in steps:
            folder, number = self.directory / str(step), 1
            target = self.directory / f"damaged_{step}"
            while target.exists():
                number += 1
                target = self.directory / f"damaged_{step}_{number}"
            if folder.exists():
                with storage_errors(folder):
                    folder.rename(target)
                names.append(target.name)
        return names


def _digest(about: Mapping) -> str:
    text = json.dumps(about, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _broken(step: int, error: Exception) -> BrokenCheckpoint:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return BrokenCheckpoint(f"checkpoint {step} cannot be read ({reason[:120]})")


def _describe(array: np.ndarray) -> dict:
    digest = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
    return {"shape": list(array.shape), "dtype": str(array.dtype), "sha256": digest}


def _verified(step: int, name: str, arrays: Arrays, description: dict) -> np.ndarray:
    if 0 in description["shape"]:
        return np.zeros(description["shape"], description["dtype"])
    array = np.asarray(arrays[name]) if name in arrays else None
    if array is None or _describe(array) != description:
        raise BrokenCheckpoint(f"checkpoint {step} is damaged (array {name})")
    return array
