"""The study: golden runs of the tutorial, its command line, its report and its slider."""

import dataclasses
import json
import os
import re
import shutil
import subprocess

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from experiments import deep_linear
from experiments.deep_linear.checks import check, warn
from experiments.deep_linear.data import task_data
from experiments.deep_linear.shown import data_set_of
from jaxrep.data.feature_table import make_feature_table, toy_table
from jaxrep.engine import Execution, Replicas, Schedule, Variables, train
from jaxrep.engine.run import Run
from jaxrep.models.mode_coordinates import singular_modes
from jaxrep.problems.feature_task import (
    FeatureSetting,
    feature_problem,
    in_coordinates,
    singular_values,
)
from jaxrep.study import Analysis, main
from jaxrep.theory import descend_modes
from tests.study.pages import opened, own_text

STUDY = deep_linear.STUDY
PLAIN = dataclasses.replace(STUDY, draw=lambda analysis, config: ())
LIGHT = dataclasses.replace(
    PLAIN,
    analyse=lambda run, plan, config: Analysis(run.records, {"networks": config.seeds}),
)
SMALL = ["--features", "40", "--hidden", "5", "--steps", "6", "--seeds", "2", "--quiet"]
ONE = Execution(devices=1)


def golden_train(shared_data, names, precision, in_modes, steps=250):
    """The tutorial's runs from their own initial weights; all share one data set."""
    runs = [np.load(shared_data / "deep_linear" / f"{name}_seed2021.npz") for name in names]
    table = make_feature_table(runs[0]["Y"].astype(float))
    pair = (0, len(table.features) - 1)
    setting = FeatureSetting(in_modes=in_modes, traces=(pair,), trace_names=("last feature",))
    with jax.enable_x64():
        starts = [
            Variables(
                in_coordinates(
                    {"W1": run["W1_0"].T.astype(float), "W2": jnp.asarray(run["W2_0"].T, float)},
                    table,
                    setting,
                )
            )
            for run in runs
        ]
    initial = jax.tree.map(lambda *x: np.stack([np.asarray(y, precision) for y in x]), *starts)
    hyper = {"learning_rate": float(runs[0]["lr"]), "scale": 1.0, "flip": 0.0, "data_seed": 0}
    records = train(
        feature_problem([table], setting),
        Replicas(tuple(range(len(runs))), hyper),
        Schedule(steps, tuple(range(steps + 1))),
        execution=Execution(devices=1, precision=precision),
        initial=initial,
        quiet=True,
    ).records
    return runs, records, singular_modes(table.values).strength[0]


def deviations(run, records, replica, strongest):
    """Largest deviations from the float64 reference: loss, modes / s_1, RSM / s_1, trace.

    The tutorial logs loss, RSM and trace before update i and modes after it: steps i and i + 1.
    """
    one = records.isel(seed=replica)
    return (
        np.abs(one.loss.values[:250] - run["loss64"]).max(),
        np.abs(singular_values(one)[1:] - run["modes64"]).max() / strongest,
        np.abs(one.similarity.values[:250, 0] - run["rsm64"]).max() / strongest,
        np.abs(one.trace.values[:250, 0] - run["ill64"]).max(),
    )


@pytest.mark.parametrize("in_modes", [True, False])
def test_golden_runs_in_float64(shared_data, in_modes):
    """Measured 3e-11, 9e-11, 8e-11, 1e-10 (gamma 1e-12); 1e-8, 5e-8 at 1e-15, where the
    reference's own rounding speaks; 1e-14 at gamma 1."""
    names = ("main", "gamma1", "gamma1e-15") if in_modes else ("main", "gamma1")
    runs, records, strongest = golden_train(shared_data, names, "float64", in_modes)
    for replica, (run, name) in enumerate(zip(runs, names, strict=True)):
        loss, modes, similarity, trace = deviations(run, records, replica, strongest)
        limits = (2e-8, 1e-7) if name == "gamma1e-15" else (1e-9, 1e-8)
        assert loss < limits[0] and max(modes, similarity, trace) < limits[1]


def test_mode_coordinates_follow_the_truth_in_float32(shared_data):
    """Measured loss 6e-7, modes 2e-6, RSM 3e-7, trace 8e-7 at gamma 1e-12 and at 1e-15."""
    names = ("main", "gamma1e-15", "gamma1")
    runs, records, strongest = golden_train(shared_data, names, "float32", True)
    for replica, run in enumerate(runs):
        assert max(deviations(run, records, replica, strongest)) < 5e-6


def test_raw_coordinates_do_not(shared_data):
    """Why mode coordinates are the default: measured 2e-2 in loss, 7e-2 in modes."""
    runs, records, strongest = golden_train(shared_data, ("main",), "float32", False)
    loss, modes, *_ = deviations(runs[0], records, 0, strongest)
    assert loss < 0.1 and 1e-4 < modes < 0.2


@pytest.mark.parametrize("precision, limit", [("float64", 1e-8), ("float32", 5e-6)])
def test_the_golden_shark(shared_data, precision, limit):
    runs, records, strongest = golden_train(shared_data, ("shark",), precision, True)
    assert max(deviations(runs[0], records, 0, strongest)) < limit
    trace = records.trace.values[0, :250, 0]
    assert trace.max() == pytest.approx(0.5207137, abs=2e-6) and trace.argmax() == 125


def test_the_golden_shallow_network(shared_data):
    """One layer: loss from 1.0409731 to 3.48134e-6, every mode exponentially."""
    run = np.load(shared_data / "deep_linear" / "shallow_seed2021.npz")
    table, setting = make_feature_table(run["Y"].astype(float)), FeatureSetting(depth=1)
    with jax.enable_x64():
        start = Variables(in_coordinates({"W1": jnp.asarray(run["W_0"].T, float)}, table, setting))
    hyper = {"learning_rate": float(run["lr"]), "scale": 1.0, "flip": 0.0, "data_seed": 0}
    records = train(
        feature_problem([table], setting),
        Replicas((0,), hyper),
        Schedule(250, tuple(range(251))),
        execution=ONE,
        initial=jax.tree.map(lambda x: np.asarray(x, np.float32)[None], start),
        quiet=True,
    ).records
    np.testing.assert_allclose(records.loss[0, :250], run["loss"], rtol=1e-4)
    # the reference's modes are float32 singular values of a 10,000 x 8 matrix
    np.testing.assert_allclose(singular_values(records)[0, 1:], run["modes"], rtol=2e-5)


def test_both_coordinates_train_the_same_network():
    """Same seed, same weights, also for networks that are deep, narrow and not linear."""
    table = make_feature_table(np.random.default_rng(0).normal(size=(4, 90)))
    for depth, activation in ((3, "tanh"),):
        found = []
        for in_modes in (True, False):
            setting = FeatureSetting(depth, 5, activation, in_modes, ((2, 7),), ("x",))
            hyper = {"learning_rate": 6.0, "scale": 1.0, "flip": 0.0, "data_seed": 0}
            schedule = Schedule(12, (0, 3, 12))
            done = train(
                feature_problem([table], setting),
                Replicas((0, 1), hyper),
                schedule,
                execution=Execution(devices=1, precision="float64"),
                quiet=True,
            )
            found.append(done.records)
        for name in ("loss", "mode_strength", "weight_norm", "trace"):
            np.testing.assert_allclose(found[0][name], found[1][name], rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(found[0].similarity, found[1].similarity, atol=1e-9)
        np.testing.assert_allclose(found[0].imbalance, found[1].imbalance, rtol=1e-8)
        np.testing.assert_allclose(*(singular_values(x) for x in found), atol=1e-9)
        assert float(found[0].loss[0, -1]) < float(found[0].loss[0, 0])


def test_a_table_with_few_features_keeps_all_of_them():
    setting = FeatureSetting(traces=((0, 3), (5, 9)), trace_names=("a", "b"))
    table = toy_table()
    hyper = {"learning_rate": 2.0, "scale": 0.1, "flip": 0.0, "data_seed": 0}
    schedule = Schedule(400, (0, 400))
    records = train(
        feature_problem([table], setting),
        Replicas((3,), hyper),
        schedule,
        execution=ONE,
        quiet=True,
    ).records
    assert float(records.loss[0, -1]) < 1e-6
    np.testing.assert_allclose(
        records.trace[0, -1], [table.values[0, 3], table.values[5, 9]], atol=0.01
    )


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """The default command with 12 of its 32 seeds."""
    out = tmp_path_factory.mktemp("quick") / "run"
    assert main(STUDY, ["--seeds", "12", "--out", str(out), "--quiet"]) == 0
    return Run.load(out)


def test_the_quick_preset_meets_its_theory(quick):
    results, summary = quick.results, quick.summary
    assert results.sizes["seed"] == 12 and results.sizes["step"] == 251
    median = results.transition.median("seed")
    # Measured 1.02 (median over 32 seeds) and 2.6 (worst seed)
    assert float(np.abs(median - results.predicted_transition[0]).max()) < 1.5
    assert float(np.abs(results.transition - results.predicted_transition).max()) < 3.5
    assert summary["median_theory_deviation"] < 1e-5  # measured 1.8e-6, float32
    assert summary["median_similarity_between_seeds"] > 0.99999
    assert summary["median_distance_to_theory"] < 1e-5
    assert float(results.loss[:, -1].max()) < 1e-12
    levels = results.distance.sel(step=[125, 150, 249]).median("seed")
    assert (levels[0].values > [7, 0, 0]).all() and levels[0, 1] < 1
    assert levels[1, 1] > 9 and levels[1, 2] < 0.5 and levels[2, 2] > 11
    scan = results.scan_between_seeds.median("scan_seed")
    assert (scan.sel(scan_scale=slice(None, 1)) > 0.99).all()
    assert 0.4 < float(scan.sel(scan_scale=10)) < 0.9  # fact sheet: 0.70, 8 seeds


def test_results_are_labelled(quick):
    results = quick.results
    assert results.mode_strength.dims == ("seed", "step", "mode")
    assert results.similarity.dims == ("seed", "step", "hidden_layer", "item", "other_item")
    assert results.trace.dims == ("seed", "step", "pair")
    assert results.transition.attrs["units"] == "updates"
    assert results.similarity.sel(item="Robin", other_item="Canary", step=250).dims == (
        "seed",
        "hidden_layer",
    )
    names = {path.name for path in quick.path.iterdir()}
    assert "report.html" in names and "results.nc" in names


def page_of(run):
    return own_text((run.path / "report.html").read_text())


def test_the_report_is_one_page_with_all_its_frames(quick):
    page = page_of(quick)
    assert not re.search(r"src='(?!data:)|href='(?!#|figures/)", page)
    headings = re.findall(r"<h2 id='[^']*'>([^<]*)</h2>", page)
    for wanted in (
        "Loss: drops and plateaus",
        "Modes: what is learned when",
        "Representation over training",
        "Illusory correlations",
        "Do all seeds find the same representation?",
        "From lazy to rich: the initial scale",
    ):
        assert wanted in headings
    movie = page.partition("<figure class='movie'>")[2]
    frames = json.loads(re.search(r"<script type='application/json'>(.*?)</script>", movie)[1])
    assert frames[0]["label"] == "step 0" and frames[-1]["label"] == "step 250"
    assert len({frame["picture"] for frame in frames}) > 25


def browser() -> str | None:
    """A browser on this machine: `$JAXREP_BROWSER`, Chromium or Chrome."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome", "chrome-headless-shell")
    return os.environ.get("JAXREP_BROWSER") or next(filter(None, map(shutil.which, names)), None)


def test_the_slider_chooses_the_frame_in_a_browser(quick, tmp_path):
    """A copy of the page, from disk, with a script behind it that moves the slider."""
    if browser() is None:
        pytest.skip("no Chromium or Chrome and no $JAXREP_BROWSER: the slider is not tried")
    probe = """<script>
    const movie = document.querySelector("figure.movie"), seen = [];
    const slider = movie.querySelector("input"), frames =
      JSON.parse(movie.querySelector("script").textContent);
    for (const at of [0, frames.length - 1, 7]) {
      slider.value = at;
      slider.dispatchEvent(new Event("input"));
      const right = movie.querySelector("img").src.endsWith(frames[at].picture);
      seen.push(movie.querySelector("output").textContent + " " + right);
    }
    movie.querySelector("button").click();
    seen.push(movie.querySelector("button").textContent);
    setTimeout(() => {
      seen.push("moved " + (Number(slider.value) > 7));
      document.body.innerHTML = "<pre id='seen'>" + seen.join("; ") + "</pre>";
    }, 800);
    </script></body>"""
    copy = tmp_path / "page.html"
    before, _, end = (quick.path / "report.html").read_text().rpartition("</body>")
    copy.write_text(f"{before}{probe}{end}")
    command = [browser(), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
    command += ["--disable-background-networking", f"--user-data-dir={tmp_path / 'profile'}"]
    command += ["--virtual-time-budget=5000", "--dump-dom", copy.as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    seen = re.search(r"<pre id=\"seen\">(.*?)</pre>", shown)[1]
    assert seen == "step 0 true; step 250 true; step 55 true; stop; moved true"


def test_any_scale_and_rate_is_computed_in_the_page(quick, tmp_path):
    """Dashed curves of the sliders are those of `descend_modes`; trained ones stay."""
    script = """
    const figure = document.querySelector("figure.explorer"), plot = figure.querySelector(".plot");
    const curves = () => plot.data.map((trace) => [trace.line.dash || "", Array.from(trace.y)]);
    const at = (slider) => Number(slider.nextElementSibling.textContent);
    const sliders = [...figure.querySelectorAll("input")];
    const start = {values: sliders.map(at), curves: curves()};
    [40, 3].forEach((place, index) => {
      sliders[index].value = place;
      sliders[index].dispatchEvent(new Event("input"));
    });
    const given = JSON.parse(figure.querySelector("script").textContent);
    tell({start, moved: {values: [given.values[0][40], given.values[1][3]], curves: curves()},
      data: given.data, shown: sliders.map(at), hidden: figure.querySelector(".seen").hidden});
    """
    told = opened(quick.path / "report.html", tmp_path, script, 1200)
    assert not told["errors"] and told["hidden"] and told["scroll"] <= 1200
    data, kept = told["data"], [c for dash, c in told["start"]["curves"] if not dash]
    assert kept == [curve for dash, curve in told["moved"]["curves"] if not dash]
    np.testing.assert_allclose(told["shown"], told["moved"]["values"], rtol=6e-3)
    strength = np.array(data["strength"])
    assert told["moved"]["values"][0] > 1e4 * told["start"]["values"][0]
    with jax.enable_x64():
        for place in ("start", "moved"):
            scale, rate = told[place]["values"]
            unit = np.array(data["start_of_one"])
            path = descend_modes(scale**2 * unit, strength, rate * data["rate_of_one"], 250)
            *modes, loss = [curve for dash, curve in told[place]["curves"] if dash]
            np.testing.assert_allclose(np.array(modes).T, path / strength, rtol=1e-9, atol=1e-12)
            missing = ((strength - path) ** 2).sum(1) / data["entries"]
            np.testing.assert_allclose(loss, missing, rtol=1e-8, atol=1e-25)
    # the median of the trained networks is near it where the run started
    *seen, _ = kept
    *modes, _ = [curve for dash, curve in told["start"]["curves"] if dash]
    assert np.abs(np.array(seen) - np.array(modes)).max() < 0.2  # measured .1: a step or two apart


def test_one_call_sweeps_scale_rate_flip_and_data(tmp_path):
    out = tmp_path / "run"
    sweep = ["--scale", "1e-3", "1", "--learning-rate", "0.5", "1"]
    sweep += ["--flip", "0.1", "0.3", "--data-seed", "1", "2"]
    assert main(LIGHT, [*SMALL, *sweep, "--out", str(out)]) == 0
    results = Run.load(out).results
    dims = ("flip", "data_seed", "scale", "learning_rate", "seed", "step")
    assert results.loss.dims == dims and results.loss.shape == (2, 2, 2, 2, 2, 7)
    start = results.loss.isel(step=0, scale=1, learning_rate=0, seed=0).values
    assert len(np.unique(start)) == 4  # each data set its own
    config = deep_linear.Config(
        features=40, hidden=5, steps=6, seeds=2, flip=(0.1, 0.3), data_seed=(1, 2)
    )
    data = task_data(config)
    assert data_set_of(deep_linear.build(config).replicas, data).tolist() == [
        0,
        0,
        1,
        1,
        2,
        2,
        3,
        3,
    ]
    alone = dataclasses.replace(config, flip=(0.3,), data_seed=(1,))
    table = task_data(alone).tables[0]
    np.testing.assert_array_equal(table.values, data.tables[2].values)


def test_a_shallow_network_has_a_report_of_its_own(tmp_path):
    """One layer has no hidden representation."""
    out = tmp_path / "run"
    arguments = ["--depth", "1", "--scale", "1", "--learning-rate", "0.5", "--style", "paper"]
    assert main(STUDY, [*SMALL, *arguments, "--out", str(out)]) == 0
    run = Run.load(out)
    assert run.results.weight_norm.sizes["layer"] == 1
    assert "Weights of the layers" in page_of(run)
    assert "similarity" not in run.results


def test_a_users_table_with_nonlinear_units(tmp_path):
    file = tmp_path / "birds.csv"
    file.write_text("item,flies,swims,sings\nrobin,1,-1,1\npenguin,-1,1,-1\nduck,1,1,-1\n")
    out = tmp_path / "run"
    arguments = ["--data", str(file), "--activation", "relu", "--trace", "duck:sings"]
    arguments += ["--scale", "0.5", "--learning-rate", "0.5", *SMALL[4:]]
    assert main(PLAIN, [*arguments, "--out", str(out)]) == 0
    results = Run.load(out).results
    assert results.item.values.tolist() == ["robin", "penguin", "duck"]
    assert results.pair.values.tolist() == ["duck:sings"]
    assert np.isfinite(results.theory_mode_strength).all()


@pytest.mark.parametrize(
    "name, text, arguments, items",
    [
        ("zoo.data", "bass,0,1,4\nfrog,0,1,5\nfrog,1,1,5\n", ["--class-column", "4"], "frog (2)"),
        ("norms.txt", "\tmus\tmees\nvliegt\t0\t4\nzingt\t1\t3\n", ["--transpose"], "mees"),
        ("predicate-matrix-binary.txt", "0 1 1\n1 0 1\n", [], "grizzly+bear"),
    ],
)
def test_published_tables_run_by_one_command(tmp_path, capsys, name, text, arguments, items):
    """The zoo of UCI, norms of Leuven, animals with attributes; what was found out is said."""
    (tmp_path / "classes.txt").write_text("    1\tantelope\n    2\tgrizzly+bear\n")
    (tmp_path / "predicates.txt").write_text("    1\tblack\n    2\twhite\n    3\tblue\n")
    (tmp_path / name).write_text(text)
    arguments = ["--data", str(tmp_path / name), *arguments, *SMALL[2:]]
    assert main(LIGHT, [*arguments, "--out", str(tmp_path / "run")]) == 0
    assert f"warning: data: {tmp_path / name} is read as UTF-8" in capsys.readouterr().err
    assert items in task_data(STUDY.config(**Run.load(tmp_path / "run").config)).tables[0].items


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--item", "name"], "item: name is for text files only"),
        (["--hidden", "0"], "hidden: 0 given; at least 1 is needed"),
        (["--depth", "7"], "depth: 7 is outside 1 .. 6"),
        (["--learning-rate", "0"], "learning_rate: [0.0] given; above 0 and finite is needed"),
        (["--scale", "-1"], "scale: [-1.0] given; above 0"),
        (["--flip", "1.2"], "flip: [1.2, 1.2, 1.2] has a probability outside [0, 1]"),
        (["--trace", "Shark:has_bones"], "item: 'Shark' is not there; allowed are Goldfish"),
        (["--trace", "Robin:wings"], "feature: 'wings' is not there"),
        (["--rename", "Shark=Eel"], "item: 'Shark' is not there"),
        (["--extra", "bones=1,2"], "feature: 'bones' has 2 values for 8 items"),
        (["--extra", "bones=1,2,x"], "extra: 'bones=1,2,x' has a value that is no number"),
        (["--extra", "bones"], "extra: 'bones' is not of the form"),
        (["--data", "forest"], "data: 'forest' is not known; allowed are tree, clusters"),
        (["--data", "nowhere.csv"], "data: nowhere.csv cannot be read"),
        (["--data", "ring", "--shape", "2", "2"], "shape: [2, 2] for a ring; items"),
        (["--data", "toy", "--flip", "0.1", "0.2"], "flip: [0.1, 0.2], but data 'toy'"),
        (["--steps", "-1"], "steps: -1 given; at least 0 is needed"),
        (["--seeds", "0"], "seeds: 0 given"),
    ],
)
def test_bad_input_gets_one_line_and_writes_nothing(tmp_path, capsys, arguments, message):
    out = tmp_path / "run"
    assert main(LIGHT, [*arguments, "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1 and "Traceback" not in said
    assert not out.exists()


def test_a_hole_in_the_file_is_named(tmp_path, capsys):
    file = tmp_path / "hole.csv"
    file.write_text("item,a,b\nx,1,2\ny,,1\n")
    assert main(LIGHT, ["--data", str(file), "--out", str(tmp_path / "run")]) == 2
    assert "item 'y', feature 'a' is empty; a finite number is needed" in capsys.readouterr().err


def test_a_rate_past_the_edge_is_warned_about_before_training(tmp_path, capsys):
    out = tmp_path / "run"
    config = dataclasses.replace(deep_linear.PRESETS["quick"], learning_rate=(300.0,))
    (line,) = warn(config)
    assert "learning_rate: 300 is past the edge of stability" in line and "253.6" in line
    assert warn(deep_linear.PRESETS["quick"]) == []
    blowing = dataclasses.replace(config, learning_rate=(100.0,), scale=(1.0, 30.0))
    (line,) = warn(blowing)
    assert "scale: 30 blows up" in line and "28.3" in line
    deep = dataclasses.replace(config, depth=3, learning_rate=(20.0,), scale=(1e-12, 1.0))
    (line,) = warn(deep)
    assert "scale: 1e-12 keeps 3 layers near their start" in line
    assert main(LIGHT, [*SMALL, "--learning-rate", "40", "--out", str(out)]) == 0
    said = capsys.readouterr().err
    assert said.startswith("warning: learning_rate: 40 is past") and said.count("\n") == 1
    assert "class='warning'>learning_rate: 40" in page_of(Run.load(out))


def test_a_diverged_network_is_counted_and_changes_no_other(tmp_path, capsys):
    out = tmp_path / "run"
    arguments = [*SMALL[:4], "--steps", "40", "--seeds", "2", "--quiet", "--learning-rate", "1"]
    assert main(STUDY, [*arguments, "--scale", "0.5", "60", "--out", str(out)]) == 0
    run = Run.load(out)
    assert run.summary["networks_diverged"] == 2
    assert np.isfinite(run.results.loss.sel(scale=0.5)).all()
    assert np.isfinite(run.results.singular_value.sel(scale=0.5)).all()
    assert np.isnan(run.results.singular_value.sel(scale=60, step=40)).all()
    assert "scale: 60 blows up" in capsys.readouterr().err


UNDRAWN = dataclasses.replace(STUDY, draw=lambda analysis, config: ())


def test_divergence_never_prevents_the_page(tmp_path):
    """It ended in an IndexError, and networks that diverged had a measured step."""
    out = tmp_path / "all"
    arguments = ["--data", "toy", "--seeds", "2", "--quiet", "--steps", "40", "--scale", "1e-3"]
    assert main(STUDY, [*arguments, "--learning-rate", "100", "--out", str(out)]) == 0
    text = page_of(Run.load(out))
    assert "Networks that diverged" in text and "learning rate 100" not in text
    assert Run.load(out).summary["networks_diverged"] == 2
    out = tmp_path / "one"
    assert main(UNDRAWN, [*arguments, "--learning-rate", "2.5", "30", "--out", str(out)]) == 0
    run = Run.load(out)
    assert np.isfinite(run.results.transition.sel(learning_rate=2.5)).any()
    assert np.isnan(run.results.transition.sel(learning_rate=30)).all()
    assert not [name for name in run.summary if "30" in name]


TABLE = "item,fur,wings,milk\ncat,{0},0,{0}\nhen,0,{0},0\ncow,{0},0,{1}\ntrout,0,0,0\n"


@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e4])
def test_a_table_runs_as_it_comes(tmp_path, unit):
    """The rate was the tutorial's 100 for all data, and most tables diverged."""
    (tmp_path / "table.csv").write_text(TABLE.format(unit, 2 * unit))
    out = tmp_path / "run"
    arguments = ["--data", str(tmp_path / "table.csv"), "--seeds", "2", "--quiet"]
    assert main(UNDRAWN, [*arguments, "--out", str(out)]) == 0
    run = Run.load(out)
    assert run.config["learning_rate"] and run.config["scale"] and run.config["steps"] > 0
    loss = run.results.loss
    # final / initial loss at most 6.7e-6 on all tables tried
    assert (loss.isel(step=-1) < 1e-5 * loss.isel(step=0)).all()
    assert run.summary["networks_diverged"] == 0


@pytest.mark.parametrize(
    "options, settings",
    [
        ({}, ((100.0,), (1e-12,), 250)),  # the tutorial's own
        ({"features": 100}, ((9.7,), (0.00804,), 67)),
        ({"depth": 3}, ((12.5,), (0.338,), 483)),
        ({"data": "toy", "steps": 7}, ((2.75,), (0.00389,), 7)),
        ({"data": "toy", "scale": (1e-9, 1.0)}, ((2.75,), (1e-9, 1.0), 379)),
    ],
)
def test_rate_scale_and_steps_follow_the_data(options, settings):
    config = STUDY.resolve(deep_linear.Config(**options))
    assert (config.learning_rate, config.scale, config.steps) == settings


def test_steps_that_the_data_would_choose_can_be_swept(tmp_path, capsys):
    out = tmp_path / "run"
    arguments = ["--data", "toy", "--seeds", "1", "--quiet", "--out", str(out)]
    assert main(LIGHT, [*arguments, "--sweep", "steps=5,x"]) == 2
    assert capsys.readouterr().err == "error: sweep: 'x' is no value of steps (int)\n"
    assert not out.exists()
    assert main(LIGHT, [*arguments, "--sweep", "steps=5,8"]) == 0
    assert Run.load(out / "steps=8").config["steps"] == 8


def test_every_preset_can_be_built():
    for name, config in deep_linear.PRESETS.items():
        check(STUDY.resolve(config))
        assert warn(config) == [], name
