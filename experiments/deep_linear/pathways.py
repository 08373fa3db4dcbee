"""Gated paths that race: the reduction beside training, who wins, tables and the answer."""

from dataclasses import dataclass, replace

import jax
import numpy as np
import xarray

from jaxrep.analysis.modes import transition_steps
from jaxrep.engine import Replicas, Run, join_replicas, split_replicas
from jaxrep.models.mode_coordinates import singular_modes
from jaxrep.problems.gated_task import contexts_of
from jaxrep.study import Analysis, GridPoint, Plan, diverged_tables, figure_key
from jaxrep.study.report import Table, Verdict, median_range
from jaxrep.theory.mode_dynamics import effective_rate, expected_start, half_time
from jaxrep.theory.reduced_model import reduced_start
from jaxrep.theory.shared_pathways import descend_pathways, shared_strength

from .point_results import PointResults
from .problem import SEPARATE

CLOSE = 0.05
"""Of the first mode, by which a median share may differ from the closed form of a flow."""
ON_TIME = 0.05
"""Of the predicted time, by which a median may differ from it."""
MODE = 0
"""The mode that tables and sentences speak of: the strongest."""


@dataclass(frozen=True)
class Raced(PointResults):
    """What the page shows; networks are finite that did not diverge with and without sharing.

    Attributes:
      separate: records and theory of the same networks without a shared path.
      strength: singular values of the table.
    """

    separate: xarray.Dataset
    strength: np.ndarray


def pathway_analysis(run: Run, plan: Plan) -> Analysis:
    """Theory beside every network, who wins, and how fast."""
    data, setting = plan.data
    table = data.tables[0].values
    modes, leading = singular_modes(table), list(plan.replicas.coordinates)
    flats, finite = {}, np.ones(len(plan.replicas), bool)
    for name, part, replicas in (
        ("", run, plan.replicas),
        (SEPARATE, run.companion(SEPARATE), plan.companions[SEPARATE].replicas),
    ):
        records = join_replicas(part.records, leading)
        initial = {key: np.asarray(x) for key, x in part.states(0).params.items()}
        flat = records.assign(
            pathway_theory(records, initial, modes.strength, replicas, table.shape)
        )
        flats[name], finite = flat, finite & part.finite
    separate = flats[SEPARATE]
    flat = flats[""].assign(
        {
            f"separate_{name}": separate[name]
            for name in ("loss", "loss_new", "transition", "theory_loss")
        }
    )
    raced = Raced(flat, plan.replicas, finite, separate, modes.strength)
    flat["shared_share"] = shares(raced)
    flat["theory_shared_share"] = closed_shares(raced)
    predicted = predicted_steps(raced, setting.hidden, table.shape)
    raced = replace(raced, flat=flat.assign(predicted))
    tables = [race_table(raced), *diverged_tables(plan.replicas, finite)]
    results = split_replicas(raced.flat, plan.replicas.coordinates)
    return Analysis(results, summary(raced), tables, raced, pathway_verdicts(raced))


def pathway_theory(
    records: xarray.Dataset,
    initial: dict[str, np.ndarray],
    strength: np.ndarray,
    replicas: Replicas,
    shape: tuple[int, int],
) -> dict[str, tuple]:
    """The reduction of every network to its paths, from its own initial weights, float64.

    Args:
      records: of the run, replicas joined.
      initial: parameters at step 0, ``[replica, path, ...]``, in mode coordinates.
      strength: singular values of the table.
      replicas: their hyper-parameters.
      shape: of the table.
    """
    steps, count, (items, features) = records.step.values, len(strength), shape
    _, hyper = replicas.arrays()
    most = records.sizes["path"] - 2
    with jax.enable_x64():
        first, last = (np.asarray(initial[name], float) for name in ("W1", "W2"))

        @jax.jit
        def follow(one):
            first, last, hyper = one
            grow = jax.vmap(lambda a, b: reduced_start(a, b, count).growing)(first, last)
            gates, weights = contexts_of(hyper, most)
            rate = effective_rate(hyper["learning_rate"], items, features)
            found, missing = descend_pathways(grow, strength, weights, gates, rate, int(steps[-1]))
            start = (grow**2).sum(1)
            missing = missing[steps] / (items * features)
            return start, found[steps], missing @ weights, missing[:, -1]

        followed = [
            follow((a, b, {k: x[i] for k, x in hyper.items()}))
            for i, (a, b) in enumerate(zip(first, last, strict=True))
        ]
    start, found, loss, new = (np.stack(x) for x in zip(*followed, strict=True))
    seen = _first_context(records.path_strength.values)
    times = np.stack([transition_steps(steps, one, strength) for one in seen])
    return {
        "start_strength": (("replica", "path", "mode"), start),
        "theory_path_strength": (("replica", "step", "path", "mode"), found),
        "theory_loss": (("replica", "step"), loss),
        "theory_loss_new": (("replica", "step"), new),
        "transition": (("replica", "mode"), times, {"units": "updates"}),
    }


def _first_context(paths: np.ndarray) -> np.ndarray:
    """What the first context's answer has of every mode, ``[..., step, mode]``."""
    return paths[..., 0, :] * (paths[..., -1:, 0, :] != 0) + paths[..., 1, :]


def shares(raced: Raced) -> tuple:
    """The shared path's part of what every context has learned of a mode, ``[replica, mode]``."""
    end = raced.flat.path_strength.values[:, -1].astype(float)
    _, hyper = raced.replicas.arrays()
    trained = np.arange(1, end.shape[1] - 1) <= hyper["contexts"][:, None]
    own = (end[:, 1:-1] * trained[..., None]).sum(1) / trained.sum(1)[:, None]
    words = "of the strength in the first context, mean over contexts"
    return (("replica", "mode"), end[:, 0] / (end[:, 0] + own), {"long_name": words})


def closed_shares(raced: Raced) -> tuple:
    """The same in closed form, from every network's own start."""
    start = raced.flat.start_strength.values
    contexts = raced.replicas.arrays()[1]["contexts"].astype(int)
    own = [np.log(one[1 : n + 1]).mean(0) for one, n in zip(start, contexts, strict=True)]
    with jax.enable_x64():
        found = shared_strength(
            raced.strength, start[:, 0], np.exp(np.stack(own)), contexts[:, None].astype(float)
        )
    return (("replica", "mode"), np.asarray(found) / raced.strength)


def predicted_steps(raced: Raced, hidden: int, shape: tuple[int, int]) -> dict[str, tuple]:
    """Half times of the faster path alone, without a free parameter, ``[replica, mode]``."""
    _, hyper = raced.replicas.arrays()
    items, features = shape
    strength = raced.strength
    with jax.enable_x64():
        rate = np.asarray(effective_rate(hyper["learning_rate"], items, features))[:, None]
        start = np.asarray(expected_start(hyper["scale"], items, hidden, features))[:, None]
        own = half_time(strength, start, rate / hyper["contexts"][:, None])
        both = half_time(strength, start, rate)
    each = ("replica", "mode")
    return {
        "predicted_transition": (each, np.asarray(both), {"units": "updates"}),
        "separate_predicted_transition": (each, np.asarray(own), {"units": "updates"}),
    }


def race_table(raced: Raced) -> Table:
    """Who wins the first mode, when, and what a new context gets."""
    rows = []
    for point in raced.points:
        one = raced.of(point)
        rows.append(
            [
                point.title,
                median_range(one.shared_share.values[:, MODE], 4),
                f"{np.median(one.theory_shared_share.values[:, MODE]):.4f}",
                median_range(one.transition.values[:, MODE], 0),
                f"{np.median(one.predicted_transition.values[:, MODE]):.0f}",
                median_range(one.separate_transition.values[:, MODE], 0),
                f"{np.median(one.separate_predicted_transition.values[:, MODE]):.0f}",
                median_range(new_context(one), 4),
                f"{np.median(one.theory_loss_new[:, -1] / one.theory_loss_new[:, 0]):.4f}",
                median_range(_relative(one.separate_loss_new), 4),
            ]
        )
    columns = ["networks", "shared path's share of mode 1", "closed form", "half learned at step"]
    columns += ["one path alone, theory", "without a shared path", "theory"]
    columns += ["error in a new context", "reduction", "null: without a shared path"]
    caption = (
        "Median over seeds (minimum to maximum). Closed form: the end of gradient flow from each "
        "network's own start. One context is the null of sharing: its two paths are alike, and the "
        "start decides between them. Error in a context that was never trained, over that at the "
        "start: only a shared path can answer there."
    )
    return Table("The race: a shared path against own ones", columns, rows, caption)


def new_context(one: xarray.Dataset) -> np.ndarray:
    """Error in a new context at the end over that at the start, ``[network]``."""
    return _relative(one.loss_new)


def _relative(loss: xarray.DataArray) -> np.ndarray:
    return loss.values[:, -1] / loss.values[:, 0]


def summary(raced: Raced) -> dict[str, float]:
    """Key figures: shares and errors of every grid point."""
    figures: dict[str, float] = {
        "networks": len(raced.replicas),
        "networks_diverged": int((~raced.finite).sum()),
    }
    for point in raced.points:
        one = raced.of(point)
        deviation = np.abs(one.path_strength - one.theory_path_strength).values
        deviation = deviation.max((1, 2, 3)) / raced.strength[0]
        for name, values in {
            "median_shared_share": one.shared_share.values[:, MODE],
            "median_error_in_new_context": new_context(one),
            "median_theory_deviation": deviation,
            "median_final_loss": one.loss.values[:, -1],
        }.items():
            figures[figure_key(name, point)] = float(np.median(values))
    return figures


def pathway_verdicts(raced: Raced) -> list[Verdict]:
    """Who wins, how fast, what a new context gets: for every scale, against theory and null."""
    lines = raced.diverged("networks")
    for start, points in raced.by_start("contexts").items():
        lines += _of_start(raced, start, points)
    return lines


def _of_start(raced: Raced, where: str, points: list[GridPoint]) -> list[Verdict]:
    networks = [raced.of(point) for point in points]
    counts = [int(raced.hyper(point, "contexts")) for point in points]
    seeds = min(len(point.finite) for point in points)

    def medians(name: str) -> np.ndarray:
        return np.array([np.median(one[name].values[:, MODE]) for one in networks])

    def listed(values, digits: int) -> str:
        return ", ".join(f"{value:.{digits}f}" for value in values)

    def brief(values) -> str:
        return ", ".join(f"{value:.2g}" for value in values)

    share, closed = medians("shared_share"), medians("theory_shared_share")
    spread = max(float(np.ptp(one.shared_share.values[:, MODE])) for one in networks)
    off = float(np.abs(share - closed).max())
    text = (
        f"From {where} the path that {listed(counts, 0)} contexts share leaves "
        f"{brief(1 - share)} of mode 1 to the own paths (medians of {seeds} seeds, which scatter "
        f"over {spread:.2f} at most); the closed form of the flow says {brief(1 - closed)}."
    )
    if 1 in counts:
        text += " Null, one context with two like paths: the start decides."
    rising = bool((np.diff(share[np.argsort(counts)]) >= -CLOSE / 2).all())
    compared = f"the more share the more the shared path wins, within {CLOSE:g} of the closed form"
    lines = [Verdict(text, off <= CLOSE and rising, compared)]
    alone, predicted = medians("separate_transition"), medians("separate_predicted_transition")
    both = medians("transition")
    if np.isfinite(alone).all() and np.isfinite(both).all():
        late = float(np.abs(alone / predicted - 1).max())
        text = (
            f"From {where} mode 1 is half learned at steps {listed(both, 0)} with the shared path, "
            f"and without it at steps {listed(alone, 0)} (null), in theory {listed(predicted, 0)}."
        )
        lines.append(Verdict(text, late <= ON_TIME, f"within {ON_TIME:.0%} of theory"))
    new = np.array([np.median(new_context(one)) for one in networks])
    none = np.array([np.median(_relative(one.separate_loss_new)) for one in networks])
    theory = [_relative(one.theory_loss_new) for one in networks]
    gap = float(
        max(np.abs(new_context(o) - t).max() for o, t in zip(networks, theory, strict=True))
    )
    text = (
        f"In a context that was never trained the error from {where} falls to {brief(new)} of "
        f"the start's; null, without a shared path: {listed(none, 2)}. The reduction of each "
        f"network to its paths is off by {gap:.2g} at most."
    )
    return [*lines, Verdict(text, gap <= CLOSE, f"within {CLOSE:g} of the reduction")]
