"""The run directory: written once, continued, loaded, searched and compared.

config.json       study and configuration
environment.json  versions, devices, git revision, command line
checkpoints/      atomic Orbax steps
results.nc        the labelled results
summary.json      flat: name -> number
figures/          PNG files
report.html       one self-contained page
"""

import json
import sys
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from jaxtyping import Bool, Int

from jaxrep.engine.checkpoints import BrokenCheckpoint, Checkpoints
from jaxrep.engine.divergence import finite_replicas, where_finite
from jaxrep.engine.files import atomically, write_json
from jaxrep.engine.problem import Variables
from jaxrep.engine.provenance import environment
from jaxrep.engine.records import Records
from jaxrep.errors import InputError

if TYPE_CHECKING:
    import xarray

CONFIG, ENVIRONMENT, SUMMARY, RESULTS = (
    "config.json",
    "environment.json",
    "summary.json",
    "results.nc",
)


class Run:
    """One run directory, read for analysis::

    run = Run.load("results/group_composition/0a1b2c3d4e5f")
    run.records.test_loss.median("seed")
    run.states(run.steps[-1]).params["W_x"]
    """

    def __init__(self, path: Path, study: str, config: dict[str, Any], folder: str = "checkpoints"):
        self.path, self.study, self.config, self.folder = path, study, config, folder

    def companion(self, name: str) -> "Run":
        """The records and states of a further training of the same run, which has its own folder
        of checkpoints."""
        return Run(self.path, self.study, self.config, f"checkpoints_{name}")

    @classmethod
    def load(cls, path: str | Path) -> "Run":
        """Open a run directory.

        Raises:
          InputError: the directory is not a run.
        """
        path = Path(path)
        try:
            described = json.loads((path / CONFIG).read_text())
            return cls(path, described["study"], described["config"])
        except (OSError, ValueError, KeyError, TypeError):
            raise InputError(f"run: {path} is not a run directory ({CONFIG} is needed)") from None

    @classmethod
    def open(cls, path: str | Path, study: str, config: Mapping[str, Any]) -> "Run":
        """Create a run directory, or open the one that is there for the same configuration.

        Raises:
          InputError: the directory holds something else, or a run of another configuration
            (the differing keys are named).
        """
        path = Path(path)
        if path.exists() and not path.is_dir():
            raise InputError(f"out: {path} is a file; a new or a run directory is needed")
        if not path.is_dir() or not any(path.iterdir()):
            path.mkdir(parents=True, exist_ok=True)
            write_json(path / ENVIRONMENT, environment())
            write_json(path / CONFIG, {"study": study, "config": dict(config)})
            return cls(path, study, dict(config))
        if not (path / CONFIG).exists() and [p.name for p in path.iterdir()] == [ENVIRONMENT]:
            write_json(path / CONFIG, {"study": study, "config": dict(config)})
        run = cls.load(path)
        if run.study != study:
            raise InputError(f"out: {path} holds a run of {run.study}, not of {study}")
        differences = [
            f"{key} ({run.config.get(key)!r} there, {config.get(key)!r} now)"
            for key in sorted({*run.config, *config})
            if run.config.get(key) != config.get(key)
        ]
        if differences:
            raise InputError(f"out: {path} holds another configuration: {', '.join(differences)}")
        return run

    @property
    def environment(self) -> dict[str, Any]:
        """Provenance, as written when the run was made."""
        return json.loads((self.path / ENVIRONMENT).read_text())

    def checkpoints(self, *, read_only: bool = True) -> Checkpoints:
        """The checkpoints of this run."""
        return Checkpoints(self.path / self.folder, read_only=read_only)

    @cached_property
    def _chain(self) -> tuple[Records, list]:
        reader = self.checkpoints()
        whole, complaints = reader.chain()
        for complaint in complaints:
            print(f"{self.path}: {complaint}; reading up to the last whole one", file=sys.stderr)
        records = Records()
        for checkpoint in whole:
            records.add(checkpoint.records)
        return records, whole

    @property
    def records(self) -> "xarray.Dataset":
        """What was measured during training so far, ``[*grid, seed, step, ...]``.

        Raises:
          InputError: the run has no whole checkpoint.
        """
        records, whole = self._chain
        if not whole:
            raise InputError(f"run: {self.path} has no checkpoint yet")
        return records.dataset(whole[-1].about)

    @property
    def form(self) -> str:
        """How the replicas ran, in words; empty before the first checkpoint."""
        _, whole = self._chain
        return whole[-1].about["form"] if whole else ""

    @property
    def steps(self) -> list[int]:
        """Steps for which `states` has an answer."""
        records, whole = self._chain
        return sorted({*records.kept_steps, *(checkpoint.step for checkpoint in whole)})

    def states(self, step: int) -> Variables:
        """Parameters and model state of all replicas after `step` updates, ``[replica, ...]``.

        Raises:
          InputError: neither a snapshot nor a checkpoint was kept at that step.
        """
        records, whole = self._chain
        if step in records.kept_steps:
            return _variables(records.snapshot(step))
        if step in {checkpoint.step for checkpoint in whole}:
            try:
                state = self.checkpoints().read(step).state
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
        _, whole = self._chain
        state = whole[-1].state if whole else {}
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
        _, whole = self._chain
        if not whole:
            raise InputError(f"run: {self.path} has no checkpoint yet")
        prefix = "variables/params/"
        state = whole[-1].state or self.checkpoints().read(whole[-1].step).state
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
        """
        import xarray

        if not (self.path / RESULTS).exists():
            raise InputError(f"run: {self.path} has no {RESULTS} yet")
        return xarray.load_dataset(self.path / RESULTS, engine="h5netcdf")

    @property
    def summary(self) -> dict[str, float | int]:
        """Key figures of the finished run, name -> number."""
        return json.loads((self.path / SUMMARY).read_text())

    def save_results(
        self, results: "xarray.Dataset | None", summary: Mapping[str, float | int]
    ) -> None:
        """Write the labelled results (None: there are none) and the key figures, each atomically.

        Key figures that are not finite are left out: JSON has no number for them.
        """
        if results is not None:
            with atomically(self.path / RESULTS) as temporary:
                results.to_netcdf(temporary, engine="h5netcdf")
        plain = {name: _number(value) for name, value in summary.items() if np.isfinite(value)}
        write_json(self.path / SUMMARY, plain)

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r}, study={self.study!r})"


def find_runs(root: str | Path, **where: Any) -> list[Run]:
    """All runs below `root` whose configuration has these values.

    ``study`` may be among the conditions. Lists and tuples compare equal.
    """
    runs = []
    for path in sorted(Path(root).rglob(CONFIG)):
        try:
            run = Run.load(path.parent)
        except InputError:
            continue
        known = {"study": run.study, **run.config}
        if all(key in known and known[key] == _plain(value) for key, value in where.items()):
            runs.append(run)
    return runs


def differing(runs: Iterable[Run]) -> dict[str, list]:
    """Configuration keys in which the runs differ, each with one value per run.

    A run that lacks the key has None there.
    """
    configs = [run.config for run in runs]
    keys = sorted({key for config in configs for key in config})
    columns = {key: [config.get(key) for config in configs] for key in keys}
    return {k: column for k, column in columns.items() if any(v != column[0] for v in column)}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


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
