"""Do runs keep what they promise? Attack them for as long as one likes.

    python -m experiments.soak --minutes 30                       # all studies
    python -m experiments.soak --minutes 1 --studies deep_linear
    python -m experiments.soak --attacks kill flip --seed 3

Every attack starts from a command that is small but whole (training, checkpoints, analysis, page),
and survives where the same command ends with the same bits afterwards, or where the one line that
is promised was said. A table of promises ends the run; its exit status is 1 where one was broken.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from .. import STUDIES
from .attacks import ATTACKS, Broken, NotHere
from .commands import Command, reference


def main(arguments: list[str] | None = None) -> int:
    """Attack in turn until the time is over; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {__package__}",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--minutes", type=float, default=10.0, help="how long (default 10)")
    parser.add_argument("--studies", nargs="+", choices=STUDIES, default=STUDIES)
    parser.add_argument("--attacks", nargs="+", choices=ATTACKS, default=list(ATTACKS))
    parser.add_argument("--seed", type=int, default=0, help="of the moments and bits")
    given = parser.parse_args(sys.argv[1:] if arguments is None else arguments)
    end = time.monotonic() + 60 * given.minutes
    rng = np.random.default_rng(given.seed)
    counts = {name: {"tried": 0, "survived": 0, "lost": []} for name in given.attacks}
    with tempfile.TemporaryDirectory(prefix="soak") as folder:
        root = Path(folder)
        commands: dict[str, Command] = {}
        turn = 0
        while time.monotonic() < end or turn < len(given.attacks):
            study = given.studies[turn // len(given.attacks) % len(given.studies)]
            name = given.attacks[turn % len(given.attacks)]
            if study not in commands:
                commands[study] = reference(study, root)
                print(f"{study}: {commands[study].seconds:.1f} s undisturbed", flush=True)
            _attack(name, commands[study], root / str(turn), rng, counts)
            turn += 1
    print(_table(counts))
    return int(any(count["lost"] for count in counts.values()))


def _attack(name: str, command: Command, folder: Path, rng, counts: dict) -> None:
    folder.mkdir()
    count = counts[name]
    try:
        tried, words = ATTACKS[name].function(command, folder, rng)
    except NotHere as reason:
        count["skipped"] = str(reason)
        return
    except Broken as broken:
        count["tried"] += 1
        count["lost"].append(f"{command.study}: {broken}")
        print(f"LOST  {name:10s} {command.study}: {broken}", flush=True)
        return
    count["tried"] += tried
    count["survived"] += tried
    print(f"held  {name:10s} {command.study}: {words}", flush=True)


def _table(counts: dict) -> str:
    lines = ["", f"{'promise':62s} {'tried':>6s} {'held':>6s} {'lost':>6s}"]
    for name, count in counts.items():
        lost = len(count["lost"])
        row = f"{ATTACKS[name].promise:62s} {count['tried']:6d} {count['survived']:6d} {lost:6d}"
        lines.append(row + (f"  skipped: {count['skipped']}" if "skipped" in count else ""))
        lines += [f"    {words}" for words in count["lost"]]
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
