"""Families of inputs of the localization study: how to draw them, what theory knows of them."""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key, PyTree

from jaxrep.data import elliptical, gaussian_process, ising, norta, pulses, selection
from jaxrep.engine import Hyper
from jaxrep.theory import localization as theory

from .config import Config

Sampler = Callable[[Key[Array, ""], Hyper, Array, int, PyTree], Float[Array, "count pixel"]]
"""``(key, hyper, correlation, count, shared) -> inputs of one class``."""


class Law(NamedTuple):
    """What the effective dynamics of a ReLU unit need to know of one class.

    Attributes:
      row: covariance of pixel 0 with every pixel.
      amplifier: ``a -> E[sign(w . x) x]``, elementwise.
      excess_kurtosis: of a pixel.
    """

    row: Float[np.ndarray, "*pixels"]
    amplifier: Callable[[jax.Array], jax.Array]
    excess_kurtosis: float


class Family(NamedTuple):
    """A family of inputs.

    Attributes:
      words: what it is, for the report.
      sampler: ``config -> Sampler``.
      law: ``(config, hyper of one replica, correlation) -> Law``; None where theory has none.
      own: options beyond correlations that it takes, all swept.
      planar: whether it exists in two dimensions.
      symmetric: whether x and -x are equally likely.
    """

    words: str
    sampler: Callable[[Any], Sampler]
    law: Callable[[Any, Mapping[str, float], float], Law] | None = None
    own: tuple[str, ...] = ()
    planar: bool = True
    symmetric: bool = True


def gain_here(config: Config, gain: Any) -> Any:
    """The gain g of ``erf(g z)``, from the gain in the convention of the configuration."""
    return gaussian_process.gain_of_pnas(gain) if config.convention == "pnas" else gain


def _row(config: Config, correlation: Any) -> jax.Array:
    return gaussian_process.covariance_row(config.length, correlation, config.dimensions)


def _sampled_row(config: Config, correlation: float) -> np.ndarray:
    """The covariance that fields have after clipping, in float64."""
    return _double(lambda: gaussian_process.realized_covariance_row(_row(config, correlation)))


def _of_field(turn: Callable) -> Callable[[Any], Sampler]:
    """Families that turn a Gaussian field pixel by pixel: ``turn(field, hyper)``."""

    def make(config: Config) -> Sampler:
        def sample(key, hyper, correlation, count, shared):
            del shared
            row = _row(config, correlation)
            return turn(gaussian_process.sample_field(key, count, row), hyper)

        return sample

    return make


def _nonlinear(config: Config) -> Sampler:
    """The nonlinear process, or its Gaussian clone: one transform either way."""
    places = np.array(config.given_pixels, int)

    def sample(key, hyper, correlation, count, shared):
        del shared
        gain, clone = gain_here(config, hyper["gain"]), hyper["clone"] > 0.5
        plain = _row(config, correlation)
        # what is clipped of a long correlation is missing in the clone too
        saturated = gaussian_process.saturated_covariance(
            gaussian_process.realized_covariance_row(plain), gain
        )
        row = jnp.where(clone, saturated, plain)
        field = gaussian_process.sample_field(key, count, row)
        if len(places):
            given = jnp.asarray(config.given_values, field.dtype)
            latent = gaussian_process.latent_values(given, gain)
            values = jnp.where(clone, given, latent)
            field = gaussian_process.condition_field(field, row, places, values)
        return jnp.where(clone, field, gaussian_process.saturate_field(field, gain))

    return sample


def _nonlinear_law(config: Config, hyper: Mapping[str, float], correlation: float) -> Law | None:
    if config.given_pixels:
        return None
    gain = float(gain_here(config, hyper["gain"]))
    row = _double(gaussian_process.saturated_covariance, _sampled_row(config, correlation), gain)
    marginal = (
        theory.gaussian_marginal()
        if hyper["clone"] > 0.5
        else theory.nonlinear_gaussian_marginal(gain)
    )
    return _of_marginal(row, marginal)


def _norta_law(quantile: Callable, marginal: Callable[[Mapping[str, float]], theory.Marginal]):
    def law(config: Config, hyper: Mapping[str, float], correlation: float) -> Law | None:
        if "power" in hyper and not hyper["power"] > 4:
            return None  # no kurtosis, and no quadrature of the amplifier
        row = norta.transformed_covariance(
            lambda z: quantile(z, hyper), _sampled_row(config, correlation)
        )
        return _of_marginal(row, marginal(hyper))

    return law


def _of_marginal(row: np.ndarray, marginal: theory.Marginal) -> Law:
    return Law(row, lambda a: theory.amplifier(a, marginal), marginal.excess_kurtosis)


def _elliptical_law(size: Callable, kurtosis: Callable):
    """Elliptical inputs: ``E[sign(w . x) x] = a E|x|`` exactly, linear in a (see the theory)."""

    def law(config: Config, hyper: Mapping[str, float], correlation: float) -> Law:
        row = _sampled_row(config, correlation)
        slope = size(row.size, hyper)
        return Law(row, lambda a: slope * a, kurtosis(row.size, hyper))

    return law


def _of_radius(name: str, words: str) -> Family:
    radius = elliptical.RADII[name]

    def make(config: Config) -> Sampler:
        def sample(key, hyper, correlation, count, shared):
            del hyper, shared
            return elliptical.sample_elliptical(key, count, _row(config, correlation), radius)

        return sample

    law = _elliptical_law(
        lambda pixels, hyper: elliptical.elliptical_mean_size(pixels, radius),
        lambda pixels, hyper: elliptical.elliptical_kurtosis(pixels, radius),
    )
    return Family(words, make, law)


def _student(config: Config) -> Sampler:
    def sample(key, hyper, correlation, count, shared):
        del shared
        row = _row(config, correlation)
        return elliptical.sample_student(key, count, row, hyper["freedom"])

    return sample


def _ising(config: Config) -> Sampler:
    def sample(key, hyper, coupling, count, shared):
        del hyper, shared
        return ising.sample_ising(key, count, config.length, coupling)

    return sample


def _extent(config: Config, share: Any) -> Any:
    """Pixels of a share of the ring, for traced and plain numbers."""
    return jnp.round(share * config.length).astype(int)


def _pulse(config: Config) -> Sampler:
    def sample(key, hyper, share, count, shared):
        del hyper, shared
        extent = _extent(config, share)
        return pulses.sample_pulse(key, count, config.length, extent, extent + 1)

    return sample


def _pulse_law(config: Config, hyper: Mapping[str, float], share: float) -> Law:
    extent = int(_extent(config, share))
    row = pulses.pulse_covariance(config.length, extent, extent + 1)
    return _of_marginal(row, theory.two_point_marginal())


def _block(config: Config) -> Sampler:
    def sample(key, hyper, share, count, shared):
        del hyper, shared
        return pulses.sample_block(key, count, config.length, _extent(config, share))

    return sample


def _patches(config: Config) -> Sampler:
    def sample(key, hyper, correlation, count, shared):
        del hyper, correlation
        return selection.sample_patches(key, shared, count, config.length)

    return sample


def _plain_norta(name: str, quantile: Callable, marginal: Callable) -> Family:
    return Family(
        f"Gaussian dependence, {name} marginals",
        _of_field(lambda field, hyper: quantile(field)),
        marginal and _norta_law(lambda z, hyper: quantile(z), lambda hyper: marginal()),
    )


FAMILIES = {
    "nonlinear": Family(
        "nonlinear Gaussian process", _nonlinear, _nonlinear_law, ("gain", "clone")
    ),
    "normal": _plain_norta("normal", norta.normal_quantile, theory.gaussian_marginal),
    "uniform": _plain_norta("uniform", norta.uniform_quantile, theory.uniform_marginal),
    "binary": _plain_norta("binary", norta.binary_quantile, theory.two_point_marginal),
    "laplace": _plain_norta("Laplace", norta.laplace_quantile, theory.laplace_marginal),
    "algebraic": Family(
        "Gaussian dependence, algebraic marginals",
        _of_field(lambda field, hyper: norta.algebraic_quantile(field, hyper["power"])),
        _norta_law(
            lambda z, hyper: norta.algebraic_quantile(z, hyper["power"]),
            lambda hyper: theory.algebraic_marginal(hyper["power"]),
        ),
        ("power",),
    ),
    "shell": _of_radius("shell", "elliptical, all of one radius"),
    "extreme": _of_radius("extreme", "elliptical, radius artanh(U) + 2"),
    "student": Family(
        "Student's t",
        _student,
        _elliptical_law(
            lambda pixels, hyper: elliptical.student_mean_size(hyper["freedom"]),
            lambda pixels, hyper: 6 / (hyper["freedom"] - 4) if hyper["freedom"] > 4 else math.inf,
        ),
        ("freedom",),
    ),
    "ising": Family(
        "Ising model; correlations are its couplings",
        _ising,
        lambda config, hyper, coupling: _of_marginal(
            ising.ising_covariance(config.length, coupling), theory.two_point_marginal()
        ),
        planar=False,
    ),
    "pulse": Family(
        "single pulses; correlations are their extents as shares of the ring",
        _pulse,
        _pulse_law,
        planar=False,
    ),
    "block": Family(
        "disjoint blocks; correlations are their extents as shares of the ring",
        _block,
        planar=False,
        symmetric=False,
    ),
    "patches": Family(
        "patches of pictures, two-dimensional and unlabelled", _patches, symmetric=False
    ),
}

_SIZE = {"normal": (2 / math.pi) ** 0.5, "uniform": 3**0.5 / 2, "sign": 1.0}
_FOURTH = {"normal": 3.0, "uniform": 1.8, "sign": 1.0}


def sampler_of(config: Config) -> Sampler:
    """The sampler of a configuration: family, then common factor, then broken symmetry."""
    base = FAMILIES[config.inputs].sampler(config)

    def sample(key, hyper, correlation, count, shared):
        first, second = jax.random.split(key)
        inputs = base(first, hyper, correlation, count, shared)
        if config.rescaled != "no":
            inputs = norta.rescale_samples(second, inputs, config.rescaled)
        return selection.orient_samples(inputs, config.half) if config.half != "no" else inputs

    return sample


def law_of(config: Config, hyper: Mapping[str, float], correlation: float) -> Law | None:
    """Covariance and amplifier of one class, or None where theory does not apply.

    A common factor s of all pixels leaves covariances and scales the amplifier by ``E|s|``:
    ``sign(s w . z) s z = |s| sign(w . z) z``.
    """
    family = FAMILIES[config.inputs]
    if family.law is None or config.half != "no":
        return None
    law = family.law(config, hyper, correlation)
    if law is None or config.rescaled == "no":
        return law
    size, fourth = _SIZE[config.rescaled], _FOURTH[config.rescaled]
    kurtosis = (law.excess_kurtosis + 3) * fourth - 3
    return Law(law.row, lambda a: size * law.amplifier(a), kurtosis)


def _double(function: Callable, *arguments: Any) -> np.ndarray:
    with jax.enable_x64():
        return np.asarray(function(*arguments))
