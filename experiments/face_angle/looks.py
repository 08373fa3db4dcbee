"""Networks of the face-angle study shown faces at many angles: codes, derivatives, information."""

import contextlib
import dataclasses
import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from jaxrep.analysis.angle_reading import Reading, reading_errors
from jaxrep.analysis.fisher import (
    Fisher,
    Jackknifed,
    Responses,
    fisher_information,
    fisher_jackknife,
    responses,
)
from jaxrep.models.code_network import angle_error

from .config import Config
from .data import load_faces
from .problem import network_of


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
def code_program(config: Config):
    """``(parameters [replica, ...], rows, angles) -> Responses [replica, angle, ...]``.

    All networks see the same pictures, which are drawn once for them.
    """
    faces, network = load_faces(config), network_of(config)

    def one(params, rows, angles):
        def code(angle):
            return network.apply({"params": params}, faces.draw_all(rows, angle).T)

        return responses(code, angles)

    return jax.jit(jax.vmap(one, in_axes=(0, None, None)))


def respond(config: Config, params: Any, rows: np.ndarray, angles: np.ndarray) -> Responses:
    """Codes of all networks and their derivatives, on the host."""
    kind = jax.tree.leaves(params)[0].dtype
    program, single = code_program(_seen(config)), np.asarray(angles, kind)[:, None]
    with jax.enable_x64() if kind == np.float64 else contextlib.nullcontext():
        rows, params = jnp.asarray(rows, kind), jax.tree.map(jnp.asarray, params)
        # one angle at a time: any number of angles runs the same compiled program
        every = [program(params, rows, jnp.asarray(angle)) for angle in single]
        return Responses(*(np.concatenate(parts, 1) for parts in zip(*every, strict=True)))


def _seen(config: Config) -> Any:
    """The configuration without what does not change how a given network sees faces."""
    plain = {"loss": ("linear",), "density": "uniform", "start": "", "frozen": 0, "epochs": 1}
    return dataclasses.replace(config, **plain, seeds=1, first_seed=0, keep="last")


def look_at(config: Config, params: Any, rows: np.ndarray, angles: np.ndarray) -> Look:
    """All networks at all angles, with one set of faces."""
    found = respond(config, params, rows, angles)
    errors = np.asarray(angle_error(found.codes, angles[:, None], config.code == "circular"))
    reading = Reading(*map(np.asarray, reading_errors(errors)))
    return Look(found, _plain(information_of(found)), errors, reading)


def information_of(found: Responses) -> Fisher:
    """Information of every replica; NaN of those that diverged, and nothing raised for them."""
    finite = np.isfinite(found.codes).all((1, 2, 3)) & np.isfinite(found.derivatives).all(
        (1, 2, 3, 4)
    )
    if not finite.any():
        nothing = np.full((*found.codes.shape[:2], 1, 1), np.nan)
        return Fisher(nothing, nothing, nothing[..., 0, 0], np.zeros(nothing.shape[:2], bool))
    result = fisher_information(Responses(*(x[finite] for x in found)))
    return Fisher(*(with_diverged(field, finite) for field in result))


def with_diverged(field: np.ndarray, finite: np.ndarray) -> np.ndarray:
    """``[replica, ...]`` with NaN (False) for those that are not finite."""
    whole = np.full((len(finite), *field.shape[1:]), False if field.dtype == bool else np.nan)
    whole[finite] = field
    return whole


def _plain(fields):
    """Without the two parameter axes, which have length 1 here."""
    return type(fields)(*(f[..., 0, 0] if f.ndim == 4 else f for f in fields))


def standard_errors(look: Look) -> Jackknifed:
    """Standard errors of every replica; NaN of those that diverged."""
    finite = np.isfinite(look.fisher.mean_term).all(1)
    if not finite.any():
        return Jackknifed(*[np.full(look.fisher.mean_term.shape, np.nan)] * 4)
    errors = _plain(fisher_jackknife(Responses(*(x[finite] for x in look.found))))
    return Jackknifed(*(with_diverged(field, finite) for field in errors))


def naive_information(found: Responses) -> np.ndarray:
    """The mean term as a float32 inverse has it: what the original's spikes are."""
    codes = np.asarray(found.codes, np.float32)
    centred = codes - codes.mean(-2, keepdims=True)
    covariance = np.einsum("...ni,...nj->...ij", centred, centred) / (codes.shape[-2] - 1)
    a, b, c = covariance[..., 0, 0], covariance[..., 0, 1], covariance[..., 1, 1]
    slope = np.asarray(found.derivatives, np.float32).mean(-3)[..., 0]
    x, y = slope[..., 0], slope[..., 1]
    with np.errstate(all="ignore"):
        return (c * x * x - 2 * b * x * y + a * y * y) / (a * c - b * b)
