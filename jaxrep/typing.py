"""The array type of signatures that take numpy and JAX arrays alike."""

import jax
import numpy as np

Array = jax.Array | np.ndarray
