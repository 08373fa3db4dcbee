"""Everything the results notebook of the universality study looks at in one trained network.

Source of the definitions: Chughtai, Chan and Nanda (2023), results notebook. Each part is a
function of its own in this package; `group_portrait` applies them all.
"""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Bool, Float, Int, Shaped

from jaxrep.analysis.hidden_attribution import (
    AblationLosses,
    HiddenVariance,
    ablation_losses,
    hidden_variance,
)
from jaxrep.analysis.logit_attribution import CubeFit, Loss, fit_cubes, rowwise_similarity
from jaxrep.analysis.neurons import (
    SignBlocks,
    irrep_strength,
    neuron_clusters,
    off_neurons,
    sign_blocks,
)
from jaxrep.analysis.representation_basis import (
    hidden_in_representation,
    unembedding_in_representation,
)
from jaxrep.arrays import native_tree, real_array
from jaxrep.groups import Tables
from jaxrep.typing import Array


class GroupPortrait(NamedTuple):
    """One network seen neuron by neuron and irrep by irrep.

    Attributes:
      fit: least squares of the logits on the key irreps' character cubes.
      rowwise_similarity: mean per-row cosine with each cube.
      off: neurons that no embedding drives.
      strength: squared norm of each neuron's embedding of a in each irrep.
      clusters: which neurons each irrep drives, through the embedding of a.
      cluster_fraction: variance of a cluster's own neurons in its irrep as a function of a,
        b, ab (not centred); NaN for an empty cluster.
      cluster_mean_fraction: share of the cluster's mean activation.
      ablation: loss over all pairs without one hidden direction.
      blocks: activation by the signs of a and b.
      recovered_cosine: rho(ab) read from the hidden layer against the true matrix entries.
      unembedding_cosine: unembedding in the representation's basis against a trace.
    """

    fit: CubeFit
    rowwise_similarity: Float[Array, " irrep"]
    off: Bool[Array, " h"]
    strength: Float[Array, "irrep h"]
    clusters: Bool[Array, "irrep h"]
    cluster_fraction: HiddenVariance
    cluster_mean_fraction: Float[Array, " irrep"]
    ablation: AblationLosses
    blocks: SignBlocks
    recovered_cosine: Float[Array, " irrep"]
    unembedding_cosine: Float[Array, " irrep"]


def group_portrait(
    logits: Shaped[Array, "pairs n"],
    hidden: Shaped[Array, "pairs h"],
    x_embed: Shaped[Array, "n width"],
    y_embed: Shaped[Array, "n width"],
    unembed: Shaped[Array, "h n"],
    key: Bool[Array, " irrep"],
    tables: Tables,
    matrices: Sequence[Float[Array, "n _ _"]],
    inverses: Int[Array, " n"],
    signature: Shaped[Array, " n"],
    loss: Loss,
) -> GroupPortrait:
    """Look at one network.

    Args:
      logits, hidden: over all pairs, flat index ``a n + b``.
      x_embed, y_embed: embeddings; neuron-wise results need them in the hidden layer's basis
        (the MLP), and are about embedding dimensions otherwise.
      unembed: read-out.
      key: the key irreps.
      tables, matrices, inverses, signature: the group; one array of matrices per irrep.
      loss: per-row loss.

    >>> from jaxrep.groups import group, group_tables
    >>> from jaxrep.losses import cross_entropy
    >>> unit, known = jnp.eye(2), group("C2")
    >>> tables, matrices = group_tables(known), [irrep.matrices for irrep in known.irreps]
    >>> logits = hidden = 3 * unit[tables.product]  # has learned the group
    >>> key, inverses, signature = jnp.array([False, True]), jnp.array([0, 1]), jnp.array([1, -1])
    >>> rest = key, tables, matrices, inverses, signature
    >>> embeds = 2 * unit, 2 * unit
    >>> found = group_portrait(logits, hidden, *embeds, unit, *rest, loss=cross_entropy)
    >>> float(found.fit.r_squared), found.clusters.tolist()
    (1.0, [[True, True], [True, True]])
    """
    hidden = jnp.asarray(real_array(hidden, "hidden"))
    matrices = native_tree(list(matrices), "matrices")
    strength = irrep_strength(x_embed, tables)
    clusters = neuron_clusters(strength)
    if x_embed.shape[1] == hidden.shape[1]:
        fractions = jax.lax.map(
            lambda members: hidden_variance(hidden * members, tables, centred=False), clusters
        )
        own = HiddenVariance(*(jnp.diagonal(fraction) for fraction in fractions))
        mean_share = fractions.xy[:, 0]
    else:
        missing = jnp.full(len(clusters), jnp.nan, hidden.dtype)
        own, mean_share = HiddenVariance(missing, missing, missing), missing
    cosines = [
        representation_cosines(hidden, unembed, rho, tables.fibres, inverses) for rho in matrices
    ]
    recovered, paired = (jnp.stack(values) for values in zip(*cosines, strict=True))
    return GroupPortrait(
        fit=fit_cubes(logits, tables, key, loss),
        rowwise_similarity=rowwise_similarity(logits, tables),
        off=off_neurons(x_embed, y_embed),
        strength=strength,
        clusters=clusters,
        cluster_fraction=own,
        cluster_mean_fraction=mean_share,
        ablation=ablation_losses(hidden, unembed, tables, loss),
        blocks=sign_blocks(hidden, unembed, signature),
        recovered_cosine=recovered,
        unembedding_cosine=paired,
    )


def representation_cosines(
    hidden: Shaped[Array, "pairs h"],
    unembed: Shaped[Array, "h n"],
    rho: Float[Array, "n d d"],
    fibres: Int[Array, "n n"],
    inverses: Int[Array, " n"],
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Cosines of rho(ab) read from the hidden layer, and of the unembedding with a trace."""
    seen = hidden_in_representation(hidden, rho, fibres)
    paired = unembedding_in_representation(seen.readout, unembed, rho, inverses)
    return seen.cosine, paired.cosine
