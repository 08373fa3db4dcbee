"""A Slurm of one node on loopback, for the tests of ``--launch slurm``."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NEEDED = ("slurmctld", "slurmd", "munged", "sbatch", "sinfo")
"""Programs of Debian's packages slurm-wlm and munge."""

# A job goes back into the queue for as long as its credential lives: 5 seconds in place of 120.

CONFIGURATION = """\
ClusterName=jaxrep
SlurmctldHost={host}(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=5
CredType=cred/munge
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={first}
SlurmdPort={second}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=1
ReturnToService=2
MpiDefault=none
KillWait=5
JobRequeue=1
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


class NoSlurm(Exception):
    """It cannot be started here, and why."""


@contextmanager
def one_node_slurm(folder: Path) -> Iterator[dict[str, str]]:
    """Started on free ports; yields the environment of its commands, and stops it in the end.

    Raises:
      NoSlurm: a program is missing, or the node does not come up within 20 seconds.
    """
    missing = [name for name in NEEDED if _program(name) is None]
    if missing:
        raise NoSlurm(f"{', '.join(missing)} not there (Debian: apt install slurm-wlm munge)")
    if os.geteuid():
        raise NoSlurm("slurmd needs root")
    for name in ("state", "spool", "munge"):
        (folder / name).mkdir()
    (folder / "munge").chmod(0o700)
    key = folder / "munge" / "key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    host, environment = socket.gethostname().partition(".")[0], dict(os.environ)
    first, second = _free_ports()
    words = {"host": host, "folder": folder, "user": "root", "first": first, "second": second}
    configuration = folder / "slurm.conf"
    configuration.write_text(CONFIGURATION.format(**words, cores=os.cpu_count()))
    environment["SLURM_CONF"] = str(configuration)
    munge = [f"--{name}={folder}/munge/{name}" for name in ("socket", "pid-file", "log-file")]
    munge += [f"--seed-file={folder}/munge/seed", f"--key-file={key}", "--force"]
    try:
        for command in (["munged", *munge], ["slurmctld"], ["slurmd", "-N", host]):
            program = _program(command[0])
            assert program is not None
            # not captured: a daemon that keeps a pipe open would be waited for
            ended = subprocess.run(
                [program, *command[1:]],
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=20,
            )
            if ended.returncode:
                raise NoSlurm(f"{command[0]} ends with status {ended.returncode}")
        _wait_for_the_node(environment)
        yield environment
    finally:
        for pid in ("slurmd.pid", "slurmctld.pid", "munge/pid-file"):
            with suppress(OSError, ValueError):
                os.kill(int((folder / pid).read_text()), 15)


def _wait_for_the_node(environment: dict[str, str]) -> None:
    end, said = time.monotonic() + 20, ""
    while time.monotonic() < end:
        shown = subprocess.run(
            ["sinfo", "-h", "-o", "%T"], env=environment, capture_output=True, text=True
        )
        said = shown.stdout.strip() or shown.stderr.strip()
        if said == "idle":
            return
        time.sleep(0.2)
    raise NoSlurm(f"its node does not come up: {said[:200]}")


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]
