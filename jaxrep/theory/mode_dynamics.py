"""How the modes of a task are learned: one singular mode of a deep linear network at a time.

Symbols: s the singular value of ``Y^T`` (features x items), a(t) its strength in the network,
a0 at the start, `rate` = 2 learning_rate / (items features), the effective step of gradient
descent on the mean squared error over all entries of Y, with one-hot inputs. t counts steps.

Saxe, McClelland and Ganguli (2013, ICLR) for gradient flow; the forms that hold at a finite
learning rate, the random start and depth are derived in the docstrings. All functions
broadcast, and need float64 where a0 / s is below 1e-7.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.arrays import jax_arrays, real_array
from jaxrep.typing import Array, Real

EARLY = 60
"""``ln(s / a)`` above which a mode grows as if there were no s, to all digits of float64."""


def effective_rate(learning_rate: Real, items: int, features: int) -> Real:
    """``2 learning_rate / (items features)``: the step of W when the loss is a mean.

    >>> effective_rate(12.0, items=4, features=6)
    1.0
    """
    return 2.0 * learning_rate / (float(items) * features)


def mode_growth(strength: Real, rate: Real, *, flow: bool = False) -> jax.Array:
    """Logarithmic growth of a small mode per step.

    Gradient flow: ``2 rate s``. Gradient descent multiplies both layers by ``1 + rate s`` in a
    step, hence ``2 ln(1 + rate s)``, which is smaller: at the tutorial's learning rate the flow
    is 15 % too early.

    >>> float(mode_growth(2.0, 0.1, flow=True)), float(mode_growth(2.0, 0.1))
    (0.400, 0.365)
    """
    strength, rate = jax_arrays(strength=strength, rate=rate)
    scaled = rate * strength
    return 2 * scaled if flow else 2 * jnp.log1p(scaled)


def mode_sigmoid(
    step: Real, strength: Real, start: Real, rate: Real, *, flow: bool = False
) -> jax.Array:
    """Two layers, balanced and aligned: ``s / (1 + (s/a0 - 1) e^(-g t))``, g the `mode_growth`.

    With ``flow=True`` this is Saxe's exact solution of gradient flow; without, the early phase
    is that of gradient descent exactly, and the error of the rest was measured at most 0.15 s
    at ``rate s = 0.4``, falling linearly with the rate. Where s is 0 the mode decays:
    ``a0 / (1 + 2 rate a0 t)``, the limit.

    >>> mode_sigmoid(np.array([0, 10**6]), np.array([2, 2]), 1, 0.01).tolist()
    [1.0, 2.0]
    """
    step, s, start = jax_arrays(step=step, strength=strength, start=start)
    rate = jnp.asarray(real_array(rate, "rate"))
    grown = mode_growth(s, rate, flow=flow) * step
    # ln(s / a0) - g t: s / a0 can be more than a float holds
    held = jnp.log(s) - jnp.log(start) - grown
    early = held > EARLY
    found = s / (jnp.exp(jnp.where(early, 0, held)) - jnp.expm1(-grown))
    found = jnp.where(early, start * jnp.exp(grown), found)
    return jnp.where(s == 0, start / (1 + 2 * rate * start * step), found)


def half_time(strength: Real, start: Real, rate: Real, *, flow: bool = False) -> jax.Array:
    """Step at which the `mode_sigmoid` is at s / 2: ``ln(s/a0 - 1) / g``.

    NaN of modes that start above s, as those of strength 0 do.

    >>> strength, start, rate = 2.0, 1e-3, 0.01
    >>> time = half_time(strength, start, rate)
    >>> float(mode_sigmoid(time, strength, start, rate))
    1.0
    """
    s, start = jax_arrays(strength=strength, start=start)
    return _half_time(s, jnp.log(start), mode_growth(s, rate, flow=flow))


def _half_time(s: jax.Array, log_start: jax.Array, growth: jax.Array) -> jax.Array:
    """``ln(s/a0 - 1) / g`` from ln a0, as a0 can be below what a float holds."""
    log_ratio = jnp.log(s) - log_start
    return (log_ratio + jnp.log1p(-jnp.exp(-log_ratio))) / growth


def rise_time(strength: Real, rate: Real, *, flow: bool = False) -> jax.Array:
    """Steps from 10 % to 90 % of s: ``2 ln 9 / g``.

    >>> strength, start, rate = 2.0, 1e-6, 0.01
    >>> late = half_time(strength, start, rate) + rise_time(strength, rate) / 2
    >>> float(mode_sigmoid(late, strength, start, rate))  # 90 % of 2
    1.800
    """
    return 2 * jnp.log(9.0) / mode_growth(strength, rate, flow=flow)


def expected_start(
    scale: Real, items: int, hidden: int, features: int, learned: Real = 0
) -> jax.Array:
    """Mean strength that a mode of a random two-layer network has to grow from.

    Weights with variance ``scale^2 / (inputs + outputs)``. In mode coordinates A = W1^T V and
    B = W2 U early grow as ``A' = rate s B, B' = rate s A``, so of each mode only
    ``r = (A + B) / 2`` grows, and its strength starts from ``E|r|^2 =
    (H/4) scale^2 (1/(P + H) + 1/(H + N))``. Each of the modes `learned` before it has taken a
    direction of the hidden layer, in which r no longer counts: H - learned are left of H.

    >>> float(expected_start(2.0, items=8, hidden=8, features=8))  # scale^2 / 4
    1.0
    >>> float(expected_start(2.0, items=8, hidden=8, features=8, learned=4))  # half of it
    0.5
    """
    learned, scale = jax_arrays(learned=learned, scale=scale)
    return scale**2 * _unit_start(items, hidden, features, learned)


def _unit_start(items: int, hidden: int, features: int, learned: jax.Array) -> jax.Array:
    left = jnp.maximum(hidden - learned, 0)
    return left / 4 * (1 / (items + hidden) + 1 / (hidden + features))


def transition_times(
    strength: Shaped[Array, "... mode"],
    scale: Real,
    learning_rate: Real,
    *,
    items: int,
    hidden: int,
    features: int,
) -> jax.Array:
    """Step at which each mode of a random two-layer network is half learned, no free parameter.

    Measured in the tutorial's setting, 2 data sets, 32 seeds: the median over seeds is within
    2.4 steps for scales from 1e-15 to 1e-1 and learning rates from 50 to 200 (without the
    learned directions within 3.6); single seeds, whose start is random, within 5.2, 2.6 and 1.6
    at learning rates 50, 100 and 200. Infinite for modes beyond the number of hidden units.

    Args:
      strength: singular values, falling.
      scale: initial scale, a number or ``[..., 1]``.
      learning_rate: a number or ``[..., 1]``.
      items: P.
      hidden: H.
      features: N.

    >>> strength = jnp.array([4.0, 2.0])
    >>> times = transition_times(strength, 1e-6, 0.1, items=4, hidden=30, features=6)
    >>> float(times[1] / times[0])  # half as strong, about twice as late
    1.940
    """
    strength, scale = jax_arrays(strength=strength, scale=scale)
    learned = jnp.arange(strength.shape[-1], dtype=strength.dtype)
    log_start = 2 * jnp.log(scale) + jnp.log(_unit_start(items, hidden, features, learned))
    rate = effective_rate(learning_rate, items, features)
    return _half_time(strength, log_start, mode_growth(strength, rate))


def shallow_mode(step: Real, strength: Real, start: Real, rate: Real) -> jax.Array:
    """One layer: ``s + (a0 - s)(1 - rate)^t``, exact; all modes at the same relative speed.

    >>> shallow_mode(jnp.arange(3), 2.0, 0.0, 0.5).tolist()  # half of what is left, in each step
    [0.0, 1.0, 1.5]
    """
    step, s, start = jax_arrays(step=step, strength=strength, start=start)
    return s + (start - s) * (1 - jnp.asarray(real_array(rate, "rate"))) ** step


def descend_modes(
    start: Shaped[Array, " mode"],
    strength: Shaped[Array, " mode"],
    rate: Real,
    steps: int,
    layers: int = 2,
) -> Float[jax.Array, "step mode"]:
    """Gradient descent itself for balanced, aligned layers: exact at any learning rate.

    With ``a = b^L`` each layer's entry follows ``b <- b + rate b^(L-1) (s - b^L)``.

    Returns:
      Strengths at steps 0 .. steps.

    Raises:
      ValueError: no layers, a negative number of steps.

    >>> descend_modes(jnp.array([1.0]), jnp.array([4.0]), 0.1, steps=1).tolist()  # (1 + 0.1 * 3)^2
    [[1.0], [1.690]]
    """
    _check_layers(layers)
    if steps < 0:
        raise ValueError(f"steps: {steps} is negative")
    start, strength = jax_arrays(start=start, strength=strength)
    rate = jnp.asarray(real_array(rate, "rate"), strength.dtype)

    def update(b, _):
        power = b ** (layers - 1)
        return b + rate * power * (strength - power * b), power * b

    b0 = start.astype(strength.dtype) ** (1 / layers)
    last, path = jax.lax.scan(update, b0, length=steps)
    return jnp.concatenate([path, last[None] ** layers])


def deep_time(reached: Real, strength: Real, start: Real, rate: Real, layers: int) -> jax.Array:
    """Steps that gradient flow needs from a0 to `reached` with L balanced, aligned layers.

    ``da/dt = L rate a^(2 - 2/L) (s - a)``. With ``b = a^(1/L)`` the time is the integral of
    ``1 / (b^(L-1) (s - b^L)) = (b^(1-L) + b / (s - b^L)) / s``; the second part has simple
    poles at the L-th roots r_j of s: ``-(1 / (L s^2)) sum_j r_j^2 ln(1 - b / r_j)``.

    Infinite for s itself, NaN beyond it.

    Raises:
      ValueError: no layers.

    >>> time = deep_time(1.0, 2.0, 1e-3, 0.01, layers=2)
    >>> float(time), float(half_time(2.0, 1e-3, 0.01, flow=True))
    (190.010, 190.010)
    """
    _check_layers(layers)
    s, a0, a = jax_arrays(strength=strength, start=start, reached=reached)
    rate = jnp.asarray(real_array(rate, "rate"))
    left = jnp.log(s - a0) - jnp.log(s - a)
    if layers == 1:
        return left / rate
    if layers == 2:
        return (jnp.log(a) - jnp.log(a0) + left) / (2 * rate * s)
    return (_deep_integral(a, s, layers) - _deep_integral(a0, s, layers)) / rate


def _check_layers(layers: int) -> None:
    if layers < 1:
        raise ValueError(f"layers: {layers} given; one or more are needed")


def _deep_integral(a: jax.Array, s: jax.Array, layers: int) -> jax.Array:
    b, turn = a ** (1 / layers), 2 * np.pi * np.arange(layers) / layers
    root = (s ** (1 / layers))[..., None] * np.exp(1j * turn)
    poles = jnp.sum(root**2 * jnp.log(1 - b[..., None] / root), -1).real / layers
    return (b ** (2 - layers) / (2 - layers) - poles / s) / s


def loss_plateaus(
    strength: Shaped[Array, " mode"], items: int, features: int
) -> Float[jax.Array, " learned"]:
    """Loss with the first m = 0, 1, ... modes learned: ``sum_{k > m} s_k^2 / (P N)``.

    The mean squared error over all entries; 1 at the start for features of -1 and +1.

    >>> loss_plateaus(np.array([2.0, 1.0]), items=2, features=2).tolist()
    [1.25, 0.25, 0.0]
    """
    power = jnp.asarray(real_array(strength, "strength")) ** 2 / (float(items) * features)
    return jnp.concatenate([jnp.cumsum(power[::-1])[::-1], jnp.zeros(1, power.dtype)])
