"""Everything that is measured on a network that multiplies in a finite group, compiled."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jaxtyping import PyTree

from jaxrep.analysis.group_metrics import GroupMetrics, group_metrics
from jaxrep.analysis.group_portrait import GroupPortrait, group_portrait
from jaxrep.analysis.logit_attribution import centre_logits, logit_parts
from jaxrep.analysis.representation_basis import (
    hidden_in_representation,
    unembedding_in_representation,
)
from jaxrep.groups import FiniteGroup, group, group_tables
from jaxrep.losses import accuracy, cross_entropy
from jaxrep.typing import Array


class Microscope:
    """Compiled analyses of one architecture in one group."""

    def __init__(self, model: Any, known: FiniteGroup):
        self.model, self.group = model, known
        self.tables = group_tables(known)
        self.matrices = [irrep.matrices for irrep in known.irreps]
        self.metrics = jax.jit(self._metrics)
        self.portrait = jax.jit(self._portrait)
        self.bases = jax.jit(self._detail)

    def circuit(self, params: PyTree) -> Any:
        """All activations over all pairs."""
        n = self.group.order
        pairs = jnp.arange(n * n)
        return self.model.apply({"params": params}, pairs // n, pairs % n)

    def _metrics(self, params, train, test, tables, key=None) -> GroupMetrics:
        return group_metrics(
            *self.circuit(params), train, test, tables, cross_entropy, accuracy, key
        )

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

    def measure(self, params: PyTree, train: Array, test: Array) -> GroupMetrics:
        """All metrics of one network in float64."""
        with jax.enable_x64():
            return jax.device_get(self.metrics(_double(params), train, test, self.tables))

    def look(self, params: PyTree, key: Array) -> GroupPortrait:
        """One network neuron by neuron in float64; `key` marks its key irreps."""
        with jax.enable_x64():
            return jax.device_get(self.portrait(_double(params), key, self.tables, self.matrices))

    def _detail(self, params, key, tables, matrices) -> tuple:
        circuit = self.circuit(params)
        parts = jnp.sum(jnp.where(key[:, None, None], logit_parts(circuit.logits, tables), 0), 0)
        bases = []
        for rho in matrices:
            seen = hidden_in_representation(circuit.hidden, rho, tables.fibres)
            paired = unembedding_in_representation(
                seen.readout, circuit.unembed, rho, self.group.inverses
            )
            bases.append((seen, paired))
        return centre_logits(circuit.logits), parts, bases

    def detail(self, params: PyTree, key: Array, matrices: list[np.ndarray]) -> tuple:
        """Centred logits, key irreps' cubes, and the network in these representations' bases."""
        with jax.enable_x64():
            return jax.device_get(self.bases(_double(params), key, self.tables, matrices))


def _double(params: PyTree) -> PyTree:
    return jax.tree.map(lambda x: np.asarray(x, np.float64), params)


@functools.lru_cache(maxsize=8)
def microscope(model: nn.Module, name: str) -> Microscope:
    """The `Microscope` of an architecture in the group of that name, compiled once."""
    return Microscope(model, group(name))
