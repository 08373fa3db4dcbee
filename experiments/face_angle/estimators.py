"""The other estimators of Fisher information, on one trained network, with standard errors."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from jaxrep.analysis import fisher_estimators as other
from jaxrep.analysis.fisher import (
    Responses,
    fisher_information,
    fisher_jackknife,
    responses_by_difference,
)
from jaxrep.analysis.resampling import bootstrap, jackknife

from .analysis import Found, inner
from .data import grid_of
from .looks import respond
from .problem import network_of

SEPARATION = 0.05
"""Radians between the two sides of the estimators that take samples, as in the original study."""
SINGLE = 10_001
"""Angles with one response each, for the smooth fit."""
WINDOW = 0.15
"""Radians of its window."""
COMPARED = 5
"""Angles that are compared."""


class Compared(NamedTuple):
    """Estimates of one network's information.

    Attributes:
      angles: radians.
      names: of the estimators.
      values, errors: ``[estimator, angle]``, 1 / rad^2.
    """

    angles: Float[np.ndarray, " angle"]
    names: list[str]
    values: Float[np.ndarray, "estimator angle"]
    errors: Float[np.ndarray, "estimator angle"]


def compare_estimators(found: Found) -> Compared | None:
    """All estimators at a few angles, training faces, first network that is finite, or None."""
    config, rows = found.config, found.faces.rows["train"]
    alive = np.flatnonzero(np.isfinite(found.information).all(1))
    if not len(alive):
        return None
    found = found._replace(params=jax.tree.map(lambda x: x[alive[:1]], found.params))
    inside = found.angles[inner(found)]
    angles = inside[np.linspace(0, len(inside) - 1, COMPARED + 2).astype(int)[1:-1]] + 0.01
    offsets = SEPARATION * np.array([-0.5, 0.5, -1.0, -0.25, 0.25, 1.0])
    around = (angles[:, None] + offsets).ravel()
    codes = respond(config, found.params, rows, around).codes[0].astype(float)
    codes = codes.reshape(len(angles), len(offsets), *codes.shape[1:])
    lists: dict[str, list[tuple[float, float]]] = {}

    def add(name: str, value: Any, error: Any) -> None:
        lists.setdefault(name, []).append((float(value), float(error)))

    exact = Responses(*(x[0] for x in respond(config, found.params, rows, angles)))
    differed = _differed(found, angles)
    for name, responses in (("derivative", exact), ("finite difference", differed)):
        values = fisher_information(responses).mean_term.ravel()
        errors = fisher_jackknife(responses).mean_term.ravel()
        for value, error in zip(values, errors, strict=True):
            add(name, value, error)
    for point in codes:
        below, above, *near = point
        for name, function, groups in _with_samples():
            try:
                estimate = jackknife(function, below, above, groups=groups)
            except ValueError:  # scikit-learn is not installed
                continue
            add(name, estimate.value, estimate.error)
        # other faces on either side
        apart = bootstrap(_independent, below[::2], above[1::2], together=False)
        add("sampled, other faces", apart.value, apart.error)
        learnt = np.concatenate([side[::2] for side in near])
        shown = np.repeat(offsets[2:], len(below[::2]))
        decoded = jackknife(
            lambda low, high, learnt=learnt, shown=shown: other.decoder_information(
                learnt, shown, low, high, SEPARATION
            ),
            below[1::2],
            above[1::2],
            groups=20,
        )
        add("linear decoder", decoded.value, decoded.error)
    for value, error in _smooth(found, int(alive[0]), angles):
        add("smooth fit", value, error)
    values = np.array([[v for v, _ in pairs] for pairs in lists.values()])
    errors = np.array([[e for _, e in pairs] for pairs in lists.values()])
    return Compared(angles, list(lists), values, errors)


def _independent(below, above) -> float:
    return other.sampled_information(below, above, SEPARATION, independent=True)


def _with_samples():
    """Estimators of the same faces on both sides, and groups of faces for the jackknife."""
    return (
        (
            "linear discriminant",
            lambda low, high: (other.discriminability(low, high) / SEPARATION) ** 2,
            20,
        ),
        (
            "support vector machine",
            lambda low, high: (other.machine_discriminability(low, high) / SEPARATION) ** 2,
            5,
        ),
        (
            "minimum covariance determinant",
            lambda low, high: other.robust_information(low, high, SEPARATION),
            5,
        ),
    )


def _differed(found: Found, angles: np.ndarray):
    """The original's finite difference of the pictures."""
    network, faces = network_of(found.config), found.faces
    params = jax.tree.map(lambda x: jnp.asarray(x[0]), found.params)
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


def _smooth(found: Found, replica: int, angles: np.ndarray) -> list[tuple[float, float]]:
    """From one face at each of many angles; the covariance is interpolated from the grid."""
    config, faces = found.config, found.faces
    fine = grid_of(config, SINGLE)
    rows = faces.rows["train"]
    chosen = np.random.default_rng(0).integers(0, len(rows), SINGLE)
    network = network_of(config)

    @jax.jit
    def single(rows, angles):
        one = jax.tree.map(lambda x: x[0], found.params)
        return network.apply({"params": one}, faces.draw_each(rows, angles))

    codes = np.asarray(single(jnp.asarray(rows[chosen]), jnp.asarray(fine, jnp.float32)))
    every = found.looks["train"].found.codes[replica].astype(float)
    centred = every - every.mean(1, keepdims=True)
    known = np.einsum("ani,anj->aij", centred, centred) / (every.shape[1] - 1)
    covariance = np.empty((SINGLE, 2, 2))
    for i in range(2):
        for j in range(2):
            covariance[:, i, j] = np.interp(fine, found.angles, known[:, i, j])
    spacing = fine[1] - fine[0]
    window = int(WINDOW / spacing) // 2 * 2 + 1
    fit = other.smooth_fit_information(
        codes, spacing, covariance, window, periodic=config.code == "circular"
    )
    half = (window - 1) // 2
    variance = 1 / (spacing**2 * 2 * np.sum(np.arange(1.0, half + 1) ** 2))
    values = np.interp(angles, fine, fit.information)
    # of |s + e|^2 with noise e of that variance in each of two numbers
    return [(v, (4 * max(v, 0) * variance + 4 * variance**2) ** 0.5) for v in values]
