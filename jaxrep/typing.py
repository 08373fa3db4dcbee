"""Types of signatures that take numpy and JAX arrays alike."""

import jax
import numpy as np
from jaxtyping import Float, Int

Array = jax.Array | np.ndarray
Real = Float[Array, "..."] | Int[Array, "..."] | np.number | float | int
"""A number, or an array of them that broadcasts."""
