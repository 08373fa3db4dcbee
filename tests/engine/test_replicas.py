"""A replica's result depends on its seed and hyper-parameters, not on its neighbours."""

import functools
import itertools

import jax
import numpy as np
import pytest

from jaxrep.engine import Execution, Replicas, map_over_replicas
from jaxrep.engine.replicas import LARGEST_SEED, common_key, replica_key, stream
from jaxrep.errors import InputError
from tests import toys

# Measured 2e-6 between vmap widths after 60 Adam steps on the toy.
VMAP_TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def alone():
    """Seed 2 by itself, by form and number of devices."""
    executions = {
        "auto": {},
        "map": {"form": "map"},
        "vmap": {"form": "vmap"},
        "padded": {"form": "vmap", "width": 3},
    }

    @functools.cache
    def trained(kind, devices, seeds=(2,)):
        execution = Execution(**executions[kind], devices=devices)
        return toys.run("shuffled", seeds=seeds, execution=execution)

    return trained


NEIGHBOURS = (2, 0, 1, 9, 8, 7, 6, 5)


@pytest.mark.parametrize("kind", ["auto", "map", "padded"])
@pytest.mark.parametrize("devices", [1, 4])
@pytest.mark.parametrize("count", [3, 8])
def test_the_bits_are_the_same_among_any_neighbours(alone, kind, count, devices):
    among = alone(kind, devices, NEIGHBOURS[:count])
    assert f"{devices} device" in among.form
    for mine, theirs in _pairs(alone(kind, devices), among):
        np.testing.assert_array_equal(mine[0], theirs[0])


@pytest.mark.parametrize("kind", ["map", "vmap", "padded"])
@pytest.mark.parametrize("devices", [1, 4])
@pytest.mark.parametrize("count", [1, 3, 8])
def test_forms_widths_and_device_numbers_agree_to_rounding(alone, kind, count, devices):
    among = alone(kind, devices, NEIGHBOURS[:count])
    for mine, theirs in _pairs(alone("map", 1), among):
        np.testing.assert_allclose(mine[0], theirs[0], rtol=0, atol=VMAP_TOLERANCE)


def test_sharded_equals_unsharded_with_biases():
    """The trap of shard_map's default: gradients of biases summed over devices."""
    one = toys.run(seeds=range(4), execution=Execution("map", devices=1))
    four = toys.run(seeds=range(4), execution=Execution("map", devices=4))
    np.testing.assert_array_equal(one.state.variables.params["b"], four.state.variables.params["b"])
    assert np.abs(one.state.variables.params["b"]).max() > 0.01


@pytest.mark.parametrize("form", ["map", "vmap"])
def test_an_exploding_replica_stays_alone_in_it(form):
    """Gradient descent at 1e30 overflows; its neighbours keep the bits of a calm grid."""
    import optax

    descent = {"optimizer": lambda hyper: optax.sgd(hyper["learning_rate"])}
    execution = Execution(form, devices=1)
    with np.errstate(all="ignore"):
        grid = toys.run(
            learning_rate=(0.01, 1e30, 0.02), seeds=(0, 1), changes=descent, execution=execution
        )
    calm = toys.run(
        learning_rate=(0.01, 0.011, 0.02), seeds=(0, 1), changes=descent, execution=execution
    )
    assert grid.diverged == ["learning_rate=1e+30 seed=0", "learning_rate=1e+30 seed=1"]
    for rate in (0.01, 0.02):
        np.testing.assert_array_equal(
            grid.records.loss.sel(learning_rate=rate), calm.records.loss.sel(learning_rate=rate)
        )
    assert not np.isfinite(grid.records.loss.sel(learning_rate=1e30)[:, -1]).any()


def test_streams_never_collide():
    """Every seed's streams and steps, and the common stream, start from different keys."""
    seeds, steps = [0, 1, 2, 3, 1000, LARGEST_SEED], range(50)
    keys = [replica_key(0, seed) for seed in seeds] + [common_key(0)]
    drawn = [
        jax.random.key_data(stream(key, name, step))
        for key, name, step in itertools.product(keys, ("init", "own", "batch", "epoch"), steps)
    ]
    words = {tuple(np.asarray(word).tolist()) for word in drawn}
    assert len(words) == len(drawn)


def test_the_grid_is_the_product_with_seeds_last():
    replicas = Replicas((3, 5), {"a": (1.0, 2.0), "b": 7.0, "c": (0.1, 0.2, 0.3)})
    seeds, hyper = replicas.arrays()
    assert len(replicas) == 12 and replicas.shape == {"a": 2, "c": 3, "seed": 2}
    assert seeds.reshape(2, 3, 2).tolist() == [[[3, 5]] * 3] * 2
    np.testing.assert_array_equal(hyper["a"].reshape(2, 3, 2)[1], 2.0)
    np.testing.assert_array_equal(hyper["c"].reshape(2, 3, 2)[:, 2], 0.3)
    np.testing.assert_array_equal(hyper["b"], 7.0)
    assert replicas.name(11) == "a=2.0 c=0.3 seed=5"


@pytest.mark.parametrize(
    "seeds, hyper, message",
    [
        ((), {}, "seeds: 0 seeds"),
        ((1, 1), {}, "repeats a seed"),
        ((-1,), {}, "outside 0"),
        ((0,), {"a": ()}, "a: no values"),
        ((0,), {"a": (1.0, 1.0)}, "a: .*repeats"),
    ],
)
def test_bad_replicas_are_named(seeds, hyper, message):
    with pytest.raises(InputError, match=message):
        Replicas(seeds, hyper)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"form": "pmap"}, "form: 'pmap' is not known; allowed are auto, map, vmap"),
        ({"devices": 99}, "devices: 99 is outside"),
        ({"width": -1}, "width: -1"),
        ({"precision": "half"}, "precision: 'half'"),
    ],
)
def test_bad_execution_is_named(options, message):
    with pytest.raises(InputError, match=message):
        Execution(**options)


def _pairs(first, second):
    """Leaves of the final states and of the records, replica axis first."""
    yield from zip(jax.tree.leaves(first.state), jax.tree.leaves(second.state), strict=True)
    for name in first.records.data_vars:
        yield first.records[name].values, second.records[name].values


@pytest.mark.parametrize("count", (1, 4, 6))
def test_an_analysis_is_mapped_over_replicas_on_all_devices(count):
    values = np.arange(3.0 * count).reshape(count, 3)
    traced = []

    def program(one, factor):
        traced.append(1)
        return {"sum": one["x"].sum(), "scaled": factor * one["x"]}

    for _ in range(2):
        found = map_over_replicas(program, {"x": values}, np.float32(2))
    assert len(traced) == 1
    np.testing.assert_allclose(found["sum"], values.sum(1))
    np.testing.assert_allclose(found["scaled"], 2 * values)


@pytest.mark.parametrize(
    "seeds, hyper, message",
    [
        ((1.5,), {}, "seeds: 1.5 is no whole number"),
        (("a",), {}, "seeds: 'a' is no whole number"),
        ((True,), {}, "seeds: True is no whole number"),
        ((0,), {"rate": "fast"}, "rate: 'fast' is no number"),
        ((0,), {"rate": (0.1, None)}, "rate: None is no number"),
        ((0,), {"seed": 1.0}, "hyper: 'seed' names a dimension"),
        ((0,), {"step": (1.0, 2.0)}, "hyper: 'step' names a dimension"),
        ((0,), {"rate": (1, 1.0)}, "rate: .* repeats a value"),
    ],
)
def test_replicas_are_numbers(seeds, hyper, message):
    with pytest.raises(InputError, match=message):
        Replicas(seeds, hyper)
