"""Analysis of a localization run: localized units, populations, pruning, fits, theory."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray
from jaxtyping import Bool, Float

from jaxrep.analysis.components import independent_components, sparse_dictionary
from jaxrep.analysis.field_fits import GaborFit, SinusoidFit, fit_gabor, fit_sinusoid
from jaxrep.analysis.populations import (
    accuracy_at,
    area_under_curve,
    best_threshold,
    kept_scores,
)
from jaxrep.engine import Replicas, join_replicas, split_replicas
from jaxrep.engine.program import own_data
from jaxrep.engine.run import Run
from jaxrep.models.activations import ACTIVATIONS
from jaxrep.study import Plan

from .config import Config
from .problem import (
    EVALUATED,
    apply_network,
    class_indices,
    output_count,
)
from .theory import Unit, predict, unit_dataset

GROUPS = ("all units", "localized", "others")
ORDERS = ("most localized first", "least localized first")


class Pruned(NamedTuple):
    """Networks restricted to groups of their units, ``[replica, group]`` in the order of `GROUPS`.

    Attributes:
      accuracy: at the trained threshold.
      refitted: at a threshold fitted on one half of the inputs, judged on the other.
      area: under the receiver operating characteristic.
      curve: the same by number of units kept, ``[replica, order, unit]``.
    """

    accuracy: Float[np.ndarray, "replica group"]
    refitted: Float[np.ndarray, "replica group"]
    area: Float[np.ndarray, "replica group"]
    curve: Float[np.ndarray, "replica order unit"]


class Fits(NamedTuple):
    """Fits to the final fields of the first seed at `some_points`, ``[point, unit]``."""

    gabor: GaborFit
    sinusoid: SinusoidFit


class Found(NamedTuple):
    """Everything the figures are drawn from.

    Attributes:
      config: configuration.
      replicas: seeds and grid.
      flat: records with one leading dimension ``replica``.
      inputs: evaluated inputs, ``[replica, input, pixel]``.
      classes: of each input.
      pre_activations: at the end, ``[replica, input, unit]``.
      pruned: None where a network does not tell two classes apart by one output.
      unit: a single ReLU unit and its theory, or None.
      fits: None in two dimensions.
      components: by name, ``[component, pixel]`` of each grid point's first seed.
    """

    config: Config
    replicas: Replicas
    flat: xarray.Dataset
    inputs: Float[np.ndarray, "replica input pixel"]
    classes: np.ndarray
    pre_activations: Float[np.ndarray, "replica input unit"]
    pruned: Pruned | None
    unit: Unit | None
    fits: Fits | None
    components: dict[str, list[Float[np.ndarray, "component pixel"]]]


def points(replicas: Replicas) -> list[tuple[str, np.ndarray]]:
    """Grid points: name, and its replicas."""
    return [(name or "all", rows) for name, rows in replicas.points()]


def some_points(replicas: Replicas) -> list[int]:
    """Indices of up to four grid points to look at closely: first, middle, last two."""
    last = len(replicas.points()) - 1
    return sorted({0, (last + 1) // 2, max(last - 1, 0), last})


def labelled_results(run: Run, plan: Plan, config: Config) -> tuple[xarray.Dataset, Found]:
    """Localized units by grid point, over training; populations, fits, theory."""
    replicas, results = plan.replicas, run.records
    leading = list(replicas.coordinates)
    flat = join_replicas(results, leading)
    own = own_data(plan.problem, replicas)
    params = run.states(run.steps[-1]).params
    pre, contributions, offset = _contributions(config, params, own["inputs"], own["gates"])
    classes = class_indices(config, EVALUATED)
    pruned = None
    if config.target == "class" and config.network != "autoencoder" and output_count(config) == 1:
        pruned = prune(contributions, offset, classes, flat.participation.values[:, -1], config)
    unit = predict(config, replicas, flat)
    firsts = [rows[0] for _, rows in points(replicas)]
    fits = None
    if config.dimensions == 1 and config.length > 3:
        final = flat.field.values[[firsts[i] for i in some_points(replicas)], -1]
        fits = Fits(*(jax.tree.map(np.asarray, f(final)) for f in (fit_gabor, fit_sinusoid)))
    components = _components(config, [own["inputs"][row] for row in firsts])
    found = Found(
        config, replicas, flat, own["inputs"], classes, pre, pruned, unit, fits, components
    )
    extra = _extra(found)
    results = results.merge(split_replicas(extra, replicas.coordinates), compat="override")
    return results, found


def _contributions(config: Config, params: dict, inputs, gates):
    """Pre-activations, what every unit adds to the (first) output, and the output's offset."""
    inner = {name: values for name, values in params.items() if name != "probe"}

    def one(params, inputs, gates):
        pre = apply_network(config, params, inputs, gates).pre_activations
        if config.network == "gated":
            hidden = (jnp.matmul(inputs, gates) > 0) * pre
        else:
            hidden = ACTIVATIONS[config.activation](pre)
        weight = params["W2"][:, 0] if "W2" in params else 1.0
        offset = params["b2"][0] / config.units if "b2" in params else jnp.zeros(())
        return pre, hidden * weight / config.units, offset

    return jax.device_get(jax.jit(jax.vmap(one))(inner, inputs, gates))


def prune(
    contributions: Float[np.ndarray, "replica input unit"],
    offset: Float[np.ndarray, " replica"],
    classes: np.ndarray,
    participation: Float[np.ndarray, "replica unit"],
    config: Config,
) -> Pruned:
    """Every network restricted to its localized units, to the others, and unit by unit."""
    middle = 0.5 if config.labels == "unit" else 0.0
    positive = classes == 1
    fitted = np.arange(len(classes)) % 2 == 0
    order = np.argsort(-participation, axis=1)
    orders = np.stack([order, order[:, ::-1]], 1)
    masks = np.stack([np.ones_like(participation), participation > config.localized], 1)
    masks = np.concatenate([masks, 1 - masks[:, 1:]], 1)

    def one(contributions, offset, masks, orders):
        scores = jnp.matmul(masks, contributions.T, precision="highest") + offset
        cut = best_threshold(scores[:, fitted], positive[fitted]).threshold
        refitted = accuracy_at(scores[:, ~fitted], positive[~fitted], cut)
        plain = accuracy_at(scores, positive, jnp.full(len(scores), middle))
        curve = jax.vmap(lambda o: area_under_curve(kept_scores(contributions, o), positive))
        return Pruned(plain, refitted, area_under_curve(scores, positive), curve(orders))

    arguments = (contributions, offset, masks.astype(contributions.dtype), orders)
    found = jax.device_get(jax.jit(lambda *a: jax.lax.map(lambda x: one(*x), a))(*arguments))
    empty = masks.sum(2) == 0
    return found._replace(
        **{name: np.where(empty, np.nan, getattr(found, name)) for name in found._fields[:3]}
    )


def _components(config: Config, inputs: list[np.ndarray]) -> dict[str, list[np.ndarray]]:
    if not config.decompose:
        return {}
    number = min(64, inputs[0].shape[1])
    return {
        "independent components": [independent_components(x, number) for x in inputs],
        "sparse code": [sparse_dictionary(x, number) for x in inputs],
    }


def _extra(found: Found) -> xarray.Dataset:
    """Pruning and theory as labelled arrays."""
    about = {"units": "1"}
    extra = xarray.Dataset()
    if found.pruned is not None:
        pruned, coordinates = found.pruned, {"group": list(GROUPS), "order": list(ORDERS)}
        words = {
            "pruned_accuracy": (pruned.accuracy, "accuracy at the trained threshold"),
            "pruned_refitted": (pruned.refitted, "accuracy at a threshold fitted again"),
            "pruned_area": (pruned.area, "area under the receiver operating characteristic"),
        }
        variables = {
            name: (("replica", "group"), values, about | {"long_name": text})
            for name, (values, text) in words.items()
        }
        variables["pruning_curve"] = (
            ("replica", "order", "kept"),
            pruned.curve,
            about | {"long_name": "area under the curve by number of units kept"},
        )
        coordinates["kept"] = np.arange(1, pruned.curve.shape[2] + 1)
        extra = xarray.Dataset(variables, coordinates)
    if found.unit is not None:
        extra = extra.merge(unit_dataset(found.unit, found.flat))
    return extra


def localized(found: Found) -> Bool[np.ndarray, "replica unit"]:
    """Units localized at the end."""
    return found.flat.participation.values[:, -1] > found.config.localized
