"""What is measured on networks that multiply in a finite group, as labelled arrays."""

import functools
from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray
from flax import linen as nn
from jaxtyping import Array, PyTree

from jaxrep.analysis.group_metrics import GroupMetrics, group_metrics, totals
from jaxrep.analysis.group_portrait import GroupPortrait, group_portrait
from jaxrep.analysis.logit_attribution import centre, logit_parts
from jaxrep.analysis.representation_basis import (
    hidden_in_representation,
    unembedding_in_representation,
)
from jaxrep.engine import Label
from jaxrep.groups import FiniteGroup, group, group_tables
from jaxrep.losses import accuracy, cross_entropy

_IRREP = ("irrep",)
_FRACTION = Label(_IRREP, "1", "fraction of squared norm")
_NATS = Label((), "nats", "cross-entropy")
_IRREP_NATS = Label(_IRREP, "nats", "cross-entropy")
LABELS = {
    "train_loss": _NATS,
    "test_loss": _NATS,
    "train_acc": Label(),
    "test_acc": Label(),
    "sum_of_squared_weights": Label(),
    "similarity": Label(_IRREP, "1", "cosine of centred logits and character cube"),
    "logit_restricted_loss": _IRREP_NATS,
    "logit_excluded_loss": _IRREP_NATS,
    "hidden_restricted_loss": _IRREP_NATS,
    "hidden_excluded_loss": _IRREP_NATS,
    "percent_x_embed": _FRACTION,
    "percent_y_embed": _FRACTION,
    "percent_unembed": _FRACTION,
    "percent_hidden_x": _FRACTION,
    "percent_hidden_y": _FRACTION,
    "percent_hidden_xy": _FRACTION,
}


def recorded(metrics: GroupMetrics, squared_weights: Array) -> dict[str, Array]:
    """What is recorded at every measured step: `LABELS` names it."""
    m = metrics
    return {
        "train_loss": m.train_loss,
        "test_loss": m.test_loss,
        "train_acc": m.train_acc,
        "test_acc": m.test_acc,
        "sum_of_squared_weights": squared_weights,
        "similarity": m.similarity,
        "logit_restricted_loss": m.logit.restricted,
        "logit_excluded_loss": m.logit.excluded,
        "hidden_restricted_loss": m.hidden.restricted,
        "hidden_excluded_loss": m.hidden.excluded,
        "percent_x_embed": m.x_embed,
        "percent_y_embed": m.y_embed,
        "percent_unembed": m.unembed,
        "percent_hidden_x": m.hidden_fraction.x,
        "percent_hidden_y": m.hidden_fraction.y,
        "percent_hidden_xy": m.hidden_fraction.xy,
    }


class Microscope:
    """Compiled analyses of one architecture in one group."""

    def __init__(self, model: Any, known: FiniteGroup):
        self.model, self.group = model, known
        self.tables = group_tables(known)
        self.matrices = [irrep.matrices for irrep in known.irreps]
        self.metrics = jax.jit(self._metrics)
        self.portrait = jax.jit(self._portrait)

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
        return centre(circuit.logits), parts, bases

    def detail(self, params: PyTree, key: Array, matrices: list[np.ndarray]) -> tuple:
        """Centred logits, key irreps' cubes, and the network in these representations' bases."""
        with jax.enable_x64():
            return jax.device_get(
                jax.jit(self._detail)(_double(params), key, self.tables, matrices)
            )


def _double(params: PyTree) -> PyTree:
    return jax.tree.map(lambda x: np.asarray(x, np.float64), params)


@functools.lru_cache(maxsize=8)
def microscope(model: nn.Module, name: str) -> Microscope:
    """The `Microscope` of an architecture in the group of that name, compiled once."""
    return Microscope(model, group(name))


class Exemplar(NamedTuple):
    """One network drawn in detail."""

    name: str
    true: np.ndarray
    hypothesis: np.ndarray
    order: np.ndarray
    strength: np.ndarray
    key: np.ndarray
    irreps: tuple[str, ...]
    bases: dict[str, tuple]


def exemplar(
    scope: Microscope, params: PyTree, metrics: GroupMetrics, portrait: GroupPortrait, name: str
) -> Exemplar:
    """What the detailed figures of one network need."""
    known, n = scope.group, scope.group.order
    ranked = sorted(np.flatnonzero(metrics.key), key=lambda r: -metrics.similarity[r])
    shown = [known.irreps[r] for r in ranked[:3]]
    true, parts, bases = scope.detail(params, metrics.key, [irrep.matrices for irrep in shown])
    entries = [irrep.matrices.reshape(n, -1) for irrep in shown]
    return Exemplar(
        name,
        true[known.identity * n : (known.identity + 1) * n],
        parts,
        np.lexsort((np.arange(n), known.classes)),
        portrait.strength,
        metrics.key,
        known.irrep_names,
        {
            irrep.name: (seen, true_entries, paired)
            for irrep, (seen, paired), true_entries in zip(shown, bases, entries, strict=True)
        },
    )


def dataset(
    looked: list[tuple[GroupMetrics, GroupPortrait]],
    leading: Mapping[str, tuple],
    irreps: tuple[str, ...],
) -> xarray.Dataset:
    """Final metrics and portraits of all replicas, ``[*grid, seed, ...]``."""
    flat = []
    for metrics, p in looked:
        scalars = {name: float(value) for name, value in totals(metrics).items()}
        scalars |= {
            name: getattr(metrics, name)
            for name in ("train_loss", "test_loss", "all_loss", "train_acc", "test_acc")
        }
        per_irrep = {k: v for k, v in recorded(metrics, 0.0).items() if np.ndim(v) == 1}
        per_irrep |= {
            "key": metrics.key,
            "ols_coefficient": p.fit.coefficients,
            "rowwise_similarity": p.rowwise_similarity,
            "cluster_fraction_x": p.cluster_fraction.x,
            "cluster_fraction_y": p.cluster_fraction.y,
            "cluster_fraction_xy": p.cluster_fraction.xy,
            "cluster_fraction_mean": p.cluster_mean_fraction,
            "ablation_loss_x": p.ablation.x,
            "ablation_loss_y": p.ablation.y,
            "ablation_loss_xy": p.ablation.xy,
            "recovered_cosine": p.recovered_cosine,
            "unembedding_cosine": p.unembedding_cosine,
        }
        scalars |= {
            "ols_intercept": p.fit.intercept,
            "ols_r_squared": p.fit.r_squared,
            "ols_norm_ratio": p.fit.norm_ratio,
            "ols_loss": p.fit.loss,
        }
        per_neuron = {
            "sign_block_within": p.blocks.within,
            "sign_block_unembed_correlation": p.blocks.unembed_correlation,
        }
        flat.append(
            {
                **{k: ((), v) for k, v in scalars.items()},
                **{k: (_IRREP, v) for k, v in per_irrep.items()},
                **{k: (("neuron",), v) for k, v in per_neuron.items()},
                "off": (("embedding_column",), p.off),
                "embedding_strength": (("irrep", "embedding_column"), p.strength),
                "sign_block_mean": (("block", "neuron"), p.blocks.means),
            }
        )
    shape = tuple(len(values) for values in leading.values())
    variables = {}
    for name, (dims, _) in flat[0].items():
        stack = np.stack([np.asarray(one[name][1]) for one in flat])
        units = "nats" if "loss" in name and "ratio" not in name else "1"
        variables[f"final_{name}"] = xarray.Variable(
            (*leading, *dims), stack.reshape(*shape, *stack.shape[1:]), {"units": units}
        )
    blocks = ["++", "+-", "-+", "--"]
    return xarray.Dataset(variables, {**leading, "irrep": list(irreps), "block": blocks})
