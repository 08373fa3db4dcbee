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
    """Every step sees ``select(data)``."""
    return Batches(lambda key, position, order, hyper, data: select(data), lambda key, data: ())


def fresh(sample: Callable[..., PyTree], *, common: bool = False) -> Batches:
    """New samples every step: ``sample(key, hyper, data) -> batch``."""
    return Batches(
        lambda key, position, order, hyper, data: sample(key, hyper, data),
        lambda key, data: (),
        common=common,
    )


def shuffled(
    items: int,
    batch_size: int,
    take: Callable[[Data, Int[Array, " batch"]], PyTree],
    *,
    common: bool = False,
) -> Batches:
    """Minibatches without replacement, one shuffle per epoch.

    Args:
      items: number of items; the ``items % batch_size`` left over are other ones each epoch.
      batch_size: items in a batch.
      take: ``(data, rows) -> batch``.
      common: see `Batches`.

    Raises:
      InputError: batch_size is not between 1 and items.
    """
    if not 1 <= batch_size <= items:
        raise InputError(f"batch_size: {batch_size} is not between 1 and the {items} items")

    def begin_epoch(key: Key[Array, ""], data: Data) -> Int[Array, " items"]:
        del data
        # Half the cost of jax.random.permutation, which sorts twice; ties of the 32-bit
        # keys fall back to the items' order.
        return jnp.argsort(jax.random.bits(key, (items,)))

    def draw(key, position, order, hyper, data):
        del key, hyper
        rows = jax.lax.dynamic_slice_in_dim(order, position * batch_size, batch_size)
        return take(data, rows)

    return Batches(draw, begin_epoch, items // batch_size, common)
