"""What the layers of a run keep, and how they cluster, where nothing has to be estimated."""

import sys
from typing import NamedTuple

import jax
import numpy as np
import xarray
from jaxtyping import Float, Int
from rich.progress import track

from jaxrep.analysis.class_geometry import ClassDistances
from jaxrep.analysis.layer_information import counted_program, distances_program, spread_records
from jaxrep.analysis.noisy_information import noisy_information
from jaxrep.engine import map_over_replicas, where_finite
from jaxrep.models.activations import RANGES

from .config import Config
from .looking import LOOK, Looking
from .problem import recorded_epochs

NO_ENDS = (None, None)
PROBES, PASSES, POINTS = 32, 128, 1024
"""Of a noisy network: inputs that are passed many times, times, and inputs that are averaged."""


class Exact(NamedTuple):
    """Over all inputs there are, training and test.

    Attributes:
      counted: I(X; M) and I(Y; M) of coded layers, bits, from counts; None without codes.
      noisy: the same of noisy hidden layers and their standard errors, ``kind 0`` with the input;
        NaN at records that were left out; None without noise.
      distances: `ClassDistances` of every layer; None where they were not asked for.
    """

    counted: Float[np.ndarray, "replica step layer 2"] | None
    noisy: Float[np.ndarray, "replica step hidden 2 2"] | None
    distances: Float[np.ndarray, "replica step layer 4"] | None

    @property
    def ratio(self) -> Float[np.ndarray, "replica step layer"] | None:
        """Mean squared distance within classes over that between them."""
        if self.distances is None:
            return None
        between = self.distances[..., 1]
        ratio = np.full(between.shape, np.nan)
        return np.divide(self.distances[..., 0], between, out=ratio, where=between > 0)

    def dataset(self, layers: list[str], steps: Int[np.ndarray, " step"]) -> xarray.Dataset:
        """With names and units."""
        dims, bits = ("replica", "step", "layer"), {"units": "bits"}
        found = {}
        if self.counted is not None:
            for place, name in enumerate(("counted_with_input", "counted_with_class")):
                found[name] = dims, self.counted[..., place], bits
        if self.noisy is not None:
            names = "noisy_with_input", "noisy_with_class"
            for place, name in enumerate(names):
                for part, ending in enumerate(("", "_error")):
                    values = np.full((*self.noisy.shape[:2], len(layers)), np.nan)
                    values[..., : self.noisy.shape[2]] = self.noisy[..., place, part]
                    found[name + ending] = dims, values, bits
        if self.distances is not None:
            for place, name in enumerate(ClassDistances._fields):
                units = {"units": "1" if name.startswith("cosine") else "squared activation"}
                found[f"distance_{name}"] = dims, self.distances[..., place], units
        return xarray.Dataset(found, {"layer": layers, "step": steps})


def without_estimator(
    config: Config, looking: Looking, finite: np.ndarray, layers: list[str]
) -> Exact | None:
    """Counts of coded networks, sample propagation of noisy ones, distances of classes."""
    coded, noisy = any(config.bits), config.noise > 0
    if not (coded or noisy or config.clustering):
        return None
    given = (
        looking.variables(slice(None), slice(None)),
        looking.inputs("all"),
        looking.classes("all"),
    )
    counted = propagated = None
    if coded:
        ends = RANGES.get(config.activation, NO_ENDS)
        ranges = (*[ends] * (len(layers) - 1), (0.0, 1.0))
        program = counted_program(looking.layers, max(config.bits), ranges)
        counted = where_finite(map_over_replicas(program, *given, words="counting"), finite)
    if noisy:
        propagated = where_finite(_propagated(config, looking, len(layers) - 1), finite)
    program = distances_program(looking.layers, len(layers))
    distances = map_over_replicas(program, *given, words="distances")
    return Exact(counted, propagated, where_finite(distances, finite))


def _propagated(
    config: Config, looking: Looking, hidden: int
) -> Float[np.ndarray, "replica step hidden 2 2"]:
    """Sample propagation at some records."""
    replicas, records = looking.flat.train_loss.shape
    found = np.full((replicas, records, hidden, 2, 2), np.nan)
    epochs = np.array(recorded_epochs(config.epochs))[:records]
    inputs, every = looking.inputs("all")
    classes, draw = looking.classes("all"), np.random.default_rng(LOOK)
    probes = np.repeat(inputs[draw.permutation(len(inputs))[:PROBES]], PASSES, 0)
    points = draw.permutation(len(inputs))[:POINTS]
    compute = jax.jit(looking.layers)
    work = [(r, t) for r in range(replicas) for t in spread_records(epochs, config.costly)]
    shown = {"transient": True, "disable": not sys.stderr.isatty()}
    for replica, record in track(work, "sample propagation", **shown):
        variables = looking.variables(replica, record)
        centres = compute(variables, (inputs, every))[:hidden]
        passes = compute(variables, (probes, every))[:hidden]
        for layer in range(hidden):
            here = np.asarray(centres[layer])
            again = np.asarray(passes[layer]).reshape(-1, PASSES, here.shape[1])
            if not np.isfinite(here).all():
                continue
            measured = noisy_information(
                here,
                classes,
                config.noise**2,
                passes=again if layer else None,
                points=points,
            )
            found[replica, record, layer] = np.array(measured)
    return found
