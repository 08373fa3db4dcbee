"""Metrics in blocks of pairs are the metrics of the whole, for less memory."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.analysis import group_metrics_in_blocks, group_microscope
from jaxrep.analysis.group_microscope import Microscope
from jaxrep.groups import group, group_tables
from jaxrep.losses import accuracy, cross_entropy
from jaxrep.models.group_networks import group_network


def split_of(order, fraction):
    pairs = np.random.default_rng(0).permutation(order**2).astype(np.int32)
    count = int(fraction * order**2)
    return np.sort(pairs[:count]), np.sort(pairs[count:])


def weights(model, scale=3.0):
    pair = jnp.zeros(1, jnp.int32)
    params = model.init(jax.random.key(1), pair, pair)["params"]
    return jax.tree.map(lambda x: scale * np.asarray(x, np.float64), params)


@pytest.mark.parametrize(
    "kind, chosen", [("mlp", None), ("bilinear", [False, True, True]), ("transformer", None)]
)
def test_blocks_give_the_metrics_of_the_whole(kind, chosen, double, monkeypatch):
    """Other orders of the same sums: measured 1e-13 relative in float64. 11 training pairs fill
    no block of six."""
    known = group("S3")
    model = group_network(kind, 6, 8, 5)
    params, (train, test) = weights(model), split_of(6, 0.31)
    key = None if chosen is None else np.array(chosen)
    whole = Microscope(model, known).measure(params, train, test, key)
    monkeypatch.setattr(group_microscope, "LARGEST_WHOLE_ORDER", 5)
    found = Microscope(model, known).measure(params, train, test, key)
    for (name, ours), theirs in zip(
        jax.tree.leaves_with_path(found), jax.tree.leaves(whole), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12, err_msg=str(name))


def test_a_published_network_in_blocks(studied, monkeypatch):
    """Its reference metrics, which the whole meets within 3e-8 (`test_published_metrics`)."""
    one = studied("C113_MLP_seed1")
    monkeypatch.setattr(group_microscope, "LARGEST_WHOLE_ORDER", 100)
    scope = Microscope(one.net.model, one.group)
    found = scope.measure(one.net.params, one.net.train, one.net.test)
    for ours, theirs in zip(jax.tree.leaves(found), jax.tree.leaves(one.metrics), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-12)


def test_s6_needs_no_cube_of_its_order():
    """Its logits alone are 3 GB in float64; measured 0.32 GB in blocks."""
    known = group("S6")
    model, tables, n = group_network("mlp", 720, 256, 128), group_tables(known), 720
    train, test = split_of(n, 0.25)
    with jax.enable_x64():
        given = jax.eval_shape(lambda: weights_on_device(model))
        scope = Microscope(model, known)
        arguments = given, train, test, tables
        needed = scope.metrics.lower(*arguments).compile().memory_analysis().temp_size_in_bytes
    assert needed < 1e9


def weights_on_device(model):
    pair = jnp.zeros(1, jnp.int32)
    params = model.init(jax.random.key(0), pair, pair)["params"]
    return jax.tree.map(lambda x: x.astype(jnp.float64), params)


def test_pairs_that_are_not_there_are_refused():
    tables, one = group_tables(group("S3")), jnp.eye(6)

    def evaluated(pairs):
        return one[jnp.asarray(tables.product)[pairs]], one[pairs // 6]

    with pytest.raises(ValueError, match="train: 36"):
        group_metrics_in_blocks(
            evaluated,
            *(one, one, one, np.array([36]), np.arange(9), tables, cross_entropy, accuracy),
        )
