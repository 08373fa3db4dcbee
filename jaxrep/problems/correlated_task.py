"""Two linear layers learn a table from inputs that are not one-hot."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Float

from jaxrep.data.feature_table import FeatureTable
from jaxrep.engine import Data, Label, Problem, Variables, full_batch
from jaxrep.engine.network import Network, Replica
from jaxrep.models.mode_coordinates import (
    draw_outputs,
    expand_outputs,
    kept_rows,
    output_basis,
    singular_modes,
)
from jaxrep.typing import Array


class InputSet(NamedTuple):
    """Inputs of the items, and what training on them is looked at with.

    Attributes:
      correlation: by which a network's hyper-parameter chooses this set.
      inputs: ``[item, input]``.
      regression: ``[input, feature]``, in closed form: the map that training should end at.
      v: ``[input, mode]``, of ``X^T Y``.
      u: ``[feature, mode]``.
    """

    correlation: float
    inputs: Float[np.ndarray, "item input"]
    regression: Float[np.ndarray, "input feature"]
    v: Float[np.ndarray, "input mode"]
    u: Float[np.ndarray, "feature mode"]


class CorrelatedTask(NamedTuple):
    """What one network is given; as `InputSet`, outputs in the coordinates of the training."""

    inputs: Array
    target: Array
    regression: Array
    v: Array
    u: Array


def correlated_task(one: InputSet, table: FeatureTable, hidden: int) -> CorrelatedTask:
    """A table and its inputs, outputs in its feature modes (exact for any inputs), float64.

    >>> from jaxrep.data.feature_table import make_feature_table
    >>> table = make_feature_table(np.diag([3.0, 2.0]))
    >>> given = InputSet(0.0, np.eye(2), table.values, np.eye(2), np.eye(2))
    >>> np.abs(correlated_task(given, table, 2).regression).round(6).tolist()
    [[3.0, 0.0], [0.0, 2.0]]
    """
    basis = output_basis(singular_modes(table.values).u, [], hidden)
    # nothing that is asked for lies outside the basis
    beyond = kept_rows(len(table.features), basis.shape[1], hidden) - basis.shape[1]
    target, regression, u = (
        np.pad(x @ basis, ((0, 0), (0, beyond))) for x in (table.values, one.regression, one.u.T)
    )
    return CorrelatedTask(one.inputs, target, regression, one.v, u.T)


def correlated_problem(table: FeatureTable, inputs: Sequence[InputSet], hidden: int) -> Problem:
    """Full-batch gradient descent on the mean squared error over all entries of the table.

    Initial weights have the variance ``scale^2 / (inputs + outputs)`` of a layer.

    Hyper-parameters: `learning_rate`, `scale` and `correlation`, which chooses one of `inputs`.

    >>> from jaxrep.data.feature_table import make_feature_table
    >>> table = make_feature_table(np.eye(2))
    >>> given = InputSet(0.0, np.eye(2), np.eye(2), np.eye(2), np.eye(2))
    >>> problem = correlated_problem(table, [given], hidden=3)
    >>> sorted(problem.labels)
    ['distance', 'loss', 'mode_strength']
    """
    tasks = [correlated_task(one, table, hidden) for one in inputs]
    items, features = table.values.shape
    width, known = (
        inputs[0].inputs.shape[1],
        output_basis(singular_modes(table.values).u, [], hidden),
    )

    def chosen(hyper: Mapping[str, Array]) -> Array:
        return jnp.argmin(
            jnp.abs(jnp.array([one.correlation for one in inputs]) - hyper["correlation"])
        )

    def given(hyper, data: Data) -> CorrelatedTask:
        return jax.tree.map(lambda x: x[chosen(hyper)], data.shared)

    def init(key, hyper, data: Data):
        first, last, _ = jax.random.split(key, 3)
        weights = {
            "W1": jax.random.normal(first, (hidden, width)).T * (width + hidden) ** -0.5,
            "W2": draw_outputs(last, features, known.shape[1], hidden)
            * (hidden + features) ** -0.5,
        }
        dtype = data.shared.target.dtype
        return Variables({k: (w * hyper["scale"]).astype(dtype) for k, w in weights.items()})

    def learned(params: Mapping[str, Array]) -> Array:
        return jnp.matmul(params["W1"], params["W2"], precision="highest")

    def error(params, task: CorrelatedTask) -> Array:
        missing = jnp.matmul(task.inputs, learned(params), precision="highest") - task.target
        return jnp.sum(missing**2) / (items * features)

    def loss(variables, batch: CorrelatedTask, hyper):
        return error(variables.params, jax.tree.map(lambda x: x[chosen(hyper)], batch)), (
            variables.state
        )

    def measure(variables, hyper, data: Data):
        task, found = given(hyper, data), learned(variables.params)
        apart = jnp.linalg.norm(found - task.regression) / jnp.linalg.norm(task.regression)
        strength = jnp.einsum("ik,ir,rk->k", task.v, found, task.u, precision="highest")
        return {
            "loss": error(variables.params, task),
            "distance": apart,
            "mode_strength": strength,
        }

    return Problem(
        init=init,
        loss=loss,
        optimizer=lambda hyper: optax.sgd(hyper["learning_rate"]),
        measure=measure,
        shared=jax.tree.map(lambda *x: np.stack(x), *tasks),
        batches=full_batch(lambda data: data.shared),
        labels=LABELS,
        coordinates={"mode": list(range(1, tasks[0].v.shape[1] + 1))},
        headline="loss",
        network=_network(table, inputs, chosen, known),
    )


LABELS = {
    "loss": Label((), "1", "mean squared error over all items and features"),
    "distance": Label((), "1", "|W - regression| over |regression|"),
    "mode_strength": Label(("mode",), "1", "v_k W u_k, modes of X^T Y by falling pull"),
}


def _network(table: FeatureTable, inputs: Sequence[InputSet], chosen, basis: np.ndarray) -> Network:
    """Layers ``hidden`` and ``output``; the inputs are those of the items."""

    def beside() -> dict[str, np.ndarray]:
        return {
            "inputs": np.stack([one.inputs for one in inputs]),
            "basis": basis,
            "values": table.values,
        }

    def apply(variables: Variables, given, replica: Replica):
        first, last = variables.params["W1"], variables.params["W2"]
        directions = jax.random.split(replica.key, 3)[2]
        last = expand_outputs(directions, last, jnp.asarray(replica.beside["basis"], last.dtype))
        hidden = jnp.matmul(jnp.asarray(given, first.dtype), first, precision="highest")
        return {"hidden": hidden, "output": jnp.matmul(hidden, last, precision="highest")}

    return Network(
        apply,
        {"items": lambda replica: jnp.asarray(replica.beside["inputs"])[chosen(replica.hyper)]},
        {"items": lambda replica: jnp.asarray(replica.beside["values"])},
        common=("items",) if len(inputs) == 1 else (),
        samples={"items": table.items},
        beside=beside,
        coordinates="the feature modes of the table (see jaxrep.models.mode_coordinates)",
    )
