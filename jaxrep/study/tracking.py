"""A finished run for the trackers that others watch: TensorBoard, Weights & Biases, MLflow.

Every number that is measured of a network, at every step that it is measured at; one tracked run
for each network, in the study's group, and the key figures. Through the trackers' own clients,
which are imported when they are asked for.
"""

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jaxrep.engine import Run
from jaxrep.errors import InputError

MOST_TRACKED = 200
"""Networks; of more only the first ones, which is said."""
PACKAGES = {"tensorboard": "tensorboardX", "wandb": "wandb", "mlflow": "mlflow"}
"""Tracker -> the package that is its client."""


class Series(NamedTuple):
    """What one network's run in a tracker shows.

    Attributes:
      name: of the network, ``learning_rate=0.1 seed=3``.
      settings: its point of the grid and its seed.
      steps: at which it was measured.
      values: ``{name: [step]}``, NaN where nothing was.
    """

    name: str
    settings: Mapping[str, float | int]
    steps: np.ndarray
    values: Mapping[str, np.ndarray]


def check_tracker(tracker: str) -> None:
    """Whether its client is there, before anything is trained.

    Raises:
      InputError: an unknown tracker, or one whose package is not installed.
    """
    import importlib.util

    if tracker not in PACKAGES:
        raise InputError(f"track: {tracker!r} is not known; allowed are {', '.join(PACKAGES)}")
    if importlib.util.find_spec(PACKAGES[tracker]) is None:
        raise InputError(f"track: {tracker} needs the package {PACKAGES[tracker]} (extra [track])")


def network_series(run: Run) -> Iterator[Series]:
    """Every network's numbers over training."""
    records = run.records
    whole = next(iter(records.values())).dims  # [*grid, seed, step, ...]
    shape = [str(name) for name in whole[: whole.index("step")]]
    scalars = [name for name, values in records.items() if set(values.dims) == {*shape, "step"}]
    steps = records.step.values
    for place in np.ndindex(*(records.sizes[name] for name in shape)):
        chosen = records.isel(dict(zip(shape, place, strict=True)))
        settings = {name: chosen[name].values.item() for name in shape}
        words = " ".join(f"{name}={value}" for name, value in settings.items())
        values = {str(name): np.asarray(chosen[name].values, float) for name in scalars}
        yield Series(words, settings, steps, values)


def track(run: Run, tracker: str, say: Callable[[str], None] = print) -> None:
    """Write a run's numbers for a tracker; says where they are.

    Raises:
      InputError: the tracker is not known or not installed.
    """
    check_tracker(tracker)
    write = {"tensorboard": _tensorboard, "wandb": _wandb, "mlflow": _mlflow}[tracker]
    folder, count = run.written / "tracking", 0
    with write(run, folder) as log:
        for series in network_series(run):
            if count == MOST_TRACKED:
                say(f"track: only the first {MOST_TRACKED} networks are tracked")
                break
            log(series)
            count += 1
    say(f"track: {count} networks for {tracker}: {folder}")


Log = Callable[[Series], None]


def _finite(series: Series) -> Iterator[tuple[int, dict[str, float]]]:
    for index, step in enumerate(series.steps.tolist()):
        known = {name: float(values[index]) for name, values in series.values.items()}
        known = {name: value for name, value in known.items() if math.isfinite(value)}
        if known:
            yield int(step), known


@contextlib.contextmanager
def _tensorboard(run: Run, folder: Path) -> Iterator[Log]:
    from tensorboardX import SummaryWriter

    def log(series: Series) -> None:
        with SummaryWriter(str(folder / series.name)) as writer:
            for step, values in _finite(series):
                for name, value in values.items():
                    writer.add_scalar(name, value, step)

    yield log


@contextlib.contextmanager
def _wandb(run: Run, folder: Path) -> Iterator[Log]:
    import wandb

    folder.mkdir(parents=True, exist_ok=True)

    def log(series: Series) -> None:
        tracked = wandb.init(
            project=f"jaxrep-{run.study}",
            group=run.path.name,
            name=series.name,
            config={**run.config, **series.settings},
            dir=str(folder),
            reinit="finish_previous",
        )
        for step, values in _finite(series):
            tracked.log(values, step=step)
        tracked.summary.update(_numbers(run))
        tracked.finish()

    yield log


@contextlib.contextmanager
def _mlflow(run: Run, folder: Path) -> Iterator[Log]:
    import os

    import mlflow

    folder.mkdir(parents=True, exist_ok=True)
    if "MLFLOW_TRACKING_URI" not in os.environ:
        mlflow.set_tracking_uri(f"sqlite:///{(folder / 'mlflow.db').resolve()}")
    mlflow.set_experiment(f"jaxrep-{run.study}")
    with mlflow.start_run(run_name=run.path.name):
        mlflow.log_params({name: str(value)[:500] for name, value in run.config.items()})
        mlflow.log_metrics({_plain(name): value for name, value in _numbers(run).items()})

        def log(series: Series) -> None:
            with mlflow.start_run(run_name=series.name, nested=True):
                mlflow.log_params(series.settings)
                for step, values in _finite(series):
                    mlflow.log_metrics({_plain(name): v for name, v in values.items()}, step=step)

        yield log


def _numbers(run: Run) -> dict[str, float]:
    """The key figures that are numbers."""
    return {name: value for name, value in run.summary.items() if math.isfinite(value)}


def _plain(name: str) -> str:
    """A name with the characters that MLflow takes."""
    return "".join(c if c.isalnum() or c in "_-. /" else "_" for c in name)
