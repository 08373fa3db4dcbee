"""Several configurations in one command: the grid of a sweep, the runs of a suite, their page."""

import dataclasses
import itertools
import sys
from collections.abc import Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jaxrep.engine import hosts
from jaxrep.engine.files import read_json, write_json
from jaxrep.engine.run import VERDICT, Run
from jaxrep.errors import AnalysisFailed, InputError
from jaxrep.plots.style import figure_style
from jaxrep.study.command_line import Options
from jaxrep.study.configuration import input_files, plain_values
from jaxrep.study.executing import (
    analysing,
    execute,
    known_environment,
    opened,
    run_directory,
    with_options,
)
from jaxrep.study.launching import launch
from jaxrep.study.report import Page, Table, Verdict, write_report
from jaxrep.study.results_index import keep_index
from jaxrep.study.study import Comparison, Study
from jaxrep.study.words import FigureKey, in_words

if TYPE_CHECKING:
    import xarray


MOST_ANSWERS = 4
"""Runs whose answers a page of several runs opens with, one a line; beyond, its table has them."""
ANSWERS = "The first sentence of each run's own page, which its name leads to."
FIGURES = "What a number is, its run's page says; on hover, a number's name in summary.json."
MOST_COLUMNS = 8
"""Runs that stand side by side in a table."""


def sweep(study: Study, config: Any, options: Options) -> None:
    """One compiled run for each combination of static options, joined into one result.

    Raises:
      InputError: bad values, before anything is trained.
      AnalysisFailed: some of the runs failed; the others are whole.
    """
    keys = dict(options.sweep)
    points = list(itertools.product(*keys.values()))
    configs = {}
    for point in points:
        changed = dict(zip(keys, point, strict=True))
        label = " ".join(f"{key}={value}" for key, value in changed.items())
        configs[label] = study.resolve(dataclasses.replace(config, **changed))
    plain = plain_values(config) | {key: list(values) for key, values in keys.items()}
    if options.dry_run:
        return _dry_run(study, configs, options)
    if options.part:
        return _one_part(study, configs, options)
    with _whole(study, configs, plain, options) as (whole, runs):
        joined = None
        if len(runs) == len(configs) and hosts.is_first():
            with analysing(whole):
                joined = _join([run.results for run in runs.values()], keys)
        _write_whole(study, whole, runs, Comparison(), options, joined)


def suite(study: Study, name: str, config: Any, options: Options) -> None:
    """All runs of a suite, with the options that were given for all of them, and the comparison.

    Raises:
      InputError: bad values, before anything is trained.
      AnalysisFailed: some of the runs failed; the others are whole.
    """
    if options.sweep:
        given = options.sweep[0][0]
        raise InputError(f"sweep: {given} given; preset {name} has several runs already")
    configs = study.suites[name]
    changed = {name: getattr(config, name) for name in options.given}
    configs = {
        label: study.resolve(dataclasses.replace(one, **changed)) for label, one in configs.items()
    }
    plain = {"suite": name, **{label: plain_values(one) for label, one in configs.items()}}
    if options.dry_run:
        return _dry_run(study, configs, options)
    if options.part:
        return _one_part(study, configs, options)
    with _whole(study, configs, plain, options) as (whole, runs), figure_style():
        comparison = Comparison()
        if len(runs) == len(configs) and hosts.is_first():
            with analysing(whole):
                comparison = study.compare(runs, configs)
        _write_whole(study, whole, runs, comparison, options)


def _dry_run(study: Study, configs: Mapping[str, Any], options: Options) -> None:
    for label, config in configs.items():
        print(f"-- {label}")
        execute(study, config, with_options(options))


def _one_part(study: Study, configs: Mapping[str, Any], options: Options) -> None:
    """The run of one label, in its folder: what a job does."""
    if options.part not in configs or options.out is None:
        raise InputError(f"part: {options.part!r} is no run of {', '.join(configs)}")
    config = _with_folders(configs[options.part], options.out, configs)
    execute(study, config, with_options(options, out=options.out / _folder(options.part)))


def _join(results: list["xarray.Dataset"], keys: Mapping[str, tuple]) -> "xarray.Dataset":
    """Results of a grid in the order of its combinations, with a leading dimension per key.

    What some runs have more of, units say, is NaN in the others.
    """
    import xarray

    results = _numbered(results)
    for key, values in reversed(keys.items()):
        results = [
            xarray.concat(
                results[start : start + len(values)],
                xarray.Variable(key, list(values)),
                join="outer",
                coords="minimal",
                compat="override",
                data_vars="all",
            )
            for start in range(0, len(results), len(values))
        ]
    return results[0]


def _numbered(results: Sequence["xarray.Dataset"]) -> list["xarray.Dataset"]:
    """Dimensions that have different sizes and no coordinate get numbers as coordinates."""
    sizes: dict[Hashable, set[int]] = {}
    for dataset in results:
        for dimension, size in dataset.sizes.items():
            sizes.setdefault(dimension, set()).add(size)
    differ = [dimension for dimension, known in sizes.items() if len(known) > 1]
    return [
        dataset.assign_coords(
            {
                dimension: np.arange(dataset.sizes[dimension])
                for dimension in differ
                if dimension in dataset.sizes and dimension not in dataset.indexes
            }
        )
        for dataset in results
    ]


class _whole:
    """The run of the whole, and those of its parts in folders of their own; all checked first.

    On leaving, what failed is named: the other runs have been made, and are on the page.
    """

    def __init__(self, study: Study, configs: Mapping[str, Any], plain: Any, options: Options):
        for one in configs.values():
            study.check(one)
        files = {
            f"{label}: {field}": digest
            for label, one in configs.items()
            for field, digest in input_files(one).items()
        }
        directory = run_directory(study.name, plain, files, options)
        parts = {label: _folder(label) for label in configs}
        self.study, self.configs, self.options, self.directory = study, configs, options, directory
        self.opening = opened(directory, study.name, plain, options, files=files, parts=parts)
        self.failed: dict[str, str] = {}

    def __enter__(self) -> tuple[Run, dict[str, Run]]:
        whole = self.opening.__enter__()
        try:
            if self.options.launch != "here":
                return whole, self._launch()
            runs = {}
            for label, one in self.configs.items():
                try:
                    runs[label] = self._execute(label, one)
                except AnalysisFailed as error:
                    self._fail(label, str(error))
        except BaseException:
            self.opening.__exit__(*sys.exc_info())
            raise
        return whole, runs

    def _fail(self, label: str, words: str) -> None:
        self.failed[label] = words
        print(f"failed: {label}: {words}", file=sys.stderr)

    def _launch(self) -> dict[str, Run]:
        """Each run as a job of its own; those that are finished already are not run again."""
        folders = {label: self.directory / _folder(label) for label in self.configs}
        jobs = {label: folder for label, folder in folders.items() if not _finished(folder)}
        for label, words in launch(jobs, self.options, self.directory / "jobs").items():
            self._fail(label, words)
        runs = {}
        for label, folder in folders.items():
            if label in self.failed:
                continue
            if _finished(folder):
                runs[label] = Run.load(folder)
            else:
                self._fail(label, "its job ended without results")
        return runs

    def _execute(self, label: str, config: Any) -> Run:
        options, folder = self.options, _folder(label)
        config = _with_folders(config, self.directory, self.configs)
        report_to = options.report_to
        run = execute(
            self.study,
            config,
            with_options(
                options,
                out=self.directory / folder,
                report_to=report_to and report_to / folder,
                fresh=False,
            ),
        )
        assert run is not None  # a dry run does not come here
        return run

    def __exit__(self, *error: Any) -> None:
        self.opening.__exit__(*error)
        if self.failed and error[0] is None:
            lines = "; ".join(f"{label}: {words}" for label, words in self.failed.items())
            many = f"{len(self.failed)} of {len(self.configs)} runs failed"
            raise AnalysisFailed(f"{many}; the others are whole: {lines}")


def _finished(folder: Path) -> bool:
    """Whether a run is there with its results and its page."""
    try:
        return bool(Run.load(folder).summary is not None and (folder / "report.html").exists())
    except InputError:
        return False


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
    if not hosts.is_first():
        return
    summary = {
        f"{label}/{name}": number
        for label, run in runs.items()
        for name, number in run.summary.items()
    }
    with analysing(whole):
        whole.save_results(joined, {**comparison.summary, **summary})
        verdicts = [*comparison.verdicts, *_answers(runs)]
        write_json(whole.written / VERDICT, [verdict._asdict() for verdict in verdicts])
        page = Page(
            study.name,
            study.summary,
            comparison.figures,
            [*comparison.tables, *_run_tables(runs)],
            comparison.summary,
            verdicts=verdicts,
        )
        for verdict in () if options.quiet else verdicts:
            print(f"- {verdict.text}")
        write_report(
            page, whole.written, whole.config, known_environment(whole), style=options.style
        )
    if not options.quiet:
        print(f"report: {whole.written / 'report.html'}")
    keep_index(options)


def _answers(runs: Mapping[str, Run]) -> list[Verdict]:
    """What each run answers first, under its label; of many runs, how many are as expected."""
    first = {label: answer for label, run in runs.items() if (answer := _first_answer(run))}
    if len(first) <= MOST_ANSWERS:
        return [
            answer._replace(text=f"{in_words(label)}: {answer.text}")
            for label, answer in first.items()
        ]
    compared = {
        label: answer.agrees for label, answer in first.items() if answer.agrees is not None
    }
    if not compared:
        return [Verdict(f"What each of the {len(first)} runs answers is in the table of runs.")]
    others = [in_words(label) for label, agrees in compared.items() if not agrees]
    words = f"{len(compared) - len(others)} of {len(compared)} runs answer as expected"
    return [Verdict(f"{words}; not: {', '.join(others)}." if others else f"{words}.", not others)]


def _first_answer(run: Run) -> Verdict | None:
    try:
        verdicts = read_json(run.written / VERDICT)
    except (InputError, OSError):
        return None
    return Verdict(**verdicts[0]) if verdicts else None


def _run_tables(runs: Mapping[str, Run]) -> list[Table]:
    """The runs with their answers and pages; all their key figures, the longer side downwards."""
    links = [f"{run.written.name}/report.html" for run in runs.values()]
    answers = [_first_answer(run) for run in runs.values()]
    told = [
        [
            in_words(label),
            {True: "✓", False: "✗"}.get(answer.agrees if answer else None),
            answer and answer.text,
        ]
        for label, answer in zip(runs, answers, strict=True)
    ]
    every = dict.fromkeys(name for run in runs.values() for name in run.summary)
    names = [FigureKey(name) for name in every]
    title = "Key figures of every run"
    if len(runs) <= len(names) and len(runs) <= MOST_COLUMNS:
        rows = [[name, *(run.summary.get(name) for run in runs.values())] for name in names]
        figures = Table(title, ["name", *map(in_words, runs)], rows, FIGURES)
    else:
        rows = [
            [in_words(label), *(run.summary.get(name) for name in names)]
            for label, run in runs.items()
        ]
        figures = Table(title, ["run", *names], rows, FIGURES, links)
    return [Table("Runs", ["run", "as expected", "answer"], told, ANSWERS, links), figures]
