"""Analysis of a group_composition run: trained networks, or given weights."""

from collections.abc import Sequence

import jax
import numpy as np
import xarray
from jaxtyping import PyTree

from jaxrep.analysis.group_metrics import total_metrics
from jaxrep.analysis.group_microscope import Microscope, microscope
from jaxrep.engine import own_data
from jaxrep.engine.run import Run
from jaxrep.study import GridPoint, Plan, grid_points
from jaxrep.study.words import in_words

from .config import Config
from .measures import Exemplar, Look, dataset, exemplar, joined, look_at
from .problem import group_of, network


def labelled_results(run: Run, plan: Plan, config: Config) -> tuple[xarray.Dataset, list[Exemplar]]:
    """Final networks in full, in float64, and the key irreps' share of every snapshot.

    The nulls at initialisation need the parameters of step 0, kept with the snapshots.

    In detail: of every grid point the network with the least test loss; of a run in which all
    diverged, its first one.
    """
    known = group_of(config)
    model = network(config, known.order)
    scope = Microscope(model, known) if config.table else microscope(model, known.name)
    own = own_data(plan.problem, plan.replicas)
    final = run.states(run.steps[-1]).params
    initial = run.states(0).params if 0 in run.steps else None
    looked = [
        look_at(
            scope,
            _pick(final, r),
            None if initial is None else _pick(initial, r),
            own["train"][r],
            own["test"][r],
        )
        for r in range(len(plan.replicas))
    ]
    leading = plan.replicas.coordinates
    results = xarray.merge(
        [
            run.records,
            dataset(looked, leading, known.irrep_names, scope.shares),
            _snapshots(run, plan, scope, own, looked),
        ]
    )
    results.attrs["order"] = known.order
    results["finite"] = (tuple(leading), run.finite.reshape(tuple(plan.replicas.shape.values())))
    test_loss = np.nan_to_num(joined(results).final_test_loss.values, nan=np.inf)
    details = []
    for point in grid_points(plan.replicas, run.finite):
        if len(point.finite):
            best = int(point.finite[np.argmin(test_loss[point.finite])])
            details.append(_in_detail(scope, final, looked, best, plan, point))
    return results, details or [_in_detail(scope, final, looked, 0, plan)]


def _in_detail(
    scope: Microscope,
    final: PyTree,
    looked: Sequence[Look],
    best: int,
    plan: Plan,
    point: GridPoint | None = None,
) -> Exemplar:
    others = 0 if point is None else len(point.finite)
    chosen = f"least test loss of {others} networks" if others > 1 else ""
    name, title = in_words(plan.replicas.name(best)), "" if point is None else point.title
    return exemplar(scope, _pick(final, best), looked[best], best, name, chosen, title)


def _pick(params: PyTree, replica: int) -> PyTree:
    return jax.tree.map(lambda x: x[replica], params)


def _snapshots(run, plan, scope, own, looked) -> xarray.Dataset:
    """Losses with and without the finally key irreps, at every kept step; NaN if there are none."""
    steps = [step for step in plan.schedule.snapshots if step in run.steps]
    if not steps:
        return xarray.Dataset()
    names = (
        "total_hidden_excluded_loss",
        "total_hidden_restricted_loss",
        "total_logit_excluded_loss",
        "total_logit_restricted_loss",
    )
    values = np.zeros((len(names) + 2, len(looked), len(steps)))
    for s, step in enumerate(steps):
        params = run.states(step).params
        for r, look in enumerate(looked):
            key = look.metrics.key
            metrics = scope.metrics(
                _pick(params, r), own["train"][r], own["test"][r], scope.tables, key
            )
            total = total_metrics(metrics)
            values[:, r, s] = [
                *(total[name] if key.any() else np.nan for name in names),
                metrics.train_loss,
                metrics.test_loss,
            ]
    leading = plan.replicas.coordinates
    shape = tuple(plan.replicas.shape.values())
    labels = (*names, "snapshot_train_loss", "snapshot_test_loss")
    variables = {
        name: ((*leading, "snapshot"), array.reshape(*shape, -1), {"units": "nats"})
        for name, array in zip(labels, values, strict=True)
    }
    return xarray.Dataset(
        variables, {**leading, "snapshot": ("snapshot", steps, {"units": "updates"})}
    )
