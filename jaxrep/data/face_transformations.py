"""Faces that are turned, enlarged and lit: stimuli of several parameters at once.

Every parameter runs from -1 to 1, in units of its half range, so that parameters of different
kinds can be compared. The units enter whatever is said of several parameters together.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Float, Key

from jaxrep.data.angle_density import Density
from jaxrep.data.faces import SETS, Faces
from jaxrep.typing import Array

FACE_PARAMETERS = ("angle", "size", "light")
"""What can be done to a face: turned, enlarged, multiplied in its grey values."""


class Transformation(NamedTuple):
    """Parameters of a stimulus and how far they go.

    Attributes:
      names: of `FACE_PARAMETERS`, in the order of the values.
      half_ranges: what 1 stands for: radians of an angle, natural logarithms of the factors by
        which a face is enlarged (size) and its grey values are multiplied (light).
    """

    names: tuple[str, ...]
    half_ranges: tuple[float, ...]


class TransformedStimuli(NamedTuple):
    """Faces with values of several parameters.

    Attributes:
      pictures: grey values of the pixels of the disc.
      values: of the parameters, in half ranges.
    """

    pictures: Float[Array, "stimulus pixel"]
    values: Float[Array, "stimulus parameter"]


def transform_faces(
    draw_all: Callable[..., jax.Array],
    transformation: Transformation,
    rows: Float[Array, "face ..."],
    values: Float[Array, " parameter"],
) -> Float[jax.Array, "pixel face"]:
    """All faces with the same values of the parameters; differentiable in these.

    >>> from jaxrep.data.faces import load_faces
    >>> faces = load_faces("procedural", size=16, people=4, views=2, split_sizes=(4, 2, 2))
    >>> lit = Transformation(("angle", "light"), (jnp.pi / 2, 0.7))
    >>> shown = transform_faces(faces.draw_all, lit, faces.rows["train"], jnp.array([0.2, 1.0]))
    >>> plain = faces.draw_all(faces.rows["train"], 0.1 * jnp.pi)
    >>> bool(jnp.allclose(shown, jnp.exp(0.7) * plain, atol=1e-5))
    True

    Args:
      draw_all: of `Faces`.
      transformation: which parameters, and what 1 stands for.
      rows: of the faces that are shown.
      values: in half ranges.

    Raises:
      ValueError: a parameter that is not known, or another number of values.
    """
    return _drawn(draw_all, rows, _named(transformation, values), shape=())


def transform_each_face(
    draw_each: Callable[..., jax.Array],
    transformation: Transformation,
    rows: Float[Array, "face ..."],
    values: Float[Array, "face parameter"],
) -> Float[jax.Array, "face pixel"]:
    """Every face with values of its own.

    >>> from jaxrep.data.faces import load_faces
    >>> faces = load_faces("procedural", size=16, people=4, views=2, split_sizes=(4, 2, 2))
    >>> large = Transformation(("size",), (0.3,))
    >>> rows, values = faces.rows["train"], jnp.array([[0.0], [1.0], [-1.0], [0.5]])
    >>> shown = transform_each_face(faces.draw_each, large, rows, values)
    >>> again = transform_faces(faces.draw_all, large, rows, jnp.array([1.0]))[:, 1]
    >>> bool(jnp.allclose(shown[1], again, atol=1e-5))
    True

    Raises:
      ValueError: as of `transform_faces`.
    """
    return _drawn(draw_each, rows, _named(transformation, values), shape=(len(values),))


def _drawn(
    draw: Callable[..., jax.Array], rows: Array, own: Mapping[str, jax.Array], shape: tuple
) -> jax.Array:
    """What `draw` shows of faces with these values, which have that shape; upright if not turned.

    Where values have an axis of faces it is the first one of the pictures too.
    """
    scale = (jnp.exp(own["size"]),) if "size" in own else ()
    shown = draw(rows, own.get("angle", jnp.zeros(shape)), *scale)
    if "light" not in own:
        return shown
    return shown * jnp.exp(own["light"]).reshape(*shape, *[1] * (shown.ndim - len(shape)))


def _named(transformation: Transformation, values: Array) -> dict[str, jax.Array]:
    """Values by the name of their parameter, radians and natural logarithms of factors."""
    names, half_ranges = transformation
    unknown = [name for name in names if name not in FACE_PARAMETERS]
    if unknown or len(set(names)) < len(names):
        raise ValueError(
            f"transformation: {', '.join(names)} given; {', '.join(FACE_PARAMETERS)} are known, "
            "each once"
        )
    values = jnp.asarray(values)
    if values.shape[-1] != len(names) or len(half_ranges) != len(names):
        raise ValueError(
            f"values: {values.shape[-1]} given, of {len(names)} parameters with "
            f"{len(half_ranges)} half ranges"
        )
    columns = jnp.moveaxis(values, -1, 0)
    return {n: h * x for n, h, x in zip(names, half_ranges, columns, strict=True)}


def draw_transformed_stimuli(
    faces: Faces,
    transformation: Transformation,
    densities: Sequence[Density],
    key: Key[jax.Array, ""],
    counts: Mapping[str, int],
    rows: Mapping[str, Array] | None = None,
) -> dict[str, TransformedStimuli]:
    """Stimuli of every set, with independent values of the parameters.

    Stimulus k shows face k modulo their number. Works inside `jit`.

    >>> from jaxrep.data import load_faces, uniform_density
    >>> faces = load_faces("procedural", size=16, people=4, views=2, split_sizes=(4, 2, 2))
    >>> counts, even = {"train": 6, "validation": 2, "test": 2}, uniform_density(-1.0, 1.0)
    >>> both = Transformation(("angle", "size"), (jnp.pi / 2, 0.2))
    >>> sets = draw_transformed_stimuli(faces, both, [even, even], jax.random.key(0), counts)
    >>> sets["train"].pictures.shape == (6, faces.pixels), sets["test"].values.shape
    (True, (2, 2))

    Args:
      faces: of `load_faces`.
      transformation: which parameters, and what 1 stands for.
      densities: one of each parameter, in half ranges.
      key: of the values; each set and parameter has one of its own.
      counts: stimuli of each set.
      rows: those of the faces, where they are arguments of a compiled program.

    Raises:
      ValueError: as of `transform_faces`.
    """
    given, found = faces.rows if rows is None else rows, {}
    for name, own in zip(SETS, jax.random.split(key, len(SETS)), strict=True):
        keys = jax.random.split(own, len(densities))
        each = [p.sample(k, counts[name]) for p, k in zip(densities, keys, strict=True)]
        values, shown = jnp.stack(each, 1), jnp.asarray(given[name])
        shown = shown[jnp.arange(counts[name]) % len(shown)]
        pictures = transform_each_face(faces.draw_each, transformation, shown, values)
        found[name] = TransformedStimuli(pictures, values)
    return found
