"""The face-angle study from the command line: reports, suites, resuming, bad input."""

import dataclasses
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray

from experiments import face_angle
from experiments.face_angle import examination_figures, figures
from experiments.face_angle.checks import check_config, warnings_of
from experiments.face_angle.data import density_of, grid_of
from experiments.face_angle.findings import likeliest_bins, theory_exponent
from experiments.face_angle.page import palette_of, shown_points
from experiments.face_angle.suite_claims import check_claims
from experiments.face_angle.suite_figures import exponents_by_loss, over_theory, precision_table
from experiments.face_angle.suite_results import Results
from experiments.face_angle.suites import suites
from jaxrep.analysis.fisher_curves import share_within
from jaxrep.engine import Data, Replicas, Schedule, train
from jaxrep.engine.run import Run
from jaxrep.errors import InputError
from jaxrep.study import main

SMALL = "--size 16 --epochs 2 --stimuli 512 --seeds 2 --angles 21 --dense-angles 31".split()
SMALL += ["--measurements", "3", "--quiet"]
LOSSES = ["--loss", "linear", "sqrt", "log"]
TINY = {"size": 16, "stimuli": 128, "batch_size": 16, "epochs": 1, "measurements": 2}


def with_figures(*figures):
    """The study with few figures: most of a report's time is drawing."""

    def draw(analysis, config):
        del config
        found = analysis.drawings
        return [figure(found, palette_of(found)) for figure in figures]

    return dataclasses.replace(face_angle.STUDY, draw=draw)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A small run by the command line, three losses."""
    out = tmp_path_factory.mktemp("small") / "run"
    arguments = ["--preset", "concentrated", *SMALL, *LOSSES, "--estimators", "none"]
    arguments += ["--out", str(out)]
    assert main(face_angle.STUDY, arguments) == 0
    return out, arguments


def test_results_of_a_small_run(small):
    out, _ = small
    results = Run.load(out).results
    assert results.train_information.dims == ("power", "seed", "angle")
    assert results.train_information.attrs["units"] == "1/rad^2"
    assert results.layer_bound.dims == ("power", "seed", "layer", "depth_angle")
    assert results.code_information.dims == ("power", "seed", "kept_step", "angle")
    assert results.loss.values.tolist() == ["linear", "sqrt", "log"]
    for name in ("train_information", "train_information_covariance"):
        assert np.isfinite(results[name]).all()  # corrected: below 0 where there is next to none
        assert (results[name].mean("angle") > 0).all()
    assert results.train_information_error.attrs["long_name"].endswith("(jackknife over persons)")
    # 40 persons with 7 or 8 faces each
    effective = results.train_effective_faces
    assert (effective >= 40).all() and (effective.median() < 200) and results.train_reliable.all()
    assert results.density.sel(power=1, seed=0).max() == pytest.approx(1.99, abs=0.1)
    report = (out / "report.html").read_text()
    for words in ("What the original claimed", "Precision by loss", "Spikes", "Codes by loss"):
        assert words in report
    summary = json.loads((out / "summary.json").read_text())
    keys = {"exponent[linear]", "exponent[log]", "share_of_root_information[sqrt]"}
    assert keys <= set(summary)


def test_running_again_changes_nothing(small):
    out, arguments = small
    before = (out / "results.nc").read_bytes()
    assert main(with_figures(), arguments) == 0
    assert (out / "results.nc").read_bytes() == before


def test_the_analysed_networks_are_those_with_the_least_loss_on_all_stimuli(small):
    run = Run.load(small[0])
    variables, steps = run.best()
    losses = run.records.train_loss.values.reshape(6, -1)
    assert (run.records.step.values[losses.argmin(1)] == steps).all()
    final = run.states(run.steps[-1])
    last = steps == run.steps[-1]
    np.testing.assert_array_equal(variables.params["W1"][last], final.params["W1"][last])


def test_a_diverged_network_is_named_and_left_out(tmp_path):
    out = tmp_path / "run"
    study = with_figures(figures.normalised_precision, figures.errors_read, figures.learning)
    options = ["--learning-rate", "1e-3", "1e30", "--dense-angles", "0", "--out", str(out)]
    options += ["--style", "paper"]
    with np.errstate(all="ignore"):
        assert main(study, ["--preset", "concentrated", *SMALL, *options]) == 0
    assert Run.load(out).summary["networks_diverged"] == 2
    assert "Networks that diverged" in (out / "report.html").read_text()
    run = Run.load(out)
    results, summary = run.results, run.summary
    assert run.finite.tolist() == [True, True, False, False]
    assert np.isfinite(results.train_information.sel(learning_rate=1e-3)).all()
    assert np.isnan(results.train_information.sel(learning_rate=1e30)).all()
    assert "exponent[linear, rate 0.001]" in summary
    assert not [name for name in summary if "1e+30" in name]


def test_circular_codes_own_stimuli_and_bins(tmp_path):
    """Every network of a stepwise density has bins, and stimuli, of its own."""
    out = tmp_path / "bins"
    options = ["--density", "stepwise", "--bins", "4", "--code", "circular", "--out", str(out)]
    options += ["--estimators", "none", "--dense-angles", "2"]  # too few for a bend
    drawn = {}

    def bins_of(found, palette):
        drawn["found"] = found
        drawn["points"] = shown_points(found)
        drawn["shape"] = figures.normalised_precision(found, palette).drawing
        return examination_figures.densities_of_bins(found)

    assert main(with_figures(bins_of), ["--preset", "uniform", *SMALL, *options]) == 0
    results, page = Run.load(out).results, (out / "report.html").read_text()
    density, weights = results.density.values, results.bin_weight.values
    assert not np.allclose(density[0], density[1])
    np.testing.assert_allclose(np.trapezoid(density, results.angle, axis=1), 1, atol=0.1)
    np.testing.assert_allclose(weights.sum(1), 1, rtol=1e-5)
    assert "greatest bend" not in page
    assert "Densities of several bins" in page and "Weights of the bins" in page
    # every network is shown by itself, with its own density and its own theory
    found, (first, second) = drawn["found"], drawn["shape"].axes
    assert [len(point.finite) for point in drawn["points"]] == [1, 1]
    for axes, row in ((first, 0), (second, 1)):
        lines = {line.get_label(): line.get_ydata() for line in axes.lines}
        own = lines["density of angles p"]
        np.testing.assert_allclose(own / own.max(), density[row] / density[row].max(), rtol=1e-5)
        theory = next(y for label, y in lines.items() if str(label).startswith("theory"))
        power = theory_exponent(found.config, "linear") / 2
        expected = (density[row] / density[row].max()) ** power
        np.testing.assert_allclose(theory / theory.max(), expected, rtol=1e-4)
    # the share is that of the network's own likeliest bin
    windows = likeliest_bins(found.config, found.bins)
    for row, (centre, half) in enumerate(windows):
        best = int(weights[row].argmax())
        assert centre - half == pytest.approx(-np.pi + best * np.pi / 2) and half == np.pi / 4
        root = np.sqrt(np.maximum(found.information[row], 0))
        share = share_within(root, found.angles, centre, half, 2 * np.pi)
        assert results.share_of_root_information.values[row] == pytest.approx(float(share))


def test_networks_with_densities_of_their_own_are_not_pooled_as_they_are():
    """What follows its own density exactly is 1 over its own theory, whatever the densities."""
    angles = np.linspace(-1.5, 1.5, 31)
    density = np.where(angles < 0, np.array([[0.1], [0.6]]), np.array([[0.9], [0.4]]))
    power = 2 / 3
    exact = np.array([[5.0], [70.0]]) * density**power
    np.testing.assert_allclose(over_theory(exact, density, angles, power), 1, rtol=1e-6)
    pooled = np.median(exact / exact.mean(1, keepdims=True), 0)
    assert np.ptp(pooled) > 0.1  # which would be read as one code


def test_fine_tuning_starts_from_another_run_and_leaves_frozen_layers(small, tmp_path):
    start, _ = small
    options = ["--start", str(start), "--frozen", "1", "--keep", "last", "--out", str(tmp_path)]
    arguments = ["--preset", "uniform", *SMALL, *LOSSES, *options, "--estimators", "none"]
    assert main(with_figures(examination_figures.fine_tuning), arguments) == 0
    before, _ = Run.load(start).best()
    run = Run.load(tmp_path)
    after = run.states(run.steps[-1])
    np.testing.assert_array_equal(after.params["W1"], before.params["W1"])
    assert np.abs(after.params["W2"] - before.params["W2"]).max() > 1e-4
    assert "Fine-tuning" in (tmp_path / "report.html").read_text()


def test_a_suite_compares_its_runs_and_hands_one_on_to_the_next(tmp_path, monkeypatch):
    """Options beside the preset hold for all runs, also where they equal the first one's."""
    every = suites(face_angle.STANDARD)["finetuning"]
    chosen = ["linear uniform", "linear concentrated", "linear uniform to concentrated, frozen"]
    study = dataclasses.replace(
        with_figures(), suites={"tuned": {label: every[label] for label in chosen}}, default=""
    )
    options = [*SMALL, "--estimators", "none", "--density", "uniform", "--out", str(tmp_path)]
    assert main(study, ["--preset", "tuned", *options]) == 0
    page = (tmp_path / "report.html").read_text()
    assert "Pretraining leaves a constraint" in page and "Precision of all runs" in page
    tuned = Run.load(tmp_path / "linear_uniform_to_concentrated,_frozen")
    assert tuned.config["density"] == "uniform"
    assert tuned.config["start"] == str(tmp_path / "linear_uniform")


def made_results():
    """Two runs whose information is a known power of the density; one network diverged."""
    losses = ("linear", "quart")
    uniform = dataclasses.replace(face_angle.STANDARD, loss=losses, seeds=2)
    configs = {"even": uniform, "around": dataclasses.replace(uniform, density="normal")}
    results, angles = {}, grid_of(uniform, uniform.angles)
    for label, config in configs.items():
        density = np.asarray(density_of(config).pdf(angles), float)
        powers = np.array([1.0, 0.4])[:, None, None]
        information = 100 * (density[None, None] + 1e-3) ** powers * np.ones((1, 2, 1))
        information[1, 0] = np.nan
        dims = {"power": [1.0, 4.0], "seed": [0, 1], "angle": angles}
        curves = xarray.DataArray(information, dims, list(dims))
        results[label] = xarray.Dataset({"train_information": curves})
    return Results(results, configs)


def test_runs_side_by_side_leave_diverged_networks_out():
    """Exponents by loss and their theory; claims about both densities hold or do not."""
    made = made_results()
    assert [len(curves) for curves in made.curves("around").values()] == [2, 1]
    rows = {(row[0], row[1]): row for row in precision_table(made).rows}
    assert rows["even", "linear"][2] is rows["even", "linear"][3] is None
    assert rows["around", "quart"][2].startswith("0.40 (0.40")
    axes = exponents_by_loss(made).drawing.axes[0]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["linear", "quart"]
    points = axes.containers[0].lines[0].get_ydata()
    np.testing.assert_allclose(points, [1, 0.4, 1, np.nan], atol=0.01)
    theory = [line for line in axes.lines if line.get_linestyle() == "--"]
    np.testing.assert_allclose(theory[0].get_ydata(), [1, 0.4])
    checked = {one.claim.source.split()[-1]: one for one in check_claims(made)}
    assert set(checked) == {"10", "11"}
    assert checked["11"].holds and checked["11"].claim.where == "linear code"
    assert checked["11"].found.startswith("share around the centre 0.8")
    outside = made.results["even"].assign_coords(angle=np.linspace(-0.1, 0.1, 51))
    narrow = Results({"even": outside}, {"even": made.configs["even"]})
    assert np.isnan(narrow.share("even")).all()


def test_one_step_is_adam_on_the_clipped_gradient_of_the_loss():
    """By hand, from the definition of the loss; float32."""
    config = dataclasses.replace(face_angle.STANDARD, clip=0.01, **TINY)
    task = face_angle.build(config).problem
    hyper = {"power": jnp.asarray(2.0), "learning_rate": jnp.asarray(1e-3)}
    start = task.init(jax.random.key(0), hyper, Data(task.shared))
    batch = tuple(np.asarray(part)[:16] for part in task.shared["sets"]["train"])

    @jax.jit
    def loss(params):
        x = batch[0]
        for layer in (1, 2, 3):
            x = x @ params[f"W{layer}"] + params[f"b{layer}"]
            x = jax.nn.celu(x) if layer < 3 else x
        return ((jnp.abs(x.mean(1) - batch[1]) + 1e-8) ** 2).mean()

    gradient = jax.grad(loss)(start.params)
    norm = np.sqrt(sum((g**2).sum() for g in jax.tree.leaves(gradient)))
    assert norm > 0.01  # it is clipped
    state, value = jax.jit(task.update)(task.start(start, hyper), batch, hyper)
    assert value == pytest.approx(float(loss(start.params)), rel=1e-5)
    for name, weights in state.variables.params.items():
        g = np.asarray(gradient[name]) * 0.01 / norm
        expected = start.params[name] - 1e-3 * g / (np.abs(g) + 1e-8)
        # Adam's first step is the gradient's sign where it is far above 1e-8
        np.testing.assert_allclose(weights, expected, atol=2e-6)


def test_a_network_does_not_feel_its_neighbours():
    """Although all see the same stimuli, fresh ones every step; to rounding."""
    config = dataclasses.replace(face_angle.STANDARD, sampling="fresh", **TINY)
    task, schedule = face_angle.build(config).problem, Schedule(8, (8,))
    assert task.batches.common
    hyper = {"power": 1.0, "learning_rate": 1e-3}
    both = train(task, Replicas((0, 1), hyper), schedule, quiet=True).state.variables.params
    alone = train(task, Replicas((1,), hyper), schedule, quiet=True).state.variables.params
    np.testing.assert_allclose(both["W1"][1], alone["W1"][0], atol=2e-5)
    assert np.abs(both["W1"][0] - both["W1"][1]).max() > 1e-2


@pytest.mark.parametrize(
    "options, line",
    [
        ("--loss cubed", "loss: 'cubed' is not known; linear, sqrt, square, quart, root4, log or"),
        ("--range -2 1", "range: -2 rad is outside the density's support -1.571 .. 1.571"),
        ("--range 1 0", "range: [1.0, 0.0] given; a least and a greater angle are needed"),
        ("--density normal --deviation 0", "density: deviation: 0.0 is not positive"),
        ("--density nothing.csv", "density: 'nothing.csv' is neither a file nor one of uniform"),
        ("--faces FOLDER", "faces: FOLDER: FOLDER/picture.png is not a whole picture"),
        ("--faces nothing.npy", "faces: nothing.npy: no such file or folder"),
        ("--split-sizes 500 10 10", "faces: procedural: 500 + 10 + 10 pictures asked for; 400"),
        ("--error cosine", "error: cosine is of circular codes; a linear code has error angle"),
        ("--architecture 60 1", "architecture: [60, 1] ends with 1 unit, so both numbers of the"),
        ("--split-sizes 300 50 3", "split_sizes: [300, 50, 3] gives 3 faces to the test set; a"),
        ("--frozen 3", "frozen: 3 of 3 layers leaves none to train"),
        ("--start FOLDER", "run: FOLDER is not a run directory (config.json is needed)"),
        ("--batch-size 5000", "batch_size: 5000 is above a quarter of the 8192 stimuli"),
        ("--activation sin", "activation: 'sin' is not known; allowed are linear"),
        ("--loss linear 1", "loss: ['linear', '1'] repeats a loss"),
        ("--views 1000000000", "views: 1000000000 given, of which arrays take"),
        ("--people 1000000000", "people: 1000000000 given, of which arrays take"),
        ("--stimuli 1000000000", "stimuli: 1000000000 given, of which arrays take"),
        ("--dense-angles 1000000000", "dense_angles: 1000000000 given, of which arrays take"),
        ("--learning-rate 0", "learning_rate: [0.0] given; above 0 and finite is needed"),
    ],
)
def test_bad_input_is_one_line(options, line, tmp_path, capsys):
    (tmp_path / "picture.png").write_text("this is text")
    out = tmp_path / "out"
    words = options.replace("FOLDER", str(tmp_path)).split()
    assert main(face_angle.STUDY, ["--preset", "uniform", *words, "--out", str(out)]) == 2
    said = capsys.readouterr().err.strip()
    assert said.startswith("error: " + line.replace("FOLDER", str(tmp_path))), said
    assert "\n" not in said and not out.exists()


def test_a_file_that_cannot_be_read_is_one_line(tmp_path, capsys, monkeypatch):
    def unreadable(path):
        raise OSError(5, "Input/output error")

    (tmp_path / "picture.png").write_text("this is text")
    monkeypatch.setattr("jaxrep.data.faces.content_digest", unreadable)
    words = ["--preset", "uniform", "--faces", str(tmp_path), "--out", str(tmp_path / "out")]
    assert main(face_angle.STUDY, words) == 2
    said = capsys.readouterr().err
    assert said == f"error: faces: {tmp_path}: [Errno 5] Input/output error\n"


def test_traps_are_warned_about():
    circular = dataclasses.replace(
        face_angle.STANDARD, code="circular", error="cosine", loss=("linear", "sqrt")
    )
    assert "one squared error for every f" in warnings_of(circular)[0]
    turned = dataclasses.replace(face_angle.STANDARD, faces="olivetti", interpolation="bilinear")
    assert "jumps at multiples of pi/2" in warnings_of(turned)[0]
    assert not warnings_of(face_angle.STANDARD)


def test_states_of_runs_that_do_not_fit_are_refused(small, tmp_path):
    start, _ = small
    config = dataclasses.replace(face_angle.STANDARD, start=str(start), size=16)
    with pytest.raises(InputError, match="start: .* has loss .*, this run"):
        check_config(config)
