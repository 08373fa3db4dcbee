"""Information of every layer over training, compression, and networks that are stuck."""

import re
import sys
from collections.abc import Callable
from typing import NamedTuple

import jax
import numpy as np
import xarray
from jaxtyping import Bool, Float
from rich.progress import track

from jaxrep.analysis.layer_information import (
    binning_program,
    estimate_names,
    layer_information,
    share_of_most_common,
    spread_records,
)
from jaxrep.data.labelled import Labelled
from jaxrep.engine import Replicas, join_replicas, map_over_replicas, split_replicas, where_finite
from jaxrep.engine.run import Run
from jaxrep.study import GridPoint, Plan, grid_points

from .config import Config
from .looking import Looking, looks_of
from .problem import layer_count, network_of, output_count, recorded_epochs
from .without_estimator import Exact, without_estimator

SETS = ("train", "test")
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
      activations: ``network -> [record][layer]`` arrays ``[input, unit]`` on the training set;
        computed when asked for.
      stuck: ``[replica]``, finite networks that name one class.
      finite: ``[replica]``, those that did not diverge.
      exact: what is known without an estimator, of networks that allow it; else None.
    """

    config: Config
    replicas: Replicas
    flat: xarray.Dataset
    data: Labelled
    epochs: np.ndarray
    layers: list[str]
    estimates: list[str]
    activations: Callable[[int], list[list[np.ndarray]]]
    stuck: np.ndarray
    finite: Bool[np.ndarray, " replica"]
    exact: Exact | None = None

    @property
    def points(self) -> list[GridPoint]:
        """Grid points with their networks; numbers of bits are whole."""
        names = [name for name, _ in self.replicas.points()]
        whole = {name: re.sub(r"\bbits=(\d+)\.0\b", r"bits=\1", name) for name in names}
        return grid_points(self.replicas, self.finite, whole)


def estimates_of(config: Config) -> list[str]:
    """Every estimate of a configuration, in order."""
    return estimate_names(config.estimators, config.widths, config.variances)


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
    finite = run.finite
    looking = Looking(network, flat, looks_of(config, replicas), data)
    arrays = [where_finite(bits, finite) for bits in estimate(config, looking)]
    estimates = estimates_of(config)
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
    exact = without_estimator(config, looking, finite, layers)
    if exact is not None:
        further = exact.dataset(layers, flat.step.values)
        results = results.merge(split_replicas(further, replicas.coordinates))
    compute, inputs = jax.jit(looking.layers), looking.inputs("train")

    def activations(replica: int) -> list[list[np.ndarray]]:
        looked = (looking.variables(replica, record) for record in range(len(epochs)))
        return [[np.asarray(layer) for layer in compute(one, inputs)] for one in looked]

    common = share_of_most_common(data.train_classes)
    stuck = finite & (flat.train_accuracy.values[:, -1] < common + STUCK)
    found = Found(
        config, replicas, flat, data, epochs, layers, estimates, activations, stuck, finite, exact
    )
    return results, found


def estimate(
    config: Config, looking: Looking
) -> tuple[Float[np.ndarray, "replica set step estimate layer"], ...]:
    """I(X; M) and I(Y; M) of all records; costly estimators at some of them, else NaN."""
    replicas, records = looking.flat.train_loss.shape
    names = estimates_of(config)
    shape = (replicas, len(SETS), records, len(names), layer_count(config))
    bits = np.full((2, *shape), np.nan)
    bins = len(config.widths) if "binning" in config.estimators else 0
    if bins:
        every = looking.variables(slice(None), slice(None))
        program = binning_program(looking.layers, tuple(config.widths))
        for index, kind in enumerate(SETS):
            given = looking.inputs(kind), looking.classes(kind)
            values = map_over_replicas(program, every, *given, words="binning")
            bits[:, :, index, :, :bins] = np.moveaxis(values, -1, 0)
    costly = [name for name in config.estimators if name != "binning"]
    if not costly:
        return bits[0], bits[1]
    epochs = np.array(recorded_epochs(config.epochs))[:records]
    some = spread_records(epochs, config.costly)
    compute = jax.jit(looking.layers)
    places = [SETS.index("test")] if config.costly_on == "test" else range(len(SETS))
    work = [(r, s, t) for r in range(replicas) for s in places for t in some]
    watched = track(work, "other estimators", transient=True, disable=not sys.stderr.isatty())
    for replica, index, record in watched:
        kind = SETS[index]
        layers = compute(looking.variables(replica, record), looking.inputs(kind))
        layers = [np.asarray(layer) for layer in layers]
        inputs = getattr(looking.data, f"{kind}_inputs")
        classes = looking.classes(kind)
        values = layer_information(layers, inputs, classes, costly, (), config.variances)
        bits[:, replica, index, record, bins:] = values
    return bits[0], bits[1]
