"""In which direction: the change of a picture that the code sees best, and that two codes judge
differently."""

import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, PyTree

from jaxrep.analysis.eigen_distortions import (
    ExtremeDistortions,
    PrincipalDistortions,
    extreme_distortions,
    principal_distortions,
)
from jaxrep.data.faces import Faces
from jaxrep.models.code_network import CodeNetwork

from .config import Config
from .problem import network_of

FACES = 24
"""Training faces that are looked at."""
ITERATIONS = 100
"""Of the power method: the code has two numbers, so all but two eigenvalues are 0."""
RIDGE = 0.01
"""Of principal distortions, as a share of the greatest eigenvalue, which is made 1 for each."""

Pictures = Float[np.ndarray, "face pixel"]


class Distortions(NamedTuple):
    """Of faces at one angle, by a deterministic code: ``J^T J``.

    Attributes:
      angle: rad.
      pictures: grey values.
      turns: change of each picture by a small turn, of unit length.
      best: direction that a code sees best, of unit length, along the turn rather than against it.
      values: its eigenvalue, squared units of the code per squared grey value.
      overlap: ``|cos|`` of that direction and the turn.
      overlap_before: in the networks that training started from.
      by_chance: of random directions on average.
      principal: of the first two networks, first face; None of a single one.
    """

    angle: float
    pictures: Pictures
    turns: Pictures
    best: Float[np.ndarray, "replica face pixel"]
    values: Float[np.ndarray, "replica face"]
    overlap: Float[np.ndarray, "replica face"]
    overlap_before: Float[np.ndarray, "replica face"]
    by_chance: float
    principal: PrincipalDistortions | None


def distortions_at(
    config: Config,
    faces: Faces,
    params: PyTree,
    before: PyTree,
    finite: Bool[np.ndarray, " replica"],
    angle: float,
) -> Distortions:
    """Of the first training faces."""
    network, rows = network_of(config), jnp.asarray(faces.rows["train"][:FACES])
    point = jnp.asarray(angle, rows.dtype)
    shown, turned = jax.jvp(lambda a: faces.draw_all(rows, a).T, (point,), (jnp.ones_like(point),))
    pictures, turns = np.asarray(shown), np.asarray(turned)
    turns = turns / np.linalg.norm(turns, axis=1, keepdims=True)
    trained, started = (_program(network)(values, shown) for values in (params, before))
    best = np.asarray(trained.directions[:, :, 0])
    along = np.einsum("rfp,fp->rf", best, turns)
    first = np.abs(np.einsum("rfp,fp->rf", np.asarray(started.directions[:, :, 0]), turns))
    both, principal = np.flatnonzero(finite)[:2], None
    if len(both) == 2:
        matrices = [_information(network, params, int(row), shown[0]) for row in both]
        principal = principal_distortions(*matrices, ridge=RIDGE)
    return Distortions(
        angle,
        pictures,
        turns,
        best * np.where(along < 0, -1, 1)[..., None],
        np.asarray(trained.values[:, :, 0]),
        np.abs(along),
        first,
        float(np.sqrt(2 / (np.pi * faces.pixels))),
        principal,
    )


@functools.lru_cache(maxsize=4)
def _program(network: CodeNetwork) -> Callable[[PyTree, jax.Array], ExtremeDistortions]:
    """``(parameters [replica, ...], pictures) -> [replica, face, ...]``."""

    def each(params, picture):
        return extreme_distortions(
            lambda x: network.apply({"params": params}, x[None])[0], picture, iterations=ITERATIONS
        )

    return jax.jit(jax.vmap(jax.vmap(each, (None, 0)), (0, None)))


def _information(network: CodeNetwork, params: PyTree, row: int, picture: jax.Array) -> np.ndarray:
    """``J^T J`` of one network over its greatest eigenvalue: units of codes do not matter."""
    own = jax.tree.map(lambda x: jnp.asarray(x[row]), params)
    jacobian = jax.jacrev(lambda x: network.apply({"params": own}, x[None])[0])(picture)
    jacobian = np.asarray(jacobian, float)
    return jacobian.T @ jacobian / np.linalg.norm(jacobian, 2) ** 2
