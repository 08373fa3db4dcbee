"""Unit by unit: which unit of one representation is which of the other, and how alike they are.

These ask for more than rotations: two networks may have the same shape (see
`jaxrep.analysis.shape_distance`) with no unit of one like any unit of the other. Optimal
assignments are found on the host; they are exact.
"""

import math
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse
from jax.core import Tracer
from jaxtyping import Float, Int, Shaped
from scipy.optimize import linear_sum_assignment, linprog

from jaxrep.analysis.spaces import centred, entered_representations, near_one, product, transposed
from jaxrep.typing import Array

REPEATED = 2000
"""Up to this many units after repetition a transport is solved as an assignment."""


class UnitMatching(NamedTuple):
    """The pairs of units of the best one-to-one assignment, as many as the fewer units.

    Attributes:
      first, second: units of a pair.
      correlation: of their responses, NaN of a unit that does not vary.
    """

    first: Int[np.ndarray, " pair"]
    second: Int[np.ndarray, " pair"]
    correlation: Float[np.ndarray, " pair"]


def soft_matching_distance(
    first: Shaped[Array, "sample unit"], second: Shaped[Array, "sample other"]
) -> Float[np.ndarray, ""]:
    """``d^2 = min_T sum_ab T_ab |x_a - y_b|^2`` of raw responses (Khosla and Williams 2024).

    Rows of T sum to 1 / p, its columns to 1 / q; for as many units T is the best permutation over
    p. In units of the responses; small means alike; a metric. Invariant to the order of units
    only. NaN where a value is not finite.

    >>> rows = np.array([[0.0, 1.0], [2.0, 0.0]])
    >>> soft_matching_distance(rows, rows[:, ::-1]).item()
    0.0

    Raises:
      ValueError: other numbers of samples, fewer than 2.
    """
    one, other = _entered(first, second)
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        return np.asarray(np.nan)
    size = max(np.abs(one).max(), np.abs(other).max()) or 1.0
    one, other = one / size, other / size
    apart = np.stack([((unit[:, None] - other) ** 2).sum(0) for unit in one.T])
    return np.asarray(size * np.sqrt(max(_transported(apart), 0.0)))


def soft_matching_correlation(
    first: Shaped[Array, "sample unit"], second: Shaped[Array, "sample other"]
) -> Float[np.ndarray, ""]:
    """``max_T sum_ab T_ab r_ab``: mean correlation of units under the best soft assignment.

    ``1 - d^2 / 2`` of `soft_matching_distance` on centred units of length 1. Large means alike,
    1 for the same units. Invariant to the scale of every unit (not to its sign), shifts and order.
    Units that do not vary are left out: count them with `silent_units`. NaN where none is left,
    or a value is not finite. By chance .33 with 50 samples of 100 units: see its null.

    >>> rows = np.array([[0.0, 1.0], [2.0, 0.0], [3.0, 3.0]])
    >>> soft_matching_correlation(rows, rows[:, ::-1] * np.array([2, 5]) + 1).round(6).item()
    1.0

    Raises:
      ValueError: other numbers of samples, fewer than 2.
    """
    pair = [_directions(values) for values in _entered(first, second)]
    one, other = [values[:, np.abs(values).max(0) != 0] for values in pair]
    if not one.size or not other.size or not (np.isfinite(one).all() and np.isfinite(other).all()):
        return np.asarray(np.nan)
    return np.asarray(-_transported(-(one.T @ other)))


def permutation_matching(
    first: Shaped[Array, "sample unit"], second: Shaped[Array, "sample other"]
) -> UnitMatching:
    """The one-to-one assignment of units with the largest sum of correlations.

    Units that do not vary are paired last, as if they correlated with nothing.

    >>> rows = np.array([[0.0, 1.0], [2.0, 0.0], [3.0, 3.0]])
    >>> permutation_matching(rows, rows[:, ::-1]).second.tolist()
    [1, 0]

    Raises:
      ValueError: other numbers of samples, fewer than 2; values that are not finite.
    """
    pair = [_directions(values) for values in _entered(first, second)]
    for name, values in zip(("first", "second"), pair, strict=True):
        if not np.isfinite(values).all():
            raise ValueError(f"{name}: values that are not finite given; they match no unit")
    correlation = pair[0].T @ pair[1]
    rows, columns = linear_sum_assignment(correlation, maximize=True)
    silent = [np.abs(values).max(0) == 0 for values in pair]
    unknown = silent[0][rows] | silent[1][columns]
    return UnitMatching(rows, columns, np.where(unknown, np.nan, correlation[rows, columns]))


def permutation_distance(
    first: Shaped[Array, "sample unit"], second: Shaped[Array, "sample other"]
) -> Float[np.ndarray, ""]:
    """``arccos(max_P tr(X'Y P) / (|X| |Y|))`` in radians over permutations P of units.

    `angular_distance` without rotations (netrep's permutation metric): small means alike. The one
    of fewer units is padded with zeros. Invariant to one scale of all units, shifts, order.

    >>> rows = np.array([[0.0, 1.0], [2.0, 0.0], [3.0, 3.0]])
    >>> permutation_distance(rows, 2 * rows[:, ::-1]).round(6).item()
    0.0

    Raises:
      ValueError: other numbers of samples, fewer than 2.
    """
    one, other = [near_one(np, centred(values)) for values in _entered(first, second)]
    inner = one.T @ other
    lengths = np.linalg.norm(one) * np.linalg.norm(other)
    if not lengths > 0:
        return np.asarray(np.nan)
    best = inner[linear_sum_assignment(inner, maximize=True)].sum()
    return np.asarray(np.arccos(np.clip(best / lengths, -1, 1)))


def silent_units(hidden: Shaped[Array, "*batch sample unit"]) -> Int[Array, "*batch"]:
    """How many units do not vary over the samples.

    >>> silent_units(np.array([[1.0, 0.1], [2.0, 0.1]])).item()
    1

    Raises:
      ValueError: fewer than two samples.
    """
    space, (hidden,) = entered_representations(hidden=hidden)
    return space.asarray((space.abs(centred(hidden)).max(-2) == 0).sum(-1))


def neighbour_overlap(
    first: Shaped[Array, "*batch sample unit"],
    second: Shaped[Array, "*batch sample other"],
    neighbours: int = 10,
    *,
    metric: str = "cosine",
) -> Float[Array, "*batch"]:
    """Mean share of the k nearest neighbours of a sample that both have (Huh et al. 2024).

    Large means alike; ``k / (n - 1)`` by chance, exactly: `neighbour_overlap_chance`. Invariant to
    rotations, one scale of all units and their order; Euclidean also to shifts. Of samples
    equally far away the earlier ones are taken. NaN where a value is not finite, or with cosines
    a sample's responses are all 0: it has no direction.

    >>> rows = np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]])
    >>> neighbour_overlap(rows, 3 * rows, 1).item()
    1.0

    Args:
      first, second: activations.
      neighbours: k, the sample itself not among them.
      metric: ``cosine`` of uncentred responses, or ``euclidean``.

    Raises:
      ValueError: k outside 1 .. n - 1, another metric, other numbers of samples.
    """
    if metric not in ("cosine", "euclidean"):
        raise ValueError(f"metric: {metric} given; 'cosine' or 'euclidean' are possible")
    space, pair = entered_representations(first=first, second=second)
    count = pair[0].shape[-2]
    if not 1 <= neighbours < count:
        raise ValueError(f"neighbours: {neighbours} is outside 1 .. {count - 1}")
    nearest, known = [], True
    for values in pair:
        values = near_one(space, values if metric == "cosine" else centred(values))
        if metric == "cosine":
            size = space.abs(values).max(-1, keepdims=True)
            values = space.where(size > 0, values / space.where(size > 0, size, 1), space.nan)
            values = values / space.sqrt(space.sum(values**2, -1, keepdims=True))
        apart = -product(values, transposed(values))
        if metric == "euclidean":
            own = space.diagonal(apart, axis1=-2, axis2=-1)
            apart = 2 * apart - own[..., :, None] - own[..., None, :]
        known = known & space.isfinite(apart).all((-2, -1))
        apart = space.where(np.eye(count, dtype=bool), space.inf, apart)
        nearest.append(space.argsort(apart, -1, stable=True)[..., :neighbours])
    shared = (nearest[0][..., :, None] == nearest[1][..., None, :]).sum((-3, -2, -1))
    return space.where(known, shared / (count * neighbours), space.nan)


def neighbour_overlap_chance(samples: int, neighbours: int) -> float:
    """Exact mean `neighbour_overlap` over all pairings of the samples, ``k / (n - 1)``.

    >>> neighbour_overlap_chance(41, 5)
    0.125
    """
    return neighbours / (samples - 1)


def _entered(first: Any, second: Any) -> list[np.ndarray]:
    _, pair = entered_representations(first=first, second=second)
    for name, values in zip(("first", "second"), pair, strict=True):
        if isinstance(values, Tracer):
            raise ValueError(f"{name}: a traced array given; assignments are found on the host")
        if values.ndim != 2:
            raise ValueError(f"{name}: shape {values.shape} given; [sample, unit] is needed")
    return [np.asarray(values, float) for values in pair]


def _directions(values: np.ndarray) -> np.ndarray:
    """Centred units of length 1; 0 where a unit does not vary."""
    flat = centred(values)
    size = np.abs(flat).max(0)
    flat = flat / np.where(size > 0, size, 1)
    length = np.linalg.norm(flat, axis=0)
    return flat / np.where(length > 0, length, 1)


def _transported(cost: np.ndarray) -> float:
    """Least ``sum T cost`` with rows of T that sum to 1 / p and columns to 1 / q."""
    p, q = cost.shape
    common = math.lcm(p, q)
    if common <= REPEATED:
        # a vertex of the transports is an assignment of units repeated to a common number
        repeated = cost.repeat(common // p, 0).repeat(common // q, 1)
        return float(repeated[linear_sum_assignment(repeated)].mean())
    rows = scipy.sparse.kron(scipy.sparse.eye(p), np.ones((1, q)))
    columns = scipy.sparse.kron(np.ones((1, p)), scipy.sparse.eye(q))
    # in whole masses, which the solver's tolerances suit
    masses = np.concatenate([np.full(p, float(q)), np.full(q, float(p))])
    scale = np.abs(cost).max() or 1.0
    found = linprog(
        cost.ravel() / scale, A_eq=scipy.sparse.vstack([rows, columns]), b_eq=masses, method="highs"
    )
    return float(found.fun * scale / (p * q))
