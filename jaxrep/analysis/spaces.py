"""What comparisons of representations share: numpy or JAX, checks of samples, centring, products.

numpy arrays are computed with in float64 by numpy; JAX arrays stay JAX arrays of their own
precision, so that the same function runs inside ``jit`` and ``vmap``.
"""

from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.arrays import real_array
from jaxrep.typing import Array


def entered(**arrays: Any) -> tuple[ModuleType, list[Any]]:
    """numpy and float64 where all arrays are numpy's, else JAX's and their own precision.

    >>> space, (counts,) = entered(counts=[1, 2])
    >>> space.__name__, counts.dtype.name
    ('numpy', 'float64')

    Raises:
      ValueError: see `jaxrep.arrays.real_array`.
    """
    found = [real_array(values, name) for name, values in arrays.items()]
    if any(isinstance(values, jax.Array) for values in found):
        return jnp, [jnp.asarray(values) for values in found]
    return np, [np.asarray(values, float) for values in found]


def entered_representations(least: int = 2, **arrays: Any) -> tuple[ModuleType, list[Any]]:
    """`entered` arrays of ``[..., sample, unit]`` of the same samples.

    One value that is not finite makes its whole representation NaN: nothing is known of it.

    >>> entered_representations(first=np.ones((3, 2)), second=np.ones((4, 2)))
    Traceback (most recent call last):
    ValueError: second: 4 samples given; the same 3 as of first are needed

    Raises:
      ValueError: an array of fewer than two axes, without units, of fewer than `least` samples,
        or of another number of samples than the first; a labelled array whose axis "sample" is
        not the last but one.
    """
    for name, values in arrays.items():
        axes = getattr(values, "dims", ())
        if "sample" in axes and axes[-2:-1] != ("sample",):
            words = ", ".join(map(str, axes))
            raise ValueError(f"{name}: axes [{words}] given; [..., sample, unit] is needed")
    space, found = entered(**arrays)
    names = list(arrays)
    for name, values in zip(names, found, strict=True):
        if values.ndim < 2 or not values.shape[-1]:
            raise ValueError(f"{name}: shape {values.shape} given; [..., sample, unit] is needed")
        samples, wanted = values.shape[-2], found[0].shape[-2]
        if samples != wanted:
            raise ValueError(
                f"{name}: {samples} samples given; the same {wanted} as of {names[0]} are needed"
            )
        if samples < least:
            raise ValueError(f"{name}: {samples} samples given; at least {least} are needed")
    return space, [known(space, values) for values in found]


def square_kernels(least: int = 2, **arrays: Any) -> tuple[ModuleType, list[Any]]:
    """`entered` kernels ``[..., sample, sample]``, checked like `entered_representations`.

    Raises:
      ValueError: a matrix that is not square, and as `entered_representations`.

    >>> square_kernels(first=np.ones((3, 2)))
    Traceback (most recent call last):
    ValueError: first: shape (3, 2) given; [..., sample, sample] is needed
    """
    for name, values in arrays.items():
        shape = np.shape(values)
        if len(shape) < 2 or shape[-1] != shape[-2]:
            raise ValueError(f"{name}: shape {shape} given; [..., sample, sample] is needed")
    return entered_representations(least, **arrays)


def known(space: ModuleType, values: Any) -> Any:
    """The matrices that are finite, and NaN in the place of the others."""
    finite = space.isfinite(values).all((-2, -1), keepdims=True)
    return space.where(finite, values, space.nan)


def product(left: Shaped[Array, "... a b"], right: Shaped[Array, "... b c"]) -> Any:
    """Matrix product at full precision; GPUs default to less."""
    if isinstance(left, jax.Array) or isinstance(right, jax.Array):
        return jnp.matmul(left, right, precision="highest")
    return np.matmul(left, right)


def transposed(matrix: Shaped[Array, "... a b"]) -> Any:
    """The last two axes swapped."""
    return matrix.swapaxes(-1, -2)


def centred(values: Float[Array, "*batch sample unit"]) -> Any:
    """Each unit minus its mean over samples; exactly 0 where it does not vary."""
    # off a first sample before the mean, which rounds at the size of the offset
    near = values - values[..., :1, :]
    return near - near.mean(-2, keepdims=True)


def near_one(space: ModuleType, values: Any) -> Any:
    """Matrices over their largest entry, so that squares neither overflow nor vanish; 0 stays 0."""
    size = space.abs(values).max((-2, -1), keepdims=True)
    return values / space.where(size > 0, size, 1)


def ratio(space: ModuleType, part: Any, whole: Any) -> Any:
    """``part / whole``, NaN where the whole is not above 0."""
    return space.where(whole > 0, part / space.where(whole > 0, whole, 1), space.nan)


def reduced(space: ModuleType, values: Float[Array, "*batch sample unit"]) -> Any:
    """At most as many units as samples, with the same inner products between samples.

    ``X' = Q R`` gives ``X X' = R' R``: exact, and no matrix of [unit, unit] is formed.
    """
    if values.shape[-1] <= values.shape[-2]:
        return values
    return transposed(space.linalg.qr(transposed(values), mode="r"))


def singular(space: ModuleType, matrix: Float[Array, "*batch a b"], vectors: bool = False) -> Any:
    """Singular values (and vectors, thin), NaN of a matrix that is not finite."""
    finite = space.isfinite(matrix).all((-2, -1), keepdims=True)
    safe = space.where(finite, matrix, 0)
    if not vectors:
        values = space.linalg.svd(safe, compute_uv=False)
        return space.where(finite[..., 0], values, space.nan)
    left, values, right = space.linalg.svd(safe, full_matrices=False)
    return left, space.where(finite[..., 0], values, space.nan), right
