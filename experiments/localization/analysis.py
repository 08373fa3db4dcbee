"""Analysis of a localization run: localized units, populations, pruning, fits, theory."""

from typing import NamedTuple

import jax
import numpy as np
import xarray
from jaxtyping import Bool, Float, Int

from jaxrep.analysis import (
    GaborFit,
    Pruned,
    SinusoidFit,
    fit_gabor,
    fit_sinusoid,
    inverse_participation_ratio,
    localization_orders,
    localized_groups,
    prune_networks,
    search_independent_components,
    sparse_dictionary,
    unit_contributions,
)
from jaxrep.analysis.pruning import LOCALIZATION_ORDERS, LOCALIZED_GROUPS
from jaxrep.engine import Replicas, Run, join_replicas, own_data, split_replicas
from jaxrep.study import GridPoint, Plan, grid_points
from jaxrep.theory import relu_unit_fields

from .config import Config
from .cumulant_factors import PointFactors, factors_of
from .data import classes_of, laws_of, sample_inputs
from .learned_when import Learned, learned_dataset, learned_when
from .picture_codes import PictureCodes, picture_codes
from .problem import EVALUATED, apply_network, is_probed, is_single, levels, tells_two_apart

SHARES = {"accuracy": "accuracy", "explained": "explained variance"}
"""What is measured of the task, whichever there is, in words."""

INDEPENDENT = "independent components"


class Unit(NamedTuple):
    """A single ReLU unit in training, and what theory says of it.

    Attributes:
      fields: its weights.
      theory: those of the effective dynamics from the same start, in float64.
      excess_kurtosis: of a pixel of the driving class.
    """

    fields: Float[np.ndarray, "replica step pixel"]
    theory: Float[np.ndarray, "replica step pixel"]
    excess_kurtosis: Float[np.ndarray, " replica"]


class Fits(NamedTuple):
    """Fits to the final fields of the first network at the points of `looked_at`."""

    gabor: GaborFit
    sinusoid: SinusoidFit


class Found(NamedTuple):
    """Everything the page is made of.

    Attributes:
      config: configuration.
      replicas: seeds and grid.
      points: of the grid, with the networks that did not diverge.
      finite: those networks.
      flat: records with one leading dimension ``replica``.
      classes: of the evaluated inputs.
      pre_activations: on them at the end.
      pruned: None where a network does not tell two classes apart by one output.
      unit: a single ReLU unit and its theory, or None.
      learned_when: errors on inputs and clones over training, or None.
      fits: None in two dimensions.
      components: by name, ``[component, pixel]`` of the first network's inputs at each of
        `alive`; None where the search did not converge, so that there is no number.
      pictures: codes of patches, where they are asked for.
      factors: of the inputs' fourth cumulant where most units localize, and of their clone's.
    """

    config: Config
    replicas: Replicas
    points: list[GridPoint]
    finite: Bool[np.ndarray, " replica"]
    flat: xarray.Dataset
    classes: Int[np.ndarray, " input"]
    pre_activations: Float[np.ndarray, "replica input unit"]
    pruned: Pruned | None
    unit: Unit | None
    learned_when: Learned | None
    fits: Fits | None
    components: dict[str, list[Float[np.ndarray, "component pixel"] | None]]
    factors: list[PointFactors]
    pictures: PictureCodes

    @property
    def learned(self) -> str:
        """The variable that says how well the task is learned."""
        return next(name for name in SHARES if name in self.flat)

    @property
    def ratio(self) -> Float[np.ndarray, "replica unit"]:
        """Inverse participation ratio at the end."""
        return self.flat.participation.values[:, -1]

    @property
    def localized(self) -> Bool[np.ndarray, "replica unit"]:
        """Units localized at the end."""
        return self.ratio > self.config.localized


def alive(points: list[GridPoint]) -> list[GridPoint]:
    """Grid points with a network that did not diverge."""
    return [point for point in points if len(point.finite)]


def looked_at(points: list[GridPoint]) -> list[GridPoint]:
    """Up to four grid points to look at closely: first, middle, last two."""
    shown = alive(points)
    last = len(shown) - 1
    chosen = {0, (last + 1) // 2, max(last - 1, 0), last} if shown else set()
    return [shown[index] for index in sorted(chosen)]


def extremes(found: Found) -> list[GridPoint]:
    """The grid point with the most localized units; with it its clone, or that with the fewest."""
    every = alive(found.points)
    shares = [found.localized[point.finite].mean() for point in every]
    most, least = every[int(np.argmax(shares))], every[int(np.argmin(shares))]
    clone = most.name.replace("clone=0", "clone=1")
    clones = [point for point in every if point.name == clone and point.name != most.name]
    other = clones[0] if clones else least
    return [most] if other.name == most.name else [most, other]


def labelled_results(run: Run, plan: Plan, config: Config) -> tuple[xarray.Dataset, Found]:
    """Localized units by grid point, over training; populations, fits, theory."""
    replicas, results = plan.replicas, run.records
    flat = join_replicas(results, list(replicas.coordinates))
    points = grid_points(replicas, run.finite)
    own = own_data(plan.problem, replicas)
    params = run.states(run.steps[-1]).params
    found = _forward(config, params, own["inputs"], own["gates"])
    classes = classes_of(config, EVALUATED)
    pruned = None
    if tells_two_apart(config):
        ratio = flat.participation.values[:, -1]
        pruned = _pruned(config, params, found.hidden, classes, ratio)
    found = Found(
        config,
        replicas,
        points,
        run.finite,
        flat,
        classes,
        found.pre_activations,
        pruned,
        _unit(config, replicas, flat),
        learned_when(config, replicas, flat, own["gates"]),
        _fits(config, points, flat),
        _components(config, replicas, alive(points)),
        [],
        picture_codes(config, replicas, alive(points), flat),
    )
    if alive(points):
        factors = factors_of(config, replicas, extremes(found)[:1], flat)
        found = found._replace(factors=factors)
    extra = split_replicas(_extra(found), replicas.coordinates)
    return results.merge(extra, compat="override"), found


def _forward(config: Config, params: dict, inputs: np.ndarray, gates: np.ndarray):
    """What every network makes of its own inputs, ``[replica, ...]``."""
    inner = {name: values for name, values in params.items() if name != "probe"}
    forward = jax.vmap(lambda *one: apply_network(config, *one))
    return jax.device_get(jax.jit(forward)(inner, inputs, gates))


def _pruned(
    config: Config,
    params: dict,
    hidden: Float[np.ndarray, "replica input unit"],
    classes: Int[np.ndarray, " input"],
    ratio: Float[np.ndarray, "replica unit"],
) -> Pruned:
    """Every network restricted to its localized units, to the others, and unit by unit."""
    weights = params["W2"][..., 0] if "W2" in params else None
    offsets = params["b2"][:, 0] / config.units if "b2" in params else np.zeros(len(hidden))
    groups, orders = localized_groups(ratio, config.localized), localization_orders(ratio)
    contributions, middle = unit_contributions(hidden, weights), sum(levels(config)) / 2
    return prune_networks(contributions, offsets, classes == 1, groups, orders, middle)


def _unit(config: Config, replicas: Replicas, flat: xarray.Dataset) -> Unit | None:
    """The unit and its theory, or None where there is no such unit or no theory of the inputs."""
    equal = len(set(config.proportions)) <= 1
    if not equal or config.further or config.target != "class":
        return None
    if is_probed(config):
        fields = flat.probe.values
    elif is_single(config):
        fields = flat.field.values[:, :, 0]
    else:
        return None
    steps, (_, hyper) = flat.step.values, replicas.arrays()
    theory, kurtosis = [], []
    for point in grid_points(replicas):
        here = {name: float(values[point.rows[0]]) for name, values in hyper.items()}
        lower, higher = laws_of(config, here)
        if lower is None or higher is None:
            return None
        rate = config.probe if is_probed(config) else here["learning_rate"]
        paths = relu_unit_fields(fields[point.rows, 0], lower, higher, rate, int(steps[-1]))
        theory.append(paths[:, steps])
        kurtosis += [higher.excess_kurtosis] * len(point.rows)
    return Unit(fields, np.concatenate(theory), np.array(kurtosis))


def _fits(config: Config, points: list[GridPoint], flat: xarray.Dataset) -> Fits | None:
    firsts = [point.finite[0] for point in looked_at(points)]
    if config.dimensions != 1 or config.length <= 3 or not firsts:
        return None
    final = flat.field.values[firsts, -1]
    rings = final.reshape(-1, final.shape[-1])
    gabor = fit_gabor(rings, periodic=config.boundary == "periodic")
    found = (jax.tree.map(np.asarray, fit) for fit in (gabor, fit_sinusoid(rings)))
    return Fits(*(jax.tree.map(lambda x: x.reshape(final.shape[:-1]), fit) for fit in found))


DECOMPOSED = 16_000
"""Inputs that are decomposed, at least, or 8 for each pixel: the mean inverse participation ratio
of 40 independent components of 40 pixels is .19 with 1,000, .28 with 4,000, .31 with 8,000 and .32
with 16,000 and 32,000."""


def decomposed(config: Config) -> int:
    """How many inputs of both classes are decomposed."""
    return max(DECOMPOSED, 8 * config.length**config.dimensions)


def _components(
    config: Config, replicas: Replicas, points: list[GridPoint]
) -> dict[str, list[np.ndarray | None]]:
    """Other decompositions of the inputs of every point's first network; None: not converged."""
    if not config.decompose or not points or config.inputs == "patches":
        return {}
    seeds, hyper = replicas.arrays()
    found: dict[str, list[np.ndarray | None]] = {INDEPENDENT: [], "sparse code": []}
    for first in (point.finite[0] for point in points):
        here = {name: float(values[first]) for name, values in hyper.items()}
        key = jax.random.fold_in(jax.random.key(DECOMPOSED), int(seeds[first]))
        inputs = np.asarray(sample_inputs(config, key, here, decomposed(config), None))
        number = min(64, inputs.shape[1])
        search = search_independent_components(inputs, number)
        found[INDEPENDENT].append(search.filters if search.converged else None)
        found["sparse code"].append(sparse_dictionary(inputs[:: len(inputs) // EVALUATED], number))
    return found


def _extra(found: Found) -> xarray.Dataset:
    """Pruning and theory as labelled arrays."""
    extra = xarray.Dataset()
    if found.pruned is not None:
        extra = _pruning_dataset(found.pruned)
    if found.unit is not None:
        extra = extra.merge(_unit_dataset(found.unit, found.flat))
    if found.learned_when is not None:
        extra = extra.merge(learned_dataset(found.learned_when))
    return extra


def _pruning_dataset(pruned: Pruned) -> xarray.Dataset:
    words = {
        "pruned_accuracy": (pruned.accuracy, "accuracy at the trained threshold"),
        "pruned_refitted": (pruned.refitted, "accuracy at a threshold fitted again"),
        "pruned_area": (pruned.area, "area under the receiver operating characteristic"),
    }
    variables = {
        name: (("replica", "group"), values, {"units": "1", "long_name": text})
        for name, (values, text) in words.items()
    }
    curve = {"units": "1", "long_name": "area under the curve by number of units kept"}
    variables["pruning_curve"] = (("replica", "order", "kept"), pruned.curve, curve)
    coordinates = {
        "group": list(LOCALIZED_GROUPS),
        "order": list(LOCALIZATION_ORDERS),
        "kept": np.arange(1, pruned.curve.shape[2] + 1),
    }
    return xarray.Dataset(variables, coordinates)


def _unit_dataset(unit: Unit, flat: xarray.Dataset) -> xarray.Dataset:
    """The unit's localization over training, measured and predicted."""
    dims = ("replica", "step", "pixel")
    words = {
        "unit_participation": ("single ReLU unit, measured", unit.fields),
        "theory_participation": ("single ReLU unit, effective dynamics", unit.theory),
    }
    variables = {
        name: (
            dims[:2],
            np.asarray(inverse_participation_ratio(values)),
            {"units": "1", "long_name": f"inverse participation ratio, {text}"},
        )
        for name, (text, values) in words.items()
    }
    variables["theory_field"] = (dims, unit.theory, {"units": "1"})
    return xarray.Dataset(variables, {"step": flat.step, "pixel": flat.pixel})
