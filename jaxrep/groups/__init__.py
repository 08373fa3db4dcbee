"""Finite groups: Cayley tables, conjugacy classes, characters, real irreducible representations."""

import functools
import math
import re

import numpy as np
from jaxtyping import Int

from jaxrep.groups.group import FiniteGroup, Irrep
from jaxrep.groups.numerical import (
    LARGEST_NUMERICAL_ORDER,
    affine_table,
    check_table,
    dicyclic_table,
    frobenius_schur,
    numerical_irreps,
    product_table,
    table_group,
)
from jaxrep.groups.permutation import alternating, symmetric
from jaxrep.groups.planar import cyclic, dihedral
from jaxrep.groups.subgroups import (
    LARGEST_LATTICE_ORDER,
    SubgroupLattice,
    fixed_dimensions,
    minimal_indices,
    rho_set,
    subgroup_lattice,
)
from jaxrep.groups.tables import Tables, group_tables

__all__ = [
    "LARGEST_LATTICE_ORDER",
    "LARGEST_NUMERICAL_ORDER",
    "FiniteGroup",
    "Irrep",
    "SubgroupLattice",
    "Tables",
    "affine_table",
    "alternating",
    "check_table",
    "cyclic",
    "dicyclic_table",
    "dihedral",
    "fixed_dimensions",
    "frobenius_schur",
    "group",
    "group_tables",
    "minimal_indices",
    "numerical_irreps",
    "product_table",
    "rho_set",
    "subgroup_lattice",
    "symmetric",
    "table_group",
]

_NAME = re.compile(r"(Dic|[CDSAQF])([1-9]\d{0,5})")
LARGEST_PERMUTATION_DEGREE = 7


def group(name: str) -> FiniteGroup:
    """The group of that name: ``C113``, ``D59`` (order 118), ``S5``, ``A5``, ``Dic3``, ``C4xC2``.

    ``Dic<n>`` is dicyclic, of order 4n; ``Q8`` is Dic2, ``Q16`` Dic4; ``F20`` are the maps
    ``x -> s x + t`` modulo the prime 5, ``F<p (p - 1)>`` modulo p; ``x`` stands between the factors
    of a direct product. Irreps of these are computed from the table (`table_group`), and named by
    dimension and type.

    Raises:
      ValueError: no such name, the permutation group is larger than degree 7, or irreps have to be
        computed of more than `LARGEST_NUMERICAL_ORDER` elements.

    >>> group("S5").order, group("S5").irrep_names[:3]
    (120, ('trivial', 'sign', 'standard'))
    >>> group("Dic3").irrep_names
    ('trivial', '1d_1', '2d_1', '2d_complex_1', '4d_quaternionic_1')
    """
    factors = [_NAME.fullmatch(part) for part in name.split("x")]
    sizes = [_order(match[1], int(match[2])) if match else 0 for match in factors]
    if not all(sizes):
        raise ValueError(
            f"group: {name!r} is not known; allowed are C<n>, D<n>, Dic<n> (n >= 1), "
            f"S<n>, A<n> (1 <= n <= {LARGEST_PERMUTATION_DEGREE}), Q<4n>, F<p(p-1)> of a prime p, "
            "and products such as C4xC2"
        )
    known = [(match[1], int(match[2])) for match in factors if match]
    if len(known) == 1 and known[0][0] in _FAMILIES:
        return _FAMILIES[known[0][0]](known[0][1])
    if math.prod(sizes) > LARGEST_NUMERICAL_ORDER:
        raise ValueError(
            f"group: {name} has {math.prod(sizes)} elements; irreps are computed of at most "
            f"{LARGEST_NUMERICAL_ORDER}"
        )
    tables = [_table(family, number) for family, number in known]
    return table_group(functools.reduce(product_table, tables), name)


_FAMILIES = {"C": cyclic, "D": dihedral, "S": symmetric, "A": alternating}


def _order(family: str, number: int) -> int:
    """Number of elements; 0 where there is no such group."""
    if family in "SA" and number > LARGEST_PERMUTATION_DEGREE:
        return 0
    if family == "Q":
        return number if number % 4 == 0 else 0
    if family == "F":
        return number if _prime_of(number) else 0
    factorial = math.factorial(min(number, LARGEST_PERMUTATION_DEGREE))
    orders = {"C": number, "D": 2 * number, "Dic": 4 * number, "S": factorial}
    return orders.get(family, max(factorial // 2, 1))


def _table(family: str, number: int) -> Int[np.ndarray, "n n"]:
    if family in ("Dic", "Q"):
        return dicyclic_table(number if family == "Dic" else number // 4)
    return affine_table(_prime_of(number)) if family == "F" else _FAMILIES[family](number).table


def _prime_of(order: int) -> int:
    """The prime p with ``p (p - 1)`` equal to this order; 0 where there is none."""
    p = math.isqrt(order) + 1
    prime = p > 1 and all(p % divisor for divisor in range(2, math.isqrt(p) + 1))
    return p if prime and p * (p - 1) == order else 0
