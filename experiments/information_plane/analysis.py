"""Information of every layer over training, compression, and networks that are stuck."""

import functools
import sys
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray
from jaxtyping import Float
from rich.progress import track

from jaxrep.analysis.edge import edge_layer_information
from jaxrep.analysis.information import (
    Information,
    binned_information,
    kernel_information,
)
from jaxrep.analysis.neighbours import neighbour_class_information, neighbour_information
from jaxrep.data.labelled import Labelled
from jaxrep.engine import Replicas, join_replicas, map_over_replicas, split_replicas
from jaxrep.engine.run import Run
from jaxrep.study import Plan

from .config import Config
from .problem import (
    layer_activations,
    layer_count,
    network_of,
    output_count,
    recorded_epochs,
)

SETS = ("train", "test")
LOOKED = 40
"""Records whose activations are kept for histograms."""
LOST = 0.5
"""Bits below a seed's own peak that are called compression in the tables."""
STUCK = 0.02
"""A network is stuck if its accuracy stays this close to that of always naming one class."""


class Found(NamedTuple):
    """Everything the figures are drawn from.

    Attributes:
      config, replicas: what was run.
      flat: records and information with one leading dimension ``replica``.
      data: inputs and classes.
      epochs: of the records.
      layers: names of the layers.
      estimates: their names, ``binning 0.07``, ``upper 0.001``, ... in order.
      activations: ``[record][layer]`` arrays ``[input, unit]``, of the first seed of the first
        grid point on the training set.
      stuck: ``[replica]``.
    """

    config: Config
    replicas: Replicas
    flat: xarray.Dataset
    data: Labelled
    epochs: np.ndarray
    layers: list[str]
    estimates: list[str]
    activations: list[list[np.ndarray]]
    stuck: np.ndarray


def estimate_names(config: Config) -> list[str]:
    """Every estimate of a configuration, in order."""
    names = []
    if "binning" in config.estimators:
        names += [f"binning {width:g}" for width in config.widths]
    if "kernel" in config.estimators:
        names += [f"{side} {v:g}" for v in config.variances for side in ("lower", "upper")]
    return names + [name for name in ("edge", "neighbours") if name in config.estimators]


def labelled_results(run: Run, plan: Plan, config: Config) -> tuple[xarray.Dataset, Found]:
    """Information of every layer, compression, stuck networks."""
    data: Labelled = plan.data
    replicas, results = plan.replicas, run.records
    leading = list(replicas.coordinates)
    flat = join_replicas(results, leading)
    network = network_of(config, output_count(data))
    layers = [f"layer {i}" for i in range(1, layer_count(config))] + ["output"]
    # a run may have stopped early, at any record
    epochs = np.array(recorded_epochs(config.epochs))[: flat.sizes["step"]]
    arrays = estimate(config, network, flat, data)
    estimates = estimate_names(config)
    dims = ("replica", "set", "step", "estimate", "layer")
    about = {"units": "bits"}
    information = xarray.Dataset(
        {
            "with_input": (dims, arrays[0], about | {"long_name": "I(X; M)"}),
            "with_class": (dims, arrays[1], about | {"long_name": "I(Y; M)"}),
        },
        {"set": list(SETS), "estimate": estimates, "layer": layers, "step": flat.step},
    )
    flat = flat.assign_coords(layer=layers).merge(information)
    results = results.assign_coords(layer=layers, epoch=("step", epochs)).merge(
        split_replicas(information, replicas.coordinates)
    )
    looked = [_variables(flat, 0, index) for index in picked_records(epochs, LOOKED)]
    compute = jax.jit(functools.partial(layer_activations, network))
    inputs = jnp.asarray(data.train_inputs.T)
    activations = [[np.asarray(a) for a in compute(v, inputs)] for v in looked]
    majority = np.bincount(data.train_classes).max() / len(data.train_classes)
    stuck = flat.train_accuracy.values[:, -1] < majority + STUCK
    found = Found(config, replicas, flat, data, epochs, layers, estimates, activations, stuck)
    return results, found


def picked_records(epochs: np.ndarray, most: int) -> np.ndarray:
    """Up to `most` record numbers, logarithmically spaced in epochs, first and last included."""
    wanted = np.geomspace(1, max(epochs[-1], 1), max(most - 2, 0))
    nearest = np.abs(epochs[:, None] - wanted).argmin(0)
    return np.unique([*([0] if most > 1 else []), *nearest, len(epochs) - 1])


def _variables(flat: xarray.Dataset, replica: int, record: int) -> dict:
    """What the network is applied with, from the recorded weights."""
    params, statistics = {}, {}
    for name in flat.data_vars:
        if name[0] in "Wb" and name[1:].isdigit():
            params[name] = flat[name].values[replica, record]
        elif name.startswith("norm"):
            layer, _, key = name.partition("_")
            into = statistics if key in ("mean", "var") else params
            into.setdefault(layer, {})[key] = flat[name].values[replica, record]
    return {"params": params, **({"batch_stats": statistics} if statistics else {})}


def estimate(
    config: Config, network: Any, flat: xarray.Dataset, data: Labelled
) -> tuple[Float[np.ndarray, "replica set step estimate layer"], ...]:
    """I(X; M) and I(Y; M) of all records; costly estimators at some of them, else NaN."""
    replicas, records = flat.train_loss.shape
    names = estimate_names(config)
    shape = (replicas, len(SETS), records, len(names), layer_count(config))
    found = np.full((2, *shape), np.nan)
    epochs = np.array(recorded_epochs(config.epochs))[:records]
    some = set(picked_records(epochs, config.costly).tolist())
    sets = (
        (data.train_inputs, data.train_classes),
        (data.test_inputs, data.test_classes),
    )
    activations_of = jax.jit(functools.partial(layer_activations, network))

    bins = len(config.widths) if "binning" in config.estimators else 0
    if bins:
        every = _variables(flat, slice(None), slice(None))
        for index, (inputs, classes) in enumerate(sets):
            program = _binning_program(network, tuple(config.widths))
            values = map_over_replicas(
                program, every, np.ascontiguousarray(inputs.T), classes, words="binning"
            )
            found[:, :, index, :, :bins] = np.moveaxis(values, -1, 0)
    watch = functools.partial(track, transient=True, disable=not sys.stderr.isatty())
    costly = [name for name in config.estimators if name != "binning"]
    if not costly:
        return found[0], found[1]
    work = [(r, s, t) for r in range(replicas) for s in range(len(SETS)) for t in sorted(some)]
    for replica, index, record in watch(work, description="other estimators"):
        inputs, classes = sets[index]
        variables = _variables(flat, replica, record)
        layers = [np.asarray(a) for a in activations_of(variables, jnp.asarray(inputs.T))]
        for layer, activations in enumerate(layers):
            if not np.isfinite(activations).all():
                continue
            rows = _costly(config, activations, inputs, classes)
            found[:, replica, index, record, bins:, layer] = np.array(rows).T
    return found[0], found[1]


def _binning_program(network: Any, widths: tuple[float, ...]):
    """One replica's records, all widths and layers: ``[record, width, layer, kind]``."""

    def one(variables, inputs, classes):
        layers = layer_activations(network, variables, inputs)
        rows = [
            jnp.stack([jnp.stack(binned_information(a, classes, w)) for a in layers])
            for w in widths
        ]
        return jnp.stack(rows)

    def program(variables, inputs, classes):
        return jax.lax.map(lambda record: one(record, inputs, classes), variables)

    return program


def _costly(config: Config, activations, inputs, classes) -> list[Information]:
    rows: list = []
    if "kernel" in config.estimators:
        for variance in config.variances:
            rows += list(kernel_information(activations, classes, variance))
    if "edge" in config.estimators:
        rows.append(edge_layer_information(activations, inputs, classes))
    if "neighbours" in config.estimators:
        with_input = neighbour_information(activations, inputs)
        rows.append(Information(with_input, neighbour_class_information(activations, classes)))
    return [[float(value) for value in row] for row in rows]


def points(replicas: Replicas) -> list[tuple[str, np.ndarray]]:
    """Grid points: name, and its replicas."""
    return [(name or "all", rows) for name, rows in replicas.points()]
