"""The layers of networks that multiply in a group, and the pairs they are looked at on."""

from typing import cast

import jax.numpy as jnp
from flax import linen as nn

from jaxrep.engine import Variables
from jaxrep.engine.network import Network, Replica
from jaxrep.groups import FiniteGroup
from jaxrep.models.group_networks import Circuit


def group_layers(model: nn.Module, known: FiniteGroup) -> Network:
    """Layers ``embedding`` (what is looked up for both factors), ``hidden``, ``output`` (logits).

    Inputs are numbers of pairs, ``a n + b``; targets their products.
    """
    n = known.order
    names = [f"{known.name}: {a} {b}" for a in range(n) for b in range(n)]

    def apply(variables: Variables, pairs, replica: Replica):
        del replica
        pairs = jnp.asarray(pairs, jnp.int32)
        a, b = pairs // n, pairs % n
        found = cast(Circuit, model.apply({"params": variables.params}, a, b))
        both = jnp.concatenate([found.x_embed[a], found.y_embed[b]], 1)
        return {"embedding": both, "hidden": found.hidden, "output": found.logits}

    inputs = {
        "all": lambda replica: jnp.arange(n * n),
        "train": lambda replica: replica.data.own["train"],
        "test": lambda replica: replica.data.own["test"],
    }

    def products(inputs_of):
        return lambda replica: replica.data.shared.product[inputs_of(replica)]

    targets = {name: products(inputs_of) for name, inputs_of in inputs.items()}
    return Network(apply, inputs, targets, common=("all",), samples={"all": names})
