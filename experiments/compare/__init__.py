"""Did the networks learn the same? Representations of runs and of other people's models, compared.

    python -m experiments.compare RUN RUN                     # every network with every other one
    python -m experiments.compare RUN --measure angular procrustes --layers hidden
    python -m experiments.compare RUN activations.npz         # arrays [sample, unit], or
                                                              # [seed, sample, unit], or
                                                              # [seed, step, sample, unit]
    python -m experiments.compare --index results             # studies x measures, one page

A run's networks are compared on the samples its study names. Networks of several runs are compared
with each other where their samples are the same ones (or, of .npz files, as many).
"""

import argparse
import sys
from pathlib import Path

from jaxrep.analysis.representation_measures import REPRESENTATION_MEASURES
from jaxrep.errors import InputError, StorageError
from jaxrep.study.ensembles import NETWORKS, SAMPLES, STEPS

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Compare, write the page; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {__package__}",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("sources", nargs="*", type=Path, help="run directories, .npz files")
    parser.add_argument(
        "--measure",
        nargs="+",
        choices=sorted(REPRESENTATION_MEASURES),
        default=["debiased_cka"],
        metavar="NAME",
        help=f"of {', '.join(sorted(REPRESENTATION_MEASURES))} (default debiased_cka)",
    )
    parser.add_argument("--layers", nargs="+", metavar="NAME", help="default: all")
    parser.add_argument("--set", metavar="NAME", help="of the study's inputs; default: its first")
    parser.add_argument("--samples", type=int, default=SAMPLES, help=f"at most ({SAMPLES})")
    parser.add_argument("--networks", type=int, default=NETWORKS, help=f"at most ({NETWORKS})")
    parser.add_argument(
        "--steps", type=int, default=STEPS, help=f"at most ({STEPS}), of those kept"
    )
    parser.add_argument(
        "--style", choices=("screen", "paper"), default="screen", help="of figures (screen)"
    )
    parser.add_argument("--index", type=Path, metavar="FOLDER", help="table of the runs below it")
    parser.add_argument("--out", type=Path, help="of the page; default results/compare/...")
    given = parser.parse_args(sys.argv[1:] if arguments is None else arguments)
    try:
        _check(given)
        if given.index is not None:
            from .index import write_index

            page = write_index(given.index, given.out)
        else:
            from .page import write_comparison

            page = write_comparison(given)
    except (InputError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except StorageError as error:
        print(f"error: {error}", file=sys.stderr)
        return 74
    print(f"report: {page}")
    return 0


def _check(given: argparse.Namespace) -> None:
    if bool(given.sources) == (given.index is not None):
        raise InputError("sources: run directories or .npz files are needed, or --index FOLDER")
    for name, least in (("samples", 4), ("networks", 1), ("steps", 1)):
        if getattr(given, name) < least:
            raise InputError(f"{name}: {getattr(given, name)} given; {least} or more are allowed")
