"""Young's orthogonal form: the irreducible representations of the symmetric group.

Source: James and Kerber, The Representation Theory of the Symmetric Group (1981),
section 3.4. All matrices are real orthogonal.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float, Int

Partition = tuple[int, ...]


def partitions(n: int, largest: int | None = None) -> Iterator[Partition]:
    """All partitions of n, largest part first, in reverse lexicographic order."""
    if n == 0:
        yield ()
        return
    for part in range(min(n, n if largest is None else largest), 0, -1):
        for rest in partitions(n - part, part):
            yield (part, *rest)


def conjugate(partition: Partition) -> Partition:
    """The transposed diagram."""
    return tuple(sum(part > column for part in partition) for column in range(partition[0]))


def orthogonal_form(
    partition: Partition, permutations: Int[np.ndarray, "order n"]
) -> Float[np.ndarray, "order d d"]:
    """Matrices of the irrep of ``partition`` for every permutation (row = image list).

    A permutation is sorted by neighbour swaps; since swapping positions j, j+1 of its image
    list multiplies it from the left by the transposition s_j ("s_j, then x"), the swaps read
    in order are a word for it. All permutations are sorted at once, so the work is
    n(n-1)/2 batched products.
    """
    generators = _adjacent_transpositions(partition)
    images = permutations.copy()
    matrices = np.tile(np.eye(generators.shape[-1]), (len(images), 1, 1))
    n = images.shape[1]
    for swept in range(n - 1):
        for j in range(n - 1 - swept):
            swap = images[:, j] > images[:, j + 1]
            images[swap, j], images[swap, j + 1] = images[swap, j + 1], images[swap, j]
            matrices[swap] = matrices[swap] @ generators[j]
    return matrices


def _adjacent_transpositions(partition: Partition) -> np.ndarray:
    """Matrices ``[n-1, d, d]`` of (0 1), (1 2), ... in the basis of standard tableaux."""
    n = sum(partition)
    tableaux = list(_standard_tableaux(partition))
    position = {tableau: index for index, tableau in enumerate(tableaux)}
    generators = np.zeros((max(n - 1, 0), len(tableaux), len(tableaux)))
    for index, tableau in enumerate(tableaux):
        for j in range(n - 1):
            (row, column), (next_row, next_column) = tableau[j], tableau[j + 1]
            distance = (next_column - next_row) - (column - row)
            generators[j, index, index] = 1 / distance
            if abs(distance) > 1:
                swapped = (*tableau[:j], tableau[j + 1], tableau[j], *tableau[j + 2 :])
                generators[j, position[swapped], index] = np.sqrt(1 - 1 / distance**2)
    return generators


def _standard_tableaux(partition: Partition) -> Iterator[tuple[tuple[int, int], ...]]:
    """Standard tableaux as the sequence of cells (row, column) that 0, 1, ... occupy."""
    if not partition:
        yield ()
        return
    for row, part in enumerate(partition):
        if row + 1 == len(partition) or partition[row + 1] < part:
            smaller = (*partition[:row], part - 1, *partition[row + 1 :])
            trimmed = tuple(p for p in smaller if p)
            for tableau in _standard_tableaux(trimmed):
                yield (*tableau, (row, part - 1))
