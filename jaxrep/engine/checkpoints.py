"""Atomic checkpoints by Orbax: state, records since the last one, and what they mean.

Every leaf carries its sha256, because a flipped byte otherwise restores silently wrong.
"""

import hashlib
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import orbax.checkpoint as ocp

Arrays = Mapping[str, np.ndarray]


class Checkpoint(NamedTuple):
    """One whole step on disk.

    Attributes:
      step: number of updates done.
      state: flat name -> array, `[replica, ...]`.
      records: flat name -> array, everything recorded after `previous` up to `step`.
      about: the JSON part: `previous`, labels, replicas, form.
    """

    step: int
    state: dict[str, np.ndarray]
    records: dict[str, np.ndarray]
    about: dict


class BrokenCheckpoint(Exception):
    """A checkpoint on disk that cannot be trusted, with the reason in one line."""


class Checkpoints:
    """The checkpoints of one run directory."""

    def __init__(self, directory: Path, *, read_only: bool = False):
        # Orbax says at every read-only opening what read-only means.
        logging.getLogger("absl").setLevel(logging.ERROR)
        self.directory = Path(directory).resolve()
        self.read_only = read_only
        self._manager: ocp.CheckpointManager | None = None

    def _open(self) -> ocp.CheckpointManager:
        if self._manager is None:
            options = ocp.CheckpointManagerOptions(
                enable_async_checkpointing=False,
                read_only=self.read_only,
                create=not self.read_only,
                cleanup_tmp_directories=not self.read_only,
            )
            self._manager = ocp.CheckpointManager(self.directory, options=options)
        return self._manager

    def close(self) -> None:
        """Let go of the directory."""
        if self._manager is not None:
            self._manager.close()
            self._manager = None

    def steps(self) -> list[int]:
        """Steps that look committed; `read` tells whether one is whole."""
        if not self.directory.is_dir():
            return []
        return sorted(self._open().all_steps(read=True))

    def save(self, checkpoint: Checkpoint) -> None:
        """Write one step; it is there as a whole or not at all.

        Raises:
          RuntimeError: Orbax did not write it (the step exists already).
        """
        items, leaves = {}, {}
        for item, arrays in (("state", checkpoint.state), ("records", checkpoint.records)):
            leaves[item] = {name: _describe(array) for name, array in arrays.items()}
            # Orbax refuses arrays without elements; their shape is in the description.
            filled = {name: array for name, array in arrays.items() if array.size}
            if filled:
                items[item] = ocp.args.StandardSave(filled)
        items["about"] = ocp.args.JsonSave({**checkpoint.about, "leaves": leaves})
        if not self._open().save(checkpoint.step, args=ocp.args.Composite(**items)):
            raise RuntimeError(f"checkpoint {checkpoint.step} was not written")

    def read(self, step: int, *, with_state: bool = True) -> Checkpoint:
        """Read and verify one step; `with_state=False` leaves the state out.

        Raises:
          BrokenCheckpoint: a file is missing or unreadable, or a leaf is not what was saved.
        """
        manager = self._open()
        try:
            about = manager.restore(step, args=ocp.args.Composite(about=ocp.args.JsonRestore()))
            leaves = about["about"].pop("leaves")
            wanted = ["state", "records"] if with_state else ["records"]
            filled = [
                item for item in wanted if any(0 not in d["shape"] for d in leaves[item].values())
            ]
            arguments = {item: ocp.args.StandardRestore() for item in filled}
            restored = manager.restore(step, args=ocp.args.Composite(**arguments)) if filled else {}
        except Exception as error:  # Orbax and TensorStore raise a dozen kinds for a torn file
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise BrokenCheckpoint(f"checkpoint {step} cannot be read ({reason[:120]})") from error
        parts = {}
        for item in wanted:
            arrays = restored[item] if item in filled else {}
            parts[item] = {n: _verified(step, n, arrays, d) for n, d in leaves[item].items()}
        return Checkpoint(step, parts.get("state", {}), parts["records"], about["about"])

    def chain(self) -> tuple[list[Checkpoint], list[str]]:
        """All whole checkpoints from the first on, the last one with its state.

        Returns:
          The checkpoints, and one line for each that is broken. A checkpoint whose
          predecessor is broken does not count: its records would have a gap.
        """
        whole, complaints = [], []
        for step in self.steps():
            try:
                checkpoint = self.read(step, with_state=False)
            except BrokenCheckpoint as error:
                complaints.append(str(error))
                continue
            if checkpoint.about["previous"] == (whole[-1].step if whole else None):
                whole.append(checkpoint)
        while whole:
            try:
                whole[-1] = self.read(whole[-1].step)
                break
            except BrokenCheckpoint as error:
                complaints.append(str(error))
                whole.pop()
        return whole, complaints

    def keep_only(self, steps: list[int]) -> None:
        """Remove the other steps, and what Orbax does not recognise as a step any more."""
        self.close()
        kept = {str(step) for step in steps}
        if self.directory.is_dir():
            for path in self.directory.iterdir():
                if path.is_dir() and path.name not in kept:
                    shutil.rmtree(path)


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
