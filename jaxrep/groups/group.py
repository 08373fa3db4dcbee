"""A finite group as arrays: Cayley table, classes, characters, real irreducible representations."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int

from jaxrep.groups.subgroups import SubgroupLattice, subgroup_lattice


@dataclass(frozen=True, eq=False)
class Irrep:
    """One real representation of a group of order n, as matrices.

    Attributes:
      name: the field's name for it, e.g. ``standard`` or ``freq_3``.
      matrices: ``[n, d, d]``, float64; ``matrices[x] @ matrices[y] == matrices[xy]`` for
        a representation. Arrays that are *not* a representation are accepted too (a
        published study used some): character and projector are then those of the arrays.
    """

    name: str
    matrices: Float[np.ndarray, "n d d"]

    @property
    def dimension(self) -> int:
        """Degree d of the matrices."""
        return self.matrices.shape[-1]

    @cached_property
    def character(self) -> Float[np.ndarray, " n"]:
        """Trace of every matrix."""
        return np.trace(self.matrices, axis1=1, axis2=2)

    @cached_property
    def character_norm(self) -> float:
        """<chi, chi>: 1 where irreducible over the complex field, 2 for complex type."""
        return float(np.mean(self.character**2))

    @cached_property
    def projector(self) -> Float[np.ndarray, "n n"]:
        """Orthogonal projector on the span of the matrix entries, as functions on the group.

        For an irreducible representation this is ``(d / (n <chi, chi>)) chi(g h^-1)``
        (Serre, Linear Representations of Finite Groups, section 2.6); it is computed here
        from the entries themselves, so that it also holds for arrays that only claim to be
        a representation.
        """
        entries = self.matrices.reshape(len(self.matrices), -1)
        left, singular, _ = np.linalg.svd(entries, full_matrices=False)
        # Rank by a relative cut: the two columns of a planar rotation stay two (their
        # repetitions are exact copies, so the noise sits at 1e-16, far below the cut).
        basis = left[:, singular > 1e-6 * singular[0]]
        return basis @ basis.T


@dataclass(frozen=True, eq=False)
class FiniteGroup:
    """A finite group of order n with its complete real irreducible representations.

    Attributes:
      name: e.g. ``S5``.
      table: ``[n, n]`` Cayley table, ``table[x, y] = xy`` ("x, then y" for permutations).
      irreps: complete list over the reals, ``trivial`` first, in report order.
      labels: one short string per element.
      permutations: ``[n, k]``, row x is the image list of x; None for other families.
    """

    name: str
    table: Int[np.ndarray, "n n"]
    irreps: tuple[Irrep, ...]
    labels: tuple[str, ...]
    permutations: Int[np.ndarray, "n k"] | None = None

    def __post_init__(self):
        # One width for all index arrays: JAX refuses some mixtures once x64 was on somewhere.
        object.__setattr__(self, "table", self.table.astype(np.int32))

    @property
    def order(self) -> int:
        """Number of elements n."""
        return len(self.table)

    @cached_property
    def identity(self) -> int:
        """Index of the neutral element."""
        return int(np.flatnonzero((self.table == np.arange(self.order)).all(1))[0])

    @cached_property
    def inverses(self) -> Int[np.ndarray, " n"]:
        """``table[x, inverses[x]]`` is the identity."""
        return np.argmax(self.table == self.identity, axis=1).astype(np.int32)

    @cached_property
    def quotients(self) -> Int[np.ndarray, "n n"]:
        """``quotients[x, y] = x y^-1``."""
        return self.table[:, self.inverses]

    @cached_property
    def fibres(self) -> Int[np.ndarray, "n n"]:
        """``fibres[g, a] = a n + b`` with ``ab = g``: the rows of the data whose label is g."""
        elements = np.arange(self.order, dtype=np.int32)
        return elements * np.int32(self.order) + self.table[self.inverses].T

    @cached_property
    def classes(self) -> Int[np.ndarray, " n"]:
        """Conjugacy class of every element, numbered by first appearance."""
        conjugates = self.table[self.table, self.inverses[:, None]]  # [h, g] -> h g h^-1
        smallest = conjugates.min(axis=0)
        return np.unique(smallest, return_inverse=True)[1]

    @cached_property
    def subgroups(self) -> SubgroupLattice:
        """Every subgroup; `subgroup_lattice` says what is too large."""
        return subgroup_lattice(self.table)

    @property
    def irrep_names(self) -> tuple[str, ...]:
        """Names in report order."""
        return tuple(irrep.name for irrep in self.irreps)

    @cached_property
    def characters(self) -> Float[np.ndarray, "irrep n"]:
        """Characters of all irreps, in report order."""
        return np.stack([irrep.character for irrep in self.irreps])

    @cached_property
    def projectors(self) -> Float[np.ndarray, "irrep n n"]:
        """Projectors of all irreps, in report order."""
        return np.stack([irrep.projector for irrep in self.irreps])

    @cached_property
    def signature(self) -> Float[np.ndarray, " n"]:
        """+1 or -1 of every element by the ``sign`` irrep; all ones where there is none."""
        signs = [irrep.character for irrep in self.irreps if irrep.name == "sign"]
        return signs[0] if signs else np.ones(self.order)

    def irrep(self, name: str) -> Irrep:
        """The irrep of that name.

        Raises:
          KeyError: no irrep of this group is called so.
        """
        for irrep in self.irreps:
            if irrep.name == name:
                return irrep
        raise KeyError(f"{self.name} has no irrep {name!r}; it has {', '.join(self.irrep_names)}")

    def with_matrices(self, replacements: Sequence[Irrep]) -> "FiniteGroup":
        """The same group with the representations of these names replaced."""
        by_name = {irrep.name: irrep for irrep in replacements}
        for name in by_name:
            self.irrep(name)
        irreps = tuple(by_name.get(irrep.name, irrep) for irrep in self.irreps)
        return FiniteGroup(self.name, self.table, irreps, self.labels, self.permutations)
