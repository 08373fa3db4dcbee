"""Mutual information of a few pairs of variables, in bits: closed forms, sums and quadrature."""

import numpy as np
from scipy.special import digamma, gammaln, ndtr, xlogy


def gaussian_bits(r: float) -> float:
    """``-log2(1 - r^2) / 2`` of a Gaussian pair of correlation r.

    >>> gaussian_bits(0.0), round(gaussian_bits(0.9), 6)
    (0.0, 1.197964)
    """
    return float(-np.log2(1 - r * r) / 2) + 0.0  # not -0


def binary_entropy(p: float) -> float:
    """Bits of a coin that falls on one side with probability p.

    >>> binary_entropy(0.5), binary_entropy(1.0)
    (1.0, 0.0)
    """
    return float(-(xlogy(p, p) + xlogy(1 - p, 1 - p)) / np.log(2)) + 0.0  # not -0


def student_bits(freedom: int, columns: int, r: float) -> float:
    """Of two Student t vectors of d columns, correlated by r column by column, one common scale.

    ``2 h(d) - h(2 d) - (d / 2) log2(1 - r^2)``, h the entropy of a standard Student t. The second
    moment need not exist; the common scale alone makes them dependent.

    >>> round(student_bits(2, 1, 0.75), 6), round(student_bits(3, 2, 0.0), 6)
    (0.715607, 0.159888)
    """

    def entropy(d: int) -> float:
        half, whole = freedom / 2, (freedom + d) / 2
        size = d / 2 * np.log(freedom * np.pi) + gammaln(half) - gammaln(whole)
        return float(size + whole * (digamma(whole) - digamma(half)))

    nats = 2 * entropy(columns) - entropy(2 * columns)
    return nats / float(np.log(2)) + columns * gaussian_bits(r)


def rectified_bits(r: float, threshold: float) -> float:
    """Information of both of a Gaussian pair of correlation r above a threshold, else constant.

    Point, line and area of the mixed distribution, each against the product of its margins.

    >>> round(rectified_bits(0.9, 0.0), 6)
    0.799786
    """
    node, weight = _nodes(threshold, threshold + 12, 200)
    deviation = np.sqrt(1 - r * r)
    density = np.exp(-node * node / 2) / np.sqrt(2 * np.pi)
    below = ndtr((threshold - r * node) / deviation)  # of the other, given this one
    none = ndtr(threshold)
    line = np.sum(weight * density * below * np.log(below / none))
    both_below, lower = _nodes(threshold - 12, threshold, 200)
    neither = np.sum(
        lower
        * np.exp(-(both_below**2) / 2)
        / np.sqrt(2 * np.pi)
        * ndtr((threshold - r * both_below) / deviation)
    )
    x, y = node[:, None], node
    ratio = -np.log(1 - r * r) / 2 - (r * r * (x * x + y * y) - 2 * r * x * y) / (2 * (1 - r * r))
    mass = (weight * density)[:, None] * (weight * density) * np.exp(ratio)
    nats = neither * np.log(neither / none**2) + 2 * line + np.sum(mass * ratio)
    return float(nats / np.log(2))


def rounded_bits(r: float, step: float) -> float:
    """Information of both of a Gaussian pair of correlation r, rounded to multiples of a step.

    >>> round(rounded_bits(0.9, 1.0), 6)
    0.847568
    """
    most = np.ceil(9 / step)
    edges = (np.arange(-most, most + 2) - 0.5) * step
    node, weight = np.polynomial.legendre.leggauss(10)
    x = edges[:-1, None] + step * (node + 1) / 2
    mass = np.exp(-x * x / 2) / np.sqrt(2 * np.pi) * weight * step / 2
    upto = ndtr((edges - r * x[..., None]) / np.sqrt(1 - r * r))
    cells = np.einsum("ik,ikj->ij", mass, np.diff(upto))
    product = cells.sum(1)[:, None] * cells.sum(0)
    known = (cells > 0) & (product > 0)
    return float(np.sum(cells[known] * np.log2(cells[known] / product[known])))


def class_bits() -> tuple[float, float]:
    """Information of a fair class -1 or 1 with class + N(0, 1), and with the relu of it.

    >>> [round(bits, 6) for bits in class_bits()]
    [0.485944, 0.427431]
    """
    node, weight = _nodes(-12.0, 12.0, 400)
    each = np.exp(-((node[:, None] - np.array([-1.0, 1.0])) ** 2) / 2) / np.sqrt(2 * np.pi)
    terms = weight * np.mean(each * np.log2(each / each.mean(1, keepdims=True)), 1)
    node, weight = _nodes(0.0, 12.0, 400)
    each = np.exp(-((node[:, None] - np.array([-1.0, 1.0])) ** 2) / 2) / np.sqrt(2 * np.pi)
    above = weight * np.mean(each * np.log2(each / each.mean(1, keepdims=True)), 1)
    zero = ndtr(np.array([1.0, -1.0]))
    return float(terms.sum()), float(above.sum() + np.mean(zero * np.log2(zero / zero.mean())))


def poisson_bits(zeros: float) -> float:
    """Of an exponential x of mean 1 with a count: 0 with probability `zeros`, else Poisson of x.

    >>> round(poisson_bits(0.15), 6)
    0.331497
    """
    root, weight = _nodes(0.0, 6.5, 400)
    x, count = root**2, np.arange(121)
    mass = 2 * root * weight * np.exp(-x)
    given = (1 - zeros) * np.exp(xlogy(count, x[:, None]) - x[:, None] - gammaln(count + 1))
    given[:, 0] += zeros
    total = mass @ given
    return float(np.sum(mass[:, None] * (xlogy(given, given) - given * np.log(total))) / np.log(2))


def _nodes(low: float, high: float, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Gauss and Legendre's nodes and weights."""
    node, weight = np.polynomial.legendre.leggauss(count)
    return low + (high - low) * (node + 1) / 2, (high - low) / 2 * weight
