"""How far logits are a function of ``a^-1 c b^-1`` alone, and the accuracy that this proves.

Networks made of rho-sets answer alike for (a, b, c) and for (ga, bh, gch), whatever g and h: they
are bi-equivariant (Wu, Jaburi, Drori and Gross 2024, arXiv:2410.07476). Where the rest of the
logits is smaller than the margin of that part, the network is right: a bound on its accuracy by
the explanation. It is computed here from all products, so that it scores the explanation and is
no shorter than checking them, as the paper's verifier is.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Float, Int, Shaped

from jaxrep.analysis.logit_attribution import centre_logits
from jaxrep.analysis.projections import pair_rows
from jaxrep.arrays import native_array, real_array
from jaxrep.groups import Tables
from jaxrep.typing import Array


class BiEquivariance(NamedTuple):
    """The bi-equivariant part of logits, and what it proves.

    Attributes:
      values: ``[n]``, f(u): mean centred logit of c where ``a^-1 c b^-1 = u``.
      share: of the squared norm of the centred logits.
      margin: ``f(e) - max f(u)`` over the other u; not above 0 where it proves nothing.
      certified: share of the products that the margin proves right: it exceeds the largest lead
        that the rest of the logits gives to any other answer.
      certified_by_size: likewise by the size of the rest alone: the margin exceeds twice it.
    """

    values: Float[Array, " n"]
    share: Float[Array, ""]
    margin: Float[Array, ""]
    certified: Float[Array, ""]
    certified_by_size: Float[Array, ""]


def bi_equivariance(logits: Shaped[Array, "pairs n"], tables: Tables) -> BiEquivariance:
    """Bi-equivariant part of logits over all pairs, and the accuracy it proves.

    ``f(u)`` is the mean of the centred logits L over the n^2 triples with ``a^-1 c b^-1 = u``, the
    orthogonal projection; of independent logits it has ``1 / n^2`` of the squared norm, of a
    one-hot memory of a share p of the pairs the share p. With D the rest, a row is certified if
    ``f(e) - max f(u) > max_c (D_c - D_ab)``, by size if ``> 2 max_c |D_c|``.

    Args:
      logits: flat index ``a n + b``.
      tables: the group.

    Raises:
      ValueError: other shapes than (n^2, n).

    >>> from jaxrep.groups import group, group_tables
    >>> tables = group_tables(group("S3"))
    >>> right = jnp.eye(6)[tables.product]
    >>> found = bi_equivariance(right, tables)
    >>> round(float(found.share), 4), float(found.margin), float(found.certified)
    (1.0, 1.0, 1.0)
    """
    n = len(tables.fibres)
    rows = centre_logits(pair_rows(real_array(logits, "logits"), n, "logits", n))
    # Over a power of their size: no squares that overflow.
    size = jnp.max(jnp.abs(rows))
    cube = (rows / jnp.where(size > 0, size, 1)).reshape(n, n, n)
    table = jnp.asarray(tables.product).reshape(n, n)
    quotients = jnp.asarray(tables.quotients)
    identity = quotients[0, 0]
    inverses = quotients[identity]
    elements = jnp.arange(n)

    def of_quotient(u):
        outputs = table[table[:, u]]  # [a, b] -> a u b
        return jnp.mean(cube[elements[:, None], elements, outputs])

    values = jax.lax.map(of_quotient, elements)
    share = n**2 * jnp.sum(values**2) / jnp.sum(cube**2)
    others = jnp.where(elements == identity, -jnp.inf, values)
    margin = values[identity] - jnp.max(others)

    def proved(a):
        """Of the pairs (a, b): whether each is certified, in both ways."""
        moved = quotients[table[inverses[a]]].T  # [b, c] -> a^-1 c b^-1
        rest = cube[a] - values[moved]
        labelled = jnp.take_along_axis(rest, table[a][:, None], 1)
        lead = jnp.max(rest - labelled, 1)
        return margin > lead, margin > 2 * jnp.max(jnp.abs(rest), 1)

    exact, by_size = jax.lax.map(proved, elements)
    known = jnp.isfinite(margin) & jnp.isfinite(share)
    return BiEquivariance(
        size * values,
        share,
        size * margin,
        jnp.where(known, jnp.mean(exact), jnp.nan),
        jnp.where(known, jnp.mean(by_size), jnp.nan),
    )


def memorised_share(train: Int[Array, " rows"], n: int) -> float:
    """Bi-equivariant share of a one-hot memory of these pairs: their share, exactly.

    >>> import numpy as np
    >>> memorised_share(np.arange(9), 6)
    0.25
    """
    return len(native_array(train, "train")) / n**2
