"""Mutual information of a layer with its input and with the class, in bits: binning and kernels.

A layer's activations M on a fixed set of N inputs, each with weight 1/N, define the variables
(Tishby and Zaslavsky 2015; Saxe et al. 2018). A deterministic layer has infinite information
about a continuous input, so each estimator says what coarseness it assumes: bins of a width,
or Gaussian noise of a variance (Kolchinsky and Tracey 2017). Every quantity is in **bits**.
"""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Bool, Float, Int

from jaxrep.typing import Array


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
    activations: Float[Array, "input unit"], classes: Int[Array, " input"] | None = None
) -> None:
    """Raise for what would give a silent number.

    Raises:
      ValueError: no inputs, values that are not finite, another number of classes than inputs,
        or one class only.
    """
    shape = np.shape(activations)
    if len(shape) != 2 or 0 in shape:
        raise ValueError(f"activations: shape {shape} is not [input, unit] with one of each")
    if not np.isfinite(np.asarray(activations)).all():
        raise ValueError("activations: some values are not finite")
    if classes is None:
        return
    if np.shape(classes) != shape[:1]:
        raise ValueError(f"classes: {np.shape(classes)} given for {shape[0]} inputs")
    if len(np.unique(np.asarray(classes))) < 2:
        raise ValueError("classes: all inputs are of one class; two or more are needed")


def class_entropy(classes: Int[Array, " input"]) -> float:
    """H(Y) in bits of the shares of the classes."""
    shares = np.unique(np.asarray(classes), return_counts=True)[1] / len(classes)
    return float(-np.sum(shares * np.log2(shares)))


def binned_information(
    activations: Float[Array, "input unit"], classes: Int[Array, " input"], width: float
) -> Information:
    """Plug-in information of activations cut into bins ``[k width, (k + 1) width)``.

    ``I(X; M) = H(codes)`` and ``I(Y; M) = H(codes) - H(codes | Y)``, codes being rows of bins,
    joint over units; both are NaN if an activation is not finite. Rows are told apart by two 32-bit
    hashes: a pair of 4096 rows collides with a probability below 1e-12. Bins are those of float32
    division, also inside `jit`.

    Raises:
      ValueError: the width is not positive, or see `check_activations`; not inside `jit`.
    """
    if not width > 0:
        raise ValueError(f"width: {width} is not positive")
    if not isinstance(activations, Tracer):
        check_activations(activations, classes)
    return _binned(jnp.asarray(activations), jnp.asarray(classes), width)


@jax.jit
def _binned(activations, classes, width) -> Information:
    count = activations.shape[0]
    first, second = _hashes(_bins(activations, width))
    first, second, ordered = jax.lax.sort((first, second, classes.astype(jnp.int32)), num_keys=3)
    new_code = _starts(first) | _starts(second)
    entropy = jnp.log2(count) - _mean_log_size(new_code)
    # H(M | Y) = sum_y (n_y / N) log2 n_y - sum_pairs (n / N) log2 n
    of_class = _mean_log_size(_starts(jnp.sort(ordered)))
    within = of_class - _mean_log_size(new_code | _starts(ordered))
    finite = jnp.isfinite(activations).all()
    return Information(*(jnp.where(finite, x, jnp.nan) for x in (entropy, entropy - within)))


def _bins(activations: jax.Array, width: jax.Array) -> jax.Array:
    """``floor(x / width)`` as float32, which does not overflow; -0 becomes 0.

    Inside `jit` XLA turns a division by one number into a product with its reciprocal, which
    rounds otherwise; behind the barrier it sees many numbers.
    """
    widths = jax.lax.optimization_barrier(jnp.full_like(activations, width))
    return jnp.floor(activations / widths) + 0.0


def _hashes(bins: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Two independent 32-bit hashes of every row."""
    bits = jax.lax.bitcast_convert_type(bins.astype(jnp.float32), jnp.uint32)
    unit = jnp.arange(bits.shape[1], dtype=jnp.uint32)
    found = []
    for salt in (0x9E3779B9, 0x85EBCA6B):
        mixed = bits ^ ((unit + 1) * jnp.uint32(salt))
        for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):  # Wellons's 32-bit finaliser
            mixed = (mixed ^ (mixed >> shift)) * jnp.uint32(factor)
        mixed = mixed ^ (mixed >> 16)
        found.append(jnp.sum(mixed * (2 * unit + 1) * jnp.uint32(salt), 1, dtype=jnp.uint32))
    return found[0], found[1]


def _starts(ordered: jax.Array) -> jax.Array:
    """Where a sorted array takes a new value."""
    return jnp.concatenate([jnp.ones(1, bool), ordered[1:] != ordered[:-1]])


def _mean_log_size(starts: jax.Array) -> jax.Array:
    """Mean over rows of log2 of the length of their run."""
    count = starts.shape[0]
    run = jnp.cumsum(starts) - 1
    size = jax.ops.segment_sum(jnp.ones(count), run, count, indices_are_sorted=True)
    return jnp.sum(size * jnp.log2(jnp.maximum(size, 1))) / count


def kernel_information(
    activations: Float[Array, "input unit"],
    classes: Int[Array, " input"],
    variance: float,
    chunk: int = 64,
) -> Bounds:
    """Bounds for activations with Gaussian noise of that variance (Kolchinsky and Tracey 2017).

    ``S(c) = -mean_i log2 mean_j exp(-|m_i - m_j|^2 / c)`` with c = 2 variance for the upper and
    8 variance for the lower bound; ``I(X; M) = S`` over all inputs and ``I(Y; M) = S - sum_y p_y
    S_y`` (in float32 within 1e-4 bits of float64). Distances are sums of squared differences, so
    that no value exceeds log2 N. Memory: `chunk` rows of N distances.

    Args:
      activations: of one layer.
      classes: 0, 1, ...
      variance: of the noise, in squared units of the activations.
      chunk: rows of distances that are alive at once.

    Raises:
      ValueError: the variance is not positive, or see `check_activations`; not inside `jit`.
    """
    if not variance > 0:
        raise ValueError(f"variance: {variance} is not positive")
    if not isinstance(activations, Tracer):
        check_activations(activations, classes)
    return _kernel(jnp.asarray(activations), jnp.asarray(classes), variance, chunk)


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
    with_input: Float[Array, "*batch layer"], inputs: int, tolerance: float = 0.02
) -> Validity:
    """Ceiling, saturation and data-processing violations of I(X; M) of successive layers.

    Args:
      with_input: bits, layers last.
      inputs: N.
      tolerance: bits below the ceiling that count as saturated.
    """
    ceiling = float(np.log2(inputs))
    with_input = jnp.asarray(with_input)
    gained = jnp.maximum(jnp.diff(with_input, axis=-1), 0)
    first = jnp.zeros_like(with_input[..., :1])
    increases = jnp.concatenate([first, gained], -1)
    return Validity(ceiling, with_input > ceiling - tolerance, increases)


def lost_from_peak(values: Float[Array, "*batch step"]) -> Float[np.ndarray, "*batch"]:
    """How far a curve ends below its own maximum, ignoring values that are not known."""
    values = np.asarray(values, float)
    known = np.isfinite(values)
    last = values.shape[-1] - 1 - np.argmax(known[..., ::-1], -1)
    end = np.take_along_axis(values, last[..., None], -1)[..., 0]
    return np.max(np.where(known, values, -np.inf), -1) - end
