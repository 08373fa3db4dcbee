"""Faces and angles of a configuration: who is shown, turned how far, how often."""

import functools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from jaxrep.data import angle_density
from jaxrep.data.angle_density import Density
from jaxrep.data.content import content_digest
from jaxrep.data.pictures import (
    fetch_olivetti,
    read_pictures,
    resize,
    split_people,
    split_pictures,
)
from jaxrep.data.procedural_faces import draw_face, draw_identities
from jaxrep.data.rotation import disc_mask, rotate_each_picture, rotate_pictures

from .config import Config

SETS = ("train", "validation", "test")
EVALUATED = {"validation": 4, "test": 4}
"""Sets other than the training set have this part of its number of stimuli."""


class Faces(NamedTuple):
    """Faces of three sets, and how they are drawn.

    Attributes:
      rows: set -> numbers or pictures, one row for each face.
      person: set -> who is shown; -1 where nobody says.
      draw_each: ``(rows [picture, ...], angles [picture]) -> [picture, pixel]``.
      draw_all: ``(rows [picture, ...], angle) -> [pixel, picture]``, differentiable in the angle.
      pixels: of the disc.
    """

    rows: Mapping[str, Float[np.ndarray, "picture ..."]]
    person: Mapping[str, np.ndarray]
    draw_each: Callable
    draw_all: Callable
    pixels: int


def load_faces(config: Config) -> Faces:
    """The faces of a configuration.

    Raises:
      ValueError: they cannot be read, or not be split like that.
    """
    names = ("faces", "data_home", "size", "people", "views", "split", "split_sizes")
    values = {name: getattr(config, name) for name in (*names, "split_seed", "interpolation")}
    return _load(**values, digest=content_digest(config.faces))


@functools.lru_cache(maxsize=2)
def _load(
    faces, data_home, size, people, views, split, split_sizes, split_seed, interpolation, digest
) -> Faces:
    del digest  # part of the key: files that changed are read again
    if faces == "procedural":
        values = np.asarray(draw_identities(jax.random.key(split_seed), people, views))
        person = np.arange(people * views) // views
    else:
        found = fetch_olivetti(data_home or None) if faces == "olivetti" else None
        found = resize(found, size) if found else read_pictures(faces, size)
        values, person = found.values.reshape(len(found.values), -1), found.person
    if split == "people":
        parts = split_people(person, split_sizes, split_seed)
    else:
        parts = split_pictures(len(values), split_sizes, split_seed)
    rows = {name: values[part] for name, part in zip(SETS, parts, strict=True)}
    who = {name: person[part] for name, part in zip(SETS, parts, strict=True)}
    if faces == "procedural":
        face = functools.partial(draw_face, size=size)

        def draw_each(rows, angles):
            return jax.lax.map(lambda pair: face(*pair), (jnp.asarray(rows), jnp.asarray(angles)))

        def draw_all(rows, angle):
            return jax.vmap(face, in_axes=(0, None), out_axes=1)(jnp.asarray(rows), angle)
    else:
        draw_each = functools.partial(rotate_each_picture, interpolation=interpolation)

        def draw_all(rows, angle):
            return rotate_pictures(jnp.asarray(rows).T, angle, interpolation)

    return Faces(rows, who, draw_each, draw_all, int(disc_mask(size).sum()))


def angle_range(config: Config) -> tuple[float, float]:
    """Angles a code stands for: half a turn of a linear code, a whole turn of a circular one."""
    return (-np.pi, np.pi) if config.code == "circular" else (-np.pi / 2, np.pi / 2)


def density_of(config: Config, weights: Any = None) -> Density:
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


def grid_of(config: Config, count: int) -> Float[np.ndarray, " angle"]:
    """Angles the network is looked at, both ends included."""
    low, high = config.range or angle_range(config)
    return np.linspace(low, high, count)


def bin_weights(key: jax.Array, bins: int) -> jax.Array:
    """Weights of the bins of a stepwise density: any are equally likely (Dirichlet, all 1)."""
    return jax.random.dirichlet(key, jnp.ones(bins))


def draw_sets(
    config: Config, faces: Faces, key: jax.Array, rows: Mapping[str, Any], weights: Any = None
) -> dict[str, tuple[jax.Array, jax.Array]]:
    """Fixed stimuli ``set -> (pictures [stimulus, pixel], angles [stimulus])``.

    Stimulus k shows face k modulo their number, as in the original study.
    """
    density, found = density_of(config, weights), {}
    for name, one in zip(SETS, jax.random.split(key, len(SETS)), strict=True):
        count = config.stimuli // EVALUATED.get(name, 1)
        angles = density.sample(one, count)
        shown = jnp.asarray(rows[name])[jnp.arange(count) % len(rows[name])]
        found[name] = faces.draw_each(shown, angles), angles
    return found
