"""Arrays of other libraries in the place of numpy's: what every function of a room should take."""

import doctest
import functools
import importlib.util
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import jax
import numpy as np
import pytest
import xarray

from jaxrep.groups import Tables


class TensorType:
    """What PyTorch has for a dtype: numpy cannot read it."""

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"torch.{self.name}"


class Tensor:
    """What is the same of PyTorch's tensors, where PyTorch is not installed.

    It becomes an array only when detached, has no `astype`, and `size` is a method.
    """

    def __init__(self, values, requires_grad=False):
        self.values, self.requires_grad = np.asarray(values), requires_grad
        self.shape, self.ndim = self.values.shape, self.values.ndim
        self.dtype = TensorType(self.values.dtype.name)

    def detach(self):
        return Tensor(self.values)

    def size(self):
        return self.shape

    def __len__(self):
        return len(self.values)

    def __iter__(self):
        return (Tensor(row, self.requires_grad) for row in self.values)

    def __getitem__(self, key):
        return Tensor(self.values[key], self.requires_grad)

    def __array__(self, dtype=None, copy=None):
        if self.requires_grad:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        return self.values if dtype is None else self.values.astype(dtype)


def torch_tensor(values: np.ndarray, requires_grad: bool = False) -> Any:
    """PyTorch's own."""
    import torch

    return torch.tensor(values.copy(), requires_grad=requires_grad)


KINDS = {"stand-in": Tensor, "labelled": xarray.DataArray, "torch": torch_tensor}
"""Kind of array -> how one is made of a numpy array."""
NO_TORCH = importlib.util.find_spec("torch") is None
TENSORS = [
    "stand-in",
    pytest.param(
        "torch",
        marks=pytest.mark.skipif(NO_TORCH, reason="PyTorch (extra [bench]) is not installed"),
    ),
]


class Swapped:
    """A function whose arrays are replaced; what it was given is counted.

    Attributes:
      function: that takes numpy arrays.
      make: array -> another library's.
      seen: how many arrays were replaced, of all calls.
    """

    def __init__(self, function: Callable, make: Callable, floats_only: bool = False):
        self.function, self.make, self.floats_only, self.seen = function, make, floats_only, 0

    def __call__(self, *positional, **named):
        return self.function(*self.swap(positional), **self.swap(named))

    def swap(self, tree: Any) -> Any:
        # the tables of a group are jaxrep's own
        return jax.tree.map(self.one, tree, is_leaf=lambda x: isinstance(x, Tables))

    def one(self, leaf: Any) -> Any:
        if isinstance(leaf, jax.core.Tracer) or not isinstance(leaf, (np.ndarray, jax.Array)):
            return leaf
        if not leaf.ndim or jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.extended):
            return leaf  # a number; a key
        kinds = "f" if self.floats_only else "biuf"
        if np.asarray(leaf).dtype.kind not in kinds:
            return leaf
        self.seen += 1
        return self.make(np.asarray(leaf))


def run_example(name: str, function: Callable) -> None:
    """The example of a function's documentation, with `function`, which has it, in its place."""
    names = {**vars(sys.modules[function.__module__]), name: function}
    for example in doctest.DocTestParser().get_examples(function.__doc__ or ""):
        exec(compile(example.source, f"example of {name}", "single"), names)


def leaves(result: Any) -> list[np.ndarray]:
    """Numbers of a result, of whatever type; callables and text are left out."""
    found = []
    for leaf in jax.tree.leaves(result, is_leaf=lambda x: isinstance(x, xarray.DataArray)):
        if isinstance(leaf, (bool, int, float, np.generic, np.ndarray, jax.Array)):
            found.append(np.asarray(leaf))
        elif isinstance(leaf, xarray.DataArray):
            found.append(leaf.values)
    return found


def call_everywhere(room: ModuleType, name: str, patch: Any, use: Callable, make: Callable) -> int:
    """`use` calls ``room.name`` with numpy arrays: the results of both kinds are the same.

    Returns:
      How many arrays were replaced.
    """
    original = getattr(room, name)
    foreign, compared = Swapped(original, make), []

    @functools.wraps(original)
    def both(*positional, **named):
        wanted = original(*positional, **named)
        compared.append((leaves(foreign(*positional, **named)), leaves(wanted)))
        return wanted

    patch.setattr(room, name, both)
    use(both)
    for found, wanted in compared:
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            if other.dtype.kind in "biufc":
                np.testing.assert_allclose(
                    one.astype(float), other.astype(float), rtol=1e-4, atol=1e-5
                )
    return foreign.seen


def refused_gradients(room: ModuleType, name: str, patch: Any, use: Callable, make: Callable):
    """The lines with which tensors that require gradients are refused, one for each call.

    `use` goes on with what numpy arrays give, so that all its calls are made. None for a call
    that took them.
    """
    original = getattr(room, name)
    foreign, lines = Swapped(original, lambda x: make(x, requires_grad=True), True), []

    @functools.wraps(original)
    def refused(*positional, **named):
        before = foreign.seen
        try:
            foreign(*positional, **named)
            if foreign.seen > before:
                lines.append(None)
        except ValueError as error:
            lines.append(str(error))
        return original(*positional, **named)

    patch.setattr(room, name, refused)
    use(refused)
    return lines
