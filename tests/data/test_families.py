"""Families of inputs on a ring: second moments and kurtosis of samples, by closed forms."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.data import elliptical, gaussian_process, ising, norta, pulses
from jaxrep.theory.localization import algebraic_marginal
from tests.data.test_gaussian_process import COUNT, standard_errors

KEY = jax.random.key(7)
ROW = np.asarray(gaussian_process.covariance_row(9, 2.0))
FIELD = gaussian_process.sample_field(KEY, COUNT, ROW)
MATRIX = np.asarray(
    gaussian_process.circulant_matrix(gaussian_process.realized_covariance_row(ROW)), float
)


def kurtosis_error(samples, excess):
    """Deviation of pixel 0's fourth moment, in standard errors."""
    fourth = np.asarray(samples, float)[:, 0] ** 4
    return abs(fourth.mean() - excess - 3) / (fourth.std() / np.sqrt(len(fourth)) + 1e-6)


@pytest.mark.parametrize("length, shortest, longest", [(40, 9, 10), (41, 3, 4), (8, 1, 7)])
def test_pulses(length, shortest, longest):
    samples = pulses.sample_pulse(KEY, COUNT, length, shortest, longest)
    row = pulses.pulse_covariance(length, shortest, longest)
    assert standard_errors(samples, gaussian_process.circulant_matrix(row)).max() < 4.7
    edges = (np.asarray(samples) != np.roll(samples, 1, axis=1)).sum(1)
    assert (edges == 2).all()
    extent = np.minimum((np.asarray(samples) > 0).sum(1), (np.asarray(samples) < 0).sum(1))
    wanted = {min(m, length - m) for m in range(shortest, longest + 1)}
    assert set(extent.tolist()) == wanted


def test_blocks():
    found = pulses.disjoint_blocks(6, 2)
    np.testing.assert_array_equal(found[1], [-1, -1, 1, 1, -1, -1])
    assert found.shape == (3, 6)
    with pytest.raises(ValueError, match="extent: 4 does not divide the 6 pixels"):
        pulses.disjoint_blocks(6, 4)


def test_sampled_blocks_are_those_of_the_list():
    samples = np.asarray(pulses.sample_block(KEY, 4000, 6, 2))
    index = (samples @ pulses.disjoint_blocks(6, 2).T).argmax(1)
    np.testing.assert_array_equal(samples, pulses.disjoint_blocks(6, 2)[index])
    counts = np.bincount(index, minlength=3)
    assert (np.abs(counts - 4000 / 3) < 4.5 * np.sqrt(4000 * 2 / 9)).all()


@pytest.mark.parametrize("coupling", [0.7, 0.3, -0.5, 0.0])
def test_ising_by_enumeration(coupling):
    """All 2^5 states of a ring of five: frequencies within 4.5 standard errors."""
    length = 5
    states = np.array(list(itertools.product([-1, 1], repeat=length)))
    weight = np.exp(coupling * (states * np.roll(states, 1, axis=1)).sum(1))
    probability = weight / weight.sum()
    samples = np.asarray(ising.sample_ising(KEY, COUNT, length, coupling))
    index = ((samples + 1) / 2) @ 2 ** np.arange(length)[::-1]
    found = np.bincount(index.astype(int), minlength=len(states)) / COUNT
    error = np.sqrt(probability * (1 - probability) / COUNT)
    assert (np.abs(found - probability) < 4.5 * error).all()
    exact = (states[:, :1] * states * probability[:, None]).sum(0)
    np.testing.assert_allclose(ising.ising_covariance(length, coupling), exact, atol=1e-12)


def test_ising_on_a_long_ring():
    samples = ising.sample_ising(KEY, COUNT, 41, 0.7)
    row = ising.ising_covariance(41, 0.7)
    assert row[1] == pytest.approx(0.604, abs=5e-4)  # fact sheet
    assert standard_errors(samples, gaussian_process.circulant_matrix(row)).max() < 4.7


@pytest.mark.parametrize("name", elliptical.RADII)
def test_elliptical(name):
    radius = elliptical.RADII[name]
    samples = elliptical.sample_elliptical(KEY, COUNT, ROW, radius)
    assert standard_errors(samples, MATRIX).max() < 4.5
    assert kurtosis_error(samples, elliptical.elliptical_kurtosis(9, radius)) < 4.5
    u = (np.arange(400_000) + 0.5) / 400_000
    r = np.asarray(radius.quantile(u), float)
    moments = [radius.second, radius.fourth, radius.first]
    np.testing.assert_allclose([(r**2).mean(), (r**4).mean(), r.mean()], moments, rtol=2e-3)
    size = np.abs(np.asarray(samples, float)[:, 0])
    error = size.std() / np.sqrt(COUNT)
    assert abs(size.mean() - elliptical.elliptical_mean_size(9, radius)) < 4.5 * error


def test_student():
    samples = elliptical.sample_student(KEY, COUNT, ROW, 9.0)
    assert standard_errors(samples, MATRIX).max() < 4.5
    assert kurtosis_error(samples, 6 / 5) < 4.5
    size = np.abs(np.asarray(samples, float)[:, 0])
    error = size.std() / np.sqrt(COUNT)
    assert abs(size.mean() - elliptical.student_mean_size(9.0)) < 4.5 * error


def test_elliptical_on_a_torus():
    row = gaussian_process.covariance_row(3, 1.0, 2)
    samples = elliptical.sample_elliptical(KEY, COUNT, row, elliptical.RADII["shell"])
    wanted = np.asarray(
        gaussian_process.circulant_matrix(gaussian_process.realized_covariance_row(row))
    )
    assert standard_errors(samples, wanted).max() < 4.5


@pytest.mark.parametrize(
    "marginal, covariance, kurtosis",
    [
        (norta.normal_quantile, lambda c: c, 0.0),
        (norta.uniform_quantile, lambda c: 6 / np.pi * np.arcsin(c / 2), -1.2),
        (norta.binary_quantile, lambda c: 2 / np.pi * np.arcsin(np.minimum(c, 1)), -2.0),
    ],
)
def test_marginals_with_a_closed_form(marginal, covariance, kurtosis):
    samples = marginal(FIELD)
    assert standard_errors(samples, covariance(MATRIX)).max() < 4.5
    assert kurtosis_error(samples, kurtosis) < 4.5


def test_laplace_marginal():
    samples = norta.laplace_quantile(FIELD)
    assert kurtosis_error(samples, 3.0) < 4.5
    assert np.mean(np.asarray(samples, float) ** 2) == pytest.approx(1, abs=0.03)
    assert np.isfinite(norta.laplace_quantile(jnp.array([-40.0, 0.0, 40.0]))).all()


@pytest.mark.parametrize("power", [6.0, 10.0, 30.0])
def test_algebraic_marginals(power):
    samples = norta.algebraic_quantile(FIELD, power)
    assert kurtosis_error(samples, algebraic_marginal(power).excess_kurtosis) < 4.5
    z = np.array([-2.0, -0.3, 0.5, 1.7], np.float32)
    v = np.array([2 * 0.5 * (1 + float(jax.scipy.special.erf(x / 2**0.5))) - 1 for x in z])
    q = v / (1 - np.abs(v) ** power) ** (1 / power)
    ratio = np.asarray(norta.algebraic_quantile(z, power)) / q
    np.testing.assert_allclose(ratio, ratio[0], rtol=2e-5)
    assert np.isfinite(norta.algebraic_quantile(jnp.array([-40.0, 40.0]), power)).all()


@pytest.mark.parametrize("kind, fourth", [("normal", 3.0), ("uniform", 1.8), ("sign", 1.0)])
def test_rescaled_samples_keep_their_covariance(kind, fourth):
    samples = norta.rescale_samples(jax.random.key(8), FIELD, kind)
    assert standard_errors(samples, MATRIX).max() < 4.5
    assert kurtosis_error(samples, 3 * fourth - 3) < 4.5
    with pytest.raises(ValueError, match="kind: 'other'"):
        norta.rescale_samples(KEY, FIELD, "other")


@pytest.mark.parametrize(
    "quantile, wanted",
    [
        (norta.uniform_quantile, lambda c: 6 / np.pi * np.arcsin(c / 2)),
        (norta.binary_quantile, lambda c: 2 / np.pi * np.arcsin(c)),
        (norta.normal_quantile, lambda c: c),
    ],
)
def test_transformed_covariances_with_a_closed_form(quantile, wanted):
    """A jump converges slowest: 400 terms leave 2e-3 near c = 1, nothing at c = 1 itself."""
    c = np.array([0.0, 0.2, -0.6, 0.95, 1.0])
    np.testing.assert_allclose(norta.transformed_covariance(quantile, c), wanted(c), atol=3e-4)


def test_transformed_covariance_of_heavy_tails():
    quantile = lambda z: norta.algebraic_quantile(z, 6.0)  # noqa: E731
    wanted = norta.transformed_covariance(quantile, MATRIX)
    assert standard_errors(quantile(FIELD), wanted).max() < 4.5
    assert np.abs(wanted - MATRIX).max() > 1e-3  # not the Gaussian's own
