"""Gabor functions and sinusoids fitted to receptive fields on a ring or segment of pixels.

Amplitudes and the offset are solved for (`jaxrep.analysis.variable_projection`); what is searched
starts at the peaks of the field's spectrum, whole and through windows of several widths, so that
every frequency up to L / 2 is reached. In float64 on the host; inside `jit` the host is called
back. Fields in two dimensions: `jaxrep.analysis.field_fits_2d`.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Shaped

from jaxrep.analysis.variable_projection import (
    Model,
    Projected,
    also_in_jit,
    fit_projected,
    project,
    unit_fields,
)
from jaxrep.arrays import real_array
from jaxrep.typing import Array

IDENTIFIABLE = 0.2
"""Cycles within an envelope's width, from which the frequency of a fit means something: below it
another frequency fits nearly as well (at 0.12 with an error of .02, at 0.2 with one of .24)."""
FEWEST = 4
"""Pixels, and at most as many numbers as the linear part of a fit has."""
FINE = 8
"""Frequencies per cycle at which a sinusoid's error is computed before it is refined."""


class GaborFit(NamedTuple):
    """``amplitude cos(2 pi f d / L + phase) exp(-(d / width)^2) + offset``, d from the centre.

    Attributes:
      amplitude: not negative, in units of the weights. With the phase it means little near
        frequencies 0 and L / 2, where cosine and sine are nearly one column.
      centre: pixels, 0 .. L.
      width: pixels; infinite without an envelope (a sinusoid).
      frequency: cycles in L pixels, 0 .. L / 2.
      phase: radians.
      offset: in units of the weights.
      error: norm of what is left over that of the field, 0 .. 1.
      identifiable: whether the frequency means anything: ``f width / L`` above 0.2. Other
        frequencies fit a bump without a cycle nearly as well.
    """

    amplitude: Float[Array, "*batch"]
    centre: Float[Array, "*batch"]
    width: Float[Array, "*batch"]
    frequency: Float[Array, "*batch"]
    phase: Float[Array, "*batch"]
    offset: Float[Array, "*batch"]
    error: Float[Array, "*batch"]
    identifiable: Bool[Array, "*batch"]


class SinusoidFit(NamedTuple):
    """``amplitude cos(2 pi f x / L + phase) + offset``; attributes as of `GaborFit`."""

    amplitude: Float[Array, "*batch"]
    frequency: Float[Array, "*batch"]
    phase: Float[Array, "*batch"]
    offset: Float[Array, "*batch"]
    error: Float[Array, "*batch"]


@also_in_jit
def fit_gabor(weights: Shaped[Array, "..."], *, periodic: bool = True) -> GaborFit:
    """The best Gabor function for every receptive field, never worse than the best sinusoid.

    Scale of the weights does not matter. Fields of zeros, or of one value, have amplitude 0,
    error 0 and no shape (NaN); fields that are not finite are NaN throughout.

    >>> distance = (np.arange(60) - 20 + 30) % 60 - 30
    >>> field = 2 * np.cos(2 * np.pi * 25 * distance / 60) * np.exp(-((distance / 6) ** 2))
    >>> found = fit_gabor(1e-20 * field)
    >>> [round(float(x), 3) for x in (found.centre, found.width, found.frequency)]
    [20.0, 6.0, 25.0]
    >>> bool(found.identifiable)
    True

    Args:
      weights: the last axis is the ring; all others are read as separate fields. Arrays of more
        than two axes whose last two are equally long could be pictures, and are refused: fit
        those with `fit_gabor_2d`, or flatten rings to ``[field, pixel]`` first.
      periodic: distances from the centre around the ring; False: along a segment, whose ends are
        no neighbours, with the centre on it.

    Raises:
      ValueError: fewer than four pixels, something that could be pictures, or no real numbers.
    """
    fields, shape = _fields(weights)
    if len(shape) > 2 and shape[-1] == shape[-2]:
        raise ValueError(
            f"weights: shape {shape} could be pictures; fit_gabor_2d fits them, and rings are "
            "flattened to [field, pixel]"
        )
    fit = functools.partial(_gabors, distance=_around if periodic else _along)
    return _over(fields, shape, fit, GaborFit, numbers=7)


@also_in_jit
def fit_sinusoid(weights: Shaped[Array, "..."]) -> SinusoidFit:
    """The best sinusoid of any frequency up to L / 2 for every receptive field.

    All frequencies are tried in steps of an eighth of a cycle and the best three are refined.
    Other fields than of finite numbers as in `fit_gabor`.

    >>> found = fit_sinusoid(np.cos(2 * np.pi * 3.3 * np.arange(20) / 20))
    >>> round(float(found.frequency), 3)
    3.3

    Raises:
      ValueError: fewer than four pixels, or no real numbers.
    """
    fields, shape = _fields(weights)
    return _over(fields, shape, _sinusoids, SinusoidFit, numbers=5)


def _fields(weights: Array) -> tuple[np.ndarray, tuple[int, ...]]:
    weights = np.asarray(real_array(weights, "weights"), float)
    if not weights.ndim or weights.shape[-1] < FEWEST:
        raise ValueError(f"weights: shape {weights.shape} given; {FEWEST} pixels at least")
    return weights.reshape(-1, weights.shape[-1]), weights.shape


def _over(fields: np.ndarray, shape: tuple[int, ...], fit, kind, numbers: int):
    """Fits of the fields that have a shape, of unit norm; the others as documented."""
    size = np.abs(fields).max(-1, initial=0)
    finite = np.isfinite(size)
    found = np.full((numbers, len(fields)), np.nan)
    with np.errstate(invalid="ignore"):
        flat = finite & (np.ptp(fields, -1) <= 1e-12 * size)
        found[0, flat], found[-2, flat], found[-1, flat] = 0, fields[flat, 0], 0
    chosen = np.flatnonzero(finite & ~flat)
    length = fields.shape[-1]
    for part in np.array_split(chosen, -(-len(chosen) * length // 20_000) or 1):
        if len(part):
            relative, unit = unit_fields(fields[part], size[part])
            result = fit(relative)
            result[0] *= unit
            result[-2] *= unit
            found[:, part] = result
    fields_of = [x.reshape(shape[:-1]) for x in found]
    if kind is SinusoidFit:
        return SinusoidFit(*fields_of)
    with np.errstate(invalid="ignore"):
        known = (found[0] > 0) & (found[3] * found[2] / length > IDENTIFIABLE)
    return GaborFit(*fields_of, known.reshape(shape[:-1]))


Distance = Callable[[np.ndarray, np.ndarray, int], np.ndarray]
"""``place, centre, length -> signed pixels from the centre``."""


def _around(place: np.ndarray, centre: np.ndarray, length: int) -> np.ndarray:
    return (place - centre + length / 2) % length - length / 2


def _along(place: np.ndarray, centre: np.ndarray, length: int) -> np.ndarray:
    del length
    return place - centre


def _gabors(fields: np.ndarray, distance: Distance) -> np.ndarray:
    """``[number, field]``: the numbers of `GaborFit` but the last."""
    length = fields.shape[1]
    wave = _sinusoids(fields)
    fit = _away_from_the_ends(fields, _starts(fields, wave[1], distance), distance)
    centre, width, frequency = fit.parameters.T
    cosine, sine, offset = fit.coefficients.T
    amplitude, phase = np.hypot(cosine, sine), np.arctan2(-sine, cosine)
    found = np.stack(
        [amplitude, centre % length, np.exp(width), frequency, phase, offset, fit.error]
    )
    # a sinusoid is a Gabor function without an envelope, whose seam is that of the pixels
    level, middle = np.full(len(fields), np.inf), np.full(len(fields), length / 2)
    turned = np.angle(np.exp(1j * (wave[2] + np.pi * wave[1])))
    plain = np.stack([wave[0], middle, level, wave[1], turned, wave[3], wave[4]])
    return np.where(plain[-1] <= found[-1] + 1e-9, plain, found)


def _away_from_the_ends(fields: np.ndarray, starts: np.ndarray, distance: Distance) -> Projected:
    """The best fit; those near frequency 0 or L / 2 are tried again from some way off.

    At both ends cosine and sine are one column, and no slope leads away from there.
    """
    length = fields.shape[1]
    model = _gabor_model(length, distance)
    fit = fit_projected(model, fields, starts)
    centre, width, frequency = fit.parameters.T
    step = np.minimum(0.1 * length / np.exp(width), length / 8)
    end = np.where(frequency < length / 4, 0, length / 2)
    again = np.flatnonzero((np.abs(frequency - end) < 2 * step) & (fit.error > 1e-9))
    if not len(again):
        return fit
    others = [
        (centre + side * np.exp(width), width, np.abs(end - times * step))
        for side in (-0.5, 0, 0.5)
        for times in (0.5, 1.5)
    ]
    tried = np.clip(np.moveaxis(np.array(others), -1, 0), model.lower, model.upper)
    second = fit_projected(model, fields[again], tried[again])
    better = second.error < fit.error[again]
    for old, new in zip(fit, second, strict=True):
        old[again[better]] = new[better]
    return fit


def _gabor_model(length: int, distance_of: Distance) -> Model:
    turn, place = 2 * np.pi / length, np.arange(length)

    def parts(parameters):
        centre, width, frequency = parameters.T[..., None]
        distance = distance_of(place, centre, length)
        relative = distance / np.exp(width)
        angle = turn * frequency * distance
        return distance, relative, np.exp(-(relative**2)), np.cos(angle), np.sin(angle)

    def columns(parameters):
        _, _, envelope, cosine, sine = parts(parameters)
        return np.stack([envelope * cosine, envelope * sine, np.ones_like(envelope)], 1)

    def slopes(parameters, coefficients):
        distance, relative, envelope, cosine, sine = parts(parameters)
        a, b = coefficients[:, 0, None], coefficients[:, 1, None]
        value = envelope * (a * cosine + b * sine)
        turning = turn * envelope * (b * cosine - a * sine)
        along = -2 * relative / np.exp(parameters[:, 1, None]) * value
        along = along + turning * parameters[:, 2, None]
        return np.stack([-along, 2 * relative**2 * value, turning * distance], 1)

    # around a ring every centre is one of its places; along a segment it could leave it
    first, last = (-np.inf, np.inf) if distance_of is _around else (0, np.nextafter(length, 0))
    lower = np.array([first, np.log(0.3), 0.0])
    return Model(columns, slopes, lower, np.array([last, np.log(10 * length), length / 2]))


def _starts(fields: np.ndarray, wave: np.ndarray, distance_of: Distance) -> np.ndarray:
    """``[field, start, (centre, ln width, frequency)]``."""
    length, count = fields.shape[1], len(fields)
    place, moving = np.arange(length), fields - fields.mean(1, keepdims=True)
    starts = []

    def add(centre, width, frequency):
        row = np.broadcast_arrays(centre, np.log(max(width, 0.5)), frequency, np.zeros(count))[:3]
        starts.append(np.stack(row, 1))

    # through windows around every place (every second, third, ... of a long ring)
    centres = place[:: max(1, length // 100)]
    distance = distance_of(place, centres[:, None], length)
    for width in (length / 40, length / 20, length / 12, length / 6, length / 3):
        window = np.exp(-((distance / max(width, 0.5)) ** 2))
        window = window / np.linalg.norm(window, axis=1, keepdims=True)
        power = np.abs(np.fft.rfft(moving[:, None] * window, 2 * length)).reshape(count, -1)
        best = np.unravel_index(power.argmax(1), (len(centres), length + 1))
        add(centres[best[0]], width, best[1] / 2)
    # through none, at the middle of the field and at its largest weight
    angle = np.exp(2j * np.pi * place / length)
    middle = np.angle(np.sum(moving**2 * angle, 1)) * length / (2 * np.pi)
    if distance_of is not _around:
        middle = np.sum(moving**2 * place, 1) / np.sum(moving**2, 1)
    power = np.abs(np.fft.rfft(moving, 4 * length))
    first = power.argmax(1)
    near = np.abs(np.arange(power.shape[1]) - first[:, None]) < 6
    second = np.where(near, 0, power).argmax(1)
    for centre in (middle, np.abs(moving).argmax(1)):
        for peak in (first, second):
            for width in (length / 12, 2 * length):
                add(centre, width, peak / 4)
    add(np.abs(moving).argmax(1), length / 20, 0.5)
    add(length / 2, 2 * length, wave)
    return np.stack(starts, 1)


def _sinusoids(fields: np.ndarray) -> np.ndarray:
    """``[number, field]``: the numbers of `SinusoidFit`."""
    length = fields.shape[1]
    model = _sinusoid_model(length)
    grid = np.arange(1, length * FINE // 2 + 1)[:, None] / FINE
    columns = model.columns(grid)
    moving = fields - fields.mean(1, keepdims=True)
    waves = columns[:, :2] - columns[:, :2].mean(2, keepdims=True)
    values, vectors = np.linalg.eigh(waves @ waves.swapaxes(1, 2))
    usable = values > 1e-9 * values[:, 1:]
    axes = np.where(usable[..., None], vectors.swapaxes(1, 2) @ waves, 0)
    axes = axes / np.sqrt(np.where(usable, values, 1))[..., None]
    power = np.sum((moving @ axes.reshape(-1, length).T).reshape(len(fields), -1, 2) ** 2, 2)
    padded = np.pad(power, ((0, 0), (1, 1)), constant_values=-1)
    peaks = np.where((power >= padded[:, :-2]) & (power >= padded[:, 2:]), power, -1)
    chosen = np.argsort(-peaks, 1)[:, :3]
    fit = fit_projected(model, fields, grid[chosen])
    # the search may leave the grid's point, but not for something worse
    fallback = project(model.columns(grid[chosen[:, 0]]), fields)
    error = np.linalg.norm(fallback[1], axis=1)
    better = error < fit.error
    frequency = np.where(better, grid[chosen[:, 0], 0], fit.parameters[:, 0])
    cosine, sine, offset = np.where(better[:, None], fallback[0], fit.coefficients).T
    error = np.minimum(error, fit.error)
    return np.stack([np.hypot(cosine, sine), frequency, np.arctan2(-sine, cosine), offset, error])


def _sinusoid_model(length: int) -> Model:
    turn, place = 2 * np.pi / length, np.arange(length)

    def columns(parameters):
        angle = turn * parameters * place
        return np.stack([np.cos(angle), np.sin(angle), np.ones_like(angle)], 1)

    def slopes(parameters, coefficients):
        angle = turn * parameters * place
        a, b = coefficients[:, 0, None], coefficients[:, 1, None]
        return (turn * place * (b * np.cos(angle) - a * np.sin(angle)))[:, None]

    return Model(columns, slopes, np.zeros(1) + 1e-3, np.array([length / 2]))
