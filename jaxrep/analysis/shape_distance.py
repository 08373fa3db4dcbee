"""Distances between the shapes of two representations (Williams et al. 2021): true metrics.

Two representations of the same samples are at distance 0 where one is the other rotated (and
shifted, as both are centred). Small means alike. They obey the triangle inequality, so that
multidimensional scaling and clustering of networks by them are legitimate: `distance_scaling`.
One of fewer units is padded with zeros.

By chance the angle is small for representations of many units: the cosine of independent
Gaussians is .98 with 40 samples and 500 units.
"""

from jaxtyping import Float, Shaped

from jaxrep.analysis.similarity import classical_scaling
from jaxrep.analysis.spaces import (
    centred,
    entered,
    entered_representations,
    product,
    reduced,
    singular,
    transposed,
)
from jaxrep.typing import Array, Real


def procrustes_distance(
    first: Shaped[Array, "*batch sample unit"], second: Shaped[Array, "*batch sample other"]
) -> Float[Array, "*batch"]:
    """Size and shape: ``d^2 = |X|^2 + |Y|^2 - 2 |X'Y|_*`` of centred X and Y, in units of both.

    The least ``|X - Y Q|`` over rotations Q, and the Bures distance of the two kernels. A metric.
    Invariant to rotations, shifts and order of units; not to scale. Differences below the root
    of the precision (1e-8, in float32 3e-4, of the size) are rounding.

    >>> import numpy as np
    >>> rows = np.array([[1.0, 0.0], [-1.0, 0.0]])
    >>> procrustes_distance(rows, 3 * rows[:, ::-1]).round(4).item()  # 2 |X|
    2.8284

    Raises:
      ValueError: other numbers of samples, fewer than 2.
    """
    _, pair = entered_representations(first=first, second=second)
    return _between(procrustes_of, *(unit_shape(values) for values in pair))


def angular_distance(
    first: Shaped[Array, "*batch sample unit"],
    second: Shaped[Array, "*batch sample other"],
    alpha: float = 1.0,
) -> Float[Array, "*batch"]:
    """``arccos(|X'Y|_* / (|X| |Y|))`` in radians, 0 .. pi / 2, of X and Y partially whitened.

    With ``X (alpha I + (1 - alpha) (X'X)^(-1/2))``: alpha = 1 is rotations alone, and does not
    change with scale; alpha = 0 is whitened, invariant to every invertible linear map, and the
    cosine is the mean canonical correlation where both have as many dimensions. Between them X'X
    is not normalised, as in the published package (netrep): the result then depends on scale and
    number of samples. A metric. Invariant to rotations, shifts and order of units. NaN where a
    representation does not vary; angles below the root of the precision are rounding.

    >>> import numpy as np
    >>> rows = np.array([[0.0, 1.0], [1.0, 0.0], [3.0, 1.0], [7.0, 2.0]])
    >>> angular_distance(rows, 5 * rows[:, ::-1]).round(6).item()
    0.0

    Args:
      first, second: activations.
      alpha: 1: not whitened, 0: wholly.

    Raises:
      ValueError: other numbers of samples, fewer than 2; alpha outside 0 .. 1.
    """
    _, pair = entered_representations(first=first, second=second)
    return _between(angle_of, *(unit_shape(values, alpha) for values in pair))


def unit_shape(
    hidden: Shaped[Array, "*batch sample unit"], alpha: float = 1.0
) -> tuple[Float[Array, "*batch sample dimension"], Float[Array, "*batch"]]:
    """`partially_whitened` over its length, of at most as many units as samples, and the length.

    What the distances need of each representation: of many pairs it is computed once for each.

    >>> import numpy as np
    >>> [x.round(4).tolist() for x in unit_shape(np.array([[3.0], [-3.0]]))]
    [[[0.7071], [-0.7071]], 4.2426]

    Raises:
      ValueError: as `partially_whitened`.
    """
    space, (hidden,) = entered_representations(hidden=hidden)
    rows = reduced(space, partially_whitened(hidden, alpha))
    size = space.abs(rows).max((-2, -1), keepdims=True)
    rows = rows / space.where(size > 0, size, 1)
    length = space.sqrt(space.sum(rows**2, (-2, -1), keepdims=True))
    rows = rows / space.where(length > 0, length, 1)
    return rows, space.asarray((length * size)[..., 0, 0])


def procrustes_of(
    cross: Float[Array, "*batch dimension other"],
    first: Real,
    second: Real,
) -> Float[Array, "*batch"]:
    """`procrustes_distance` from the product ``X'Y`` of two `unit_shape`s and their lengths.

    >>> import numpy as np
    >>> procrustes_of(np.eye(1), np.array(1.0), np.array(3.0)).item()
    2.0
    """
    space, (cross, first, second) = entered(cross=cross, first=first, second=second)
    # in units of the larger one, so that squares neither overflow nor vanish
    size = space.maximum(first, second)
    safe = space.where(size > 0, size, 1)
    one, other = first / safe, second / safe
    overlap = singular(space, cross).sum(-1)
    squared = one**2 + other**2 - 2 * one * other * overlap
    return space.asarray(space.sqrt(space.maximum(squared, 0)) * safe)


def angle_of(
    cross: Float[Array, "*batch dimension other"],
    first: Real,
    second: Real,
) -> Float[Array, "*batch"]:
    """`angular_distance` from the product ``X'Y`` of two `unit_shape`s and their lengths.

    >>> import numpy as np
    >>> angle_of(np.eye(1) / 2, np.array(1.0), np.array(3.0)).round(4).item()
    1.0472
    """
    space, (cross, first, second) = entered(cross=cross, first=first, second=second)
    overlap = space.clip(singular(space, cross).sum(-1), -1, 1)
    there = (first > 0) & (second > 0)
    return space.asarray(space.where(there, space.arccos(overlap), space.nan))


def partially_whitened(
    hidden: Shaped[Array, "*batch sample unit"], alpha: float
) -> Float[Array, "*batch sample unit"]:
    """Centred ``X (alpha I + (1 - alpha) (X'X)^(-1/2))``; directions without variance stay 0.

    >>> import numpy as np
    >>> rows = np.array([[3.0], [-3.0]])
    >>> partially_whitened(rows, 0.0).round(4).tolist()
    [[0.7071], [-0.7071]]

    Raises:
      ValueError: fewer than two samples; alpha outside 0 .. 1.
    """
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha: {alpha} is outside 0 .. 1")
    space, (hidden,) = entered_representations(hidden=hidden)
    hidden = centred(hidden)
    if alpha == 1:
        return hidden
    left, extent, right = singular(space, hidden, vectors=True)
    size = extent.max(-1, keepdims=True)
    there = extent > size * max(hidden.shape[-2:]) * space.finfo(hidden.dtype).eps
    new = alpha * extent + (1 - alpha) * there + 0 * size  # NaN stays
    return product(left * new[..., None, :], right)


def distance_scaling(
    distances: Shaped[Array, "*batch item item"], dimensions: int = 2
) -> Float[Array, "*batch item dimension"]:
    """Classical multidimensional scaling of distances: `classical_scaling` of ``-1/2 D^2``.

    Coordinates in falling importance, in the units of the distances. What of the distances is not
    Euclidean is lost.

    >>> import numpy as np
    >>> points = distance_scaling(np.array([[0, 3, 4], [3, 0, 5], [4, 5, 0]]))
    >>> np.linalg.norm(points[1] - points[2]).round(6).item()
    5.0

    Raises:
      ValueError: a matrix that is not square, or fewer than one dimension.
    """
    space, (distances,) = entered(distances=distances)
    size = space.max(space.abs(distances), (-2, -1), keepdims=True, initial=0)
    size = space.where(size > 0, size, 1)
    return classical_scaling(-0.5 * (distances / size) ** 2, dimensions) * size


def _between(distance, one, other):
    cross = product(transposed(one[0]), other[0])
    return distance(cross, one[1], other[1])
