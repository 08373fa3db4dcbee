"""Networks that cannot learn, told apart before hours are spent on them."""

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Bool, Float, Shaped

from jaxrep.arrays import native_array, real_array
from jaxrep.typing import Array


def is_dead(
    activations: Shaped[Array, "sample unit"], tolerance: float = 0.0
) -> Bool[jax.Array, ""]:
    """Whether no unit of a layer tells any two inputs apart, so that nothing passes it.

    So is a layer with values that are not finite: what follows it learns nothing either.

    >>> layers = np.zeros((2, 3)), np.eye(2, 3), np.array([[0.0, 1.0], [0.0, np.nan]])
    >>> [bool(is_dead(layer)) for layer in layers]
    [True, False, True]

    Args:
      activations: of one layer on a set of inputs.
      tolerance: ranges up to it count as constant.

    Raises:
      ValueError: no units or no inputs.
    """
    values = jnp.asarray(real_array(activations, "activations"))
    if not values.size:
        raise ValueError(f"activations: shape {values.shape} is without units or inputs")
    constant = jnp.all(jnp.max(values, 0) - jnp.min(values, 0) <= tolerance)
    return constant | ~jnp.isfinite(values).all()


def clipped_share(
    logits: Shaped[Array, "sample output"], classes: Shaped[Array, " sample"], floor: float = 1e-7
) -> Float[jax.Array, ""]:
    """Share of inputs whose true class has a probability outside [floor, 1 - floor].

    They have no gradient under `jaxrep.losses.clipped_cross_entropy`; at 1 the network is frozen.
    NaN if a logit is not finite.

    Args:
      logits: of every output for every input.
      classes: the output that is right, from 0.
      floor: of probabilities.

    Raises:
      ValueError: classes that are no outputs, or not one for each input; inside `jit` NaN.

    >>> logits = np.array([[0.0, 0.0], [50.0, 0.0]])  # undecided; sure
    >>> float(clipped_share(logits, np.array([0, 0])))
    0.5
    """
    values = jnp.asarray(real_array(logits, "logits"))
    classes = native_array(classes, "classes")
    if values.ndim != 2 or jnp.shape(classes) != values.shape[:1] or not values.size:
        raise ValueError(f"classes: {jnp.shape(classes)} given for logits of shape {values.shape}")
    if not isinstance(classes, Tracer):
        wrong = ~np.isin(np.asarray(classes), np.arange(values.shape[1]))
        if wrong.any():
            first = np.asarray(classes)[wrong][0]
            raise ValueError(f"classes: {first} given; 0 .. {values.shape[1] - 1} are the outputs")
    inside = (classes >= 0) & (classes < values.shape[1])
    probability = jax.nn.softmax(values, -1)
    own = jnp.take_along_axis(probability, jnp.asarray(classes, int)[:, None], 1, mode="clip")[:, 0]
    share = jnp.mean(((own < floor) | (own > 1 - floor)).astype(probability.dtype))
    return jnp.where(jnp.isfinite(values).all() & jnp.all(inside), share, jnp.nan)
