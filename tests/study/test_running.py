"""One command of a study: what it writes, says and returns, whatever happens to it."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from jaxrep.engine import Run
from jaxrep.engine.locks import locked
from jaxrep.study import Analysis, main
from tests.engine.test_resume import ROOT
from tests.study.toy_study import STUDY


def run(out, *arguments):
    return main(STUDY, [*map(str, arguments), "--devices", "1", "--out", str(out)])


@pytest.fixture
def done(tmp_path):
    assert run(tmp_path / "run") == 0
    return tmp_path / "run"


def test_a_finished_run_is_found_finished_and_nothing_is_trained(done, capsys):
    capsys.readouterr()
    assert run(done) == 0
    said = capsys.readouterr().out
    assert "finished on 20" in said and "step 12; nothing trained" in said
    assert "trained to" not in said and "since then" not in said
    check = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=done, capture_output=True)
    assert check.returncode == 0 and check.stdout.count(b"OK") == 6
    known = Run.load(done).environment
    assert [worked["device_seconds_in_all"] > 0 for worked in known["worked"]] == [True, True]
    assert known["jaxrep"]["source"] and known["host"] and known["packages"]["jax"]


def test_another_configuration_is_refused_and_fresh_trains_beside(done, capsys):
    assert run(done, "--learning-rate", 0.02) == 2
    said = capsys.readouterr().err
    assert "learning_rate ([0.01] there, [0.02] now); --out takes another" in said
    assert run(done, "--fresh") == 0 and run(done, "--fresh") == 0
    folders = sorted(path.name for path in done.parent.iterdir())
    assert folders == ["run", "run-2", "run-3"]
    assert Run.load(done.with_name("run-3")).summary == Run.load(done).summary


def test_edited_code_is_said(done, capsys, monkeypatch):
    newer = {"version": "9", "revision": "abc", "source": "else"}
    monkeypatch.setattr("jaxrep.engine.fingerprint.writer", lambda: newer)
    assert run(done) == 0
    said = capsys.readouterr().out
    assert "nothing trained (since then: jaxrep: " in said and "--fresh trains anew)" in said


def test_a_report_goes_elsewhere_and_the_run_stays_as_it_was(done, tmp_path):
    times = {path: path.stat().st_mtime_ns for path in done.rglob("*")}
    assert run(done, "--report-to", tmp_path / "copy") == 0
    assert {path: path.stat().st_mtime_ns for path in done.rglob("*")} == times
    names = {path.name for path in (tmp_path / "copy").iterdir()}
    assert names == {
        "results.nc",
        "summary.json",
        "verdict.json",
        "figures",
        "report.html",
        "SHA256SUMS",
        ".lock",
    }
    assert run(tmp_path / "none", "--report-to", tmp_path / "copy") == 2


@pytest.mark.parametrize(
    "where, words", [("analysis", "ZeroDivisionError: no networks)"), ("drawing", "KeyError")]
)
def test_an_analysis_that_fails_leaves_the_run_usable_and_names_itself(
    tmp_path, capsys, where, words
):
    out = tmp_path / "run"
    assert run(out, "--fails", where) == 70
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith(f"error: {out}: analysis or page failed (")
    assert words in last and last.endswith("training is whole and on disk")
    assert Run.load(out).records.loss.shape == (2, 2) and Run.load(out).is_trained


@pytest.mark.parametrize("name", ["SIGTERM", "SIGUSR1", "SIGHUP", "SIGINT"])
def test_a_signal_while_analysing_is_one_line_and_a_status(tmp_path, capsys, name):
    assert run(tmp_path / "run", "--fails", name) == 128 + signal.Signals[name]
    said = capsys.readouterr().err.strip().splitlines()
    assert said[-1] == "stopped; the same command continues from the last checkpoint"


def test_a_second_command_says_who_holds_the_directory(done, capsys):
    with locked(done):
        assert run(done) == 2
    assert f"in use by process {os.getpid()}" in capsys.readouterr().err


def test_a_file_of_another_content_is_another_run(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "data.csv"
    for content in ("1", "2", "1"):
        file.write_text(content)
        assert main(STUDY, ["--data", str(file), "--devices", "1"]) == 0
    runs = [path.parent for path in (tmp_path / "results").rglob("config.json")]
    assert len(runs) == 2
    files = {json.loads((path / "config.json").read_text())["files"]["data"] for path in runs}
    assert len(files) == 2
    file.write_text("3")
    assert run(runs[0], "--data", file) == 2
    assert "the content of data" in capsys.readouterr().err


def test_a_dry_run_writes_nothing(tmp_path, capsys):
    assert run(tmp_path / "run", "--dry-run", "--learning-rate", 0.1, 0.2) == 0
    said = capsys.readouterr().out
    assert "networks      4 (2 learning_rate x 2 seed)" in said
    assert "measured      loss, outputs [3]" in said and "would fit" in said
    assert list(tmp_path.iterdir()) == []


def test_a_grid_of_static_options_is_joined_and_a_failed_point_is_named(tmp_path, capsys):
    out = tmp_path / "grid"
    keys = "--sweep", "steps=4,6", "--sweep", "batches=full,shuffled"
    assert run(out, *keys) == 0
    whole = Run.load(out)
    assert list(whole.runs)[:2] == ["steps=4 batches=full", "steps=4 batches=shuffled"]
    results = whole.results
    assert dict(results.sizes)["steps"] == dict(results.sizes)["batches"] == 2
    part = whole.runs["steps=6 batches=shuffled"].results
    assert results.loss.sel(steps=6, batches="shuffled", step=6).equals(
        part.loss.sel(step=6).assign_coords(steps=6, batches="shuffled")
    )
    capsys.readouterr()
    assert run(tmp_path / "failing", "--sweep", "fails=,analysis") == 70
    said = capsys.readouterr().err
    assert "1 of 2 runs failed; the others are whole: fails=analysis: " in said
    assert (tmp_path / "failing" / "report.html").exists()
    assert Run.load(tmp_path / "failing").runs["fails="].summary["loss"] > 0
    assert run(tmp_path / "twice", "--sweep", "steps=4,6", "--sweep", "steps=8,9") == 2


def test_runs_of_different_widths_are_joined(tmp_path):
    """A dimension without coordinates, units say: what a narrow network lacks is NaN."""

    def analyse(run, plan, config):
        results = run.records.assign(weight=("unit", np.arange(config.steps)))
        return Analysis(results, {"loss": 0.0})

    out = tmp_path / "grid"
    study = dataclasses.replace(STUDY, analyse=analyse)
    assert main(study, ["--sweep", "steps=4,6", "--out", str(out), "--quiet"]) == 0
    weight = Run.load(out).results.weight
    assert weight.dims == ("steps", "unit")
    np.testing.assert_array_equal(weight.sel(steps=4), [0, 1, 2, 3, np.nan, np.nan])
    np.testing.assert_array_equal(weight.sel(steps=6), range(6))


@pytest.mark.parametrize("delay", [0.0, 0.3])
def test_ctrl_c_during_the_imports_is_one_line(delay):
    command = [sys.executable, "-m", "experiments.deep_linear", "--out", "/nonexistent/never"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 20
    while not _handles_interrupts(process.pid) and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(delay)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.strip() == "stopped before anything was trained or written"


def _handles_interrupts(process: int) -> bool:
    """Whether Python has started far enough that a handler of ours can be in place."""
    try:
        with open(f"/proc/{process}/maps") as file:
            return "numpy" in file.read()
    except OSError:
        return False


@pytest.fixture
def as_a_module(tmp_path):
    """The toy study as ``python -m`` runs it."""

    def command(*arguments):
        environment = {**os.environ, "JAX_NUM_CPU_DEVICES": "1"}
        whole = [sys.executable, "-m", "tests.study.toy_study", *arguments]
        return subprocess.run(whole, cwd=ROOT, env=environment, capture_output=True, text=True)

    return command


def test_jobs_run_a_grid_and_a_failed_one_does_not_spoil_the_others(tmp_path, as_a_module):
    out = tmp_path / "jobs"
    arguments = ["--sweep", "fails=,analysis", "--out", str(out), "--launch", "local"]
    ended = as_a_module(*arguments, "--launch-with", "timeout_min=5", "--steps", "4")
    assert ended.returncode == 70
    last = ended.stderr.strip().splitlines()[-1]
    assert last.startswith("error: 1 of 2 runs failed; the others are whole: fails=analysis: ")
    assert "exit status 70: error: " in last and "no networks" in last
    run = Run.load(out)
    assert run.runs["fails="].summary["loss"] > 0 and run.runs["fails=analysis"].is_trained
    assert (out / "report.html").exists() and run.runs["fails="].config["steps"] == 4
    ended = as_a_module("--steps", "4", "--out", str(tmp_path / "x"), "--launch-with", "oops")
    assert ended.returncode == 0  # nothing is launched: nothing to complain of


def test_a_job_that_is_told_to_stop_saves_and_is_queued_again_as_it_was(tmp_path):
    from jaxrep.study.launching import RunCommand

    script = "import signal, sys; signal.signal(15, lambda *_: sys.exit(143)); print(1, flush=True)"
    script += "; print('ready', file=sys.stderr, flush=True); signal.pause()"
    job = RunCommand([sys.executable, "-c", script])
    job.process = subprocess.Popen(job.command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert job.process.stdout is not None and job.process.stdout.readline()
    again = job.checkpoint()
    job.process.communicate()
    assert job.process.returncode == 143 and again.function.command == job.command
    assert again.function.process is None


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--launch-with", "timeout_min"], "launch_with: 'timeout_min' is not KEY=VALUE"),
        (["--launch", "cloud"], "invalid choice 'cloud'"),
    ],
)
def test_bad_words_about_jobs(tmp_path, capsys, arguments, message):
    sweep = ["--sweep", "steps=2,3"]
    launch = [] if "--launch" in arguments else ["--launch", "local"]
    assert run(tmp_path / "jobs", *sweep, *launch, *arguments) == 2
    assert message in capsys.readouterr().err
