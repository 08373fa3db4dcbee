"""The inputs of a configuration: its family, its parameters, its laws."""

from collections.abc import Mapping

import jax
import numpy as np
from jaxtyping import Array, Float, Int, Key

from jaxrep.data import (
    PHOTOGRAPHS,
    InputClass,
    InputFamily,
    class_counts,
    class_indices,
    input_family,
    rescale_support,
    sample_drawn_classes,
    sample_each_class,
    whitened_photographs,
)
from jaxrep.data.gaussian_process import gain_of_pnas
from jaxrep.engine import Hyper
from jaxrep.safe_arrays import read_npy
from jaxrep.theory import InputLaw, input_law
from jaxrep.typing import Real

from .config import Config


def negative_name(config: Config) -> str:
    """The family of the class with the lower label; a clone is one of the nonlinear process."""
    return config.inputs if config.negative_inputs in ("same", "clone") else config.negative_inputs


def family_of(config: Config, name: str | None = None) -> InputFamily:
    """The family of all classes, or another one on the same pixels."""
    name = name or config.inputs
    given = dict(zip(config.given_pixels, config.given_values, strict=True))
    return input_family(
        name,
        config.length,
        config.dimensions,
        factor=None if config.rescaled == "no" else config.rescaled,
        half=None if config.half == "no" else config.half,
        given=given if name == "nonlinear" else {},
        boundary=config.boundary,
    )


def images_of(config: Config) -> Float[np.ndarray, "image height width"]:
    """The pictures that patches are cut from.

    Raises:
      ValueError: a package of photographs that is not installed, or a damaged file.
    """
    if config.images in PHOTOGRAPHS:
        return whitened_photographs(config.images)
    return read_npy(config.images).astype(np.float32)


def parameters_of(
    config: Config, hyper: Hyper | Mapping[str, float], name: str | None = None
) -> dict[str, Real]:
    """A family's own among a replica's hyper-parameters, the gain in the library's convention."""
    own = {key: hyper[key] for key in family_of(config, name).kind.parameters}
    if config.convention == "pnas" and "gain" in own:
        own["gain"] = gain_of_pnas(own["gain"])
    return own


def classes_of_inputs(config: Config, hyper: Hyper | Mapping[str, float]) -> list[InputClass]:
    """What the inputs of every class are drawn from, lower label first."""
    name, family = negative_name(config), family_of(config)
    lower = parameters_of(config, hyper, name)
    if config.negative_inputs == "clone":
        lower["clone"] = 1.0
    others = [hyper["positive"], *config.further]
    own = parameters_of(config, hyper)
    return [
        InputClass(family_of(config, name), hyper["negative"], lower),
        *(InputClass(family, correlation, own) for correlation in others),
    ]


def law_of(config: Config, hyper: Mapping[str, float], correlation: float) -> InputLaw | None:
    """What theory knows of a class of family `inputs`, or None where there is none."""
    own = parameters_of(config, hyper)
    return _law(config, InputClass(family_of(config), correlation, own))


def laws_of(config: Config, hyper: Mapping[str, float]) -> list[InputLaw | None]:
    """What theory knows of the classes with the lower and the higher label."""
    return [_law(config, one) for one in classes_of_inputs(config, hyper)[:2]]


def _law(config: Config, one: InputClass) -> InputLaw | None:
    if config.support != "signs":  # theory needs x and -x to be alike
        return None
    parameters = {name: float(value) for name, value in one.parameters.items()}
    return input_law(one.family, float(one.correlation), **parameters)


def in_support(config: Config, inputs: Float[Array, "input pixel"]) -> Float[Array, "input pixel"]:
    """Inputs as they are, or between 0 and 1 in the place of -1 and 1."""
    return inputs if config.support == "signs" else rescale_support(inputs)


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
    classes, counts = classes_of_inputs(config, hyper), counts_of(config, count)
    return in_support(config, sample_each_class(key, classes, counts, images=images))


def draws_classes(config: Config) -> bool:
    """Whether a batch is too small for an input of every class, so that classes are drawn."""
    return config.batch_size < class_number(config)


def sample_drawn(
    config: Config,
    key: Key[Array, ""],
    hyper: Hyper | Mapping[str, float],
    images: jax.Array | np.ndarray | None,
) -> tuple[Float[Array, "input pixel"], Int[Array, " input"]]:
    """A batch of inputs whose classes are drawn, and their classes; arguments as above."""
    classes, shares = classes_of_inputs(config, hyper), config.proportions
    found = sample_drawn_classes(key, classes, config.batch_size, shares, images=images)
    return in_support(config, found.inputs), found.classes
