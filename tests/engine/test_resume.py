"""An interrupted and continued run ends with the same bits; damage is found and named."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import jax
import numpy as np
import pytest

from jaxrep.engine import Checkpoints, Schedule
from jaxrep.engine.checkpoints import BrokenCheckpoint, Checkpoint
from jaxrep.errors import Interrupted
from tests import toys

ROOT = Path(__file__).resolve().parents[2]
STEPS = 60
SCHEDULE = Schedule(STEPS, tuple(range(0, STEPS, 2)), (0, STEPS // 2), tuple(range(1, STEPS, 3)))


@pytest.fixture(scope="module")
def uninterrupted():
    return toys.run("shuffled", schedule=SCHEDULE)


def assert_same_bits(first, second):
    leaves = jax.tree.leaves(first.state), jax.tree.leaves(second.state)
    for mine, theirs in zip(*leaves, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert first.records.identical(second.records)
    assert sorted(first.snapshots) == sorted(second.snapshots)
    for step, variables in first.snapshots.items():
        np.testing.assert_array_equal(variables.params["W"], second.snapshots[step].params["W"])


def test_killed_at_random_moments_it_ends_with_the_same_bits(tmp_path, uninterrupted):
    """SIGKILL while checkpoints are being written: twenty of them, one every three steps."""
    rng = random.Random(0)
    command = [sys.executable, "-m", "tests.toys", str(tmp_path / "checkpoints"), str(STEPS)]
    environment = {**os.environ, "XLA_FLAGS": "", "JAX_NUM_CPU_DEVICES": "4"}
    folder = tmp_path / "checkpoints"
    seen = set()
    for kill in range(2):
        process = subprocess.Popen(command, cwd=ROOT, env=environment)
        # Wait until it writes, then strike within the span of one or two checkpoints.
        before = _entries(folder)
        deadline = time.monotonic() + 60
        while _entries(folder) <= before and time.monotonic() < deadline:
            if process.poll() is not None:
                break
            time.sleep(0.002)
        time.sleep(rng.uniform(0, 0.12))
        finished = process.poll() is not None
        process.send_signal(signal.SIGKILL)
        process.wait()
        seen.add(len(_entries(folder)))
        assert not finished, f"kill {kill} came too late"
    assert len(seen) > 1, "the kills made no progress between them"
    checkpoints = Checkpoints(folder)
    continued = toys.run("shuffled", schedule=SCHEDULE, checkpoints=checkpoints)
    checkpoints.close()
    assert_same_bits(continued, uninterrupted)


def _entries(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def test_ctrl_c_saves_and_the_next_call_continues(tmp_path, uninterrupted):
    def interrupt(values):
        if threading.current_thread() is threading.main_thread() and values["loss"] < 1.0:
            os.kill(os.getpid(), signal.SIGINT)
        return False

    checkpoints = Checkpoints(tmp_path)
    with pytest.raises(Interrupted) as stopped:
        toys.run(
            "shuffled", schedule=SCHEDULE, checkpoints=checkpoints, changes={"done": interrupt}
        )
    assert 0 < stopped.value.step < STEPS
    assert checkpoints.steps()[-1] == stopped.value.step
    continued = toys.run("shuffled", schedule=SCHEDULE, checkpoints=checkpoints)
    checkpoints.close()
    assert_same_bits(continued, uninterrupted)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished run with checkpoints at 20, 40 and 60."""
    folder = tmp_path_factory.mktemp("finished")
    checkpoints = Checkpoints(folder)
    schedule = Schedule(60, tuple(range(0, 61, 4)), (30,), (20, 40))
    trained = toys.run("shuffled", schedule=schedule, checkpoints=checkpoints)
    checkpoints.close()
    return folder, schedule, trained


def _copy(finished, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(finished[0], folder)
    return folder


def test_a_finished_run_is_loaded_not_trained(finished, tmp_path):
    def never(key, hyper, data):
        raise AssertionError("trained again")

    checkpoints = Checkpoints(_copy(finished, tmp_path))
    again = toys.run("shuffled", schedule=finished[1], checkpoints=checkpoints)
    assert_same_bits(again, finished[2])
    assert checkpoints.steps() == [20, 40, 60]


@pytest.mark.parametrize("damage", ["truncate", "flip", "swap", "empty", "missing"])
def test_a_damaged_checkpoint_is_named_and_the_run_goes_back_to_the_last_whole_one(
    finished, tmp_path, capsys, damage
):
    folder = _copy(finished, tmp_path)
    # Which of Orbax's files holds which array is its own affair: damage every one.
    files = [path for path in (folder / "60" / "state").rglob("*") if path.is_file()]
    if damage == "truncate":
        for path in files:
            os.truncate(path, path.stat().st_size // 2)
    elif damage == "flip":
        for path in files:
            content = bytearray(path.read_bytes())
            content[len(content) // 2] ^= 0x55
            path.write_bytes(bytes(content))
    elif damage == "swap":  # readable, but not what was saved: only the sha256 can tell
        shutil.rmtree(folder / "60" / "state")
        shutil.copytree(folder / "20" / "state", folder / "60" / "state")
    elif damage == "empty":
        shutil.rmtree(folder / "60")
        (folder / "60").mkdir()
    else:
        shutil.rmtree(folder / "60" / "state")
    checkpoints = Checkpoints(folder)
    again = toys.run("shuffled", schedule=finished[1], checkpoints=checkpoints)
    checkpoints.close()
    said = capsys.readouterr().err
    assert "checkpoint 60" in said and "continuing from the last whole one" in said
    assert_same_bits(again, finished[2])
    assert Checkpoints(folder, read_only=True).steps() == [20, 40, 60]


@pytest.mark.parametrize(
    "step, lost, gap",
    [
        (40, "records", [20, 40]),
        (20, "records", [-1, 20]),
        (20, "about", [-1, 20]),
        (40, "about", [20, 40]),
    ],
)
def test_a_gap_in_the_records_is_a_gap_and_nothing_is_trained_again(
    finished, tmp_path, capsys, step, lost, gap
):
    folder = _copy(finished, tmp_path)
    shutil.rmtree(folder / str(step) / lost)
    checkpoints = Checkpoints(folder)
    again = toys.run("shuffled", schedule=finished[1], checkpoints=checkpoints)
    checkpoints.close()
    said = capsys.readouterr().err
    assert f"checkpoint {step} cannot be read" in said
    assert f"records of steps {gap[0] + 1} to {gap[1]} are lost" in said
    assert again.finished and again.first_step == 60 and again.gaps == [gap]
    assert (folder / f"damaged_{step}").is_dir() == (lost == "about")
    whole, loss = finished[2].records, again.records.loss
    missing = loss.isnull().all("seed")
    steps = whole.step.values
    np.testing.assert_array_equal(missing, (steps > gap[0]) & (steps <= gap[1]))
    np.testing.assert_array_equal(loss[:, ~missing], whole.loss[:, ~missing])
    for mine, theirs in zip(*map(jax.tree.leaves, (again.state, finished[2].state)), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_nothing_of_the_user_is_deleted_or_taken_for_a_checkpoint(finished, tmp_path):
    folder = _copy(finished, tmp_path)
    for name in ("notes", "60_backup", "thesis.tmp"):
        (folder / name).mkdir()
        (folder / name / "text").write_text("mine")
    shutil.rmtree(folder / "60" / "state")
    checkpoints = Checkpoints(folder)
    again = toys.run("shuffled", schedule=finished[1], checkpoints=checkpoints)
    checkpoints.close()
    assert_same_bits(again, finished[2])
    for name in ("notes", "60_backup", "thesis.tmp"):
        assert (folder / name / "text").read_text() == "mine"
    assert (folder / "damaged_60" / "records").is_dir()


def test_checkpoints_keep_dtypes_empty_arrays_and_refuse_to_overwrite(tmp_path):
    state = {
        "a/b.c": np.arange(3, dtype=np.float64),
        "mask": np.array([True, False]),
        "empty": np.zeros((2, 0), np.float32),
        "count": np.array([1, 2], np.int32),
    }
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(Checkpoint(3, state, {"steps": np.zeros(0, np.int64)}, {"previous": None}))
    loaded = checkpoints.read(3)
    for name, array in state.items():
        assert loaded.state[name].dtype == array.dtype
        np.testing.assert_array_equal(loaded.state[name], array)
    assert loaded.records["steps"].shape == (0,) and loaded.about == {"previous": None}
    with pytest.raises(Exception, match="3"):
        checkpoints.save(Checkpoint(3, state, {}, {"previous": None}))
    with pytest.raises(BrokenCheckpoint, match="checkpoint 4 cannot be read"):
        checkpoints.read(4)
