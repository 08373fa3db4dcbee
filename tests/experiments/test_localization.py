"""The localization study: its demonstration, which inputs localize, the odd trap, bad input."""

import dataclasses
import json
from types import SimpleNamespace

import numpy as np
import pytest

from experiments import localization
from experiments.localization import analysis, picture_codes, problem, theory_words
from experiments.localization.checks import check_config, warnings_of
from experiments.localization.data import classes_of, law_of
from experiments.localization.learned_when import learned_when
from experiments.localization.tables import _components_table
from jaxrep.data import INPUT_FAMILIES
from jaxrep.engine import Execution, join_replicas
from jaxrep.engine.program import own_data
from jaxrep.engine.run import Run
from jaxrep.study import Analysis, grid_points, main
from tests.conftest import optimised_programs

STUDY = localization.STUDY
PLAIN = dataclasses.replace(STUDY, draw=lambda analysis, config: ())
BARE = dataclasses.replace(PLAIN, analyse=lambda run, plan, config: Analysis(run.records, {}))
SINGLE = localization.SINGLE
SMALL = ["--length", "12", "--units", "3", "--steps", "4", "--seeds", "2", "--batch-size", "8"]
SMALL += ["--measurements", "3", "--quiet"]


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """The default command with four of its eight seeds, without its figures."""
    out = tmp_path_factory.mktemp("quick") / "run"
    with optimised_programs():
        assert main(PLAIN, ["--seeds", "4", "--out", str(out), "--quiet"]) == 0
    return Run.load(out)


def test_the_demonstration(quick):
    """Fact sheet 7, 8 seeds: median IPR .266 (.255-.270) at gain 100, .053 and .050 for the
    controls, accuracy .93 to .99 in all three; share above 0.1 is .74 (.70-.80)."""
    last = quick.results.isel(step=-1)
    ratio = last.participation
    middle = ratio.median("unit")
    assert (middle.sel(gain=100, clone=0) > 0.2).all()
    assert (middle.sel(gain=0.01, clone=0) < 0.08).all()
    assert (middle.sel(gain=100, clone=1) < 0.08).all()
    assert float(middle.sel(gain=100, clone=0).median()) == pytest.approx(0.266, abs=0.01)
    share = (ratio > 0.1).mean("unit")
    assert (share.sel(gain=100, clone=0) > 0.55).all()
    assert (share.sel(clone=1) <= 0.1).all()
    assert (last.accuracy > 0.85).all()
    assert float(last.loss.sel(gain=100, clone=0).median()) == pytest.approx(0.565, abs=0.015)
    # more gain, more localized (fact sheet: .11, .16, .18 after longer training)
    means = ratio.mean("unit").median("seed").sel(clone=0)
    assert (np.diff(means) > 0).all()


def test_what_the_demonstration_finds(quick):
    """Fact sheet 5: without their offset the localized units seem to fail; they do not."""
    results, strong = quick.results, {"gain": 100, "clone": 0}
    assert results.field.dims == ("gain", "clone", "seed", "step", "unit", "pixel")
    assert results.entropy.attrs["units"] == "bits"
    group = results.sel(strong).sel(group="localized").median("seed")
    assert float(group.pruned_accuracy) < 0.85 < 0.95 < float(group.pruned_refitted)
    assert float(group.pruned_area) > 0.98
    every = results.sel(strong).sel(group="all units")
    np.testing.assert_allclose(
        every.pruned_accuracy, results.accuracy.sel(strong).isel(step=-1), atol=2e-3
    )
    curve = results.pruning_curve.sel(strong).isel(kept=-1)
    np.testing.assert_allclose(curve.isel(order=0), every.pruned_area, atol=1e-6)
    np.testing.assert_allclose(curve.isel(order=1), every.pruned_area, atol=1e-6)
    # the single unit beside the network, and its theory
    unit = results.isel(step=-1).median("seed")
    for name in ("unit_participation", "theory_participation"):
        assert float(unit[name].sel(strong)) > 0.2
        assert float(unit[name].sel(gain=100, clone=1)) < 0.06
        assert float(unit[name].sel(gain=0.01, clone=0)) < 0.06
    assert quick.summary["localized_share[gain=100.0 clone=0]"] > 0.6


GAINS = {0.1: (0.039, 0.010), 1.0: (0.205, 0.006), 100.0: (0.549, 0.007)}
TAILS = {4.5: (0.030, 0.003), 10.0: (0.139, 0.008)}


@pytest.mark.parametrize(
    "options, published",
    [
        ({"gain": tuple(GAINS)}, GAINS),
        ({"inputs": "algebraic", "power": tuple(TAILS)}, TAILS),
    ],
)
def test_localization_by_gain_and_by_tails(options, published):
    """Fact sheet 4, six seeds there and two here: means within 3 sd, whose estimates from six
    seeds are themselves uncertain by a third (0.003 came out at 0.006 with other seeds)."""
    config = dataclasses.replace(SINGLE, seeds=2, measurements=2, **options)
    with optimised_programs():
        last = localization.build(config).train(quiet=True).records.isel(step=-1)
    for found, (mean, deviation) in zip(
        last.participation.mean(("seed", "unit")).values, published.values(), strict=True
    ):
        assert abs(found - mean) < 3 * max(deviation, 0.005)


@pytest.mark.parametrize(
    "options, low, high",
    [
        ({"inputs": "ising", "positive": (0.7,), "negative": (0.3,)}, 0.82, 0.88),
    ],
)
def test_which_inputs_localize_a_single_unit(options, low, high):
    """Fact sheet: Ising .847, normal weights have .07."""
    config = dataclasses.replace(SINGLE, gain=(1.0,), seeds=2, measurements=2, **options)
    with optimised_programs():
        last = localization.build(config).train(quiet=True).records.isel(step=-1)
    assert low < float(last.participation.median()) < high


def test_blobs_in_two_dimensions():
    """Fact sheet 7: .041 at gain 100 against .017, where a sinusoid has .010 to .016."""
    config = dataclasses.replace(localization.PRESETS["plane"], seeds=1, measurements=2)
    with optimised_programs():
        last = localization.build(config).train(quiet=True).records.isel(step=-1)
    found = last.participation.median("unit").squeeze().values
    np.testing.assert_allclose(found, [0.017, 0.041], atol=0.003)


def test_blocks_have_no_theory_and_train():
    options = {"inputs": "block", "positive": (0.5,), "negative": (0.25,), "steps": 3}
    config = dataclasses.replace(SINGLE, length=12, proportions=(0.25, 0.75), seeds=2, **options)
    assert law_of(config, {}, 0.5) is None
    assert np.isfinite(localization.build(config).train(quiet=True).records.loss).all()


LEARNERS = "--length 16 --units 8 --seeds 2 --measurements 4 --activation relu --quiet"


@pytest.mark.parametrize(
    "options, learned, least",
    [
        ("--network two_layer --loss cross_entropy --further 1", "accuracy", 0.65),
        ("--network gated --bias off --given-pixels 3 --given-values 0.5", "accuracy", 0.75),
        (
            "--network two_layer --target sign_changes --dimensions 2 --length 4 --half mean "
            "--weights small_bumps --bias constant --bias-start 0.5 --learning-rate 0.5",
            "explained",
            0.4,
        ),
    ],
)
def test_networks_targets_and_their_reports(tmp_path, options, learned, least):
    """Every kind of network and target is trained and learns, far above chance: 1/3, 1/2, 0
    and 0. One is analysed and drawn."""
    out = tmp_path / "run"
    drawn = "sign_changes" in options
    sweep = "--gain 2 3 --clone 0 1" if drawn else "--gain 2 --clone 0"
    style = "paper" if drawn else "screen"
    arguments = f"{LEARNERS} --steps 400 {sweep} {options} --style {style} --out {out}"
    assert main(STUDY if drawn else BARE, arguments.split()) == 0
    results = Run.load(out).results
    last = results[learned].isel(step=-1)
    assert float((last.sel(clone=0) if drawn else last).min()) > least
    if "constant" in options:
        assert (results.bias == 0.5).all()
    if not drawn:
        return
    page = (out / "report.html").read_text()
    for heading in ("<figure class='movie'>", "Pre-activations by class", "Phase diagram"):
        assert heading in page
    assert ("Theory against gradient descent" in page) == ("theory_participation" in results)


def test_what_is_learned_when():
    """Fact sheet (3 seeds, 20,000 inputs): errors on inputs and on their clone are .981 and .985 at
    step 20, .711 and .777 at 100, .588 and .722 at 500; trained on the clone never .03 apart.

    Measured here: .986 and .989, .717 and .781, .588 and .725 (8 seeds, 2,000 inputs).
    """
    options = {"gain": (100.0,), "probe": 0.0, "seeds": 2, "steps": 500, "measurements": 26}
    config = dataclasses.replace(localization.Config(), **options)
    plan = localization.build(config)
    flat = join_replicas(plan.train(quiet=True).records, list(plan.replicas.coordinates))
    gates = np.zeros((4, 1))
    found = learned_when(config, plan.replicas, flat, gates, tested=5000)
    inputs, clone = found.inputs[:2].mean(0), found.clone[:2].mean(0)
    np.testing.assert_allclose(inputs[[1, 5, 25]], [0.981, 0.711, 0.588], atol=0.03)
    np.testing.assert_allclose(clone[[1, 5, 25]], [0.985, 0.777, 0.722], atol=0.03)
    assert (abs(found.gap[:2, 1]) < 0.01).all() and (found.gap[:2, 25] > 0.1).all()
    assert abs(found.gap[2:]).max() < 0.03 and abs(found.chance).max() < 0.03
    assert ((found.departure[:2] >= 60) & (found.departure[:2] <= 140)).all()
    assert np.isnan(found.departure[2:]).all()
    # what is recorded in training is the same error, on 1000 other inputs
    np.testing.assert_allclose(found.inputs[:2], flat.loss.values[:2], atol=0.04)
    sparse = dataclasses.replace(config, network="autoencoder")
    assert learned_when(sparse, plan.replicas, flat, gates) is None


def test_recorded_weights_give_the_errors_of_training():
    """Of networks with output weights, biases and cross-entropy: the error on the same inputs."""
    options = {"network": "two_layer", "loss": "cross_entropy", "further": (2.0,), "units": 5}
    options |= {"gain": (2.0,), "clone": (0,), "seeds": 1, "steps": 30, "measurements": 2}
    config = dataclasses.replace(localization.Config(), length=12, **options)
    plan = localization.build(config)
    records = plan.train(quiet=True).records.isel(seed=0, step=-1)
    inputs = own_data(plan.problem, plan.replicas)["inputs"][0]
    names = {"W1": records.field.values.T, "b1": records.bias, "W2": records.output_weight}
    params = {key: np.asarray(x) for key, x in (names | {"b2": records.output_bias}).items()}
    classes = classes_of(config, len(inputs))
    outputs = problem.apply_network(config, params, inputs).outputs
    every = problem.errors(config, outputs, inputs, classes)
    assert every.shape == (1000,)
    assert float(np.mean(every)) == pytest.approx(float(records.loss), rel=1e-5)


def compared(fields, theory, length=100):
    """What the words of the theory's figure need of a run."""
    config = localization.Config(length=length, localized=0.1, batch_size=200)
    found = SimpleNamespace(finite=np.ones(len(fields), bool), config=config)
    unit = SimpleNamespace(fields=np.stack([fields], 1), theory=np.stack([theory], 1))
    return theory_words.agreement(found, unit)


def test_words_follow_from_the_number_and_its_chance_level():
    """The published distances with batches of 2,000 and of 200, and fields that are not local."""
    ring = np.eye(100)
    start = np.arange(8)
    near = compared(ring[start], ring[start + [0, 1, 0, 1, 1, 0, 1, 2]])
    assert "1 pixels apart in the median (25 by chance)" in near
    assert "at most 2 in 100% (5% by chance): theory says where more often than chance" in near
    assert "8 networks, batches of 200" in near
    far = compared(ring[start], ring[start + 12])
    assert "12 pixels apart in the median (25 by chance)" in far
    assert "that theory says where cannot be told from chance (p = 1)" in far
    flat = compared(np.ones((8, 100)), ring[start])
    assert "theory alone in 8" in flat and "there is no place to compare" in flat
    assert "whether and where" not in near + far + flat


def test_a_search_that_does_not_converge_has_no_number():
    """Gaussian inputs have no independent components; 16,000 inputs, 8 for each pixel or more."""
    config = localization.Config(
        length=8, gain=(0.01, 100.0), clone=(0,), seeds=1, decompose=True, steps=1
    )
    replicas = localization.build(config).replicas
    found = analysis._components(config, replicas, grid_points(replicas, np.ones(2, bool)))
    assert analysis.decomposed(config) == 16_000
    assert analysis.decomposed(dataclasses.replace(config, length=50, dimensions=2)) == 20_000
    found[analysis.INDEPENDENT][0] = None
    shown = SimpleNamespace(
        points=grid_points(replicas, np.ones(2, bool)),
        ratio=np.full((2, 3), 0.2),
        components=found,
        config=config,
    )
    table = _components_table(shown)
    lost = [row for row in table.rows if row[1] == "independent components: did not converge"]
    assert len(lost) == 1 and lost[0][2:] == [None, None, None]
    assert "1 searches did not converge" in table.caption and "16,000 inputs" in table.caption
    kept = [row for row in table.rows if row[1] == "independent components"]
    assert len(kept) == 1 and kept[0][2] > 0.2


def test_a_diverged_network_is_named_and_in_no_figure(tmp_path):
    out = tmp_path / "run"
    options = "--gain 2 --clone 0 --activation relu --learning-rate 0.1 1e20 --steps 20"
    options += " --dimensions 2 --length 4 --measurements 2"
    assert main(STUDY, [*SMALL, *options.split(), "--out", str(out)]) == 0
    run = Run.load(out)
    assert run.finite.tolist() == [True, True, False, False]
    assert (run.summary["networks"], run.summary["networks_diverged"]) == (4, 2)
    assert "median_ipr[learning_rate=0.1]" in run.summary
    assert not any("1e+20" in name for name in run.summary)
    assert np.isnan(run.results.pruned_area.sel(learning_rate=1e20)).all()
    page = (out / "report.html").read_text()
    assert "Networks that diverged" in page and "learning rate 1e20, seed 1" in page


def test_gains_in_the_convention_of_pnas():
    plain = dataclasses.replace(SINGLE, gain=(3.0,))
    other = dataclasses.replace(SINGLE, convention="pnas")
    wanted = law_of(plain, {"gain": 3.0 / 2**0.5, "clone": 0.0}, 1.6)
    found = law_of(other, {"gain": 3.0, "clone": 0.0}, 1.6)
    np.testing.assert_allclose(found.row, wanted.row, rtol=1e-6)
    assert found.excess_kurtosis == pytest.approx(wanted.excess_kurtosis)


def test_batches_have_the_classes_in_their_shares():
    """Class 2 of three takes half; its inputs have its correlations."""
    config = dataclasses.replace(
        localization.PRESETS["quick"],
        inputs="normal",
        further=(40.0,),
        proportions=(0.3, 0.2, 0.5),
        network="two_layer",
        probe=0.0,
        seeds=1,
    )
    classes = classes_of(config, 11)
    assert np.bincount(classes).tolist() == [3, 3, 5]
    classes = classes_of(config, 1000)
    assert np.bincount(classes).tolist() == [300, 200, 500]
    inputs = own_data(localization.build(config).problem, localization.build(config).replicas)
    x = inputs["inputs"][0]
    together = [np.mean(x[classes == c] * np.roll(x[classes == c], 1, 1)) for c in range(3)]
    # exp(-1 / xi^2) for neighbours; class 2 has 500 values: (2 / 500)^(1/2) = 0.06
    np.testing.assert_allclose(together, [0, 0.951, 1], atol=0.25)


def test_the_single_unit_has_a_learning_rate_of_its_own():
    config = dataclasses.replace(
        localization.PRESETS["quick"], gain=(3.0,), clone=(0,), learning_rate=(0.5, 5.0)
    )
    config = dataclasses.replace(config, length=10, units=3, steps=20, seeds=1, measurements=2)
    last = localization.build(config).train(quiet=True).records.isel(step=-1)
    np.testing.assert_allclose(*last.probe.squeeze().values, rtol=1e-4)
    assert not np.allclose(*last.field.squeeze().values, rtol=1e-2)


def test_patches_of_pictures_and_weights_from_a_file(tmp_path):
    images, weights = tmp_path / "images.npy", tmp_path / "weights.npy"
    rng = np.random.default_rng(0)
    np.save(images, rng.normal(size=(2, 12, 12)))
    np.save(weights, np.arange(3 * 16.0).reshape(3, 16) / 50)
    out = tmp_path / "run"
    options = "--inputs patches --network autoencoder --dimensions 2 --length 4 --scale 4"
    arguments = [*SMALL, *options.split(), "--images", str(images), "--weights", str(weights)]
    assert main(BARE, [*arguments, "--out", str(out)]) == 0
    results = Run.load(out).results
    assert np.isfinite(results.explained).all()
    start = results.field.isel(step=0, seed=0)
    np.testing.assert_allclose(start, 2 * np.load(weights), rtol=1e-6)


def test_codes_of_photographs_beside_those_of_their_clone(tmp_path, monkeypatch):
    """A preset end to end, with fewer patches: components of pictures are Gabor functions (fact
    sheet, of more patches: median error .31, and .81 for the clone)."""
    pytest.importorskip("sklearn")
    monkeypatch.setattr(picture_codes, "PATCHES", 2000)
    monkeypatch.setattr(picture_codes, "COMPONENTS", 12)
    out = tmp_path / "run"
    small = "--images scikit-learn --length 8 --units 4 --seeds 1 --steps 20 --measurements 2"
    arguments = ["--preset", "pictures", *small.split(), "--quiet", "--out", str(out)]
    assert main(STUDY, arguments) == 0
    said = json.loads((out / "verdict.json").read_text())
    assert said[0]["text"].startswith("Independent components of whitened pictures")
    assert said[0]["agrees"] is True and "Olshausen" not in said[0]["text"]
    page = (out / "report.html").read_text()
    for words in ("Gabor functions in codes of pictures", "macaque V1, published medians"):
        assert words in page


def test_a_suite_compares_its_runs(tmp_path):
    """Two runs of one unit, small; options beside the preset hold for both."""
    out, single = tmp_path / "suite", dataclasses.replace(SINGLE, length=12, gain=(0.1, 9.0))
    heavy = dataclasses.replace(single, inputs="algebraic", power=(4.5,), gain=(1.0,))
    pair = {"pair": {"plain": single, "heavy tails": heavy}}
    study = dataclasses.replace(BARE, suites=pair)
    small = "--steps 6 --seeds 2 --batch-size 8 --measurements 3 --quiet".split()
    assert main(study, [*small, "--preset", "pair", "--out", str(out)]) == 0
    whole = Run.load(out)
    assert whole.config["suite"] == "pair" and "ipr[plain gain=9.0]" in whole.summary
    inner = Run.load(out / "heavy_tails").config
    assert (inner["length"], inner["inputs"], inner["steps"]) == (12, "algebraic", 6)
    page = (out / "report.html").read_text()
    assert "Which inputs localize a single unit" in page and "plain/report.html" in page
    assert "Localization against excess kurtosis" in page and "4.054" in page
    assert main(study, ["--preset", "pair", "--sweep", "units=1,2", "--out", str(out)]) == 2


def test_the_which_data_suite_can_be_built():
    runs = STUDY.suites["which_data"]
    for label, config in runs.items():
        check_config(config)
        assert warnings_of(config) == [], label
    families = {config.inputs for config in runs.values()}
    assert set(INPUT_FAMILIES) - families == {"normal", "patches"}  # the clone is normal


def test_an_odd_network_is_warned_about_and_learns_nothing(capsys):
    config = dataclasses.replace(
        localization.PRESETS["quick"], bias="off", gain=(100.0,), clone=(0,), seeds=2, steps=300
    )
    (line,) = warnings_of(config)
    assert "tanh without bias is an odd function" in line
    assert warnings_of(localization.PRESETS["quick"]) == []
    last = localization.build(config).train(quiet=True, execution=Execution(devices=1))
    assert (last.records.accuracy.isel(step=-1) < 0.6).all()
    assert (last.records.loss.isel(step=-1) > 0.95).all()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--positive", "-1"], "positive: [-1.0] given; above 0 and finite is needed"),
        (["--gain", "0"], "gain: [0.0] given; above 0 and finite is needed"),
        (["--length", "0"], "length: 0 given; at least 1 is needed"),
        (["--inputs", "pulse"], "positive: [4.47] are not shares of 40 pixels"),
        (["--clone", "2"], "clone: [2]; allowed are 0 and 1"),
        (["--activation", "cosine"], "activation: 'cosine' is not known; allowed are linear"),
        (["--weights", "ones"], "weights: 'ones' is not known"),
        (["--power", "2"], "power: [2.0]; only above 2"),
        (["--freedom", "2"], "freedom: [2.0]; only above 2"),
        (["--proportions", "0", "1"], "proportions: [0.0, 1.0]; each must be between 0 and 1"),
        (["--proportions", "0.5", "0.6"], "their sum 1"),
        (["--proportions", "0.2", "0.2", "0.6"], "[0.2, 0.2, 0.6] given for 2 classes"),
        (["--proportions", "0.001", "0.999"], "batch_size: 200 inputs leave a class without any"),
        (["--inputs", "block", "--positive", "0.3", "--negative", "0.1"], "12 pixels do not tile"),
        (["--inputs", "ising", "--dimensions", "2"], "dimensions: 2 given; inputs ising"),
        (["--inputs", "block", "--positive", "0.5", "--negative", "0.1", "--half", "mean"], "half"),
        (["--given-pixels", "3"], "given_values: [] do not fit given_pixels: [3]"),
        (["--given-pixels", "40", "--given-values", "0.1"], "pixel outside 0 .. 39"),
        (["--given-pixels", "3", "--given-values", "1"], "a value outside (-1, 1)"),
        (["--inputs", "patches"], "patches need a .npy file"),
        (["--images", "a.npy"], "other inputs none"),
        (["--images", "scikit-image"], "one of scikit-learn, scikit-image, other inputs none"),
        (
            ["--preset", "pictures", "--length", "400"],
            "length: 400 is larger than images of (284, 368)",
        ),
        (["--weights", "none.npy"], "weights: there is no file none.npy"),
        (["--further", "2"], "network: committee has one output"),
        (["--loss", "cross_entropy"], "needs two_layer"),
        (["--network", "autoencoder", "--loss", "cross_entropy"], "tells classes apart"),
        (["--localized", "1"], "localized: 1.0 is outside (0, 1)"),
        (["--probe", "-1"], "probe: -1.0 given; at least 0 is needed"),
        (["--sparse-rate", "1"], "sparse_rate: 1.0 is outside [0, 1)"),
        (["--batch-size", "0"], "batch_size: 0 given; at least 1 is needed"),
        (["--scale", "0"], "scale: 0.0 given; above 0 and finite is needed"),
        (["--steps", "-1"], "steps: -1 given; at least 0 is needed"),
    ],
)
def test_bad_input_gets_one_line_and_writes_nothing(tmp_path, capsys, arguments, message):
    out = tmp_path / "run"
    assert main(PLAIN, [*arguments, "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1
    assert not out.exists()
