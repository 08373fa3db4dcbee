"""``--launch slurm`` for real, on a Slurm of one node that the test starts."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from jaxrep.engine import Run
from tests.study.one_node_slurm import NoSlurm, one_node_slurm

ROOT = Path(__file__).resolve().parents[2]
STEPS = "steps=600"


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slurm")
    try:
        with one_node_slurm(folder) as environment:
            yield {**environment, "JAX_NUM_CPU_DEVICES": "1"}
    except NoSlurm as reason:
        pytest.skip(f"no Slurm here: {reason}")


def command(out: Path, *arguments: str) -> list[str]:
    module = [sys.executable, "-m", "tests.study.toy_study"]
    return [*module, "--out", str(out), "--batches", "shuffled", *arguments]


def test_a_preempted_job_goes_back_into_the_queue_and_ends_with_the_same_bits(slurm, tmp_path):
    """One of two jobs is told to stop while it trains; Slurm starts it again."""
    out, alone = tmp_path / "grid", tmp_path / "alone"
    sweep = ["--sweep", "steps=4,600", "--launch", "slurm"]
    sweep += ["--launch-with", "timeout_min=5", "cpus_per_task=1"]
    whole = subprocess.Popen(
        command(out, *sweep), cwd=ROOT, env=slurm, stderr=subprocess.PIPE, text=True
    )
    _wait_for(lambda: any((out / STEPS / "checkpoints").glob("[0-9]*")), whole)
    asked = ["squeue", "-h", "-t", "RUNNING", "-o", "%A"]  # the other one has ended, or goes on
    jobs = subprocess.run(asked, env=slurm, check=True, capture_output=True, text=True)
    job = jobs.stdout.split()[-1]
    subprocess.run(["scancel", "--signal=USR2", job], env=slurm, check=True)
    _, said = whole.communicate(timeout=240)
    assert whole.returncode == 0, said
    logs = "".join(path.read_text() for path in (out / "jobs").rglob("*_log.*"))
    assert "Requeued job" in logs
    subprocess.run(command(alone, "--steps", "600"), cwd=ROOT, env=slurm, check=True)
    mine, theirs = Run.load(out).runs[STEPS], Run.load(alone)
    assert mine.records.identical(theirs.records)


def _wait_for(there, process: subprocess.Popen, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not there():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.2)
