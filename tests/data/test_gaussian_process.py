"""Gaussian processes on rings and tori: covariances of samples against closed forms."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.data import gaussian_process as process
from jaxrep.theory.localization import nonlinear_gaussian_marginal

COUNT = 40_000


def standard_errors(samples, covariance):
    """Deviation of the empirical second moments, in standard errors of their own."""
    samples = np.asarray(samples, float)
    found = samples.T @ samples / len(samples)
    fourth = (samples**2).T @ samples**2 / len(samples)
    # the floor is float32 rounding, for values of -1 and +1 whose square does not vary
    return np.abs(found - covariance) / np.sqrt((fourth - found**2) / len(samples) + 1e-12)


def test_normalisers_of_the_fact_sheet():
    gains = np.array([0.01, 0.1, 1, 1.1, 3, 100])
    wanted = [0.011283, 0.111730, 0.681586, 0.707422, 0.890245, 0.996812]
    np.testing.assert_allclose(process.saturation_normaliser(gains), wanted, atol=1e-6)
    assert process.gain_of_pnas(np.sqrt(2)) == pytest.approx(1)


@pytest.mark.parametrize("length", [1, 2, 7, 8])
@pytest.mark.parametrize("correlation", [0.1, 1.0, 3.0])
def test_the_spectrum_is_that_of_the_matrix(length, correlation, double):
    """Where nothing is clipped; the rows of the realized covariance are those asked for."""
    row = process.covariance_row(length, correlation)
    matrix = np.asarray(process.circulant_matrix(row))
    values = np.asarray(process.circulant_spectrum(row))
    whole = np.concatenate([values, values[1 : (length + 1) // 2]])
    eigenvalues = np.linalg.eigvalsh(matrix)
    if eigenvalues.min() > 0:
        np.testing.assert_allclose(np.sort(whole), eigenvalues, atol=1e-12)
        np.testing.assert_allclose(process.realized_covariance_row(row), row, atol=1e-12)
    assert (
        np.linalg.eigvalsh(process.circulant_matrix(process.realized_covariance_row(row))).min()
        > -1e-12
    )
    assert float(process.realized_covariance_row(row)[0]) == pytest.approx(1)


@pytest.mark.parametrize("length, correlation", [(40, 4.47), (13, 2.0), (12, 40.0), (5, 0.1)])
def test_samples_on_the_ring(length, correlation):
    """Every entry within 4.5 standard errors: even and odd, short and very long correlations."""
    row = process.covariance_row(length, correlation)
    samples = process.sample_field(jax.random.key(0), COUNT, row)
    wanted = np.asarray(process.circulant_matrix(process.realized_covariance_row(row)))
    assert standard_errors(samples, wanted).max() < 4.5


@pytest.mark.parametrize("length", [process.SHORT_RING, process.SHORT_RING + 1])
def test_the_root_of_the_covariance(length, double):
    """As a matrix on short rings, by Fourier transform on long ones; twice it is the covariance."""
    row = process.covariance_row(length, 2.0)
    white = np.random.default_rng(0).normal(size=(3, length))
    twice = process.colour_noise(process.colour_noise(white, row), row)
    wanted = white @ np.asarray(process.circulant_matrix(process.realized_covariance_row(row)))
    np.testing.assert_allclose(twice, wanted, atol=1e-9)


@pytest.mark.parametrize("length", [4, 5])
def test_samples_on_the_torus(length):
    """The covariance of two dimensions is the product of that of one, if nothing is clipped."""
    row = process.covariance_row(length, 1.1, 2)
    samples = process.sample_field(jax.random.key(1), COUNT, row)
    one = np.asarray(process.circulant_matrix(process.covariance_row(length, 1.1)))
    assert np.linalg.eigvalsh(one).min() > 0
    assert standard_errors(samples, np.kron(one, one)).max() < 4.5


def test_a_clone_on_the_torus():
    """Its covariance is no product, and long correlations are clipped."""
    row = process.saturated_covariance(process.covariance_row(5, 3.0, 2), 3.0)
    samples = process.sample_field(jax.random.key(9), COUNT, row)
    wanted = np.asarray(process.circulant_matrix(process.realized_covariance_row(row)))
    assert np.diagonal(wanted) == pytest.approx(1, abs=1e-5)
    assert np.linalg.eigvalsh(wanted).min() > -1e-5
    np.testing.assert_array_equal(wanted[0].reshape(5, 5), process.realized_covariance_row(row))
    assert standard_errors(samples, wanted).max() < 4.5


@pytest.mark.parametrize("gain", [0.01, 1.1, 100.0])
def test_the_nonlinear_process(gain):
    """Covariance, unit variance and kurtosis; its Gaussian clone shares the covariance."""
    row = process.covariance_row(9, 2.0)
    samples = process.saturate_field(process.sample_field(jax.random.key(2), COUNT, row), gain)
    clone_row = process.saturated_covariance(row, gain)
    wanted = np.asarray(process.circulant_matrix(clone_row))
    assert wanted[0, 0] == pytest.approx(1)
    assert standard_errors(samples, wanted).max() < 4.5
    clone = process.sample_field(jax.random.key(3), COUNT, clone_row)
    assert standard_errors(clone, wanted).max() < 4.5
    fourth = np.asarray(samples, float)[:, 0] ** 4
    expected = nonlinear_gaussian_marginal(gain).excess_kurtosis + 3
    assert abs(fourth.mean() - expected) < 4.5 * fourth.std() / np.sqrt(COUNT) + 1e-6
    np.testing.assert_allclose(process.latent_covariance(clone_row, gain), row, atol=2e-6)


def test_correlation_length_and_gain_may_be_traced():
    """One program for a whole phase diagram."""

    @functools.partial(jax.jit, static_argnums=3)
    @functools.partial(jax.vmap, in_axes=(0, 0, 0, None))
    def batch(key, correlation, gain, length):
        row = process.covariance_row(length, correlation)
        return process.saturate_field(process.sample_field(key, 5, row), gain)

    keys = jax.random.split(jax.random.key(4), 3)
    found = batch(keys, jnp.array([0.1, 2.0, 9.0]), jnp.array([0.1, 1.0, 50.0]), 11)
    alone = batch(keys[1:2], jnp.array([2.0]), jnp.array([1.0]), 11)
    assert found.shape == (3, 5, 11) and np.isfinite(found).all()
    np.testing.assert_allclose(found[1], alone[0], rtol=1e-5, atol=1e-6)


def test_conditioning_fixes_pixels_and_leaves_the_rest_its_covariance():
    row = process.covariance_row(8, 2.0)
    places, values = np.array([1, 4]), np.array([0.5, -0.2], np.float32)
    field = process.sample_field(jax.random.key(5), COUNT, row)
    found = np.asarray(process.condition_field(field, row, places, values), float)
    np.testing.assert_allclose(found[:, places], np.tile(values, (COUNT, 1)), atol=1e-4)
    matrix = np.asarray(process.circulant_matrix(process.realized_covariance_row(row)), float)
    rest = np.setdiff1d(np.arange(8), places)
    gain = matrix[np.ix_(rest, places)] @ np.linalg.inv(matrix[np.ix_(places, places)])
    mean = gain @ values
    covariance = matrix[np.ix_(rest, rest)] - gain @ matrix[np.ix_(places, rest)]
    error = np.sqrt(np.diagonal(covariance) / COUNT)
    assert (np.abs(found[:, rest].mean(0) - mean) < 4.5 * error).all()
    assert standard_errors(found[:, rest] - mean, covariance).max() < 4.5


def test_latent_values_and_sign_changes():
    gain, z = 1.7, np.array([-1.0, 0.2, 1.3], np.float32)
    back = process.latent_values(process.saturate_field(jnp.asarray(z), gain), gain)
    np.testing.assert_allclose(back, z, atol=1e-5)
    assert np.isnan(process.latent_values(np.array([2.0], np.float32), gain)).all()
    row = process.covariance_row(40, 3.0)
    field = process.sample_field(jax.random.key(6), COUNT, row)
    share = np.asarray(process.sign_changes(process.saturate_field(field, 100.0)), float)
    expected = np.arccos(float(process.realized_covariance_row(row)[1])) / np.pi
    assert expected == pytest.approx(0.146, abs=2e-3)  # sampled, in the fact sheet
    assert abs(share.mean() - expected) < 4.5 * share.std() / np.sqrt(COUNT)
    np.testing.assert_allclose(
        process.sign_changes(np.array([[1.0, -1.0, -1.0, 1.0]], np.float32)), [0.5]
    )
