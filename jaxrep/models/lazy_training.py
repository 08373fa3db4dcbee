"""From rich to lazy training: an output scale, from a start at which the output is 0.

``f(x) = (alpha / sqrt(K)) sum_k s_k act(w_k . x + b_k)`` with fixed signs s_k, the second half of
the units copies of the first with the opposite sign, and a learning rate over alpha^2. At large
alpha weights hardly move and the network is linear in them around its start (kernel regime); at
small alpha they have to move (Chizat, Oyallon and Bach 2019).
"""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
from jaxtyping import Float

from jaxrep.typing import Array, Real


def lazy_start(
    params: Mapping[str, Float[Array, "..."]], alpha: Real
) -> dict[str, Float[jax.Array, "..."]]:
    """Parameters of a `CommitteeMachine` with one output, at a start on the way to lazy training.

    The machine divides by K, so that its output weights are ``alpha sqrt(K) s_k``; they and the
    output bias (0) are not to be trained. Multiply the learning rate by `lazy_rate`.

    >>> from jaxrep.models import CommitteeMachine
    >>> network, inputs = CommitteeMachine(4, outputs=1), jnp.ones((2, 3))
    >>> params = lazy_start(network.init(jax.random.key(0), inputs)["params"], alpha=2.0)
    >>> network.apply({"params": params}, inputs).outputs.tolist(), params["W2"][:, 0].tolist()
    ([[0.0], [0.0]], [4.0, 4.0, -4.0, -4.0])

    Args:
      params: ``W1 [pixel, unit]``, ``W2 [unit, 1]``; ``b1 [unit]`` and ``b2 [1]`` where there are
        biases.
      alpha: output scale, above 0; it may be traced.

    Raises:
      ValueError: an odd number of units, or several outputs.
    """
    units, outputs = jnp.shape(params["W2"])
    if units % 2 or outputs != 1:
        raise ValueError(f"params: W2 has shape {(units, outputs)}; even units, one output needed")
    half = units // 2
    signs = jnp.where(jnp.arange(units) < half, 1.0, -1.0)[:, None]
    second = (alpha * jnp.sqrt(float(units)) * signs).astype(params["W2"].dtype)
    paired = {"W1": jnp.tile(params["W1"][:, :half], 2), "W2": second}
    if "b1" in params:
        paired["b1"] = jnp.tile(params["b1"][:half], 2)
    if "b2" in params:
        paired["b2"] = jnp.zeros_like(params["b2"])
    return {**params, **paired}


def lazy_rate(alpha: Real) -> Real:
    """What a learning rate is multiplied by, so that outputs change alike at any scale.

    >>> lazy_rate(4.0)
    0.0625
    """
    return 1 / alpha**2
