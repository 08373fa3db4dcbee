"""Two processes on one machine train one set of replicas; losing one loses nothing."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from jaxrep.engine import Checkpoints, Execution, Schedule, hosts
from jaxrep.errors import InputError
from tests import toys
from tests.engine.test_resume import ROOT, assert_same_bits

STEPS = 40
SCHEDULE = Schedule(STEPS, tuple(range(0, STEPS, 2)), (0, 20), tuple(range(1, STEPS, 3)))

SCRIPT = """
import os, sys
from pathlib import Path
from jaxrep.engine import Checkpoints, Execution, hosts
from jaxrep.errors import PeerLost
assert hosts.join()
from tests import toys
from tests.engine.test_hosts import SCHEDULE
try:
    toys.run("shuffled", range(6), schedule=SCHEDULE, execution=Execution("map"),
             checkpoints=Checkpoints(Path(sys.argv[1])))
except PeerLost as error:
    print(error, flush=True)
    os._exit(75)
"""


def start(folder, index, port):
    environment = {
        **os.environ,
        "JAX_COORDINATOR_ADDRESS": f"127.0.0.1:{port}",
        "JAX_NUM_PROCESSES": "2",
        "JAX_PROCESS_ID": str(index),
        "JAX_NUM_CPU_DEVICES": "1",
    }
    command = [sys.executable, "-c", SCRIPT, str(folder)]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def test_a_killed_process_ends_the_other_and_one_process_continues_with_the_same_bits(tmp_path):
    folder = tmp_path / "checkpoints"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    first, second = (start(folder, index, port) for index in (0, 1))
    try:
        deadline = time.monotonic() + 90
        while not any(folder.glob("[0-9]*")) and time.monotonic() < deadline:
            assert first.poll() is None and second.poll() is None
            time.sleep(0.002)
        second.send_signal(signal.SIGKILL)
        said, _ = first.communicate(timeout=60)
    finally:
        for process in (first, second):
            process.kill()
            process.communicate()
    assert first.returncode == 75 and "another process of this training has ended" in said
    execution = Execution("map", devices=2)
    checkpoints = Checkpoints(folder)
    assert checkpoints.steps() and checkpoints.steps()[-1] < STEPS
    options = {"schedule": SCHEDULE, "execution": execution}
    continued = toys.run("shuffled", range(6), checkpoints=checkpoints, **options)
    checkpoints.close()
    assert continued.first_step > 0
    assert_same_bits(continued, toys.run("shuffled", range(6), **options))


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"JAX_NUM_PROCESSES": ""}, "JAX_COORDINATOR_ADDRESS: set without JAX_NUM_PROCESSES"),
        ({"JAX_NUM_PROCESSES": "two"}, "JAX_NUM_PROCESSES: whole numbers are needed"),
        ({"JAX_PROCESS_ID": "2"}, "JAX_PROCESS_ID: 2 is outside 0 .. 1"),
    ],
)
def test_variables_that_contradict_themselves_are_named(monkeypatch, changes, message):
    whole = {
        "JAX_COORDINATOR_ADDRESS": "127.0.0.1:1",
        "JAX_NUM_PROCESSES": "2",
        "JAX_PROCESS_ID": "0",
    }
    for name, value in {**whole, **changes}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=message):
        hosts.join()


def test_alone_there_is_nothing_to_join():
    assert not hosts.join() and not hosts.several() and hosts.is_first()
