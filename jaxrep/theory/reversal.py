"""Learning a second task from the end of a first one: reversal, and how long it takes.

A mode that was learned with strength s and is asked for -s has to pass through 0, a saddle where
two balanced, aligned layers would rest for ever (Braun et al. 2022; Lampinen and Ganguli 2018).
What frees it is what the layers differ by: lambda (`balanced_time`), or without lambda what the
random start left of ``d = (W1^T V - W2 U) / 2``, which training kept shrinking. In plain weights d
is the small difference of large numbers, and rounding decides; `descend_halves` carries it alone.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Float, Shaped

from jaxrep.arrays import jax_arrays, real_array
from jaxrep.typing import Array, Real


class Halves(NamedTuple):
    """Two layers by what they share and what they differ by, in the task's modes.

    Attributes:
      growing: ``(A + B) / 2`` of ``A = W1^T V`` and ``B = W2 U``.
      decaying: ``(A - B) / 2``.
      beyond: the part of W2 that no feature asks for.
    """

    growing: Float[Array, "hidden mode"]
    decaying: Float[Array, "hidden mode"]
    beyond: Float[Array, "hidden row"]


def layer_halves(
    first: Shaped[Array, "mode hidden"], last: Shaped[Array, "hidden output"]
) -> Halves:
    """Weights in mode coordinates, ``V^T W1`` and ``[W2 U, rest]``, as `Halves`.

    >>> halves = layer_halves(jnp.array([[3.0]]), jnp.array([[1.0, 5.0]]))
    >>> [part.tolist() for part in halves]
    [[[2.0]], [[1.0]], [[5.0]]]

    Raises:
      ValueError: fewer outputs than modes, or layers that do not fit each other.
    """
    first, last = jax_arrays(first=first, last=last)
    modes, hidden = first.shape
    if last.shape[0] != hidden or last.shape[1] < modes:
        raise ValueError(
            f"last: shape {last.shape} given after first {first.shape}; [{hidden}, {modes} or "
            "more] is needed"
        )
    one, two = first.T, last[:, :modes]
    return Halves((one + two) / 2, (one - two) / 2, last[:, modes:])


def descend_halves(
    start: Halves, strength: Shaped[Array, " mode"], rate: Real, steps: int
) -> tuple[Float[jax.Array, "step mode"], Halves]:
    """Gradient descent of two layers, exactly, with `Halves.decaying` to all its digits.

    ``E = S - r^T r + d^T d``, ``F = d^T r - r^T d``, ``h = -(rate / 2) M^T M (r + d)``:
    ``r += rate (r E - d F) + h``, ``d += rate (r F - d E) + h``, ``M -= rate M (r + d)(r + d)^T``.
    Give the negative of `strength` from where it ended for reversal. Use float64.

    >>> start = layer_halves(jnp.array([[0.1]]), jnp.array([[0.1]]))
    >>> path, end = descend_halves(start, jnp.array([4.0]), 0.1, 60)
    >>> [round(float(a), 3) for a in (path[0, 0], path[-1, 0])]
    [0.01, 4.0]
    >>> path, _ = descend_halves(end, -jnp.array([4.0]), 0.1, 60)  # balanced: it rests at 0
    >>> round(float(path[-1, 0]), 3)
    0.0

    Args:
      start: of `layer_halves`, or the end of another task in the same modes.
      strength: what the task asks for, of either sign.
      rate: see `jaxrep.theory.mode_dynamics`.
      steps: updates.

    Returns:
      Strengths at steps 0 .. steps, and the layers at the end.

    Raises:
      ValueError: a negative number of steps, or other numbers of modes.
    """
    strength, *parts = jax_arrays(strength=strength, **start._asdict())
    if steps < 0:
        raise ValueError(f"steps: {steps} is negative")
    if parts[0].shape[1] != len(strength):
        raise ValueError(f"strength: {len(strength)} given for {parts[0].shape[1]} modes")
    rate = jnp.asarray(real_array(rate, "rate"), parts[0].dtype)
    target = jnp.diag(strength)

    def inner(one, two):
        return jnp.matmul(one, two, precision="highest")

    def learned(r, d):
        return jnp.sum(r**2 - d**2, 0)

    def update(state, _):
        r, d, beyond = state
        # squares times the rate have no unit, whatever that of the strengths: no overflow
        even = rate * (target - inner(r.T, r) + inner(d.T, d))
        cross = rate * inner(d.T, r)
        odd = cross - cross.T
        first = r + d
        held = -inner(beyond, rate / 2 * inner(beyond.T, first))
        return (
            r + inner(r, even) - inner(d, odd) + held,
            d + inner(r, odd) - inner(d, even) + held,
            beyond - inner(first, rate * inner(first.T, beyond)),
        ), learned(r, d)

    end, path = jax.lax.scan(update, tuple(parts), length=steps)
    return jnp.concatenate([path, learned(*end[:2])[None]]), Halves(*end)


def balanced_time(
    reached: Real, strength: Real, start: Real, balance: Real, rate: Real
) -> jax.Array:
    """Steps that gradient flow of one aligned mode takes from `start` to `reached`.

    The inverse of `jaxrep.theory.balanced_solution.balanced_mode`:
    ``ln(w(start) / w(reached)) / (rate sqrt(lambda^2 + 4 s^2))``. For reversal start at -s (the
    flow is odd in the map's sign). s itself is never reached, and the time is rounding's there; NaN
    where it is not on the way, or where lambda or s is 0.

    >>> float(balanced_time(1.5, 3, -3, 1.0, 1))  # from 3 to -1.5, asked for -3
    0.713
    """
    s, size, start, reached = jax_arrays(
        strength=strength, balance=balance, start=start, reached=reached
    )
    rate, size = jnp.asarray(real_array(rate, "rate")), jnp.abs(size)
    k = jnp.hypot(size, 2 * s)
    # z+ z- = -1: the small root from the large one, without cancellation
    below = -(size + k) / (2 * s)
    above = -1 / below

    def remaining(a):
        z = jnp.tanh(jnp.arcsinh(2 * a / size) / 2)
        return jnp.log((above - z) / (z - below))

    return (remaining(start) - remaining(reached)) / (k * rate)
