"""Problem: the pure functions a study hands to the engine, all written for ONE replica."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Int, Key, PyTree, Scalar

from jaxrep.engine.batches import Batches, Data, full_batch

if TYPE_CHECKING:
    from jaxrep.engine.network import Network

Hyper = Mapping[str, Scalar]


class Variables(NamedTuple):
    """What a model owns: `params` are trained, `state` is carried (batch statistics)."""

    params: PyTree
    state: PyTree = ()


class Best(NamedTuple):
    """The variables with the least value of one measured number so far.

    Attributes:
      variables: as they were then.
      value: that number; infinite before the first measurement.
      step: when it was measured; -1 before.
    """

    variables: Variables
    value: Scalar
    step: Int[Array, ""]


class State(NamedTuple):
    """Everything that training changes. Arrays only; `best` is empty where none is kept."""

    variables: Variables
    optimizer: PyTree
    best: Best | tuple[()] = ()


class Label(NamedTuple):
    """How one measured array is named in the results: dimensions after step, unit, meaning."""

    dims: tuple[str, ...] = ()
    unit: str = "1"
    description: str = ""


def _nothing(key: Key[Array, ""], hyper: Hyper, shared: PyTree) -> PyTree:
    del key, hyper, shared
    return ()


@dataclass(frozen=True, eq=False)
class Problem:
    """One training problem, as pure functions of one replica; the engine maps over replicas.

    Training the same `Problem` object again (other seeds, another grid of the same size) does
    not compile again.

    Attributes:
      init: ``(key, hyper, data) -> Variables``.
      loss: ``(variables, batch, hyper) -> (scalar, state)``; return ``variables.state``
        where the model has no state.
      optimizer: ``hyper -> optax.GradientTransformation``; hyper-parameters are traced scalars.
      measure: ``(variables, hyper, data) -> {name: array}``, recorded on the device.
      shared: arrays all replicas see (``data.shared``); never copied per replica.
      own: ``(key, hyper, shared) -> pytree``, what only this replica sees (``data.own``): its
        split, its teacher. Drawn once, from the replica's own stream.
      batches: where the batch of a step comes from, see `jaxrep.engine.batches`.
      project: ``(params, hyper) -> params`` after every update (max-norm), or None.
      trainable: ``params -> pytree of bool``; False leaves stay as they are. None trains all.
      done: ``{name: array} -> bool`` on what was measured; training stops at the first
        measurement where it holds for all replicas. None never stops early.
      labels: dimensions and unit of each measured array.
      coordinates: values along the named dimensions, e.g. ``{"irrep": names}``.
      headline: the measured scalar that the progress line shows; None shows the training loss.
      best: the measured scalar whose least value decides which variables are kept as the best
        ones (`Trained.best`, `Run.best`), looked at whenever it is measured; None keeps none.
      network: how one looks inside: its layers and its sets of inputs, see
        `jaxrep.engine.network`; None where nobody asks.
    """

    init: Callable[[Key[Array, ""], Hyper, Data], Variables]
    loss: Callable[[Variables, PyTree, Hyper], tuple[Scalar, PyTree]]
    optimizer: Callable[[Hyper], optax.GradientTransformation]
    measure: Callable[[Variables, Hyper, Data], Mapping[str, Array]]
    shared: PyTree = ()
    own: Callable[[Key[Array, ""], Hyper, PyTree], PyTree] = _nothing
    batches: Batches = field(default_factory=full_batch)
    project: Callable[[PyTree, Hyper], PyTree] | None = None
    trainable: Callable[[PyTree], PyTree[bool]] | None = None
    done: Callable[[Mapping[str, Any]], Bool[Array, ""] | bool] | None = None
    labels: Mapping[str, Label] = field(default_factory=dict)
    coordinates: Mapping[str, Sequence] = field(default_factory=dict)
    headline: str | None = None
    best: str | None = None
    network: "Network | None" = None

    def transformation(self, hyper: Hyper, params: PyTree) -> optax.GradientTransformation:
        """The optimizer, with frozen leaves taken out of it."""
        optimizer = self.optimizer(hyper)
        if self.trainable is None:
            return optimizer
        frozen = jax.tree.map(lambda trained: not trained, self.trainable(params))
        return optax.transforms.selective_transform(optimizer, freeze_mask=frozen)

    def start(self, variables: Variables, hyper: Hyper) -> State:
        """The state before the first step: a fresh optimizer, nothing measured yet."""
        optimizer = self.transformation(hyper, variables.params).init(variables.params)
        if self.best is None:
            return State(variables, optimizer)
        return State(variables, optimizer, Best(variables, jnp.array(jnp.inf), jnp.array(-1)))

    def keep_best(self, state: State, value: Scalar, step: Scalar) -> State:
        """The state after a measurement: with other best variables, if these are better."""
        best = cast(Best, state.best)
        kinds = best.value.dtype, best.step.dtype
        now = Best(state.variables, value.astype(kinds[0]), jnp.asarray(step, kinds[1]))
        pick = functools.partial(jnp.where, value < best.value)
        return state._replace(best=jax.tree.map(pick, now, best))

    def update(self, state: State, batch: PyTree, hyper: Hyper) -> tuple[State, Scalar]:
        """One step of one replica: gradient, optimizer, projection."""
        (params, model_state), optimizer_state, best = state

        def loss_of(params: PyTree) -> tuple[Scalar, PyTree]:
            return self.loss(Variables(params, model_state), batch, hyper)

        (loss, model_state), gradient = jax.value_and_grad(loss_of, has_aux=True)(params)
        transformation = self.transformation(hyper, params)
        updates, optimizer_state = transformation.update(gradient, optimizer_state, params)
        params = optax.apply_updates(params, updates)
        if self.project is not None:
            params = self.project(params, hyper)
        return State(Variables(params, model_state), optimizer_state, best), loss
