"""Figures of students of a noisy teacher."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from jaxrep.plots.curves import colour_of, draw_spread, draw_theory
from jaxrep.plots.style import panels
from jaxrep.study import GridPoint, panels_or_picker
from jaxrep.study.report import Figure, PageFigure

from .overfitting import Overfitted
from .point_results import draw_across


def draw_overfitting(students: Overfitted) -> Iterator[PageFigure]:
    """All figures, in the order of the page."""
    if not students.points:
        return
    yield panels_or_picker(students.points, partial(errors, students), most=8)
    yield stopping(students)


def _words(students: Overfitted) -> str:
    return (
        f"Line: median over {len(students.replicas.seeds)} seeds, each with its own teacher, noise "
        "and start; band: minimum to maximum."
    )


def errors(students: Overfitted, points: list[GridPoint]) -> Figure:
    """Generalisation and training error over training, beside theory."""
    figure, places = panels(len(points), 5, columns=3)
    steps = students.flat.step.values
    for axes, point in zip(places, points, strict=True):
        one = students.of(point)
        for index, (name, label) in enumerate(
            {"generalisation": "generalisation", "loss": "training, mean square"}.items()
        ):
            target = axes if name == "generalisation" else axes.twinx()
            draw_spread(target, steps, one[name].values, label, colour_of(index), faint=False)
            theory = one[f"theory_{name}"].values
            draw_theory(target, steps, theory, None if index else "theory")
            target.set_ylim(bottom=0)
            if index:
                target.set_ylabel("training error (mean square)", color=colour_of(1))
                target.grid(False)
        signal = students.hyper(point, "signal")
        axes.axhline(signal**2, color="0.6", ls=":", lw=1, label="null: not learning")
        axes.axvline(
            float(one.theory_best_step[0]), color="0.6", lw=1, label="time to stop, theory"
        )
        axes.set(xlabel="step (updates)", ylabel="generalisation error |W - teacher|²")
        axes.set_title(point.title, fontsize=10)
    places[0].legend(fontsize=8)
    return Figure(
        "errors",
        "The error on the teacher falls, then rises; that on the sample only falls",
        f"{_words(students)} Left axis: error on the teacher; right axis: on the noisy sample. "
        "Dashed: theory of large sizes without a free parameter. Dotted: the "
        "error of not learning, the null; with noise only nothing is below it.",
        figure,
    )


def stopping(students: Overfitted) -> Figure:
    """Time to stop and errors against the signal-to-noise ratio."""
    figure, (left, right) = panels(2, 5, 4.2, columns=2)
    groups = students.by_start("signal")
    for index, (start, points) in enumerate(groups.items()):
        signals = np.array([students.hyper(point, "signal") for point in points])
        networks = [students.of(point) for point in points]
        said = f", {start}" if len(groups) > 1 else ""
        best, end = colour_of(2 * index), colour_of(2 * index + 1)
        draw_across(
            left,
            signals,
            [one.best_step.values for one in networks],
            f"students{said}",
            best,
            marker="o",
        )
        times = [float(one.theory_best_step[0]) for one in networks]
        left.plot(signals, times, "k--", lw=1.3, label=None if index else "theory")
        least = [one.best_error.values for one in networks]
        draw_across(right, signals, least, f"stopped at the best step{said}", best, marker="o")
        last = [one.generalisation.values[:, -1] for one in networks]
        draw_across(right, signals, last, f"at the end{said}", end, marker="s")
        theory = [float(one.theory_best_error[0]) for one in networks]
        right.plot(signals, theory, "k--", lw=1.3, label=None if index else "theory")
        theory = [float(one.theory_generalisation[0, -1]) for one in networks]
        right.plot(signals, theory, "k--", lw=1.3)
    signals = np.array(sorted({students.hyper(point, "signal") for point in students.points}))
    fine = np.linspace(signals[0], signals[-1], 200)
    right.plot(fine, fine**2, color="0.6", ls=":", lw=1, label="null: not learning")
    left.set(ylabel="best step (updates)")
    right.set(ylabel="generalisation error |W - teacher|²")
    right.set_yscale("symlog", linthresh=0.5)
    right.set_ylim(bottom=-0.05)
    for axes in (left, right):
        axes.set_xlabel("signal-to-noise ratio of the teacher")
        axes.legend(fontsize=8)
    return Figure(
        "stopping",
        "When to stop, and what it is worth",
        f"{_words(students)} Dashed: theory without a free parameter. Dotted: the error of not "
        "learning, the null. At 0 there is noise only, and the best is not to learn.",
        figure,
    )
