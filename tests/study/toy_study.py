"""A small study for the tests of what all studies share: ``python -m tests.study.toy_study``."""

import os
import signal
import time
from dataclasses import dataclass
from typing import Annotated

import xarray

from jaxrep.engine import Replicas, Schedule
from jaxrep.study import Analysis, InputFile, Plan, Replication, Study, main
from jaxrep.study.report import Figure, Table
from tests import toys


@dataclass(frozen=True)
class Config(Replication):
    """What can be asked."""

    seeds: int = 2
    learning_rate: tuple[float, ...] = (0.01,)
    """Step size."""
    steps: int = 12
    """Updates."""
    batches: str = "full"
    """Kind of batches."""
    fails: str = ""
    """Where the analysis fails: analysis or drawing; or a signal that it sends itself."""
    data: Annotated[str, InputFile] = ""
    """A file."""


def build(config: Config) -> Plan:
    replicas = Replicas.consecutive(0, config.seeds, {"learning_rate": config.learning_rate})
    saved = tuple(range(2, config.steps, 2))
    schedule = Schedule(config.steps, (0, config.steps), (), saved)
    return Plan(toys.plain_problem(config.batches), replicas, schedule)


def analyse(run, plan, config: Config) -> Analysis:
    if config.fails == "analysis":
        raise ZeroDivisionError("no networks\nat all")
    if config.fails.startswith("SIG"):
        os.kill(os.getpid(), signal.Signals[config.fails])
        time.sleep(5)
    results: xarray.Dataset = run.records
    loss = float(results.loss.isel(step=-1).median())
    return Analysis(results, {"loss": loss}, [Table("Losses", ["loss"], [[loss]])])


def draw(analysis, config: Config):
    import matplotlib.figure

    if config.fails == "drawing":
        raise KeyError("axes")
    figure = matplotlib.figure.Figure()
    figure.subplots().plot([0, 1])
    yield Figure("line", "A line", "From 0 to 1.", figure)


STUDY = Study("toy", "A toy.", Config, {"quick": Config()}, build, analyse, draw)

if __name__ == "__main__":
    raise SystemExit(main(STUDY))
