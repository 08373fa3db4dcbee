"""Families of inputs on a ring, torus or segment of pixels, by name: how to draw them.

Two classes of one family differ in their correlation: for most families the length xi (pixels)
of the covariance ``exp(-(d / xi)^2)``, see `jaxrep.data.gaussian_process`; the coupling of the
Ising model; the extent of pulses and blocks as a share of the ring. All have zero mean (but
blocks, patches, and families whose symmetry is broken) and unit variance. What theory knows of
them is in `jaxrep.theory.input_laws`.

Sources: Ingrosso and Goldt (2022, PNAS); Lufkin, Saxe and Grant (2024).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Key

from jaxrep.data import elliptical, gaussian_process, ising, norta, pulses, selection
from jaxrep.typing import Array, Real

Parameters = Mapping[str, Real]
"""Name -> a number, which may be traced."""


class FamilyKind(NamedTuple):
    """What families of one name have in common.

    Attributes:
      words: what it is, for a caption.
      draw: ``(family, key, count, correlation, parameters) -> [count, pixel]``.
      parameters: names beyond the correlation, with their defaults; None has none.
      planar: whether it exists on a torus.
      symmetric: whether x and -x are equally likely.
      drawn: whether it is drawn from a law; if not, from pictures.
      open: whether it exists on a segment, whose two ends are no neighbours.
    """

    words: str
    draw: Callable[..., jax.Array]
    parameters: Mapping[str, float | None] = MappingProxyType({})
    planar: bool = True
    symmetric: bool = True
    drawn: bool = True
    open: bool = True


@dataclass(frozen=True)
class InputFamily:
    """A family of inputs on pixels of a given number; make one with `input_family`.

    Attributes:
      name: one of `INPUT_FAMILIES`.
      length: pixels of the ring, or of each side of the torus or patch.
      dimensions: 1, a ring; 2, a torus.
      factor: multiplies every input by one random number of unit variance (``normal``,
        ``uniform``, ``sign``); None does not.
      half: breaks the symmetry x -> -x, keeps inputs whose ``mean``, or ``first`` pixel, is
        not negative; None keeps all.
      given: values at some pixels, ``pixel -> value`` in pairs: the conditional process.
      boundary: ``periodic``, a ring or torus; ``open``, a segment or square without neighbours
        beyond its ends: plain distances in the place of those around the ring.
    """

    name: str
    length: int
    dimensions: int = 1
    factor: str | None = None
    half: str | None = None
    given: tuple[tuple[int, float], ...] = ()
    boundary: str = "periodic"

    @property
    def kind(self) -> FamilyKind:
        """What all families of this name have in common."""
        return INPUT_FAMILIES[self.name]

    def complete(self, parameters: Parameters) -> dict[str, Real]:
        """These parameters, and the defaults of those that are not given.

        Raises:
          ValueError: one that the family has not, or lacks.
        """
        for name in parameters:
            if name not in self.kind.parameters:
                allowed = ", ".join(self.kind.parameters) or "none"
                raise ValueError(f"{name}: inputs {self.name} have no such; allowed: {allowed}")
        whole = {**self.kind.parameters, **parameters}
        for name, value in whole.items():
            if value is None:
                raise ValueError(f"{name}: not given; inputs {self.name} need it")
        return whole

    def sample(
        self,
        key: Key[Array, ""],
        count: int,
        correlation: Real = 1.0,
        *,
        images: Float[Array, "image height width"] | None = None,
        **parameters: Real,
    ) -> Float[jax.Array, "count pixel"]:
        """Inputs of one class, pixels of a torus flattened.

        >>> family = input_family("nonlinear", length=40)
        >>> family.sample(jax.random.key(0), 3, correlation=4.47, gain=100.0).shape
        (3, 40)

        Args:
          key: random key.
          count: number of inputs.
          correlation: of the class; it may be traced, as the parameters may.
          images: pictures that patches are cut from.
          parameters: the family's own, such as `gain`; see `FamilyKind.parameters`.

        Raises:
          ValueError: a parameter that the family has not, or lacks; patches without pictures.
        """
        whole: dict = self.complete(parameters)
        if not self.kind.drawn:
            if images is None:
                raise ValueError(f"images: none given; inputs {self.name} are cut from them")
            whole["images"] = images
        first, second = jax.random.split(key)
        inputs = self.kind.draw(self, first, count, correlation, whole)
        if self.factor is not None:
            inputs = norta.rescale_samples(second, inputs, self.factor)
        return inputs if self.half is None else selection.orient_samples(inputs, self.half)


def input_family(
    name: str,
    length: int,
    dimensions: int = 1,
    *,
    factor: str | None = None,
    half: str | None = None,
    given: Mapping[int, float] = MappingProxyType({}),
    boundary: str = "periodic",
) -> InputFamily:
    """A family of inputs by its name; arguments as the attributes of `InputFamily`.

    >>> input_family("ising", length=40, half="mean").kind.words
    'Ising model; correlations are its couplings'

    Raises:
      ValueError: an unknown name, a family without a torus, without a segment, without the
        symmetry to break or without given values, given pixels that do not exist.
    """
    if name not in INPUT_FAMILIES:
        raise ValueError(f"name: {name!r} is not known; allowed are {', '.join(INPUT_FAMILIES)}")
    kind = INPUT_FAMILIES[name]
    if length < 1:
        raise ValueError(f"length: {length} given; at least 1 is needed")
    if dimensions not in (1, 2) or (dimensions == 2 and not kind.planar):
        raise ValueError(f"dimensions: {dimensions} given; inputs {name} do not exist there")
    if boundary not in BOUNDARIES:
        raise ValueError(f"boundary: {boundary!r} is not known; allowed: {', '.join(BOUNDARIES)}")
    if boundary == "open" and not kind.open:
        raise ValueError(f"boundary: open given; inputs {name} exist on a ring only")
    if half is not None and not kind.symmetric:
        raise ValueError(f"half: {half} given; inputs {name} have no symmetry to break")
    if given and name != "nonlinear":
        raise ValueError(f"given: only inputs nonlinear have given values, not {name}")
    if not all(0 <= pixel < length**dimensions for pixel in given):
        raise ValueError(f"given: {list(given)} has a pixel outside 0 .. {length**dimensions - 1}")
    pairs = tuple((int(pixel), float(value)) for pixel, value in given.items())
    return InputFamily(name, length, dimensions, factor, half, pairs, boundary)


def _row(family: InputFamily, correlation: Real) -> jax.Array:
    length = _ring(family)[0]
    return gaussian_process.covariance_row(length, correlation, family.dimensions)


def _ring(family: InputFamily) -> tuple[int, ...]:
    """Pixels of the ring that a field is drawn on.

    A segment is half of a ring: no two of its pixels are nearer around the ring than along it, so
    the covariance is that of plain distances (circulant embedding; Dietrich and Newsam 1997).
    """
    times = 2 if family.boundary == "open" else 1
    return (times * family.length,) * family.dimensions


def _segment(family: InputFamily, fields: jax.Array) -> jax.Array:
    """The pixels of a segment out of the ring that it was drawn on; a ring as it is."""
    if family.boundary == "periodic":
        return fields
    inside = (slice(None), *(slice(family.length),) * family.dimensions)
    return fields.reshape(-1, *_ring(family))[inside].reshape(len(fields), -1)


def _of_field(transform: Callable[[jax.Array, Mapping], jax.Array]) -> Callable[..., jax.Array]:
    """Families that turn a Gaussian field pixel by pixel: ``transform(field, parameters)``."""

    def draw(family, key, count, correlation, parameters):
        field = gaussian_process.sample_field(key, count, _row(family, correlation))
        return transform(_segment(family, field), parameters)

    return draw


def _nonlinear(family, key, count, correlation, parameters):
    """The nonlinear process, or its Gaussian clone: one transform either way."""
    gain, clone = parameters["gain"], jnp.asarray(parameters["clone"]) > 0.5
    plain = _row(family, correlation)
    # what is clipped of a long correlation is missing in the clone too
    saturated = gaussian_process.saturated_covariance(
        gaussian_process.realized_covariance_row(plain), gain
    )
    row = jnp.where(clone, saturated, plain)
    field = gaussian_process.sample_field(key, count, row)
    if family.given:
        places, given = (np.array(values) for values in zip(*family.given, strict=True))
        inside = np.unravel_index(places, (family.length,) * family.dimensions)
        places = np.ravel_multi_index(inside, _ring(family))
        given = jnp.asarray(given, field.dtype)
        latent = gaussian_process.latent_values(given, gain)
        values = jnp.where(clone, given, latent)
        field = gaussian_process.condition_field(field, row, places, values)
    field = _segment(family, field)
    return jnp.where(clone, field, gaussian_process.saturate_field(field, gain))


def _of_radius(name: str) -> Callable[..., jax.Array]:
    def draw(family, key, count, correlation, parameters):
        del parameters
        row, radius = _row(family, correlation), elliptical.RADII[name]
        return elliptical.sample_elliptical(key, count, row, radius)

    return draw


def _student(family, key, count, correlation, parameters):
    row = _row(family, correlation)
    fields = elliptical.sample_student(key, count, row, parameters["freedom"])
    return _segment(family, fields)


def _ising(family, key, count, coupling, parameters):
    del parameters
    periodic = family.boundary == "periodic"
    return ising.sample_ising(key, count, family.length, coupling, periodic=periodic)


def _pulse(family, key, count, share, parameters):
    del parameters
    extent = pulses.extent_of_share(family.length, share)
    return pulses.sample_pulse(key, count, family.length, extent, extent + 1)


def _block(family, key, count, share, parameters):
    del parameters
    extent = pulses.extent_of_share(family.length, share)
    return pulses.sample_block(key, count, family.length, extent)


def _patches(family, key, count, correlation, parameters):
    del correlation
    return selection.sample_patches(key, parameters["images"], count, family.length)


def _plain_norta(name: str, quantile: Callable[[jax.Array], jax.Array]) -> FamilyKind:
    draw = _of_field(lambda field, parameters: quantile(field))
    return FamilyKind(f"Gaussian dependence, {name} marginals", draw)


INPUT_FAMILIES: dict[str, FamilyKind] = {
    "nonlinear": FamilyKind(
        "nonlinear Gaussian process", _nonlinear, MappingProxyType({"gain": None, "clone": 0.0})
    ),
    "normal": _plain_norta("normal", norta.normal_quantile),
    "uniform": _plain_norta("uniform", norta.uniform_quantile),
    "binary": _plain_norta("binary", norta.binary_quantile),
    "laplace": _plain_norta("Laplace", norta.laplace_quantile),
    "algebraic": FamilyKind(
        "Gaussian dependence, algebraic marginals",
        _of_field(lambda z, parameters: norta.algebraic_quantile(z, parameters["power"])),
        MappingProxyType({"power": None}),
    ),
    "shell": FamilyKind("elliptical, all of one radius", _of_radius("shell"), open=False),
    "extreme": FamilyKind("elliptical, radius artanh(U) + 2", _of_radius("extreme"), open=False),
    "student": FamilyKind("Student's t", _student, MappingProxyType({"freedom": None})),
    "ising": FamilyKind("Ising model; correlations are its couplings", _ising, planar=False),
    "pulse": FamilyKind(
        "single pulses; correlations are their extents as shares of the ring",
        _pulse,
        planar=False,
        open=False,
    ),
    "block": FamilyKind(
        "disjoint blocks; correlations are their extents as shares of the ring",
        _block,
        planar=False,
        symmetric=False,
    ),
    "patches": FamilyKind(
        "patches of pictures, two-dimensional and unlabelled",
        _patches,
        symmetric=False,
        drawn=False,
    ),
}
"""All families. Parameters: `gain` (positive) of the nonlinear process ``erf(gain z)``, and
`clone`, 1 for the Gaussian process of its covariance; `power` (above 2) of algebraic tails
``|x|^-(power + 1)``; `freedom` (above 2), degrees of Student's t."""

BOUNDARIES = ("periodic", "open")
"""What is beyond the last pixel: the first one, or nothing."""
