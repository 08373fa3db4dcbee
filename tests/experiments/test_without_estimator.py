"""information_plane without an estimator: coded and noisy networks, regularisers, their pages."""

import dataclasses
import json
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray

from experiments import information_plane
from experiments.information_plane.coded_comparison import (
    PUBLISHED,
    coded_claims,
    coded_results,
    coded_tables,
    draw_coded,
)
from experiments.information_plane.data import load
from experiments.information_plane.exact_page import draw_exact
from experiments.information_plane.generalisation import draw_generalisation
from experiments.information_plane.problem import swept, training_problem
from jaxrep.analysis.coded_information import code_information
from jaxrep.data.twelve_bits import twelve_bit_task
from jaxrep.engine import Replicas, Schedule, train
from jaxrep.engine.batches import Data
from jaxrep.engine.problem import Variables
from jaxrep.engine.run import Run
from jaxrep.study import main

STUDY = information_plane.STUDY
PLAIN = dataclasses.replace(STUDY, draw=lambda analysis, config: (), warn=lambda config: ())
STANDARD = information_plane.STANDARD
SMALL = dataclasses.replace(
    STANDARD, architecture=(4, 3), train_share=0.1, batch_size=128, loss="log_softmax", seeds=1
)


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """Inputs of a small task, and its file."""
    data = twelve_bit_task(0.1)
    file = tmp_path_factory.mktemp("data") / "few.npz"
    parts = (*data[:2], data.test_inputs[:300], data.test_classes[:300])
    np.savez(file, **dict(zip(("x_train", "y_train", "x_test", "y_test"), parts, strict=True)))
    return parts, file


def drawing(draw):
    """The study with some of its figures."""
    return dataclasses.replace(PLAIN, draw=lambda analysis, config: draw(analysis.drawings))


def run_of(few, tmp_path_factory, name, arguments, study):
    out = tmp_path_factory.mktemp(name) / "run"
    words = f"--preset tanh --epochs 12 --data {few[1]} --batch-size 128 --quiet"
    words += f" --architecture 4 3 --learning-rate 0.01 --loss log_softmax {arguments}"
    assert main(study, [*words.split(), "--out", str(out)]) == 0
    return Run.load(out)


def verdict_texts(run: Run) -> list[str]:
    """The answer that a run's page opens with."""
    return [one["text"] for one in json.loads((run.path / "verdict.json").read_text())]


@pytest.fixture(scope="module")
def coded(few, tmp_path_factory):
    arguments = "--activation relu --bits 0 3 --seeds 2 --costly 2 --costly-on test"
    arguments += " --estimators binning own_range quantiles scaled_kernel renyi"
    return run_of(few, tmp_path_factory, "coded", arguments, drawing(draw_exact))


def test_counts_of_a_coded_network_from_scratch(coded, few):
    """All inputs through the recorded weights in numpy, rounded to three bits of each range."""
    results = coded.results
    assert results.counted_with_input.dims == ("bits", "seed", "step", "layer")
    assert results.counted_with_input.attrs["units"] == "bits"
    x, classes = np.concatenate(few[0][::2]), np.concatenate(few[0][1::2])
    end = results.isel(step=-1).sel(bits=3, seed=1)
    for index, layer in enumerate(("layer 1", "layer 2", "output"), 1):
        pre = x @ end[f"W{index}"].values[: x.shape[1]] + end[f"b{index}"].values
        if layer == "output":
            shares = np.exp(pre - pre.max(1, keepdims=True))
            x, top = shares / shares.sum(1, keepdims=True), 1.0
        else:
            x = np.maximum(pre, 0)
            top = x.max()
        codes = np.round(x / top * 7).astype(int)
        x = (codes * (top / 7)).astype(np.float32)
        wanted = code_information(codes, classes)
        at = end.sel(layer=layer)
        # a value or two that rounding puts into another code
        assert float(at.counted_with_input) == pytest.approx(float(wanted.with_input), abs=0.03)
        assert float(at.counted_with_class) == pytest.approx(float(wanted.with_class), abs=0.03)
    hidden = results.counted_with_input.sel(bits=3)
    assert float(hidden.max()) <= np.log2(710) + 1e-5
    # of codes, a later layer is a function of the one before it
    assert float(hidden.diff("layer").sel(layer="layer 2").max()) < 1e-5


def test_a_coded_network_is_looked_at_as_it_is(coded, few):
    """Few values, the same for the same inputs in either set, and in a user's own array."""
    at = {"bits": 3, "seed": 0}
    values = coded.activations("hidden_1", set="train").sel(at).values
    assert len(np.unique(values)) <= 8
    own = coded.activations("hidden_1", inputs=few[0][0][:50]).sel(at).values
    np.testing.assert_allclose(own, values[..., :50, :], rtol=1e-5, atol=1e-6)


def test_the_page_of_coded_networks(coded):
    # without the marks of terms that the page explains
    page = re.sub("<[^>]*>", "", (coded.path / "report.html").read_text())
    for words in (
        "Does the hidden layer compress when nothing is estimated?",
        "real numbers, rounded to 3 bits when counted",
        "null: lost and found again",
        "The same networks by estimators",
        "Information, and how the classes cluster",
        "scaled upper",
    ):
        assert words in page, words
    key = "layer 2 counted_seeds_compress[bits=3]"
    assert 0 <= coded.summary[key] <= 2
    first, second, *_ = verdict_texts(coded)
    assert re.match(r"By counting codes, relu, real .* relu, 3 bits: layer 2 .*; output ", first), (
        first
    )
    assert second.startswith("By binning 0.07, ")


def test_noisy_networks_by_sample_propagation(few, tmp_path_factory):
    arguments = "--noise 0.3 --seeds 2 --costly 2"
    run = run_of(few, tmp_path_factory, "noisy", arguments, drawing(draw_exact))
    results = run.results
    bits = results.noisy_with_input.isel(step=-1)
    assert np.isfinite(bits.sel(layer=["layer 1", "layer 2"])).all()
    assert np.isnan(bits.sel(layer="output")).all()
    error = results.noisy_with_input_error.isel(step=-1)
    first, second = (bits.sel(layer=f"layer {i}") for i in (1, 2))
    assert (second <= first + 4 * error.max()).all() and (first <= np.log2(710) + 0.2).all()
    page = (run.path / "report.html").read_text()
    assert "Does the hidden layer compress when its noise is its own?" in page
    assert "Sample propagation, noise of standard deviation 0.3" in page
    assert verdict_texts(run)[0].startswith("By propagating the noise, tanh: layer 2 ")


def test_the_gap_against_information(few, tmp_path_factory):
    """Twelve networks of four settings; correlations with intervals, a null and a sentence."""
    arguments = "--bits 4 --weight-decay 0 0.01 --dropout 0 0.2 --seeds 3"
    run = run_of(few, tmp_path_factory, "gap", arguments, drawing(draw_generalisation))
    page = (run.path / "report.html").read_text()
    for words in ("Does information go with the generalisation gap?", "tau within settings (95 %)"):
        assert words in page, words
    assert -1 <= run.summary["layer 2 tau I(X;M|Y)"] <= 1
    assert sum(key.startswith("gap_nats[") for key in run.summary) == 4
    assert "goes with a larger gap, beyond chance, in" in page
    first, second, *_ = verdict_texts(run)
    assert first.startswith("More I(X;M) goes with a larger gap, beyond chance, in ")
    assert second.startswith("By counting codes, ")


def measured(config, hyper, steps=4):
    task = training_problem(config, load(config))
    hyper = {"learning_rate": 0.01, "initial_bias": 0.0, "max_norm": 0.0, **hyper}
    return train(task, Replicas((0,), hyper), Schedule(steps, (0, steps)), quiet=True).records


def test_nothing_changes_where_nothing_is_asked_for():
    """No further hyper-parameter, no key in the batch, the same training as of a network of real
    numbers in a sweep of bits."""
    assert list(swept(SMALL)) == ["initial_bias", "max_norm", "learning_rate"]
    plain = measured(SMALL, {})
    coded = measured(dataclasses.replace(SMALL, bits=(0, 4)), {"bits": 0.0})
    np.testing.assert_allclose(coded.W1, plain.W1, rtol=1e-5, atol=1e-6)
    other = measured(dataclasses.replace(SMALL, bits=(0, 4)), {"bits": 4.0})
    assert not np.allclose(other.W2[:, -1], plain.W2[:, -1])


def test_weight_decay_is_half_its_square():
    config = dataclasses.replace(SMALL, weight_decay=(0.5,))
    task = training_problem(config, load(config))
    shared = Data(jax.tree.map(jnp.asarray, task.shared))
    hyper = {"learning_rate": 0.1, "initial_bias": 0.0, "max_norm": 0.0, "weight_decay": 0.5}
    start = task.init(jax.random.key(0), hyper, shared)
    batch = (*(part[:64] for part in shared.shared["train"]), jnp.ones(64))
    none = task.loss(start, batch, {**hyper, "weight_decay": 0.0})[0]
    squares = sum(float(jnp.sum(start.params[f"W{i}"] ** 2)) for i in (1, 2, 3))
    assert float(task.loss(start, batch, hyper)[0] - none) == pytest.approx(squares / 4, rel=1e-4)


def test_dropout_and_noise_are_drawn_anew_in_training_only():
    for name, value in (("dropout", (0.5,)), ("noise", 0.5)):
        config = dataclasses.replace(SMALL, **{name: value})
        task = training_problem(config, load(config))
        shared = Data(jax.tree.map(jnp.asarray, task.shared))
        hyper = {"learning_rate": 0.1, "initial_bias": 0.0, "max_norm": 0.0, "dropout": 0.5}
        start: Variables = task.init(jax.random.key(0), hyper, shared)
        batch = (*(part[:64] for part in shared.shared["train"]), jnp.ones(64))
        losses = [
            float(task.loss(start, (*batch, jax.random.key(seed)), hyper)[0]) for seed in (1, 1, 2)
        ]
        assert losses[0] == losses[1] != losses[2]
        looked = [task.measure(start, hyper, shared)["test_loss"] for _ in range(2)]
        assert looked[0] == looked[1]


def made_up(activation, bits):
    """Networks that have just the sheet's numbers at the end."""
    ends, lost, accuracies = PUBLISHED[activation, bits]
    layers = [*(f"layer {i}" for i in range(1, 6)), "output"]
    peak = np.array(ends) + np.array([0, 0, 0, 0, *lost])
    counted = np.broadcast_to(np.stack([peak, ends])[None], (5, 2, 6))
    dims = ("seed", "step", "layer")
    one = xarray.Dataset(
        {
            "counted_with_input": (dims, counted),
            "distance_within": (dims, np.ones((5, 2, 6))),
            "distance_between": (dims, np.full((5, 2, 6), 2.0)),
            "with_input": (
                ("seed", "set", "step", "estimate", "layer"),
                np.broadcast_to(counted[:, None, :, None], (5, 2, 2, 1, 6)),
            ),
        },
        {"set": ["train", "test"], "estimate": ["binning 0.07"], "step": [0, 1], "layer": layers},
    )
    for kind, value in zip(("train", "test"), accuracies, strict=True):
        one[f"{kind}_accuracy"] = ("seed", "step"), np.full((5, 2), value)
    return one


def test_the_verdict_is_made_of_the_numbers():
    bits = [0, 4, 8]
    runs = {
        name: xarray.concat([made_up(name, b) for b in bits], xarray.Variable("bits", bits))
        for name in ("tanh", "relu")
    }
    coded = coded_results(runs, {"tanh": "tanh", "relu": "relu"})
    checked = coded_claims(coded)
    assert len(checked) == 60 and all(one.holds for one in checked)
    verdict = coded_tables(coded)[0].caption
    assert "tanh, 8 bits: the last hidden layer compresses (3.09 bits lost" in verdict
    assert "relu, 4 bits: the last hidden layer does not compress (0.42 bits" in verdict
    assert "the output compresses in 6 of 6 kinds" in verdict and "not the same in all" in verdict
    assert "Every estimate agrees with the count" in coded_tables(coded)[1].caption
    blind = {
        key: one.assign(with_input=one.with_input * 0) if key == ("relu", 8) else one
        for key, one in coded.items()
    }
    words = coded_tables(blind)[1].caption
    assert "relu, 8 bits, layer 5: counted 1.11 bits, above 0.5 in 100% of the seeds" in words
    assert "but binning 0.07 0.00 in 0%" in words
    (figure,) = draw_coded(coded)
    assert len([axes for axes in figure.drawing.axes if axes.get_title()]) == 6
    flat = {
        k: one.assign(counted_with_input=one.counted_with_input * 0) for k, one in coded.items()
    }
    assert "the output compresses in 0 of 6" in coded_tables(flat)[0].caption
    assert coded_tables({}) == [] and not list(draw_coded({}))
