"""Ten minutes through all studies: each in its default preset, then one page.

    python -m experiments.tour                       # to results/tour
    python -m experiments.tour --out FOLDER --studies deep_linear localization

Studies that are finished are not run again; one that was stopped continues. Other options are
given to every study: `--seeds 8`, say.
"""

import argparse
import importlib
import subprocess
import sys
import time
from pathlib import Path

from jaxrep.study.menu import Menu

from .. import STUDIES
from .. import __name__ as package


def menu_of(study: str) -> Menu:
    """What a study's command line offers, its question among it; JAX is not imported."""
    return importlib.import_module(f"{package}.{study}.menu").MENU


def finished(folder: Path) -> bool:
    """Whether the study's run there has its answer and its page."""
    return all((folder / name).exists() for name in ("verdict.json", "report.html"))


def main(arguments: list[str] | None = None) -> int:
    """Run what is not finished, in processes of their own; returns the exit status: 0, or that of
    the last study that failed, after the others."""
    parser = argparse.ArgumentParser(
        f"python -m {__package__}",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--out", type=Path, default=Path("results/tour"), help="folder")
    parser.add_argument("--studies", nargs="+", choices=STUDIES, default=list(STUDIES))
    given, others = parser.parse_known_args(arguments)
    questions = {study: menu_of(study).summary for study in given.studies}
    failed, began = 0, time.monotonic()
    for number, study in enumerate(given.studies, 1):
        folder = given.out / study
        if finished(folder):
            print(f"{study}: finished already", flush=True)
            continue
        clock = f"{time.monotonic() - began:.0f} s"
        print(f"== {number} of {len(given.studies)}, {clock}: {questions[study]}", flush=True)
        words = [sys.executable, "-m", f"{package}.{study}", "--out", str(folder), *others]
        try:
            status = subprocess.run(words).returncode
        except KeyboardInterrupt:
            print("stopped; the same command continues", file=sys.stderr)
            return 130
        if status > 128:  # by a signal: whoever sent it means the tour
            return status
        failed = status or failed
        _write(given.out, questions)
    print(f"tour: {_write(given.out, questions)}")
    return failed


def _write(out: Path, questions: dict[str, str]) -> Path:
    from .cards import write_tour

    out.mkdir(parents=True, exist_ok=True)
    return write_tour(out, questions)


if __name__ == "__main__":
    raise SystemExit(main())
