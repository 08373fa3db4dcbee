"""Time of a network's step against the number of networks, and what `auto` chose; one device.

For every study 1, 4, 16 ... networks train in one call, one after the other (``map``), all side by
side (``vmap``) and as ``auto`` has it; rounds are interleaved, medians are shown. The exponent is
of seconds of a step of all networks against their number from 4 on: 1 where a network costs the
same beside others, below 1 where being many helps. It takes about ten minutes, most of it
compiling.
"""

import statistics
import sys

import numpy as np
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from jaxrep.engine import Execution
from jaxrep.errors import InputError

from .trained import FOLDER, TRAINED_STUDIES, save, started, step_seconds, study_plan

FORMS = ("auto", "map", "vmap")
NETWORKS = {
    "group_composition": (1, 4, 8),
    "deep_linear": (1, 4, 16, 64, 256, 1024),
    "localization": (1, 4, 16, 64),
    "information_plane": (1, 4, 16, 64),
    "face_angle": (1, 4, 16),
}
"""As many as a step takes less than a few seconds of."""
ROUNDS = 3


def exponent(networks: list[int], seconds: list[float]) -> float:
    """Slope of log seconds of a step of all networks against log networks, from 4 on.

    >>> round(exponent([1, 4, 16, 64], [9.0, 4.0, 16.0, 64.0]), 3)
    1.0
    """
    x, y = (np.log(values[1:]) for values in (networks, seconds))
    return float(np.polyfit(x, y, 1)[0])


def drawn(measured: dict[str, dict[str, dict[int, float]]]) -> Figure:
    """A panel for every study: microseconds of a network's step against networks."""
    figure = Figure((4 * len(measured), 3.6), layout="constrained")
    panels = np.ravel(figure.subplots(1, len(measured), squeeze=False))
    for panel, (study, forms) in zip(panels, measured.items(), strict=True):
        for form, seconds in forms.items():
            networks = list(seconds)
            each = [1e6 * seconds[n] / n for n in networks]
            panel.loglog(networks, each, marker="o", label=form)
        panel.set(title=study, xlabel="networks", ylabel="a network's step (us)")
    panels[0].legend()
    return figure


def run() -> None:
    """Print the table, draw it, and write the numbers as JSON."""
    measured: dict[str, dict[str, dict[int, float]]] = {}
    table = Table("study", "networks", *(f"{form}, us" for form in FORMS), "auto / best", "chose")
    fitted = Table("study", *(f"exponent, {form}" for form in FORMS))
    for study in TRAINED_STUDIES:
        measured[study] = {form: {} for form in FORMS}
        for networks in NETWORKS[study]:
            plan = study_plan(study, networks)
            sessions = {}
            for form in FORMS:
                try:
                    sessions[form] = started(plan, Execution(form=form, devices=1))
                except InputError:  # too large side by side
                    continue
            rounds: dict[str, list[float]] = {form: [] for form in sessions}
            for _ in range(ROUNDS):
                for form, session in sessions.items():
                    rounds[form].append(step_seconds(session))
            middle = {form: statistics.median(values) for form, values in rounds.items()}
            for form, seconds in middle.items():
                measured[study][form][networks] = seconds
            row = [
                f"{1e6 * middle[form] / networks:.3g}" if form in middle else "-" for form in FORMS
            ]
            print(study, networks, *row, file=sys.stderr, flush=True)
            ratio = f"{middle['auto'] / min(middle.values()):.2f}"
            table.add_row(study, str(networks), *row, ratio, sessions["auto"].layout.form)
        slopes = []
        for form in FORMS:
            seconds = measured[study][form]
            slopes.append(f"{exponent(list(seconds), list(seconds.values())):.2f}")
        fitted.add_row(study, *slopes)
    console = Console(width=120)
    console.print(table)
    console.print(fitted)
    print("written:", save("scaling", {"seconds": measured}))
    path = FOLDER / "scaling.png"
    drawn(measured).savefig(path, dpi=110)
    print("drawn:", path)
