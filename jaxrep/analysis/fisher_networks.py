"""Fisher information of many networks at once, of which some may have diverged."""

from typing import TypeVar

import numpy as np
from jaxtyping import Bool, Float

from jaxrep.analysis.fisher import (
    Fisher,
    Jackknifed,
    Responses,
    fisher_information,
    fisher_jackknife,
)
from jaxrep.analysis.fisher_responses import Groups
from jaxrep.arrays import real_array

Fields = TypeVar("Fields", Fisher, Jackknifed)


def information_of_networks(
    found: Responses, *, groups: Groups | None = None, bias_correction: bool = True
) -> Fisher:
    """Information of every network in one parameter, fields ``[network, point]``.

    NaN, and not reliable, of networks with codes or derivatives that are not finite: nothing is
    raised for them, and they change nothing for the others.

    >>> draw = np.random.default_rng(0)
    >>> found = Responses(draw.normal(size=(2, 3, 9, 2)), np.ones((2, 3, 9, 2, 1)))
    >>> found.codes[1, 0] = np.nan
    >>> np.isfinite(information_of_networks(found).mean_term).all(1).tolist()
    [True, False]

    Args:
      found: codes ``[network, point, sample, code]`` and derivatives in one parameter.
      groups, bias_correction: as of `fisher_information`.

    Raises:
      ValueError: as of `fisher_information`, for the networks that are finite; or derivatives in
        several parameters.
    """
    found, finite = _finite_networks(found)
    _one_parameter(found)
    if not finite.any():
        nothing = np.full(found.codes.shape[:2], np.nan)
        return Fisher(nothing, nothing, nothing, np.zeros(nothing.shape, bool), nothing)
    shown = _only(found, finite)
    fisher = fisher_information(shown, groups=groups, bias_correction=bias_correction)
    return _of_all(_plain(fisher), finite)


def errors_of_networks(
    found: Responses, *, groups: Groups | None = None, bias_correction: bool = True
) -> Jackknifed:
    """Standard errors and bias of `information_of_networks`, fields ``[network, point]``.

    NaN of networks that are not finite. Replicates are ``[network, point, group]``.

    >>> draw = np.random.default_rng(0)
    >>> found = Responses(draw.normal(size=(1, 3, 9, 2)), np.ones((1, 3, 9, 2, 1)))
    >>> errors_of_networks(found).mean_term.shape
    (1, 3)

    Raises:
      ValueError: as of `information_of_networks`.
    """
    found, finite = _finite_networks(found)
    _one_parameter(found)
    if not finite.any():
        nothing = np.full(found.codes.shape[:2], np.nan)
        left = found.codes.shape[2] if groups is None else len(np.unique(groups))
        each = np.full((*nothing.shape, left), np.nan)
        return Jackknifed(*[nothing] * 4, np.zeros(nothing.shape, bool), each)
    shown = _only(found, finite)
    errors = fisher_jackknife(shown, groups=groups, bias_correction=bias_correction)
    return _of_all(_plain(errors), finite)


def matrices_of_networks(
    found: Responses, *, groups: Groups | None = None, bias_correction: bool = True
) -> Fisher:
    """Information of every network in several parameters, ``[network, point, ...]``.

    NaN, and not reliable, of networks that are not finite.

    >>> draw = np.random.default_rng(0)
    >>> found = Responses(draw.normal(size=(2, 3, 9, 2)), draw.normal(size=(2, 3, 9, 2, 4)))
    >>> matrices_of_networks(found).mean_term.shape
    (2, 3, 4, 4)

    Args:
      found: codes ``[network, point, sample, code]`` and derivatives in all parameters.
      groups, bias_correction: as of `fisher_information`.

    Raises:
      ValueError: as of `fisher_information`, for the networks that are finite.
    """
    found, finite = _finite_networks(found)
    if not finite.any():
        shape, count = found.codes.shape[:2], found.derivatives.shape[-1]
        nothing = np.full((*shape, count, count), np.nan)
        none = np.full(shape, np.nan)
        return Fisher(nothing, nothing, none, np.zeros(shape, bool), none)
    shown = _only(found, finite)
    fisher = fisher_information(shown, groups=groups, bias_correction=bias_correction)
    return _of_all(fisher, finite)


def matrix_replicates_of_networks(
    found: Responses, *, groups: Groups | None = None, bias_correction: bool = True
) -> Float[np.ndarray, "network point group parameter parameter"]:
    """The mean term of every network without one group (or sample) after the other.

    Whatever is made of the matrices (averages, determinants, eigenvectors) is made of these too:
    its jackknife error is ``sqrt((G - 1) var)`` over the G groups. NaN of networks that are not
    finite.

    >>> draw = np.random.default_rng(0)
    >>> found = Responses(draw.normal(size=(1, 3, 9, 2)), draw.normal(size=(1, 3, 9, 2, 2)))
    >>> matrix_replicates_of_networks(found, groups=np.arange(9) // 3).shape
    (1, 3, 3, 2, 2)

    Raises:
      ValueError: as of `fisher_jackknife`, for the networks that are finite.
    """
    found, finite = _finite_networks(found)
    if not finite.any():
        left = found.codes.shape[2] if groups is None else len(np.unique(groups))
        count = found.derivatives.shape[-1]
        return np.full((*found.codes.shape[:2], left, count, count), np.nan)
    shown = _only(found, finite)
    errors = fisher_jackknife(shown, groups=groups, bias_correction=bias_correction)
    return _of_all(errors, finite).replicates


def single_precision_information(found: Responses) -> Float[np.ndarray, "network point"]:
    """The mean term of codes of two numbers with an inverse in float32.

    What is usually written, and not to be used: where both numbers of the code nearly agree it
    has spikes, and can be negative. Compare `information_of_networks` without its correction.

    >>> draw = np.random.default_rng(0)
    >>> found = Responses(draw.normal(size=(1, 3, 9, 2)), np.ones((1, 3, 9, 2, 1)))
    >>> naive = single_precision_information(found)
    >>> exact = information_of_networks(found, bias_correction=False)
    >>> np.allclose(naive, exact.mean_term, rtol=1e-4)
    True

    Raises:
      ValueError: a code that has not two numbers; fewer than two samples; derivatives in several
        parameters, or that do not fit.
    """
    codes = np.asarray(real_array(found.codes, "codes"), np.float32)
    if codes.ndim < 2 or codes.shape[-2] < 2:
        raise ValueError(f"codes: shape {codes.shape} given; [..., sample, 2], 2 samples at least")
    if codes.shape[-1] != 2:
        raise ValueError(f"codes: {codes.shape[-1]} numbers given; 2 are needed")
    _one_parameter(found)
    with np.errstate(all="ignore"):
        centred = codes - codes.mean(-2, keepdims=True)
    covariance = np.einsum("...ni,...nj->...ij", centred, centred) / (codes.shape[-2] - 1)
    a, b, c = covariance[..., 0, 0], covariance[..., 0, 1], covariance[..., 1, 1]
    slope = np.asarray(real_array(found.derivatives, "derivatives"), np.float32).mean(-3)[..., 0]
    x, y = slope[..., 0], slope[..., 1]
    with np.errstate(all="ignore"):
        return (c * x * x - 2 * b * x * y + a * y * y) / (a * c - b * b)


def _fitting(found: Responses) -> None:
    codes, shape = np.shape(found.codes), np.shape(found.derivatives)
    if shape[:-1] != codes:
        raise ValueError(f"derivatives: shape {shape} given for codes {codes}")


def _one_parameter(found: Responses) -> None:
    _fitting(found)
    shape = np.shape(found.derivatives)
    if shape[-1] != 1:
        raise ValueError(f"derivatives: in {shape[-1]} parameters; 1 is needed")


def _finite_networks(found: Responses) -> tuple[Responses, Bool[np.ndarray, " network"]]:
    """The responses as numbers, and which networks have nothing but finite ones."""
    pairs = zip(found, Responses._fields, strict=True)
    found = Responses(*(np.asarray(real_array(values, name)) for values, name in pairs))
    if found.codes.ndim != 4:
        raise ValueError(
            f"codes: shape {found.codes.shape} given; [network, point, sample, code] is needed"
        )
    _fitting(found)
    finite = [np.isfinite(x).all(tuple(range(1, x.ndim))) for x in found]
    return found, finite[0] & finite[1]


def _only(found: Responses, finite: Bool[np.ndarray, " network"]) -> Responses:
    return Responses(*(np.asarray(x)[finite] for x in found))


def _plain(fields: Fields) -> Fields:
    """Without the two axes of parameters, which have length 1 here."""
    return type(fields)(*(f[..., 0, 0] if f.ndim >= 4 else f for f in fields))


def _of_all(fields: Fields, finite: Bool[np.ndarray, " network"]) -> Fields:
    """``[network, ...]`` with NaN (False) for those that are not finite."""

    def whole(field):
        nothing = False if field.dtype == bool else np.nan
        every = np.full((len(finite), *field.shape[1:]), nothing)
        every[finite] = field
        return every

    return type(fields)(*map(whole, fields))
