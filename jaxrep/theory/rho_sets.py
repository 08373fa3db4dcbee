"""The network that a rho-set makes: an exact circuit for the multiplication of a finite group.

Source: Wu, Jaburi, Drori and Gross (2024), "Towards a unified and verified understanding of
group-operation networks", arXiv:2410.07476. A rho-set is a finite set of vectors that an irrep
moves among themselves: the orbit of one vector, which some subgroup K leaves as it is.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Float, Shaped

from jaxrep.arrays import jax_arrays
from jaxrep.typing import Array


class RhoSetCircuit(NamedTuple):
    """Weights of ``logits = relu(x_embed[a] + y_embed[b]) unembed``, h = |B|^2 neurons.

    Attributes:
      x_embed: ``[n, h]``, ``b' rho(x) a`` of every pair (b, b') of the set.
      y_embed: ``[n, h]``, ``-a' rho(y) b'``.
      unembed: ``[h, n]``, ``-b' rho(z) b'``.
    """

    x_embed: Float[Array, "n h"]
    y_embed: Float[Array, "n h"]
    unembed: Float[Array, "h n"]


def rho_set_circuit(
    matrices: Float[Array, "n d d"],
    members: Shaped[Array, "member d"],
    direction: Shaped[Array, " d"],
) -> RhoSetCircuit:
    """One hidden neuron for each pair of members of a rho-set; its logits are bi-equivariant.

    They depend on ``u = a^-1 c b^-1`` alone, and for an irrep of more than one dimension and a
    `direction` that no group element but e leaves as it is they are largest at u = e, where
    c = ab. In the direction of a member they are as large for all of the subgroup that fixes it.

    Args:
      matrices: of an irrep, orthogonal.
      members: the rho-set (`jaxrep.groups.rho_set`).
      direction: any vector.

    >>> import numpy as np
    >>> from jaxrep.groups import group, rho_set
    >>> known = group("S4")
    >>> rho, lattice = known.irrep("standard").matrices, known.subgroups
    >>> members = rho_set(rho, rho[lattice.members[lattice.orders == 6][0]].mean(0)[0])
    >>> circuit = rho_set_circuit(rho, members, np.array([1.0, 0.3, -2.0]))
    >>> hidden = jnp.maximum(circuit.x_embed[:, None] + circuit.y_embed, 0)
    >>> answers = (hidden @ circuit.unembed).argmax(-1)
    >>> bool((answers == known.table).all()), hidden.shape
    (True, (24, 24, 16))
    """
    rho, vectors, free = jax_arrays(matrices=matrices, members=members, direction=direction)
    n, count = len(rho), len(vectors)
    left = jnp.einsum("xij,j,bi->xb", rho, free, vectors, precision="highest")
    right = -jnp.einsum("i,yij,bj->yb", free, rho, vectors, precision="highest")
    readout = -jnp.einsum("bi,zij,kj->bkz", vectors, rho, vectors, precision="highest")
    return RhoSetCircuit(
        jnp.repeat(left, count, axis=1),
        jnp.tile(right, (1, count)),
        readout.reshape(count**2, n),
    )
