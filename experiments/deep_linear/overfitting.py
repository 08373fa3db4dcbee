"""Students of a noisy teacher: when to stop, what overfitting costs, and theory beside both."""

import jax
import numpy as np
import xarray

from jaxrep.engine import Replicas, Run, join_replicas, split_replicas
from jaxrep.study import Analysis, GridPoint, Plan, diverged_tables, figure_key
from jaxrep.study.report import Table, Verdict, median_range
from jaxrep.theory.mode_dynamics import effective_rate, expected_start
from jaxrep.theory.noisy_teacher import sample_error, teacher_error

from .config import Config
from .point_results import PointResults

ON_TIME = 0.1
"""Of the predicted best time, by which a median may differ from it."""
CLOSE = 0.1
"""Of the error of not learning, by which the least error may differ from theory."""
ALONG = 0.1
"""Of the largest error in theory, by which the median curve may differ from it."""


class Overfitted(PointResults):
    """What the page shows; `flat` has the best step and error of each student."""


def overfitting_analysis(run: Run, plan: Plan, config: Config) -> Analysis:
    """Theory without a free parameter beside every student; when to stop, and why."""
    records = join_replicas(run.records, list(plan.replicas.coordinates))
    sizes = config.teacher_inputs, config.hidden, config.teacher_outputs
    flat = records.assign(noisy_theory(records, plan.replicas, *sizes))
    flat = flat.assign(best_moments(flat))
    students = Overfitted(flat, plan.replicas, run.finite)
    tables = [stopping_table(students), *diverged_tables(plan.replicas, run.finite)]
    results = split_replicas(flat, plan.replicas.coordinates)
    return Analysis(results, summary(students), tables, students, overfitting_verdicts(students))


def noisy_theory(
    records: xarray.Dataset, replicas: Replicas, inputs: int, hidden: int, outputs: int
) -> dict[str, tuple]:
    """Errors in theory at the recorded steps, and the best of all steps, for every student."""
    _, hyper = replicas.arrays()
    steps = records.step.values
    all_steps = np.arange(int(steps[-1]) + 1)
    curves: dict[tuple[float, float, float], tuple] = {}
    rows = list(zip(hyper["scale"], hyper["learning_rate"], hyper["signal"], strict=True))
    with jax.enable_x64():
        for scale, learning_rate, signal in set(rows):
            start = float(expected_start(float(scale), inputs, hidden, outputs))
            rate = float(effective_rate(float(learning_rate), inputs, outputs))
            teacher = np.array([signal] if signal else [], float)
            given = (all_steps, teacher, start, rate, inputs, outputs)
            error = np.asarray(teacher_error(*given))
            sample = np.asarray(sample_error(*given)) / (inputs * outputs)
            best = error.argmin()
            key = (scale, learning_rate, signal)
            curves[key] = error[steps], sample[steps], best, error[best]
    error, sample, best, least = (
        np.stack([curves[row][index] for row in rows]) for index in range(4)
    )
    return {
        "theory_generalisation": (("replica", "step"), error),
        "theory_loss": (("replica", "step"), sample),
        "theory_best_step": (("replica",), best, {"units": "updates"}),
        "theory_best_error": (("replica",), least),
    }


def best_moments(flat: xarray.Dataset) -> dict[str, tuple]:
    """When each student's generalisation error is least, and what it is then; NaN if diverged."""
    error = flat.generalisation.values.astype(float)
    safe = np.where(np.isfinite(error), error, np.inf)
    lost = ~np.isfinite(error).all(1)
    step = np.where(lost, np.nan, flat.step.values[safe.argmin(1)])
    least = np.where(lost, np.nan, safe.min(1))
    return {
        "best_step": (("replica",), step, {"units": "updates"}),
        "best_error": (("replica",), least),
    }


def stopping_table(students: Overfitted) -> Table:
    """When to stop, the error then and in the end, beside theory and not learning."""
    rows = []
    for point in students.points:
        one = students.of(point)
        rows.append(
            [
                point.title,
                median_range(one.best_step.values, 0),
                f"{one.theory_best_step.values[0]:.0f}",
                median_range(one.best_error.values, 3),
                f"{one.theory_best_error.values[0]:.3f}",
                f"{students.hyper(point, 'signal') ** 2:g}",
                median_range(one.generalisation.values[:, -1], 2),
                f"{one.theory_generalisation.values[0, -1]:.2f}",
                median_range(one.loss.values[:, -1], 6),
                f"{one.theory_loss.values[0, -1]:.6f}",
            ]
        )
    columns = ["students", "best step", "theory", "error then", "theory"]
    columns += ["null: not learning", "error in the end", "theory", "training error", "theory"]
    caption = (
        "Median over seeds (minimum to maximum), each with its own teacher, noise and start. "
        "Generalisation error |W - teacher|² in units of the noise; training error: mean square "
        "over the noisy sample. Theory: large sizes, aligned modes, the mean start; no free "
        "parameter. Noise only is the null of overfitting: there the best is not to learn."
    )
    return Table("When to stop", columns, rows, caption)


def summary(students: Overfitted) -> dict[str, float]:
    """Key figures of every grid point."""
    figures: dict[str, float] = {
        "students": len(students.replicas),
        "students_diverged": int((~students.finite).sum()),
    }
    for point in students.points:
        one = students.of(point)
        for name, values in {
            "median_best_step": one.best_step.values,
            "median_best_error": one.best_error.values,
            "median_final_error": one.generalisation.values[:, -1],
            "median_final_loss": one.loss.values[:, -1],
            "largest_deviation_from_theory": along(one, "generalisation"),
        }.items():
            figures[figure_key(name, point)] = float(np.median(values))
    return figures


def along(one: xarray.Dataset, name: str) -> float:
    """Largest distance of the median curve from theory, over the largest value in theory."""
    theory = one[f"theory_{name}"].values[0]
    return float(np.abs(np.median(one[name].values, 0) - theory).max() / theory.max())


def overfitting_verdicts(students: Overfitted) -> list[Verdict]:
    """When to stop, what is lost after it, and theory along the way, for every start and rate."""
    lines, groups = students.diverged("students"), students.by_start("signal")
    for start, points in groups.items():
        lines += _of_start(students, f"From {start}: " if len(groups) > 1 else "", points)
    return lines


def _of_start(students: Overfitted, where: str, points: list[GridPoint]) -> list[Verdict]:
    taught = [point for point in points if students.hyper(point, "signal") > 0]
    null = [students.of(point) for point in points if students.hyper(point, "signal") == 0]
    taught_students = [students.of(point) for point in taught]
    signals = [students.hyper(point, "signal") for point in taught]
    seeds = min(len(point.finite) for point in points)

    def medians(name: str) -> np.ndarray:
        return np.array([np.median(one[name].values) for one in taught_students])

    def listed(values) -> str:
        return ", ".join(f"{value:.3g}" for value in values)

    lines = []
    nothing = "Null, noise only, is not in this sweep (signal 0)."
    if taught_students:
        step, predicted = medians("best_step"), medians("theory_best_step")
        scatter = max(float(np.ptp(one.best_step.values)) for one in taught_students)
        off = np.abs(step - predicted) / np.maximum(predicted, 1)
        said = nothing
        good = bool((off <= ON_TIME).all())
        if null:
            first = np.median(null[0].best_step.values)
            said = f"Null, noise only: best at step {first:.3g}, which is not to learn."
            if first > ON_TIME * predicted.min():
                said = f"Null, noise only: best at step {first:.3g}, though there is no teacher."
                good = False
        text = (
            f"{where}Of signal-to-noise ratio {listed(signals)} students know the teacher best at "
            f"steps {listed(step)} (medians of {seeds} seeds, which scatter over {scatter:.3g} "
            f"steps at most); theory says {listed(predicted)}. {said}"
        )
        lines.append(Verdict(text, good, f"within {ON_TIME:.0%} of theory"))

        learning = np.square(signals)
        least, theory = medians("best_error") / learning, medians("theory_best_error") / learning
        end = (
            np.array([np.median(one.generalisation.values[:, -1]) for one in taught_students])
            / learning
        )
        costs = nothing
        if null:
            start, last = np.median(null[0].generalisation.values[:, [0, -1]], 0)
            costs = f"Null, noise only: it rises from {start:.2g} to {last:.3g} (units of noise)."
        gap = float(np.abs(least - theory).max())
        text = (
            f"{where}Then their error is {listed(least)} of that of not learning (theory "
            f"{listed(theory)}), and {listed(end)} where training ends. {costs}"
        )
        compared = f"less than not learning, and within {CLOSE:g} of theory"
        lines.append(Verdict(text, gap <= CLOSE and bool((least < 1).all()), compared))
    both = [students.of(point) for point in points]
    new, old = (max(along(one, name) for one in both) for name in ("generalisation", "loss"))
    text = (
        f"{where}Over all of training the median generalisation error is off theory without a "
        f"free parameter by {new:.1%} of its largest value at most, the training error by "
        f"{old:.1%}."
    )
    return [*lines, Verdict(text, max(new, old) <= ALONG, f"within {ALONG:.0%}")]
