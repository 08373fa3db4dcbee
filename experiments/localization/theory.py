"""Theory against gradient descent: effective dynamics of a single ReLU unit from its own start."""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray
from jaxtyping import Float

from jaxrep.analysis.receptive_fields import inverse_participation_ratio
from jaxrep.data.gaussian_process import circulant_matrix
from jaxrep.engine import Replicas
from jaxrep.theory.localization import effective_dynamics, interpolate_amplifier, tabulate_amplifier

from .config import Config
from .data import law_of
from .problem import is_probed


class Unit(NamedTuple):
    """A single ReLU unit in training, and what theory says of it.

    Attributes:
      fields: its weights, ``[replica, step, pixel]``.
      theory: those of the effective dynamics from the same start, in float64.
      excess_kurtosis: of a pixel of the driving class, ``[replica]``.
    """

    fields: Float[np.ndarray, "replica step pixel"]
    theory: Float[np.ndarray, "replica step pixel"]
    excess_kurtosis: Float[np.ndarray, " replica"]


def is_single(config: Config) -> bool:
    """Whether the network itself is the one unit that the theory is about."""
    return (config.units, config.activation, config.bias, config.network, config.labels) == (
        1,
        "relu",
        "off",
        "committee",
        "unit",
    )


def predict(config: Config, replicas: Replicas, flat: xarray.Dataset) -> Unit | None:
    """The unit and its theory, or None where there is no such unit or no theory of the inputs."""
    equal = len(set(config.proportions)) <= 1
    if not equal or config.further or config.target != "class":
        return None
    if is_probed(config):
        fields, rates = flat.probe.values, config.probe
    elif is_single(config):
        fields, rates = flat.field.values[:, :, 0], None
    else:
        return None
    steps = flat.step.values
    found, kurtosis = [], []
    _, hyper = replicas.arrays()
    for _, rows in replicas.points():
        point = {name: float(values[rows[0]]) for name, values in hyper.items()}
        laws = [law_of(config, point, point[name]) for name in ("negative", "positive")]
        if None in laws:
            return None
        rate = point["learning_rate"] if rates is None else rates
        with jax.enable_x64():
            table = tabulate_amplifier(laws[1].amplifier)
            low, high = (circulant_matrix(law.row) for law in laws)
            starts = jnp.asarray(fields[rows, 0], float)
            paths = _dynamics(starts, low, high, table, rate, int(steps[-1]))
            found.append(np.asarray(paths)[:, steps])
        kurtosis += [laws[1].excess_kurtosis] * len(rows)
    return Unit(fields, np.concatenate(found), np.array(kurtosis))


@functools.partial(jax.jit, static_argnums=5)
def _dynamics(starts, low, high, table, rate, steps):
    """One program for all grid points: the amplifier is a table."""
    return jax.vmap(
        lambda start: effective_dynamics(
            start, low, high, lambda a: interpolate_amplifier(a, table), rate, steps
        )
    )(starts)


def unit_dataset(unit: Unit, flat: xarray.Dataset) -> xarray.Dataset:
    """The unit's localization over training, measured and predicted, as labelled arrays."""
    dims = ("replica", "step", "pixel")
    words = {
        "unit_participation": ("single ReLU unit, measured", unit.fields),
        "theory_participation": ("single ReLU unit, effective dynamics", unit.theory),
    }
    variables = {
        name: (
            dims[:2],
            np.asarray(inverse_participation_ratio(values)),
            {"units": "1", "long_name": f"inverse participation ratio, {text}"},
        )
        for name, (text, values) in words.items()
    }
    variables["theory_field"] = (dims, unit.theory, {"units": "1"})
    return xarray.Dataset(variables, {"step": flat.step, "pixel": flat.pixel})
