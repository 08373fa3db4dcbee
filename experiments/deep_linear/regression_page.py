"""Networks with correlated inputs: the closed-form regression they end at, and when modes come."""

from dataclasses import dataclass

import jax
import numpy as np
import xarray

from jaxrep.analysis.modes import transition_steps
from jaxrep.engine import Replicas, Run, join_replicas, split_replicas
from jaxrep.study import Analysis, GridPoint, Plan, diverged_tables, figure_key
from jaxrep.study.report import Table, Verdict, median_range
from jaxrep.theory.correlated_inputs import InputModes, input_modes
from jaxrep.theory.mode_dynamics import descend_modes, effective_rate, expected_start, half_time

from .config import Config
from .point_results import PointResults

ALIGNED = 0.01
"""`InputModes.misalignment` up to which modes count as learned alone, and theory is drawn."""
NEAR = 0.01
"""Of the regression, by which the median map may differ from it in the end."""
ON_TIME = 0.03
"""Of the predicted time, by which a median may differ from it."""


@dataclass(frozen=True)
class Regressed(PointResults):
    """What the page shows.

    Attributes:
      modes: of every correlation, in the order of `correlations`.
      correlations: swept.
      white: ``|X^T Y - W| / |W|`` of every correlation: what would be learned were inputs white.
    """

    modes: list[InputModes]
    correlations: tuple[float, ...]
    white: np.ndarray

    def index(self, point: GridPoint) -> int:
        """Which of the correlations a grid point has."""
        found = np.subtract(self.correlations, self.hyper(point, "correlation"))
        return int(np.abs(found).argmin())

    def aligned(self, point: GridPoint) -> bool:
        """Whether theory says how its modes are learned."""
        return self.modes[self.index(point)].misalignment <= ALIGNED


def regression_analysis(run: Run, plan: Plan, config: Config) -> Analysis:
    """The end of training beside the regression, and modes beside theory where there is one."""
    data, sets = plan.data
    values = data.tables[0].values
    records = join_replicas(run.records, list(plan.replicas.coordinates))
    modes = [input_modes(one.inputs, values) for one in sets]
    white = [
        np.linalg.norm(one.inputs.T @ values - one.regression) / np.linalg.norm(one.regression)
        for one in sets
    ]
    correlations = tuple(one.correlation for one in sets)
    missed = [((values - one.inputs @ one.regression) ** 2).mean() for one in sets]
    which = np.abs(
        np.subtract.outer(plan.replicas.arrays()[1]["correlation"], correlations)
    ).argmin(1)
    flat = records.assign(
        regression_theory(records, modes, which, plan.replicas, config.hidden, values.shape)
    )
    flat["least_loss"] = (("replica",), np.array(missed)[which])
    regressed = Regressed(flat, plan.replicas, run.finite, modes, correlations, np.array(white))
    tables = [regression_table(regressed), *diverged_tables(plan.replicas, run.finite)]
    results = split_replicas(flat, plan.replicas.coordinates)
    return Analysis(results, summary(regressed), tables, regressed, regression_verdicts(regressed))


def regression_theory(
    records: xarray.Dataset,
    modes: list[InputModes],
    which: np.ndarray,
    replicas: Replicas,
    hidden: int,
    shape: tuple[int, int],
) -> dict[str, tuple]:
    """Half times and curves of every mode without a free parameter; NaN where modes are not
    learned alone."""
    steps, (items, features) = records.step.values, shape
    _, hyper = replicas.arrays()
    count, width = records.sizes["mode"], len(modes[0].v)
    strength = np.stack([one.strength[:count] for one in modes])[which]
    times, plain, curves = (np.full((len(replicas), count), np.nan) for _ in range(3))
    curves = np.full((len(replicas), len(steps), count), np.nan)
    with jax.enable_x64():
        rate = effective_rate(hyper["learning_rate"].astype(float), items, features)
        # modes learned before have taken a direction of the hidden layer each
        learned = np.minimum(np.arange(count), hidden - 1)
        for replica, index in enumerate(which):
            one = modes[index]
            start = expected_start(float(hyper["scale"][replica]), width, hidden, features, learned)
            start = np.asarray(start)
            plain[replica] = half_time(one.strength[:count], start, rate[replica])
            if one.misalignment > ALIGNED:
                continue
            pulled = np.flatnonzero(one.strength[:count] > 0)
            pull, power = one.pull[pulled], one.power[pulled]
            times[replica, pulled] = half_time(pull, power * start[pulled], rate[replica])
            path = descend_modes(power * start[pulled], pull, rate[replica], int(steps[-1]))
            curves[replica][:, pulled] = np.asarray(path)[steps] / power
    seen = records.mode_strength.values.astype(float)
    found = np.stack(
        [transition_steps(steps, one, end) for one, end in zip(seen, strength, strict=True)]
    )
    each = ("replica", "mode")
    return {
        "transition": (each, found, {"units": "updates"}),
        "predicted_transition": (each, times, {"units": "updates"}),
        "white_transition": (
            each,
            plain,
            {"units": "updates", "long_name": "null: as if inputs were white"},
        ),
        "regression_strength": (each, strength),
        "theory_mode_strength": (("replica", "step", "mode"), curves),
    }


def regression_table(regressed: Regressed) -> Table:
    """How far every network ends from the regression, and when its modes come."""
    rows = []
    for point in regressed.points:
        one, modes = regressed.of(point), regressed.modes[regressed.index(point)]
        first, last = (one.isel(mode=k) for k in (0, int((modes.strength > 0).sum()) - 1))
        rows.append(
            [
                point.title,
                f"{modes.power.max() / max(modes.power.min(), 1e-300):.3g}",
                f"{modes.misalignment:.2g}",
                median_range(one.distance.values[:, -1], 5),
                median_range(one.distance.values[:, 0], 3),
                f"{regressed.white[regressed.index(point)]:.3g}",
                median_range(one.loss.values[:, -1], 6),
                f"{one.least_loss.values[0]:.6f}",
                median_range(first.transition.values, 0),
                _said(first.predicted_transition.values[0]),
                median_range(last.transition.values, 0),
                _said(last.predicted_transition.values[0]),
            ]
        )
    columns = ["networks", "power, most / least", "misalignment", "distance from the regression"]
    columns += ["null: initial weights", "null: X'Y", "loss", "regression"]
    columns += ["first mode half learned", "theory", "last mode", "theory"]
    caption = (
        "Median over seeds (minimum to maximum). Regression: (X'X)⁺X'Y, in closed form; distances "
        "are of its Frobenius norm. Null X'Y: what would be learned were these inputs white. "
        f"Theory is given where modes are learned alone, which a misalignment above {ALIGNED:g} "
        "forbids."
    )
    return Table("Where training ends: the regression in closed form", columns, rows, caption)


def _said(time: float) -> str:
    return f"{time:.0f}" if np.isfinite(time) else "none"


def summary(regressed: Regressed) -> dict[str, float]:
    """Key figures of every grid point."""
    figures: dict[str, float] = {
        "networks": len(regressed.replicas),
        "networks_diverged": int((~regressed.finite).sum()),
    }
    for point in regressed.points:
        one = regressed.of(point)
        figures[figure_key("median_distance_from_regression", point)] = float(
            np.median(one.distance.values[:, -1])
        )
        figures[figure_key("median_final_loss", point)] = float(np.median(one.loss.values[:, -1]))
        if regressed.aligned(point):
            figures[figure_key("largest_relative_lateness", point)] = lateness(one)[0]
    return figures


def lateness(one: xarray.Dataset) -> tuple[float, float]:
    """Largest relative distance of median half times from theory, and from that of white inputs."""
    middle = np.median(one.transition.values, 0)
    theory, white = (one[f"{name}_transition"].values[0] for name in ("predicted", "white"))
    known = np.isfinite(theory)
    off = [np.abs(middle / which - 1)[known] for which in (theory, white)]
    # a mode that some seed never learns is no time at all
    return tuple(float(np.where(np.isfinite(x), x, np.inf).max()) for x in off)


def regression_verdicts(regressed: Regressed) -> list[Verdict]:
    """Whether training ends at the regression, and whether theory says when, for every start."""
    lines, groups = regressed.diverged("networks"), regressed.by_start("correlation")
    for start, points in groups.items():
        lines += _of_start(regressed, f"From {start}: " if len(groups) > 1 else "", points)
    return lines


def _of_start(regressed: Regressed, where: str, points: list[GridPoint]) -> list[Verdict]:
    networks = [regressed.of(point) for point in points]
    seeds = min(len(point.finite) for point in points)
    ends = [one.distance.values[:, -1] for one in networks]
    last = int(networks[0].step.values[-1])
    told = "; ".join(
        f"{_title(regressed, point)} {np.median(end):.2g} ({end.min():.2g} to {end.max():.2g})"
        for point, end in zip(points, ends, strict=True)
    )
    starts = np.concatenate([one.distance.values[:, 0] for one in networks])
    white = [regressed.white[regressed.index(point)] for point in points]
    text = (
        f"{where}After {last} steps the map is as far from the regression in closed form, over its "
        f"size, as: {told} (medians and ranges of {seeds} seeds). Nulls: initial weights "
        f"{np.median(starts):.2g}; X'Y, right for white inputs only, "
        f"{', '.join(f'{x:.2g}' for x in white)}."
    )
    near = bool(max(np.median(end) for end in ends) <= NEAR)
    lines = [Verdict(text, near, f"within {NEAR:.0%} of the regression")]
    pairs = zip(points, networks, strict=True)
    known = [(point, one) for point, one in pairs if regressed.aligned(point)]
    if known:
        off = [lateness(one) for _, one in known]
        spread = max(_scatter(one) for _, one in known)
        text = (
            f"{where}Half times of all modes are off theory without a free parameter by "
            f"{', '.join(f'{x:.1%}' for x, _ in off)} at most for "
            f"{', '.join(_title(regressed, point) for point, _ in known)} (medians; single seeds "
            f"scatter over {spread:.0%}). Null, the theory of white inputs: "
            f"{', '.join(f'{x:.0%}' for _, x in off)}."
        )
        lines.append(
            Verdict(text, bool(max(x for x, _ in off) <= ON_TIME), f"within {ON_TIME:.0%}")
        )
    rest = [point for point in points if not regressed.aligned(point)]
    if rest:
        worst = [regressed.modes[regressed.index(point)].misalignment for point in rest]
        text = (
            f"{where}For {', '.join(_title(regressed, point) for point in rest)} the inputs' "
            f"covariance mixes the modes (by {', '.join(f'{x:.2g}' for x in worst)} of their "
            "power): no theory of the way is drawn, only its end."
        )
        lines.append(Verdict(text))
    return lines


def _title(regressed: Regressed, point: GridPoint) -> str:
    if len(regressed.correlations) == 1:
        return "these inputs"
    return f"correlation {regressed.hyper(point, 'correlation'):g}"


def _scatter(one: xarray.Dataset) -> float:
    """Largest range over seeds of a half time, over its median; of modes that theory knows."""
    known = np.isfinite(one.predicted_transition.values[0])
    seen = one.transition.values[:, known]
    return float(np.nanmax(np.ptp(seen, axis=0) / np.median(seen, 0), initial=0))
