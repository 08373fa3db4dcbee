"""The networks against their formulas written out pair by pair."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.groups import group
from jaxrep.models.group_networks import OneLayerTransformer, group_network, weight_norm

ORDER = 6


def initialise(model):
    pair = jnp.zeros(1, jnp.int32)
    return jax.jit(lambda key: model.init(key, pair, pair)["params"])(jax.random.key(0))


def initial(kind):
    model = group_network(kind, ORDER, 8, 12)
    return model, initialise(model)


def test_the_mlp_is_the_unfactored_one():
    model, p = initial("mlp")
    a, b = np.divmod(np.arange(ORDER**2), ORDER)
    circuit = model.apply({"params": p}, a, b)
    hidden = jax.nn.relu(jnp.concatenate([p["W_x"][a], p["W_y"][b]], axis=1) @ p["W"])
    np.testing.assert_allclose(circuit.hidden, hidden, atol=1e-5)
    np.testing.assert_allclose(circuit.logits, hidden @ p["W_U"], atol=1e-5)


def test_the_bilinear_net_multiplies_embeddings():
    model, p = initial("bilinear")
    a, b = np.divmod(np.arange(ORDER**2), ORDER)
    circuit = model.apply({"params": p}, a, b)
    expected = (p["W_x"][a] * p["W_y"][b]) @ p["W_U"]
    np.testing.assert_allclose(circuit.logits, expected, atol=1e-5)


def test_the_transformer_is_the_one_over_three_tokens():
    """Every position computed, masked, and read at the last; biases not zero."""
    model = OneLayerTransformer(ORDER, 16, 2, 8, 20)
    p = initialise(model)
    noise = np.random.default_rng(0)
    p = {name: x + noise.normal(0, 0.1, x.shape).astype(np.float32) for name, x in p.items()}
    a, b = np.divmod(np.arange(ORDER**2), ORDER)
    hidden, logits = jax.jit(_three_positions)(p, a, b)
    circuit = jax.jit(lambda p: model.apply({"params": p}, a, b))(p)
    np.testing.assert_allclose(circuit.hidden, hidden, atol=1e-5)
    np.testing.assert_allclose(circuit.logits, logits, atol=1e-5)


def _three_positions(p, a, b):
    tokens = jnp.stack([a, b, jnp.full_like(a, ORDER)], 1)
    x = p["embed.W_E"][tokens] + p["pos_embed.W_pos"]
    at = "blocks.0.attn."
    q, k, v = (jnp.einsum("ptd,hdk->pthk", x, p[f"{at}W_{i}"]) + p[f"{at}b_{i}"] for i in "QKV")
    scores = jnp.einsum("pqhk,pshk->phqs", q, k) / 8**0.5
    scores = jnp.where(jnp.tril(jnp.ones((3, 3), bool)), scores, -jnp.inf)
    mixed = jnp.einsum("phqs,pshk->pqhk", jax.nn.softmax(scores), v)
    x = x + jnp.einsum("pqhk,hkd->pqd", mixed, p[f"{at}W_O"]) + p[f"{at}b_O"]
    hidden = jax.nn.relu(x @ p["blocks.0.mlp.W_in"] + p["blocks.0.mlp.b_in"])
    x = x + hidden @ p["blocks.0.mlp.W_out"] + p["blocks.0.mlp.b_out"]
    return hidden[:, -1], (x @ p["unembed.W_U"] + p["unembed.b_U"])[:, -1]


def test_shapes_and_scales_are_the_published_ones(published):
    for kind, name in (("mlp", "S5_MLP_seed2_init"), ("transformer", "S5_T_seed1_init")):
        stored = np.load(published / "checkpoints" / f"{name}.npz")
        model = group_network(kind, group("S5").order, 256, 128)
        params = initialise(model)
        for key in stored.files:
            assert params[key].shape == stored[key].shape
            # Standard deviations of the smallest array (3 x 128) scatter by 4 %.
            np.testing.assert_allclose(params[key].std(), stored[key].std(), rtol=0.15)
        biases = [x for key, x in params.items() if key not in stored.files]
        assert all((x == 0).all() for x in biases)


def test_weight_norm_leaves_biases_out():
    params = {"W_x": jnp.full((2, 2), 2.0), "a.W_in": jnp.ones(3), "a.b_in": jnp.ones(9)}
    assert weight_norm(params) == 19


def test_an_unknown_network_is_named():
    with pytest.raises(ValueError, match="model: 'cnn' is not known; allowed are mlp"):
        group_network("cnn", 6, 8, 8)
