"""Codes of a model and their derivatives: what Fisher information is estimated from."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.arrays import class_indices, native_array, real_array
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

    >>> found = responses(lambda angle: jnp.array([[angle**2]]), jnp.array([1.0, 3.0]))
    >>> found.codes.ravel().tolist(), found.derivatives.ravel().tolist()
    ([1.0, 9.0], [2.0, 6.0])
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

    return jax.lax.map(at, jnp.asarray(native_array(parameters, "parameters")))


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

    >>> def stimulus(angle):
    ...     return jnp.array([[angle]])
    >>> found = responses_by_difference(lambda x: x**2, stimulus, jnp.array([1.0, 3.0]), 0.5)
    >>> found.codes.ravel().tolist(), found.derivatives.ravel().tolist()
    ([1.0, 9.0], [2.0, 6.0])
    """

    def at(point):
        above, below = stimulus(point + separation / 2), stimulus(point - separation / 2)
        found, derivative = jax.jvp(encode, (stimulus(point),), ((above - below) / separation,))
        return Responses(found, derivative[..., None])

    return jax.lax.map(at, jnp.asarray(native_array(parameters, "parameters")))


def responses_from_codes(
    below: Shaped[Array, "..."] | Sequence,
    codes: Shaped[Array, "..."] | Sequence,
    above: Shaped[Array, "..."] | Sequence,
    separation: Real,
) -> Responses:
    """Of any black box, by central differences of its codes at theta - h and theta + h.

    ``(above - below) / (2 h)`` in float64 on the host: PyTorch models, simulators, recordings.

    - **Step.** The derivatives are off by h^2 / 6 times the third derivative of the code, and by
      round-off, eps |z| / h for codes of a type with that eps. For a code that varies over an
      angle of order 1 their sum is least near h = (3 eps)^(1/3): 0.007 of float32, 9e-6 of
      float64. Measured of a network of 16 units and 300 pictures: information within 5e-4 of that
      of exact derivatives (float32, h = 0.007), 1e-9 (float64, h = 1e-5). A kink (ReLU) that a
      sample crosses within h is off by its change of slope, in a share of samples that falls as h.
    - **The same samples at all three** (pictures, frozen noise): nothing else is lost.
    - **Other samples or trials at either side** (recordings): the differences carry the noise of
      the sides, ``Omega = (Sigma_below + Sigma_above) / (2 h)^2`` per trial. Squared, this adds
      ``tr(Sigma^-1 Omega) / N``, about ``K / (2 N h^2)`` of N trials of K numbers, to the plug-in
      mean term, beside the usual factor (N - 1) / (N - K - 2). `fisher_information` removes both
      exactly for Gaussian noise, as it corrects for how far derivatives scatter: no
      cross-validation is needed, but trials of theta itself that are not those of the sides.
      The scatter of the addition stays: choose h so large that it does not exceed the information.
      **The covariance term is not known**, as trials that are not paired do not show how the
      covariance changes: take ``mean_term``, never ``total``. `sampled_information` does
      without codes at theta.

    >>> draw = np.random.default_rng(0)
    >>> noise = draw.normal(size=(2000, 3))
    >>> codes = [noise + np.sin([a, 2 * a, 3 * a]) for a in (-1e-3, 0.0, 1e-3)]
    >>> found = responses_from_codes(*codes, separation=2e-3)
    >>> found.derivatives[0, :, 0].round(3).tolist()
    [1.0, 2.0, 3.0]

    Args:
      below: codes at theta - h, samples in the same order, ``[..., sample, code]``; of several
        parameters ``[..., sample, code, parameter]``, codes where that one alone is less.
      codes: at theta itself, ``[..., sample, code]``; float32 stays as it is, which tells their
        round-off. Lists of arrays, one for each point, are stacked.
      above: codes at theta + h, of the same shape as `below`.
      separation: 2 h, between the sides, in units of the parameter; one number, or one for each
        of several parameters.

    Raises:
      ValueError: shapes that do not fit, a separation that is not above 0 and finite, types that
        are no real numbers. NaN codes make NaN derivatives.
    """
    named = {"below": below, "codes": codes, "above": above}
    sides = {name: np.asarray(real_array(values, name)) for name, values in named.items()}
    shape, given = sides["codes"].shape, sides["below"].shape
    if len(shape) < 2:
        raise ValueError(f"codes: shape {shape} given; [..., sample, code] is needed")
    several = len(given) > len(shape)
    parameters = given[-1] if several else 1
    if given != ((*shape, parameters) if several else shape) or not parameters:
        raise ValueError(f"below: shape {given} given; {shape} as of codes is needed")
    if sides["above"].shape != given:
        raise ValueError(f"above: shape {sides['above'].shape} given; {given} as below is needed")
    apart = np.asarray(real_array(separation, "separation"), float)
    if apart.shape not in ((), (parameters,)):
        raise ValueError(f"separation: shape {apart.shape} given for {parameters} parameters")
    wrong = ~(np.isfinite(apart) & (apart > 0))
    if wrong.any():
        raise ValueError(f"separation: {apart[wrong][0]} given; finite and above 0 is needed")
    change = sides["above"].astype(float) - sides["below"].astype(float)
    return Responses(sides["codes"], (change if several else change[..., None]) / apart)


@contextlib.contextmanager
def ready_responses(found: Responses, traced: bool) -> Iterator[tuple[jax.Array, jax.Array, float]]:
    """Codes, derivatives and round-off of the codes: float64 outside `jit`, as they are inside."""
    codes, derivatives = (
        real_array(found.codes, "codes"),
        real_array(found.derivatives, "derivatives"),
    )
    given = native_array(found.codes, "codes").dtype
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
