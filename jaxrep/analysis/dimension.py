"""How many dimensions a representation has: participation ratio, spectrum, nearest neighbours."""

from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Float, Shaped
from scipy.spatial import KDTree

from jaxrep.analysis.similarity import activation_distances
from jaxrep.analysis.spaces import (
    centred,
    entered,
    entered_representations,
    near_one,
    product,
    ratio,
    singular,
    transposed,
)
from jaxrep.typing import Array


class SpectrumExponent(NamedTuple):
    """alpha of ``eigenvalue ~ rank^-alpha``.

    Attributes:
      value: least squares of log eigenvalue on log rank.
      error: its standard error, as if eigenvalues scattered independently around the line.
    """

    value: Float[Array, "*batch"]
    error: Float[Array, "*batch"]


class NeighbourDimension(NamedTuple):
    """Two estimates of the intrinsic dimension from the same ratios of distances.

    Attributes:
      unbiased: ``(N - 1) / sum log mu``.
      fit: slope of ``-log(1 - i / N)`` on the i-th smallest log mu, through 0.
    """

    unbiased: Float[Array, "*batch"]
    fit: Float[Array, "*batch"]


def participation_ratio(
    hidden: Shaped[Array, "*batch sample unit"], correction: str = "none"
) -> Float[Array, "*batch"]:
    """``(tr C)^2 / tr C^2`` of the covariance C of units: how many carry the variance.

    The naive one is too small for few samples or units, ``1 / PR + 1 / n + 1 / p``. ``samples``
    puts unbiased estimates in the place of both squares, for a layer all units of which are seen;
    ``samples_and_units`` also for units that are a random sample of many (Chun et al. 2026). Do
    not use it where they are not: a whole layer is no sample.

    Invariant to scale, shifts and order of units; the first two also to rotations. NaN where
    nothing varies, or an estimate is not above 0.

    >>> rows = np.array([[1.0, 1], [1, -1], [-1, 1], [-1, -1]])
    >>> participation_ratio(rows).item()
    2.0

    Args:
      hidden: activations.
      correction: ``none``, ``samples`` or ``samples_and_units``.

    Raises:
      ValueError: another correction; fewer than 2 samples, or 4 where one is made.
    """
    if correction not in ("none", "samples", "samples_and_units"):
        raise ValueError(
            f"correction: {correction} given; 'none', 'samples' or 'samples_and_units' are possible"
        )
    space, (hidden,) = entered_representations(2 if correction == "none" else 4, hidden=hidden)
    near = near_one(space, centred(hidden))
    lengths = space.sum(near**2, -1)
    trace, fourth = lengths.sum(-1), space.sum(lengths**2, -1)
    smaller = near if near.shape[-1] <= near.shape[-2] else transposed(near)
    norm = space.sum(product(transposed(smaller), smaller) ** 2, (-2, -1))
    if correction == "none":
        return space.asarray(ratio(space, trace**2, norm))
    count = near.shape[-2]
    above, below = _unbiased(count, trace, fourth, norm)
    if correction == "samples_and_units":
        # of every unit alone, whose kernel has the square of its trace as norm
        traces = space.sum(near**2, -2)
        alone = _unbiased(count, traces, space.sum(near**4, -2), traces**2)
        above, below = above - alone[0].sum(-1), below - alone[1].sum(-1)
    return space.asarray(ratio(space, above, below))


def eigenspectrum(hidden: Shaped[Array, "*batch sample unit"]) -> Float[Array, "*batch _"]:
    """Eigenvalues of the covariance of units, falling, in squared units of the activations.

    As many as the fewer of units and samples; the others are 0.

    >>> eigenspectrum(np.array([[2.0, 0.0], [0.0, 0.0], [-2.0, 0.0]])).tolist()
    [4.0, 0.0]

    Raises:
      ValueError: fewer than two samples.
    """
    space, (hidden,) = entered_representations(hidden=hidden)
    return singular(space, centred(hidden)) ** 2 / (hidden.shape[-2] - 1)


def spectrum_exponent(
    spectrum: Shaped[Array, "*batch rank"], first: int, last: int
) -> SpectrumExponent:
    """Power law of eigenvalues between two ranks, both included, counted from 1.

    Of a smooth code of d-dimensional inputs alpha > 1 + 2 / d (Stringer et al. 2019). Where it is
    fitted matters: the first eigenvalues follow no power law, and the last ones are noise and too
    few samples. NaN where an eigenvalue in the range is not above 0.

    >>> spectrum_exponent(np.arange(1.0, 50.0) ** -1.5, 1, 49).value.round(6).item()
    1.5

    Raises:
      ValueError: fewer than three ranks, or ranks that are not there.
    """
    space, (spectrum,) = entered(spectrum=spectrum)
    there = spectrum.shape[-1] if spectrum.ndim else 0
    if not 1 <= first <= last - 2 or last > there:
        raise ValueError(
            f"first, last: {first}, {last} given; three ranks at least, in 1 .. {there}"
        )
    values = spectrum[..., first - 1 : last]
    logs = space.log(space.where(values > 0, values, 1))
    logs = space.where((values > 0).all(-1, keepdims=True), logs, space.nan)
    ranks = np.log(np.arange(first, last + 1))
    ranks = (ranks - ranks.mean()).astype(spectrum.dtype)
    flat = logs - logs.mean(-1, keepdims=True)
    slope = space.sum(flat * ranks, -1) / (ranks**2).sum()
    scatter = space.sum((flat - slope[..., None] * ranks) ** 2, -1) / (len(ranks) - 2)
    return SpectrumExponent(space.asarray(-slope), space.sqrt(scatter / (ranks**2).sum()))


def neighbour_dimension(
    hidden: Shaped[Array, "*batch sample unit"], discard: float = 0.1
) -> NeighbourDimension:
    """TwoNN: dimension of the manifold of samples, from their two nearest neighbours.

    The ratio ``mu = r2 / r1`` of distances has density ``d mu^(-d - 1)`` wherever density is even
    over so small a distance (Facco et al. 2017). Too small in many dimensions for the samples:
    9.2 of 10 for 500 Gaussian ones. Invariant to rotations, scale, shifts and order of units.
    Samples that repeat another one are left out. NaN where fewer than three are left.

    >>> flat = np.random.default_rng(0).uniform(size=(400, 2)) @ np.ones((2, 5)) + np.eye(5)[0]
    >>> bool(0.8 < neighbour_dimension(flat).unbiased < 1.2)  # a line in 5 dimensions
    True

    Args:
      hidden: activations, at least three samples.
      discard: share of the largest ratios that the fit leaves out.

    Raises:
      ValueError: fewer than three samples, a share outside 0 .. 1.
    """
    if not 0 <= discard < 1:
        raise ValueError(f"discard: {discard} given; a share of 0 or more, below 1, is needed")
    space, (hidden,) = entered_representations(3, hidden=hidden)
    near = near_one(space, centred(hidden))
    if space is np:
        flat = near.reshape(-1, *near.shape[-2:])
        nearest = np.stack([_nearest(rows) for rows in flat]).reshape(*near.shape[:-1], 2)
    else:
        squared = activation_distances(near)
        count = near.shape[-2]
        squared = space.where(np.eye(count, dtype=bool), space.inf, squared)
        nearest = space.sqrt(-jax.lax.top_k(-squared, 2)[0])
        nearest = nearest + 0 * near[..., :1]  # NaN stays
    apart = (nearest[..., 0] > 0) & space.isfinite(nearest).all(-1)
    safe = space.where(apart[..., None], nearest, 1)
    logs = space.where(apart, space.log(safe[..., 1] / safe[..., 0]), space.inf)
    used = apart.sum(-1)
    logs = space.sort(logs, -1)
    place = np.arange(1, logs.shape[-1] + 1)
    total = space.sum(space.where(place <= used[..., None], logs, 0), -1)
    kept = place <= space.floor((1 - discard) * used + 1e-6)[..., None]
    kept = kept & (place < used[..., None])
    share = place / space.maximum(used, 1)[..., None]
    height = -space.log1p(-space.where(kept, share, 0))
    logs = space.where(kept, logs, 0)
    known = (used > 2) & space.isfinite(hidden).all((-2, -1))
    found = (
        ratio(space, space.where(known, used - 1.0, space.nan), total),
        ratio(space, space.sum(logs * height, -1), space.sum(logs**2, -1)),
    )
    return NeighbourDimension(*(space.where(known, value, space.nan) for value in found))


def _unbiased(count: int, trace: Any, fourth: Any, norm: Any) -> tuple[Any, Any]:
    """Unbiased ``(tr C)^2`` and ``tr C^2`` from a centred kernel.

    Its trace, sum of squared diagonal entries and squared norm are all that is needed, as the
    rows without their diagonal sum to minus the diagonal.
    """
    two, three = count * (count - 1), count * (count - 1) * (count - 2)
    off = norm - fourth
    first = (trace**2 - fourth) / two
    second = (2 * fourth - trace**2) / three
    third = (trace**2 - 4 * fourth + 2 * off) / (three * (count - 3))
    own = norm - fourth * (count / (count - 2)) + trace**2 / ((count - 1) * (count - 2))
    return first - 2 * second + third, own / (count * (count - 3))


def _nearest(rows: np.ndarray) -> np.ndarray:
    """Distances to the two nearest other samples."""
    if not np.isfinite(rows).all():
        return np.full((len(rows), 2), np.nan)
    return KDTree(rows).query(rows, 3)[0][:, 1:]
