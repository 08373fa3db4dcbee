"""Random orders without sorting, and epochs whose last batch is kept."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxrep.engine.batches import Data, _walked_order, random_order, shuffled_batches


@settings(deadline=None, max_examples=12)
@given(st.sampled_from([1, 3, 17, 4097]), st.integers(0, 2**30))
def test_an_order_holds_every_item_once(items, seed):
    order = np.asarray(random_order(jax.random.key(seed), items))
    assert sorted(order.tolist()) == list(range(items))


@pytest.mark.parametrize("items", [5, 16, 300])
def test_networks_side_by_side_have_the_orders_they_have_alone(items):
    """On a CPU in turn, elsewhere at once: the same whole numbers."""
    keys = jax.random.split(jax.random.key(items), 6)
    alone = [np.asarray(random_order(key, items)) for key in keys]
    together = jax.jit(jax.vmap(lambda key: random_order(key, items)))(keys)
    at_once = jax.vmap(lambda key: _walked_order(key, items))(keys)
    nested = jax.vmap(jax.vmap(lambda key: random_order(key, items)))(keys.reshape(2, 3))
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(at_once, alone)
    np.testing.assert_array_equal(nested.reshape(6, items), alone)


def test_all_orders_are_equally_likely():
    """24,000 orders of five items: chi^2 over 120 orders, and over places for 100 items."""
    keys = jax.random.split(jax.random.key(0), 24_000)
    orders = np.asarray(jax.vmap(lambda key: random_order(key, 5))(keys))
    counts = np.unique(orders, axis=0, return_counts=True)[1]
    assert len(counts) == 120
    # 119 degrees of freedom: 119 +- 15.4, five deviations
    assert ((counts - 200) ** 2 / 200).sum() < 119 + 5 * 15.4
    many = np.asarray(jax.vmap(lambda key: random_order(key, 100))(keys[:8000]))
    for place in (0, 37, 99):
        found = np.bincount(many[:, place], minlength=100)
        assert ((found - 80) ** 2 / 80).sum() < 99 + 5 * 14.1
    # neighbours in the order are not neighbours in number
    assert abs(np.mean(np.abs(np.diff(many, axis=1)) == 1) - 0.02) < 0.002


@pytest.mark.parametrize("items, size", [(10, 4), (8, 4), (3, 3)])
def test_the_last_batch_is_kept_with_weights(items, size):
    batches = shuffled_batches(
        items, size, lambda data, rows, weight: (rows, weight), keep_last=True
    )
    assert batches.steps_per_epoch == -(-items // size)
    order = batches.begin_epoch(jax.random.key(0), Data(()))
    seen = []
    for position in range(batches.steps_per_epoch):
        rows, weight = batches.draw(None, jnp.asarray(position), order, None, Data(()))
        assert rows.shape == weight.shape == (size,)
        seen += np.asarray(rows)[np.asarray(weight)].tolist()
    assert sorted(seen) == list(range(items))
