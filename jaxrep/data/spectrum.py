"""The spectrum of a population of items, and the contrasts that symmetric ones consist of."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int


class Spectrum(NamedTuple):
    """Eigen-decomposition of the items' covariance in the population, largest first.

    Attributes:
      eigenvalues: a table of N features has singular values near ``sqrt(N eigenvalue)``.
      eigenvectors: columns, orthonormal.
      level: modes of one level share their eigenvalue. On a tree, level 0 is common to all
        items and level k tells the children of one node of level k - 1 apart.
    """

    eigenvalues: Float[np.ndarray, " item"]
    eigenvectors: Float[np.ndarray, "item item"]
    level: Int[np.ndarray, " item"]


def sorted_spectrum(
    eigenvalues: Float[np.ndarray, " item"],
    eigenvectors: Float[np.ndarray, "item item"],
    level: Int[np.ndarray, " item"],
) -> Spectrum:
    """The spectrum in falling order of the eigenvalues.

    >>> found = sorted_spectrum(np.array([1.0, 3.0]), np.eye(2), np.array([1, 0]))
    >>> found.eigenvalues.tolist(), found.level.tolist()
    ([3.0, 1.0], [0, 1])
    """
    order = np.argsort(-eigenvalues, kind="stable")
    return Spectrum(eigenvalues[order], eigenvectors[:, order], level[order])


def helmert(size: int) -> Float[np.ndarray, "size size"]:
    """Orthonormal columns: the constant one, then each entry against those before it.

    >>> (helmert(3) * np.sqrt([3, 2, 6])).round(6).tolist()
    [[1.0, 1.0, 1.0], [1.0, -1.0, 1.0], [1.0, 0.0, -2.0]]
    """
    columns = np.triu(np.ones((size, size)), 1)
    columns -= np.diag(np.arange(size))
    columns[:, 0] = 1
    return columns / np.linalg.norm(columns, axis=0)


def population_strengths(spectrum: Spectrum, features: int) -> Float[np.ndarray, " mode"]:
    """Singular values that a table of so many features has on average: ``sqrt(F lambda)``.

    >>> population_strengths(Spectrum(np.array([4.0, 1.0]), np.eye(2), np.arange(2)), 25).tolist()
    [10.0, 5.0]
    """
    return np.sqrt(features * np.asarray(spectrum.eigenvalues))
