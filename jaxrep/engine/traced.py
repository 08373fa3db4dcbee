"""A problem traced for one replica, and checked, before anything is compiled or written."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from jaxrep.engine.batches import Data
from jaxrep.engine.problem import Problem, State
from jaxrep.engine.replicas import Replicas, common_key, replica_key, stream
from jaxrep.engine.structure import calls_host, structure_digest
from jaxrep.errors import InputError


class Traced(NamedTuple):
    """The programs of one replica.

    Attributes:
      start: what draws its own data and its first state.
      step: one update.
      measure: what is recorded.
      state: shapes of its state.
      values: shapes of what is measured.
      digest: names the structure of all of them, see `jaxrep.engine.structure`.
      host: whether Python functions on the host are called, so that the digest cannot tell all.
    """

    start: Any
    step: Any
    measure: Any
    state: State
    values: dict[str, jax.ShapeDtypeStruct]
    digest: str
    host: bool


class _Given(dict):
    """Hyper-parameters of one replica; asking for one that is not given names it."""

    def __missing__(self, name: str):
        given = ", ".join(self) or "none"
        raise InputError(f"hyper: {name} is used by the problem but not given; given are {given}")


jax.tree_util.register_pytree_with_keys(
    _Given,
    lambda given: ([(jax.tree_util.DictKey(k), given[k]) for k in sorted(given)], sorted(given)),
    lambda names, values: _Given(zip(names, values, strict=True)),
)


def trace_problem(problem: Problem, replicas: Replicas) -> Traced:
    """Trace and check a problem with the first of the replicas.

    Raises:
      InputError: a hyper-parameter that the problem uses is not given, the loss is no scalar,
        what is measured is no dictionary of arrays, or a label, the headline or the best does
        not fit what is measured.
    """
    seeds, columns = replicas.arrays()
    hyper = _Given({name: jnp.asarray(values[0]) for name, values in columns.items()})
    seed = jnp.asarray(seeds[0])

    def build(seed, hyper, shared):
        key = replica_key(replicas.root, seed)
        data = Data(shared, problem.own(stream(key, "own"), hyper, shared))
        variables = problem.init(stream(key, "init"), hyper, data)
        return problem.start(variables, hyper), data

    def step(state, data, hyper, key, position):
        common = problem.batches.common
        order = problem.batches.begin_epoch(key, data)
        batch = problem.batches.draw(key, position, order, None if common else hyper, data)
        _check_loss(problem, state, batch, hyper)
        return problem.update(state, batch, hyper)

    def measure(state, data, hyper):
        values = problem.measure(state.variables, hyper, data)
        if not isinstance(values, Mapping):
            raise InputError(f"measure: {type(values).__name__} returned; a dictionary is needed")
        return {name: jnp.asarray(value) for name, value in values.items()}

    start, (state, data) = jax.make_jaxpr(build, return_shape=True)(seed, hyper, problem.shared)
    now = common_key(replicas.root), jnp.int32(0)
    one_step, (after, _) = jax.make_jaxpr(step, return_shape=True)(state, data, hyper, *now)
    measured, values = jax.make_jaxpr(measure, return_shape=True)(state, data, hyper)
    _check_state(state, after)
    _check_measured(problem, values)
    programs = start, one_step, measured
    return Traced(
        start.jaxpr,
        one_step.jaxpr,
        measured.jaxpr,
        state,
        values,
        f"{structure_digest(*programs)} {problem.batches.steps_per_epoch}"
        + " common" * problem.batches.common,
        calls_host(*programs),
    )


def _check_loss(problem: Problem, state: State, batch: Any, hyper: Any) -> None:
    loss = jax.eval_shape(lambda: problem.loss(state.variables, batch, hyper))
    if not isinstance(loss, tuple) or len(loss) != 2:
        raise InputError("loss: (scalar, state) is needed; a single value is returned")
    if getattr(loss[0], "shape", None) != ():
        shape = list(getattr(loss[0], "shape", ["?"]))
        raise InputError(f"loss: an array of shape {shape} is returned; a scalar is needed")


def _check_state(before: State, after: State) -> None:
    """A step gives a state of the same shapes: else a loop would fail on the device."""
    kinds = [
        {
            jax.tree_util.keystr(path, simple=True, separator="/"): (x.shape, x.dtype)
            for path, x in jax.tree_util.tree_flatten_with_path(state)[0]
        }
        for state in (before, after)
    ]
    for name in sorted({*kinds[0], *kinds[1]}):
        old, new = (kind.get(name) for kind in kinds)
        if old != new:
            words = [f"{x[1]}{list(x[0])}" if x else "absent" for x in (old, new)]
            raise InputError(f"loss: {name} is {words[0]} before a step and {words[1]} after it")


def _check_measured(problem: Problem, values: Mapping[str, jax.ShapeDtypeStruct]) -> None:
    names = ", ".join(values) or "none"
    unlabelled = [name for name in values if name not in problem.labels]
    for name, label in problem.labels.items():
        if name not in values:
            if problem.labels and unlabelled:  # one of these was meant
                raise InputError(f"labels: {name!r} is not measured; measured are {names}")
            continue
        dims = values[name].ndim
        if label.dims and len(label.dims) != dims:
            raise InputError(
                f"labels: {name!r} names {len(label.dims)} dimensions ({', '.join(label.dims)}); "
                f"what is measured has {dims}, {list(values[name].shape)}"
            )
        for dim, length in zip(label.dims, values[name].shape, strict=False):
            given = problem.coordinates.get(dim)
            if given is not None and len(given) != length:
                raise InputError(
                    f"coordinates: {dim!r} has {len(given)} values; {name!r} has {length} along it"
                )
    for field in ("headline", "best"):
        name = getattr(problem, field)
        if name is None:
            continue
        if name not in values:
            raise InputError(f"{field}: {name!r} is not measured; measured are {names}")
        if values[name].ndim:
            shape = list(values[name].shape)
            raise InputError(f"{field}: {name!r} has shape {shape}; a scalar is needed")
