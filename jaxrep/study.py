"""Study: what an experiment hands over, and the command line made from it.

A study is a configuration, a function that builds its training problem, one that analyses a
finished run, and one that draws. Training, continuing, writing and reporting are the same for
all studies and happen here.
"""

import contextlib
import dataclasses
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import jax

from jaxrep.command_line import Options, parse
from jaxrep.engine import Execution, Problem, Replicas, Schedule, Variables, train
from jaxrep.engine.run import Run, config_id
from jaxrep.errors import InputError, Interrupted
from jaxrep.report import Figure, Page, Table, write_report

if TYPE_CHECKING:
    import xarray


class Plan(NamedTuple):
    """What to train: the pieces `jaxrep.engine.train` takes.

    `initial` are variables to start from, ``[replica, ...]``; None starts from `Problem.init`.
    """

    problem: Problem
    replicas: Replicas
    schedule: Schedule
    initial: Variables | None = None


class Analysis(NamedTuple):
    """What an analysis found.

    Attributes:
      results: labelled arrays; written to ``results.nc``.
      summary: key figures, name -> number; written to ``summary.json``.
      tables: for the report.
      drawings: whatever `Study.draw` needs beyond `results`.
    """

    results: "xarray.Dataset"
    summary: Mapping[str, float | int]
    tables: Sequence[Table] = ()
    drawings: Any = None


class Comparison(NamedTuple):
    """What several runs show together.

    Attributes:
      tables: for the page.
      figures: one at a time.
      summary: key figures, name -> number, beside those of every run.
    """

    tables: Sequence[Table] = ()
    figures: Iterable[Figure] = ()
    summary: Mapping[str, float | int] = MappingProxyType({})


@dataclass(frozen=True)
class Study:
    """One experiment.

    Attributes:
      name: as in ``python -m experiments.<name>``; runs go to ``results/<name>/``.
      summary: one line.
      config: frozen dataclass of plain values; every field is a command-line option.
      presets: named configurations; the first is the default.
      build: ``config -> Plan``, or None for a study of weights that exist already. Raises
        `InputError` for bad values.
      analyse: ``(run, config) -> Analysis``.
      draw: ``(analysis, config) -> figures``, one at a time.
      check: ``config -> None``; raises `InputError` before anything is written.
      warn: ``config -> lines``, traps that are worth a word before training; shown there and
        in the report.
      suites: presets of several configurations, ``name -> {label: config}``: one run each, and
        a page that compares them. Options given beside such a preset hold for all its runs; a
        value ``<label>`` becomes the folder of the suite's run of that label.
      default: the preset or suite of a command without one; empty is the first preset.
      compare: ``(runs, configurations), both by label -> Comparison``: what that page shows
        beside the key figures of every run.
    """

    name: str
    summary: str
    config: type
    presets: Mapping[str, Any]
    build: Callable[[Any], Plan] | None
    analyse: Callable[[Run, Any], Analysis]
    draw: Callable[[Analysis, Any], Iterable[Figure]]
    check: Callable[[Any], None] = field(default=lambda config: None)
    warn: Callable[[Any], Sequence[str]] = field(default=lambda config: ())
    suites: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    compare: Callable[[Mapping[str, Run], Mapping[str, Any]], Comparison] = field(
        default=lambda runs, configs: Comparison()
    )
    default: str = ""


def kept(report: Callable[[Any], Iterable[Figure]]) -> Callable[[Analysis, Any], Iterable[Figure]]:
    """A `Study.draw` that needs nothing but what the analysis kept as its `drawings`."""
    return lambda analysis, config: report(analysis.drawings)


def main(study: Study, arguments: Sequence[str] | None = None) -> int:
    """Run a study from the command line; returns the exit status.

    0 done, 2 bad input (one line on standard error), 130 stopped by Ctrl-C.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    _one_device_per_core()
    try:
        first = {name: next(iter(runs.values())) for name, runs in study.suites.items()}
        presets = {**study.presets, **first}
        if study.default:
            presets = {study.default: presets[study.default], **presets}
        preset, config, options = parse(study.name, study.summary, study.config, presets, arguments)
        if preset in study.suites:
            _suite(study, preset, config, options)
        elif options.sweep:
            _sweep(study, config, options)
        else:
            execute(study, config, options)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except Interrupted as stopped:
        print(stopped, file=sys.stderr)
        return 130
    except KeyboardInterrupt:
        print("stopped; the same command continues from the last checkpoint", file=sys.stderr)
        return 130
    return 0


def _one_device_per_core() -> None:
    """On a CPU, replicas spread best over one virtual device per core."""
    with contextlib.suppress(RuntimeError):  # JAX is running already: it stays as it is
        jax.config.update("jax_num_cpu_devices", len(os.sched_getaffinity(0)))


def execute(study: Study, config: Any, options: Options | None = None) -> Run:
    """Train (or continue, or do nothing), analyse and report one configuration.

    Raises:
      InputError: bad values, or an output directory of another configuration.
    """
    options = options or Options()
    study.check(config)
    warnings = study.warn(config)
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
    execution = Execution(options.form, options.width, options.devices, _precision(config))
    plan = study.build(config) if study.build else None
    plain = _plain(config)
    out = options.out or Path("results") / study.name / config_id(plain)
    run = Run.open(out, study.name, plain)
    say = (lambda *words: None) if options.quiet else print
    say(f"{study.name}: {run.path}")
    if plan is not None:
        _train(run, plan, execution, options.quiet)
    began = time.monotonic()
    analysis = study.analyse(run, config)
    run.save_results(analysis.results, analysis.summary)
    figures = run.path / "figures"
    figures.mkdir(exist_ok=True)
    drawn = study.draw(analysis, config)
    page = Page(study.name, study.summary, drawn, analysis.tables, analysis.summary, warnings)
    provenance = {**run.environment, **({"replicas_ran": run.form} if plan else {})}
    write_report(page, run.path, run.config, provenance)
    say(f"analysed and drawn in {time.monotonic() - began:.1f} s")
    say(f"report: {run.path / 'report.html'}")
    return run


def _precision(config: Any) -> str:
    return getattr(config, "precision", "float32")


def _train(run: Run, plan: Plan, execution: Execution, quiet: bool) -> None:
    """Train to the end, or go on from the last checkpoint."""
    checkpoints = run.checkpoints(read_only=False)
    began = time.monotonic()
    try:
        trained = train(*plan, checkpoints=checkpoints, execution=execution, quiet=quiet)
    finally:
        checkpoints.close()
    if not quiet:
        print(
            f"trained to step {trained.last_step:,} ({trained.form}) "
            f"in {time.monotonic() - began:.1f} s"
        )
        for name in trained.diverged:
            print(f"diverged: {name} has parameters that are not finite")


def _sweep(study: Study, config: Any, options: Options) -> None:
    """One compiled run for each value of a static option, joined into one result."""
    import xarray

    key, values = options.sweep
    configs = {f"{key}={value}": dataclasses.replace(config, **{key: value}) for value in values}
    plain = _plain(config) | {key: list(values)}
    whole, runs = _run_all(study, configs, plain, options)
    joined = xarray.concat(
        [run.results for run in runs.values()],
        xarray.Variable(key, list(values)),
        join="outer",
        coords="minimal",
        compat="override",
        data_vars="all",
    )
    _write_whole(study, whole, runs, Comparison(), options, joined)


def _suite(study: Study, name: str, config: Any, options: Options) -> None:
    """All runs of a suite, with the options that were given for all of them, and the comparison."""
    if options.sweep:
        raise InputError(f"sweep: {options.sweep[0]} given; preset {name} has several runs already")
    configs = study.suites[name]
    changed = {name: getattr(config, name) for name in options.given}
    configs = {label: dataclasses.replace(one, **changed) for label, one in configs.items()}
    plain = {"suite": name, **{label: _plain(one) for label, one in configs.items()}}
    whole, runs = _run_all(study, configs, plain, options)
    _write_whole(study, whole, runs, study.compare(runs, configs), options)


def _plain(config: Any) -> dict[str, Any]:
    return json.loads(json.dumps(dataclasses.asdict(config)))


def _run_all(
    study: Study, configs: Mapping[str, Any], plain: Mapping[str, Any], options: Options
) -> tuple[Run, dict[str, Run]]:
    """The run of the whole, and those of its parts in folders of their own; all checked first."""
    for one in configs.values():
        study.check(one)
    out = options.out or Path("results") / study.name / config_id(plain)
    whole = Run.open(out, study.name, plain)
    runs = {}
    for label, one in configs.items():
        folder = out / _folder(label)
        one = _with_folders(one, out, configs)
        runs[label] = execute(study, one, dataclasses.replace(options, out=folder, sweep=None))
    return whole, runs


def _folder(label: str) -> str:
    return label.replace(" ", "_").replace("/", "_")


def _with_folders(config: Any, out: Path, labels: Iterable[str]) -> Any:
    """Values ``<label>``, which name another run of the suite, replaced by that run's folder."""
    named = {f"<{label}>": str(out / _folder(label)) for label in labels}
    values = {f.name: getattr(config, f.name) for f in dataclasses.fields(config)}
    changed = {k: named[v] for k, v in values.items() if isinstance(v, str) and v in named}
    return dataclasses.replace(config, **changed)


def _write_whole(
    study: Study,
    whole: Run,
    runs: Mapping[str, Run],
    comparison: Comparison,
    options: Options,
    joined: "xarray.Dataset | None" = None,
) -> None:
    """Results and page of several runs together."""
    summary = {
        f"{label}/{name}": number
        for label, run in runs.items()
        for name, number in run.summary.items()
    }
    whole.save_results(joined, {**comparison.summary, **summary})
    names = list(dict.fromkeys(name for run in runs.values() for name in run.summary))
    links = [f"{run.path.name}/report.html" for run in runs.values()]
    rows = [[label, *(run.summary.get(name) for name in names)] for label, run in runs.items()]
    tables = [
        *comparison.tables,
        Table("Key figures of every run", ["run", *names], rows, links=links),
    ]
    page = Page(study.name, study.summary, comparison.figures, tables, comparison.summary)
    (whole.path / "figures").mkdir(exist_ok=True)
    write_report(page, whole.path, whole.config, whole.environment)
    if not options.quiet:
        print(f"report: {whole.path / 'report.html'}")
