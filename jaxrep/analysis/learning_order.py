"""What is learned when: errors on two sets of inputs, and from which step on they differ.

With inputs and their Gaussian clone: a network whose errors on both are alike has learned means
and covariances only (the distributional simplicity bias of Refinetti, Ingrosso and Goldt 2023).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.arrays import near_one, real_array
from jaxrep.typing import Array


class ErrorGap(NamedTuple):
    """How much larger the mean error is on one set of inputs than on another.

    Attributes:
      gap: mean over the second set minus mean over the first, in the errors' unit.
      standard_error: of the gap, the two sets being independent draws.
    """

    gap: Float[jax.Array, "*batch"]
    standard_error: Float[jax.Array, "*batch"]


def error_gap(
    first: Shaped[Array, "*batch input"], second: Shaped[Array, "*batch other"]
) -> ErrorGap:
    """``mean(second) - mean(first)``, and its error ``sqrt(s1^2 / n1 + s2^2 / n2)`` (Welch 1947).

    >>> found = error_gap(np.array([1.0, 3.0]), np.array([5.0, 7.0]))
    >>> float(found.gap), round(float(found.standard_error), 3)
    (4.0, 1.414)

    Args:
      first: the error of every input of one set.
      second: of another, of any number of inputs; the other axes are the same.

    Raises:
      ValueError: fewer than two inputs, of which no standard error is known; other batches.
    """
    first, second = real_array(first, "first"), real_array(second, "second")
    for name, values in (("first", first), ("second", second)):
        if not values.ndim or values.shape[-1] < 2:
            raise ValueError(f"{name}: shape {values.shape} given; two inputs or more are needed")
    if first.shape[:-1] != second.shape[:-1]:
        raise ValueError(f"second: batch {second.shape[:-1]} given; first has {first.shape[:-1]}")
    space = jnp if isinstance(first, jax.Array) or isinstance(second, jax.Array) else np
    both, scale = near_one(space.concatenate([first, second], -1), "first", -1)
    parts = both[..., : first.shape[-1]], both[..., first.shape[-1] :]
    means = [jnp.mean(part, -1) for part in parts]
    squares = [jnp.var(part, -1, ddof=1) / part.shape[-1] for part in parts]
    scale = scale[..., 0]
    return ErrorGap((means[1] - means[0]) * scale, jnp.sqrt(squares[0] + squares[1]) * scale)


def lasting_departure(
    gap: Shaped[Array, "*batch step"],
    steps: Shaped[Array, " step"],
    *,
    least: float = 0.05,
    standard_error: Shaped[Array, "*batch step"] | None = None,
    width: float = 3.0,
) -> Float[np.ndarray, "*batch"]:
    """The first measured step from which on the gap never comes back; NaN where there is none.

    A gap counts where its size is above `least` and above `width` standard errors, at this
    measurement and all later ones. NaN also where a gap is not finite.

    >>> gap, steps = np.array([0.0, 0.2, 0.01, -0.1, -0.2]), np.array([0, 20, 50, 100, 200])
    >>> lasting_departure(gap, steps).item()
    100.0

    Args:
      gap: over training, for example of `error_gap`.
      steps: that were measured, rising.
      least: a gap that matters, in the errors' unit.
      standard_error: of every gap; None: no noise.
      width: how many of them a gap has to exceed.

    Raises:
      ValueError: no steps, or such that do not rise; another number of gaps; a negative limit.
    """
    gap, steps = np.asarray(real_array(gap, "gap")), np.asarray(real_array(steps, "steps"))
    if steps.ndim != 1 or not len(steps) or not (np.diff(steps) > 0).all():
        raise ValueError(f"steps: shape {steps.shape} given; one or more rising steps are needed")
    if not gap.ndim or gap.shape[-1] != len(steps):
        raise ValueError(f"gap: shape {gap.shape} given for {len(steps)} steps")
    for name, value in (("least", least), ("width", width)):
        if not value >= 0:
            raise ValueError(f"{name}: {value} given; 0 or more is needed")
    limit = np.full(gap.shape, float(least))
    if standard_error is not None:
        noise = np.asarray(real_array(standard_error, "standard_error"))
        if noise.shape != gap.shape:
            raise ValueError(f"standard_error: shape {noise.shape} given; gap has {gap.shape}")
        limit = np.maximum(limit, width * noise)
    apart = np.abs(gap) > limit
    lasts = np.flip(np.logical_and.accumulate(np.flip(apart, -1), -1), -1)
    known = lasts.any(-1) & np.isfinite(gap).all(-1)
    return np.where(known, steps[lasts.argmax(-1)], np.nan)
