"""Study: what an experiment hands over.

A study is a configuration, a function that builds its training problem, one that analyses a
finished run, and one that draws. Training, continuing, writing and reporting are the same for
all studies (`jaxrep.study.running`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from jaxrep.engine import Problem, Replicas, Schedule, Trained, Variables, train
from jaxrep.engine.plans import PLANNERS
from jaxrep.engine.run import Run
from jaxrep.study.command_line import Options
from jaxrep.study.configuration import from_plain
from jaxrep.study.menu import Menu
from jaxrep.study.report import Figure, PageFigure, Table, Verdict

if TYPE_CHECKING:
    import xarray

Config = TypeVar("Config")


class Plan(NamedTuple):
    """What to train: the pieces `jaxrep.engine.train` takes, and what the study knows beside them.

    Attributes:
      problem: pure functions of one replica.
      replicas: seeds x grid.
      schedule: how long, and when to look.
      initial: variables to start from, ``[replica, ...]``; None starts from `Problem.init`.
      data: what was read or drawn for it, for the analysis: it is not read a second time.
      companions: further trainings that the analysis compares with, name -> plan; each is
        checkpointed and continued like the first, and read by `Run.companion`.
    """

    problem: Problem
    replicas: Replicas
    schedule: Schedule
    initial: Variables | None = None
    data: Any = None
    companions: Mapping[str, Any] = MappingProxyType({})

    def train(self, **keywords: Any) -> Trained:
        """Train all replicas; the keywords are those of `jaxrep.engine.train`."""
        return train(self.problem, self.replicas, self.schedule, self.initial, **keywords)


class Analysis(NamedTuple):
    """What an analysis found.

    Attributes:
      results: labelled arrays; written to ``results.nc``.
      summary: key figures, name -> number; written to ``summary.json``.
      tables: for the report.
      drawings: whatever `Study.draw` needs beyond `results`.
      verdicts: the answer to the study's question, a few sentences made from the numbers.
    """

    results: "xarray.Dataset"
    summary: Mapping[str, float | int]
    tables: Sequence[Table] = ()
    drawings: Any = None
    verdicts: Sequence[Verdict] = ()


class Comparison(NamedTuple):
    """What several runs show together.

    Attributes:
      tables: for the page.
      figures: one at a time.
      summary: key figures, name -> number, beside those of every run.
      verdicts: what the runs show together; a page opens with them, then with each run's own.
    """

    tables: Sequence[Table] = ()
    figures: Iterable[Figure] = ()
    summary: Mapping[str, float | int] = MappingProxyType({})
    verdicts: Sequence[Verdict] = ()


@dataclass(frozen=True)
class Study(Generic[Config]):
    """One experiment.

    Attributes:
      name: as in ``python -m experiments.<name>``; runs go to ``results/<name>/``.
      summary: one line.
      config: frozen dataclass of plain values; every field is a command-line option.
      presets: named configurations; the first is the default.
      build: ``config -> Plan``; None where there is nothing to train, as for weights that exist
        already. Raises `InputError` for bad values, before anything is written.
      analyse: ``(run, plan, config) -> Analysis``, with what `build` made of the configuration.
      draw: ``(analysis, config) -> figures``, one at a time.
      check: ``config -> None``; raises `InputError` before anything is written.
      warn: ``config -> lines``, traps that are worth a word before training; shown there and
        in the report.
      suites: presets of several configurations, ``name -> {label: config}``: one run each, and
        a page that compares them. Options given beside such a preset hold for all its runs; a
        value ``<label>`` becomes the folder of the suite's run of that label.
      default: the preset or suite of a command without one; empty is the first preset.
      words: what each preset and suite is, for ``--help``.
      resolve: ``config -> config`` with what an unset value stands for; done before anything else.
      compare: ``(runs, configurations), both by label -> Comparison``: what that page shows
        beside the key figures of every run.
    """

    name: str
    summary: str
    config: type[Config]
    presets: Mapping[str, Config]
    build: Callable[[Config], Plan | None]
    analyse: Callable[[Run, Plan, Config], Analysis]
    draw: Callable[[Analysis, Config], Iterable[PageFigure]]
    check: Callable[[Config], None] = field(default=lambda config: None)
    warn: Callable[[Config], Sequence[str]] = field(default=lambda config: ())
    suites: Mapping[str, Mapping[str, Config]] = field(default_factory=dict)
    compare: Callable[[Mapping[str, Run], Mapping[str, Config]], Comparison] = field(
        default=lambda runs, configs: Comparison()
    )
    default: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    resolve: Callable[[Config], Config] = field(default=lambda config: config)

    def __post_init__(self):
        taken = {f.name for f in fields(Options)} & {f.name for f in fields(self.config)}
        if taken:
            raise ValueError(
                f"config: {', '.join(sorted(taken))} is an option that every study has; another "
                "name is needed"
            )
        PLANNERS[self.name] = self.planned

    @property
    def menu(self) -> Menu[Config]:
        """What its command line offers."""
        return Menu(**{field.name: getattr(self, field.name) for field in fields(Menu)})

    def planned(self, values: Mapping[str, Any]) -> Plan | None:
        """The plan of a configuration given as plain values, as a run keeps them.

        Raises:
          InputError: values that the configuration does not have, or bad ones.
        """
        return self.build(self.resolve(from_plain(self.config, values)))


def kept(
    report: Callable[[Any], Iterable[PageFigure]],
) -> Callable[[Analysis, object], Iterable[PageFigure]]:
    """A `Study.draw` that needs nothing but what the analysis kept as its `drawings`.

    >>> draw = kept(lambda drawings: [f"a figure of {drawings}"])
    >>> draw(Analysis(None, {}, drawings="curves"), None)
    ['a figure of curves']
    """
    return lambda analysis, config: report(analysis.drawings)
