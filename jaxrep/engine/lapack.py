"""Does a program call LAPACK? On several CPU devices such calls can wait for each other for ever.

Measured with jax 0.10.2 on 2 cores: svd, eigh and qr of a stack of matrices inside `shard_map`
over 2 virtual CPU devices hang in most runs (each device holds a thread of XLA's pool and waits
in it for the rest of its stack); of one matrix at a time they never did.
"""

from typing import Any, Literal

from jaxrep.engine.structure import all_equations

Calls = Literal["none", "single", "stacked"]

_PRIMITIVES = frozenset(
    "cholesky eig eigh geqrf geqp3 hessenberg householder_product lu ormqr qr schur svd "
    "symmetric_product triangular_solve tridiagonal tridiagonal_solve".split()
)


def lapack_calls(*jaxprs: Any) -> Calls:
    """Whether traced programs call LAPACK, and on a stack of matrices or on single ones."""
    calls: Calls = "none"
    for jaxpr in jaxprs:
        for equation in all_equations(jaxpr):
            if equation.primitive.name in _PRIMITIVES:
                if any(len(getattr(x.aval, "shape", ())) > 2 for x in equation.invars):
                    return "stacked"
                calls = "single"
    return calls
