"""What the trained codes of the face angle know: Fisher information, errors, what it follows."""

import dataclasses
from typing import Any, NamedTuple

import jax
import numpy as np
import xarray
from jaxtyping import Float

from jaxrep.analysis.angle_reading import least_squared_error
from jaxrep.analysis.fisher import (
    Jackknifed,
    readout_information,
)
from jaxrep.analysis.fisher_curves import (
    fit_exponent,
    flatness,
    share_within,
    total_information,
    total_root_information,
)
from jaxrep.engine import Replicas, join_replicas, own_data, split_replicas
from jaxrep.engine.run import Run
from jaxrep.models.code_network import angle_error
from jaxrep.study import Plan
from jaxrep.theory.efficient_coding import information_exponent

from .config import Config
from .data import SETS, Faces, density_of, grid_of
from .looks import (
    Look,
    information_of,
    look_at,
    naive_information,
    respond,
    standard_errors,
)
from .problem import power_of

EDGE = 0.15
"""Radians at the ends of a linear code's range where information falls because labels end there;
flatness is judged within them."""
SHOWN = 50
"""Faces of each set that scatter plots show."""


class Dense(NamedTuple):
    """Information on a fine grid, twice: by QR in float64, and as float32 inverses have it."""

    angles: Float[np.ndarray, " angle"]
    stable: Float[np.ndarray, "replica angle"]
    naive: Float[np.ndarray, "replica angle"]
    squared_error: Float[np.ndarray, "replica angle"]


class Found(NamedTuple):
    """Everything that figures and tables are made from.

    Attributes:
      config, replicas, faces: what was run.
      flat: records with one leading dimension ``replica``.
      params: parameters of the networks that are analysed, ``[replica, ...]``.
      angles: where they were looked at, rad.
      density: of training angles there, ``[replica, angle]``, per rad.
      bins: weights of the bins ``[replica, bin]``, or None.
      looks: by set of faces.
      jackknife: of the training faces, ``[replica, angle]`` fields.
      readout: information of the linear readout, ``[replica, angle]``; None of circular codes.
      dense: or None.
      before: sqrt(I) of the networks that training started from; None without.
      chosen_step: of the networks analysed.
    """

    config: Config
    replicas: Replicas
    faces: Faces
    flat: xarray.Dataset
    params: Any
    angles: Float[np.ndarray, " angle"]
    density: Float[np.ndarray, "replica angle"]
    bins: Float[np.ndarray, "replica bin"] | None
    looks: dict[str, Look]
    jackknife: Jackknifed
    readout: Float[np.ndarray, "replica angle"] | None
    dense: Dense | None
    before: Float[np.ndarray, "replica angle"] | None
    chosen_step: np.ndarray

    @property
    def information(self) -> Float[np.ndarray, "replica angle"]:
        """The mean term on training faces, the study's main quantity, 1 / rad^2."""
        return self.looks["train"].fisher.mean_term


def points(found: Found) -> list[tuple[str, np.ndarray]]:
    """Grid points by name of the loss (and learning rate), and their networks that are finite.

    Points of which all networks diverged are left out.
    """
    alive = np.isfinite(found.information).all(1)
    rates = [f"rate {rate:g}" for rate in found.config.learning_rate]
    names = [
        loss if len(rates) == 1 else f"{loss}, {rate}"
        for loss in found.config.loss
        for rate in rates
    ]
    every = zip(names, found.replicas.points(), strict=True)
    return [(name, rows[alive[rows]]) for name, (_, rows) in every if alive[rows].any()]


def seed_of(found: Found, replica: int) -> int:
    """The seed of a network."""
    seeds = found.replicas.seeds  # the last axis of the grid
    return seeds[int(replica) % len(seeds)]


def theory_exponent(config: Config, point: str) -> float:
    """g of ``I ~ p^g`` that the loss of a grid point (its name) asks for."""
    if config.error == "cosine":
        return float(information_exponent(2.0))
    return float(information_exponent(power_of(point.partition(",")[0])))


def window_of(config: Config) -> tuple[float, float]:
    """Centre and half width of where a concentrated density is: also for uniform angles."""
    return config.mean, 0.8 if config.code == "circular" else 0.4


def labelled_results(run: Run, plan: Plan, config: Config) -> tuple[xarray.Dataset, Found]:
    """Labelled results of a finished run, and what tables and figures are made from."""
    replicas, records = plan.replicas, run.records
    flat = join_replicas(records, list(replicas.coordinates))
    params, steps = kept_params(run, config, len(replicas))
    faces: Faces = plan.data
    angles = grid_of(config, config.angles)
    looks = {name: look_at(config, params, faces.rows[name], angles) for name in SETS}
    train = looks["train"]
    bins = own_bins(plan) if config.density == "stepwise" else None
    each = [None] * len(replicas) if bins is None else bins
    density = np.stack([np.asarray(density_of(config, one).pdf(angles)) for one in each])
    readout = None
    if config.code == "linear":
        with np.errstate(all="ignore"):  # of networks that diverged
            readout = readout_information(train.found, np.array([0.5, 0.5]))
    dense = _dense(config, params, faces) if config.dense_angles else None
    before = None
    if plan.initial is not None:
        rows = faces.rows["train"]
        before = np.sqrt(look_at(config, plan.initial.params, rows, angles).fisher.mean_term)
    jackknife = standard_errors(train)
    found = Found(
        config,
        replicas,
        faces,
        flat,
        params,
        angles,
        density,
        bins,
        looks,
        jackknife,
        readout,
        dense,
        before,
        steps,
    )
    results = records.merge(split_replicas(_dataset(found), replicas.coordinates))
    if "power" in results.dims:
        results = results.assign_coords(loss=("power", list(config.loss)))
    return results, found


def kept_params(run: Run, config: Config, count: int) -> tuple[Any, np.ndarray]:
    """Parameters of the networks that are analysed, and their steps.

    NaN for a network that diverged in the end: its best step is of no interest.
    """
    last = run.states(run.steps[-1]).params
    leaves = [np.isfinite(x).reshape(count, -1).all(1) for x in jax.tree.leaves(last)]
    finite = np.all(leaves, axis=0)
    if config.keep == "last":
        return last, np.full(count, run.steps[-1])
    variables, steps = run.best()

    def only_finite(x):
        return np.where(finite.reshape(-1, *[1] * (x.ndim - 1)), x, np.nan).astype(x.dtype)

    return jax.tree.map(only_finite, variables.params), steps


def own_bins(plan: Plan) -> np.ndarray:
    """The bins' weights ``[replica, bin]`` that each network was trained with."""
    slim = plan.problem.own

    def bins(key, hyper, shared):
        return slim(key, hyper, shared)["bins"]  # the pictures are not drawn: nobody reads them

    return own_data(dataclasses.replace(plan.problem, own=bins), plan.replicas)


def _dense(config: Config, params: Any, faces: Faces) -> Dense:
    angles = grid_of(config, config.dense_angles)
    found = respond(config, params, faces.rows["train"], angles)
    errors = np.asarray(angle_error(found.codes, angles[:, None], config.code == "circular"))
    stable = information_of(found).mean_term[..., 0, 0]
    return Dense(angles, stable, naive_information(found), np.mean(errors**2, -1))


def _dataset(found: Found) -> xarray.Dataset:
    """Labelled results with a leading ``replica``."""
    dims, per = ("replica", "angle"), {"units": "1/rad^2"}
    variables: dict[str, Any] = {}
    for name, look in found.looks.items():
        reading, fisher = look.reading, look.fisher
        mean = per | {"long_name": f"Fisher information, mean term, {name} faces"}
        other = per | {"long_name": f"Fisher information, covariance term, {name} faces"}
        variables |= {
            f"{name}_information": (dims, fisher.mean_term, mean),
            f"{name}_information_covariance": (dims, fisher.covariance_term, other),
            f"{name}_reliable": (dims, fisher.reliable),
            f"{name}_bias": (dims, reading.bias, {"units": "rad"}),
            f"{name}_squared_error_at": (dims, reading.squared_error, {"units": "rad^2"}),
            f"{name}_median_error": (dims, reading.median, {"units": "rad"}),
            f"{name}_skewness": (dims, reading.skewness, {"units": "1"}),
            f"{name}_mean_code": ((*dims, "number"), look.found.codes.mean(-2)),
        }
    variables["train_information_error"] = (
        dims,
        found.jackknife.mean_term,
        per | {"long_name": "standard error (jackknife over faces)"},
    )
    variables["train_information_bias"] = (dims, found.jackknife.bias, per)
    if found.readout is not None:
        variables["train_information_readout"] = (dims, found.readout, per)
    variables["density"] = (dims, found.density, {"units": "1/rad"})
    variables["chosen_step"] = (("replica",), found.chosen_step, {"units": "updates"})
    return xarray.Dataset(variables, {"angle": ("angle", found.angles, {"units": "rad"})})


class Shape(NamedTuple):
    """Numbers of one grid point, one for each replica (seed)."""

    exponent: np.ndarray
    readout_exponent: np.ndarray
    share: np.ndarray
    total_root: np.ndarray
    total: np.ndarray
    peak: np.ndarray
    flat: Any


def inner(found: Found) -> np.ndarray:
    """Angles that a linear code does not lose information at for want of labels."""
    if found.config.code == "circular":
        return np.ones(len(found.angles), bool)
    low, high = found.angles[0], found.angles[-1]
    return (found.angles > low + EDGE) & (found.angles < high - EDGE)


def shape_of(found: Found, rows: np.ndarray) -> Shape:
    """Exponents, shares, totals and flatness of some replicas."""
    information, angles = found.information[rows], found.angles
    root = np.sqrt(information)

    def exponents(curves):
        pairs = zip(curves, found.density[rows], strict=True)
        return np.array([fit_exponent(i, p).value for i, p in pairs])

    nothing = np.full(len(rows), np.nan)
    centre, half = window_of(found.config)
    fits = angles[0] <= centre - half and centre + half <= angles[-1]
    spread = found.jackknife.mean_term[rows] / (2 * root)
    return Shape(
        exponents(information),
        nothing if found.readout is None else exponents(found.readout[rows]),
        share_within(root, angles, centre, half) if fits else nothing,
        total_root_information(information, angles),
        total_information(information, angles),
        information.max(-1),
        flatness(root, spread, inner(found)),
    )


def bound_of(found: Found, rows: np.ndarray) -> np.ndarray:
    """Cramér-Rao bound of the squared error, ``[replica, angle]``, of the total information."""
    train = found.looks["train"]
    total = train.fisher.mean_term[rows] + train.fisher.covariance_term[rows]
    return least_squared_error(total, train.reading.bias[rows], found.angles)
