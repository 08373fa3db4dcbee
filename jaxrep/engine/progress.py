"""Progress of long work: a live line on a terminal, a plain line now and then elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.status import Status

PLAIN_LINE_SECONDS = 15.0


@dataclass
class Reporter:
    """Says how far training is: steps done, steps/s, time left, the quantity that matters."""

    total: int
    quantity: str
    quiet: bool = False
    first: int = 0
    started: float | None = None
    last_line: float = 0.0
    bar: Progress | None = None

    def update(self, step: int, value: float) -> None:
        """`step` updates are done, and the median over replicas is `value`."""
        if self.quiet:
            return
        if self.started is None:  # what came before was mostly compiling
            self.started, self.first = time.monotonic(), step
        elapsed = time.monotonic() - self.started
        words = [f"step {step:,}/{self.total:,}"]
        if step > self.first and elapsed > 0:
            rate = (step - self.first) / elapsed
            words += [f"{rate:,.1f} steps/s", f"{_duration((self.total - step) / rate)} left"]
        if value == value:
            words += [f"{self.quantity} (median) {value:.4g}"]
        words = "  ".join(words)
        if self.bar is not None:
            self.bar.update(self.bar.task_ids[0], completed=step, description=words)
        elif step == self.total or time.monotonic() - self.last_line > PLAIN_LINE_SECONDS:
            self.last_line = time.monotonic()
            print(words, file=sys.stderr, flush=True)


@contextmanager
def reporting(total: int, first: int, quantity: str, quiet: bool = False) -> Iterator[Reporter]:
    """A `Reporter` for one training run; `quiet` says nothing."""
    reporter = Reporter(total, quantity, quiet)
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield reporter
        return
    columns = BarColumn(bar_width=24), TextColumn("{task.description}")
    with Progress(*columns, console=console) as bar:
        bar.add_task("compiling", total=total, completed=first)
        reporter.bar = bar
        yield reporter


class Stage:
    """A part of the work that has no steps to count: its name, and what it is at."""

    def __init__(self, words: str, quiet: bool, status: Status | None):
        self.words, self.quiet, self.status = words, quiet, status
        self.began = self.last_line = time.monotonic()

    def name(self, part: str) -> None:
        """`part` is being done now."""
        if self.quiet:
            return
        now = time.monotonic()
        words = f"{self.words}: {part} ({_duration(now - self.began)})"
        if self.status is not None:
            self.status.update(words)
        elif now - self.last_line > PLAIN_LINE_SECONDS:
            self.last_line = now
            print(words, file=sys.stderr, flush=True)


@contextmanager
def stage(words: str, quiet: bool = False) -> Iterator[Stage]:
    """Show a `Stage` while the block runs; `quiet` says nothing."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield Stage(words, quiet, None)
        return
    with console.status(words) as status:
        yield Stage(words, quiet, status)


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
