"""Activations as a labelled array that is computed where it is indexed, step by step."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray
from xarray.backends import BackendArray
from xarray.core import indexing

from jaxrep.engine.network import Inside
from jaxrep.engine.problem import Variables
from jaxrep.errors import InputError


def lazy_activations(
    inside: Inside,
    states: Callable[[int], Variables],
    layer: str,
    steps: Sequence[int],
    name: str | None = None,
    inputs: Any = None,
) -> xarray.DataArray:
    """Activations ``[*grid, seed, step, sample, unit]``; what is not asked for is not computed.

    Args:
      inside: the networks.
      states: step -> variables of all replicas.
      layer: whose activations.
      steps: after how many updates.
      name: the set of inputs; None is the default. Not looked at where `inputs` are given.
      inputs: ``[sample, ...]``, the same for all replicas; None takes the set.

    Raises:
      InputError: no such layer or set, or inputs that do not fit.
    """
    name = inside.network.set_named(name) if inputs is None else None
    shapes = inside.shapes(states(steps[-1]), name, inputs)
    if layer not in shapes:
        raise InputError(f"layer: {layer!r} is not known; allowed are {', '.join(shapes)}")

    def compute(step: int, rows: np.ndarray) -> np.ndarray:
        return inside.activations(states(step), name, inputs, rows, [layer])[layer]

    grid = inside.replicas.coordinates
    shape = (*inside.replicas.shape.values(), len(steps), *shapes[layer].shape)
    array = _Activations(compute, tuple(steps), shape, np.dtype(shapes[layer].dtype))
    dims = [*grid, "step", "sample", "unit"]
    variable = xarray.Variable(dims, indexing.LazilyIndexedArray(array))
    named = inside.sample_names(name) if name else {}
    attributes = {"layer": layer, "set": name or "given", "coordinates": "those of the task"}
    coordinates = {**grid, "step": list(steps), **named}
    return xarray.DataArray(variable, coordinates, name=layer, attrs=attributes)


class _Activations(BackendArray):
    """What xarray's own file formats are made of: an array that is read where it is indexed."""

    def __init__(self, compute: Callable, steps: tuple[int, ...], shape: tuple, dtype: np.dtype):
        self.compute, self.steps, self.shape, self.dtype = compute, steps, shape, dtype

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        support = indexing.IndexingSupport.OUTER
        return indexing.explicit_indexing_adapter(key, self.shape, support, self._outer)

    def _outer(self, key: tuple) -> np.ndarray:
        places = [np.atleast_1d(np.arange(n)[k]) for n, k in zip(self.shape, key, strict=True)]
        *grid, steps, samples, units = places
        sizes = self.shape[:-3]
        rows = np.arange(math.prod(sizes)).reshape(sizes)[np.ix_(*grid)].reshape(-1)
        parts = [self.compute(self.steps[step], rows)[:, samples][:, :, units] for step in steps]
        values = np.stack(parts, 1).reshape([len(place) for place in places])
        # an axis that one number was asked of is gone
        return values[tuple(0 if isinstance(k, (int, np.integer)) else slice(None) for k in key)]
