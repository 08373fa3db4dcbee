"""Errors that a user can mend: one line that names the field, the value and what is allowed.

The rule: whoever knows the field (a study's checks, the engine, a command line) raises
`InputError`; a library function that takes bare arrays raises `ValueError` whose message begins
with the name of the argument. `InputError` is a `ValueError`, so one ``except`` serves both.
"""


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


class Interrupted(Exception):
    """Training was stopped by the user; everything up to `step` is saved."""

    def __init__(self, step: int):
        super().__init__(f"stopped at step {step}; the same command continues from there")
        self.step = step
