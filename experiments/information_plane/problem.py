"""The training problem of the information plane: a thin classifier, watched densely early on."""

from typing import cast

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxrep.analysis.layer_information import gradient_statistics
from jaxrep.data.labelled import Labelled
from jaxrep.engine import (
    Batches,
    Data,
    Label,
    Problem,
    Replicas,
    Schedule,
    Variables,
    linear_steps,
    shuffled_batches,
)
from jaxrep.engine.network import Network, Replica
from jaxrep.losses import clipped_cross_entropy, cross_entropy
from jaxrep.models.disturbances import Disturbance, code_levels
from jaxrep.models.feedforward import FeedForward, Layers, max_norm
from jaxrep.optimizers import adam_outside
from jaxrep.study import Plan

from .config import Config
from .data import load
from .looking import disturbance_after, every_input, layers_of, logits_of_sets, looked_with

LOSSES = {"clipped": clipped_cross_entropy, "log_softmax": cross_entropy}


def recorded_epochs(epochs: int) -> list[int]:
    """Epochs after which the network is looked at: densely early on, sparsely later.

    As published: the first 50, every 2nd up to 100, every 20th up to 2000, every 100th beyond;
    and also the initial state (0) and the last epoch.
    """
    ends = [e for e in range(epochs) if e < 50 or (e < 100 and e % 2 == 0)]
    ends += [e for e in range(100, epochs) if e % (20 if e < 2000 else 100) == 0]
    return sorted({0, *(e + 1 for e in ends), epochs})


def network_of(config: Config, outputs: int) -> FeedForward:
    """The classifier."""
    return FeedForward(config.architecture, outputs, config.activation, config.batch_norm)


def layer_count(config: Config) -> int:
    """Hidden layers and the output."""
    return len(config.architecture) + 1


def output_count(data: Labelled) -> int:
    """Classes."""
    return int(max(data.train_classes.max(), data.test_classes.max())) + 1


def swept(config: Config) -> dict[str, tuple]:
    """Hyper-parameters of the replicas; those that change the program only where they are used."""
    names = ["initial_bias", "max_norm", "learning_rate"]
    names += [name for name in ("bits", "dropout", "weight_decay") if any(getattr(config, name))]
    return {name: tuple(float(x) for x in getattr(config, name)) for name in names}


def disturbance_in_training(config: Config, hyper, key) -> Disturbance | None:
    """What is done to hidden activations, each part only where it is asked for."""
    coded, dropped = any(config.bits), any(config.dropout)
    if not (coded or dropped or config.noise):
        return None
    return Disturbance(
        code_levels(hyper["bits"]) if coded else None,
        config.noise or None,
        hyper["dropout"] if dropped else None,
        key if config.noise or dropped else None,
    )


def initial_variables(network: FeedForward, key, bias, inputs) -> dict:
    """Drawn weights, with the initial bias of every hidden unit."""
    variables = network.init(key, inputs[:2])
    params = variables["params"]
    hidden = [f"b{i}" for i in range(1, len(network.architecture) + 1)]
    biases = {name: jnp.full_like(params[name], bias) for name in hidden}
    return {**variables, "params": {**params, **biases}}


def training_problem(config: Config, data: Labelled) -> Problem:
    """Minibatch training on cross-entropy; weights and gradients are recorded, not activations.

    Hyper-parameters: `learning_rate`, `initial_bias` (of hidden units), `max_norm` (0: none).
    """
    network, layers = network_of(config, output_count(data)), layer_count(config)
    random = bool(config.noise or any(config.dropout))
    names = [f"W{index}" for index in range(1, layers + 1)]
    shared = {
        "train": (np.ascontiguousarray(data.train_inputs), data.train_classes.astype(np.int32)),
        "test": (np.ascontiguousarray(data.test_inputs), data.test_classes.astype(np.int32)),
    }
    per_example = LOSSES[config.loss]

    def init(key, hyper, data):
        inputs, _ = data.shared["train"]
        variables = initial_variables(network, key, hyper["initial_bias"], inputs)
        return Variables(variables["params"], variables.get("batch_stats", ()))

    def apply(params, state, inputs, disturbance=None, training=False):
        variables = {"params": params, **({"batch_stats": state} if state else {})}
        given = () if disturbance is None else (disturbance,)
        if not (training and state):
            return cast(Layers, network.apply(variables, inputs, False, *given)), state
        found, changed = network.apply(variables, inputs, True, *given, mutable=["batch_stats"])
        return cast(Layers, found), changed["batch_stats"]

    def mean_loss(params, state, inputs, labels, weight, disturbance=None, training=False):
        found, state = apply(params, state, inputs, disturbance, training)
        losses = per_example(found.logits, labels)
        return jnp.sum(losses * weight) / jnp.sum(weight), state

    def loss(variables, batch, hyper):
        *batch, key = batch if random else (*batch, None)
        disturbance = disturbance_in_training(config, hyper, key)
        found, state = mean_loss(*variables, *batch, disturbance, training=True)
        if any(config.weight_decay):
            squares = sum(jnp.sum(variables.params[name] ** 2) for name in names)
            found = found + hyper["weight_decay"] / 2 * squares
        return found, state

    def take(data, rows, weight):
        inputs, labels = data.shared["train"]
        return inputs[rows], labels[rows], weight.astype(inputs.dtype)

    def optimizer(hyper):
        rate = hyper["learning_rate"]
        if config.optimizer == "sgd":
            return optax.sgd(rate)
        outside = config.epsilon_placement == "outside"
        return optax.flatten(adam_outside(rate) if outside else optax.adam(rate))

    def project(params, hyper):
        limit = hyper["max_norm"]
        limited = {
            name: jnp.where(limit > 0, max_norm(params[name], limit), params[name])
            for name in names[:-1]
        }
        return {**params, **limited}

    def signal_and_noise(params, state, inputs, labels, disturbance):
        """Norms of the mean and the spread over minibatches of the gradient of every layer."""
        size, count = config.batch_size, len(labels)
        steps = -(-count // size)
        rows = jnp.arange(steps * size).reshape(steps, size)
        weight = (rows < count).astype(inputs.dtype)

        def gradient(rows, weight):
            rows = jnp.minimum(rows, count - 1)
            batch = (inputs[rows], labels[rows], weight, disturbance)
            gradients = jax.grad(lambda params: mean_loss(params, state, *batch)[0])(params)
            return [gradients[name] for name in names]

        signal, noise = gradient_statistics(gradient, (rows, weight))
        return jnp.stack(signal), jnp.stack(noise)

    def measure(variables, hyper, data: Data):
        params, state = variables
        look = disturbance_after(config, hyper)
        measured = {name: values for name, values in params.items() if name[0] in "Wb"}
        if state:
            measured |= {
                f"{key}_{stat}": params.get(key, {}).get(stat, state.get(key, {}).get(stat))
                for key in state
                for stat in ("scale", "bias", "mean", "var")
            }
        given = {"params": params, **({"batch_stats": state} if state else {})}
        logits = logits_of_sets(network, given, data.shared, look)
        for name, (inputs, labels) in data.shared.items():
            measured[f"{name}_loss"] = jnp.mean(per_example(logits[name], labels))
            measured[f"{name}_accuracy"] = jnp.mean(jnp.argmax(logits[name], 1) == labels)
            mean, spread = signal_and_noise(params, state, inputs, labels, look)
            measured |= {f"{name}_gradient_mean": mean, f"{name}_gradient_spread": spread}
        measured["weight_norm"] = jnp.stack([jnp.linalg.norm(params[name]) for name in names])
        return measured

    batches = shuffled_batches(len(data.train_classes), config.batch_size, take, keep_last=True)
    done = None
    if config.stop_accuracy < 1:
        done = lambda measured: measured["test_accuracy"] > config.stop_accuracy  # noqa: E731
    return Problem(
        init=init,
        loss=loss,
        optimizer=optimizer,
        measure=measure,
        shared=shared,
        batches=_with_key(batches) if random else batches,
        project=project,
        done=done,
        labels=_labels(config),
        coordinates={"layer": list(range(layers))},
        headline="train_loss",
        network=_inside(config, network),
    )


def _with_key(batches: Batches) -> Batches:
    """The batch with a key of its step, for what is drawn anew at every step."""

    def draw(key, *rest):
        return (*batches.draw(key, *rest), key)

    return batches._replace(draw=draw)


def _inside(config: Config, network: FeedForward) -> Network:
    """Layers ``hidden_1 ...`` and ``output`` (softmax), on the inputs of both sets."""
    layers = layers_of(network)

    def apply(variables: Variables, inputs, replica: Replica):
        stats = {"batch_stats": variables.state} if variables.state else {}
        look = disturbance_after(config, replica.hyper)
        given = {"params": variables.params, **stats, **looked_with(look)}
        every = every_input(replica.data.shared)
        *hidden, output = layers(given, (inputs, every) if look is not None else inputs)
        return {**{f"hidden_{i}": x for i, x in enumerate(hidden, 1)}, "output": output}

    sets = "test", "train"
    inputs = {name: lambda replica, name=name: replica.data.shared[name][0] for name in sets}
    classes = {name: lambda replica, name=name: replica.data.shared[name][1] for name in sets}
    return Network(apply, inputs, classes, common=sets)


def _labels(config: Config) -> dict[str, Label]:
    layers = layer_count(config)
    weights = {
        f"W{i}": Label((f"source_{i}", f"unit_{i}"), "1", f"weights into layer {i}")
        for i in range(1, layers + 1)
    }
    weights |= {f"b{i}": Label((f"unit_{i}",), "1") for i in range(1, layers + 1)}
    sets = {}
    for name in ("train", "test"):
        sets |= {
            f"{name}_loss": Label((), "nats", f"cross-entropy ({config.loss}), {name} set"),
            f"{name}_accuracy": Label((), "1", f"accuracy, {name} set"),
            f"{name}_gradient_mean": Label(("layer",), "1", "norm of the mean gradient"),
            f"{name}_gradient_spread": Label(("layer",), "1", "norm of the gradient's deviation"),
        }
    return {**weights, **sets, "weight_norm": Label(("layer",), "1", "Frobenius norm")}


def build(config: Config) -> Plan | None:
    """The training problem, replicas and schedule, with the data; a step is one update.

    None for channels, which need no training.
    """
    if config.channels:
        return None
    data = load(config)
    replicas = Replicas.consecutive(config.first_seed, config.seeds, swept(config))
    per_epoch = -(-len(data.train_classes) // config.batch_size)
    steps = config.epochs * per_epoch
    measured = tuple(epoch * per_epoch for epoch in recorded_epochs(config.epochs))
    saved = tuple(epoch * per_epoch for epoch in linear_steps(config.epochs, 11)[1:])
    schedule = Schedule(steps, measured, (0,), saved)
    return Plan(training_problem(config, data), replicas, schedule, data=data)
