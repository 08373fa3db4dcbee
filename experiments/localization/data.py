"""The inputs of a configuration: its family, its parameters, its laws."""

from collections.abc import Mapping

import jax
import numpy as np
from jaxtyping import Array, Float, Key

from jaxrep.data import (
    PHOTOGRAPHS,
    InputFamily,
    class_counts,
    class_indices,
    input_family,
    sample_classes,
    whitened_photographs,
)
from jaxrep.data.gaussian_process import gain_of_pnas
from jaxrep.engine import Hyper
from jaxrep.safe_arrays import read_npy
from jaxrep.theory import InputLaw, input_law
from jaxrep.typing import Real

from .config import Config


def family_of(config: Config) -> InputFamily:
    """The family of all classes."""
    return input_family(
        config.inputs,
        config.length,
        config.dimensions,
        factor=None if config.rescaled == "no" else config.rescaled,
        half=None if config.half == "no" else config.half,
        given=dict(zip(config.given_pixels, config.given_values, strict=True)),
    )


def images_of(config: Config) -> Float[np.ndarray, "image height width"]:
    """The pictures that patches are cut from.

    Raises:
      ValueError: a package of photographs that is not installed, or a damaged file.
    """
    if config.images in PHOTOGRAPHS:
        return whitened_photographs(config.images)
    return read_npy(config.images).astype(np.float32)


def parameters_of(config: Config, hyper: Hyper | Mapping[str, float]) -> dict[str, Real]:
    """The family's own among a replica's hyper-parameters, the gain in the library's convention."""
    own = {name: hyper[name] for name in family_of(config).kind.parameters}
    if config.convention == "pnas" and "gain" in own:
        own["gain"] = gain_of_pnas(own["gain"])
    return own


def law_of(config: Config, hyper: Mapping[str, float], correlation: float) -> InputLaw | None:
    """What theory knows of one class, or None where there is none."""
    return input_law(family_of(config), correlation, **parameters_of(config, hyper))


def class_number(config: Config) -> int:
    """How many classes there are."""
    return 2 + len(config.further)


def counts_of(config: Config, count: int) -> list[int]:
    """How many of `count` inputs belong to each class."""
    return class_counts(count, class_number(config), config.proportions)


def classes_of(config: Config, count: int):
    """The class of each of `count` inputs, in the order in which they are drawn."""
    return class_indices(count, class_number(config), config.proportions)


def sample_inputs(
    config: Config,
    key: Key[Array, ""],
    hyper: Hyper | Mapping[str, float],
    count: int,
    images: jax.Array | np.ndarray | None,
) -> Float[Array, "input pixel"]:
    """Inputs of all classes, fixed counts of each: the labels need no random numbers.

    Args:
      config: configuration.
      key: of these inputs.
      hyper: a replica's hyper-parameters.
      count: of all classes together.
      images: that patches are cut from, else None.
    """
    correlations = [hyper["negative"], hyper["positive"], *config.further]
    own = parameters_of(config, hyper)
    counts = counts_of(config, count)
    return sample_classes(key, family_of(config), counts, correlations, images=images, **own)
