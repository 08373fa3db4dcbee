"""Effective dynamics of many single ReLU units from their own starts: theory without a fit.

Source: Lufkin, Saxe and Grant (2024); see `jaxrep.theory.localization`.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.arrays import real_array
from jaxrep.data.gaussian_process import circulant_matrix
from jaxrep.theory.input_laws import InputLaw
from jaxrep.theory.localization import (
    effective_dynamics,
    interpolate_amplifier,
    tabulate_amplifier,
)
from jaxrep.typing import Array


def relu_unit_fields(
    starts: Shaped[Array, "replica pixel"],
    lower: InputLaw,
    higher: InputLaw,
    learning_rate: float,
    steps: int,
) -> Float[np.ndarray, "replica step pixel"]:
    """Weights at steps 0 .. steps, in float64 whatever the precision outside.

    The units learn to tell two equally frequent classes, labels 0 and 1, by gradient descent on
    the mean squared error of ``relu(w . x)``.

    >>> from jaxrep.data.input_families import input_family
    >>> from jaxrep.theory.input_laws import input_law
    >>> laws = [input_law(input_family("ising", 6), coupling) for coupling in (0.3, 0.7)]
    >>> relu_unit_fields(np.eye(6)[:2] / 10, *laws, learning_rate=0.1, steps=3).shape
    (2, 4, 6)

    Args:
      starts: initial weights, those that were trained.
      lower: law of the class with label 0.
      higher: law of the class with label 1, which drives.
      learning_rate: of gradient descent.
      steps: number of updates.
    """
    with jax.enable_x64():
        table = tabulate_amplifier(higher.amplifier)
        first, second = (circulant_matrix(real_array(law.row, "row")) for law in (lower, higher))
        first, second = jnp.asarray(first, float), jnp.asarray(second, float)
        paths = _paths(
            jnp.asarray(real_array(starts, "starts"), float),
            first,
            second,
            table,
            learning_rate,
            steps,
        )
        return np.asarray(paths)


@functools.partial(jax.jit, static_argnums=5)
def _paths(starts, first, second, table, rate, steps):
    """One program for all laws: the amplifier is a table."""
    return jax.vmap(
        lambda start: effective_dynamics(
            start, first, second, lambda a: interpolate_amplifier(a, table), rate, steps
        )
    )(starts)
