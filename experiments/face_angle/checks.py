"""Bad input of the face-angle study, and traps."""

from pathlib import Path

import numpy as np

from jaxrep.data.angle_density import check_inside
from jaxrep.data.face_transformations import FACE_PARAMETERS
from jaxrep.errors import InputError
from jaxrep.models.activations import ACTIVATIONS, RANGES
from jaxrep.study import (
    check_finite,
    check_given,
    check_known,
    check_layers,
    check_least,
    check_memory,
    check_positive,
)

from .config import Config
from .data import density_of, faces_of, grid_of, several
from .problem import is_own, power_of
from .start import started_run

FEWEST = 4
"""Faces of a set, for a covariance of two numbers."""
DENSITIES = ("uniform", "normal", "von_mises", "stepwise")
PLAIN = Config()
OF_ANGLE_ALONE = ("code", "density", "error", "sampling", "stream", "start", "range", "snapshots")
OF_ANGLE_ALONE += ("noise",)
"""Options that codes of several parameters do not have."""
LEAST = {
    "size": 8,
    "people": 1,
    "views": 1,
    "batch_size": 1,
    "epochs": 1,
    "seeds": 1,
    "stimuli": 8,
    "angles": 5,
    "bins": 2,
    "values": 3,
    "measurements": 2,
    "frozen": 0,
    "dense_angles": 0,
    "depth_angles": 0,
    "snapshots": 0,
    "split_seed": 0,
    "stimulus_seed": 0,
}


def check_config(config: Config) -> None:
    """Raise `InputError` for values that cannot be trained or analysed."""
    check_least(config, **LEAST)
    _check_sizes(config)
    if config.batch_size > config.stimuli // 4:
        raise InputError(
            f"batch_size: {config.batch_size} is above a quarter of the {config.stimuli} stimuli"
        )
    _check_network(config)
    _check_losses(config)
    check_positive(config, "learning_rate", "clip", "noise_size")
    _check_noise(config)
    check_finite(config, "mean")
    _check_parameters(config)
    _check_angles(config)
    _check_faces(config)
    if config.start and not config.start.startswith("<"):
        started_run(config)


def _check_sizes(config: Config) -> None:
    """Pictures, stimuli and responses fit into memory; numbers of 4 bytes."""
    picture = 4 * config.size**2
    if config.faces == "procedural":
        largest = "people" if config.people > config.views else "views"
        check_memory(config, **{largest: config.people * config.views * picture})
    if config.sampling == "fixed":
        check_memory(config, stimuli=config.stimuli * picture)
    # a code of two numbers and its derivative, of every network and training face
    responses = 16 * config.split_sizes[0] * config.seeds * len(config.loss)
    for name in ("angles", "dense_angles", "depth_angles"):
        check_memory(config, **{name: getattr(config, name) * responses})
    if several(config):
        check_memory(config, values=config.values ** len(config.parameters) * responses)


def _check_parameters(config: Config) -> None:
    """Several parameters have independent densities, and are analysed in their own way."""
    check_known(config, "parameters", FACE_PARAMETERS)
    names = list(config.parameters)
    if len(set(names)) < len(names):
        raise InputError(f"parameters: {names} repeats one")
    if not several(config):
        for name in ("concentrated", "labels"):
            if getattr(config, name) != getattr(PLAIN, name):
                value = getattr(config, name)
                value = list(value) if isinstance(value, tuple) else value
                raise InputError(f"{name}: {value} is for several parameters; angle alone has none")
        return
    if len(names) < 2:
        raise InputError(f"parameters: {names} given; angle alone, or 2 or 3 of them are allowed")
    check_positive(config, "half_range_size", "half_range_light", "deviation")
    absent = [name for name in config.concentrated if name not in names]
    if absent:
        raise InputError(f"concentrated: {absent[0]!r} given; allowed are {', '.join(names)}")
    for name in OF_ANGLE_ALONE:
        plain, value = getattr(PLAIN, name), getattr(config, name)
        if value != plain:
            value = list(value) if isinstance(value, tuple) else value
            raise InputError(
                f"{name}: {value} is for parameters angle alone; of several only "
                f"{list(plain) if isinstance(plain, tuple) else plain or 'none'} is allowed"
            )


def _check_noise(config: Config) -> None:
    """Counts, and variances that are proportional to means, need means that are not negative."""
    if config.noise_layer == "hidden" and not config.architecture:
        raise InputError("noise_layer: hidden given; this architecture has no hidden layer")
    if config.noise not in ("poisson", "proportional"):
        return
    if config.noise_layer == "code":
        raise InputError(
            f"noise: {config.noise} is for responses that are never negative; noise_layer code "
            "allows gaussian and student, hidden allows it"
        )
    allowed = [name for name, (least, _) in RANGES.items() if least == 0]
    if config.activation not in allowed:
        raise InputError(
            f"noise: {config.noise} is for responses that are never negative; activation "
            f"{config.activation} can be, {', '.join(allowed)} are allowed"
        )


def _check_network(config: Config) -> None:
    check_layers(config, "architecture", config.architecture)
    if config.architecture and config.architecture[-1] < 2:
        raise InputError(
            f"architecture: {list(config.architecture)} ends with 1 unit, so both numbers of the "
            "code depend on each other and their covariance is singular; at least 2 are needed"
        )
    check_known(config, "activation", ACTIVATIONS)
    if config.frozen > len(config.architecture):
        raise InputError(
            f"frozen: {config.frozen} of {len(config.architecture) + 1} layers leaves none to train"
        )


def _check_losses(config: Config) -> None:
    check_given(config, "loss")
    try:
        powers = [power_of(name) for name in config.loss]
    except ValueError as error:
        raise InputError(f"loss: {error}") from None
    if len(set(powers)) < len(powers):
        raise InputError(f"loss: {list(config.loss)} repeats a loss")
    if config.error == "cosine" and config.code == "linear":
        raise InputError("error: cosine is of circular codes; a linear code has error angle")


def _check_angles(config: Config) -> None:
    if config.density not in DENSITIES and not Path(config.density).is_file():
        raise InputError(
            f"density: {config.density!r} is neither a file nor one of {', '.join(DENSITIES)}"
        )
    limits = config.range
    if limits and not (len(limits) == 2 and limits[0] < limits[1]):
        raise InputError(f"range: {list(limits)} given; a least and a greater angle are needed")
    try:
        density = density_of(config)
    except ValueError as error:
        raise InputError(f"density: {error}") from None
    try:
        check_inside(density, np.array(limits))
    except ValueError as error:
        raise InputError(f"range: {error}") from None


def _check_faces(config: Config) -> None:
    if not Path(config.faces).is_file():
        for name, plain in (("faces_key", ""), ("faces_axes", "auto"), ("faces_pixels", "auto")):
            if getattr(config, name) != plain:
                raise InputError(f"{name}: {getattr(config, name)} is for files of arrays only")
    try:
        faces = faces_of(config)
    except (ValueError, OSError) as error:
        raise InputError(f"faces: {config.faces}: {error}") from None
    few = {name: len(rows) for name, rows in faces.rows.items() if len(rows) < FEWEST}
    if few:
        name, count = next(iter(few.items()))
        raise InputError(
            f"split_sizes: {list(config.split_sizes)} gives {count} faces to the {name} set; a "
            f"covariance needs at least {FEWEST}"
        )


def warnings_of(config: Config) -> list[str]:
    """Traps that a result should be read with."""
    lines = []
    if config.error == "cosine" and len(config.loss) > 1:
        lines.append(
            "error cosine: f(2) - f(1 + cos) is one squared error for every f, to leading order; "
            "error angle tells losses apart"
        )
    turned = grid_of(config, config.angles) / (np.pi / 2)
    aligned = np.abs(turned - np.round(turned)).min() < 1e-6
    if config.faces != "procedural" and config.interpolation == "bilinear" and aligned:
        lines.append(
            "interpolation bilinear: the derivative in the angle jumps at multiples of pi/2, "
            "which are among the angles; cubic has none of these jumps"
        )
    if is_own(config) and config.stream == "shared":
        lines.append("density stepwise: every network has a density, and so stimuli, of its own")
    return lines
