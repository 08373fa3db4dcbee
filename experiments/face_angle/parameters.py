"""Codes of several parameters of a face: the matrix of their information, what it follows."""

import contextlib
import functools
import warnings
from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray
from jaxtyping import Bool, Float, Int, PyTree

from jaxrep.analysis.fisher import Fisher, Responses, responses
from jaxrep.analysis.fisher_matrix import ParameterInformation, parameter_information
from jaxrep.analysis.fisher_networks import matrices_of_networks, matrix_replicates_of_networks
from jaxrep.analysis.fisher_shape import fit_exponents
from jaxrep.data.face_transformations import Transformation, transform_faces
from jaxrep.data.faces import Faces
from jaxrep.engine import Replicas, join_replicas
from jaxrep.engine.run import Run
from jaxrep.models.code_network import CodeNetwork
from jaxrep.study import GridPoint, Plan

from .config import Config
from .data import concentrated_density, parameter_densities, parameter_values, transformation_of
from .findings import named_points
from .looks import Persons, persons_of
from .problem import network_of

Matrices = Float[np.ndarray, "*batch point parameter parameter"]
Curves = Float[np.ndarray, "*batch parameter parameter value"]


class ParametersFound(NamedTuple):
    """Everything that figures and tables of several parameters are made from, training faces.

    Information is per squared half range of each parameter.

    Attributes:
      config, replicas: what was run.
      persons: who is shown on each training face, or None.
      finite: networks that did not diverge; all arrays are NaN of the others.
      points: grid points that have a finite network.
      flat: records with one leading dimension ``replica``.
      chosen_step: of the networks analysed.
      values: of every parameter, in all combinations of which networks are looked at.
      density: of training values there, per half range, ``[parameter, value]``.
      fisher: ``[replica, point, ...]``, points in the order of `grid_points_of`.
      started: the same of the networks that training started from.
      replicates: the mean term without each person, ``[replica, point, group, ...]``.
      at_points: of the mean term, ``[replica, point, ...]``.
      started_at_points: of the mean term before training.
    """

    config: Config
    replicas: Replicas
    persons: Persons | None
    finite: Bool[np.ndarray, " replica"]
    points: list[GridPoint]
    flat: xarray.Dataset
    chosen_step: Int[np.ndarray, " replica"]
    values: Float[np.ndarray, " value"]
    density: Float[np.ndarray, "parameter value"]
    fisher: Fisher
    started: Fisher
    replicates: Float[np.ndarray, "replica point group parameter parameter"]
    at_points: ParameterInformation
    started_at_points: ParameterInformation

    @property
    def names(self) -> tuple[str, ...]:
        """Of the parameters."""
        return self.config.parameters

    @property
    def mean_matrix(self) -> Float[np.ndarray, "replica parameter parameter"]:
        """The mean term, averaged over all points."""
        return self.fisher.mean_term.mean(1)

    @property
    def mean_replicates(self) -> Float[np.ndarray, "replica group parameter parameter"]:
        """The same without each person."""
        return self.replicates.mean(1)

    @property
    def curves(self) -> Curves:
        """``[replica, b, c, value]``: I_bb at each value of c, over all values of the others."""
        return curves_of(self.fisher.mean_term, len(self.values))

    @property
    def started_curves(self) -> Curves:
        """The same before training."""
        return curves_of(self.started.mean_term, len(self.values))

    @property
    def curve_errors(self) -> Curves:
        """Standard errors of `curves`, by leaving out persons."""
        every = curves_of(self.replicates.swapaxes(1, 2), len(self.values))
        return jackknife_error(every, 1)


def median_of_known(values: np.ndarray, axis: int) -> np.ndarray:
    """Median of what is not NaN along an axis; NaN where there is nothing else."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # numpy's, of nothing but NaN
        return np.nanmedian(values, axis)


def jackknife_error(replicates: np.ndarray, axis: int) -> np.ndarray:
    """Standard error of what was computed again without each group."""
    return np.sqrt((replicates.shape[axis] - 1) * replicates.var(axis))


def grid_points_of(config: Config) -> Float[np.ndarray, "point parameter"]:
    """All combinations of the values, those of the last parameter fastest."""
    axes = [parameter_values(config)] * len(config.parameters)
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, len(axes))


def curves_of(information: Matrices, values: int) -> Curves:
    """``[..., b, c, value]``: mean of I_bb over all points with that value of c."""
    count = information.shape[-1]
    known = np.diagonal(information, axis1=-2, axis2=-1).swapaxes(-2, -1)
    cube = known.reshape(*known.shape[:-1], *[values] * count)
    axes = range(-count, 0)
    over = [cube.mean(tuple(a for a in axes if a != axis)) for axis in axes]
    return np.stack(over, -2)


def follow_densities(
    curves: Curves, density: Float[np.ndarray, "parameter value"], followed: Sequence[bool]
) -> Float[np.ndarray, "replica parameter parameter"]:
    """``[replica, b, c]``: g of ``I_bb ~ p_c^g``; NaN of densities that are not `followed`."""
    networks, count = curves.shape[:2]
    found = np.full((networks, count, count), np.nan)
    for c in np.flatnonzero(followed):
        shown = np.broadcast_to(density[c], curves[:, 0, c].shape)
        for b in range(count):
            found[:, b, c] = fit_exponents(curves[:, b, c], shown)
    return found


def exponents_of(found: ParametersFound, *, started: bool = False) -> np.ndarray:
    """`follow_densities` of a run, for the parameters that are concentrated."""
    config = found.config
    curves = found.started_curves if started else found.curves
    concentrated = [name in config.concentrated for name in config.parameters]
    return follow_densities(curves, found.density, concentrated)


def concentrated_values(config: Config) -> Float[np.ndarray, " value"]:
    """The density of a parameter that is concentrated, per half range, at the values."""
    return np.asarray(concentrated_density(config).pdf(parameter_values(config)), float)


@functools.lru_cache(maxsize=4)
def _program(
    network: CodeNetwork, draw_all: Callable, transformation: Transformation
) -> Callable[..., Responses]:
    """``(parameters [replica, ...], rows, points) -> Responses [replica, point, ...]``."""

    def one(params, rows, points):
        def code(values):
            shown = transform_faces(draw_all, transformation, rows, values)
            return network.apply({"params": params}, shown.T)

        return responses(code, points)

    return jax.jit(jax.vmap(one, (0, None, None)))


def _respond(config: Config, faces: Faces, params: PyTree) -> Responses:
    """Codes of all networks and their derivatives in all parameters, training faces."""
    kind = jax.tree.leaves(params)[0].dtype
    program = _program(network_of(config), faces.draw_all, transformation_of(config))
    with jax.enable_x64() if kind == np.float64 else contextlib.nullcontext():
        rows, points = faces.rows["train"], grid_points_of(config)
        params = jax.tree.map(jnp.asarray, params)
        found = program(params, jnp.asarray(rows, kind), jnp.asarray(points, kind))
        return Responses(*map(np.asarray, found))


def parameters_found(run: Run, plan: Plan, config: Config) -> ParametersFound:
    """Information matrices of all networks of a finished run, before and after training."""
    replicas, faces = plan.replicas, plan.data
    variables, steps, finite = run.kept()
    persons = persons_of(faces, "train")
    trained = _respond(config, faces, variables.params)
    fisher = matrices_of_networks(trained, groups=persons)
    begun = _respond(config, faces, run.states(0).params)
    started = matrices_of_networks(begun, groups=persons)
    values = parameter_values(config)
    return ParametersFound(
        config=config,
        replicas=replicas,
        persons=persons,
        finite=finite,
        points=named_points(config, replicas, finite),
        flat=join_replicas(run.records, list(replicas.coordinates)),
        chosen_step=steps,
        values=values,
        density=np.stack([np.asarray(p.pdf(values), float) for p in parameter_densities(config)]),
        fisher=fisher,
        started=started,
        replicates=matrix_replicates_of_networks(trained, groups=persons),
        at_points=parameter_information(fisher.mean_term),
        started_at_points=parameter_information(started.mean_term),
    )
