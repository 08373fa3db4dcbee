"""Both terms of Fisher information of one set of samples, and what few samples add to them.

For N samples of K numbers z, ``n = N - 1`` and ``m = N - K - 2``. With codes and derivatives that
are jointly Gaussian, ``d = mu' + B (z - mu) + e`` and ``cov e = Omega``, in coordinates where the
covariance of z is the identity, the plug-in terms expect

    mean term:        (n / m) (I_1 + (tr B B' + tr Omega) / N)
    covariance term:  tr B B (1 - 1 / m) + (n / m) tr B B' - (tr B)^2 / m + (K + 1) tr Omega / m

instead of I_1 and ``I_2 = tr B B + tr B B'``. The factor n / m is that of an inverse Wishart
matrix (Kanitscheider et al. 2015); the rest follows from its second moments. Every piece has an
unbiased estimate from the regression of derivatives on codes, so both biases are removed exactly.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import solve_triangular
from jaxtyping import Float, Shaped

Matrix = Float[jax.Array, "*group parameter parameter"]
Number = Float[jax.Array, ""]


def singular_condition(kind: np.dtype | type) -> float:
    """Condition beyond which numbers of codes of a type depend on each other exactly.

    It is measured as the square of one that cannot exceed 1 / eps by much.
    """
    return float(jnp.finfo(kind).eps) ** -1.5


class White(NamedTuple):
    """Samples in coordinates where their covariance is the identity.

    Attributes:
      codes: centred.
      slopes: derivatives, centred.
      mean: derivative of the mean.
      grown: what a shrinkage adds to the derivative of the covariance.
      condition: of the correlations, the greatest eigenvalue over the least.
      spread: standard deviation of every number, in its own units.
    """

    codes: Float[jax.Array, "code sample"]
    slopes: Float[jax.Array, "code sample parameter"]
    mean: Float[jax.Array, "code parameter"]
    grown: Float[jax.Array, "code code parameter"]
    condition: Number
    spread: Float[jax.Array, " code"]


def whiten(
    codes: Float[jax.Array, "sample code"],
    slopes: Float[jax.Array, "sample code parameter"],
    shrinkage: Number,
) -> White:
    """Coordinates ``R^-T z`` with ``Z / sqrt(n) = Q R``: nothing is inverted, no square formed.

    Every number is divided by its standard deviation first, so that neither the result nor the
    condition depends on units. The shrinkage, of ``Sigma + lambda tr(Sigma) / K Id``, does.
    """
    samples, numbers = codes.shape
    freedom = max(samples - 1, 1)
    # a number that stands still may differ from its mean by round-off
    centred = jnp.where(codes.max(0) == codes.min(0), 0, codes - codes.mean(0))
    mean = slopes.mean(0)
    size = jnp.abs(centred).max(0)
    unit = jnp.where(size > 0, size, 1)
    spread = size * jnp.sqrt(jnp.sum((centred / unit) ** 2, 0) / freedom)
    largest = jnp.where(spread.max() > 0, spread.max(), 1)
    floor = largest * jnp.sqrt(shrinkage * jnp.mean((spread / largest) ** 2))
    scale = jnp.hypot(spread, floor)
    scale = jnp.where(scale == 0, 1, scale)
    rows = [centred / (scale * freedom**0.5), jnp.diag(floor / scale)]
    triangle = jnp.linalg.qr(jnp.concatenate(rows), mode="r")
    values = jnp.linalg.svd(triangle, compute_uv=False)

    def white(array):
        """``R^-T array`` of ``[code, ...]`` over the scale."""
        flat = array.reshape(numbers, -1) / scale[:, None]
        return solve_triangular(triangle.T, flat, lower=True).reshape(array.shape)

    moving = slopes - mean
    # what shrinkage adds to the covariance grows with its trace
    rate = jnp.einsum("nkp,nk->p", moving / largest, centred / largest, precision="highest")
    share = jnp.where(shrinkage == 0, scale, largest)
    side = white(jnp.diag(share))
    added = jnp.einsum("ab,cb->ac", side, side, precision="highest")
    grown = added[..., None] * (2 * shrinkage * rate / (freedom * numbers))
    condition = jnp.where((spread > 0).all() | (floor > 0), (values[0] / values[-1]) ** 2, jnp.inf)
    condition = jnp.where(jnp.isfinite(codes).all(), condition, jnp.nan)
    return White(
        white(centred.T), white(moving.swapaxes(0, 1)), white(mean), grown, condition, spread
    )


class Moments(NamedTuple):
    """Second moments of codes z and derivatives d, in any coordinates.

    Attributes:
      mean: derivative of the mean.
      cross: covariance of d and z.
      square: covariance of d and d.
      inverse: of the covariance of z.
    """

    mean: Float[jax.Array, "*group code parameter"]
    cross: Float[jax.Array, "*group code code parameter"]
    square: Float[jax.Array, "*group code code parameter parameter"]
    inverse: Float[jax.Array, "*group code code"]


def moments(white: White) -> Moments:
    """Of all samples."""
    numbers, samples = white.codes.shape
    freedom = max(samples - 1, 1)
    cross = _product("knp,ln->klp", white.slopes, white.codes) / freedom
    square = _product("kna,lnb->klab", white.slopes, white.slopes) / freedom
    return Moments(white.mean, cross, square, jnp.eye(numbers, dtype=cross.dtype))


def moments_without(white: White, members: Float[jax.Array, "group sample"]) -> Moments:
    """Without one group after the other: what it adds is taken away from the whole.

    The inverse is NaN where what is left does not span all numbers.
    """
    numbers, samples = white.codes.shape
    count = samples - members.sum(1)
    freedom = jnp.maximum(count - 1, 1)
    whole = moments(white)
    code = _product("gn,kn->gk", members, white.codes)
    slope = _product("gn,knp->gkp", members, white.slopes)

    def left(full, taken, first, second):
        """Covariance of the rest, whose sums are those of the group, negative."""
        over = count.reshape(-1, *[1] * (full.ndim))
        rest = (samples - 1) * full - taken - first * second / over
        return rest / freedom.reshape(-1, *[1] * (full.ndim))

    yy = _product("gn,kn,ln->gkl", members, white.codes, white.codes)
    covariance = left(whole.inverse, yy, code[:, :, None], code[:, None, :])
    dy = _product("gn,knp,ln->gklp", members, white.slopes, white.codes)
    cross = left(whole.cross, dy, slope[:, :, None, :], code[:, None, :, None])
    dd = _product("gn,kna,lnb->gklab", members, white.slopes, white.slopes)
    square = left(whole.square, dd, slope[:, :, None, :, None], slope[:, None, :, None, :])
    mean = white.mean - slope / count[:, None, None]
    return Moments(mean, cross, square, _inverse(covariance))


def _inverse(
    covariance: Float[jax.Array, "group code code"],
) -> Float[jax.Array, "group code code"]:
    """By elimination without exchanges, safe near the identity; NaN of what is singular.

    LAPACK inside a loop over points can wait for ever for its own threads (jax 0.10, CPU).
    """
    least = 1e3 * jnp.finfo(covariance.dtype).eps

    def eliminate(index, matrix):
        pivot = matrix[:, index, index]
        pivot = jnp.where(pivot > least, pivot, jnp.nan)[:, None]
        row, column = matrix[:, index] / pivot, matrix[:, :, index]
        matrix = matrix - column[:, :, None] * row[:, None, :]
        matrix = matrix.at[:, index].set(row).at[:, :, index].set(-column / pivot)
        return matrix.at[:, index, index].set(1 / pivot[:, 0])

    return jax.lax.fori_loop(0, covariance.shape[-1], eliminate, covariance)


def terms(
    found: Moments,
    effective: Shaped[jax.Array, "*group"],
    correct: Shaped[jax.Array, ""] | bool,
    grown: Float[jax.Array, "code code parameter"] | float = 0.0,
) -> tuple[Matrix, Matrix]:
    """Mean and covariance term.

    Args:
      found: moments.
      effective: N of the biases: independent samples.
      correct: whether the biases are removed; only without shrinkage.
      grown: what a shrinkage adds to the derivative of the covariance.
    """
    mean, cross, square, inverse = found
    numbers = mean.shape[-2]
    weighted = _product("...kl,...lp->...kp", inverse, mean)
    plain = _product("...ka,...kb->...ab", mean, weighted)
    change = cross + cross.swapaxes(-3, -2) + grown
    half = _product("...kj,...jlp->...klp", inverse, change)
    covariance = _product("...kla,...lkb->...ab", half, half) / 2

    n, m = (effective - k for k in (1, numbers + 2))
    n, m, effective = (jnp.asarray(x)[..., None, None] for x in (n, m, effective))
    slope = _product("...kjp,...jl->...klp", cross, inverse)  # B
    turned = _product("...kla,...lkb->...ab", slope, slope)
    explained = _product("...kja,...ljb->...klab", slope, cross)
    straight = _product("...kl,...klab->...ab", inverse, explained)
    trace = jnp.einsum("...kka->...a", slope)
    moved = _product("...kl,...klab->...ab", inverse, square)
    rest = (moved - straight) * n / (n - numbers)  # tr Omega
    first = turned - rest / n
    second = trace[..., :, None] * trace[..., None, :] - rest / n
    spread = (m * straight + first + second - numbers * m * rest / n) / n  # tr B B'
    unbiased = m / n * plain - (spread + m * rest / n) / effective
    return jnp.where(correct, unbiased, plain), jnp.where(correct, first + spread, covariance)


def _product(subscripts: str, *arrays: jax.Array) -> jax.Array:
    return jnp.einsum(subscripts, *arrays, precision="highest")


def effective_samples(
    codes: Float[jax.Array, "code sample"], members: Float[jax.Array, "group sample"]
) -> Number:
    """How many independent samples white codes that come in groups are worth.

    ``N / (1 + (s - 1) r)`` (Kish 1965) with s the size of the groups, averaged over samples, and
    r the share of the variance that lies between them, by one-way analysis of variance (Fisher
    1925): N where groups do not matter, about the number of groups where they are all.
    """
    groups, count = members.shape
    sizes = members.sum(1)
    sums = jnp.einsum("kn,gn->kg", codes, members, precision="highest")
    between = jnp.sum(sums**2 / sizes)
    within = jnp.sum(codes**2) - between
    average = jnp.sum(sizes**2) / count
    between = between / (groups - 1)
    within = within / jnp.maximum(count - groups, 1)
    typical = (count - average) / (groups - 1)
    share = (between - within) / (between + (typical - 1) * within)
    return count / (1 + (average - 1) * jnp.clip(share, 0, 1))
