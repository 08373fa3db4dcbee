"""Information of layers in codes of a few bits: exact for networks that are quantised themselves.

A network whose units take 2^k values has a finite alphabet: over all of its inputs I(X; M) is the
entropy of the codes and I(Y; M) what is left of it within classes, counted and not estimated
(Lorenzen, Igel and Nielsen 2022, arXiv 2106.12912). Of a layer of real numbers the same counts
are an estimate with bins over the layer's own range, or of equal share of its values, which
follow the layer from epoch to epoch (Chelombiev, Houghton and O'Donnell 2019). Bits throughout.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Int, Shaped

from jaxrep.analysis.code_counts import counted_information, packed_keys
from jaxrep.analysis.information import Information, check_activations
from jaxrep.arrays import class_indices, real_array
from jaxrep.typing import Array, Real

MOST_BITS = 16
"""Of one unit: float32 tells all the levels apart."""


def check_bits(bits: int) -> None:
    """Raise for numbers of bits that codes cannot have.

    Raises:
      ValueError: not an integer of 1 .. `MOST_BITS`.
    """
    if not (isinstance(bits, int | np.integer) and 1 <= bits <= MOST_BITS):
        raise ValueError(f"bits: {bits} given; an integer of 1 .. {MOST_BITS} is needed")


def uniform_codes(
    activations: Shaped[Array, "input unit"],
    bits: int,
    low: Real | None = None,
    high: Real | None = None,
) -> Int[jax.Array, "input unit"]:
    """``round((clip(x) - low) / D)`` with ``D = (high - low) / (2^bits - 1)``: 0 .. 2^bits - 1.

    >>> uniform_codes(np.array([[-1.0], [-0.4], [0.4], [2.0]]), 2, -1.0, 1.0).ravel().tolist()
    [0, 1, 2, 3]

    Args:
      activations: of one layer.
      bits: of every unit.
      low, high: ends of the range; None is the layer's own least or largest value.

    Raises:
      ValueError: see `check_bits`; activations that are not real numbers.
    """
    check_bits(bits)
    x = jnp.asarray(real_array(activations, "activations"))
    low = x.min() if low is None else jnp.asarray(low, x.dtype)
    high = x.max() if high is None else jnp.asarray(high, x.dtype)
    span = high - low
    share = (jnp.clip(x, low, high) - low) / jnp.where(span > 0, span, 1)
    return jnp.round(share * (2**bits - 1)).astype(jnp.int32)


def quantile_codes(
    activations: Shaped[Array, "input unit"], bins: int = 30
) -> Int[np.ndarray, "input unit"]:
    """Bins with equal numbers of the layer's distinct values, all units together.

    Edges are the values at ranks ``floor(j n / bins)``, j = 1 .. bins - 1, of the n sorted distinct
    values, and a code is the number of edges at or below the value; with no more than `bins`
    distinct values each has a bin of its own. No monotone map of the layer changes the codes.

    >>> quantile_codes(np.array([[0.0], [1.0], [2.0], [900.0]]), 2).ravel().tolist()
    [0, 0, 1, 1]

    Raises:
      ValueError: fewer than one bin; activations as in `check_activations`.
    """
    if not bins >= 1:
        raise ValueError(f"bins: {bins} given; 1 or more are needed")
    check_activations(activations)
    values = np.asarray(real_array(activations, "activations"))
    distinct = np.unique(values)
    ranks = np.arange(1, bins) * len(distinct) // bins
    edges = distinct if len(distinct) <= bins else distinct[ranks]
    codes = np.searchsorted(edges, values, side="right")
    return (codes - codes.min()).astype(np.int32)


def code_information(
    codes: Shaped[Array, "input unit"],
    classes: Shaped[Array, " input"],
    bits: int | None = None,
) -> Information:
    """``I(X; M) = H(codes)``, ``I(Y; M) = H(codes) - H(codes | Y)``, exact for these inputs.

    Rows are counted as they are, without hashes; I(X; M) is at most log2 N, and at most `bits`
    for every unit.

    >>> found = code_information(np.array([[0, 1], [0, 1], [3, 2], [1, 1]]), np.array([0, 0, 1, 1]))
    >>> [float(x) for x in found]
    [1.5, 1.0]

    Args:
      codes: integers, 0 or more.
      classes: labels of any kind; inside `jit` integers.
      bits: of every unit; None looks at the codes, which `jit` cannot.

    Raises:
      ValueError: codes that are no integers of 0 .. 2^bits - 1, as many classes as inputs are
        not given, or one class only; not inside `jit`.
    """
    if not isinstance(codes, Tracer):
        codes = _checked_codes(codes, bits)
        check_activations(codes, None if isinstance(classes, Tracer) else classes)
        bits = max(int(codes.max()).bit_length(), 1) if bits is None else bits
    if bits is None:
        raise ValueError("bits: None inside jit; the number of bits is needed")
    if not isinstance(classes, Tracer):
        classes = jnp.asarray(class_indices(classes, "classes")[1])
    return Information(*counted_information(packed_keys(jnp.asarray(codes), bits), classes))


def _checked_codes(codes: Array, bits: int | None) -> np.ndarray:
    codes = np.asarray(codes)
    if codes.dtype.kind not in "iub":
        raise ValueError(f"codes: values of type {codes.dtype} given; integers are needed")
    top = 2**31 - 1 if bits is None else 2**bits - 1
    if codes.size and not (codes.min() >= 0 and codes.max() <= top):
        raise ValueError(f"codes: {codes.min()} .. {codes.max()} given; 0 .. {top} are allowed")
    return codes


def quantised_information(
    activations: Shaped[Array, "input unit"],
    classes: Shaped[Array, " input"],
    bits: int,
    low: Real | None = None,
    high: Real | None = None,
) -> Information:
    """`code_information` of `uniform_codes`: exact where the units take just these values.

    Of a layer of real numbers with ``low = high = None`` it is an estimate whose bins span the
    layer's own range. NaN where an activation is not finite. Traceable.

    >>> layer = np.array([[-1.0, -1.0], [-1.0, -1.0], [1.0, 1.0], [1.0, -1.0]])
    >>> [float(x) for x in quantised_information(layer, np.array([0, 0, 1, 1]), 8, -1, 1)]
    [1.5, 1.0]

    Args:
      activations: of one layer.
      classes: labels of any kind; inside `jit` integers.
      bits: of every unit.
      low, high: as of `uniform_codes`.

    Raises:
      ValueError: see `uniform_codes` and `check_activations`; not inside `jit`.
    """
    if not isinstance(activations, Tracer):
        check_activations(activations, None if isinstance(classes, Tracer) else classes)
    found = code_information(uniform_codes(activations, bits, low, high), classes, bits)
    finite = jnp.isfinite(jnp.asarray(activations)).all()
    return Information(*(jnp.where(finite, x, jnp.nan) for x in found))


def quantile_information(
    activations: Shaped[Array, "input unit"], classes: Shaped[Array, " input"], bins: int = 30
) -> Information:
    """`code_information` of `quantile_codes`: bins that follow the layer and the epoch.

    >>> layer = np.array([[0.0], [1.0], [2.0], [900.0]])
    >>> [float(x) for x in quantile_information(layer, np.array([0, 0, 1, 1]), 2)]
    [1.0, 1.0]

    Raises:
      ValueError: see `quantile_codes` and `check_activations`.
    """
    check_activations(activations, classes)
    return code_information(quantile_codes(activations, bins), classes)


def code_ceiling(inputs: int, units: int, bits: int) -> float:
    """The most that I(X; M) of N inputs and such a layer can be: ``min(log2 N, units bits)``.

    >>> code_ceiling(4096, 2, 4), code_ceiling(4096, 5, 4)
    (8.0, 12.0)

    Raises:
      ValueError: fewer than one input or unit, or see `check_bits`.
    """
    check_bits(bits)
    if inputs < 1 or units < 1:
        raise ValueError(f"inputs, units: {inputs}, {units} given; 1 or more are needed")
    return min(float(np.log2(inputs)), float(units * bits))
