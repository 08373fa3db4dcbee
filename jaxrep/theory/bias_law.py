"""Which way, and how far, a decoder errs that knows how often each stimulus comes.

Wei and Stocker (2017) found that biases of efficient codes follow ``d/ds (1 / I)``; Morais and
Pillow (2018) that this holds for all codes with ``I ~ p^g``, with constants of their own. For small
Gaussian noise of the code and a decoder that minimises the expected |error|^q,

    bias(s) = c d/ds (1 / I(s)),    c = (2 + q) / 4 - 1 / g.

A decoder that takes the most probable stimulus is the limit q = -1 of this formula, one of greatest
likelihood has c = 1 / 4 whatever g is. Derivation: at internal coordinate ``t`` with ``dt/ds =
sqrt(I)`` the noise is the same everywhere; the prior there, ``p / sqrt(I) ~ I^(1/g - 1/2)``, moves
the posterior by its logarithm's slope, and the curvature of ``s(t)`` moves a mean (q = 2) by
``d/ds (1 / I) / 4`` more than a median (q = 1), which is not moved. A code and a decoder for the
same loss, ``g = 2 / (1 + q)``, have ``c = -q / 4``: they err towards where they are precise.
"""

from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.arrays import real_array
from jaxrep.theory.efficient_coding import predicted_bias
from jaxrep.typing import Array, Real

Decoder = Literal["posterior", "likelihood"]


def bias_constant(
    exponent: Real, decoder: Real | Decoder = 2.0
) -> Float[np.ndarray, "..."] | float:
    """c of the bias law.

    >>> [bias_constant(2.0, q) for q in (2.0, 1.0)]  # maximal information: mean and median
    [0.5, 0.25]
    >>> bias_constant(1.0, 1.0), bias_constant(1.0, "posterior"), bias_constant(1.0, "likelihood")
    (-0.25, -0.75, 0.25)

    Args:
      exponent: g of ``I ~ p^g``.
      decoder: q above 0 of the |error|^q whose expectation it minimises (2: the mean, 1: the
        median); or "posterior", the most probable stimulus, or "likelihood", the likeliest.

    Raises:
      ValueError: an exponent or a power that is not above 0, or another name.
    """
    powers = np.asarray(real_array(exponent, "exponent"), float)
    if not (powers > 0).all():
        raise ValueError(f"exponent: {powers.min()} given; above 0 is needed")
    if isinstance(decoder, str):
        if decoder not in ("posterior", "likelihood"):
            raise ValueError(f"decoder: {decoder!r} given; a power, posterior or likelihood")
        found = 0.25 - (1 / powers if decoder == "posterior" else 0 * powers)
    else:
        loss = np.asarray(real_array(decoder, "decoder"), float)
        if not (loss > 0).all():
            raise ValueError(f"decoder: {loss.min()} given; a power above 0 is needed")
        found = (2 + loss) / 4 - 1 / powers
    return float(found) if np.ndim(found) == 0 else found


def bias_law(
    information: Shaped[Array, "*batch angle"],
    angles: Shaped[Array, " place"],
    exponent: Real,
    decoder: Real | Decoder = 2.0,
) -> Float[np.ndarray, "*batch angle"]:
    """``c d/ds (1 / I)``, in units of the angles: nothing is scaled to fit.

    >>> angles = np.linspace(0, 1, 5)
    >>> bias_law(1 / (1 + angles), angles, 2.0).round(6).tolist()
    [0.5, 0.5, 0.5, 0.5, 0.5]

    Args:
      information: I at every angle.
      angles: rising, three or more.
      exponent, decoder: as of `bias_constant`.

    Returns:
      NaN beside angles without information.

    Raises:
      ValueError: as of `bias_constant`; angles that do not rise or fit, information below 0.
    """
    return bias_constant(exponent, decoder) * predicted_bias(information, angles)


class FittedBias(NamedTuple):
    """How well biases follow ``c d/ds (1 / I)``.

    Attributes:
      constant: c of least squares through 0, ``[...]``.
      error: its standard error, of residuals that are independent; those of neighbouring angles are
        not, so it is too small.
      explained: share of the sum of squared biases; 0 for a bias that has nothing to do with it.
    """

    constant: Float[np.ndarray, "*batch"]
    error: Float[np.ndarray, "*batch"]
    explained: Float[np.ndarray, "*batch"]


def fit_bias_constant(
    bias: Shaped[Array, "*batch angle"],
    information: Shaped[Array, "*other place"],
    angles: Shaped[Array, " point"],
    inside: Shaped[Array, " chosen"] | None = None,
) -> FittedBias:
    """c of the bias law by least squares, of measured biases and information.

    >>> angles = np.linspace(0, 1, 9)
    >>> fitted = fit_bias_constant(0.3 * 2 * angles, 1 / (1 + angles**2), angles)
    >>> float(fitted.constant.round(6)), float(fitted.explained.round(6))
    (0.3, 1.0)

    Args:
      bias: mean of what is decoded minus the stimulus, ``[..., angle]``.
      information: I of the code, of the same shape.
      angles: rising, three or more.
      inside: angles that are looked at; None: all.

    Returns:
      NaN of fewer than three angles where both are finite, or of a flat information.

    Raises:
      ValueError: shapes that do not fit, angles that do not rise, information below 0.
    """
    found = np.asarray(real_array(bias, "bias"), float)
    slope = predicted_bias(information, angles)
    if found.shape != slope.shape:
        raise ValueError(f"bias: shape {found.shape} given for information {slope.shape}")
    chosen = np.ones(found.shape[-1], bool) if inside is None else np.asarray(inside, bool)
    if chosen.shape != found.shape[-1:]:
        raise ValueError(f"inside: shape {chosen.shape} given for {found.shape[-1]} angles")
    known = np.isfinite(found) & np.isfinite(slope) & chosen
    y, x = np.where(known, found, 0), np.where(known, slope, 0)
    count = known.sum(-1)
    with np.errstate(all="ignore"):
        square = np.sum(x**2, -1)
        usable = (count >= 3) & (square > 0)
        constant = np.where(usable, np.sum(x * y, -1) / square, np.nan)
        rest = np.sum((y - constant[..., None] * x) ** 2, -1)
        error = np.sqrt(rest / (count - 1) / square)
        return FittedBias(constant, error, 1 - rest / np.sum(y**2, -1))
