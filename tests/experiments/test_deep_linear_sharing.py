"""deep_linear with paths that some contexts share: training, the race, the page, its sentences."""

import dataclasses

import numpy as np
import pytest
import xarray

from experiments import deep_linear
from experiments.deep_linear.partial_sharing import all_contexts, gate_table
from experiments.deep_linear.sharing_figures import ends, race
from experiments.deep_linear.sharing_page import Shared, level_shares, sharing_verdicts, winners
from jaxrep.engine import Replicas
from jaxrep.engine.run import Run
from jaxrep.study import main

STUDY = deep_linear.STUDY
COMMON = (
    "--data toy --gates ring --contexts 3 --hidden 6 --scale 0.05 0.5 --steps 800 --seeds 2 "
    "--learning-rate 0.8 --quiet --measurements 81 --precision float64"
).split()
AXES = {}


def drawn(analysis, config):
    del config
    shown = analysis.drawings
    for name, figure in (("race", race(shown, shown.points)), ("ends", ends(shown))):
        AXES[name] = list(figure.drawing.axes)
        yield figure


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("sharing") / "run"
    assert main(dataclasses.replace(STUDY, draw=drawn), [*COMMON, "--out", str(out)]) == 0
    return Run.load(out)


def test_training_is_gradient_descent_on_the_table_itself(run):
    """The last network (scale .5) in numpy, float64: all paths, all contexts."""
    table = deep_linear.build(deep_linear.Config(data="toy", contexts=(1,))).data[0].tables[0]
    strength = np.linalg.svd(table.values, compute_uv=False)
    params = {name: np.asarray(x[-1], float) for name, x in run.states(0).params.items()}
    first, last = params["W1"], params["W2"]
    size = table.values.size
    gates = np.array([[1, 0, 1, 1, 0, 0], [1, 1, 0, 0, 1, 0], [0, 1, 1, 0, 0, 1]], float)
    target = np.zeros((first.shape[1], last.shape[2]))
    np.fill_diagonal(target, strength)
    losses = []
    for _ in range(801):
        missing = target - np.einsum("cp,pir->cir", gates, first @ last)
        losses.append((missing**2).sum() / (3 * size))
        end = np.diagonal(first @ last, axis1=1, axis2=2)
        pull = 2 * 0.8 / size * np.einsum("cp,cir->pir", gates, missing) / 3
        slopes = pull @ last.swapaxes(1, 2), first.swapaxes(1, 2) @ pull
        first, last = first + slopes[0], last + slopes[1]
    found = run.results.loss.values[-1, -1]
    np.testing.assert_allclose(found, np.array(losses)[run.results.step.values], atol=1e-12)
    np.testing.assert_allclose(run.results.path_strength[-1, -1, -1], end, atol=1e-10)


def test_the_reduction_and_the_closed_form_lie_beside_training(run):
    """Of the first mode, scales .05 and .5: measured 8e-4 and .036 for the reduction, .016 and .19
    for the end of flows (at scale .5 paths start at a tenth of the mode, and are not balanced)."""
    results, strongest = run.results, float(run.results.path_strength.max())
    apart = np.abs(results.path_strength - results.theory_path_strength).max(
        ("step", "path", "mode", "seed")
    )
    assert (apart.values < np.array([0.002, 0.05]) * strongest).all()
    last = results.path_strength.isel(step=-1, mode=0)
    off = np.abs(last - results.closed_path_strength.isel(mode=0)).max(("path", "seed"))
    assert (off.values < np.array([0.04, 0.3]) * strongest).all()
    np.testing.assert_allclose(results.closed_share.sum("width"), 1, atol=1e-9)


def test_the_layers_answer_as_the_training_says(run):
    """Paths 1, 3 and 4 are open in the first context, and are its layers. Measured .004."""
    step = run.steps[-1]
    for layer in ("contexts 1 2", "contexts 3 1", "context 1"):
        assert run.activations(layer, step=step).shape[-2:] == (8, 6)
    outputs = run.activations("output", step=step).values
    table = run.targets("items").values.reshape(-1, 8, 10)[0]
    assert np.abs(outputs.reshape(-1, 8, 10) - table).mean() < 0.02


def test_the_page_answers_and_draws(run):
    text = (run.path / "report.html").read_text()
    assert "paths that are open in 2, 1 of 3 contexts have" in text
    assert "the race is won by paths of 2 contexts" in text
    assert "The race of paths that some contexts share" in text
    labels = AXES["race"][0].get_legend_handles_labels()[1]
    assert labels == ["paths of 2 contexts", "own paths", "reduction"]
    assert AXES["ends"][0].get_xlabel() == "contexts that a path is open in"
    assert "closed form" in AXES["ends"][0].get_legend_handles_labels()[1]


def shared(end, closed=(0.9, 0.1, 0.1), gap=0.0):
    """What a page shows of two contexts with one path for both, and two of their own."""
    replicas = Replicas((0, 1), {"scale": 0.1, "learning_rate": 1.0})
    paths = np.zeros((2, 2, 3, 1))
    paths[:, -1, :, 0] = end
    start = np.tile(np.array([0.01, 0.02, 0.02])[:, None], (2, 1, 1))
    flat = xarray.Dataset(
        {
            "path_strength": (("replica", "step", "path", "mode"), paths),
            "theory_path_strength": (("replica", "step", "path", "mode"), paths + gap),
            "closed_path_strength": (
                ("replica", "path", "mode"),
                np.tile(np.array(closed)[:, None], (2, 1, 1)),
            ),
            "start_strength": (("replica", "path", "mode"), start),
        },
        {"step": [0, 10], "replica": np.arange(2)},
    )
    gates = np.array([[1.0, 1, 0], [1, 0, 1]])
    found = Shared(flat, replicas, np.ones(2, bool), gates, np.ones(1))
    return dataclasses.replace(found, flat=flat.assign(level_shares(found) | winners(found)))


def test_the_verdict_changes_with_the_numbers():
    mine = sharing_verdicts(shared((0.9, 0.1, 0.1)))
    assert "open in 2, 1 of 2 contexts have 0.9, 0.1 of mode 1" in mine[0].text
    assert "the closed form of the flow says 0.9, 0.1. Null, no race: 0.33, 0.67" in mine[0].text
    assert "won by paths of 2 contexts: in 100% of contexts" in mine[1].text
    assert "by chance 50%; the path that starts strongest wins 0%" in mine[1].text
    assert "has 0.9 of its contexts" in mine[1].text
    assert [verdict.agrees for verdict in mine] == [True, True, True]
    other = sharing_verdicts(shared((0.2, 0.8, 0.8), gap=0.3))
    assert "won by paths of one context: in 0% of contexts" in other[1].text
    assert [verdict.agrees for verdict in other] == [False, False, False]
    half = sharing_verdicts(shared((0.6, 0.4, 0.7)))
    assert "won by paths of 2 contexts and of one context: in 50%" in half[1].text
    lost = dataclasses.replace(shared((0.9, 0.1, 0.1)), finite=np.array([True, False]))
    assert sharing_verdicts(lost)[0].text.startswith("1 of 2 networks diverged")


@pytest.mark.parametrize(
    "family, contexts, wanted",
    [
        ("part", (4,), [[0, 1]]),
        ("nested", (), [range(8), range(4), range(4, 8), [0, 1], [2, 3], [4, 5], [6, 7]]),
        ("nested", (3,), [range(3), [0, 1]]),
        ("ring", (), [[0, 1], [1, 2], [2, 3], [0, 3]]),
    ],
)
def test_paths_of_a_family(family, contexts, wanted):
    gates = gate_table(deep_linear.Config(gates=family, contexts=contexts)).values
    count = len(gates)
    found = [sorted(np.flatnonzero(column)) for column in gates.T]
    assert found == [*map(list, wanted), *[[c] for c in range(count)]]
    every, weights = all_contexts(gates)
    assert every[-1].tolist() == np.eye(gates.shape[1])[0].tolist() and weights[-1] == 0


def test_gates_of_a_file(tmp_path):
    (tmp_path / "gates.csv").write_text("context,all,a,b\none,1,1,0\ntwo,1,0,1\n")
    found = gate_table(deep_linear.Config(gates=str(tmp_path / "gates.csv")))
    assert found.features == ("all", "a", "b") and found.values.tolist() == [[1, 1, 0], [1, 0, 1]]
    np.save(tmp_path / "gates.npy", np.array([[1, 1], [1, 0]]))
    with pytest.raises(Exception, match="context 'item 1' has no path of its own"):
        gate_table(deep_linear.Config(gates=str(tmp_path / "gates.npy")))


@pytest.mark.parametrize(
    "arguments, message",
    [
        ("--gates nowhere", "gates: 'nowhere' is not known; allowed are part, nested, ring"),
        ("--gates nowhere.csv", "gates: nowhere.csv"),
        ("--gates nowhere.csv --contexts 2", "given beside gates 'nowhere.csv', which has its own"),
        ("--gates ring --contexts 2", "contexts: 2 given beside gates ring; 3 or more"),
        ("--gates part --contexts 2 4", "contexts: [2, 4] given beside gates; one value"),
        ("--gates ring --contexts 1000000000", "contexts: [1000000000] given, of which arrays"),
        ("--gates part --contexts 0", "contexts: 0 given"),
        ("--gates part --depth 3", "depth: 3 given beside gates; 2 is allowed there"),
        ("--gates part --inputs common", "gates: 'part' given beside inputs; '' is allowed"),
        ("--gates part --signal 2 --hidden 50", "gates: 'part' given beside signal"),
    ],
)
def test_what_gates_do_not_have_gets_one_line(tmp_path, capsys, arguments, message):
    words = ["--features", "10000", *arguments.split()]
    assert main(STUDY, [*words, "--out", str(tmp_path / "run")]) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1
