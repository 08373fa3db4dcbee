"""Several runs as jobs of a cluster, through submitit.

A job is the command that was given, for one of its runs. When Slurm preempts it or its time ends,
it saves a checkpoint, goes back into the queue and continues.
"""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jaxrep.engine.progress import stage
from jaxrep.engine.provenance import module_name
from jaxrep.errors import InputError
from jaxrep.extras import extra
from jaxrep.study.command_line import Options

POLL_SECONDS = 1.0
_OWN = {"--launch", "--launch-with", "--out", "--quiet", "--fresh"}


class RunCommand:
    """A command as a job; stopped by the scheduler, it is given time to save and is queued again.

    It runs as a process of its own, because a study has answers of its own to signals.
    """

    def __init__(self, command: list[str]):
        self.command = command
        self.process: subprocess.Popen | None = None

    def __call__(self) -> int:
        """Run it; its exit status where that is 0.

        Raises:
          RuntimeError: another status; the message ends with what it said last.
        """
        self.process = subprocess.Popen(self.command, stderr=subprocess.PIPE, text=True)
        last = ""
        for line in self.process.stderr or ():
            sys.stderr.write(line)
            last = line.strip() or last
        status = self.process.wait()
        if status:
            raise RuntimeError(f"exit status {status}: {last}")
        return status

    def checkpoint(self) -> Any:
        """What submitit calls before it queues the job again."""
        import submitit

        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()
        return submitit.helpers.DelayedSubmission(RunCommand(self.command))

    __submitit_checkpoint__ = checkpoint  # its name in later versions


def launch(folders: Mapping[str, Path], options: Options, logs: Path) -> dict[str, str]:
    """Submit one job for each label, wait for all, and say what failed.

    Args:
      folders: label -> where that run goes.
      options: ``launch`` (``local`` or ``slurm``), ``launch_with``, and the command's arguments.
      logs: folder of what the jobs print.

    Returns:
      Label -> what went wrong, of the jobs that failed.

    Raises:
      InputError: submitit is not installed, there is no Slurm, or it does not know a parameter.
    """
    if not folders:
        return {}
    try:
        with extra("cluster"):
            import submitit
    except ValueError as error:
        raise InputError(f"launch: {error}") from None
    parameters = launch_parameters(options.launch_with)
    module = module_name()
    if module is None:
        raise InputError("launch: a study that was started with `python -m` is needed")
    try:
        executor = submitit.AutoExecutor(folder=logs / "%j", cluster=options.launch)
        executor.update_parameters(**{"name": module, "timeout_min": 24 * 60, **parameters})
    except (RuntimeError, NameError, TypeError, ValueError) as error:
        raise InputError(f"launch: {options.launch}: {str(error).splitlines()[0]}") from None
    whole = next(iter(folders.values())).parent
    jobs = {}
    kept = _without_own(options.arguments)
    with executor.batch():
        for label in folders:
            own = ["--out", str(whole.resolve()), "--part", label]
            command = [sys.executable, "-m", module, *kept, *own]
            jobs[label] = executor.submit(RunCommand(command))
    return _wait(jobs, options.quiet)


def _wait(jobs: Mapping[str, Any], quiet: bool) -> dict[str, str]:
    """Until all jobs have ended; what went wrong in those that failed."""
    failed: dict[str, str] = {}
    left = dict(jobs)
    with stage("jobs", quiet) as shown:
        while left:
            for label, job in list(left.items()):
                if job.done():
                    del left[label]
                    error = job.exception()
                    if error is not None:
                        failed[label] = _cause(error)
            done = len(jobs) - len(left)
            shown.name(f"{done} of {len(jobs)} done, {len(failed)} failed")
            if left:
                time.sleep(POLL_SECONDS)
    return failed


def _cause(error: BaseException) -> str:
    """The last line that says something, of the traceback that submitit hands back."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = [line for line in lines if line.startswith("RuntimeError: ")]
    return (said or lines or [type(error).__name__])[-1].removeprefix("RuntimeError: ")


def launch_parameters(texts: tuple[str, ...]) -> dict[str, int | float | str]:
    """``KEY=VALUE`` as keyword arguments; numbers become numbers.

    Raises:
      InputError: one is not of that form.

    >>> launch_parameters(("timeout_min=60", "slurm_partition=gpu"))
    {'timeout_min': 60, 'slurm_partition': 'gpu'}
    """
    parameters: dict[str, int | float | str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.isidentifier():
            raise InputError(f"launch_with: {text!r} is not KEY=VALUE")
        if re.fullmatch(r"-?\d+", value):
            parameters[key] = int(value)
        else:
            try:
                parameters[key] = float(value)
            except ValueError:
                parameters[key] = value
    return parameters


def _without_own(arguments: tuple[str, ...]) -> list[str]:
    """The arguments without those that are of the command as a whole, and their values."""
    kept, skipping = [], False
    for argument in arguments:
        if argument.startswith("--"):
            skipping = argument.partition("=")[0].replace("_", "-") in _OWN
            if skipping:
                continue
        if not skipping:
            kept.append(argument)
    return kept
