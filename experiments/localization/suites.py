"""Several localization runs on one page: which inputs localize, and against excess kurtosis."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from jaxrep.engine.run import Run
from jaxrep.plots.curves import colour_of, draw_reference
from jaxrep.report import Figure, Table, median_range
from jaxrep.study import Comparison

from .config import Config
from .data import law_of

CLEAR = 0.1
"""Median inverse participation ratio of a single unit above which inputs are said to localize;
a sinusoid on 40 pixels has 0.0375, normal weights 0.07."""


def suites(single: Any) -> dict[str, dict[str, Any]]:
    """Presets of several runs of a single ReLU unit.

    `which_data`: the families of inputs with the settings of the fact sheet, sources as in the
    study. `kurtosis`: nonlinear gains and algebraic tails.
    """
    one = replace(single, gain=(100.0,))
    heavy = replace(one, learning_rate=(0.01,), steps=6000)
    which = {
        "nonlinear, gain 100": one,
        "its Gaussian clone": replace(one, clone=(1,)),
        "Ising": replace(one, inputs="ising", positive=(0.7,), negative=(0.3,)),
        "pulses, long positive": replace(one, inputs="pulse", positive=(0.225,), negative=(0.075,)),
        "pulses, short positive": replace(
            one, inputs="pulse", positive=(0.075,), negative=(0.225,)
        ),
        "uniform marginals": replace(one, inputs="uniform"),
        "binary marginals": replace(one, inputs="binary"),
        "Laplace marginals": replace(one, inputs="laplace"),
        "algebraic, k = 10": replace(one, inputs="algebraic", power=(10.0,)),
        "algebraic, k = 4.5": replace(one, inputs="algebraic", power=(4.5,)),
        "elliptical shell": replace(one, inputs="shell"),
        "elliptical extreme": replace(one, inputs="extreme"),
        "Student's t, 3": replace(heavy, inputs="student"),
        "nonlinear, normal factor": replace(one, rescaled="normal"),
        "nonlinear, positive mean": replace(one, half="mean"),
        "nonlinear, one pixel given": replace(
            one, gain=(3.0,), given_pixels=(0,), given_values=(0.9,)
        ),
        "nonlinear, count of signs": replace(one, target="sign_changes"),
        "blocks": replace(one, inputs="block", positive=(0.25,), negative=(0.1,)),
    }
    tails = (4.5, 5.0, 5.4, 6.0, 7.7, 10.0, 50.0)
    kurtosis = {
        "nonlinear": single,
        "algebraic": replace(single, inputs="algebraic", power=tails),
    }
    return {"which_data": which, "kurtosis": kurtosis}


def compare(runs: Mapping[str, Run], configs: Mapping[str, Any]) -> Comparison:
    """What localizes, by measurement and by theory; fields; localization against kurtosis."""
    rows, found = [], []
    for label, run in runs.items():
        for name, ratio, theory, kurtosis, fields in _points(run, configs[label]):
            words = f"{label}, {name}" if name else label
            measured = "yes" if np.median(ratio) > CLEAR else "no"
            expected = "" if theory is None else "yes" if np.median(theory) > CLEAR else "no"
            predicted = "" if theory is None else median_range(theory, 3)
            excess = "" if kurtosis is None else f"{kurtosis:.3f}"
            rows.append([words, excess, median_range(ratio, 3), measured, predicted, expected])
            found.append((words, label, ratio, theory, kurtosis, fields))
    table = Table(
        "Which inputs localize a single unit",
        [
            "inputs",
            "excess kurtosis",
            "IPR",
            f"localized (median > {CLEAR})",
            "IPR of the theory",
            "theory says",
        ],
        rows,
        "One ReLU unit; median over seeds (minimum to maximum) at the end of training. Theory: "
        "effective dynamics from the same starts; for pulses its assumption, that no pixel decides "
        "the pre-activation, does not hold.",
    )
    summary = {f"{words} ipr": float(np.median(ratio)) for words, _, ratio, *_ in found}
    return Comparison([table], _figures(found), summary)


def _points(run: Run, config: Config) -> Iterator[tuple]:
    """Every grid point of a run: name, IPR and theory ``[seed]``, kurtosis, first seed's field."""
    last = run.results.isel(step=-1)
    swept = [dim for dim in last.participation.dims if dim not in ("seed", "unit")]
    stacked = last.stack(point=swept) if swept else last.expand_dims("point")
    for index in range(stacked.sizes["point"]):
        one = stacked.isel(point=index)
        values = {name: float(one[name]) for name in swept}
        # a parameter with one value is no dimension of the results
        hyper = {
            name: values.get(name, getattr(config, name)[0])
            for name in ("gain", "clone", "power", "freedom", "positive", "negative")
        }
        law = law_of(config, hyper, hyper["positive"])
        theory = one.theory_participation.values if "theory_participation" in one else None
        kurtosis = law.excess_kurtosis if law else None
        name = ", ".join(f"{key} {value:g}" for key, value in values.items())
        field = one.field.transpose("seed", "unit", "pixel").values[0, 0]
        yield name, one.participation.isel(unit=0).values, theory, kurtosis, field


def _figures(found: list[tuple]) -> Iterator[Figure]:
    yield _strip(found)
    yield _fields(found)
    if len({entry[1] for entry in found}) < len(found):  # some run is a sweep: there are curves
        yield _kurtosis(found)


def _strip(found: list[tuple]) -> Figure:
    figure, axes = plt.subplots(figsize=(9.5, 0.36 * len(found) + 1.4), layout="constrained")
    for index, (_, _, ratio, theory, *_) in enumerate(found):
        axes.plot(ratio, np.full(len(ratio), index), "o", color=colour_of(0), ms=4, alpha=0.6)
        if theory is not None:
            axes.plot(np.median(theory), index, "|", color="black", ms=13, mew=1.6)
    axes.plot([], [], "o", color=colour_of(0), ms=4, label="one seed")
    axes.plot([], [], "|k", ms=11, mew=1.6, label="theory, median of seeds")
    axes.axvline(CLEAR, color="0.5", ls="--", lw=1, label=f"{CLEAR}")
    axes.set_yticks(range(len(found)), [entry[0] for entry in found], fontsize=8)
    axes.invert_yaxis()
    axes.set(xlabel="inverse participation ratio at the end of training", xlim=(0, 1))
    axes.legend(fontsize=8)
    return Figure("which", "Which inputs localize", "A single ReLU unit on two classes.", figure)


def _fields(found: list[tuple]) -> Figure:
    columns = 4
    rows = -(-len(found) // columns)
    figure, grid = plt.subplots(
        rows, columns, figsize=(13, 2.1 * rows), layout="constrained", squeeze=False
    )
    for axes in grid.ravel()[len(found) :]:
        axes.set_visible(False)
    for axes, (words, _, _, _, _, field) in zip(grid.ravel(), found, strict=False):
        axes.plot(field, color=colour_of(0), lw=1.2)
        axes.set_title(words, fontsize=8)
        axes.tick_params(labelsize=7)
    figure.supxlabel("pixel", fontsize=9)
    figure.supylabel("weight", fontsize=9)
    return Figure("final_fields", "What the unit looks for", "First seed of each.", figure)


def _kurtosis(found: list[tuple]) -> Figure:
    figure, axes = plt.subplots(figsize=(9, 4.8), layout="constrained")
    known = [e for e in found if e[4] is not None and np.isfinite(e[4])]
    labels = list(dict.fromkeys(entry[1] for entry in known))
    for index, label in enumerate(labels):
        ours = sorted((e for e in known if e[1] == label), key=lambda entry: entry[4])
        x = np.array([entry[4] for entry in ours])
        middle = np.array([np.median(entry[2]) for entry in ours])
        spread = np.array(
            [[m - e[2].min(), e[2].max() - m] for m, e in zip(middle, ours, strict=True)]
        ).T
        colour = colour_of(index)
        axes.errorbar(x, middle, spread, fmt="o", ms=5, lw=1, color=colour, label=label)
        theory = [np.nan if e[3] is None else np.median(e[3]) for e in ours]
        axes.plot(x, theory, "--", color=colour, lw=1.2)
    draw_reference(axes, 3 / 42, "normal weights on 40 pixels")
    axes.axvline(0, color="0.6", ls=":", lw=1)
    axes.set(xlabel="excess kurtosis of a pixel", ylabel="inverse participation ratio")
    axes.legend(fontsize=8)
    return Figure(
        "against_kurtosis",
        "Localization against excess kurtosis",
        "Points: median over seeds, whiskers: minimum to maximum. Dashed: effective "
        "dynamics from the same starts.",
        figure,
    )
