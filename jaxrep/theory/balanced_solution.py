"""Exact gradient flow of two linear layers whose weights are lambda-balanced: lazy to rich.

Weights with ``W2 W2^T - W1^T W1 = lambda I`` keep that for ever. lambda near 0 learns in
stages and builds its own representation (rich). A large lambda learns every mode exponentially;
with as many features as items it keeps the representation of the start (lazy). Of unequal widths
the sign matters: with more features than items a large negative one is lazy, a positive one
turns the readout and is rich; with more items than features the other way round.

Saxe et al. (2013), Fukumizu (1998), Braun et al. (2022, NeurIPS) for lambda = 0; Dominé et al.
(2024, "From lazy to rich") for lambda-balanced weights. Here in the form that integrates
``e^(2 F u)`` instead of inverting F, so any sizes and any lambda are allowed. Whitened (or
one-hot) inputs; time in steps of size `rate` (see `jaxrep.theory.mode_dynamics`). Use float64.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular
from jaxtyping import Bool, Float, Shaped

from jaxrep.arrays import jax_arrays, real_array
from jaxrep.typing import Array, Real

GROWTH = 3.0


class Balanced(NamedTuple):
    """The products of the layers that the flow determines, at each time.

    Attributes:
      representation: ``W1 W1^T``, the similarity of the items.
      map: ``(W1 W2)^T``.
      features: ``W2^T W2``, the similarity of the features.
    """

    representation: Float[Array, "time item item"]
    map: Float[Array, "time feature item"]
    features: Float[Array, "time feature feature"]


def balanced_flow(
    first: Shaped[Array, "item hidden"],
    last: Shaped[Array, "hidden feature"],
    target: Shaped[Array, "feature item"],
    rate: Real,
    step: Shaped[Array, " time"],
) -> Balanced:
    """The flow from lambda-balanced weights towards `target`; lambda is read from the weights.

    ``Q = [W1; W2^T]``, ``F = [[-lambda/2, T^T], [T, lambda/2]]``,
    ``Q Q^T(t) = e^(F t) Q0 [I + Q0^T (int_0^t e^(2 F u) du) Q0]^-1 Q0^T e^(F t)``. The bracket
    is ``I + Z^T Z``; its Cholesky factor comes from a QR decomposition of ``[I; Z]``. Long times
    are cut into stretches in which no mode grows by more than `e^GROWTH`, as otherwise the
    learned modes' exponentials drown the others (1e-6 off where one grew 1e15-fold).
    Start at the solution of one task and give another target for continual learning. NaN where
    a number is not finite.

    Raises:
      ValueError: shapes that do not fit each other.

    >>> unit = jnp.eye(2)
    >>> path = balanced_flow(0.1 * unit, 0.1 * unit, 3 * unit, 0.1, jnp.array([0.0, 100.0]))
    >>> path.map[:, 0, 0].tolist()  # from the product of the layers to the target
    [0.010, 3.000]
    """
    first, last, target = jax_arrays(first=first, last=last, target=target)
    rate = jnp.asarray(real_array(rate, "rate"), first.dtype)
    if target.shape != (last.shape[1], first.shape[0]) or last.shape[0] != first.shape[1]:
        raise ValueError(
            f"target: shape {target.shape} for first {first.shape} and last {last.shape}; "
            "[feature, item], [item, hidden] and [hidden, feature] are needed"
        )
    items, hidden = first.shape
    step = jnp.asarray(real_array(step, "step"), first.dtype)
    size = items + target.shape[0]
    sign = jnp.where(jnp.arange(size) < items, -0.5, 0.5).astype(first.dtype)
    f = jnp.diag(layer_balance(first, last) * sign)
    f = f.at[items:, :items].set(target).at[:items, items:].set(target.T)
    frequency, basis = jnp.linalg.eigh(f)
    still = frequency == 0
    double = 2 * jnp.where(still, 1, frequency)
    start = jnp.matmul(basis.T, jnp.concatenate([first, last.T]), precision="highest")
    unit = jnp.eye(hidden, dtype=first.dtype)

    def at(t):
        stretches = jnp.maximum(jnp.ceil(jnp.max(jnp.abs(frequency)) * rate * t / GROWTH), 1)
        known = jnp.isfinite(stretches)  # else the loop would not end
        stretches = jnp.where(known, stretches, 1)
        time = rate * t / stretches
        integral = jnp.where(still, time, jnp.expm1(2 * frequency * time) / double)

        def stretch(_, q):
            bracket = jnp.concatenate([unit, jnp.sqrt(integral)[:, None] * q])
            factor = jnp.linalg.qr(bracket, mode="r")
            return solve_triangular(factor, (jnp.exp(frequency * time)[:, None] * q).T, trans=1).T

        q = jax.lax.fori_loop(0, stretches.astype(int), stretch, start)
        q = jnp.matmul(basis, q, precision="highest")
        return jnp.where(known, jnp.matmul(q, q.T, precision="highest"), jnp.nan)

    whole = jax.vmap(at)(step)
    return Balanced(whole[:, :items, :items], whole[:, items:, :items], whole[:, items:, items:])


def layer_balance(
    first: Shaped[Array, "item hidden"], last: Shaped[Array, "hidden feature"]
) -> Float[jax.Array, ""]:
    """lambda: the mean of ``W2 W2^T - W1^T W1`` over the hidden directions that have weights.

    More hidden units than items or features can only be balanced in as many directions as the
    smaller of these; in the others there are no weights, and they count nothing.

    >>> float(layer_balance(jnp.eye(2), 3 * jnp.eye(2)))  # 3^2 - 1^2
    8.0
    """
    first, last = jax_arrays(first=first, last=last)
    _, kept = hidden_directions(first, last)
    return (jnp.sum(last**2) - jnp.sum(first**2)) / jnp.maximum(jnp.sum(kept), 1)


def hidden_directions(
    first: Shaped[Array, "item hidden"], last: Shaped[Array, "hidden feature"]
) -> tuple[Float[jax.Array, "hidden direction"], Bool[jax.Array, " direction"]]:
    """An orthonormal basis of the hidden layer, and in which of its columns there are weights.

    Eigenvectors of ``W1^T W1 + W2 W2^T``, by rising eigenvalue; there are weights where it is
    more than 2e-12 of the
    largest (6e-6 in float32).

    >>> hidden_directions(jnp.eye(2, 5), jnp.zeros((5, 3)))[1].tolist()
    [False, False, False, True, True]
    """
    first, last = jax_arrays(first=first, last=last)
    both = jnp.concatenate([first, last.T])
    size = jnp.max(jnp.abs(both))
    scaled = both / jnp.where(size > 0, size, 1)
    values, basis = jnp.linalg.eigh(jnp.matmul(scaled.T, scaled, precision="highest"))
    # training leaves rounding in directions without weights, the more the longer
    floor = jnp.finfo(values.dtype).eps ** 0.75 * jnp.max(values)
    return basis, values > floor


def balanced_weights(
    strength: Shaped[Array, " mode"],
    balance: Real,
    left: Shaped[Array, "feature mode"],
    middle: Shaped[Array, "hidden mode"],
    right: Shaped[Array, "item mode"],
) -> tuple[Float[jax.Array, "item hidden"], Float[jax.Array, "hidden feature"]]:
    """lambda-balanced weights whose map is ``left diag(strength) right^T``.

    ``W1 = R sqrt(D1) M^T``, ``W2 = M sqrt(D2) L^T`` with ``D2 - D1 = lambda`` and
    ``D1 D2 = strength^2``. The columns of `middle` are orthonormal, and those of `left` (of
    `right`) where D2 (D1) is not 0. More hidden units than items or features are balanced in as
    many directions as `middle` has columns.

    >>> unit = jnp.eye(2)
    >>> first, last = balanced_weights(jnp.array([2.0, 1.0]), 3.0, unit, unit, unit)
    >>> (first @ last).tolist(), float(layer_balance(first, last))
    ([[2.0, 0.0], [0.0, 1.0]], 3.0)
    """
    strength, half = jax_arrays(strength=strength, balance=balance)
    left, middle, right = jax_arrays(left=left, middle=middle, right=right)
    half = half / 2
    large = jnp.hypot(half, strength) + jnp.abs(half)
    # the smaller one from the product: no cancellation
    small = jnp.where(large == 0, 0, strength * (strength / jnp.where(large == 0, 1, large)))
    d1, d2 = jnp.where(half >= 0, small, large), jnp.where(half >= 0, large, small)
    return right @ (middle * jnp.sqrt(d1)).T, middle @ (left * jnp.sqrt(d2)).T


def balanced_mode(step: Real, strength: Real, start: Real, balance: Real, rate: Real) -> jax.Array:
    """One aligned mode: ``a' = rate sqrt(lambda^2 + 4 a^2) (s - a)``, solved.

    With ``a = |lambda| z / (1 - z^2)`` the flow is a Riccati equation of z, with fixed points
    ``z+- = (-|lambda| +- K) / (2 s)``, ``K = sqrt(lambda^2 + 4 s^2)``. lambda -> 0 is the
    sigmoid, ``|lambda| >> s`` the exponential of rate |lambda|. NaN where lambda or s is 0.

    >>> balanced_mode(jnp.array([0.0, 50.0]), 2.0, 0.5, 1.0, 0.1).tolist()  # from 0.5 to 2
    [0.500, 2.000]
    """
    s, size, start, step = jax_arrays(strength=strength, balance=balance, start=start, step=step)
    rate, size = jnp.asarray(real_array(rate, "rate")), jnp.abs(size)
    k = jnp.hypot(size, 2 * s)
    # z+ z- = -1: the small root from the large one, without cancellation
    below = -(size + k) / (2 * s)
    above = -1 / below
    z0 = jnp.tanh(jnp.arcsinh(2 * start / size) / 2)
    w = (z0 - above) / (z0 - below) * jnp.exp(-k * rate * step)
    z = (above - below * w) / (1 - w)
    return size * z / (1 - z**2)
