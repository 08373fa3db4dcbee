"""Complete real irreducible representations of any finite group, from its Cayley table alone.

Source: Serre, Linear Representations of Finite Groups (1977), sections 2.6 and 13.2; the way by
eigenspaces of random elements of the commutants follows Dixon, Mathematics of Computation 24
(1970), 707-712. All matrices are real orthogonal.
"""

import numpy as np
from jaxtyping import Float, Int, Shaped

from jaxrep.groups.group import FiniteGroup, Irrep

LARGEST_NUMERICAL_ORDER = 720
"""Elements of a group whose irreps are computed from its table; eigenvectors of n x n matrices."""
TYPES = {1: "real", 2: "complex", 4: "quaternionic"}
"""Type of a real irrep by ``<chi, chi>``, the dimension of its commutant."""
_ATTEMPTS = 20
_APART = 1e-6


def table_group(
    table: Shaped[np.ndarray, "..."], name: str, labels: tuple[str, ...] = ()
) -> FiniteGroup:
    """The group with this Cayley table, with irreps that are computed (`numerical_irreps`).

    They are called ``trivial``, and by dimension, type and number otherwise: ``2d_1``,
    ``2d_complex_1``, ``4d_quaternionic_1``; by rising dimension, and those with larger characters
    first.

    Args:
      table: ``table[x, y] = xy``, numbers 0 .. n - 1.
      name: of the group.
      labels: of the elements; by default their numbers.

    Raises:
      ValueError: see `check_table`, `numerical_irreps`.

    >>> quaternions = table_group(dicyclic_table(2), "Q8")
    >>> quaternions.irrep_names
    ('trivial', '1d_1', '1d_2', '1d_3', '4d_quaternionic_1')
    """
    table = check_table(table)
    first = np.unique(_classes(table), return_index=True)[1]
    found = []
    for matrices in numerical_irreps(table):
        irrep = Irrep("", matrices)
        kind = round(irrep.character_norm)
        found.append((irrep.dimension, kind, *(-irrep.character[first]).round(6), matrices))
    # The matrices themselves are never compared: no two irreps have one character.
    found.sort(key=lambda row: row[:-1])
    trivial = next(i for i, row in enumerate(found) if row[0] == 1 and np.all(row[-1] > 0.5))
    irreps, counts = [Irrep("trivial", found.pop(trivial)[-1])], {}
    for dimension, kind, *_, matrices in found:
        words = f"{dimension}d" + (f"_{TYPES[kind]}" if kind > 1 else "")
        counts[words] = counts.get(words, 0) + 1
        irreps.append(Irrep(f"{words}_{counts[words]}", matrices))
    return FiniteGroup(name, table, tuple(irreps), labels or tuple(map(str, range(len(table)))))


def numerical_irreps(table: Int[np.ndarray, "n n"]) -> list[Float[np.ndarray, "n _ _"]]:
    """Real orthogonal matrices ``[n, d, d]`` of every real irrep, in no particular order.

    A random symmetric class function c has as eigenspaces of ``c(x y^-1)`` the functions of each
    irrep, of ``d^2 / w`` dimensions; inside of one, a random symmetric function r has as
    eigenspaces of ``r(x^-1 y)`` single copies, which translations turn among themselves.

    Args:
      table: of a group.

    Raises:
      ValueError: more than `LARGEST_NUMERICAL_ORDER` elements, or eigenvalues that cannot be told
        apart in double precision.

    >>> [rho.shape for rho in numerical_irreps(np.array([[0, 1, 2], [1, 2, 0], [2, 0, 1]]))]
    [(3, 2, 2), (3, 1, 1)]
    """
    table = np.asarray(table)
    n = len(table)
    if n > LARGEST_NUMERICAL_ORDER:
        raise ValueError(
            f"table: {n} elements given; irreps are computed of at most {LARGEST_NUMERICAL_ORDER}"
        )
    identity = int(np.flatnonzero((table == np.arange(n)).all(1))[0])
    inverses = np.argmax(table == identity, axis=1)
    classes = _classes(table)
    pairs = {frozenset((int(classes[x]), int(classes[inverses[x]]))) for x in range(n)}
    for seed in range(_ATTEMPTS):
        rng = np.random.default_rng(seed)
        function = rng.normal(size=n)[classes]
        blocks = _eigenspaces((function + function[inverses])[table[:, inverses]])
        if len(blocks) != len(pairs):
            continue
        function = rng.normal(size=n)
        commuting = (function + function[inverses])[table[inverses]]
        irreps = [_first_copy(block, commuting, table, inverses) for block in blocks]
        if all(_is_irrep(rho, block, table) for rho, block in zip(irreps, blocks, strict=True)):
            return irreps
    raise ValueError(f"table: the irreps of this group of {n} elements cannot be told apart")


def frobenius_schur(table: Int[np.ndarray, "n n"], character: Float[np.ndarray, " n"]) -> float:
    """``(1 / n) sum chi(g^2)`` of a real irrep: 1 real, 0 complex, -2 quaternionic type.

    -2 and not -1, as the real character of quaternionic type is twice the complex one (Serre,
    section 13.2).

    >>> quaternions = table_group(dicyclic_table(2), "Q8")
    >>> [round(frobenius_schur(quaternions.table, chi)) for chi in quaternions.characters]
    [1, 1, 1, 1, -2]
    """
    return float(np.mean(np.asarray(character)[np.diagonal(table)]))


def check_table(table: Shaped[np.ndarray, "..."]) -> Int[np.ndarray, "n n"]:
    """The table, if it is one of a group.

    Raises:
      ValueError: numbers that are not 0 .. n - 1, no neutral element, an element twice in a row
        or column, or a product of three that depends on the brackets; the first such is named.

    >>> check_table(np.array([[0, 1], [1, 1]]))
    Traceback (most recent call last):
    ValueError: table: row 1 has element 1 twice; in a group it has each once
    """
    table = np.asarray(table)
    if table.ndim != 2 or table.shape[0] != table.shape[1] or not table.size:
        raise ValueError(f"table: shape {table.shape} given; a square table is needed")
    whole = table.dtype.kind in "iuf" and np.isfinite(table).all() and (table % 1 == 0).all()
    if not whole:
        raise ValueError("table: entries that are no whole numbers given; elements are 0 .. n - 1")
    table, n = table.astype(np.int64), len(table)
    if table.min() < 0 or table.max() >= n:
        wrong = table.min() if table.min() < 0 else table.max()
        raise ValueError(f"table: element {wrong} given; {n} rows are of elements 0 .. {n - 1}")
    for words, rows in (("row", table), ("column", table.T)):
        for index, row in enumerate(rows):
            counts = np.bincount(row, minlength=n)
            if counts.max() > 1:
                raise ValueError(
                    f"table: {words} {index} has element {counts.argmax()} twice; in a group it "
                    "has each once"
                )
    neutral = (table == np.arange(n)).all(1) & (table.T == np.arange(n)).all(1)
    if not neutral.any():
        raise ValueError("table: no element is neutral (its row and its column in order)")
    # Light's test: enough to try the generators in the middle.
    for g in _generators(table, int(neutral.argmax())):
        left, right = table[table[:, g]], table[:, table[g]]
        if (left != right).any():
            x, y = np.argwhere(left != right)[0]
            raise ValueError(
                f"table: ({x} {g}) {y} is {left[x, y]} and {x} ({g} {y}) is {right[x, y]}; the "
                "product of a group does not depend on the brackets"
            )
    return table


def dicyclic_table(n: int) -> Int[np.ndarray, "order order"]:
    """Of Dic_n, order 4n: element i < 2n is a^i, element 2n + i is a^i b; ``b^2 = a^n``.

    ``b a = a^-1 b``. Dic_2 are the quaternions Q8.

    >>> dicyclic_table(1).tolist()
    [[0, 1, 2, 3], [1, 0, 3, 2], [2, 3, 1, 0], [3, 2, 0, 1]]
    """
    turn, flip = np.tile(np.arange(2 * n), 2), np.repeat([0, 1], 2 * n)
    turns = np.where(flip[:, None] == 0, turn[:, None] + turn, turn[:, None] - turn)
    turns = (turns + n * (flip[:, None] & flip)) % (2 * n)
    return turns + 2 * n * (flip[:, None] ^ flip)


def affine_table(p: int) -> Int[np.ndarray, "order order"]:
    """Of the maps ``x -> s x + t`` modulo a prime p, order p (p - 1): F20 for p = 5.

    Element ``(s - 1) p + t``; the product xy is "y, then x".

    >>> affine_table(3).shape
    (6, 6)
    """
    scale, shift = np.divmod(np.arange(p * (p - 1)), p)
    scale = scale + 1
    scales = scale[:, None] * scale % p
    return (scales - 1) * p + (scale[:, None] * shift + shift[:, None]) % p


def product_table(
    first: Int[np.ndarray, "n n"], second: Int[np.ndarray, "m m"]
) -> Int[np.ndarray, "order order"]:
    """Of the direct product: element ``x m + y`` is (x, y).

    >>> c2 = np.array([[0, 1], [1, 0]])
    >>> product_table(c2, c2)[3].tolist()
    [3, 2, 1, 0]
    """
    m = len(second)
    order = len(first) * m
    return (first[:, None, :, None] * m + second[None, :, None, :]).reshape(order, order)


def _generators(table: np.ndarray, identity: int) -> list[int]:
    """Elements whose products, formed from the left, are all elements; at most log2 n of a group.

    Of a table that is no group they may be more, up to all of them.
    """
    reached = np.zeros(len(table), bool)
    reached[identity] = True
    generators: list[int] = []
    while not reached.all():
        generators.append(int(np.flatnonzero(~reached)[0]))
        reached[generators[-1]] = True
        while True:
            products = table[np.ix_(reached, generators)]
            if reached[products].all():
                break
            reached[products] = True
    return generators


def _classes(table: np.ndarray) -> np.ndarray:
    n = len(table)
    identity = int(np.flatnonzero((table == np.arange(n)).all(1))[0])
    inverses = np.argmax(table == identity, axis=1)
    return np.unique(table[table, inverses[:, None]].min(0), return_inverse=True)[1]


def _eigenspaces(symmetric: np.ndarray) -> list[np.ndarray]:
    values, vectors = np.linalg.eigh((symmetric + symmetric.T) / 2)
    apart = np.diff(values) > _APART * abs(values).max()
    return np.split(vectors, np.flatnonzero(apart) + 1, axis=1)


def _first_copy(
    block: np.ndarray, commuting: np.ndarray, table: np.ndarray, inverses: np.ndarray
) -> Float[np.ndarray, "n d d"]:
    """Matrices of translations on one eigenspace inside the functions of an irrep."""
    inner = _eigenspaces(block.T @ commuting @ block)[0]
    basis = block @ inner
    # (L_g Q)[x] = Q[g^-1 x]
    return np.einsum("xi,gxj->gij", basis, basis[table[inverses]], optimize=True)


def _is_irrep(rho: np.ndarray, block: np.ndarray, table: np.ndarray) -> bool:
    """Whether matrices multiply as the table, and have the dimension of an irrep's functions."""
    kind = np.mean(np.trace(rho, axis1=1, axis2=2) ** 2)
    sizes = abs(kind - round(kind)) < 1e-6 and round(kind) in TYPES
    if not sizes or rho.shape[1] ** 2 != round(kind) * block.shape[1]:
        return False
    some = np.arange(len(table)) if len(table) <= 64 else np.arange(2)
    products = np.einsum("xij,yjk->xyik", rho[some], rho, optimize=True)
    return bool(abs(products - rho[table[some]]).max() < 1e-9)
