"""Single neurons of a group network: which irrep each serves, and the blocky sign neurons."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Bool, Float, Shaped

from jaxrep.analysis.projections import pair_rows, project_on_irreps
from jaxrep.arrays import near_one, real_array
from jaxrep.groups import Tables
from jaxrep.typing import Array


def off_neurons(
    x_embed: Shaped[Array, "n h"], y_embed: Shaped[Array, "n h"], threshold: float = 1.0
) -> Bool[Array, " h"]:
    """Neurons that both embeddings leave alone: squared column norms below `threshold`.

    >>> import numpy as np
    >>> off_neurons(np.array([[2.0, 0.1]]), np.array([[0.0, 0.1]])).tolist()
    [False, True]
    """
    x_embed = jnp.asarray(real_array(x_embed, "x_embed"))
    y_embed = jnp.asarray(real_array(y_embed, "y_embed"))
    return (jnp.sum(x_embed**2, 0) < threshold) & (jnp.sum(y_embed**2, 0) < threshold)


def irrep_strength(embed: Shaped[Array, "n h"], tables: Tables) -> Float[Array, "irrep h"]:
    """Squared norm of each neuron's column of the embedding in each irrep.

    Raises:
      ValueError: another number of rows than of elements.

    >>> import numpy as np
    >>> from jaxrep.groups import group, group_tables
    >>> tables = group_tables(group("C2"))
    >>> irrep_strength(np.array([[1.0, 1.0], [1.0, -1.0]]), tables).tolist()  # constant; sign
    [[2.0, 0.0], [0.0, 2.0]]
    """
    return jnp.sum(project_on_irreps(tables.projectors, embed) ** 2, 1)


def neuron_clusters(
    strength: Shaped[Array, "irrep h"], threshold: float = 1.0
) -> Bool[Array, "irrep h"]:
    """Neurons that an irrep drives: strength above `threshold`. A neuron can serve several.

    >>> import numpy as np
    >>> neuron_clusters(np.array([[2.0, 0.0], [3.0, 0.5]])).tolist()  # the first in both irreps
    [[True, False], [True, False]]
    """
    return jnp.asarray(real_array(strength, "strength")) > threshold


class SignBlocks(NamedTuple):
    """How a neuron's activation depends on the signs of a and b.

    Attributes:
      means: mean activation for sgn a, sgn b = (+, +), (+, -), (-, +), (-, -).
      within: fraction of the neuron's variance inside the blocks; 0 for a blocky neuron.
      unembed_correlation: correlation of its unembedding row with the sign of the output.
    """

    means: Float[Array, "4 h"]
    within: Float[Array, " h"]
    unembed_correlation: Float[Array, " h"]


def sign_blocks(
    hidden: Shaped[Array, "pairs h"],
    unembed: Shaped[Array, "h n"],
    signature: Shaped[Array, " n"],
) -> SignBlocks:
    """Block structure of every neuron over the four sign combinations.

    Args:
      hidden: activations over all pairs, flat index ``a n + b``.
      unembed: read-out.
      signature: +1 or -1 of every element.

    Raises:
      ValueError: another number of rows than of pairs.

    >>> import numpy as np
    >>> hidden = np.array([[1.0], [0.0], [0.0], [1.0]])  # on where the signs agree
    >>> found = sign_blocks(hidden, np.array([[1.0, -1.0]]), np.array([1.0, -1.0]))
    >>> found.means.ravel().tolist(), found.within.tolist()
    ([1.0, 0.0, 0.0, 1.0], [0.0])
    """
    hidden, unit = near_one(hidden, "hidden")
    hidden = pair_rows(hidden, len(signature), "hidden")
    unembed, _ = near_one(unembed, "unembed")
    signature = jnp.asarray(real_array(signature, "signature"))
    plus = signature > 0
    side = jnp.stack([plus, ~plus]).astype(hidden.dtype)
    n = len(signature)
    square = hidden.reshape(n, n, -1)
    count = jnp.einsum("ia,jb->ij", side, side)
    sums = jnp.einsum("ia,jb,abh->ijh", side, side, square, precision="highest")
    means = sums / jnp.maximum(count, 1)[:, :, None]
    expected = jnp.einsum("ia,jb,ijh->abh", side, side, means, precision="highest")
    total = jnp.sum((square - jnp.mean(square, (0, 1))) ** 2, (0, 1))
    within = jnp.sum((square - expected) ** 2, (0, 1)) / jnp.where(total > 0, total, jnp.inf)
    rows = unembed - jnp.mean(unembed, 1, keepdims=True)
    signs = signature - jnp.mean(signature)
    norms = jnp.linalg.norm(rows, axis=1) * jnp.linalg.norm(signs)
    correlation = jnp.matmul(rows, signs, precision="highest") / jnp.where(
        norms > 0, norms, jnp.inf
    )
    return SignBlocks(unit * means.reshape(4, -1), within, correlation)
