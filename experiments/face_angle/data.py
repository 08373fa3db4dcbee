"""Faces and angles of a configuration: who is shown, turned how far, how often."""

import numpy as np
from jaxtyping import Array, Float

from jaxrep.data import angle_density
from jaxrep.data.angle_density import Density
from jaxrep.data.face_transformations import Transformation
from jaxrep.data.faces import SETS, Faces, load_faces

from .config import Config

EVALUATED = {"validation": 4, "test": 4}
"""Sets other than the training set have this part of its number of stimuli."""
INNER = 0.9
"""Half ranges within which codes of several parameters are looked at: labels end at 1."""


def faces_of(config: Config) -> Faces:
    """The faces of a configuration.

    Raises:
      ValueError: they cannot be read, or not be split like that.
    """
    return load_faces(
        config.faces,
        size=config.size,
        people=config.people,
        views=config.views,
        split=config.split,
        split_sizes=config.split_sizes,
        split_seed=config.split_seed,
        interpolation=config.interpolation,
        data_home=config.data_home,
        key=config.faces_key,
        axes=config.faces_axes,
        pixel_order=config.faces_pixels,
    )


def stimulus_counts(config: Config) -> dict[str, int]:
    """Fixed stimuli of every set."""
    return {name: config.stimuli // EVALUATED.get(name, 1) for name in SETS}


def angle_range(config: Config) -> tuple[float, float]:
    """Angles a code stands for: half a turn of a linear code, a whole turn of a circular one."""
    return (-np.pi, np.pi) if config.code == "circular" else (-np.pi / 2, np.pi / 2)


def density_of(config: Config, weights: Float[Array, " bin"] | np.ndarray | None = None) -> Density:
    """The density of angles; `weights` are those of its bins, where it has bins.

    Raises:
      ValueError: values that make no density, or a table that cannot be read.
    """
    low, high = angle_range(config)
    if config.density == "uniform":
        return angle_density.uniform_density(low, high)
    if config.density == "normal":
        return angle_density.normal_density(config.mean, config.deviation)
    if config.density == "von_mises":
        return angle_density.von_mises_density(config.mean, config.concentration)
    if config.density == "stepwise":
        weights = np.full(config.bins, 1 / config.bins) if weights is None else weights
        return angle_density.stepwise_density(weights, low, high)
    return angle_density.read_density(config.density)


def several(config: Config) -> bool:
    """Whether the code stands for more than the angle."""
    return tuple(config.parameters) != ("angle",)


def transformation_of(config: Config) -> Transformation:
    """Parameters of a code of several, and their half ranges."""
    half_ranges = {
        "angle": np.pi / 2,
        "size": config.half_range_size,
        "light": config.half_range_light,
    }
    return Transformation(config.parameters, tuple(half_ranges[n] for n in config.parameters))


def concentrated_density(config: Config) -> Density:
    """Of a parameter that is concentrated, in half ranges: the normal angles' mean and deviation
    over half pi."""
    half = np.pi / 2
    return angle_density.normal_density(config.mean / half, config.deviation / half)


def parameter_densities(config: Config) -> list[Density]:
    """Of every parameter of a code of several, in half ranges."""
    even, around = angle_density.uniform_density(-1.0, 1.0), concentrated_density(config)
    return [around if name in config.concentrated else even for name in config.parameters]


def parameter_values(config: Config) -> Float[np.ndarray, " value"]:
    """Values of each parameter at which codes of several are looked at, half ranges."""
    return np.linspace(-INNER, INNER, config.values)


def grid_of(config: Config, count: int) -> Float[np.ndarray, " angle"]:
    """Angles the network is looked at, both ends included."""
    low, high = config.range or angle_range(config)
    return np.linspace(low, high, count)
