"""Faces that are turned, enlarged and lit: by definition, and their derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.data import (
    Transformation,
    draw_transformed_stimuli,
    load_faces,
    transform_each_face,
    transform_faces,
    uniform_density,
)
from jaxrep.data.face_transformations import FACE_PARAMETERS
from jaxrep.data.rotation import disc_mask, rotate_each_picture, rotate_pictures

ALL = Transformation(FACE_PARAMETERS, (np.pi / 2, 0.25, 0.5))
SPLIT = {"people": 4, "views": 2, "split_sizes": (4, 2, 2)}


@pytest.fixture(scope="module")
def faces():
    return load_faces("procedural", size=16, **SPLIT)


def blob(size, width):
    """A bell of that standard deviation (pixels) in the middle of a picture."""
    offset = np.arange(size) - (size - 1) / 2
    return np.exp(-(offset[:, None] ** 2 + offset**2) / (2 * width**2)).ravel()


@pytest.mark.parametrize("scale", [0.7, 1.5])
def test_an_enlarged_bell_is_a_wider_bell(scale):
    found = jax.jit(lambda p: rotate_pictures(p, 0.3, "cubic", scale))(blob(33, 3.0)[:, None])[:, 0]
    np.testing.assert_allclose(found, blob(33, 3.0 * scale)[disc_mask(33).ravel()], atol=4e-3)
    own = rotate_each_picture(
        np.stack([blob(33, 3.0)] * 2), np.array([0.3, 0.3]), "cubic", np.array([1.0, scale])
    )
    np.testing.assert_allclose(own[1], found, atol=1e-5)
    assert np.abs(own[0] - own[1]).max() > 0.1


def test_an_enlarged_face_is_the_face_seen_from_closer(faces):
    """Its pixels are those of a finer picture, a scale closer to the centre."""
    rows, scale = jnp.asarray(faces.rows["train"]), 1.25
    drawn = faces.draw_all(rows, 0.0, scale)
    fine = load_faces("procedural", size=151, **SPLIT)  # steps of a tenth
    plain = np.full((151, 151, len(rows)), np.nan)
    plain[disc_mask(151)] = fine.draw_all(rows, 0.0)
    row, column = (75 + 10 * (x - 7.5) / scale for x in np.nonzero(disc_mask(16)))
    np.testing.assert_array_equal(row, row.astype(int))
    np.testing.assert_allclose(drawn, plain[row.astype(int), column.astype(int)], atol=1e-5)


def test_derivatives_in_all_parameters(faces, double):
    rows = np.asarray(faces.rows["train"], float)
    at, step = jnp.array([0.3, -0.4, 0.5]), 1e-5

    @jax.jit
    def draw(values):
        return transform_faces(faces.draw_all, ALL, rows, values)

    exact = jax.jit(jax.jacfwd(draw))(at)
    for place, move in enumerate(np.eye(3) * step):
        difference = (draw(at + move) - draw(at - move)) / (2 * step)
        np.testing.assert_allclose(exact[..., place], difference, atol=2e-8)
    np.testing.assert_allclose(exact[..., 2], 0.5 * draw(at), rtol=1e-12)  # of exp(light / 2)
    assert np.abs(exact).max((0, 1)).min() > 0.1


def test_each_face_with_values_of_its_own_and_in_any_order(faces):
    rows = jnp.asarray(faces.rows["train"])
    values = jnp.array([[0.1, 0.2, -0.3], [0.4, -0.5, 0.6], [-0.7, 0.8, 0.9], [0.0, 0.0, 0.0]])
    own = transform_each_face(faces.draw_each, ALL, rows, values)
    for k, value in enumerate(values):
        same = transform_faces(faces.draw_all, ALL, rows, value)[:, k]
        np.testing.assert_allclose(own[k], same, atol=1e-5)
    turned = Transformation(ALL.names[::-1], ALL.half_ranges[::-1])
    again = transform_each_face(faces.draw_each, turned, rows, values[:, ::-1])
    np.testing.assert_allclose(own, again, atol=1e-6)
    said = faces.draw_all(rows, 0.1 * np.pi / 2, np.exp(0.25 * 0.8)) * np.exp(-0.5 * 0.6)
    found = transform_faces(faces.draw_all, ALL, rows, jnp.array([0.1, 0.8, -0.6]))
    np.testing.assert_allclose(found, said, atol=1e-5)
    plain = transform_faces(faces.draw_all, ALL, rows, jnp.zeros(3))
    np.testing.assert_allclose(plain, faces.draw_all(rows, 0.0), atol=1e-6)


def test_stimuli_are_those_faces_at_independent_values(faces):
    counts = {"train": 400, "validation": 2, "test": 2}
    even = uniform_density(-1.0, 1.0)
    found = jax.jit(lambda key: draw_transformed_stimuli(faces, ALL, [even] * 3, key, counts))(
        jax.random.key(0)
    )
    pictures, values = found["train"]
    again = transform_each_face(
        faces.draw_each, ALL, jnp.asarray(faces.rows["train"])[jnp.arange(6) % 4], values[:6]
    )
    np.testing.assert_allclose(pictures[:6], again, atol=1e-5)
    assert np.abs(np.corrcoef(np.asarray(values).T) - np.eye(3)).max() < 0.2
    assert not np.allclose(values[:2], found["test"].values)


@pytest.mark.parametrize(
    "transformation, values, line",
    [
        (
            Transformation(("angle", "hue"), (1.0, 1.0)),
            2,
            "transformation: angle, hue given",
        ),
        (Transformation(("size", "size"), (1.0, 1.0)), 2, "transformation: size, size given"),
        (ALL, 2, "values: 2 given, of 3 parameters with 3 half ranges"),
        (Transformation(FACE_PARAMETERS, (1.0,)), 3, "values: 3 given, of 3 parameters with 1"),
    ],
)
def test_what_does_not_fit_is_refused(faces, transformation, values, line):
    with pytest.raises(ValueError, match=line):
        transform_faces(faces.draw_all, transformation, faces.rows["train"], jnp.zeros(values))
