"""Fisher information of a noisy code, from responses and their derivatives.

For codes z of samples i at a stimulus parameter theta, mean mu and covariance Sigma over samples
(the samples are the noise), a Gaussian model has the information

    I_ab = mu'_a^T Sigma^-1 mu'_b + tr(Sigma^-1 Sigma'_a Sigma^-1 Sigma'_b) / 2

(Kay 1993, eq. 3.31), primes being derivatives in the parameters. Both terms come from the same
responses and derivatives. Sigma is never inverted, nor even formed: with the centred codes
``Z / sqrt(N - 1) = Q R`` and ``v_a = R^-T mu'_a``, ``I_ab = v_a . v_b``, which needs the square
root of the condition that an inverse needs. Information is per squared unit of the parameter
(1 / rad^2 for an angle).

From N samples of K numbers both terms come out too large, the mean term by more than
(N - 1) / (N - K - 2); what is known of that is removed (`jaxrep.analysis.fisher_terms`).
"""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Bool, Float, Shaped

from jaxrep.analysis.fisher_responses import (
    Groups,
    Responses,
    check_responses,
    ready_responses,
)
from jaxrep.analysis.fisher_responses import responses as responses
from jaxrep.analysis.fisher_responses import responses_by_difference as responses_by_difference
from jaxrep.analysis.fisher_responses import responses_from_codes as responses_from_codes
from jaxrep.analysis.fisher_terms import (
    White,
    effective_samples,
    moments,
    moments_without,
    singular_condition,
    terms,
    whiten,
)
from jaxrep.arrays import real_array
from jaxrep.typing import Array, Real

LARGEST_CONDITION = 1e10
"""Condition of the correlations of float32 codes beyond which information is below round-off."""
LARGEST_ERROR = 0.25
"""Relative standard error, sqrt(2 / (N - K - 4)) at best, up to which information is reliable."""
LARGEST_BIAS = 0.1
"""Relative bias of the mean term, (K + 1) / (N - K - 2), up to which uncorrected information is."""


class Fisher(NamedTuple):
    """Fisher information, ``[..., parameter, parameter]``.

    Attributes:
      mean_term: of changes of the mean code (linear Fisher information).
      covariance_term: of changes of the covariance.
      condition: of the correlations of the code's numbers, the greatest eigenvalue over the
        least; ``[...]``, in whatever units the numbers are.
      reliable: False where the condition exceeds `LARGEST_CONDITION`, a number varies by no more
        than the round-off of its type, the samples are too few (a relative standard error of
        0.25 needs K + 37 independent ones; information that is not corrected also a relative
        bias of the mean term below 0.1), or anything is not finite.
      effective_samples: N, or how many independent samples those of groups are worth.
    """

    mean_term: Float[Array, "*batch parameter parameter"]
    covariance_term: Float[Array, "*batch parameter parameter"]
    condition: Float[Array, "*batch"]
    reliable: Bool[Array, "*batch"]
    effective_samples: Float[Array, "*batch"]

    @property
    def total(self) -> Float[Array, "*batch parameter parameter"]:
        """Information of a Gaussian code with that mean and covariance."""
        return self.mean_term + self.covariance_term


def fisher_information(
    found: Responses,
    shrinkage: Real = 0.0,
    *,
    groups: Groups | None = None,
    bias_correction: bool = True,
) -> Fisher:
    """Both terms of the information, and whether to believe them.

    Outside `jit` codes are cast to float64 before they are centred; inside, the precision is the
    caller's. With codes of a float32 network the float64 decomposition agrees with an all-float64
    computation within 2e-3 even where the covariance's condition is 1e8. Units of the code do not
    matter. NaN, and not reliable, where a value is not finite or the covariance is singular.

    Corrected terms have the right mean for codes and derivatives that are jointly Gaussian
    (closely so for others), and can be below 0 where information is less than its error: average
    first, and cut off at 0 only what is drawn. Without the correction they are never negative.

    >>> draw = np.random.default_rng(0)
    >>> found = Responses(draw.normal(size=(2000, 20, 10)), np.ones((2000, 20, 10, 1)))
    >>> plain = fisher_information(found, bias_correction=False)  # the truth is 10, and 0
    >>> [round(float(f.mean_term.mean())) for f in (plain, fisher_information(found))]
    [24, 10]

    Args:
      found: of at least three samples more than the code has numbers (two samples with a
        shrinkage above 0).
      shrinkage: lambda of ``Sigma + lambda tr(Sigma) / K Id``, K numbers of the code; 0 is none.
        What it does to the information depends on units and has no correction: none is made.
      groups: of every sample (the person of a picture), by any labels, concrete inside `jit`;
        the biases are then those of as many independent samples as these are worth.
      bias_correction: False gives the plug-in terms, never negative, too large with few samples.

    Raises:
      ValueError: too few samples; shapes or types that do not fit; a negative shrinkage; a
        covariance that is singular by construction: a number of the code that never changes, or
        numbers that depend on each other linearly at all points. Of values (not shapes) only
        outside `jit`; inside they give NaN.
    """
    traced = isinstance(shrinkage, Tracer) or any(isinstance(x, Tracer) for x in found)
    members = check_responses(found, None if isinstance(shrinkage, Tracer) else shrinkage, groups)
    with ready_responses(found, traced) as (codes, derivatives, rounding):
        if not traced and np.all(shrinkage == 0):
            _check_constant(np.asarray(codes))
        batch = codes.shape[:-2]
        lamb = jnp.broadcast_to(jnp.asarray(shrinkage, codes.dtype), batch)
        result = _fisher(codes, derivatives, lamb, members, rounding, bool(bias_correction))
        if traced:
            return result
        result = Fisher(*map(np.asarray, result))
    if np.all(shrinkage == 0):
        _check_condition(result.condition)
    return result


def _check_constant(codes: np.ndarray) -> None:
    if not codes.size:
        return
    with np.errstate(invalid="ignore"):
        spread = np.ptp(codes, -2)
    moving = (spread != 0).any(tuple(range(spread.ndim - 1)))  # NaN counts as moving
    if not moving.all():
        raise ValueError(
            f"codes: number {int(np.argmin(moving))} is the same for all samples, so the "
            "covariance is singular; leave it out or give a shrinkage above 0"
        )


def _check_condition(condition: np.ndarray) -> None:
    if condition.size and (condition > singular_condition(np.float64)).all():
        raise ValueError(
            "codes: the covariance is singular at every point, because numbers of the code depend "
            "on each other linearly; leave some out or give a shrinkage above 0"
        )


@functools.partial(jax.jit, static_argnames=("correct",))
def _fisher(codes, derivatives, shrinkage, members, rounding, correct: bool) -> Fisher:
    *batch, samples, numbers = codes.shape

    def one(codes, derivatives, shrinkage):
        white = whiten(codes, derivatives, shrinkage)
        worth = _worth(white, members)
        enough = worth > numbers + 2
        usable = (white.condition <= singular_condition(codes.dtype)) & (enough | (shrinkage > 0))
        unshrunk = correct & (shrinkage == 0)
        both = terms(moments(white), worth, unshrunk, white.grown)
        mean, covariance = (jnp.where(usable, term, jnp.nan) for term in both)
        reliable = usable & jnp.isfinite(mean + covariance).all()
        reliable &= white.condition < LARGEST_CONDITION
        reliable &= (white.spread > 4 * rounding * jnp.abs(codes).max(0)).all() | (shrinkage > 0)
        reliable &= worth - numbers - 4 > 2 / LARGEST_ERROR**2
        reliable &= unshrunk | (numbers + 1 < LARGEST_BIAS * (worth - numbers - 2))
        return Fisher(mean, covariance, white.condition, reliable, worth)

    flat = (x.reshape(-1, *x.shape[len(batch) :]) for x in (codes, derivatives, shrinkage))
    return jax.tree.map(lambda x: x.reshape(*batch, *x.shape[1:]), jax.vmap(one)(*flat))


def _worth(white: White, members) -> Array:
    if members is None:
        return jnp.asarray(float(white.codes.shape[-1]), white.codes.dtype)
    return effective_samples(white.codes, jnp.asarray(members, white.codes.dtype))


def readout_information(
    found: Responses,
    weights: Shaped[Array, " code"],
    *,
    groups: Groups | None = None,
    bias_correction: bool = True,
) -> Float[np.ndarray, "..."]:
    """``(w . mu')^2 / (w^T Sigma w)``: what a fixed linear readout keeps.

    The mean term of the code of one number ``w . z``, corrected like `fisher_information`;
    without the correction it is at most the mean term of the whole code.

    >>> draw = np.random.default_rng(0)
    >>> found = Responses(draw.normal(size=(500, 2)), np.ones((500, 2, 1)))
    >>> round(float(readout_information(found, np.array([0.5, 0.5]))))
    2

    Args:
      found: codes and derivatives in one parameter.
      weights: of the readout; (1, 1) / 2 for the mean of two numbers.
      groups, bias_correction: as of `fisher_information`.

    Returns:
      ``[...]``; NaN where what is read does not vary, or is not finite.

    Raises:
      ValueError: derivatives in several parameters, fewer than four samples, or shapes that do
        not fit.
    """
    codes = np.asarray(real_array(found.codes, "codes"), float)
    slopes = np.asarray(real_array(found.derivatives, "derivatives"), float)
    weights = np.asarray(real_array(weights, "weights"), float)
    if slopes.ndim and slopes.shape[-1] != 1:
        raise ValueError(f"derivatives: in {slopes.shape[-1]} parameters; 1 is needed")
    if codes.ndim < 2 or weights.shape != codes.shape[-1:]:
        raise ValueError(f"weights: shape {weights.shape} given for codes of shape {codes.shape}")
    with np.errstate(all="ignore"):  # of codes that are not finite
        read = Responses(
            (codes @ weights)[..., None], np.einsum("...kp,k->...p", slopes, weights)[..., None, :]
        )
    members = check_responses(read, 0.0, groups)
    with ready_responses(read, False) as (codes, slopes, rounding):
        none = jnp.zeros(codes.shape[:-2])
        fisher = _fisher(codes, slopes, none, members, rounding, bool(bias_correction))
        return np.asarray(fisher.mean_term[..., 0, 0])


class Jackknifed(NamedTuple):
    """Standard error and bias by leaving out one sample (or one group) after the other.

    Attributes:
      mean_term, covariance_term, total: standard errors, ``[..., parameter, parameter]``.
      bias: of the mean term; what an infinite sample would show is the estimate minus this.
      reliable: False where `fisher_information` is not finite, or is not without some group.
      replicates: the mean term without each group, ``[..., group, parameter, parameter]``: what
        is known of how errors at several points go together.
    """

    mean_term: Float[Array, "*batch parameter parameter"]
    covariance_term: Float[Array, "*batch parameter parameter"]
    total: Float[Array, "*batch parameter parameter"]
    bias: Float[Array, "*batch parameter parameter"]
    reliable: Bool[Array, "*batch"]
    replicates: Float[Array, "*batch group parameter parameter"]


def fisher_jackknife(
    found: Responses, *, groups: Groups | None = None, bias_correction: bool = True
) -> Jackknifed:
    """Jackknife of `fisher_information` over samples or groups of them (Efron and Stein 1981).

    Samples that come in groups (ten pictures of each person) are not independent: left out one by
    one their errors come out too small. The codes are whitened once, and again without each
    group, where their covariance is near the identity. NaN where the information is NaN, or where
    fewer than three samples more than numbers are left.

    >>> draw = np.random.default_rng(0)
    >>> person = np.repeat(np.arange(20), 5)
    >>> codes = draw.normal(size=(20, 2))[person] + 0.3 * draw.normal(size=(100, 2))
    >>> found = Responses(codes, np.ones((100, 2, 1)))
    >>> single, grouped = fisher_jackknife(found), fisher_jackknife(found, groups=person)
    >>> bool(grouped.mean_term[0, 0] > 1.5 * single.mean_term[0, 0])
    True

    Args:
      found, groups, bias_correction: as of `fisher_information`.

    Raises:
      ValueError: too few samples, or shapes, types and groups that do not fit.
    """
    members = check_responses(found, 0.0, groups)
    traced = any(isinstance(x, Tracer) for x in found)
    with ready_responses(found, traced) as (codes, derivatives, _):
        result = _jackknife(codes, derivatives, members, bool(bias_correction))
        return result if traced else Jackknifed(*map(np.asarray, result))


@functools.partial(jax.jit, static_argnames=("correct",))
def _jackknife(codes, derivatives, members, correct: bool) -> Jackknifed:
    *batch, samples, numbers = codes.shape
    members = None if members is None else jnp.asarray(members, codes.dtype)
    left = jnp.eye(samples, dtype=codes.dtype) if members is None else members
    groups = len(left)
    share = 1 - left.sum(1) / samples

    def errors(point):
        white, worth = point
        effective = worth * share
        both = terms(moments_without(white, left), effective, correct)
        usable = white.condition <= singular_condition(codes.dtype)
        usable &= effective > numbers + 2
        firsts, seconds = (jnp.where(usable[:, None, None], x, jnp.nan) for x in both)
        full, _ = terms(moments(white), worth, correct)

        def spread(values):
            return jnp.sqrt((groups - 1) * values.var(0))

        found = spread(firsts), spread(seconds), spread(firsts + seconds)
        bias = (groups - 1) * (firsts.mean(0) - full)
        fine = jnp.isfinite(bias).all() & jnp.isfinite(found[2]).all()
        return Jackknifed(*found, bias, fine, firsts)

    flat = (x.reshape(-1, *x.shape[len(batch) :]) for x in (codes, derivatives))
    white = jax.vmap(lambda *point: whiten(*point, jnp.zeros((), codes.dtype)))(*flat)
    worth = jax.vmap(lambda one: _worth(one, members))(white)
    # one point after the other: all replicates of one are in memory
    found = jax.lax.map(errors, (white, worth))
    return jax.tree.map(lambda x: x.reshape(*batch, *x.shape[1:]), found)
