"""Faces drawn from 24 numbers, analytic in the angle they are turned by: no file, no interpolation.

A face is a composition of ellipses, bars and strokes with soft edges, in coordinates that turn
with the head. Its derivative with respect to the angle is therefore exact and smooth.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Float, Key

from jaxrep.data.rotation import face_coordinates
from jaxrep.typing import Array, Real

FEATURES = (
    "head_right",
    "head_down",
    "head_width",
    "head_height",
    "skin",
    "light_right",
    "light_down",
    "hair",
    "hair_line",
    "hair_sides",
    "eye_height",
    "eye_distance",
    "eye_size",
    "eye_contrast",
    "brow_height",
    "brow_contrast",
    "nose_length",
    "nose_contrast",
    "mouth_height",
    "mouth_width",
    "mouth_curve",
    "mouth_contrast",
    "mouth_thickness",
    "background",
)
"""What the numbers of an identity change, in this order; each is a deviation from the mean face."""

VIEW_DEVIATION = 0.35
"""Of a view around its identity, in deviations of identities."""
LIMIT = 2.5
"""Deviations that no number exceeds."""
VARIETY = 0.7
"""Scale of what the numbers change. More variety is more noise for a code of the angle: after 40
epochs information grows with a power of the density of 0.9 at 0.5, 1.05 at 0.7, 1.35 at 1."""


def draw_identities(
    key: Key[jax.Array, ""], people: int, views: int
) -> Float[jax.Array, "picture 24"]:
    """Numbers of `people` identities with `views` pictures of each, one person after the other.

    >>> draw_identities(jax.random.key(0), people=2, views=3).shape
    (6, 24)
    """
    first, second = jax.random.split(key)
    identity = jax.random.normal(first, (people, 1, len(FEATURES)))
    view = jax.random.normal(second, (people, views, len(FEATURES)))
    numbers = jnp.clip(identity + VIEW_DEVIATION * view, -LIMIT, LIMIT)
    return numbers.reshape(people * views, len(FEATURES))


def draw_face(
    numbers: Float[Array, " 24"], angle: Real, size: int, scale: Real | None = None
) -> Float[jax.Array, " pixel"]:
    """One face turned by `angle` radians, grey values about 0 .. 1 of the pixels of the disc.

    With a `scale` it is enlarged by that factor, exactly: from about 1.3 on it leaves the disc.

    >>> face = draw_face(jnp.zeros(24), 0.0, size=8)
    >>> again = draw_face(jnp.zeros(24), 2 * jnp.pi, size=8)  # turned once round
    >>> face.shape, bool(jnp.allclose(face, again, atol=1e-4))
    ((32,), True)
    """
    p = dict(zip(FEATURES, VARIETY * jnp.asarray(numbers), strict=True))
    right, down = (x / ((size - 1) / 2) for x in face_coordinates(size, angle, scale))
    u = right - 0.04 * p["head_right"]
    v = down - 0.04 * p["head_down"]
    edge = 0.05

    def ellipse(x, y, wide, high):
        """1 inside, 0 outside, an edge about two pixels wide at 32 px."""
        radius = jnp.sqrt((x / wide) ** 2 + (y / high) ** 2 + 1e-6)
        return jax.nn.sigmoid((1 - radius) * jnp.minimum(wide, high) / edge)

    def blob(x, y, wide, high):
        return jnp.exp(-((x / wide) ** 2 + (y / high) ** 2) / 2)

    wide, high = 0.55 * (1 + 0.07 * p["head_width"]), 0.74 * (1 + 0.06 * p["head_height"])
    head = ellipse(u, v, wide, high)
    shade = 0.1 * p["light_right"] * u + 0.1 * p["light_down"] * v
    skin = 0.72 + 0.07 * p["skin"] + shade
    picture = (0.42 + 0.08 * p["background"]) * (1 - head) + skin * head

    line = -0.36 + 0.07 * p["hair_line"]
    locks = 0.85 + 0.06 * p["hair_sides"]
    fringe = jax.nn.sigmoid((line - v + 0.25 * u**2) / edge)
    beside = jax.nn.sigmoid((jnp.abs(u) / wide - locks) * wide / edge)
    below = jax.nn.sigmoid((0.2 - v) / (2 * edge))
    crown = ellipse(u, v + 0.04, wide * 1.12, high * 1.08)
    hair = crown * (1 - (1 - fringe) * (1 - beside * below))
    picture = picture + ((0.17 + 0.07 * p["hair"]) - picture) * hair

    eye_v = v + 0.12 - 0.035 * p["eye_height"]
    apart = 0.22 + 0.025 * p["eye_distance"]
    across = 0.075 * (1 + 0.18 * p["eye_size"])
    brow_v = eye_v + 0.14 + 0.02 * p["brow_height"]
    pair = (u - apart, u + apart)
    eyes = sum(blob(side, eye_v, across, 0.6 * across) for side in pair)
    brows = sum(blob(side, brow_v, 0.11, 0.028) for side in pair)
    length = 0.15 * (1 + 0.15 * p["nose_length"])
    nose = blob(u, v - 0.06, 0.035, length / 1.5) + blob(u, v - 0.06 - length, 0.08, 0.035)
    curve = 0.6 * p["mouth_curve"] * u**2
    mouth_v = v - 0.4 - 0.035 * p["mouth_height"] + curve
    thick = 0.035 * (1 + 0.2 * p["mouth_thickness"])
    mouth = blob(u, mouth_v, 0.15 * (1 + 0.15 * p["mouth_width"]), thick)
    picture = picture - (0.36 + 0.07 * p["eye_contrast"]) * eyes
    picture = picture - (0.2 + 0.06 * p["brow_contrast"]) * brows
    picture = picture - (0.09 + 0.04 * p["nose_contrast"]) * nose
    return picture - (0.26 + 0.07 * p["mouth_contrast"]) * mouth
