"""The training problem of localization: classes of inputs that differ in their correlations."""

from collections.abc import Mapping
from typing import cast

import jax
import jax.numpy as jnp
import optax

from jaxrep.analysis.receptive_fields import inverse_participation_ratio, value_entropy
from jaxrep.data import sign_changes
from jaxrep.engine import (
    Data,
    Label,
    Problem,
    Replicas,
    Schedule,
    Variables,
    fresh_batches,
    linear_steps,
)
from jaxrep.losses import cross_entropy
from jaxrep.models.committee import (
    Answers,
    CommitteeMachine,
    ConvolutionalCommittee,
    SparseAutoencoder,
    sparsity,
)
from jaxrep.models.lazy_training import lazy_rate, lazy_start
from jaxrep.safe_arrays import read_npy
from jaxrep.study import Plan
from jaxrep.typing import Real

from .config import Config
from .data import (
    class_number,
    classes_of,
    draws_classes,
    family_of,
    images_of,
    negative_name,
    sample_drawn,
    sample_inputs,
)
from .layers import localizing_layers

EVALUATED = 1000
"""Fixed inputs that loss and accuracy are measured on, drawn once for each seed."""


def levels(config: Config) -> tuple[float, float]:
    """The labels of two classes that share one output."""
    return (-1.0, 1.0) if config.labels == "signs" else (0.0, 1.0)


def output_count(config: Config) -> int:
    """Outputs: one for two classes and for regression, else one for each class."""
    one = not config.further and config.loss == "mean_squared_error"
    return 1 if one or config.target != "class" else class_number(config)


def is_probed(config: Config) -> bool:
    """Whether a single unit is trained beside the network: it tells two classes apart."""
    plain = config.target == "class" and config.network != "autoencoder"
    return config.probe > 0 and plain and not config.further and has_theory(config)


def has_theory(config: Config) -> bool:
    """Whether inputs are on a ring or torus and around 0, as the theory of a unit has them."""
    return config.boundary == "periodic" and config.support == "signs"


def is_single(config: Config) -> bool:
    """Whether the network itself is the one unit that the theory is about."""
    unit = (config.units, config.activation, config.bias, config.network, config.labels)
    return unit == (1, "relu", "off", "committee", "unit") and config.optimizer == "sgd"


def tells_two_apart(config: Config) -> bool:
    """Whether the network tells two classes apart, by one output."""
    labelled = config.target == "class" and config.network != "autoencoder"
    return labelled and output_count(config) == 1


def network_of(config: Config) -> CommitteeMachine | SparseAutoencoder | ConvolutionalCommittee:
    """The network, gates and weights of a file not yet in it."""
    bias = None if config.bias == "off" else config.bias_start
    weights = "lecun_normal" if config.weights.endswith(".npy") else config.weights
    common = (config.units, config.activation, weights, config.scale, bias)
    signs = config.bias_signs
    if config.network == "autoencoder":
        return SparseAutoencoder(*common, bias_signs=signs)
    if config.network == "convolutional":
        shape = (config.length,) * config.dimensions
        return ConvolutionalCommittee(*common, bias_signs=signs, shape=shape)
    outputs = output_count(config) if config.network in ("two_layer", "scaled") else 0
    return CommitteeMachine(*common, outputs, bias_signs=signs)


def apply_network(config: Config, params: Mapping[str, Real], inputs, gates=None) -> Answers:
    """Outputs and pre-activations; `gates` ``[pixel, unit]`` open where ``gates . x > 0``."""
    network = network_of(config)
    if isinstance(network, CommitteeMachine) and config.network == "gated":
        network = network.clone(gate=lambda x: (jnp.matmul(x, gates) > 0).astype(x.dtype))
    return cast(Answers, network.apply({"params": params}, inputs))


def targets(config: Config, inputs, classes):
    """``[input, output]``: what the outputs should be."""
    if config.network == "autoencoder":
        return inputs
    if config.target == "sign_changes":
        middle = 0.0 if config.support == "signs" else 0.5
        return sign_changes(inputs - middle, periodic=config.boundary == "periodic")[:, None]
    if output_count(config) == 1:
        return jnp.where(classes == 1, *levels(config)[::-1])[:, None]
    return jax.nn.one_hot(classes, output_count(config))


def error(config: Config, outputs, inputs, classes):
    """Mean squared error over inputs and outputs, or cross-entropy in nats."""
    if config.loss == "cross_entropy":
        return jnp.mean(cross_entropy(outputs, jnp.asarray(classes)))
    return jnp.mean((outputs - targets(config, inputs, classes)) ** 2)


def errors(config: Config, outputs, inputs, classes):
    """`error` of every input, ``[input]``."""
    if config.loss == "cross_entropy":
        return cross_entropy(outputs, jnp.asarray(classes))
    return jnp.mean((outputs - targets(config, inputs, classes)) ** 2, 1)


def quality(config: Config, outputs, inputs, classes) -> dict[str, jax.Array]:
    """Accuracy where classes are told apart, else the explained share of the target's variance."""
    if config.network == "autoencoder" or config.target != "class":
        wanted = targets(config, inputs, classes)
        residual = jnp.sum((outputs - wanted) ** 2)
        return {"explained": 1 - residual / jnp.sum((wanted - wanted.mean(0)) ** 2)}
    if outputs.shape[1] == 1:
        found = (outputs[:, 0] > sum(levels(config)) / 2).astype(int)
    else:
        found = jnp.argmax(outputs, 1)
    return {"accuracy": jnp.mean(found == classes)}


def training_problem(config: Config) -> Problem:
    """Online gradient descent; every step sees fresh inputs.

    Hyper-parameters: `negative` and `positive` (correlation of the classes 0 and 1),
    `learning_rate`, `alpha` of scaled networks, and the families' own. Beside the network a single
    ReLU unit may be trained on the same inputs (`probe`), for which there is a theory.
    """
    pixels = config.length**config.dimensions

    def sample(key, hyper, count, shared):
        images = shared if config.inputs == "patches" else None
        return sample_inputs(config, key, hyper, count, images)

    def own(key, hyper, shared):
        first, second = jax.random.split(key)
        gated = config.network == "gated"
        gates = jax.random.normal(second, (pixels, config.units)) if gated else jnp.zeros(1)
        return {"inputs": sample(first, hyper, EVALUATED, shared), "gates": gates}

    def init(key, hyper, data):
        del data
        first, second = jax.random.split(key)
        params = dict(network_of(config).init(first, jnp.zeros((1, pixels)))["params"])
        if config.weights.endswith(".npy"):
            loaded = read_npy(config.weights).T * config.scale**0.5
            params = {**params, "W1": jnp.asarray(loaded, jnp.asarray(params["W1"]).dtype)}
        if config.network == "scaled":
            params = lazy_start(params, hyper["alpha"])
        if is_probed(config):
            start = jax.random.normal(second, (pixels,)) * (PROBE_SCALE / pixels**0.5)
            params = {**params, "probe": start}
        return Variables(params)

    def loss(variables, batch, hyper):
        inputs, gates, *drawn = batch
        classes = drawn[0] if drawn else classes_of(config, len(inputs))
        found = apply_network(config, variables.params, inputs, gates)
        total = error(config, found.outputs, inputs, classes)
        if config.network == "autoencoder":
            price = sparsity(found.pre_activations, config.sparse_rate or None)
            total = total + config.sparseness * price
        if is_probed(config):  # its own learning rate, whatever the network's
            unit = jnp.matmul(inputs, variables.params["probe"], precision="highest")
            own_error = jnp.mean((jax.nn.relu(unit) - (classes == 1)) ** 2)
            total = total + config.probe / rate_of(config, hyper) * own_error
        return total, variables.state

    def measure(variables: Variables, hyper, data: Data):
        del hyper
        params, inputs = variables.params, data.own["inputs"]
        classes = classes_of(config, EVALUATED)
        found = apply_network(config, params, inputs, data.own["gates"])
        fields = params["W1"].T
        measured = {
            "loss": error(config, found.outputs, inputs, classes),
            **quality(config, found.outputs, inputs, classes),
            "participation": inverse_participation_ratio(fields),
            "entropy": value_entropy(fields),
            "field": fields,
        }
        if config.network == "autoencoder":
            measured["activity"] = jnp.mean(jax.nn.sigmoid(found.pre_activations), 0)
        elif config.network in ("two_layer", "scaled"):
            measured["output_weight"] = params["W2"]
        kept = {"b1": "bias", "b2": "output_bias", "probe": "probe"}
        return measured | {name: params[key] for key, name in kept.items() if key in params}

    def batch(key, hyper, data):
        if draws_classes(config):
            images = data.shared if config.inputs == "patches" else None
            inputs, classes = sample_drawn(config, key, hyper, images)
            return inputs, data.own["gates"], classes
        return sample(key, hyper, config.batch_size, data.shared), data.own["gates"]

    frozen = {"b1", "b2"} if config.bias == "constant" else set()
    frozen |= {"W2", "b2"} if config.network == "scaled" else set()

    def trainable(params):
        return {name: name not in frozen for name in params}

    return Problem(
        init=init,
        loss=loss,
        optimizer=lambda hyper: optimizer_of(config, hyper),
        measure=measure,
        shared=images_of(config) if config.inputs == "patches" else (),
        own=own,
        batches=fresh_batches(batch),
        trainable=trainable if frozen else None,
        labels=LABELS,
        coordinates={
            "unit": list(range(config.units)),
            "pixel": list(range(pixels)),
            "output": list(range(output_count(config))),
        },
        headline="loss",
        network=localizing_layers(config, apply_network, targets, EVALUATED),
    )


def rate_of(config: Config, hyper: Mapping[str, Real]) -> Real:
    """The learning rate that gradient descent has, of which lazy networks take a part."""
    rate = hyper["learning_rate"]
    return rate * lazy_rate(hyper["alpha"]) if config.network == "scaled" else rate


def optimizer_of(config: Config, hyper: Mapping[str, Real]) -> optax.GradientTransformation:
    """Gradient descent, or Adam; of the single unit always what its theory is about, descent."""
    descent = optax.sgd(rate_of(config, hyper))
    if config.optimizer == "sgd":
        return descent
    parts = {"network": optax.adam(hyper["learning_rate"]), "probe": descent}

    def part(params):
        return {name: "probe" if name == "probe" else "network" for name in params}

    return optax.partition(parts, part)


PROBE_SCALE = 1e-3
"""Deviation of the single unit's initial weights, times sqrt(pixels): small, as theory asks."""

LABELS = {
    "loss": Label((), "1", "error on 1000 fixed inputs (nats for cross-entropy)"),
    "accuracy": Label((), "1", "share of right answers on 1000 fixed inputs"),
    "explained": Label((), "1", "share of the target's variance on 1000 fixed inputs"),
    "participation": Label(("unit",), "1", "inverse participation ratio of the receptive field"),
    "entropy": Label(("unit",), "bits", "entropy of the weights' values, bins of 0.1"),
    "field": Label(("unit", "pixel"), "1", "receptive field: first-layer weights"),
    "bias": Label(("unit",), "1"),
    "output_weight": Label(("unit", "output"), "1", "second-layer weights"),
    "output_bias": Label(("output",), "1"),
    "activity": Label(("unit",), "1", "mean over inputs of sigmoid(pre-activation)"),
    "probe": Label(("pixel",), "1", "weights of a single ReLU unit trained beside the network"),
}


def replicas_of(config: Config) -> Replicas:
    """Seeds, and the grid of what has several values."""
    own = (family_of(config, name).kind.parameters for name in (None, negative_name(config)))
    names = [*dict.fromkeys(name for one in own for name in one)]
    names += ["positive", "negative", "learning_rate"]
    names += ["alpha"] if config.network == "scaled" else []
    hyper = {name: getattr(config, name) for name in names}
    return Replicas.consecutive(config.first_seed, config.seeds, hyper)


def build(config: Config) -> Plan:
    """The training problem, replicas and schedule."""
    measured = linear_steps(config.steps, config.measurements)
    saved = linear_steps(config.steps, 5)[1:]
    schedule = Schedule(config.steps, measured, (0,), saved)
    return Plan(training_problem(config), replicas_of(config), schedule)
