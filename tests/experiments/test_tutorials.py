"""The tutorials run, say what their words promise, and are notebooks."""

import runpy
import sys
import tempfile
from pathlib import Path

import pytest

import experiments.tutorials
from experiments.tutorials import own_study
from jaxrep.study import main
from jaxrep.study.study import Study
from tests.study.pages import check_page

FOLDER = Path(experiments.tutorials.__file__).parent
SCRIPTS = sorted(path.stem for path in FOLDER.glob("own_*.py"))


def run(name: str) -> dict:
    # another test of this process may have imported it, which runpy warns about
    sys.modules.pop(f"experiments.tutorials.{name}", None)
    return runpy.run_module(f"experiments.tutorials.{name}", run_name="tutorial")


def test_own_activations(capsys):
    run("own_activations")
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines[:3]] == ["flax.nnx", "flax.linen", "equinox"]
    exact, by_difference = lines[-2:]
    assert exact.partition(": ")[2].strip() == by_difference.partition(": ")[2].strip()


def test_own_problem_trains_once(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    first = run("own_problem")
    said = capsys.readouterr().out
    assert "rate 0.0001: 0 of 8" in said and "rate 0.003: 8 of 8 networks, median 1.00" in said
    again = run("own_problem")
    assert not first["trained"].finished and again["trained"].finished
    assert again["records"].equals(first["records"]) and capsys.readouterr().out == said


def test_own_study_answers_by_its_numbers(tmp_path, capsys):
    small = ["--seeds", "3", "--out", str(tmp_path), "--steps"]
    assert main(own_study.STUDY, [*small, "300", "--hidden", "1", "16"]) == 0
    said = capsys.readouterr().out
    assert "hidden 1: 0 of 3, hidden 16: 3 of 3; guessing" in said
    check_page(tmp_path / "report.html")
    assert main(own_study.STUDY, ["--hidden", "0", "--out", str(tmp_path / "no")]) == 2
    assert capsys.readouterr().err == "error: hidden: 0 given; 1 or more is needed\n"


def test_an_option_that_every_study_has_is_refused():
    import dataclasses

    Config = dataclasses.make_dataclass("Config", [("width", int, 3)], frozen=True)
    with pytest.raises(ValueError, match="config: width is an option that every study has"):
        Study("x", "", Config, {"quick": Config()}, *[own_study.build] * 3)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_tutorial_is_a_notebook(name):
    jupytext = pytest.importorskip("jupytext")
    notebook = jupytext.read(FOLDER / f"{name}.py")
    kinds = [cell.cell_type for cell in notebook.cells]
    assert kinds[0] == "markdown" and kinds.count("code") >= 4 and kinds.count("markdown") >= 4
