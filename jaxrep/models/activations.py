"""Activation functions by name."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.scipy.special import erf

ACTIVATIONS: dict[str, Callable[[jax.Array], jax.Array]] = {
    "linear": lambda x: x,
    "relu": jax.nn.relu,
    "tanh": jnp.tanh,
    "sigmoid": jax.nn.sigmoid,
    "hard_tanh": jax.nn.hard_tanh,
    "erf": erf,
    "shifted_relu": lambda x: jax.nn.relu(x) - 1,
    "softsign": jax.nn.soft_sign,
    "softplus": jax.nn.softplus,
    "leaky_relu": lambda x: jax.nn.leaky_relu(x, 0.2),
    "hard_sigmoid": lambda x: jnp.clip(0.2 * x + 0.5, 0, 1),
    "selu": jax.nn.selu,
    "relu6": jax.nn.relu6,
    "elu": jax.nn.elu,
    "celu": jax.nn.celu,
}
"""Elementwise; ``shifted_relu`` is relu - 1, ``leaky_relu`` has slope 0.2 below 0, and
``hard_sigmoid`` is 0.2 x + 0.5 between 0 and 1 (Keras's)."""

RANGES: dict[str, tuple[float | None, float | None]] = {
    "relu": (0.0, None),
    "tanh": (-1.0, 1.0),
    "sigmoid": (0.0, 1.0),
    "hard_tanh": (-1.0, 1.0),
    "erf": (-1.0, 1.0),
    "shifted_relu": (-1.0, None),
    "softsign": (-1.0, 1.0),
    "softplus": (0.0, None),
    "hard_sigmoid": (0.0, 1.0),
    "relu6": (0.0, 6.0),
}
"""Least and largest value; None, and of functions that are not here, is without an end."""

ODD = frozenset({"linear", "tanh", "hard_tanh", "erf", "softsign"})
"""Without bias such a network is odd, and cannot tell inputs apart that are symmetric under
x -> -x: its best function is 0."""
