"""The first second of a command: its help and its faults are said before JAX is imported."""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jaxrep.errors import InputError
from jaxrep.study.menu import Menu

if TYPE_CHECKING:
    from jaxrep.study.study import Study

BAD_INPUT, BROKEN_PIPE = 2, 141
"""Exit statuses; 141 is what shells show of a program whose reader has gone (128 + SIGPIPE)."""


def start(menu: Menu[Any], load: Callable[[], "Study"]) -> int:
    """Run a study from the command line; returns the exit status of `jaxrep.study.main`.

    Args:
      menu: what the command line offers.
      load: imports the study itself, which takes seconds; called when the options are right.
    """
    try:
        try:
            menu.parse(sys.argv[1:])
        except InputError as error:
            print(f"error: {error}", file=sys.stderr)
            return BAD_INPUT
        except KeyboardInterrupt:
            return 130
        finally:
            sys.stdout.flush()
        from jaxrep.study.running import main

        return main(load())
    except BrokenPipeError:  # `... --help | head`: what Python flushes at its exit has no reader
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
