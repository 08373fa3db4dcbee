"""Faces as a data set: sets, drawing, stimuli, and what is kept."""

import jax
import numpy as np
import pytest

from jaxrep.data.angle_density import stepwise_density
from jaxrep.data.faces import SETS, draw_stimuli, load_faces
from jaxrep.data.pictures import split_pictures
from jaxrep.data.rotation import disc_mask

SMALL = {"size": 16, "people": 5, "views": 4, "split_sizes": (10, 6, 4)}
COUNTS = {"train": 12, "validation": 3, "test": 3}


@pytest.fixture(scope="module")
def faces():
    return load_faces(**SMALL)


@pytest.fixture(scope="module")
def each(faces):
    return jax.jit(faces.draw_each)


@pytest.fixture
def folder(tmp_path):
    """Six pictures of 16 pixels."""
    np.save(tmp_path / "faces.npy", np.random.default_rng(0).random((6, 16, 16)))
    return tmp_path / "faces.npy"


def test_every_face_is_in_one_set_and_named(faces):
    assert [len(faces.rows[name]) for name in SETS] == [10, 6, 4]
    everyone = np.concatenate([faces.person[name] for name in SETS])
    assert np.bincount(everyone).tolist() == [4] * 5
    assert faces.pixels == disc_mask(16).sum()
    together = np.concatenate([faces.rows[name] for name in SETS])
    assert len(np.unique(together, axis=0)) == 20


def test_nobody_is_in_two_sets_where_people_are_split():
    faces = load_faces(**SMALL, split="people")
    people = [set(faces.person[name]) for name in SETS]
    assert not (people[0] & people[1] or people[0] & people[2] or people[1] & people[2])
    assert sum(map(len, people)) == 5


def test_both_ways_of_drawing_agree(faces, each):
    rows, angle = faces.rows["test"], 0.4
    one = each(np.repeat(rows, 3, 0), np.full(12, angle, np.float32))[::3]
    together = jax.jit(faces.draw_all)(rows, angle)
    np.testing.assert_allclose(one, together.T, atol=1e-5)


@pytest.fixture(scope="module")
def draw(faces):
    """Inside a program, as networks with bins of their own need: rows and weights are arguments."""

    @jax.jit
    def draw(key, rows, weights):
        return draw_stimuli(faces, stepwise_density(weights, -1.0, 1.0), key, COUNTS, rows)

    rows = {name: np.asarray(one) for name, one in faces.rows.items()}
    return lambda *weights: draw(jax.random.key(0), rows, np.array(weights, np.float32))


def test_stimuli_show_one_face_after_the_other(faces, each, draw):
    sets = draw(0.5, 0.5)
    assert {name: len(one.angles) for name, one in sets.items()} == COUNTS
    train = sets["train"]
    assert np.abs(train.angles).max() <= 1 and np.ptp(train.angles) > 0.5
    shown = faces.rows["train"][np.arange(12) % 10]
    np.testing.assert_allclose(train.pictures, each(shown, train.angles), atol=1e-5)
    apart = [np.asarray(sets[name].angles[:3]) for name in SETS]
    assert not np.allclose(apart[0], apart[1]) and not np.allclose(apart[1], apart[2])


def test_angles_of_stimuli_are_those_of_the_density(faces, draw):
    sets = draw(0.0, 1.0)
    assert all((np.asarray(one.angles) > 0).all() for one in sets.values())
    assert sets["train"].pictures.shape == (12, faces.pixels)


def test_files_are_known_by_their_content(folder):
    """The same is not read again; one that changed is."""
    asked = {"size": 16, "split_sizes": (3, 2, 1)}
    first = load_faces(str(folder), **asked)
    assert load_faces(str(folder), **asked) is first
    assert load_faces(str(folder), **asked, interpolation="bilinear") is not first
    split = split_pictures(6, (3, 2, 1), 787)
    values = np.load(folder)
    scaled = ((values - values.min()) / np.ptp(values)).reshape(6, -1)
    np.testing.assert_allclose(first.rows["train"], scaled[split.train], atol=1e-6)
    np.save(folder, 1 - values)
    again = load_faces(str(folder), **asked)
    np.testing.assert_allclose(again.rows["train"], 1 - scaled[split.train], atol=1e-6)


def test_faces_that_cannot_be_are_refused(folder):
    with pytest.raises(ValueError, match="no such file or folder"):
        load_faces("nothing.npy")
    with pytest.raises(ValueError, match="5 \\+ 2 \\+ 1 pictures asked for; 6 are there"):
        load_faces(str(folder), size=16, split_sizes=(5, 2, 1))
    with pytest.raises(ValueError, match="do not name at least three people"):
        load_faces(str(folder), size=16, split="people")
