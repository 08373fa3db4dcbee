"""The one entry rule for arrays of analyses and theory: what becomes a float, what is refused."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Float, Shaped

from jaxrep.typing import Array


def spaced_places(count: int, most: int) -> np.ndarray:
    """At most so many places of a row of `count`, evenly, both ends included.

    >>> spaced_places(5, 3).tolist(), spaced_places(2, 3).tolist()
    ([0, 2, 4], [0, 1])
    """
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))


def native_array(values: Any, name: str) -> Shaped[Array, "*shape"]:
    """`values` as numpy's or JAX's array of the same type: of tensors, labelled arrays, lists.

    >>> native_array([1, 2], "codes")
    array([1, 2])

    Raises:
      ValueError: a tensor that requires gradients, which would be lost unnoticed; one that is on
        a device or of a type that numpy does not have.
    """
    if isinstance(values, (jax.Array, np.ndarray)):
        return values
    if getattr(values, "requires_grad", False):
        raise ValueError(f"{name}: a tensor that requires gradients given; give {name}.detach()")
    if isinstance(values, (list, tuple)) and any(hasattr(part, "shape") for part in values):
        values = [native_array(part, name) for part in values]
    try:
        return np.asarray(values)
    except (TypeError, ValueError, RuntimeError) as error:
        words = (str(error).splitlines() or [type(error).__name__])[0][:160]
        raise ValueError(f"{name}: no array of numbers ({words})") from None


def native_tree(tree: Any, name: str) -> Any:
    """`native_array` of every array in dictionaries, lists and named tuples; the rest as it is.

    >>> native_tree({"gain": 2.0, "weights": np.ones(2)}, "layers")
    {'gain': 2.0, 'weights': array([1., 1.])}

    Raises:
      ValueError: see `native_array`.
    """

    def native(leaf: Any) -> Any:
        foreign = hasattr(leaf, "shape") and not isinstance(leaf, np.generic)
        return native_array(leaf, name) if foreign else leaf

    return jax.tree.map(native, tree)


def real_array(values: Any, name: str) -> Float[Array, "*shape"]:
    """`values` as floating-point numbers that the analyses compute with.

    float32 and float64 stay as they are. Booleans, integers and half precision become float64
    on the host (numpy arrays, lists, detached PyTorch tensors) and JAX's default float for JAX
    arrays and inside ``jit``: sums and squares of small types overflow or lose their digits.

    Raises:
      ValueError: text, dates, objects or complex numbers, in one line that begins with `name`;
        see `native_array`.

    >>> import numpy as np
    >>> real_array(np.array([200, 100], np.uint8), "rates").dtype
    dtype('float64')
    >>> real_array(np.array(["a"]), "rates")
    Traceback (most recent call last):
    ValueError: rates: values of type <U1 given; real numbers are needed
    """
    values = native_array(values, name)
    kind = values.dtype
    if not (jnp.issubdtype(kind, jnp.bool_) or jnp.issubdtype(kind, jnp.number)) or (
        jnp.issubdtype(kind, jnp.complexfloating)
    ):
        raise ValueError(f"{name}: values of type {kind} given; real numbers are needed")
    if jnp.issubdtype(kind, jnp.floating) and kind.itemsize >= 4:
        return values.astype(np.float64) if kind.itemsize > 8 else values
    if isinstance(values, jax.Array):
        return values.astype(jnp.result_type(float))
    return values.astype(np.float64)


def jax_arrays(**values: Any) -> list[jax.Array]:
    """`real_array` of each, as JAX arrays, in their order.

    >>> [x.dtype.name for x in jax_arrays(strength=[3, 1], rate=np.float16(0.5))]
    ['float32', 'float32']
    """
    return [jnp.asarray(real_array(array, name)) for name, array in values.items()]


def finite_array(values: Any, name: str) -> Float[np.ndarray, "*shape"]:
    """`real_array` on the host, every value of which is finite.

    Raises:
      ValueError: as `real_array`; NaN or infinite values, with their number.

    >>> finite_array([1, 2], "codes")
    array([1., 2.])
    """
    numbers = np.asarray(real_array(values, name))
    wrong = int((~np.isfinite(numbers)).sum())
    if wrong:
        raise ValueError(f"{name}: {wrong} of {numbers.size} values are not finite")
    return numbers


def class_indices(
    labels: Any, name: str = "labels"
) -> tuple[Shaped[np.ndarray, " class"], Shaped[np.ndarray, " sample"]]:
    """Distinct labels in sorted order, and for every sample the index of its own (int32).

    Labels of any type that can be compared: integers of any size, numbers, booleans, text.
    ``labels`` with a second axis of one column are taken as that column.

    Raises:
      ValueError: NaN among the labels, or labels that are not one per sample.

    >>> class_indices(np.array(["cat", "dog", "cat"]))
    (array(['cat', 'dog'], dtype='<U3'), array([0, 1, 0], dtype=int32))
    >>> class_indices(np.array([0.3, 0.7]))[1]
    array([0, 1], dtype=int32)
    """
    labels = np.asarray(native_array(labels, name))
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        raise ValueError(f"{name}: an array of shape {labels.shape} given; one label per sample")
    if labels.dtype.kind in "fc" and np.isnan(labels).any():
        raise ValueError(f"{name}: {int(np.isnan(labels).sum())} labels are NaN")
    try:
        distinct, indices = np.unique(labels, return_inverse=True)
    except TypeError:
        raise ValueError(f"{name}: labels of several types cannot be told apart") from None
    return distinct, indices.reshape(-1).astype(np.int32)


def near_one(
    values: Any, name: str, axis: int | tuple[int, ...] | None = None
) -> tuple[Float[jax.Array, "*shape"], Float[jax.Array, "..."]]:
    """`values` over a power of two, so that the largest is in [1, 2), and that power.

    Squares of them neither overflow nor vanish, and dividing rounds nothing: it changes no digit
    of what can be computed without. On the host where they come from there, as float64 holds
    more than JAX's default float. NaN where one is not finite; zeros stay zeros.

    >>> [x.tolist() for x in near_one(np.array([3e30, -6e30]) / 1e30, "weights")]
    [[0.75, -1.5], 4.0]

    Args:
      values: any real numbers.
      name: of the argument, for errors.
      axis: over which the largest is taken; None: over all.

    Raises:
      ValueError: see `real_array`.
    """
    numbers = real_array(values, name)
    space = jnp if isinstance(numbers, jax.Array) else np
    top = space.max(space.abs(numbers), axis=axis, keepdims=True, initial=0)
    known = space.isfinite(top)
    power = space.frexp(space.where(known & (top > 0), top, 1))[1] - 1
    scale = space.ldexp(space.ones_like(top), power)
    near = space.where(known, numbers / scale, space.nan)
    with np.errstate(over="ignore"):
        return jnp.asarray(near), jnp.asarray(scale.reshape(()) if axis is None else scale)


def take_rows(
    values: Float[Array, "row ..."], rows: Any, name: str = "rows"
) -> Float[jax.Array, "taken ..."]:
    """``values[rows]``, and never another row for one that is not there, as JAX has it.

    Raises:
      ValueError: a row outside 0 .. N - 1, or rows that are no integers; inside ``jit`` NaN.

    >>> take_rows(np.array([1.0, 2.0]), [1, 2], "order")
    Traceback (most recent call last):
    ValueError: order: 2 given; 0 .. 1 are there
    """
    values, count = jnp.asarray(values), len(values)
    if not isinstance(rows, Tracer):
        rows = np.asarray(rows)
        if rows.size and rows.dtype.kind not in "iu":
            raise ValueError(f"{name}: indices of type {rows.dtype} given; integers are needed")
        outside = (rows < 0) | (rows >= count)
        if outside.any():
            raise ValueError(f"{name}: {rows[outside].flat[0]} given; 0 .. {count - 1} are there")
        return values[jnp.asarray(rows.astype(np.int32))]
    inside = jnp.where(rows < 0, count, rows)
    return values.at[inside].get(mode="fill", fill_value=jnp.nan)
