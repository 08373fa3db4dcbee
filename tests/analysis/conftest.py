"""Published networks with everything that is measured on them, computed once."""

import functools
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.analysis.group_microscope import Microscope, microscope
from jaxrep.models.group_networks import weight_norm
from jaxrep.models.published_weights import load_network


class Studied:
    """One published checkpoint."""

    def __init__(self, folder, name, known=None):
        path = folder / "checkpoints" / f"{name}.npz"
        self.net = load_network(path)
        self.group = known or self.net.group
        self.description = json.loads(path.with_suffix(".json").read_text())
        shared = known is None
        self.scope = (microscope if shared else Microscope)(
            self.net.model, self.group.name if shared else known
        )
        self.metrics = self.scope.measure(self.net.params, self.net.train, self.net.test)
        self.squared_weights = float(weight_norm(self.net.params))

    @functools.cached_property
    def portrait(self):
        """What the notebook looks at."""
        return self.scope.look(self.net.params, self.metrics.key)

    def circuit(self):
        """Activations in float64, as numpy arrays."""
        with jax.enable_x64():
            params = jax.tree.map(jnp.asarray, self.net.params)
            return jax.tree.map(np.asarray, self.scope.circuit(params))


@pytest.fixture(scope="session")
def studied(published):
    @functools.cache
    def load(name, known=None):
        return Studied(published, name, known)

    return load


@pytest.fixture(scope="session")
def compared(shared_data):
    """Golden values of comparisons, computed with other people's code, and their arrays."""
    folder = shared_data / "compare"
    with np.load(folder / "pair.npz") as arrays:
        return json.loads((folder / "golden.json").read_text()), dict(arrays)
