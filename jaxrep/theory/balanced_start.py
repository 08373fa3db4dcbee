"""lambda-balanced initial weights of two linear layers, and what theory says of where they end.

Dominé et al. (2024, "From lazy to rich", arXiv:2409.14623); `jaxrep.theory.balanced_solution`
has the flow. lambda in units of squared weights, as singular values are.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Float, Shaped

from jaxrep.arrays import jax_arrays
from jaxrep.theory.balanced_solution import (
    balanced_weights,
    hidden_directions,
    layer_balance,
)
from jaxrep.typing import Array, Real


def balance_layers(
    first: Shaped[Array, "item hidden"],
    last: Shaped[Array, "hidden feature"],
    balance: Real,
) -> tuple[Float[jax.Array, "item hidden"], Float[jax.Array, "hidden feature"]]:
    """Weights with the same map ``W1 W2`` and ``W2 W2^T - W1^T W1 = lambda M M^T``.

    ``W1 W2 = R diag(a) L^T`` by singular values, and of each mode ``D1 D2 = a^2``,
    ``D2 - D1 = lambda`` (`balanced_weights`). M, ``[hidden, rank]``, is the span of ``W1^T R``:
    the hidden directions that the layers use already; rank is the smallest of items, hidden units
    and features. ``M M^T`` is the identity where there are no more hidden units than that. Use
    float64 for strengths far below lambda. With as many features as items and lambda 0 the map
    keeps the sign of its determinant, and half of all starts never learn the weakest mode.

    >>> first, last = balance_layers(jnp.eye(2), 3 * jnp.eye(2), 8)
    >>> jnp.round(first.T @ first, 3).tolist(), jnp.round(last @ last.T, 3).tolist()
    ([[1.0, 0.0], [0.0, 1.0]], [[9.0, 0.0], [0.0, 9.0]])

    Raises:
      ValueError: layers that do not fit each other.
    """
    first, last, balance = jax_arrays(first=first, last=last, balance=balance)
    if first.shape[1] != last.shape[0]:
        raise ValueError(
            f"last: shape {last.shape} given after first {first.shape}; "
            f"[{first.shape[1]}, feature] is needed"
        )
    rank = min(*first.shape, last.shape[1])
    right, strength, left = jnp.linalg.svd(
        jnp.matmul(first, last, precision="highest"), full_matrices=False
    )
    right, strength, left = right[:, :rank], strength[:rank], left[:rank].T
    spanned = jnp.matmul(first.T, right, precision="highest")
    middle = jnp.linalg.qr(spanned)[0]
    return balanced_weights(strength, balance, left, middle, right)


def balance_residual(
    first: Shaped[Array, "item hidden"], last: Shaped[Array, "hidden feature"]
) -> Float[jax.Array, ""]:
    """How far layers are from balanced: 0 where `balanced_flow` is exact.

    ``|G - lambda M M^T| / (|W1|^2 + |W2|^2)`` in Frobenius norms, ``G = W2 W2^T - W1^T W1``, M
    the hidden directions that have weights; NaN where nothing has.

    >>> float(balance_residual(jnp.eye(2), 2 * jnp.eye(2)))
    0.0
    >>> float(balance_residual(jnp.eye(2), jnp.diag(jnp.arange(1, 3))))  # G has 0, 3; not 1.5
    0.30
    """
    first, last = jax_arrays(first=first, last=last)
    size = jnp.maximum(jnp.max(jnp.abs(first)), jnp.max(jnp.abs(last)))
    first, last = (layer / jnp.where(size > 0, size, 1) for layer in (first, last))
    total = jnp.sum(first**2) + jnp.sum(last**2)
    basis, kept = hidden_directions(first, last)
    gap = jnp.matmul(last, last.T, precision="highest") - jnp.matmul(
        first.T, first, precision="highest"
    )
    whole = jnp.matmul(basis * kept.astype(basis.dtype), basis.T, precision="highest")
    apart = jnp.linalg.norm(gap - layer_balance(first, last) * whole)
    return jnp.where(total > 0, apart / jnp.where(total > 0, total, 1), jnp.nan)


def learned_similarity(strength: Real, balance: Real) -> jax.Array:
    """Eigenvalues of ``W1 W1^T`` once a mode s is learned: ``sqrt(s^2 + lambda^2/4) - lambda/2``.

    From a start of small strength; broadcasts. s at lambda 0; near the start's ``|lambda|`` for
    ``lambda << -s`` (lazy), and near ``s^2 / lambda`` for ``lambda >> s``.

    >>> learned_similarity(4, jnp.array([-6, 0, 6])).tolist()
    [8.0, 4.0, 2.0]
    """
    s, half = jax_arrays(strength=strength, balance=balance)
    half = half / 2
    large = jnp.hypot(s, half) + jnp.abs(half)
    # the small root from the product of both, without cancellation
    small = jnp.where(large > 0, s * (s / jnp.where(large > 0, large, 1)), large)
    return jnp.where(half > 0, small, large)


def similarity_change(
    strength: Shaped[Array, " mode"], balance: Real, items: int
) -> Float[jax.Array, ""]:
    """``|R_end - R_start| / |R_end|`` of the hidden similarity, from a small balanced start.

    Every mode starts at ``max(-lambda, 0)`` and ends as `learned_similarity`; items that no mode
    tells apart stay. 1 is rich: nothing of the start is left; 0 is lazy.

    >>> round(float(similarity_change(jnp.array([4, 4]), -6, 2)), 3)  # from 6 to 8
    0.25

    Raises:
      ValueError: fewer items than modes.
    """
    strength, balance = jax_arrays(strength=strength, balance=balance)
    if items < len(strength):
        raise ValueError(f"items: {items} given for {len(strength)} modes; as many are needed")
    # at the start s is 0: exactly, unlike the difference of two numbers of lambda's size
    still = jnp.maximum(-balance, 0)
    size = jnp.maximum(jnp.max(strength), jnp.abs(balance))
    safe = jnp.where(size > 0, size, 1)
    root = jnp.hypot(strength, balance / 2) + jnp.abs(balance) / 2
    moved = strength / safe * (strength / jnp.where(root > 0, root, 1))
    end = learned_similarity(strength, balance) / safe
    rest = (items - len(strength)) * (still / safe) ** 2
    norm = jnp.sqrt(jnp.sum(end**2) + rest)
    return jnp.where(norm > 0, jnp.linalg.norm(moved) / jnp.where(norm > 0, norm, 1), jnp.nan)
