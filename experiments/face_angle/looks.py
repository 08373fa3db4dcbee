"""Networks of the face-angle study shown faces at many angles: codes, derivatives, information."""

import contextlib
import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int, PyTree

from jaxrep.analysis.angle_reading import Reading, reading_errors
from jaxrep.analysis.fisher import Fisher, Responses, responses
from jaxrep.analysis.fisher_networks import information_of_networks
from jaxrep.data.faces import Faces
from jaxrep.models.code_network import CodeNetwork, angle_error

from .config import Config
from .problem import network_of

Angles = Float[np.ndarray, " angle"]
Persons = Int[np.ndarray, " face"]
Rows = Float[np.ndarray, "face ..."]


class Look(NamedTuple):
    """One set of faces at all angles, every network.

    Attributes:
      found: codes and derivatives, ``[replica, angle, face, ...]``.
      fisher: ``[replica, angle]`` fields.
      errors: of the angle read, ``[replica, angle, face]``, rad.
      reading: their moments.
    """

    found: Responses
    fisher: Fisher
    errors: Float[np.ndarray, "replica angle face"]
    reading: Reading


@functools.lru_cache(maxsize=16)
def code_program(network: CodeNetwork, draw_all: Callable) -> Callable[..., Responses]:
    """``(parameters [replica, ...], rows, angles) -> Responses [replica, angle, ...]``.

    All networks see the same pictures, which are drawn once for them.
    """

    def one(params, rows, angles):
        def code(angle):
            return network.apply({"params": params}, draw_all(rows, angle).T)

        return responses(code, angles)

    return jax.jit(jax.vmap(one, in_axes=(0, None, None)))


def respond(config: Config, faces: Faces, params: PyTree, rows: Rows, angles: Angles) -> Responses:
    """Codes of all networks and their derivatives, on the host."""
    kind = jax.tree.leaves(params)[0].dtype
    program = code_program(network_of(config), faces.draw_all)
    single = np.asarray(angles, kind)[:, None]
    with jax.enable_x64() if kind == np.float64 else contextlib.nullcontext():
        shown, params = jnp.asarray(rows, kind), jax.tree.map(jnp.asarray, params)
        # one angle at a time: any number of angles runs the same compiled program
        every = [program(params, shown, jnp.asarray(angle)) for angle in single]
        return Responses(*(np.concatenate(parts, 1) for parts in zip(*every, strict=True)))


def read_errors(config: Config, found: Responses, angles: Angles) -> np.ndarray:
    """Angle read minus true angle, ``[replica, angle, face]``, rad."""
    return np.asarray(angle_error(found.codes, angles[:, None], config.code == "circular"))


def persons_of(faces: Faces, name: str) -> Persons | None:
    """Who is shown on every face of a set; None where nobody says, or it is one person."""
    person = np.asarray(faces.person[name])
    known = (person >= 0).all() and len(np.unique(person)) > 1
    return person if known else None


def look_at(config: Config, faces: Faces, params: PyTree, name: str, angles: Angles) -> Look:
    """All networks at all angles, with one set of faces; biases are corrected by person."""
    found = respond(config, faces, params, faces.rows[name], angles)
    errors = read_errors(config, found, angles)
    reading = Reading(*map(np.asarray, reading_errors(errors)))
    fisher = information_of_networks(found, groups=persons_of(faces, name))
    return Look(found, fisher, errors, reading)
