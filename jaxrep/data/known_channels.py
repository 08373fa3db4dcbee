"""Pairs of variables whose mutual information is known: what estimators of it are judged on.

Three kinds: continuous pairs; pairs with ties, in which values occur more than once (rounded,
rectified, binary, constant); and layers with a class of two. Truths are closed forms, or sums and
integrals by quadrature to 1e-9 bits, never estimates. Every channel has a random stream of its own.
"""

import functools
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Shaped
from scipy.special import ndtr

from jaxrep.data.channel_information import (
    binary_entropy,
    class_bits,
    gaussian_bits,
    poisson_bits,
    rectified_bits,
    rounded_bits,
    student_bits,
)

KINDS = ("continuous", "ties", "classes")
"""Kinds of channels."""

Draw = Callable[[np.random.Generator, int], tuple[np.ndarray, np.ndarray]]


class KnownChannel(NamedTuple):
    """Two variables and the information that they share.

    Attributes:
      name: in words joined by underscores.
      kind: of `KINDS`.
      information: I(first; second), bits.
      source: the formula, or how it is computed.
      sample: ``(generator, number) -> (first, second)``; see `draw`.
      gain: where one variable is the other one ``@ gain`` plus Gaussian noise, else None. Of
        `classes` the other one is -1 or 1, else it is `first`.
      noise: the variance of that noise.
    """

    name: str
    kind: str
    information: float
    source: str
    sample: Draw
    gain: Float[np.ndarray, "column other"] | None = None
    noise: float = np.nan

    def draw(
        self, seed: int, number: int
    ) -> tuple[Shaped[np.ndarray, "sample column"], Shaped[np.ndarray, "sample ..."]]:
        """Independent pairs: rows of numbers, and rows or, of `classes`, labels 0 and 1.

        Raises:
          ValueError: a number below 1.
        """
        if number < 1:
            raise ValueError(f"number: {number} given; one or more are needed")
        return self.sample(np.random.default_rng((seed, zlib.crc32(self.name.encode()))), number)

    def signal(
        self, first: Shaped[np.ndarray, "sample column"], second: Shaped[np.ndarray, "sample ..."]
    ) -> Float[np.ndarray, "sample other"] | None:
        """The noisy variable without its noise, or None where that is not Gaussian."""
        if self.gain is None:
            return None
        clean = 2.0 * second[:, None] - 1 if self.kind == "classes" else first
        return clean @ self.gain


@functools.cache
def known_channels() -> dict[str, KnownChannel]:
    """All channels by name.

    >>> channel = known_channels()["gaussian_3_pairs"]
    >>> round(channel.information, 6), [x.shape for x in channel.draw(0, 5)]
    (2.210897, [(5, 3), (5, 3)])
    """
    return {one.name: one for make in (_continuous, _tied, _of_classes) for one in make()}


def _continuous() -> Iterator[KnownChannel]:
    def gaussian(name: str, pairs: int, r: float) -> KnownChannel:
        noise = 1 - r * r

        def sample(rng, number):
            return _correlated(rng, number, pairs, r)

        words = "-(d / 2) log2(1 - r^2), d pairs of correlation r"
        bits = pairs * gaussian_bits(r)
        return KnownChannel(
            name, "continuous", bits, words, sample, r * np.eye(pairs), float(noise)
        )

    yield gaussian("gaussian_pair", 1, 0.9)
    yield gaussian("gaussian_3_pairs", 3, 0.8)
    yield gaussian("gaussian_10_pairs", 10, 0.7)
    yield gaussian("gaussian_3_independent", 3, 0.0)
    mix = np.array([[1.0, 0.5, 0.0], [0.0, 1.0, -1.0]])
    inner = np.eye(2) + mix @ mix.T / 0.5
    yield KnownChannel(
        "gaussian_2_by_3",
        "continuous",
        float(np.log2(np.linalg.det(inner)) / 2),
        "log2 det(I + A A^T / s^2) / 2, second = first A + noise of variance s^2",
        lambda rng, n: _noisy(rng.normal(size=(n, 2)), mix, 0.5, rng),
        mix,
        0.5,
    )
    unchanged = "that of the Gaussian pair: monotone maps of each side change nothing"

    def mapped(name, first, second, r) -> KnownChannel:
        def sample(rng, number):
            x, y = _correlated(rng, number, 1, r)
            return first(x), second(y)

        return KnownChannel(name, "continuous", gaussian_bits(r), unchanged, sample)

    yield mapped("powers", _power, _power, 0.9)
    yield mapped("uniform_margins", ndtr, ndtr, 0.9)
    yield mapped("swiss_roll", _swiss_roll, ndtr, 0.8)
    for half in (0.1, 0.75):
        log = half - np.log(2 * half) if half <= 0.5 else 1 / (4 * half)
        yield KnownChannel(
            f"uniform_noise_{half:g}",
            "continuous",
            float(log / np.log(2)),
            "(e - ln 2e) / ln 2 for e <= 1/2, else 1 / (4 e ln 2): x uniform on 0 .. 1, noise "
            "uniform on -e .. e",
            lambda rng, n, e=half: _added(rng.uniform(size=(n, 1)), rng.uniform(-e, e, (n, 1))),
        )
    yield _student("student_2", 2, 1, 0.75)
    yield _student("student_3_uncorrelated", 3, 2, 0.0)
    yield KnownChannel(
        "cauchy_noise",
        "continuous",
        float(np.log2(1 + 1 / 0.5)),
        "log2(1 + a / b): Cauchy variables of width a and noise of width b; widths add, and the "
        "entropy is log2(4 pi width)",
        lambda rng, n: _added(rng.standard_cauchy((n, 1)), 0.5 * rng.standard_cauchy((n, 1))),
    )


def _tied() -> Iterator[KnownChannel]:
    def channel(name, information, source, sample) -> KnownChannel:
        return KnownChannel(name, "ties", max(float(information), 0.0), source, sample)

    def of_pair(change, r):
        return lambda rng, n: tuple(change(part) for part in _correlated(rng, n, 1, r))

    def bits(rng, number, columns=1):
        return rng.integers(0, 2, (number, columns)).astype(float)

    def twice(first):
        return first, first

    yield channel(
        "integer_plus_uniform",
        np.log2(5) - 4 / 5,
        "log2 m - (m - 1) / m: x of 0 .. m - 1, noise uniform on 0 .. 2, m = 5",
        lambda rng, n: _added(rng.integers(0, 5, (n, 1)).astype(float), rng.uniform(0, 2, (n, 1))),
    )
    yield channel(
        "zero_inflated_poisson",
        poisson_bits(0.15),
        "quadrature over x, exponential; second: 0 with probability .15, else Poisson of mean x "
        "(the closed form that is often quoted holds without the zeros only)",
        _poisson_sample,
    )
    yield channel(
        "half_discrete",
        1 + gaussian_bits(0.9) / 2 + (1 - binary_entropy(0.1)) / 2,
        "1 + I / 2 + (1 - H(.1)) / 2: half a Gaussian pair (r = .9), half signs that agree with "
        "probability .9",
        _half_discrete,
    )
    yield channel("bit_itself", 1, "H(1/2)", lambda rng, n: twice(bits(rng, n)))
    yield channel("bits_independent", 0, "0", lambda rng, n: (bits(rng, n), bits(rng, n)))
    yield channel(
        "binary_symmetric", 1 - binary_entropy(0.1), "1 - H(.1), 1 of 10 flipped", _flipped
    )
    for name, known, kept in (("both", 1, slice(2)), ("one", 0, slice(1))):
        yield channel(
            f"exclusive_or_of_{name}",
            known,
            "a XOR b is fixed by both bits, and independent of one",
            lambda rng, n, kept=kept: _exclusive(bits(rng, n, 2), kept),
        )
    yield channel(
        "twelve_bits",
        1,
        "a XOR b of the first two of twelve bits: rows of bits are all equally far apart, so that "
        "distances tell nothing",
        lambda rng, n: _exclusive(bits(rng, n, 12), slice(12)),
    )
    for name, r, threshold in (
        ("relu_pair", 0.9, 0.0),
        ("relu_independent", 0.0, 0.0),
        ("relu_sparse", 0.9, 1.0),
    ):
        yield channel(
            name,
            rectified_bits(r, threshold),
            f"quadrature: relu(x - {threshold:g}) of both of a Gaussian pair, r = {r:g}",
            of_pair(lambda x, t=threshold: np.maximum(x - t, 0), r),
        )
    for step in (1.0, 0.1):
        yield channel(
            f"rounded_{step:g}",
            rounded_bits(0.9, step),
            f"sum over cells: both of a Gaussian pair, r = .9, rounded to {step:g}",
            of_pair(lambda x, step=step: np.round(x / step) * step, 0.9),
        )
    yield channel(
        "saturated",
        1 - binary_entropy(0.5 + np.arcsin(0.9) / np.pi),
        "1 - H(1/2 + asin(r) / pi): signs of a Gaussian pair, r = .9",
        of_pair(np.sign, 0.9),
    )
    yield channel(
        "dead_relu", 0, "a constant", lambda rng, n: (np.zeros((n, 2)), rng.normal(size=(n, 1)))
    )


def _of_classes() -> Iterator[KnownChannel]:
    def channel(name, information, source, change, **more) -> KnownChannel:
        def sample(rng, number):
            label = rng.integers(0, 2, number)
            return change(2.0 * label[:, None] - 1, rng.normal(size=(number, 1))), label

        return KnownChannel(name, "classes", float(information), source, sample, **more)

    gain = np.array([[1.0]])
    gaussian, rectified = class_bits()
    around = "class -1 or 1, x = class + noise of variance 1"
    yield channel("class_gaussian", gaussian, f"quadrature: {around}", np.add, gain=gain, noise=1.0)
    yield channel(
        "class_relu", rectified, f"quadrature: relu(x), {around}", lambda c, z: np.maximum(c + z, 0)
    )
    yield channel(
        "class_sign",
        1 - binary_entropy(ndtr(-1.0)),
        f"1 - H(Phi(-1)): the sign of x, {around}",
        lambda c, z: np.sign(c + z),
    )
    yield channel("class_itself", 1, "H(1/2)", lambda c, z: c)
    yield channel("class_with_independent_relu", 0, "independent", lambda c, z: np.maximum(z, 0))
    yield channel("class_with_dead_relu", 0, "a constant", lambda c, z: np.zeros((len(c), 2)))


def _student(name: str, freedom: int, columns: int, r: float) -> KnownChannel:
    def sample(rng, number):
        scale = np.sqrt(freedom / rng.chisquare(freedom, (number, 1)))
        return tuple(scale * part for part in _correlated(rng, number, columns, r))

    return KnownChannel(
        name,
        "continuous",
        student_bits(freedom, columns, r),
        "2 h(d) - h(2 d) - (d / 2) log2(1 - r^2), h the entropy of a standard Student t",
        sample,
    )


def _poisson_sample(rng, number):
    mean = rng.exponential(size=(number, 1))
    kept = rng.uniform(size=(number, 1)) >= 0.15
    return mean, kept * rng.poisson(mean).astype(float)


def _half_discrete(rng, number):
    pair, signs = _correlated(rng, number, 1, 0.9), rng.choice([-1.0, 1.0], (number, 1))
    flipped = np.where(rng.uniform(size=(number, 1)) < 0.1, -signs, signs)
    discrete = rng.uniform(size=(number, 1)) < 0.5
    return tuple(np.where(discrete, s, x) for s, x in zip((signs, flipped), pair, strict=True))


def _flipped(rng, number):
    sent = rng.integers(0, 2, (number, 1))
    return sent.astype(float), (sent ^ (rng.uniform(size=(number, 1)) < 0.1)).astype(float)


def _exclusive(pair, kept):
    return pair[:, kept], (pair[:, :1] != pair[:, 1:2]).astype(float)


def _correlated(rng, number, columns, r):
    first, noise = rng.normal(size=(2, number, columns))
    return first, r * first + np.sqrt(1 - r * r) * noise


def _noisy(first, gain, variance, rng):
    signal = first @ gain
    return first, signal + np.sqrt(variance) * rng.normal(size=signal.shape)


def _added(first, noise):
    return first, first + noise


def _power(x):
    return np.sign(x) * np.abs(x) ** 1.5


def _swiss_roll(x):
    turn = 1.5 * np.pi * (1 + 2 * ndtr(x))
    return np.concatenate([turn * np.cos(turn), turn * np.sin(turn)], 1) / 21
