"""What many Gabor fits have in common, in the measures that cells of cortex are published in."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Shaped

from jaxrep.analysis.field_fits_2d import Gabor2DFit, fit_gabor_2d
from jaxrep.arrays import real_array
from jaxrep.typing import Array

FITTED = 0.5
"""Relative error below which a field counts as a Gabor function."""
HALF = (2 * np.log(2)) ** 0.5 / (2 * np.pi)
"""Half the width, at half height, of the spectrum of a Gaussian of deviation 1."""


class GaborStatistics(NamedTuple):
    """Medians over the fitted fields whose frequency can be told; shares of all or of the fitted.

    Attributes:
      error: of the fits, median of all fields; 0 is a Gabor function.
      fitted: share of the fields with an error below `FITTED`.
      low_pass: share of the fitted whose frequency cannot be told from 0: less than
        `IDENTIFIABLE` cycles across the envelope.
      frequency: cycles per pixel.
      octaves: bandwidth at half height, ``log2((nx + c) / (nx - c))``, c = .187; infinite where
        that reaches frequency 0.
      degrees: bandwidth of orientation at half height, ``2 atan(c / ny)``.
      aspect: length over width of the envelope.
      across: nx, cycles within a deviation of the envelope across the stripes.
      along: ny, the same along them.
      cardinal: share of orientations within 22.5 degrees of horizontal or vertical; .5 by chance.
    """

    error: float
    fitted: float
    low_pass: float
    frequency: float
    octaves: float
    degrees: float
    aspect: float
    across: float
    along: float
    cardinal: float


def gabor_statistics(weights: Shaped[Array, "field row column"]) -> GaborStatistics:
    """`fit_gabor_2d` of every field, summarised as cells are (De Valois et al. 1982; Ringach 2002).

    >>> y, x = np.mgrid[:12, :12] - 5.5
    >>> wave = np.exp(-(x**2 / 2 + y**2 / 4) / 4) * np.cos(2 * np.pi * 0.25 * x)
    >>> found = gabor_statistics(np.stack([wave, wave.T]))
    >>> round(found.frequency, 3), round(found.aspect, 3), round(found.across, 3), found.cardinal
    (0.25, 1.414, 0.5, 1.0)

    Args:
      weights: receptive fields; those of zeros and those that are not finite count in nothing.

    Raises:
      ValueError: as `fit_gabor_2d`; no fields.
    """
    fields = np.asarray(real_array(weights, "weights"), float)
    if fields.ndim != 3 or not len(fields):
        raise ValueError(f"weights: shape {fields.shape} given; one or more fields are needed")
    return summarise_gabors(fit_gabor_2d(fields))


def summarise_gabors(fit: Gabor2DFit) -> GaborStatistics:
    """`gabor_statistics` of fits that are there already; NaN where no field is left.

    >>> field = np.outer([0, 1, 2, 1, 0], [0, 1, 2, 1, 0])
    >>> summarise_gabors(fit_gabor_2d(field[None])).low_pass
    1.0
    """
    values = [np.ravel(np.asarray(real_array(x, "fit"))) for x in fit]
    flat = Gabor2DFit(*values[:-1], np.ravel(np.asarray(fit.identifiable)).astype(bool))
    alive = np.isfinite(flat.error) & (flat.amplitude > 0)
    fitted = alive & (flat.error < FITTED)
    clear = fitted & flat.identifiable
    across, along = (cycles[clear] for cycles in flat.cycles)
    with np.errstate(divide="ignore", invalid="ignore"):
        octaves = np.log2((across + HALF) / np.maximum(across - HALF, 0))
    degrees = np.degrees(2 * np.arctan(HALF / along))
    # the stripes' angle from the nearest axis
    turned = np.abs((np.degrees(flat.orientation[clear]) + 45) % 90 - 45)
    return GaborStatistics(
        _median(flat.error[alive]),
        _share(fitted[alive]),
        _share(~flat.identifiable[fitted]),
        _median(flat.frequency[clear]),
        _median(octaves),
        _median(degrees),
        _median(flat.aspect[clear]),
        _median(across),
        _median(along),
        _share(turned < 22.5),
    )


def _median(values: np.ndarray) -> float:
    return float(np.median(values)) if len(values) else float("nan")


def _share(values: np.ndarray) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
