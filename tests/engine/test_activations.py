"""Runs show their layers and inputs: labelled, in the task's coordinates, computed where asked."""

import dataclasses
import importlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from experiments import STUDIES
from jaxrep.engine import Execution, Replicas, Run, Schedule, train
from jaxrep.engine import network as network_module
from jaxrep.engine.network import Inside, Network
from jaxrep.engine.plans import PLANNERS
from jaxrep.errors import InputError
from jaxrep.study.configuration import from_plain, plain_values
from tests import toys

SEEDS, RATES = (0, 3, 5), (0.01, 0.02)


def hidden_of(params, inputs):
    return jnp.tanh(inputs @ params["W"] + params["b"][None])


def inside_toy() -> Network:
    def apply(variables, inputs, replica):
        hidden = hidden_of(variables.params, inputs)
        return {"hidden": hidden, "output": hidden @ variables.params["V"]}

    return Network(
        apply,
        {"all": lambda replica: replica.data.shared[0], "noise": noise},
        {"all": lambda replica: replica.data.shared[1]},
        common=("all",),
        samples={"all": [f"s{i}" for i in range(64)]},
    )


def noise(replica):
    return jax.random.normal(jax.random.fold_in(replica.key, 7), (9, 5)) * replica.hyper[
        "learning_rate"
    ].astype(np.float32)


@pytest.fixture
def run(tmp_path, monkeypatch):
    problem = toys.problem("full", network=inside_toy())
    replicas = Replicas(SEEDS, {"learning_rate": RATES})
    run = Run.open(tmp_path / "run", "inspected_toy", {})
    checkpoints = run.checkpoints(read_only=False)
    schedule = Schedule(20, (0, 20), (0, 10, 20))
    train(problem, replicas, schedule, checkpoints=checkpoints, quiet=True)
    checkpoints.close()
    plan = type("Plan", (), {"problem": problem, "replicas": replicas})
    monkeypatch.setitem(PLANNERS, "inspected_toy", lambda config: plan)
    return Run.load(run.path)


def test_activations_are_those_of_a_plain_loop(run, monkeypatch):
    """Also in chunks of one network, and whichever part is asked for."""
    monkeypatch.setattr(network_module, "CHUNK_BYTES", 1)
    hidden = run.activations("hidden", step=run.steps)
    assert hidden.dims == ("learning_rate", "seed", "step", "sample", "unit")
    assert hidden.shape == (2, 3, 3, 64, 16)
    values = hidden.values
    for t, step in enumerate(run.steps):
        params = run.states(step).params
        for row in range(6):
            mine = hidden_of({n: x[row] for n, x in params.items()}, toys.INPUTS)
            np.testing.assert_allclose(values[row // 3, row % 3, t], mine, atol=2e-6)
    part = hidden.sel(learning_rate=0.02, seed=[5, 0]).isel(
        step=-1, unit=[3, 1], sample=slice(5, 9)
    )
    expected = values[1][[2, 0], -1, 5:9][:, :, [3, 1]]
    np.testing.assert_allclose(part.values, expected, atol=1e-6)
    assert hidden.sel(seed=3, sample="s4").sizes == {"learning_rate": 2, "step": 3, "unit": 16}


def test_only_what_is_indexed_is_computed(run, monkeypatch):
    read = []
    original = Inside.activations

    def counted(self, variables, name, inputs, rows, layers):
        read.append(rows.tolist())
        return original(self, variables, name, inputs, rows, layers)

    monkeypatch.setattr(Inside, "activations", counted)
    hidden = run.activations("hidden", step=run.steps)
    assert not read
    hidden.sel(seed=3).isel(step=1).median("unit").load()
    assert read == [[1, 4]]


def test_inputs_of_ones_own_take_the_place_of_a_set(run):
    mine = np.random.default_rng(1).normal(size=(7, 5)).astype(np.float32)
    given = run.activations("output", inputs=mine)
    assert given.sizes["sample"] == 7 and given.attrs["set"] == "given"
    params = {n: x[4] for n, x in run.states(20).params.items()}
    expected = hidden_of(params, mine) @ params["V"]
    np.testing.assert_allclose(given.values.reshape(6, 7, 1)[4], expected, atol=2e-6)


def test_sets_are_labelled_and_drawn_from_the_replicas_own_key(run):
    assert run.inputs().dims == ("sample", "feature")
    np.testing.assert_array_equal(run.targets(), toys.TARGETS)
    drawn = run.inputs("noise")
    assert drawn.dims == ("learning_rate", "seed", "sample", "feature")
    np.testing.assert_allclose(drawn[1], 2 * drawn[0], rtol=1e-6)
    seen = run.activations("hidden", set="noise").isel(learning_rate=1, seed=2, step=0)
    params = {n: x[5] for n, x in run.states(20).params.items()}
    np.testing.assert_allclose(seen, hidden_of(params, drawn[1, 2].values), atol=2e-6)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"layer": "hiden"}, "layer: 'hiden' is not known; allowed are hidden, output"),
        ({"layer": "hidden", "step": 7}, "step: 7 was not kept; kept are"),
        ({"layer": "hidden", "set": "tset"}, "set: 'tset' is not known; allowed are all, noise"),
        ({"layer": "hidden", "inputs": np.zeros((3, 4))}, r"inputs: \[3, 4\] do not fit"),
    ],
)
def test_what_is_not_there_is_named(run, asked, words):
    with pytest.raises(InputError, match=words):
        run.activations(**asked)


def test_sets_without_targets_are_named(run):
    with pytest.raises(InputError, match="'noise' has no targets; those with targets: all"):
        run.targets("noise")


def test_parameters_are_labelled_and_say_their_coordinates(run):
    params = run.parameters(10)
    assert params.W.dims == ("learning_rate", "seed", "W_0", "W_1")
    np.testing.assert_array_equal(
        params.W.sel(learning_rate=0.02, seed=3), run.states(10).params["W"][4]
    )
    assert params.attrs == {"coordinates": "those of the task", "step": 10}


def test_a_study_that_is_not_there_and_one_that_names_no_layers(run, tmp_path, monkeypatch):
    with pytest.raises(InputError, match="study: 'nowhere' is not known; import it first"):
        Run.open(tmp_path / "other", "nowhere", {}).model()
    plan = type("Plan", (), {"problem": toys.problem("full"), "replicas": Replicas((0,), {})})
    monkeypatch.setitem(PLANNERS, "inspected_toy", lambda config: plan)
    with pytest.raises(InputError, match="does not name its layers"):
        Run.load(run.path).model()


@pytest.mark.parametrize("study", STUDIES)
def test_configurations_come_back_from_their_plain_values(study):
    module = importlib.import_module(f"experiments.{study}")
    for config in module.PRESETS.values():
        assert from_plain(type(config), plain_values(config)) == config
    with pytest.raises(InputError, match="config: 'colour' is not a value"):
        from_plain(module.Config, {"colour": 3})


SMALL = {
    "group_composition": {"group": "S3", "embed_dim": 4, "hidden_dim": 6},
    "face_angle": {"faces": "procedural", "size": 8, "stimuli": 256, "density": "stepwise"},
    "information_plane": {"architecture": (3, 2), "batch_norm": True},
    "localization": {"length": 12, "units": 3, "network": "gated"},
    "deep_linear": {"shape": (2, 2), "features": 40, "flip": (0.0, 0.2), "depth": 3},
}


@pytest.mark.parametrize("study", STUDIES)
def test_every_study_names_its_layers_and_its_inputs(study):
    """Layers are [sample, unit]; the first set is the same for all seeds of a grid point."""
    module = importlib.import_module(f"experiments.{study}")
    first = next(iter(module.PRESETS.values()))
    config = module.STUDY.resolve(dataclasses.replace(first, **SMALL[study], seeds=2))
    plan = module.build(config)
    inside = Inside(plan.problem, plan.replicas)
    seeds, hyper = plan.replicas.arrays()

    def start(*about):
        replica = inside.seen(*about)
        return plan.problem.init(replica.key, replica.hyper, replica.data)

    every = jax.jit(jax.vmap(start, in_axes=(0, 0, None, None)))
    variables = every(seeds, hyper, plan.problem.shared, inside.beside)
    network = inside.network
    for name in network.inputs:
        found = inside.activations(variables, name)
        assert list(found)[-1] == "output"
        sizes = {values.shape[:2] for values in found.values()}
        assert sizes == {(len(seeds), inside.inputs(name).sizes["sample"])}
        assert all(np.isfinite(values).all() for values in found.values())
        assert inside.targets(name).sizes["sample"] == sizes.pop()[1]
    default = inside.inputs()
    if "seed" in default.dims:
        np.testing.assert_array_equal(default.isel(seed=0), default.isel(seed=1))


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("activation", ["linear", "tanh"])
def test_layers_of_mode_coordinates_are_those_of_raw_ones(depth, activation):
    """The same network, trained in either, answers alike in the items' and features' terms.

    80 features: the directions outside the modes' span are there. Measured 2e-6 at most.
    """
    from experiments.deep_linear import Config, build

    layers = {}
    for coordinates in ("modes", "raw"):
        config = Config(
            shape=(2, 2),
            features=80,
            hidden=4,
            depth=depth,
            activation=activation,
            coordinates=coordinates,
            scale=(1.0,),
            learning_rate=(1.0,),
            steps=30,
            seeds=2,
        )
        plan = build(config)
        trained = plan.train(execution=Execution(devices=1), quiet=True)
        inside = Inside(plan.problem, plan.replicas)
        layers[coordinates] = inside.activations(trained.state.variables)
        assert ("modes" in inside.network.coordinates) == (coordinates == "modes")
    for name, values in layers["raw"].items():
        np.testing.assert_allclose(layers["modes"][name], values, atol=2e-5, err_msg=name)
        assert np.abs(values).max() > 0.1
