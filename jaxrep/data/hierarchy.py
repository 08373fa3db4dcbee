"""Branching diffusion on a tree: features that mutate from the root down to the items.

Every feature starts at the root as -1 or +1 and changes sign with a given probability at every
node on its way to the leaves, which are the items. Saxe, McClelland and Ganguli (2019, PNAS,
"A mathematical theory of semantic development", supplement); the spectrum of the population
for any branching and flip probability is derived from the leaves' correlations, which depend
on the level of their lowest common ancestor alone.
"""

from dataclasses import dataclass
from functools import cached_property

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int, Key

from jaxrep.data.spectrum import Spectrum, helmert, sorted_spectrum
from jaxrep.errors import InputError
from jaxrep.typing import Array


@dataclass(frozen=True)
class Tree:
    """A tree of items.

    Attributes:
      branching: children of every node of levels 0, 1, ...; the leaves are the items.
      flip: probability of a change of sign at every node of levels 1, 2, ...

    Raises:
      InputError: no level, a branching below 1, or a probability outside [0, 1].

    >>> Tree((2, 2, 2), (0.15,) * 3).spectrum.eigenvalues[:3]
    array([2.440796, 1.499604, 1.0098  ])
    """

    branching: tuple[int, ...]
    flip: tuple[float, ...]

    def __post_init__(self):
        if not self.branching or min(self.branching) < 1:
            raise InputError(
                f"branching: {list(self.branching)}; one number of 1 or more per level is needed"
            )
        if len(self.flip) != len(self.branching):
            raise InputError(
                f"flip: {list(self.flip)} for {len(self.branching)} levels; one each is needed"
            )
        if not all(0 <= p <= 1 for p in self.flip):
            raise InputError(f"flip: {list(self.flip)} has a probability outside [0, 1]")

    @property
    def items(self) -> int:
        """Number of leaves."""
        return int(np.prod(self.branching))

    @cached_property
    def node_level(self) -> Int[np.ndarray, " node"]:
        """Level of each node, breadth first, the root being node 0."""
        counts = np.cumprod([1, *self.branching])
        return np.repeat(np.arange(len(counts)), counts)

    @cached_property
    def ancestry(self) -> Int[np.ndarray, "item node"]:
        """1 where the node is the item or above it."""
        counts = np.cumprod([1, *self.branching])
        return np.hstack([np.repeat(np.eye(n, dtype=int), self.items // n, 0) for n in counts])

    @cached_property
    def common_level(self) -> Int[np.ndarray, "item item"]:
        """Level of the lowest common ancestor of two items (the depth on the diagonal)."""
        return self.ancestry @ self.ancestry.T - 1

    @property
    def correlation(self) -> Float[np.ndarray, "item item"]:
        """Population correlation of the items' features."""
        below = np.cumprod([1.0, *((1 - 2 * np.array(self.flip)) ** 2)[::-1]])[::-1]
        return below[self.common_level]

    @property
    def spectrum(self) -> Spectrum:
        """Closed form: ``lambda_k = sum_{l >= k} (c_l - c_{l-1}) M_l`` over levels.

        c_l is the correlation of two leaves with lowest common ancestor on level l, M_l the
        number of leaves below a node of level l. Modes of level k >= 1 are constant on
        subtrees of level k and sum to zero over the siblings below one node of level k - 1.
        """
        depth = len(self.branching)
        quarter = (1 - 2 * np.array(self.flip)) ** 2
        c = np.array([np.prod(quarter[level:]) for level in range(depth + 1)])
        leaves = np.array([np.prod(self.branching[level:]) for level in range(depth + 1)])
        gained = np.diff(c, prepend=0.0) * leaves
        values, vectors, levels = [], [], []
        for level in range(depth + 1):
            basis = self._contrasts(level)
            values += [gained[level:].sum()] * basis.shape[1]
            levels += [level] * basis.shape[1]
            vectors.append(basis)
        columns = np.concatenate(vectors, axis=1)
        return sorted_spectrum(np.array(values), columns, np.array(levels))

    def _contrasts(self, level: int) -> Float[np.ndarray, "item mode"]:
        """Orthonormal modes of one level (Haar wavelets for a binary tree)."""
        if level == 0:
            return np.full((self.items, 1), self.items**-0.5)
        children = self.branching[level - 1]
        leaves = int(np.prod(self.branching[level:]))
        parents = self.items // (children * leaves)
        spread = np.repeat(helmert(children)[:, 1:], leaves, axis=0) / np.sqrt(leaves)
        return np.kron(np.eye(parents), spread)


def branching_diffusion(
    uniform: Float[Array, "feature node"], tree: Tree
) -> Float[Array, "item feature"]:
    """Features, -1 or +1, from one uniform number per feature and node.

    A node changes the sign where its number is at most its flip probability (1/2 at the root).
    The tutorial's data are these of ``np.random.RandomState(2021).uniform(size=(10000, 15))``.

    >>> tree = Tree((2, 2), (0.1, 0.1))
    >>> never = jnp.ones((1, len(tree.node_level)))  # no node flips
    >>> branching_diffusion(never, tree).ravel().tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    probability = np.array([0.5, *tree.flip])[tree.node_level]
    uniform = jnp.asarray(uniform)
    flips = (uniform <= probability).astype(jnp.int32)
    return (1 - 2 * (jnp.asarray(tree.ancestry, jnp.int32) @ flips.T % 2)).astype(uniform.dtype)


def sample_tree(key: Key[Array, ""], tree: Tree, features: int) -> Float[Array, "item feature"]:
    """Independent features of a tree's items.

    >>> still = Tree((2, 2), (0.0, 0.0))  # all items alike
    >>> found = sample_tree(jax.random.key(0), still, features=3)
    >>> found.shape, bool((found == found[0]).all())
    ((4, 3), True)
    """
    return branching_diffusion(jax.random.uniform(key, (features, len(tree.node_level))), tree)
