"""Codes of natural pictures and of their Gaussian clone, fitted by Gabor functions."""

from typing import NamedTuple

import jax
import numpy as np
import xarray
from jaxtyping import Float

from jaxrep.analysis import (
    Gabor2DFit,
    GaborStatistics,
    fit_gabor_2d,
    inverse_participation_ratio,
    search_independent_components,
    sparse_dictionary,
    summarise_gabors,
)
from jaxrep.data import gaussian_clone
from jaxrep.engine import Replicas
from jaxrep.study import GridPoint

from .config import Config
from .data import images_of, sample_inputs

PATCHES = 6000
"""Patches that are decomposed, their means taken away."""
COMPONENTS = 49
"""Components and atoms, at most one fewer than pixels: without their means patches have no more."""
PRICE, PASSES = 3.0, 5
"""Of activity in the sparse code, for patches of unit variance; over the patches."""
CLONE_STEPS = 20
"""Of the search for components of the clone, which has none and does not end."""

AUTOENCODER, INDEPENDENT, SPARSE = "sparse autoencoder", "independent components", "sparse code"
CLONED = ", Gaussian clone"


class SeedCode(NamedTuple):
    """One code of one seed's patches.

    Attributes:
      fields: encoding weights of the autoencoder, basis functions of the components, atoms.
      ratio: inverse participation ratio of each field.
      fit: a Gabor function for every field.
      statistics: of the fits.
      converged: whether a search for components ended; True for other codes.
    """

    fields: Float[np.ndarray, "unit row column"]
    ratio: Float[np.ndarray, " unit"]
    fit: Gabor2DFit
    statistics: GaborStatistics
    converged: bool


PictureCodes = dict[str, list[SeedCode]]
"""Code -> one of every seed."""


def picture_codes(
    config: Config, replicas: Replicas, points: list[GridPoint], flat: xarray.Dataset
) -> PictureCodes:
    """Codes of the patches of every network of the first of these points; none of other inputs."""
    if config.inputs != "patches" or not config.decompose or not points:
        return {}
    seeds, hyper = replicas.arrays()
    images, side = images_of(config), config.length
    number = min(COMPONENTS, side**2 - 1)
    codes: PictureCodes = {}

    def keep(name: str, fields: np.ndarray, converged: bool = True) -> None:
        pictures = fields.reshape(-1, side, side)
        fit = fit_gabor_2d(pictures)
        ratio = np.asarray(inverse_participation_ratio(fields.reshape(len(fields), -1)))
        code = SeedCode(pictures, ratio, fit, summarise_gabors(fit), converged)
        codes.setdefault(name, []).append(code)

    for row in points[0].finite:
        here = {name: float(values[row]) for name, values in hyper.items()}
        first, second = jax.random.split(
            jax.random.fold_in(jax.random.key(PATCHES), int(seeds[row]))
        )
        patches = np.asarray(sample_inputs(config, first, here, PATCHES, images))
        patches = patches - patches.mean(1, keepdims=True)
        clone = np.asarray(gaussian_clone(second, patches))
        for inputs, mark, most in ((patches, "", 200), (clone, CLONED, CLONE_STEPS)):
            search = search_independent_components(inputs, number, iterations=most)
            keep(INDEPENDENT + mark, np.linalg.pinv(search.filters).T, search.converged)
            keep(SPARSE + mark, sparse_dictionary(inputs, number, price=PRICE, iterations=PASSES))
        keep(AUTOENCODER, flat.field.values[row, -1])
    return codes
