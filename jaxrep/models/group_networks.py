"""Networks that multiply in a finite group: one-layer MLP, bilinear net, one-layer transformer.

Architectures, parameter names and shapes of Chughtai, Chan and Nanda, "A toy model of
universality" (2023), so that weights go both ways. All map a pair of elements (a, b) of a
group of order n to n logits.
"""

from collections.abc import Mapping
from typing import NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from jaxrep.typing import Array


class Circuit(NamedTuple):
    """What the analyses look at.

    Attributes:
      logits: for every given pair.
      hidden: activations that are read out linearly.
      x_embed: what the network looks up for a.
      y_embed: what it looks up for b.
      unembed: the linear read-out of `hidden`; the transformer's residual path around the
        MLP also reaches the logits and is not part of it.
    """

    logits: Float[Array, "pairs n"]
    hidden: Float[Array, "pairs h"]
    x_embed: Float[Array, "n width"]
    y_embed: Float[Array, "n width"]
    unembed: Float[Array, "h n"]


class OneLayerMLP(nn.Module):
    """``logits = relu([W_x[a], W_y[b]] W) W_U``, no biases.

    The product of embedding and first layer is formed once per element (two n x hidden
    tables) instead of once per pair: the same function with 4.8 times fewer operations on S5.
    """

    order: int
    embed_dim: int = 256
    hidden_dim: int = 128

    def setup(self):
        n, e, h = self.order, self.embed_dim, self.hidden_dim
        self.W_x = self.param("W_x", _normal(e), (n, e))
        self.W_y = self.param("W_y", _normal(e), (n, e))
        self.W = self.param("W", _normal(2 * e), (2 * e, h))
        self.W_U = self.param("W_U", _normal(h), (h, n))

    def __call__(self, a: Int[Array, " pairs"], b: Int[Array, " pairs"]) -> Circuit:
        x_embed = jnp.matmul(self.W_x, self.W[: self.embed_dim], precision="highest")
        y_embed = jnp.matmul(self.W_y, self.W[self.embed_dim :], precision="highest")
        hidden = jax.nn.relu(x_embed[a] + y_embed[b])
        logits = jnp.matmul(hidden, self.W_U, precision="highest")
        return Circuit(logits, hidden, x_embed, y_embed, self.W_U)


class BilinearNet(nn.Module):
    """``logits = (W_x[a] * W_y[b]) W_U``."""

    order: int
    embed_dim: int = 256

    @nn.compact
    def __call__(self, a: Int[Array, " pairs"], b: Int[Array, " pairs"]) -> Circuit:
        n, e = self.order, self.embed_dim
        x_embed = self.param("W_x", _normal(e), (n, e))
        y_embed = self.param("W_y", _normal(e), (n, e))
        unembed = self.param("W_U", _normal(e), (e, n))
        hidden = x_embed[a] * y_embed[b]
        logits = jnp.matmul(hidden, unembed, precision="highest")
        return Circuit(logits, hidden, x_embed, y_embed, unembed)


class OneLayerTransformer(nn.Module):
    """One causal attention layer and one MLP over the tokens (a, b, =), read at "=".

    No layer norm, learned positions, relu, scores over sqrt(d_head). Only the last position
    is computed, and queries, keys and values once per token, not once per pair. Biases are
    parameters, so that foreign weights fit, but the study freezes them at 0.
    """

    order: int
    model_dim: int = 128
    heads: int = 4
    head_dim: int = 32
    mlp_dim: int = 512

    @nn.compact
    def __call__(self, a: Int[Array, " pairs"], b: Int[Array, " pairs"]) -> Circuit:
        n, d, heads, k, m = (
            self.order,
            self.model_dim,
            self.heads,
            self.head_dim,
            self.mlp_dim,
        )

        def weight(name, *shape):
            return self.param(name, nn.initializers.normal(0.8 / d**0.5), shape)

        def bias(name, *shape):
            return self.param(name, nn.initializers.zeros, shape)

        embed, position = weight("embed.W_E", n + 1, d), weight("pos_embed.W_pos", 3, d)
        attention = "blocks.0.attn."
        w_q, w_k, w_v = (weight(f"{attention}W_{i}", heads, d, k) for i in "QKV")
        w_o = weight(f"{attention}W_O", heads, k, d)
        b_q, b_k, b_v = (bias(f"{attention}b_{i}", heads, k) for i in "QKV")
        b_o = bias(f"{attention}b_O", d)
        w_in, b_in = weight("blocks.0.mlp.W_in", d, m), bias("blocks.0.mlp.b_in", m)
        w_out, b_out = weight("blocks.0.mlp.W_out", m, d), bias("blocks.0.mlp.b_out", d)
        w_u, b_u = weight("unembed.W_U", d, n), bias("unembed.b_U", n)

        last = embed[n] + position[2]
        query = _einsum("d,hdk->hk", last, w_q) + b_q
        tokens = embed[:n] + position[0], embed[:n] + position[1], last[None]
        scores, values = [], []
        for token, index in zip(tokens, (a, b, jnp.zeros_like(a)), strict=True):
            key = _einsum("td,hdk->thk", token, w_k) + b_k
            scores.append((_einsum("hk,thk->th", query, key) / k**0.5)[index])
            values.append((_einsum("td,hdk->thk", token, w_v) + b_v)[index])
        pattern = jax.nn.softmax(jnp.stack(scores), axis=0)
        mixed = sum(p[:, :, None] * value for p, value in zip(pattern, values, strict=True))
        residual = last + _einsum("phk,hkd->pd", mixed, w_o) + b_o
        hidden = jax.nn.relu(_einsum("pd,dm->pm", residual, w_in) + b_in)
        residual = residual + _einsum("pm,md->pd", hidden, w_out) + b_out
        logits = _einsum("pd,dn->pn", residual, w_u) + b_u
        return Circuit(logits, hidden, embed[:n], embed[:n], _einsum("md,dn->mn", w_out, w_u))


def group_network(kind: str, order: int, embed_dim: int, hidden_dim: int) -> nn.Module:
    """The network called ``mlp``, ``bilinear`` or ``transformer`` for a group of that order.

    Raises:
      ValueError: no network is called so.

    >>> network = group_network("mlp", order=6, embed_dim=4, hidden_dim=8)
    >>> type(network).__name__
    'OneLayerMLP'
    >>> group_network("cnn", 6, 4, 8)
    Traceback (most recent call last):
        ...
    ValueError: model: 'cnn' is not known; allowed are mlp, bilinear, transformer
    """
    if kind == "mlp":
        return OneLayerMLP(order, embed_dim, hidden_dim)
    if kind == "bilinear":
        return BilinearNet(order, embed_dim)
    if kind == "transformer":
        return OneLayerTransformer(order)
    raise ValueError(f"model: {kind!r} is not known; allowed are mlp, bilinear, transformer")


def weight_norm(params: Mapping[str, Array]) -> Float[Array, ""] | np.floating:
    """Sum of squares of all weights ``W_*`` (``sum_of_squared_weights`` of the study).

    >>> import numpy as np
    >>> float(weight_norm({"W_x": np.ones((2, 3)), "W_U": 2 * np.ones(2), "b": np.ones(5)}))
    14.0
    """
    return sum((x**2).sum() for name, x in params.items() if name.split(".")[-1][0] == "W")


def _normal(fan_in: int):
    return nn.initializers.normal(fan_in**-0.5)


def _einsum(subscripts: str, *arrays: Array) -> Array:
    return jnp.einsum(subscripts, *arrays, precision="highest")
