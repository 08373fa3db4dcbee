"""SVG and PDF of a page's figures, written by a second process while the page is drawn.

Vector files of a figure take as long as its picture. The second process (`write_all`) reads a path
in every line, of a drawing that was pickled, and writes its files.
"""

import contextlib
import json
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib import pyplot

from jaxrep.errors import StorageError
from jaxrep.study import figure_files

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STORAGE = 74
END = "end"
"""The last line; without it the first process has died, and nothing more is written."""
_START = "from jaxrep.study.vector_files import write_all; raise SystemExit(write_all())"


class VectorFiles:
    """Writes vector files beside pictures; the second process starts with the first drawing.

    >>> import matplotlib.figure
    >>> with tempfile.TemporaryDirectory() as folder, VectorFiles() as vectors:
    ...     drawing = matplotlib.figure.Figure()
    ...     written = vectors.write(drawing, Path(folder) / "line.png")
    ...     vectors.finish()
    ...     [path.name for path in written if path.stat().st_size > 500]
    ['line.svg', 'line.pdf']
    """

    def __init__(self, kinds: Sequence[str] | None = None):
        """Args: `kinds` of files; None is `jaxrep.study.figure_files.VECTORS`."""
        self._kinds = figure_files.VECTORS if kinds is None else kinds
        self._process: subprocess.Popen | None = None
        self._folder: tempfile.TemporaryDirectory | None = None
        self._count = 0

    def __enter__(self) -> "VectorFiles":
        return self

    def __exit__(self, *error: object) -> None:
        """Ends the second process, whether or not it has written all."""
        if self._process is not None:
            self._process.kill()
            self._ended(self._process)
        if self._folder is not None:
            self._folder.cleanup()

    def write(self, drawing: "Figure", target: Path) -> list[Path]:
        """Have the files beside `target` (a PNG) written; they are there after `finish`.

        A drawing that cannot be pickled (a label made by a lambda, say) is written at once.

        Raises:
          StorageError: a file cannot be written.
        """
        kinds = self._kinds
        if not kinds:
            return []
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="jaxrep-figures-")
        self._count += 1
        path = Path(self._folder.name) / f"{self._count}.pickle"
        settings = {name: mpl.rcParams[name] for name in mpl.rcParams if name != "backend"}
        try:
            path.write_bytes(pickle.dumps((drawing, target, kinds, settings)))
        except (pickle.PicklingError, AttributeError, TypeError, OSError):
            return figure_files.vector_files(drawing, target, kinds)
        self._say(str(path))
        return [target.with_suffix(f".{kind}") for kind in kinds]

    def finish(self) -> None:
        """Wait until all files are written.

        Raises:
          StorageError: one of them cannot be.
          RuntimeError: the second process failed, with what it said.
        """
        if self._process is None:
            return
        self._say(END)
        process, self._process = self._process, None
        status, said = self._ended(process), self._said.read_text()
        if status == STORAGE:
            path, reason, advice, temporary = json.loads(said.splitlines()[-1])
            raise StorageError(Path(path), reason, advice, temporary=temporary)
        if status:
            raise RuntimeError(f"SVG and PDF: the process that writes them ended with {said}")

    @staticmethod
    def _ended(process: subprocess.Popen) -> int:
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        return process.wait()

    @property
    def _said(self) -> Path:
        assert self._folder is not None
        return Path(self._folder.name) / "said"

    def _say(self, line: str) -> None:
        if self._process is None:
            # of another session: Ctrl-C and the end of a job are for the first process to handle
            with open(self._said, "w") as said:
                self._process = subprocess.Popen(
                    [sys.executable, "-c", _START],
                    stdin=subprocess.PIPE,
                    stderr=said,
                    text=True,
                    start_new_session=True,
                    env={**os.environ, "MPLBACKEND": "agg"},
                )
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it has ended: `finish` says why
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()


def write_all() -> int:
    """The second process: reads lines until the last one; returns the exit status."""
    for line in sys.stdin:
        if line.strip() == END:
            return 0
        drawing, target, kinds, settings = pickle.loads(Path(line.strip()).read_bytes())
        Path(line.strip()).unlink()
        try:
            with mpl.rc_context(settings):
                figure_files.vector_files(drawing, target, kinds)
        except StorageError as error:
            print(
                json.dumps([str(error.path), error.reason, error.advice, error.temporary]),
                file=sys.stderr,
            )
            return STORAGE
        pyplot.close("all")
    return 1
