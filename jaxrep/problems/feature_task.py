"""A deep network learns a table of items and features: gradient descent in mode coordinates."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np
import optax
import xarray

from jaxrep.analysis.modes import mode_map
from jaxrep.analysis.similarity import similarity_matrix
from jaxrep.analysis.tangent_kernel import linear_kernel_distance
from jaxrep.data.feature_table import FeatureTable
from jaxrep.engine import Data, Label, Problem, Variables, full_batch
from jaxrep.models.deep_network import Activations, DeepNetwork, weight_shapes
from jaxrep.models.mode_coordinates import (
    SingularModes,
    compress_outputs,
    draw_outputs,
    expand_outputs,
    gram_factor,
    kept_rows,
    output_basis,
    singular_modes,
)
from jaxrep.problems.feature_layers import table_network
from jaxrep.problems.feature_setting import FeatureSetting, chosen_table
from jaxrep.typing import Array


class FeatureTask(NamedTuple):
    """One data set as a replica sees it; inputs and rows are those of the coordinates.

    Attributes:
      target: ``[input, row]``, the wanted outputs for each one-hot input.
      items: ``[item, input]``, each item in terms of the inputs.
      modes: ``[input, mode]``, the task's item modes in terms of the inputs.
      readout: ``[row, rank]``, the task's feature modes in terms of the outputs.
      traced: ``[pair, row]``, each traced feature in terms of the outputs.
      v: ``[item, mode]``, item modes.
      basis: ``[feature, known]``, see `output_basis`; None where it is not needed.
    """

    target: Array
    items: Array
    modes: Array
    readout: Array
    traced: Array
    v: Array
    basis: Array | None = None


def feature_task(table: FeatureTable, setting: FeatureSetting) -> FeatureTask:
    """A table in the coordinates of the training, float64.

    >>> from jaxrep.data.feature_table import make_feature_table
    >>> task = feature_task(make_feature_table(np.diag([3.0, 2.0])), FeatureSetting(hidden=2))
    >>> np.abs(task.target).round(6).tolist()  # in mode coordinates: the singular values
    [[3.0, 0.0], [0.0, 2.0]]
    """
    u, strength, v = modes = singular_modes(table.values)
    items, rank, features = len(table.items), len(strength), len(table.features)
    unit, basis, traced = np.eye(items), _basis(modes, setting), _traced_features(setting)
    if not setting.in_modes:
        columns = np.zeros((len(traced), features))
        columns[np.arange(len(traced)), traced] = 1
        return FeatureTask(table.values, unit, v, u, columns, v, basis)
    rows = kept_rows(features, basis.shape[1], setting.widths(items, features)[-2])
    target, columns = np.zeros((items, rows)), np.zeros((len(traced), rows))
    target[:rank, :rank] = np.diag(strength)
    columns[:, : basis.shape[1]] = basis[traced]
    if not setting.rotated:
        target = v[:, :rank] @ target[:rank]
    axes = (v, unit) if setting.rotated else (unit, v)
    return FeatureTask(target, *axes, np.eye(rows, rank), columns, v)


def in_coordinates(
    params: Mapping[str, Array], table: FeatureTable, setting: FeatureSetting
) -> dict[str, Array]:
    """Weights as the table states them, ``W1 [item, hidden] ... WL [hidden, feature]``, in the
    coordinates of the training.

    >>> from jaxrep.data.feature_table import make_feature_table
    >>> table, setting = make_feature_table(np.diag([3.0, 2.0])), FeatureSetting(hidden=2)
    >>> found = in_coordinates({"W1": np.eye(2), "W2": table.values}, table, setting)
    >>> np.abs(found["W1"] @ found["W2"]).round(6).tolist()  # learned: the modes' strengths
    [[3.0, 0.0], [0.0, 2.0]]
    """
    modes = singular_modes(table.values)
    return turned_into(params, modes.v, _basis(modes, setting), setting)


def turned_into(
    params: Mapping[str, Array], v: Array, basis: Array, setting: FeatureSetting
) -> dict[str, Array]:
    """`in_coordinates` of a table's item modes v, and the `table_basis` of its outputs.

    >>> turn, setting = np.array([[0.0, 1.0], [1.0, 0.0]]), FeatureSetting(hidden=2)
    >>> found = turned_into({"W1": np.diag([1.0, 2.0]), "W2": np.eye(2)}, turn, np.eye(2), setting)
    >>> found["W1"].tolist()
    [[0.0, 2.0], [1.0, 0.0]]
    """
    params, last = dict(params), f"W{setting.depth}"
    if not setting.in_modes:
        return params
    if setting.rotated:
        params["W1"] = jnp.matmul(v.T, params["W1"], precision="highest")
    return params | {last: compress_outputs(params[last], basis)}


def table_basis(table: FeatureTable, setting: FeatureSetting) -> np.ndarray:
    """``[feature, known]``, the columns in which outputs are kept in training.

    >>> from jaxrep.data.feature_table import make_feature_table
    >>> table_basis(make_feature_table(np.ones((2, 100))), FeatureSetting(hidden=3)).shape
    (100, 2)
    """
    return _basis(singular_modes(table.values), setting)


def feature_problem(tables: Sequence[FeatureTable], setting: FeatureSetting) -> Problem:
    """Full-batch gradient descent on the mean squared error over all entries of a table.

    Hyper-parameters: `learning_rate`, `scale` (of the initial weights), `flip` and `data_seed`
    (which together choose one of `tables`, given in the order flips x data seeds).

    >>> from jaxrep.data.feature_table import make_feature_table
    >>> problem = feature_problem([make_feature_table(np.eye(2))], FeatureSetting(hidden=2))
    >>> problem.labels["map"].dims, problem.coordinates["mode"]
    (('feature_mode', 'item_mode'), [1, 2])
    """
    tasks = [feature_task(table, setting) for table in tables]
    items, features = len(tables[0].items), len(tables[0].features)
    rows = tasks[0].target.shape[1]
    network = DeepNetwork(setting.widths(items, rows), setting.activation)
    draw = weight_drawing(tables[0], setting)

    def given(data: Data) -> FeatureTask:
        return data.own if len(tasks) > 1 else jax.tree.map(lambda x: x[0], data.shared)

    def own(key, hyper, shared: FeatureTask):
        del key
        if len(tasks) == 1:
            return ()
        return jax.tree.map(lambda x: x[chosen_table(hyper, setting)], shared)

    def init(key, hyper, data):
        weights = draw(key, given(data))
        weights = jax.tree.map(lambda w: w * hyper["scale"].astype(w.dtype), weights)
        return starting(weights, setting)

    def forward(params):
        return cast(
            Activations, network.apply({"params": params}, jnp.eye(items, dtype=params["W1"].dtype))
        )

    def error(outputs, known: FeatureTask):
        return jnp.sum((outputs - known.target) ** 2) / (items * features)

    def loss(variables, batch, hyper):
        del hyper
        return error(forward(variables.params).outputs, batch), variables.state

    def measure(variables: Variables, hyper, data: Data):
        del hyper
        known, weights = given(data), layers(variables.params)
        hidden, outputs = forward(variables.params)
        learned = mode_map(outputs, known.readout, known.modes)
        seen = {
            "loss": error(outputs, known),
            "mode_strength": jnp.diagonal(learned),
            "map": learned,
            "weight_norm": jnp.stack([_norm(weight) for weight in weights]),
        }
        beyond = _beyond(outputs, learned, known, setting)
        if beyond.size:  # Orbax has no arrays without elements
            seen["map_beyond"] = beyond
        if hidden:
            inner = similarity_matrix(jnp.stack(hidden))
            seen["similarity"] = jnp.einsum(
                "ik,hkl,jl->hij", known.items, inner, known.items, precision="highest"
            )
            pairs = zip(weights[:-1], weights[1:], strict=True)
            seen["imbalance"] = jnp.stack([_imbalance(*pair) for pair in pairs])
        if setting.kernel:
            seen["kernel_distance"] = _kernel_distance(variables, features)
        if setting.gradient:
            slopes = jax.grad(lambda params: error(forward(params).outputs, known))
            seen["gradient_norm"] = _norm(
                jnp.concatenate([x.ravel() for x in jax.tree.leaves(slopes(variables.params))])
            )
        if setting.traces:
            which = np.array([item for item, _ in setting.traces], int)
            answers = jnp.matmul(known.items[which], outputs, precision="highest")
            seen["trace"] = jnp.sum(answers * known.traced, 1)
        return seen

    names = tables[0].items
    return Problem(
        init=init,
        loss=loss,
        optimizer=lambda hyper: optax.sgd(hyper["learning_rate"]),
        measure=measure,
        shared=jax.tree.map(lambda *x: np.stack(x), *tasks),
        own=own,
        batches=full_batch(given),
        labels=LABELS,
        coordinates={
            "mode": list(range(1, tasks[0].readout.shape[1] + 1)),
            "item": list(names),
            "other_item": list(names),
            "layer": list(range(1, setting.depth + 1)),
            "hidden_layer": list(range(1, setting.depth)),
            "pair": list(setting.trace_names),
        },
        headline="loss",
        network=table_network(tables, setting),
    )


def starting(weights: Mapping[str, Array], setting: FeatureSetting) -> Variables:
    """Variables of `feature_problem` that start from these weights of one or several networks.

    >>> variables = starting({"W1": np.eye(2), "W2": np.eye(2)}, FeatureSetting(kernel=True))
    >>> sorted(variables.params), sorted(variables.state)  # the start is kept beside them
    (['W1', 'W2'], ['W1', 'W2'])
    """
    weights = dict(weights)
    return Variables(weights, dict(weights)) if setting.kernel else Variables(weights)


LABELS = {
    "loss": Label((), "1", "mean squared error over all items and features"),
    "mode_strength": Label(("mode",), "1", "u_k W v_k, modes of the task by falling strength"),
    "map": Label(("feature_mode", "item_mode"), "1", "U^T W V"),
    "map_beyond": Label(("extra", "item_mode"), "1", "part of the map that no feature asks for"),
    "weight_norm": Label(("layer",), "1", "Frobenius norm"),
    "similarity": Label(("hidden_layer", "item", "other_item"), "1", "inner products, H H^T"),
    "kernel_distance": Label((), "1", "1 - cosine of the tangent kernels, now and at the start"),
    "gradient_norm": Label((), "1", "of the mean squared error by all weights"),
    "imbalance": Label(("hidden_layer",), "1", "Frobenius norm of W' W'^T - W^T W"),
    "trace": Label(("pair",), "1", "predicted feature of an item"),
}


def weight_drawing(
    table: FeatureTable, setting: FeatureSetting
) -> Callable[[Array, FeatureTask], dict[str, Array]]:
    """``(key, task) -> initial weights of scale 1``, variance 1 / (inputs + outputs) of a layer.

    Drawn in mode coordinates, where they have the same distribution and need a few numbers
    instead of one for every feature; raw coordinates turn the very same network back.

    >>> from jaxrep.data.feature_table import make_feature_table
    >>> table, setting = make_feature_table(np.diag([3.0, 2.0])), FeatureSetting(hidden=4)
    >>> weights = weight_drawing(table, setting)(jax.random.key(0), feature_task(table, setting))
    >>> sorted(weights), weights["W1"].shape == (len(table.items), 4)
    (['W1', 'W2'], True)
    """
    items, features = len(table.items), len(table.features)
    shapes = weight_shapes(setting.widths(items, features))
    known = _basis(singular_modes(table.values), setting).shape[1]
    last = f"W{setting.depth}"

    def draw(key, task: FeatureTask) -> dict[str, Array]:
        keys = dict(
            zip([*shapes, "directions"], jax.random.split(key, len(shapes) + 1), strict=True)
        )
        weights = {
            name: draw_outputs(keys[name], features, known, shape[0])
            if name == last
            else jax.random.normal(keys[name], shape[::-1]).T
            for name, shape in shapes.items()
        }
        if not setting.rotated:
            weights["W1"] = jnp.matmul(task.v, weights["W1"], precision="highest")
        if not setting.in_modes:
            weights[last] = expand_outputs(keys["directions"], weights[last], task.basis)
        return {name: weights[name] * sum(shape) ** -0.5 for name, shape in shapes.items()}

    return draw


def _basis(modes: SingularModes, setting: FeatureSetting) -> np.ndarray:
    """The columns in which outputs are kept."""
    width = setting.widths(*modes.v.shape)[-2]
    return output_basis(modes.u, _traced_features(setting), width)


def _traced_features(setting: FeatureSetting) -> list[int]:
    return [feature for _, feature in setting.traces]


def layers(params: Mapping[str, Array]) -> list[Array]:
    """W1, W2, ... in order.

    >>> [len(w) for w in layers({"W2": np.ones((3, 4)), "W1": np.ones((2, 3))})]
    [2, 3]
    """
    return [params[f"W{layer}"] for layer in range(1, len(params) + 1)]


def _beyond(outputs: Array, learned: Array, known: FeatureTask, setting: FeatureSetting) -> Array:
    """The map beyond the modes on as few rows as there are items, or those of the weights."""
    whole = jnp.matmul(outputs.T, known.modes, precision="highest")
    if setting.in_modes:
        return whole[len(learned) :]
    rest = whole - jnp.matmul(known.readout, learned, precision="highest")
    return gram_factor(jnp.matmul(rest.T, rest, precision="highest"))


def singular_values(records: xarray.Dataset) -> np.ndarray:
    """Singular values of the map at every recorded step, falling, ``[..., step, rank]``.

    On the host: LAPACK batched over networks can hang XLA's threads on several CPU devices.

    >>> swapped = np.array([[[0.0, 2.0], [3.0, 0.0]]])  # one step
    >>> records = xarray.Dataset({"map": (("step", "row", "mode"), swapped)})
    >>> singular_values(records).tolist()
    [[3.000, 2.000]]
    """
    names = [name for name in ("map", "map_beyond") if name in records]
    whole = [np.asarray(records[name], float) for name in names]
    stacked = np.concatenate(whole, axis=-2)
    diverged = ~np.isfinite(stacked).all((-2, -1))
    stacked[diverged] = 0
    found = np.linalg.svd(stacked, compute_uv=False)[..., : records.sizes["mode"]]
    found[diverged] = np.nan
    return found


def _kernel_distance(variables: Variables, features: int) -> Array:
    products = []
    for weights in (variables.params, variables.state):
        first, last = weights["W1"], weights["W2"]
        products += [similarity_matrix(first), similarity_matrix(last.T)]
    return jnp.asarray(
        linear_kernel_distance(*products, outputs=max(features, products[1].shape[0]))
    )


def _imbalance(before: Array, after: Array) -> Array:
    difference = jnp.matmul(after, after.T, precision="highest") - jnp.matmul(
        before.T, before, precision="highest"
    )
    return _norm(difference)


def _norm(values: Array) -> Array:
    """Frobenius norm; squares of weights of 1e-24 would be 0 in float32."""
    largest = jnp.max(jnp.abs(values))
    safe = jnp.where(largest > 0, largest, 1)
    return largest * jnp.linalg.norm(values / safe)
