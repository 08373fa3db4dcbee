"""How localized a receptive field is, and where: one row of weights per hidden unit.

Inverse participation ratio, entropy of the weights' values, and the field's position, linear
and on a ring. The entropy and the orderings are those of Lufkin, Saxe and Grant (2024), whose
published values they reproduce; the scale-free entropy and the circular moments are additions.

Weights of any real type and unit: they are brought near 1 before they are squared (the
histogram of values alone depends on their unit). Fields that are not finite have no number: NaN.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int, Shaped

from jaxrep.arrays import near_one, real_array
from jaxrep.typing import Array

_EDGES = np.arange(-10, 10, 0.1)


def inverse_participation_ratio(
    weights: Shaped[Array, "*batch pixel"],
) -> Float[jax.Array, "*batch"]:
    """``sum w^4 / (sum w^2)^2``: 1 / L for constant weights, 1 for a single pixel.

    A cosine has 3 / (2 L), independent normal weights about 3 / (L + 2). Weights of zero have
    no place and get 0.

    >>> inverse_participation_ratio(np.array([[1, -1, 1, -1], [0, 0, 0, -128]], np.int8)).tolist()
    [0.25, 1.0]

    Raises:
      ValueError: no pixels.
    """
    squared = _relative(weights) ** 2
    total = jnp.sum(squared, -1)
    safe = jnp.where(total == 0, 1, total)
    return jnp.sum((squared / safe[..., None]) ** 2, -1)


def value_entropy(weights: Shaped[Array, "*batch pixel"]) -> Float[jax.Array, "*batch"]:
    """Entropy in bits of the histogram of a unit's weight values, as published.

    Bins of 0.1 from -10 to 9.9 and one for everything above; values below -10 are left out. It
    depends on the weights' scale and not on their places: localized rows have a low one. NaN
    where no value is left.

    Raises:
      ValueError: no pixels.

    >>> value_entropy(np.array([[0.05, 1.05, 2.05, 3.05], [0.05, 0.05, 0.05, 3.05]])).tolist()
    [2.0, 0.811]
    """
    values = _entered(weights, "weights")
    space = jnp if isinstance(values, jax.Array) else np
    known = space.isfinite(values).all(-1)
    values = jnp.asarray(space.clip(values, -11, 11))
    place = jnp.searchsorted(jnp.asarray(_EDGES), values, side="right")
    counts = jnp.sum(jax.nn.one_hot(place, len(_EDGES) + 1, dtype=values.dtype), -2)[..., 1:]
    kept = jnp.sum(counts, -1, keepdims=True)
    found = _entropy(counts / jnp.maximum(kept, 1))
    return jnp.where(known & (kept[..., 0] > 0), found, jnp.nan)


def participation_entropy(weights: Shaped[Array, "*batch pixel"]) -> Float[jax.Array, "*batch"]:
    """Entropy in bits of the shares ``w^2 / sum w^2``: 0 for one pixel, log2 L for all alike.

    Free of the weights' scale. Weights of zero get log2 L: nothing tells pixels apart.

    Raises:
      ValueError: no pixels.

    >>> participation_entropy(np.array([[1.0, 1.0, 1.0, 1.0], [0.0, 5.0, 0.0, 0.0]])).tolist()
    [2.0, -0.0]
    """
    return _entropy(_shares(weights))


def mean_position(
    weights: Shaped[Array, "*batch pixel"],
) -> tuple[Float[jax.Array, "*batch"], Float[jax.Array, "*batch"]]:
    """Mean and variance (pixels, pixels^2) of the place, by the shares ``w^2 / sum w^2``.

    Weights of zero count as all alike.

    >>> [float(x) for x in mean_position(1e-25 * np.eye(2000)[0])]
    [0.0, 0.0]

    Raises:
      ValueError: no pixels.
    """
    shares = _shares(weights)
    places = jnp.arange(shares.shape[-1], dtype=shares.dtype)
    mean = jnp.sum(shares * places, -1)
    # around the mean: a difference of squares has no digits left on long rows
    return mean, jnp.sum(shares * (places - mean[..., None]) ** 2, -1)


def circular_mean_position(
    weights: Shaped[Array, "*batch pixel"],
) -> tuple[Float[jax.Array, "*batch"], Float[jax.Array, "*batch"]]:
    """The same on a ring of pixels: a field across the seam is not torn apart.

    With ``z = sum m e^(2 pi i x / L)`` the mean is the angle of z and the variance
    ``-2 ln |z| (L / 2 pi)^2`` (pixels^2), that of a wrapped Gaussian (Mardia and Jupp 2000).
    Fields that cancel around the ring, constant ones among them, are nowhere: NaN and infinity.

    Raises:
      ValueError: no pixels.

    >>> mean, variance = circular_mean_position(np.array([1.0, 0.0, 0.0, 1.0]))  # across the seam
    >>> float(mean)
    3.5
    """
    shares = _shares(weights)
    length = shares.shape[-1]
    angle = jnp.asarray(2 * np.pi * np.arange(length) / length, shares.dtype)
    cosine, sine = jnp.sum(shares * jnp.cos(angle), -1), jnp.sum(shares * jnp.sin(angle), -1)
    scale = length / (2 * np.pi)
    mean = jnp.mod(jnp.arctan2(sine, cosine) * scale, length)
    # 1 - |z|^2 from sin^2 of the angle to the mean: narrow fields keep their digits
    away = jnp.sum(shares * jnp.sin((angle - mean[..., None] / scale) / 2) ** 2, -1)
    resultant = 1 - 2 * away
    nowhere = resultant < 8 * jnp.finfo(shares.dtype).eps
    variance = -2 * jnp.log1p(-2 * jnp.where(nowhere, 0, away)) * scale**2
    return jnp.where(nowhere, jnp.nan, mean), jnp.where(nowhere, jnp.inf, variance)


def field_cosine(
    first: Shaped[Array, "*batch pixel"], second: Shaped[Array, "*batch pixel"]
) -> Float[jax.Array, "*batch"]:
    """Cosine between two fields: 1 for the same shape, 0 for weights of zero.

    >>> field_cosine(np.array([1.0, 1.0]), np.array([-2.0, -2.0])).round(6).tolist()
    -1.0

    Raises:
      ValueError: no pixels.
    """
    one, other = _relative(first, "first"), _relative(second, "second")
    size = jnp.linalg.norm(one, axis=-1) * jnp.linalg.norm(other, axis=-1)
    product = jnp.einsum("...i,...i->...", one, other, precision="highest")
    return product / jnp.where(size == 0, 1, size)


def shifted_cosine(
    weights: Shaped[Array, "*batch pixel"],
    templates: Shaped[Array, "template pixel"],
    shape: tuple[int, ...] | None = None,
    *,
    periodic: bool = True,
) -> Float[jax.Array, "*batch template"]:
    """Largest size of the cosine with a template over all shifts around the ring or torus.

    1 for a field that is the template elsewhere, of either sign; 0 for weights of zero. Not
    periodic: over all shifts along a segment or square, where what a shift moves over its end is
    lost, and lost from the cosine.

    >>> field, template = np.eye(5)[2:3] + np.eye(5)[3:4], -np.eye(5)[:1]
    >>> shifted_cosine(field, template).round(3).tolist()
    [[0.7070000171661377]]

    Args:
      weights: fields.
      templates: what they are compared with.
      shape: rows and columns of a torus, of flattened fields; None: a ring.
      periodic: whether what leaves at one end comes back at the other.

    Raises:
      ValueError: no pixels, other numbers of them, a shape of another number.
    """
    fields, others = _relative(weights), _relative(templates, "templates")
    pixels = fields.shape[-1]
    shape = (pixels,) if shape is None else shape
    if others.ndim != 2 or others.shape[1] != pixels:
        raise ValueError(f"templates: shape {others.shape} given for fields of {pixels} pixels")
    if np.prod(shape) != pixels:
        raise ValueError(f"shape: {shape} given for fields of {pixels} pixels")
    axes = tuple(range(-len(shape), 0))
    room = shape if periodic else tuple(2 * n for n in shape)  # zeros to be shifted over

    def waves(rows):
        size = jnp.linalg.norm(rows, axis=-1, keepdims=True)
        unit = rows / jnp.where(size == 0, 1, size)
        return jnp.fft.rfftn(unit.reshape(*rows.shape[:-1], *shape), room, axes=axes)

    ahead = waves(fields)[(..., None, *(slice(None),) * len(shape))]
    product = jnp.fft.irfftn(ahead * jnp.conj(waves(others)), room, axes=axes)
    return jnp.max(jnp.abs(product), axes)


def localization_order(
    weights: Shaped[Array, "unit pixel"], threshold: float | None = None, *, periodic: bool = True
) -> Int[np.ndarray, " unit"]:
    """Units from the most localized to the least, by inverse participation ratio.

    With a threshold, on a ring: those above it first, by their `circular_mean_position`, then
    the others, by theirs; not periodic, on a segment: by their `mean_position`. Units that are
    not finite are last.

    >>> localization_order(np.array([[1.0, 1.0], [0.0, 1.0], [1.0, 0.0]]), 0.6).tolist()
    [2, 1, 0]
    """
    ratio = np.asarray(inverse_participation_ratio(weights))
    if threshold is None:
        return np.argsort(-ratio)
    position = circular_mean_position if periodic else mean_position
    centre = np.asarray(position(weights)[0])
    return np.lexsort((centre, ~(ratio > threshold), np.isnan(ratio)))


def entropy_order(
    weights: Shaped[Array, "unit pixel"], *, by_centre: bool = False
) -> Int[jax.Array, " unit"]:
    """Units by rising `value_entropy`.

    With `by_centre` the lower half is then sorted by the mean of ``|w_i| i``, as published
    (not divided by the sum of ``|w|``, so amplitude counts).

    >>> weights = np.array([[0.0, 1.0, 2.0, 3.0], [0.0, 0.0, 0.0, 3.0]])
    >>> entropy_order(weights).tolist()  # the one with a single large weight first
    [1, 0]
    """
    order = jnp.argsort(value_entropy(weights))
    if not by_centre:
        return order
    low, high = jnp.split(order, [len(order) // 2])
    values = jnp.abs(jnp.asarray(_entered(weights, "weights")))
    centre = jnp.mean(values[low] * jnp.arange(values.shape[-1]), -1)
    return jnp.concatenate([low[jnp.argsort(centre)], high])


def _entered(weights, name: str) -> Float[Array, "*batch pixel"]:
    values = real_array(weights, name)
    if not values.ndim or not values.shape[-1]:
        raise ValueError(f"{name}: shape {values.shape} has no pixels; one or more are needed")
    return values


def _relative(weights, name: str = "weights") -> Float[jax.Array, "*batch pixel"]:
    """Weights near 1, row by row; NaN of rows that are not finite."""
    return near_one(_entered(weights, name), name, -1)[0]


def _shares(weights) -> Float[jax.Array, "*batch pixel"]:
    squared = _relative(weights) ** 2
    total = jnp.sum(squared, -1, keepdims=True)
    return jnp.where(total == 0, 1 / squared.shape[-1], squared / jnp.where(total == 0, 1, total))


def _entropy(probability: Float[Array, "*batch bin"]) -> Float[jax.Array, "*batch"]:
    safe = jnp.where(probability == 0, 1, probability)
    return -jnp.sum(probability * jnp.log2(safe), -1)
