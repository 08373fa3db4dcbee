"""The other estimators of Fisher information, on one trained network, with standard errors."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxrep.analysis.fisher import Responses, responses_by_difference
from jaxrep.analysis.fisher_comparison import (
    CodesAround,
    ComparedEstimates,
    SingleResponses,
    compare_fisher_estimators,
    interpolate_covariance,
    neighbour_offsets,
)

from .data import grid_of
from .findings import Found, of_networks
from .looks import persons_of, respond
from .problem import network_of

SEPARATION = 0.05
"""Radians between the two sides of the estimators that take samples, as in the original study."""
SINGLE = 10_001
"""Angles with one response each, for the smooth fit."""
WINDOW = 0.15
"""Radians of its window."""
COMPARED = 5
"""Angles that are compared."""


def compare_estimators(found: Found) -> ComparedEstimates | None:
    """All estimators at a few angles, training faces, first network that is finite, or None."""
    if not found.finite.any():
        return None
    config, replica = found.config, int(np.flatnonzero(found.finite)[0])
    rows, params = found.faces.rows["train"], of_networks(found.params, np.array([replica]))
    inside = found.angles[found.inside]
    angles = inside[np.linspace(0, len(inside) - 1, COMPARED + 2).astype(int)[1:-1]] + 0.01
    offsets = neighbour_offsets(SEPARATION)
    around = (angles[:, None] + offsets).ravel()
    codes = respond(config, found.faces, params, rows, around).codes[0].astype(float)
    codes = codes.reshape(len(angles), len(offsets), *codes.shape[1:])
    exact = respond(config, found.faces, params, rows, angles)
    differed = _differed(found, replica, angles)
    singles = _singles(found, replica)
    return compare_fisher_estimators(
        angles,
        [
            CodesAround(
                offsets,
                codes[index],
                Responses(*(x[0, index] for x in exact)),
                Responses(*(x[index] for x in differed)),
                singles._replace(offsets=singles.offsets - angle),
                persons_of(found.faces, "train"),
            )
            for index, angle in enumerate(angles)
        ],
    )


def _differed(found: Found, replica: int, angles: np.ndarray) -> Responses:
    """The original's finite difference of the pictures, ``[angle, face, ...]``."""
    network, faces = network_of(found.config), found.faces
    params = jax.tree.map(lambda x: jnp.asarray(x[replica]), found.params)
    rows = jnp.asarray(faces.rows["train"])

    @jax.jit
    def program(angles):
        return responses_by_difference(
            lambda pictures: network.apply({"params": params}, pictures.T),
            lambda angle: faces.draw_all(rows, angle),
            angles,
            SEPARATION,
        )

    return program(jnp.asarray(angles, jnp.float32))


def _singles(found: Found, replica: int) -> SingleResponses:
    """One face at each of many angles; the covariance is interpolated from the grid."""
    config, faces = found.config, found.faces
    fine, rows = grid_of(config, SINGLE), faces.rows["train"]
    chosen = np.random.default_rng(0).integers(0, len(rows), SINGLE)
    network = network_of(config)
    params = jax.tree.map(lambda x: x[replica], found.params)

    @jax.jit
    def single(rows, angles):
        return network.apply({"params": params}, faces.draw_each(rows, angles))

    codes = np.asarray(single(jnp.asarray(rows[chosen]), jnp.asarray(fine, jnp.float32)))
    every = found.looks["train"].found.codes[replica]
    covariance = interpolate_covariance(fine, found.angles, every)
    return SingleResponses(fine, codes, covariance, WINDOW, config.code == "circular")
