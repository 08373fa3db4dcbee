"""Information of noisy layers by sample propagation, with its error (Goldfeld et al. 2019).

A layer ``T = S + Z`` whose units have Gaussian noise Z of variance s2 has a density that is known
but for the distribution of S: a mixture of Gaussians, one around what every input gives. Its
entropy needs no bins and no kernel width, for the noise is the network's own. Bits throughout.

Known limits: with n samples the mixture itself is off by C / sqrt n, C exponential in the units
(entropies are too low: 4.85 for 5 bits with 10 units and n = 1000), which the standard error,
that of the averages, does not show.
"""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Key, Shaped

from jaxrep.analysis.information import check_activations
from jaxrep.arrays import class_indices, finite_array
from jaxrep.typing import Array, Real

CHUNK = 64
"""Rows of distances that are alive at once."""


class Measured(NamedTuple):
    """A number with what sampling leaves of uncertainty.

    Attributes:
      bits: the estimate.
      error: standard error over samples; not the bias of a small sample.
    """

    bits: float
    error: float


class NoisyInformation(NamedTuple):
    """What a noisy layer keeps.

    Attributes:
      with_input: I(X; T).
      with_class: I(Y; T).
    """

    with_input: Measured
    with_class: Measured


def gaussian_entropy(units: int, variance: Real) -> float:
    """``(d / 2) log2(2 pi e s2)``, bits, of d independent Gaussians.

    >>> round(gaussian_entropy(1, 1.0), 6)
    2.047096

    Raises:
      ValueError: a variance that is not positive and finite.
    """
    _check_variance(variance)
    return float(units / 2 * np.log2(2 * np.pi * np.e * float(variance)))


def mixture_entropy(
    centres: Shaped[Array, "sample unit"],
    variance: Real,
    draws: int = 1,
    key: Key[Array, ""] | None = None,
) -> Measured:
    """Entropy of a mixture of equal Gaussians around the centres, by Monte Carlo; bits.

    ``h = -(1 / (n m)) sum_ij log2[(1 / n) sum_l phi(S_i + z_ij - S_l)]``, with m draws z_ij for
    every centre (eq. 15 of the paper); its standard error is the deviation over i of the mean
    over j, over sqrt n.

    >>> one = mixture_entropy(np.zeros((500, 1)), 1.0, draws=4)
    >>> one.error < 0.04, abs(one.bits - gaussian_entropy(1, 1.0)) < 4 * one.error
    (True, True)

    Args:
      centres: what the layer would be without its noise.
      variance: of the noise of every unit.
      draws: of the noise for every centre.
      key: of the draws; the default is that of 0.

    Raises:
      ValueError: centres that are not finite or fewer than two, a variance that is not positive
        and finite, fewer than one draw.
    """
    logs, _ = _log_densities(centres, None, variance, draws, key)
    return _mean(-logs.mean(1))


def noisy_information(
    centres: Shaped[Array, "input unit"],
    classes: Shaped[Array, " labelled"],
    variance: Real,
    draws: int = 1,
    key: Key[Array, ""] | None = None,
    passes: Shaped[Array, "probe pass _unit"] | None = None,
    points: Shaped[Array, " point"] | None = None,
) -> NoisyInformation:
    """I(X; T) and I(Y; T) of a layer ``T = S + Z`` by sample propagation; bits.

    ``I(X; T) = h(T) - mean_x h(T | x)`` and ``I(Y; T) = h(T) - sum_y p_y h(T | y)``, each entropy
    that of a mixture. Where the layer is the first noisy one S is a function of x, and h(T | x)
    is `gaussian_entropy`; deeper, S is noisy itself and `passes` are needed.

    >>> points = np.repeat([[0.0], [4.0]], 400, axis=0)  # 0.912822 bits by quadrature
    >>> found = noisy_information(points, np.repeat([0, 1], 400), 1.0, draws=2)
    >>> [round(measured.bits, 1) for measured in found]
    [0.9, 0.9]

    Args:
      centres: S of every input, from one noisy pass of the layers below.
      classes: labels of any kind.
      variance: of the noise of every unit.
      draws: of the noise for every centre.
      key: of the draws; the default is that of 0.
      passes: of some inputs, S in many noisy passes of the layers below; None where those are
        without noise.
      points: numbers of the inputs that logarithms are averaged over, each density being that of
        all of them; None is all.

    Raises:
      ValueError: see `mixture_entropy` and `check_activations`; fewer than two passes.
    """
    key = jax.random.key(0) if key is None else key
    check_activations(centres, classes)
    labels = class_indices(classes, "classes")[1]
    logs, of_class = _log_densities(centres, labels, variance, draws, key, points)
    total = _mean(-logs.mean(1))
    # log p(t | y) - log p(t) is averaged as one number, so that the error is of the difference
    with_class = _mean((of_class - logs).mean(1))
    if passes is None:
        kept = total.bits - gaussian_entropy(np.shape(centres)[1], variance)
        return NoisyInformation(Measured(max(kept, 0.0), total.error), with_class)
    if np.ndim(passes) != 3 or min(np.shape(passes)[:2]) < 2:
        raise ValueError(f"passes: shape {np.shape(passes)}; two probes and passes are needed")
    given = -_own_densities(passes, variance, draws, jax.random.fold_in(key, 1)).mean((1, 2))
    conditional = _mean(given)
    error = float(np.hypot(total.error, conditional.error))
    return NoisyInformation(Measured(total.bits - conditional.bits, error), with_class)


def monte_carlo_bound(units: int, variance: Real, samples: int, draws: int = 1) -> float:
    """Root of the bound ``2 d (2 + s2) / (s2 n m)`` nats^2 on the Monte-Carlo error, in bits.

    For activations in [-1, 1]; it bounds the averages over noise alone, not that n samples stand
    for the distribution (Goldfeld et al. 2019, theorem 3, restated from memory).

    >>> round(monte_carlo_bound(3, 0.01, 1000, 10), 3)
    0.501

    Raises:
      ValueError: numbers that are not positive.
    """
    _check_variance(variance)
    if min(units, samples, draws) < 1:
        given = f"{units}, {samples}, {draws}"
        raise ValueError(f"units, samples, draws: {given} given; 1 or more are needed")
    squared = 2 * units * (2 + float(variance)) / (float(variance) * samples * draws)
    return float(np.sqrt(squared) / np.log(2))


def _check_variance(variance: Real) -> None:
    if not 0 < variance < np.inf:
        raise ValueError(f"variance: {variance} is not positive and finite")


def _mean(values: np.ndarray) -> Measured:
    return Measured(float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))))


def _log_densities(
    centres, labels, variance, draws, key, points=None
) -> tuple[np.ndarray, np.ndarray]:
    """``log2 p(t)`` and ``log2 p(t | class)`` at every sample and draw, ``[sample, draw]``."""
    _check_variance(variance)
    values = finite_array(centres, "centres")
    if values.ndim != 2 or len(values) < 2 or not values.shape[1]:
        raise ValueError(f"centres: shape {values.shape} is not [sample, unit] with two samples")
    if draws < 1:
        raise ValueError(f"draws: {draws} given; 1 or more are needed")
    # in deviations of the noise, and around the mean: float32 then holds the differences
    scaled = (values - values.mean(0)) / np.sqrt(float(variance))
    labels = np.zeros(len(values), np.int32) if labels is None else labels
    key = jax.random.key(0) if key is None else key
    points = np.arange(len(values)) if points is None else np.asarray(points)
    if not len(points) or points.dtype.kind not in "iu" or not _inside(points, len(values)):
        raise ValueError(f"points: {points} given; integers of 0 .. {len(values) - 1} are needed")
    logs = _densities(jnp.asarray(scaled, float), jnp.asarray(labels), points, key, draws)
    every, own = _in_bits(logs, values.shape[1], variance)
    return every, own


def _inside(points: np.ndarray, count: int) -> bool:
    return bool(points.min() >= 0 and points.max() < count)


def _in_bits(logs: jax.Array, units: int, variance: Real) -> np.ndarray:
    """Of nats without the Gaussian's constant."""
    constant = -units / 2 * np.log(2 * np.pi * float(variance))
    return (np.asarray(logs, float) + constant) / np.log(2)


def _own_densities(passes, variance, draws, key) -> np.ndarray:
    """``log2 p(t | x)`` of every probe's own mixture, ``[probe, pass, draw]``."""
    values = finite_array(passes, "passes")
    scaled = (values - values.mean((0, 1))) / np.sqrt(float(variance))
    keys = jax.random.split(key, len(values))
    logs = _densities_of_each(jnp.asarray(scaled, float), keys, draws)
    return _in_bits(logs, values.shape[2], variance)


@functools.partial(jax.jit, static_argnames="draws")
def _densities_of_each(passes, keys, draws):
    same, points = jnp.zeros(passes.shape[1], jnp.int32), jnp.arange(passes.shape[1])
    one = lambda pair: _densities(pair[0], same, points, pair[1], draws)[0]  # noqa: E731
    return jax.lax.map(one, (passes, keys))


@functools.partial(jax.jit, static_argnames="draws")
def _densities(centres, labels, places, key, draws):
    """Nats, ``[scope, point, draw]``, without the Gaussian's constant."""
    count, units = centres.shape
    noise = jax.random.normal(key, (len(places), draws, units), centres.dtype)
    points = (centres[places, None] + noise).reshape(-1, units)
    rows = jnp.repeat(labels[places], draws)

    def block(part):
        chosen, own = part

        def add(total, unit):
            values, column = unit
            return total + (values[:, None] - column) ** 2, None

        start = jnp.zeros((len(chosen), count), centres.dtype)
        distance, _ = jax.lax.scan(add, start, (chosen.T, centres.T))
        same = own[:, None] == labels
        every = jax.nn.logsumexp(-distance / 2, 1) - jnp.log(count)
        within = jax.nn.logsumexp(jnp.where(same, -distance / 2, -jnp.inf), 1)
        return jnp.stack([every, within - jnp.log(jnp.sum(same, 1))], 1)

    pad = -len(points) % CHUNK
    blocks = jnp.pad(points, ((0, pad), (0, 0))).reshape(-1, CHUNK, units)
    owners = jnp.pad(rows, (0, pad), constant_values=0).reshape(-1, CHUNK)
    found = jax.lax.map(block, (blocks, owners)).reshape(-1, 2)[: len(points)]
    return jnp.moveaxis(found.reshape(len(places), draws, 2), 2, 0)
