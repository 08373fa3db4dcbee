"""Symmetric and alternating groups, in the element order of the published study."""

import itertools
from string import ascii_lowercase

import numpy as np
from jaxtyping import Float, Int

from jaxrep.groups.group import FiniteGroup, Irrep
from jaxrep.groups.young import Partition, conjugate, orthogonal_form, partitions

# Transversals of the stabiliser chains behind the element order of Chughtai, Chan and Nanda
# (2023), so that their weights can be read. Digit 0 of the element's index varies fastest.
_TRANSVERSALS = {
    "S5": (
        ("01234", "12340", "23401", "34012", "41230"),
        ("01234", "02143", "03412", "04123"),
        ("01423", "01234", "01243"),
        ("01234", "01432"),
    ),
    "A5": (
        ("01234", "12340", "23401", "34012", "42130"),
        ("01234", "02143", "03124", "04213"),
        ("01234", "01342", "01423"),
    ),
    "S6": (
        ("012345", "123450", "234501", "345012", "451230", "512340"),
        ("012345", "021354", "031254", "045123", "051234"),
        ("013524", "012534", "012345", "012354"),
        ("012345", "013542", "015243"),
        ("012345", "012543"),
    ),
}
# The study's letters for the two five-dimensional irreps of S5 run against the general rule
# below (a = larger character on a transposition), which its S6 follows.
_PUBLISHED_NAMES = {"s5_5d_a": (2, 2, 1), "s5_5d_b": (3, 2)}


def symmetric(n: int) -> FiniteGroup:
    """S_n, composed left to right: ``xy`` is "x, then y", ``(xy)[i] = y[x[i]]``.

    Irreps are named ``trivial``, ``sign``, ``standard`` (n-1, 1), ``standard_sign``, and by
    dimension otherwise (``s5_6d``; letters a, b, ... where a dimension occurs more often, by
    falling character on a transposition unless the published study says otherwise).

    >>> s3 = symmetric(3)
    >>> s3.order, s3.irrep_names, [irrep.matrices.shape[1] for irrep in s3.irreps]
    (6, ('trivial', 'sign', 'standard'), [1, 1, 2])
    """
    permutations = _element_order(f"S{n}", n, even_only=False)
    named = _symmetric_names(n)
    irreps = tuple(Irrep(name, orthogonal_form(p, permutations)) for name, p in named.items())
    return _permutation_group(f"S{n}", permutations, irreps)


def alternating(n: int) -> FiniteGroup:
    """A_n, the even permutations, composed as in S_n.

    Irreps are restrictions from S_n: one of each pair of conjugate partitions, and the halves
    of the self-conjugate ones where they are real (``a5_3d_a`` has the larger character on
    the cycle (0 1 2 ...)). A half that is not real stays whole: one real irrep of complex
    type, ``<chi, chi> = 2``.

    >>> a4 = alternating(4)
    >>> a4.order, a4.irrep_names
    (12, ('trivial', 'standard', 'a4_2d_a'))
    """
    permutations = _element_order(f"A{n}", n, even_only=True)
    if n < 3:
        trivial = Irrep("trivial", np.ones((len(permutations), 1, 1)))
        return _permutation_group(f"A{n}", permutations, (trivial,))
    whole, split = {}, []
    for partition in partitions(n):
        matrices = orthogonal_form(partition, permutations)
        if partition == conjugate(partition):
            split.append((partition, _split(partition, permutations, matrices)))
        elif partition > conjugate(partition):
            whole[partition] = matrices
    irreps = [
        Irrep("trivial", whole.pop((n,))),
        Irrep("standard", whole.pop((n - 1, 1)) if n > 3 else split.pop()[1][0]),
    ]
    irreps += _lettered(f"a{n}", sorted(whole.values(), key=_dimension))
    irreps += _lettered(f"a{n}", [half for _, halves in split for half in halves])
    return _permutation_group(f"A{n}", permutations, tuple(irreps))


def _permutation_group(
    name: str, permutations: np.ndarray, irreps: tuple[Irrep, ...]
) -> FiniteGroup:
    # A permutation is found again by its digits in base n.
    digits = permutations.shape[1] ** np.arange(permutations.shape[1])
    codes = permutations @ digits
    by_code = np.argsort(codes)
    products = permutations[:, permutations] @ digits  # [y, x] -> y[x[i]]
    return FiniteGroup(
        name,
        by_code[np.searchsorted(codes[by_code], products)].T.copy(),
        irreps,
        tuple("".join(map(str, row)) for row in permutations),
        permutations,
    )


def _element_order(name: str, n: int, even_only: bool) -> Int[np.ndarray, "order n"]:
    """The published stabiliser-chain order where there is one, else lexicographic."""
    if name in _TRANSVERSALS:
        elements = np.arange(n)[None]
        for level in _TRANSVERSALS[name]:
            transversal = np.array([[int(digit) for digit in word] for word in level])
            # The slower digit is applied first: element = u_last, then ..., then u_0.
            elements = np.concatenate([elements[:, first] for first in transversal])
        return elements
    elements = np.array(list(itertools.permutations(range(n)))).reshape(-1, n)
    if not even_only:
        return elements
    pairs = itertools.combinations(range(n), 2)
    inversions = sum((elements[:, i] > elements[:, j] for i, j in pairs), np.zeros(len(elements)))
    return elements[inversions % 2 == 0]


def _symmetric_names(n: int) -> dict[str, Partition]:
    """Names of the irreps of S_n in report order."""
    special = {"trivial": (n,), "sign": (1,) * n}
    if n > 2:
        special |= {"standard": (n - 1, 1), "standard_sign": (2, *(1,) * (n - 2))}
    named: dict[str, Partition] = {}
    for name, partition in special.items():
        if partition not in named.values():
            named[name] = partition
    swap = np.arange(n)
    swap[:2] = swap[1::-1] if n > 1 else swap[:1]
    others = []
    for partition in set(partitions(n)) - set(named.values()):
        matrix = orthogonal_form(partition, swap[None])[0]
        others.append((len(matrix), -round(np.trace(matrix)), partition))
    dimensions = [dimension for dimension, _, _ in others]
    lettered = {}
    for dimension, _, partition in sorted(others):
        letter = ascii_lowercase[sum(f"_{dimension}d" in name for name in lettered)]
        several = dimensions.count(dimension) > 1
        name = f"s{n}_{dimension}d" + (f"_{letter}" if several else "")
        lettered[name] = partition
    if n == 5:
        lettered |= _PUBLISHED_NAMES
    return named | lettered


def _dimension(matrices: np.ndarray) -> int:
    return matrices.shape[-1]


def _lettered(prefix: str, all_matrices: list[np.ndarray]) -> list[Irrep]:
    """Irreps named by dimension and letter, in the given order."""
    counts: dict[int, int] = {}
    irreps = []
    for matrices in all_matrices:
        dimension = _dimension(matrices)
        letter = ascii_lowercase[counts.get(dimension, 0)]
        counts[dimension] = counts.get(dimension, 0) + 1
        irreps.append(Irrep(f"{prefix}_{dimension}d_{letter}", matrices))
    return irreps


def _split(
    partition: Partition, even: np.ndarray, matrices: np.ndarray
) -> list[Float[np.ndarray, "order d d"]]:
    """The real irreps of A_n inside a self-conjugate irrep of S_n.

    The associator T satisfies ``T rho(g) = sgn(g) rho(g) T``. It is orthogonal up to scale
    with ``T^2 = +1`` (its two eigenspaces are real irreps) or ``T^2 = -1`` (complex type).
    """
    n = even.shape[1]
    swap = np.arange(n)[None].copy()
    swap[0, :2] = [1, 0]
    odd = matrices @ orthogonal_form(partition, swap)[0]
    seed = np.random.default_rng(0).normal(size=matrices.shape[1:])
    average, turned = (
        np.einsum("gij,jk,glk->il", rho, seed, rho, optimize=True) for rho in (matrices, odd)
    )
    average = average - turned
    squared = np.trace(average @ average) / len(average)
    if squared < 0:
        return [matrices]
    associator = average / np.sqrt(squared)
    values, vectors = np.linalg.eigh((associator + associator.T) / 2)
    halves = [
        np.einsum("ji,gjk,kl->gil", vectors[:, side], matrices, vectors[:, side], optimize=True)
        for side in (values > 0, values < 0)
    ]
    # The halves differ only on the class whose cycles are the diagonal hooks; its element
    # (0 1 2 ...)(...) names them.
    hooks = [p + q - 2 * i - 1 for i, (p, q) in _diagonal(partition)]
    cycle = np.arange(n)
    start = 0
    for length in hooks:
        cycle[start : start + length] = np.roll(np.arange(start, start + length), -1)
        start += length
    witness = int(np.flatnonzero((even == cycle).all(1))[0])
    return sorted(halves, key=lambda half: -np.trace(half[witness]))


def _diagonal(partition: Partition) -> list[tuple[int, tuple[int, int]]]:
    transposed = conjugate(partition)
    return [
        (i, (part, column))
        for i, (part, column) in enumerate(zip(partition, transposed, strict=False))
        if part > i
    ]
