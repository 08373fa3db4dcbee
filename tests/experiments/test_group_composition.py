"""The study group_composition from the command line: the quick preset, its report, its errors."""

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest
import xarray

from experiments import __main__ as listing
from experiments import group_composition
from experiments.group_composition import tables
from experiments.group_composition.measures import LABELS
from experiments.group_composition.training_figures import draw_training
from jaxrep.analysis import first_learned
from jaxrep.engine import Execution, Run, Schedule, differing, find_runs, train
from jaxrep.errors import InputError
from jaxrep.study import Analysis, GridPoint, main
from tests.conftest import optimised_programs

STUDY = group_composition.STUDY
PLAIN = dataclasses.replace(STUDY, draw=lambda analysis, config: ())
LIGHT = dataclasses.replace(
    PLAIN, analyse=lambda run, plan, config: Analysis(run.records, {"networks": config.seeds})
)
TINY = [
    "--group",
    "S3",
    "--embed-dim",
    "4",
    "--hidden-dim",
    "6",
    "--steps",
    "20",
    "--seeds",
    "2",
    "--measurements",
    "5",
    "--snapshots",
    "3",
    "--devices",
    "1",
    "--quiet",
]


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """The default command with two of its four seeds."""
    out = tmp_path_factory.mktemp("quick") / "run"
    with optimised_programs():
        assert main(STUDY, ["--seeds", "2", "--out", str(out), "--quiet"]) == 0
    return Run.load(out)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A run too short to learn, in a folder of its own."""
    out = tmp_path_factory.mktemp("tiny") / "run"
    assert main(STUDY, [*TINY, "--style", "paper", "--out", str(out)]) == 0
    return out


def test_the_quick_preset_shows_the_whole_arc(quick):
    """Measured over other seeds: peak 7 to 10, generalising between steps 8,000 and 12,000."""
    r = quick.records
    assert r.sizes["seed"] == 2
    assert float(r.train_loss.sel(step=1000, method="nearest").max()) < 0.01
    assert float(r.test_acc.sel(step=1000, method="nearest").max()) < 0.1
    peak = r.test_loss.max("step")
    assert 6 < float(peak.min()) and float(peak.max()) < 11
    first = r.step.values[(r.test_acc >= 0.99).values.argmax(1)]
    assert ((first > 6000) & (first < 14_500)).all()
    assert float(r.test_acc[:, -1].min()) > 0.99
    # Clean-up: the weights shrink after their peak.
    assert (r.sum_of_squared_weights[:, -1] < 0.8 * r.sum_of_squared_weights.max("step")).all()


def test_the_circuit_is_in_the_key_irreps(quick):
    results = quick.results
    # Measured .99999 and .948: seed 1 has an irrep whose similarity (.04) is below its null.
    assert (results.final_percent_x_embed_explained > 0.94).all()
    assert (results.final_total_hidden_excluded_loss > np.log(24)).all()
    assert (results.final_total_hidden_restricted_loss < results.final_test_loss).all()
    key = results.final_key.astype(bool)
    assert key.sel(irrep="standard").all() or key.sel(irrep="standard_sign").any()
    learned = results.final_recovered_cosine.where(results.final_similarity > 0.3)
    # Measured 0.94 for a seed that has just generalised, up to 0.9996 for those long done.
    assert float(learned.min()) > 0.85 and float(learned.min("irrep").max()) > 0.98


def test_neurons_are_on_cosets_and_not_by_chance(quick):
    """Measured over eight seeds: 36 to 99 %, of which irreps imply 22 to 56; untrained none."""
    results = quick.results
    assert (results.final_share_on_cosets > 0.3).all()
    assert (results.final_share_by_cosets > 3 * results.final_share_by_cosets_chance).all()
    assert (results.final_share_by_cosets > 5 * results.final_share_by_irrep).all()
    assert (results.final_share_on_cosets_initial == 0).all()
    assert (results.final_share_in_irrep_initial == 0).all()
    shares = [results[f"final_share_by_{w}"] for w in ("cosets", "irrep", "either", "neither")]
    np.testing.assert_allclose(sum(shares), 1)
    orders = results.final_neuron_left_order.values[results.final_neuron_live.values]
    assert set(orders) <= {1, 2, 3, 4, 6, 8, 12, 24} and results.attrs["order"] == 24


def first_of(one, irrep, limits):
    """Step from which the similarity of an irrep on the test pairs stays above its null."""
    steps = first_learned(one.test_similarity.values, one.step.values, limits, lasting=True)
    return steps[one.irrep.values.tolist().index(irrep)]


def test_irreps_are_learned_with_the_circuit_and_not_with_the_memory(quick):
    """A memory resembles every irrep before step 350; measured on test pairs: 324 to 4,400."""
    results = quick.results
    assert results.final_generalises.values.all()
    for one in (results.isel(seed=s) for s in range(2)):
        limits, key = one.final_test_similarity_threshold.values, one.final_key.values
        steps = one.step.values
        memory = first_learned(one.similarity.values, steps)[key]
        unseen = first_learned(one.test_similarity.values, steps, limits, lasting=True)[key]
        assert memory.max() < 350 and (unseen > memory).all()
        assert key[2] and first_of(one, "standard", limits) > 2000
    untrained = results.final_readout_initial.values[:, 1:]
    assert untrained.max() < 0.1  # below 0: 128 units, fitted on 403 pairs
    assert (results.final_similarity_memorised[..., 1:] > 0.16).all()


def test_a_network_that_does_not_generalise_has_no_key_irreps(tiny):
    results, page = Run.load(tiny).results, (tiny / "report.html").read_text()
    assert not results.final_generalises.values.any() and not results.final_key.values.any()
    assert (results.final_similarity_memorised[:, 1:] > 0.3).all()
    assert np.isfinite(results.final_recovered_cosine_initial).all()
    assert np.isnan(results.final_percent_hidden_explained).all()
    assert page.count("none: does not generalise") == 2
    assert "2 networks, 0 of which generalise" in page and "Evidence for each irrep" in page
    assert not any("networks_with_key" in name for name in Run.load(tiny).summary)


def test_every_number_has_its_null_and_its_number_of_networks():
    """Two networks of two generalise; one irrep is key in one of them, learned at step 30."""
    names, steps = ["trivial", "sign"], np.array([0, 10, 20, 30])
    similarity = np.array([[0, 0.3, 0.1, 0.5], [0, 0.3, 0.4, 0.1], [0, 0, 0, 0.9]])
    every = np.stack([np.zeros_like(similarity), similarity], 2)
    shape = ("seed", "irrep")
    per_irrep = {
        "test_similarity": every[:, -1],
        "test_similarity_threshold": np.full((3, 2), 0.2),
        "key": np.array([[False, True], [False, False], [False, False]]),
    }
    others = ("similarity", "similarity_memorised", "similarity_initial", "readout")
    per_irrep |= {name: np.full((3, 2), 0.25) for name in (*others, "readout_initial")}
    results = xarray.Dataset(
        {f"final_{name}": (shape, values) for name, values in per_irrep.items()}
        | {
            "final_test_loss": ("seed", np.zeros(3)),
            "final_generalises": ("seed", np.array([True, True, False])),
            "test_similarity": (("seed", "step", "irrep"), every),
        },
        {"irrep": names, "step": steps},
    )
    table = tables.evidence_table(results)
    row = dict(zip(table.columns, table.rows[0], strict=True))
    assert row["irrep"] == "sign" and row["key in"] == "1 of 2" and len(table.rows) == 1
    assert row["95 % interval"] == "0.09 to 0.91" and row["learned first"] == 1
    assert row["place"] == 1
    assert row["null"].startswith("0.2") and row["memorised"].startswith("0.25")
    limits = results.final_test_similarity_threshold.values[0]
    words = tables.learned(every[0], steps, np.array([False, True]), names, limits)
    assert words == "sign (30)"
    assert tables._key_words(results.isel(seed=2)) == "none: does not generalise"


def test_the_run_directory_is_complete_and_labelled(quick):
    names = {path.name for path in quick.path.iterdir() if path.name != ".lock"}
    assert names == {
        "config.json",
        "environment.json",
        "checkpoints",
        "results.nc",
        "summary.json",
        "verdict.json",
        "figures",
        "report.html",
        "SHA256SUMS",
    }
    assert all(isinstance(value, (int, float)) for value in quick.summary.values())
    assert quick.summary["networks_generalised"] == 2
    results = quick.results
    assert results.similarity.dims == ("seed", "step", "irrep")
    assert results.irrep.values.tolist() == [
        "trivial",
        "sign",
        "standard",
        "standard_sign",
        "s4_2d",
    ]
    assert results.test_loss.attrs["units"] == "nats"
    assert quick.environment["command"] and quick.environment["devices"]
    assert results.mean("seed").sel(irrep="sign").similarity.dims == ("step",)


def test_recorded_metrics_are_those_of_the_kept_weights(quick):
    """Records (float32, on the device) and snapshots (analysed later) tell the same story."""
    results = quick.results
    at = results.snapshot.values[results.snapshot.values > 100]
    nearest = results.sel(step=at, method="nearest")
    same = nearest.step.values == at
    assert same.any()
    np.testing.assert_allclose(
        nearest.test_loss.values[:, same],
        results.snapshot_test_loss.sel(snapshot=at).values[:, same],
        rtol=1e-3,
    )
    assert quick.states(int(at[-1])).params["W_x"].shape == (2, 24, 64)


def test_the_report_is_one_self_contained_page(quick):
    page = (quick.path / "report.html").read_text()
    assert not re.search(r"""src=['"](?!data:)|href=['"](?!#|figures/)""", page)
    pictures = sorted(path.stem for path in (quick.path / "figures").glob("*.png"))
    assert pictures == [
        "ablations",
        "basis",
        "circuit",
        "clusters",
        "cube",
        "directions",
        "grokking",
        "neurons",
        "seeds",
        "signs",
        "similarity",
        "variance",
    ]
    assert page.count("src='data:image/webp;base64,") == len(pictures)
    assert quick.form in page and "device" in quick.form
    for words in ("Key irreps", "seed 1", "Configuration", "Provenance", "weight_decay"):
        assert words in page


def test_running_again_rebuilds_the_report_and_nothing_else(tiny):
    def times():
        files = [path for path in (tiny / "checkpoints").rglob("*") if path.name != ".lock"]
        return {path: path.stat().st_mtime_ns for path in files}

    before = times()
    (tiny / "report.html").unlink()
    old = Run.load(tiny).results
    assert main(PLAIN, [*TINY, "--out", str(tiny)]) == 0
    assert times() == before
    assert (tiny / "report.html").exists()
    xarray.testing.assert_identical(Run.load(tiny).results, old)


BAD = [
    (["--step", "5"], "--step"),
    (["--group", "Z8"], "group: 'Z8' is not known; allowed are"),
    (["--seeds", "0"], "seeds: 0 given; at least 1"),
    (["--steps", "-1"], "steps: -1 given; at least 0 is needed"),
    (["--steps", "many"], "--steps: invalid literal"),
    (["--train-fraction", "1"], r"train_fraction: 1.0 is outside \(0, 1\)"),
    (["--train-fraction", "0.001"], "train_fraction: .* leaves nothing"),
    (["--model", "cnn"], "invalid choice 'cnn' .*mlp"),
    (["--preset", "slow"], "preset: 'slow' is not known; allowed are quick"),
    (["--weight-decay", "-1"], "weight_decay: .* at least 0 is needed"),
    (["--learning-rate"], "learning_rate: none given"),
    (["--hidden-dim", "0"], "hidden_dim: 0 given; at least 1"),
    (["--beta2", "1"], "beta2: 1.0 is outside"),
    (["--devices", "99"], "devices: 99 is outside"),
    (["--sweep", "depth=1,2"], "sweep: .* KEY one of group"),
    (["--sweep", "group=S3,Z8"], "group: 'Z8'"),
    (["--sweep", "learning_rate=1,2"], "--learning_rate V1 V2"),
]


@pytest.mark.parametrize("arguments, message", BAD, ids=[" ".join(b[0]) for b in BAD])
def test_bad_input_gets_one_line_and_writes_nothing(tmp_path, capsys, arguments, message):
    out = tmp_path / "run"
    assert main(STUDY, [*arguments, "--out", str(out)]) == 2
    said = capsys.readouterr()
    assert re.search(message, said.err), said.err
    assert said.err.startswith("error: ") and said.err.count("\n") == 1 and not said.out
    assert not out.exists()


def test_another_configuration_in_the_directory_is_named_by_its_keys(tiny, capsys):
    assert main(STUDY, [*TINY, "--out", str(tiny), "--steps", "30", "--beta1", "0.8"]) == 2
    said = capsys.readouterr().err
    assert re.search(r"another configuration: beta1 \(0.9 there, 0.8 now\), steps \(20 there", said)


def test_a_directory_that_is_not_a_run(tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("mine")
    assert main(STUDY, [*TINY, "--out", str(tmp_path)]) == 2
    assert "is not a run directory" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    with pytest.raises(InputError, match="is not a run directory"):
        Run.load(tmp_path / "nowhere")


def test_grids_runs_and_their_differences(tmp_path, tiny):
    out = tmp_path / "grid"
    grid = [*TINY, "--learning-rate", "0.001", "1e30", "--weight-decay", "0.5", "1", "--out"]
    with np.errstate(all="ignore"):
        assert main(PLAIN, [*grid, str(out)]) == 0
    results = Run.load(out).results
    assert results.test_loss.dims == ("learning_rate", "weight_decay", "seed", "step")
    assert np.isfinite(results.test_loss.sel(learning_rate=0.001)).all()
    assert Run.load(out).summary["networks_diverged"] == 4
    assert (out / "report.html").read_text().count(">diverged</td>") == 4
    runs = [Run.load(tiny), Run.load(out)]
    assert differing(runs) == {
        "learning_rate": [[0.001], [0.001, 1e30]],
        "weight_decay": [[1.0], [0.5, 1.0]],
    }
    assert [run.path for run in find_runs(tmp_path, group="S3", study="group_composition")] == [out]
    assert find_runs(tmp_path, group="S4") == []
    assert find_runs(tmp_path, weight_decay=(0.5, 1.0))[0].path == out
    check_figures_of_points(out)


def check_figures_of_points(out: Path) -> None:
    """Grid points are drawn one by one: those that trained, each with its own median."""
    results = Run.load(out).results
    points = [
        GridPoint(name, np.arange(2 * i, 2 * i + 2), np.arange(2 * i, 2 * i + 2))
        for i, name in enumerate(("weight_decay=0.5", "weight_decay=1.0"))
    ]
    points.append(GridPoint("weight_decay=9.0", np.arange(4, 6), np.arange(0)))
    picker, *others = draw_training(results, points)
    assert len(others) >= 4
    for kind in (picker, *others):
        assert list(kind.choices) == ["weight decay 0.5", "weight decay 1"]
    for index, point in enumerate(points[:2]):
        figure = picker.draw(index)
        assert figure.caption.count(point.title) == 1
        assert "median over 2 networks" in figure.caption
        losses = results.test_loss.values.reshape(-1, results.sizes["step"])[point.rows]
        lines = [np.asarray(line.get_ydata()) for line in figure.drawing.axes[0].lines]
        median = np.median(losses, 0)
        assert any(line.shape == median.shape and np.allclose(line, median) for line in lines)


def test_a_sweep_over_a_static_option_is_joined_into_one_result(tmp_path):
    out = tmp_path / "sweep"
    assert main(LIGHT, [*TINY, "--sweep", "group=S3,C5", "--out", str(out)]) == 0
    results = Run.load(out).results
    assert results.test_loss.dims == ("group", "seed", "step")
    assert results.group.values.tolist() == ["S3", "C5"]
    assert np.isfinite(results.similarity.sel(group="S3", irrep="standard")).all()
    assert np.isnan(results.similarity.sel(group="C5", irrep="standard")).all()
    assert Run.load(out / "group=C5").config["group"] == "C5"
    assert Run.load(out).summary["group=S3/networks"] == 2
    assert "group=C5/report.html" in (out / "report.html").read_text()


@pytest.mark.parametrize("model", ["bilinear", "transformer"])
def test_the_other_networks_train(tmp_path, model):
    out = tmp_path / model
    assert main(LIGHT, [*TINY, "--model", model, "--out", str(out)]) == 0
    run = Run.load(out)
    loss = run.records.train_loss
    assert (loss[:, -1] < loss[:, 0]).all()
    if model == "transformer":
        params = run.states(20).params
        assert all((x == 0).all() for name, x in params.items() if ".b_" in name)


def test_a_seed_does_not_feel_its_neighbours():
    """One seed alone or among six; on a mesh of its own its bits differ (measured 6e-4)."""
    config = group_composition.Config(model="transformer", train_fraction=0.3, steps=15)
    weights = []
    for seeds in (1, 5):
        plan = group_composition.build(dataclasses.replace(config, seeds=seeds))
        problem = dataclasses.replace(plan.problem, measure=lambda *_: {}, headline=None)
        schedule = Schedule(15, (15,))
        trained = train(problem, plan.replicas, schedule, execution=Execution("map"), quiet=True)
        weights.append(trained.state.variables.params["blocks.0.mlp.W_in"][0])
    np.testing.assert_array_equal(*weights)


def test_what_is_recorded_has_labels():
    for model in ("mlp", "bilinear", "transformer"):
        config = group_composition.Config(group="C5", model=model, steps=1, seeds=1)
        problem = group_composition.build(config).problem
        labels = LABELS
        assert set(problem.labels) == set(labels)
        assert problem.coordinates["irrep"] == ("trivial", "freq_1", "freq_2")


def test_the_studies_are_listed(capsys):
    assert listing.main() == 0
    assert "group_composition\n  How does a network multiply" in capsys.readouterr().out
