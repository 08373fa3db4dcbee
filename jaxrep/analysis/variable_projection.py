"""Least squares of many fields at once, amplitudes solved for (Golub and Pereyra 1973).

For given shape parameters a model's columns enter linearly, so only the shape is searched: by
Levenberg and Marquardt's method on what the columns leave, with Kaufman's (1975) approximate
derivative, from several starts of every field side by side, in float64 on the host.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Float

from jaxrep.arrays import real_array

Parameters = Float[np.ndarray, "search parameter"]
Columns = Float[np.ndarray, "search column pixel"]

SCREENED, KEPT = 6, 6
"""Steps from every start, and how many of the best starts of a field go on."""
DIGITS = 2.0**36
"""Steps within a field's largest value that are told apart."""


class Model(NamedTuple):
    """A family of functions ``sum_k c_k column_k``.

    Attributes:
      columns: ``parameters -> [search, column, pixel]``.
      slopes: ``parameters, coefficients [search, column] -> [search, parameter, pixel]``,
        derivatives of the sum.
      lower, upper: bounds of the parameters.
    """

    columns: Callable[[np.ndarray], np.ndarray]
    slopes: Callable[[np.ndarray, np.ndarray], np.ndarray]
    lower: Float[np.ndarray, " parameter"]
    upper: Float[np.ndarray, " parameter"]


class Projected(NamedTuple):
    """Fits of fields.

    Attributes:
      parameters: of the shape.
      coefficients: of the columns.
      error: norm of what is left, in units of the field.
    """

    parameters: Float[np.ndarray, "*field parameter"]
    coefficients: Float[np.ndarray, "*field column"]
    error: Float[np.ndarray, "*field"]


class _State(NamedTuple):
    parameters: np.ndarray
    damping: np.ndarray
    coefficients: np.ndarray
    rest: np.ndarray
    error: np.ndarray


def also_in_jit(fit: Callable) -> Callable:
    """A fit of the host that programs of JAX call back, in JAX's default precision.

    What shapes say is raised while the program is traced. Keyword arguments are not traced.
    """

    @functools.wraps(fit)
    def call(weights, **options):
        if not isinstance(weights, Tracer):
            return fit(weights, **options)
        weights = real_array(weights, "weights")

        def host(values):
            found = fit(np.asarray(values), **options)
            return jax.tree.map(lambda x, like: np.asarray(x, like.dtype), found, result)

        def like(x):
            kind = x.dtype if x.dtype == bool else jnp.result_type(float)
            return jax.ShapeDtypeStruct(x.shape, kind)

        result = jax.tree.map(like, fit(np.zeros(weights.shape), **options))
        return jax.pure_callback(host, result, weights, vmap_method="sequential")

    return call


def unit_fields(
    fields: Float[np.ndarray, "field pixel"], size: Float[np.ndarray, " field"]
) -> tuple[Float[np.ndarray, "field pixel"], Float[np.ndarray, " field"]]:
    """Fields over their largest value `size` and their norm, and that norm in their own units.

    Rounded far above round-off, so that the same field in other units takes the same way to the
    same minimum.
    """
    relative = np.round(fields / size[:, None] * DIGITS) / DIGITS
    norm = np.linalg.norm(relative, axis=1)
    return relative / norm[:, None], norm * size


def project(
    columns: Columns, fields: Float[np.ndarray, "search pixel"]
) -> tuple[Float[np.ndarray, "search column"], Float[np.ndarray, "search pixel"]]:
    """Coefficients of the columns that leave least of the fields, and what they leave.

    A column that the others span (no frequency: a sine of zeros) adds nothing.
    """
    coefficients = _solve(columns, fields[:, None])[:, :, 0]
    return coefficients, fields - np.einsum("qc,qcl->ql", coefficients, columns)


def _solve(columns: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Least squares ``[search, column, target]`` by normal equations of normed columns."""
    size = np.linalg.norm(columns, axis=-1)
    size = np.where(size > 1e-150, size, 1)
    normed = columns / size[..., None]
    values, vectors = np.linalg.eigh(normed @ normed.swapaxes(1, 2))
    inverse = np.where(values > 1e-12, 1 / np.where(values > 1e-12, values, 1), 0)
    seen = vectors.swapaxes(1, 2) @ (normed @ targets.swapaxes(1, 2))
    return vectors @ (inverse[..., None] * seen) / size[..., None]


def fit_projected(
    model: Model,
    fields: Float[np.ndarray, "field pixel"],
    starts: Float[np.ndarray, "field start parameter"],
    steps: int = 60,
) -> Projected:
    """The best fit of every field from any of its starts; fields of about unit norm."""
    count, many, size = starts.shape
    owner = np.repeat(np.arange(count), many)
    found = _search(model, fields[owner], starts.reshape(-1, size), SCREENED)
    order = np.argsort(found.error.reshape(count, many), 1)[:, :KEPT]
    chosen = (order + many * np.arange(count)[:, None]).ravel()
    found = _search(model, fields[owner[chosen]], found.parameters[chosen], steps)
    best = np.argmin(found.error.reshape(count, -1), 1)
    best = best + np.arange(count) * order.shape[1]
    return Projected(found.parameters[best], found.coefficients[best], found.error[best])


def _search(model: Model, fields: np.ndarray, starts: np.ndarray, steps: int) -> Projected:
    """Every start by itself; those that have arrived are not moved on."""
    start = np.clip(starts, model.lower, model.upper)
    state = _State(start, np.full(len(start), 1e-2), *_rest(model, start, fields))
    active = np.arange(len(start))
    for _ in range(steps):
        here = _State(*(x[active] for x in state))
        tried = _step(model, here, fields[active])
        better = tried.error < here.error
        damping = np.where(better, here.damping / 5, here.damping * 5)
        gained = here.error - tried.error
        for old, new in zip(state, tried, strict=True):
            old[active[better]] = new[better]
        state.damping[active] = np.maximum(damping, 1e-12)
        arrived = (better & (gained <= 1e-9 * here.error)) | (here.error < 1e-13) | (damping > 1e9)
        active = active[~arrived]
        if not len(active):
            break
    return Projected(state.parameters, state.coefficients, state.error)


def _rest(model: Model, parameters: np.ndarray, fields: np.ndarray):
    coefficients, rest = project(model.columns(parameters), fields)
    return coefficients, rest, np.linalg.norm(rest, axis=1)


def _step(model: Model, here: _State, fields: np.ndarray) -> _State:
    columns = model.columns(here.parameters)
    slopes = model.slopes(here.parameters, here.coefficients)
    slopes = slopes - np.einsum("qcp,qcl->qpl", _solve(columns, slopes), columns)
    square = slopes @ slopes.swapaxes(1, 2)
    scale = np.einsum("qpp->qp", square)
    scale = np.maximum(scale, 1e-12 * scale.max(1, keepdims=True)) + 1e-300
    square = square + here.damping[:, None, None] * np.eye(scale.shape[1]) * scale[:, None]
    # scaled to a diagonal of ones, so that parameters have no units
    unit = 1 / np.sqrt(np.einsum("qpp->qp", square))
    turned = np.linalg.solve(
        square * unit[:, :, None] * unit[:, None, :] + 1e-14 * np.eye(scale.shape[1]),
        unit[:, :, None] * np.einsum("qpl,ql->qp", slopes, here.rest)[:, :, None],
    )
    move = unit * turned[..., 0]
    parameters = np.clip(here.parameters + move, model.lower, model.upper)
    return _State(parameters, here.damping, *_rest(model, parameters, fields))
