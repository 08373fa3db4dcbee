"""Fine-tuned runs side by side: which run stands where, and whose curves are drawn."""

import dataclasses

import numpy as np
import xarray

from experiments.face_angle.config import Config
from experiments.face_angle.suite_results import Results
from experiments.face_angle.tuning_figure import tuned_rows, tuning

ANGLES = np.linspace(-np.pi / 2, np.pi / 2, 21)
RUNS = {
    "linear uniform": 1.0,
    "linear concentrated": 3.0,
    "linear uniform to concentrated": 2.0,
    "linear uniform to concentrated, less data": 1.5,
    "circular uniform to concentrated, frozen": 2.5,
}


def results():
    """Three seeds of each run, whose information falls off around the middle, by a power."""
    seeds = np.array([1.0, 2.0, 4.0])[:, None]
    curves = {
        label: xarray.Dataset(
            {"train_information": (("seed", "angle"), seeds * (1.1 + np.cos(2 * ANGLES)) ** power)},
            {"angle": ANGLES},
        )
        for label, power in RUNS.items()
    }
    normal = dataclasses.replace(Config(), density="normal", mean=0.0, angles=len(ANGLES))
    return Results(curves, dict.fromkeys(RUNS, normal))


def test_a_row_for_each_change_and_a_column_for_each_way():
    rows = tuned_rows(results())
    assert list(rows) == ["linear uniform to concentrated", "circular uniform to concentrated"]
    assert list(rows["linear uniform to concentrated"].items()) == [
        ("from scratch", "linear concentrated"),
        ("nothing frozen", "linear uniform to concentrated"),
        ("less data", "linear uniform to concentrated, less data"),
    ]
    assert list(rows["circular uniform to concentrated"]) == ["first layer frozen"]


def test_curves_of_the_run_and_of_the_one_it_started_from():
    figure = tuning(results())
    assert figure is not None and "3 networks each" in figure.caption
    scratch, tuned, frozen, less = figure.drawing.axes[:4]
    assert not frozen.get_visible() and less.get_visible()

    def root(power):
        curve = np.sqrt((1.1 + np.cos(2 * ANGLES)) ** power)
        return curve / np.trapezoid(curve, ANGLES)

    def drawn(axes):
        return {line.get_label(): np.asarray(line.get_ydata()) for line in axes.lines}

    assert "before" not in drawn(scratch)
    for axes, power in ((scratch, 3.0), (tuned, 2.0), (less, 1.5)):
        np.testing.assert_allclose(drawn(axes)["after"], root(power), rtol=0.02)
    np.testing.assert_allclose(drawn(tuned)["before"], root(1.0), rtol=0.02)


def test_no_figure_where_nothing_was_tuned():
    plain = results()
    kept = {label: plain.configs[label] for label in list(RUNS)[:2]}
    assert tuning(Results(plain.results, kept)) is None
