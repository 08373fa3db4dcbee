"""Bad input of information_plane, and networks that cannot learn."""

import functools
from pathlib import Path
from typing import cast

import jax
import jax.numpy as jnp
import numpy as np

from jaxrep.analysis.coded_information import MOST_BITS
from jaxrep.analysis.layer_information import INFORMATION_ESTIMATORS
from jaxrep.analysis.pair_information import PAIR_ESTIMATORS
from jaxrep.analysis.training_health import clipped_share, is_dead
from jaxrep.data.known_channels import known_channels
from jaxrep.engine import Replicas
from jaxrep.engine.replicas import replica_key, stream
from jaxrep.errors import InputError
from jaxrep.models.activations import ACTIVATIONS
from jaxrep.models.feedforward import FeedForward, Layers
from jaxrep.study import check_finite, check_known, check_layers, check_least, check_positive
from jaxrep.study.words import in_words

from .config import Config
from .data import is_text, load, notes_of
from .problem import initial_variables, network_of, output_count


def check_config(config: Config) -> None:
    """Raise `InputError` for values that cannot be trained or estimated."""
    if config.channels:
        check_least(config, seeds=1, first_seed=0, sizes=20)
        check_known(config, "channels", ("all", *known_channels()))
        check_known(config, "estimators", PAIR_ESTIMATORS)
        if len(set(config.sizes)) < len(config.sizes):
            raise InputError(f"sizes: {list(config.sizes)} repeats a value")
        return
    check_least(config, batch_size=1, seeds=1, epochs=1, costly=1, max_norm=0)
    check_layers(config, "architecture", config.architecture)
    check_known(config, "activation", ACTIVATIONS)
    check_known(config, "estimators", INFORMATION_ESTIMATORS)
    check_positive(config, "learning_rate", "widths", "variances")
    check_finite(config, "initial_bias")
    _check_disturbances(config)
    if not 0 < config.stop_accuracy <= 1:
        raise InputError(f"stop_accuracy: {config.stop_accuracy} is outside (0, 1]")
    if not 0 < config.train_share <= 1:
        raise InputError(f"train_share: {config.train_share} is outside (0, 1]")
    if config.data != "twelve_bits":
        path = Path(config.data)
        if not path.exists():
            raise InputError(
                f"data: {config.data!r} is neither twelve_bits nor a .npz or text file, nor a "
                "folder of IDX files"
            )
        for name, plain in (("split", ""), ("zero_mean", False)):
            if getattr(config, name) != plain:
                raise InputError(f"{name}: {getattr(config, name)} is for data twelve_bits only")
    if not is_text(config):
        for name, plain in (("item", ""), ("class_column", ""), ("header", "auto")):
            if getattr(config, name) != plain:
                raise InputError(f"{name}: {getattr(config, name)} is for text files only")
    if config.split and not Path(config.split).is_file():
        raise InputError(f"split: there is no file {config.split}")
    data = load(config)
    if config.batch_size > len(data.train_classes):
        raise InputError(
            f"batch_size: {config.batch_size} is above the {len(data.train_classes)} inputs"
        )
    for name, found in (("train", data.train_classes), ("test", data.test_classes)):
        if len(np.unique(found)) < 2:
            raise InputError(f"data: all inputs of the {name} set are of one class")


def _check_disturbances(config: Config) -> None:
    """Codes, noise, dropout and weight decay."""
    check_least(config, bits=0, noise=0, dropout=0, weight_decay=0)
    if max(config.bits) > MOST_BITS:
        raise InputError(f"bits: {list(config.bits)} given; at most {MOST_BITS} are possible")
    if not max(config.dropout) < 1:
        raise InputError(f"dropout: {list(config.dropout)} given; below 1 is needed")
    if any(config.bits) and config.noise:
        raise InputError(
            f"noise: {config.noise} beside bits {list(config.bits)}; a noisy code cannot be counted"
        )


@functools.partial(jax.jit, static_argnames=("network", "root"))
def _starts(network: FeedForward, root: int, seeds, hyper, inputs, classes):
    """Of initial networks: which layers are dead ``[replica, layer]``, share of clipped inputs."""

    def start(seed, hyper):
        key = stream(replica_key(root, seed), "init")
        variables = initial_variables(network, key, hyper["initial_bias"], inputs)
        layers = cast(Layers, network.apply(variables, inputs))
        dead = [is_dead(layer) for layer in layers.hidden]
        return jnp.array([False, *dead]), clipped_share(layers.logits, classes)

    return jax.vmap(start)(seeds, hyper)


def warnings_of(config: Config) -> list[str]:
    """How a file was read; networks that cannot learn from their initial weights on, by seed."""
    if config.channels:
        return []
    replicas = Replicas.consecutive(
        config.first_seed, config.seeds, {"initial_bias": config.initial_bias}
    )
    data = load(config)
    network = network_of(config, output_count(data))
    inputs, classes = jnp.asarray(data.train_inputs), jnp.asarray(data.train_classes)
    starts = _starts(network, replicas.root, *replicas.arrays(), inputs, classes)
    dead, clipped = jax.device_get(starts)
    lines = []
    for index in range(len(replicas)):
        name = in_words(replicas.name(index))
        if dead[index].any():
            layer = int(np.argmax(dead[index]))
            lines.append(
                f"{name}: hidden layer {layer} is dead at initialisation (every unit constant); "
                "nothing before it learns"
            )
        elif config.loss == "clipped" and clipped[index] == 1:
            lines.append(
                f"{name}: every input is clipped at initialisation, so no gradient; "
                "loss log_softmax has one"
            )
    if len(lines) > 6:
        lines = [*lines[:5], f"and {len(lines) - 5} more networks that cannot learn"]
    return notes_of(config) + lines
