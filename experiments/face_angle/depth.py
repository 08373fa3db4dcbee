"""Where along the depth the angle is known: information of every hidden layer, and of the code."""

import contextlib
import functools
from collections.abc import Callable
from typing import NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, PyTree

from jaxrep.analysis.fisher import Fisher, Responses, responses
from jaxrep.analysis.fisher_held_out import held_out_information
from jaxrep.analysis.fisher_networks import information_of_networks
from jaxrep.analysis.fisher_responses import FEWEST
from jaxrep.data.faces import Faces
from jaxrep.models.code_network import CodeNetwork

from .config import Config
from .looks import Angles, persons_of
from .problem import network_of

FOLDS = 5
"""Parts of the persons (or faces) that are held out in turn."""

ByLayer = Float[np.ndarray, "layer replica angle"]


class Depth(NamedTuple):
    """Information of every layer at a few angles, training faces, 1 / rad^2.

    Attributes:
      layers: names, from the pixels on; the last is the code.
      units: of each.
      angles: rad.
      bound: what readouts keep that are tested on other persons: a lower bound.
      error: of the bound, one standard error.
      before: the bound in the networks that training started from.
      corrected: the formula without the bias of few faces; NaN where persons are fewer than units.
      reliable: whether the corrected value is.
    """

    layers: list[str]
    units: list[int]
    angles: Float[np.ndarray, " angle"]
    bound: ByLayer
    error: ByLayer
    before: ByLayer
    corrected: ByLayer
    reliable: Bool[np.ndarray, "layer replica angle"]

    @property
    def root(self) -> Float[np.ndarray, "layer replica"]:
        """Mean over angles of the root of the bound, 1 / rad."""
        return np.sqrt(np.maximum(self.bound, 0)).mean(-1)

    @property
    def root_before(self) -> Float[np.ndarray, "layer replica"]:
        """The same before training."""
        return np.sqrt(np.maximum(self.before, 0)).mean(-1)


def information_by_layer(
    config: Config,
    faces: Faces,
    params: PyTree,
    before: PyTree,
    angles: Angles,
    code: Fisher,
) -> Depth:
    """Every layer's information at the angles, of trained networks and of those `before`.

    The corrected information of the `code` there, ``[replica, angle]``, is known already.
    """
    found = layer_responses(config, faces, params, angles)
    started = layer_responses(config, faces, before, angles)
    persons = persons_of(faces, "train")
    if persons is not None and len(np.unique(persons)) < FOLDS:
        persons = None
    bounds = [held_out_information(layer, groups=persons, folds=FOLDS) for layer in found]
    first = [held_out_information(layer, groups=persons, folds=FOLDS).bound for layer in started]
    fields = [_corrected(layer, persons) for layer in found[:-1]]
    fields.append((code.mean_term, code.reliable))
    return Depth(
        [*(f"hidden layer {i}" for i in range(1, len(found))), "code"],
        [layer.codes.shape[-1] for layer in found],
        angles,
        np.stack([bound.bound for bound in bounds]),
        np.stack([bound.error for bound in bounds]),
        np.stack(first),
        *(np.stack(field) for field in zip(*fields, strict=True)),
    )


def _corrected(layer: Responses, persons: np.ndarray | None) -> tuple[np.ndarray, ...]:
    """The corrected mean term, and whether it is reliable."""
    shape, (faces, units) = layer.codes.shape[:2], layer.codes.shape[2:]
    unknown = np.full(shape, np.nan), np.zeros(shape, bool)
    independent = faces if persons is None else len(np.unique(persons))
    if independent < units + FEWEST:
        return unknown
    try:
        fisher = information_of_networks(layer, groups=persons)
    except ValueError:  # silent units: there is no covariance to invert
        return unknown
    return fisher.mean_term, fisher.reliable


@functools.lru_cache(maxsize=4)
def _program(network: CodeNetwork, draw_all: Callable) -> Callable[..., Responses]:
    """``(parameters [replica, ...], rows, angles) -> Responses`` of all layers, side by side."""

    def each(params, rows, angles):
        def layers(angle):
            shown = draw_all(rows, angle).T
            every = network.apply({"params": params}, shown, method="layers")
            return jnp.concatenate(cast(list, every), -1)

        return responses(layers, angles)

    return jax.jit(jax.vmap(each, in_axes=(0, None, None)))


def layer_responses(
    config: Config, faces: Faces, params: PyTree, angles: Angles
) -> list[Responses]:
    """Responses of each layer to the training faces, ``[replica, angle, face, unit]``."""
    kind = jax.tree.leaves(params)[0].dtype
    program = _program(network_of(config), faces.draw_all)
    with jax.enable_x64() if kind == np.float64 else contextlib.nullcontext():
        rows = jnp.asarray(faces.rows["train"], kind)
        found = program(jax.tree.map(jnp.asarray, params), rows, jnp.asarray(angles, kind))
        whole = Responses(*map(np.asarray, found))
    ends = np.cumsum(config.architecture)
    parts = np.split(whole.codes, ends, -1), np.split(whole.derivatives, ends, -2)
    return [Responses(*part) for part in zip(*parts, strict=True)]
