"""The section "Do the seeds agree?": from a run's networks to table, figure and key figures."""

import numpy as np
import pytest

from jaxrep.analysis import across_networks, linear_cka
from jaxrep.engine import Replicas, Run, Schedule, train
from jaxrep.engine.network import Inside
from jaxrep.study import seeds
from jaxrep.study.ensembles import ensembles
from jaxrep.study.report import Picker
from jaxrep.study.seeds import seed_section
from tests import toys
from tests.engine.test_activations import inside_toy

SEEDS = (0, 3, 5)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    problem = toys.problem("full", network=inside_toy())
    replicas = Replicas(SEEDS, {"learning_rate": (0.01, 0.05)})
    run = Run.open(tmp_path_factory.mktemp("seeds") / "run", "toy", {})
    checkpoints = run.checkpoints(read_only=False)
    schedule = Schedule(40, (0, 40), (0, 20, 40))
    train(problem, replicas, schedule, checkpoints=checkpoints, quiet=True)
    checkpoints.close()
    return Run.load(run.path), Inside(problem, replicas)


def hidden(run, row, step):
    params = run.states(step).params
    return np.tanh(toys.INPUTS @ params["W"][row] + params["b"][row])


def test_the_numbers_are_those_of_the_networks(trained):
    run, inside = trained
    section = seed_section(run, inside)
    assert [one.ensemble.point.name for one in section.found] == [
        "learning_rate=0.01",
        "learning_rate=0.05",
    ]
    pairs = [(3, 4), (3, 5), (4, 5)]
    mine = [linear_cka(hidden(run, i, 40), hidden(run, j, 40), debiased=True) for i, j in pairs]
    summary = section.summary()
    key = "seed_cka_hidden[learning_rate=0.05]"
    np.testing.assert_allclose(summary[key], np.mean(mine), atol=1e-5)
    row = section.tables()[0].rows[2]
    assert row[0] == "learning rate 0.05" and row[1] == "hidden" and row[-1] == 3
    assert row[3].startswith(f"{np.median(mine):.2f} ({np.min(mine):.2f} to {np.max(mine):.2f}")


def test_the_results_are_labelled(trained):
    import xarray

    run, inside = trained
    results = seed_section(run, inside).results(xarray.Dataset(), inside)
    dims = ("learning_rate", "compared_layer", "compared_step", "one_seed", "other_seed")
    assert results.seed_cka.dims == dims
    point = results.seed_cka.sel(learning_rate=0.05).sel(compared_layer="hidden")
    value = point.sel(compared_step=20).sel(one_seed=0).sel(other_seed=5)
    expected = linear_cka(hidden(run, 3, 20), hidden(run, 5, 20), debiased=True)
    np.testing.assert_allclose(value, expected, atol=1e-5)


def test_samples_are_the_same_for_all_and_can_be_few(trained):
    run, inside = trained
    few = ensembles(run, inside, samples=10)
    chosen = np.sort(np.random.default_rng(0).permutation(64)[:10])
    values = hidden(run, 4, 40)[chosen]
    kept = few[1].layers["hidden"][1, -1]
    np.testing.assert_allclose(kept @ kept.T, values @ values.T, atol=1e-4)
    np.testing.assert_array_equal(few[0].targets, toys.TARGETS[chosen])


def test_a_figure_for_every_point_that_shows_its_pairs(trained):
    run, inside = trained
    section = seed_section(run, inside)
    (picker,) = list(section.figures())
    assert isinstance(picker, Picker) and len(picker.choices) == 2
    figure = picker.draw(1)
    curves, own, heat, where = figure.drawing.axes[:4]
    between = section.found[1].layers["hidden"].between
    middle = np.median([between[:, i, j] for i, j in ((0, 1), (0, 2), (1, 2))], 0)
    drawn = [line.get_ydata() for line in curves.lines if line.get_label() == "hidden"]
    np.testing.assert_allclose(drawn[0], middle)
    assert own.lines[-1].get_ydata()[-1] == pytest.approx(1)
    expected, _ = across_networks(section.found[1].across)
    np.testing.assert_allclose(heat.images[0].get_array(), expected)
    assert len(where.lines) == 3 and "3 networks" in figure.caption


def test_of_many_points_some_have_a_figure_and_that_is_said(trained, monkeypatch):
    monkeypatch.setattr(seeds, "POINTS", 1)
    section = seed_section(*trained)
    (figure,) = list(section.figures())
    assert "1 of 2 grid points have a figure; the table has all." in figure.caption
    assert len(section.tables()[0].rows) == 4


def test_diverged_networks_are_in_no_pair_and_one_network_has_no_section(trained, monkeypatch):
    run, inside = trained
    monkeypatch.setitem(run.__dict__, "finite", np.array([1, 0, 1, 1, 0, 0], bool))
    section = seed_section(run, inside)
    assert [one.ensemble.seeds for one in section.found] == [[0, 5]]
    monkeypatch.setitem(run.__dict__, "finite", np.array([1, 0, 0, 1, 0, 0], bool))
    assert seed_section(run, inside) is None


def test_the_sentence_follows_the_numbers(trained):
    run, inside = trained
    section = seed_section(run, inside)
    words = section.sentence()
    ends = {n: section.summary()[f"seed_cka_{n}[learning_rate=0.01]"] for n in ("hidden", "output")}
    best = max(ends, key=ends.get)
    assert f"Seeds agree most in {best} ({ends[best]:.2f})" in words
    section.found[0].layers["output"].between[-1] = 0.9
    section.found[1].layers["output"].between[-1] = 0.25
    words = "In output they agree from 0.25 (learning rate 0.05) to 0.90 (learning rate 0.01)."
    assert words in section.sentence()
    for layer in section.found[0].layers.values():
        layer.between[:] = 0
    assert "In no layer do seeds agree more than chance" in section.sentence()
