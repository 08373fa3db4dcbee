"""What a tracker holds is what was measured, read back through the tracker's own files."""

import math
import sqlite3
import struct
import time

import numpy as np
import pytest

from jaxrep.engine.run import Run
from jaxrep.study import tracking
from jaxrep.study.running import main
from tests.study.toy_study import STUDY

ARGUMENTS = ["--steps", "12", "--learning-rate", "0.01", "0.1", "--seeds", "2", "--quiet"]
NAMES = [f"learning_rate={rate} seed={seed}" for rate in (0.01, 0.1) for seed in (0, 1)]


def tracked(tmp_path, tracker: str) -> Run:
    pytest.importorskip(tracking.PACKAGES[tracker], reason=f"{tracker} is not installed")
    assert main(STUDY, [*ARGUMENTS, "--track", tracker, "--out", str(tmp_path / "run")]) == 0
    return Run.load(tmp_path / "run")


def losses(run: Run) -> dict[str, dict[int, float]]:
    """``{network: {step: loss}}``, from the records."""
    wanted = {}
    for name in NAMES:
        rate, seed = (float(word.partition("=")[2]) for word in name.split())
        values = run.records.loss.sel(learning_rate=rate, seed=int(seed))
        wanted[name] = dict(
            zip(run.records.step.values.tolist(), values.values.tolist(), strict=True)
        )
    return wanted


def events(file) -> list[bytes]:
    """The records of an event file: length, checksum, data, checksum (TensorFlow's format)."""
    data, place, found = file.read_bytes(), 0, []
    while place < len(data):
        (length,) = struct.unpack_from("<Q", data, place)
        found.append(data[place + 12 : place + 12 + length])
        place += 16 + length
    return found


def test_tensorboard(tmp_path):
    run = tracked(tmp_path, "tensorboard")
    from tensorboardX.proto.event_pb2 import Event

    folder = run.path / "tracking"
    assert sorted(path.name for path in folder.iterdir()) == sorted(NAMES)
    for name, wanted in losses(run).items():
        (file,) = (folder / name).iterdir()
        seen = {}
        for record in events(file):
            event = Event.FromString(record)
            for value in event.summary.value:
                assert value.tag == "loss"  # what is no scalar is not tracked
                seen[event.step] = value.simple_value
        assert seen == pytest.approx(wanted, rel=1e-6)


@pytest.mark.filterwarnings("ignore")  # of its own packages
def test_mlflow(tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    run = tracked(tmp_path, "mlflow")
    with sqlite3.connect(run.path / "tracking" / "mlflow.db") as database:
        rows = database.execute(
            "select runs.name, metrics.step, metrics.value from metrics join runs using (run_uuid) "
            "where metrics.key = 'loss'"
        ).fetchall()
    for name, wanted in losses(run).items():
        seen = {step: value for other, step, value in rows if other == name}
        assert seen == pytest.approx(wanted, rel=1e-6)


def test_wandb_offline(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    run = tracked(tmp_path, "wandb")
    files = list((run.path / "tracking").rglob("*.wandb"))
    assert len(files) == len(NAMES)
    deadline = time.monotonic() + 20  # its own process may still be writing
    while min(file.stat().st_size for file in files) < 500 and time.monotonic() < deadline:
        time.sleep(0.2)
    written = b"".join(file.read_bytes() for file in files)
    assert all(name.encode() in written for name in NAMES) and written.count(b"loss") >= len(NAMES)


def test_series_are_the_records_and_gaps_are_left_out(tmp_path):
    assert main(STUDY, [*ARGUMENTS, "--out", str(tmp_path / "run")]) == 0
    run = Run.load(tmp_path / "run")
    series = list(tracking.network_series(run))
    assert [one.name for one in series] == NAMES
    assert all(set(one.values) == {"loss"} for one in series)
    broken = series[0]._replace(values={"loss": np.array([1.0, math.nan])}, steps=np.array([0, 12]))
    assert list(tracking._finite(broken)) == [(0, {"loss": 1.0})]


@pytest.mark.parametrize("tracker", ["foo", "wandb"])
def test_a_tracker_that_is_not_there_is_one_line(tracker, tmp_path, capsys, monkeypatch):
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main(STUDY, [*ARGUMENTS, "--track", tracker, "--out", str(tmp_path / "run")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ") and said.count("\n") == 1 and not (tmp_path / "run").exists()
