"""Other students of the same inputs on one page: what stays of local receptive fields.

The comparisons of Ingrosso and Goldt (2022): a network of filters, from rich to lazy training,
classes of different families, Adam, batches of one input, biases of both signs, inputs from 0 to
1, a segment in place of the ring; beside them the dense network and its Gaussian clone, the null.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from jaxtyping import Float

from jaxrep.analysis import shifted_cosine
from jaxrep.engine import Run, join_replicas, where_finite
from jaxrep.plots import draw_fields, draw_localized_inputs, panels
from jaxrep.study import Comparison, figure_key, grid_points
from jaxrep.study.report import Figure, Table, Verdict, median_range
from jaxrep.study.words import in_words

from .config import Config
from .problem import replicas_of
from .suites import CLONE, DENSE, FILTERS

LOCAL = 0.5
"""Share of units above which a student is said to localize; below a fifth of it not to."""
ONE_PIXEL = 0.9
"""Median inverse participation ratio from which fields are single pixels: two of one size have
1/2."""

OfNetworks = Float[np.ndarray, " network"]


class Student(NamedTuple):
    """One grid point of one run; networks that diverged are NaN.

    Attributes:
      run: label of the run.
      name: the run, and the grid point where there are several.
      config: of the run.
      start, ratio: median over units of the inverse participation ratio, before and after training.
      local: share of units that are localized.
      loss, accuracy: on the evaluated inputs, at the end.
      fields: ``[network, unit, pixel]`` at the end.
      ratios: inverse participation ratio of each, ``[network, unit]``.
    """

    run: str
    name: str
    config: Config
    start: OfNetworks
    ratio: OfNetworks
    local: OfNetworks
    loss: OfNetworks
    accuracy: OfNetworks
    fields: Float[np.ndarray, "network unit pixel"]
    ratios: Float[np.ndarray, "network unit"]

    @property
    def title(self) -> str:
        """The name in words."""
        return in_words(self.name)


class Known(NamedTuple):
    """A number that an independent small program found for the same settings, and how near.

    Attributes:
      student: the name of one.
      measure: ``ratio``, ``loss`` or ``accuracy``.
      value: found there.
      within: tolerance: of two seeds there, of other initial weights.
    """

    student: str
    measure: str
    value: float
    within: float


KNOWN = (
    Known(FILTERS, "loss", 0.602, 0.02),
    Known("rich to lazy alpha=0.5", "ratio", 0.33, 0.03),
    Known("rich to lazy alpha=0.5", "loss", 0.12, 0.03),
    Known("rich to lazy alpha=2.0", "ratio", 0.12, 0.03),
    Known("rich to lazy alpha=2.0", "loss", 0.08, 0.03),
    Known("rich to lazy alpha=10.0", "ratio", 0.088, 0.03),
    Known("rich to lazy alpha=10.0", "loss", 0.32, 0.03),
    Known("a clone as the other class", "ratio", 0.997, 0.02),
    Known("a clone as the other class", "accuracy", 0.995, 0.01),
)
MEASURES = {"ratio": "median IPR", "loss": "loss", "accuracy": "accuracy"}


def compare_students(runs: Mapping[str, Run], configs: Mapping[str, Config]) -> Comparison:
    """What every student looks for, filters against dense fields, and what was found before."""
    students = [
        student for label, run in runs.items() for student in _points(label, run, configs[label])
    ]
    by_name = {student.name: student for student in students}
    verdicts = [_localizing(students)]
    verdicts += [
        _family(student) for student in students if student.config.negative_inputs != "same"
    ]
    lazy = [student for student in students if student.config.network == "scaled"]
    if len(lazy) > 1:
        verdicts.append(_lazy(lazy))
    tables = [_table(students)]
    matches = None
    if DENSE in by_name and FILTERS in by_name:
        matches = filter_matches(by_name[DENSE], by_name[FILTERS])
        tables.append(_match_table(matches))
        verdicts.append(_filters(matches))
    known = [number for number in KNOWN if number.student in by_name]
    if known:
        tables.append(_known_table(known, by_name))
    summary = {figure_key("ipr", student.name): middle_of(student.ratio) for student in students}
    return Comparison(tables, _figures(students), summary, verdicts)


def _points(label: str, run: Run, config: Config) -> Iterator[Student]:
    replicas, finite = replicas_of(config), run.finite
    ends = join_replicas(run.results.isel(step=[0, -1]), list(replicas.coordinates))
    ratio = ends.participation.transpose("replica", "step", "unit").values
    ratio = np.where(finite[:, None, None], ratio, np.nan)
    fields = ends.field.transpose("replica", "step", "unit", "pixel").values[:, 1]
    last = {
        name: where_finite(ends[name].transpose("replica", "step").values[:, 1], finite)
        for name in ("loss", "accuracy")
    }
    for point in grid_points(replicas, finite):
        rows, after = point.rows, ratio[point.rows, 1]
        local = np.where(finite[rows], np.mean(after > config.localized, 1), np.nan)
        yield Student(
            label,
            f"{label} {point.name}".strip(),
            config,
            np.median(ratio[rows, 0], 1),
            np.median(after, 1),
            local,
            last["loss"][rows],
            last["accuracy"][rows],
            fields[rows],
            after,
        )


def middle_of(values: OfNetworks | None) -> float:
    """Median of the networks that did not diverge; NaN without any."""
    known = np.array([]) if values is None else values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")


def filter_matches(dense: Student, filters: Student) -> dict[str, OfNetworks]:
    """Median over dense units of the cosine with the nearest filter of the same seed.

    Over all shifts around the ring; of localized dense units, of the others, and as null of as
    many rows of normal numbers as there are units. NaN where a network has none of a kind.
    """
    draw = np.random.default_rng(0)
    cosines: dict[str, list[float]] = {"localized": [], "others": [], "random rows": []}
    for network, (fields, templates) in enumerate(zip(dense.fields, filters.fields, strict=True)):
        local = dense.ratios[network] > dense.config.localized
        finite = np.isfinite(fields).all() and np.isfinite(templates).all()
        sets = {
            "localized": fields[local],
            "others": fields[~local],
            "random rows": draw.normal(size=fields.shape).astype(fields.dtype),
        }
        for kind, rows in sets.items():
            if not finite or not len(rows):
                cosines[kind].append(np.nan)
                continue
            cosine = np.asarray(shifted_cosine(rows, templates)).max(-1)
            cosines[kind].append(float(np.median(cosine)))
    return {kind: np.array(values) for kind, values in cosines.items()}


def _seeds(student: Student) -> str:
    finite = int(np.isfinite(student.ratio).sum())
    return f"{finite} seeds"


def _localizing(students: Sequence[Student]) -> Verdict:
    """Which students localize, beside the share in networks of Gaussian inputs."""
    middle = {student.name: middle_of(student.local) for student in students if _alive(student)}
    titles = {student.name: student.title for student in students}
    yes = [titles[name] for name, share in middle.items() if share >= LOCAL]
    no = [titles[name] for name, share in middle.items() if share < LOCAL / 5]
    between = [titles[name] for name in middle if titles[name] not in (*yes, *no)]
    parts = []
    for words, names in (
        ("more than half of the units localize for:", yes),
        ("less than a tenth for:", no),
        ("a part for:", between),
    ):
        if names:
            parts.append(f"{words} {'; '.join(names)}")
    text = ". ".join(part[0].upper() + part[1:] for part in parts)
    clone = next(
        (student for student in students if student.run == CLONE and _alive(student)), None
    )
    null = ""
    if clone is not None:
        null = f" Gaussian inputs, the null: {median_range(100 * clone.local, 0)} % of units;"
    limit, seeds = students[0].config.localized, min(len(student.ratio) for student in students)
    return Verdict(f"{text}.{null} IPR above {limit:g}, medians over {seeds} seeds.")


def _family(student: Student) -> Verdict:
    """Whether classes of two families are told apart by receptive fields or by single pixels."""
    if not _alive(student):
        return Verdict(f"{student.title}: all networks diverged.", False)
    middle = middle_of(student.ratio)
    start = f"{middle_of(student.start):.3f} before training"
    numbers = (
        f"median IPR {median_range(student.ratio, 3)}, {start}; accuracy "
        f"{median_range(student.accuracy, 3)}; {_seeds(student)}"
    )
    if middle >= ONE_PIXEL:
        what = "units look at single pixels, no receptive fields: their size tells classes apart"
    elif middle > student.config.localized:
        what = f"units look at about {1 / middle:.0f} pixels"
    else:
        what = "fields are not local"
    return Verdict(f"{student.title}: {what} ({numbers}).")


def _lazy(lazy: Sequence[Student]) -> Verdict:
    """Whether fields are less local the lazier a network is."""
    ordered = [middle_of(student.ratio) for student in lazy if _alive(student)]
    falls = bool(len(ordered) > 1 and np.all(np.diff(ordered) < 0))
    parts = [f"{student.title} {median_range(student.ratio, 3)}" for student in lazy]
    words = "Lazier networks have less local fields" if falls else "Fields do not follow laziness"
    start = middle_of(np.concatenate([student.start for student in lazy]))
    text = f"{words}: median IPR of {'; '.join(parts)} ({start:.3f} before training)"
    expected = "expected: weights have to move only where training is rich"
    return Verdict(f"{text}; {_seeds(lazy[0])} each.", falls, expected)


def _filters(matches: Mapping[str, OfNetworks]) -> Verdict:
    """Whether filters look like the localized units of dense networks."""
    local, null = matches["localized"], matches["random rows"]
    both = np.isfinite(local) & np.isfinite(null)
    if not both.any():
        return Verdict("Filters: no dense network has localized units to compare them with.")
    beyond = int(np.sum(local[both] > null[both]))
    alike = bool(beyond == both.sum())
    words = "Filters resemble" if alike else "Filters do not all resemble"
    text = (
        f"{words} the localized units of dense networks: cosine {median_range(local)}, of other "
        f"units {median_range(matches['others'])}, of random rows {median_range(null)}; above "
        f"random in {beyond} of {both.sum()} seeds."
    )
    return Verdict(text, alike, "published: convolutions are learned from scratch")


def _alive(student: Student) -> bool:
    return bool(np.isfinite(student.ratio).any())


def _table(students: Sequence[Student]) -> Table:
    rows = [
        [
            student.title,
            median_range(student.start, 3),
            median_range(student.ratio, 3),
            median_range(student.local, 2),
            median_range(student.loss, 2),
            median_range(student.accuracy, 2),
        ]
        for student in students
    ]
    return Table(
        "What students look for",
        ["student", "median IPR, start", "median IPR, end", "units localized", "loss", "accuracy"],
        rows,
        "Median over units, then over seeds (minimum to maximum). 1 / pixels for an even field, 1 "
        "for a single pixel. Networks that diverged are left out.",
    )


def _match_table(matches: Mapping[str, OfNetworks]) -> Table:
    return Table(
        "Filters and dense fields",
        ["fields of the dense network", "cosine with the nearest filter"],
        [[kind, median_range(values)] for kind, values in matches.items()],
        "Largest size of the cosine over filters of the same seed and shifts around the ring; "
        "median over units, then over seeds (minimum to maximum). Random rows: normal numbers.",
    )


def _known_table(known: Sequence[Known], students: Mapping[str, Student]) -> Table:
    rows = []
    for number in known:
        values = getattr(students[number.student], number.measure)
        near = abs(middle_of(values) - number.value) <= number.within
        rows.append(
            [
                in_words(number.student),
                MEASURES[number.measure],
                median_range(values, 3),
                f"{number.value:g}",
                f"{number.within:g}",
                "✓" if near else "✗",
            ]
        )
    return Table(
        "Beside an independent program",
        ["student", "measure", "here", "there", "within", "agrees"],
        rows,
        "There: a small program of its own with the same settings, one to three seeds.",
    )


def _figures(students: Sequence[Student]) -> Iterator[Figure]:
    alive = [student for student in students if _alive(student)]
    if not alive:
        return
    figure, (axes,) = panels(1, 9.5, 0.36 * len(alive) + 1.4)
    limit = alive[0].config.localized
    draw_localized_inputs(
        axes,
        [student.title for student in alive],
        [student.ratio for student in alive],
        [None] * len(alive),
        limit,
    )
    axes.set_xlabel("inverse participation ratio at the end of training, median of units")
    most = max(alive, key=lambda student: middle_of(student.ratio))
    yield Figure(
        "students",
        "Who learns local receptive fields",
        f"A point for each network: the median over its units; dashed: above it a unit counts as "
        f"localized. Most local: {most.title}.",
        figure,
    )
    columns = 4
    figure = plt.figure(figsize=(13, 2.1 * -(-len(alive) // columns)), layout="constrained")
    typical = []
    for student in alive:
        first = int(np.flatnonzero(np.isfinite(student.ratio))[0])
        order = np.argsort(student.ratios[first])
        typical.append(student.fields[first, order[(len(order) - 1) // 2]])
    draw_fields(
        figure,
        np.stack(typical),
        titles=[student.title for student in alive],
        columns=columns,
        same_scale=False,
    )
    yield Figure(
        "typical_fields",
        "What a typical unit looks for",
        "First seed that did not diverge; the unit whose inverse participation ratio is the "
        "median of its network's (weights, every panel on its own scale).",
        figure,
    )
