"""The face-angle study: what it must show, its command line, reports and bad input."""

import dataclasses
import functools
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray

from experiments import face_angle
from experiments.face_angle import examination_figures, figures
from experiments.face_angle import problem as face_problem
from experiments.face_angle.analysis import likeliest_bins, of_networks, theory_exponent
from experiments.face_angle.checks import check_config, warnings_of
from experiments.face_angle.data import density_of, faces_of, grid_of
from experiments.face_angle.estimators import compare_estimators
from experiments.face_angle.page import palette_of, shown_points
from experiments.face_angle.suite_claims import check_claims
from experiments.face_angle.suite_figures import exponents_by_loss, over_theory, precision_table
from experiments.face_angle.suite_results import Results
from experiments.face_angle.suites import suites
from experiments.face_angle.verdict import verdicts
from jaxrep.analysis.emergence import rise_steps
from jaxrep.analysis.fisher import (
    fisher_information,
    readout_information,
    responses,
    responses_by_difference,
)
from jaxrep.analysis.fisher_curves import share_within
from jaxrep.analysis.fisher_networks import information_of_networks
from jaxrep.engine import Data, Replicas, Schedule, train
from jaxrep.engine.run import Run
from jaxrep.errors import InputError
from jaxrep.study import main
from tests.conftest import optimised_programs

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


def trained(tmp_path, **changes):
    """Train a configuration and analyse it, without a report."""
    config = dataclasses.replace(face_angle.STANDARD, **changes)
    plan = face_angle.build(config)
    run = Run.open(tmp_path, "face_angle", {**dataclasses.asdict(config)})
    checkpoints = run.checkpoints(read_only=False)
    train(plan.problem, plan.replicas, plan.schedule, checkpoints=checkpoints, quiet=True)
    checkpoints.close()
    return face_angle.STUDY.analyse(run, plan, config).drawings


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """The quick preset's two runs with one seed, the concentrated one with two more losses."""
    common = {"seeds": 1, "angles": 51, "dense_angles": 0, "measurements": 6}
    losses = ("linear", "square", "quart")
    with optimised_programs():
        return {
            "uniform": trained(tmp_path_factory.mktemp("uniform"), **common),
            "normal": trained(
                tmp_path_factory.mktemp("normal"), density="normal", loss=losses, **common
            ),
        }


def shapes(found):
    return {
        point.name or "linear": of_networks(found.shape, point.finite) for point in found.points
    }


def test_precision_goes_where_the_angles_are(quick):
    """Flat is 0.255; measured 0.75 and 0.29."""
    concentrated, uniform = (shapes(quick[k])["linear"] for k in ("normal", "uniform"))
    assert (concentrated.share >= 0.6).all()
    assert (uniform.share <= 0.36).all()
    assert (uniform.flat.variation < 0.25).all()
    # more total root information for uniform angles, less total information: they disagree
    assert np.median(uniform.total_root) > np.median(concentrated.total_root)
    assert np.median(uniform.total) < np.median(concentrated.total)


def test_information_follows_the_density_as_the_loss_asks_for(quick):
    """Measured 1.05, 0.82, 0.48; theory 1, 2/3, 2/5."""
    found = shapes(quick["normal"])
    exponent = {name: np.median(shape.exponent) for name, shape in found.items()}
    assert exponent["linear"] == pytest.approx(1, abs=0.25)
    assert exponent["quart"] < exponent["square"] < exponent["linear"]
    points = quick["normal"].points
    readout = {p.name: np.median(quick["normal"].readout_exponent[p.finite]) for p in points}
    assert readout["quart"] < readout["square"] < readout["linear"]
    assert np.isnan(shapes(quick["uniform"])["linear"].exponent).all()


def test_readouts_keep_less_and_errors_stay_above_their_bound(quick):
    for found in quick.values():
        # exactly so before the correction, which is of one number there and of two here
        responses, half = found.looks["train"].found, np.array([0.5, 0.5])
        read = readout_information(responses, half, bias_correction=False)
        whole = information_of_networks(responses, bias_correction=False).mean_term
        assert (read <= whole * (1 + 1e-6)).all()
        excess = (found.readout - found.information) / found.jackknife.mean_term
        # measured: 1 of 153 angles and networks above 1, by 1.26
        assert np.mean(excess <= 1) > 0.95 and excess.max() < 2.5
        rows = found.points[0].finite
        bound = found.bound[rows][:, found.inside]
        error = found.looks["train"].reading.squared_error[rows][:, found.inside]
        # codes are not quite Gaussian: a few percent below happen
        assert np.median(error / bound) > 0.95
        assert (error / bound).min() > 0.5


def test_precision_is_allotted_along_the_depth_by_training(quick):
    """The code of the page: measured 0.6 of the first layer's sqrt(I), 0.03 before training."""
    for name, found in quick.items():
        depth, rows = found.depth, found.points[0].finite
        assert depth.layers == ["hidden layer 1", "hidden layer 2", "code"]
        assert depth.units == [60, 20, 2] and depth.bound.shape == (3, len(found.finite), 9)
        # 40 persons, some worth more than one face: of 60 units there is no covariance
        assert np.isnan(depth.corrected[0]).all() and np.isfinite(depth.corrected[1:]).all()
        assert not depth.reliable[0].any() and depth.reliable[2].any()
        share, before = (x[-1, rows] / x[0, rows] for x in (depth.root, depth.root_before))
        assert (share > 5 * before).all()
        # readouts of the code lose little of what the formula finds in it
        known = depth.corrected[2, rows]
        assert np.median(depth.bound[2, rows] / known) == pytest.approx(1, abs=0.1)
        lines = [verdict.text for verdict in verdicts(found, [])]
        said = next(text for text in lines if "along the depth" in text)
        assert f"{np.median(depth.root[1, rows]):.0f}" in said
        assert ("often shown over others" in said) == (name == "normal")
    density = quick["normal"].density[0]
    root = np.sqrt(np.maximum(quick["normal"].depth.bound[:, 0], 0))
    often = np.interp(quick["normal"].depth.angles, quick["normal"].angles, density) > 0.2
    ratio = root[:, often].mean(1) / root[:, ~often].mean(1)
    assert ratio[0] < ratio[1] < ratio[2]


def test_the_code_sees_a_turn_best(quick):
    for found in quick.values():
        seen, row = found.distortions, int(found.points[0].finite[0])
        assert np.median(seen.overlap[row]) > 0.3 > 0.1 > np.median(seen.overlap_before[row])
        # by brute force: the Jacobian of the code about the first face
        network = face_problem.network_of(found.config)
        params = of_networks(found.params, row)
        pictures = jnp.asarray(seen.pictures[:1])
        code = functools.partial(network.apply, {"params": params})
        jacobian = np.asarray(jax.jacfwd(code)(pictures), float)[0, :, 0]
        _, values, vectors = np.linalg.svd(jacobian, full_matrices=False)
        assert seen.values[row, 0] == pytest.approx(values[0] ** 2, rel=1e-3)
        assert abs(vectors[0] @ seen.best[row, 0]) == pytest.approx(1, abs=1e-3)
        lines = [verdict.text for verdict in verdicts(found, [])]
        assert any("more like a turn of the face than before" in text for text in lines)


def test_order_is_told_of_enough_steps_only(quick):
    """Curves of which the order is known: the verdict follows them."""
    found = quick["normal"]
    emergence, angles = found.emergence, np.arange(51)
    assert emergence.steps[0] == 0 and len(emergence.steps) < 12
    lines = [verdict.text for verdict in verdicts(found, [])]
    assert any("cannot be said" in text for text in lines)
    steps = np.arange(40)
    for early, words in ((True, "become precise first"), (False, "become precise last")):
        density = 0.2 + np.exp(-(((angles - 25) / 6) ** 2))
        middle = 5 + 25 * (1 - density / 1.2 if early else density / 1.2)
        curve = 1 / (1 + np.exp(-(steps[:, None] - middle)))
        made = emergence._replace(
            steps=steps,
            half=np.tile(rise_steps(curve, steps), (len(found.finite), 1)),
            density=np.tile(density, (len(found.finite), 1)),
            often=np.ones(51, bool),
            exponent=np.zeros((40, len(found.finite))),
        )
        told = [v for v in verdicts(found._replace(emergence=made), []) if words in v.text]
        assert len(told) == len(found.points) and all(v.agrees == early for v in told)


def test_derivative_and_finite_differences_agree_on_a_trained_network(quick):
    """jacfwd's forward derivative and the original's finite difference: median within 3 %."""
    found = quick["uniform"]
    config, rows = found.config, found.faces.rows["train"]
    angles = np.linspace(-1.3, 1.3, 9).astype(np.float32)
    network = face_problem.network_of(config)
    params = jax.tree.map(lambda x: x[0], found.params)

    def encode(pictures):
        return network.apply({"params": params}, pictures.T)

    def stimulus(angle):
        return found.faces.draw_all(rows, angle)

    exact = jax.jit(lambda a: responses(lambda t: encode(stimulus(t)), a))(angles)
    step = jax.jit(lambda a: responses_by_difference(encode, stimulus, a, 0.05))(angles)
    reverse = jax.jit(jax.vmap(lambda a: jax.jacfwd(lambda t: encode(stimulus(t)))(a)))(angles[:2])
    np.testing.assert_allclose(exact.derivatives[:2, ..., 0], reverse, rtol=1e-3, atol=1e-3)
    ratio = fisher_information(step).mean_term / fisher_information(exact).mean_term
    assert np.median(np.abs(ratio - 1)) < 0.03


def test_estimators_agree_within_their_errors_on_a_trained_network(quick):
    compared = compare_estimators(quick["uniform"])
    assert len(compared.names) == 8
    exact = compared.values[compared.names.index("derivative")]
    for name, values, errors in zip(compared.names, compared.values, compared.errors, strict=True):
        if name == "minimum covariance determinant":  # no tails, so more: another quantity
            assert (values > 0.6 * exact).all() and (values < 3 * exact).all()
        else:
            assert (np.abs(values - exact) < 4 * errors + 0.05 * exact).all(), name


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
    options += ["--estimators", "none", "--dense-angles", "0"]
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


def test_traps_are_warned_about():
    circular = dataclasses.replace(
        face_angle.STANDARD, code="circular", error="cosine", loss=("linear", "sqrt")
    )
    assert "one squared error for every f" in warnings_of(circular)[0]
    turned = dataclasses.replace(face_angle.STANDARD, faces="olivetti", interpolation="bilinear")
    assert "jumps at multiples of pi/2" in warnings_of(turned)[0]
    assert not warnings_of(face_angle.STANDARD)


def test_real_faces_train_and_are_analysed(shared_data, tmp_path):
    """Olivetti at 32 px, a little training: precision is where the angles are already."""
    found = trained(
        tmp_path,
        faces=str(shared_data / "face_angle" / "olivettifaces.mat"),
        size=32,
        epochs=8,
        stimuli=2048,
        density="normal",
        seeds=1,
        angles=11,
        dense_angles=0,
    )
    assert shapes(found)["linear"].share > 0.4
    assert len(faces_of(found.config).rows["train"]) == 300
    assert grid_of(found.config, 21)[0] == pytest.approx(-np.pi / 2)


def test_states_of_runs_that_do_not_fit_are_refused(small, tmp_path):
    start, _ = small
    config = dataclasses.replace(face_angle.STANDARD, start=str(start), size=16)
    with pytest.raises(InputError, match="start: .* has loss .*, this run"):
        check_config(config)
