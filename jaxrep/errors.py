"""Errors that a user can mend: one line that names the field, the value and what is allowed."""


class InputError(ValueError):
    """Bad input; its message is a single line fit for a terminal."""


class Interrupted(Exception):
    """Training was stopped by the user; everything up to `step` is saved."""

    def __init__(self, step: int):
        super().__init__(f"stopped at step {step}; the same command continues from there")
        self.step = step
