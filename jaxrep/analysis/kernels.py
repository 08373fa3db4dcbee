"""Kernels: how alike two samples are, as a matrix of all samples with all."""

import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.analysis.spaces import (
    centred,
    entered_representations,
    near_one,
    product,
    ratio,
    transposed,
)
from jaxrep.typing import Array


def linear_kernel(hidden: Shaped[Array, "*batch sample unit"]) -> Float[Array, "*batch _ _"]:
    """``K = H X X' H``, inner products of samples around their mean, in squared units of X.

    >>> linear_kernel(np.array([[101.0], [99.0]])).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]

    Raises:
      ValueError: fewer than two samples.
    """
    _, (hidden,) = entered_representations(hidden=hidden)
    hidden = centred(hidden)
    return product(hidden, transposed(hidden))


def rbf_kernel(
    hidden: Shaped[Array, "*batch sample unit"], width: float = 1.0, *, median: str = "pairs"
) -> Float[Array, "*batch _ _"]:
    """``K_ij = exp(-|x_i - x_j|^2 / (2 width^2 median))``, without a unit (Kornblith et al. 2019).

    NaN where more than half of the pairs coincide: the median distance is 0.

    >>> rbf_kernel(np.array([[0.0], [1.0]]))[0].round(4).tolist()
    [1.0, 0.6065]

    Args:
      hidden: activations.
      width: in roots of the median squared distance.
      median: of the ``pairs`` of different samples, or of ``all`` entries with the diagonal, as
        the published code has it.

    Raises:
      ValueError: fewer than two samples, a width that is not above 0, another median.
    """
    if not width > 0:
        raise ValueError(f"width: {width} given; a number above 0 is needed")
    if median not in ("pairs", "all"):
        raise ValueError(f"median: {median} given; 'pairs' or 'all' are possible")
    space, (hidden,) = entered_representations(hidden=hidden)
    near = near_one(space, centred(hidden))
    inner = product(near, transposed(near))
    own = space.diagonal(inner, axis1=-2, axis2=-1)
    count = inner.shape[-1]
    squared = space.maximum(own[..., :, None] + own[..., None, :] - 2 * inner, 0)
    squared = space.where(np.eye(count, dtype=bool), space.where(inner == inner, 0, inner), squared)
    rows, columns = np.triu_indices(count, 1) if median == "pairs" else np.indices((count, count))
    entries = squared[..., rows.ravel(), columns.ravel()]
    middle = space.median(entries, -1)[..., None, None]
    return space.exp(-ratio(space, squared, 2 * width**2 * middle))
