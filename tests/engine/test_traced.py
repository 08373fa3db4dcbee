"""A problem that contradicts itself is refused before anything is compiled or written."""

import jax.numpy as jnp
import pytest

from jaxrep.engine import Checkpoints, Label, Replicas, Schedule, train
from jaxrep.errors import InputError
from tests import toys


def per_example(variables, batch, hyper):
    return jnp.ones(64) * jnp.sum(variables.params["W"]), variables.state


def only_a_number(variables, batch, hyper):
    return jnp.sum(variables.params["W"])


def growing_state(variables, batch, hyper):
    return toys.squared_error(variables, batch, hyper)[0], {"count": jnp.ones(3)}


def uses(name):
    def loss(variables, batch, hyper):
        value, state = toys.squared_error(variables, batch, hyper)
        return value * hyper[name], state

    return loss


def listed(variables, hyper, data):
    return [toys.squared_error(variables, data.shared, hyper)[0]]


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"headline": "accuracy"}, "headline: 'accuracy' is not measured; .* loss, outputs"),
        ({"headline": "outputs"}, r"headline: 'outputs' has shape \[3\]; a scalar is needed"),
        ({"best": "accuracy"}, "best: 'accuracy' is not measured"),
        ({"best": "outputs"}, r"best: 'outputs' has shape \[3\]"),
        ({"labels": {"los": Label(), "outputs": Label()}}, "labels: 'los' is not measured"),
        ({"labels": {"outputs": Label(("a", "b"))}}, r"labels: 'outputs' names 2 dimensions \(a"),
        ({"coordinates": {"item": ["a"]}}, "coordinates: 'item' has 1 values; 'outputs' has 3"),
        ({"loss": per_example}, r"loss: an array of shape \[64\] is returned; a scalar"),
        ({"loss": only_a_number}, r"loss: \(scalar, state\) is needed"),
        ({"loss": growing_state}, "loss: variables/state/count is absent before a step"),
        (
            {"loss": uses("gain")},
            "hyper: gain is used by the problem but not given; .*learning_rate",
        ),
        ({"measure": listed, "labels": {}}, "measure: list returned; a dictionary"),
    ],
)
def test_a_problem_is_checked_before_the_first_step(tmp_path, changes, message):
    folder = tmp_path / "checkpoints"
    with pytest.raises(InputError, match=message) as refused:
        toys.run("full", changes=changes, checkpoints=Checkpoints(folder))
    assert "\n" not in str(refused.value) and not folder.exists()


def test_a_whole_number_where_the_start_is_float_is_named():
    """An optimizer or projection that changes a type would fail inside the loop."""

    def project(params, hyper):
        return params | {"b": params["b"].astype(jnp.int32)}

    with pytest.raises(InputError, match=r"params/b is float32\[16\] before a step and int32"):
        toys.run("full", changes={"project": project})


def test_an_unused_hyper_parameter_is_allowed():
    train(
        toys.plain_problem("full"),
        Replicas((0,), {"learning_rate": 0.1, "label_only": 3.0}),
        Schedule(1, (1,)),
        quiet=True,
    )
