"""The training problem of face angle: a code of the angle that a face is turned by."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import PyTree

from jaxrep.data.angle_density import draw_bin_weights
from jaxrep.data.face_transformations import TransformedStimuli, draw_transformed_stimuli
from jaxrep.data.faces import SETS, Faces, Stimuli, draw_stimuli
from jaxrep.engine import (
    Batches,
    Data,
    Hyper,
    Label,
    Problem,
    Replicas,
    Schedule,
    Variables,
    fresh_batches,
    linear_steps,
    logarithmic_steps,
    shuffled_batches,
)
from jaxrep.losses import LOSS_POWERS, cosine_loss, power_loss
from jaxrep.models.code_network import CodeNetwork, angle_error, angle_target
from jaxrep.study import Plan

from .config import Config
from .data import (
    density_of,
    faces_of,
    parameter_densities,
    several,
    stimulus_counts,
    transformation_of,
)
from .layers import angle_layers, parameter_layers
from .start import load_initial

LAST_RATE = 0.05
"""Share of the learning rate that is left at the end of a cosine decay."""


def network_of(config: Config) -> CodeNetwork:
    """From pixels to a code of two numbers, or of one for each of several parameters."""
    numbers = len(config.parameters) if several(config) else 2
    return CodeNetwork(config.architecture, numbers, config.activation)


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
    network, own_stimuli = network_of(config), is_own(config)
    per_stimulus, read_error = _losses(config), _errors(config)

    def sets(data: Data):
        return data.own["sets"] if own_stimuli else data.shared["sets"]

    def init(key, hyper, data):
        del hyper, data
        return Variables(network.init(key, jnp.zeros((1, faces.pixels)))["params"])

    def loss(variables, batch, hyper):
        pictures, angle = batch
        code = network.apply({"params": variables.params}, pictures)
        return jnp.mean(per_stimulus(code, angle, hyper["power"])), variables.state

    def measure(variables, hyper, data):
        measured = {}
        for name, (pictures, angles) in sets(data).items():
            code = network.apply({"params": variables.params}, pictures)
            error = read_error(code, angles)
            measured[f"{name}_loss"] = jnp.mean(per_stimulus(code, angles, hyper["power"]))
            measured[f"{name}_error"] = jnp.mean(jnp.abs(error))
            measured[f"{name}_squared_error"] = jnp.mean(error**2)
            if several(config):
                each = jnp.mean(jnp.abs(error), 0)
                measured |= {
                    f"{name}_error_{parameter}": each[place]
                    for place, parameter in enumerate(config.parameters)
                }
        return measured

    shared, own = _stimuli(config, faces)
    return Problem(
        init=init,
        loss=loss,
        optimizer=_optimizer(config),
        measure=measure,
        shared=shared,
        own=own,
        batches=_batches(config, faces, lambda data: sets(data)["train"]),
        trainable=_trainable(config),
        labels=_labels(config),
        headline="train_error",
        best=None if config.keep == "last" else f"{config.keep}_loss",
        network=(
            parameter_layers(network)
            if several(config)
            else angle_layers(config, network, faces, own_stimuli)
        ),
    )


def _losses(config: Config) -> Callable[..., jax.Array]:
    """``(codes, targets, power) -> loss of each stimulus`` (and parameter, of several)."""
    circular = config.code == "circular"
    if several(config):
        return lambda code, values, power: power_loss(code - values, power)

    def per_stimulus(code, angle, power):
        if circular and config.error == "cosine":
            return cosine_loss(code, angle_target(angle, True), power)
        return power_loss(angle_error(code, angle, circular), power)

    return per_stimulus


def _errors(config: Config) -> Callable[..., jax.Array]:
    """``(codes, targets) -> error of each stimulus``, rad; of several parameters in half ranges."""
    if several(config):
        return lambda code, values: code - values
    return lambda code, angle: angle_error(code, angle, config.code == "circular")


def _optimizer(config: Config) -> Callable[[Hyper], optax.GradientTransformation]:
    def optimizer(hyper):
        rate = hyper["learning_rate"]
        if config.decay == "cosine":
            rate = optax.cosine_decay_schedule(rate, sizes(config)[1], LAST_RATE)
        return optax.chain(optax.clip_by_global_norm(config.clip), optax.adam(rate))

    return optimizer


def _stimuli(config: Config, faces: Faces) -> tuple[dict[str, Any], Callable[..., Any]]:
    """Shared data, and what draws those of one network: faces, fixed stimuli, weights of bins."""
    counts, own_stimuli = stimulus_counts(config), is_own(config)
    rows = {name: jnp.asarray(faces.rows[name]) for name in SETS}

    def own(key, hyper, shared):
        del hyper
        if not own_stimuli:
            return ()
        first, second = jax.random.split(key)
        weights = draw_bin_weights(first, config.bins)
        density = density_of(config, weights)
        sets = draw_stimuli(faces, density, second, counts, shared["rows"])
        return {"sets": sets, "bins": weights}

    shared: dict[str, Any] = {"rows": rows, "sets": ()}
    if several(config):
        shared["sets"] = _transformed(config, faces, rows)
    elif not own_stimuli:
        key, density = jax.random.key(config.stimulus_seed), density_of(config)
        draw = jax.jit(lambda key, rows: draw_stimuli(faces, density, key, counts, rows))
        shared["sets"] = draw(key, rows)
    return jax.tree.map(np.asarray, shared), own


def _transformed(
    config: Config, faces: Faces, rows: dict[str, jax.Array]
) -> dict[str, TransformedStimuli]:
    """Stimuli of several parameters; with shuffled labels nothing in a picture tells its values."""
    transformation, densities = transformation_of(config), parameter_densities(config)
    counts, root = stimulus_counts(config), jax.random.key(config.stimulus_seed)

    def draw(key, rows):
        return draw_transformed_stimuli(faces, transformation, densities, key, counts, rows)

    sets = jax.jit(draw)(root, rows)
    if config.labels == "true":
        return sets
    keys = jax.random.split(jax.random.fold_in(root, 1), len(sets))
    return {
        name: stimuli._replace(values=jax.random.permutation(key, stimuli.values))
        for key, (name, stimuli) in zip(keys, sets.items(), strict=True)
    }


def _batches(config: Config, faces: Faces, training: Callable[[Data], Stimuli]) -> Batches:
    """The fixed stimuli in a new order every epoch, or new angles and faces at random."""
    own_stimuli = is_own(config)

    def take(data, chosen):
        pictures, angles = training(data)
        return pictures[chosen], angles[chosen]

    def sample(key, hyper, data):
        del hyper
        first, second = jax.random.split(key)
        weights = data.own["bins"] if own_stimuli else None
        angles = density_of(config, weights).sample(first, config.batch_size)
        shown = data.shared["rows"]["train"]
        chosen = jax.random.randint(second, (config.batch_size,), 0, len(shown))
        return faces.draw_each(shown[chosen], angles), angles

    if config.sampling == "fresh":
        return fresh_batches(sample, common=not own_stimuli)
    return shuffled_batches(config.stimuli, config.batch_size, take, common=not own_stimuli)


def _trainable(config: Config) -> Callable[[PyTree], PyTree] | None:
    """Which parameters are trained: all but those of the frozen layers."""
    if not config.frozen:
        return None
    frozen = {f"{kind}{layer}" for kind in "Wb" for layer in range(1, config.frozen + 1)}
    return lambda params: {name: name not in frozen for name in params}


def _labels(config: Config) -> dict[str, Label]:
    labels, unit = {}, "half ranges" if several(config) else "rad"
    for name in SETS:
        labels |= {
            f"{name}_loss": Label((), "1", f"loss on all {name} stimuli"),
            f"{name}_error": Label((), unit, f"mean absolute error on all {name} stimuli"),
            f"{name}_squared_error": Label((), f"{unit}^2", f"mean squared error, {name} stimuli"),
        }
        if several(config):
            labels |= {
                f"{name}_error_{parameter}": Label(
                    (), unit, f"mean absolute error of {parameter}, {name} stimuli"
                )
                for parameter in config.parameters
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
    kept = logarithmic_steps(steps, config.snapshots) if config.snapshots else (0,)
    schedule = Schedule(steps, measured, kept, saved)
    faces = faces_of(config)
    initial = load_initial(config, replicas)
    return Plan(training_problem(config, faces), replicas, schedule, initial, faces)
