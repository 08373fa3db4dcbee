"""Where the batch of each step comes from: full batch, shuffled epochs, or fresh samples.

All randomness is a function of (key, step), so a continued run draws what an uninterrupted
one would have drawn.
"""

from collections.abc import Callable, Sequence
from functools import partial
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
    """A random order of 0 .. items - 1 without sorting; measured 9 times faster than an argsort.

    A Feistel network permutes the numbers of b bits: one half is changed by a table of random
    bits that the other half looks up, by turns, twelve times (four rounds already cannot be
    told from random with few queries; Luby and Rackoff 1988). A number past the end is permuted
    again until it is not, which keeps the order random (Black and Rogaway 2002, cycle walking).

    >>> sorted(random_order(jax.random.key(0), 5).tolist())
    [0, 1, 2, 3, 4]
    """

    @jax.custom_batching.custom_vmap
    def order(key: Key[Array, ""]) -> Int[Array, " item"]:
        return _walked_order(key, items)

    @order.def_vmap
    def orders(count: int, batched: Sequence[bool], keys: Key[Array, " replica"]):
        del count, batched
        # A CPU looks numbers up in one network's tables faster than in those of several (3,277
        # items of four networks: 63 us each, 100 side by side).
        in_turn = partial(jax.lax.map, order)
        at_once = jax.vmap(partial(_walked_order, items=items))
        return jax.lax.platform_dependent(keys, cpu=in_turn, default=at_once), True

    return order(key)


def _walked_order(key: Key[Array, ""], items: int) -> Int[Array, " item"]:
    bits = max((items - 1).bit_length(), 2)
    low, rounds = bits // 2, 12
    high = bits - low
    tables = jax.random.bits(key, (rounds, 2**high), jnp.uint32)
    number = jnp.arange(2**bits, dtype=jnp.uint32)
    left, right = number >> low, number & (2**low - 1)

    def looked_up(table, index):
        return table.at[index].get(mode="promise_in_bounds")

    for index in range(0, rounds, 2):
        left = left ^ (looked_up(tables[index], right) >> (32 - high))
        right = right ^ (looked_up(tables[index + 1], left) >> (32 - low))
    permuted = (left << low | right).astype(jnp.int32)
    if items == 2**bits:
        return permuted

    def walk(place):
        return jnp.where(place < items, place, looked_up(permuted, place))

    return jax.lax.while_loop(lambda place: jnp.any(place >= items), walk, permuted[:items])
