"""Finite groups: Cayley tables, conjugacy classes, characters, real irreducible representations."""

import re

from jaxrep.groups.group import FiniteGroup, Irrep
from jaxrep.groups.permutation import alternating, symmetric
from jaxrep.groups.planar import cyclic, dihedral
from jaxrep.groups.tables import Tables, group_tables

__all__ = ["FiniteGroup", "Irrep", "Tables", "alternating", "cyclic", "dihedral", "group"]
__all__ += ["group_tables", "symmetric"]

_FAMILIES = {"C": cyclic, "D": dihedral, "S": symmetric, "A": alternating}
LARGEST_PERMUTATION_DEGREE = 7


def group(name: str) -> FiniteGroup:
    """The group of that name: ``C113``, ``D59`` (order 118), ``S5``, ``A5``.

    Raises:
      ValueError: the name is not a family letter C, D, S or A with a positive number, or
        the permutation group is larger than degree 7.

    >>> group("S5").order, group("S5").irrep_names[:3]
    (120, ('trivial', 'sign', 'standard'))
    """
    match = re.fullmatch(r"([CDSA])([1-9]\d*)", name)
    too_large = match and match[1] in "SA" and int(match[2]) > LARGEST_PERMUTATION_DEGREE
    if match is None or too_large:
        raise ValueError(
            f"group: {name!r} is not known; allowed are C<n>, D<n> (n >= 1) and "
            f"S<n>, A<n> (1 <= n <= {LARGEST_PERMUTATION_DEGREE})"
        )
    return _FAMILIES[match[1]](int(match[2]))
