"""group_composition on other people's weights and groups."""

import dataclasses
import json
import re

import jax
import jax.numpy as jnp
import numpy as np

from experiments import group_composition
from experiments.group_composition.sign_neurons import sign_figure, sign_neurons
from jaxrep.analysis.group_microscope import microscope
from jaxrep.analysis.neurons import SignBlocks, sign_blocks
from jaxrep.engine import Run, Schedule, Variables, train
from jaxrep.models.published_weights import load_network
from jaxrep.study import Analysis, main

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


def test_the_published_run_is_replayed_from_its_initial_weights(published):
    """Measured 5e-7 at the published epoch 50 (weights after 51 steps), 9e-8 before step 20."""
    start = np.load(published / "checkpoints" / "S5_MLP_seed2_init.npz")
    split = np.load(published / "checkpoints" / "S5_MLP_seed2.npz")
    config = dataclasses.replace(group_composition.PRESETS["paper"], seeds=1, steps=51)
    plan = group_composition.build(config)
    problem = dataclasses.replace(
        plan.problem,
        init=lambda *_: Variables({name: jnp.asarray(start[name]) for name in start.files}),
        own=lambda *_: {
            "train": jnp.asarray(split["train_indices"]),
            "test": jnp.asarray(split["test_indices"]),
        },
    )
    log = json.loads((published / "dynamics_S5_MLP_seed2.json").read_text())
    rows = {int(row[0]) + 1: row for row in log["rows"] if row[0] <= 50}
    records = train(problem, plan.replicas, Schedule(51, tuple(rows)), quiet=True).records
    for step, row in rows.items():
        now = records.sel(step=step, seed=0)
        for name, column in (("train_loss", 2), ("test_loss", 4)):
            np.testing.assert_allclose(now[name], row[column], rtol=1e-5, err_msg=f"{name} {step}")


def test_other_peoples_weights_get_a_report_with_the_published_names(published, tmp_path):
    file = published / "checkpoints" / "A5_MLP_seed1.npz"
    out = tmp_path / "a5"
    assert main(STUDY, ["--weights", str(file), "--out", str(out), "--quiet"]) == 0
    reference = json.loads(file.with_suffix(".json").read_text())["reference_metrics_f64"]
    summary = Run.load(out).summary
    assert summary.keys() == reference["metrics"].keys()
    for name, expected in reference["metrics"].items():
        tolerance = max(1e-7, 1e-5 * abs(expected) * (abs(expected) >= 1e-4))
        assert abs(summary[name] - expected) <= tolerance, name
    pictures = {path.stem for path in (out / "figures").glob("*.png")}
    assert pictures == {"cube", "clusters", "basis", "neurons"}


def test_neurons_of_signs_are_the_published_ones(published):
    """Those that `facts/group_composition.md` lists (3.), and what is said of them there."""
    network = load_network(published / "checkpoints" / "S5_MLP_seed2.npz")
    scope = microscope(network.model, "S5")
    with jax.enable_x64():
        circuit = scope.circuit(jax.tree.map(lambda x: np.asarray(x, float), network.params))
        blocks = sign_blocks(circuit.hidden, circuit.unembed, scope.group.signature)
    signs = sign_neurons(scope, network.params, jax.device_get(blocks))
    assert signs is not None
    assert sorted(signs.neurons) == [2, 8, 17, 65, 111, 113, 120]
    assert signs.within.max() < 2e-8  # measured 6.5e-9
    assert np.abs(signs.correlation).min() > 0.9995  # measured .99956
    even = scope.group.signature[signs.order]
    assert (np.diff(even) <= 0).all()
    # drawn: four blocks of 60 x 60, one of them on; and the rows of the unembedding by sign
    left, middle, right = sign_figure(signs, "").drawing.axes[:3]
    picture = np.asarray(left.images[0].get_array()).reshape(2, 60, 2, 60)
    assert np.ptp(picture, axis=(1, 3)).max() < 1e-3 * picture.max()
    np.testing.assert_allclose(np.asarray(middle.images[0].get_array()), signs.means)
    rows = np.asarray(right.images[0].get_array()).reshape(7, 2, 60)
    assert (np.sign(rows.mean(2))[:, 0] == -np.sign(rows.mean(2))[:, 1]).all()


def test_no_neurons_of_signs_where_there_are_none(published):
    network = load_network(published / "checkpoints" / "A5_MLP_seed1.npz")
    scope = microscope(network.model, "A5")
    blocks = SignBlocks(np.ones((4, 3)), np.zeros(3), np.zeros(3))
    assert sign_neurons(scope, network.params, blocks) is None


def random_network(path, order, hidden=8):
    """Weights of an MLP that nobody trained."""
    rng = np.random.default_rng(len(path.stem))
    shapes = {"W_x": (order, 6), "W_y": (order, 6), "W": (12, hidden), "W_U": (hidden, order)}
    np.savez(path, **{name: rng.normal(size=shape) for name, shape in shapes.items()})


def test_a_folder_of_weights_is_a_population(tmp_path, capsys):
    folder, out = tmp_path / "nets", tmp_path / "out"
    folder.mkdir()
    arguments = ["--weights", str(folder), "--group", "S3", "--out", str(out), "--quiet"]
    assert main(STUDY, arguments) == 2
    assert "has no .npz or .safetensors file" in capsys.readouterr().err
    for name in ("first", "second_"):
        random_network(folder / f"{name}.npz", 6)
    assert main(STUDY, arguments) == 0
    run = Run.load(out)
    assert run.summary == {"networks": 2, "networks_generalised": 0}
    assert run.results.final_test_acc.dims == ("network",)
    assert run.results.network.values.tolist() == ["first", "second_"]
    page = (out / "report.html").read_text()
    assert ">first</td>" in page and "0 of 2 networks generalise" in page
    random_network(folder / "third__.npz", 6, hidden=9)
    assert main(STUDY, [*arguments[:-2], str(tmp_path / "other"), "--quiet"]) == 2
    said = capsys.readouterr().err
    assert re.search(r"third__ is S3 \(W \[12, 9\].* and first S3 .* of one group and shape", said)


def test_a_table_of_ones_own(tmp_path, capsys):
    """A group that has no name here, by its elements' names."""
    file, out = tmp_path / "klein.csv", tmp_path / "run"
    file.write_text("e,a,b,c\na,e,c,b\nb,c,e,a\nc,b,a,e\n")
    short = [*TINY[2:], "--out", str(out)]
    assert main(LIGHT, ["--table", str(file), *short]) == 0
    assert Run.load(out).records.irrep.values.tolist() == ["trivial", "1d_1", "1d_2", "1d_3"]
    assert main(LIGHT, ["--table", str(file), "--group", "S3", *short]) == 2
    assert "table: given with group S3; one of them is needed" in capsys.readouterr().err
    file.write_text("e,a\na,a\n")
    assert main(LIGHT, ["--table", str(file), *TINY[2:], "--out", str(tmp_path / "no")]) == 2
    said = capsys.readouterr().err
    assert "table: row 1 has element 1 twice" in said and said.count("\n") == 1


def test_weights_that_cannot_be_read_are_named(published, tmp_path, capsys):
    file = str(published / "checkpoints" / "A5_MLP_seed1.npz")
    groups = published / "groups"
    cases = [
        (["--weights", str(tmp_path / "none.npz")], "not a readable npz"),
        (["--weights", str(groups / "S5.npz")], "needed are those of the MLP"),
        (["--weights", file, "--group", "S4"], "train_indices .* outside 0 .. 575"),
        (["--weights", file, "--group", "C61"], r"is \[128, 60\]; \[128, 61\] is needed for C61"),
        (["--weights", file, "--representations", str(groups / "S5.npz")], "is not .n, d, d"),
    ]
    for arguments, message in cases:
        assert main(STUDY, [*arguments, "--out", str(tmp_path / "out")]) == 2
        assert re.search(message, capsys.readouterr().err), message
    assert not (tmp_path / "out").exists()
