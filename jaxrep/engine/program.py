"""The device programs of training: set up all replicas, advance them between measurements.

Replicas are laid out per device with `shard_map`: a device's replicas are cut into groups of
`Layout.width`, groups run one after the other (a loop outside the loop over steps), and the
replicas of a group side by side (`vmap`). ``check_vma=False`` is needed: with it on, a
zero-initialised bias made inside gets its gradient summed over devices.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.sharding import PartitionSpec
from jaxtyping import Array, Bool, Float, Int, PyTree, UInt32

from jaxrep.engine.batches import Data
from jaxrep.engine.execution import Layout
from jaxrep.engine.problem import Hyper, Problem, State, Variables
from jaxrep.engine.replicas import Replicas, common_key, replica_key, stream
from jaxrep.engine.structure import calls_host, structure_digest


class Replicated(NamedTuple):
    """What identifies and feeds the replicas; every leaf has a leading replica axis.

    `active` is False for padding; a group of nothing else is not run.
    """

    seed: UInt32[Array, " replica"]
    active: Bool[Array, " replica"]
    hyper: Hyper
    own: PyTree = ()


class Slots(NamedTuple):
    """A stretch of training: advance to each `stop` in turn, then measure where `measured`."""

    stop: Int[Array, " slot"]
    measured: Bool[Array, " slot"]


class Programs(NamedTuple):
    """Compiled-once functions over all (padded) replicas.

    Attributes:
      draw_own: ``(replicated, shared) -> own``.
      initialise: ``(replicated, shared) -> State``.
      adopt: ``(variables, replicated) -> State`` with a fresh optimizer.
      advance: ``(state, replicated, shared, start, slots) -> (state, values, loss)``; values
        are ``[replica, slot, ...]``, zero where not measured, loss is of the last update.
    """

    draw_own: Callable
    initialise: Callable
    adopt: Callable
    advance: Callable


@dataclass(frozen=True)
class Structured:
    """A problem that is the same as another one where their programs are.

    Attributes:
      structure: what its programs compute (`Traced.digest`); the problem itself where they call
        Python functions on the host.
      problem: without its data, which programs take as an argument.
    """

    structure: Any
    problem: Problem = dataclasses.field(compare=False)

    @classmethod
    def of(cls, problem: Problem, digest: str, host: bool) -> "Structured":
        """`problem`, known by what was found when it was traced."""
        bare = dataclasses.replace(problem, shared=())
        return cls(problem if host else (digest, problem.best), bare)


@lru_cache(maxsize=16)
def build_programs(structured: Structured, layout: Layout, root: int) -> Programs:
    """The programs of one problem on one layout; a problem of the same structure has the same."""
    problem = structured.problem
    each = partial(_spread, layout=layout)
    lift = _identity_map if layout.width == 1 else jax.vmap

    def draw_own(replicated: Replicated, shared: PyTree) -> PyTree:
        def one(replica: Replicated) -> PyTree:
            key = stream(replica_key(root, replica.seed), "own")
            return problem.own(key, replica.hyper, shared)

        return lift(one)(replicated)

    def initialise(replicated: Replicated, shared: PyTree) -> State:
        def one(replica: Replicated) -> State:
            key = stream(replica_key(root, replica.seed), "init")
            variables = problem.init(key, replica.hyper, Data(shared, replica.own))
            return problem.start(variables, replica.hyper)

        return lift(one)(replicated)

    def adopt(variables: Variables, replicated: Replicated) -> State:
        return lift(problem.start)(variables, replicated.hyper)

    advance = partial(_advance, problem=problem, root=root, lift=lift)
    return Programs(
        draw_own=jax.jit(each(draw_own, 1)),
        initialise=jax.jit(each(initialise, 1)),
        adopt=jax.jit(each(adopt, 2)),
        advance=jax.jit(each(advance, 2), donate_argnums=0),
    )


def own_data(problem: Problem, replicas: Replicas) -> PyTree:
    """What each replica alone saw in training (`Problem.own`), ``[replica, ...]``, on the host.

    >>> problem = Problem(
    ...     init=lambda key, hyper, data: Variables({"w": data.own}),
    ...     loss=lambda variables, batch, hyper: (jnp.sum(variables.params["w"] ** 2), ()),
    ...     optimizer=lambda hyper: optax.sgd(0.1),
    ...     measure=lambda variables, hyper, data: {},
    ...     own=lambda key, hyper, shared: shared + hyper["shift"],
    ...     shared=jnp.array([1.0, 2.0]),
    ... )
    >>> own_data(problem, Replicas((0,), {"shift": (0.0, 10.0)})).tolist()
    [[1.0, 2.0], [11.0, 12.0]]
    """
    arguments = *replicas.arrays(), problem.shared

    def one(seed, hyper, shared):
        return problem.own(stream(replica_key(replicas.root, seed), "own"), hyper, shared)

    every = jax.vmap(one, in_axes=(0, 0, None))
    traced = jax.make_jaxpr(every)(*arguments)
    known = problem.own if calls_host(traced) else structure_digest(traced)
    return jax.device_get(_own_program(_Known(known, every))(*arguments))


@dataclass(frozen=True)
class _Known:
    """A function that is the same as another one where what it computes is."""

    structure: Any
    function: Callable = dataclasses.field(compare=False)


@lru_cache(maxsize=16)
def _own_program(known: _Known) -> Callable:
    """``(seeds, hyper, shared) -> own``, compiled once."""
    return jax.jit(known.function)


def _identity_map(function: Callable, in_axes: object = 0) -> Callable:
    del in_axes
    return function


def _spread(function: Callable, split: int, *, layout: Layout) -> Callable:
    """Map `function` of one group over all groups of all devices.

    The first `split` arguments have a replica axis, the others are the same everywhere. One
    of the former is the `Replicated`; groups of padding alone are not run.
    """
    groups = layout.local // layout.width
    inner = (groups,) if layout.width == 1 else (groups, layout.width)

    def on_device(*arguments):
        split_up = jax.tree.map(lambda x: x.reshape(*inner, *x.shape[1:]), arguments[:split])
        common = arguments[split:]
        active = next(x for x in split_up if isinstance(x, Replicated)).active

        def run(group):
            one = jax.tree.map(lambda x: jax.lax.dynamic_index_in_dim(x, group, 0, False), split_up)
            return function(*one, *common)

        def collect(group, collected):
            return jax.tree.map(
                lambda whole, x: jax.lax.dynamic_update_index_in_dim(whole, x, group, 0),
                collected,
                run(group),
            )

        # The number of rounds is data: padding is not run, and a device with one group runs
        # the very program of a device with many.
        rounds = jnp.sum(active.reshape(groups, -1).any(1), dtype=jnp.int32)
        shapes = jax.eval_shape(run, jnp.int32(0))
        empty = jax.tree.map(lambda x: jnp.zeros((groups, *x.shape), x.dtype), shapes)
        results = jax.lax.fori_loop(0, rounds, collect, empty)
        return jax.tree.map(lambda x: x.reshape(layout.local, *x.shape[len(inner) :]), results)

    def on_all(*arguments):
        axis = PartitionSpec("replica")
        specs = tuple(axis if i < split else PartitionSpec() for i in range(len(arguments)))
        return jax.shard_map(
            on_device, mesh=layout.mesh, in_specs=specs, out_specs=axis, check_vma=False
        )(*arguments)

    return on_all


def _advance(
    state: State,
    replicated: Replicated,
    shared: PyTree,
    start: Int[Array, ""],
    slots: Slots,
    *,
    problem: Problem,
    root: int,
    lift: Callable,
) -> tuple[State, dict[str, Array], Float[Array, " *group"]]:
    """Advance one group of replicas (or one replica, unbatched) through the slots."""
    begin_epoch, draw = _batch_source(problem, replicated, shared, root, lift)
    length = problem.batches.steps_per_epoch
    batch_axis = None if problem.batches.common else 0

    def step(t, carry):
        state, order, _ = carry
        epoch, position = t // length, t % length
        if length > 1:
            order = jax.lax.cond(position == 0, lambda: begin_epoch(epoch), lambda: order)
        batch = draw(t, position, order)
        update = lift(problem.update, in_axes=(0, batch_axis, 0))
        state, loss = update(state, batch, replicated.hyper)
        return state, order, loss

    def measure(state):
        def one(variables, replica):
            data = Data(shared, replica.own)
            return dict(problem.measure(variables, replica.hyper, data))

        return lift(one)(state.variables, replicated)

    def slot(carry, now):
        t, *rest = carry
        rest = list(jax.lax.fori_loop(t, now.stop, step, tuple(rest)))
        shapes = jax.eval_shape(measure, rest[0])
        values = jax.lax.cond(now.measured, measure, lambda _: _zeros(shapes), rest[0])
        if problem.best is not None:
            keep = lift(problem.keep_best, in_axes=(0, 0, None))
            value = jnp.where(now.measured, values[problem.best], jnp.inf)
            rest[0] = keep(rest[0], value, now.stop)
        return (now.stop, *rest), values

    order = begin_epoch(start // length)
    batch = jax.eval_shape(draw, start, start, order)
    update = lift(problem.update, in_axes=(0, batch_axis, 0))
    loss_shape = jax.eval_shape(update, state, batch, replicated.hyper)[1]
    loss = jnp.full(loss_shape.shape, jnp.nan, loss_shape.dtype)
    (_, state, _, loss), values = jax.lax.scan(slot, (start, state, order, loss), slots)
    replica_axis = loss.ndim
    return state, jax.tree.map(lambda x: jnp.moveaxis(x, 0, replica_axis), values), loss


def _zeros(shapes: PyTree) -> PyTree:
    return jax.tree.map(lambda shape: jnp.zeros(shape.shape, shape.dtype), shapes)


def _batch_source(
    problem: Problem, replicated: Replicated, shared: PyTree, root: int, lift: Callable
) -> tuple[Callable, Callable]:
    """``epoch -> order`` and ``(step, position, order) -> batch``, for the group."""
    batches = problem.batches
    if batches.common:
        key, data = common_key(root), Data(shared)
        return (
            lambda epoch: batches.begin_epoch(stream(key, "epoch", epoch), data),
            lambda t, position, order: batches.draw(
                stream(key, "batch", t), position, order, None, data
            ),
        )

    def begin_epoch(epoch):
        def one(replica):
            key = stream(replica_key(root, replica.seed), "epoch", epoch)
            return batches.begin_epoch(key, Data(shared, replica.own))

        return lift(one)(replicated)

    def draw(t, position, order):
        def one(replica, order):
            key = stream(replica_key(root, replica.seed), "batch", t)
            data = Data(shared, replica.own)
            return batches.draw(key, position, order, replica.hyper, data)

        return lift(one)(replicated, order)

    return begin_epoch, draw
