"""Errors that a user can mend: one line that names the field, the value and what is allowed.

The rule: whoever knows the field (a study's checks, the engine, a command line) raises
`InputError`; a library function that takes bare arrays raises `ValueError` whose message begins
with the name of the argument. `InputError` is a `ValueError`, so one ``except`` serves both.
"""

from pathlib import Path


class InputError(ValueError):
    """Bad input; its message is a single line fit for a terminal, ``field: what is wrong``.

    Attributes:
      field: what the message is about; empty where it is about nothing by name.

    >>> InputError("seeds: 0 given; at least 1 is needed").field
    'seeds'
    >>> InputError("0.1 is not a temperature", field="temperature").field
    'temperature'
    """

    def __init__(self, message: str, field: str | None = None):
        super().__init__(message)
        before, colon, _ = message.partition(":")
        named = before.strip() if colon and " " not in before.strip() else ""
        self.field = named if field is None else field


class OtherRun(InputError):
    """A directory holds another run than the one that was asked for; the message says where they
    differ."""


class Damaged(InputError):
    """A file is not what was written; the message names it and says what to do."""


class StorageError(Exception):
    """Something could not be written or read: the disk is full, read-only, or gone.

    Attributes:
      path: what could not be written or read.
      reason, advice: why, and what to do.
      temporary: whether trying again later may help (a full disk).
    """

    def __init__(self, path: Path, reason: str, advice: str, *, temporary: bool = False):
        super().__init__(f"{path}: {reason}; {advice}")
        self.path, self.reason, self.advice, self.temporary = path, reason, advice, temporary


class Interrupted(Exception):
    """Training was stopped from outside.

    Attributes:
      step: where it stopped.
      signal: number of the signal that asked for it.
      saved: whether everything up to `step` is on disk.
    """

    def __init__(self, step: int, signal: int = 2, saved: bool = True):
        kept = "the same command continues from there" if saved else "nothing was kept on disk"
        super().__init__(f"stopped at step {step:,}; {kept}")
        self.step, self.signal, self.saved = step, signal, saved


class AnalysisFailed(Exception):
    """Training is whole and on disk, but its analysis or its page failed; the cause is chained."""


class PeerLost(Exception):
    """Another process of the same training has ended, so that this one cannot go on."""

    def __init__(self):
        super().__init__(
            "another process of this training has ended; start all of them again, with as many "
            "processes or fewer: they continue from the last checkpoint"
        )
