"""What the benchmarks count and fit; what they measure is no test."""

import pytest

from experiments.benchmark.__main__ import main
from experiments.benchmark.group_composition import factored_operations
from experiments.benchmark.scaling import drawn, exponent
from experiments.benchmark.trained import (
    TRAINED_STUDIES,
    started,
    step_costs,
    step_seconds,
    study_plan,
)


def test_operations_of_a_step_are_those_counted_by_hand():
    """Products of the tables and of the read-out, forward and twice backward: 578 million; the
    compiler adds what is element-wise, 3 %."""
    counted = step_costs(study_plan("group_composition", 1))["operations"]
    by_hand = factored_operations(120, 5760, 256, 128)
    assert by_hand < counted < 1.06 * by_hand


def test_every_study_has_a_step_to_count():
    assert set(TRAINED_STUDIES) > {"deep_linear", "face_angle"} and len(TRAINED_STUDIES) == 5


def test_steps_are_timed_until_they_take_long_enough():
    session = started(study_plan("deep_linear", 2))
    before = session.step
    seconds = step_seconds(session, least=0.02)
    assert seconds > 0 and session.step - before >= 0.02 / seconds


def test_exponents_and_their_picture():
    assert exponent([1, 4, 16, 64], [9.0, 2.0, 4.0, 8.0]) == pytest.approx(0.5)
    seconds = {"auto": {1: 1e-6, 4: 2e-6}, "map": {1: 1e-6, 4: 4e-6}}
    figure = drawn({"deep_linear": seconds, "face_angle": seconds})
    first, second = figure.axes
    assert [first.get_title(), second.get_title()] == ["deep_linear", "face_angle"]
    assert first.lines[0].get_ydata().tolist() == pytest.approx([1.0, 0.5])


def test_an_unknown_benchmark_is_one_line(capsys):
    assert main(["gpu"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: benchmark: 'gpu' is not known; allowed: ")
