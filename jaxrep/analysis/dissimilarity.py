"""Representational dissimilarities of items: how unlike the responses to every two of them are.

They are given as ``[..., pair]``, the pairs i < j row by row (as SciPy's ``pdist``); small means
alike. `dissimilarity_matrix` makes the square of them. They are compared in
`jaxrep.analysis.dissimilarity_comparison`.
"""

import math
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.analysis.spaces import (
    centred,
    entered,
    entered_representations,
    product,
    transposed,
)
from jaxrep.typing import Array


def squared_euclidean_dissimilarity(
    hidden: Shaped[Array, "*batch item unit"],
) -> Float[Array, "*batch pair"]:
    """``d_ij = |x_i - x_j|^2 / p``, mean squared difference of units (Kriegeskorte et al. 2008).

    In squared units of the activations. Invariant to rotations, shifts and order of units.

    >>> squared_euclidean_dissimilarity(np.array([[0, 0], [0, 2], [2, 2]])).tolist()
    [2.0, 4.0, 2.0]

    Raises:
      ValueError: fewer than two items.
    """
    space, (hidden,) = entered_representations(hidden=hidden)
    near = centred(hidden)
    inner = product(near, transposed(near))
    return space.maximum(_distances(space, inner), 0) / hidden.shape[-1]


def correlation_dissimilarity(
    hidden: Shaped[Array, "*batch item unit"],
) -> Float[Array, "*batch pair"]:
    """``d_ij = 1 - r_ij``, r the Pearson correlation over units of the responses to i and j.

    Between 0 and 2. Invariant to the scale and order of units; not to rotations or shifts of
    single units. NaN where the units all respond alike to an item.

    >>> correlation_dissimilarity(np.array([[0, 1, 2], [1, 2, 3], [2, 1, 0]])).round(6).tolist()
    [0.0, 2.0, 2.0]

    Raises:
      ValueError: fewer than two items.
    """
    space, (hidden,) = entered_representations(hidden=hidden)
    flat = transposed(centred(transposed(hidden)))
    size = space.abs(flat).max(-1, keepdims=True)
    flat = space.where(size > 0, flat / space.where(size > 0, size, 1), space.nan)
    flat = flat / space.sqrt(space.sum(flat**2, -1, keepdims=True))
    rows, columns = _pairs(hidden.shape[-2])
    return 1 - product(flat, transposed(flat))[..., rows, columns]


def crossnobis_dissimilarity(
    folds: Shaped[Array, "*batch fold item unit"],
    precision: Shaped[Array, "unit unit"] | None = None,
) -> Float[Array, "*batch pair"]:
    """Cross-validated squared distance, unbiased by noise (Walther et al. 2016).

    ``d_ij = mean_f (a_i - a_j)' P (b_i - b_j) / p``: b is fold f, a the mean of the others. Noise
    that is independent between folds adds nothing on average, so that d is 0 on average where
    items do not differ, and may be negative. In squared units of the responses without `P`.

    >>> crossnobis_dissimilarity(np.array([[[0.0], [1.0]], [[0.0], [3.0]]])).tolist()
    [3.0]

    Args:
      folds: independent measurements of the same items (runs, halves of the trials).
      precision: inverse covariance of the noise over units; None for the identity.

    Raises:
      ValueError: fewer than two folds or items, a precision of other units.
    """
    space, (folds,) = entered_representations(folds=folds)
    if folds.ndim < 3 or folds.shape[-3] < 2:
        raise ValueError(f"folds: shape {folds.shape} given; [..., fold, item, unit], 2 folds up")
    count, units = folds.shape[-3], folds.shape[-1]
    near = centred(folds)
    others = (near.sum(-3, keepdims=True) - near) / (count - 1)
    if precision is not None:
        space, (weight, others, near) = entered(precision=precision, others=others, near=near)
        if weight.shape != (units, units):
            raise ValueError(f"precision: shape {weight.shape} given for {units} units")
        others = product(others, weight)
    inner = product(others, transposed(near)).mean(-3)
    return _distances(space, inner) / units


def dissimilarity_matrix(pairs: Shaped[Array, "*batch pair"]) -> Float[Array, "*batch _ _"]:
    """The symmetric ``[..., item, item]`` with zero diagonal, of pairs i < j row by row.

    >>> dissimilarity_matrix(np.array([1, 2, 3])).tolist()
    [[0.0, 1.0, 2.0], [1.0, 0.0, 3.0], [2.0, 3.0, 0.0]]

    Raises:
      ValueError: not the number of pairs of any number of items.
    """
    space, (pairs,) = entered(pairs=pairs)
    count = items_of(pairs.shape[-1] if pairs.ndim else 0)
    places = np.zeros((count, count), int)
    rows, columns = _pairs(count)
    places[rows, columns] = places[columns, rows] = np.arange(len(rows))
    diagonal = np.eye(count, dtype=bool)
    return space.where(diagonal, 0, pairs[..., places]).astype(pairs.dtype)


def items_of(pairs: int) -> int:
    """How many items have so many pairs.

    >>> items_of(66)
    12

    Raises:
      ValueError: none has.
    """
    count = (1 + math.isqrt(1 + 8 * pairs)) // 2
    if pairs < 1 or count * (count - 1) // 2 != pairs:
        raise ValueError(f"pairs: {pairs} given; n (n - 1) / 2 of n items are needed")
    return count


def _pairs(items: int) -> tuple[np.ndarray, np.ndarray]:
    return np.triu_indices(items, 1)


def _distances(space: Any, inner: Any) -> Any:
    """Squared distances of pairs from inner products, which need not be symmetric."""
    rows, columns = _pairs(inner.shape[-1])
    own = space.diagonal(inner, axis1=-2, axis2=-1)
    cross = inner[..., rows, columns] + inner[..., columns, rows]
    return own[..., rows] + own[..., columns] - cross
