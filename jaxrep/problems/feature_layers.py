"""The layers of a network that learns a table, in the table's own coordinates."""

from collections.abc import Mapping, Sequence
from typing import cast

import jax
import jax.numpy as jnp
import numpy as np

from jaxrep.data.feature_table import FeatureTable
from jaxrep.engine import Variables
from jaxrep.engine.network import Network, Replica
from jaxrep.models.deep_network import Activations, DeepNetwork
from jaxrep.models.mode_coordinates import expand_outputs, output_basis, singular_modes
from jaxrep.problems.feature_setting import FeatureSetting, chosen_table
from jaxrep.typing import Array


def in_table_coordinates(
    params: Mapping[str, Array],
    key: Array,
    v: Array,
    basis: Array,
    setting: FeatureSetting,
) -> dict[str, Array]:
    """Weights as the table states them, ``W1 [item, hidden] ... WL [hidden, feature]``, of those
    in the coordinates of the training: what raw coordinates would have trained, exactly.

    Args:
      params: of one network.
      key: that its initial weights were drawn with; the directions outside the modes' span are
        drawn with it again, as raw coordinates do.
      v: ``[item, item]``, the table's item modes.
      basis: ``[feature, known]``, see `jaxrep.models.mode_coordinates.output_basis`.
      setting: of the training.
    """
    params, last = dict(params), f"W{setting.depth}"
    if not setting.in_modes:
        return params
    params[last] = expand_outputs(directions_key(key, setting), params[last], basis)
    if setting.rotated:
        params["W1"] = jnp.matmul(v, params["W1"], precision="highest")
    return params


def directions_key(key: Array, setting: FeatureSetting) -> Array:
    """The key of the directions outside the modes' span, of that of the initial weights."""
    return jax.random.split(key, setting.depth + 1)[-1]


def table_network(tables: Sequence[FeatureTable], setting: FeatureSetting) -> Network:
    """Layers ``hidden_1 ...`` and ``output``; the inputs are the items, one-hot."""
    items, features = len(tables[0].items), len(tables[0].features)
    network = DeepNetwork(setting.widths(items, features), setting.activation)

    def beside() -> dict[str, np.ndarray]:
        modes = [singular_modes(table.values) for table in tables]
        traced = [feature for _, feature in setting.traces]
        width = network.widths[-2]
        return {
            "v": np.stack([one.v for one in modes]),
            "basis": np.stack([output_basis(one.u, traced, width) for one in modes]),
            "values": np.stack([table.values for table in tables]),
        }

    def of_table(replica: Replica) -> dict[str, Array]:
        which = chosen_table(replica.hyper, setting) if len(tables) > 1 else 0
        return {name: jnp.asarray(values)[which] for name, values in replica.beside.items()}

    def apply(variables: Variables, inputs, replica: Replica):
        table = of_table(replica)
        dtype = variables.params["W1"].dtype
        v, basis = table["v"].astype(dtype), table["basis"].astype(dtype)
        params = in_table_coordinates(variables.params, replica.key, v, basis, setting)
        found = cast(Activations, network.apply({"params": params}, jnp.asarray(inputs, dtype)))
        named = {f"hidden_{i}": hidden for i, hidden in enumerate(found.hidden, 1)}
        return {**named, "output": found.outputs}

    words = "the singular modes of the table (see jaxrep.models.mode_coordinates)"
    return Network(
        apply,
        {"items": lambda replica: jnp.eye(items)},
        {"items": lambda replica: of_table(replica)["values"]},
        common=("items",) if len(tables) == 1 else (),
        samples={"items": tables[0].items},
        beside=beside,
        coordinates=words if setting.in_modes else "those of the task",
    )
