"""Training of every study against the programs one would write instead; one core.

The same networks are trained by jaxrep, by plain JAX (``jit(vmap(scan))`` with optax), and by
PyTorch: one network after the other in an eager loop, all at once by ``torch.func.vmap``, and the
same compiled. Nothing is recorded. Before any of them is timed they train from the same weights
on the same batches, and their losses must agree. Seconds are of the processor, which a shared
machine disturbs least; rounds are interleaved. It takes about six minutes.
"""

import os
import statistics
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from jaxrep.engine.provenance import environment
from jaxrep.errors import InputError
from jaxrep.plots.style import Palette, figure_style, panels
from jaxrep.study.report import Figure, Page, Verdict, write_report
from jaxrep.study.report import Table as PageTable

from .trained import FOLDER, save

ROUNDS = 7
PROGRAMS = {
    "jaxrep": "jaxrep",
    "jax": "plain JAX",
    "torch_loop": "PyTorch, a loop",
    "torch_vmap": "PyTorch, torch.func.vmap",
    "torch_compiled": "PyTorch, vmap and compile",
}
NOT_HERE = "does not run on this machine"

Rounds = Mapping[str, Sequence[float]]
"""CPU seconds per network and step of every program, one for each round."""


def deviation(losses: np.ndarray, expected: np.ndarray) -> float:
    """Largest relative deviation of a program's first losses.

    >>> deviation(np.array([[1.0], [2.0]]), np.array([[1.0], [1.6]]))
    0.25
    """
    return float(np.max(np.abs(losses - expected) / np.abs(expected)))


def ratios(rounds: Rounds) -> dict[str, tuple[float, float, float]]:
    """Median, least and largest time of every other program over jaxrep's of the same round.

    >>> ratios({"jaxrep": [1.0, 2.0, 1.0], "jax": [3.0, 4.0, 5.0]})
    {'jax': (3.0, 2.0, 5.0)}
    """
    ours = np.array(rounds["jaxrep"])
    over = {}
    for name, seconds in rounds.items():
        if name != "jaxrep":
            each = np.array(seconds) / ours
            over[name] = float(np.median(each)), float(each.min()), float(each.max())
    return over


def measured_study(name: str, count: int = ROUNDS) -> dict[str, Any]:
    """Agreement and times of all programs on the training of one study.

    Raises:
      InputError: a program whose losses differ from the study's.
    """
    from . import rivals
    from .work import TOLERANCE
    from .works import WORKS

    work = WORKS[name]()
    makers = {
        "jaxrep": rivals.jaxrep,
        "jax": rivals.plain_jax,
        "torch_loop": rivals.torch_loop,
        "torch_vmap": rivals.torch_networks,
        "torch_compiled": lambda work: rivals.torch_networks(work, compiled=True),
    }
    programs, deviations, missing = {}, {}, {}
    for program, make in makers.items():
        try:
            programs[program] = rival = make(work)
        except RuntimeError as error:  # no compiler for PyTorch, on some machines
            if program != "torch_compiled":
                raise
            missing[program] = f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"
            continue
        deviations[program] = deviation(rival.losses, work.first.losses)
        if not deviations[program] <= TOLERANCE:
            raise InputError(
                f"{name}: losses of {PROGRAMS[program]} are off by {deviations[program]:.1e} "
                f"after {len(rival.losses)} steps; {TOLERANCE:.0e} is allowed"
            )
    times: dict[str, list[float]] = {program: [] for program in programs}
    for _ in range(count):
        for program, rival in programs.items():
            times[program].append(rival.seconds())
    networks = len(work.first.losses[0])
    return {
        "networks": networks,
        "rounds": times,
        "deviations": deviations,
        "missing": missing,
    }


def _plain(microseconds: float) -> str:
    """Three digits, and no power of ten."""
    return f"{microseconds:,.0f}" if microseconds >= 100 else f"{microseconds:.3g}"


def verdict(measured: Mapping[str, Mapping[str, Any]]) -> str:
    """One sentence on plain JAX and one on PyTorch, made from the numbers.

    >>> rounds = {"jaxrep": [1.0, 1.0], "jax": [2.0, 2.2], "torch_loop": [4.0, 4.0]}
    >>> print(verdict({"deep_linear": {"networks": 3, "rounds": rounds}}))
    A network's step takes plain JAX 2.1 times as long as jaxrep (deep_linear). The fastest \
PyTorch program takes 4.0 times as long (deep_linear). Medians over 2 rounds.
    """
    jax, torch = {}, {}
    for study, result in measured.items():
        over = ratios(result["rounds"])
        jax[study] = over["jax"][0]
        torch[study] = min(
            (values[0] for name, values in over.items() if name.startswith("torch")),
            default=float("nan"),
        )

    def span(values: Mapping[str, float]) -> str:
        low, high = (pick(values, key=lambda study: values[study]) for pick in (min, max))
        if low == high:
            return f"{values[low]:.1f} times as long"
        return f"{values[low]:.1f} ({low}) to {values[high]:.1f} ({high}) times as long"

    where = f" ({next(iter(jax))})" if len(jax) == 1 else ""
    rounds = min(len(result["rounds"]["jaxrep"]) for result in measured.values())
    return (
        f"A network's step takes plain JAX {span(jax)} as jaxrep{where}. "
        f"The fastest PyTorch program takes {span(torch)}{where}. Medians over {rounds} rounds."
    )


def drawn(measured: Mapping[str, Mapping[str, Any]]) -> Figure:
    """A group of dots for every study: how many times as long as jaxrep each program takes."""
    palette = Palette(list(PROGRAMS))
    figure, (axes,) = panels(1, 8, 4.2)
    others = [name for name in PROGRAMS if name != "jaxrep"]
    for index, name in enumerate(others):
        places, middle, low, high = [], [], [], []
        for place, result in enumerate(measured.values()):
            if name in result["rounds"]:
                centre, least, most = ratios(result["rounds"])[name]
                places.append(place + 0.16 * (index - (len(others) - 1) / 2))
                middle.append(centre)
                low.append(centre - least)
                high.append(most - centre)
        axes.errorbar(
            places, middle, [low, high], fmt="o", color=palette[name], label=PROGRAMS[name]
        )
    axes.axhline(1, color="0.4", lw=1)
    axes.set(
        yscale="log",
        ylabel="CPU time per network and step,\nin units of jaxrep's",
        xticks=range(len(measured)),
        xticklabels=[f"{name}\n{result['networks']} networks" for name, result in measured.items()],
    )
    axes.tick_params(axis="x", labelsize=8)
    axes.legend(fontsize=8)
    words = (
        "Median over interleaved rounds, bars from the least to the largest; grey line: jaxrep "
        "itself. One core, nothing recorded, the same networks everywhere."
    )
    return Figure("others", "Time of a training step against other programs", words, figure)


def page_of(measured: Mapping[str, Mapping[str, Any]]) -> Page:
    """The answer, the figure, and a table for every study."""
    tables, numbers = [], {}
    for study, result in measured.items():
        over = ratios(result["rounds"])
        rows = []
        for name, words in PROGRAMS.items():
            if name not in result["rounds"]:
                rows.append([words, NOT_HERE, "", ""])
                continue
            seconds = 1e6 * np.array(result["rounds"][name])
            middle, low, high = over.get(name, (1.0, 1.0, 1.0))
            spread = f"({_plain(seconds.min())} to {_plain(seconds.max())})"
            rows.append(
                [
                    words,
                    f"{_plain(float(np.median(seconds)))} {spread}",
                    f"{middle:.2f} ({low:.2f} to {high:.2f})" if name in over else "1",
                    "" if name == "jaxrep" else f"{result['deviations'][name]:.0e}",
                ]
            )
            if name in over:
                numbers[f"{study}_{name}_over_jaxrep"] = middle
        tables.append(
            PageTable(
                f"{study}, {result['networks']} networks",
                ["program", "CPU us per network and step", "over jaxrep", "losses off by"],
                rows,
                "Medians with the range over rounds; losses of the first steps from the same "
                "weights and batches, largest relative deviation from the study's.",
            )
        )
    return Page(
        "benchmark",
        "How long do other programs take for the same training?",
        [drawn(measured)],
        tables,
        numbers,
        (),
        [Verdict(verdict(measured))],
    )


def run() -> None:
    """Measure, print the table, and write numbers, figure and page."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    try:
        import torch
    except ImportError:
        message = "others: PyTorch is not installed; pip install -e '.[bench]' is needed"
        raise InputError(message) from None
    from .works import WORKS

    torch.set_num_threads(1)
    torch.manual_seed(0)
    measured = {}
    table = Table("study", "networks", *(f"{words}, us" for words in PROGRAMS.values()))
    for study in WORKS:
        print(f"{study} ...", file=sys.stderr, flush=True)
        measured[study] = result = measured_study(study)
        cells = []
        for name in PROGRAMS:
            if name in result["rounds"]:
                middle = 1e6 * statistics.median(result["rounds"][name])
                times = ratios(result["rounds"]).get(name)
                cells.append(_plain(middle) + (f" ({times[0]:.1f} x)" if times else ""))
            else:
                cells.append(NOT_HERE)
        table.add_row(study, str(result["networks"]), *cells)
    console = Console(width=140)
    console.print(table)
    console.print(verdict(measured))
    print("written:", save("others", {"torch": torch.__version__, "studies": measured}))
    folder = FOLDER / "others"
    folder.mkdir(exist_ok=True)
    provenance = {**environment(), "command": "python -m experiments.benchmark others"}
    with figure_style():
        write_report(page_of(measured), folder, {"rounds": ROUNDS}, provenance)
    print("page:", folder / "report.html")
