"""Cyclic and dihedral groups: the symmetries of a polygon, with rotations as irreps."""

import numpy as np

from jaxrep.groups.group import FiniteGroup, Irrep


def cyclic(n: int) -> FiniteGroup:
    """C_n: element i is i steps of rotation, ``(i + j) mod n``.

    Irreps over the reals: ``trivial``, ``sign`` for even n, and ``freq_k``, the rotation
    by ``2 pi i k / n`` (two complex characters in one real representation).

    >>> c4 = cyclic(4)
    >>> c4.table[3].tolist(), c4.irrep_names
    ([3, 0, 1, 2], ('trivial', 'sign', 'freq_1'))
    """
    index = np.arange(n)
    table = (index[:, None] + index) % n
    irreps = [_scalar("trivial", np.ones(n))]
    if n % 2 == 0:
        irreps.append(_scalar("sign", (-1.0) ** index))
    for k in range(1, (n + 1) // 2):
        irreps.append(Irrep(f"freq_{k}", _rotations(2 * np.pi * k * index / n)))
    return FiniteGroup(f"C{n}", table, tuple(irreps), tuple(map(str, index)))


def dihedral(n: int) -> FiniteGroup:
    """D_n of order 2n: element i < n is the rotation r^i, element n + i is r^i s.

    Irreps: ``trivial``, ``sign`` (-1 on reflections), for even n ``parity`` ((-1)^i on
    r^i and r^i s) and ``parity_sign``, and the planar ``freq_k``.

    >>> d3 = dihedral(3)
    >>> d3.order, d3.irrep_names
    (6, ('trivial', 'sign', 'freq_1'))
    >>> int(d3.table[3, 3])  # a reflection twice: the identity
    0
    """
    turn, flip = np.tile(np.arange(n), 2), np.repeat([0, 1], n)
    turns = np.where(flip[:, None] == 0, turn[:, None] + turn, turn[:, None] - turn) % n
    table = turns + n * (flip[:, None] ^ flip)
    sign, parity = 1.0 - 2.0 * flip, (-1.0) ** turn
    irreps = [_scalar("trivial", np.ones(2 * n)), _scalar("sign", sign)]
    if n % 2 == 0:
        irreps += [_scalar("parity", parity), _scalar("parity_sign", parity * sign)]
    for k in range(1, (n + 1) // 2):
        matrices = _rotations(2 * np.pi * k * turn / n)
        matrices[:, :, 1] *= sign[:, None]
        irreps.append(Irrep(f"freq_{k}", matrices))
    labels = tuple(f"r{i}" if s == 0 else f"r{i}s" for i, s in zip(turn, flip, strict=True))
    return FiniteGroup(f"D{n}", table, tuple(irreps), labels)


def _scalar(name: str, values: np.ndarray) -> Irrep:
    return Irrep(name, values.astype(float)[:, None, None])


def _rotations(angles: np.ndarray) -> np.ndarray:
    cosine, sine = np.cos(angles), np.sin(angles)
    return np.stack([np.stack([cosine, -sine], -1), np.stack([sine, cosine], -1)], 1)
