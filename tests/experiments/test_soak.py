"""A short round of attacks on a toy study; `python -m experiments.soak` attacks all, for longer."""

import pytest

from experiments.soak import attacks, commands
from experiments.soak.__main__ import main
from experiments.soak.attacks import Attack, Broken


def test_every_promise_holds_once(capsys, monkeypatch):
    """About ten processes of some seconds each."""
    monkeypatch.setattr("experiments.soak.commands.module", lambda study: "tests.study.toy_study")
    monkeypatch.setitem(commands.SMALL, "deep_linear", "--steps 30 --batches shuffled")
    names = ["kill", "flip", "twice"]
    assert main(["--minutes", "0", "--studies", "deep_linear", "--attacks", *names]) == 0
    table = capsys.readouterr().out.split("promise")[-1]
    assert table.count("      0") >= 2 and "flipped bit" in table


def test_a_broken_promise_is_a_line_and_a_status(capsys, monkeypatch, tmp_path):
    def breaks(command, folder, rng):
        raise Broken("other bits: records")

    monkeypatch.setitem(attacks.ATTACKS, "kill", Attack(breaks, "never"))
    undisturbed = attacks.Command("deep_linear", tmp_path, 0.0, tmp_path)
    monkeypatch.setattr("experiments.soak.__main__.reference", lambda study, root: undisturbed)
    assert main(["--minutes", "0", "--studies", "deep_linear", "--attacks", "kill"]) == 1
    assert "deep_linear: other bits: records" in capsys.readouterr().out


def test_unknown_attacks_are_refused():
    with pytest.raises(SystemExit):
        main(["--attacks", "earthquake"])
