"""A variational lower bound of mutual information, in bits: InfoNCE with a trained critic.

``I >= log2 B + E log2 softmax over the batch of f(x_i, y_j) at j = i`` (van den Oord, Li and
Vinyals 2018): at most log2 of the batch, however large the information is. A critic that is
trained for long tells its own pairs apart and nothing else, so the inputs are split in three: it
is trained on one part, the step with the highest bound on the second is taken, and the bound is
that of the third, which no choice has seen.
"""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import linen as nn
from jaxtyping import Float, Key, PyTree, Shaped

from jaxrep.arrays import finite_array
from jaxrep.typing import Array

CAPPED = 0.5
"""Bits below log2 B from which a bound may be held down by the batch."""


class ContrastiveBound(NamedTuple):
    """A lower bound of mutual information.

    Attributes:
      bits: on inputs that neither trained nor chose the critic; never below 0.
      ceiling: log2 B, the most it can be.
      capped: it is within half a bit of the ceiling, which holds it down: a larger batch would
        find more.
      step: at which the chosen critic was; 0 is before training.
    """

    bits: float
    ceiling: float
    capped: bool
    step: int


class _Critic(nn.Module):
    """A score of every pair: product of two embeddings, each linear plus two hidden layers."""

    units: int
    width: int = 16

    @nn.compact
    def __call__(self, first, second):
        embedded = []
        for values in (first, second):
            hidden = nn.relu(nn.Dense(self.units)(values))
            hidden = nn.relu(nn.Dense(self.units)(hidden))
            embedded.append(nn.Dense(self.width)(hidden) + nn.Dense(self.width)(values))
        return jnp.matmul(embedded[0], embedded[1].T, precision="highest")


def contrastive_information(
    key: Key[Array, ""],
    first: Shaped[Array, "input a"],
    second: Shaped[Array, "input b"],
    *,
    batch: int = 256,
    steps: int = 1500,
    units: int = 64,
    learning_rate: float | int = 2e-3,
) -> float:
    """The bits of `contrastive_bound`: a lower bound of I(first; second), 0 or more.

    >>> rng = np.random.default_rng(0)
    >>> bit = rng.integers(0, 2, (512, 1))
    >>> bits = contrastive_information(jax.random.key(0), bit, bit, batch=128, steps=60)
    >>> bool(0.9 < bits < 1.05)
    True

    Raises:
      ValueError: see `contrastive_bound`.
    """
    about = {"batch": batch, "steps": steps, "units": units, "learning_rate": learning_rate}
    return contrastive_bound(key, first, second, **about).bits


def contrastive_bound(
    key: Key[Array, ""],
    first: Shaped[Array, "input a"],
    second: Shaped[Array, "input b"],
    *,
    batch: int = 256,
    steps: int = 1500,
    units: int = 64,
    learning_rate: float | int = 2e-3,
) -> ContrastiveBound:
    """A lower bound of I(first; second) in bits, and whether the batch caps it.

    Half of the inputs train the critic, a quarter chooses when to stop, a quarter gives the bound.
    Arrays of the same shape with the same batch, steps and units compile once.

    Args:
      key: of the critic's weights, the split and the batches.
      first, second: rows that belong together; each column is standardised.
      batch: B, pairs told apart at a time; the bound cannot exceed log2 B.
      steps: of training at most, in rounds of 25.
      units: of the critic's hidden layers.
      learning_rate: of Adam.

    Raises:
      ValueError: other numbers of rows, fewer than 4 B of them, values that are not finite, or
        a batch, steps, units or a learning rate that train nothing.

    >>> values = np.arange(32.0)[:, None]
    >>> found = contrastive_bound(jax.random.key(0), values, values, batch=2, steps=0, units=1)
    >>> found.ceiling  # log2 of the batch
    1.0
    """
    pair = [_standard(values, name) for values, name in ((first, "first"), (second, "second"))]
    count = len(pair[0])
    for name, value, least in (("batch", batch, 2), ("steps", steps, 0), ("units", units, 1)):
        if value < least:
            raise ValueError(f"{name}: {value} given; {least} or more are needed")
    if not 0 < learning_rate < np.inf:
        raise ValueError(f"learning_rate: {learning_rate} is not positive and finite")
    if len(pair[1]) != count or count < 4 * batch:
        raise ValueError(
            f"first, second: {count} and {len(pair[1])} rows given; as many of each are needed, "
            f"{4 * batch} (4 batches) or more"
        )
    split, training = jax.random.split(key)
    order = np.asarray(jax.random.permutation(split, count))
    pair = [values[order] for values in pair]
    half, quarter = count // 2, count // 4
    train = [values[:half] for values in pair]
    judges = [
        [values[start : start + quarter] for values in pair] for start in (half, half + quarter)
    ]
    judged, step = _trained(training, train, *judges, float(learning_rate), batch, steps, units)
    bits, ceiling = max(float(judged), 0.0), float(np.log2(batch))
    return ContrastiveBound(bits, ceiling, bits > ceiling - CAPPED, int(step))


EVERY = 25
"""Steps of training between two looks at the second part."""
PATIENCE = 8
"""Looks without a higher bound after which training stops."""


class _Search(NamedTuple):
    """Training under way, and the best critic so far."""

    look: Array
    since: Array
    params: PyTree
    state: PyTree
    best: PyTree
    bound: Float[Array, ""]
    found: Array


@functools.partial(jax.jit, static_argnames=("batch", "steps", "units"))
def _trained(key, train, choose, judge, learning_rate, batch, steps, units):
    """Bound on the third part by the critic that is best on the second, and its step."""
    critic, optimizer = _Critic(units), optax.adam(learning_rate)
    init, draws = jax.random.split(key)

    def bound(params, pair):
        log = jax.nn.log_softmax(critic.apply(params, *pair), 1)
        return (jnp.log(batch) + jnp.mean(jnp.diagonal(log))) / jnp.log(2.0)

    def held(params, pair):
        count = len(pair[0]) // batch
        blocks = [values[: count * batch].reshape(count, batch, -1) for values in pair]
        return jnp.mean(jax.lax.map(lambda block: bound(params, block), blocks))

    def step(carry, number):
        params, state = carry
        rows = jax.random.randint(jax.random.fold_in(draws, number), (batch,), 0, len(train[0]))
        gradient = jax.grad(lambda p: -bound(p, [values[rows] for values in train]))(params)
        updates, state = optimizer.update(gradient, state)
        return (optax.apply_updates(params, updates), state), None

    def goes_on(search):
        return (search.look * EVERY < steps) & (search.since < PATIENCE)

    def train_on(search):
        numbers = search.look * EVERY + jnp.arange(EVERY)
        (params, state), _ = jax.lax.scan(step, (search.params, search.state), numbers)
        now, look = held(params, choose), search.look + 1
        better = now > search.bound
        pick = functools.partial(jnp.where, better)
        return _Search(
            look,
            pick(0, search.since + 1),
            params,
            state,
            jax.tree.map(pick, params, search.best),
            pick(now, search.bound),
            pick(look, search.found),
        )

    params = critic.init(init, *(values[:2] for values in train))
    zero = jnp.zeros((), int)
    start = _Search(zero, zero, params, optimizer.init(params), params, held(params, choose), zero)
    end = jax.lax.while_loop(goes_on, train_on, start)
    return held(end.best, judge), end.found * EVERY


def _standard(values, name: str) -> Float[np.ndarray, "input column"]:
    """Every column with mean 0 and deviation 1; constant ones are 0."""
    numbers = finite_array(values, name)
    if numbers.ndim != 2 or not numbers.shape[1]:
        raise ValueError(f"{name}: shape {numbers.shape} is not [input, column]")
    if not len(numbers):
        return numbers
    precision = 4 * float(np.finfo(numbers.dtype).eps)
    numbers = numbers.astype(float)
    top = np.abs(numbers).max(0)
    numbers = numbers / np.where(top > 0, top, 1)  # first, so that squares cannot overflow
    varies = np.ptp(numbers, 0) > precision
    centred = np.where(varies, numbers - numbers.mean(0), 0.0)
    return (centred / np.where(varies, centred.std(0), 1)).astype(np.float32)
