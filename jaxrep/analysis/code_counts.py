"""Information of discrete codes, from counts of equal rows; traceable, in bits.

Rows are given as a few sort keys, integers that two rows share if and only if their codes are the
same. Nothing is estimated: entropies are those of the shares of the rows.
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jaxtyping import Bool, Float, Int, Shaped

from jaxrep.arrays import native_array
from jaxrep.typing import Array


def counted_information(
    keys: Sequence[Shaped[Array, " input"]], classes: Int[Array, " input"]
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """``H(codes)`` and ``H(codes) - H(codes | Y)`` in bits, of the plug-in distribution.

    >>> keys = [jnp.array([7, 7, 1, 2])]
    >>> [float(bits) for bits in counted_information(keys, jnp.array([0, 0, 1, 1]))]
    [1.5, 1.0]

    Args:
      keys: two rows have the same code where all their keys agree.
      classes: integers.
    """
    keys = [native_array(key, "keys") for key in keys]
    classes = native_array(classes, "classes")
    count = len(classes)
    *ordered, of_rows = jax.lax.sort((*keys, classes), num_keys=len(keys) + 1)
    new_code = _starts(ordered[0])
    for key in ordered[1:]:
        new_code = new_code | _starts(key)
    entropy = jnp.log2(count) - _mean_log_size(new_code)
    # H(M | Y) = sum_y (n_y / N) log2 n_y - sum_pairs (n / N) log2 n
    of_class = _mean_log_size(_starts(jnp.sort(of_rows)))
    within = of_class - _mean_log_size(new_code | _starts(of_rows))
    return entropy, entropy - within


def packed_keys(codes: Int[Array, "input unit"], bits: int) -> list[Shaped[Array, " input"]]:
    """Sort keys of rows of `bits`-bit codes, several units in one 32-bit number; none collide.

    >>> [key.tolist() for key in packed_keys(jnp.array([[1, 2], [3, 0]]), 4)]
    [[33, 3]]

    Args:
      codes: integers of 0 .. 2^bits - 1.
      bits: 1 to 32.
    """
    columns = jnp.asarray(codes).astype(jnp.uint32).T
    together = 32 // bits
    keys = []
    for start in range(0, len(columns), together):
        part = columns[start : start + together]
        shifts = jnp.arange(len(part), dtype=jnp.uint32)[:, None] * bits
        keys.append(jnp.sum(part << shifts, 0, dtype=jnp.uint32))
    return keys


def _starts(ordered: Shaped[Array, " input"]) -> Bool[Array, " input"]:
    """Where a sorted array takes a new value."""
    return jnp.concatenate([jnp.ones(1, bool), ordered[1:] != ordered[:-1]])


def _mean_log_size(starts: Bool[Array, " input"]) -> Float[Array, ""]:
    """Mean over rows of log2 of the length of their run."""
    count = starts.shape[0]
    run = jnp.cumsum(starts) - 1
    size = jax.ops.segment_sum(jnp.ones(count), run, count, indices_are_sorted=True)
    return jnp.sum(size * jnp.log2(jnp.maximum(size, 1))) / count
