"""How a layer's inputs cluster: distances within and between classes, in no bits at all.

What looks like compression in estimates of information is, of a deterministic network, that
inputs of a class come to lie together (Goldfeld et al. 2019; Geiger 2020, arXiv 2003.09671).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Float, Shaped

from jaxrep.analysis.information import check_activations
from jaxrep.arrays import class_indices, near_one
from jaxrep.typing import Array


class ClassDistances(NamedTuple):
    """Means over pairs of different inputs.

    Attributes:
      within: squared Euclidean distance of inputs of one class, squared units of activation.
      between: the same of inputs of two classes.
      cosine_within: ``1 - cos`` of the angle at the origin, of one class.
      cosine_between: of two classes.

    Inputs whose activations are all 0 have no angle and take no part in the cosines. NaN without
    any pair.
    """

    within: Float[Array, ""]
    between: Float[Array, ""]
    cosine_within: Float[Array, ""]
    cosine_between: Float[Array, ""]

    @property
    def ratio(self) -> Float[Array, ""]:
        """Within over between: 1 without classes, 0 of classes that are single points."""
        return self.within / jnp.where(self.between > 0, self.between, jnp.nan)


def class_distances(
    activations: Shaped[Array, "input unit"], classes: Shaped[Array, " input"]
) -> ClassDistances:
    """Mean squared and cosine distances within and between classes, in one pass over the inputs.

    ``sum_(i,j) |x_i - x_j|^2 = 2 n sum |x|^2 - 2 |sum x|^2`` of every class and of all inputs,
    whose mean is taken off first. Traceable.

    >>> layer = np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 2.0], [0.0, 1.0]])
    >>> [float(x) for x in class_distances(layer, np.array([0, 0, 1, 1]))]
    [1.0, 5.0, 0.0, 1.0]

    Args:
      activations: of one layer.
      classes: labels of any kind; inside `jit` integers of 0 .. inputs - 1.

    Raises:
      ValueError: see `check_activations`; not inside `jit`.
    """
    if not isinstance(activations, Tracer):
        check_activations(activations, None if isinstance(classes, Tracer) else classes)
    # over a power of two, so that squares neither overflow nor vanish
    x, scale = near_one(activations, "activations")
    if not isinstance(classes, Tracer):
        classes = jnp.asarray(class_indices(classes, "classes")[1])
    size = jnp.linalg.norm(x, axis=1, keepdims=True)
    direction = jnp.where(size > 0, x / jnp.where(size > 0, size, 1), 0)
    squared = _pair_means(x - x.mean(0), classes, jnp.ones(len(x), x.dtype))
    # half the squared distance of unit vectors is 1 - cos
    angles = _pair_means(direction, classes, (size[:, 0] > 0).astype(x.dtype))
    within, between = (value * scale * scale for value in squared)
    return ClassDistances(within, between, *(value / 2 for value in angles))


def _pair_means(x: jax.Array, classes: jax.Array, weight: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Mean squared distance of pairs in one class and in two, of the inputs of weight 1."""
    squares = weight * jnp.sum(x**2, 1)

    def sums(groups: np.ndarray | jax.Array, count: int):
        """Over groups: of squared distances of ordered pairs, and their number."""
        n, total, square = (
            jax.ops.segment_sum(values, groups, count)
            for values in (weight, x * weight[:, None], squares)
        )
        return jnp.sum(2 * n * square - 2 * jnp.sum(total**2, 1)), jnp.sum(n * n - n)

    of_class, class_pairs = sums(classes, len(x))
    every, pairs = sums(jnp.zeros(len(x), jnp.int32), 1)

    def mean(total, count):
        return jnp.where(count > 0, jnp.maximum(total, 0) / jnp.maximum(count, 1), jnp.nan)

    return mean(of_class, class_pairs), mean(every - of_class, pairs - class_pairs)
