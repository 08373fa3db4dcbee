"""From a configuration of group_composition to its training problem, replicas and schedule."""

from collections.abc import Mapping
from typing import cast

import jax
import jax.numpy as jnp
import optax
from flax import linen as nn

from jaxrep.analysis.group_metrics import group_metrics
from jaxrep.data import read_group
from jaxrep.engine import Data, Problem, Replicas, Schedule, Variables, full_batch
from jaxrep.groups import FiniteGroup, group, group_tables
from jaxrep.losses import accuracy, cross_entropy
from jaxrep.models.group_networks import Circuit, group_network, weight_norm
from jaxrep.study import Plan

from .config import DEFAULT_GROUP, Config
from .layers import group_layers
from .measures import LABELS, recorded


def group_of(config: Config) -> FiniteGroup:
    """The group of a configuration that trains, or that has a table of its own."""
    if config.table:
        return read_group(config.table)
    return group(config.group or DEFAULT_GROUP)


def network(config: Config, order: int) -> nn.Module:
    """The Flax module of a configuration, for a group of that order."""
    return group_network(config.model, order, config.embed_dim, config.hidden_dim)


def build(config: Config) -> Plan | None:
    """The training problem, replicas and schedule; None for weights that exist already."""
    if config.weights:
        return None
    known = group_of(config)
    n = known.order
    model = network(config, n)
    rows = int(config.train_fraction * n * n)

    def init(key, hyper, data):
        del hyper, data
        pair = jnp.zeros(1, jnp.int32)
        return Variables(model.init(key, pair, pair)["params"])

    def split(key, hyper, shared):
        del hyper, shared
        order = jax.random.permutation(key, n * n)
        return {"train": jnp.sort(order[:rows]), "test": jnp.sort(order[rows:])}

    def apply(variables: Variables, pairs):
        return cast(Circuit, model.apply({"params": variables.params}, pairs // n, pairs % n))

    def loss(variables, batch, hyper):
        del hyper
        pairs, labels = batch
        logits = apply(variables, pairs).logits
        return jnp.mean(cross_entropy(logits, labels)), variables.state

    def optimizer(hyper):
        return optax.adamw(
            hyper["learning_rate"],
            config.beta1,
            config.beta2,
            eps=1e-8,
            weight_decay=hyper["weight_decay"],
        )

    def measure(variables: Variables, hyper, data: Data):
        del hyper
        circuit = apply(variables, jnp.arange(n * n))
        metrics = group_metrics(
            *circuit, data.own["train"], data.own["test"], data.shared, cross_entropy, accuracy
        )
        return recorded(metrics, weight_norm(variables.params))

    def select(data: Data):
        pairs = data.own["train"]
        return pairs, data.shared.product[pairs]

    problem = Problem(
        init=init,
        loss=loss,
        optimizer=optimizer,
        measure=measure,
        shared=group_tables(known),
        own=split,
        batches=full_batch(select),
        trainable=_weights_only if config.model == "transformer" else None,
        labels=LABELS,
        coordinates={"irrep": known.irrep_names},
        headline="test_loss",
        network=group_layers(model, known),
    )
    replicas = Replicas.consecutive(
        config.first_seed,
        config.seeds,
        {name: getattr(config, name) for name in ("learning_rate", "weight_decay")},
    )
    schedule = Schedule.standard(config.steps, config.measurements, config.snapshots)
    return Plan(problem, replicas, schedule)


def _weights_only(params: Mapping) -> dict[str, bool]:
    """The transformer's biases stay at 0, as published."""
    return {name: name.split(".")[-1].startswith("W_") for name in params}
