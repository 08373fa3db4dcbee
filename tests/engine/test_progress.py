"""What a progress line says, by a clock that is set by hand."""

import types

import pytest

from jaxrep.engine import progress


@pytest.fixture
def clock(monkeypatch):
    """``clock.now`` is the time in seconds."""
    hands = types.SimpleNamespace(now=1000.0)
    monkeypatch.setattr(progress, "time", types.SimpleNamespace(monotonic=lambda: hands.now))
    return hands


def lines(capsys):
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()


def test_the_rate_counts_from_the_first_step_that_was_seen(clock, capsys):
    """From step 40, in 20 s 60 steps more: 3 a second, and 1,900 s for the 5,700 left."""
    reporter = progress.Reporter(5800, "loss")
    reporter.update(40, 2.0)
    clock.now += 20
    reporter.update(100, 0.123456)
    first, second = lines(capsys)
    assert first == "step 40/5,800  loss (median) 2"
    assert second == "step 100/5,800  3.0 steps/s  31:40 left  loss (median) 0.1235"


def test_lines_are_rare_but_the_last_step_has_one(clock, capsys):
    reporter = progress.Reporter(100, "loss")
    for step in range(10, 101, 10):
        reporter.update(step, 1.0)
        clock.now += progress.PLAIN_LINE_SECONDS / 4
    steps = [line.split("/")[0] for line in lines(capsys)]
    assert steps == ["step 10", "step 60", "step 100"]


def test_a_quiet_reporter_says_nothing(clock, capsys):
    with progress.reporting(10, 0, "loss", quiet=True) as reporter:
        reporter.update(10, 1.0)
    assert lines(capsys) == []


def test_off_a_terminal_lines_are_plain(clock, capsys):
    with progress.reporting(10, 0, "loss") as reporter:
        reporter.update(10, 1.0)
    assert lines(capsys) == ["step 10/10  loss (median) 1"]


def test_on_a_terminal_the_bar_says_the_same(clock, capsys, monkeypatch):
    monkeypatch.setattr(progress.Console, "is_terminal", True)
    with progress.reporting(10, 4, "loss") as reporter:
        (task,) = reporter.bar.tasks
        assert (task.completed, task.total, task.description) == (4, 10, "compiling")
        reporter.update(5, 1.0)
        clock.now += 2
        reporter.update(9, 0.5)
        assert task.completed == 9
        assert task.description == "step 9/10  2.0 steps/s  0:00 left  loss (median) 0.5"


@pytest.mark.parametrize(
    "seconds, words",
    [(0, "0:00"), (59.6, "1:00"), (61, "1:01"), (3599, "59:59"), (3661, "1:01:01")],
)
def test_times_left(clock, capsys, seconds, words):
    """At ten steps a second."""
    reporter = progress.Reporter(1001 + round(10 * seconds), "loss")
    reporter.update(1, 1.0)
    clock.now += 100
    reporter.update(1001, 1.0)
    assert f"  10.0 steps/s  {words} left  " in lines(capsys)[-1]
