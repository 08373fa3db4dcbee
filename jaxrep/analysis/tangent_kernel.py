"""The neural tangent kernel of any network, and how far training has moved it: lazy or rich?

Where the kernel stays as it was the network learns like a linear model (lazy); where it turns
towards the targets it learns features (rich). Follow `kernel_distance` from the start,
`kernel_target_alignment` and `relative_movement`.
"""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Float, PyTree, Shaped

from jaxrep.analysis.kernel_alignment import UNBIASED_LEAST, kernel_cka
from jaxrep.analysis.spaces import entered, near_one, product, ratio, square_kernels
from jaxrep.arrays import jax_arrays, real_array
from jaxrep.typing import Array


def tangent_kernel(
    apply: Callable[[Any, Any], Any],
    params: PyTree,
    inputs: Shaped[Array, "sample ..."],
    *,
    per_output: bool = False,
) -> Float[jax.Array, "..."]:
    """``K_ij = sum_o <grad f_o(x_i), grad f_o(x_j)>`` of the parameters (Jacot et al. 2018).

    In squared units of the outputs over those of the parameters. Exact gradients, one output at a
    time: memory for samples x parameters. Samples are shown one by one, so that the network must
    treat each by itself (no batch normalisation over those given).

    >>> import jax.numpy as jnp
    >>> inputs = jnp.array([[1.0, 0.0], [1.0, 2.0]])
    >>> tangent_kernel(lambda w, x: x @ w, jnp.ones((2, 3)), inputs).tolist()  # 3 X X'
    [[3.0, 3.0], [3.0, 15.0]]

    Args:
      apply: parameters and inputs to outputs ``[sample, output]``.
      params: any tree of real arrays.
      inputs: a small set: the kernel is of ``[sample, sample]``.
      per_output: a kernel for every output, ``[output, sample, sample]``, instead of their sum.

    Raises:
      ValueError: outputs of another shape, parameters that are no floating-point numbers.
    """
    (inputs,) = jax_arrays(inputs=inputs)
    params = jax.tree.map(jnp.asarray, params)
    for leaf in jax.tree.leaves(params):
        if not jnp.issubdtype(leaf.dtype, jnp.floating):
            raise ValueError(f"params: values of type {leaf.dtype} given; floats are needed")
    found = jax.eval_shape(apply, params, inputs)
    if len(found.shape) != 2 or not inputs.ndim or found.shape[0] != inputs.shape[0]:
        raise ValueError(f"apply: outputs of shape {found.shape}; [sample, output] are needed")
    count = found.shape[0]

    def kernel(output: jax.Array) -> jax.Array:
        def value(params: Any, one: jax.Array) -> jax.Array:
            return apply(params, one[None])[0, output]

        slopes = jax.vmap(jax.grad(value), (None, 0))(params, inputs)
        flat = [leaf.reshape(count, -1) for leaf in jax.tree.leaves(slopes)]
        return jnp.sum(jnp.stack([product(leaf, leaf.T) for leaf in flat]), 0)

    if per_output:
        return jax.lax.map(kernel, jnp.arange(found.shape[1]))
    start = jnp.zeros((count, count), found.dtype)
    return jax.lax.scan(
        lambda total, output: (total + kernel(output), None), start, jnp.arange(found.shape[1])
    )[0]


def kernel_distance(
    first: Shaped[Array, "*batch sample sample"], second: Shaped[Array, "*batch sample sample"]
) -> Float[Array, "*batch"]:
    """``1 - <K, L> / (|K| |L|)``, uncentred: 0 for kernels alike up to a factor, at most 1.

    Small means alike; of positive semi-definite kernels between 0 and 1 (Fort et al. 2020). As
    half of the squared difference of ``K / |K|`` and ``L / |L|``, so that small distances keep
    their digits. Not a metric: its root is. NaN of a kernel that is 0 or not finite.

    >>> import numpy as np
    >>> kernel_distance(np.eye(4), 3 * np.eye(4)).item()
    0.0

    Raises:
      ValueError: kernels that are not square, or of other samples.
    """
    space, kernels = square_kernels(1, first=first, second=second)
    unit = []
    for kernel in kernels:
        kernel = near_one(space, kernel)
        norm = space.sqrt(space.sum(kernel**2, (-2, -1), keepdims=True))
        unit.append(ratio(space, kernel, norm))
    return space.asarray(space.sum((unit[0] - unit[1]) ** 2, (-2, -1)) / 2)


def linear_kernel_distance(
    similarity: Shaped[Array, "*batch item item"],
    features: Shaped[Array, "*batch row row"],
    other_similarity: Shaped[Array, "*other item item"],
    other_features: Shaped[Array, "*other row row"],
    outputs: int | None = None,
) -> Float[Array, "..."]:
    """`kernel_distance` of two linear layers on one-hot inputs, from their layers' products.

    Over all pairs of items and outputs ``K = I_P (x) F + R (x) I_N`` with ``R = W1 W1^T`` and
    ``F = W2^T W2``, so that ``<K, K'> = P tr(F F') + tr F tr R' + tr F' tr R + N tr(R R')``:
    no matrix of ``[item output, item output]`` is formed (Dominé et al. 2024). Where outputs are
    many more than items, R counts for most of it, and a rich network that starts small can have
    moved little: show the change of R beside.

    >>> import numpy as np
    >>> r, f = np.diag([1.0, 0.0]), np.eye(3)
    >>> linear_kernel_distance(r, f, 2 * r, 2 * f).item()
    0.0
    >>> kernels = [np.kron(np.eye(2), f) + np.kron(x, np.eye(3)) for x in (r, np.eye(2))]
    >>> distance = linear_kernel_distance(r, f, np.eye(2), f)
    >>> bool(np.isclose(distance, kernel_distance(*kernels)))
    True

    Args:
      similarity, features: R and F of one network; leading axes broadcast.
      other_similarity, other_features: of the other.
      outputs: N, where F is of fewer rows (in an orthonormal basis that holds all weights of
        both); nothing: as many as rows.

    Raises:
      ValueError: matrices that are not square or of other sizes, or fewer outputs than rows.
    """
    space, (r, s) = square_kernels(1, similarity=similarity, other_similarity=other_similarity)
    other, (f, g) = square_kernels(1, features=features, other_features=other_features)
    space = jnp if jnp in (space, other) else space
    rows = f.shape[-1]
    outputs = rows if outputs is None else outputs
    if outputs < rows:
        raise ValueError(f"outputs: {outputs} given for {rows} rows; as many are needed")
    unit = []
    for alike, read in ((r, f), (s, g)):
        largest = space.maximum(
            space.abs(alike).max((-2, -1), keepdims=True),
            space.abs(read).max((-2, -1), keepdims=True),
        )
        safe = space.where(largest > 0, largest, 1)
        pair = alike / safe, read / safe
        norm = space.sqrt(_kernel_square(space, *pair, outputs))[..., None, None]
        unit.append([ratio(space, values, norm) for values in pair])
    apart = [one - two for one, two in zip(*unit, strict=True)]
    # of what the two differ by, so that small distances keep their digits
    return space.asarray(space.maximum(_kernel_square(space, *apart, outputs), 0) / 2)


def _kernel_square(space: Any, alike: Any, read: Any, outputs: int) -> Any:
    """``|I (x) F + R (x) I|^2``."""
    traces = (space.trace(values, axis1=-2, axis2=-1) for values in (alike, read))
    of_items, of_outputs = (space.sum(values**2, (-2, -1)) for values in (alike, read))
    cross = 2 * math.prod(traces)
    return alike.shape[-1] * of_outputs + cross + outputs * of_items


def kernel_target_alignment(
    kernel: Shaped[Array, "*batch sample sample"],
    targets: Shaped[Array, "sample ..."],
    *,
    centre: bool = True,
    debiased: bool = False,
) -> Float[Array, "*batch"]:
    """Alignment of a kernel with the targets' ``Y Y'``: large where alike targets are near.

    Uncentred ``<K, YY'> / (|K| |YY'|)``, which is ``y'Ky / (|K| n)`` for targets of +-1
    (Cristianini et al. 2001); centred it is `kernel_cka` (Cortes et al. 2012), and by default.

    >>> import numpy as np
    >>> target = np.array([1.0, -1.0, 1.0, -1.0])
    >>> kernel_target_alignment(np.outer(target, target), target, centre=False).item()
    1.0

    Args:
      kernel: of any kind; uncentred where `centre` is False.
      targets: a number or a row of numbers (one-hot classes) per sample.
      centre: of both kernels.
      debiased: see `kernel_cka`; of centred ones.

    Raises:
      ValueError: other numbers of samples; as `hsic`.
    """
    _, (targets,) = entered(targets=targets)
    rows = targets.reshape(len(targets) if targets.ndim else 0, -1)
    space, (kernel, wanted) = square_kernels(
        UNBIASED_LEAST if debiased else 2, kernel=kernel, targets=product(rows, rows.T)
    )
    if centre or debiased:
        return kernel_cka(kernel, space.broadcast_to(wanted, kernel.shape), debiased=debiased)
    kernel, wanted = near_one(space, kernel), near_one(space, wanted)
    norms = [space.sqrt(space.sum(values**2, (-2, -1))) for values in (kernel, wanted)]
    return ratio(space, space.sum(kernel * wanted, (-2, -1)), norms[0] * norms[1])


def relative_movement(start: PyTree, params: PyTree) -> Float[jax.Array, ""]:
    """``|theta - theta_0| / |theta_0|`` over all parameters: small where training is lazy.

    NaN where the start is 0.

    >>> relative_movement({"w": [3.0, 4.0]}, {"w": [3.0, 4.5]}).item()
    0.1

    Raises:
      ValueError: trees of other structures or shapes, or parameters that are no real numbers.
    """
    leaves, shape = jax.tree.flatten(start)
    now, other = jax.tree.flatten(params)
    if shape != other:
        raise ValueError(f"params: {other} given; {shape} is needed")
    before = [jnp.asarray(real_array(leaf, "start")) for leaf in leaves]
    after = [jnp.asarray(real_array(leaf, "params")) for leaf in now]
    for one, two in zip(before, after, strict=True):
        if one.shape != two.shape:
            raise ValueError(f"params: shape {two.shape} given; {one.shape} is needed")
    first = jnp.concatenate([leaf.ravel() for leaf in before])
    apart = jnp.concatenate([leaf.ravel() for leaf in after]) - first
    size = jnp.max(jnp.abs(first), initial=0)
    safe = jnp.where(size > 0, size, 1)
    return ratio(jnp, jnp.linalg.norm(apart / safe), jnp.linalg.norm(first / safe))
