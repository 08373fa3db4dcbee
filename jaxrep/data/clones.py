"""Gaussian clones of any inputs: the same mean and covariance, and nothing else of them."""

import jax
import jax.numpy as jnp
from jaxtyping import Float, Key

from jaxrep.typing import Array


def gaussian_clone(
    key: Key[Array, ""], samples: Float[Array, "sample pixel"], count: int | None = None
) -> Float[jax.Array, "count pixel"]:
    """Normal inputs with the mean and the covariance of `samples`, divided by their number.

    ``mean + V sqrt(max(l, 0)) g`` with eigenvectors V and eigenvalues l of the covariance and
    independent normal g: the covariance may be of any rank. A network that errs alike on inputs
    and clone uses means and covariances only (Refinetti, Ingrosso and Goldt 2023).

    >>> samples = jnp.array([[0.0, 1.0], [2.0, 1.0]])
    >>> clone = gaussian_clone(jax.random.key(0), samples, 1000)
    >>> clone.shape, clone[:, 1].min().round(3).item(), clone[:, 1].max().round(3).item()
    ((1000, 2), 1.0, 1.0)

    Args:
      key: random key.
      samples: of one class.
      count: how many to draw; None: as many as there are samples.

    Raises:
      ValueError: no sample, or no rows of pixels.
    """
    samples = jnp.asarray(samples, float)
    if samples.ndim != 2 or not len(samples):
        raise ValueError(f"samples: shape {samples.shape} given; [sample, pixel], one or more")
    count = len(samples) if count is None else count
    mean = jnp.mean(samples, 0)
    centred = samples - mean
    covariance = jnp.matmul(centred.T, centred, precision="highest") / len(samples)
    values, vectors = jnp.linalg.eigh(covariance)
    noise = jax.random.normal(key, (count, len(values)), samples.dtype)
    root = vectors * jnp.sqrt(jnp.maximum(values, 0))
    return mean + jnp.matmul(noise, root.T, precision="highest")


def clone_classes(
    key: Key[Array, ""], samples: Float[Array, "sample pixel"], counts: tuple[int, ...]
) -> Float[jax.Array, "sample pixel"]:
    """`gaussian_clone` of every class, each of as many inputs, in the order of the samples.

    >>> clone_classes(jax.random.key(0), jnp.array([[5.0], [5.0], [7.0]]), (2, 1)).tolist()
    [[5.0], [5.0], [7.0]]

    Args:
      key: random key.
      samples: all of the first class, then all of the second, and so on.
      counts: of each class.

    Raises:
      ValueError: counts that do not sum to the number of samples; a class without a sample.
    """
    samples = jnp.asarray(samples)
    if sum(counts) != len(samples):
        raise ValueError(f"counts: {list(counts)} do not sum to the {len(samples)} samples")
    ends = [sum(counts[: index + 1]) for index in range(len(counts))]
    parts = [samples[end - count : end] for end, count in zip(ends, counts, strict=True)]
    keys = jax.random.split(key, len(counts))
    return jnp.concatenate([gaussian_clone(*pair) for pair in zip(keys, parts, strict=True)])
