"""What the evidence for an irrep is where there is none: nulls of the similarity of logits.

The cosine of logits with a character cube (`trace_similarity`) is not 0 for a network that has
learned nothing of a group. Its nulls, from the most to the least generous:

- **memorised**: one-hot logits on the training pairs, constant elsewhere. Over a fraction f of
  the pairs, ``d sqrt(f) / sqrt((n - 1) w)`` for an irrep of real dimension d whose character
  has norm w (1 real, 2 complex, 4 quaternionic type): .2 to .5 for S4 and S5. On the pairs
  that are not in the training set it is 0 for want of any logits.
- **shuffled table**: the same logits with the group's elements relabelled at random. All that
  has to do with the elements by themselves stays; that they multiply does not. Of a small group
  many relabellings respect the table (of order 3 all), so little can be said of it.
- **at initialisation**: the network's own logits before training.

Source: definitions as in Chughtai, Chan and Nanda (2023); the nulls are ours.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from jaxrep.analysis.logit_attribution import trace_similarity
from jaxrep.analysis.projections import pair_rows
from jaxrep.arrays import native_array, real_array
from jaxrep.groups import Tables
from jaxrep.typing import Array

DEVIATIONS = 3.0
"""Root mean squares of a shuffled table that a similarity has to exceed."""


def memorised_logits(train: Int[Array, " rows"], tables: Tables) -> Float[Array, "pairs n"]:
    """Logits of a memory of the training set: one-hot on its pairs, constant elsewhere.

    Args:
      train: flat indices ``a n + b`` of the pairs.
      tables: the group.

    >>> from jaxrep.groups import group, group_tables
    >>> memorised_logits(np.array([0, 2]), group_tables(group("C2"))).tolist()
    [[1.0, 0.0], [0.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    """
    product, n = jnp.asarray(tables.product), len(tables.fibres)
    rows = jnp.asarray(train)
    return jnp.zeros((n * n, n)).at[rows, product[rows]].set(1.0)


def random_relabellings(seed: int, draws: int, n: int) -> Int[np.ndarray, "draw n"]:
    """Random permutations of n elements.

    >>> random_relabellings(0, 2, 3).shape
    (2, 3)
    """
    return np.random.default_rng(seed).permuted(np.tile(np.arange(n), (draws, 1)), axis=1)


def relabel_pairs(
    values: Shaped[Array, "pairs width"], relabelling: Int[Array, " n"]
) -> Float[Array, "pairs width"]:
    """``values`` of the pair (pi a, pi b) in the row of (a, b).

    Raises:
      ValueError: another number of rows than of pairs.

    >>> relabel_pairs(np.arange(4.0)[:, None], np.array([1, 0])).ravel().tolist()
    [3.0, 2.0, 1.0, 0.0]
    """
    n = len(relabelling)
    order = jnp.asarray(relabelling)
    return pair_rows(values, n)[(order[:, None] * n + order).reshape(-1)]


def shuffled_similarity(
    logits: Shaped[Array, "pairs n"],
    tables: Tables,
    relabellings: Int[Array, "draw n"],
    mask: Bool[Array, " pairs"] | None = None,
) -> Float[Array, "draw irrep"]:
    """Similarity of the logits with each irrep after their elements are relabelled.

    ``L[pi a, pi b, pi c]`` for L[a, b, c]: as if the multiplication table were another one.

    Args:
      logits: one row for each pair ``a n + b``.
      tables: the group.
      relabellings: permutations of the elements (`random_relabellings`).
      mask: pairs that count; it is relabelled along.

    Raises:
      ValueError: other shapes than (n^2, n).

    >>> from jaxrep.analysis import character_cubes
    >>> from jaxrep.groups import group, group_tables
    >>> tables = group_tables(group("C3"))
    >>> logits = character_cubes(tables)[1][tables.product]  # the rotations' cube itself
    >>> swapped = np.array([[0, 1, 2], [0, 2, 1], [1, 0, 2]])  # no, an automorphism, another one
    >>> shuffled_similarity(logits, tables, swapped)[:, 1].tolist()
    [1.000, 1.000, -0.500]
    """
    n = len(tables.fibres)
    logits = pair_rows(logits, n, "logits", n)
    fibres, quotients = jnp.asarray(tables.fibres), jnp.asarray(tables.quotients)

    def once(order):
        # The table is relabelled rather than the n^3 logits, which are centred only once.
        moved = order[fibres // n] * n + order[fibres % n]
        other = tables._replace(fibres=moved, quotients=quotients[:, jnp.argsort(order)])
        return trace_similarity(logits, other, mask)

    return jax.lax.map(once, jnp.asarray(relabellings))


class SimilarityNulls(NamedTuple):
    """The similarity of a network's logits with each irrep, and what it is without one.

    Attributes:
      found: of the network.
      memorised: of its training set alone; 0 on the test pairs, of which it has no logits.
      shuffled: root mean square over relabellings of the elements.
      initial: of the network before training; NaN where that is not known.
    """

    found: Float[Array, " irrep"]
    memorised: Float[Array, " irrep"]
    shuffled: Float[Array, " irrep"]
    initial: Float[Array, " irrep"]


def similarity_nulls(
    logits: Shaped[Array, "pairs n"],
    initial: Shaped[Array, "pairs n"] | None,
    train: Int[Array, " rows"],
    test: Int[Array, " others"],
    tables: Tables,
    relabellings: Int[Array, "draw n"],
) -> tuple[SimilarityNulls, SimilarityNulls]:
    """Similarities and nulls of one network, over all pairs and over the test pairs.

    Args:
      logits: of the network over all pairs, flat index ``a n + b``.
      initial: likewise before training, or None.
      train, test: flat indices of the split.
      tables: the group.
      relabellings: permutations of the elements (`random_relabellings`).

    Raises:
      ValueError: other shapes than (n^2, n).

    >>> from jaxrep.groups import group, group_tables
    >>> tables, order = group_tables(group("S3")), random_relabellings(0, 5, 6)
    >>> train, test = np.arange(18), np.arange(18, 36)
    >>> memory = memorised_logits(train, tables)
    >>> every, unseen = similarity_nulls(memory, None, train, test, tables, order)
    >>> every.found.round(3).tolist() == every.memorised.round(3).tolist()
    True
    """
    n = len(tables.fibres)
    others = jnp.zeros(n * n, bool).at[jnp.asarray(test)].set(True)
    memory = trace_similarity(memorised_logits(train, tables), tables)
    both = []
    for mask, memorised in ((None, memory), (others, jnp.zeros_like(memory))):
        shuffled = shuffled_similarity(logits, tables, relabellings, mask)
        found = trace_similarity(logits, tables, mask)
        before = (
            jnp.full_like(found, jnp.nan)
            if initial is None
            else trace_similarity(initial, tables, mask)
        )
        values = (found, memorised, jnp.sqrt(jnp.mean(shuffled**2, axis=0)), before)
        # the trivial irrep's cube is constant: what is left of it is rounding
        both.append(SimilarityNulls(*(jnp.asarray(value).at[0].set(0) for value in values)))
    return both[0], both[1]


def null_threshold(nulls: SimilarityNulls) -> Float[np.ndarray, "... irrep"]:
    """What a similarity has to exceed to be evidence of an irrep.

    The largest of the memorised training set, of three root mean squares of the shuffled table,
    and of the size of the similarity at initialisation. Three, because the nulls are nearly
    normal (their mean is 0): of 1,000 irreps that are not there about one passes. NaN where the
    shuffled table has no number, so that nothing passes.

    >>> nulls = SimilarityNulls(*(np.array([x]) for x in (0.4, 0.0, 0.02, -0.01)))
    >>> null_threshold(nulls).round(3)
    array([0.06])
    """
    _, memorised, shuffled, initial = _numbers(nulls)
    rows = [DEVIATIONS * shuffled]
    rows += [np.abs(np.nan_to_num(x)) for x in (memorised, initial)]
    return np.maximum.reduce(rows)


def key_irreps(
    unseen: SimilarityNulls, generalises: bool | Bool[Array, " *network"]
) -> Bool[np.ndarray, "... irrep"]:
    """Irreps for which there is evidence on the pairs a network was not trained on.

    Those whose similarity on the test pairs exceeds `null_threshold`; none for a network that
    does not generalise, which multiplies with no irrep whatever its logits resemble.

    >>> nulls = SimilarityNulls(*(np.array([x, x]) for x in (0.4, 0.0, 0.02, -0.01)))
    >>> key_irreps(nulls, True), key_irreps(nulls, False)
    (array([ True,  True]), array([False, False]))
    """
    above = _numbers(unseen)[0] > null_threshold(unseen)
    return above & np.asarray(native_array(generalises, "generalises")).astype(bool)[..., None]


def _numbers(nulls: SimilarityNulls) -> list[np.ndarray]:
    return [np.asarray(real_array(x, name)) for name, x in nulls._asdict().items()]
