"""What is measured on networks that multiply in a finite group, as labelled arrays."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import xarray
from jaxtyping import Array, PyTree

from jaxrep.analysis.bi_equivariance import memorised_share
from jaxrep.analysis.group_metrics import GroupMetrics, total_metrics
from jaxrep.analysis.group_microscope import Evidence, Microscope
from jaxrep.analysis.group_portrait import GroupPortrait
from jaxrep.analysis.irrep_nulls import null_threshold
from jaxrep.engine import Label, join_replicas

from .irrep_words import irrep_words
from .neurons import neuron_variables
from .sign_neurons import SignNeurons, sign_neurons

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
    "test_similarity": Label(_IRREP, "1", "the same on the test pairs alone"),
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
        "test_similarity": m.test_similarity,
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


OF_ALL_IRREPS = ("percent_logits_explained",)
"""Totals that are not of the key irreps."""


class Look(NamedTuple):
    """All that is measured on one trained network; its key irreps follow from the evidence."""

    metrics: GroupMetrics
    portrait: GroupPortrait
    evidence: Evidence
    neurons: dict[str, tuple[tuple[str, ...], np.ndarray]]
    symmetry: dict[str, float]


def look_at(
    scope: Microscope, params: PyTree, initial: PyTree | None, train: Array, test: Array
) -> Look:
    """One network with its evidence; `initial`: before training, None where it is not known."""
    evidence = scope.weigh(params, initial, train, test)
    metrics = scope.measure(params, train, test, evidence.key)
    portrait = scope.look(params, evidence.key)
    neurons = neuron_variables(scope, params, initial)
    return Look(metrics, portrait, evidence, neurons, _symmetry(scope, params, initial, train))


def _symmetry(
    scope: Microscope, params: PyTree, initial: PyTree | None, train: Array
) -> dict[str, float]:
    """Bi-equivariant share of the logits with its nulls, and the accuracy that it proves."""
    trained = scope.symmetry(params)
    before = np.nan if initial is None else float(scope.symmetry(initial).share)
    return {
        "bi_equivariant": float(trained.share),
        "bi_equivariant_memorised": memorised_share(train, scope.group.order),
        "bi_equivariant_initial": before,
        "bi_equivariant_margin": float(trained.margin),
        "certified_accuracy": float(trained.certified),
        "certified_by_size": float(trained.certified_by_size),
    }


class Exemplar(NamedTuple):
    """One network drawn in detail.

    Attributes:
      name: of the network.
      chosen: among which others it has the least test loss, as a caption says it.
      point: its grid point in words.
      replica: its place among the networks of the run.
    """

    name: str
    chosen: str
    point: str
    replica: int
    true: np.ndarray
    hypothesis: np.ndarray
    parts: dict[str, np.ndarray]
    order: np.ndarray
    strength: np.ndarray
    key: np.ndarray
    irreps: tuple[str, ...]
    bases: dict[str, tuple]
    generalises: bool
    signs: SignNeurons | None


def exemplar(
    scope: Microscope,
    params: PyTree,
    look: Look,
    replica: int,
    name: str,
    chosen: str = "",
    point: str = "",
) -> Exemplar:
    """What the detailed figures of one network need."""
    metrics, portrait, evidence = look[:3]
    known, n = scope.group, scope.group.order
    ranked = sorted(np.flatnonzero(metrics.key), key=lambda r: -metrics.similarity[r])
    shown = [known.irreps[r] for r in ranked[:3]]
    true, parts, bases = scope.detail(params, metrics.key, [irrep.matrices for irrep in shown])
    entries = [irrep.matrices.reshape(n, -1) for irrep in shown]
    nulls = [(evidence.cosine_initial[r], evidence.trace_initial[r]) for r in ranked[:3]]
    return Exemplar(
        name,
        chosen,
        point,
        replica,
        true[known.identity * n : (known.identity + 1) * n],
        parts.sum(0),
        {irrep_words(known.irreps[r].name): parts[r] for r in ranked[:3]},
        np.lexsort((np.arange(n), known.classes)),
        portrait.strength,
        metrics.key,
        tuple(map(irrep_words, known.irrep_names)),
        {
            irrep_words(irrep.name): (seen, true_entries, paired, null)
            for irrep, (seen, paired), true_entries, null in zip(
                shown, bases, entries, nulls, strict=True
            )
        },
        evidence.generalises,
        sign_neurons(scope, params, portrait.blocks),
    )


def dataset(
    looked: list[Look],
    leading: Mapping[str, tuple],
    irreps: tuple[str, ...],
    shares: np.ndarray,
) -> xarray.Dataset:
    """Final metrics, portraits and nulls of all replicas, ``[*grid, seed, ...]``.

    `shares` are those of the irreps in the dimensions of all functions on the group, which random
    embeddings have. What is of the key irreps is NaN for a network that has none.
    """
    flat = []
    for metrics, p, evidence, neurons, symmetry in looked:
        known = total_metrics(metrics) | {
            "ols_intercept": p.fit.intercept,
            "ols_r_squared": p.fit.r_squared,
            "ols_norm_ratio": p.fit.norm_ratio,
            "ols_loss": p.fit.loss,
        }
        scalars = {
            name: float(value) if metrics.key.any() or name in OF_ALL_IRREPS else np.nan
            for name, value in known.items()
        }
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
        per_irrep |= _nulls(evidence) | {"embedding_null": shares}
        scalars |= symmetry | {"generalises": evidence.generalises}
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
                **neurons,
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


def _nulls(evidence: Evidence) -> dict[str, np.ndarray]:
    """Nulls of what is measured irrep by irrep, by the name of the number and the null's."""
    every, unseen = evidence.every, evidence.unseen
    return {
        "similarity_memorised": every.memorised,
        "similarity_shuffled": every.shuffled,
        "similarity_initial": every.initial,
        "test_similarity_shuffled": unseen.shuffled,
        "test_similarity_initial": unseen.initial,
        "test_similarity_threshold": null_threshold(unseen),
        "recovered_cosine_shuffled": evidence.cosine_shuffled,
        "recovered_cosine_initial": evidence.cosine_initial,
        "unembedding_cosine_shuffled": evidence.trace_shuffled,
        "unembedding_cosine_initial": evidence.trace_initial,
        "readout": evidence.readout,
        "readout_initial": evidence.readout_initial,
    }


def joined(results: xarray.Dataset) -> xarray.Dataset:
    """Leading dimensions joined into one, ``replica``, in front."""
    return join_replicas(results, results.final_test_loss.dims)
