"""Faces as a data set: who is in which set, and how each face is drawn at any angle.

Procedural faces need no file; Olivetti faces and pictures of one's own are turned by interpolation.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int, Key

from jaxrep.data.angle_density import Density
from jaxrep.data.content import content_digest
from jaxrep.data.picture_files import Axes, PixelOrder, read_pictures
from jaxrep.data.pictures import (
    Pictures,
    fetch_olivetti,
    resize,
    split_people,
    split_pictures,
)
from jaxrep.data.procedural_faces import draw_face, draw_identities
from jaxrep.data.rotation import disc_mask, rotate_each_picture, rotate_pictures
from jaxrep.typing import Array

SETS = ("train", "validation", "test")
"""Names of the sets of faces."""
SPLIT_SIZES, SPLIT_SEED = (300, 50, 50), 787
"""Of the split of the original study."""

Interpolation = Literal["cubic", "bilinear"]


class Faces(NamedTuple):
    """Faces of three sets, and how they are drawn.

    Attributes:
      rows: set -> numbers or pictures, one row for each face.
      person: set -> who is shown; -1 where nobody says.
      draw_each: ``(rows [face, ...], angles [face]) -> [face, pixel]``, angles in radians; a third
        argument is the scales [face] that they are enlarged by.
      draw_all: ``(rows [face, ...], angle) -> [pixel, face]``, differentiable in the angle; a third
        argument is the scale.
      pixels: of the disc.
    """

    rows: Mapping[str, Float[np.ndarray, "face ..."]]
    person: Mapping[str, Int[np.ndarray, " face"]]
    draw_each: Callable[..., jax.Array]
    draw_all: Callable[..., jax.Array]
    pixels: int


class Stimuli(NamedTuple):
    """Turned faces.

    Attributes:
      pictures: grey values of the pixels of the disc.
      angles: they are turned by, radians.
    """

    pictures: Float[Array, "stimulus pixel"]
    angles: Float[Array, " stimulus"]


def load_faces(
    source: str = "procedural",
    *,
    size: int = 32,
    people: int = 40,
    views: int = 10,
    split: Literal["pictures", "people"] = "pictures",
    split_sizes: tuple[int, int, int] = SPLIT_SIZES,
    split_seed: int = SPLIT_SEED,
    interpolation: Interpolation = "cubic",
    data_home: str = "",
    key: str = "",
    axes: Axes = "auto",
    pixel_order: PixelOrder = "auto",
) -> Faces:
    """Faces by where they come from, in three sets.

    The last two that were asked for are kept; files are known by their content, so that one that
    changed is read again.

    >>> faces = load_faces("procedural", size=16, people=4, views=2, split_sizes=(4, 2, 2))
    >>> faces.draw_all(faces.rows["train"], 0.3).shape == (faces.pixels, 4)
    True

    Args:
      source: procedural (drawn), olivetti (by scikit-learn), or a path: .mat of the Olivetti
        faces, .npy of [picture, height, width], .npz, or a folder of pictures.
      size: pixels of a side.
      people, views: of procedural faces: identities, and pictures of each.
      split: pictures: a person may be in training and test; people: nobody is.
      split_sizes: pictures for training, validation and test; of people, their proportions.
      split_seed: of the split, and of procedural identities.
      interpolation: of pictures that are turned; the derivative of bilinear ones jumps.
      data_home: of olivetti: scikit-learn's data folder.
      key, axes, pixel_order: of files of arrays, as of `read_pictures`.

    Raises:
      ValueError: they cannot be read, or not be split like that.
    """
    asked = (size, people, views, split, tuple(split_sizes), split_seed, interpolation, data_home)
    lying = (key, axes, pixel_order)
    return _load(source, *asked, lying, digest=content_digest(source))


@functools.lru_cache(maxsize=2)
def _load(
    source: str,
    size: int,
    people: int,
    views: int,
    split: str,
    split_sizes: tuple[int, int, int],
    split_seed: int,
    interpolation: Interpolation,
    data_home: str,
    lying: tuple[str, Axes, PixelOrder],
    *,
    digest: str,
) -> Faces:
    del digest  # part of the key: files that changed are read again
    if source == "procedural":
        values = np.asarray(draw_identities(jax.random.key(split_seed), people, views))
        person = np.arange(people * views) // views
        draw_each, draw_all = _procedural(size)
    else:
        found = _pictures(source, size, data_home, lying)
        values, person = np.asarray(found.values), np.asarray(found.person)
        values = values.reshape(len(values), -1)
        draw_each, draw_all = _turned(interpolation)
    if split == "people":
        parts = split_people(person, split_sizes, split_seed)
    else:
        parts = split_pictures(len(values), split_sizes, split_seed)
    rows = {name: values[part] for name, part in zip(SETS, parts, strict=True)}
    who = {name: person[part] for name, part in zip(SETS, parts, strict=True)}
    return Faces(rows, who, draw_each, draw_all, int(disc_mask(size).sum()))


def _pictures(
    source: str, size: int, data_home: str, lying: tuple[str, Axes, PixelOrder]
) -> Pictures:
    if source == "olivetti":
        return resize(fetch_olivetti(data_home or None), size)
    key, axes, pixel_order = lying
    return read_pictures(source, size, key=key, axes=axes, pixel_order=pixel_order)


def _procedural(size: int) -> tuple[Callable, Callable]:
    def face(numbers, angle, *scale):
        return draw_face(numbers, angle, size, *scale)

    def draw_each(rows, angles, *scales):
        given = tuple(jnp.asarray(x) for x in (rows, angles, *scales))
        return jax.lax.map(lambda own: face(*own), given)

    def draw_all(rows, angle, *scale):
        axes = (0, None, *[None] * len(scale))
        return jax.vmap(face, in_axes=axes, out_axes=1)(jnp.asarray(rows), angle, *scale)

    return draw_each, draw_all


def _turned(interpolation: Interpolation) -> tuple[Callable, Callable]:
    def draw_each(rows, angles, scales=None):
        return rotate_each_picture(rows, angles, interpolation, scales)

    def draw_all(rows, angle, scale=None):
        return rotate_pictures(jnp.asarray(rows).T, angle, interpolation, scale)

    return draw_each, draw_all


def draw_stimuli(
    faces: Faces,
    density: Density,
    key: Key[jax.Array, ""],
    counts: Mapping[str, int],
    rows: Mapping[str, Array] | None = None,
) -> dict[str, Stimuli]:
    """Stimuli of every set, at angles of a density.

    Stimulus k shows face k modulo their number, as in the original study. Works inside `jit`.

    >>> from jaxrep.data.angle_density import uniform_density
    >>> faces = load_faces("procedural", size=16, people=4, views=2, split_sizes=(4, 2, 2))
    >>> counts = {"train": 6, "validation": 2, "test": 2}
    >>> sets = draw_stimuli(faces, uniform_density(-1.0, 1.0), jax.random.key(0), counts)
    >>> sets["train"].pictures.shape == (6, faces.pixels)
    True

    Args:
      faces: of `load_faces`.
      density: of the angles.
      key: of the angles; each set has one of its own.
      counts: stimuli of each set.
      rows: those of the faces, where they are arguments of a compiled program.
    """
    rows, found = faces.rows if rows is None else rows, {}
    for name, one in zip(SETS, jax.random.split(key, len(SETS)), strict=True):
        angles = density.sample(one, counts[name])
        shown = jnp.asarray(rows[name])[jnp.arange(counts[name]) % len(rows[name])]
        found[name] = Stimuli(faces.draw_each(shown, angles), angles)
    return found
