"""deep_linear with gates: a path that contexts share against own ones, the page, its sentences."""

import dataclasses

import numpy as np
import pytest
import xarray

from experiments import deep_linear
from experiments.deep_linear.pathway_figures import ends
from experiments.deep_linear.pathways import Raced, pathway_verdicts
from jaxrep.engine import Replicas
from jaxrep.engine.run import Run
from jaxrep.study import main

STUDY = deep_linear.STUDY
COMMON = (
    "--data toy --hidden 6 --scale 0.1 --steps 600 --learning-rate 0.8 --seeds 2 --quiet "
    "--contexts 1 3 --measurements 61 --precision float64"
).split()


def drawn(analysis, config):
    del config
    yield ends(analysis.drawings)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("gated") / "run"
    assert main(dataclasses.replace(STUDY, draw=drawn), [*COMMON, "--out", str(out)]) == 0
    return Run.load(out)


def test_training_is_gradient_descent_on_the_table_itself(run):
    """The last network (three contexts) in the table's own coordinates, in numpy."""
    table = deep_linear.build(deep_linear.Config(data="toy", contexts=(1,))).data[0].tables[0]
    u, strength, vt = np.linalg.svd(table.values.T, full_matrices=False)
    params = {name: np.asarray(x[-1], float) for name, x in run.states(0).params.items()}
    first, last = params["W1"], params["W2"]
    rate, size = 2 * 0.8 / table.values.size, table.values.size
    gates = np.concatenate([np.ones((3, 1)), np.eye(4)[:3]], 1)
    target = np.zeros((first.shape[1], last.shape[2]))
    np.fill_diagonal(target, strength)
    losses = []
    for _ in range(601):
        missing = target - np.einsum("cp,pir->cir", gates, first @ last)
        losses.append((missing**2).sum() / (3 * size))
        pull = np.einsum("cp,cir->pir", gates, missing) / 3
        slopes = pull @ last.swapaxes(1, 2), first.swapaxes(1, 2) @ pull
        first, last = first + rate * slopes[0], last + rate * slopes[1]
    found = run.results.loss.values[-1, -1]
    np.testing.assert_allclose(found, np.array(losses)[run.results.step.values], atol=1e-12)


def test_the_reduction_lies_beside_training(run):
    """Measured .001 of the strongest mode from a start of .03; the closed form's share .025 off."""
    results = run.results
    apart = np.abs(results.path_strength - results.theory_path_strength).max()
    assert apart < 0.01 * results.path_strength.max()
    off = np.abs(results.shared_share - results.theory_shared_share).isel(mode=0)
    assert off.max() < 0.05
    assert (results.shared_share.isel(mode=0, contexts=1) > 0.95).all()


def test_the_layers_answer_as_the_training_says(run):
    outputs = run.activations("output", step=run.steps[-1]).values
    table = run.targets("items").values
    table = table.reshape(-1, *table.shape[-2:])[0]
    own = ((outputs.reshape(-1, *table.shape) - table) ** 2).mean((1, 2))
    # of one context the loss is that of the first
    np.testing.assert_allclose(own[:2], run.results.loss.values[0, :, -1], atol=1e-10)


def test_the_page_answers_and_draws(run):
    text = (run.path / "report.html").read_text()
    assert "the path that 1, 3 contexts share leaves" in text
    assert "Who wins, when, and what it is good for" in text
    assert "The race: a shared path against own ones" in text
    assert run.summary["median_error_in_new_context[contexts=3]"] < 0.05


def raced(share, new):
    """What a page shows of networks of one and of four contexts."""
    replicas = Replicas((0, 1), {"contexts": (1, 4), "scale": 0.1, "learning_rate": 1.0})
    mode, step = ("replica", "mode"), ("replica", "step")
    half = np.repeat(share, 2)[:, None]
    times = {"transition": 10.0, "separate_transition": 40.0}
    times["separate_predicted_transition"] = 40.0
    loss = np.stack([np.ones(4), np.repeat(new, 2)], 1)
    flat = xarray.Dataset(
        {name: (mode, np.full((4, 1), value)) for name, value in times.items()}
        | {
            "shared_share": (mode, half),
            "theory_shared_share": (mode, np.array([0.5, 0.5, 0.9, 0.9])[:, None]),
            "loss_new": (step, loss),
            "theory_loss_new": (step, np.stack([np.ones(4), np.repeat([0.25, 0.01], 2)], 1)),
            "separate_loss_new": (step, np.ones((4, 2))),
        },
        {"replica": np.arange(4)},
    )
    return Raced(flat, replicas, np.ones(4, bool), flat, np.array([1.0]))


def test_the_verdict_changes_with_the_numbers():
    mine = pathway_verdicts(raced([0.5, 0.9], [0.25, 0.01]))
    assert "the path that 1, 4 contexts share leaves 0.5, 0.1 of mode 1" in mine[0].text
    assert "falls to 0.25, 0.01 of the start's; null, without a shared path: 1.00" in mine[2].text
    assert [verdict.agrees for verdict in mine] == [True] * 3
    other = pathway_verdicts(raced([0.5, 0.2], [0.25, 0.6]))
    assert [verdict.agrees for verdict in other] == [False, True, False]


def test_networks_of_two_rates_are_two_lines_and_two_answers():
    """Points of one scale and several rates were one zigzag."""
    one_rate = raced([0.5, 0.9], [0.25, 0.01])
    flat = xarray.concat([one_rate.flat] * 2, "replica").assign_coords(replica=np.arange(8))
    grid = {"learning_rate": (1.0, 2.0), "contexts": (1, 4), "scale": 0.1}
    both = Raced(flat, Replicas((0, 1), grid), np.ones(8, bool), flat, np.array([1.0]))
    assert {
        start: [both.hyper(point, "contexts") for point in points]
        for start, points in both.by_start("contexts").items()
    } == {"scale 0.1, rate 1": [1, 4], "scale 0.1, rate 2": [1, 4]}
    flat = flat.assign(predicted_transition=flat.transition)
    figure = ends(dataclasses.replace(both, flat=flat)).drawing
    labels = figure.axes[0].get_legend_handles_labels()[1]
    assert [label for label in labels if "rate" in label] == list(both.by_start("contexts"))
    assert all(len(line.get_xdata()) == 2 for line in figure.axes[0].lines)
    texts = [verdict.text for verdict in pathway_verdicts(both)]
    assert len(texts) == 6 and "From scale 0.1, rate 2 the path" in texts[3]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ("--contexts 0", "contexts: 0 given; 1 or more are needed"),
        ("--contexts 999999999999999999 2", "contexts: [999999999999999999, 2] given, of which"),
        ("--contexts 2 --depth 3", "depth: 3 given beside contexts; 2 is allowed there"),
        ("--contexts 2 --activation relu", "activation: 'relu' given beside contexts; 'linear'"),
        ("--contexts 2 --flip 0.1 0.2", "flip: [0.1, 0.2] given beside contexts; one value"),
    ],
)
def test_what_has_no_gates_gets_one_line(tmp_path, capsys, arguments, message):
    assert main(STUDY, [*arguments.split(), "--out", str(tmp_path / "run")]) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1
