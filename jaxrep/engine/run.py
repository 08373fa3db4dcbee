"""The run directory: written once, continued, loaded, verified.

config.json       study and configuration, digests of the files it names
environment.json  versions, devices, git revision, the commands that worked on it
checkpoints/      atomic Orbax steps
results.nc        the labelled results
summary.json      flat: name -> number
verdict.json      sentences of the answer
figures/          PNG, SVG, PDF, and the numbers as CSV
report.html       one self-contained page
SHA256SUMS        digests of these files
"""

import json
import sys
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from jaxtyping import Bool, Int

from jaxrep.engine.checkpoints import BrokenCheckpoint, Checkpoint, Checkpoints, Survey
from jaxrep.engine.divergence import finite_replicas, where_finite
from jaxrep.engine.files import (
    SUMS,
    atomically,
    digests,
    list_files,
    read_json,
    text_digest,
    verify,
    write_json,
)
from jaxrep.engine.inspection import Inspected
from jaxrep.engine.problem import Variables
from jaxrep.engine.provenance import environment
from jaxrep.engine.records import Records
from jaxrep.errors import Damaged, InputError, OtherRun, StorageError

if TYPE_CHECKING:
    import xarray

CONFIG, ENVIRONMENT, SUMMARY, RESULTS, VERDICT = (
    "config.json",
    "environment.json",
    "summary.json",
    "results.nc",
    "verdict.json",
)


class Run(Inspected):
    """One run directory, read for analysis::

    run = Run.load("results/group_composition/0a1b2c3d4e5f")
    run.records.test_loss.median("seed")
    run.states(run.steps[-1]).params["W_x"]
    """

    def __init__(
        self,
        path: Path,
        study: str,
        config: dict[str, Any],
        folder: str = "checkpoints",
        *,
        files: Mapping[str, str] | None = None,
        parts: Mapping[str, str] | None = None,
        written: Path | None = None,
    ):
        self.path, self.study, self.config, self.folder = path, study, config, folder
        self.files, self.parts = dict(files or {}), dict(parts or {})
        self.written = written or path  # where results and the page are

    def companion(self, name: str) -> "Run":
        """The records and states of a further training of the same run, which has its own folder
        of checkpoints."""
        place = {"files": self.files, "written": self.written}
        return Run(self.path, self.study, self.config, f"checkpoints_{name}", **place)

    def elsewhere(self, directory: Path) -> "Run":
        """The same run, whose results and page are written to another directory."""
        directory.mkdir(parents=True, exist_ok=True)
        place = {"files": self.files, "parts": self.parts, "written": directory}
        return Run(self.path, self.study, self.config, self.folder, **place)

    @classmethod
    def load(cls, path: str | Path) -> "Run":
        """Open a run directory.

        Raises:
          InputError: the directory is not a run.
          Damaged: its configuration is not what was written.
        """
        path = Path(path)
        try:
            described = read_json(path / CONFIG)
            more = {name: described.get(name) for name in ("files", "parts")}
            return cls(path, described["study"], described["config"], **more)
        except (OSError, KeyError, TypeError, AttributeError):
            raise InputError(f"run: {path} is not a run directory ({CONFIG} is needed)") from None

    @classmethod
    def open(
        cls,
        path: str | Path,
        study: str,
        config: Mapping[str, Any],
        *,
        files: Mapping[str, str] | None = None,
        parts: Mapping[str, str] | None = None,
    ) -> "Run":
        """Create a run directory, or open the one that is there for the same configuration.

        Args:
          path: the directory.
          study: name of the study.
          config: plain values.
          files: field of the configuration → digest of the file that it names.
          parts: of several runs together: label → folder inside `path`.

        Raises:
          OtherRun: the directory is of another study or configuration (the differing keys are
            named; 4.0 is not 4, and True is not 1), or a file has other content now.
          InputError: the directory holds something else.
        """
        path = Path(path)
        if path.exists() and not path.is_dir():
            raise InputError(f"out: {path} is a file; a new or a run directory is needed")
        described = {"study": study, "config": dict(config), "files": dict(files or {})}
        described |= {"parts": dict(parts)} if parts else {}
        if not path.is_dir() or not _visible(path):
            try:
                path.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                advice = "choose a folder that can be written with --out"
                raise StorageError(path, str(error.strerror).lower(), advice) from error
            write_json(path / ENVIRONMENT, environment())
            write_json(path / CONFIG, described)
        if not (path / CONFIG).exists() and may_hold_run(path):
            write_json(path / CONFIG, described)
        try:
            run = cls.load(path)
        except Damaged:
            if digests(path).get(CONFIG) != text_digest(described):
                raise
            print(f"{path / CONFIG} was damaged; it is written anew", file=sys.stderr)
            write_json(path / CONFIG, described)
            run = cls.load(path)
        if run.study != study:
            raise OtherRun(f"out: {path} holds a run of {run.study}, not of {study}")
        lines = [
            f"{key} ({run.config.get(key)!r} there, {config.get(key)!r} now)"
            for key in sorted({*run.config, *config})
            if key not in run.config
            or key not in config
            or _text(run.config[key]) != _text(config[key])
        ]
        lines += [
            f"the content of {key} ({config.get(key)})"
            for key, digest in run.files.items()
            if files is not None and key in files and files[key] != digest
        ]
        if lines:
            raise OtherRun(f"out: {path} holds another configuration: {', '.join(lines)}")
        return run

    @property
    def environment(self) -> dict[str, Any]:
        """Provenance, as written when the run was made.

        Raises:
          Damaged: it is not what was written.
          InputError: it is not there.
        """
        try:
            return read_json(self.path / ENVIRONMENT)
        except OSError:
            raise InputError(f"run: {self.path} has no {ENVIRONMENT}") from None

    def add_command(self, command: Mapping[str, Any]) -> None:
        """Add a command that worked on the run to its provenance; a disk that cannot be written
        keeps what it has."""
        try:
            known = self.environment
            worked = [*known.get("worked", []), dict(command)]
            write_json(self.path / ENVIRONMENT, {**known, "worked": worked})
        except (StorageError, InputError):
            return

    @property
    def runs(self) -> dict[str, "Run"]:
        """Of a suite or a sweep: its runs by label, those that are there; empty of one run."""
        opened = {}
        for label, folder in self.parts.items():
            if (self.path / folder / CONFIG).exists():
                opened[label] = Run.load(self.path / folder)
        return opened

    def checkpoints(self, *, read_only: bool = True) -> Checkpoints:
        """The checkpoints of this run."""
        return Checkpoints(self.path / self.folder, read_only=read_only)

    @cached_property
    def _survey(self) -> tuple[Records, Survey]:
        survey = self.checkpoints().survey()
        for complaint in survey.complaints:
            print(f"{self.path}: {complaint}; reading what is whole", file=sys.stderr)
        records = Records()
        for checkpoint in survey.whole:
            records.add(checkpoint.records)
        return records, survey

    @property
    def _last(self) -> Checkpoint:
        last = self._survey[1].last
        if last is None:
            raise InputError(f"run: {self.path} has no checkpoint yet")
        return last

    @property
    def records(self) -> "xarray.Dataset":
        """What was measured during training so far, ``[*grid, seed, step, ...]``; NaN where a
        damaged checkpoint lost it.

        Raises:
          InputError: the run has no whole checkpoint.
        """
        last = self._last
        return self._survey[0].dataset({**last.about, "reached": last.step})

    @property
    def form(self) -> str:
        """How the replicas ran, in words; empty before the first checkpoint."""
        last = self._survey[1].last
        return last.about["form"] if last else ""

    @property
    def is_trained(self) -> bool:
        """Whether training came to its end."""
        last = self._survey[1].last
        # versions before fingerprints did not say so: there the last step is the end
        return last is not None and last.about.get("finished", True)

    @property
    def trained(self) -> dict[str, Any]:
        """When and by what the last checkpoint was written: ``written``, ``began``,
        ``device_seconds``, ``fingerprint``; empty before the first."""
        last = self._survey[1].last
        names = "began", "written", "device_seconds", "fingerprint", "finished"
        return {name: last.about[name] for name in names if name in last.about} if last else {}

    @property
    def steps(self) -> list[int]:
        """Steps for which `states` has an answer."""
        records, survey = self._survey
        return sorted({*records.kept_steps, *(c.step for c in survey.whole), *self._at_last()})

    def _at_last(self) -> set[int]:
        last = self._survey[1].last
        return set() if last is None else {last.step}

    def states(self, step: int) -> Variables:
        """Parameters and model state of all replicas after `step` updates, ``[replica, ...]``.

        Raises:
          InputError: neither a snapshot nor a checkpoint was kept at that step.
        """
        records, survey = self._survey
        if step in records.kept_steps:
            return _variables(records.snapshot(step))
        if step in {*(checkpoint.step for checkpoint in survey.whole), *self._at_last()}:
            try:
                state = self.checkpoints().read(step, with_records=False).state
            except BrokenCheckpoint as error:
                raise InputError(f"run: {self.path}: {error}") from None
            prefix = "variables/"
            return _variables(
                {n.removeprefix(prefix): x for n, x in state.items() if n.startswith(prefix)}
            )
        raise InputError(f"step: {step} was not kept; kept are {self.steps}")

    def best(self) -> tuple[Variables, np.ndarray]:
        """The best variables so far (`Problem.best`), ``[replica, ...]``, and their steps.

        Raises:
          InputError: the run has no checkpoint yet, or keeps no best variables.
        """
        state = survey.last.state if (survey := self._survey[1]).last else {}
        prefix = "best/variables/"
        leaves = {n.removeprefix(prefix): x for n, x in state.items() if n.startswith(prefix)}
        if not leaves:
            raise InputError(f"run: {self.path} has kept no best parameters")
        return _variables(leaves), state["best/step"]

    @cached_property
    def finite(self) -> Bool[np.ndarray, " replica"]:
        """Which networks did not diverge, by their last checkpoint; all analyses go by it.

        Raises:
          InputError: the run has no whole checkpoint.
        """
        prefix, state = "variables/params/", self._last.state
        return finite_replicas({n: x for n, x in state.items() if n.startswith(prefix)})

    def kept(self) -> tuple[Variables, Int[np.ndarray, " replica"], Bool[np.ndarray, " replica"]]:
        """The best variables where `Problem.best` keeps them, else the last; their steps; finite.

        Parameters of networks that diverged in the end are NaN: their best step is of no interest.

        Raises:
          InputError: the run has no whole checkpoint.
        """
        finite = self.finite
        try:
            variables, steps = self.best()
        except InputError:
            last = self.steps[-1]
            variables, steps = self.states(last), np.full(len(finite), last)
        params = jax.tree.map(lambda x: where_finite(x, finite), variables.params)
        return Variables(params, variables.state), steps, finite

    @property
    def results(self) -> "xarray.Dataset":
        """The labelled results of the finished run.

        Raises:
          InputError: the run is not finished.
          Damaged: they are not what was written; the same command writes them anew.
        """
        import xarray

        path = self.written / RESULTS
        self._check_written(path)
        try:
            return xarray.load_dataset(path, engine="h5netcdf")
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise Damaged(f"run: {path} cannot be read ({_first_line(error)})") from error

    @property
    def summary(self) -> dict[str, float | int]:
        """Key figures of the finished run, name -> number.

        Raises:
          InputError: the run is not finished.
          Damaged: they are not what was written; the same command writes them anew.
        """
        path = self.written / SUMMARY
        self._check_written(path)
        return read_json(path)

    def _check_written(self, path: Path) -> None:
        if not path.exists():
            if self.runs:
                raise InputError(
                    f"run: {self.path} is several runs ({', '.join(self.runs)}) and has no "
                    f"{path.name}; each of `.runs` has"
                )
            far = f"training is at step {self.steps[-1]:,}" if self.steps else "nothing is trained"
            far = "it is trained, not analysed" if self.is_trained else far
            raise InputError(f"run: {self.path} has no {path.name} yet ({far})")
        try:
            verify(path)
        except Damaged as error:
            raise Damaged(f"{error}; the same command writes it anew, without training") from None

    def save_results(
        self, results: "xarray.Dataset | None", summary: Mapping[str, float | int]
    ) -> None:
        """Write the labelled results (None: there are none) and the key figures, each atomically.

        Key figures that are not finite are left out: JSON has no number for them.

        Raises:
          StorageError: they cannot be written.
        """
        if results is not None:
            with atomically(self.written / RESULTS) as temporary:
                results.to_netcdf(temporary, engine="h5netcdf", encoding=_checked(results))
            list_files(self.written / RESULTS)
        plain = {name: _number(value) for name, value in summary.items() if np.isfinite(value)}
        write_json(self.written / SUMMARY, plain)

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r}, study={self.study!r})"


def may_hold_run(path: Path) -> bool:
    """Whether a directory holds a run, a run that was just being made, or nothing."""
    return (path / CONFIG).exists() or _visible(path) <= {ENVIRONMENT, SUMS}


def _visible(path: Path) -> set[str]:
    """What is in a directory, but for hidden files (locks, unfinished writes)."""
    return {entry.name for entry in path.iterdir() if not entry.name.startswith(".")}


def _text(value: Any) -> str:
    """Canonical JSON: 4 and 4.0, True and 1 differ in it, and NaN equals itself."""
    return json.dumps(value, sort_keys=True)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]


def _checked(results: "xarray.Dataset") -> dict[str, dict]:
    """Encodings with HDF5's checksum for every array that can have one."""
    return {
        name: {"fletcher32": True, "chunksizes": variable.shape}
        for name, variable in results.variables.items()
        if variable.ndim
        and variable.size
        and variable.dtype.kind in "iufb"
        and variable.nbytes < 2**31
    }


def _number(value: Any) -> float | int:
    """A plain number for JSON."""
    return int(value) if isinstance(value, (int, np.integer)) else float(value)


def _variables(leaves: Mapping[str, np.ndarray]) -> Variables:
    """``params/a/b -> array`` as nested dictionaries."""
    nested: dict[str, Any] = {"params": {}, "state": ()}
    for name, array in leaves.items():
        *path, last = name.split("/")
        here = nested
        for key in path:
            if not isinstance(here.get(key), dict):
                here[key] = {}
            here = here[key]
        here[last] = array
    return Variables(nested["params"], nested["state"])
