"""List the studies and their presets: ``python -m experiments``."""

import importlib

from . import STUDIES


def main() -> int:
    """Print every study with its line and its presets."""
    print(f"python -m {__package__}.<study> --help\n")
    for name in STUDIES:
        study = importlib.import_module(f".{name}", __package__).STUDY
        print(f"{name}\n  {study.summary}")
        for preset, words in study.words.items():
            print(f"    {preset:18s} {words}")
        print()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
