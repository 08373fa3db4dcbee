"""Two linear layers whose inputs are correlated: where training ends, and how modes get there.

The end does not depend on the way: gradient descent on the squared error ends at the linear
regression of outputs on inputs, ``W = (X^T X)^+ X^T Y``, of all solutions the smallest where small
weights start. The way is a law of single modes only where the inputs' covariance ``X^T X`` has the
singular vectors of ``X^T Y`` as eigenvectors. A mode with singular value p of ``X^T Y`` (its pull)
and eigenvalue l of ``X^T X`` (its power) then follows ``b <- b + rate b (p - l b^2)``, a = b^2, so
that l a follows the law of white inputs with strength p: `descend_modes` and `half_time` of
``(l a0, p)`` divided by l. It ends at p / l.

Saxe, McClelland and Ganguli (2013, ICLR, arXiv:1312.6120) for the law; the reduction to that of
white inputs is derived here.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.arrays import finite_array
from jaxrep.typing import Array

SILENT = 1e-10
"""Of the largest singular value, below which inputs have no such direction, and modes no pull."""


class InputModes(NamedTuple):
    """Singular modes of ``X^T Y``, and what the inputs' covariance does to them.

    Attributes:
      v: in inputs, ``[input, mode]``.
      u: in outputs, ``[feature, mode]``.
      pull: singular values of ``X^T Y``, falling.
      power: ``v_k^T X^T X v_k``.
      misalignment: ``|C v_k - l_k v_k| / l_k`` of the worst mode with a pull, C = ``X^T X`` and l
        the power; 0 where every mode is learned alone. Modes of the same pull are turned as they
        come.
    """

    v: Float[np.ndarray, "input mode"]
    u: Float[np.ndarray, "feature mode"]
    pull: Float[np.ndarray, " mode"]
    power: Float[np.ndarray, " mode"]
    misalignment: float

    @property
    def strength(self) -> Float[np.ndarray, " mode"]:
        """``pull / power``, what a mode becomes if it is learned alone; 0 without a pull."""
        pulled = self.pull > SILENT * self.pull.max(initial=0)
        return np.where(pulled, self.pull / np.where(pulled, self.power, 1), 0)


def least_squares_map(
    inputs: Shaped[Array, "item input"],
    outputs: Shaped[Array, "item feature"],
    penalty: float | int = 0.0,
) -> Float[np.ndarray, "input feature"]:
    """Linear regression in closed form, ``(X^T X + penalty Id)^-1 X^T Y``, float64.

    Without a penalty and with dependent inputs the solution of least norm, ``(X^T X)^+ X^T Y``:
    where gradient descent from small weights ends. Directions below 1e-10 of the largest singular
    value of X count as none.

    >>> x = np.array([[1.0, 1.0], [2.0, 2.0]])  # one input, given twice
    >>> least_squares_map(x, np.array([[2.0], [4.0]])).round(6).tolist()
    [[1.0], [1.0]]

    Raises:
      ValueError: values that are not finite, other numbers of items, a penalty below 0.
    """
    x, y = _items(inputs, outputs)
    if not (np.isfinite(penalty) and penalty >= 0):
        raise ValueError(f"penalty: {penalty} given; 0 or a finite number above is needed")
    left, size, right = np.linalg.svd(x, full_matrices=False)
    heard = size > SILENT * size.max(initial=0)
    size, left, right = size[heard], left[:, heard], right[heard]
    return right.T @ ((size / (size**2 + penalty))[:, None] * (left.T @ y))


def input_modes(
    inputs: Shaped[Array, "item input"], outputs: Shaped[Array, "item feature"]
) -> InputModes:
    """Modes of a task whose inputs are not one-hot, in float64.

    >>> both = input_modes(np.diag([2.0, 1.0]), np.diag([1.0, 1.0]))
    >>> both.pull.tolist(), both.power.tolist(), both.strength.tolist(), both.misalignment
    ([2.0, 1.0], [4.0, 1.0], [0.5, 1.0], 0.0)

    Args:
      inputs: X, one-hot items would be the identity.
      outputs: Y.

    Raises:
      ValueError: values that are not finite, or other numbers of items.
    """
    x, y = _items(inputs, outputs)
    v, pull, u = np.linalg.svd(x.T @ y, full_matrices=False)
    sign = np.where(v.sum(0) < 0, -1, 1)
    v, u = v * sign, u.T * sign
    spread = x.T @ (x @ v)
    power = (v * spread).sum(0)
    pulled = pull > SILENT * pull.max(initial=0)
    rest = np.linalg.norm((spread - v * power)[:, pulled], axis=0) / power[pulled]
    return InputModes(v, u, pull, power, float(rest.max(initial=0)))


class Curvatures(NamedTuple):
    """Of half the squared error, at the regression reached by two balanced layers.

    Attributes:
      least: a step of effective rate e leaves ``1 - e least`` of the slowest part of the error.
      most: and ``1 - e most`` of the fastest.
    """

    least: float
    most: float


def regression_curvatures(
    inputs: Shaped[Array, "item input"], outputs: Shaped[Array, "item feature"]
) -> Curvatures:
    """Least and largest eigenvalue of ``X (G + s Id) X^T``, ``G = (W W^T)^(1/2)``.

    W is the regression and s its singular values: the inputs hear G = W1 W1^T and, once for every
    output direction, s of W2^T W2. The least is over directions that the inputs have and outputs
    that the regression has. For one-hot items they are ``2 s_min`` and ``2 s_max``.

    >>> regression_curvatures(np.eye(2), np.diag([3.0, 1.0]))
    Curvatures(least=2.0..., most=6.0...)

    Raises:
      ValueError: values that are not finite, other numbers of items, nothing to learn.
    """
    x, y = _items(inputs, outputs)
    found, size, _ = np.linalg.svd(least_squares_map(x, y), full_matrices=False)
    size = size[size > SILENT * size.max(initial=0)]
    if not size.size:
        raise ValueError("outputs: no input tells anything of them, so there is nothing to learn")
    heard = x @ found[:, : len(size)]
    low, high = (
        np.linalg.eigvalsh((heard * size) @ heard.T + s * x @ x.T) for s in (size[-1], size[0])
    )
    return Curvatures(float(low[low > SILENT * low[-1]][0]), float(high[-1]))


def regression_edge(
    inputs: Shaped[Array, "item input"], outputs: Shaped[Array, "item feature"]
) -> float:
    """Learning rate beyond which two balanced layers do not settle at the regression.

    ``P N / most`` of `regression_curvatures`; for one-hot items it is `stability_edge`.

    >>> from jaxrep.theory.stability import stability_edge
    >>> regression_edge(np.eye(2), np.diag([3.0, 1.0])), stability_edge(3.0, 2, 2)
    (0.666..., 0.666...)

    Raises:
      ValueError: as `regression_curvatures`.
    """
    x, y = _items(inputs, outputs)
    return float(y.size / regression_curvatures(x, y).most)


def _items(inputs, outputs) -> tuple[Float[np.ndarray, "..."], Float[np.ndarray, "..."]]:
    x = np.asarray(finite_array(inputs, "inputs"), float)
    y = np.asarray(finite_array(outputs, "outputs"), float)
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y):
        raise ValueError(
            f"inputs, outputs: shapes {x.shape} and {y.shape} given; [item, input] and "
            "[item, feature] of the same items are needed"
        )
    return x, y
