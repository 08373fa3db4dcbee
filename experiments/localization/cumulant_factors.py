"""Leading factors of the inputs' fourth cumulant, and how well fields match them."""

from typing import NamedTuple

import jax
import numpy as np
import xarray
from jaxtyping import Bool, Float

from jaxrep.analysis import CumulantFactors, leading_cumulant_factors, shifted_cosine
from jaxrep.data import INPUT_FAMILIES, gaussian_clone
from jaxrep.engine import Replicas
from jaxrep.study import GridPoint

from .config import Config
from .data import classes_of_inputs, in_support

SAMPLES = 20_000
"""Inputs of the class with the higher label; the cumulant of their Gaussian clone, which is 0 but
for the sample, is then at most a fourth of that of inputs with edges."""
MOST_PIXELS = 400
"""Above that the factors are left out: they would take longer than training."""


class PointFactors(NamedTuple):
    """Of the inputs of one grid point.

    Attributes:
      point: the grid point.
      raw: factors of the inputs of the class with the higher label.
      whitened: of the same after whitening.
      clone: of their Gaussian clone.
      local: units that count as localized, of the networks that did not diverge; all units of a
        network without any.
      match: largest cosine of each of their fields at the end with a factor, shifted around the
        ring; the median over these units.
      at_start: the same of the fields at the start of training.
      with_clone: the same of the final fields with the clone's factors.
    """

    point: GridPoint
    raw: CumulantFactors
    whitened: CumulantFactors
    clone: CumulantFactors
    local: Bool[np.ndarray, "network unit"]
    match: Float[np.ndarray, " network"]
    at_start: Float[np.ndarray, " network"]
    with_clone: Float[np.ndarray, " network"]


def factors_of(
    config: Config, replicas: Replicas, points: list[GridPoint], flat: xarray.Dataset
) -> list[PointFactors]:
    """Factors at these grid points; none of pictures, other targets and many pixels."""
    pixels = config.length**config.dimensions
    drawn = INPUT_FAMILIES[config.inputs].drawn
    if config.target != "class" or not drawn or not 1 < pixels <= MOST_PIXELS:
        return []
    return [_point(config, replicas, point, flat) for point in points]


def _point(
    config: Config, replicas: Replicas, point: GridPoint, flat: xarray.Dataset
) -> PointFactors:
    _, hyper = replicas.arrays()
    here = {name: float(values[point.rows[0]]) for name, values in hyper.items()}
    first, second = jax.random.split(jax.random.key(SAMPLES))
    inputs = in_support(config, classes_of_inputs(config, here)[1].sample(first, SAMPLES))
    raw, whitened = (leading_cumulant_factors(inputs, whiten=white) for white in (False, True))
    clone = leading_cumulant_factors(gaussian_clone(second, inputs))
    fields = flat.field.values[point.finite][:, [0, -1]]
    ratio = flat.participation.values[point.finite, -1]
    local = ratio > config.localized
    local |= ~local.any(1, keepdims=True)
    shape = (config.length,) * config.dimensions

    def match(which: int, factors: CumulantFactors) -> Float[np.ndarray, " network"]:
        periodic = config.boundary == "periodic"
        cosine = shifted_cosine(fields[:, which], factors.directions, shape, periodic=periodic)
        best = np.asarray(cosine).max(-1)
        return np.nanmedian(np.where(local, best, np.nan), 1)

    matches = match(-1, raw), match(0, raw), match(-1, clone)
    return PointFactors(point, raw, whitened, clone, local, *matches)
