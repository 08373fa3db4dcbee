"""Densities of angles, turned pictures, faces drawn and read."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from jaxrep.data import angle_density
from jaxrep.data.picture_files import read_pictures
from jaxrep.data.pictures import (
    fetch_olivetti,
    resize,
    split_people,
    split_pictures,
)
from jaxrep.data.procedural_faces import draw_face, draw_identities
from jaxrep.data.rotation import disc_mask, rotate_each_picture, rotate_pictures

BINS = np.array([0.1, 0.4, 0.2, 0.3])
TABLE = (np.array([-1.0, 0.0, 0.5, 2.0]), np.array([0.0, 2.0, 1.0, 0.5]))
DENSITIES = {
    "uniform": (angle_density.uniform_density(-1.0, 2.0), stats.uniform(-1, 3).pdf),
    "normal": (angle_density.normal_density(0.5, 0.2), stats.norm(0.5, 0.2).pdf),
    # scipy's order is concentration, mean: the original's vonmises(pi / 2, 2.)
    "von_mises": (
        angle_density.von_mises_density(2.0, np.pi / 2),
        stats.vonmises(np.pi / 2, 2.0).pdf,
    ),
    "stepwise": (
        angle_density.stepwise_density(BINS, -2.0, 2.0),
        lambda x: np.where(np.abs(x) <= 2, BINS[np.clip(np.floor(x + 2), 0, 3).astype(int)], 0),
    ),
    "table": (
        angle_density.tabulated_density(*TABLE),
        lambda x: np.interp(x, *TABLE, left=0, right=0) / np.trapezoid(TABLE[1], TABLE[0]),
    ),
}


@pytest.mark.parametrize("name", DENSITIES)
def test_angles_are_drawn_from_the_density_that_is_said(name):
    """Heights against scipy or the definition; 20,000 draws by Kolmogorov and Smirnov."""
    density, known = DENSITIES[name]
    grid = np.linspace(-np.pi + 1e-3, np.pi - 1e-3, 4001)
    np.testing.assert_allclose(density.pdf(grid), known(grid), rtol=2e-4, atol=1e-5)
    drawn = np.asarray(density.sample(jax.random.key(3), 20_000))
    assert drawn.min() >= density.low - 1e-6 and drawn.max() <= density.high + 1e-6
    fine = np.linspace(max(density.low, -4), min(density.high, 4), 20_001)
    cumulative = np.concatenate([[0], np.cumsum(np.diff(fine) * known((fine[1:] + fine[:-1]) / 2))])
    assert cumulative[-1] == pytest.approx(1, abs=1e-3)
    found = stats.kstest(drawn, lambda x: np.interp(x, fine, cumulative))
    assert found.pvalue > 1e-3


def test_densities_that_are_none_are_refused(tmp_path):
    for call, words in (
        (lambda: angle_density.uniform_density(1.0, 1.0), "not below"),
        (lambda: angle_density.normal_density(0.0, 0.0), "deviation: 0.0 is not positive"),
        (lambda: angle_density.von_mises_density(0.0, -1.0), "concentration: -1.0 is negative"),
        (
            lambda: angle_density.tabulated_density(*np.array([[0.0, 1, 1], [1, 1, 1]])),
            "do not increase",
        ),
        (lambda: angle_density.tabulated_density(*np.array([[0.0, 1], [0, 0]])), "not all zero"),
        (lambda: angle_density.tabulated_density(*np.ones((2, 1))), "at least two rows"),
    ):
        with pytest.raises(ValueError, match=words):
            call()
    inside, _ = DENSITIES["table"]
    angle_density.check_inside(inside, np.array([-1.0, 2.0]))
    with pytest.raises(ValueError, match="3 rad is outside the density's support -1 .. 2"):
        angle_density.check_inside(inside, np.array([0.0, 3.0]))
    file = tmp_path / "density.csv"
    np.savetxt(file, np.column_stack(TABLE), delimiter=",")
    np.testing.assert_allclose(
        angle_density.read_density(str(file)).pdf(0.3), inside.pdf(0.3), rtol=1e-6
    )
    file.write_text("angle,value\n")
    with pytest.raises(ValueError, match="not a table of numbers"):
        angle_density.read_density(str(file))


@pytest.fixture(scope="module")
def olivetti(shared_data):
    return read_pictures(shared_data / "face_angle" / "olivettifaces.mat", 64)


def test_olivetti_faces_are_scikit_learns(olivetti, shared_data):
    np.testing.assert_allclose(olivetti.values[0, 0, :3] * 242, [75, 89, 101], rtol=1e-6)
    again = fetch_olivetti(str(shared_data / "scikit_learn"))
    np.testing.assert_allclose(again.values, olivetti.values, atol=1e-7)
    assert again.person.tolist() == [i // 10 for i in range(400)] == olivetti.person.tolist()
    small = resize(olivetti, 32)
    by_hand = olivetti.values.reshape(400, 32, 2, 32, 2).mean((2, 4))
    np.testing.assert_allclose(small.values, by_hand, atol=1e-6)
    split = split_pictures(400, (300, 50, 50), 787)
    assert [len(part) for part in split] == [300, 50, 50]
    assert sorted(np.concatenate(split)) == list(range(400))
    assert split.train[:5].tolist() == [214, 124, 139, 31, 86]
    assert split.validation[:3].tolist() == [103, 252, 369]
    assert split.test[:3].tolist() == [377, 259, 380]


def test_no_person_is_in_two_sets(olivetti):
    split = split_people(olivetti.person, (300, 50, 50), 0)
    people = [set(olivetti.person[part]) for part in split]
    assert [len(p) for p in people] == [30, 5, 5]
    assert not (people[0] & people[1] or people[0] & people[2] or people[1] & people[2])
    with pytest.raises(ValueError, match="do not name at least three people"):
        split_people(np.full(10, -1), (300, 50, 50), 0)
    with pytest.raises(ValueError, match="401 asked|300 \\+ 51 \\+ 50 pictures asked for; 400"):
        split_pictures(400, (300, 51, 50), 0)


def test_three_people_are_one_for_each_set():
    person = np.array([7, 2, 2, 9, 7, 2])
    for seed in range(5):
        split = split_people(person, (300, 50, 50), seed)
        people = [np.unique(person[part]).tolist() for part in split]
        assert sorted(people) == [[2], [7], [9]]
        assert sorted(np.concatenate(split)) == list(range(6))
    with pytest.raises(ValueError, match="do not name at least three people"):
        split_people(np.array([0, 1, 1, 0]), (300, 50, 50), 0)


@pytest.mark.parametrize("sizes", [(100, 150, 150), (300, 50, 50), (1, 300, 300), (1, 1, 98)])
@pytest.mark.parametrize("count", [3, 4, 5, 10])
def test_no_set_of_people_is_empty(count, sizes):
    """In proportion, but for what rounding would take from the training set."""
    person = np.repeat(np.arange(count), 2)
    split = split_people(person, sizes, 0)
    people = [len(np.unique(person[part])) for part in split]
    assert min(people) >= 1 and sum(people) == count
    assert sorted(np.concatenate(split)) == list(range(2 * count))
    if (count, sizes) == (4, (100, 150, 150)):
        assert people == [1, 1, 2]


def test_rotation_is_scikit_images(olivetti):
    """40 pictures and angles; measured 4.6e-6 (float32 coordinates)."""
    from skimage.transform import rotate

    draw = np.random.default_rng(0)
    rows, angles = draw.integers(0, 400, 40), draw.uniform(-np.pi, np.pi, 40)
    shown, inside = olivetti.values[rows], disc_mask(64)
    expected = np.stack(
        [rotate(p, np.degrees(a))[inside] for p, a in zip(shown, angles, strict=True)]
    )
    found = jax.jit(rotate_each_picture, static_argnums=2)(
        shown.reshape(40, -1), angles, "bilinear"
    )
    np.testing.assert_allclose(found, expected, atol=1e-5)
    together = jax.jit(rotate_pictures, static_argnums=2)(
        shown.reshape(40, -1).T, angles[0], "bilinear"
    )
    np.testing.assert_allclose(together[:, 0], expected[0], atol=1e-5)


def test_discs_have_the_published_pixels():
    assert [int(disc_mask(size).sum()) for size in (64, 32, 16)] == [3096, 740, 172]


def smooth_picture(size):
    """A picture that is known everywhere, so that turning it has a closed form."""
    offset = (np.arange(size) - (size - 1) / 2) / size

    def at(x, y):
        return jnp.sin(3 * x + 1) * jnp.cos(4 * y) + x * y

    return at, at(offset[None, :], offset[:, None])


@pytest.mark.parametrize("kind, error", (("bilinear", 4e-3), ("cubic", 2e-4)))
def test_turned_pictures_and_their_derivative_in_closed_form(kind, error):
    """The error of interpolating a smooth picture; cubic is right to a higher order."""
    at, picture = smooth_picture(32)
    row, column = ((x - 15.5) / 32 for x in np.nonzero(disc_mask(32)))
    inner = row**2 + column**2 < 0.4**2  # cubic taps leave the frame at the disc's edge

    def exact(angle):
        x = jnp.cos(angle) * column - jnp.sin(angle) * row
        return at(x, jnp.sin(angle) * column + jnp.cos(angle) * row)

    def turned(angle):
        return rotate_pictures(picture.reshape(-1, 1), angle, kind)[:, 0]

    for function, bound in ((lambda f: f(0.5), error), (lambda f: jax.jacfwd(f)(0.5), 25 * error)):
        away = np.abs(np.asarray(function(turned) - function(exact)))[inner]
        assert away.max() < bound


def test_the_derivative_of_cubic_pictures_has_no_jump_at_aligned_angles(olivetti):
    """Bilinear's derivative changes by half of its size there."""
    picture = olivetti.values[0].reshape(-1, 1)

    @jax.jit
    def jumps(angle):
        def slope(kind, angle):
            return jax.jvp(lambda a: rotate_pictures(picture, a, kind), (angle,), (1.0,))[1]

        pairs = [(slope(k, angle - 1e-4), slope(k, angle + 1e-4)) for k in ("bilinear", "cubic")]
        return [jnp.linalg.norm(a - b) / jnp.linalg.norm(a) for a, b in pairs]

    bilinear, cubic = jumps(0.0)
    assert cubic < 0.03 and bilinear > 0.3  # measured 0.014, 0.6


@settings(max_examples=10, deadline=None)
@given(st.floats(-3.0, 3.0), st.integers(0, 100))
def test_procedural_faces_turn_as_pictures_do(angle, seed):
    """A face drawn at an angle is the upright one turned, to interpolation; and its derivative."""
    numbers = draw_identities(jax.random.key(seed), 1, 1)[0]
    upright = np.full((64, 64), 0.42, np.float32)
    upright[disc_mask(64)] = drawn(numbers, 0.0)
    row, column = (x - 31.5 for x in np.nonzero(disc_mask(64)))
    inner = row**2 + column**2 < 28**2
    turned = cubic(upright.reshape(-1, 1), angle)[:, 0]
    away = np.abs(np.asarray(drawn(numbers, angle) - turned))[inner]
    assert away.max() < 0.06  # measured 0.03 of 40 faces, 0.012 in the middle
    step = 1e-2
    by_difference = (drawn(numbers, angle + step) - drawn(numbers, angle - step)) / (2 * step)
    assert np.abs(slope_of(numbers, angle) - by_difference).max() < 0.04  # measured 0.014


drawn = jax.jit(lambda numbers, angle: draw_face(numbers, angle, 64))
cubic = jax.jit(lambda picture, angle: rotate_pictures(picture, angle, "cubic"))
slope_of = jax.jit(lambda n, a: jax.jvp(lambda a: draw_face(n, a, 64), (a,), (1.0,))[1])


def test_identities_are_separable_from_views():
    """Views of one person differ by 0.35 of what persons differ."""
    numbers = np.asarray(draw_identities(jax.random.key(0), 300, 10)).reshape(300, 10, 24)
    within = numbers.var(1, ddof=1).mean() ** 0.5
    between = numbers.mean(1).var(0).mean() ** 0.5
    assert within == pytest.approx(0.35, abs=0.01)
    assert between == pytest.approx(1, abs=0.03)
    assert np.abs(numbers).max() == 2.5


def test_pictures_of_a_folder_and_of_a_file(tmp_path):
    from PIL import Image

    draw = np.random.default_rng(0)
    for person in ("ann", "bob", "cy"):
        (tmp_path / "all" / person).mkdir(parents=True)
        for view in range(2):
            values = draw.integers(0, 256, (20, 24), np.uint8)
            Image.fromarray(values).save(tmp_path / "all" / person / f"{view}.png")
    found = read_pictures(tmp_path / "all", 10)
    assert found.values.shape == (6, 10, 10) and found.person.tolist() == [0, 0, 1, 1, 2, 2]
    assert found.values.min() == 0 and found.values.max() == 1
    values = draw.random((5, 16, 16))
    np.save(tmp_path / "faces.npy", values)
    scaled = (values - values.min()) / np.ptp(values)
    np.testing.assert_allclose(read_pictures(tmp_path / "faces.npy", 16).values, scaled, atol=1e-6)
    (tmp_path / "all" / "bob" / "2.png").write_text("no picture")
    np.save(tmp_path / "flat.npy", np.zeros(4))
    (tmp_path / "bad.mat").write_text("no")
    for path, words in (
        ("all", "2.png is not a whole picture"),
        ("flat.npy", r"\[picture, height, width\] is needed"),
        ("bad.mat", "not a whole .mat file"),
        ("nothing", "no such file"),
        ("all/ann/0.png", "neither .mat nor .npy nor .npz nor a folder"),
    ):
        with pytest.raises(ValueError, match=words):
            read_pictures(tmp_path / path, 8)
    with pytest.raises(ValueError, match="size: 32 is more than the 16 pixels"):
        read_pictures(tmp_path / "faces.npy", 32)


def test_weights_of_bins_are_all_alike():
    """Any are equally likely: of three, a share is above x with probability (1 - x)^2."""
    keys = jax.random.split(jax.random.key(0), 4000)
    weights = jax.jit(jax.vmap(lambda key: angle_density.draw_bin_weights(key, 3)))(keys)
    np.testing.assert_allclose(weights.sum(1), 1, rtol=1e-5)
    np.testing.assert_allclose((weights > 0.5).mean(0), 0.25, atol=0.025)


def test_fresh_angles_of_bins_may_have_traced_weights():
    """As every network with a density of its own needs."""

    @jax.jit
    def shares(weights):
        angles = angle_density.stepwise_density(weights, 0.0, 4.0).sample(jax.random.key(0), 4000)
        return jnp.bincount(angles.astype(int), length=4) / 4000

    np.testing.assert_allclose(shares(jnp.asarray(BINS)), BINS, atol=0.03)
