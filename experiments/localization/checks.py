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
from .data import class_number, counts_of, draws_classes, images_of, negative_name
from .problem import EVALUATED, has_theory, output_count


def check_config(config: Config) -> None:
    """Raise `InputError` for values that cannot be trained."""
    check_least(config, length=1, units=1, seeds=1, measurements=1, steps=0, batch_size=1)
    check_least(config, probe=0, sparseness=0)
    check_positive(config, "gain", "learning_rate", "scale", "alpha")
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
    if config.negative_inputs == "clone" and config.inputs != "nonlinear":
        raise InputError(
            f"negative_inputs: clone given with inputs {config.inputs}; only nonlinear have one"
        )
    if config.negative_inputs != "same" and config.inputs == "patches":
        raise InputError(
            f"negative_inputs: {config.negative_inputs} given; inputs patches have no classes"
        )
    lower = negative_name(config)
    _check_correlations(config, "positive", config.inputs)
    _check_correlations(config, "negative", lower)
    if config.further:
        _check_correlations(config, "further", config.inputs)
    for name in dict.fromkeys((config.inputs, lower)):
        _check_family(config, name)
    _check_given(config)
    _check_images(config)


def _check_correlations(config: Config, name: str, inputs: str) -> None:
    """Of the class or classes with that field, which are of that family."""
    # couplings have either sign
    (check_finite if inputs == "ising" else check_positive)(config, name)
    values = list(getattr(config, name))
    if inputs == "pulse" and not all(1 <= v * config.length < config.length - 1 for v in values):
        raise InputError(f"{name}: {values} are not shares of {config.length} pixels")
    if inputs == "block":
        for extent in (value * config.length for value in values):
            if abs(extent - round(extent)) > 1e-4 or config.length % max(round(extent), 1):
                raise InputError(
                    f"{name}: {values}: blocks of {extent:g} pixels do not tile "
                    f"the {config.length} pixels (length)"
                )


def _check_family(config: Config, name: str) -> None:
    family = INPUT_FAMILIES[name]
    if config.dimensions == 2 and not family.planar:
        raise InputError(f"dimensions: 2 given; inputs {name} exist in 1 only")
    if config.boundary == "open" and not family.open:
        raise InputError(f"boundary: open given; inputs {name} exist with periodic only")
    if name == "ising" and config.length < 2:
        raise InputError(f"length: {config.length} given; inputs ising need 2 or more")
    if config.half != "no" and not family.symmetric:
        raise InputError(f"half: {config.half} given; inputs {name} have no symmetry to break")


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
    counts = {"proportions": EVALUATED}
    if not draws_classes(config):
        counts = {"batch_size": config.batch_size, **counts}
    for name, count in counts.items():
        if min(counts_of(config, count)) < 1:
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
    _check_student(config)
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


def _check_student(config: Config) -> None:
    """Of the comparisons of Ingrosso and Goldt: biases of both signs, filters, the lazy dial."""
    halves = config.bias_signs == "halves"
    if halves and (config.bias == "off" or not config.bias_start):
        raise InputError(
            "bias_signs: halves given; a bias_start other than 0, and a bias, are needed"
        )
    if config.network == "convolutional" and config.boundary == "open":
        raise InputError(
            "boundary: open given; filters of network convolutional go around, periodic is needed"
        )
    if config.network != "scaled":
        return
    if config.units % 2:
        raise InputError(f"units: {config.units} given; network scaled has pairs, an even number")
    if config.optimizer != "sgd":
        raise InputError(
            f"optimizer: {config.optimizer} given; the alpha of network scaled is one of sgd"
        )
    if halves:
        raise InputError("bias_signs: halves given; pairs of network scaled are copies, use same")


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
    """The trap of odd networks on symmetric inputs; theory that is left out."""
    return [*_odd(config), *_without_theory(config)]


def _odd(config: Config) -> list[str]:
    families = (INPUT_FAMILIES[name] for name in (config.inputs, negative_name(config)))
    symmetric = all(family.symmetric for family in families)
    symmetric = symmetric and config.half == "no" and config.support == "signs"
    asks = config.target == "class" and config.network not in ("gated", "autoencoder")
    broken = bool(config.given_pixels)
    if config.bias == "off" and config.activation in ODD and symmetric and asks and not broken:
        return [
            f"activation: {config.activation} without bias is an odd function; these inputs are "
            "symmetric under x -> -x, so the network can learn nothing but 0"
        ]
    return []


def _without_theory(config: Config) -> list[str]:
    if has_theory(config):
        return []
    why = {
        "boundary: open": (config.boundary == "open", "around a ring, with circulant covariances"),
        "support: unit": (config.support == "unit", "on which x and -x are equally likely"),
    }
    return [
        f"{option}; the theory of a single unit is of inputs {words}, and is left out"
        for option, (given, words) in why.items()
        if given
    ]
