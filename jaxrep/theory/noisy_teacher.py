"""Generalization of a linear network that learns a teacher's modes from noisy examples.

Lampinen and Ganguli (2019, ICLR), "An analytic theory of generalization dynamics": the data are
``teacher + noise``, the noise's entries having variance ``1 / inputs`` and the teacher few modes
of strength s (in units of the noise: the signal-to-noise ratio). aspect A = outputs / inputs.
Learned strengths and overlaps are those of a spiked random matrix (Benaych-Georges and
Nadakuditi 2012), the bulk is Marchenko and Pastur's law.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.arrays import jax_arrays
from jaxrep.theory.mode_dynamics import mode_sigmoid
from jaxrep.typing import Array, Real


class NoisyMode(NamedTuple):
    """What noisy data show of a teacher's mode.

    Attributes:
      strength: singular value of the data that belongs to it.
      output_overlap: squared cosine of its output side with the teacher's.
      input_overlap: squared cosine of its input side with the teacher's.
    """

    strength: jax.Array
    output_overlap: jax.Array
    input_overlap: jax.Array

    @property
    def overlap(self) -> jax.Array:
        """Product of the cosines of both sides."""
        return jnp.sqrt(self.output_overlap * self.input_overlap)


def noisy_mode(teacher: Real, aspect: Real) -> NoisyMode:
    """The mode of the data for a teacher's mode s, in the limit of large sizes.

    ``s_hat = sqrt((1 + s^2)(A + s^2)) / s`` for ``s > A^(1/4)``; a weaker one is lost in the
    bulk, whose edge is at ``1 + sqrt A``. NaN where A is not positive.

    >>> [float(x) for x in noisy_mode(1e25, 4)]
    [9.9999...e+24, 1.0, 1.0]
    """
    s, a = jax_arrays(teacher=teacher, aspect=aspect)
    a = jnp.where(a > 0, a, jnp.nan)
    s, edge = jnp.abs(s), jnp.sqrt(a)
    lost = s <= jnp.sqrt(edge)
    safe = jnp.where(lost, 2 * edge + 1, s)
    # nothing but s itself grows as s does
    strength = jnp.hypot(1, safe) * (jnp.hypot(edge, safe) / safe)
    inverse = 1 / safe**2
    output = 1 - a * (1 + inverse) / (a + safe**2)
    inputs = 1 - (1 + a * inverse) / (1 + safe**2)
    return NoisyMode(
        jnp.where(lost, 1 + edge, strength),
        jnp.where(lost, 0, output),
        jnp.where(lost, 0, inputs),
    )


def noise_strengths(inputs: int, outputs: int) -> Float[np.ndarray, " mode"]:
    """Quantiles of the noise's singular values, one per mode (Marchenko and Pastur 1967).

    Density of x = sigma^2: ``sqrt((x+ - x)(x - x-)) / (2 pi min(1, A) x)`` on
    ``x+- = (1 +- sqrt A)^2``, A = outputs / inputs.

    Raises:
      ValueError: no inputs or outputs.

    >>> strengths = noise_strengths(400, 100)  # between 1 - 1/2 and 1 + 1/2
    >>> [round(float(value), 2) for value in (strengths[0], strengths[-1])]
    [0.52, 1.48]
    >>> round(float(np.mean(strengths**2)), 3)
    1.0
    """
    if inputs < 1 or outputs < 1:
        raise ValueError(f"inputs, outputs: {inputs} and {outputs} given; one or more are needed")
    aspect, count = outputs / inputs, min(inputs, outputs)
    low, high = (1 - np.sqrt(aspect)) ** 2, (1 + np.sqrt(aspect)) ** 2
    # x = middle - half cos(angle) takes the square roots' edges out of the density
    angle = (np.arange(20_000) + 0.5) * np.pi / 20_000
    x = (high + low) / 2 - (high - low) / 2 * np.cos(angle)
    mass = np.cumsum(((high - low) / 2 * np.sin(angle)) ** 2 / x)
    return np.sqrt(np.interp((np.arange(count) + 0.5) / count, mass / mass[-1], x))


def teacher_error(
    step: Shaped[Array, " step"],
    teacher: Shaped[Array, " signal"],
    start: float,
    rate: float,
    inputs: int,
    outputs: int,
) -> Float[jax.Array, " step"]:
    """``|W - teacher|^2`` over training, two layers, balanced and aligned with the data's modes.

    ``sum_k [a_k^2 + s_k^2 - 2 a_k s_k O_k]`` over the teacher's modes, plus ``a^2`` of every
    mode of pure noise that is learned. Its minimum is the time to stop.

    Args:
      step: times.
      teacher: strengths of the teacher's modes, s.
      start: initial strength of all modes.
      rate: see `jaxrep.theory.mode_dynamics`.
      inputs: number of inputs.
      outputs: number of outputs.

    Raises:
      ValueError: no inputs or outputs, or fewer of either than the teacher has modes.

    >>> step = np.array([0.0, 50.0, 5000.0])
    >>> teacher_error(step, np.array([5.0]), 1e-4, 0.02, 100, 100).tolist()  # stopped in time, 2
    [24.999, 13.286, 98.295]
    """
    teacher, time, seen, noise = _modes(step, teacher, inputs, outputs)
    signal = mode_sigmoid(time, seen.strength, start, rate)
    error = jnp.sum(signal**2 + teacher**2 - 2 * signal * teacher * seen.overlap, 1)
    return error + jnp.sum(mode_sigmoid(time, noise, start, rate) ** 2, 1)


def sample_error(
    step: Shaped[Array, " step"],
    teacher: Shaped[Array, " signal"],
    start: float,
    rate: float,
    inputs: int,
    outputs: int,
) -> Float[jax.Array, " step"]:
    """``|W - data|^2`` over training, the error on the noisy sample itself.

    ``sum_k (s_hat_k - a_k)^2`` over all modes of the data. Arguments and errors: `teacher_error`.

    >>> step = np.array([0.0, 5000.0])  # signal and noise are learned alike
    >>> sample_error(step, np.array([5.0]), 1e-4, 0.02, 100, 100).tolist()
    [123.19..., 0.0003...]
    """
    _, time, seen, noise = _modes(step, teacher, inputs, outputs)
    strengths = jnp.concatenate([seen.strength, noise])
    return jnp.sum((strengths - mode_sigmoid(time, strengths, start, rate)) ** 2, 1)


def _modes(step, teacher, inputs: int, outputs: int):
    """Teacher, times as a column, what is seen of the teacher, and the strengths of noise."""
    step, teacher = jax_arrays(step=step, teacher=teacher)
    strengths = noise_strengths(inputs, outputs)
    if len(teacher) > len(strengths):
        raise ValueError(f"teacher: {len(teacher)} modes given; {len(strengths)} are possible")
    noise = jnp.asarray(strengths[: len(strengths) - len(teacher)])
    return teacher, step[:, None], noisy_mode(teacher, outputs / inputs), noise


def best_strength(teacher: Real, aspect: Real) -> jax.Array:
    """Strength a mode should be stopped (or shrunk) at: ``s O``, which minimises its error.

    >>> seen = noisy_mode(jnp.array(3.0), 1.0)
    >>> strength = best_strength(jnp.array(3.0), 1.0)
    >>> float(strength), float(3 * seen.overlap), bool(strength < 3 < seen.strength)
    (2.667, 2.667, True)
    """
    (s,) = jax_arrays(teacher=teacher)
    return s * noisy_mode(s, aspect).overlap
