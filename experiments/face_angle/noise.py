"""What is known of the angle when noise of a known kind is added to the responses."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, PyTree

from jaxrep.analysis.fisher import Responses
from jaxrep.analysis.fisher_held_out import held_out_information
from jaxrep.analysis.fisher_networks import information_of_networks
from jaxrep.analysis.fisher_shape import fit_exponents
from jaxrep.analysis.noise_information import (
    additive_noise_information,
    gaussian_information,
    poisson_information,
)
from jaxrep.data.faces import Faces

from .config import Config
from .depth import layer_responses
from .looks import Angles, Persons, persons_of

FREEDOM = 4.0
"""Degrees of freedom of Student's t."""
FOLDS = 5
"""Of the readouts of a hidden layer."""

OfAngles = Float[np.ndarray, "replica angle"]


class Noise(NamedTuple):
    """Information of one layer under noise of one kind, training faces, 1 / rad^2.

    Attributes:
      layer: in words.
      units: of the layer.
      alone: of the noise, which face is shown being known: mean over faces.
      pictures: of the variation of pictures, without noise.
      together: of both, which is shown being unknown; linear Fisher information.
      before: `alone` in the networks that training started from.
      exponents: g of ``I ~ p^g``, by the name of these, ``[replica]``.
    """

    layer: str
    units: int
    alone: OfAngles
    pictures: OfAngles
    together: OfAngles
    before: OfAngles
    exponents: dict[str, Float[np.ndarray, " replica"]]


def student(x: jax.Array) -> jax.Array:
    """ln p of Student's t of 4 degrees of freedom, up to a constant."""
    return -(FREEDOM + 1) / 2 * jnp.log1p(x**2 / FREEDOM)


def information_with_noise(
    config: Config,
    faces: Faces,
    params: PyTree,
    before: PyTree,
    angles: Angles,
    density: OfAngles,
) -> Noise | None:
    """Of the layer and the noise that were asked for; None of no noise."""
    if config.noise == "none":
        return None
    shown, persons = _of_layer(config, faces, params, angles), persons_of(faces, "train")
    curves = {
        "alone": noise_information(config, shown),
        "pictures": _linear(config, shown, persons),
        "together": _linear(config, noisy_responses(config, shown), persons),
        "before": noise_information(config, _of_layer(config, faces, before, angles)),
    }
    exponents = {name: fit_exponents(curve, density) for name, curve in curves.items()}
    units = shown.codes.shape[-1]
    layer = "the code" if config.noise_layer == "code" else "the last hidden layer"
    return Noise(layer, units, **curves, exponents=exponents)


def _of_layer(config: Config, faces: Faces, params: PyTree, angles: Angles) -> Responses:
    every = layer_responses(config, faces, params, angles)
    return every[-1 if config.noise_layer == "code" else -2]


def noise_scale(config: Config, codes: Float[np.ndarray, "replica angle face unit"]) -> np.ndarray:
    """``[replica, 1, 1, 1]``: the scale of additive noise, or variance over mean."""
    over = (1, 2, 3)
    if config.noise in ("gaussian", "student"):
        return config.noise_size * np.sqrt(np.mean(codes**2, over, keepdims=True))
    return config.noise_size * np.mean(codes, over, keepdims=True)


def noise_information(config: Config, shown: Responses) -> OfAngles:
    """Information of the noise alone, mean over faces."""
    codes, slopes = (np.asarray(x, float) for x in shown)
    finite = np.isfinite(codes).all((1, 2, 3)) & np.isfinite(slopes).all((1, 2, 3, 4))
    found = np.full(codes.shape[:2], np.nan)
    if not finite.any():
        return found
    codes, slopes = codes[finite], slopes[finite]
    scale = np.broadcast_to(noise_scale(config, codes), codes.shape)
    with jax.enable_x64():
        if config.noise == "gaussian":
            each = gaussian_information(slopes, scale**2)
        elif config.noise == "student":
            each = additive_noise_information(slopes, student, scale)
        elif config.noise == "poisson":  # counts of responses over the scale
            each = poisson_information(codes / scale, slopes / scale[..., None])
        else:
            changes = scale[..., None] * slopes
            each = gaussian_information(slopes, scale * codes, changes)
        found[finite] = np.asarray(each)[..., 0, 0].mean(-1)
    return found


def noisy_responses(config: Config, shown: Responses) -> Responses:
    """One draw of the noise for every face and angle; derivatives are those of the means."""
    codes = np.asarray(shown.codes, float)
    scale = noise_scale(config, codes)
    draw = np.random.default_rng(config.stimulus_seed)
    noises: dict[str, Callable[[], np.ndarray]] = {
        "gaussian": lambda: codes + scale * draw.normal(size=codes.shape),
        "student": lambda: codes + scale * draw.standard_t(FREEDOM, codes.shape),
        "poisson": lambda: scale * draw.poisson(np.nan_to_num(codes / scale)),
        "proportional": lambda: codes + np.sqrt(scale * codes) * draw.normal(size=codes.shape),
    }
    noisy = noises[config.noise]()
    return Responses(np.where(np.isfinite(codes), noisy, np.nan), shown.derivatives)


def _linear(config: Config, shown: Responses, persons: Persons | None) -> OfAngles:
    """Of the code the formula, corrected; of many units the bound by readouts that are tested on
    other persons."""
    if config.noise_layer == "code":
        return information_of_networks(shown, groups=persons).mean_term
    groups = persons
    if persons is not None and len(np.unique(persons)) < FOLDS:
        groups = None
    return held_out_information(shown, groups=groups, folds=FOLDS).bound
