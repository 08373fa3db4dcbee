"""deep_linear from given weights: after another run, from a file, reversed and exchanged."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
import xarray

from experiments import deep_linear
from experiments.deep_linear.continual import continual_figure, continual_verdicts
from experiments.deep_linear.data import task_data
from jaxrep.engine import Replicas
from jaxrep.engine.run import Run
from jaxrep.study import Analysis, grid_points, main

STUDY = deep_linear.STUDY
PLAIN = dataclasses.replace(STUDY, draw=lambda analysis, config: ())
LIGHT = dataclasses.replace(
    PLAIN, analyse=lambda run, plan, config: Analysis(run.records, {"networks": config.seeds})
)
DRAWN = dataclasses.replace(
    STUDY, draw=lambda analysis, config: iter([continual_figure(analysis.drawings)])
)
COMMON = (
    "--features 40 --hidden 10 --scale 0.01 --steps 1200 --learning-rate 0.2 --seeds 2 --quiet "
    "--balance -1 -0.1 --measurements 61 --precision float64"
).split()


@pytest.fixture(scope="module")
def tasks(tmp_path_factory):
    """A first task, then its negative."""
    folder = tmp_path_factory.mktemp("tasks")
    first, second = folder / "first", folder / "second"
    assert main(PLAIN, [*COMMON, "--out", str(first)]) == 0
    arguments = [*COMMON, "--start", str(first), "--reverse", "--out", str(second)]
    assert main(DRAWN, arguments) == 0
    return Run.load(first), Run.load(second)


def test_the_second_task_starts_where_the_first_ended(tasks):
    """Whatever the coordinates: the map, the hidden similarity, the kernel's own start."""
    end, start = tasks[0].results.isel(step=-1), tasks[1].results.isel(step=0)
    np.testing.assert_allclose(start.mode_strength, -end.mode_strength, atol=1e-9)
    np.testing.assert_allclose(start.similarity, end.similarity, atol=1e-9)
    np.testing.assert_allclose(start.weight_norm, end.weight_norm, atol=1e-9)
    np.testing.assert_allclose(start.loss_on_first, end.loss, atol=1e-12)
    assert (start.kernel_distance == 0).all() and (tasks[1].results.kernel_distance > 0).any()


def test_reversal_takes_as_long_as_the_closed_form_says(tasks):
    """Measured within 1 %; what is forgotten is the difference of the tasks."""
    results = tasks[1].results
    first = results.transition.isel(mode=0) / results.closed_transition.isel(mode=0)
    np.testing.assert_allclose(first, 1, atol=0.02)
    np.testing.assert_array_equal(results.first_transition, tasks[0].results.transition)
    last = results.isel(step=-1)
    learned = last.loss.values < 1e-6
    assert learned.any()
    np.testing.assert_allclose(
        last.loss_on_first.values[learned], last.theory_loss_on_first.values[learned], rtol=1e-3
    )
    np.testing.assert_allclose(results.theory_loss_on_first, 4.0)  # features of -1 and +1
    apart = np.abs(results.mode_strength - results.theory_mode_strength).max(("step", "mode"))
    assert (apart / results.task_strength.isel(mode=0)).max() < 0.05
    page = (tasks[1].path / "report.html").read_text()
    assert "One task after the other" in page and "what is left of the first" in page


def test_items_that_exchange_their_features():
    plain, config = (deep_linear.Config(data="toy", exchange=x) for x in ((), ("Tuna=Oak",)))
    before, after = (task_data(one).tables[0] for one in (plain, config))
    names = before.items
    order = list(range(len(names)))
    one, two = names.index("Tuna"), names.index("Oak")
    order[one], order[two] = two, one
    np.testing.assert_array_equal(after.values, before.values[order])
    assert after.items == before.items


@pytest.mark.parametrize("coordinates", ["modes", "raw"])
@pytest.mark.parametrize("depth", [2, 3])
def test_weights_of_a_file(tmp_path, coordinates, depth):
    """Own starting weights of every seed: loss and hidden similarity, in any coordinates."""
    rng = np.random.default_rng(0)
    table = task_data(deep_linear.Config(data="toy")).tables[0].values
    widths = [len(table), *[5] * (depth - 1), table.shape[1]]
    shapes = list(zip(widths[:-1], widths[1:], strict=True))
    weights = {f"W{i}": rng.normal(size=(2, *shape)) for i, shape in enumerate(shapes, 1)}
    np.savez(tmp_path / "own.npz", **weights)
    arguments = f"--data toy --hidden 5 --depth {depth} --coordinates {coordinates} --seeds 2"
    arguments += " --steps 3 --quiet --learning-rate 0.1 --precision float64"
    arguments = [*arguments.split(), "--start", str(tmp_path / "own.npz")]
    assert main(PLAIN, [*arguments, "--out", str(tmp_path / "run")]) == 0
    results = Run.load(tmp_path / "run").results
    for seed in range(2):
        x = weights["W1"][seed]
        np.testing.assert_allclose(results.similarity[seed, 0, 0], x @ x.T, atol=1e-12)
        for layer in range(2, depth + 1):
            x = x @ weights[f"W{layer}"][seed]
        loss = np.mean((x - table) ** 2)
        assert float(results.loss[seed, 0]) == pytest.approx(loss, abs=1e-12)
    # neither small, nor balanced, nor aligned: no theory is drawn
    for name in ("predicted_transition", "theory_mode_strength", "theory_loss"):
        assert np.isnan(results[name]).all()


@pytest.mark.parametrize(
    "arrays, message",
    [
        ({"W1": np.ones((8, 5))}, "has W1; W1, W2 are needed"),
        (
            {"W1": np.ones((8, 4)), "W2": np.ones((4, 10))},
            "W1 has shape [8, 4]; [8, 5], or [2, 8, 5] of 2 seeds is needed",
        ),
        (
            {"W1": np.full((8, 5), np.nan), "W2": np.ones((5, 10))},
            "W1 has values that are no finite real numbers",
        ),
    ],
)
def test_weights_that_do_not_fit_get_one_line(tmp_path, capsys, arrays, message):
    np.savez(tmp_path / "own.npz", **arrays)
    arguments = "--data toy --hidden 5 --seeds 2 --quiet --steps 3".split()
    arguments += ["--start", str(tmp_path / "own.npz"), "--out", str(tmp_path / "run")]
    assert main(LIGHT, arguments) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1 and not (tmp_path / "run").exists()


def test_a_run_of_other_networks_is_no_start(tasks, tmp_path, capsys):
    first = str(tasks[0].path)
    for change, message in (
        (["--hidden", "9"], "has hidden 10, this run 9; the same is needed"),
        (["--balance", "-1", "0.2"], "has balance [-1.0, -0.1], this run [-1.0, 0.2]"),
        (["--features", "41"], "has 40 features, this run 41; as many are needed"),
        (["--exchange", "Tuna=Shark"], "exchange: 'Shark' is not there; allowed are Goldfish"),
        (["--exchange", "Tuna"], "exchange: 'Tuna' is not of the form item=item"),
        (["--start", str(tmp_path)], str(tmp_path)),
    ):
        arguments = [*COMMON, "--start", first, *change, "--out", str(tmp_path / "run")]
        assert main(LIGHT, arguments) == 2
        said = capsys.readouterr().err
        assert message in said and said.count("\n") == 1, said
    own = tmp_path / "own.npz"
    np.savez(own, W1=np.ones((8, 10)), W2=np.ones((10, 40)))
    assert main(LIGHT, [*COMMON, "--start", str(own), "--out", str(tmp_path / "run")]) == 2
    assert "balance: [-1.0, -0.1] given beside the weights of start" in capsys.readouterr().err


def shown(measured, closed, forgotten=4.0):
    """What a page shows of two networks whose second task took so many steps."""
    replicas = Replicas((0, 1), {})
    each, mode = ("replica",), ("replica", "mode")
    times = {"transition": measured, "closed_transition": closed, "first_transition": 50.0}
    flat = xarray.Dataset(
        {name: (mode, np.full((2, 1), value)) for name, value in times.items()}
        | {
            "start_balance": (each, np.full(2, 0.1)),
            "loss": ((*each, "step"), np.array([[4.0, 0.0]] * 2)),
            "loss_on_first": ((*each, "step"), np.array([[0.0, forgotten]] * 2)),
            "theory_loss_on_first": (each, np.full(2, 4.0)),
        }
    )
    finite = np.ones(2, bool)
    return SimpleNamespace(points=grid_points(replicas, finite), finite=finite, flat=flat)


def test_the_verdict_changes_with_the_numbers():
    mine = continual_verdicts(shown(101.0, 100.0))
    assert "half learned at step 101 at lambda 0.1 (50 in the first task)" in mine[0].text
    assert "off by 1.0% at most" in mine[0].text and [v.agrees for v in mine] == [True, True]
    other = continual_verdicts(shown(150.0, 100.0, forgotten=3.0))
    assert [verdict.agrees for verdict in other] == [False, False]
    assert "the loss on the first is 3.0000" in other[1].text
    stuck = continual_verdicts(shown(np.nan, np.nan))
    assert "never at lambda 0.1" in stuck[0].text and stuck[0].agrees is None
