"""Noise by choice on the responses of codes: closed forms, a run from the command line, checks."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from experiments import face_angle
from experiments.face_angle import noise_page
from experiments.face_angle.checks import check_config
from experiments.face_angle.noise import noise_information, noise_scale, noisy_responses
from experiments.face_angle.noise_suite import noise_comparison
from experiments.face_angle.page import palette_of
from experiments.face_angle.suite_results import Results
from jaxrep.analysis import Responses, likelihood_information
from jaxrep.engine.run import Run
from jaxrep.errors import InputError
from jaxrep.study import main
from jaxrep.study.configuration import from_plain

SMALL = "--size 16 --epochs 1 --stimuli 256 --seeds 2 --angles 9 --dense-angles 0".split()
SMALL += "--measurements 2 --depth-angles 0 --estimators none --distortions none --quiet".split()
HIDDEN = {"noise_layer": "hidden", "activation": "softplus"}
RATES = np.array([2.0, 0.5, 4.0])
SLOPES = np.array([1.0, -0.3, 2.0])


def config(**changes):
    return dataclasses.replace(face_angle.STANDARD, **changes)


def responses_of(networks=1, faces=4):
    """Faces that all have the same responses and slopes: their mean is that of one."""
    shape = (networks, 1, faces, 1)
    return Responses(np.tile(RATES, shape), np.tile(SLOPES, shape)[..., None])


def test_closed_forms_of_every_noise():
    """facts: sum f'^2 / v; 5/7 of it for t; sum f'^2 / f; and (f'/f)^2 / 2 beside."""
    found, size = responses_of(), 0.2
    root, mean = np.sqrt((RATES**2).mean()), RATES.mean()
    plain = (SLOPES**2).sum() / (size * root) ** 2
    counts = (SLOPES**2 / RATES).sum() / (size * mean)
    known = {
        "gaussian": plain,
        "student": 5 / 7 * plain,
        "poisson": counts,
        "proportional": counts + ((SLOPES / RATES) ** 2).sum() / 2,
    }
    for noise, value in known.items():
        asked = config(noise=noise, noise_size=size)
        np.testing.assert_allclose(noise_information(asked, found), [[value]], rtol=1e-4)


@pytest.mark.parametrize("noise", ["student", "poisson", "proportional"])
def test_what_is_drawn_has_that_information(noise):
    """Scores of draws like those of `noisy_responses`, from the log-likelihood alone."""
    asked, found = config(noise=noise, noise_size=0.2), responses_of(faces=4000)
    scale = noise_scale(asked, found.codes).item()
    drawn = noisy_responses(asked, found).codes[0, 0]
    slopes = jnp.asarray(SLOPES)

    def log_likelihood(response, parameters):
        mean = jnp.asarray(RATES) + slopes * parameters[0]
        if noise == "student":
            return -2.5 * jnp.sum(jnp.log1p(((response - mean) / scale) ** 2 / 4))
        if noise == "poisson":
            return jnp.sum(response / scale * jnp.log(mean) - mean / scale)
        return -jnp.sum((response - mean) ** 2 / (2 * scale * mean) + jnp.log(mean) / 2)

    def sample(key, parameters):
        del parameters
        return jnp.asarray(drawn)[jax.random.randint(key, (), 0, len(drawn))]

    simulated = likelihood_information(
        log_likelihood, sample, jnp.zeros(1), jax.random.key(0), 8000
    )
    value = noise_information(asked, responses_of()).item()
    error = np.hypot(simulated.error.item(), value * (2 / len(drawn)) ** 0.5)
    assert abs(simulated.score.item() - value) < 5 * error < 0.4 * value


@pytest.mark.parametrize("noise, quartile", [("gaussian", 0.6745), ("student", 0.7407)])
def test_quartiles_of_additive_noise(noise, quartile):
    asked, found = config(noise=noise, noise_size=0.2), responses_of(faces=20_000)
    apart = np.abs(noisy_responses(asked, found).codes - RATES)
    scale = noise_scale(asked, found.codes).item()
    assert np.median(apart) == pytest.approx(quartile * scale, rel=0.03)


def test_networks_that_are_not_finite_are_left_alone():
    found = responses_of(networks=2)
    found.codes[1, 0, 0, 0] = np.nan
    asked = config(noise="poisson")
    value = noise_information(asked, found)
    assert np.isfinite(value[0]).all() and np.isnan(value[1]).all()
    drawn = noisy_responses(asked, found).codes
    assert np.isfinite(drawn[0]).all() and np.isnan(drawn[1]).any()


def with_noise_figure():
    """The study with the one figure that is looked at here."""

    def draw(analysis, config):
        found = analysis.drawings
        if found.noise is None:
            return []
        return [noise_page.noise_figure(found, found.noise, palette_of(found))]

    return dataclasses.replace(face_angle.STUDY, draw=draw)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A small run with counts."""
    out = tmp_path_factory.mktemp("noise") / "counts"
    words = ["--preset", "concentrated", "--activation", "softplus", *SMALL]
    words += ["--noise", "poisson", "--noise-layer", "hidden", "--noise-size", "0.05"]
    assert main(with_noise_figure(), [*words, "--out", str(out)]) == 0
    return out


def test_a_run_shows_information_under_noise_beside_that_of_faces(small):
    run = Run.load(small)
    results = run.results
    assert results.noise_alone.dims == ("seed", "angle")
    assert results.noise_alone.attrs["units"] == "1/rad^2"
    assert (results.noise_alone > 0).all() and np.isfinite(results.noise_together).all()
    page = (small / "report.html").read_text()
    for words in ("With Poisson counts (20 for the mean response)", "Which noise?", "2 seeds"):
        assert words in page
    # by hand, from the weights: counts of the second layer, mean over faces
    params = jax.tree.map(lambda x: np.asarray(x[0], float), run.kept()[0].params)
    plan = face_angle.STUDY.planned(run.config)
    rows, step = plan.data.rows["train"], 1e-2

    def hidden(angle):
        x = np.asarray(plan.data.draw_all(rows, angle), float).T
        for layer in (1, 2):
            x = np.logaddexp(0, x @ params[f"W{layer}"] + params[f"b{layer}"])
        return x

    each = [hidden(angle) for angle in results.angle.values]
    mean = np.mean(each)
    place = 6
    angle = float(results.angle[place])
    slope = (hidden(angle + step) - hidden(angle - step)) / (2 * step)
    known = (slope**2 / each[place]).sum(1).mean() / (0.05 * mean)
    assert results.noise_alone[0, place].item() == pytest.approx(known, rel=5e-3)


def test_noise_changes_nothing_else(small):
    """What an analysis without noise has is there bit for bit in one with noise."""
    run, study = Run.load(small), face_angle.STUDY
    counts = run.results
    plan = study.planned(run.config)
    asked = from_plain(face_angle.Config, run.config)
    plain = study.analyse(run, plan, dataclasses.replace(asked, noise="none")).results
    assert not [name for name in plain if "noise" in str(name)]
    for name in plain:
        np.testing.assert_array_equal(plain[name], counts[name], err_msg=str(name))


def test_runs_with_noise_side_by_side(small):
    run = Run.load(small)
    asked = config(noise="poisson", noise_size=0.05, density="normal", angles=9, **HIDDEN)
    plain = config(density="normal", angles=9)
    runs = {"counts": run, "plain": run}
    results = Results.of(runs, {"counts": asked, "plain": plain})
    comparison = noise_comparison(results)
    assert comparison is not None
    table, figure, verdict = comparison
    assert [row[0] for row in table.rows] == ["counts"] * 4
    assert len(figure.drawing.axes) == 2 and "counts (size 0.05): sqrt(I) " in verdict.text
    inside = np.abs(run.results.angle.values) < np.pi / 2 - 0.15
    level = np.sqrt(run.results.noise_alone.values[:, inside]).mean(1)
    assert f"{np.median(level):.1f} (" in table.rows[1][2]
    left = {bars.get_label(): bars for bars in figure.drawing.axes[0].containers}
    height = left["noise alone, face known"].lines[0].get_ydata()
    np.testing.assert_allclose(height, [np.median(level)])
    assert noise_comparison(Results.of({"plain": runs["plain"]}, {"plain": plain})) is None


@pytest.mark.parametrize(
    "changes, line",
    [
        ({"noise": "poisson"}, "noise: poisson is for responses that are never negative; noise_l"),
        (
            {"noise": "proportional", "noise_layer": "hidden"},
            "noise: proportional is for responses that are never negative; activation celu can be,",
        ),
        (
            {"noise": "gaussian", "noise_layer": "hidden", "architecture": ()},
            "noise_layer: hidden given; this architecture has no hidden layer",
        ),
        ({"noise_size": 0.0}, "noise_size: 0.0 given; above 0 and finite is needed"),
        (
            {"noise": "gaussian", "parameters": ("angle", "size")},
            "noise: gaussian is for parameters angle alone; of several only none is allowed",
        ),
    ],
)
def test_bad_input_is_one_line(changes, line):
    with pytest.raises(InputError) as error:
        check_config(config(**changes))
    assert str(error.value).startswith(line) and "\n" not in str(error.value)
    for noise in ("poisson", "proportional", "gaussian"):
        check_config(config(noise=noise, **HIDDEN))
