"""The localization study: its demonstration, which inputs localize, the odd trap, bad input."""

import dataclasses

import numpy as np
import pytest

from experiments import localization
from jaxrep.engine import Execution, train
from jaxrep.engine.run import Run
from jaxrep.study import main

STUDY = localization.STUDY
PLAIN = dataclasses.replace(STUDY, draw=lambda analysis, config: ())
SMALL = ["--length", "12", "--units", "3", "--steps", "4", "--seeds", "2", "--batch-size", "8"]
SMALL += ["--measurements", "3", "--quiet"]


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """The default command, as a newcomer types it."""
    out = tmp_path_factory.mktemp("quick") / "run"
    assert main(STUDY, ["--out", str(out), "--quiet"]) == 0
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


def test_results_and_report(quick):
    results = quick.results
    assert results.field.dims == ("gain", "clone", "seed", "step", "unit", "pixel")
    assert results.entropy.attrs["units"] == "bits"
    page = (quick.path / "report.html").read_text()
    assert "<figure class='movie'>" in page and "Localization against excess kurtosis" in page
    assert quick.summary["gain=100.0 clone=0 localized_share"] > 0.6


@pytest.mark.parametrize(
    "family, options, low, high",
    [
        ("ising", {"positive": (0.7,), "negative": (0.3,)}, 0.75, 0.95),
        ("extreme", {}, 0.02, 0.08),
    ],
)
def test_which_inputs_localize_a_single_unit(family, options, low, high):
    """Fact sheet: Ising .847, elliptical .041; normal weights of 40 pixels have .07."""
    config = dataclasses.replace(
        localization.PRESETS["single_unit"], inputs=family, seeds=4, measurements=2, **options
    )
    last = train(*localization.build(config), quiet=True).records.isel(step=-1)
    assert low < float(last.participation.median()) < high


@pytest.mark.parametrize("family", ["algebraic", "student", "pulse"])
def test_every_family_trains(tmp_path, family):
    shares = ["--positive", "0.5", "--negative", "0.2"] if family == "pulse" else []
    out = tmp_path / "run"
    options = ["--inputs", family, "--labels", "unit", "--activation", "relu", *shares]
    assert main(PLAIN, [*SMALL, *options, "--out", str(out)]) == 0
    assert np.isfinite(Run.load(out).results.loss).all()


def test_an_odd_network_is_warned_about_and_learns_nothing(capsys):
    config = dataclasses.replace(
        localization.PRESETS["quick"], bias="off", gain=(100.0,), clone=(0,), seeds=2, steps=300
    )
    (line,) = localization.warn(config)
    assert "tanh without bias is an odd function" in line
    assert localization.warn(localization.PRESETS["quick"]) == []
    last = train(*localization.build(config), quiet=True, execution=Execution(devices=1))
    assert (last.records.accuracy.isel(step=-1) < 0.6).all()
    assert (last.records.loss.isel(step=-1) > 0.95).all()


def test_a_constant_bias_stays(tmp_path):
    config = dataclasses.replace(
        localization.PRESETS["quick"], bias="constant", bias_start=-1.0, gain=(3.0,), clone=(0,)
    )
    config = dataclasses.replace(config, length=10, units=3, steps=5, seeds=1, measurements=2)
    records = train(*localization.build(config), quiet=True).records
    assert (records.bias == -1).all()
    first, last = records.field.isel(step=0), records.field.isel(step=-1)
    assert not np.allclose(first, last)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--positive", "-1"], "positive: [-1.0] has a value that is not positive"),
        (["--gain", "0"], "gain: [0.0] has a value that is not positive"),
        (["--length", "0"], "length: 0 given"),
        (["--inputs", "pulse"], "positive: [4.47] are not shares of 40 pixels"),
        (["--clone", "2"], "clone: [2]; allowed are 0 and 1"),
        (["--activation", "cosine"], "activation: 'cosine' is not known; allowed: linear"),
        (["--weights", "ones"], "weights: 'ones' is not known"),
        (["--power", "2"], "power: [2.0]; above 2"),
        (["--batch-size", "1"], "batch_size: 1 given; 2 or more"),
        (["--scale", "0"], "scale: 0.0 is not positive"),
        (["--steps", "-1"], "steps: -1 is negative"),
    ],
)
def test_bad_input_gets_one_line_and_writes_nothing(tmp_path, capsys, arguments, message):
    out = tmp_path / "run"
    assert main(PLAIN, [*arguments, "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1
    assert not out.exists()
