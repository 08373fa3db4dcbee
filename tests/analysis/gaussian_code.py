"""A code of two numbers whose Fisher information is known."""

import jax
import jax.numpy as jnp
import numpy as np


def gaussian_code(angle):
    """Mean and covariance of a code of two numbers whose information is known."""
    mean = jnp.stack([jnp.sin(angle), angle**2])
    root = jnp.stack(
        [
            jnp.stack([0.1 + 0.02 * angle, jnp.zeros_like(angle)]),
            jnp.stack([0.05 * angle, 0.2 * jnp.ones_like(angle)]),
        ]
    )
    return mean, root


def known_information(angle):
    """``mu' Sigma^-1 mu'`` and ``tr((Sigma^-1 Sigma')^2) / 2`` of `gaussian_code`, in float64."""
    slope, covariance, change = (
        np.array([np.cos(angle), 2 * angle]),
        *(
            np.array(x, float)
            for x in jax.jvp(
                lambda a: gaussian_code(a)[1] @ gaussian_code(a)[1].T, (angle,), (1.0,)
            )
        ),
    )
    inverse = np.linalg.inv(covariance)
    return slope @ inverse @ slope, np.trace(inverse @ change @ inverse @ change) / 2


def draws(angle, count, seed):
    """Codes at an angle; the same seed is the same noise."""
    mean, root = gaussian_code(jnp.asarray(float(angle)))
    noise = np.random.default_rng(seed).normal(size=(count, 2))
    return np.asarray(mean) + noise @ np.asarray(root).T
