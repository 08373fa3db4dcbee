"""How fast are training and analyses? Against plain PyTorch loops, one study after the other.

    pip install -e ".[bench]"                     # PyTorch, for the comparison only
    python -m experiments.benchmark               # all studies
    python -m experiments.benchmark deep_linear   # one
    python -m experiments.benchmark others        # five programs, five studies
    python -m experiments.benchmark seconds       # where the time of each default command goes
    python -m experiments.benchmark roofline      # share of what this machine can do
    python -m experiments.benchmark scaling       # one network to a thousand

Each study is measured in a process of its own, interleaved, on the same cores; medians over
rounds, ratios first.
"""

import importlib
import subprocess
import sys

from jaxrep.errors import InputError

from .. import STUDIES

BENCHMARKS = (*STUDIES, "others", "roofline", "scaling", "seconds")


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark of one study here, or of all in processes of their own."""
    arguments = sys.argv[1:] if arguments is None else arguments
    unknown = [name for name in arguments if name not in BENCHMARKS]
    if unknown:
        allowed = ", ".join(BENCHMARKS)
        print(f"error: benchmark: {unknown[0]!r} is not known; allowed: {allowed}", file=sys.stderr)
        return 2
    if len(arguments) == 1:
        try:
            importlib.import_module(f".{arguments[0]}", __package__).run()
        except InputError as error:
            print(f"error: {error}", file=sys.stderr)
            return 2
        return 0
    for name in arguments or BENCHMARKS:
        print(name, flush=True)
        status = subprocess.run([sys.executable, "-m", __package__, name]).returncode
        if status:
            return status
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
