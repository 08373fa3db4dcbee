"""How does a network multiply in a finite group? Irreps, logit attribution, grokking.

    python -m experiments.group_composition                    # quick: S4, 4 seeds, a minute
    python -m experiments.group_composition --preset paper     # S5 as published, hours
    python -m experiments.group_composition --weights FILE.npz # analyse somebody else's weights

Expected of the quick preset: train loss falls within 300 steps, test loss rises to 7-10,
and all seeds generalise between steps 8,000 and 13,000.

Source: Chughtai, Chan and Nanda, "A toy model of universality" (2023).
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
import optax
import xarray
from flax import linen as nn
from jaxtyping import PyTree

from experiments import _group_weights
from experiments._group_measures import LABELS, dataset, exemplar, microscope, recorded
from experiments._group_report import (
    draw_network,
    draw_training,
    irrep_table,
    learned,
    network_table,
)
from experiments._group_report import replicas as joined
from jaxrep.analysis.group_metrics import group_metrics, totals
from jaxrep.engine import Data, Problem, Replicas, Schedule, Variables, full_batch, own_data
from jaxrep.engine.run import Run
from jaxrep.errors import InputError
from jaxrep.groups import group, group_tables
from jaxrep.losses import accuracy, cross_entropy
from jaxrep.models.group_networks import group_network, weight_norm
from jaxrep.report import Figure
from jaxrep.study import Analysis, Plan, Study, main

GENERALISED = 0.99
"""Test accuracy from which a network counts as generalising."""


@dataclass(frozen=True)
class Config:
    """Training in one group; numbers with several values are swept in one compiled call."""

    group: str = "S4"
    """C<n>, D<n>, S<n> or A<n>."""
    model: Literal["mlp", "bilinear", "transformer"] = "mlp"
    """Architecture."""
    embed_dim: int = 64
    """Width of the embeddings (MLP, bilinear)."""
    hidden_dim: int = 128
    """Hidden neurons of the MLP."""
    train_fraction: float = 0.7
    """Share of the n^2 products that is trained on; each seed draws its own split."""
    steps: int = 16_000
    """Full-batch updates."""
    seeds: int = 4
    """Number of seeds."""
    first_seed: int = 0
    """The seeds are first_seed, first_seed + 1, ..."""
    learning_rate: tuple[float, ...] = (1e-3,)
    """AdamW learning rate; several values are swept."""
    weight_decay: tuple[float, ...] = (1.0,)
    """AdamW decoupled weight decay; several values are swept."""
    beta1: float = 0.9
    """AdamW decay of the gradient average."""
    beta2: float = 0.98
    """AdamW decay of the squared-gradient average."""
    measurements: int = 150
    """Measured steps, equally spaced in the logarithm."""
    snapshots: int = 40
    """Steps at which the weights are kept and fully analysed."""
    precision: Literal["float32", "float64"] = "float32"
    """Of training."""


PRESETS = {
    "quick": Config(),
    "s5": Config("S5", "mlp", 256, 128, 0.4, 60_000),
    "paper": Config("S5", "mlp", 256, 128, 0.4, 250_000),
    "paper_transformer": Config("S5", "transformer", train_fraction=0.6, steps=50_000),
    "notebook": Config("S5", "mlp", 256, 128, 0.5, 60_000, weight_decay=(0.5,), beta2=0.999),
}


def check(config: Config) -> None:
    """Raise `InputError` for values that cannot be trained."""
    for name in ("embed_dim", "hidden_dim", "measurements"):
        if getattr(config, name) < 1:
            raise InputError(f"{name}: {getattr(config, name)} is not positive")
    if config.snapshots < 0:
        raise InputError(f"snapshots: {config.snapshots} is negative; 0 or more are allowed")
    if not 0 < config.train_fraction < 1:
        raise InputError(f"train_fraction: {config.train_fraction} is outside (0, 1)")
    for name in ("beta1", "beta2"):
        if not 0 <= getattr(config, name) < 1:
            raise InputError(f"{name}: {getattr(config, name)} is outside [0, 1)")
    for name in ("learning_rate", "weight_decay"):
        if not all(value >= 0 for value in getattr(config, name)):
            raise InputError(f"{name}: {list(getattr(config, name))} has a negative value")
    try:
        order = group(config.group).order
    except ValueError as error:
        raise InputError(str(error)) from None
    if not 0 < int(config.train_fraction * order**2) < order**2:
        raise InputError(
            f"train_fraction: {config.train_fraction} of the {order**2} products of "
            f"{config.group} leaves nothing to train or to test on"
        )
    if config.seeds < 1:
        raise InputError(f"seeds: {config.seeds} given; at least 1 is needed")


def network(config: Config, order: int) -> nn.Module:
    """The Flax module of a configuration, for a group of that order."""
    return group_network(config.model, order, config.embed_dim, config.hidden_dim)


def build(config: Config) -> Plan:
    """The training problem, replicas and schedule of a configuration."""
    known = group(config.group)
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
        return model.apply({"params": variables.params}, pairs // n, pairs % n)

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


def analyse(run: Run, config: Config) -> Analysis:
    """Final networks in full, in float64, and the key irreps' share of every snapshot."""
    plan = build(config)
    known = group(config.group)
    scope = microscope(network(config, known.order), config.group)
    own = own_data(plan.problem, plan.replicas)
    final = run.states(run.steps[-1]).params
    looked = []
    for r in range(len(plan.replicas)):
        params = _pick(final, r)
        metrics = scope.measure(params, own["train"][r], own["test"][r])
        looked.append((metrics, scope.look(params, metrics.key)))
    leading = plan.replicas.coordinates
    results = xarray.merge(
        [
            run.records,
            dataset(looked, leading, known.irrep_names),
            _snapshots(run, plan, scope, own, looked),
        ]
    )
    results.attrs["order"] = known.order
    flat = joined(results)
    names = [plan.replicas.name(r) for r in range(len(plan.replicas))]
    words = []
    for one in (flat.isel(replica=r) for r in range(len(names))):
        history = one.similarity.values, one.step.values, one.final_key.values
        finite = np.isfinite(one.train_loss.values[-1])
        words.append(learned(*history, known.irrep_names) if finite else "diverged")
    summary = _summary(flat)
    best = int(np.nanargmin(np.nan_to_num(flat.final_test_loss.values, nan=np.inf)))
    metrics, portrait = looked[best]
    detail = exemplar(scope, _pick(final, best), metrics, portrait, names[best])
    tables = [
        network_table(results, names, words),
        irrep_table(flat.isel(replica=best), names[best]),
    ]
    return Analysis(results, summary, tables, detail)


def _pick(params: PyTree, replica: int) -> PyTree:
    return jax.tree.map(lambda x: x[replica], params)


def _snapshots(run, plan, scope, own, looked) -> xarray.Dataset:
    """Losses with and without the finally key irreps, at every kept step."""
    steps = [step for step in plan.schedule.snapshots if step in run.steps]
    if not steps:
        return xarray.Dataset()
    names = (
        "total_hidden_excluded_loss",
        "total_hidden_restricted_loss",
        "total_logit_excluded_loss",
        "total_logit_restricted_loss",
    )
    values = np.zeros((len(names) + 2, len(looked), len(steps)))
    for s, step in enumerate(steps):
        params = run.states(step).params
        for r, (final, _) in enumerate(looked):
            metrics = scope.metrics(
                _pick(params, r), own["train"][r], own["test"][r], scope.tables, final.key
            )
            total = totals(metrics)
            values[:, r, s] = [
                *(total[name] for name in names),
                metrics.train_loss,
                metrics.test_loss,
            ]
    leading = plan.replicas.coordinates
    shape = tuple(plan.replicas.shape.values())
    labels = (*names, "snapshot_train_loss", "snapshot_test_loss")
    variables = {
        name: ((*leading, "snapshot"), array.reshape(*shape, -1), {"units": "nats"})
        for name, array in zip(labels, values, strict=True)
    }
    return xarray.Dataset(
        variables, {**leading, "snapshot": ("snapshot", steps, {"units": "updates"})}
    )


def _summary(flat: xarray.Dataset) -> dict[str, float]:
    """Key figures: medians over networks, and when they generalised."""
    accuracy_by_step = flat.test_acc.values
    generalised = accuracy_by_step[:, -1] >= GENERALISED
    ever = accuracy_by_step >= GENERALISED
    first = flat.step.values[np.argmax(ever, axis=1)][ever.any(1)]
    finals = [
        name
        for name, variable in flat.data_vars.items()
        if name.startswith("final_") and variable.dims == ("replica",)
    ]
    return {
        "networks": flat.sizes["replica"],
        "networks_generalised": int(generalised.sum()),
        "networks_diverged": int((~np.isfinite(flat.train_loss.values[:, -1])).sum()),
        "median_generalisation_step": float(np.median(first)) if len(first) else float("nan"),
        "median_peak_test_loss": float(np.median(np.nanmax(flat.test_loss.values, axis=1))),
        **{name.removeprefix("final_"): float(flat[name].median()) for name in finals},
    }


def draw(analysis: Analysis, config: Config) -> Iterator[Figure]:
    """Curves over training, then one network in detail."""
    del config
    yield from draw_training(analysis)
    yield from draw_network(analysis.drawings)


STUDY = Study(
    "group_composition", __doc__.splitlines()[0], Config, PRESETS, build, analyse, draw, check
)

if __name__ == "__main__":
    foreign = any(argument.split("=")[0] == "--weights" for argument in sys.argv[1:])
    raise SystemExit(main(_group_weights.STUDY if foreign else STUDY))
