"""What a learner of a table of items and features believes on the way, and what it infers.

Saxe, McClelland and Ganguli (2019), "A mathematical theory of semantic development in deep
neural networks", PNAS 116: illusory correlations, typicality, coherence, inductive projection.
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from jaxrep.typing import Array


def predicted_trace(
    strength: Float[Array, "*batch mode"],
    final: Float[Array, " mode"],
    feature: Float[Array, " item"],
    v: Float[Array, "item mode"],
    item: int,
) -> Float[Array, "*batch"]:
    """What aligned modes say of one feature of one item: ``sum_k (a_k / s_k)(y . v_k) v_ik``.

    Args:
      strength: a, of each mode at each step.
      final: s, the singular values of the task, positive.
      feature: y, the true feature of every item.
      v: item modes, columns.
      item: row.
    """
    v = jnp.asarray(v)
    weight = jnp.matmul(feature, v, precision="highest") * v[item]
    return jnp.sum(strength / jnp.asarray(final) * weight, -1)


def illusory_plateaus(
    feature: Float[Array, " item"], v: Float[Array, "item mode"], item: int
) -> Float[Array, " learned"]:
    """The trace with the first m = 0, 1, ..., all modes learned.

    Between transitions the belief rests here: an item is credited with what its wider category
    has (the shark's bones) until the modes that tell it apart are learned.
    """
    v = jnp.asarray(v)
    terms = jnp.matmul(feature, v, precision="highest") * v[item]
    return jnp.concatenate([jnp.zeros(1, terms.dtype), jnp.cumsum(terms)])


def coherence(
    own: float, background: float, items: int, features: int, all_items: int, all_features: int
) -> float:
    """Coherence C of a category hidden in noise; it can be learned from the data where C > 1.

    ``C = SNR K_o K_f / sqrt(N_o N_f)``, ``SNR = (p - q)^2 / (q (1 - q))``: a block of K_o items
    and K_f features that are present with probability p in a background of q.

    Args:
      own: p.
      background: q, in (0, 1).
      items: K_o, of the category.
      features: K_f, that mark the category.
      all_items: N_o.
      all_features: N_f.

    Raises:
      ValueError: a probability outside its range.

    >>> round(coherence(0.9, 0.5, 40, 60, 200, 300), 2)
    6.27
    """
    if not (0 < background < 1 and 0 <= own <= 1):
        raise ValueError(f"coherence: p = {own}, q = {background}; 0 <= p <= 1, 0 < q < 1 needed")
    signal = (own - background) ** 2 / (background * (1 - background))
    return signal * items * features / float(np.sqrt(all_items * all_features))


def typicality(v: Float[Array, "item mode"], mode: int) -> Float[Array, " item"]:
    """How good a member of a mode's category each item is: ``v_ik``.

    The signal of mode k to item i is ``a_k v_ik``: typical items come to respond first.
    """
    return jnp.asarray(v)[:, mode]


def inductive_projection(
    similarity: Float[Array, "*batch item item"], item: int
) -> Float[Array, "*batch item"]:
    """How far a new feature, learned of one item only, is ascribed to each other one.

    ``S_ij / S_ii`` where only the output weights learn the new feature. It narrows with age:
    first to all items, then to the item's category, then to the item.
    """
    row = jnp.asarray(similarity)[..., item, :]
    return row / row[..., item, None]


def most_illusory(
    values: Float[np.ndarray, "item feature"],
    v: Float[np.ndarray, "item mode"],
    strength: Float[np.ndarray, " rank"],
    count: int,
    apart: float = 1.05,
) -> tuple[tuple[int, int], ...]:
    """(item, feature) pairs whose plateaus contradict the truth most, from different items.

    Args:
      values: the table.
      v: item modes, columns.
      strength: singular values, falling.
      count: number of pairs.
      apart: ratio of neighbouring singular values from which training rests between them.
    """
    rank = len(strength)
    belief, wrong = np.zeros(values.shape), np.full(values.shape, -np.inf)
    for mode in range(rank - 1):
        belief = belief + np.outer(v[:, mode], v[:, mode] @ values)
        if strength[mode] > apart * strength[mode + 1]:
            wrong = np.maximum(wrong, -belief * np.sign(values))
    pairs = []
    for item in np.argsort(-wrong.max(1), kind="stable")[:count]:
        pairs.append((int(item), int(wrong[item].argmax())))
    return tuple(pairs)
