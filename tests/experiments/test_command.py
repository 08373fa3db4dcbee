"""The command ``jaxrep``, and the list of studies without starting JAX."""

import importlib
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from experiments import STUDIES, command
from experiments.__main__ import studies
from jaxrep.engine import Run
from jaxrep.engine.signals import ASKING

ROOT = Path(__file__).resolve().parents[2]


def test_the_list_is_what_the_studies_say():
    found = studies()
    assert list(found) == list(STUDIES)
    for name, (line, presets) in found.items():
        study = importlib.import_module(f"experiments.{name}").STUDY
        assert line == study.summary and presets == dict(study.words)


def test_the_list_does_not_start_jax():
    script = "import sys; from experiments.__main__ import main; main()"
    script += "; print('jax' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert shown.stdout.endswith("False\n") and "group_composition" in shown.stdout


def test_a_study_runs_by_its_name(tmp_path, capsys):
    words = ["--data", "toy", "--steps", "20", "--seeds", "2", "--quiet", "--out"]
    assert command.main(["run", "deep_linear", *words, str(tmp_path / "a")]) == 0
    assert Run.load(tmp_path / "a").study == "deep_linear"
    assert command.main(["run", "deep_linear", "--steps", "x"]) == 2
    capsys.readouterr()
    assert command.main(["runs", str(tmp_path)]) == 0
    assert f"{tmp_path / 'a'}  deep_linear  finished" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["rum"], "command: 'rum' is not known; allowed: run STUDY, runs, tour"),
        (["run"], "study: none given; allowed: group_composition"),
        (["run", "deeplinear"], "study: 'deeplinear' given; allowed: group_composition"),
        (["runs", "/nowhere"], "root: /nowhere is not a folder"),
    ],
)
def test_what_is_not_there_is_one_line(capsys, words, line):
    assert command.main(words) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: {line}") and len(said.splitlines()) == 1


@pytest.mark.parametrize(
    "words, option",
    [
        ("group_composition --weights", "weights"),
        ("localization --images", "images"),
        ("deep_linear --data", "data"),
        ("face_angle --density", "density"),
    ],
)
def test_a_name_too_long_for_a_file_is_one_line(words, option, tmp_path, capsys):
    """Whatever asks whether there is such a file: the system's answer is an error of its own."""
    out = ["--out", str(tmp_path / "run")]
    assert command.main(["run", *words.split(), "a" * 300, *out]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1 and said[0].startswith(f"error: {option}: ")


def test_signals_do_after_a_command_what_they_did_before(tmp_path):
    """A study ends its process deaf to signals; called with arguments, the process goes on."""
    before = {number: signal.getsignal(number) for number in ASKING}
    assert command.main(["run", "deep_linear", "--depth", "99", "--out", str(tmp_path)]) == 2
    assert {number: signal.getsignal(number) for number in ASKING} == before


def test_the_package_offers_the_command():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["scripts"]["jaxrep"] == "jaxrep.experiments.command:main"
