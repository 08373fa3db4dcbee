"""The command line of a study: train (or continue, or do nothing), analyse, report."""

import contextlib
import dataclasses
import json
import os
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import jax

from jaxrep.engine import Execution
from jaxrep.engine.provenance import config_id
from jaxrep.engine.run import Run
from jaxrep.errors import InputError, Interrupted
from jaxrep.plots.style import figure_style
from jaxrep.study.command_line import Options, parse
from jaxrep.study.report import Page, Table, write_report
from jaxrep.study.study import Comparison, Plan, Study

if TYPE_CHECKING:
    import xarray


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
        preset, config, options = parse(
            study.name, study.summary, study.config, presets, arguments, study.words
        )
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
    config = study.resolve(config)
    study.check(config)
    warnings = study.warn(config)
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
    execution = Execution(options.form, options.width, options.devices, _precision(config))
    plan = study.build(config)
    plain = _plain(config)
    out = options.out or Path("results") / study.name / config_id(plain)
    run = Run.open(out, study.name, plain)
    say = (lambda *words: None) if options.quiet else print
    say(f"{study.name}: {run.path}")
    if plan is not None:
        _train(run, plan, execution, options.quiet)
        for name, companion in plan.companions.items():
            say(f"beside it: {name}")
            _train(run.companion(name), companion, execution, options.quiet)
    began = time.monotonic()
    analysis = study.analyse(run, cast(Plan, plan), config)
    run.save_results(analysis.results, analysis.summary)
    figures = run.path / "figures"
    figures.mkdir(exist_ok=True)
    provenance = {**run.environment, **({"replicas_ran": run.form} if plan else {})}
    with figure_style():
        drawn = study.draw(analysis, config)
        page = Page(study.name, study.summary, drawn, analysis.tables, analysis.summary, warnings)
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
        trained = plan.train(checkpoints=checkpoints, execution=execution, quiet=quiet)
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

    key, values = options.sweep or ("", ())
    configs = {
        f"{key}={value}": study.resolve(dataclasses.replace(config, **{key: value}))
        for value in values
    }
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
    configs = {
        label: study.resolve(dataclasses.replace(one, **changed)) for label, one in configs.items()
    }
    plain = {"suite": name, **{label: _plain(one) for label, one in configs.items()}}
    whole, runs = _run_all(study, configs, plain, options)
    with figure_style():
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
