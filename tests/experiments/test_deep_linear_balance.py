"""deep_linear from lambda-balanced weights: starts, kernels, the exact solution, the page."""

import dataclasses
import re
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray

from experiments import deep_linear
from experiments.deep_linear.balance import balance_verdicts
from experiments.deep_linear.balance_figures import balance_ends, balance_over_training
from experiments.deep_linear.checks import warn
from jaxrep.analysis.tangent_kernel import kernel_distance
from jaxrep.engine import Replicas
from jaxrep.engine.run import Run
from jaxrep.study import grid_points, main

STUDY = deep_linear.STUDY
PLAIN = dataclasses.replace(STUDY, draw=lambda analysis, config: ())
BALANCED = (
    "--features 40 --hidden 10 --scale 0.01 --steps 3000 --learning-rate 0.2 --seeds 2 --quiet"
)


def drawn(analysis, config):
    del config
    yield balance_over_training(analysis.drawings)
    yield balance_ends(analysis.drawings)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("balance") / "run"
    study = dataclasses.replace(STUDY, draw=drawn)
    arguments = [*BALANCED.split(), "--balance", "-4", "0", "1", "--measurements", "21"]
    assert main(study, [*arguments, "--precision", "float64", "--out", str(out)]) == 0
    return Run.load(out)


def layers(run, step):
    params = run.states(step).params
    return np.asarray(params["W1"]), np.asarray(params["W2"])


def test_every_lambda_starts_with_the_map_that_was_drawn(run):
    results = run.results
    assert results.loss.dims == ("balance", "seed", "step")
    first, last = layers(run, 0)
    strongest = float(results.task_strength.isel(mode=0)[0, 0])
    maps = (first @ last).reshape(3, 2, *first.shape[1:2], -1)
    np.testing.assert_allclose(maps[1:], np.broadcast_to(maps[:1], maps[1:].shape), atol=1e-12)
    assert not np.allclose(maps[0, 0], maps[0, 1], atol=1e-6)
    gap = last @ last.swapaxes(1, 2) - first.swapaxes(1, 2) @ first
    for replica, lam in enumerate(np.repeat([-4.0, 0.0, 1.0], 2)):
        values = np.sort(np.linalg.eigvalsh(gap[replica]) / strongest)
        wanted = np.sort(np.r_[np.full(8, lam), 0, 0])
        np.testing.assert_allclose(values, wanted, atol=1e-12)


def test_the_exact_solution_lies_beside_training(run):
    """Measured .010 (-4), .018 (0), .001 (1) of the strongest mode: the flow knows no step."""
    results = run.results
    apart = np.abs(results.mode_strength - results.theory_mode_strength).max(("step", "mode"))
    strongest = results.task_strength.isel(mode=0)
    assert (apart / strongest).max() < 0.03
    assert np.abs(results.loss - results.theory_loss).max() < 0.03
    moved = np.abs(results.kernel_distance - results.theory_kernel_distance)
    assert (moved.max("step") < 0.02).all()


def test_the_recorded_kernel_by_brute_force(run):
    """All outputs and items, gradients by autodiff, in the run's own coordinates."""
    end = int(run.results.step[-1])
    first, last = layers(run, 0)
    features = last.shape[2]
    with jax.enable_x64():
        inputs = jnp.eye(first.shape[1])

        def kernel(first, last):
            slopes = jax.jacobian(lambda w: ((inputs @ w[0]) @ w[1]).ravel())((first, last))
            flat = jnp.concatenate([s.reshape(features * len(inputs), -1) for s in slopes], 1)
            return flat @ flat.T

        for replica in (0, 3):
            pair = [kernel(*(x[replica] for x in layers(run, step))) for step in (0, end)]
            wanted = float(kernel_distance(*pair))
            found = run.results.kernel_distance.isel(step=-1).values.ravel()[replica]
            assert found == pytest.approx(wanted, abs=1e-12)


def test_the_page_answers_and_draws(run):
    text = (run.path / "report.html").read_text()
    assert "lazy at lambda -4; rich at lambda 0, 1" in text
    assert "Lazy or rich: training from balanced layers" in text
    assert "Lazy or rich, by the balance of the layers" in text
    # W1 W1' ends as the closed form of lambda says: measured 7e-4
    gap = run.results.change_of_similarity - run.results.theory_change_of_similarity
    assert np.abs(gap).max() < 5e-3
    assert run.summary["median_change_of_products[balance=-4.0]"] < 0.1


def moves(products, kernel, learned=True):
    """What a page shows of networks of lambda -10, 0, 10 that moved so far."""
    replicas = Replicas((0, 1), {"balance": (-10.0, 0.0, 10.0)})
    finite = np.ones(6, bool)
    each = ("replica",)
    loss = np.tile([1.0, 0.0 if learned else 0.9], (6, 1))
    flat = xarray.Dataset(
        {
            "change_of_products": (each, np.repeat(products, 2)),
            "change_of_similarity": (each, np.repeat(products, 2)),
            "theory_change_of_similarity": (each, np.repeat(products, 2) + 0.01),
            "kernel_of_other_seeds": (each, np.full(6, 0.7)),
            "kernel_distance": ((*each, "step"), np.repeat(kernel, 2)[:, None] * [0.0, 1.0]),
            "loss": ((*each, "step"), loss),
        }
    )
    table = SimpleNamespace(values=np.zeros((8, 40)))
    return SimpleNamespace(
        replicas=replicas,
        finite=finite,
        points=grid_points(replicas, finite),
        flat=flat,
        results=flat,
        data=SimpleNamespace(tables=[table], before=None),
    )


def test_the_verdict_changes_with_the_numbers():
    mine = balance_verdicts(moves([0.01, 1.0, 0.8], [1e-5, 0.1, 0.9]))
    assert "lazy at lambda -10; rich at lambda 0, 10" in mine[0].text and mine[0].agrees
    assert "null, between the starts of two seeds: 0.7, 0.7, 0.7" in mine[0].text
    assert "off by 0.01 at most, over 6 networks" in mine[1].text and mine[1].agrees
    other = balance_verdicts(moves([0.01, 1.0, 0.01], [1e-5, 0.1, 1e-5], learned=False))
    assert "lazy at lambda -10, 10" in other[0].text and other[0].agrees is False
    assert "Not all networks at lambda -10, 0, 10 have learned" in other[-1].text


@pytest.mark.parametrize(
    "arguments, message",
    [
        ("--balance nan", "balance: [nan] given; finite numbers are needed"),
        ("--balance 1 --depth 3", "balance: [1.0] given for 3 layers, linear; 2 linear layers"),
        ("--balance 1 --activation relu", "balance: [1.0] given for 2 layers, relu; 2 linear"),
    ],
)
def test_what_cannot_be_balanced_gets_one_line(tmp_path, capsys, arguments, message):
    assert main(PLAIN, [*arguments.split(), "--out", str(tmp_path / "run")]) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1


def test_a_rate_that_a_large_lambda_does_not_allow():
    config = dataclasses.replace(deep_linear.PRESETS["balance"], learning_rate=(60.0,))
    (line,) = warn(config)
    assert re.match(
        r"balance: 10 is past the edge of stability at learning_rate 60; below 49", line
    )
    resolved = STUDY.resolve(deep_linear.Config(balance=(0.0, 10.0)))
    assert resolved.learning_rate == (19.6,) and resolved.steps == 1275
    assert warn(resolved) == []
