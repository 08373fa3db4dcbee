"""Saddles of deep linear networks: rank over training, and how near training comes to each.

From small weights training goes from saddle to saddle: the maps that have the first m modes of
the task and nothing else (Jacot et al. 2021, arXiv:2106.15933; Saxe et al. 2013).
"""

from jaxtyping import Float, Int, Shaped

from jaxrep.analysis.spaces import entered
from jaxrep.typing import Array

SHARE = 0.05
"""Of the strongest singular value of the task, from which one of the map counts for its rank."""


def map_rank(
    singular: Shaped[Array, "*batch rank"], strongest: float | int, share: float = SHARE
) -> Int[Array, "*batch"]:
    """Number of singular values of a map above `share` of the task's strongest.

    >>> import numpy as np
    >>> map_rank(np.array([[0.1, 0.0], [3.9, 0.3]]), 4.0).tolist()
    [0, 2]

    Raises:
      ValueError: a strongest value or share that is not positive.
    """
    for name, value in (("strongest", strongest), ("share", share)):
        if not value > 0:
            raise ValueError(f"{name}: {value} given; above 0 is needed")
    space, (singular,) = entered(singular=singular)
    return space.sum(singular > share * strongest, -1)


def saddle_distances(
    learned: Shaped[Array, "*batch row item"], strength: Shaped[Array, " mode"]
) -> Float[Array, "*batch saddle"]:
    """``|W - W_m|`` of a map to the saddle with the first m = 0, 1, ... modes; the last: to all.

    Frobenius norm, in the map's units. Not finite where the map is not.

    >>> import numpy as np
    >>> saddle_distances(np.diag([3.0, 0.0]), np.array([3.0, 4.0])).tolist()
    [3.0, 0.0, 4.0]

    Args:
      learned: the map in the task's modes, ``U^T W V``; rows and columns beyond the modes are
        parts that the task does not ask for.
      strength: singular values of the task, in the order of the modes.

    Raises:
      ValueError: fewer rows or columns than modes.
    """
    space, (learned, strength) = entered(learned=learned, strength=strength)
    modes = len(strength)
    if learned.ndim < 2 or min(learned.shape[-2:]) < modes:
        raise ValueError(
            f"learned: shape {learned.shape} given for {modes} modes; [..., row, item] of as many "
            "are needed"
        )
    size = space.max(space.abs(learned), (-2, -1), keepdims=True)
    size = space.maximum(size, space.max(space.abs(strength)))
    size = space.where(size > 0, size, 1)
    scaled, wanted = learned / size, strength / size[..., 0]
    own = space.diagonal(scaled, axis1=-2, axis2=-1)[..., :modes]
    beside = space.eye(learned.shape[-2], learned.shape[-1]) * (
        space.arange(learned.shape[-1]) < modes
    )
    rest = space.sum((scaled * (1 - beside)) ** 2, (-2, -1))
    missing, excess = (own - wanted) ** 2, own**2
    none = space.zeros((*own.shape[:-1], 1), own.dtype)
    before = space.concatenate([none, space.cumsum(missing, -1)], -1)
    after = space.concatenate([none, space.cumsum(excess[..., ::-1], -1)], -1)[..., ::-1]
    return size[..., 0] * space.sqrt(before + after + rest[..., None])


def straight_distances(strength: Shaped[Array, " mode"]) -> Float[Array, " saddle"]:
    """Least `saddle_distances` of the straight way from 0 to the solution: a network without
    stages, the null of `saddle_distances`.

    ``|t S - S_m|`` is least at ``t = B / A``, and is ``sqrt(B (1 - B / A))`` there, with A the
    sum of all squared strengths and B of the first m.

    >>> import numpy as np
    >>> straight_distances(np.array([3.0, 4.0])).tolist()
    [0.0, 2.4, 0.0]
    """
    space, (strength,) = entered(strength=strength)
    size = space.max(space.abs(strength), initial=0)
    scaled = (strength / space.where(size > 0, size, 1)) ** 2
    some = space.concatenate([space.zeros(1, scaled.dtype), space.cumsum(scaled)])
    share = some / space.where(some[-1] > 0, some[-1], 1)
    return size * space.sqrt(some * (1 - share))
