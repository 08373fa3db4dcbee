"""Bad input of the face-angle study, and traps."""

import math
from pathlib import Path

import numpy as np

from jaxrep.data.angle_density import check_inside
from jaxrep.errors import InputError
from jaxrep.models.activations import ACTIVATIONS

from .config import Config
from .data import density_of, grid_of, load_faces
from .problem import is_own, power_of
from .start import started_run

FEWEST = 4
"""Faces of a set, for a covariance of two numbers."""
DENSITIES = ("uniform", "normal", "von_mises", "stepwise")


def check_config(config: Config) -> None:
    """Raise `InputError` for values that cannot be trained or analysed."""
    least = {"size": 8, "people": 1, "views": 1, "batch_size": 1, "epochs": 1, "seeds": 1}
    least |= {"stimuli": 8, "angles": 5, "bins": 2, "measurements": 2, "frozen": 0}
    least |= {"dense_angles": 0, "split_seed": 0, "stimulus_seed": 0}
    for name, bound in least.items():
        if getattr(config, name) < bound:
            raise InputError(f"{name}: {getattr(config, name)} given; at least {bound} is needed")
    if config.batch_size > config.stimuli // 4:
        raise InputError(
            f"batch_size: {config.batch_size} is above a quarter of the {config.stimuli} stimuli"
        )
    if not all(units >= 1 for units in config.architecture):
        raise InputError(f"architecture: {list(config.architecture)} has a layer without units")
    if config.architecture and config.architecture[-1] < 2:
        raise InputError(
            f"architecture: {list(config.architecture)} ends with 1 unit, so both numbers of the "
            "code depend on each other and their covariance is singular; at least 2 are needed"
        )
    if config.activation not in ACTIVATIONS:
        allowed = ", ".join(ACTIVATIONS)
        raise InputError(f"activation: {config.activation!r} is not known; allowed: {allowed}")
    if config.frozen > len(config.architecture):
        raise InputError(
            f"frozen: {config.frozen} of {len(config.architecture) + 1} layers leaves none to train"
        )
    if not config.loss:
        raise InputError("loss: none given; at least 1 is needed")
    for name in config.loss:
        try:
            power_of(name)
        except ValueError as error:
            raise InputError(f"loss: {error}") from None
    if len({power_of(name) for name in config.loss}) < len(config.loss):
        raise InputError(f"loss: {list(config.loss)} repeats a loss")
    if config.error == "cosine" and config.code == "linear":
        raise InputError("error: cosine is of circular codes; a linear code has error angle")
    rates = list(config.learning_rate)
    if not rates or not all(0 < rate < math.inf for rate in rates):
        raise InputError(f"learning_rate: {rates} has a value that is not positive, or none")
    if not 0 < config.clip < math.inf:
        raise InputError(f"clip: {config.clip} is not positive")
    if not math.isfinite(config.mean):
        raise InputError(f"mean: {config.mean} is not finite")
    _check_angles(config)
    try:
        faces = load_faces(config)
    except ValueError as error:
        raise InputError(f"faces: {config.faces}: {error}") from None
    few = {name: len(rows) for name, rows in faces.rows.items() if len(rows) < FEWEST}
    if few:
        name, count = next(iter(few.items()))
        raise InputError(
            f"split_sizes: {list(config.split_sizes)} gives {count} faces to the {name} set; a "
            f"covariance needs at least {FEWEST}"
        )
    if config.start and not config.start.startswith("<"):
        started_run(config)


def _check_angles(config: Config) -> None:
    known = config.density in DENSITIES
    if not known and not Path(config.density).is_file():
        raise InputError(
            f"density: {config.density!r} is neither a file nor one of {', '.join(DENSITIES)}"
        )
    limits = config.range
    if limits and not (len(limits) == 2 and limits[0] < limits[1]):
        raise InputError(f"range: {list(limits)} given; a least and a greater angle are needed")
    try:
        check_inside(density_of(config), np.array(limits))
    except ValueError as error:
        words = str(error)
        field = "range" if "outside the density's support" in words else "density"
        raise InputError(f"{field}: {words}") from None


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
