"""What a run shows of its networks: layers, inputs, activations, parameters, all labelled."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from jaxrep.engine.network import Inside, Network
from jaxrep.engine.plans import planned
from jaxrep.engine.problem import Variables
from jaxrep.engine.records import flat_names
from jaxrep.errors import InputError

if TYPE_CHECKING:
    import xarray


class Inspected:
    """The part of a `Run` that looks into its networks."""

    study: str
    config: Mapping[str, Any]
    folder: str

    @property
    @abstractmethod
    def steps(self) -> list[int]:
        """Steps for which `states` has an answer."""

    @abstractmethod
    def states(self, step: int) -> Variables:
        """Variables of all replicas after `step` updates."""

    @cached_property
    def inside(self) -> Inside:
        """The problem and the replicas of this run, made anew from its configuration, with what
        looks into its networks.

        Raises:
          InputError: the study is not known, or does not name the layers of its networks.
        """
        plan = planned(self.study, self.config)
        if self.folder != "checkpoints":
            plan = plan.companions[self.folder.removeprefix("checkpoints_")]
        return Inside(plan.problem, plan.replicas)

    def model(self) -> Network:
        """How the networks of this run are looked into: layers, sets of inputs, coordinates."""
        return self.inside.network

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers, from the inputs to the outputs."""
        network = self.inside.network
        return tuple(self.inside.shapes(self._state(self.steps[-1]), network.set_named(None), None))

    def inputs(self, set: str | None = None) -> "xarray.DataArray":
        """A set of inputs: ``[sample, ...]`` where all networks see the same, else
        ``[*grid, seed, sample, ...]``.

        Raises:
          InputError: there is no such set; the allowed ones are named.
        """
        return self.inside.inputs(set)

    def targets(self, set: str | None = None) -> "xarray.DataArray":
        """What the networks should answer to a set of inputs: classes ``[..., sample]``, or
        ``[..., sample, feature]``.

        Raises:
          InputError: no such set, or one without targets.
        """
        return self.inside.targets(set)

    def activations(
        self,
        layer: str,
        step: "int | Sequence[int] | None" = None,
        set: str | None = None,
        inputs: Any = None,
    ) -> "xarray.DataArray":
        """What a layer answers, ``[*grid, seed, step, sample, unit]``, in the task's coordinates.

        Computed where it is indexed, step by step and in chunks of networks::

            hidden = run.activations("hidden", step=run.steps)
            hidden.sel(seed=0, step=run.steps[-1]).values  # of one network, nothing else

        Args:
          layer: one of `layers`.
          step: one of `steps`, or several; None is the last.
          set: a set of inputs of the study; None is its default, the same for all seeds.
          inputs: your own ``[sample, ...]`` in place of a set.

        Raises:
          InputError: no such layer, step or set, or inputs that do not fit the networks.
        """
        from jaxrep.engine.lazy_activations import lazy_activations

        steps = [self.steps[-1]] if step is None else list(np.atleast_1d(step).tolist())
        for one in steps:
            if one not in self.steps:
                raise InputError(f"step: {one} was not kept; kept are {self.steps}")
        return lazy_activations(self.inside, self._state, layer, steps, set, inputs)

    def parameters(self, step: int | None = None) -> "xarray.Dataset":
        """The trained arrays of all networks, ``[*grid, seed, ...]`` each; ``coordinates`` in the
        attributes says what coordinates they are in.

        Raises:
          InputError: `step` was not kept.
        """
        import xarray

        step = self.steps[-1] if step is None else step
        replicas, variables = self.inside.replicas, {}
        for name, values in flat_names(self.states(step).params).items():
            dims = [*replicas.shape, *(f"{name}_{i}" for i in range(values.ndim - 1))]
            shaped = values.reshape(*replicas.shape.values(), *values.shape[1:])
            variables[name] = (dims, shaped)
        attributes = {"coordinates": self.inside.network.coordinates, "step": step}
        return xarray.Dataset(variables, replicas.coordinates, attributes)

    def _state(self, step: int) -> Variables:
        """`states`, of which the last two are kept."""
        if step not in self._read:
            while len(self._read) > 1:
                del self._read[next(iter(self._read))]
            self._read[step] = self.states(step)
        return self._read[step]

    @cached_property
    def _read(self) -> dict[int, Variables]:
        return {}
