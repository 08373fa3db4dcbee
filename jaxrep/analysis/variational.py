"""A variational lower bound of mutual information, in bits: InfoNCE with a trained critic.

``I >= log2 B + E log2 softmax over the batch of f(x_i, y_j) at j = i`` (van den Oord, Li and
Vinyals 2018): at most log2 of the batch, however large the information is.
"""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import linen as nn
from jaxtyping import Float, Key

from jaxrep.typing import Array


class _Critic(nn.Module):
    """A score of every pair: product of two embeddings."""

    units: int
    width: int = 16

    @nn.compact
    def __call__(self, first, second):
        embedded = []
        for values in (first, second):
            hidden = nn.relu(nn.Dense(self.units)(values))
            hidden = nn.relu(nn.Dense(self.units)(hidden))
            embedded.append(nn.Dense(self.width)(hidden))
        return jnp.matmul(embedded[0], embedded[1].T, precision="highest")


def contrastive_information(
    key: Key[Array, ""],
    first: Float[Array, "input a"],
    second: Float[Array, "input b"],
    *,
    batch: int = 256,
    steps: int = 1500,
    units: int = 64,
    learning_rate: float = 2e-3,
) -> float:
    """A lower bound of I(first; second) in bits, on the half of the inputs not trained on.

    Args:
      key: of the critic's weights, the split and the batches.
      first, second: rows that belong together; each column is standardised.
      batch: B, pairs told apart at a time; the bound cannot exceed log2 B.
      steps, units, learning_rate: of the critic.

    Raises:
      ValueError: other numbers of rows, fewer than 2 B of them, or values that are not finite.
    """
    first, second = (np.asarray(values, np.float32) for values in (first, second))
    count = len(first)
    if len(second) != count or count < 2 * batch:
        raise ValueError(
            f"{count} and {len(second)} rows given; {2 * batch} (2 batches) or more are needed"
        )
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("some values are not finite")
    keys = jax.random.split(key, 3)
    order = np.asarray(jax.random.permutation(keys[0], count))
    pair = [_standard(values[order]) for values in (first, second)]
    half = count // 2
    critic, optimizer = _Critic(units), optax.adam(learning_rate)

    def bound(params, a, b):
        log = jax.nn.log_softmax(critic.apply(params, a, b), 1)
        return (jnp.log(len(a)) + jnp.mean(jnp.diagonal(log))) / jnp.log(2.0)

    @jax.jit
    def fit(a, b):
        params = critic.init(keys[1], a[:2], b[:2])

        def step(carry, key):
            params, state = carry
            rows = jax.random.randint(key, (batch,), 0, half)
            gradient = jax.grad(lambda p: -bound(p, a[rows], b[rows]))(params)
            updates, state = optimizer.update(gradient, state)
            return (optax.apply_updates(params, updates), state), None

        start = (params, optimizer.init(params))
        (params, _), _ = jax.lax.scan(step, start, jax.random.split(keys[2], steps))
        return params

    params = fit(pair[0][:half], pair[1][:half])
    held = [values[half:][: (count - half) // batch * batch] for values in pair]
    blocks = [values.reshape(-1, batch, values.shape[1]) for values in held]
    return float(jnp.mean(jax.jit(jax.vmap(lambda a, b: bound(params, a, b)))(*blocks)))


def _standard(values: np.ndarray) -> np.ndarray:
    deviation = values.std(0)
    return (values - values.mean(0)) / np.where(deviation > 0, deviation, 1)
