"""One process at a time in a directory; a process that dies leaves no lock behind."""

import fcntl
import json
import os
import platform
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from jaxrep.engine.storage import storage_errors
from jaxrep.errors import InputError

LOCK = ".lock"


@contextmanager
def locked(directory: Path, field: str = "out") -> Iterator[None]:
    """Hold a directory for the duration of the block.

    The system lets go of the lock when the process ends, however it ends (``flock``). The file
    stays; only its holder counts.

    Raises:
      InputError: another process holds it; the message says which, where and since when.
      StorageError: the directory cannot be written.
    """
    path = directory / LOCK
    with storage_errors(path):
        directory.mkdir(parents=True, exist_ok=True)
        file = open(path, "ab", buffering=0)
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{field}: {directory} is in use by {_holder(path)}") from None
        except OSError:  # a file system without locks: better unguarded than unusable
            yield
            return
        os.ftruncate(file.fileno(), 0)
        with suppress(OSError):  # on a full disk the lock holds, but names nobody
            os.write(file.fileno(), json.dumps(_myself()).encode())
        try:
            yield
        finally:
            with suppress(OSError):
                os.ftruncate(file.fileno(), 0)


def _myself() -> dict:
    return {
        "process": os.getpid(),
        "host": platform.node(),
        "since": datetime.now().isoformat(" ", "seconds"),
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
    }


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text())
        return (
            f"process {holder['process']} on {holder['host']} since {holder['since']} "
            f"({holder['command']})"
        )
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
