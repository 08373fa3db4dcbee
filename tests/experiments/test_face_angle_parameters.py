"""Codes of angle, size and light together: the suite from the command line, its numbers, checks."""

import dataclasses
import json

import jax
import numpy as np
import pytest
from matplotlib.collections import LineCollection

from experiments import face_angle
from experiments.face_angle.checks import check_config
from experiments.face_angle.data import parameter_densities, transformation_of
from experiments.face_angle.parameter_figures import draw_parameters
from experiments.face_angle.parameter_suite import Side, compare_parameters, followed
from experiments.face_angle.parameters import curves_of, grid_points_of, parameters_found
from experiments.face_angle.suites import suites
from jaxrep.analysis import fisher_information, responses_from_codes
from jaxrep.data import load_faces, transform_faces
from jaxrep.engine.run import Run
from jaxrep.errors import InputError
from jaxrep.study import main

NAMES = ("angle", "size", "light")
SMALL = "--size 16 --epochs 1 --stimuli 256 --seeds 2 --values 3 --measurements 2 --quiet".split()
SMALL += ["--deviation", "1.2"]  # so that a power can be fitted to three values
SMALL += ["--learning-rate", "1e-3", "1e30"]  # of which one diverges
LABELS = ["uniform", "size concentrated"]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Two small runs of the suite, and their page."""
    out = tmp_path_factory.mktemp("small")
    every = suites(face_angle.STANDARD)["parameters"]

    def draw(analysis, config):
        return face_angle.STUDY.draw(analysis, config) if config.concentrated else []

    few = {label: every[label] for label in LABELS}
    study = dataclasses.replace(face_angle.STUDY, suites={"few": few}, default="", draw=draw)
    with np.errstate(all="ignore"):
        assert main(study, ["--preset", "few", *SMALL, "--out", str(out)]) == 0
    return out


def test_results_and_page_of_small_runs(small):
    run = Run.load(small / "size_concentrated")
    results, names = run.results, list(NAMES)
    assert results.information.dims == ("learning_rate", "seed", "point", "parameter", "other")
    assert results.information.attrs["units"] == "1/half range^2"
    assert results.parameter.values.tolist() == results.other.values.tolist() == names
    kept = results.isel(learning_rate=0)
    assert results.sizes["point"] == 27 and np.isfinite(kept.information).all()
    known = np.diagonal(kept.information, axis1=-2, axis2=-1)
    definite = np.isfinite(kept.volume.values)
    assert definite.any() and (kept.information_unknown.values <= known + 1e-9)[definite].all()
    rate = "linear, rate 0.001"
    keys = {
        f"{k}[{rate}]" for k in ("information_angle", "exponent_light_by_size", "median_volume")
    }
    summary = json.loads((small / "size_concentrated" / "summary.json").read_text())
    assert keys <= set(summary) and not [key for key in summary if "1e+30" in key]
    page = (small / "size_concentrated" / "report.html").read_text()
    for words in ("Information about each parameter", "Which combinations", "2 seeds"):
        assert words in page
    assert "What does the precision follow?" not in (small / "uniform" / "report.html").read_text()
    whole = (small / "report.html").read_text()
    for words in ("What does each precision follow?", "Where values of one parameter"):
        assert words in whole


def test_a_diverged_network_is_left_out(small):
    run = Run.load(small / "uniform")
    assert np.isnan(run.results.information.isel(learning_rate=1)).all()
    assert run.summary["networks_diverged"] == 2
    assert "Networks that diverged" in (small / "uniform" / "report.html").read_text()


def test_figures_show_the_medians_their_errors_and_the_matrix(small):
    """Read off the axes: curves, whiskers that lie within, densities, written numbers."""
    config = dataclasses.replace(
        suites(face_angle.STANDARD)["parameters"]["size concentrated"],
        **{"size": 16, "epochs": 1, "stimuli": 256, "seeds": 2, "values": 3, "measurements": 2},
        deviation=1.2,
        learning_rate=(1e-3, 1e30),
    )
    run = Run.load(small / "size_concentrated")
    found = parameters_found(run, face_angle.build(config), config)
    persons = found.replicates.shape[2]  # as if persons differed much: errors of a third
    found = found._replace(
        replicates=found.replicates * np.linspace(0.9, 1.1, persons)[:, None, None]
    )
    figures = {figure.name: figure.drawing for figure in draw_parameters(found)}
    rows = found.points[0].finite
    assert len(found.points) == 1 and len(rows) == 2  # the other rate diverged
    grid = np.reshape(figures["over_each_parameter"].axes[:9], (3, 3))
    for b in range(3):
        for c in range(3):
            lines = {line.get_label(): line for line in grid[b, c].lines}
            middle = np.median(np.sqrt(np.maximum(found.curves[rows, b, c], 0)), 0)
            np.testing.assert_allclose(lines["trained"].get_ydata(), middle)
            (whiskers,) = (x for x in grid[b, c].collections if isinstance(x, LineCollection))
            ends = np.array(whiskers.get_segments())[..., 1]
            assert ends.shape == (3, 2) and ends.max() <= grid[b, c].get_ylim()[1]
    dotted = [a for a in figures["over_each_parameter"].axes if not list(a.get_yticks())]
    assert len(dotted) == 3  # densities of size, once in every row
    before, trained, directions = figures["matrix"].axes[:3]
    known = np.median(found.mean_matrix[rows][:, 0, 0])
    assert trained.texts[0].get_text().startswith(f"{known:.3g}\n(")
    assert before.get_title().startswith("before training") and len(directions.texts) == 9
    shares = figures["known_and_unknown"].axes[2]
    assert shares.images[0].get_clim() == (0, 1)
    errors = figures["learning"].axes[1]
    at_end = np.median(found.flat["test_error_size"].values[rows, -1])
    lines = {line.get_label(): line.get_ydata()[-1] for line in errors.lines}
    assert lines["size"] == pytest.approx(at_end)


def test_information_by_differences_of_pictures(small):
    """Point by point: values, half ranges and the order of parameters, from the pictures on."""
    run = Run.load(small / "uniform")
    params = jax.tree.map(lambda x: x[1].astype(float), run.kept()[0].params)
    config = dataclasses.replace(suites(face_angle.STANDARD)["parameters"]["uniform"], values=3)
    faces, step = load_faces("procedural", size=16), 1e-4
    rows = np.asarray(faces.rows["train"], float)
    half = {"angle": np.pi / 2, "size": 0.25, "light": 0.5}
    assert dict(zip(*transformation_of(config), strict=True)) == half
    point = 1 * 9 + 2 * 3 + 0  # angle in the middle, large, dark
    at = np.array([0.0, 0.9, -0.9])
    np.testing.assert_allclose(grid_points_of(config)[point], at, atol=1e-12)

    def code(values):
        angle, size, light = (h * x for h, x in zip(half.values(), values, strict=True))
        x = np.asarray(faces.draw_all(rows, angle, np.exp(size))).T * np.exp(light)
        for layer in (1, 2, 3):
            x = x @ params[f"W{layer}"] + params[f"b{layer}"]
            x = np.where(x > 0, x, np.expm1(x)) if layer < 3 else x
        return x

    with jax.enable_x64():
        sides = [(code(at - step * e), code(at + step * e)) for e in np.eye(3)]
        each = [responses_from_codes(low, code(at), high, 2 * step) for low, high in sides]
    slopes = np.concatenate([one.derivatives for one in each], -1)
    found = fisher_information(
        each[0]._replace(derivatives=slopes), groups=faces.person["train"]
    ).mean_term
    stored = run.results.information.isel(learning_rate=0, seed=1, point=point)
    size = np.sqrt(np.outer(np.diag(found), np.diag(found)))
    np.testing.assert_allclose(stored / size, found / size, atol=2e-3)


def test_shuffled_labels_belong_to_other_pictures():
    config = dataclasses.replace(
        suites(face_angle.STANDARD)["parameters"]["uniform"], stimuli=64, batch_size=8
    )
    true = face_angle.build(config).problem.shared["sets"]
    shuffled = dataclasses.replace(config, labels="shuffled")
    other = face_angle.build(shuffled).problem.shared["sets"]
    for name in true:
        np.testing.assert_array_equal(true[name].pictures, other[name].pictures)
        moved = other[name].values
        assert (moved != true[name].values).any(1).mean() > 0.5
        np.testing.assert_array_equal(np.sort(moved, 0), np.sort(true[name].values, 0))


def test_concentrated_parameters_have_the_angles_density_in_half_ranges():
    config = suites(face_angle.STANDARD)["parameters"]["size concentrated"]
    uniform, around, _ = parameter_densities(config)
    assert uniform.pdf(np.array([0.0, 0.99])).tolist() == [0.5, 0.5]
    drawn = np.asarray(around.sample(jax.random.key(0), 20_000))
    assert drawn.mean() == pytest.approx(0.5, abs=0.01)
    assert drawn.std() == pytest.approx(0.4 / (np.pi / 2), rel=0.03)


def test_curves_are_means_over_the_other_parameters():
    config = dataclasses.replace(face_angle.STANDARD, parameters=NAMES, values=5)
    points = grid_points_of(config)
    parts = np.stack([1 + a + 2 * points[:, a] for a in range(3)], 1)
    matrices = np.einsum("pa,ab->pab", parts, np.eye(3)) + 7 * (1 - np.eye(3))
    found = curves_of(matrices[None], 5)
    values = np.linspace(-0.9, 0.9, 5)
    for b in range(3):
        for c in range(3):
            expected = 1 + b + (2 * values if b == c else 0 * values)
            np.testing.assert_allclose(found[0, b, c], expected, atol=1e-12)


def made(exponents, seeds=8):
    """Sides whose information grows with the known powers of every density that is concentrated."""
    every = suites(face_angle.STANDARD)["parameters"]
    configs = {k: c for k, c in every.items() if c.labels == "true"}
    sides, draw = {}, np.random.default_rng(0)
    base = draw.uniform(5, 9, (seeds, 1, 3)) * (1 + 0.2 * grid_points_of(every["uniform"])[None])
    for label, config in configs.items():
        points, power = grid_points_of(config), np.zeros((3, 3))
        for c, name in enumerate(NAMES):
            if name in config.concentrated:
                power[:, c] = exponents[:, c]
        heights = np.exp(-((points - 0.5) ** 2) / (2 * (0.8 / np.pi) ** 2))
        known = base * np.exp(np.log(heights) @ power.T)[None]
        sides[label] = Side(
            np.einsum("npa,ab->npab", known, np.eye(3)), np.arange(seeds), np.ones((seeds, 3))
        )
    return sides, configs


def test_exponents_of_every_parameter_by_every_density():
    """One concentrated alone, on the diagonal and off it, whatever uniform networks do."""
    exponents = np.array([[1.5, 0.3, 0.1], [0.2, 0.6, 0.0], [0.1, -0.1, 0.4]])
    found = followed(*made(exponents))
    np.testing.assert_allclose(found.own, np.broadcast_to(exponents, (8, 3, 3)), atol=0.03)
    np.testing.assert_allclose(found.null, 0, atol=1e-6)
    inside = found.together[:, range(3), range(3)]
    np.testing.assert_allclose(inside, np.broadcast_to(np.diag(exponents), (8, 3)), atol=0.03)


@pytest.mark.parametrize(
    "exponents, conclusion, joint",
    [
        (np.full((3, 3), 0.5), "So each precision follows the joint density.", True),
        (np.diag([1.5, 0.6, 0.4]), "follows its own density and no other.", False),
        (np.full((3, 3), 0.1) + np.eye(3), "neither each density alone nor the joint", False),
    ],
)
def test_the_answer_says_what_the_numbers_say(exponents, conclusion, joint, monkeypatch):
    sides, configs = made(exponents)
    draw = np.random.default_rng(1)
    for label, side in sides.items():  # networks differ a little, which the others are judged by
        ripple = 1 + 1e-3 * draw.normal(size=side.information.shape[:2])[..., None, None]
        sides[label] = side._replace(information=side.information * ripple)
    monkeypatch.setattr("experiments.face_angle.parameter_suite.side_of", lambda run, config: run)
    answer = compare_parameters(sides, configs).verdicts[0]
    assert conclusion in answer.text and answer.agrees is joint
    assert f"angle {exponents[0, 0]:.2f} (" in answer.text and "8 seeds" in answer.text


@pytest.mark.parametrize(
    "changes, line",
    [
        ({"parameters": ("size",)}, "parameters: ['size'] given; angle alone, or 2 or 3 of them"),
        ({"parameters": ("angle", "angle")}, "parameters: ['angle', 'angle'] repeats one"),
        ({"parameters": ("angle", "hue")}, "parameters: 'hue' is not known; allowed are angle, "),
        ({"parameters": ()}, "parameters: none given; at least 1 is needed"),
        ({"parameters": NAMES[:2], "concentrated": ("light",)}, "concentrated: 'light' given; "),
        ({"concentrated": ("angle",)}, "concentrated: ['angle'] is for several parameters; angle"),
        ({"labels": "shuffled"}, "labels: shuffled is for several parameters; angle alone"),
        ({"parameters": NAMES, "code": "circular"}, "code: circular is for parameters angle alone"),
        ({"parameters": NAMES, "density": "normal"}, "density: normal is for parameters angle "),
        ({"parameters": NAMES, "sampling": "fresh"}, "sampling: fresh is for parameters angle "),
        ({"parameters": NAMES, "snapshots": 3}, "snapshots: 3 is for parameters angle alone"),
        ({"parameters": NAMES, "half_range_size": 0.0}, "half_range_size: 0.0 given; above 0"),
        ({"parameters": NAMES, "values": 10**5}, "values: 100000 given, of which arrays take"),
        ({"parameters": NAMES, "values": 2}, "values: 2 given; at least 3 is needed"),
    ],
)
def test_bad_input_is_one_line(changes, line):
    with pytest.raises(InputError) as error:
        check_config(dataclasses.replace(face_angle.STANDARD, **changes))
    assert str(error.value).startswith(line) and "\n" not in str(error.value)


def test_the_angle_alone_is_trained_as_before():
    """Its problem knows nothing of the other parameters: names of what is recorded, and a code of
    two numbers."""
    plain = dataclasses.replace(face_angle.STANDARD, size=16, stimuli=64, batch_size=8)
    problem = face_angle.build(plain).problem
    assert not [name for name in problem.labels if "size" in name or "light" in name]
    assert problem.labels["train_error"].unit == "rad"
    assert problem.shared["sets"]["train"]._fields == ("pictures", "angles")
    whole = transform_faces(
        load_faces("procedural", size=16).draw_all,
        transformation_of(dataclasses.replace(plain, parameters=NAMES)),
        load_faces("procedural", size=16).rows["test"][:3],
        np.zeros(3, np.float32),
    )
    straight = load_faces("procedural", size=16)
    np.testing.assert_allclose(whole, straight.draw_all(straight.rows["test"][:3], 0.0), atol=1e-6)
