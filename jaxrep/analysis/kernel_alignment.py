"""Dependence and alignment of kernels: HSIC, centred kernel alignment (CKA), and their chance.

All are large where two representations are alike, and are symmetric. Of linear and RBF kernels
they do not change when one of the two is rotated, shifted, or has its units reordered; the
alignments do not change with its scale either. They do change with the scale of single units.

**Biased alignment says "alike" of unrelated representations with many units**: .93 of independent
Gaussians, 40 samples, 500 units. `cka_chance` is what it is by chance; the debiased one is 0 then.
"""

import math
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.analysis.kernels import rbf_kernel
from jaxrep.analysis.spaces import (
    centred,
    entered_representations,
    near_one,
    product,
    ratio,
    square_kernels,
    transposed,
)
from jaxrep.typing import Array

UNBIASED_LEAST = 4
"""Samples that unbiased HSIC needs."""


def hsic(
    first: Shaped[Array, "*batch sample sample"],
    second: Shaped[Array, "*batch sample sample"],
    *,
    unbiased: bool = False,
) -> Float[Array, "*batch"]:
    """Hilbert-Schmidt independence criterion of two kernels, in their units multiplied.

    Biased ``tr(K H L H) / (n - 1)^2`` (Gretton et al. 2005). Unbiased, with zero diagonals
    (Song et al. 2012): ``[tr(KL) + 1'K1 1'L1 / ((n-1)(n-2)) - 2/(n-2) 1'KL1] / (n(n-3))``, whose
    mean under random pairing is exactly 0.

    >>> hsic(np.eye(4), np.eye(4)).round(4).item(), hsic(np.eye(4), np.eye(4), unbiased=True).item()
    (0.3333, 0.0)

    Raises:
      ValueError: kernels that are not square, of other samples, of fewer than 2 samples, or 4
        where it is unbiased.
    """
    space, kernels = square_kernels(_least(unbiased), first=first, second=second)
    count = kernels[0].shape[-1]
    prepared = [_prepared(space, kernel, unbiased) for kernel in kernels]
    divisor = count * (count - 3) if unbiased else (count - 1) ** 2
    return space.asarray(space.sum(prepared[0] * prepared[1], (-2, -1)) / divisor)


def linear_hsic(
    first: Shaped[Array, "*batch sample unit"],
    second: Shaped[Array, "*batch sample other"],
    *,
    unbiased: bool = False,
) -> Float[Array, "*batch"]:
    """`hsic` of linear kernels from the activations, in squared units of both multiplied.

    Whichever is smaller is formed: ``X'Y`` of [unit, other] or the kernels of [sample, sample].

    >>> rows = np.array([[1.0], [0.0], [-1.0]])
    >>> linear_hsic(rows, 2 * rows).item()
    4.0

    Raises:
      ValueError: other numbers of samples, fewer than 2, or 4 where it is unbiased.
    """
    space, pair = entered_representations(_least(unbiased), first=first, second=second)
    count = pair[0].shape[-2]
    found = _dependence(space, centred(pair[0]), centred(pair[1]), unbiased)
    return space.asarray(found / (count * (count - 3) if unbiased else (count - 1) ** 2))


def kernel_cka(
    first: Shaped[Array, "*batch sample sample"],
    second: Shaped[Array, "*batch sample sample"],
    *,
    debiased: bool = False,
) -> Float[Array, "*batch"]:
    """Centred kernel alignment ``HSIC(K, L) / sqrt(HSIC(K, K) HSIC(L, L))`` of any kernels.

    1 for kernels alike up to a factor. Biased it is in [0, 1] (Cortes et al. 2012); debiased (with
    unbiased HSIC) it is 0 on average under random pairing, and may be negative: never clipped.
    ``arccos`` of the biased one is a metric. NaN where a kernel does not vary.

    >>> kernel = np.diag([1.0, 2.0, 3.0, 4.0])
    >>> kernel_cka(kernel, 5 * kernel).round(6).item()
    1.0

    Raises:
      ValueError: as `hsic`.
    """
    space, kernels = square_kernels(_least(debiased), first=first, second=second)
    one, other = [alignment_features(kernel, debiased=debiased) for kernel in kernels]
    return space.asarray(space.sum(one * other, -1))


def linear_cka(
    first: Shaped[Array, "*batch sample unit"],
    second: Shaped[Array, "*batch sample other"],
    *,
    debiased: bool = False,
) -> Float[Array, "*batch"]:
    """`kernel_cka` of linear kernels (Kornblith et al. 2019): ``|X'Y|^2 / (|X'X| |Y'Y|)``, centred.

    Large means alike. Invariant to rotations, one scale of all units, order of units, shifts.
    Biased, its mean over random pairings is `cka_chance`, which is large for wide layers;
    debiased, 0. NaN where a representation does not vary.

    >>> rows = np.array([[0.0, 1.0], [1.0, 0.0], [3.0, 1.0], [7.0, 2.0]])
    >>> linear_cka(rows, 3 * rows[:, ::-1] + 5).round(6).item()
    1.0

    Raises:
      ValueError: other numbers of samples, fewer than 2, or 4 where it is debiased.
    """
    space, pair = entered_representations(_least(debiased), first=first, second=second)
    one, other = [near_one(space, centred(values)) for values in pair]
    cross = _dependence(space, one, other, debiased)
    own = [_dependence(space, values, values, debiased) for values in (one, other)]
    positive = [space.where(value > 0, value, 0 * value) for value in own]
    return ratio(space, cross, space.sqrt(positive[0]) * space.sqrt(positive[1]))


def rbf_cka(
    first: Shaped[Array, "*batch sample unit"],
    second: Shaped[Array, "*batch sample other"],
    width: float = 1.0,
    *,
    median: str = "pairs",
    debiased: bool = False,
) -> Float[Array, "*batch"]:
    """`kernel_cka` of `rbf_kernel`: sees similarity of neighbourhoods, the more the narrower.

    Large means alike; invariances as `linear_cka`.

    >>> rows = np.array([[0.0], [1.0], [3.0], [7.0]])
    >>> rbf_cka(rows, -3 * rows + 5, debiased=True).round(6).item()
    1.0

    Raises:
      ValueError: as `rbf_kernel` and `linear_cka`.
    """
    _, pair = entered_representations(_least(debiased), first=first, second=second)
    kernels = [rbf_kernel(values, width, median=median) for values in pair]
    return kernel_cka(*kernels, debiased=debiased)


def minibatch_cka(
    first: Shaped[Array, "*batch sample unit"],
    second: Shaped[Array, "*batch sample other"],
    size: int,
) -> Float[Array, "*batch"]:
    """Debiased linear CKA from batches of `size` samples in their order (Nguyen et al. 2021).

    The three unbiased HSIC are averaged over batches, and divided afterwards: an average of
    alignments would be biased (.86 for .65 with batches of 16). Samples past the last whole batch
    are not used. Large means alike; invariances as `linear_cka`.

    >>> rows = np.random.default_rng(0).normal(size=(20, 3))
    >>> minibatch_cka(rows, 2 * rows, 5).round(6).item()
    1.0

    Raises:
      ValueError: batches of fewer than 4 samples or of more than there are.
    """
    space, pair = entered_representations(UNBIASED_LEAST, first=first, second=second)
    count = pair[0].shape[-2]
    if not UNBIASED_LEAST <= size <= count:
        raise ValueError(f"size: {size} given; {UNBIASED_LEAST} .. {count} samples are possible")
    used = count // size * size
    one, other = [near_one(space, centred(values))[..., :used, :] for values in pair]

    def mean(a: Any, b: Any) -> Any:
        parts = [v.reshape(*v.shape[:-2], used // size, size, v.shape[-1]) for v in (a, b)]
        return linear_hsic(*parts, unbiased=True).mean(-1)

    whole = [space.maximum(mean(values, values), 0) for values in (one, other)]
    return ratio(space, mean(one, other), space.sqrt(whole[0]) * space.sqrt(whole[1]))


def sampled_cka(
    first: Shaped[Array, "*batch sample unit"], second: Shaped[Array, "*batch sample other"]
) -> Float[Array, "*batch"]:
    """Debiased linear CKA of the populations that both sets of units are random samples of.

    ``HSIC_u(K, L) / sqrt(D_X D_Y)``, ``D = (HSIC_u(K, K) - sum_u HSIC_u(K_u, K_u)) p / (p - 1)``
    over kernels of single units (after Chun et al. 2025). Large means alike; may leave [-1, 1],
    and does where units are no random sample: a whole layer is none. Invariances as `linear_cka`,
    but for rotations. NaN where an estimate is not above 0.

    >>> rows = np.random.default_rng(0).normal(size=(50, 2)) @ np.ones((2, 8))
    >>> sampled_cka(rows, rows).round(6).item()
    1.0

    Raises:
      ValueError: as debiased `linear_cka`; fewer than 2 units.
    """
    space, pair = entered_representations(UNBIASED_LEAST, first=first, second=second)
    one, other = [near_one(space, centred(values)) for values in pair]
    parts, count = [], one.shape[-2]
    for name, values in (("first", one), ("second", other)):
        units = values.shape[-1]
        if units < 2:
            raise ValueError(f"{name}: {units} unit given; at least 2 are needed")
        squares = values**2
        alone = space.sum(squares, -2) ** 2 * (1 + 1 / ((count - 1) * (count - 2)))
        alone = alone - space.sum(squares**2, -2) * (count / (count - 2))
        whole = _dependence(space, values, values, True) - alone.sum(-1)
        parts.append(space.where(whole > 0, whole, 0 * whole) * units / (units - 1))
    cross = _dependence(space, one, other, True)
    return ratio(space, cross, space.sqrt(parts[0]) * space.sqrt(parts[1]))


def cka_chance(
    first: Shaped[Array, "*batch sample unit"], second: Shaped[Array, "*batch sample other"]
) -> Float[Array, "*batch"]:
    """Mean biased `linear_cka` over all pairings of the samples: ``sqrt(PR(X) PR(Y)) / (n - 1)``.

    Exact, with the participation ratios ``(tr K)^2 / |K|^2`` of the centred kernels. That of
    independent Gaussians of p and q units is about ``sqrt(p q / ((n + p)(n + q)))``.

    >>> rows = np.eye(3)  # every pairing is the same
    >>> cka_chance(rows, rows).round(6).item(), linear_cka(rows, rows).round(6).item()
    (1.0, 1.0)

    Raises:
      ValueError: other numbers of samples, fewer than 2.
    """
    space, pair = entered_representations(first=first, second=second)
    shares = []
    for values in pair:
        values = near_one(space, centred(values))
        own = _dependence(space, values, values, False)
        shares.append(ratio(space, space.sum(values**2, (-2, -1)), space.sqrt(own)))
    return space.asarray(shares[0] * shares[1] / (pair[0].shape[-2] - 1))


def kernel_cka_chance(
    first: Shaped[Array, "*batch sample sample"], second: Shaped[Array, "*batch sample sample"]
) -> Float[Array, "*batch"]:
    """`cka_chance` of any kernels: the exact mean of biased `kernel_cka` over all pairings.

    >>> kernel_cka_chance(np.eye(5), np.eye(5)).round(6).item()
    1.0

    Raises:
      ValueError: as `hsic`.
    """
    space, kernels = square_kernels(first=first, second=second)
    shares = []
    for kernel in kernels:
        kernel = _prepared(space, near_one(space, kernel), False)
        trace = space.trace(kernel, axis1=-2, axis2=-1)
        shares.append(ratio(space, trace, space.sqrt(space.sum(kernel**2, (-2, -1)))))
    return space.asarray(shares[0] * shares[1] / (kernels[0].shape[-1] - 1))


def alignment_features(
    kernel: Shaped[Array, "*batch sample sample"], *, debiased: bool = False
) -> Float[Array, "*batch pair"]:
    """Unit vectors whose inner products are `kernel_cka`: the centred kernel above its diagonal.

    Of many kernels all alignments are one matrix product, ``n (n + 1) / 2`` numbers a pair.

    >>> kernels = np.stack([np.diag([1.0, 2, 3, 4]), np.diag([4.0, 2, 3, 1])])
    >>> rows = alignment_features(kernels)
    >>> bool(np.isclose(rows[0] @ rows[1], kernel_cka(*kernels)))
    True

    Raises:
      ValueError: as `hsic`.
    """
    space, (kernel,) = square_kernels(_least(debiased), kernel=kernel)
    prepared = _prepared(space, near_one(space, kernel), debiased)
    rows, columns = np.triu_indices(prepared.shape[-1], 1 if debiased else 0)
    # an entry off the diagonal stands for two
    weights = np.where(rows == columns, 1.0, math.sqrt(2)).astype(prepared.dtype)
    vectors = near_one(space, (prepared[..., rows, columns] * weights)[..., None, :])[..., 0, :]
    return ratio(space, vectors, space.sqrt(space.sum(vectors**2, -1, keepdims=True)))


def _least(unbiased: bool) -> int:
    return UNBIASED_LEAST if unbiased else 2


def _prepared(space: Any, kernel: Any, unbiased: bool) -> Any:
    """Centred; for the unbiased form with zero diagonal and rows that sum to 0 without it."""
    rows = kernel - kernel.mean(-1, keepdims=True)
    kernel = rows - rows.mean(-2, keepdims=True)
    if not unbiased:
        return kernel
    count = kernel.shape[-1]
    off = np.ones((count, count)) - np.eye(count)
    kernel = kernel * off.astype(kernel.dtype)
    sums = kernel.sum(-1)
    total = sums.sum(-1)[..., None, None] / ((count - 1) * (count - 2))
    level = (sums[..., :, None] + sums[..., None, :]) / (count - 2) - total
    return (kernel - level) * off.astype(kernel.dtype)


def _dependence(space: Any, one: Any, other: Any, unbiased: bool) -> Any:
    """``|X'Y|^2`` of centred rows; without what is due to samples paired with themselves."""
    count = one.shape[-2]
    if one.shape[-1] * other.shape[-1] <= count * count:
        cross = space.sum(product(transposed(one), other) ** 2, (-2, -1))
    else:
        kernels = [product(values, transposed(values)) for values in (one, other)]
        cross = space.sum(kernels[0] * kernels[1], (-2, -1))
    if not unbiased:
        return cross
    lengths = [space.sum(values**2, -1) for values in (one, other)]
    own = space.sum(lengths[0] * lengths[1], -1) * (count / (count - 2))
    total = lengths[0].sum(-1) * lengths[1].sum(-1) / ((count - 1) * (count - 2))
    return cross - own + total
