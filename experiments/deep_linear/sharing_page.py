"""Paths that some contexts share: who wins the race, beside the reduction and the closed form."""

from dataclasses import dataclass

import jax
import numpy as np
import xarray

from jaxrep.engine import Replicas, Run, join_replicas, split_replicas
from jaxrep.models.mode_coordinates import singular_modes
from jaxrep.study import Analysis, GridPoint, Plan, diverged_tables, figure_key
from jaxrep.study.report import Table, Verdict, median_range
from jaxrep.theory.mode_dynamics import effective_rate
from jaxrep.theory.reduced_model import reduced_start
from jaxrep.theory.shared_pathways import descend_pathways, race_end

from .partial_sharing import all_contexts
from .point_results import PointResults

CLOSE = 0.05
"""Of the first mode, by which a median share may differ from the closed form of a flow."""
RIGHT = 0.9
"""Share of contexts in which theory has to name the winner."""
MODE = 0
"""The mode that tables and sentences speak of: the strongest."""


@dataclass(frozen=True)
class Shared(PointResults):
    """What the page shows.

    Attributes:
      gates: ``[context, path]``.
      strength: singular values of the table.
    """

    gates: np.ndarray
    strength: np.ndarray

    @property
    def levels(self) -> list[int]:
        """Numbers of contexts that paths are open in, the widest first."""
        return sorted({int(n) for n in self.gates.sum(0) if n}, reverse=True)


def sharing_analysis(run: Run, plan: Plan) -> Analysis:
    """Theory beside every network, and who wins."""
    data, _, table = plan.data
    values = data.tables[0].values
    strength, leading = singular_modes(values).strength, list(plan.replicas.coordinates)
    records = join_replicas(run.records, leading)
    initial = {key: np.asarray(x) for key, x in run.states(0).params.items()}
    flat = records.assign(
        sharing_theory(records, initial, strength, table.values, plan.replicas, values.shape)
    )
    shared = Shared(flat, plan.replicas, run.finite, table.values, strength)
    flat = flat.assign(level_shares(shared) | winners(shared))
    shared = Shared(flat, plan.replicas, run.finite, table.values, strength)
    tables = [sharing_table(shared), *diverged_tables(plan.replicas, run.finite)]
    results = split_replicas(flat, plan.replicas.coordinates)
    return Analysis(results, summary(shared), tables, shared, sharing_verdicts(shared))


def sharing_theory(
    records: xarray.Dataset,
    initial: dict[str, np.ndarray],
    strength: np.ndarray,
    gates: np.ndarray,
    replicas: Replicas,
    shape: tuple[int, int],
) -> dict[str, tuple]:
    """The reduction of every network to its paths, and the end of the flow, from its own start."""
    steps, count, (items, features) = records.step.values, len(strength), shape
    rates = effective_rate(replicas.arrays()[1]["learning_rate"].astype(float), items, features)
    every, weights = all_contexts(gates)
    with jax.enable_x64():
        first, last = (np.asarray(initial[name], float) for name in ("W1", "W2"))

        @jax.jit
        def follow(first, last, rate):
            grow = jax.vmap(lambda a, b: reduced_start(a, b, count).growing)(first, last)
            found, _ = descend_pathways(grow, strength, weights, every, rate, int(steps[-1]))
            return (grow**2).sum(1), found[steps]

        followed = [follow(*one) for one in zip(first, last, rates, strict=True)]
    start, found = (np.stack(x) for x in zip(*followed, strict=True))
    finite = np.isfinite(start).all((1, 2))
    ends = np.full(start.shape, np.nan)
    for replica in np.flatnonzero(finite):
        ends[replica] = race_end(np.maximum(start[replica], 1e-300), strength, gates)
    return {
        "start_strength": (("replica", "path", "mode"), start),
        "theory_path_strength": (("replica", "step", "path", "mode"), found),
        "closed_path_strength": (("replica", "path", "mode"), ends),
    }


def level_shares(shared: Shared) -> dict[str, tuple]:
    """Part of the mean answer to a context that paths of each width give, of the first mode."""
    flat, open_in = shared.flat, shared.gates.sum(0)
    level = np.array([open_in * (open_in == n) for n in shared.levels]) / len(shared.gates)

    def of(values: np.ndarray) -> np.ndarray:
        return np.asarray(values, float)[..., MODE] @ level.T / shared.strength[MODE]

    start = of(flat.start_strength.values)
    words = "of the first mode's singular value, mean over contexts"
    each = ("replica", "step", "width")
    return {
        "width": (("width",), shared.levels, {"long_name": "contexts that a path is open in"}),
        "share": (each, of(flat.path_strength.values), {"long_name": words}),
        "theory_share": (each, of(flat.theory_path_strength.values)),
        "closed_share": (("replica", "width"), of(flat.closed_path_strength.values)),
        "start_share": (("replica", "width"), start / start.sum(-1, keepdims=True)),
    }


def winners(shared: Shared) -> dict[str, tuple]:
    """Which path wins each context, and which should, of the first mode."""
    flat, end = shared.flat, shared.flat.path_strength.values[:, -1, :, MODE].astype(float)
    answers = [
        np.where(shared.gates > 0, x[:, None], -np.inf)
        for x in (
            end,
            flat.closed_path_strength.values[..., MODE],
            flat.start_strength.values[..., MODE],
        )
    ]
    trained, theory, start = (x.argmax(2) for x in answers)
    each = ("replica", "context")
    words = "of the winner in the context's answer, first mode"
    return {
        "winner": (each, trained + 1, {"long_name": "number of the path"}),
        "theory_winner": (each, theory + 1),
        "start_winner": (each, start + 1, {"long_name": "null: the strongest at the start"}),
        "winner_share": (each, answers[0].max(2) / shared.strength[MODE], {"long_name": words}),
    }


def sharing_table(shared: Shared) -> Table:
    """What paths of each width have of mode 1 in the end."""
    rows = []
    for point in shared.points:
        one = shared.of(point)
        for index, width in enumerate(shared.levels):
            rows.append(
                [
                    point.title,
                    f"{width} of {len(shared.gates)}",
                    str(int((shared.gates.sum(0) == width).sum())),
                    f"{width / len(shared.gates):.3g}",
                    median_range(one.share.values[:, -1, index], 4),
                    f"{np.median(one.closed_share.values[:, index]):.4f}",
                    f"{np.median(one.theory_share.values[:, -1, index]):.4f}",
                    f"{np.median(one.start_share.values[:, index]):.3f}",
                ]
            )
    columns = ["networks", "contexts a path is open in", "such paths", "pull / s"]
    columns += ["share of mode 1", "closed form", "reduction", "null: share at the start"]
    caption = (
        "Median over seeds (minimum to maximum). Share: part of the mean answer to a trained "
        "context. Closed form: the end of gradient flow from each network's own start; reduction: "
        "gradient descent of each network's paths. Null: shares at the start, which stay if "
        "nobody races."
    )
    return Table("The race of paths that some contexts share", columns, rows, caption)


def deviation(one: xarray.Dataset, strongest: float) -> np.ndarray:
    """Largest distance of the reduction from training, over the first mode, ``[network]``."""
    apart = np.abs(one.path_strength.values - one.theory_path_strength.values)
    return apart.max((1, 2, 3)) / strongest


def summary(shared: Shared) -> dict[str, float]:
    """Key figures of every grid point."""
    figures: dict[str, float] = {
        "networks": len(shared.replicas),
        "networks_diverged": int((~shared.finite).sum()),
    }
    for point in shared.points:
        one = shared.of(point)
        for name, values in {
            "median_share_of_the_widest": one.share.values[:, -1, 0],
            "median_theory_deviation": deviation(one, shared.strength[MODE]),
            "median_final_loss": one.loss.values[:, -1],
            "median_loss_new": one.loss_new.values[:, -1],
        }.items():
            figures[figure_key(name, point)] = float(np.median(values))
    return figures


def sharing_verdicts(shared: Shared) -> list[Verdict]:
    """Who wins, against theory and null, for every start."""
    lines = shared.diverged("networks")
    several = len({shared.hyper(point, "learning_rate") for point in shared.points}) > 1
    for point in shared.points:
        lines += _of_point(shared, point, several)
    return lines


def _of_point(shared: Shared, point: GridPoint, several: bool) -> list[Verdict]:
    one, widths = shared.of(point), shared.levels
    where = f"From scale {shared.hyper(point, 'scale'):g}"
    where += f", rate {shared.hyper(point, 'learning_rate'):g}," if several else ""
    end = one.share.values[:, -1]
    share, closed = np.median(end, 0), np.median(one.closed_share.values, 0)
    null = np.median(one.start_share.values, 0)
    spread = float(np.ptp(end, axis=0).max())
    off = float(np.abs(share - closed).max())
    text = (
        f"{where} paths that are open in {', '.join(map(str, widths))} of {len(shared.gates)} "
        f"contexts have {_brief(share)} of mode 1 in the end (mean over contexts, medians of "
        f"{len(point.finite)} seeds, which scatter over {spread:.2g} at most); the closed form of "
        f"the flow says {_brief(closed)}. Null, no race: {_brief(null)}, as at the start."
    )
    lines = [Verdict(text, off <= CLOSE, f"within {CLOSE:g} of theory")]
    right, strongest = (
        float((one.winner.values == one[f"{name}_winner"].values).mean())
        for name in ("theory", "start")
    )
    chance = float((1 / shared.gates.sum(1)).mean())
    most = one.winner_share.values
    width = [int(w) for w in np.unique(shared.gates.sum(0)[one.winner.values - 1])[::-1]]
    text = (
        f"{where} the race is won by {_paths(width)}: in {right:.0%} of contexts and networks by "
        f"the very path that theory names (nulls: by chance {chance:.0%}; the path that starts "
        f"strongest wins {strongest:.0%}). The winner has {np.median(most):.2g} of its contexts "
        f"(median; {most.min():.2g} to {most.max():.2g})."
    )
    lines.append(Verdict(text, right >= RIGHT, f"in {RIGHT:.0%} or more"))
    gap = deviation(one, shared.strength[MODE])
    text = (
        f"{where} the reduction of each network to its paths is off by {np.median(gap):.2g} of "
        f"mode 1 along all of training (median; {gap.max():.2g} at most)."
    )
    return [*lines, Verdict(text, bool(np.median(gap) <= CLOSE), f"within {CLOSE:g}")]


def _brief(values: np.ndarray) -> str:
    return ", ".join(f"{value:.2g}" for value in values)


def _paths(widths: list[int]) -> str:
    words = ["one context" if width == 1 else f"{width} contexts" for width in widths]
    return f"paths of {' and of '.join(words)}"
