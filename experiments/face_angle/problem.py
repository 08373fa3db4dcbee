"""The training problem of face angle: a code of the angle that a face is turned by."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxrep.engine import (
    Data,
    Label,
    Problem,
    Replicas,
    Schedule,
    Variables,
    fresh_batches,
    linear_steps,
    shuffled_batches,
)
from jaxrep.losses import LOSS_POWERS, cosine_loss, power_loss
from jaxrep.models.code_network import CodeNetwork, angle_error, angle_target
from jaxrep.study import Plan

from .config import Config
from .data import SETS, Faces, bin_weights, density_of, draw_sets, load_faces
from .start import load_initial

LAST_RATE = 0.05
"""Share of the learning rate that is left at the end of a cosine decay."""


def network_of(config: Config) -> CodeNetwork:
    """From pixels to a code of two numbers."""
    return CodeNetwork(config.architecture, 2, config.activation)


def power_of(loss: str) -> float:
    """The power of an error that a loss is: of a name, or of a positive number.

    Raises:
      ValueError: neither.
    """
    if loss in LOSS_POWERS:
        return LOSS_POWERS[loss]
    try:
        power = float(loss)
    except ValueError:
        power = 0.0
    if not 0 < power < np.inf:
        raise ValueError(f"{loss!r} is not known; {', '.join(LOSS_POWERS)} or a positive power")
    return power


def is_own(config: Config) -> bool:
    """Whether every network has stimuli of its own: asked for, or another density for each."""
    return config.stream == "own" or config.density == "stepwise"


def sizes(config: Config) -> tuple[int, int]:
    """Steps of an epoch, and of the whole training."""
    per_epoch = config.stimuli // config.batch_size
    return per_epoch, config.epochs * per_epoch


def training_problem(config: Config, faces: Faces) -> Problem:
    """Minibatch training; all networks of a call see the same stimuli, unless `is_own`.

    Hyper-parameters: `power` of the error that is minimised (0: its logarithm),
    `learning_rate`.
    """
    network = network_of(config)
    circular, own_stimuli = config.code == "circular", is_own(config)
    steps = sizes(config)[1]
    rows = {name: jnp.asarray(faces.rows[name]) for name in SETS}

    def own(key, hyper, shared):
        del hyper
        if not own_stimuli:
            return ()
        first, second = jax.random.split(key)
        weights = bin_weights(first, config.bins)
        return {"sets": draw_sets(config, faces, second, shared["rows"], weights), "bins": weights}

    def sets(data: Data):
        return data.own["sets"] if own_stimuli else data.shared["sets"]

    def per_stimulus(code, angle, power):
        if circular and config.error == "cosine":
            return cosine_loss(code, angle_target(angle, True), power)
        return power_loss(angle_error(code, angle, circular), power)

    def init(key, hyper, data):
        del hyper, data
        return Variables(network.init(key, jnp.zeros((1, faces.pixels)))["params"])

    def loss(variables, batch, hyper):
        pictures, angle = batch
        code = network.apply({"params": variables.params}, pictures)
        return jnp.mean(per_stimulus(code, angle, hyper["power"])), variables.state

    def optimizer(hyper):
        rate = hyper["learning_rate"]
        if config.decay == "cosine":
            rate = optax.cosine_decay_schedule(rate, steps, LAST_RATE)
        return optax.chain(optax.clip_by_global_norm(config.clip), optax.adam(rate))

    def take(data, chosen):
        pictures, angles = sets(data)["train"]
        return pictures[chosen], angles[chosen]

    def sample(key, hyper, data):
        """New angles, and faces at random."""
        del hyper
        first, second = jax.random.split(key)
        weights = data.own["bins"] if own_stimuli else None
        angles = density_of(config, weights).sample(first, config.batch_size)
        shown = data.shared["rows"]["train"]
        chosen = jax.random.randint(second, (config.batch_size,), 0, len(shown))
        return faces.draw_each(shown[chosen], angles), angles

    def measure(variables, hyper, data):
        measured = {}
        for name, (pictures, angles) in sets(data).items():
            code = network.apply({"params": variables.params}, pictures)
            error = angle_error(code, angles, circular)
            measured[f"{name}_loss"] = jnp.mean(per_stimulus(code, angles, hyper["power"]))
            measured[f"{name}_error"] = jnp.mean(jnp.abs(error))
            measured[f"{name}_squared_error"] = jnp.mean(error**2)
        return measured

    common = not own_stimuli
    if config.sampling == "fresh":
        batches = fresh_batches(sample, common=common)
    else:
        batches = shuffled_batches(config.stimuli, config.batch_size, take, common=common)
    shared: dict[str, Any] = {"rows": rows}
    if common:
        key = jax.random.key(config.stimulus_seed)
        draw = jax.jit(lambda key, rows: draw_sets(config, faces, key, rows))
        shared["sets"] = draw(key, rows)
    else:
        shared["sets"] = ()
    trainable = None
    if config.frozen:
        frozen = {f"{kind}{layer}" for kind in "Wb" for layer in range(1, config.frozen + 1)}
        trainable = lambda params: {name: name not in frozen for name in params}  # noqa: E731
    return Problem(
        init=init,
        loss=loss,
        optimizer=optimizer,
        measure=measure,
        shared=jax.tree.map(np.asarray, shared),
        own=own,
        batches=batches,
        trainable=trainable,
        labels=_labels(),
        headline="train_error",
        best=None if config.keep == "last" else f"{config.keep}_loss",
    )


def _labels() -> dict[str, Label]:
    labels = {}
    for name in SETS:
        labels |= {
            f"{name}_loss": Label((), "1", f"loss on all {name} stimuli"),
            f"{name}_error": Label((), "rad", f"mean absolute error on all {name} stimuli"),
            f"{name}_squared_error": Label((), "rad^2", f"mean squared error, {name} stimuli"),
        }
    return labels


def build(config: Config) -> Plan:
    """The training problem, replicas and schedule, with the faces."""
    hyper = {
        "power": tuple(power_of(name) for name in config.loss),
        "learning_rate": config.learning_rate,
    }
    replicas = Replicas.consecutive(config.first_seed, config.seeds, hyper)
    steps = sizes(config)[1]
    measured, saved = linear_steps(steps, config.measurements), linear_steps(steps, 5)[1:]
    schedule = Schedule(steps, measured, (), saved)
    faces = load_faces(config)
    initial = load_initial(config, replicas)
    return Plan(training_problem(config, faces), replicas, schedule, initial, faces)
