"""Information of two variables by every estimator there is, each as it is used for layers.

What an estimator needs decides where it applies: the kernel bounds know activations plus Gaussian
noise of a given variance, so they are for pairs of which the noise is known; the contrastive bound
needs four batches. Where one does not apply, or measures nothing, its bits are NaN.
"""

from collections.abc import Sequence

import jax
import numpy as np
from jaxtyping import Key, Shaped

from jaxrep.analysis.edge import edge_information
from jaxrep.analysis.information import binned_information, kernel_information
from jaxrep.analysis.neighbours import neighbour_class_information, neighbour_information
from jaxrep.analysis.variational import contrastive_information
from jaxrep.arrays import class_indices, finite_array
from jaxrep.typing import Array, Real

PAIR_ESTIMATORS = ("binning", "kernel", "edge", "neighbours", "contrastive")
"""Estimators of the information of a pair; two of them give two numbers."""
DITHER = 1e-10
"""Standard deviations of the noise that parts ties."""
LEAST_BATCH, LARGEST_BATCH = 16, 256
"""Of the contrastive bound: a quarter of the sample, rounded down to a power of two."""


def pair_estimate_names(estimators: Sequence[str] = PAIR_ESTIMATORS) -> list[str]:
    """Names of the numbers that `pair_information` gives.

    >>> pair_estimate_names(("edge", "kernel"))
    ['kernel lower', 'kernel upper', 'edge']

    Raises:
      ValueError: an estimator is not known.
    """
    unknown = [name for name in estimators if name not in PAIR_ESTIMATORS]
    if unknown:
        raise ValueError(f"estimators: {unknown[0]!r} is not known; allowed are {PAIR_ESTIMATORS}")
    parts = {"kernel": ["kernel lower", "kernel upper"], "neighbours": ["neighbours", "dithered"]}
    return [n for name in PAIR_ESTIMATORS if name in estimators for n in parts.get(name, [name])]


def pair_information(
    first: Shaped[Array, "sample column"],
    second: Shaped[Array, "other ..."],
    estimators: Sequence[str] = PAIR_ESTIMATORS,
    *,
    classes: bool = False,
    signal: Shaped[Array, "sample _other"] | None = None,
    noise: Real = np.nan,
    key: Key[Array, ""] | None = None,
    width: Real = 0.5,
) -> dict[str, float]:
    """I(first; second) in bits by each estimator.

    >>> bit = np.arange(64)[:, None] % 2
    >>> found = pair_information(bit, bit, ("binning", "edge", "neighbours"))
    >>> [round(bits, 1) for bits in found.values()]
    [1.0, 1.0, 1.0, 1.0]

    Args:
      first: rows of numbers.
      second: rows of numbers, or labels.
      estimators: of `PAIR_ESTIMATORS`. binning: plug-in, both cut into bins; kernel: two bounds;
        edge: as published, with a cap of 12 bits, of 1 for classes; neighbours: as it comes, and
        with a dither of 1e-10 standard deviations; contrastive: the lower bound.
      classes: `second` are labels.
      signal: one of the variables before Gaussian noise was added, which the kernel bounds need.
      noise: its variance.
      key: of the contrastive bound; the default is that of 0.
      width: of bins, in standard deviations of each column.

    Returns:
      Bits by name, see `pair_estimate_names`.

    Raises:
      ValueError: other numbers of rows, or see the estimators.
    """
    names = pair_estimate_names(estimators)
    found = dict.fromkeys(names, float("nan"))
    first = finite_array(first, "first")
    rows = class_indices(second, "second")[1][:, None] if classes else second
    if not len(first) or len(rows) != len(first):
        raise ValueError(f"second: {len(rows)} rows given for {len(first)}; one or more are needed")
    if "binning" in names:
        labels = rows[:, 0] if classes else _bins(rows, "second", width)
        if (np.asarray(labels) != labels[0]).any():
            found["binning"] = float(binned_information(_scaled(first), labels, width).with_class)
        else:
            found["binning"] = 0.0
    if "kernel lower" in names and signal is not None:
        numbered = np.arange(len(signal))
        for name, bounds in zip(
            ("kernel lower", "kernel upper"),
            kernel_information(signal, numbered, float(noise)),
            strict=True,
        ):
            found[name] = float(bounds.with_input)
    if "edge" in names:
        found["edge"] = edge_information(first, rows, 1.0 if classes else 12.0)
    if "neighbours" in names:
        for name, dither in (("neighbours", 0.0), ("dithered", DITHER)):
            by = neighbour_class_information if classes else neighbour_information
            found[name] = by(first, second, dither=dither)
    batch = min(2 ** int(np.log2(max(len(first) / 4, 1))), LARGEST_BATCH)
    if "contrastive" in names and batch >= LEAST_BATCH:
        key = jax.random.key(0) if key is None else key
        found["contrastive"] = contrastive_information(key, first, rows, batch=batch)
    return found


def _bins(values, name: str, width: Real) -> Shaped[np.ndarray, " sample"]:
    """A number for every row of bins."""
    cells = np.floor(_scaled(finite_array(values, name)) / width)
    return np.unique(cells, axis=0, return_inverse=True)[1].reshape(-1)


def _scaled(values: np.ndarray) -> np.ndarray:
    """Columns in units of their standard deviation."""
    values = values - values[:1]
    top = np.abs(values).max(0)
    values = values / np.where(top > 0, top, 1)
    return values / np.where(top > 0, values.std(0), 1)
