"""What a traced program is: a digest of its operations, and of the constants by content.

Two programs with the same digest compute the same, whatever their functions are called and
whichever objects they were made from. A digest holds for one version of JAX: other versions trace
the same function to other operations.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

import jax
import jax.extend.core
import jax.numpy as jnp
import numpy as np

_HOST = frozenset({"pure_callback", "io_callback", "debug_callback", "debug_print"})
_NAMES = {"name", "debug_info"}  # what a function is called changes nothing


def structure_digest(*programs: jax.extend.core.ClosedJaxpr) -> str:
    """Sixteen hex digits that name traced programs, in their order.

    >>> import jax.numpy as jnp
    >>> one = jax.make_jaxpr(lambda x: jnp.sin(x) + 1)(0.0)
    >>> other = jax.make_jaxpr(lambda y: jnp.sin(y) + 1)(0.0)
    >>> structure_digest(one) == structure_digest(other)
    True
    >>> structure_digest(one) == structure_digest(jax.make_jaxpr(lambda x: jnp.sin(x) + 2)(0.0))
    False
    """
    digest = hashlib.sha256()
    for program in programs:
        for part in _closed(program):
            digest.update(part)
            digest.update(b"\0")
    return digest.hexdigest()[:16]


def calls_host(*programs: jax.extend.core.ClosedJaxpr) -> bool:
    """Whether a program calls Python functions on the host, which no digest can tell apart."""
    return any(
        equation.primitive.name in _HOST
        for program in programs
        for equation in all_equations(program.jaxpr)
    )


def all_equations(jaxpr: Any) -> Iterator[Any]:
    """The operations of a program, those inside its loops, branches and calls included."""
    for equation in jaxpr.eqns:
        yield equation
        for parameter in jax.tree.leaves(list(equation.params.values()), is_leaf=_is_program):
            inner = getattr(parameter, "jaxpr", parameter)
            if hasattr(inner, "eqns"):
                yield from all_equations(inner)


def array_digest(array: Any) -> str:
    """The sha256 of an array's type, shape and content, as hex digits."""
    digest = hashlib.sha256()
    for part in _array(array):
        digest.update(part)
    return digest.hexdigest()


def _is_program(value: Any) -> bool:
    return hasattr(value, "eqns") or hasattr(value, "jaxpr")


def _closed(program: Any) -> Iterator[bytes]:
    for constant in program.consts:
        yield from _array(constant)
    yield from _open(program.jaxpr)


def _open(jaxpr: Any) -> Iterator[bytes]:
    """Operations in order; variables are numbered as they come."""
    numbers: dict[Any, int] = {}

    def variable(x: Any) -> Iterator[bytes]:
        if hasattr(x, "val"):  # a literal
            yield b"literal"
            yield from _array(x.val)
            yield str(x.aval).encode()
        else:
            number = numbers.setdefault(x, len(numbers))
            yield f"{number}:{x.aval}".encode()

    for x in (*jaxpr.constvars, *jaxpr.invars):
        yield from variable(x)
    for equation in jaxpr.eqns:
        yield b"operation " + equation.primitive.name.encode()
        for x in equation.invars:
            yield from variable(x)
        for name in sorted(equation.params.keys() - _NAMES):
            yield name.encode()
            yield from _parameter(equation.params[name])
        for x in equation.outvars:
            yield from variable(x)
    yield b"returns"
    for x in jaxpr.outvars:
        yield from variable(x)


def _parameter(value: Any) -> Iterator[bytes]:
    if hasattr(value, "jaxpr") and hasattr(value, "consts"):
        yield from _closed(value)
    elif hasattr(value, "eqns"):
        yield from _open(value)
    elif isinstance(value, (tuple, list)):
        yield f"{type(value).__name__} of {len(value)}".encode()
        for item in value:
            yield from _parameter(item)
    elif isinstance(value, dict):
        for key in sorted(value, key=str):
            yield str(key).encode()
            yield from _parameter(value[key])
    elif isinstance(value, (np.ndarray, np.generic, jax.Array)):
        yield from _array(value)
    else:
        text = repr(value)
        # Derivative rules and the like, with addresses in their words: what the program itself
        # does is in its operations.
        yield (type(value).__name__ if " at 0x" in text or callable(value) else text).encode()


def _array(value: Any) -> Iterator[bytes]:
    if isinstance(value, jax.Array) and jnp.issubdtype(value.dtype, jax.dtypes.prng_key):
        yield str(value.dtype).encode()
        value = jax.random.key_data(value)
    array = np.asarray(value)
    yield f"{array.dtype}{array.shape}".encode()
    yield np.ascontiguousarray(array).tobytes()
