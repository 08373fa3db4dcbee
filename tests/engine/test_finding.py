"""Runs are found by their configurations, and set side by side."""

import numpy as np
import pytest

from jaxrep.engine import Run, find_runs, runs_frame
from jaxrep.errors import InputError


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    for name, study, config in [
        ("a", "toys", {"rate": [0.1, 0.2], "steps": 10, "kind": "tanh", "flag": True}),
        ("b", "toys", {"rate": [0.3], "steps": 20, "kind": "relu", "flag": False}),
        ("deeper/c", "games", {"rate": 0.2, "gain": 3.0}),
    ]:
        run = Run.open(folder / name, study, config)
        if name != "b":
            run.save_results(None, {"loss": float(len(name))})
    Run.open(folder / "whole", "toys", {"kind": ["tanh"]}, parts={"kind=tanh": "kind=tanh"})
    Run.open(folder / "whole" / "kind=tanh", "toys", {"steps": 5, "kind": "tanh"})
    (folder / "broken").mkdir()
    (folder / "broken" / "config.json").write_text("{")
    return folder


def names(runs):
    return [run.path.name for run in runs]


@pytest.mark.parametrize(
    "where, found",
    [
        ({"rate": 0.2}, ["a", "c"]),
        ({"rate": 0.3}, ["b"]),
        ({"rate": (0.1, 0.2)}, ["a"]),
        ({"rate": slice(0.15, 0.25)}, ["a", "c"]),
        ({"steps": slice(15, None)}, ["b"]),
        ({"gain": lambda gain: gain > 1}, ["c"]),
        ({"kind": lambda kind: kind > 1}, []),
        ({"study": "games"}, ["c"]),
        ({"flag": True}, ["a"]),
        ({"flag": 1}, []),
        ({"steps": 10.0}, ["a"]),
        ({"kind": "tanh", "steps": 5}, ["kind=tanh"]),
    ],
)
def test_a_condition_is_a_value_a_range_or_a_function(root, where, found):
    assert names(find_runs(root, **where)) == found


def test_unknown_keys_and_folders_are_errors_and_a_broken_run_is_left_out(root, capsys):
    with pytest.raises(InputError, match="rates: no run below .* has it; there are .*rate"):
        find_runs(root, rates=1)
    with pytest.raises(InputError, match="root: .* is not a folder"):
        find_runs(root / "none")
    assert len(find_runs(root)) == 5
    assert "left out: run: " in capsys.readouterr().err


def test_runs_of_a_sweep_are_its_parts(root):
    whole = Run.load(root / "whole")
    assert list(whole.runs) == ["kind=tanh"] and whole.runs["kind=tanh"].config["steps"] == 5
    with pytest.raises(InputError, match=r"is several runs \(kind=tanh\) .* `.runs` has"):
        whole.results  # noqa: B018


def test_a_table_of_runs(root):
    table = runs_frame(root)
    assert table.loc["a", "state"] == "finished" and table.loc["a", "loss"] == 1.0
    assert table.loc["b", "state"] == "unfinished" and np.isnan(table.loc["b", "loss"])
    assert table.loc["whole", "state"] == "several"
    assert table.loc["deeper/c", "gain"] == 3.0
    assert list(runs_frame(root, study="games").index) == ["deeper/c"]
