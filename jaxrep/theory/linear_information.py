"""Fisher information of a linear network that learns to reconstruct its inputs, over training.

The output ``W(t) x`` with independent noise of variance 1 has, at a stimulus x(s), the information
``|W(t) x'(s)|^2``. Gradient descent on ``E|x - W x|^2 / 2`` learns the eigenvectors u_i of
``E x x^T`` one by one, each with a strength a_i(t) between 0 and 1, so

    I(s, t) = sum_i a_i(t)^2 (u_i . x'(s))^2.

Directions with a large eigenvalue, those of frequent stimuli, are learned first (Benjamin et al.
2022; strengths as of Saxe et al. 2014). In the end all are learned, and the information is that of
the stimuli, ``|x'(s)|^2``: that it follows how frequent they are is transient.
"""

import jax
import jax.numpy as jnp
from jax.core import Tracer
from jaxtyping import Float, Shaped

from jaxrep.arrays import jax_arrays, real_array
from jaxrep.theory.mode_dynamics import descend_modes
from jaxrep.typing import Array, Real


def reconstruction_strengths(
    eigenvalues: Shaped[Array, " mode"],
    rate: Real,
    steps: int,
    *,
    layers: int = 2,
    start: Real = 1e-4,
) -> Float[jax.Array, "step mode"]:
    """a_i at steps 0 .. `steps` of gradient descent: exact at any learning rate.

    One layer: ``a <- a + rate lambda (1 - a)``. L layers, all from the same multiple of the
    identity: ``a = b^L``, ``b <- b + rate lambda b^(L-1) (1 - b^L)``.

    >>> reconstruction_strengths(jnp.array([1.0, 0.5]), 0.5, 2, layers=1, start=0.0).tolist()
    [[0.0, 0.0], [0.5, 0.25], [0.75, 0.4375]]

    Args:
      eigenvalues: lambda of ``E x x^T``.
      rate: step of each layer per unit of its gradient; at most 1 / max lambda is safe.
      steps: number of updates.
      layers: L.
      start: a_i(0) of the product of all layers; 0 never leaves 0 with two layers or more.

    Raises:
      ValueError: no layers, a negative number of steps, negative eigenvalues or start.
    """
    values, first = jax_arrays(eigenvalues=eigenvalues, start=start)
    for name, given in (("eigenvalues", values), ("start", first)):
        if not isinstance(given, Tracer) and bool(jnp.any(given < 0)):
            raise ValueError(f"{name}: {float(given.min())} is negative")
    begun = jnp.broadcast_to(first, values.shape)
    return descend_modes(begun, jnp.ones_like(values), rate * values, steps, layers)


def linear_information(
    tangents: Shaped[Array, "point feature"],
    eigenvectors: Shaped[Array, "component mode"],
    strengths: Shaped[Array, "*step strength"],
) -> Float[jax.Array, "*step point"]:
    """``sum_i a_i^2 (u_i . x')^2``, per squared unit of s and unit variance of the noise.

    >>> strengths = jnp.array([[0.0, 0.0], [1.0, 0.5]])
    >>> linear_information(jnp.array([[3.0, 4.0]]), jnp.eye(2), strengths).tolist()
    [[0.0], [13.0]]

    Args:
      tangents: x'(s) of every point.
      eigenvectors: u_i, in columns.
      strengths: a_i, of `reconstruction_strengths`.

    Raises:
      ValueError: shapes that do not fit.
    """
    shapes = {
        "tangents": real_array(tangents, "tangents"),
        "eigenvectors": real_array(eigenvectors, "eigenvectors"),
        "strengths": real_array(strengths, "strengths"),
    }
    slopes, vectors, learned = jax_arrays(**shapes)
    if slopes.ndim != 2 or vectors.ndim != 2 or slopes.shape[1] != len(vectors):
        raise ValueError(f"tangents: shape {slopes.shape} given for eigenvectors {vectors.shape}")
    if learned.shape[-1:] != vectors.shape[1:]:
        raise ValueError(f"strengths: shape {learned.shape} given for eigenvectors {vectors.shape}")
    along = jnp.matmul(slopes, vectors, precision="highest") ** 2
    return jnp.matmul(learned**2, along.T, precision="highest")
