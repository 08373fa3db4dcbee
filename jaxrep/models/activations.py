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
}
"""Elementwise; ``shifted_relu`` is relu - 1."""

ODD = frozenset({"linear", "tanh", "hard_tanh", "erf"})
"""Without bias such a network is odd, and cannot tell inputs apart that are symmetric under
x -> -x: its best function is 0."""
