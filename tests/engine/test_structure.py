"""The digest of a traced program: the same for the same operations, another for any change."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.engine.structure import array_digest, calls_host, structure_digest

X = np.arange(6, dtype=np.float32).reshape(2, 3)
TABLE = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)


def digest(function, *arguments):
    return structure_digest(jax.make_jaxpr(function)(*(arguments or (X,))))


def loop(count, inner=jnp.sin):
    return lambda x: jax.lax.fori_loop(0, count, lambda i, y: inner(y) + i, x)


def branches(first, second):
    return lambda x: jax.lax.cond(x.sum() > 0, first, second, x)


def table(values):
    return lambda x: x @ jnp.asarray(values)


@jax.custom_jvp
def softened(x):
    return jnp.log1p(jnp.exp(x))


softened.defjvp(lambda x, t: (softened(x[0]), t[0] * jax.nn.sigmoid(x[0])))

PROGRAMS = {
    "sin": jnp.sin,
    "cos": jnp.cos,
    "plus 1": lambda x: x + 1,
    "plus 2": lambda x: x + 2,
    "plus 1.0000001": lambda x: x + np.float32(1.0000001),
    "order": lambda x: x - 2 * x,
    "order swapped": lambda x: 2 * x - x,
    "returns twice": lambda x: (jnp.sin(x), jnp.sin(x)),
    "loop 3": loop(3),
    "loop 4": loop(4),
    "loop cos": loop(3, jnp.cos),
    "branches": branches(jnp.sin, jnp.cos),
    "branches swapped": branches(jnp.cos, jnp.sin),
    "table": table(TABLE),
    "table of other numbers": table(TABLE + 1e-6),
    "table in a jit": jax.jit(table(TABLE * 3)),
    "table in a jit of other numbers": jax.jit(table(TABLE * 3 + 1e-6)),
    "precise": lambda x: jnp.matmul(x, TABLE, precision="highest"),
    "gradient": jax.grad(lambda x: jnp.sum(jnp.sin(x))),
    "gradient of cos": jax.grad(lambda x: jnp.sum(jnp.cos(x))),
    "custom": softened,
    "custom gradient": jax.grad(lambda x: jnp.sum(softened(x))),
    "key": lambda x: jax.random.normal(jax.random.key(0), x.shape),
    "another key": lambda x: jax.random.normal(jax.random.key(1), x.shape),
    "axis": lambda x: jnp.sum(x, 0),
    "other axis": lambda x: jnp.sum(x, 1),
}


def test_whatever_changes_a_number_changes_the_digest():
    digests = {name: digest(program) for name, program in PROGRAMS.items()}
    same = [(a, b) for a in digests for b in digests if a < b and digests[a] == digests[b]]
    assert same == []


@pytest.mark.parametrize("name", PROGRAMS)
def test_names_objects_and_repetition_change_nothing(name):
    program = PROGRAMS[name]

    def renamed(argument):
        return program(argument)

    first = digest(program)
    jax.clear_caches()
    assert digest(renamed) == first


def test_shapes_and_types_of_the_arguments_count():
    given = X, X[:1], X.astype(np.int32), X.T
    assert len({digest(lambda x: x * 2, x) for x in given}) == 4


def test_arrays_by_content_type_and_shape():
    arrays = np.zeros(4, np.float32), np.zeros(4, np.int32), np.zeros((2, 2), np.float32)
    nan = np.array([np.nan, -0.0]), np.array([np.nan, 0.0])
    assert len({array_digest(x) for x in (*arrays, *nan)}) == 5
    assert array_digest(X.T) == array_digest(np.ascontiguousarray(X.T))
    assert array_digest(jax.random.key(1)) != array_digest(jax.random.key(2))


def test_functions_on_the_host_are_seen():
    shape = jax.ShapeDtypeStruct(X.shape, X.dtype)

    def call(x):
        return jax.pure_callback(np.sin, shape, x)

    for program, calls in ((call, True), (loop(2, call), True), (jnp.sin, False)):
        assert calls_host(jax.make_jaxpr(program)(X)) is calls
