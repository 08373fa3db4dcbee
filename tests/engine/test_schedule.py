"""At which steps is looked: spacing, ends, and the shortest trainings."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jaxrep.engine import Schedule
from jaxrep.engine.schedule import linear_steps, logarithmic_steps
from jaxrep.errors import InputError

STEPS, COUNTS = st.integers(1, 10**7), st.integers(2, 60)


def assert_nearest(found, wanted):
    """`found` are the numbers of `wanted`, each to the nearest step, and no others."""
    apart = np.abs(np.subtract.outer(found, wanted))
    assert apart.min(0).max() <= 0.5 + 1e-6 and apart.min(1).max() <= 0.5 + 1e-6


@given(STEPS, COUNTS)
def test_linear_steps_are_equally_spaced_with_both_ends(steps, count):
    found = linear_steps(steps, count)
    assert found[0] == 0 and found[-1] == steps
    assert len(found) <= count and list(found) == sorted(set(found))
    assert_nearest(found, np.arange(count) * steps / (count - 1))


@given(STEPS, COUNTS)
def test_logarithmic_steps_are_equally_spaced_in_the_logarithm(steps, count):
    found = logarithmic_steps(steps, count)
    assert found[:2] == (0, 1) and found[-1] == steps
    assert len(found) <= count + 1 and list(found) == sorted(set(found))
    assert_nearest(found[1:], np.exp(np.log(steps) * np.arange(count) / (count - 1)))


def test_steps_by_hand():
    assert linear_steps(100, 5) == (0, 25, 50, 75, 100)
    assert logarithmic_steps(1000, 4) == (0, 1, 10, 100, 1000)
    assert logarithmic_steps(4, 9) == (0, 1, 2, 3, 4)
    assert all(type(step) is int for step in (*linear_steps(9, 3), *logarithmic_steps(9, 3)))


@pytest.mark.parametrize("spaced", [linear_steps, logarithmic_steps])
@pytest.mark.parametrize("count", [1, 2, 20])
def test_none_and_one_step(spaced, count):
    assert spaced(0, count) == (0,)
    assert spaced(1, count) == (0, 1)


def test_the_standard_schedule():
    found = Schedule.standard(1000, measurements=4, snapshots=2, checkpoints=4)
    assert found == Schedule(1000, (0, 1, 10, 100, 1000), (0, 1, 1000), (250, 500, 750, 1000))
    plain = Schedule.standard(1000, 4)
    assert plain.measure == found.measure and plain.snapshots == ()
    assert plain.checkpoints == tuple(range(50, 1001, 50))
    assert Schedule.standard(1000, 4, checkpoints=0).checkpoints == ()


def test_the_standard_schedule_of_the_shortest_trainings():
    assert Schedule.standard(0, 5, snapshots=3) == Schedule(0, (0,), (0,), ())
    assert Schedule.standard(1, 5, snapshots=3) == Schedule(1, (0, 1), (0, 1), (1,))
    few = Schedule.standard(3, 50)  # more checkpoints than steps
    assert few.measure == (0, 1, 2, 3) and few.checkpoints == (1, 2, 3)


def test_steps_are_sorted_and_looked_at_once():
    found = Schedule(9, (9, 0, 3, 3), (5, 5), (8, 2))
    assert (found.measure, found.snapshots, found.checkpoints) == ((0, 3, 9), (5,), (2, 8))
    later = dataclasses.replace(found, steps=20, measure=(20, 0))
    assert later.measure == (0, 20) and later.checkpoints == (2, 8)
    assert Schedule(4, (4,)) == Schedule(4, (4,), (), ())


@pytest.mark.parametrize("name", ["measure", "snapshots", "checkpoints"])
@pytest.mark.parametrize("outside", [-1, 10])
def test_steps_outside_the_training_are_named(name, outside):
    with pytest.raises(InputError, match=rf"^{name}: step {outside} is outside 0 .. 9$"):
        Schedule(**{"steps": 9, "measure": (0,), name: (0, 9, outside)})


@pytest.mark.parametrize("schedule", [lambda: Schedule(-1, ()), lambda: Schedule.standard(-1, 5)])
def test_negative_steps_are_named(schedule):
    with pytest.raises(InputError, match="^steps: -1 is negative; 0 or more are allowed$"):
        schedule()


@given(st.integers(0, 3000))
def test_more_looks_than_steps_are_all_steps(steps):
    """Where the formulas can just be evaluated, and for counts that fit no memory."""
    dense = int(2 * steps * (1 + np.log(max(steps, 1)))) + 1
    for spread, most in ((linear_steps, 2 * steps + 1), (logarithmic_steps, dense)):
        whole = tuple(range(steps + 1))
        assert spread(steps, most) == spread(steps, most + 1) == spread(steps, 10**18) == whole
