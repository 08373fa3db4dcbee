"""Signals that ask a program to stop: Ctrl-C, and what schedulers send before they kill.

While training they are a question that is answered at the end of a chunk (`signals_ask`); at
other times they end what runs, in order (`signals_end`).
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ASKING = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")
    if hasattr(signal, name)
)


class Signalled(BaseException):
    """A signal other than Ctrl-C ended what ran; like KeyboardInterrupt nothing catches it."""

    def __init__(self, number: int):
        super().__init__(signal.Signals(number).name)
        self.number = number


class StopRequest:
    """Whether, and by which signal, training was asked to stop."""

    def __init__(self):
        self.number = 0

    def __bool__(self) -> bool:
        return self.number != 0


def raise_signal(number: int, frame: object = None) -> None:
    """Raise what ends the work for that signal: KeyboardInterrupt or `Signalled`."""
    del frame
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise Signalled(number)


@contextmanager
def signals_ask() -> Iterator[StopRequest]:
    """The first signal only sets the request; the second one ends the work at once."""
    request = StopRequest()

    def ask(number: int, frame: object) -> None:
        if request:
            raise_signal(number)
        request.number = number

    with _handling(ask, ASKING):
        yield request


@contextmanager
def signals_end() -> Iterator[None]:
    """Signals that would kill without a word raise `Signalled` instead, and Ctrl-C
    KeyboardInterrupt, whatever it did before."""
    with _handling(raise_signal, ASKING):
        yield


@contextmanager
def _handling(handler: Callable, signals) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may change handlers
        return
    previous = {}
    for number in signals:
        # a signal that the parent chose to ignore (nohup) stays ignored
        if signal.getsignal(number) is not signal.SIG_IGN:
            previous[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, old in previous.items():
            signal.signal(number, old)
