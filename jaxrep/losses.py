"""Losses: per-example values, the caller reduces."""

import jax
import jax.numpy as jnp
from jaxtyping import Float, Int

from jaxrep.typing import Array, Real


@jax.custom_jvp
def cross_entropy(
    logits: Float[Array, "*rows classes"], labels: Int[Array, "*rows"]
) -> Float[Array, "*rows"]:
    """Cross-entropy in nats that resolves tiny losses in float32.

    ``softplus(logsumexp_{c != y} l_c - l_y)``, which equals ``-log softmax(l)_y``. The usual
    form subtracts two numbers of the size of the logits and returns exactly 0 for most rows
    once the loss is below 1e-7; this one keeps a relative accuracy of 1e-7 and a gradient
    that does not vanish. A class whose logit is ``-inf`` takes no part.

    >>> float(cross_entropy(jnp.array([[20.0, 0.0]]), jnp.array([0]))[0])
    2.06115...e-09
    """
    return jax.nn.softplus(_margin(logits, labels)[0])


@cross_entropy.defjvp
def _cross_entropy_jvp(primals, tangents):
    margin, shares, hit = _margin(*primals)
    slope = jax.nn.sigmoid(margin)[..., None] * jnp.where(hit, -1, shares)
    return jax.nn.softplus(margin), jnp.sum(slope * tangents[0], -1)


def _margin(logits, labels):
    """By how much the other classes win, each one's share among them, and which is the label."""
    hit = jnp.arange(logits.shape[-1]) == labels[..., None]
    own = jnp.sum(jnp.where(hit, logits, 0), -1)
    others = jnp.where(hit, -jnp.inf, logits)
    top = jax.lax.stop_gradient(jnp.max(others, -1))
    top = jnp.where(top == -jnp.inf, 0, top)  # no other class: not inf - inf
    weights = jnp.exp(others - top[..., None])
    total = jnp.sum(weights, -1)
    # 1 instead of 0 in the branch that is not taken: derivatives must be finite
    empty = total == 0
    total = jnp.where(empty, 1, total)
    margin = jnp.where(empty, -jnp.inf, jnp.log(total) + top - own)
    return margin, weights / total[..., None], hit


def clipped_cross_entropy(
    logits: Float[Array, "rows classes"], labels: Int[Array, " rows"], floor: float = 1e-7
) -> Float[Array, " rows"]:
    """Cross-entropy in nats of softmax probabilities clipped to [floor, 1 - floor].

    As Keras 2 had it. A clipped example has no gradient: with the floor at 1e-7 one whose
    logit is 16.1 below the other's never recovers, which log-softmax does not do.

    >>> clipped_cross_entropy(jnp.array([[0.0, 0.0], [0.0, 99.0]]), jnp.array([0, 0])).tolist()
    [0.693, 16.118]
    """
    probability = jax.nn.softmax(logits, -1)
    own = jnp.sum(jnp.where(jnp.arange(logits.shape[-1]) == labels[:, None], probability, 0), -1)
    return -jnp.log(jnp.clip(own, floor, 1 - floor))


def accuracy(
    logits: Float[Array, "rows classes"], labels: Int[Array, " rows"]
) -> Float[Array, " rows"]:
    """1 where the largest logit is the label's, else 0.

    >>> accuracy(jnp.array([[0.2, 0.1], [0.2, 0.1]]), jnp.array([0, 1])).tolist()
    [1.0, 0.0]
    """
    return (jnp.argmax(logits, -1) == labels).astype(logits.dtype)


LOSS_POWERS = {"linear": 1.0, "sqrt": 0.5, "square": 2.0, "quart": 4.0, "root4": 0.25, "log": 0.0}
"""Powers of an error by the name of the loss; 0 stands for the logarithm, their limit."""


def power_loss(error: Float[Array, "..."], power: Real, floor: float = 1e-8) -> Float[Array, "..."]:
    """``(|error| + floor)^power``, or its logarithm where `power` (may be traced) is 0.

    >>> power_loss(jnp.array([0.25, -0.25]), 0.5)
    Array([0.5, 0.5], ...)
    """
    return _power(jnp.abs(error) + floor, power)


def cosine_loss(
    code: Float[Array, "... output"],
    target: Float[Array, "... output"],
    power: Real,
    floor: float = 1e-8,
) -> Float[Array, "..."]:
    """``f(2) - f(1 + cos)`` of the angle between code and target, f a power or the logarithm.

    As in the face-angle study. To second order in the angle e this is ``f'(2) e^2 / 2`` for
    every f: all of them are one squared error, but for its factor. `power_loss` of the error in
    angle differs between powers.

    >>> code, target = jnp.array([[1.0, 0.0], [0.0, 2.0]]), jnp.array([[3.0, 0.0], [3.0, 0.0]])
    >>> cosine_loss(code, target, 2.0).tolist()  # the same direction; a right angle: 2^2 - 1
    [0.0, 3.0]
    """
    length = jnp.linalg.norm(code, axis=-1) * jnp.linalg.norm(target, axis=-1)
    cosine = jnp.sum(code * target, -1) / jnp.maximum(length, floor)
    similarity = jax.nn.relu(cosine + 1 + floor / 2) + floor / 2
    return _power(jnp.asarray(2.0), power) - _power(similarity, power)


def _power(value: Array, power: Real) -> Array:
    logarithm = jnp.log(value)
    # 1 instead of 0 in the branch that is not taken: its gradient must be finite
    other = jnp.exp(jnp.where(power == 0, 1.0, power) * logarithm)
    return jnp.where(power == 0, logarithm, other)
