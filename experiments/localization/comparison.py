"""Several localization runs on one page: which inputs localize, and against excess kurtosis."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from jaxtyping import Float

from jaxrep.engine import Run, join_replicas, where_finite
from jaxrep.plots import (
    Palette,
    draw_against_kurtosis,
    draw_fields,
    draw_kurtosis_theory,
    draw_localized_inputs,
    draw_normal_weights,
    panels,
)
from jaxrep.study import Comparison, figure_key, grid_points
from jaxrep.study.report import Figure, Table, median_range
from jaxrep.study.words import in_words

from .config import Config
from .data import laws_of
from .problem import replicas_of
from .students import compare_students, middle_of

CLEAR = 0.1
"""Median inverse participation ratio of a single unit above which inputs are said to localize;
a sinusoid on 40 pixels has 0.0375, normal weights 0.07."""


class Compared(NamedTuple):
    """One grid point of one run of a suite; networks that diverged are NaN.

    Attributes:
      run: label of the run.
      name: the run, and the grid point where there are several.
      ratio: inverse participation ratio of every network's unit at the end.
      theory: the same as predicted; None without a theory.
      kurtosis: excess kurtosis of a pixel; None where it is not known.
      field: of the first network that did not diverge; None without any.
    """

    run: str
    name: str
    ratio: Float[np.ndarray, " network"]
    theory: Float[np.ndarray, " network"] | None
    kurtosis: float | None
    field: Float[np.ndarray, " pixel"] | None

    @property
    def title(self) -> str:
        """The name in words."""
        return in_words(self.name)


def compare(runs: Mapping[str, Run], configs: Mapping[str, Config]) -> Comparison:
    """What localizes, by measurement and by theory; fields; localization against kurtosis.

    Of networks of several units what their students look for, see `compare_students`.
    """
    if all(config.units > 1 for config in configs.values()):
        return compare_students(runs, configs)
    found = [one for label, run in runs.items() for one in _points(label, run, configs[label])]
    summary = {figure_key("ipr", one.name): middle_of(one.ratio) for one in found}
    diverged = [
        [label, in_words(replicas_of(configs[label]).name(int(row)))]
        for label, run in runs.items()
        for row in np.flatnonzero(~run.finite)
    ]
    tables = [_table(found)]
    if diverged:
        note = "Their parameters are not finite at the end; they are in no median or figure."
        tables.append(Table("Networks that diverged", ["run", "network"], diverged, note))
    return Comparison(tables, _figures(found), summary)


def _points(label: str, run: Run, config: Config) -> Iterator[Compared]:
    """Every grid point of a run."""
    replicas, finite = replicas_of(config), run.finite
    last = join_replicas(run.results.isel(step=-1), list(replicas.coordinates))
    ratio = where_finite(last.participation.transpose("replica", "unit").values[:, 0], finite)
    fields = last.field.transpose("replica", "unit", "pixel").values[:, 0]
    theory = None
    if "theory_participation" in last:
        theory = where_finite(last.theory_participation.values, finite)
    _, hyper = replicas.arrays()
    for point in grid_points(replicas, finite):
        here = {name: float(values[point.rows[0]]) for name, values in hyper.items()}
        law = laws_of(config, here)[1]
        yield Compared(
            label,
            f"{label} {point.name}".strip(),
            ratio[point.rows],
            None if theory is None else theory[point.rows],
            law.excess_kurtosis if law else None,
            fields[point.finite[0]] if len(point.finite) else None,
        )


def _localizes(values: Float[np.ndarray, " network"] | None) -> str:
    """Whether the median is above `CLEAR`; nothing where there is none."""
    middle = middle_of(values)
    return "" if np.isnan(middle) else "yes" if middle > CLEAR else "no"


def _table(found: Sequence[Compared]) -> Table:
    rows = [
        [
            one.title,
            "" if one.kurtosis is None else f"{one.kurtosis:.3f}",
            median_range(one.ratio, 3),
            _localizes(one.ratio),
            "" if one.theory is None else median_range(one.theory, 3),
            _localizes(one.theory),
        ]
        for one in found
    ]
    measured = ["IPR", f"localized (median > {CLEAR})"]
    return Table(
        "Which inputs localize a single unit",
        ["inputs", "excess kurtosis", *measured, "IPR of the theory", "theory says"],
        rows,
        "One ReLU unit; median over seeds (minimum to maximum) at the end of training. Theory: "
        "effective dynamics from the same starts; for pulses its assumption, that no pixel decides "
        "the pre-activation, does not hold.",
    )


def _figures(found: Sequence[Compared]) -> Iterator[Figure]:
    yield _strip(found)
    if any(one.field is not None for one in found):
        yield _fields([one for one in found if one.field is not None])
    if len({one.run for one in found}) < len(found):  # some run is a sweep: there are curves
        yield _kurtosis(found)


def _strip(found: Sequence[Compared]) -> Figure:
    figure, (axes,) = panels(1, 9.5, 0.36 * len(found) + 1.4)
    ratios, theories = [one.ratio for one in found], [one.theory for one in found]
    draw_localized_inputs(axes, [one.title for one in found], ratios, theories, CLEAR)
    axes.legend(fontsize=8)
    return Figure("which", "Which inputs localize", "A single ReLU unit on two classes.", figure)


def _fields(found: Sequence[Compared]) -> Figure:
    columns = 4
    figure = plt.figure(figsize=(13, 2.1 * -(-len(found) // columns)), layout="constrained")
    fields = np.stack([one.field for one in found])
    names = [one.title for one in found]
    draw_fields(figure, fields, titles=names, columns=columns, same_scale=False)
    return Figure("final_fields", "What the unit looks for", "First seed of each.", figure)


def _kurtosis(found: Sequence[Compared]) -> Figure:
    figure, (axes,) = panels(1, 9, 4.8)
    known = [one for one in found if one.kurtosis is not None and np.isfinite(one.kurtosis)]
    palette = Palette([one.run for one in known])
    for run in palette.names:
        ours = sorted((one for one in known if one.run == run), key=lambda one: one.kurtosis)
        kurtosis = np.array([one.kurtosis for one in ours])
        ratio = np.stack([one.ratio for one in ours], 1)
        draw_against_kurtosis(axes, kurtosis, ratio, run, palette[run])
        theory = np.array([[middle_of(one.theory) for one in ours]])
        draw_kurtosis_theory(axes, kurtosis, theory, None, palette[run])
    lengths = {len(one.field) for one in known if one.field is not None}
    if len(lengths) == 1:
        draw_normal_weights(axes, lengths.pop())
    axes.legend(fontsize=8)
    return Figure(
        "against_kurtosis",
        "Localization against excess kurtosis",
        "Points: median over seeds, whiskers: minimum to maximum. Dashed: effective "
        "dynamics from the same starts.",
        figure,
    )
