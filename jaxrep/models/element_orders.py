"""In which group, and in which order of its elements, somebody else's network multiplies.

A file of weights does not say. Candidates are the known groups of that order, with their elements
in the order of this study, by one-line notation, or even permutations first; products from the
left or from the right. The network's own answers choose between them.
"""

import math
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jaxtyping import Float, Int

from jaxrep.groups import FiniteGroup, group

LARGEST_ORDER = 720
"""Of a group whose network is asked for all its products."""
_PAIRS = 2**14


class Reading(NamedTuple):
    """How the rows of a network's embeddings are taken.

    Attributes:
      group: the group.
      order: row of the network for each element of ours.
      swapped: whether it composes the other way, so that a and b change places.
      accuracy: share of all products the network then has right.
      name: of the order, for messages.
    """

    group: FiniteGroup
    order: Int[np.ndarray, " n"]
    swapped: bool
    accuracy: float
    name: str


def answers(
    model: nn.Module, params: dict[str, Float[np.ndarray, "..."]], order: int
) -> Int[np.ndarray, "n n"]:
    """The element with the greatest logit for every pair ``[a, b]``."""
    pairs, found = np.arange(order**2, dtype=np.int32), []
    single = {name: jnp.asarray(values, jnp.float32) for name, values in params.items()}
    for start in range(0, order**2, _PAIRS):
        a, b = np.divmod(pairs[start : start + _PAIRS], order)
        circuit = model.apply({"params": single}, a.astype(np.int32), b.astype(np.int32))
        found.append(np.asarray(circuit.logits.argmax(1)))  # type: ignore[union-attr]
    return np.concatenate(found).reshape(order, order)


def readings(known: FiniteGroup, products: Int[np.ndarray, "n n"]) -> list[Reading]:
    """All ways to take the answers as products of one group, the best first.

    >>> c5 = group("C5")
    >>> best = readings(c5, c5.table)[0]
    >>> best.accuracy, best.name
    (1.0, 'the order of this study')
    """
    found = []
    for name, order in _orders(known).items():
        place = np.argsort(order)
        for swapped in (False, True):
            ours = products.T if swapped else products
            right = place[ours[np.ix_(order, order)]] == known.table
            words = name + (", composed from the right" if swapped else "")
            found.append(Reading(known, order, swapped, float(right.mean()), words))
    return sorted(found, key=lambda reading: -reading.accuracy)  # stable: ours first


def groups_of_order(order: int) -> list[FiniteGroup]:
    """The cyclic, dihedral, symmetric and alternating groups of that order.

    >>> [known.name for known in groups_of_order(6)]
    ['C6', 'D3', 'S3']
    """
    names = [f"C{order}"]
    if order % 2 == 0 and order > 2:
        names.append(f"D{order // 2}")
    names += [f"S{n}" for n in range(3, 8) if math.factorial(n) == order]
    names += [f"A{n}" for n in range(4, 8) if math.factorial(n) == 2 * order]
    return [group(name) for name in names]


def reordered(
    params: dict[str, Float[np.ndarray, "..."]], reading: Reading
) -> dict[str, Float[np.ndarray, "..."]]:
    """Parameters of the same network with rows and logits in the order of this study."""
    order, changed = reading.order, dict(params)
    for name in ("W_x", "W_y"):
        if name in params:
            changed[name] = params[name][order]
    outputs = {"W_U": (..., order), "unembed.W_U": (..., order), "unembed.b_U": (order,)}
    for name, place in outputs.items():
        if name in params:
            changed[name] = params[name][place]
    if "embed.W_E" in params:
        changed["embed.W_E"] = params["embed.W_E"][np.append(order, len(order))]
    if reading.swapped and "W_x" in params:
        changed["W_x"], changed["W_y"] = changed["W_y"], changed["W_x"]
        if "W" in params:
            changed["W"] = np.roll(params["W"], params["W_x"].shape[1], 0)
    elif reading.swapped:
        changed["pos_embed.W_pos"] = params["pos_embed.W_pos"][[1, 0, 2]]
    return changed


def reordered_pairs(
    pairs: Int[np.ndarray, " pairs"], reading: Reading
) -> Int[np.ndarray, " pairs"]:
    """Flat indices ``a n + b`` of the same pairs in the order of this study."""
    size = len(reading.order)
    a, b = np.divmod(pairs, size)
    place = np.argsort(reading.order)
    a, b = (place[b], place[a]) if reading.swapped else (place[a], place[b])
    return a * size + b


def _orders(known: FiniteGroup) -> dict[str, np.ndarray]:
    """Place of each element of ours in other orders."""
    orders = {"the order of this study": np.arange(known.order)}
    if known.permutations is not None:
        rows = [tuple(row) for row in known.permutations.tolist()]
        odd = known.signature < 0  # False sorts first
        keys = {
            "lexicographic order": rows,
            "even permutations first": list(zip(odd.tolist(), rows, strict=True)),
        }
        for name, key in keys.items():
            by_key = sorted(range(known.order), key=key.__getitem__)
            orders[name] = np.argsort(by_key)
    return orders
