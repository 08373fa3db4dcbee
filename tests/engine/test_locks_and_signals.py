"""One process at a time; every signal of a scheduler is answered with a checkpoint."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from jaxrep.engine import Checkpoints, Schedule
from jaxrep.engine.locks import locked
from jaxrep.engine.signals import Signalled, signals_ask, signals_end
from jaxrep.errors import InputError, Interrupted
from tests import toys
from tests.engine.test_resume import ROOT, SCHEDULE, assert_same_bits

HOLD = """
import sys, time
from pathlib import Path
from jaxrep.engine.locks import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_second_process_says_who_holds_it_and_a_kill_frees_it(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT
    )
    try:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        with pytest.raises(InputError, match=f"out: .* in use by process {holder.pid} on .* since"):
            with locked(tmp_path):
                pass
    finally:
        holder.kill()
        holder.communicate()
    with locked(tmp_path):
        pass


def test_training_twice_in_one_folder_is_refused_at_once(tmp_path):
    with locked(tmp_path), pytest.raises(InputError, match=f"checkpoints: .* {os.getpid()} on"):
        toys.run("full", checkpoints=Checkpoints(tmp_path), schedule=Schedule(2, (2,)))


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"])
def test_a_signal_saves_at_the_end_of_the_chunk(tmp_path, name):
    number = signal.Signals[name]

    def ask(values):
        if threading.current_thread() is threading.main_thread() and values["loss"] < 1.0:
            os.kill(os.getpid(), number)
        return False

    before = signal.getsignal(number)
    checkpoints = Checkpoints(tmp_path)
    with pytest.raises(Interrupted, match="the same command continues") as stopped:
        toys.run("shuffled", schedule=SCHEDULE, checkpoints=checkpoints, changes={"done": ask})
    assert stopped.value.signal == number and stopped.value.saved
    assert signal.getsignal(number) is before
    assert checkpoints.steps()[-1] == stopped.value.step
    continued = toys.run("shuffled", schedule=SCHEDULE, checkpoints=checkpoints)
    checkpoints.close()
    assert_same_bits(continued, toys.run("shuffled", schedule=SCHEDULE))


def test_without_checkpoints_nothing_is_promised():
    def ask(values):
        os.kill(os.getpid(), signal.SIGTERM)
        return False

    with pytest.raises(Interrupted, match="nothing was kept on disk"):
        toys.run("full", schedule=SCHEDULE, changes={"done": ask})


def test_a_second_signal_ends_at_once_and_other_stages_end_in_order():
    with pytest.raises(Signalled) as ended, signals_ask() as request:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.01)
        assert request.number == signal.SIGTERM
        os.kill(os.getpid(), signal.SIGUSR1)
        time.sleep(1)
    assert ended.value.number == signal.SIGUSR1
    with pytest.raises(Signalled), signals_end():
        os.kill(os.getpid(), signal.SIGHUP)
        time.sleep(1)


def test_a_signal_that_is_ignored_stays_ignored():
    """As under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals_ask() as request, signals_end():
            os.kill(os.getpid(), signal.SIGHUP)
            time.sleep(0.01)
        assert not request
    finally:
        signal.signal(signal.SIGHUP, before)
