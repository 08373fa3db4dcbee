"""deep_linear from the command line: the quick preset, its page, its slider, sweeps."""

import dataclasses
import html
import json
import os
import re
import shutil
import subprocess

import jax
import numpy as np
import pytest

from experiments import deep_linear
from experiments.deep_linear.data import task_data
from experiments.deep_linear.shown import data_set_of
from jaxrep.engine import Execution
from jaxrep.engine.run import Run
from jaxrep.study import Analysis, main
from jaxrep.study.page_exploring import unpacked_text
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
    labels = json.loads(html.unescape(re.search(r"data-labels='([^']*)'", movie)[1]))
    assert labels == [f"step {step}" for step in quick.results.step.values]  # every one recorded
    packed = re.search(r"class='packed'>(.*?)</script>", movie)[1]
    frames = json.loads(unpacked_text(packed))["changes"]
    assert len(frames) == len(labels)
    assert len({json.dumps(frame) for frame in frames}) == len(frames)


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
    const slider = movie.querySelector("input"), plot = movie.querySelector(".drawn");
    const until = async (ready) => {
      for (let tries = 0; tries < 200 && !ready(); tries++)
        await new Promise((go) => setTimeout(go, 50));
    };
    const title = () => plot.layout?.annotations.map((entry) => entry.text).find(
      (text) => text.startsWith("similarity of the hidden layer"));
    (async () => {
      for (const at of [0, Number(slider.max), 7]) {
        slider.value = at;
        slider.dispatchEvent(new Event("input"));
        const words = movie.querySelector("output").textContent;
        await until(() => title() === "similarity of the hidden layer, " + words);
        seen.push(words + " " + (title() === "similarity of the hidden layer, " + words));
      }
      movie.querySelector(".control button").click();
      seen.push(movie.querySelector(".control button").textContent);
      await until(() => Number(slider.value) > 7);
      seen.push("moved " + (Number(slider.value) > 7));
      document.body.innerHTML = "<pre id='seen'>" + seen.join("; ") + "</pre>";
    })();
    </script></body>"""
    copy = tmp_path / "page.html"
    before, _, end = (quick.path / "report.html").read_text().rpartition("</body>")
    copy.write_text(f"{before}{probe}{end}")
    command = [browser(), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
    command += ["--disable-background-networking", f"--user-data-dir={tmp_path / 'profile'}"]
    command += ["--virtual-time-budget=20000", "--dump-dom", copy.as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    seen = re.search(r"<pre id=\"seen\">(.*?)</pre>", shown)[1]
    assert seen == "step 0 true; step 250 true; step 7 true; stop; moved true"


def test_any_scale_and_rate_is_computed_in_the_page(quick, tmp_path):
    """Dashed curves of the sliders are those of `descend_modes`; trained ones stay."""
    script = """
    const figure = document.querySelector("figure.explorer"), plot = figure.querySelector(".plot");
    for (let tries = 0; tries < 100 && !plot.data; tries++)  // until Plotly is unpacked
      await new Promise((go) => setTimeout(go, 50));
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
