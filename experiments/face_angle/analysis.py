"""What the trained codes of the face angle know: Fisher information, errors, what it follows."""

import dataclasses
from typing import Any

import numpy as np
import xarray
from jaxtyping import Bool, Float, PyTree

from jaxrep.analysis.fisher import Fisher, readout_information
from jaxrep.analysis.fisher_curves import share_within
from jaxrep.analysis.fisher_networks import (
    errors_of_networks,
    information_of_networks,
    single_precision_information,
)
from jaxrep.analysis.fisher_shape import (
    inner_angles,
    precision_shape,
)
from jaxrep.data.faces import SETS, Faces
from jaxrep.engine import join_replicas, own_data, split_replicas
from jaxrep.engine.run import Run
from jaxrep.study import Plan

from .config import Config
from .data import density_of, grid_of
from .depth import Depth, information_by_layer
from .distortions import Distortions, distortions_at
from .emergence import information_over_training
from .findings import (
    OFTEN,
    Dense,
    Found,
    likeliest_bins,
    named_points,
    window_of,
)
from .looks import Look, Persons, look_at, persons_of, read_errors, respond
from .noise import Noise, information_with_noise

EDGE = 0.15
"""Radians at the ends of a linear code's range where information falls because labels end there;
flatness is judged within them."""


def _own_shares(
    config: Config,
    information: Float[np.ndarray, "replica angle"],
    angles: Float[np.ndarray, " angle"],
    bins: Float[np.ndarray, "replica bin"],
) -> Float[np.ndarray, " replica"]:
    """Share of sqrt(I) in every network's own likeliest bin; NaN where it was not looked at."""
    period = 2 * np.pi if config.code == "circular" else None
    shares = []
    for curve, (centre, half) in zip(information, likeliest_bins(config, bins), strict=True):
        inside = angles[0] <= centre - half + 1e-9 and centre + half <= angles[-1] + 1e-9
        root = np.sqrt(np.maximum(curve, 0))
        share = share_within(root, angles, centre, half, period) if inside or period else np.nan
        shares.append(float(share))
    return np.array(shares)


def labelled_results(run: Run, plan: Plan, config: Config) -> tuple[xarray.Dataset, Found]:
    """Labelled results of a finished run, and what tables and figures are made from."""
    replicas, records, faces = plan.replicas, run.records, plan.data
    variables, steps, finite = run.kept()
    params, angles = variables.params, grid_of(config, config.angles)
    looks = {name: look_at(config, faces, params, name, angles) for name in SETS}
    train, before = looks["train"], None
    bins = own_bins(plan) if config.density == "stepwise" else None
    each = [None] * len(replicas) if bins is None else bins
    density = np.stack([np.asarray(density_of(config, one).pdf(angles)) for one in each])
    if plan.initial is not None:
        initial = plan.initial.params
        before = look_at(config, faces, initial, "train", angles).fisher.mean_term
    inside = inner_angles(angles, 0.0 if config.code == "circular" else EDGE)
    persons = persons_of(faces, "train")
    jackknife = errors_of_networks(train.found, groups=persons)
    shape = precision_shape(
        train.fisher.mean_term,
        density,
        angles,
        errors=jackknife.mean_term,
        window=window_of(config),
        inside=inside,
        replicates=jackknife.replicates,
        periodic=config.code == "circular",
    )
    if bins is not None:
        own = _own_shares(config, train.fisher.mean_term, angles, bins)
        shape = shape._replace(share=own)
    found = Found(
        config=config,
        replicas=replicas,
        faces=faces,
        finite=finite,
        points=named_points(config, replicas, finite),
        flat=join_replicas(records, list(replicas.coordinates)),
        params=params,
        chosen_step=steps,
        angles=angles,
        inside=inside,
        density=density,
        bins=bins,
        looks=looks,
        jackknife=jackknife,
        shape=shape,
        readout=_readout(config, train, persons),
        dense=_dense(config, faces, params) if config.dense_angles else None,
        before=before,
        depth=_depth(config, faces, params, run, angles, inside, train.fisher),
        emergence=information_over_training(
            config, faces, run, finite, angles, density, often_shown(density, inside)
        ),
        distortions=_distortions(config, faces, params, run, angles, density, finite),
        noise=information_with_noise(config, faces, params, run.states(0).params, angles, density),
    )
    results = records.merge(split_replicas(_dataset(found), replicas.coordinates))
    if "power" in results.dims:
        results = results.assign_coords(loss=("power", list(config.loss)))
    return results, found


def _readout(config: Config, look: Look, persons: Persons | None) -> np.ndarray | None:
    """Information of the mean of both numbers, which is the angle that is read."""
    if config.code == "circular":
        return None
    return readout_information(look.found, np.array([0.5, 0.5]), groups=persons)


def own_bins(plan: Plan) -> Float[np.ndarray, "replica bin"]:
    """The bins' weights that each network was trained with."""
    slim = plan.problem.own

    def bins(key, hyper, shared):
        return slim(key, hyper, shared)["bins"]  # the pictures are not drawn: nobody reads them

    return own_data(dataclasses.replace(plan.problem, own=bins), plan.replicas)


def _depth(
    config: Config,
    faces: Faces,
    params: PyTree,
    run: Run,
    angles: Float[np.ndarray, " angle"],
    inside: Bool[np.ndarray, " angle"],
    code: Fisher,
) -> Depth | None:
    """Every layer, at a few of the inner angles."""
    if not config.depth_angles or np.isnan(code.mean_term).all():
        return None
    inner = np.flatnonzero(inside)
    count = min(config.depth_angles, len(inner))
    chosen = inner[np.linspace(0, len(inner) - 1, count + 2).round().astype(int)[1:-1]]
    known, before = Fisher(*(field[:, chosen] for field in code)), run.states(0).params
    return information_by_layer(config, faces, params, before, angles[chosen], known)


def _distortions(
    config: Config,
    faces: Faces,
    params: PyTree,
    run: Run,
    angles: Float[np.ndarray, " angle"],
    density: Float[np.ndarray, "replica angle"],
    finite: Bool[np.ndarray, " replica"],
) -> Distortions | None:
    """At the angle that is shown most often, or in the middle of those."""
    if config.distortions == "none" or not finite.any():
        return None
    often = np.flatnonzero(density[0] > (1 - 1e-6) * density[0].max())
    angle = float(angles[often[len(often) // 2]])
    return distortions_at(config, faces, params, run.states(0).params, finite, angle)


def often_shown(
    density: Float[np.ndarray, "replica angle"], inside: Bool[np.ndarray, " angle"]
) -> Bool[np.ndarray, " angle"]:
    """Angles that training shows often to every network, without the ends of the range."""
    return inside & (density > OFTEN * density.max(1, keepdims=True)).all(0)


def _dense(config: Config, faces: Faces, params: PyTree) -> Dense:
    angles = grid_of(config, config.dense_angles)
    found = respond(config, faces, params, faces.rows["train"], angles)
    errors = read_errors(config, found, angles)
    stable = information_of_networks(found, bias_correction=False).mean_term
    return Dense(angles, stable, single_precision_information(found), np.mean(errors**2, -1))


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
            f"{name}_effective_faces": (dims, fisher.effective_samples, {"units": "1"}),
            f"{name}_bias": (dims, reading.bias, {"units": "rad"}),
            f"{name}_squared_error_at": (dims, reading.squared_error, {"units": "rad^2"}),
            f"{name}_median_error": (dims, reading.median, {"units": "rad"}),
            f"{name}_skewness": (dims, reading.skewness, {"units": "1"}),
            f"{name}_mean_code": ((*dims, "number"), look.found.codes.mean(-2)),
        }
    persons = persons_of(found.faces, "train")
    over = "faces" if persons is None else "persons"
    long = {"long_name": f"standard error (jackknife over {over})"}
    variables["train_information_error"] = (dims, found.jackknife.mean_term, per | long)
    variables["train_information_bias"] = (dims, found.jackknife.bias, per)
    if found.readout is not None:
        variables["train_information_readout"] = (dims, found.readout, per)
    if found.depth is not None:
        variables |= _layer_variables(found.depth)
    if found.emergence is not None:
        over = ("replica", "kept_step", "angle")
        variables["code_information"] = (over, found.emergence.information.swapaxes(0, 1), per)
        variables["half_rise_step"] = (dims, found.emergence.half, {"units": "updates"})
    if found.noise is not None:
        variables |= _noise_variables(found.noise)
    variables["density"] = (dims, found.density, {"units": "1/rad"})
    shares = {"units": "1", "long_name": "share of sqrt(I) in the window, or likeliest bin"}
    variables["share_of_root_information"] = (("replica",), found.shape.share, shares)
    if found.bins is not None:
        variables["bin_weight"] = (("replica", "bin"), found.bins, {"units": "1"})
    variables["chosen_step"] = (("replica",), found.chosen_step, {"units": "updates"})
    coordinates: dict[str, Any] = {"angle": ("angle", found.angles, {"units": "rad"})}
    if found.depth is not None:
        coordinates["layer"] = found.depth.layers
        coordinates["depth_angle"] = ("depth_angle", found.depth.angles, {"units": "rad"})
    if found.emergence is not None:
        steps = found.emergence.steps
        coordinates["kept_step"] = ("kept_step", steps, {"units": "updates"})
    return xarray.Dataset(variables, coordinates)


def _noise_variables(noise: Noise) -> dict[str, Any]:
    words = {
        "alone": "information of the noise, the face being known",
        "pictures": "linear Fisher information of the variation of faces",
        "together": "linear Fisher information of noise and variation of faces",
        "before": "information of the noise before training, the face being known",
    }
    return {
        f"noise_{name}": (
            ("replica", "angle"),
            getattr(noise, name),
            {"units": "1/rad^2", "long_name": f"{long}, {noise.layer}"},
        )
        for name, long in words.items()
    }


def _layer_variables(depth: Depth) -> dict[str, Any]:
    dims = ("replica", "layer", "depth_angle")
    words = {
        "bound": "lower bound of linear Fisher information, held-out readouts",
        "error": "standard error of the bound",
        "before": "the bound before training",
        "corrected": "mean term, corrected for few faces",
    }
    return {
        f"layer_{name}": (
            dims,
            getattr(depth, name).swapaxes(0, 1),
            {"units": "1/rad^2", "long_name": long},
        )
        for name, long in words.items()
    }
