"""What is computed from a finished run of deep_linear."""

import jax
import numpy as np
import xarray
from jaxtyping import Array, Float

from jaxrep.analysis import similarity as alike
from jaxrep.analysis.modes import transition_steps
from jaxrep.analysis.tangent_kernel import linear_kernel_distance
from jaxrep.engine import Replicas, join_replicas, split_replicas
from jaxrep.engine.run import Run
from jaxrep.models.mode_coordinates import SingularModes
from jaxrep.problems.feature_task import FeatureSetting, singular_values
from jaxrep.study import Plan
from jaxrep.theory.balanced_start import learned_similarity, similarity_change
from jaxrep.theory.mode_dynamics import effective_rate

from .config import Config
from .data import TaskData
from .exact_theory import MOST_RESIDUAL, exact_solution
from .problem import SCAN
from .second_task import second_task
from .shown import Shown, modes_of_replicas
from .start import absolute_balance
from .theory import predictions


def labelled_results(run: Run, plan: Plan, config: Config) -> tuple[xarray.Dataset, Shown]:
    """Theory beside every replica, transitions, similarity across seeds, lazy to rich."""
    data, setting = plan.data
    modes = modes_of_replicas(plan.replicas, data)
    whole = results(run, plan, config, modes)
    scan, swept = xarray.Dataset(), len(config.scale) > 1
    if config.depth > 1:
        scan = swept_scales(whole) if swept else xarray.Dataset()
    if SCAN in plan.companions:
        scan = scale_scan(run.companion(SCAN).records, setting, modes[0])
    shown = Shown(whole, plan.replicas, data, setting, modes, scan, run.finite)
    return whole if swept else whole.merge(scan), shown


def results(run: Run, plan: Plan, config: Config, modes: list[SingularModes]) -> xarray.Dataset:
    """Records, theory, transitions and similarities of all replicas."""
    data, setting = plan.data
    leading = plan.replicas.coordinates
    flat = join_replicas(run.records, list(leading))
    features = len(data.tables[0].features)
    initial = {name: np.asarray(x) for name, x in run.states(0).params.items()}
    flat = flat.merge(predictions(flat, initial, modes, plan.replicas, setting, features))
    if data.before is not None:
        flat["predicted_transition"] = flat.predicted_transition * np.nan
        if config.depth > 1:  # small or aligned starts are assumed; two linear layers follow below
            for name in ("theory_mode_strength", "theory_loss"):
                flat[name] = flat[name] * np.nan
    if setting.kernel:
        started = data.before is not None
        exact = _exact(flat, initial, modes, plan.replicas, setting, features)
        if started:
            exact.pop("theory_change_of_similarity")
            exact |= second_task(flat, initial, modes, data, plan.replicas, config)
        flat = flat.assign(exact)
        final = run.states(int(flat.step.values[-1])).params
        flat = flat.assign(layer_changes(initial, final, len(plan.replicas.seeds), features))
    strength = np.stack([one.strength for one in modes])
    flat["task_strength"] = (
        ("replica", "mode"),
        strength,
        {"long_name": "singular value of the task"},
    )
    found = [
        transition_steps(flat.step.values, flat.mode_strength.values[r], strength[r])
        for r in range(len(modes))
    ]
    found = np.where(run.finite[:, None], np.stack(found), np.nan)  # what diverged learned nothing
    flat["transition"] = (("replica", "mode"), found, {"units": "updates"})
    rank = ("replica", "step", "rank")
    flat["singular_value"] = (rank, singular_values(flat), {"long_name": "of the map, falling"})
    flat = flat.drop_vars("map_beyond", errors="ignore")
    if "similarity" in flat:
        with jax.enable_x64():
            flat = flat.merge(_similarities(flat, modes, data, plan.replicas, setting.depth))
    return split_replicas(flat, leading)


def _similarities(flat, modes, data: TaskData, replicas: Replicas, depth: int) -> xarray.Dataset:
    """How the first hidden layer's similarity compares with theory and between seeds."""
    seen = flat.similarity.values[:, :, 0].astype(float)
    balance = absolute_balance(replicas, [one.strength for one in modes])
    wanted = np.stack([_final_similarity(*one, depth) for one in zip(modes, balance, strict=True)])
    seeds = len(replicas.seeds)
    found = _compared(
        seen.reshape(-1, seeds, *seen.shape[1:]), wanted.reshape(-1, seeds, *wanted.shape[1:])
    )
    found = [np.asarray(x).reshape(len(seen), *x.shape[2:]) for x in found]
    correlation, distance, change, between = found
    variables = {
        "similarity_to_theory": (
            ("replica", "step"),
            correlation,
            {"long_name": "correlation with theory's final matrix"},
        ),
        "distance_to_theory": (
            ("replica", "step"),
            distance,
            {"long_name": "|RSM - T| over |T|, T = theory's final matrix"},
        ),
        "change_of_similarity": (
            ("replica",),
            change,
            {"long_name": "|RSM_end - RSM_start| over |RSM_end|"},
        ),
    }
    variables["similarity_between_seeds"] = (
        ("replica", "other_seed"),
        between,
        {"long_name": "correlation of the final similarity matrices"},
    )
    if data.trees:
        common = data.trees[0].common_level
        levels = range(common.max())
        variables["distance"] = (
            ("replica", "step", "split"),
            np.stack([np.asarray(alike.rms_distance(seen, common == k)) for k in levels], -1),
            {"long_name": "rms distance of items that part at this level of the tree"},
        )
    return xarray.Dataset(variables, {"other_seed": list(replicas.seeds)})


def _exact(flat, initial, modes, replicas: Replicas, setting: FeatureSetting, features: int):
    """The exact solution from lambda-balanced weights in the place of the reduced model."""
    _, hyper = replicas.arrays()
    rate = effective_rate(hyper["learning_rate"], len(modes[0].v), features)
    exact = exact_solution(initial, modes, rate, flat.step.values, setting, features)
    missing = np.full_like(flat.predicted_transition.values, np.nan)
    balance = absolute_balance(replicas, [one.strength for one in modes])
    with jax.enable_x64():
        change = [
            float(similarity_change(one.strength, value, len(one.v)))
            for one, value in zip(modes, balance, strict=True)
        ]
    known = exact.residual <= MOST_RESIDUAL
    return {
        "predicted_transition": (("replica", "mode"), missing, {"units": "updates"}),
        "theory_mode_strength": (("replica", "step", "mode"), exact.strength),
        "theory_loss": (("replica", "step"), exact.loss),
        "theory_kernel_distance": (("replica", "step"), exact.kernel_distance),
        "theory_change_of_similarity": (("replica",), np.where(known, change, np.nan)),
        "balance_residual": (("replica",), exact.residual),
    }


def layer_changes(initial, final, seeds: int, features: int) -> dict[str, tuple]:
    """How far both layers' products moved, and how far apart the starts of seeds are.

    Args:
      initial, final: parameters, ``[replica, ...]``, in coordinates of the training.
      seeds: of each grid point.
      features: number of features.
    """
    start, end = (
        [np.asarray(weights["W1"], float), np.asarray(weights["W2"], float).swapaxes(1, 2)]
        for weights in (initial, final)
    )
    before, after = ([x @ x.swapaxes(1, 2) for x in layers] for layers in (start, end))
    norms = [
        np.sqrt(sum((part**2).sum((1, 2)) for part in parts))
        for parts in ([one - two for one, two in zip(after, before, strict=True)], after)
    ]
    outputs = max(features, before[1].shape[-1])
    points = [x.reshape(-1, seeds, *x.shape[1:]) for x in before]
    apart = np.asarray(
        linear_kernel_distance(
            *(x[:, :, None] for x in points), *(x[:, None] for x in points), outputs=outputs
        )
    )
    apart = np.where(np.eye(seeds, dtype=bool), np.nan, apart).reshape(-1, seeds)
    alone = np.full(len(apart), np.nan)
    others = np.nanmedian(apart, 1) if seeds > 1 else alone
    with np.errstate(invalid="ignore", divide="ignore"):
        change = norms[0] / norms[1]
    words = "1 - cosine of the tangent kernels, to the starts of other seeds"
    return {
        "change_of_products": (
            ("replica",),
            change,
            {"long_name": "|end - start| over |end| of W1 W1' and W2' W2"},
        ),
        "kernel_of_other_seeds": (("replica",), others, {"long_name": words}),
    }


def _final_similarity(modes: SingularModes, balance: float, depth: int) -> np.ndarray:
    """Similarity in the first hidden layer at the end, from small weights.

    Aligned layers share the strength of a mode: ``V diag(s^(2/L)) V^T``, which is
    ``(Y Y^T)^(1/L)``; two lambda-balanced ones unequally.
    """
    v = modes.v[:, : len(modes.strength)]
    if balance:
        return np.asarray(alike.aligned_similarity(learned_similarity(modes.strength, balance), v))
    return np.asarray(alike.aligned_similarity(modes.strength ** (2 / depth), v))


@jax.jit
def _compared(
    seen: Float[Array, "point seed step item item"], wanted: Float[Array, "point seed item item"]
) -> tuple[Array, Array, Array, Array]:
    """Correlation with and distance to theory at each step, change since the start, and final
    correlation between the seeds of a point."""
    last, wanted = seen[:, :, -1], wanted[:, :, None]
    return (
        alike.matrix_correlation(seen, wanted),
        alike.relative_difference(seen, wanted),
        alike.relative_difference(seen[:, :, 0], last),
        alike.matrix_correlation(last[:, :, None], last[:, None]),
    )


def scale_scan(
    records: xarray.Dataset, setting: FeatureSetting, modes: SingularModes
) -> xarray.Dataset:
    """From lazy to rich: the study's own network from other initial scales, ``[scale, seed]``."""
    steps, strength = records.step.values, modes.strength
    seen = records.similarity.values[:, :, :, 0].astype(float)
    with jax.enable_x64():
        wanted = _final_similarity(modes, 0.0, setting.depth)
        wanted = np.broadcast_to(wanted, (*seen.shape[:2], *wanted.shape))
        _, distance, change, between = (np.asarray(x) for x in _compared(seen, wanted))
    others = between.sum(-1) - np.diagonal(between, axis1=1, axis2=2)
    found = transition_steps(steps, records.mode_strength.values, strength)
    each = ("scan_scale", "scan_seed")
    return xarray.Dataset(
        {
            "scan_transition": ((*each, "mode"), found, {"units": "updates"}),
            "scan_mode_strength": ((*each, "step", "mode"), records.mode_strength.values),
            "scan_change": (each, change),
            "scan_distance": (each, distance[..., -1]),
            "scan_between_seeds": (each, others / max(between.shape[1] - 1, 1)),
        },
        {
            "scan_scale": records.scale.values,
            "scan_seed": records.seed.values,
            "step": steps,
        },
    )


def swept_scales(results: xarray.Dataset) -> xarray.Dataset:
    """The same quantities of a run that swept the scale itself, first of all other values."""
    others = {
        name: 0
        for name in ("flip", "data_seed", "balance", "learning_rate")
        if name in results.dims
    }
    one = results.isel(others).transpose("scale", "seed", ...)
    between = one.similarity_between_seeds
    alone = 1 / max(between.sizes["seed"] - 1, 1)
    found = {
        "scan_transition": one.transition,
        "scan_mode_strength": one.mode_strength,
        "scan_change": one.change_of_similarity,
        "scan_distance": one.distance_to_theory.isel(step=-1),
        "scan_between_seeds": (between.sum("other_seed") - 1) * alone,
    }
    return xarray.Dataset(found).rename(scale="scan_scale", seed="scan_seed")


def scaling_path(similarity: np.ndarray) -> np.ndarray:
    """Two-dimensional scaling of one network's items over training, ``[step, item, 2]``."""
    with jax.enable_x64():
        coordinates = np.asarray(alike.classical_scaling(similarity.astype(float), 2))
    return alike.align_over_time(coordinates)
