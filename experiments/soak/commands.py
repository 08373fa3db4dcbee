"""The commands that are attacked, and what they end with when nothing disturbs them."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jaxrep.engine import Run
from jaxrep.errors import InputError

from .. import __name__ as package

SMALL = {
    "group_composition": "--group S3 --embed-dim 4 --hidden-dim 6 --steps 400 --seeds 2 "
    "--measurements 5 --snapshots 3",
    "face_angle": "--preset uniform --faces procedural --size 8 --epochs 4 --stimuli 256 --seeds 2 "
    "--angles 11 --dense-angles 11 --measurements 3",
    "information_plane": "--preset tanh --epochs 40 --seeds 2 --architecture 3 2 --costly 2",
    "localization": "--length 12 --units 3 --steps 40 --seeds 2 --batch-size 8 --measurements 3",
    "deep_linear": "--data toy --steps 60 --seeds 2",
}


def module(study: str) -> str:
    """What ``python -m`` runs."""
    return f"{package}.{study}"


@dataclass(frozen=True)
class Command:
    """One command of a study.

    Attributes:
      study: its name.
      run: what it ended with, undisturbed.
      seconds: how long that took, once everything was compiled.
      cache: folder of compiled programs, so that attacks are not spent on compiling.
    """

    study: str
    run: Path
    seconds: float
    cache: Path

    def start(self, out: Path, *extra: str) -> subprocess.Popen:
        """The command, started, writing to `out`."""
        return _start(self.study, out, self.cache, *extra)

    def finish(self, out: Path, *extra: str) -> tuple[int, str]:
        """The command, run to its end: exit status, and what it said."""
        process = self.start(out, *extra)
        said, _ = process.communicate(timeout=600)
        return process.returncode, said


def reference(study: str, root: Path) -> Command:
    """The command of a study and what it ends with; run twice, the second time is the time.

    Raises:
      RuntimeError: it fails undisturbed.
    """
    cache = root / "compiled"
    seconds = 0.0
    for number in (1, 2):
        out = root / f"{study}_{number}"
        began = time.monotonic()
        process = _start(study, out, cache)
        said, _ = process.communicate()
        seconds = time.monotonic() - began
        if process.returncode:
            raise RuntimeError(f"{study} fails undisturbed: {said}")
    return Command(study, out, seconds, cache)


def _start(study: str, out: Path, cache: Path, *extra: str) -> subprocess.Popen:
    environment = {
        **os.environ,
        "JAX_COMPILATION_CACHE_DIR": str(cache),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.1",
    }
    command = [sys.executable, "-m", module(study), *SMALL[study].split()]
    return subprocess.Popen(
        [*command, "--out", str(out), *extra],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


def difference(first: Path, second: Path) -> str:
    """Where two runs of the same command differ in a bit; empty where they do not."""
    one, other = Run.load(first), Run.load(second)
    for name in ("checkpoints", *(p.name for p in first.glob("checkpoints_*"))):
        mine, theirs = (Run(r.path, r.study, r.config, name) for r in (one, other))
        if not mine.records.identical(theirs.records):
            return f"records of {name}"
        for step in sorted({*mine.steps} & {*theirs.steps}):
            try:
                states = mine.states(step), theirs.states(step)
            except InputError:  # an earlier checkpoint is damaged, and says so
                continue
            if not _same(*states):
                return f"parameters of {name} at step {step}"
        if mine.steps[-1] != theirs.steps[-1]:
            return f"last step of {name}"
    if one.summary != other.summary:
        odd = [k for k in one.summary if one.summary[k] != other.summary.get(k)]
        return f"key figures ({', '.join(odd[:3])})"
    if not one.results.identical(other.results):
        return "results"
    return ""


def _same(first, second) -> bool:
    import jax

    pairs = zip(jax.tree.leaves(first), jax.tree.leaves(second), strict=True)
    return all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)
