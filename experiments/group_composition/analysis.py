"""Analysis of a group_composition run: trained networks, or given weights."""

import jax
import numpy as np
import xarray
from jaxtyping import PyTree

from jaxrep.analysis.group_metrics import total_metrics
from jaxrep.analysis.group_microscope import Microscope, microscope
from jaxrep.engine import own_data
from jaxrep.engine.run import Run
from jaxrep.study import Plan
from jaxrep.study.words import in_words

from .config import Config
from .measures import Exemplar, dataset, exemplar, joined, look_at
from .problem import group_of, network


def labelled_results(run: Run, plan: Plan, config: Config) -> tuple[xarray.Dataset, Exemplar]:
    """Final networks in full, in float64, and the key irreps' share of every snapshot.

    The nulls at initialisation need the parameters of step 0, kept with the snapshots.

    The network in detail is the one with the least test loss.
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
    test_loss = np.where(run.finite, joined(results).final_test_loss.values, np.inf)
    best = int(np.argmin(np.nan_to_num(test_loss, nan=np.inf)))
    params, name = _pick(final, best), in_words(plan.replicas.name(best))
    return results, exemplar(scope, params, looked[best], best, name)


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
