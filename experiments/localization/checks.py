"""What a localization configuration must satisfy, one clear line each; and its traps."""

import importlib.util
import math
from pathlib import Path

import numpy as np

from jaxrep.data import INPUT_FAMILIES, PHOTOGRAPHS
from jaxrep.errors import InputError
from jaxrep.models.activations import ACTIVATIONS, ODD
from jaxrep.models.committee import WEIGHTS
from jaxrep.safe_arrays import read_npy
from jaxrep.study import check_finite, check_known, check_least, check_positive

from .config import Config
from .data import class_number, counts_of, images_of
from .problem import EVALUATED, output_count


def check_config(config: Config) -> None:
    """Raise `InputError` for values that cannot be trained."""
    check_least(config, length=1, units=1, seeds=1, measurements=1, steps=0)
    check_least(config, probe=0, sparseness=0)
    check_positive(config, "gain", "learning_rate", "scale")
    for name in ("power", "freedom"):
        check_finite(config, name)
        if not all(value > 2 for value in getattr(config, name)):
            values = list(getattr(config, name))
            raise InputError(f"{name}: {values}; only above 2 is the variance finite")
    if not set(config.clone) <= {0, 1}:
        raise InputError(f"clone: {list(config.clone)}; allowed are 0 and 1")
    if not 0 < config.localized < 1:
        raise InputError(f"localized: {config.localized} is outside (0, 1)")
    if not 0 <= config.sparse_rate < 1:
        raise InputError(f"sparse_rate: {config.sparse_rate} is outside [0, 1)")
    _check_inputs(config)
    _check_classes(config)
    _check_network(config)


def _check_inputs(config: Config) -> None:
    family, check = INPUT_FAMILIES[config.inputs], check_positive
    if config.inputs == "ising":  # couplings have either sign
        check = check_finite
    for name in ("positive", "negative", *(["further"] if config.further else [])):
        check(config, name)
        values = list(getattr(config, name))
        if config.inputs == "pulse" and not all(
            1 <= v * config.length < config.length - 1 for v in values
        ):
            raise InputError(f"{name}: {values} are not shares of {config.length} pixels")
        if config.inputs == "block":
            for extent in (value * config.length for value in values):
                if abs(extent - round(extent)) > 1e-4 or config.length % max(round(extent), 1):
                    raise InputError(
                        f"{name}: {values}: blocks of {extent:g} pixels do not tile "
                        f"the {config.length} pixels (length)"
                    )
    if config.dimensions == 2 and not family.planar:
        raise InputError(f"dimensions: 2 given; inputs {config.inputs} exist in 1 only")
    if config.inputs == "ising" and config.length < 2:
        raise InputError(f"length: {config.length} given; inputs ising need 2 or more")
    if config.half != "no" and not family.symmetric:
        raise InputError(
            f"half: {config.half} given; inputs {config.inputs} have no symmetry to break"
        )
    _check_given(config)
    _check_images(config)


def _check_given(config: Config) -> None:
    pixels, values = config.given_pixels, config.given_values
    if not pixels and not values:
        return
    if config.inputs != "nonlinear":
        raise InputError(
            f"given_pixels: only inputs nonlinear have given values, not {config.inputs}"
        )
    if len(pixels) != len(values) or len(set(pixels)) < len(pixels):
        raise InputError(
            f"given_values: {list(values)} do not fit given_pixels: {list(pixels)}, "
            "which must be distinct and as many"
        )
    last = config.length**config.dimensions - 1
    if not all(0 <= pixel <= last for pixel in pixels):
        raise InputError(f"given_pixels: {list(pixels)} has a pixel outside 0 .. {last}")
    # erf(g z) / Z stays below 1 / Z, and 1 / Z is at least 1
    if not all(abs(value) < 1 for value in values):
        raise InputError(f"given_values: {list(values)} has a value outside (-1, 1)")


def _check_images(config: Config) -> None:
    if (config.inputs == "patches") != bool(config.images):
        raise InputError(
            f"images: {config.images!r} given with inputs {config.inputs}; patches need a .npy "
            f"file or one of {', '.join(PHOTOGRAPHS)}, other inputs none"
        )
    if not config.images:
        return
    if config.images in PHOTOGRAPHS:
        try:
            images = images_of(config)
        except ValueError as error:
            raise InputError(f"images: {config.images} given; {error}") from None
    else:
        images = _array(config.images, "images", 3)
    if not 1 <= config.length <= min(images.shape[1:]):
        raise InputError(f"length: {config.length} is larger than images of {images.shape[1:]}")
    if config.network != "autoencoder" or config.dimensions != 2:
        raise InputError(
            "inputs: patches have no labels and two dimensions; they need network autoencoder "
            "and dimensions 2"
        )


def _check_classes(config: Config) -> None:
    classes, given = class_number(config), list(config.proportions)
    if given and len(given) != classes:
        raise InputError(f"proportions: {given} given for {classes} classes")
    if given and not (all(0 < p < 1 for p in given) and math.isclose(sum(given), 1, abs_tol=1e-6)):
        raise InputError(f"proportions: {given}; each must be between 0 and 1, their sum 1")
    for count, name in ((config.batch_size, "batch_size"), (EVALUATED, "proportions")):
        if min(counts_of(config, max(count, 0))) < 1:
            raise InputError(
                f"{name}: {count} inputs leave a class without any; each of {classes} needs one"
            )


def _check_network(config: Config) -> None:
    check_known(config, "activation", ACTIVATIONS)
    if config.weights.endswith(".npy"):
        shape = _array(config.weights, "weights", 2).shape
        wanted = (config.units, config.length**config.dimensions)
        if shape != wanted:
            raise InputError(f"weights: {config.weights} has {shape}, not [unit, pixel] {wanted}")
    else:
        check_known(config, "weights", (*WEIGHTS, "a .npy file"))
    if output_count(config) > 1 and config.network not in ("two_layer", "autoencoder"):
        raise InputError(
            f"network: {config.network} has one output; loss {config.loss} with "
            f"{class_number(config)} classes needs two_layer"
        )
    if config.loss == "cross_entropy" and (
        config.target != "class" or config.network == "autoencoder"
    ):
        raise InputError("loss: cross_entropy tells classes apart; this target is a number")
    if config.decompose and importlib.util.find_spec("sklearn") is None:
        raise InputError("decompose: needs scikit-learn: pip install 'jaxrep[components]'")


def _array(path: str, name: str, dimensions: int) -> np.ndarray:
    if not Path(path).is_file():
        raise InputError(f"{name}: there is no file {path}")
    try:
        array = read_npy(path)
    except (ValueError, OSError) as error:
        words = str(error).removeprefix(f"{path} ")
        raise InputError(f"{name}: {path} is not a .npy file of numbers ({words})") from None
    if array.ndim != dimensions or array.dtype.kind not in "fiu":
        raise InputError(f"{name}: {path} has shape {array.shape} of {array.dtype}")
    if not np.isfinite(array).all():
        raise InputError(f"{name}: {path} has values that are not finite")
    return array


def warnings_of(config: Config) -> list[str]:
    """The trap of odd networks on symmetric inputs."""
    symmetric = INPUT_FAMILIES[config.inputs].symmetric and config.half == "no"
    asks = config.target == "class" and config.network in ("committee", "two_layer")
    broken = bool(config.given_pixels)
    if config.bias == "off" and config.activation in ODD and symmetric and asks and not broken:
        return [
            f"activation: {config.activation} without bias is an odd function; these inputs are "
            "symmetric under x -> -x, so the network can learn nothing but 0"
        ]
    return []
