"""The arrays of a group that device code needs, as one pytree."""

from typing import NamedTuple

from jaxtyping import Float, Int

from jaxrep.groups.group import FiniteGroup
from jaxrep.typing import Array


class Tables(NamedTuple):
    """A group of order n with R irreps, ready for `jax.jit`.

    Attributes:
      product: ``[n^2]``, label ab of the pair with flat index ``a n + b``.
      fibres: ``[n, n]``, row g lists the n flat indices with ab = g.
      quotients: ``[n, n]``, ``g c^-1``.
      characters: ``[R, n]``.
      projectors: ``[R, n, n]``, orthogonal projectors on each irrep's functions.
    """

    product: Int[Array, " pairs"]
    fibres: Int[Array, "n n"]
    quotients: Int[Array, "n n"]
    characters: Float[Array, "irrep n"]
    projectors: Float[Array, "irrep n n"]


def group_tables(group: FiniteGroup) -> Tables:
    """The `Tables` of a group, int32 and float64 (float32 once on a device without x64).

    >>> from jaxrep.groups import group
    >>> tables = group_tables(group("C2"))
    >>> tables.product.tolist(), tables.fibres.tolist()  # 00 and 11 give 0
    ([0, 1, 1, 0], [[0, 3], [1, 2]])
    """
    return Tables(
        group.table.reshape(-1),
        group.fibres,
        group.quotients,
        group.characters,
        group.projectors,
    )
