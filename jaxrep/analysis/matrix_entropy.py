"""Matrix-based Renyi entropy and information: of eigenvalues of kernels, no density is estimated.

Sanchez Giraldo, Rao and Principe (2015); for layers Yu et al. (2020) and Wickstrom et al. (2020,
arXiv 1909.11396). Values are in bits, yet they are not Shannon's: they depend on the kernel's
width, which decides how many samples look different (the same Gaussian pair of 1.198 bits gives
3.2 to 0.3 for widths of 0.05 to 2 standard deviations).
"""

import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.analysis.information import Information, check_activations
from jaxrep.arrays import class_indices, finite_array
from jaxrep.typing import Array, Real

LEAST_EIGENVALUE = 1e-14
"""Smaller ones are rounding."""
ALPHA = 1.01
"""Of the order that stands for Shannon's limit of 1 in the publications."""


def gaussian_matrix(
    samples: Shaped[Array, "sample unit"], width: Real
) -> Float[np.ndarray, "sample sample"]:
    """``K_ij = exp(-|x_i - x_j|^2 / (2 width^2))``, in float64 from exact differences.

    >>> gaussian_matrix(np.array([[0.0], [1.0]]), 1.0).round(4).tolist()
    [[1.0, 0.6065], [0.6065, 1.0]]

    Raises:
      ValueError: a width that is not positive and finite; samples that are not finite numbers.
    """
    if not 0 < width < np.inf:
        raise ValueError(f"width: {width} is not positive and finite")
    values = finite_array(samples, "samples").astype(float)
    if values.ndim != 2 or not values.size:
        raise ValueError(f"samples: shape {values.shape} is not [sample, unit] with one of each")
    distance = np.zeros((len(values), len(values)))
    for column in (values / width).T:
        distance += (column[:, None] - column) ** 2
    return np.exp(-distance / 2)


def delta_matrix(labels: Shaped[Array, " sample"]) -> Float[np.ndarray, "sample sample"]:
    """``K_ij = 1`` where the labels are the same, else 0.

    >>> delta_matrix(np.array(["a", "b", "a"])).tolist()
    [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 1.0]]
    """
    index = class_indices(labels)[1]
    return (index[:, None] == index).astype(float)


def matrix_entropy(kernel: Shaped[Array, "sample _"], alpha: Real = ALPHA) -> float:
    """``S_a = log2(sum_i l_i^a) / (1 - a)`` of the eigenvalues of ``K / tr K``, bits.

    a = 1 is the limit ``-sum l log2 l``. Between 0, all samples alike, and log2 N. Cost: N^3.

    >>> kernel = gaussian_matrix(np.array([[0.0], [1.0]]), 1.0)
    >>> round(matrix_entropy(kernel, 1), 6), round(matrix_entropy(kernel, 2), 6)
    (0.715349, 0.548059)

    Args:
      kernel: symmetric, positive semi-definite, of positive trace.
      alpha: order, positive.

    Raises:
      ValueError: a kernel that is not square, not finite or without a positive trace; an order
        that is not positive and finite.
    """
    if not 0 < alpha < np.inf:
        raise ValueError(f"alpha: {alpha} is not positive and finite")
    matrix = finite_array(kernel, "kernel").astype(float)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.size:
        raise ValueError(f"kernel: shape {matrix.shape} is not [sample, sample]")
    trace = float(np.trace(matrix))
    if not trace > 0:
        raise ValueError(f"kernel: its trace is {trace}; a positive one is needed")
    shares = np.linalg.eigvalsh(matrix / trace)
    shares = shares[shares > LEAST_EIGENVALUE]
    if alpha == 1:
        return max(float(-np.sum(shares * np.log2(shares))), 0.0)
    return max(float(np.log2(np.sum(shares**alpha)) / (1 - alpha)), 0.0)


def matrix_information(
    first: Shaped[Array, "sample _"],
    second: Shaped[Array, "other _"],
    alpha: Real = ALPHA,
) -> float:
    """``S(A) + S(B) - S(A * B / tr(A * B))``, the product taken elementwise; bits.

    >>> labels = np.array([0, 0, 1, 1])
    >>> matrix_information(delta_matrix(labels), delta_matrix(np.arange(4)), 1)
    1.0

    Raises:
      ValueError: kernels of different sizes, or see `matrix_entropy`.
    """
    first, second = finite_array(first, "first"), finite_array(second, "second")
    if first.shape != second.shape:
        raise ValueError(f"second: shape {second.shape} beside {first.shape}; the same is needed")
    joint = matrix_entropy(first * second, alpha)
    return matrix_entropy(first, alpha) + matrix_entropy(second, alpha) - joint


def scaled_width(samples: int, units: int, factor: Real = 5.0) -> float:
    """``factor N^(-1 / (4 + units))``, as Yu et al. set the kernel's width (factor 5).

    >>> round(scaled_width(300, 1), 3)
    1.598

    Raises:
      ValueError: fewer than one sample or unit, or a factor that is not positive.
    """
    if samples < 1 or units < 1 or not factor > 0:
        given = f"{samples}, {units}, {factor}"
        raise ValueError(f"samples, units, factor: {given} given; all positive are needed")
    return float(factor * samples ** (-1 / (4 + units)))


def matrix_layer_information(
    activations: Shaped[Array, "input unit"],
    classes: Shaped[Array, " input"],
    width: Real | None = None,
    alpha: Real = ALPHA,
) -> Information:
    """I(X; M) and I(Y; M) of a layer whose inputs all differ; bits.

    Inputs and classes have delta kernels; every input is its own class of X, so that I(X; M) is
    the entropy of the layer's Gaussian kernel.

    >>> layer, classes = np.array([[0.0], [0.0], [9.0], [9.0]]), np.array([0, 0, 1, 1])
    >>> [round(float(x), 6) for x in matrix_layer_information(layer, classes, 0.1, 1)]
    [1.0, 1.0]

    Args:
      activations: of one layer.
      classes: labels of any kind.
      width: of the kernel, in units of the activations; None is `scaled_width` times the root
        mean square of the layer's deviations, so that units of measurement do not matter.
      alpha: order.

    Raises:
      ValueError: see `check_activations`, `gaussian_matrix` and `matrix_entropy`.
    """
    check_activations(activations, classes)
    values = finite_array(activations, "activations").astype(float)
    if width is None:
        size = float(np.sqrt(np.mean((values - values.mean(0)) ** 2)))
        width = scaled_width(*values.shape) * (size if size > 0 else 1.0)
    kernel = gaussian_matrix(values, width)
    with_input = matrix_entropy(kernel, alpha)
    return Information(
        np.asarray(with_input),
        np.asarray(matrix_information(kernel, delta_matrix(classes), alpha)),
    )
