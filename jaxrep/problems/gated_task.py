"""A gated linear network learns one table in several contexts: shared paths beside own ones."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxrep.analysis.modes import mode_map
from jaxrep.data.feature_table import FeatureTable
from jaxrep.engine import Data, Label, Problem, Variables, full_batch
from jaxrep.engine.network import Network, Replica
from jaxrep.models.mode_coordinates import output_basis, singular_modes
from jaxrep.problems.feature_layers import in_table_coordinates
from jaxrep.problems.feature_setting import FeatureSetting
from jaxrep.problems.feature_task import FeatureTask, feature_task, weight_drawing
from jaxrep.typing import Array, Real


class Contexts(NamedTuple):
    """Which paths are open in which context, and how much each context counts.

    Attributes:
      gates: ``[context, path]``; of `contexts_of` path 0 is the shared one, path c + 1 that of
        context c.
      weights: ``[context]``, in the loss; the last context is never trained.
    """

    gates: Array
    weights: Array


def contexts_of(hyper: Mapping[str, Real], most: int) -> Contexts:
    """The contexts of one network: `contexts` of the `most` that there are, and a new one.

    >>> gates, weights = contexts_of({"contexts": 1, "shared": 1.0}, most=2)
    >>> gates[0].tolist(), weights.tolist()
    ([1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0])
    """
    trained = (jnp.arange(most + 1) < hyper["contexts"]) * 1.0
    shared = jnp.full((most + 1, 1), hyper["shared"], trained.dtype)
    gates = jnp.concatenate([shared, jnp.eye(most + 1, dtype=trained.dtype)], 1)
    return Contexts(gates, trained / trained.sum())


def gated_problem(table: FeatureTable, setting: FeatureSetting, most: int) -> Problem:
    """Full-batch gradient descent on the mean squared error over all contexts and entries.

    Every path is two linear layers, drawn as those of `jaxrep.problems.feature_problem` with a
    key of its own, in mode coordinates.

    Hyper-parameters: `learning_rate`, `scale`, `contexts` (trained ones, 1 .. most) and `shared`
    (1 where there is a shared path, 0 where there is none).

    >>> from jaxrep.data.feature_table import make_feature_table
    >>> table = make_feature_table(np.diag([3.0, 2.0]))
    >>> problem = gated_problem(table, FeatureSetting(hidden=4), most=2)
    >>> problem.coordinates["path"]
    ['shared', 'context 1', 'context 2', 'new context']
    """
    paths = ["shared", *[f"context {i + 1}" for i in range(most)], "new context"]
    layers = {"shared": 0, "own": 1}
    return pathway_problem(table, setting, lambda hyper: contexts_of(hyper, most), paths, layers)


def pathway_problem(
    table: FeatureTable,
    setting: FeatureSetting,
    contexts: Callable[[Mapping[str, Real]], Contexts],
    paths: Sequence[str],
    layers: Mapping[str, int],
) -> Problem:
    """`gated_problem` of any gates, which may depend on hyper-parameters.

    >>> from jaxrep.data.feature_table import make_feature_table
    >>> table = make_feature_table(np.diag([3.0, 2.0]))
    >>> gates = Contexts(jnp.array([[1.0, 1.0], [1.0, 0.0]]), jnp.array([1.0, 0.0]))
    >>> setting, names = FeatureSetting(hidden=4), ["both", "first"]
    >>> problem = pathway_problem(table, setting, lambda hyper: gates, names, {"both": 0})
    >>> problem.coordinates["path"]
    ['both', 'first']

    Args:
      table, setting: as of `gated_problem`.
      contexts: of a network's hyper-parameters; the last one is that of ``loss_new``.
      paths: their names.
      layers: names of hidden layers that can be looked at, and the paths they are; all that are
        open in the first context, for the output to be that context's.
    """
    task, items, features = feature_task(table, setting), len(table.items), len(table.features)
    draw = weight_drawing(table, setting)

    def init(key, hyper, data):
        def path(index):
            return draw(jax.random.fold_in(key, index), data.shared)

        weights = jax.vmap(path)(jnp.arange(len(paths)))
        return Variables(jax.tree.map(lambda w: w * hyper["scale"].astype(w.dtype), weights))

    def maps(params):
        return jnp.einsum("pih,phr->pir", params["W1"], params["W2"], precision="highest")

    def errors(params, hyper, known: FeatureTask):
        gates, weights = contexts(hyper)
        outputs = jnp.einsum("cp,pir->cir", gates, maps(params), precision="highest")
        missing = jnp.sum((outputs - known.target) ** 2, (1, 2)) / (items * features)
        return jnp.sum(weights * missing), missing[-1]

    def loss(variables, batch, hyper):
        return errors(variables.params, hyper, batch)[0], variables.state

    def measure(variables: Variables, hyper, data: Data):
        known, params = data.shared, variables.params
        trained, new = errors(params, hyper, known)
        learned = jax.vmap(lambda one: mode_map(one, known.readout, known.modes))(maps(params))
        strengths = jnp.diagonal(learned, axis1=1, axis2=2)
        return {"loss": trained, "loss_new": new, "path_strength": strengths}

    return Problem(
        init=init,
        loss=loss,
        optimizer=lambda hyper: optax.sgd(hyper["learning_rate"]),
        measure=measure,
        shared=task,
        batches=full_batch(lambda data: data.shared),
        labels=LABELS,
        coordinates={"mode": list(range(1, task.readout.shape[1] + 1)), "path": list(paths)},
        headline="loss",
        network=gated_network(table, setting, contexts, layers),
    )


LABELS = {
    "loss": Label((), "1", "mean squared error over all trained contexts, items and features"),
    "loss_new": Label((), "1", "mean squared error in a context that is never trained"),
    "path_strength": Label(("path", "mode"), "1", "u_k W_p v_k, modes by falling strength"),
}


def gated_network(
    table: FeatureTable,
    setting: FeatureSetting,
    contexts: Callable[[Mapping[str, Real]], Contexts],
    layers: Mapping[str, int],
) -> Network:
    """The paths that are open in the first context, and its ``output``, for items one-hot."""
    items, features = len(table.items), len(table.features)

    def beside() -> dict[str, np.ndarray]:
        modes = singular_modes(table.values)
        width = setting.widths(items, features)[-2]
        return {"v": modes.v, "basis": output_basis(modes.u, [], width), "values": table.values}

    def apply(variables: Variables, inputs, replica: Replica):
        params = variables.params
        dtype = params["W1"].dtype
        v, basis = (jnp.asarray(replica.beside[name], dtype) for name in ("v", "basis"))
        inputs, found = jnp.asarray(inputs, dtype), {}
        outputs = jnp.zeros((len(inputs), features), dtype)
        gates = contexts(replica.hyper).gates[0]
        for name, index in layers.items():
            key = jax.random.fold_in(replica.key, index)
            one = {name: weights[index] for name, weights in params.items()}
            one = in_table_coordinates(one, key, v, basis, setting)
            found[name] = gates[index].astype(dtype) * jnp.matmul(
                inputs, one["W1"], precision="highest"
            )
            outputs += jnp.matmul(found[name], one["W2"], precision="highest")
        return {**found, "output": outputs}

    return Network(
        apply,
        {"items": lambda replica: jnp.eye(items)},
        {"items": lambda replica: jnp.asarray(replica.beside["values"])},
        common=("items",),
        samples={"items": table.items},
        beside=beside,
        coordinates="the singular modes of the table (see jaxrep.models.mode_coordinates)",
    )
