"""How localized a receptive field is, and where: one row of weights per hidden unit.

Inverse participation ratio, entropy of the weights' values, and the field's position, linear
and on a ring. The entropy and the orderings are those of Lufkin, Saxe and Grant (2024), whose
published values they reproduce; the scale-free entropy and the circular moments are additions.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from jaxrep.typing import Array

_EDGES = np.arange(-10, 10, 0.1)


def inverse_participation_ratio(
    weights: Float[Array, "*batch pixel"],
) -> Float[jax.Array, "*batch"]:
    """``sum w^4 / (sum w^2)^2``: 1 / L for constant weights, 1 for a single pixel.

    A cosine has 3 / (2 L), independent normal weights about 3 / (L + 2). Weights of zero have
    no place and get 0.
    """
    squared = jnp.asarray(weights) ** 2
    total = jnp.sum(squared, -1)
    safe = jnp.where(total > 0, total, 1)
    return jnp.sum((squared / safe[..., None]) ** 2, -1)


def value_entropy(weights: Float[Array, "*batch pixel"]) -> Float[jax.Array, "*batch"]:
    """Entropy in bits of the histogram of a unit's weight values, as published.

    Bins of 0.1 from -10 to 9.9 and one for everything above; values below -10 are left out. It
    depends on the weights' scale and not on their places: localized rows have a low one.
    """
    weights = jnp.asarray(weights)
    place = jnp.searchsorted(jnp.asarray(_EDGES), weights, side="right")
    counts = jnp.sum(jax.nn.one_hot(place, len(_EDGES) + 1, dtype=weights.dtype), -2)[..., 1:]
    kept = jnp.sum(counts, -1, keepdims=True)
    return _entropy(counts / jnp.maximum(kept, 1))


def participation_entropy(weights: Float[Array, "*batch pixel"]) -> Float[jax.Array, "*batch"]:
    """Entropy in bits of the shares ``w^2 / sum w^2``: 0 for one pixel, log2 L for all alike.

    Free of the weights' scale. Weights of zero get log2 L: nothing tells pixels apart.
    """
    return _entropy(_shares(weights))


def mean_position(
    weights: Float[Array, "*batch pixel"],
) -> tuple[Float[jax.Array, "*batch"], Float[jax.Array, "*batch"]]:
    """Mean and variance (pixels, pixels^2) of the place, by the shares ``w^2 / sum w^2``."""
    shares, places = _shares(weights), jnp.arange(np.shape(weights)[-1])
    mean = jnp.sum(shares * places, -1)
    return mean, jnp.sum(shares * places**2, -1) - mean**2


def circular_mean_position(
    weights: Float[Array, "*batch pixel"],
) -> tuple[Float[jax.Array, "*batch"], Float[jax.Array, "*batch"]]:
    """The same on a ring of pixels: a field across the seam is not torn apart.

    With ``z = sum m e^(2 pi i x / L)`` the mean is the angle of z and the variance
    ``-2 ln |z| (L / 2 pi)^2`` (pixels^2), that of a wrapped Gaussian (Mardia and Jupp 2000).
    """
    shares, length = _shares(weights), np.shape(weights)[-1]
    angle = 2 * np.pi * jnp.arange(length) / length
    cosine, sine = jnp.sum(shares * jnp.cos(angle), -1), jnp.sum(shares * jnp.sin(angle), -1)
    scale = length / (2 * np.pi)
    mean = jnp.mod(jnp.arctan2(sine, cosine) * scale, length)
    resultant = jnp.minimum(cosine**2 + sine**2, 1)
    return mean, -jnp.log(resultant) * scale**2


def field_cosine(
    first: Float[Array, "*batch pixel"], second: Float[Array, "*batch pixel"]
) -> Float[jax.Array, "*batch"]:
    """Cosine between two fields: 1 for the same shape, 0 for weights of zero.

    >>> field_cosine(np.array([1.0, 1.0]), np.array([-2.0, -2.0])).round(6).tolist()
    -1.0
    """
    first, second = jnp.asarray(first), jnp.asarray(second)
    size = jnp.linalg.norm(first, axis=-1) * jnp.linalg.norm(second, axis=-1)
    product = jnp.einsum("...i,...i->...", first, second, precision="highest")
    return product / jnp.where(size > 0, size, 1)


def localization_order(
    weights: Float[Array, "unit pixel"], threshold: float | None = None
) -> Int[np.ndarray, " unit"]:
    """Units from the most localized to the least, by inverse participation ratio.

    With a threshold, on a ring: those above it first, by their `circular_mean_position`, then
    the others, by theirs.

    >>> localization_order(np.array([[1.0, 1.0], [0.0, 1.0], [1.0, 0.0]]), 0.6).tolist()
    [2, 1, 0]
    """
    ratio = np.asarray(inverse_participation_ratio(weights))
    if threshold is None:
        return np.argsort(-ratio)
    centre = np.asarray(circular_mean_position(weights)[0])
    return np.lexsort((centre, ~(ratio > threshold)))


def entropy_order(
    weights: Float[Array, "unit pixel"], *, by_centre: bool = False
) -> Int[jax.Array, " unit"]:
    """Units by rising `value_entropy`.

    With `by_centre` the lower half is then sorted by the mean of ``|w_i| i``, as published
    (not divided by the sum of ``|w|``, so amplitude counts).
    """
    order = jnp.argsort(value_entropy(weights))
    if not by_centre:
        return order
    low, high = jnp.split(order, [len(order) // 2])
    places = jnp.arange(np.shape(weights)[-1])
    centre = jnp.mean(jnp.abs(jnp.asarray(weights))[low] * places, -1)
    return jnp.concatenate([low[jnp.argsort(centre)], high])


def _shares(weights: Float[Array, "*batch pixel"]) -> Float[jax.Array, "*batch pixel"]:
    squared = jnp.asarray(weights) ** 2
    total = jnp.sum(squared, -1, keepdims=True)
    return jnp.where(total > 0, squared / jnp.where(total > 0, total, 1), 1 / squared.shape[-1])


def _entropy(probability: Float[Array, "*batch bin"]) -> Float[jax.Array, "*batch"]:
    safe = jnp.where(probability > 0, probability, 1)
    return -jnp.sum(probability * jnp.log2(safe), -1)
