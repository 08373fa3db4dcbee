"""What a learner of a table of items and features believes on the way, and what it infers.

Saxe, McClelland and Ganguli (2019), "A mathematical theory of semantic development in deep
neural networks", PNAS 116: illusory correlations, typicality, coherence, inductive projection.
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.arrays import real_array
from jaxrep.typing import Array


def predicted_trace(
    strength: Shaped[Array, "*batch mode"],
    final: Shaped[Array, " mode"],
    feature: Shaped[Array, " item"],
    v: Shaped[Array, "item mode"],
    item: int,
) -> Float[Array, "*batch"]:
    """What aligned modes say of one feature of one item: ``sum_k (a_k / s_k)(y . v_k) v_ik``.

    Args:
      strength: a, of each mode at each step.
      final: s, the singular values of the task, positive.
      feature: y, the true feature of every item.
      v: item modes, columns.
      item: row.

    Raises:
      ValueError: an item that is not there.

    >>> v = np.array([[1.0, 1.0], [1.0, -1.0]]) / 2**0.5
    >>> strength = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 1.0]])  # the first mode, then both
    >>> predicted_trace(strength, np.array([2.0, 1.0]), np.array([1.0, 0.0]), v, 1).tolist()
    [0.0, 0.500, 0.0]
    """
    strength, final = _numbers(strength=strength, final=final)
    return jnp.sum(strength / final * _terms(feature, v, item), -1)


def illusory_plateaus(
    feature: Shaped[Array, " item"], v: Shaped[Array, "item mode"], item: int
) -> Float[Array, " learned"]:
    """The trace with the first m = 0, 1, ..., all modes learned.

    Between transitions the belief rests here: an item is credited with what its wider category
    has (the shark's bones) until the modes that tell it apart are learned.

    Raises:
      ValueError: an item that is not there.

    >>> v = np.array([[1.0, 1.0], [1.0, -1.0]]) / 2**0.5  # what both share, and what differs
    >>> illusory_plateaus(np.array([1.0, 0.0]), v, item=1).tolist()  # credited with half, then 0
    [0.0, 0.500, 0.0]
    """
    terms = _terms(feature, v, item)
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


def typicality(v: Shaped[Array, "item mode"], mode: int) -> Float[Array, " item"]:
    """How good a member of a mode's category each item is: ``v_ik``.

    The signal of mode k to item i is ``a_k v_ik``: typical items come to respond first.

    Raises:
      ValueError: a mode that is not there.

    >>> typicality(np.array([[0.6, 0.8], [0.8, -0.6]]), 0).tolist()
    [0.600, 0.800]
    """
    (v,) = _numbers(v=v)
    _check_index("mode", mode, v.shape[1])
    return v[:, mode]


def inductive_projection(
    similarity: Shaped[Array, "*batch item item"], item: int
) -> Float[Array, "*batch item"]:
    """How far a new feature, learned of one item only, is ascribed to each other one.

    ``S_ij / S_ii`` where only the output weights learn the new feature. It narrows with age:
    first to all items, then to the item's category, then to the item. NaN of an item that has
    no representation.

    Raises:
      ValueError: an item that is not there.

    >>> similarity = np.array([[2.0, 1.0], [1.0, 1.0]])
    >>> inductive_projection(similarity, 0).tolist()
    [1.0, 0.5]
    """
    (similarity,) = _numbers(similarity=similarity)
    _check_index("item", item, similarity.shape[-1])
    row = similarity[..., item, :]
    own = row[..., item, None]
    return jnp.where(own != 0, row / jnp.where(own != 0, own, 1), jnp.nan)


def most_illusory(
    values: Shaped[Array, "item feature"],
    v: Shaped[Array, "item mode"],
    strength: Shaped[Array, " rank"],
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

    >>> v = np.array([[1.0, 1.0], [1.0, -1.0]]) / 2**0.5
    >>> values = np.array([[3.0], [-1.0]])  # item 1 lacks what both together have on average
    >>> most_illusory(values, v, np.array([2.0, 1.0]), count=1)
    ((1, 0),)
    """
    named = {"values": values, "v": v, "strength": strength}
    values, v, strength = [np.asarray(real_array(x, name), float) for name, x in named.items()]
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


def _numbers(**arrays: Array) -> list:
    return [jnp.asarray(real_array(values, name)) for name, values in arrays.items()]


def _terms(feature: Array, v: Array, item: int) -> Float[Array, " mode"]:
    """``(y . v_k) v_ik`` of every mode."""
    feature, v = _numbers(feature=feature, v=v)
    _check_index("item", item, len(v))
    return jnp.matmul(feature, v, precision="highest") * v[item]


def _check_index(name: str, index: int, count: int) -> None:
    """JAX takes the nearest one there is for an index outside."""
    if not 0 <= index < count:
        raise ValueError(f"{name}: {index} is outside 0 .. {count - 1}")
