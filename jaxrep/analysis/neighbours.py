"""Mutual information from distances to nearest neighbours, in bits; on the host.

For continuous variables Kraskov, Stoegbauer and Grassberger (2004, estimator 1), for a
continuous and a discrete one Ross (2014). Both are unbiased for independent variables; a
deterministic layer has infinite information about a continuous input, of which they give
what the number of inputs lets them see.
"""

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial import KDTree
from scipy.special import digamma

from jaxrep.typing import Array


def neighbour_information(
    first: Float[Array, "input a"], second: Float[Array, "input b"], neighbours: int = 3
) -> float:
    """``psi(k) + psi(N) - mean[psi(n_x + 1) + psi(n_y + 1)]``, maximum norm, in bits.

    n counts the points nearer in one variable than the k-th neighbour in both.

    Raises:
      ValueError: k is not between 1 and N - 1, other numbers of rows, values not finite.
    """
    first, second = (_rows(values) for values in (first, second))
    count = len(first)
    _check(first, len(second), neighbours)
    _check(second, count, neighbours)
    joint = np.concatenate([first, second], 1)
    reach = KDTree(joint).query(joint, neighbours + 1, p=np.inf)[0][:, -1]
    # strictly nearer: the largest number below the distance
    inner = np.nextafter(reach, 0)
    near = [
        KDTree(values).query_ball_point(values, inner, p=np.inf, return_length=True)
        for values in (first, second)
    ]  # each counts the point itself, which is the + 1 of the formula
    nats = digamma(neighbours) + digamma(count)
    nats -= np.mean(digamma(np.maximum(near[0], 1)) + digamma(np.maximum(near[1], 1)))
    return float(nats / np.log(2))


def neighbour_class_information(
    activations: Float[Array, "input unit"], classes: Int[Array, " input"], neighbours: int = 3
) -> float:
    """``psi(N) + psi(k) - mean[psi(N_class) + psi(m)]`` in bits.

    m counts the points of all classes within the distance of the k-th neighbour of the own one.

    Raises:
      ValueError: a class with no more than k inputs, other numbers of rows, values not finite.
    """
    activations, classes = _rows(activations), np.asarray(classes)
    count = len(activations)
    _check(activations, len(classes), neighbours)
    reach, size = np.zeros(count), np.zeros(count)
    for label, members in zip(*np.unique(classes, return_counts=True), strict=True):
        if members <= neighbours:
            raise ValueError(f"neighbours: {neighbours} given; class {label} has {members} inputs")
        own = classes == label
        tree = KDTree(activations[own])
        reach[own] = tree.query(activations[own], neighbours + 1, p=np.inf)[0][:, -1]
        size[own] = members
    within = KDTree(activations).query_ball_point(activations, reach, p=np.inf, return_length=True)
    nats = digamma(count) + digamma(neighbours)
    nats -= np.mean(digamma(size) + digamma(np.maximum(within - 1, 1)))
    return float(nats / np.log(2))


def _rows(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values, float)
    return values[:, None] if values.ndim == 1 else values


def _check(values: np.ndarray, count: int, neighbours: int) -> None:
    if len(values) != count:
        raise ValueError(f"{len(values)} and {count} rows given; as many are needed")
    if not np.isfinite(values).all():
        raise ValueError("some values are not finite")
    if not 1 <= neighbours < count:
        raise ValueError(f"neighbours: {neighbours} is outside 1 .. {count - 1}")
