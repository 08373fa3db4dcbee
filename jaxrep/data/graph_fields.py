"""Gaussian features on a graph of items: clusters, ring, chain, grid.

Features are independent draws of a Gaussian Markov random field with precision ``L + I / v``,
L being the graph's Laplacian and v the variance of the mean (Kemp and Tenenbaum 2008; Saxe,
McClelland and Ganguli 2019, PNAS). The spectra are those of the Laplacians, in closed form.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Key

from jaxrep.data.spectrum import Spectrum, helmert, sorted_spectrum
from jaxrep.errors import InputError
from jaxrep.typing import Array


class GraphField(NamedTuple):
    """A Gaussian field on a graph.

    Attributes:
      laplacian: of the graph.
      spectrum: of the covariance ``(L + I / variance)^-1``.
    """

    laplacian: Float[np.ndarray, "item item"]
    spectrum: Spectrum

    @property
    def covariance(self) -> Float[np.ndarray, "item item"]:
        """Of the items' features, in the population."""
        values, vectors, _ = self.spectrum
        return (vectors * values) @ vectors.T


def cluster_field(number: int, size: int, variance: float = 25.0) -> GraphField:
    """`number` complete graphs of `size` items: eigenvalues v (one per cluster), 1/(m + 1/v).

    Raises:
      InputError: a number, size or variance that is not positive.

    >>> field = cluster_field(2, 3, variance=25.0)  # one of 25 a cluster, the others 1 / (3 + 1/25)
    >>> field.spectrum.eigenvalues.round(3).tolist()
    [25.0, 25.0, 0.329, 0.329, 0.329, 0.329]
    """
    _check(variance, number=number, size=size)
    eigenvalues = np.tile(np.r_[0.0, np.full(size - 1, float(size))], number)
    vectors = np.kron(np.eye(number), helmert(size))
    laplacian = np.kron(np.eye(number), size * np.eye(size) - 1)
    return _field(laplacian, eigenvalues, vectors, variance)


def ring_field(items: int, variance: float = 25.0) -> GraphField:
    """Items in a circle: ``1 / (2 - 2 cos(2 pi k / n) + 1 / v)``, sine and cosine pairs.

    Raises:
      InputError: fewer than 3 items, or a variance that is not positive.

    >>> field = ring_field(4, variance=25.0)
    >>> field.laplacian[0].tolist(), field.spectrum.eigenvalues.round(3).tolist()
    ([2.0, -1.0, 0.0, -1.0], [25.0, 0.49, 0.49, 0.248])
    """
    _check(variance, items=items)
    if items < 3:
        raise InputError(f"items: {items} for a ring; 3 or more are needed")
    step = np.roll(np.eye(items), 1, axis=0)
    angle = 2 * np.pi * np.arange(items) / items
    waves, columns = np.arange(items // 2 + 1), []
    for k in waves:
        columns.append((k, np.cos(k * angle)))
        if 0 < 2 * k < items:
            columns.append((k, np.sin(k * angle)))
    eigenvalues = np.array([2 - 2 * np.cos(2 * np.pi * k / items) for k, _ in columns])
    vectors = np.stack([v / np.linalg.norm(v) for _, v in columns], axis=1)
    return _field(2 * np.eye(items) - step - step.T, eigenvalues, vectors, variance)


def chain_field(items: int, variance: float = 25.0) -> GraphField:
    """Items in a line: ``1 / (2 - 2 cos(pi k / n) + 1 / v)``, cosine modes.

    Raises:
      InputError: no items, or a variance that is not positive.

    >>> field = chain_field(3, variance=25.0)  # 1 / (1/25), 1 / (1 + 1/25), 1 / (3 + 1/25)
    >>> field.spectrum.eigenvalues.round(3).tolist()
    [25.0, 0.962, 0.329]
    """
    _check(variance, items=items)
    return _field(*_line(items), variance)


def grid_field(rows: int, columns: int, variance: float = 25.0) -> GraphField:
    """Items on a lattice: the eigenvalues of the two lines' Laplacians add.

    Raises:
      InputError: rows, columns or variance that are not positive.

    >>> field = grid_field(2, 2, variance=25.0)
    >>> field.laplacian[0].tolist(), field.spectrum.eigenvalues.round(3).tolist()
    ([2.0, -1.0, -1.0, -0.0], [25.0, 0.49, 0.49, 0.248])
    """
    _check(variance, rows=rows, columns=columns)
    (first, a, u), (second, b, v) = _line(rows), _line(columns)
    laplacian = np.kron(first, np.eye(columns)) + np.kron(np.eye(rows), second)
    return _field(laplacian, np.add.outer(a, b).reshape(-1), np.kron(u, v), variance)


def sample_graph_field(
    key: Key[Array, ""], field: GraphField, features: int
) -> Float[Array, "item feature"]:
    """Independent Gaussian features of the items, mean 0.

    >>> sample_graph_field(jax.random.key(0), ring_field(4), features=5).shape
    (4, 5)
    """
    values, vectors, _ = field.spectrum
    normal = jax.random.normal(key, (len(values), features))
    root = jnp.asarray(vectors * np.sqrt(values), normal.dtype)
    return jnp.matmul(root, normal, precision="highest")


def _line(items: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Laplacian of a path, its eigenvalues and orthonormal eigenvectors (columns)."""
    neighbours = np.eye(items, k=1) + np.eye(items, k=-1)
    laplacian = np.diag(neighbours.sum(1)) - neighbours
    k = np.arange(items)
    vectors = np.cos(np.pi * np.outer(k + 0.5, k) / items)
    return laplacian, 2 - 2 * np.cos(np.pi * k / items), vectors / np.linalg.norm(vectors, axis=0)


def _field(laplacian, eigenvalues, vectors, variance: float) -> GraphField:
    values = 1 / (eigenvalues + 1 / variance)
    _, level = np.unique(np.round(-values, 9), return_inverse=True)
    return GraphField(laplacian, sorted_spectrum(values, vectors, level))


def _check(variance: float, **sizes: int) -> None:
    for name, size in sizes.items():
        if size < 1:
            raise InputError(f"{name}: {size} is not positive")
    if not variance > 0:
        raise InputError(f"variance: {variance} is not positive")
