"""What the five studies ask of the engine, each on a toy against a plain loop or closed form."""

import dataclasses

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxrep.engine import (
    Checkpoints,
    Data,
    Execution,
    Replicas,
    Schedule,
    Variables,
    fresh_batches,
    train,
)
from jaxrep.engine.execution import plan_layout
from jaxrep.engine.replicas import common_key, replica_key, stream
from jaxrep.errors import InputError
from tests import toys


def plain_loop(batches, seed, steps, learning_rate=0.01, common=False):
    """The same training written out as a Python loop over one seed."""
    data, key = Data((toys.INPUTS, toys.TARGETS)), replica_key(0, seed)
    source = common_key(0) if common else key
    hyper = {"learning_rate": learning_rate}
    params = toys.init(stream(key, "init"), hyper, data).params
    optimizer = optax.adam(learning_rate)
    state, order, length = optimizer.init(params), None, batches.steps_per_epoch

    @jax.jit
    def update(params, state, order, t):
        batch = batches.draw(stream(source, "batch", t), t % length, order, hyper, data)
        gradient = jax.grad(lambda p: toys.squared_error(Variables(p), batch, hyper)[0])(params)
        updates, state = optimizer.update(gradient, state, params)
        return optax.apply_updates(params, updates), state

    for t in range(steps):
        if t % length == 0:
            order = batches.begin_epoch(stream(source, "epoch", t // length), data)
        params, state = update(params, state, order, np.int32(t))
    return params


@pytest.mark.parametrize("name", toys.BATCHES)
@pytest.mark.parametrize("form", ["map", "vmap"])
def test_every_kind_of_batch_equals_a_plain_loop(name, form):
    trained = toys.run(name, seeds=(0, 5), execution=Execution(form, devices=1))
    for index, seed in enumerate((0, 5)):
        expected = plain_loop(toys.BATCHES[name], seed, 60, common=toys.BATCHES[name].common)
        got = jax.tree.map(lambda x, i=index: x[i], trained.state.variables.params)
        # Measured 4e-6 between compiled forms after 60 Adam steps.
        chex.assert_trees_all_close(got, expected, rtol=0, atol=3e-5)


def test_an_epoch_sees_every_item_once():
    data = Data((np.arange(64), np.arange(64)))
    source = toys.BATCHES["shuffled"]
    order = source.begin_epoch(jax.random.key(1), data)
    seen = np.concatenate([source.draw(None, i, order, None, data)[0] for i in range(3)])
    assert source.steps_per_epoch == 3
    assert len(set(seen.tolist())) == 60
    other = source.begin_epoch(jax.random.key(2), data)
    assert not np.array_equal(order, other)


def test_records_have_names_units_and_the_asked_steps():
    records = toys.run(learning_rate=(0.01, 0.1), seeds=(4, 2)).records
    assert records.loss.dims == ("learning_rate", "seed", "step")
    assert records.outputs.dims == ("learning_rate", "seed", "step", "item")
    assert records.step.values.tolist() == [0, 1, 7, 30, 60]
    assert records.seed.values.tolist() == [4, 2]
    assert records.item.values.tolist() == ["a", "b", "c"]
    assert records.outputs.attrs["long_name"] == "first outputs"
    assert records.step.attrs["units"] == "updates"


def test_step_zero_is_the_initial_state_and_the_last_is_the_final_one():
    trained = toys.run(seeds=(3,))
    data = Data((toys.INPUTS, toys.TARGETS))
    start = toys.init(stream(replica_key(0, 3), "init"), {}, data)
    final = jax.tree.map(lambda x: x[0], trained.state.variables)
    for step, variables in ((0, start), (60, final)):
        expected = toys.measure(Variables(variables.params), {}, data)["loss"]
        np.testing.assert_allclose(trained.records.loss.sel(step=step)[0], expected, rtol=1e-5)
    chex.assert_trees_all_close(
        jax.tree.map(lambda x: x[0], trained.snapshots[0].params), start.params, rtol=1e-6
    )
    assert sorted(trained.snapshots) == [0, 20]


def test_zero_steps_measure_once():
    trained = toys.run(schedule=Schedule(0, (0,)))
    assert trained.records.step.values.tolist() == [0]


def test_nothing_is_compiled_again_after_the_first_chunk():
    def traces(schedule):
        traced = []

        def counted(variables, batch, hyper):
            traced.append(1)
            return toys.squared_error(variables, batch, hyper)

        toys.run(changes={"loss": counted}, schedule=schedule)
        return len(traced)

    measured = tuple(range(0, 91, 5))
    one_chunk = traces(Schedule(0, (0,)))
    many_chunks = traces(Schedule(90, measured, (10, 20, 45), (30, 60)))
    assert many_chunks == one_chunk > 0


def test_other_measured_steps_run_the_program_of_the_first():
    traced = []

    def counted(variables, hyper, data):
        traced.append(1)
        return toys.measure(variables, hyper, data)

    problem = toys.problem(measure=counted)
    replicas = Replicas((0,), {"learning_rate": 0.01})
    counts = []
    for measured in ((90,), tuple(range(91)), (0, 3, 50, 90)):  # 91 are more than a chunk has
        trained = train(problem, replicas, Schedule(90, measured), quiet=True)
        assert trained.records.step.values.tolist() == list(measured)
        counts.append(len(traced))
        traced.clear()
    # looking at shapes traces before each training; compiling does so in the first one only
    assert counts[0] > counts[1] == counts[2]


def test_model_state_is_carried():
    def init(key, hyper, data):
        variables = toys.init(key, hyper, data)
        return Variables(variables.params, {"mean": jnp.zeros(5), "count": jnp.zeros(())})

    def loss(variables, batch, hyper):
        value, _ = toys.squared_error(variables, batch, hyper)
        mean = 0.9 * variables.state["mean"] + 0.1 * batch[0].mean(0)
        return value, {"mean": mean, "count": variables.state["count"] + 1}

    state = toys.run(changes={"init": init, "loss": loss}, steps=60).state.variables.state
    np.testing.assert_array_equal(state["count"], 60)
    expected = toys.INPUTS.mean(0) * (1 - 0.9**60)
    np.testing.assert_allclose(state["mean"], np.tile(expected, (3, 1)), rtol=1e-5)


def test_projection_holds_after_every_update():
    def max_norm(params, hyper):
        norm = jnp.linalg.norm(params["W"], axis=0, keepdims=True)
        return {**params, "W": params["W"] * jnp.minimum(1, hyper["largest"] / norm)}

    trained = train(
        toys.problem(project=max_norm),
        Replicas((0,), {"learning_rate": 0.1, "largest": (0.5, 1.0)}),
        Schedule(40, (40,)),
        quiet=True,
    )
    norms = np.linalg.norm(trained.state.variables.params["W"], axis=1)
    assert (norms[0] <= 0.5 + 1e-6).all() and (norms[1] <= 1 + 1e-6).all()
    assert norms[1].max() > 0.9


def test_frozen_parameters_keep_their_bits():
    trainable = {"trainable": lambda params: {name: name != "W" for name in params}}
    trained = toys.run(changes=trainable)
    start, end = trained.snapshots[0].params, trained.state.variables.params
    np.testing.assert_array_equal(start["W"], end["W"])
    assert np.abs(start["V"] - end["V"]).min() > 0


def test_starting_from_another_runs_state_continues_it():
    whole = toys.run(steps=60)
    half = toys.run(schedule=Schedule(30, (30,)))
    onward = toys.run(schedule=Schedule(30, (30,)), initial=half.state)
    # Full batches do not depend on the step, so 30 + 30 is 60.
    chex.assert_trees_all_close(onward.state, whole.state, rtol=1e-5, atol=1e-6)
    fresh_optimizer = toys.run(schedule=Schedule(0, (0,)), initial=half.state.variables)
    chex.assert_trees_all_equal(fresh_optimizer.state.variables, half.state.variables)


def test_an_initial_state_that_does_not_fit_is_named():
    half = toys.run(schedule=Schedule(0, (0,)))
    with pytest.raises(InputError, match=r"initial: .*params/V is .*\[3, 16, 1\].*\[2, 16, 1\]"):
        toys.run(seeds=(0, 1), initial=half.state)


def test_training_stops_at_the_first_measurement_where_all_replicas_are_done():
    measured = tuple(range(0, 401, 10))
    done = {"done": lambda values: values["loss"] < 0.1}
    stopped = toys.run(changes=done, schedule=Schedule(400, measured, (), (100,)))
    through = toys.run(schedule=Schedule(400, measured))
    worst = through.records.loss.max("seed")
    expected = int(worst.step[np.argmax(worst.values < 0.1)])
    assert 0 < expected < 400
    assert stopped.last_step == expected
    assert stopped.records.step.values.tolist() == [s for s in measured if s <= expected]
    kept = through.records.sel(step=stopped.records.step)
    np.testing.assert_array_equal(stopped.records.loss, kept.loss)


def test_float64_runs_are_float64_throughout():
    inputs = toys.INPUTS.astype(float), toys.TARGETS.astype(float)
    trained = toys.run(changes={"shared": inputs}, execution=Execution(precision="float64"))
    assert {leaf.dtype for leaf in jax.tree.leaves(trained.state.variables)} == {np.dtype(float)}
    assert trained.records.loss.dtype == np.float64
    single = toys.run()
    difference = np.abs(trained.records.loss - single.records.loss).max()
    assert 0 < difference  # another precision, and other random bits
    assert not jax.config.jax_enable_x64


def test_a_common_stream_gives_all_replicas_the_same_batch():
    def loss(variables, batch, hyper):
        return jnp.sum(variables.params["x"]), {"seen": batch}

    def problem(common):
        return toys.problem(
            init=lambda key, hyper, data: Variables({"x": jnp.zeros(2)}, {"seen": jnp.zeros(3)}),
            loss=loss,
            measure=lambda variables, hyper, data: {"seen": variables.state["seen"]},
            batches=fresh_batches(
                lambda key, hyper, data: jax.random.normal(key, (3,)), common=common
            ),
            headline=None,
            labels={},
        )

    for common in (True, False):
        seen = train(
            problem(common),
            Replicas((0, 1, 2), {"learning_rate": 0.1}),
            Schedule(4, (1, 2, 4)),
            quiet=True,
        ).records.seen.values
        assert (np.ptp(seen, axis=0).max() == 0) == common
        assert np.ptp(seen, axis=1).min() > 0


def test_own_data_differs_between_seeds_only():
    from jaxrep.engine import own_data

    def own(key, hyper, shared):
        return jax.random.permutation(key, 50)

    changed = toys.problem(own=own)
    splits = own_data(changed, Replicas((0, 1), {"learning_rate": (0.1, 0.2)}))
    np.testing.assert_array_equal(splits[0], splits[2])
    assert not np.array_equal(splits[0], splits[1])
    again = own_data(changed, Replicas((1,), {"learning_rate": 0.1}))
    np.testing.assert_array_equal(again[0], splits[1])


def test_the_best_variables_are_those_of_the_least_measured_value(tmp_path):
    """With a rate so large that losses go up and down; also after an interruption."""
    steps = tuple(range(0, 60, 3))
    schedule = Schedule(60, steps, steps, (30, 60))
    changes = {"best": "loss"}
    options = {"learning_rate": (0.05, 0.4), "schedule": schedule, "changes": changes}
    execution = Execution("vmap", devices=1)
    trained = toys.run("fresh", execution=execution, **options)
    losses = trained.records.loss.values.reshape(6, -1)
    chosen = losses.argmin(1)
    assert len(set(chosen)) > 1 and (chosen < len(steps) - 1).any()
    np.testing.assert_array_equal(trained.state.best.step, np.array(steps)[chosen])
    np.testing.assert_array_equal(trained.state.best.value, losses.min(1))
    for replica, index in enumerate(chosen):
        kept = trained.snapshots[steps[index]].params
        np.testing.assert_array_equal(trained.best.params["W"][replica], kept["W"][replica])
    first = Schedule(60, steps, steps, (30,))
    checkpoints = Checkpoints(tmp_path)
    half = dataclasses.replace(first, steps=30, measure=steps[:11], snapshots=steps[:11])
    toys.run("fresh", execution=execution, checkpoints=checkpoints, **{**options, "schedule": half})
    whole = toys.run("fresh", execution=execution, checkpoints=checkpoints, **options)
    checkpoints.close()
    np.testing.assert_array_equal(whole.state.best.step, trained.state.best.step)
    np.testing.assert_array_equal(whole.best.params["W"], trained.best.params["W"])


@pytest.mark.parametrize("common", [False, True])
@pytest.mark.parametrize("size", [2**k for k in range(10, 27, 2)])
def test_the_width_that_auto_takes_on_a_cpu_follows_from_the_size_of_a_replica_alone(size, common):
    layouts = [
        plan_layout(Execution(devices=devices), count, size, common=common)
        for devices in (1, 4)
        for count in (1, 2, 3, 8, 64)
    ]
    assert len({(layout.width, layout.form.split(",")[0]) for layout in layouts}) == 1
    expected = 8 if size <= 2**16 else 2 if size <= 2**20 or (common and size <= 2**23) else 1
    assert layouts[0].width == expected
    assert layouts[0].form.startswith("map" if expected == 1 else "vmap")


@pytest.mark.parametrize("batches", ["full", "shuffled"])
def test_the_number_of_devices_changes_no_bit_under_map(batches):
    """Checked by hand up to eight devices, also on deep_linear and group_composition."""
    runs = [
        toys.run(batches, range(6), execution=Execution("map", devices=devices))
        for devices in (1, 2, 4)
    ]
    for other in runs[1:]:
        assert other.records.identical(runs[0].records)
        np.testing.assert_array_equal(
            other.state.variables.params["W"], runs[0].state.variables.params["W"]
        )
