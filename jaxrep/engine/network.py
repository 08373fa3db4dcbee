"""Network: how one looks inside, at inputs and at layers; written for ONE replica, like a Problem.

A study names its layers and its sets of inputs once, here; `Run.activations` and everything that
compares representations go by it.
"""

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Key, PyTree

from jaxrep.engine.batches import Data
from jaxrep.engine.problem import Hyper, Problem, Variables
from jaxrep.engine.replicas import Replicas, replica_key, stream
from jaxrep.errors import InputError

if TYPE_CHECKING:
    import xarray

CHUNK_BYTES = 2**28
"""Activations that are made in one call."""


class Replica(NamedTuple):
    """One replica, as the functions of a `Network` see it.

    Attributes:
      hyper: its hyper-parameters.
      data: as in training.
      key: that its initial variables were drawn with.
      beside: what `Network.beside` made.
    """

    hyper: Hyper
    data: Data
    key: Key[jax.Array, ""]
    beside: PyTree = ()


@dataclass(frozen=True, eq=False)
class Network:
    """The inside of a problem's networks.

    Attributes:
      apply: ``(variables, inputs, replica) -> {layer: [sample, unit]}``, in the task's own
        coordinates, whatever those of the training are; the first layer first.
      inputs: set -> ``replica -> [sample, ...]``. The first set is the default and is the same
        for all seeds of a grid point, so that seeds can be compared on it.
      targets: set -> ``replica -> [sample] classes or [sample, output]``, where there are some.
      common: the sets that are the same for all replicas.
      samples: set -> names of its samples, where they have some.
      beside: makes arrays that `apply` needs and training does not; called once.
      coordinates: in words, what coordinates the trained arrays are in.
    """

    apply: Callable[[Variables, Any, Replica], Mapping[str, jax.Array]]
    inputs: Mapping[str, Callable[[Replica], jax.Array]]
    targets: Mapping[str, Callable[[Replica], jax.Array]] = field(default_factory=dict)
    common: Sequence[str] = ()
    samples: Mapping[str, Sequence] = field(default_factory=dict)
    beside: Callable[[], PyTree] = tuple
    coordinates: str = "those of the task"

    def set_named(self, name: str | None) -> str:
        """A set of inputs by its name; None is the default.

        Raises:
          InputError: there is no such set.
        """
        if name is None:
            return next(iter(self.inputs))
        if name not in self.inputs:
            raise InputError(f"set: {name!r} is not known; allowed are {', '.join(self.inputs)}")
        return name


@dataclass(frozen=True, eq=False)
class Inside:
    """The networks of one training, looked into: what `Run.inputs` and `Run.activations` ask.

    Attributes:
      problem: with its `Problem.network`.
      replicas: seeds x grid.

    Raises:
      InputError: the problem does not say how to look into its networks.
    """

    problem: Problem
    replicas: Replicas

    def __post_init__(self):
        if self.problem.network is None:
            raise InputError("network: this problem does not name its layers (Problem.network)")

    @property
    def network(self) -> Network:
        """What the study says about its networks."""
        assert self.problem.network is not None
        return self.problem.network

    @functools.cached_property
    def beside(self) -> PyTree:
        """What `Network.beside` made."""
        return self.network.beside()

    def inputs(self, name: str | None = None) -> "xarray.DataArray":
        """A set of inputs: ``[sample, ...]`` where all replicas see the same, else
        ``[*grid, seed, sample, ...]``."""
        name = self.network.set_named(name)
        return self._labelled(name, self.network.inputs[name], "inputs")

    def targets(self, name: str | None = None) -> "xarray.DataArray":
        """What the networks should answer to a set of inputs, labelled like `inputs`.

        Raises:
          InputError: no such set, or one without targets.
        """
        name = self.network.set_named(name)
        if name not in self.network.targets:
            known = ", ".join(self.network.targets) or "none"
            raise InputError(f"set: {name!r} has no targets; those with targets: {known}")
        return self._labelled(name, self.network.targets[name], "targets")

    def _labelled(self, name: str, function: Callable, kind: str) -> "xarray.DataArray":
        import xarray

        rows = [0] if name in self.network.common else range(len(self.replicas))
        program = self._program(function)
        values = np.stack([jax.device_get(program(*self._replica(row))) for row in rows])
        rest = values.shape[2:]
        further = ("feature",) if len(rest) == 1 else tuple(f"axis_{i}" for i in range(len(rest)))
        dims, coordinates = ["sample", *further], self.sample_names(name)
        if name in self.network.common:
            values = values[0]
        else:
            shape = self.replicas.shape
            values = values.reshape(*shape.values(), *values.shape[1:])
            dims, coordinates = [*shape, *dims], {**self.replicas.coordinates, **coordinates}
        return xarray.DataArray(values, coordinates, dims, name=kind, attrs={"set": name})

    def sample_names(self, name: str) -> dict[str, list]:
        """Coordinates along ``sample``, where the set names its samples."""
        names = self.network.samples.get(name)
        return {} if names is None else {"sample": list(names)}

    @functools.cached_property
    def _arrays(self) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        return self.replicas.arrays()

    def _replica(self, row: int) -> tuple:
        seeds, hyper = self._arrays
        one = {name: np.asarray(values[row]) for name, values in hyper.items()}
        return seeds[row], one, self.problem.shared, self.beside

    def seen(self, seed, hyper, shared, beside) -> Replica:
        """The replica of a seed, inside of a program."""
        key = replica_key(self.replicas.root, seed)
        own = self.problem.own(stream(key, "own"), hyper, shared)
        return Replica(hyper, Data(shared, own), stream(key, "init"), beside)

    @functools.cached_property
    def _programs(self) -> dict[Any, Callable]:
        return {}

    def _program(self, function: Callable[[Replica], Any]) -> Callable:
        """`function` of a replica, compiled once."""
        if function not in self._programs:
            self._programs[function] = jax.jit(lambda *about: function(self.seen(*about)))
        return self._programs[function]

    def activation_program(self, name: str | None) -> Callable:
        """``(states, inputs, seed, hyper, shared, beside) -> {layer: [state, sample, unit]}``,
        over replicas, compiled once; `inputs` are not looked at where a set is named."""
        known = "activations", name
        if known not in self._programs:

            def one(states, inputs, *about):
                replica = self.seen(*about)
                seen = inputs if name is None else self.network.inputs[name](replica)
                apply = jax.vmap(
                    lambda variables: dict(self.network.apply(variables, seen, replica))
                )
                return apply(states)

            axes = (0, None, 0, 0, None, None)
            self._programs[known] = jax.jit(jax.vmap(one, in_axes=axes))
        return self._programs[known]

    def shapes(
        self, variables: Variables, name: str | None, inputs: Any
    ) -> dict[str, jax.ShapeDtypeStruct]:
        """``{layer: [sample, unit]}`` of one replica; nothing is computed.

        Raises:
          InputError: inputs that the networks do not take.
        """
        program = self.activation_program(name)
        try:
            first = jax.tree.map(lambda leaf: np.asarray(leaf)[:1, None], variables)
            found = jax.eval_shape(program, *self._of(first, inputs, np.array([0])))
        except InputError:
            raise
        except Exception as error:
            given = list(np.shape(inputs))
            words = (str(error).splitlines() or [type(error).__name__])[0][:160]
            raise InputError(f"inputs: {given} do not fit these networks ({words})") from None
        for layer, shape in found.items():
            if len(shape.shape) != 4:
                raise InputError(
                    f"network: layer {layer!r} is {list(shape.shape[2:])}; [sample, unit] is needed"
                )
        return {
            layer: jax.ShapeDtypeStruct(shape.shape[2:], shape.dtype)
            for layer, shape in found.items()
        }

    def _of(self, variables: Variables, inputs: Any, rows: np.ndarray) -> tuple:
        seeds, hyper = self._arrays
        chosen = jax.tree.map(lambda x: np.asarray(x)[rows], (variables, seeds, hyper))
        return chosen[0], inputs, chosen[1], chosen[2], self.problem.shared, self.beside

    def activations(
        self,
        variables: Variables,
        name: str | None = None,
        inputs: Any = None,
        rows: np.ndarray | None = None,
        layers: Sequence[str] | None = None,
        samples: np.ndarray | None = None,
    ) -> dict[str, np.ndarray]:
        """``{layer: [row, sample, unit]}``, made in chunks of replicas that fit memory.

        Args:
          variables: ``[replica, ...]``.
          name: the set of inputs; None takes `inputs`, or the default set where there are none.
          inputs: ``[sample, ...]``, the same for all replicas.
          rows: which replicas; None is all.
          layers: which layers; None is all.
          samples: which samples; None is all.
        """
        over_training = self.activations_over_training(
            [variables], name, inputs, rows, layers, samples
        )
        return {layer: values[:, 0] for layer, values in over_training.items()}

    def activations_over_training(
        self,
        states: Sequence[Variables],
        name: str | None = None,
        inputs: Any = None,
        rows: np.ndarray | None = None,
        layers: Sequence[str] | None = None,
        samples: np.ndarray | None = None,
    ) -> dict[str, np.ndarray]:
        """``{layer: [row, state, sample, unit]}`` of several states, as `activations` of each.

        What a network does to its inputs that no variable enters (drawing them, directions of
        another coordinate system) is computed once for all states.
        """
        name = self.network.set_named(name) if inputs is None else None
        rows = np.arange(len(self.replicas)) if rows is None else rows
        shapes = self.shapes(states[0], name, inputs)
        size = sum(math.prod(s.shape) * s.dtype.itemsize for s in shapes.values()) * len(states)
        together = max(1, min(len(rows), CHUNK_BYTES // max(size, 1)))
        program, parts = self.activation_program(name), []
        variables = jax.tree.map(lambda *leaves: np.stack(leaves, 1), *states)
        for start in range(0, len(rows), together):
            # always the same number, the last ones again, so that one program is compiled
            chosen = np.minimum(np.arange(start, start + together), len(rows) - 1)
            computed = program(*self._of(variables, inputs, rows[chosen]))
            wanted = {layer: computed[layer] for layer in (shapes if layers is None else layers)}
            if samples is not None:
                wanted = {layer: values[:, :, samples] for layer, values in wanted.items()}
            fetched = jax.device_get(wanted)
            parts.append({layer: x[: len(rows) - start] for layer, x in fetched.items()})
        return {layer: np.concatenate([part[layer] for part in parts]) for layer in parts[0]}
