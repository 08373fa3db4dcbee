"""The command ``jaxrep``, for whoever installed the package.

jaxrep                       # the studies and their presets
jaxrep run STUDY [OPTION]    # python -m experiments.STUDY
jaxrep tour                  # python -m experiments.tour: all five, one page
jaxrep compare RUN RUN       # python -m experiments.compare
jaxrep soak | benchmark      # likewise
jaxrep runs [FOLDER]         # the runs below a folder, one a line
"""

import runpy
import signal
import sys

from jaxrep.engine.signals import ASKING

from . import STUDIES

TOOLS = ("tour", "compare", "soak", "benchmark")


def main(arguments: list[str] | None = None) -> int:
    """Run a part of the package by its name; returns the exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    first, *rest = words or ["studies"]
    if first in ("-h", "--help"):
        print(__doc__)
        return 0
    if first == "studies":
        from .__main__ import main as list_studies

        return list_studies()
    if first == "runs":
        return _runs(rest)
    if first == "run":
        if not rest or rest[0] not in STUDIES:
            given = repr(rest[0]) if rest else "none"
            print(f"error: study: {given} given; allowed: {', '.join(STUDIES)}", file=sys.stderr)
            return 2
        first, *rest = rest
    elif first not in TOOLS:
        allowed = ", ".join(("run STUDY", "runs", *TOOLS))
        print(f"error: command: {first!r} is not known; allowed: {allowed}", file=sys.stderr)
        return 2
    name = f"{__package__}.{first}"
    before = sys.argv
    # a study ignores signals once all is done; who called this with arguments goes on
    handlers = {} if arguments is None else {one: signal.getsignal(one) for one in ASKING}
    sys.argv = [name, *rest]
    try:
        runpy.run_module(name, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        sys.argv = before
        for number, handler in handlers.items():
            if signal.getsignal(number) is not handler:
                signal.signal(number, handler)
    return 0


def _runs(words: list[str]) -> int:
    """One line a run: where, study, state, what differs."""
    from jaxrep.engine import differing, find_runs
    from jaxrep.engine.finding import state_of
    from jaxrep.errors import InputError

    folder = words[0] if words else "results"
    try:
        runs = find_runs(folder)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for study in sorted({run.study for run in runs}):
        alike = [run for run in runs if run.study == study]
        keys = differing(alike) if len(alike) > 1 else {}
        for index, run in enumerate(alike):
            own = " ".join(f"{key}={values[index]}" for key, values in keys.items())
            print(f"{run.path}  {study}  {state_of(run)}  {own}".rstrip())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
