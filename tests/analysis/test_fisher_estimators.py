"""Estimators of Fisher information from samples: closed form, each other, what is refused."""

import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.analysis import fisher_estimators as other
from jaxrep.analysis.fisher import responses
from jaxrep.analysis.fisher_comparison import (
    FISHER_ESTIMATORS,
    CodesAround,
    SingleResponses,
    compare_fisher_estimators,
    interpolate_covariance,
    neighbour_offsets,
)
from jaxrep.analysis.resampling import Estimate
from tests.analysis.gaussian_code import draws, gaussian_code, known_information

ANGLE, SEPARATION, SAMPLES = 0.8, 0.1, 2000


@pytest.fixture(scope="module")
def around():
    """Everything an estimator can ask for: the same samples at all offsets, and single ones."""
    offsets = neighbour_offsets(SEPARATION)
    codes = np.stack([draws(ANGLE + offset, SAMPLES, 1) for offset in offsets])
    noise = jnp.asarray(np.random.default_rng(1).normal(size=(SAMPLES, 2)), jnp.float32)

    def code(angle):
        mean, root = gaussian_code(angle)
        return mean + noise @ root.T

    exact = responses(code, jnp.array([ANGLE]))
    exact = type(exact)(*(np.asarray(x)[0] for x in exact))
    fine = np.linspace(-0.5, 0.5, 4001)
    singles = np.stack([draws(ANGLE + x, 1, 100 + i)[0] for i, x in enumerate(fine)])
    covariance = np.stack([np.cov(draws(ANGLE, 50_000, 3).T)] * len(fine))
    single = SingleResponses(fine, singles, covariance, window=1001 * (fine[1] - fine[0]))
    return CodesAround(offsets, codes, exact, exact, single)


def test_all_estimators_agree_with_the_closed_form_within_their_errors(around):
    """Three and a half standard errors; the truth is known."""
    truth, _ = known_information(ANGLE)
    few = around._replace(codes=around.codes[:, ::3])
    slow = ("support vector machine", "minimum covariance determinant")
    parts = [
        ({n: e for n, e in FISHER_ESTIMATORS.items() if n not in slow}, around),
        ({n: FISHER_ESTIMATORS[n] for n in slow}, few),
    ]
    names = []
    for estimators, codes in parts:
        found = compare_fisher_estimators(np.array([ANGLE]), [codes], estimators)
        names += found.names
        for name, (value,), (error,) in zip(found.names, found.values, found.errors, strict=True):
            assert abs(value - truth) < 3.5 * error, (name, value, error, truth)
            assert error < 0.5 * truth, name
    assert set(names) == set(FISHER_ESTIMATORS)
    below, above = around.sides
    assert other.discriminability(below, above) == pytest.approx(SEPARATION * truth**0.5, rel=0.1)
    same = other.sampled_information(below, above, SEPARATION, independent=False)
    squared = (other.discriminability(below, above) / SEPARATION) ** 2
    assert same == pytest.approx(squared, rel=1e-12)


def test_the_smooth_fit_knows_its_error(around):
    """The noise of the slope of a line fitted to 1001 points, and what it makes of its square."""
    found = FISHER_ESTIMATORS["smooth fit"](around)
    spacing = around.singles.offsets[1] - around.singles.offsets[0]
    noise = 1 / (spacing**2 * 2 * np.sum(np.arange(1.0, 501) ** 2))
    assert found.error == pytest.approx((4 * found.value * noise + 4 * noise**2) ** 0.5)
    fit = other.smooth_fit_information(
        around.singles.codes, spacing, around.singles.covariance, 1001
    )
    assert found.value == pytest.approx(fit.information[2000])


def test_values_keep_their_places_and_what_is_missing_is_named_nowhere():
    """An estimator that lacks what it needs at one value is NaN there; at all, it is left out."""
    codes = np.random.default_rng(0).normal(size=(6, 40, 2))
    offsets = neighbour_offsets(0.2)

    def only_upper(around):
        if around.codes[0, 0, 0] < 5:
            raise ValueError("codes: not there")
        return Estimate(np.asarray(2.0), np.asarray(0.5), np.asarray(0.0))

    chosen = {
        "derivative": FISHER_ESTIMATORS["derivative"],
        "discriminant": FISHER_ESTIMATORS["linear discriminant"],
        "upper": only_upper,
        "smooth": FISHER_ESTIMATORS["smooth fit"],
    }
    every = [CodesAround(offsets, codes), CodesAround(offsets, codes + 10)]
    found = compare_fisher_estimators(np.array([0.1, 0.3]), every, chosen)
    assert found.names == ("discriminant", "upper")
    assert found.values.shape == found.errors.shape == (2, 2)
    np.testing.assert_allclose(found.values[0, 0], found.values[0, 1])
    np.testing.assert_array_equal(found.values[1], [np.nan, 2.0])
    np.testing.assert_array_equal(found.errors[1], [np.nan, 0.5])
    np.testing.assert_array_equal(found.parameters, [0.1, 0.3])


def test_the_separation_is_between_the_first_two():
    offsets = neighbour_offsets(0.3)
    codes = np.arange(6.0)[:, None, None] * np.ones((6, 4, 1))
    around = CodesAround(offsets, codes)
    assert around.separation == pytest.approx(0.3)
    assert around.sides[0].max() == 0 and around.sides[1].min() == 1
    np.testing.assert_allclose(sorted(offsets / 0.3), [-1, -0.5, -0.25, 0.25, 0.5, 1])


def test_covariances_are_interpolated_element_by_element():
    codes = np.random.default_rng(0).normal(size=(3, 50, 3))
    known = np.stack([np.cov(one.T) for one in codes])
    found = interpolate_covariance(np.array([0.0, 0.25, 1.0]), np.array([0.0, 0.5, 1.0]), codes)
    np.testing.assert_allclose(found, [known[0], (known[0] + known[1]) / 2, known[2]])


def test_the_bias_of_independent_samples_is_removed():
    """Six samples on each side: the factor (0.7) and the term that is subtracted (17) count."""
    separation, count, times = 0.2, 6, 3000
    truth, draw = known_information(0.8)[0], np.random.default_rng(0)
    sides = []
    for angle in (0.8 - separation / 2, 0.8 + separation / 2):
        mean, root = (np.asarray(x) for x in gaussian_code(jnp.asarray(angle)))
        sides.append(mean + draw.normal(size=(times, count, 2)) @ root.T)
    pairs = list(zip(*sides, strict=True))
    found = [other.sampled_information(*p, separation, independent=True) for p in pairs]
    raw = [other.sampled_information(*p, separation, independent=False) for p in pairs]
    error = np.std(found) / times**0.5
    assert abs(np.mean(found) - truth) < 3.5 * error < 0.1 * truth
    assert np.mean(raw) > 1.5 * truth


def test_bad_samples_are_named():
    codes = np.random.default_rng(0).normal(size=(10, 2))
    codes[:, 1] = 2 * codes[:, 0] + 1
    with pytest.raises(ValueError, match="singular"):
        other.discriminability(codes, codes)
    with pytest.raises(ValueError, match="rows are needed"):
        other.sampled_information(codes[:2], codes[:2], 0.1, independent=True)
    with pytest.raises(ValueError, match="window: 8 is not an odd number"):
        other.smooth_fit_information(codes, 0.1, np.stack([np.eye(2)] * 10), 8)
    for name in ("derivative", "finite difference", "smooth fit"):
        with pytest.raises(ValueError, match="codes: no"):
            FISHER_ESTIMATORS[name](CodesAround(np.zeros(2), np.zeros((2, 4, 1))))


def test_grids_are_refined_where_values_change():
    calls = []

    def peak(points):
        calls.append(len(points))
        return 1 / (1 + (points / 0.02) ** 2)

    grid = other.refine_grid(peak, -1.0, 1.0, relative=0.1)
    assert grid.finished and len(calls) > 3
    assert (np.diff(grid.points) > 0).all()
    near = np.abs(grid.points) < 0.1
    assert near.sum() > 0.25 * len(near)  # a tenth of the range
    away = np.abs(np.diff(grid.values)) / ((grid.values[1:] + grid.values[:-1]) / 2)
    assert (away[np.diff(grid.points) > 1.1e-3] <= 0.1).all()
    assert not other.refine_grid(peak, -1.0, 1.0, relative=1e-3, most=100).finished


def test_every_number_of_a_code_may_have_its_own_unit():
    """One of 1e-13 was taken for singular, or left out by the decoder."""
    sides = draws(ANGLE - SEPARATION / 2, 40, 1), draws(ANGLE + SEPARATION / 2, 40, 2)
    units = np.array([1.0, 1e-13])
    others = [side * units for side in sides]
    for estimate in (
        other.discriminability,
        lambda a, b: other.sampled_information(a, b, SEPARATION, independent=True),
        lambda a, b: other.robust_information(a, b, SEPARATION),
        lambda a, b: other.machine_discriminability(a, b),
        lambda a, b: other.decoder_information(a, np.arange(40.0) ** 2, a, b, SEPARATION),
    ):
        assert estimate(*others) == pytest.approx(estimate(*sides), rel=1e-6)
    twice = [np.repeat(side[:, :1], 2, 1) for side in sides]
    with pytest.raises(ValueError, match="codes: the covariance is singular, because numbers"):
        other.discriminability(*twice)
    for wrong in (0.0, -1.0, np.nan):
        with pytest.raises(ValueError, match="separation: .* a finite number above 0"):
            other.sampled_information(*sides, wrong, independent=True)
