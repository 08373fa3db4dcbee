"""Random command lines: ``python -m tests.experiments.command_lines 2000`` runs them to their end.

Every line is a small command of a study with a few options changed to values that are legal,
borderline or absurd. It has to end with status 0 and a report, or with status 2 and one line.
"""

import argparse
import contextlib
import dataclasses
import importlib
import io
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import numpy as np

from experiments import STUDIES
from experiments.soak.commands import SMALL
from jaxrep.study import main as run_study

WHOLE = ["0", "1", "2", "3", "5", "-1", "17", "1000000000", "999999999999999999", "1.5", "one", ""]
REAL = ["0", "1", "0.5", "0.01", "2.5", "-1", "1e-12", "1e3", "1e300", "nan", "inf", "-inf", "x"]
TEXT = ["", "foo", "nowhere.npz", "/proc", "a" * 300, "\\u00fc", "0", "toy"]
KEPT = {"steps", "epochs", "seeds", "stimuli", "size", "length", "units", "embed_dim", "hidden_dim"}
"""Options that the small command sets: large legal values of them would train for hours."""


def value_of(hint: Any, draw: np.random.Generator) -> list[str]:
    """Words for one option of that type."""
    if get_origin(hint) is Literal:
        choices = [str(choice) for choice in get_args(hint)]
        return [str(draw.choice([*choices, *choices, "foo"]))]
    if get_origin(hint) is tuple:
        inner = get_args(hint)
        count = len(inner) if Ellipsis not in inner else int(draw.integers(0, 4))
        return [word for _ in range(count) for word in value_of(inner[0], draw)]
    if hint is bool:
        return []
    options = [one for one in get_args(hint) if one is not type(None)]
    if options and hint not in (int, float, str):
        return value_of(options[int(draw.integers(len(options)))], draw)
    pool = WHOLE if hint is int else REAL if hint is float else TEXT
    return [str(draw.choice(pool))]


def command_line(study: str, draw: np.random.Generator) -> list[str]:
    """The study's small command, with one to three options changed or swept."""
    module = importlib.import_module(f"experiments.{study}")
    hints = get_type_hints(module.Config)
    names = [field.name for field in dataclasses.fields(module.Config)]
    words = SMALL[study].split()
    for name in draw.choice(names, int(draw.integers(1, 4)), replace=False):
        flag, values = f"--{name.replace('_', '-')}", value_of(hints[name], draw)
        if name in KEPT and any(len(value) > 2 for value in values):
            values = [value if value[:1] in "-x" or "." in value else "3" for value in values]
        if hints[name] is bool:
            words.append(flag if draw.random() < 0.5 else flag.replace("--", "--no-", 1))
        elif draw.random() < 0.15 and len(values) < 3:
            swept = ",".join([*values, *value_of(hints[name], draw)]) or "1"
            words += ["--sweep", f"{name}={swept}"]
        else:
            words += [flag, *values]
    return words


class TooLong(BaseException):
    """The time that a line may take is over."""


def outcome(study: str, words: list[str], folder: Path, seconds: int = 90) -> tuple[str, str]:
    """``report``, ``refused``, ``slow``, or what went wrong; and what was said last."""
    module = importlib.import_module(f"experiments.{study}")

    def stop(number: int, frame: object) -> None:
        raise TooLong

    said, shown = io.StringIO(), io.StringIO()
    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(shown):
            status = run_study(module.STUDY, [*words, "--out", str(folder), "--quiet"])
    except TooLong:
        return "slow", ""
    except SystemExit as error:
        status = error.code
    except BaseException:
        return "traceback", traceback.format_exc()[-1500:]
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    lines = [line for line in said.getvalue().splitlines() if not line.startswith("warning: ")]
    last = said.getvalue()[-1500:]
    if status == 0:
        return ("report", last) if (folder / "report.html").exists() else ("no report", last)
    if status == 2:
        return ("refused", lines[0]) if len(lines) == 1 else ("many lines", last)
    return f"status {status}", last


def main(arguments: list[str] | None = None) -> int:
    """Run so many lines in turn over the studies; status 1 where one ended otherwise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--studies", nargs="+", choices=STUDIES, default=list(STUDIES))
    given = parser.parse_args(arguments)
    draw, counts, bad = np.random.default_rng(given.seed), Counter(), 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(given.count):
            study = given.studies[number % len(given.studies)]
            words, out = command_line(study, draw), Path(folder) / str(number)
            began = time.monotonic()
            kind, said = outcome(study, words, out)
            counts[study, kind] += 1
            shutil.rmtree(out, ignore_errors=True)
            if kind not in ("report", "refused"):
                bad += kind != "slow"
                print(f"{kind}: {study} {' '.join(map(repr, words))}\n{said}", flush=True)
            if number % 50 == 49:
                print(f"{number + 1}: {dict(counts)}, {time.monotonic() - began:.1f} s", flush=True)
    for (study, kind), count in sorted(counts.items()):
        print(f"{study:20s} {kind:12s} {count}")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
