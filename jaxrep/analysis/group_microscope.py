"""Everything that is measured on a network that multiplies in a finite group, compiled."""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jaxtyping import Bool, Float, Int, PyTree

from jaxrep.analysis.bi_equivariance import BiEquivariance, bi_equivariance
from jaxrep.analysis.group_metrics import GroupMetrics, group_metrics
from jaxrep.analysis.group_metrics_in_blocks import group_metrics_in_blocks
from jaxrep.analysis.group_portrait import (
    GroupPortrait,
    group_portrait,
    representation_cosines,
)
from jaxrep.analysis.irrep_nulls import (
    SimilarityNulls,
    key_irreps,
    random_relabellings,
    relabel_pairs,
    similarity_nulls,
)
from jaxrep.analysis.logit_attribution import centre_logits, logit_parts
from jaxrep.analysis.neuron_explanations import (
    NeuronExplanations,
    cosets_by_chance,
    irrep_by_chance,
    neuron_explanations,
)
from jaxrep.analysis.representation_basis import (
    hidden_in_representation,
    representation_readout,
    unembedding_in_representation,
)
from jaxrep.analysis.rho_set_fits import RhoSetFit, rho_set_fit
from jaxrep.groups import FiniteGroup, SubgroupLattice, fixed_dimensions, group, group_tables
from jaxrep.losses import accuracy, cross_entropy
from jaxrep.typing import Array

GENERALISED = 0.99
"""Test accuracy from which a network counts as generalising."""
LARGEST_WHOLE_ORDER = 240
"""Order of a group up to which the logits of all pairs, ``n^3`` numbers, are held at once for the
metrics; 110 MB in float64. Of a larger one they are computed again and again, n pairs at a time."""
RELABELLINGS = 20
"""Random relabellings of the elements: their root mean square is known to 16 %."""


RELABELLED_COSINES = 5
"""Of these, those that the median of a cosine is taken over; it varies little."""


class Evidence(NamedTuple):
    """What speaks for each irrep, with its nulls.

    Attributes:
      every, unseen: similarity of the logits, over all pairs and over the test pairs.
      test_accuracy: over the test pairs.
      cosine_shuffled, cosine_initial: nulls of the cosine of rho(ab) with the hidden layer's
        estimate: the median size after relabelling the elements, and before training.
      trace_shuffled, trace_initial: likewise of the unembedding's cosine with a trace.
      readout, readout_initial: variance of rho(ab) that is read from the hidden layer on the
        test pairs, at the end and before training.
    """

    every: SimilarityNulls
    unseen: SimilarityNulls
    test_accuracy: Float[Array, ""]
    cosine_shuffled: Float[Array, " irrep"]
    cosine_initial: Float[Array, " irrep"]
    trace_shuffled: Float[Array, " irrep"]
    trace_initial: Float[Array, " irrep"]
    readout: Float[Array, " irrep"]
    readout_initial: Float[Array, " irrep"]

    @property
    def generalises(self) -> bool:
        """Whether the accuracy on the test pairs is at least `GENERALISED`."""
        return bool(self.test_accuracy >= GENERALISED)

    @property
    def key(self) -> Bool[np.ndarray, " irrep"]:
        """The key irreps: evidence on test pairs, of a network that generalises."""
        return key_irreps(self.unseen, self.generalises)


class ExplanationChance(NamedTuple):
    """How often random functions have what is claimed of a neuron; one of its embeddings.

    Attributes:
      cosets: a function of each irrep is constant on cosets of a subgroup that is not trivial.
      shorter: that, and the cosets need fewer numbers than the irrep.
      irrep: a function of the cosets of each subgroup lies in each irrep.
    """

    cosets: Float[np.ndarray, " irrep"]
    shorter: Float[np.ndarray, " irrep"]
    irrep: Float[np.ndarray, "subgroup irrep"]


class Microscope:
    """Compiled analyses of one architecture in one group."""

    def __init__(self, model: Any, known: FiniteGroup):
        self.model, self.group = model, known
        self.tables = group_tables(known)
        self.matrices = [irrep.matrices for irrep in known.irreps]
        self.metrics = jax.jit(self._metrics)
        self.portrait = jax.jit(self._portrait)
        self.evidence = jax.jit(self._evidence)
        self.bases = jax.jit(self._detail)
        self.chosen = jax.jit(self._chosen)
        self.neurons = jax.jit(self._neurons)
        self.factors = jax.jit(self._factors)
        self.symmetries = jax.jit(
            lambda params, tables: bi_equivariance(self.circuit(params).logits, tables)
        )

    @property
    def shares(self) -> Float[np.ndarray, " irrep"]:
        """Share of each irrep in the dimensions of all functions on the group, ``d^2 / (w n)``.

        The fraction of the squared norm of random embeddings that lies in it.
        """
        return np.trace(self.tables.projectors, axis1=1, axis2=2) / self.group.order

    @functools.cached_property
    def lattice(self) -> SubgroupLattice | None:
        """All subgroups; None where they are too many to list."""
        try:
            return self.group.subgroups
        except ValueError:
            return None

    @functools.cached_property
    def chance(self) -> ExplanationChance:
        """Nulls of `explain`, of this group; its subgroups have to be known."""
        known, lattice = self.group, self.lattice
        assert lattice is not None
        types = np.rint([irrep.character_norm for irrep in known.irreps]).astype(int)
        dimensions = np.array([irrep.dimension for irrep in known.irreps])
        sizes = dimensions**2 // types
        cosets = [cosets_by_chance(rho, lattice.members) for rho in self.matrices]
        shorter = [
            cosets_by_chance(rho, lattice.members, numbers=int(size))
            for rho, size in zip(self.matrices, sizes, strict=True)
        ]
        fixed = fixed_dimensions(lattice.members, known.characters)
        within = irrep_by_chance(fixed, dimensions, types)
        return ExplanationChance(np.array(cosets), np.array(shorter), within)

    def circuit(self, params: PyTree) -> Any:
        """All activations over all pairs."""
        n = self.group.order
        pairs = jnp.arange(n * n)
        return self.model.apply({"params": params}, pairs // n, pairs % n)

    def _metrics(self, params, train, test, tables, key=None) -> GroupMetrics:
        split = train, test, tables, cross_entropy, accuracy, key
        n = self.group.order
        if n <= LARGEST_WHOLE_ORDER:
            return group_metrics(*self.circuit(params), *split)

        def evaluated(pairs):
            circuit = self.model.apply({"params": params}, pairs // n, pairs % n)
            return circuit.logits, circuit.hidden

        pair = jnp.zeros(1, jnp.int32)
        any_pair = self.model.apply({"params": params}, pair, pair)
        return group_metrics_in_blocks(evaluated, *any_pair[2:], *split)

    def _portrait(self, params, key, tables, matrices) -> GroupPortrait:
        known = self.group
        return group_portrait(
            *self.circuit(params),
            key,
            tables,
            matrices,
            known.inverses,
            known.signature,
            cross_entropy,
        )

    def measure(
        self, params: PyTree, train: Array, test: Array, key: Array | None = None
    ) -> GroupMetrics:
        """All metrics of one network in float64; `key` as of `group_metrics`."""
        with jax.enable_x64():
            return jax.device_get(self.metrics(_double(params), train, test, self.tables, key))

    def _evidence(self, params, initial, train, test, tables, matrices, orders) -> Evidence:
        now, fibres, product = self.circuit(params), tables.fibres, tables.product
        before = None if initial is None else self.circuit(initial)
        every, unseen = similarity_nulls(
            now.logits, None if before is None else before.logits, train, test, tables, orders
        )

        def cosines(hidden, unembed):
            """Of the hidden layer and of the unembedding, ``[2, irrep]``."""
            inverses = self.group.inverses
            found = [
                representation_cosines(hidden, unembed, rho, fibres, inverses) for rho in matrices
            ]
            return jnp.stack([jnp.stack(values) for values in zip(*found, strict=True)])

        def readouts(hidden):
            found = [representation_readout(hidden, rho, product, train, test) for rho in matrices]
            return jnp.stack(found)

        missing = jnp.full(len(matrices), jnp.nan, now.logits.dtype)
        shuffled = jax.lax.map(
            lambda order: cosines(relabel_pairs(now.hidden, order), now.unembed[:, order]),
            orders[:RELABELLED_COSINES],
        )
        sizes = jnp.median(jnp.abs(shuffled), axis=0)
        untrained = (
            jnp.stack([missing, missing])
            if before is None
            else cosines(before.hidden, before.unembed)
        )
        return Evidence(
            every,
            unseen,
            jnp.mean(accuracy(now.logits[test], product[test])),
            sizes[0],
            untrained[0],
            sizes[1],
            untrained[1],
            readouts(now.hidden),
            missing if before is None else readouts(before.hidden),
        )

    def weigh(self, params: PyTree, initial: PyTree | None, train: Array, test: Array) -> Evidence:
        """`Evidence` for each irrep in one network, in float64; `initial`: before training."""
        orders = random_relabellings(0, RELABELLINGS, self.group.order)
        with jax.enable_x64():
            initial = initial if initial is None else _double(initial)
            found = self.evidence(
                _double(params), initial, train, test, self.tables, self.matrices, orders
            )
            return jax.device_get(found)

    def look(self, params: PyTree, key: Array) -> GroupPortrait:
        """One network neuron by neuron in float64; `key` marks its key irreps."""
        with jax.enable_x64():
            return jax.device_get(self.portrait(_double(params), key, self.tables, self.matrices))

    def _neurons(self, params, projectors, right_cosets, left_cosets) -> NeuronExplanations:
        left, right, _ = self._factors(params)
        return neuron_explanations(left, right, projectors, right_cosets, left_cosets)

    def _factors(self, params) -> tuple[jax.Array, jax.Array, jax.Array]:
        """What each neuron does with the left factor and with the right one, and its read-out."""
        circuit, n = self.circuit(params), self.group.order
        if circuit.x_embed.shape[1] == circuit.hidden.shape[1]:
            return circuit.x_embed, circuit.y_embed, circuit.unembed
        # The embeddings are no neurons' own: what these do with one factor, whatever the other.
        hidden = circuit.hidden.reshape(n, n, -1)
        return jnp.mean(hidden, 1), jnp.mean(hidden, 0), circuit.unembed

    def explain(self, params: PyTree) -> NeuronExplanations:
        """Irrep and cosets of every hidden neuron, in float64; the subgroups have to be known.

        Of the MLP and the bilinear network by what a neuron looks up for either factor, of the
        transformer by its mean activation given either: what follows a nonlinearity is still
        constant on cosets, but no longer in one irrep, so that there cosets have an advantage.
        """
        assert self.lattice is not None
        cosets = self.lattice.right_cosets, self.lattice.left_cosets
        with jax.enable_x64():
            return jax.device_get(self.neurons(_double(params), self.tables.projectors, *cosets))

    def rho_sets(self, params: PyTree, irreps: Int[Array, " h"]) -> RhoSetFit:
        """Every neuron as a member of a rho-set of the irrep of that number, in float64.

        NaN for irreps of one dimension, which has one rank, and of another than real type.
        """
        with jax.enable_x64():
            left, right, readout = map(np.asarray, self.factors(_double(params)))
            fits = np.full((len(RhoSetFit._fields), len(irreps)), np.nan)
            for number in np.unique(irreps):
                irrep, mine = self.group.irreps[number], irreps == number
                if irrep.dimension > 1 and round(irrep.character_norm) == 1:
                    parts = left[:, mine], right[:, mine], readout[mine]
                    fits[:, mine] = np.stack(rho_set_fit(*parts, irrep.matrices))
        return RhoSetFit(*fits)

    def symmetry(self, params: PyTree) -> BiEquivariance:
        """Bi-equivariant part of the logits, and the accuracy it proves, in float64."""
        with jax.enable_x64():
            return jax.device_get(self.symmetries(_double(params), self.tables))

    def _detail(self, params, key, tables, matrices) -> tuple:
        circuit = self.circuit(params)
        parts = jnp.where(key[:, None, None], logit_parts(circuit.logits, tables), 0)
        bases = []
        for rho in matrices:
            seen = hidden_in_representation(circuit.hidden, rho, tables.fibres)
            paired = unembedding_in_representation(
                seen.readout, circuit.unembed, rho, self.group.inverses
            )
            bases.append((seen, paired))
        return centre_logits(circuit.logits), parts, bases

    def detail(self, params: PyTree, key: Array, matrices: list[np.ndarray]) -> tuple:
        """Centred logits, their part along each key irrep's cube, the network in the bases of all.

        The bases are those of `matrices`, one array for each representation.
        """
        with jax.enable_x64():
            return jax.device_get(self.bases(_double(params), key, self.tables, matrices))

    def some_neurons(
        self, params: PyTree, chosen: Int[np.ndarray, " some"]
    ) -> tuple[Float[np.ndarray, "n n some"], Float[np.ndarray, "some n"]]:
        """Activations of a few neurons for all pairs (a, b), and their rows of the read-out."""
        with jax.enable_x64():
            hidden, unembed = jax.device_get(self.chosen(_double(params), chosen))
        return hidden.reshape(self.group.order, self.group.order, -1), unembed

    def _chosen(self, params, chosen) -> tuple[jax.Array, jax.Array]:
        circuit = self.circuit(params)
        return circuit.hidden[:, chosen], circuit.unembed[chosen]


def _double(params: PyTree) -> PyTree:
    return jax.tree.map(lambda x: np.asarray(x, np.float64), params)


@functools.lru_cache(maxsize=8)
def microscope(model: nn.Module, name: str) -> Microscope:
    """The `Microscope` of an architecture in the group of that name, compiled once.

    >>> from jaxrep.models import group_network
    >>> seen = microscope(group_network("mlp", 2, 4, 8), "C2")
    >>> seen is microscope(group_network("mlp", 2, 4, 8), "C2")  # made once
    True
    """
    return Microscope(model, group(name))
