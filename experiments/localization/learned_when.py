"""What is learned when: errors on the inputs and on their Gaussian clone, over training."""

from collections.abc import Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray
from jaxtyping import Float

from jaxrep.analysis import error_gap, lasting_departure
from jaxrep.data import clone_classes
from jaxrep.engine import Replicas

from .config import Config
from .data import classes_of, counts_of, sample_inputs
from .problem import apply_network, errors

TESTED = 2000
"""Fresh inputs that networks are tested on, and as many of their Gaussian clone."""
APART = 0.05
"""Difference between the errors (mean squared, or nats) that counts as one."""

WEIGHTS = {"bias": "b1", "output_weight": "W2", "output_bias": "b2"}
"""Recorded name -> parameter, beside the fields; which there are depends on the network."""


class Learned(NamedTuple):
    """Errors over training of every network, whatever it was trained on, on the same two sets.

    Attributes:
      inputs: mean error on fresh inputs of its grid point, never cloned.
      clone: the same on normal inputs with the mean and covariance of each of their classes.
      chance: between two halves of the fresh inputs, where there is no difference.
      departure: step from which on the errors on inputs and clone differ by `APART` or more;
        NaN where they do not.
    """

    inputs: Float[np.ndarray, "replica step"]
    clone: Float[np.ndarray, "replica step"]
    chance: Float[np.ndarray, "replica step"]
    departure: Float[np.ndarray, " replica"]

    @property
    def gap(self) -> Float[np.ndarray, "replica step"]:
        """How much larger the error on the clone is."""
        return self.clone - self.inputs


def learned_when(
    config: Config,
    replicas: Replicas,
    flat: xarray.Dataset,
    gates: Float[np.ndarray, "replica ..."],
    tested: int = TESTED,
) -> Learned | None:
    """Errors of the recorded weights on inputs and clones; None without classes to tell apart.

    Args:
      config: of the run.
      replicas: seeds and grid.
      flat: records with one leading dimension ``replica``.
      gates: of gated networks.
      tested: inputs of each set.
    """
    if config.target != "class" or config.network == "autoencoder":
        return None
    known = {"field": "W1"} | {name: key for name, key in WEIGHTS.items() if name in flat}
    params = {key: flat[name].values for name, key in known.items()}
    seeds, hyper = replicas.arrays()
    hyper = hyper | ({"clone": np.zeros(len(seeds), np.float32)} if "clone" in hyper else {})

    def one(every):
        seed, here, weights, gate = every
        inputs, clone = _tested(config, seed, here, tested)
        return jax.lax.map(lambda now: _step(config, now, gate, inputs, clone), weights)

    numbers = jax.jit(lambda every: jax.lax.map(one, every))((seeds, hyper, params, gates))
    inputs, clone, chance, noise = (np.asarray(values) for values in numbers)
    steps = flat.step.values
    apart = lasting_departure(clone - inputs, steps, least=APART, standard_error=noise)
    return Learned(inputs, clone, chance, apart)


def _tested(config: Config, seed, hyper: Mapping[str, jax.Array], count: int):
    """Fresh inputs of one network, and their Gaussian clone, class by class."""
    first, second = jax.random.split(jax.random.fold_in(jax.random.key(TESTED), seed))
    inputs = sample_inputs(config, first, hyper, count, None)
    return inputs, clone_classes(second, inputs, tuple(counts_of(config, count)))


def _step(config: Config, weights: dict, gate, inputs, clone):
    """Errors at one measured step: on both, between halves, and the noise of the difference."""
    classes = classes_of(config, len(inputs))
    params = {**weights, "W1": weights["W1"].T}
    each = []
    for tested in (inputs, clone):
        outputs = apply_network(config, params, tested, gate).outputs
        each.append(errors(config, outputs, tested, classes))
    noise = error_gap(*each).standard_error
    halves = error_gap(each[0][::2], each[0][1::2]).gap
    return jnp.mean(each[0]), jnp.mean(each[1]), halves, noise


def learned_dataset(learned: Learned) -> xarray.Dataset:
    """The errors as labelled arrays."""
    words = {
        "error_inputs": (learned.inputs, f"error on {TESTED} fresh inputs"),
        "error_clone": (learned.clone, "error on normal inputs of the same means and covariances"),
    }
    variables = {
        name: (("replica", "step"), values, {"units": "1", "long_name": text})
        for name, (values, text) in words.items()
    }
    text = f"step from which on the two errors are {APART} or more apart; NaN: they are not"
    departure = {"units": "steps", "long_name": text}
    return xarray.Dataset(variables | {"departure": ("replica", learned.departure, departure)})
