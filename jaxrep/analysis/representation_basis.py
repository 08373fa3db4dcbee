"""The hidden layer and the unembedding written in the matrix entries of a representation.

If a network multiplies matrices, its hidden layer holds rho(ab), linearly readable, and its
unembedding pairs it with rho(c^-1) so that the logit is their trace (Chughtai, Chan and
Nanda 2023, section 5).
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Float, Int, Shaped

from jaxrep.analysis.projections import pair_rows, pool_by_product
from jaxrep.arrays import native_array, near_one, real_array, take_rows
from jaxrep.typing import Array


class RepresentationReadout(NamedTuple):
    """rho(ab) recovered from the hidden layer.

    Attributes:
      recovered: ``[n, d^2]``, the hidden layer's estimate of rho(g), up to scale.
      cosine: between `recovered` and the true entries, as one long vector.
      readout: ``[d^2, h]``, the directions of the hidden layer the entries sit in.
    """

    recovered: Float[Array, "n entries"]
    cosine: Float[Array, ""]
    readout: Float[Array, "entries h"]


def hidden_in_representation(
    hidden: Shaped[Array, "pairs h"], matrices: Shaped[Array, "n d d"], fibres: Int[Array, "n n"]
) -> RepresentationReadout:
    """Project the hidden layer on the entries of rho(ab) and change to their basis.

    With B the entries of rho(ab) over all pairs: ``H_xy = B (B'B)^+ B'H``, ``C = B' H_xy``,
    ``Z = H_xy C'``; returns Z (one row per product), cos(Z, B), and C. All three depend on
    the basis chosen for rho unless it is orthonormal. The cosine has a high null: .87 to .93
    for an untrained network in S5, and 1 for every irrep of one dimension, as there is only one
    direction (`representation_readout` is near 0 there).

    Raises:
      ValueError: another number of rows than of pairs.

    >>> from jaxrep.groups import group, group_tables
    >>> known = group("C2")
    >>> tables, sign = group_tables(known), known.irrep("sign").matrices
    >>> hidden = 3 * sign[tables.product].reshape(4, 1)
    >>> found = hidden_in_representation(hidden, sign, tables.fibres)
    >>> float(found.cosine)
    1.0
    """
    n = fibres.shape[0]
    hidden, unit = near_one(hidden, "hidden")
    hidden = pair_rows(hidden, n, "hidden")
    entries = jnp.asarray(real_array(matrices, "matrices")).reshape(n, -1)
    mean = pool_by_product(hidden, fibres) / n
    gram = jnp.matmul(entries.T, entries, precision="highest")
    inner = jnp.matmul(entries.T, mean, precision="highest")
    # The entries of a real irrep of complex type (rotations of a cyclic group) are linearly
    # dependent, so the inverse is a pseudo-inverse with a cut far above rounding.
    inverse = jnp.linalg.pinv(gram, rtol=1e-5, hermitian=True)
    coefficients = jnp.matmul(inverse, inner, precision="highest")
    projected = jnp.matmul(entries, coefficients, precision="highest")
    readout = n * jnp.matmul(entries.T, projected, precision="highest")
    recovered = jnp.matmul(projected, readout.T, precision="highest")
    cosine = jnp.sum(recovered * entries) / (jnp.linalg.norm(recovered) * jnp.linalg.norm(entries))
    return RepresentationReadout(unit * (unit * recovered), cosine, unit * readout)


def representation_readout(
    hidden: Shaped[Array, "pairs h"],
    matrices: Shaped[Array, "n d d"],
    product: Int[Array, " pairs"],
    train: Int[Array, " rows"],
    test: Int[Array, " others"],
) -> Float[Array, ""]:
    """Share of the variance of rho(ab)'s entries that can be read from the hidden layer.

    Least squares with a constant from the hidden layer to the entries on the training pairs,
    scored on the test pairs: ``R^2 = 1 - |B - B_hat|^2 / |B - mean|^2``. It depends neither on
    the scale of the units nor on the basis of rho, and is near 0 for a network that has not
    been trained, where the cosine of `hidden_in_representation` is .87 to .93 (S5; 1 for every
    irrep of one dimension). Negative where the read-out fits the training pairs alone. NaN for
    the trivial irrep, which does not vary. Use float64 (``jax.enable_x64``): it is a regression
    on correlated units.

    Args:
      hidden: one row for each pair ``a n + b``.
      matrices: rho, one for each element.
      product: label ab of every pair.
      train, test: flat indices of the split.

    Raises:
      ValueError: another number of rows than of pairs; pairs that are not there.

    >>> import numpy as np
    >>> rho = np.array([1.0, -1.0]).reshape(2, 1, 1)  # the sign in the group of two elements
    >>> product = np.array([0, 1, 1, 0])
    >>> hidden = np.array([[3.0], [1.0], [1.0], [3.0]])  # 2 + rho(ab)
    >>> pairs = np.arange(4)
    >>> round(float(representation_readout(hidden, rho, product, pairs, pairs)), 4)
    1.0
    """
    n = len(matrices)
    hidden = pair_rows(near_one(hidden, "hidden")[0], n, "hidden")
    entries = jnp.asarray(real_array(matrices, "matrices")).reshape(n, -1)[jnp.asarray(product)]
    inputs, targets = take_rows(hidden, train, "train"), take_rows(entries, train, "train")
    centre, mean = jnp.mean(inputs, axis=0), jnp.mean(targets, axis=0)
    inputs = inputs - centre
    gram = jnp.matmul(inputs.T, inputs, precision="highest")
    inner = jnp.matmul(inputs.T, targets - mean, precision="highest")
    # Dead units and copies make the Gram matrix singular; the cut is far above rounding.
    cut = jnp.finfo(gram.dtype).eps ** 0.75
    weights = jnp.matmul(
        jnp.linalg.pinv(gram, rtol=cut, hermitian=True), inner, precision="highest"
    )
    unseen = take_rows(entries, test, "test") - mean
    read = jnp.matmul(take_rows(hidden, test, "test") - centre, weights, precision="highest")
    return 1 - jnp.sum((unseen - read) ** 2) / jnp.sum(unseen**2)


class UnembeddingInRepresentation(NamedTuple):
    """The unembedding between entries of rho(ab) and of rho(c^-1).

    Attributes:
      matrix: ``[d^2, d^2]``.
      cosine: with the pattern of a trace, 1 at (ij, ji) and 0 elsewhere, as far as the entries
        of rho can show it.
    """

    matrix: Float[Array, "entries entries"]
    cosine: Float[Array, ""]


def unembedding_in_representation(
    readout: Shaped[Array, "entries h"],
    unembed: Shaped[Array, "h n"],
    matrices: Shaped[Array, "n d d"],
    inverses: Int[Array, " n"],
) -> UnembeddingInRepresentation:
    """``C W_U rho(c^-1)`` with C from `hidden_in_representation`.

    The entries of an irrep of complex or quaternionic type (the rotations of a cyclic group) are
    linearly dependent: both sides of the matrix lie in their span, 2 of 4 dimensions for a
    rotation. The trace's pattern is projected on it, as what is outside no network can have.

    Raises:
      ValueError: shapes that do not fit each other.

    >>> import numpy as np
    >>> from jaxrep.groups import group
    >>> known = group("C2")
    >>> sign = known.irrep("sign").matrices  # a read-out of rho(c^-1) by one unit
    >>> found = unembedding_in_representation(np.eye(1), sign.reshape(1, 2), sign, np.array([0, 1]))
    >>> float(found.cosine)
    1.0
    """
    n, d, _ = matrices.shape
    matrices = jnp.asarray(real_array(matrices, "matrices"))
    (readout, unit), (unembed, other) = near_one(readout, "readout"), near_one(unembed, "unembed")
    if readout.shape != (d * d, len(unembed)) or unembed.shape[1] != n:
        raise ValueError(
            f"readout: shape {readout.shape} and unembed {unembed.shape}; ({d * d}, h) and (h, {n})"
        )
    inverse_entries = matrices[native_array(inverses, "inverses")].reshape(n, d * d)
    entries = matrices.reshape(n, d * d)
    through = jnp.matmul(readout, unembed, precision="highest")
    matrix = jnp.matmul(through, inverse_entries, precision="highest")
    trace = jnp.eye(d * d).reshape(d, d, d, d).transpose(0, 1, 3, 2).reshape(d * d, d * d)
    trace = jnp.linalg.multi_dot(
        [_span(entries), trace, _span(inverse_entries)], precision="highest"
    )
    cosine = jnp.sum(matrix * trace) / (jnp.linalg.norm(matrix) * jnp.linalg.norm(trace))
    return UnembeddingInRepresentation(unit * (other * matrix), cosine)


def _span(entries: Float[Array, "n entries"]) -> Float[Array, "entries entries"]:
    """The orthogonal projector on the span of the rows; the identity where they span all."""
    gram = jnp.matmul(entries.T, entries, precision="highest")
    inverse = jnp.linalg.pinv(gram, rtol=1e-5, hermitian=True)
    return jnp.matmul(gram, inverse, precision="highest")
