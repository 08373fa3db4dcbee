"""One configuration, from its checks to its page: train, continue or do nothing, then analyse."""

import contextlib
import dataclasses
import itertools
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from jaxrep.engine import Execution, Trained, hosts
from jaxrep.engine.files import write_json
from jaxrep.engine.locks import locked
from jaxrep.engine.network import Inside
from jaxrep.engine.progress import Stage, stage
from jaxrep.engine.provenance import command_line, config_id, environment, now, writer
from jaxrep.engine.run import VERDICT, Run, may_hold_run
from jaxrep.errors import AnalysisFailed, InputError, OtherRun, StorageError
from jaxrep.plots.style import figure_style
from jaxrep.study.command_line import Options
from jaxrep.study.configuration import input_files, plain_values
from jaxrep.study.dry_run import dry_run
from jaxrep.study.report import Page, Verdict, write_report
from jaxrep.study.results_index import keep_index
from jaxrep.study.seeds import SeedSection, seed_section
from jaxrep.study.study import Analysis, Plan, Study
from jaxrep.study.tracking import check_tracker, track


def execute(study: Study, config: Any, options: Options | None = None) -> Run | None:
    """Train (or continue, or do nothing), analyse and report one configuration.

    Returns:
      The run; None of a dry run.

    Raises:
      InputError: bad values, or an output directory of another configuration.
      AnalysisFailed: training is whole and on disk, but its analysis or its page failed.
      StorageError: something cannot be written.
    """
    options = options or Options()
    if options.track != "nothing":
        check_tracker(options.track)
    config = study.resolve(config)
    study.check(config)
    warnings = study.warn(config)
    for warning in warnings if hosts.is_first() else ():
        print(f"warning: {warning}", file=sys.stderr)
    execution = Execution(options.form, options.width, options.devices, _precision(config))
    plan = study.build(config)
    if options.dry_run:
        return dry_run(study.name, plan, execution)
    plain, files = plain_values(config), input_files(config)
    directory = run_directory(study.name, plain, files, options)
    with opened(directory, study.name, plain, options, files=files) as run:
        options = options if hosts.is_first() else dataclasses.replace(options, quiet=True)
        say = (lambda *words: None) if options.quiet else print
        say(f"{study.name}: {run.path}")
        began, clock = now(), time.monotonic()
        if plan is not None:
            _train(run, plan, execution, options.quiet)
            for name, companion in plan.companions.items():
                say(f"beside it: {name}")
                _train(run.companion(name), companion, execution, options.quiet)
        if not hosts.is_first():
            return run
        spent, agreed = {"training": time.monotonic() - clock}, None
        with analysing(run):
            with _stage("analysing", spent, options.quiet):
                analysis = study.analyse(run, cast(Plan, plan), config)
            if plan is not None and plan.problem.network is not None:
                run.inside = Inside(plan.problem, plan.replicas)
                with _stage("comparing seeds", spent, options.quiet):
                    analysis, agreed = _with_seeds(run, analysis)
            run.save_results(analysis.results, analysis.summary)
            write_json(run.written / VERDICT, [one._asdict() for one in analysis.verdicts])
            provenance = {**known_environment(run), **({"replicas_ran": run.form} if plan else {})}
            if run.files:
                provenance["files"] = run.files
            with figure_style(), _stage("drawing", spent, options.quiet) as drawing:
                drawn = study.draw(analysis, config)
                if agreed is not None:
                    drawn = itertools.chain(drawn, agreed.figures())
                page = Page(
                    study.name,
                    study.summary,
                    drawn,
                    analysis.tables,
                    analysis.summary,
                    warnings,
                    analysis.verdicts,
                )
                for verdict in analysis.verdicts:
                    say(f"- {verdict.text}")
                write_report(page, run.written, run.config, provenance, drawing.name, options.style)
        if plan is not None and run.written == run.path:
            run.add_command(
                {
                    "command": command_line(),
                    "began": began,
                    "ended": now(),
                    "seconds": {stage: round(seconds, 3) for stage, seconds in spent.items()},
                    "device_seconds_in_all": run.trained.get("device_seconds"),
                    "jaxrep": writer(),
                }
            )
        if options.track != "nothing" and plan is not None:
            track(run, options.track, say)
        say(", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in spent.items()))
        say(f"report: {run.written / 'report.html'}")
        keep_index(options)
        return run


@contextlib.contextmanager
def _stage(words: str, spent: dict[str, float], quiet: bool) -> Iterator[Stage]:
    """A stage that is shown, and its seconds kept under its words."""
    began = time.monotonic()
    with stage(words, quiet) as shown:
        yield shown
    spent[words] = time.monotonic() - began


def _with_seeds(run: Run, analysis: Analysis) -> tuple[Analysis, SeedSection | None]:
    """The analysis with what its networks have in common, and the section that shows it."""
    agreed = seed_section(run, run.inside)
    if agreed is None:
        return analysis, None
    return analysis._replace(
        results=agreed.results(analysis.results, run.inside),
        summary={**analysis.summary, **agreed.summary()},
        tables=[*analysis.tables, *agreed.tables()],
        verdicts=[*analysis.verdicts, Verdict(agreed.sentence())],
    ), agreed


def run_directory(study: str, plain: dict, files: dict[str, str], options: Options) -> Path:
    """Where a configuration runs: ``--out``, or a folder named by all its values and by the
    content of the files that they name; with ``--fresh`` the first one beside it that is new."""
    named = {**plain, "files": files} if files else plain
    directory = options.out or Path("results") / study / config_id(named)
    if not options.fresh:
        return directory
    number = 2
    while directory.exists() and any(directory.iterdir()):
        directory = directory.with_name(f"{directory.name.removesuffix(f'-{number - 1}')}-{number}")
        number += 1
    return directory


@contextlib.contextmanager
def opened(
    directory: Path, study: str, plain: dict, options: Options, **described: Any
) -> Iterator[Run]:
    """The run of a directory, held against other processes; a finished run on a disk that cannot
    be written needs ``--report-to`` and is only read.

    Raises:
      InputError: another process holds it, or it is of another configuration.
      StorageError: it cannot be written.
    """
    if options.report_to is not None:
        if not (directory / "config.json").exists():
            raise InputError(f"report_to: {directory} holds no run whose report could be written")
        run = Run.open(directory, study, plain, **described)
        if not run.parts and not run.is_trained and run.checkpoints().steps():
            raise InputError(f"report_to: {directory} is not trained to its end yet")
        report_to = options.report_to
        with locked(report_to):
            yield run.elsewhere(report_to)
        return
    fresh = not directory.exists()
    if directory.is_file() or not (fresh or may_hold_run(directory)):
        Run.open(directory, study, plain, **described)  # says what is wrong with it
    if not hosts.is_first():
        hosts.wait("opened")
        yield Run.load(directory)
        return
    with locked(directory):
        try:
            run = Run.open(directory, study, plain, **described)
        except OtherRun as error:
            raise OtherRun(f"{error}; --out takes another folder") from None
        except BaseException:
            if fresh and not any(p.name != ".lock" for p in directory.iterdir()):
                (directory / ".lock").unlink(missing_ok=True)
                directory.rmdir()
            raise
        hosts.wait("opened")
        yield run


@contextlib.contextmanager
def analysing(run: Run) -> Iterator[None]:
    """Name the run whose analysis fails; errors that a user can mend pass as they are.

    Raises:
      AnalysisFailed: in place of anything else.
    """
    try:
        yield
    except (InputError, StorageError):
        raise
    except Exception as error:
        kept = "training is whole and on disk" if run.steps else "nothing was trained"
        words = (str(error).splitlines() or [""])[0]
        raise AnalysisFailed(
            f"{run.path}: analysis or page failed ({type(error).__name__}: {words[:200]}); {kept}"
        ) from error


def known_environment(run: Run) -> dict[str, Any]:
    """A run's provenance; where its file is damaged, that of now, with a word."""
    try:
        return run.environment
    except InputError as error:
        print(f"warning: {error}", file=sys.stderr)
        return {"warning": str(error), **environment()}


def _precision(config: Any) -> str:
    return getattr(config, "precision", "float32")


def _train(run: Run, plan: Plan, execution: Execution, quiet: bool) -> None:
    """Train to the end, or go on from the last checkpoint."""
    if run.written != run.path:  # only the report is written
        return
    checkpoints = run.checkpoints(read_only=False)
    began = time.monotonic()
    try:
        trained = plan.train(checkpoints=checkpoints, execution=execution, quiet=quiet)
    except OtherRun as error:
        advice = "--fresh trains beside it, --out takes another folder"
        raise OtherRun(f"{error}; {advice}") from None
    finally:
        checkpoints.close()
    took = time.monotonic() - began
    if not quiet:
        print(_words(trained, run, took))
        for name in trained.diverged:
            print(f"diverged: {name} has parameters that are not finite")


def _words(trained: Trained, run: Run, took: float) -> str:
    if not trained.finished:
        start = f"from step {trained.first_step:,} " if trained.first_step else ""
        words = f"trained {start}to step {trained.last_step:,} ({trained.form}) in {took:.1f} s"
        return words + (f"; since its beginning: {trained.changed}" if trained.changed else "")
    revision = run.trained.get("fingerprint", {}).get("jaxrep", {}).get("revision", "")
    by = f" with {revision}" if revision.startswith("version") else f" with revision {revision}"
    words = f"finished on {trained.finished}{by if revision else ''}, step {trained.last_step:,}"
    changed = f" (since then: {trained.changed}; --fresh trains anew)" if trained.changed else ""
    return f"{words}; nothing trained{changed}"


def with_options(options: Options, **changes: Any) -> Options:
    """Options of one of several runs: its own folder, and nothing that is of all of them."""
    return dataclasses.replace(options, sweep=(), **changes)
