"""Mutual information of a layer with its input and with the class, in bits: binning and kernels.

A layer's activations M on a fixed set of N inputs, each with weight 1/N, define the variables
(Tishby and Zaslavsky 2015; Saxe et al. 2018). A deterministic layer has infinite information
about a continuous input, so each estimator says what coarseness it assumes: bins of a width,
or Gaussian noise of a variance (Kolchinsky and Tracey 2017). Every quantity is in **bits**.
"""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Bool, Float, Shaped

from jaxrep.analysis.code_counts import counted_information
from jaxrep.arrays import class_indices, finite_array, real_array
from jaxrep.typing import Array

SMALLEST, LARGEST = float(np.finfo(np.float32).tiny), float(np.finfo(np.float32).max)


class Information(NamedTuple):
    """Bits a layer keeps.

    Attributes:
      with_input: I(X; M), at most log2 N.
      with_class: I(Y; M), at most H(Y) for a plug-in estimate.
    """

    with_input: Float[Array, "*batch"]
    with_class: Float[Array, "*batch"]


class Bounds(NamedTuple):
    """Kernel bounds of the information that noisy activations keep.

    Attributes:
      lower: from Bhattacharyya distances; `lower.with_input` bounds I(X; M) from below.
      upper: from Kullback-Leibler divergences; `upper.with_input` bounds it from above.

    `with_class` is a difference of two bounds: neither an upper nor a lower bound.
    """

    lower: Information
    upper: Information


class Validity(NamedTuple):
    """What to know before believing a value.

    Attributes:
      ceiling: log2 N, the most any estimate of I(X; M) can be.
      saturated: I(X; M) is at the ceiling: (almost) every input has a code of its own, and the
        value tells the number of inputs, not the layer.
      increases: information that a layer seems to gain over the one before it, bits: by the
        data-processing inequality there is none, so this is the estimator's error.
    """

    ceiling: float
    saturated: Bool[Array, "*batch layer"]
    increases: Float[Array, "*batch layer"]


def check_activations(
    activations: Shaped[Array, "input unit"], classes: Shaped[Array, " input"] | None = None
) -> None:
    """Raise for what would give a silent number.

    Raises:
      ValueError: no inputs, values that are not finite real numbers, another number of classes
        than inputs, a class that is NaN, or one class only.

    >>> check_activations(np.zeros((3, 2)), np.array([0, 0, 1]))
    """
    shape = np.shape(activations)
    if len(shape) != 2 or 0 in shape:
        raise ValueError(f"activations: shape {shape} is not [input, unit] with one of each")
    finite_array(activations, "activations")
    if classes is None:
        return
    if np.shape(classes)[:1] != shape[:1]:
        raise ValueError(f"classes: {np.shape(classes)} given for {shape[0]} inputs")
    if len(class_indices(classes, "classes")[0]) < 2:
        raise ValueError("classes: all inputs are of one class; two or more are needed")


def class_entropy(classes: Shaped[Array, " input"]) -> float:
    """H(Y) in bits of the shares of the classes, labels of any kind.

    >>> class_entropy(np.array(["cat", "dog", "dog", "cat"]))
    1.0

    Raises:
      ValueError: a label that is NaN, or no labels.
    """
    shares = np.bincount(class_indices(classes, "classes")[1]) / len(classes)
    if not len(shares):
        raise ValueError("classes: none given; one or more are needed")
    return max(float(-np.sum(shares * np.log2(shares))), 0.0)


def binned_information(
    activations: Shaped[Array, "input unit"], classes: Shaped[Array, " input"], width: float
) -> Information:
    """Plug-in information of activations cut into bins ``[k width, (k + 1) width)``.

    ``I(X; M) = H(codes)`` and ``I(Y; M) = H(codes) - H(codes | Y)``, codes being rows of bins,
    joint over units; both are NaN if an activation is not finite, or beyond 3e38 bins. Rows are
    told apart by two 32-bit hashes: a pair of 4096 rows collides with a probability below 1e-12.
    Bins are those of float32 division, also inside `jit`.

    >>> layer, words = np.array([[0], [0], [200], [201]], np.uint8), np.array(["a", "a", "b", "b"])
    >>> [float(bits) for bits in binned_information(layer, words, 10.0)]
    [1.0, 1.0]

    Args:
      activations: of one layer, of any real type.
      classes: labels of any kind; inside `jit` numbers.
      width: of the bins, in units of the activations.

    Raises:
      ValueError: the width is not a positive number (of float32, which begin at 1.2e-38), or see
        `check_activations`; not inside `jit`.
    """
    _check_scale("width", width)
    values, labels = _entered(activations, classes)
    return (_binned if isinstance(values, Tracer) else _binned_on_host)(values, labels, width)


def _check_scale(name: str, value: float) -> None:
    if not value > 0:
        raise ValueError(f"{name}: {value} is not positive")
    if not SMALLEST <= value <= LARGEST:
        raise ValueError(f"{name}: {value} is outside {SMALLEST:.2g} .. {LARGEST:.2g} of float32")


def _entered(activations, classes, scale: float = 1.0) -> tuple[jax.Array, jax.Array]:
    """What the estimators compute with: floats over `scale`, and a number for every class."""
    values = real_array(activations, "activations")
    if not isinstance(values, Tracer):
        check_activations(values, None if isinstance(classes, Tracer) else classes)
        values = np.asarray(values)
    with np.errstate(over="ignore"):  # infinite, and so NaN in the end
        values = jnp.asarray(values / np.asarray(scale, values.dtype))
    if not isinstance(classes, Tracer):
        return values, jnp.asarray(class_indices(classes, "classes")[1])
    if classes.dtype == jnp.int32:
        return values, classes
    # The place of the first equal label: distinct labels stay apart whatever their type.
    labels = jnp.searchsorted(jnp.sort(classes), classes).astype(jnp.int32)
    known = ~jnp.isnan(classes).any() if jnp.issubdtype(classes.dtype, jnp.floating) else True
    return jnp.where(known, values, jnp.nan), labels


def _binned_on_host(activations, classes, width) -> Information:
    """`_binned` by numpy, whose sort of one 64-bit number is faster than XLA's of three keys."""
    values, labels = np.asarray(activations), np.asarray(classes)
    with np.errstate(over="ignore", invalid="ignore"):
        bins = np.floor(values / values.dtype.type(width))
    if not np.isfinite(bins).all():
        return Information(*np.full((2, 1), np.nan, values.dtype)[:, 0])
    first, second = _hashes(bins, bins.astype(np.float32).view(np.uint32), np)
    codes = first.astype(np.uint64) << np.uint64(32) | second
    # an odd factor: pairs of equal codes and other classes never meet
    pairs = codes + labels.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    of_codes, of_pairs = (_mean_log_count(np.sort(keys)) for keys in (codes, pairs))
    entropy = np.log2(len(values)) - of_codes
    within = _mean_log_count(np.sort(labels)) - of_pairs
    return Information(*np.array([entropy, entropy - within], values.dtype))


def _mean_log_count(ordered: np.ndarray) -> np.floating:
    """Mean over sorted values of log2 of how often each occurs."""
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1], [True]]))
    sizes = np.diff(starts)
    return np.sum(sizes * np.log2(sizes)) / len(ordered)


@jax.jit
def _binned(activations, classes, width) -> Information:
    bins = _bins(activations, width)
    bits = jax.lax.bitcast_convert_type(bins.astype(jnp.float32), jnp.uint32)
    found = counted_information(_hashes(bins, bits, jnp), classes)
    finite = jnp.isfinite(bins).all()
    return Information(*(jnp.where(finite, x, jnp.nan) for x in found))


def _bins(activations: jax.Array, width: jax.Array) -> jax.Array:
    """``floor(x / width)`` as float32, which does not overflow.

    Inside `jit` XLA turns a division by one number into a product with its reciprocal, which
    rounds otherwise; behind the barrier it sees many numbers.
    """
    widths = jax.lax.optimization_barrier(jnp.full_like(activations, width))
    return jnp.floor(activations / widths)


def _hashes(bins: Array, bits: Array, space: Any) -> tuple[Array, Array]:
    """Two independent 32-bit hashes of every row of bins, given with their bits; by numpy or JAX.

    -0 is the bin 0. Adding 0 would say so, but XLA leaves that out when it optimises.
    """
    bits = space.where(bins == 0, space.uint32(0), bits)
    unit = space.arange(bits.shape[1], dtype=space.uint32)
    found = []
    for salt in (0x9E3779B9, 0x85EBCA6B):
        mixed = bits ^ ((unit + 1) * space.uint32(salt))
        for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):  # Wellons's 32-bit finaliser
            mixed = (mixed ^ (mixed >> space.uint32(shift))) * space.uint32(factor)
        mixed = mixed ^ (mixed >> space.uint32(16))
        found.append(space.sum(mixed * (2 * unit + 1) * space.uint32(salt), 1, dtype=space.uint32))
    return found[0], found[1]


def kernel_information(
    activations: Shaped[Array, "input unit"],
    classes: Shaped[Array, " input"],
    variance: float,
    chunk: int = 64,
) -> Bounds:
    """Bounds for activations with Gaussian noise of that variance (Kolchinsky and Tracey 2017).

    ``S(c) = -mean_i log2 mean_j exp(-|m_i - m_j|^2 / c)`` with c = 2 variance for the upper and
    8 variance for the lower bound; ``I(X; M) = S`` over all inputs and ``I(Y; M) = S - sum_y p_y
    S_y`` (in float32 within 1e-4 bits of float64). Distances are sums of squared differences, so
    that no value exceeds log2 N; activations are first divided by a power of two near the noise's
    deviation, so that units do not matter. Memory: `chunk` rows of N distances.

    Args:
      activations: of one layer, of any real type.
      classes: labels of any kind; inside `jit` numbers.
      variance: of the noise, in squared units of the activations.
      chunk: rows of distances that are alive at once.

    Returns:
      Bits; NaN if an activation is not finite, or above 3e38 deviations of the noise.

    Raises:
      ValueError: the variance is not a positive finite number, or see `check_activations`; not
        inside `jit`.

    >>> activations, classes = np.array([[0.0], [0.0], [9.0], [9.0]]), np.array([0, 0, 1, 1])
    >>> found = kernel_information(activations, classes, variance=0.01)
    >>> float(found.upper.with_input), float(found.lower.with_class)  # two clusters: one bit
    (1.0, 1.0)
    """
    if not 0 < variance < np.inf:
        raise ValueError(f"variance: {variance} is not positive and finite")
    # exact: neither distances nor their squares round otherwise, overflow or vanish
    scale = 2.0 ** round(np.log2(variance) / 2)
    values, labels = _entered(activations, classes, scale)
    return _kernel(values, labels, variance / scale / scale, chunk)


@functools.partial(jax.jit, static_argnums=3)
def _kernel(activations, classes, variance, chunk) -> Bounds:
    count, units = activations.shape
    ordered = jnp.sort(classes)
    right, left = (jnp.searchsorted(ordered, classes, side=side) for side in ("right", "left"))
    of_class = (right - left).astype(activations.dtype)
    columns = activations.T

    def rows(block):
        """``[row, bound, scope]``: sums over all inputs, and over those of the row's class."""
        points, labels = block

        def add(total, unit):
            values, column = unit
            return total + (values[:, None] - column) ** 2, None

        start = jnp.zeros((len(points), count), activations.dtype)
        distance, _ = jax.lax.scan(add, start, (points.T, columns))
        lower = jnp.exp(-distance / (8 * variance))
        same = (labels[:, None] == classes).astype(lower.dtype)
        upper = lower**4  # exp(-D / 2 s) is the fourth power of exp(-D / 8 s)
        sums = [[kernel.sum(1), (kernel * same).sum(1)] for kernel in (lower, upper)]
        return jnp.moveaxis(jnp.array(sums), 2, 0)

    pad = -count % chunk
    blocks = jnp.pad(activations, ((0, pad), (0, 0))).reshape(-1, chunk, units)
    sums = jax.lax.map(rows, (blocks, jnp.pad(classes, (0, pad)).reshape(-1, chunk)))
    everything, within = jnp.moveaxis(jnp.log2(sums.reshape(-1, 2, 2)[:count]), 2, 0)
    total = jnp.log2(count) - jnp.mean(everything, 0)
    kept = total - jnp.mean(jnp.log2(of_class)) + jnp.mean(within, 0)
    finite = jnp.isfinite(activations).all()
    total, kept = (jnp.where(finite, x, jnp.nan) for x in (total, kept))
    return Bounds(Information(total[0], kept[0]), Information(total[1], kept[1]))


def validity(
    with_input: Shaped[Array, "*batch layer"], inputs: int, tolerance: float = 0.02
) -> Validity:
    """Ceiling, saturation and data-processing violations of I(X; M) of successive layers.

    Args:
      with_input: bits, layers last.
      inputs: N.
      tolerance: bits below the ceiling that count as saturated.

    Raises:
      ValueError: no inputs.

    >>> found = validity(np.array([2.0, 0.5, 1.0]), inputs=4)
    >>> found.ceiling, found.saturated.tolist(), found.increases.tolist()
    (2.0, [True, False, False], [0.0, 0.0, 0.5])
    """
    if not inputs >= 1:
        raise ValueError(f"inputs: {inputs} given; one or more are needed")
    ceiling = float(np.log2(inputs))
    with_input = jnp.asarray(real_array(with_input, "with_input"))
    gained = jnp.maximum(jnp.diff(with_input, axis=-1), 0)
    first = jnp.zeros_like(with_input[..., :1])
    increases = jnp.concatenate([first, gained], -1)
    return Validity(ceiling, with_input > ceiling - tolerance, increases)


def lost_from_peak(values: Shaped[Array, "*batch step"]) -> Float[np.ndarray, "*batch"]:
    """How far a curve ends below its own maximum, ignoring values that are not known.

    A curve whose last value is not finite has no end: NaN. A network that diverged has lost no
    information, there is none to speak of.

    >>> lost_from_peak(np.array([[1.0, 4.0, np.nan, 3.0], [1.0, 4.0, 3.0, np.nan]])).tolist()
    [1.0, nan]

    Raises:
      ValueError: no steps.
    """
    values = np.asarray(real_array(values, "values"), float)
    if not values.shape[-1:] or not values.shape[-1]:
        raise ValueError(f"values: shape {values.shape} has no steps; one or more are needed")
    known, end = np.isfinite(values), values[..., -1]
    lost = np.max(np.where(known, values, -np.inf), -1) - end
    return np.where(known[..., -1], lost, np.nan)
