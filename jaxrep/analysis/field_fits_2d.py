"""Gabor functions fitted to receptive fields in two dimensions, as those of primary visual cortex.

With ``u = (x - x0) cos theta + (y - y0) sin theta`` across the stripes and
``v = -(x - x0) sin theta + (y - y0) cos theta`` along them,

    amplitude exp(-u^2 / (2 su^2) - v^2 / (2 sv^2)) cos(2 pi f u + phase)

(Ringach 2002). The amplitudes of cosine and sine are solved for, the six numbers of the shape are
searched (`jaxrep.analysis.variable_projection`) from the peaks of the field's spectrum and from
twelve fixed slow waves. In float64 on the host; inside `jit` the host is called back.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Shaped

from jaxrep.analysis.variable_projection import Model, also_in_jit, fit_projected, unit_fields
from jaxrep.arrays import real_array
from jaxrep.typing import Array

IDENTIFIABLE = 0.2
"""Cycles within a standard deviation of the envelope from which frequency and angle of a fit mean
something; below it is a bump."""
FEWEST = 4
"""Pixels along either side."""
FINE = 4
"""Frequencies per cycle at which spectra are computed."""


class Gabor2DFit(NamedTuple):
    """Numbers of the fit, ``[...]``.

    Attributes:
      amplitude: not negative, in units of the weights.
      x, y: centre, pixels: column and row, (0, 0) is the middle of the first pixel.
      orientation: theta, 0 .. pi: of the direction across the stripes, from x to y.
      frequency: cycles per pixel, 0 .. 0.5.
      phase: radians.
      across, along: standard deviations of the envelope su and sv, pixels.
      error: norm of what is left over that of the field, 0 .. 1.
      identifiable: whether frequency and orientation mean anything: ``su f`` above 0.2.
    """

    amplitude: Float[Array, "*batch"]
    x: Float[Array, "*batch"]
    y: Float[Array, "*batch"]
    orientation: Float[Array, "*batch"]
    frequency: Float[Array, "*batch"]
    phase: Float[Array, "*batch"]
    across: Float[Array, "*batch"]
    along: Float[Array, "*batch"]
    error: Float[Array, "*batch"]
    identifiable: Bool[Array, "*batch"]

    @property
    def aspect(self) -> Float[Array, "*batch"]:
        """``sv / su``: how much longer than wide the envelope is."""
        return self.along / self.across

    @property
    def cycles(self) -> tuple[Float[Array, "*batch"], Float[Array, "*batch"]]:
        """``su f`` and ``sv f``, the plane in which cells of cortex are compared."""
        return self.across * self.frequency, self.along * self.frequency


@also_in_jit
def fit_gabor_2d(weights: Shaped[Array, "..."]) -> Gabor2DFit:
    """The best Gabor function for every receptive field.

    Scale of the weights does not matter. Fields of zeros have amplitude 0, error 0 and no shape
    (NaN); fields that are not finite are NaN throughout. There is no offset: take a mean away first
    that is no part of the field.

    >>> y, x = np.mgrid[:12, :12]
    >>> field = np.exp(-((x - 5) ** 2 + (y - 6) ** 2) / 18) * np.cos(2 * np.pi * 0.3 * (y - 6))
    >>> found = fit_gabor_2d(field)
    >>> [round(float(value), 3) for value in (found.x, found.y, found.frequency, found.across)]
    [5.0, 6.0, 0.3, 3.0]
    >>> round(float(found.orientation / np.pi), 3)  # it changes from row to row
    0.5

    Args:
      weights: the last two axes are rows and columns; all others are separate fields.

    Raises:
      ValueError: fewer than four rows or columns, or no real numbers.
    """
    weights = np.asarray(real_array(weights, "weights"), float)
    if weights.ndim < 2 or min(weights.shape[-2:]) < FEWEST:
        raise ValueError(
            f"weights: shape {weights.shape} given; at least {FEWEST} rows and columns are needed"
        )
    batch, size = weights.shape[:-2], weights.shape[-2:]
    fields = weights.reshape(-1, size[0] * size[1])
    largest = np.abs(fields).max(-1, initial=0)
    found = np.full((9, len(fields)), np.nan)
    zero = largest == 0
    found[0, zero], found[8, zero] = 0, 0
    chosen = np.flatnonzero(np.isfinite(largest) & ~zero)
    for part in np.array_split(chosen, -(-len(chosen) * fields.shape[1] // 20_000) or 1):
        if len(part):
            relative, unit = unit_fields(fields[part], largest[part])
            found[:, part] = _gabors(relative, size)
            found[0, part] *= unit
    with np.errstate(invalid="ignore"):
        known = (found[0] > 0) & (found[6] * found[4] > IDENTIFIABLE)
    return Gabor2DFit(*(x.reshape(batch) for x in found), known.reshape(batch))


def _gabors(fields: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """``[number, field]``: the numbers of `Gabor2DFit` but the last."""
    fit = fit_projected(_model(size), fields, _starts(fields, size))
    x, y, theta, frequency, across, along = fit.parameters.T
    cosine, sine = fit.coefficients.T
    # (f, theta), (-f, theta + pi) and, with the other sign of the sine, (f, theta + pi) are one
    sine = np.where(frequency < 0, -sine, sine)
    turns = np.floor(theta / np.pi)
    sine = np.where(turns % 2 == 1, -sine, sine)
    theta = theta - turns * np.pi
    amplitude, phase = np.hypot(cosine, sine), np.arctan2(-sine, cosine)
    shape = np.abs(frequency), phase, np.exp(across), np.exp(along)
    return np.stack([amplitude, x, y, theta, *shape, fit.error])


def _model(size: tuple[int, int]) -> Model:
    rows, columns = size
    place_y, place_x = (p.ravel().astype(float) for p in np.mgrid[:rows, :columns])

    def parts(parameters):
        x, y, theta, frequency, across, along = parameters.T[..., None]
        right, down = place_x - x, place_y - y
        cosine, sine = np.cos(theta), np.sin(theta)
        u, v = right * cosine + down * sine, down * cosine - right * sine
        envelope = np.exp(-((u / np.exp(across)) ** 2 + (v / np.exp(along)) ** 2) / 2)
        angle = 2 * np.pi * frequency * u
        return u, v, cosine, sine, envelope * np.cos(angle), envelope * np.sin(angle)

    def waves(parameters):
        return np.stack(parts(parameters)[-2:], 1)

    def slopes(parameters, coefficients):
        u, v, cosine, sine, even, odd = parts(parameters)
        a, b = coefficients[:, 0, None], coefficients[:, 1, None]
        frequency, across, along = parameters.T[3:, :, None]
        value, turning = a * even + b * odd, 2 * np.pi * (b * even - a * odd)
        relative_u, relative_v = u / np.exp(2 * across), v / np.exp(2 * along)
        du, dv = turning * frequency - relative_u * value, -relative_v * value
        return np.stack(
            [
                sine * dv - cosine * du,
                -sine * du - cosine * dv,
                v * du - u * dv,
                turning * u,
                u * relative_u * value,
                v * relative_v * value,
            ],
            1,
        )

    longest = np.log(10.0 * max(size))
    beyond = 0.5 * np.array([columns, rows])
    lower = [*-beyond, -np.inf, -0.5, np.log(0.3), np.log(0.3)]
    upper = [columns - 1 + beyond[0], rows - 1 + beyond[1], np.inf, 0.5, longest, longest]
    return Model(waves, slopes, np.array(lower), np.array(upper))


def _starts(fields: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """``[field, start, (x, y, theta, frequency, ln su, ln sv)]``."""
    (rows, columns), count, side = size, len(fields), min(size)
    moving = (fields - fields.mean(1, keepdims=True)).reshape(count, rows, columns)
    place_y, place_x = np.mgrid[:rows, :columns]
    weight = fields.reshape(moving.shape) ** 2
    middle = [np.sum(weight * p, (1, 2)) / weight.sum((1, 2)) for p in (place_x, place_y)]
    top = np.unravel_index(np.abs(fields).argmax(1), size)[::-1]
    starts = []

    def add(centre, theta, frequency, width):
        width = np.log(max(width, 0.5))
        row = np.broadcast_arrays(*centre, theta, frequency, width, width, np.zeros(count))
        starts.append(np.stack(row[:-1], 1))

    whole = _peaks(moving)
    for centre in (middle, top):
        x, y = (np.asarray(c)[:, None, None] for c in centre)
        near = np.exp(-((place_x - x) ** 2 + (place_y - y) ** 2) / (2 * (side / 6) ** 2))
        for theta, frequency in (*whole, _peaks(moving * near)[0]):
            for width in (side / 10, side / 5):
                add(centre, theta, frequency, width)
    for frequency in (0.02, 0.06, 0.15):
        for theta in np.arange(4) * np.pi / 4:
            add(middle, theta, frequency, side / 6)
    # without an envelope: no worse than the best plane wave
    for theta, frequency in (*whole[:1], _best_wave(fields.reshape(moving.shape))):
        for width in (2 * max(size), 10 * max(size)):
            add(middle, theta, frequency, width)
    return np.stack(starts, 1)


def _best_wave(fields: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Angle and frequency of the plane wave that leaves least, on a grid."""
    size = fields.shape[1:]
    rows, columns = (FINE * n for n in size)
    down, right = np.fft.fftfreq(rows)[:, None], np.fft.rfftfreq(columns)[None]
    seen = np.fft.rfft2(fields, (rows, columns))
    # cosines with themselves and with sines: the spectrum of ones, at twice the frequency
    twice = np.fft.fft2(np.ones(size), (rows, columns))
    twice = twice[np.ix_(2 * np.arange(rows) % rows, 2 * np.arange(columns // 2 + 1) % columns)]
    even, odd = (size[0] * size[1] + twice.real) / 2, (size[0] * size[1] - twice.real) / 2
    cross = -twice.imag / 2
    a, b = seen.real, -seen.imag
    left = even * odd - cross**2
    plain = left < 1e-6 * even**2  # sines are zero, or cosines in another size
    both = (a**2 * odd - 2 * a * b * cross + b**2 * even) / np.where(plain, 1, left)
    power = np.where(plain, (a**2 + b**2) / (even + odd), both)
    power = np.where(np.hypot(down, right) <= 0.5, power, -1)
    best = np.unravel_index(power.reshape(len(fields), -1).argmax(1), power.shape[1:])
    fy, fx = down[best[0], 0], right[0, best[1]]
    return np.arctan2(fy, fx), np.hypot(fy, fx)


def _peaks(fields: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Angle and frequency of the two highest peaks of the spectrum, four times finer."""
    rows, columns = (FINE * n for n in fields.shape[1:])
    power = np.abs(np.fft.rfft2(fields, (rows, columns)))
    down, right = np.fft.fftfreq(rows)[:, None], np.fft.rfftfreq(columns)[None]
    found = []
    for _ in range(2):
        best = power.reshape(len(fields), -1).argmax(1)
        y, x = np.unravel_index(best, power.shape[1:])
        fy, fx = down[y, 0], right[0, x]
        found.append((np.arctan2(fy, fx), np.minimum(np.hypot(fy, fx), 0.5)))
        apart = np.hypot(down - fy[:, None, None], right - fx[:, None, None])
        power = np.where(apart < 1.5 / min(fields.shape[1:]), 0, power)
    return found
