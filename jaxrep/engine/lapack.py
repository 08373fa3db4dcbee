"""Does a program call LAPACK? On several CPU devices such calls can wait for each other for ever.

Measured with jax 0.10.2 on 2 cores: svd, eigh and qr of a stack of matrices inside `shard_map`
over 2 virtual CPU devices hang in most runs (each device holds a thread of XLA's pool and waits
in it for the rest of its stack); of one matrix at a time they never did.
"""

from collections.abc import Callable
from typing import Literal

import jax
from jaxtyping import PyTree

Calls = Literal["none", "single", "stacked"]

_PRIMITIVES = frozenset(
    "cholesky eig eigh geqrf geqp3 hessenberg householder_product lu ormqr qr schur svd "
    "symmetric_product triangular_solve tridiagonal tridiagonal_solve".split()
)


def lapack_calls(function: Callable, *arguments: PyTree) -> Calls:
    """Whether the function calls LAPACK, and on a stack of matrices or on single ones."""
    return _calls(jax.make_jaxpr(function)(*arguments).jaxpr)


def _calls(jaxpr) -> Calls:
    found: Calls = "none"
    for equation in jaxpr.eqns:
        if equation.primitive.name in _PRIMITIVES:
            if any(len(getattr(x.aval, "shape", ())) > 2 for x in equation.invars):
                return "stacked"
            found = "single"
        for parameter in jax.tree.leaves(list(equation.params.values())):
            inner = getattr(parameter, "jaxpr", parameter)
            if hasattr(inner, "eqns"):
                nested = _calls(inner)
                if nested == "stacked":
                    return "stacked"
                found = nested if nested != "none" else found
    return found
