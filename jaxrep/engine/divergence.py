"""Which networks diverged: decided here, from the final parameters, for everything that asks."""

import jax
import numpy as np
from jaxtyping import Bool, PyTree


def finite_replicas(params: PyTree) -> Bool[np.ndarray, " replica"]:
    """Replicas whose parameters ``[replica, ...]`` are all finite; the others diverged.

    >>> finite_replicas({"w": np.array([[1.0, 2.0], [np.nan, 0.0]])}).tolist()
    [True, False]
    """
    leaves = [np.asarray(leaf) for leaf in jax.tree.leaves(params)]
    alike = [
        np.isfinite(x).reshape(len(x), -1).all(1)
        for x in leaves
        if np.issubdtype(x.dtype, np.inexact)
    ]
    return np.all(alike, axis=0)


def where_finite(values: np.ndarray, finite: Bool[np.ndarray, " replica"]) -> np.ndarray:
    """``[replica, ...]`` with NaN (False of truth values) for the networks that diverged.

    >>> where_finite(np.array([1.0, 2.0]), np.array([True, False])).tolist()
    [1.0, nan]
    """
    values = np.asarray(values)
    if values.dtype != bool and not np.issubdtype(values.dtype, np.inexact):
        values = values.astype(float)
    mask = finite.reshape(-1, *[1] * (values.ndim - 1))
    return np.where(mask, values, np.array(False if values.dtype == bool else np.nan, values.dtype))
