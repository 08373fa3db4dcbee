"""Checkpoints of another training are refused with the difference; the same one is continued."""

import dataclasses
import json
import shutil

import jax
import numpy as np
import optax
import pytest

from jaxrep.engine import Checkpoints, Execution, Replicas, Schedule, Variables, train
from jaxrep.engine.fingerprint import differences
from jaxrep.errors import OtherRun
from tests import toys
from tests.engine.test_resume import assert_same_bits

SCHEDULE = Schedule(6, (0, 3, 6), (), (3,))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    checkpoints = Checkpoints(folder)
    result = toys.run("shuffled", seeds=(0, 1), schedule=SCHEDULE, checkpoints=checkpoints)
    checkpoints.close()
    return folder, result


def other_loss(variables, batch, hyper):
    loss, state = toys.squared_error(variables, batch, hyper)
    return 1.5 * loss, state


def initial(value):
    shapes = {"W": (2, 5, 16), "b": (2, 16), "V": (2, 16, 1)}
    return Variables({name: np.full(shape, value, np.float32) for name, shape in shapes.items()})


@pytest.mark.parametrize(
    "change, words",
    [
        ({"seeds": (5, 6)}, r"seeds \(\[0, 1\] there, \[5, 6\] now\)"),
        ({"learning_rate": 0.02}, r"learning_rate \(0.01 there, 0.02 now\)"),
        ({"changes": {"loss": other_loss}}, r"the problem \(its model, loss"),
        (
            {"changes": {"optimizer": lambda hyper: optax.adam(hyper["learning_rate"], b1=0.8)}},
            r"the problem",
        ),
        (
            {"changes": {"shared": (toys.INPUTS, toys.TARGETS + np.float32(1e-6))}},
            r"the data \(1 differs\)",
        ),
        ({"batches": "full"}, "the problem"),
        ({"initial": initial(0.5)}, r"the initial state \(as drawn there, given now\)"),
        ({"schedule": Schedule(6, (0, 2, 6), (), (3,))}, r"measure \(step 2 only now\)"),
        ({"schedule": Schedule(4, (0, 3), (), (3,))}, r"steps \(it is at 6 already, 4 now\)"),
    ],
)
def test_another_training_is_refused_with_the_difference(trained, tmp_path, change, words):
    folder = tmp_path / "copy"
    shutil.copytree(trained[0], folder)
    asked = {"batches": "shuffled", "seeds": (0, 1), "schedule": SCHEDULE, **change}
    checkpoints = Checkpoints(folder)
    with pytest.raises(OtherRun, match=words) as refused:
        toys.run(checkpoints=checkpoints, **asked)
    assert "\n" not in str(refused.value)
    assert checkpoints.steps() == [3, 6]


def test_another_precision_is_another_training(trained):
    with pytest.raises(OtherRun, match=r"precision \(float32 there, float64 now\)"):
        toys.run(
            "shuffled",
            seeds=(0, 1),
            schedule=SCHEDULE,
            checkpoints=Checkpoints(trained[0]),
            execution=Execution(devices=1, precision="float64"),
        )


def test_the_same_training_from_other_objects_is_found_finished(trained):
    """New functions, a new problem, numbers of other types: what they compute is the same."""
    copied = dataclasses.replace(
        toys.problem("shuffled"),
        measure=lambda *given: toys.measure(*given),
        loss=lambda variables, batch, hyper: toys.squared_error(variables, batch, hyper),
    )
    checkpoints = Checkpoints(trained[0])
    again = train(
        copied,
        Replicas([np.int64(0), 1], {"learning_rate": np.float64(0.01)}),
        SCHEDULE,
        checkpoints=checkpoints,
        execution=Execution(devices=1),
        quiet=True,
    )
    checkpoints.close()
    assert again.finished and again.first_step == again.last_step == 6 and again.changed == ""
    assert_same_bits(again, trained[1])


def test_a_longer_schedule_continues_with_the_bits_of_one_training(trained, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(trained[0], folder)
    longer = Schedule(12, (0, 3, 6, 9, 12), (), (3, 6, 9))
    checkpoints = Checkpoints(folder)
    continued = toys.run("shuffled", seeds=(0, 1), schedule=longer, checkpoints=checkpoints)
    checkpoints.close()
    assert continued.first_step == 6 and not continued.finished
    assert_same_bits(continued, toys.run("shuffled", seeds=(0, 1), schedule=longer))


def test_what_changed_in_the_software_is_said(trained, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "jaxrep.engine.fingerprint.writer",
        lambda: {"version": "9", "revision": "abc", "source": "else"},
    )
    folder = tmp_path / "copy"
    shutil.copytree(trained[0], folder)
    checkpoints = Checkpoints(folder)
    again = toys.run("shuffled", seeds=(0, 1), schedule=SCHEDULE, checkpoints=checkpoints)
    checkpoints.close()
    assert again.finished and again.changed.endswith("then, revision abc now")


def test_structures_of_other_versions_of_jax_are_not_compared(trained):
    about = Checkpoints(trained[0], read_only=True).read(6).about["fingerprint"]
    other = json.loads(json.dumps(about))
    other["problem"], other["versions"] = "else", {"jax": "0.0.1"}
    assert differences(other, about) == []
    other["versions"] = about["versions"]
    assert len(differences(other, about)) == 1


def test_programs_are_shared_by_structure_and_not_where_the_host_is_called():
    """A fresh problem runs the program of one like it; one with a Python callback has its own."""
    from jaxrep.engine.program import build_programs

    build_programs.cache_clear()
    short = Schedule(2, (0, 2))

    def host(scale):
        def measure(variables, hyper, data):
            loss = toys.measure(variables, hyper, data)["loss"]
            shape = jax.ShapeDtypeStruct((), loss.dtype)
            scaled = jax.pure_callback(
                lambda x: np.float32(scale * x), shape, loss, vmap_method="sequential"
            )
            return {"loss": scaled}

        return {"measure": measure, "labels": {}, "coordinates": {}}

    for _ in range(3):
        changes = {"measure": lambda *given: toys.measure(*given)}
        toys.run("full", schedule=short, changes=changes)
    assert build_programs.cache_info().currsize == 1
    losses = [toys.run("full", schedule=short, changes=host(s)).records.loss for s in (1.0, 3.0)]
    np.testing.assert_allclose(losses[1], 3 * losses[0], rtol=1e-6)
    assert build_programs.cache_info().currsize == 3
