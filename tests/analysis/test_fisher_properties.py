"""All that is computed of precision and of fields, off the beaten path.

One table: a function of one array, integers that every type can hold, and how its results grow with
the array's scale. Whatever is given, the answer is the right number, NaN, or one line that begins
with the name of an argument.
"""

import re
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxrep.analysis import angle_reading as reading
from jaxrep.analysis import fisher_comparison as comparison
from jaxrep.analysis import fisher_curves as curves
from jaxrep.analysis import fisher_estimators as estimators
from jaxrep.analysis import fisher_networks as networks
from jaxrep.analysis import fisher_shape as shape
from jaxrep.analysis.field_fits import fit_gabor, fit_sinusoid
from jaxrep.analysis.field_fits_2d import fit_gabor_2d
from jaxrep.analysis.fisher import (
    Responses,
    fisher_information,
    fisher_jackknife,
    readout_information,
)
from jaxrep.analysis.fisher_flatness import smooth_flatness
from jaxrep.analysis.resampling import bootstrap, jackknife

NUMBERS, SAMPLES, ANGLES = 2, 16, 6
DRAW = np.random.default_rng(0)
CODES = DRAW.integers(0, 50, (SAMPLES, NUMBERS)).astype(float)
CURVE = np.array([3.0, 7, 12, 9, 5, 2])
DENSITY = np.array([2.0, 5, 9, 8, 4, 1])
RING = DRAW.integers(0, 50, (2, 12)).astype(float)
REPLICATES = DRAW.uniform(9, 11, (ANGLES, 9))
PICTURE = DRAW.integers(0, 50, (1, 5, 6)).astype(float)


class Case(NamedTuple):
    """A function of one array.

    Attributes:
      call: ``array, its scale -> results``.
      values: what to call it with.
      powers: of the scale, one for each result.
      local: whether what is not finite may be left out.
      tolerance: relative, of one scale against another.
    """

    call: Callable[[Any, float], Any]
    values: np.ndarray
    powers: tuple[float, ...]
    local: bool = False
    tolerance: float = 1e-7


def of_codes(function, *fields):
    """Derivatives grow with the codes."""

    def call(codes, scale):
        noise = np.random.default_rng(1).normal(size=(*np.shape(codes), 1))
        found = function(Responses(codes, scale * (1 + noise)))
        return [getattr(found, f) for f in fields] if fields else [found]

    return call


def halves(codes):
    middle = np.shape(codes)[0] // 2
    return codes[:middle], codes[middle:]


def at(count):
    return np.arange(count) / 2


def smooth_fit(codes, scale):
    count, numbers = np.shape(codes)
    covariance = scale**2 * np.tile(np.eye(numbers), (count, 1, 1))
    return list(estimators.smooth_fit_information(codes, 0.1, covariance, 7))


def shape_of(values, scale):
    values = values[None]
    where = {"errors": 0.1 * scale * np.resize(CURVE, values.shape), "window": (1.0, 0.5)}
    density = np.resize(DENSITY, values.shape)
    return list(shape.precision_shape(values, density, at(values.shape[-1]), **where)[:6])


def network(function, *fields):
    def call(codes, scale):
        slopes = scale * np.ones((1, 1, *np.shape(codes), 1))
        found = function(Responses(codes[None, None], slopes))
        return [getattr(found, f) for f in fields]

    return call


def mean(rows):
    return rows.mean(0)


both = "mean_term", "covariance_term"
CASES = {
    "fisher_information": Case(of_codes(fisher_information, *both), CODES, (0, 0)),
    "fisher_jackknife": Case(of_codes(fisher_jackknife, *both, "total"), CODES, (0, 0, 0)),
    "readout_information": Case(
        lambda x, s: [readout_information(Responses(x, s * np.ones((*x.shape, 1))), np.ones(2))],
        CODES,
        (0,),
    ),
    "information_of_networks": Case(
        network(networks.information_of_networks, *both), CODES, (0, 0)
    ),
    "errors_of_networks": Case(network(networks.errors_of_networks, *both), CODES, (0, 0)),
    "sampled_information": Case(
        lambda x, s: [estimators.sampled_information(*halves(x), 0.5, independent=True)],
        CODES,
        (0,),
    ),
    "discriminability": Case(lambda x, s: [estimators.discriminability(*halves(x))], CODES, (0,)),
    "machine_discriminability": Case(
        lambda x, s: [estimators.machine_discriminability(*halves(x), folds=3)], CODES, (0,)
    ),
    "robust_information": Case(
        lambda x, s: [estimators.robust_information(*halves(x), 0.5)], CODES, (0,)
    ),
    "decoder_information": Case(
        lambda x, s: [estimators.decoder_information(x, at(len(x)), *halves(x), 0.5)], CODES, (0,)
    ),
    "smooth_fit_information": Case(smooth_fit, CODES, (1, 1, 0), local=True),
    "total_root_information": Case(
        lambda x, s: [curves.total_root_information(x, at(x.shape[-1]))], CURVE, (0.5,)
    ),
    "total_information": Case(
        lambda x, s: [curves.total_information(x, at(x.shape[-1]))], CURVE, (1,)
    ),
    "normalised": Case(lambda x, s: [curves.normalised(x, at(x.shape[-1]))], CURVE, (0,)),
    "share_within": Case(
        lambda x, s: [curves.share_within(x, at(x.shape[-1]), 0.5, 0.4)], CURVE, (0,)
    ),
    "total_variation": Case(
        lambda x, s: [curves.total_variation(x, np.resize(DENSITY, x.shape), at(x.shape[-1]))],
        CURVE,
        (0,),
    ),
    "fit_exponent": Case(
        lambda x, s: list(curves.fit_exponent(x, np.resize(DENSITY, x.shape))[:3]),
        CURVE,
        (0, 0, 0),
        local=True,
    ),
    "fit_exponent of a density": Case(
        lambda x, s: list(curves.fit_exponent(np.resize(CURVE, x.shape), x)[:3]), DENSITY, (0, 0, 0)
    ),
    "fit_floor": Case(
        lambda x, s: list(curves.fit_floor(x, np.resize(DENSITY, x.shape))),
        CURVE,
        (1, 1, 0, 0),
        local=True,
        tolerance=1e-3,
    ),
    "flatness": Case(
        lambda x, s: list(curves.flatness(x, s * np.resize(DENSITY, x.shape))), CURVE, (0,) * 5
    ),
    "precision_shape": Case(shape_of, CURVE, (0, 1, 0, 0.5, 1, 1), local=True, tolerance=1e-3),
    "bin_means": Case(
        lambda x, s: [shape.bin_means(x[None], at(x.shape[-1]), 2)], CURVE, (1,), local=True
    ),
    "inner_angles": Case(
        lambda x, s: [shape.inner_angles(x, 1.5 * s)], np.arange(ANGLES) * 1.0, (0,), local=True
    ),
    "interpolate_covariance": Case(
        lambda x, s: [comparison.interpolate_covariance(np.array([0.7]), at(2), np.stack([x, x]))],
        CODES,
        (2,),
        local=True,
    ),
    "smooth_flatness": Case(
        lambda x, s: list(smooth_flatness(x, s * REPLICATES[: x.shape[-1]], contrasts=2)),
        CURVE,
        (0, 0),
    ),
    "jackknife": Case(lambda x, s: list(jackknife(mean, x)[:2]), CODES, (1, 1), local=True),
    "bootstrap": Case(
        lambda x, s: list(bootstrap(mean, x, times=5)[:2]), CODES, (1, 1), local=True
    ),
    "fit_gabor": Case(
        lambda x, s: [fit_gabor(x).error, fit_sinusoid(x).amplitude], RING, (0, 1), tolerance=1e-5
    ),
    "fit_gabor_2d": Case(lambda x, s: [fit_gabor_2d(x).error], PICTURE, (0,), tolerance=1e-5),
    "reading_errors": Case(
        lambda x, s: [np.asarray(v, float) for v in reading.reading_errors(np.swapaxes(x, 0, -1))],
        CODES,
        (1, 2, 2, 1, 0),
        local=True,
        tolerance=1e-5,
    ),
    "least_squared_error": Case(
        lambda x, s: [
            reading.least_squared_error(x, np.zeros(x.shape[-1]), at(x.shape[-1])),
        ],
        CURVE,
        (-1,),
        local=True,
    ),
    "covariance_ellipse": Case(lambda x, s: list(reading.covariance_ellipse(x)), CODES, (1, 1, 0)),
    "variance_along_path": Case(
        lambda x, s: [reading.variance_along_path(x, np.arange(1, x.shape[-1] + 1))], CODES, (0,)
    ),
}
every_case = pytest.mark.parametrize("name", CASES)
NAMES = (
    "codes groups samples angles information density curve first error errors points replicates "
    "weights derivatives train_codes window curves slope folds grid"
).split()
LINE = re.compile(r"[a-z_]+: [^\n]+")


def outcome(case, values, scale=1.0):
    """Results, or the line that is raised; nothing else, and no warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        try:
            return [np.asarray(x, float) for x in case.call(values, scale)]
        except ValueError as error:
            assert LINE.fullmatch(str(error)), str(error)
            return str(error).split(":")[0]


def agree(first, second, tolerance):
    assert isinstance(first, str) == isinstance(second, str), (first, second)
    if isinstance(first, str):
        assert first == second
        return
    for mine, other in zip(first, second, strict=True):
        scale = np.abs(other).max(initial=0, where=np.isfinite(other)) or 1
        np.testing.assert_allclose(mine / scale, other / scale, rtol=tolerance, atol=tolerance)


@every_case
def test_types_of_numbers(name):
    case = CASES[name]
    known = outcome(case, case.values)
    assert not isinstance(known, str), known
    for kind in (np.int8, np.uint8, np.int64, np.float16, np.float32, np.bool_):
        values = case.values.astype(kind)
        agree(outcome(case, values), outcome(case, values.astype(float)), case.tolerance)
    agree(outcome(case, jnp.asarray(case.values, jnp.int32)), known, max(case.tolerance, 1e-5))
    for wrong in (case.values.astype(str), case.values.astype(complex)):
        assert isinstance(outcome(case, wrong), str)


@settings(max_examples=10, deadline=None)
@given(power=st.floats(-30, 30))
@every_case
def test_units_do_not_matter(name, power):
    case, scale = CASES[name], 10.0**power
    known, found = outcome(case, case.values), outcome(case, case.values * scale, scale)
    assert not isinstance(found, str), found
    expected = [x * scale**p for x, p in zip(known, case.powers, strict=True)]
    agree(found, expected, case.tolerance)


@settings(max_examples=10, deadline=None)
@given(place=st.integers(0, 1000), value=st.sampled_from((np.nan, np.inf, -np.inf)))
@every_case
def test_one_value_that_is_not_finite(name, place, value):
    """Never a plausible number, but where what is left stands for itself."""
    case = CASES[name]
    values = case.values.copy()
    values.flat[place % values.size] = value
    found = outcome(case, values)
    if not isinstance(found, str) and not case.local:
        if name == "fit_gabor":  # two fields
            found = [x[place % values.size // values.shape[1]] for x in found]
        assert not any(np.isfinite(x).any() for x in found), found


@every_case
def test_shapes_that_are_hardly_any(name):
    """No sample or angle, one, two; no numbers; all alike, one twice: an answer or a line."""
    case = CASES[name]
    values = case.values
    twice = np.repeat(values, 2, 0)
    constant = values.copy()
    constant[..., -1] = 3
    for wrong in (
        values[:0],
        values[:1],
        values[:2],
        values[..., :0],
        values[..., :1],
        0 * values,
        0 * values + 7,
        constant,
        twice,
    ):
        found = outcome(case, wrong)
        if isinstance(found, str):
            assert found in NAMES, found
