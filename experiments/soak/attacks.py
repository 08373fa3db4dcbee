"""What is done to runs, and what has to come of it.

An attack takes a command, an empty folder and a random generator; it returns how often it struck
and a word about it, or raises `Broken`.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .commands import Command, difference


class Broken(Exception):
    """A promise was broken; the message says how."""


class NotHere(Exception):
    """This attack cannot be made on this machine, and why."""


def _must(holds: bool, words: str) -> None:
    if not holds:
        raise Broken(words)


def _must_end_alike(command: Command, out: Path) -> None:
    """The same command ends, and with the same bits as undisturbed."""
    status, said = command.finish(out)
    _must(status == 0, f"the same command ends with {status}: {_last(said)}")
    _must(not (odd := difference(command.run, out)), f"other bits: {odd}")


def _no_traceback(said: str, what: str) -> None:
    at = said.find("Traceback")
    words = [line.strip() for line in said[at:].splitlines() if not line.startswith(" ")]
    _must(at < 0, f"{what} shows a traceback: {' / '.join(words[:3])[:400]}")


def _last(said: str) -> str:
    return (said.strip().splitlines() or ["nothing said"])[-1][:300]


def _strike(command: Command, out: Path, number: int, seconds: float) -> tuple[int | None, str]:
    """Send a signal after some seconds; status and words, None where it had ended before."""
    process = command.start(out)
    try:
        said, _ = process.communicate(timeout=seconds)
        _must(process.returncode == 0, f"undisturbed it ends with {process.returncode}")
        return None, said
    except subprocess.TimeoutExpired:
        process.send_signal(number)
        said, _ = process.communicate(timeout=600)
        return process.returncode, said


def kill(command: Command, folder: Path, rng: np.random.Generator) -> tuple[int, str]:
    """SIGKILL at random moments, up to four times in one run, from its imports to its page."""
    out, moments = folder / "run", []
    for seconds in rng.uniform(0.2, 1.1, size=4) * command.seconds:
        status, _ = _strike(command, out, signal.SIGKILL, seconds)
        if status is None:
            break
        moments.append(f"{seconds:.1f} s")
    _must_end_alike(command, out)
    return len(moments), f"killed after {', '.join(moments) or 'its end'}"


def ask(command: Command, folder: Path, rng: np.random.Generator) -> tuple[int, str]:
    """A signal at a random moment: one line, status 128 + N (or done), the same bits later."""
    out = folder / "run"
    name = str(rng.choice(["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"]))
    number, seconds = signal.Signals[name], rng.uniform(0.3, 1.0) * command.seconds
    status, said = _strike(command, out, number, seconds)
    if status is not None:
        early = status == -number and not out.exists()  # before Python was up
        _must(early or status in (0, 128 + number), f"{name} ends with {status}: {_last(said)}")
        _no_traceback(said, name)
    _must_end_alike(command, out)
    return 1, f"{name} after {seconds:.1f} s: {_last(said) if status else 'done before'}"


def flip(command: Command, folder: Path, rng: np.random.Generator) -> tuple[int, str]:
    """One bit of one file flipped: named, or without consequence; the same numbers at the end."""
    out = folder / "run"
    shutil.copytree(command.run, out)
    kinds = [
        lambda p: "checkpoints" in p.parts[len(out.parts)],
        lambda p: p.name in ("results.nc", "summary.json", "environment.json", "config.json"),
    ]
    kind = kinds[int(rng.integers(2))]
    files = [p for p in sorted(out.rglob("*")) if p.is_file() and p.stat().st_size and kind(p)]
    path = files[int(rng.integers(len(files)))]
    content = bytearray(path.read_bytes())
    bit = int(rng.integers(8 * len(content)))
    content[bit // 8] ^= 1 << (bit % 8)
    path.write_bytes(bytes(content))
    where = f"bit {bit} of {path.relative_to(out)}"
    status, said = command.finish(out)
    _must(status in (0, 2), f"{where}: ends with {status}: {_last(said)}")
    _no_traceback(said, where)
    odd = difference(command.run, out) if status == 0 else ""
    # a gap in the records is allowed where it is said
    told = "records of" in odd and "are lost" in said
    figures = "are lost" in said and (odd.startswith(("key figures", "results")))
    _must(not odd or told or figures, f"{where}: other numbers without a word ({odd})")
    named = "damaged" in said or "cannot be read" in said
    return 1, f"{where}: {'named' if named else 'no matter'}"


def foreign(command: Command, folder: Path, rng: np.random.Generator) -> tuple[int, str]:
    """Checkpoints of other seeds under this run's name: refused in one line."""
    out = folder / "run"
    shutil.copytree(command.run, out)
    config = (out / "config.json").read_text()
    status, said = command.finish(folder / "other", "--first-seed", str(int(rng.integers(1, 99))))
    _must(status == 0, f"other seeds end with {status}: {_last(said)}")
    shutil.rmtree(out / "checkpoints")
    shutil.copytree(folder / "other" / "checkpoints", out / "checkpoints")
    status, said = command.finish(out)
    _must(status == 2, f"foreign checkpoints end with {status}: {_last(said)}")
    _must("holds another training: seeds" in said, f"not named: {_last(said)}")
    _must((out / "config.json").read_text() == config, "its configuration was changed")
    return 1, _last(said).split("holds")[-1]


def twice(command: Command, folder: Path, rng: np.random.Generator) -> tuple[int, str]:
    """Two commands at once in one directory: one of them says who holds it, one does the work."""
    out = folder / "run"
    first = command.start(out)
    time.sleep(float(rng.uniform(0, 0.5)) * command.seconds)
    second = command.start(out)
    said = [process.communicate(timeout=600)[0] for process in (first, second)]
    statuses = [process.returncode for process in (first, second)]
    _must(sorted(statuses) in ([0, 2], [0, 0]), f"they end with {statuses}: {_last(said[1])}")
    if 2 in statuses:
        refused = said[statuses.index(2)]
        _must("is in use by process" in refused, f"not named: {_last(refused)}")
    _must_end_alike(command, out)
    return 1, "the second was refused" if 2 in statuses else "one after the other"


def full(command: Command, folder: Path, rng: np.random.Generator) -> tuple[int, str]:
    """The disk is full from a random moment on: one line, status 74; with room the same bits."""
    with _small_disk(folder / "disk") as disk:
        out, filler = disk / "run", disk / "filler"
        process = command.start(out)
        time.sleep(float(rng.uniform(0.3, 1.0)) * command.seconds)
        _fill(filler)
        ended = _wait_for(process, 2 * command.seconds)
        if not ended:  # it waits for room at the end of training
            filler.unlink()
        said, _ = process.communicate(timeout=600)
        status = process.returncode
        _must(status in (0, 74), f"a full disk ends with {status}: {_last(said)}")
        _no_traceback(said, "a full disk")
        filler.unlink(missing_ok=True)
        _must_end_alike(command, out)
        return 1, "waited for room" if not ended else f"status {status}"


def _wait_for(process: subprocess.Popen, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < end:
        time.sleep(0.05)
    return process.poll() is not None


def _fill(path: Path) -> None:
    file = os.open(path, os.O_CREAT | os.O_WRONLY)
    try:
        for size in (2**16, 2**12, 1):
            try:
                while True:
                    os.write(file, bytes(size))
            except OSError:
                continue
    finally:
        os.close(file)


@contextmanager
def _small_disk(folder: Path):
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        raise NotHere("mounting a small disk needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


class Attack(NamedTuple):
    """What is done, and the promise that it tries."""

    function: Callable[[Command, Path, np.random.Generator], tuple[int, str]]
    promise: str


ATTACKS = {
    "kill": Attack(kill, "killed at any moment, the same command ends with the same bits"),
    "ask": Attack(ask, "a signal is answered with a line and status 128 + N"),
    "flip": Attack(flip, "a flipped bit is named, or changes no number"),
    "foreign": Attack(foreign, "another training's checkpoints are refused by name"),
    "twice": Attack(twice, "of two commands at once the second says who works there"),
    "full": Attack(full, "a full disk is one line, and costs nothing once there is room"),
}
