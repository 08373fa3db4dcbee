"""deep_linear with correlated inputs: training, the regression it ends at, the page."""

import dataclasses

import numpy as np
import pytest
import xarray

from experiments import deep_linear
from experiments.deep_linear.correlated import inputs_of
from experiments.deep_linear.regression_figures import distances, strengths
from experiments.deep_linear.regression_page import Regressed, regression_verdicts
from jaxrep.data.feature_table import toy_table
from jaxrep.engine import Replicas
from jaxrep.engine.run import Run
from jaxrep.study import main
from jaxrep.theory import InputModes, least_squares_map

STUDY = deep_linear.STUDY
COMMON = (
    "--data toy --inputs features --correlation 0 0.8 --hidden 12 --scale 0.01 --seeds 2 --quiet "
    "--learning-rate 1.5 --steps 500 --measurements 101 --precision float64"
).split()
AXES = {}


def drawn(analysis, config):
    del config
    shown = analysis.drawings
    for name, figure in (
        ("distances", distances(shown)),
        ("strengths", strengths(shown, shown.points)),
    ):
        AXES[name] = [axes for axes in figure.drawing.axes]
        yield figure


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("inputs") / "run"
    assert main(dataclasses.replace(STUDY, draw=drawn), [*COMMON, "--out", str(out)]) == 0
    return Run.load(out)


def test_training_is_gradient_descent_and_ends_at_lapacks_regression(run):
    """The last network (correlation .8, seed 1) in numpy, in the table's own coordinates."""
    values = toy_table().values
    config = deep_linear.Config(data="toy", inputs="features", correlation=(0.0, 0.8))
    x = inputs_of(config, toy_table())[1][1]
    # eight items, two pairs of which are alike: the covariance asked for
    wanted = 0.2 * np.eye(8) + 0.8 * 8 * values @ values.T / (values**2).sum()
    np.testing.assert_allclose(x @ x.T, wanted, atol=1e-12)
    end = np.linalg.lstsq(x, values)[0]
    params = {name: np.asarray(w[-1], float) for name, w in run.states(0).params.items()}
    first, last = params["W1"], params["W2"]
    losses, far = [], []
    found = deep_linear.build(dataclasses.replace(config, hidden=12)).problem.shared
    target = np.asarray(found.target[1])
    for _ in range(501):
        missing = target - x @ first @ last
        losses.append((missing**2).sum() / values.size)
        far.append(np.linalg.norm(first @ last - found.regression[1]) / np.linalg.norm(end))
        pull = 2 * 1.5 / values.size * x.T @ missing
        first, last = first + pull @ last.T, last + first.T @ pull
    steps = run.results.step.values
    flat = run.results.sel(correlation=0.8).isel(seed=1)
    np.testing.assert_allclose(flat.loss, np.array(losses)[steps], atol=1e-12)
    np.testing.assert_allclose(flat.distance, np.array(far)[steps], atol=1e-10)
    assert flat.distance[-1] < 1e-3 < 0.9 < flat.distance[0]
    np.testing.assert_allclose(flat.mode_strength[-1, :4], flat.regression_strength[:4], rtol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(found.regression[1]), np.linalg.norm(end), rtol=1e-10)


def test_the_layers_answer_as_the_training_says(run):
    outputs = run.activations("output", step=run.steps[-1]).values.reshape(-1, 8, 10)
    inputs = run.inputs("items").values
    assert inputs.shape[-2:] == (8, 8)
    loss = ((outputs - toy_table().values) ** 2).mean((1, 2))
    np.testing.assert_allclose(loss, run.results.loss.values.reshape(4, -1)[:, -1], atol=1e-9)


def test_theory_without_a_free_parameter_says_when(run):
    """12 hidden units, 2 seeds: measured .041 at most, of the four strongest modes."""
    results = run.results.isel(mode=slice(0, 4))
    late = results.transition.mean("seed") / results.predicted_transition.isel(seed=0) - 1
    assert np.abs(late).max() < 0.1
    off = results.white_transition.isel(seed=0) / results.predicted_transition.isel(seed=0) - 1
    assert np.abs(off.sel(correlation=0)).max() < 1e-12 and np.abs(off).max() > 0.1


def test_the_page_answers_and_draws(run):
    text = (run.path / "report.html").read_text()
    assert "the map is as far from the regression in closed form" in text
    assert "Where training ends: the regression in closed form" in text
    assert run.summary["median_distance_from_regression[correlation=0.8]"] < 1e-3
    left, right = AXES["distances"]
    assert left.get_ylabel() == "|W - regression| / |regression|" and right.get_yscale() == "log"
    labels = left.get_legend_handles_labels()[1]
    assert labels[:3] == ["correlation 0", "correlation 0.8", "null: no map at all"]
    dashed = [line for line in AXES["strengths"][1].lines if line.get_linestyle() == "--"]
    assert len(dashed) == 6


def regressed(distance, late, misalignment=0.0):
    """What a page shows of two correlations."""
    replicas = Replicas((0, 1), {"scale": 0.1, "learning_rate": 1.0, "correlation": (0.0, 0.5)})
    mode, step = ("replica", "mode"), ("replica", "step")
    flat = xarray.Dataset(
        {
            "distance": (step, np.stack([np.ones(4), np.repeat(distance, 2)], 1)),
            "transition": (mode, np.full((4, 1), late)),
            "predicted_transition": (mode, np.full((4, 1), 100.0)),
            "white_transition": (mode, np.array([100, 100, 150, 150.0])[:, None]),
        },
        {"step": [0, 10], "replica": np.arange(4)},
    )
    one = np.ones(1)
    modes = [InputModes(np.eye(1), np.eye(1), one, one, m) for m in (0.0, misalignment)]
    white = np.array([0.0, 0.4])
    return Regressed(flat, replicas, np.ones(4, bool), modes, (0.0, 0.5), white)


def test_the_verdict_changes_with_the_numbers():
    mine = regression_verdicts(regressed([0.001, 0.002], 101.0))
    assert "correlation 0 0.001 (0.001 to 0.001); correlation 0.5 0.002" in mine[0].text
    assert "initial weights 1; X'Y, right for white inputs only, 0, 0.4." in mine[0].text
    assert "by 1.0%, 1.0% at most for correlation 0, correlation 0.5" in mine[1].text
    assert "of white inputs: 1%, 33%" in mine[1].text
    assert [verdict.agrees for verdict in mine] == [True, True]
    other = regression_verdicts(regressed([0.001, 0.2], 120.0))
    assert [verdict.agrees for verdict in other] == [False, False]
    mixed = regression_verdicts(regressed([0.001, 0.002], 101.0, 0.3))
    assert "mixes the modes (by 0.3 of their power): no theory" in mixed[2].text
    assert [verdict.agrees for verdict in mixed] == [True, True, None]
    lost = dataclasses.replace(
        regressed([0.1, 0.1], 1.0), finite=np.array([True, True, True, False])
    )
    assert regression_verdicts(lost)[0].text.startswith("1 of 4 networks diverged")


def test_inputs_of_a_file_are_taken_by_name_and_dependent_ones_end_at_the_least_norm(tmp_path):
    """Twelve inputs for eight items: measured 2e-4 of the regression, from weights of .001."""
    x = np.random.default_rng(0).normal(size=(8, 12))
    names = list(toy_table().items)
    file = tmp_path / "seen.csv"
    lines = [",".join([names[i], *map(repr, x[i].tolist())]) for i in range(8)[::-1]]
    file.write_text("\n".join(["item," + ",".join(f"in{j}" for j in range(12)), *lines]) + "\n")
    config = deep_linear.Config(data="toy", inputs=str(file), precision="float64")
    np.testing.assert_allclose(inputs_of(config, toy_table())[1][0], x)
    out = tmp_path / "run"
    words = f"--data toy --inputs {file} --scale 0.001 --seeds 1 --precision float64 --quiet"
    bare = dataclasses.replace(STUDY, draw=lambda analysis, config: iter(()))
    assert main(bare, [*words.split(), "--out", str(out)]) == 0
    found = Run.load(out)
    assert float(found.results.distance.values.ravel()[-1]) < 1e-3
    outputs = found.activations("output", step=found.steps[-1]).values.reshape(8, 10)
    np.testing.assert_allclose(outputs, x @ least_squares_map(x, toy_table().values), atol=1e-2)
    assert np.isnan(found.results.predicted_transition).all()
    assert "no theory of the way is drawn" in (out / "report.html").read_text()


@pytest.mark.parametrize(
    "arguments, message",
    [
        ("--correlation 0.5", "correlation: [0.5] given without inputs"),
        ("--inputs common --correlation 1", "correlation: [1.0] given; 0 or more, below 1"),
        ("--inputs common --correlation nan", "correlation: [nan] given; finite"),
        ("--inputs nowhere", "inputs: 'nowhere' is not known; allowed are features, common"),
        ("--inputs nowhere.npy", "inputs: nowhere.npy cannot be read"),
        ("--inputs nowhere.npy --correlation 0.5", "given beside inputs 'nowhere.npy'; it is for"),
        ("--inputs common --depth 3", "depth: 3 given beside inputs; 2 is allowed there"),
        ("--inputs common --hidden 2", "hidden: 2 given beside inputs; 8 or more are needed"),
        ("--inputs common --contexts 2", "contexts: (2,) given beside inputs"),
        ("--inputs common --data-seed 1 2", "data_seed: [1, 2] given beside inputs; one value"),
    ],
)
def test_what_inputs_do_not_have_gets_one_line(tmp_path, capsys, arguments, message):
    words = ["--features", "20", *arguments.split()]
    assert main(STUDY, [*words, "--out", str(tmp_path / "run")]) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1


def test_a_file_of_other_items_gets_one_line(tmp_path, capsys):
    np.save(tmp_path / "x.npy", np.eye(5))
    (tmp_path / "x.csv").write_text("item,a\nOak,1\n" + "".join(f"x{i},2\n" for i in range(7)))
    for name, message in (
        ("x.npy", "has 5 items, the table 8; as many are needed"),
        ("x.csv", "has 'x0', which is no item of the table"),
    ):
        words = ["--data", "toy", "--inputs", str(tmp_path / name), "--out", str(tmp_path / "run")]
        assert main(STUDY, words) == 2
        said = capsys.readouterr().err
        assert message in said and said.count("\n") == 1


def test_rates_past_the_edge_are_said():
    config = deep_linear.Config(data="toy", inputs="common", learning_rate=(50.0,))
    assert "past the edge of stability of these inputs" in STUDY.warn(config)[0]
    assert STUDY.warn(dataclasses.replace(config, learning_rate=())) == []
