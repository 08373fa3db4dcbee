"""The command line of a study: what runs, and the exit status that a failure comes to."""

import contextlib
import errno
import os
import signal
import sys
from collections.abc import Sequence

import jax

from jaxrep.engine import hosts
from jaxrep.engine.compiled_programs import keep_compiled_programs
from jaxrep.engine.provenance import usable_cores
from jaxrep.engine.signals import ASKING, Signalled, signals_end
from jaxrep.errors import AnalysisFailed, InputError, Interrupted, PeerLost, StorageError
from jaxrep.study.executing import execute
from jaxrep.study.several import suite, sweep
from jaxrep.study.starting import BAD_INPUT
from jaxrep.study.study import Study

ANALYSIS_FAILED, STORAGE, PEER_LOST, SIGNALS = 70, 74, 75, 128
"""Exit statuses; stopped by signal N it is ``SIGNALS + N``, as shells have it."""
NAME = 255
"""Bytes of a file name, at most, where file systems have a limit."""


def main(study: Study, arguments: Sequence[str] | None = None) -> int:
    """Run a study from the command line; returns the exit status.

    0 done; 2 bad input; 70 the analysis failed (training is whole and on disk); 74 the disk;
    75 another process of this training has ended; 128 + N stopped by signal N, as 130 by Ctrl-C
    and 143 by SIGTERM. Each but 0 with one line on standard error.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Config:
    ...     gain: float = 1.0
    >>> nothing = lambda *arguments: None
    >>> presets = {"plain": Config(), "strong": Config(100.0)}
    >>> study = Study("gains", "What gains do.", Config, presets, nothing, nothing, nothing)
    >>> with contextlib.redirect_stderr(sys.stdout):
    ...     main(study, ["--preset", "weak"])
    error: preset: 'weak' is not known; allowed are plain, strong
    2
    """
    if arguments is not None:
        return _main(study, list(arguments))
    status = _main(study, sys.argv[1:])
    for number in ASKING:  # all is done: a signal while Python ends must not change the status
        signal.signal(number, signal.SIG_IGN)
    return status


def _main(study: Study, arguments: Sequence[str]) -> int:
    _one_device_per_core()
    try:
        with signals_end():  # KeyboardInterrupt from here on
            hosts.join()
            _run(study, arguments)
    except InputError as error:
        return _ended(f"error: {error}", BAD_INPUT)
    except AnalysisFailed as error:
        _show_cause(error)
        return _ended(f"error: {error}", ANALYSIS_FAILED)
    except StorageError as error:
        return _ended(f"error: {error}", STORAGE)
    except (MemoryError, jax.errors.JaxRuntimeError) as error:
        if not isinstance(error, MemoryError) and "RESOURCE_EXHAUSTED" not in str(error):
            raise
        words = str(error).splitlines()[0] if str(error) else "none is left"
        return _ended(
            f"error: memory: {words}; --dry-run says how much a training takes", BAD_INPUT
        )
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        return _ended(f"error: {_long_name(str(error.filename), arguments)}", BAD_INPUT)
    except PeerLost as error:
        _ended(f"error: {error}", PEER_LOST)
        sys.stdout.flush()
        os._exit(PEER_LOST)  # JAX would wait for the others at its exit
    except Interrupted as stopped:
        return _ended(str(stopped), SIGNALS + stopped.signal)
    except (KeyboardInterrupt, Signalled) as stopped:
        number = stopped.number if isinstance(stopped, Signalled) else 2
        words = "stopped; the same command continues from the last checkpoint"
        return _ended(words, SIGNALS + number)
    return 0


def _long_name(path: str, arguments: Sequence[str]) -> str:
    """What is said of a file name that no file system has, with the option that gave it."""
    given = [index for index, word in enumerate(arguments) if len(word) > NAME and word in path]
    option = arguments[given[0] - 1].lstrip("-").replace("-", "_") if given else "file name"
    longest = max(map(len, path.split(os.sep)))
    return f"{option}: a file name of {longest} characters given; at most {NAME} are allowed"


def _run(study: Study, arguments: Sequence[str]) -> None:
    preset, config, options = study.menu.parse(arguments)
    if options.keep_programs:
        keep_compiled_programs()
    if preset in study.suites:
        suite(study, preset, config, options)
    elif options.sweep:
        sweep(study, config, options)
    else:
        execute(study, config, options)


def _ended(words: str, status: int) -> int:
    print(words, file=sys.stderr)
    return status


def _show_cause(error: AnalysisFailed) -> None:
    """The traceback of a fault of ours, for whoever mends it, above the line that sums it up."""
    if error.__cause__ is not None:
        import traceback

        traceback.print_exception(error.__cause__, limit=-4)


def _one_device_per_core() -> None:
    """On a CPU, replicas spread best over one virtual device per core."""
    with contextlib.suppress(RuntimeError):  # JAX is running already: it stays as it is
        jax.config.update("jax_num_cpu_devices", usable_cores())
