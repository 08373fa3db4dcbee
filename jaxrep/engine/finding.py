"""Searching and comparing run directories."""

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jaxrep.engine.run import CONFIG, Run
from jaxrep.errors import InputError

if TYPE_CHECKING:
    import pandas


def find_runs(root: str | Path, **where: Any) -> list[Run]:
    """All runs below `root` whose configuration fulfils the conditions.

    Args:
      root: a folder of run directories, at any depth.
      where: key of the configuration (or ``study``) → the value it must have, a ``slice(low,
        high)`` within which it must lie (both ends included, either may be None), or a function
        of the value that says whether it will do. Of a swept key, one of its values must.
        A sequence must be equal as a whole.

    Returns:
      The runs in the order of their paths. A directory that cannot be read is named on standard
      error and left out.

    Raises:
      InputError: `root` is no folder, or no run there has such a key.

    Example::

        find_runs("results", study="deep_linear", scale=1e-3, learning_rate=lambda rate: rate < 1)

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for scale in (0.1, 1.0):
    ...         _ = Run.open(Path(folder, str(scale)), "deep_linear", {"scale": scale, "depth": 2})
    ...     found = find_runs(folder, scale=slice(0.5, None))
    >>> [run.config["scale"] for run in found]
    [1.0]
    """
    root = Path(root)
    if not root.is_dir():
        raise InputError(f"root: {root} is not a folder")
    runs = []
    for path in sorted(root.rglob(CONFIG)):
        try:
            runs.append(Run.load(path.parent))
        except (InputError, OSError) as error:
            print(f"left out: {error}", file=sys.stderr)
    known = [_known(run) for run in runs]
    keys = sorted({key for values in known for key in values})
    for key in where:
        if runs and key not in keys:
            raise InputError(f"{key}: no run below {root} has it; there are {', '.join(keys)}")
    return [
        run
        for run, values in zip(runs, known, strict=True)
        if all(key in values and _fulfils(values[key], wanted) for key, wanted in where.items())
    ]


def differing(runs: Iterable[Run]) -> dict[str, list]:
    """Configuration keys in which the runs differ, each with one value per run.

    A run that lacks the key has None there.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for scale in (0.1, 1.0):
    ...         _ = Run.open(Path(folder, str(scale)), "deep_linear", {"scale": scale, "depth": 2})
    ...     differing(find_runs(folder))
    {'scale': [0.1, 1.0]}
    """
    configs = [run.config for run in runs]
    keys = sorted({key for config in configs for key in config})
    columns = {key: [config.get(key) for config in configs] for key in keys}
    return {k: column for k, column in columns.items() if any(v != column[0] for v in column)}


def runs_frame(root: str | Path, **where: Any) -> "pandas.DataFrame":
    """A table of runs: one row each, with study, state, configuration and key figures.

    Args:
      root, where: as of `find_runs`.

    Returns:
      Indexed by the path below `root`. ``state`` is ``finished``, ``trained``, ``unfinished``,
      ``several`` (a suite or sweep) or ``damaged``; key figures of unfinished runs are missing.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for scale in (0.1, 1.0):
    ...         _ = Run.open(Path(folder, str(scale)), "deep_linear", {"scale": scale, "depth": 2})
    ...     runs_frame(folder)[["study", "state", "scale"]].values.tolist()
    [['deep_linear', 'unfinished', 0.1], ['deep_linear', 'unfinished', 1.0]]
    """
    import pandas

    root = Path(root)
    runs = find_runs(root, **where)
    rows = []
    for run in runs:
        rows.append({**_known(run), "state": state_of(run), **(_summary(run) or {})})
    index = pandas.Index([str(run.path.relative_to(root)) for run in runs], name="run")
    return pandas.DataFrame(rows, index)


def state_of(run: Run) -> str:
    """How far a run is, as in ``state`` of `runs_frame`."""
    if _summary(run) is not None:
        return "several" if run.parts else "finished"
    if (run.path / "summary.json").exists():
        return "damaged"
    if run.parts:
        return "several"
    return "trained" if run.is_trained else "unfinished"


def _summary(run: Run) -> Mapping[str, Any] | None:
    try:
        return run.summary
    except InputError:
        return None


def _known(run: Run) -> dict[str, Any]:
    return {"study": run.study, **run.config}


def _fulfils(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, (list, tuple)):
        return value == list(wanted)
    values = value if isinstance(value, list) else [value]
    return any(_one_fulfils(single, wanted) for single in values)


def _one_fulfils(value: Any, wanted: Callable[[Any], bool] | slice | Any) -> bool:
    try:
        if isinstance(wanted, slice):
            above = wanted.start is None or value >= wanted.start
            return bool(above and (wanted.stop is None or value <= wanted.stop))
        if callable(wanted):
            return bool(wanted(value))
    except TypeError:  # a value of another kind has no such order
        return False
    # True is no 1 here, while a number may be given as 1 or 1.0
    return isinstance(value, bool) == isinstance(wanted, bool) and value == wanted
