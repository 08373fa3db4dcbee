"""Codes of a model and their derivatives: what Fisher information is estimated from."""

import contextlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.arrays import class_indices, real_array
from jaxrep.typing import Array, Real

FEWEST = 3
"""Samples more than numbers of the code that are needed: the expectation is infinite below."""

Groups = Shaped[Array, " sample"]


class Responses(NamedTuple):
    """Codes of samples and their derivatives at one or many stimulus parameters.

    Attributes:
      codes: ``[..., sample, code]``.
      derivatives: ``[..., sample, code, parameter]``, per unit of each parameter.
    """

    codes: Float[Array, "*batch sample code"]
    derivatives: Float[Array, "*batch sample code parameter"]


def responses(
    code: Callable[[Array], Array],
    parameters: Float[Array, "point parameter"] | Float[Array, " point"],
) -> Responses:
    """Codes and exact derivatives at each point, one point after the other (memory of one).

    Args:
      code: ``parameter vector (or scalar) -> [sample, code]``: all samples of the stimulus with
        that parameter, through the model. Anything JAX can differentiate.
      parameters: points, a vector or one number each.

    Raises:
      ValueError: codes with another number of axes than ``[sample, code]``.
    """

    def of_samples(point):
        found = code(point)
        if found.ndim != 2:
            raise ValueError(
                f"code: an array of shape {found.shape} returned; [sample, code] is needed: "
                "flatten all that belongs to one sample"
            )
        return found

    def twice(point):
        found = of_samples(point)
        return found, found

    def at(point):
        if not point.ndim:  # one direction: no axis of directions in the program
            found, derivative = jax.jvp(of_samples, (point,), (jnp.ones_like(point),))
            return Responses(found, derivative[..., None])
        derivative, found = jax.jacfwd(twice, has_aux=True)(point)
        return Responses(found, derivative)

    return jax.lax.map(at, jnp.asarray(parameters))


def responses_by_difference(
    encode: Callable[[Array], Array],
    stimulus: Callable[[Array], Array],
    parameters: Float[Array, " point"],
    separation: float,
) -> Responses:
    """The same with the stimulus' derivative replaced by a finite difference.

    The tangent ``(s(theta + h/2) - s(theta - h/2)) / h`` goes through the exact derivative of
    `encode` at s(theta): the estimator of the face-angle study (h = 0.05 rad).

    Args:
      encode: ``stimuli -> [sample, code]``.
      stimulus: ``parameter -> stimuli``.
      parameters: one number for each point.
      separation: h, in units of the parameter.
    """

    def at(point):
        above, below = stimulus(point + separation / 2), stimulus(point - separation / 2)
        found, derivative = jax.jvp(encode, (stimulus(point),), ((above - below) / separation,))
        return Responses(found, derivative[..., None])

    return jax.lax.map(at, jnp.asarray(parameters))


@contextlib.contextmanager
def ready_responses(found: Responses, traced: bool) -> Iterator[tuple[jax.Array, jax.Array, float]]:
    """Codes, derivatives and round-off of the codes: float64 outside `jit`, as they are inside."""
    codes, derivatives = (
        real_array(found.codes, "codes"),
        real_array(found.derivatives, "derivatives"),
    )
    given = np.dtype(getattr(found.codes, "dtype", float))
    rounding = float(jnp.finfo(given if jnp.issubdtype(given, jnp.floating) else codes.dtype).eps)
    if traced:
        kind = jnp.result_type(codes, derivatives)
        yield jnp.asarray(codes, kind), jnp.asarray(derivatives, kind), rounding
        return
    with jax.enable_x64():
        both = (jnp.asarray(np.asarray(x, np.float64)) for x in (codes, derivatives))
        yield (*both, rounding)


def check_responses(
    found: Responses, shrinkage: Real | None, groups: Groups | None
) -> np.ndarray | None:
    """What shapes say, inside `jit` too; membership ``[group, sample]`` of groups."""
    shape, moved = np.shape(found.codes), np.shape(found.derivatives)
    if len(shape) < 2 or not shape[-1]:
        raise ValueError(f"codes: an array of shape {shape} given; [..., sample, code] is needed")
    if moved[:-1] != shape or not moved[-1]:
        raise ValueError(
            f"derivatives: an array of shape {moved} given; {(*shape, 'parameters')} is needed"
        )
    samples, numbers = shape[-2:]
    if shrinkage is not None:
        wrong = ~(np.isfinite(shrinkage) & (np.asarray(shrinkage) >= 0))
        if wrong.any():
            raise ValueError(f"shrinkage: {shrinkage} given; 0 or a finite number above is needed")
    plain = shrinkage is not None and np.any(np.asarray(shrinkage) == 0)
    least = numbers + FEWEST if plain else 2
    if samples < least:
        hint = ", or a shrinkage above 0" if plain else ""
        raise ValueError(
            f"codes: {samples} samples of {numbers} numbers; at least {least} are needed{hint}"
        )
    return None if groups is None else _membership(groups, samples)


def _membership(groups: Groups, samples: int) -> np.ndarray:
    names, index = class_indices(groups, "groups")
    if len(index) != samples:
        raise ValueError(f"groups: {len(index)} given for {samples} samples")
    if len(names) < 2:
        raise ValueError(f"groups: {len(names)} given; at least 2 are needed")
    return np.eye(len(names))[:, index]
