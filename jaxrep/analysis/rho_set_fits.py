"""Is a neuron a member of a rho-set circuit: one row of an irrep for each factor, and the read-out?

In the circuit of Wu, Jaburi, Drori and Gross (2024, arXiv:2410.07476; `jaxrep.theory.rho_sets`) a
neuron has ``b' rho(x) a`` for the left factor, ``-a' rho(y) b*`` for the right one and
``-b' rho(z) b*`` as its read-out, so that the coefficients of each in the irrep have rank one,
and share b and b*.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.arrays import jax_arrays
from jaxrep.typing import Array


class RhoSetFit(NamedTuple):
    """How far h neurons are of the form of a rho-set circuit in one irrep.

    Attributes:
      left, right, readout: share of the squared coefficients in the irrep that one rank explains,
        of what is looked up for the left and the right factor, and of the read-out; 1 / d at least.
      left_agreement: |cos| of b of the left factor and of the read-out.
      right_agreement: |cos| of b* of the right factor and of the read-out.
    """

    left: Float[Array, " h"]
    right: Float[Array, " h"]
    readout: Float[Array, " h"]
    left_agreement: Float[Array, " h"]
    right_agreement: Float[Array, " h"]


def rho_set_fit(
    x_embed: Shaped[Array, "n h"],
    y_embed: Shaped[Array, "n h"],
    unembed: Shaped[Array, "h n"],
    matrices: Float[Array, "n d d"],
) -> RhoSetFit:
    """Rank of every neuron's coefficients in an irrep, and whether its vectors agree.

    ``A = (d / n) sum_g v(g) rho(g)`` are the coefficients of v in an irrep of real type; of
    ``b' rho(g) a`` they are ``b a'``. Its share is ``s_1^2 / sum s^2`` of the singular values. NaN
    where there is nothing in the irrep.

    Args:
      x_embed, y_embed: what each neuron looks up for the left and the right factor.
      unembed: its read-out.
      matrices: of an irrep of real type, orthogonal.

    Raises:
      ValueError: another number of elements.

    >>> from jaxrep.groups import group, rho_set
    >>> from jaxrep.theory import rho_set_circuit
    >>> rho = group("S4").irrep("standard").matrices
    >>> circuit = rho_set_circuit(rho, rho_set(rho, rho[0][0]), np.array([1.0, 0.3, -2.0]))
    >>> fit = rho_set_fit(*circuit, rho)
    >>> bool(jnp.stack(fit).min() > 0.9999)
    True
    """
    x, y, u, rho = jax_arrays(x_embed=x_embed, y_embed=y_embed, unembed=unembed, matrices=matrices)
    if not len(rho) == len(x) == len(y) == u.shape[-1]:
        raise ValueError(
            f"x_embed: shape {x.shape} given with y_embed {y.shape}, unembed {u.shape} and "
            f"matrices {rho.shape}; one row is needed for each element"
        )
    left, right, readout = (_leading(values, rho) for values in (x, y, u.T))

    def agreement(one: jax.Array, other: jax.Array) -> jax.Array:
        return jnp.abs(jnp.sum(one * other, -1))

    return RhoSetFit(
        left[0],
        right[0],
        readout[0],
        agreement(left[1], readout[1]),
        agreement(right[2], readout[2]),
    )


def rank_one_chance(dimension: int, draws: int = 2_000) -> float:
    """Median share of one rank in random d x d coefficients, independent and normal: the null.

    Drawn always in the same way.

    >>> rank_one_chance(1), 0.5 < rank_one_chance(4) < 0.7
    (1.0, True)
    """
    matrices = np.random.default_rng(0).normal(size=(draws, dimension, dimension))
    squares = np.linalg.svd(matrices, compute_uv=False) ** 2
    return float(np.median(squares[:, 0] / squares.sum(1)))


def _leading(values: jax.Array, rho: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Share of the first rank of each column's coefficients, and its left and right vector."""
    top = jnp.max(jnp.abs(values), 0)
    scaled = values / jnp.where(top > 0, top, 1)
    coefficients = jnp.einsum("xh,xij->hij", scaled, rho, precision="highest")
    left, singular, right = jnp.linalg.svd(coefficients)
    squares = singular**2
    share = squares[:, 0] / jnp.sum(squares, 1)
    return share, left[:, :, 0], right[:, 0]
