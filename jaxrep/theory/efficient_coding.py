"""How an efficient code divides its precision, by what it is paid for.

The code maximises ``E_p[f(sqrt I)]`` over Fisher information I(s) with ``integral sqrt(I) = C``
(a code of limited range), so ``f'(sqrt I(s)) p(s)`` is the same everywhere. With an error that is
Gaussian of deviation 1 / sqrt(I), a loss |error|^q has ``f = -x^-q`` and

    I(s) ~ p(s)^(2 / (1 + q)).

q -> 0 is the logarithm (infomax: sqrt(I) ~ p; Wei and Stocker 2015; Ganguli and Simoncelli 2014);
other q are in Morais and Pillow (2018). Information is per squared unit of s, p per unit of s.
Under other constraints other powers hold: a limit on spikes and cells gives ``2 / (1 + 3 q / 2)``
for a loss of power q, so 1/2 for the squared error (discrimax; Ganguli and Simoncelli 2014).
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.arrays import real_array
from jaxrep.typing import Array, Real


def information_exponent(loss_power: Real, parameters: int = 1) -> Float[np.ndarray, "..."] | float:
    """g of ``I ~ p^g`` for a loss |error|^q under a fixed integral of sqrt(I).

    Of K parameters, ``g = 2 / (K + q)``: a loss ``sum_a |error_a|^q`` under a fixed integral of
    ``sqrt(det I)`` over all of them is least for ``I_aa ~ p^g`` with the joint density p, equal
    for all a, in units in which errors in all parameters cost the same. (Minimise
    ``p K I^(-q/2) + c I^(K/2)`` in I at every point.)

    Raises:
      ValueError: a negative power, or no parameter.

    >>> [float(round(information_exponent(q), 3)) for q in (0.0, 0.5, 1.0, 2.0, 4.0)]
    [2.0, 1.333, 1.0, 0.667, 0.4]
    >>> float(information_exponent(1.0, parameters=3))
    0.5
    """
    powers = np.asarray(real_array(loss_power, "loss_power"), float)
    if (powers < 0).any():
        raise ValueError(f"loss_power: {powers.min()} is negative")
    if parameters < 1:
        raise ValueError(f"parameters: {parameters} given; at least 1 is needed")
    return 2 / (parameters + powers)


def efficient_information(
    density: Shaped[Array, "*batch angle"],
    angles: Shaped[Array, " angle"],
    exponent: Real,
    total: Real = 1.0,
) -> Float[np.ndarray, "*batch angle"]:
    """``I ~ p^g`` with a given ``integral sqrt(I)`` (`total`), by the trapezoid rule.

    Args:
      density: p, any scale.
      angles: where it is given.
      exponent: g.
      total: integral of sqrt(I) over the angles.

    Raises:
      ValueError: fewer than two angles, angles that do not rise, a density below 0.

    >>> efficient_information(np.array([1, 1, 1]), np.array([0, 1, 2]), 1.0, total=4).tolist()
    [4.0, 4.0, 4.0]
    """
    density, angles = _given("density", density, angles)
    top = density.max(-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        root = (density / top) ** (np.asarray(real_array(exponent, "exponent"), float) / 2)
        return (root * total / np.trapezoid(root, angles, axis=-1)[..., None]) ** 2


def expected_loss(
    density: Shaped[Array, " angle"],
    information: Shaped[Array, " angle"],
    angles: Shaped[Array, " angle"],
    loss_power: float,
) -> float:
    """``E_p[|error|^q]`` of Gaussian errors of deviation 1 / sqrt(I); of ln |error| for q = 0.

    Infinite where there is a density and no information.

    Raises:
      ValueError: fewer than two angles, angles that do not rise, a density, information or power
        below 0.

    >>> flat, angles = np.ones(3), np.arange(3.0)
    >>> round(expected_loss(flat, 4 * flat, angles, 2.0), 6)  # the variance, 1 / I
    0.25
    """
    density, angles = _given("density", density, angles)
    information, angles = _given("information", information, angles)
    if loss_power < 0:
        raise ValueError(f"loss_power: {loss_power} is negative")
    density = density / density.max()
    with np.errstate(divide="ignore", invalid="ignore"):
        at = _loss_at(information, loss_power)
        paid = np.where(density == 0, 0, density * at)
        return float(np.trapezoid(paid, angles) / np.trapezoid(density, angles))


def _loss_at(information: np.ndarray, loss_power: float) -> np.ndarray:
    from scipy.special import digamma, gammaln

    if loss_power == 0:
        # E ln|x| of a standard normal x is (digamma(1/2) + ln 2) / 2
        return -np.log(information) / 2 + (digamma(0.5) + np.log(2)) / 2
    moment = loss_power / 2 * np.log(2) + gammaln((1 + loss_power) / 2) - gammaln(0.5)
    return np.exp(moment) * information ** (-loss_power / 2)


def predicted_bias(
    information: Shaped[Array, "*batch angle"], angles: Shaped[Array, " angle"]
) -> Float[np.ndarray, "*batch angle"]:
    """Shape of the bias, ``d/ds (1 / I)``, up to a positive factor (Wei and Stocker 2017).

    Away from where the code is precise. The factor, and with it the sign, depends on code and
    decoder (`jaxrep.theory.bias_law`): it is positive for a code of maximal information (g = 2)
    whose decoder minimises squared errors, and negative where both serve the same loss. NaN beside
    angles without information.

    Raises:
      ValueError: fewer than three angles, angles that do not rise, information below 0.

    >>> angles = np.linspace(1.0, 2.0, 5)
    >>> predicted_bias(1 / angles, angles).round(6).tolist()  # of a variance equal to the angle
    [1.0, 1.0, 1.0, 1.0, 1.0]
    """
    information, angles = _given("information", information, angles, least=3)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.gradient(1 / information, angles, axis=-1, edge_order=2)


class Iterated(NamedTuple):
    """Densities p_0, p_1, ... of an iteration.

    Attributes:
      densities: ``[iteration + 1, angle]``, each integrating to 1.
      distances: total variation distance of each to the uniform density.
    """

    densities: Float[np.ndarray, "iteration angle"]
    distances: Float[np.ndarray, " iteration"]


def iterate_density(
    density: Shaped[Array, " angle"],
    angles: Shaped[Array, " angle"],
    exponent: float,
    *,
    divided: bool,
    iterations: int = 10,
) -> Iterated:
    """Show the code the stimuli it implies, again and again.

    With ``I ~ p^g``, either the next density is the normalised sqrt(I) (``p <- p^(g/2)``), or it
    is ``p / sqrt(I)`` (`divided`: ``p <- p^(1 - g/2)``; Rast and Drugowitsch 2020). Both reach the
    uniform density if the power is between -1 and 1; the divided one at once for infomax (g = 2),
    and both alike for g = 1.

    Args:
      density: p_0.
      angles: where it is given.
      exponent: g.
      divided: which of the two.
      iterations: how many.

    Raises:
      ValueError: fewer than two angles, angles that do not rise, a density below 0, a negative
        number of iterations.

    >>> angles = np.linspace(0.0, 1.0, 101)
    >>> found = iterate_density(1 + angles, angles, 2.0, divided=True, iterations=1)
    >>> found.distances.round(6).tolist()  # infomax: uniform at once
    [0.083333, 0.0]
    """
    if iterations < 0:
        raise ValueError(f"iterations: {iterations} is negative")
    density, angles = _given("density", density, angles)
    found = [_normalised(density, angles)]
    for _ in range(iterations):
        root = np.sqrt(efficient_information(found[-1], angles, exponent))
        found.append(_normalised(found[-1] / root if divided else root, angles))
    flat = 1 / (angles[-1] - angles[0])
    away = np.trapezoid(np.abs(np.stack(found) - flat), angles, axis=-1) / 2
    return Iterated(np.stack(found), away)


def _normalised(values: np.ndarray, angles: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        values = values / values.max()
        return values / np.trapezoid(values, angles)


def _given(
    name: str, values: Array, angles: Array, least: int = 2
) -> tuple[Float[np.ndarray, "*batch angle"], Float[np.ndarray, " angle"]]:
    """Values that are not below 0 at angles that rise, as float64."""
    numbers = np.asarray(real_array(values, name), float)
    places = np.asarray(real_array(angles, "angles"), float)
    if places.ndim != 1 or len(places) < least or not (np.diff(places) > 0).all():
        raise ValueError(
            f"angles: shape {places.shape} given; {least} or more that rise are needed"
        )
    if numbers.shape[-1:] != places.shape:
        raise ValueError(f"{name}: shape {numbers.shape} given for {len(places)} angles")
    if (numbers < 0).any():
        raise ValueError(f"{name}: {numbers.min()} is negative")
    return numbers, places
