"""Fisher information of a noisy code, from responses and their derivatives.

For codes z of samples i at a stimulus parameter theta, mean mu and covariance Sigma over samples
(the samples are the noise), a Gaussian model has the information

    I_ab = mu'_a^T Sigma^-1 mu'_b + tr(Sigma^-1 Sigma'_a Sigma^-1 Sigma'_b) / 2

(Kay 1993, eq. 3.31), primes being derivatives in the parameters. Both terms come from the same
responses and derivatives. Sigma is never inverted, nor even formed: with the centred codes
``Z / sqrt(N - 1) = Q R`` and ``v_a = R^-T mu'_a``, ``I_ab = v_a . v_b``, which is never negative
and needs the square root of the condition that an inverse needs. Information is per squared unit
of the parameter (1 / rad^2 for an angle).
"""

import contextlib
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Bool, Float

from jaxrep.typing import Array, Real

LARGEST_CONDITION = 1e10
"""Condition of the covariance of float32 codes beyond which information is below round-off."""


SINGULAR = 1e24
"""Condition beyond which float64 codes depend on each other exactly."""


class Responses(NamedTuple):
    """Codes of samples and their derivatives at one or many stimulus parameters.

    Attributes:
      codes: ``[..., sample, code]``.
      derivatives: ``[..., sample, code, parameter]``, per unit of each parameter.
    """

    codes: Float[Array, "*batch sample code"]
    derivatives: Float[Array, "*batch sample code parameter"]


class Fisher(NamedTuple):
    """Fisher information, ``[..., parameter, parameter]``.

    Attributes:
      mean_term: of changes of the mean code (linear Fisher information).
      covariance_term: of changes of the covariance.
      condition: of the covariance, the greatest eigenvalue over the least; ``[...]``.
      reliable: False where the condition exceeds `LARGEST_CONDITION`, or anything is not finite.
    """

    mean_term: Float[Array, "*batch parameter parameter"]
    covariance_term: Float[Array, "*batch parameter parameter"]
    condition: Float[Array, "*batch"]
    reliable: Bool[Array, "*batch"]

    @property
    def total(self) -> Float[Array, "*batch parameter parameter"]:
        """Information of a Gaussian code with that mean and covariance."""
        return self.mean_term + self.covariance_term


def responses(
    code: Callable[[Array], Array],
    parameters: Float[Array, "point parameter"] | Float[Array, " point"],
) -> Responses:
    """Codes and exact derivatives at each point, one point after the other (memory of one).

    Args:
      code: ``parameter vector (or scalar) -> [sample, code]``: all samples of the stimulus with
        that parameter, through the model. Anything JAX can differentiate.
      parameters: points, a vector or one number each.
    """

    def twice(point):
        found = code(point)
        return found, found

    def at(point):
        if not point.ndim:  # one direction: no axis of directions in the program
            found, derivative = jax.jvp(code, (point,), (jnp.ones_like(point),))
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


def fisher_information(found: Responses, shrinkage: Real = 0.0) -> Fisher:
    """Both terms of the information, never negative, and whether to believe them.

    Outside `jit` codes are cast to float64 before they are centred; inside, the precision is the
    caller's. With codes of a float32 network the float64 decomposition agrees with an all-float64
    computation within 2e-3 even where the covariance's condition is 1e8.

    Args:
      found: of at least two samples more than the code has numbers.
      shrinkage: lambda of ``Sigma + lambda tr(Sigma) / K Id``, K numbers of the code; 0 is none.

    Raises:
      ValueError: too few samples, or a covariance that is singular by construction: a number of
        the code that never changes, or numbers that depend on each other linearly at all points;
        not inside `jit`.
    """
    with _double(found.codes) as ready:
        codes, derivatives = ready(found.codes), ready(found.derivatives)
        if not isinstance(codes, Tracer):
            _check(np.asarray(codes), shrinkage)
        result = _fisher(codes, derivatives, shrinkage)
        if not isinstance(codes, Tracer) and np.all(shrinkage == 0):
            _check_condition(np.asarray(result.condition))
        return result if isinstance(codes, Tracer) else Fisher(*map(np.asarray, result))


@contextlib.contextmanager
def _double(codes):
    """float64 outside `jit`; inside, arrays as they are."""
    if isinstance(codes, Tracer):
        yield jnp.asarray
        return
    with jax.enable_x64():
        yield lambda array: jnp.asarray(np.asarray(array, np.float64))


def _check(codes: np.ndarray, shrinkage: Real) -> None:
    samples, numbers = codes.shape[-2:]
    if samples < numbers + 2:
        raise ValueError(
            f"codes: {samples} samples of {numbers} numbers; at least {numbers + 2} are needed"
        )
    if np.all(shrinkage == 0):
        spread = np.ptp(codes, -2)
        if np.isfinite(spread).all() and not spread.any(tuple(range(spread.ndim - 1))).all():
            constant = int(np.argmin(spread.any(tuple(range(spread.ndim - 1)))))
            raise ValueError(
                f"codes: number {constant} is the same for all samples, so the covariance is "
                "singular; leave it out or give a shrinkage above 0"
            )


def _check_condition(condition: np.ndarray) -> None:
    if condition.size and (condition > SINGULAR).all():
        raise ValueError(
            "codes: the covariance is singular at every point, because numbers of the code depend "
            "on each other linearly; leave some out or give a shrinkage above 0"
        )


class _White(NamedTuple):
    """In coordinates where the covariance is the identity (``x -> R^-T x``), centred."""

    codes: Array  # [..., code, sample]
    derivatives: Array  # [..., code, sample, parameter]
    mean: Array  # mean derivative [..., code, parameter]
    covariance: Array  # derivative of the covariance [..., code, code, parameter]
    condition: Array


def _whiten(codes, derivatives, shrinkage) -> _White:
    *batch, samples, numbers = codes.shape
    centred = codes - codes.mean(-2, keepdims=True)
    moving = derivatives - derivatives.mean(-3, keepdims=True)
    scaled = centred / (samples - 1) ** 0.5
    variance = jnp.sum(scaled**2, (-2, -1)) / numbers
    floor = jnp.sqrt(shrinkage * variance)[..., None, None] * jnp.eye(numbers)
    triangle = jnp.linalg.qr(jnp.concatenate([scaled, floor], -2), mode="r")
    values = jnp.linalg.svd(triangle, compute_uv=False)
    transposed = jnp.swapaxes(triangle, -1, -2)

    def white(array):
        """``R^-T array`` for ``[..., code, *rest]``."""
        flat = array.reshape(*batch, numbers, -1)
        solved = jax.scipy.linalg.solve_triangular(transposed, flat, lower=True)
        return solved.reshape(array.shape)

    codes_white = white(jnp.swapaxes(centred, -1, -2))
    moving_white = white(jnp.moveaxis(moving, -2, -3))
    product = jnp.einsum("...knp,...ln->...klp", moving_white, codes_white, precision="highest")
    change = (product + jnp.swapaxes(product, -3, -2)) / (samples - 1)
    # what shrinkage adds to the covariance grows with its trace
    grown = 2 * jnp.einsum("...nkp,...nk->...p", moving, centred, precision="highest")
    inverse = white(jnp.broadcast_to(jnp.eye(numbers), (*batch, numbers, numbers)))
    identity = jnp.einsum("...ab,...cb->...ac", inverse, inverse, precision="highest")
    rate = shrinkage * grown / ((samples - 1) * numbers)
    change = change + identity[..., None] * rate[..., None, None, :]
    condition = (values[..., 0] / values[..., -1]) ** 2
    return _White(codes_white, moving_white, white(derivatives.mean(-3)), change, condition)


@jax.jit
def _fisher(codes, derivatives, shrinkage) -> Fisher:
    white = _whiten(codes, derivatives, shrinkage)
    mean, covariance = _terms(white.mean, white.covariance)
    finite = jnp.isfinite(mean + covariance).all((-2, -1))
    return Fisher(mean, covariance, white.condition, finite & (white.condition < LARGEST_CONDITION))


def _terms(mean: Array, covariance: Array) -> tuple[Array, Array]:
    first = jnp.einsum("...ka,...kb->...ab", mean, mean, precision="highest")
    second = jnp.einsum("...kla,...klb->...ab", covariance, covariance, precision="highest") / 2
    return first, second


def readout_information(found: Responses, weights: Float[Array, " code"]) -> Float[Array, "..."]:
    """``(w . mu')^2 / (w^T Sigma w)``: what a fixed linear readout keeps; at most the mean term.

    Args:
      found: codes and derivatives in one parameter.
      weights: of the readout; (1, 1) / 2 for the mean of two numbers.

    Returns:
      ``[...]``.
    """
    read = np.asarray(found.codes, float) @ np.asarray(weights, float)
    slope = np.einsum(
        "...kp,k->...p", np.asarray(found.derivatives, float).mean(-3), np.asarray(weights, float)
    )
    return slope[..., 0] ** 2 / read.var(-1, ddof=1)


class Jackknifed(NamedTuple):
    """Standard error and bias by leaving out one sample (or one group) after the other.

    Attributes:
      mean_term, covariance_term, total: standard errors, ``[..., parameter, parameter]``.
      bias: of the mean term; what an infinite sample would show is the estimate minus this.
    """

    mean_term: Float[Array, "*batch parameter parameter"]
    covariance_term: Float[Array, "*batch parameter parameter"]
    total: Float[Array, "*batch parameter parameter"]
    bias: Float[Array, "*batch parameter parameter"]


def fisher_jackknife(found: Responses) -> Jackknifed:
    """Jackknife of `fisher_information` over samples, without a loop over them.

    With all codes whitened once, the covariance without sample i is the identity but for one
    outer product, whose inverse is known in closed form (Sherman and Morrison 1950).

    Raises:
      ValueError: as of `fisher_information`.
    """
    with _double(found.codes) as ready:
        codes, derivatives = ready(found.codes), ready(found.derivatives)
        if not isinstance(codes, Tracer):
            _check(np.asarray(codes), 0.0)
        result = _jackknife(codes, derivatives)
        if isinstance(codes, Tracer):
            return result
        return Jackknifed(*map(np.asarray, result))


@jax.jit
def _jackknife(codes, derivatives) -> Jackknifed:
    count = codes.shape[-2]
    white = _whiten(codes, derivatives, 0.0)
    y, moving = white.codes, white.derivatives
    ratio = count / (count - 1) ** 2
    # covariance without i: (N-1)/(N-2) [Id - ratio y y^T]; its inverse by Sherman-Morrison
    gain = ratio / (1 - ratio * jnp.sum(y**2, -2))
    mean = white.mean[..., None, :] - moving / (count - 1)  # [..., code, sample, parameter]
    along = jnp.einsum("...kn,...knp->...np", y, mean)
    first = jnp.einsum("...kna,...knb->...nab", mean, mean)
    first = first + gain[..., None, None] * along[..., :, None] * along[..., None, :]
    first = first * (count - 2) / (count - 1)
    outer = jnp.einsum("...knp,...ln->...nklp", moving, y)
    change = white.covariance[..., None, :, :, :] - ratio * (outer + jnp.swapaxes(outer, -3, -2))
    # inverse times change: their factors (N-1)/(N-2) cancel
    half = change + jnp.einsum("...n,...kn,...jn,...njlp->...nklp", gain, y, y, change)
    second = jnp.einsum("...nkla,...nlkb->...nab", half, half) / 2

    def spread(values):
        return jnp.sqrt((count - 1) * values.var(-3))

    full, _ = _terms(white.mean, white.covariance)
    bias = (count - 1) * (first.mean(-3) - full)
    return Jackknifed(spread(first), spread(second), spread(first + second), bias)
