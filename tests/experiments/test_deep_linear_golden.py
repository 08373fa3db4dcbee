"""deep_linear against the published runs of the tutorial, in every kind of coordinates."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from experiments import deep_linear
from jaxrep.data.feature_table import make_feature_table, toy_table
from jaxrep.engine import Execution, Replicas, Schedule, Variables, train
from jaxrep.models.mode_coordinates import singular_modes
from jaxrep.problems.feature_task import (
    FeatureSetting,
    feature_problem,
    in_coordinates,
    singular_values,
)
from jaxrep.study import Analysis

STUDY = deep_linear.STUDY
PLAIN = dataclasses.replace(STUDY, draw=lambda analysis, config: ())
LIGHT = dataclasses.replace(
    PLAIN,
    analyse=lambda run, plan, config: Analysis(run.records, {"networks": config.seeds}),
)
SMALL = ["--features", "40", "--hidden", "5", "--steps", "6", "--seeds", "2", "--quiet"]
ONE = Execution(devices=1)


def golden_train(shared_data, names, precision, in_modes, steps=250):
    """The tutorial's runs from their own initial weights; all share one data set."""
    runs = [np.load(shared_data / "deep_linear" / f"{name}_seed2021.npz") for name in names]
    table = make_feature_table(runs[0]["Y"].astype(float))
    pair = (0, len(table.features) - 1)
    setting = FeatureSetting(in_modes=in_modes, traces=(pair,), trace_names=("last feature",))
    with jax.enable_x64():
        starts = [
            Variables(
                in_coordinates(
                    {"W1": run["W1_0"].T.astype(float), "W2": jnp.asarray(run["W2_0"].T, float)},
                    table,
                    setting,
                )
            )
            for run in runs
        ]
    initial = jax.tree.map(lambda *x: np.stack([np.asarray(y, precision) for y in x]), *starts)
    hyper = {"learning_rate": float(runs[0]["lr"]), "scale": 1.0, "flip": 0.0, "data_seed": 0}
    records = train(
        feature_problem([table], setting),
        Replicas(tuple(range(len(runs))), hyper),
        Schedule(steps, tuple(range(steps + 1))),
        execution=Execution(devices=1, precision=precision),
        initial=initial,
        quiet=True,
    ).records
    return runs, records, singular_modes(table.values).strength[0]


def deviations(run, records, replica, strongest):
    """Largest deviations from the float64 reference: loss, modes / s_1, RSM / s_1, trace.

    The tutorial logs loss, RSM and trace before update i and modes after it: steps i and i + 1.
    """
    one = records.isel(seed=replica)
    return (
        np.abs(one.loss.values[:250] - run["loss64"]).max(),
        np.abs(singular_values(one)[1:] - run["modes64"]).max() / strongest,
        np.abs(one.similarity.values[:250, 0] - run["rsm64"]).max() / strongest,
        np.abs(one.trace.values[:250, 0] - run["ill64"]).max(),
    )


@pytest.mark.parametrize("in_modes", [True, False])
def test_golden_runs_in_float64(shared_data, in_modes):
    """Measured 3e-11, 9e-11, 8e-11, 1e-10 (gamma 1e-12); 1e-8, 5e-8 at 1e-15, where the
    reference's own rounding speaks; 1e-14 at gamma 1."""
    names = ("main", "gamma1", "gamma1e-15") if in_modes else ("main", "gamma1")
    runs, records, strongest = golden_train(shared_data, names, "float64", in_modes)
    for replica, (run, name) in enumerate(zip(runs, names, strict=True)):
        loss, modes, similarity, trace = deviations(run, records, replica, strongest)
        limits = (2e-8, 1e-7) if name == "gamma1e-15" else (1e-9, 1e-8)
        assert loss < limits[0] and max(modes, similarity, trace) < limits[1]


def test_mode_coordinates_follow_the_truth_in_float32(shared_data):
    """Measured loss 6e-7, modes 2e-6, RSM 3e-7, trace 8e-7 at gamma 1e-12 and at 1e-15."""
    names = ("main", "gamma1e-15", "gamma1")
    runs, records, strongest = golden_train(shared_data, names, "float32", True)
    for replica, run in enumerate(runs):
        assert max(deviations(run, records, replica, strongest)) < 5e-6


def test_raw_coordinates_do_not(shared_data):
    """Why mode coordinates are the default: measured 2e-2 in loss, 7e-2 in modes."""
    runs, records, strongest = golden_train(shared_data, ("main",), "float32", False)
    loss, modes, *_ = deviations(runs[0], records, 0, strongest)
    assert loss < 0.1 and 1e-4 < modes < 0.2


@pytest.mark.parametrize("precision, limit", [("float64", 1e-8), ("float32", 5e-6)])
def test_the_golden_shark(shared_data, precision, limit):
    runs, records, strongest = golden_train(shared_data, ("shark",), precision, True)
    assert max(deviations(runs[0], records, 0, strongest)) < limit
    trace = records.trace.values[0, :250, 0]
    assert trace.max() == pytest.approx(0.5207137, abs=2e-6) and trace.argmax() == 125


def test_the_golden_shallow_network(shared_data):
    """One layer: loss from 1.0409731 to 3.48134e-6, every mode exponentially."""
    run = np.load(shared_data / "deep_linear" / "shallow_seed2021.npz")
    table, setting = make_feature_table(run["Y"].astype(float)), FeatureSetting(depth=1)
    with jax.enable_x64():
        start = Variables(in_coordinates({"W1": jnp.asarray(run["W_0"].T, float)}, table, setting))
    hyper = {"learning_rate": float(run["lr"]), "scale": 1.0, "flip": 0.0, "data_seed": 0}
    records = train(
        feature_problem([table], setting),
        Replicas((0,), hyper),
        Schedule(250, tuple(range(251))),
        execution=ONE,
        initial=jax.tree.map(lambda x: np.asarray(x, np.float32)[None], start),
        quiet=True,
    ).records
    np.testing.assert_allclose(records.loss[0, :250], run["loss"], rtol=1e-4)
    # the reference's modes are float32 singular values of a 10,000 x 8 matrix
    np.testing.assert_allclose(singular_values(records)[0, 1:], run["modes"], rtol=2e-5)


def test_both_coordinates_train_the_same_network():
    """Same seed, same weights, also for networks that are deep, narrow and not linear."""
    table = make_feature_table(np.random.default_rng(0).normal(size=(4, 90)))
    for depth, activation in ((3, "tanh"),):
        found = []
        for in_modes in (True, False):
            setting = FeatureSetting(depth, 5, activation, in_modes, ((2, 7),), ("x",))
            hyper = {"learning_rate": 6.0, "scale": 1.0, "flip": 0.0, "data_seed": 0}
            schedule = Schedule(12, (0, 3, 12))
            done = train(
                feature_problem([table], setting),
                Replicas((0, 1), hyper),
                schedule,
                execution=Execution(devices=1, precision="float64"),
                quiet=True,
            )
            found.append(done.records)
        for name in ("loss", "mode_strength", "weight_norm", "trace"):
            np.testing.assert_allclose(found[0][name], found[1][name], rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(found[0].similarity, found[1].similarity, atol=1e-9)
        np.testing.assert_allclose(found[0].imbalance, found[1].imbalance, rtol=1e-8)
        np.testing.assert_allclose(*(singular_values(x) for x in found), atol=1e-9)
        assert float(found[0].loss[0, -1]) < float(found[0].loss[0, 0])


def test_a_table_with_few_features_keeps_all_of_them():
    setting = FeatureSetting(traces=((0, 3), (5, 9)), trace_names=("a", "b"))
    table = toy_table()
    hyper = {"learning_rate": 2.0, "scale": 0.1, "flip": 0.0, "data_seed": 0}
    schedule = Schedule(400, (0, 400))
    records = train(
        feature_problem([table], setting),
        Replicas((3,), hyper),
        schedule,
        execution=ONE,
        quiet=True,
    ).records
    assert float(records.loss[0, -1]) < 1e-6
    np.testing.assert_allclose(
        records.trace[0, -1], [table.values[0, 3], table.values[5, 9]], atol=0.01
    )
