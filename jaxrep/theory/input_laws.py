"""What theory knows of the families of inputs: covariance, amplifier and kurtosis of one class.

The amplifier is ``a -> E[sign(w . x) x]``, elementwise, which drives a single ReLU unit (see
`jaxrep.theory.localization`, Lufkin, Saxe and Grant 2024). All of it in float64.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Float

from jaxrep.data import elliptical, gaussian_process, ising, norta, pulses
from jaxrep.data.input_families import InputFamily
from jaxrep.theory import localization as theory


class InputLaw(NamedTuple):
    """What the effective dynamics of a ReLU unit need to know of one class of inputs.

    Attributes:
      row: covariance of pixel 0 with every pixel, ``[length]`` or ``[length, length]``.
      amplifier: ``a -> E[sign(w . x) x]``, elementwise.
      excess_kurtosis: of a pixel; it may be infinite.
    """

    row: Float[np.ndarray, "*pixels"]
    amplifier: Callable[[jax.Array], jax.Array]
    excess_kurtosis: float


Rule = Callable[[InputFamily, float, Mapping[str, Any]], InputLaw | None]
"""``(family, correlation, parameters) -> law``."""

MEAN_SIZE = {"normal": (2 / math.pi) ** 0.5, "uniform": 3**0.5 / 2, "sign": 1.0}
"""``E|s|`` of the common factors of unit variance."""
FOURTH_MOMENT = {"normal": 3.0, "uniform": 1.8, "sign": 1.0}
"""``E s^4`` of them."""


def input_law(
    family: InputFamily, correlation: float = 1.0, **parameters: float
) -> InputLaw | None:
    """Law of one class of a family, or None where there is no theory of it.

    There is none of blocks and patches, given values, broken symmetries, segments (a law is that
    of a ring, whose covariances are circulant), and algebraic tails without a kurtosis. A common
    factor s of all pixels leaves covariances and scales the amplifier by ``E|s|``:
    ``sign(s w . z) s z = |s| sign(w . z) z``.

    >>> from jaxrep.data.input_families import input_family
    >>> law = input_law(input_family("nonlinear", length=40), correlation=3.0, gain=100.0)
    >>> law.row.shape, round(law.excess_kurtosis, 3)
    ((40,), -1.995)

    Args:
      family: of `jaxrep.data.input_family`.
      correlation: as of `InputFamily.sample`.
      parameters: the family's own.

    Raises:
      ValueError: a parameter that the family has not, or lacks.
    """
    whole = family.complete(parameters)
    rule = LAWS.get(family.name)
    if rule is None or family.half is not None or family.boundary != "periodic":
        return None
    law = rule(family, float(correlation), {name: float(x) for name, x in whole.items()})
    if law is None or family.factor is None:
        return law
    size, fourth = MEAN_SIZE[family.factor], FOURTH_MOMENT[family.factor]
    kurtosis = (law.excess_kurtosis + 3) * fourth - 3
    return InputLaw(law.row, lambda a: size * law.amplifier(a), kurtosis)


def _double(function: Callable, *arguments: Any) -> np.ndarray:
    with jax.enable_x64():
        return np.asarray(function(*arguments))


def _sampled_row(family: InputFamily, correlation: float) -> np.ndarray:
    """The covariance that fields have after clipping."""

    def row():
        plain = gaussian_process.covariance_row(family.length, correlation, family.dimensions)
        return gaussian_process.realized_covariance_row(plain)

    return _double(row)


def _of_marginal(row: np.ndarray, marginal: theory.Marginal) -> InputLaw:
    return InputLaw(row, lambda a: theory.amplifier(a, marginal), marginal.excess_kurtosis)


def _nonlinear(family, correlation, parameters):
    if family.given:
        return None
    gain = parameters["gain"]
    row = _double(gaussian_process.saturated_covariance, _sampled_row(family, correlation), gain)
    clone = parameters["clone"] > 0.5
    marginal = theory.gaussian_marginal() if clone else theory.nonlinear_gaussian_marginal(gain)
    return _of_marginal(row, marginal)


def _norta(quantile: Callable, marginal: Callable[..., theory.Marginal]) -> Rule:
    """Any marginal on a Gaussian dependence; both are called with the family's parameters."""

    def rule(family, correlation, parameters):
        if not parameters.get("power", math.inf) > 4:
            return None  # no kurtosis, and no quadrature of the amplifier
        row = norta.transformed_covariance(
            lambda z: quantile(z, **parameters), _sampled_row(family, correlation)
        )
        return _of_marginal(row, marginal(**parameters))

    return rule


def _elliptical(size: Callable, kurtosis: Callable) -> Rule:
    """Elliptical inputs: ``E[sign(w . x) x] = a E|x|`` exactly, linear in a."""

    def rule(family, correlation, parameters):
        row = _sampled_row(family, correlation)
        slope = size(row.size, **parameters)
        return InputLaw(row, lambda a: slope * a, kurtosis(row.size, **parameters))

    return rule


def _of_radius(name: str) -> Rule:
    radius = elliptical.RADII[name]
    return _elliptical(
        lambda pixels: elliptical.elliptical_mean_size(pixels, radius),
        lambda pixels: elliptical.elliptical_kurtosis(pixels, radius),
    )


def _ising(family, coupling, parameters):
    del parameters
    return _of_marginal(
        ising.ising_covariance(family.length, coupling), theory.two_point_marginal()
    )


def _pulse(family, share, parameters):
    del parameters
    extent = int(pulses.extent_of_share(family.length, share))
    row = pulses.pulse_covariance(family.length, extent, extent + 1)
    return _of_marginal(row, theory.two_point_marginal())


LAWS: dict[str, Rule] = {
    "nonlinear": _nonlinear,
    "normal": _norta(norta.normal_quantile, theory.gaussian_marginal),
    "uniform": _norta(norta.uniform_quantile, theory.uniform_marginal),
    "binary": _norta(norta.binary_quantile, theory.two_point_marginal),
    "laplace": _norta(norta.laplace_quantile, theory.laplace_marginal),
    "algebraic": _norta(norta.algebraic_quantile, theory.algebraic_marginal),
    "shell": _of_radius("shell"),
    "extreme": _of_radius("extreme"),
    "student": _elliptical(
        lambda pixels, freedom: elliptical.student_mean_size(freedom),
        lambda pixels, freedom: 6 / (freedom - 4) if freedom > 4 else math.inf,
    ),
    "ising": _ising,
    "pulse": _pulse,
}
"""By name of the family; blocks and patches have none."""
