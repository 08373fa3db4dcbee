"""The reduced model: all modes of a two-layer linear network at once, from any small start.

In mode coordinates A = W1^T V, B = W2 U; early on, gradient descent lets ``r = (A + B) / 2``
grow and ``(A - B) / 2`` decay. Following r alone (A = B = R), and after a QR decomposition of
it, gradient descent is ``R <- R + rate R (S - R^T R)`` on an items x items matrix, however wide
the network. Everything observed follows from ``G = R^T R``: W = V G U^T. The part M of W2
beyond the modes, which no feature asks for, holds back growth until it has decayed:
``- (rate/2) P R`` with ``P = M^T M`` (first order in A - B). What is neglected is the decaying
half. Modes / s_1 differ from the full network by 6e-9 at initial scale 1e-3 (2e-8 without P),
6e-15 at 1e-6, and 5e-5 and 6e-3 at 0.1 and 1 (measured in the tutorial's setting).

Extends Saxe, McClelland and Ganguli (2013) and, for the flow, the solution of Fukumizu (1998)
and Braun et al. (2022), to finite learning rates. Use float64: modes start at 1e-24.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular
from jaxtyping import Float, Shaped

from jaxrep.arrays import jax_arrays, real_array
from jaxrep.typing import Array, Real

Rate = Real


class Start(NamedTuple):
    """Where the reduced model starts, low = min(hidden, modes).

    Attributes:
      growing: R, what grows.
      remainder: P, what first has to decay, in the basis of R's rows.
    """

    growing: Float[Array, "low mode"]
    remainder: Float[Array, "low low"]


def reduced_start(
    first: Shaped[Array, "item hidden"], last: Shaped[Array, "hidden row"], modes: int
) -> Start:
    """The start from weights in mode coordinates.

    Args:
      first: ``V^T W1``.
      last: ``[W2 U, M]``, M in any orthonormal basis of what is beyond the modes.
      modes: number of modes.

    Raises:
      ValueError: more modes than items or rows, or none.

    >>> unit = jnp.eye(2)
    >>> start = reduced_start(0.1 * unit, 0.1 * unit, modes=2)
    >>> (start.growing.T @ start.growing).tolist(), start.remainder.tolist()
    ([[0.010, 0.0], [0.0, 0.010]], [[0.0, 0.0], [0.0, 0.0]])
    """
    first, last = jax_arrays(first=first, last=last)
    first, last = first.T, last.T
    most = min(first.shape[1], last.shape[0])
    if not 1 <= modes <= most:
        raise ValueError(f"modes: {modes} given; 1 .. {most} are there")
    basis, growing = jnp.linalg.qr((first[:, :modes] + last[:modes].T) / 2)
    beyond = jnp.matmul(last[modes:], basis, precision="highest")
    return Start(growing, jnp.matmul(beyond.T, beyond, precision="highest"))


def solve_reduced_model(
    start: Start, strength: Shaped[Array, " mode"], rate: Rate, steps: int
) -> Float[jax.Array, "step mode mode"]:
    """``G(t) = R^T R`` at steps 0 .. steps, by the recursion itself.

    Raises:
      ValueError: a negative number of steps.

    >>> start = Start(jnp.array([[1.0]]), jnp.zeros((1, 1)))
    >>> solve_reduced_model(start, jnp.array([4.0]), 0.1, steps=1).ravel().tolist()  # (1 + 0.3)^2
    [1.0, 1.690]
    """
    if steps < 0:
        raise ValueError(f"steps: {steps} is negative")
    (strength,) = jax_arrays(strength=strength)
    target, rate = jnp.diag(strength), jnp.asarray(real_array(rate, "rate"), strength.dtype)

    def gram(r):
        return jnp.matmul(r.T, r, precision="highest")

    def update(state, _):
        r, p = state
        g = gram(r)
        held = jnp.matmul(p, r, precision="highest")
        decay = jnp.matmul(held, r.T, precision="highest")
        grown = r + rate * (jnp.matmul(r, target - g, precision="highest") - held / 2)
        return Start(grown, p - rate * (decay + decay.T)), g

    start = Start(
        *(jnp.asarray(real_array(x, name), target.dtype) for name, x in start._asdict().items())
    )
    last, path = jax.lax.scan(update, start, length=steps)
    return jnp.concatenate([path, gram(last.growing)[None]])


def matrix_logistic(
    growing: Shaped[Array, "low mode"],
    strength: Shaped[Array, " mode"],
    rate: Rate,
    step: Shaped[Array, " step"],
    *,
    flow: bool = False,
) -> Float[jax.Array, "step mode mode"]:
    """``G(t) = [E K0 E + S^-1 (I - E^2)]^-1``, ``K0 = (R^T R)^-1``: closed form, unaligned start.

    ``E = diag((1 + rate s)^-t)``; ``flow=True`` takes ``e^(-rate s t)`` instead, which solves
    gradient flow exactly. Fewer hidden units than modes have no K0: use `reduced_model`.

    Raises:
      ValueError: fewer rows than modes in `growing`.

    >>> growing, strength = jnp.array([[0.1]]), jnp.array([2.0])
    >>> float(matrix_logistic(growing, strength, 0.1, jnp.array([10.0]), flow=True)[0, 0, 0])
    0.431
    >>> 2 / (1 + (2 / 0.1**2 - 1) * float(jnp.exp(-4.0)))  # one mode: the sigmoid
    0.431
    """
    s, growing, step = jax_arrays(strength=strength, growing=growing, step=step)
    rate = jnp.asarray(real_array(rate, "rate"))
    if growing.shape[0] != len(s):
        raise ValueError(f"growing: {growing.shape[0]} rows for {len(s)} modes; as many are needed")
    speed = rate * s if flow else jnp.log1p(rate * s)
    inverse = solve_triangular(growing, jnp.eye(len(s), dtype=s.dtype))

    def at(t):
        e = jnp.exp(-speed * t)
        scaled = e[:, None] * inverse
        whole = jnp.matmul(scaled, scaled.T, precision="highest") + jnp.diag((1 - e**2) / s)
        # Entries span fifty decades: Cholesky needs a unit diagonal first.
        unit = jnp.diagonal(whole) ** -0.5
        factor = jnp.linalg.cholesky(whole * unit[:, None] * unit)
        half = solve_triangular(factor, jnp.diag(unit), lower=True)
        return jnp.matmul(half.T, half, precision="highest")

    return jax.vmap(at)(step.astype(s.dtype))


def reduced_mode_strengths(g: Shaped[Array, "step mode mode"]) -> Float[jax.Array, "step mode"]:
    """Strength of each mode, with its identity: the diagonal of ``U^T W V``.

    >>> reduced_mode_strengths(jnp.array([[[2.0, 0.5], [0.5, 1.0]]])).tolist()
    [[2.0, 1.0]]
    """
    return jnp.diagonal(jnp.asarray(real_array(g, "g")), axis1=1, axis2=2)


def reduced_singular_values(g: Shaped[Array, "step mode mode"]) -> Float[jax.Array, "step mode"]:
    """Singular values of the map, falling.

    >>> reduced_singular_values(jnp.array([[[2.0, 1.0], [1.0, 2.0]]])).tolist()
    [[3.0, 1.0]]
    """
    return jnp.linalg.eigvalsh(jnp.asarray(real_array(g, "g")))[:, ::-1]


def reduced_loss(
    g: Shaped[Array, "step mode mode"], strength: Shaped[Array, " mode"], items: int, features: int
) -> Float[jax.Array, " step"]:
    """Mean squared error over all entries: ``|S - G|^2 / (P N)``.

    >>> reduced_loss(jnp.zeros((1, 2, 2)), jnp.array([2.0, 1.0]), items=2, features=5).tolist()
    [0.5]
    """
    g, strength = jax_arrays(g=g, strength=strength)
    return jnp.sum((jnp.diag(strength) - g) ** 2, (1, 2)) / (float(items) * features)


def reduced_similarity(
    g: Shaped[Array, "step mode mode"], v: Shaped[Array, "item mode"]
) -> Float[jax.Array, "step item item"]:
    """Representational similarity matrix ``V G V^T`` of the hidden layer (inner products).

    >>> turned = jnp.array([[0.0, 1.0], [1.0, 0.0]])
    >>> reduced_similarity(jnp.diag(jnp.array([2.0, 1.0]))[None], turned).tolist()
    [[[1.0, 0.0], [0.0, 2.0]]]
    """
    g, v = jax_arrays(g=g, v=v)
    return jnp.einsum("ik,tkl,jl->tij", v, g, v, precision="highest")


def predicted_feature(
    g: Shaped[Array, "step mode mode"], u_row: Shaped[Array, " mode"], v_row: Shaped[Array, " mode"]
) -> Float[jax.Array, " step"]:
    """What the network says of one feature of one item: ``u_f G v_i``.

    >>> path = jnp.eye(2)[None]
    >>> predicted_feature(path, jnp.array([1.0, 2.0]), jnp.array([3.0, 4.0])).tolist()  # 3 + 8
    [11.0]
    """
    g, u_row, v_row = jax_arrays(g=g, u_row=u_row, v_row=v_row)
    return jnp.einsum("k,tkl,l->t", u_row, g, v_row, precision="highest")
