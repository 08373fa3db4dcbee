"""deep_linear on anybody's tables: what runs as it comes, what is refused, what diverges."""

import dataclasses

import numpy as np
import pytest

from experiments import deep_linear
from experiments.deep_linear.checks import check, warn
from experiments.deep_linear.data import task_data
from jaxrep.engine import Execution
from jaxrep.engine.run import Run
from jaxrep.study import Analysis, main
from tests.study.pages import own_text

STUDY = deep_linear.STUDY
PLAIN = dataclasses.replace(STUDY, draw=lambda analysis, config: ())
LIGHT = dataclasses.replace(
    PLAIN,
    analyse=lambda run, plan, config: Analysis(run.records, {"networks": config.seeds}),
)
SMALL = ["--features", "40", "--hidden", "5", "--steps", "6", "--seeds", "2", "--quiet"]
ONE = Execution(devices=1)


def test_a_users_table_with_nonlinear_units(tmp_path):
    file = tmp_path / "birds.csv"
    file.write_text("item,flies,swims,sings\nrobin,1,-1,1\npenguin,-1,1,-1\nduck,1,1,-1\n")
    out = tmp_path / "run"
    arguments = ["--data", str(file), "--activation", "relu", "--trace", "duck:sings"]
    arguments += ["--scale", "0.5", "--learning-rate", "0.5", *SMALL[4:]]
    assert main(PLAIN, [*arguments, "--out", str(out)]) == 0
    results = Run.load(out).results
    assert results.item.values.tolist() == ["robin", "penguin", "duck"]
    assert results.pair.values.tolist() == ["duck:sings"]
    assert np.isfinite(results.theory_mode_strength).all()


@pytest.mark.parametrize(
    "name, text, arguments, items",
    [
        ("zoo.data", "bass,0,1,4\nfrog,0,1,5\nfrog,1,1,5\n", ["--class-column", "4"], "frog (2)"),
        ("norms.txt", "\tmus\tmees\nvliegt\t0\t4\nzingt\t1\t3\n", ["--transpose"], "mees"),
        ("predicate-matrix-binary.txt", "0 1 1\n1 0 1\n", [], "grizzly+bear"),
    ],
)
def test_published_tables_run_by_one_command(tmp_path, capsys, name, text, arguments, items):
    """The zoo of UCI, norms of Leuven, animals with attributes; what was found out is said."""
    (tmp_path / "classes.txt").write_text("    1\tantelope\n    2\tgrizzly+bear\n")
    (tmp_path / "predicates.txt").write_text("    1\tblack\n    2\twhite\n    3\tblue\n")
    (tmp_path / name).write_text(text)
    arguments = ["--data", str(tmp_path / name), *arguments, *SMALL[2:]]
    assert main(LIGHT, [*arguments, "--out", str(tmp_path / "run")]) == 0
    assert f"warning: data: {tmp_path / name} is read as UTF-8" in capsys.readouterr().err
    assert items in task_data(STUDY.config(**Run.load(tmp_path / "run").config)).tables[0].items


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--item", "name"], "item: name is for text files only"),
        (["--hidden", "0"], "hidden: 0 given; at least 1 is needed"),
        (["--depth", "7"], "depth: 7 is outside 1 .. 6"),
        (["--learning-rate", "0"], "learning_rate: [0.0] given; above 0 and finite is needed"),
        (["--scale", "-1"], "scale: [-1.0] given; above 0"),
        (["--data", "toy", "--scale", "0"], "scale: [0.0] given; above 0"),
        (["--data", "toy", "--learning-rate", "0"], "learning_rate: [0.0] given; above 0"),
        (["--depth", "3", "--hidden", "1000000000"], "hidden: 1000000000 given, of which arrays"),
        (["--flip", "1.2"], "flip: [1.2, 1.2, 1.2] has a probability outside [0, 1]"),
        (["--trace", "Shark:has_bones"], "item: 'Shark' is not there; allowed are Goldfish"),
        (["--trace", "Robin:wings"], "feature: 'wings' is not there"),
        (["--rename", "Shark=Eel"], "item: 'Shark' is not there"),
        (["--extra", "bones=1,2"], "feature: 'bones' has 2 values for 8 items"),
        (["--extra", "bones=1,2,x"], "extra: 'bones=1,2,x' has a value that is no number"),
        (["--extra", "bones"], "extra: 'bones' is not of the form"),
        (["--data", "forest"], "data: 'forest' is not known; allowed are tree, clusters"),
        (["--data", "nowhere.csv"], "data: nowhere.csv cannot be read"),
        (["--data", "ring", "--shape", "2", "2"], "shape: [2, 2] for a ring; items"),
        (["--data", "toy", "--flip", "0.1", "0.2"], "flip: [0.1, 0.2], but data 'toy'"),
        (["--steps", "-1"], "steps: -1 given; at least 0 is needed"),
        (["--seeds", "0"], "seeds: 0 given"),
    ],
)
def test_bad_input_gets_one_line_and_writes_nothing(tmp_path, capsys, arguments, message):
    out = tmp_path / "run"
    assert main(LIGHT, [*arguments, "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1 and "Traceback" not in said
    assert not out.exists()


def test_a_hole_in_the_file_is_named(tmp_path, capsys):
    file = tmp_path / "hole.csv"
    file.write_text("item,a,b\nx,1,2\ny,,1\n")
    assert main(LIGHT, ["--data", str(file), "--out", str(tmp_path / "run")]) == 2
    assert "item 'y', feature 'a' is empty; a finite number is needed" in capsys.readouterr().err


def test_a_rate_past_the_edge_is_warned_about_before_training(tmp_path, capsys):
    out = tmp_path / "run"
    config = dataclasses.replace(deep_linear.PRESETS["quick"], learning_rate=(300.0,))
    (line,) = warn(config)
    assert "learning_rate: 300 is past the edge of stability" in line and "253.6" in line
    assert warn(deep_linear.PRESETS["quick"]) == []
    blowing = dataclasses.replace(config, learning_rate=(100.0,), scale=(1.0, 30.0))
    (line,) = warn(blowing)
    assert "scale: 30 blows up" in line and "28.3" in line
    deep = dataclasses.replace(config, depth=3, learning_rate=(20.0,), scale=(1e-12, 1.0))
    (line,) = warn(deep)
    assert "scale: 1e-12 keeps 3 layers near their start" in line
    assert main(LIGHT, [*SMALL, "--learning-rate", "40", "--out", str(out)]) == 0
    said = capsys.readouterr().err
    assert said.startswith("warning: learning_rate: 40 is past") and said.count("\n") == 1
    assert "class='warning'>learning_rate: 40" in own_text((out / "report.html").read_text())


def test_a_diverged_network_is_counted_and_changes_no_other(tmp_path, capsys):
    out = tmp_path / "run"
    arguments = [*SMALL[:4], "--steps", "40", "--seeds", "2", "--quiet", "--learning-rate", "1"]
    assert main(STUDY, [*arguments, "--scale", "0.5", "60", "--out", str(out)]) == 0
    run = Run.load(out)
    assert run.summary["networks_diverged"] == 2
    assert np.isfinite(run.results.loss.sel(scale=0.5)).all()
    assert np.isfinite(run.results.singular_value.sel(scale=0.5)).all()
    assert np.isnan(run.results.singular_value.sel(scale=60, step=40)).all()
    assert "scale: 60 blows up" in capsys.readouterr().err


UNDRAWN = dataclasses.replace(STUDY, draw=lambda analysis, config: ())


def test_divergence_never_prevents_the_page(tmp_path):
    """It ended in an IndexError, and networks that diverged had a measured step."""
    out = tmp_path / "all"
    arguments = ["--data", "toy", "--seeds", "2", "--quiet", "--steps", "40", "--scale", "1e-3"]
    assert main(STUDY, [*arguments, "--learning-rate", "100", "--out", str(out)]) == 0
    text = own_text((out / "report.html").read_text())
    assert "Networks that diverged" in text and "learning rate 100" not in text
    assert Run.load(out).summary["networks_diverged"] == 2
    out = tmp_path / "one"
    assert main(UNDRAWN, [*arguments, "--learning-rate", "2.5", "30", "--out", str(out)]) == 0
    run = Run.load(out)
    assert np.isfinite(run.results.transition.sel(learning_rate=2.5)).any()
    assert np.isnan(run.results.transition.sel(learning_rate=30)).all()
    assert not [name for name in run.summary if "30" in name]


TABLE = "item,fur,wings,milk\ncat,{0},0,{0}\nhen,0,{0},0\ncow,{0},0,{1}\ntrout,0,0,0\n"


@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e4])
def test_a_table_runs_as_it_comes(tmp_path, unit):
    """The rate was the tutorial's 100 for all data, and most tables diverged."""
    (tmp_path / "table.csv").write_text(TABLE.format(unit, 2 * unit))
    out = tmp_path / "run"
    arguments = ["--data", str(tmp_path / "table.csv"), "--seeds", "2", "--quiet"]
    assert main(UNDRAWN, [*arguments, "--out", str(out)]) == 0
    run = Run.load(out)
    assert run.config["learning_rate"] and run.config["scale"] and run.config["steps"] > 0
    loss = run.results.loss
    # final / initial loss at most 6.7e-6 on all tables tried
    assert (loss.isel(step=-1) < 1e-5 * loss.isel(step=0)).all()
    assert run.summary["networks_diverged"] == 0


@pytest.mark.parametrize(
    "options, settings",
    [
        ({}, ((100.0,), (1e-12,), 250)),  # the tutorial's own
        ({"features": 100}, ((9.7,), (0.00804,), 67)),
        ({"depth": 3}, ((12.5,), (0.338,), 483)),
        ({"data": "toy", "steps": 7}, ((2.75,), (0.00389,), 7)),
        ({"data": "toy", "scale": (1e-9, 1.0)}, ((2.75,), (1e-9, 1.0), 379)),
    ],
)
def test_rate_scale_and_steps_follow_the_data(options, settings):
    config = STUDY.resolve(deep_linear.Config(**options))
    assert (config.learning_rate, config.scale, config.steps) == settings


def test_steps_that_the_data_would_choose_can_be_swept(tmp_path, capsys):
    out = tmp_path / "run"
    arguments = ["--data", "toy", "--seeds", "1", "--quiet", "--out", str(out)]
    assert main(LIGHT, [*arguments, "--sweep", "steps=5,x"]) == 2
    assert capsys.readouterr().err == "error: sweep: 'x' is no value of steps (int)\n"
    assert not out.exists()
    assert main(LIGHT, [*arguments, "--sweep", "steps=5,8"]) == 0
    assert Run.load(out / "steps=8").config["steps"] == 8


def test_every_preset_can_be_built():
    for name, config in deep_linear.PRESETS.items():
        check(STUDY.resolve(config))
        assert warn(config) == [], name
