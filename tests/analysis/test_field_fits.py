"""Gabor functions and sinusoids: known ones are found again, on fields nobody drew by a formula."""

import numpy as np
import pytest

from jaxrep.analysis.field_fits import fit_gabor, fit_sinusoid

LENGTH = 40


@pytest.fixture(scope="module")
def gabors():
    rng = np.random.default_rng(0)
    centre, width = rng.uniform(0, LENGTH, 24), rng.uniform(1.5, 6, 24)
    frequency, phase = rng.uniform(1, 5, 24), rng.uniform(-0.5, 0.5, 24)
    amplitude, offset = rng.uniform(0.5, 2, 24), rng.uniform(-0.3, 0.3, 24)
    place = np.arange(LENGTH)
    distance = (place - centre[:, None] + LENGTH / 2) % LENGTH - LENGTH / 2
    wave = np.cos(2 * np.pi / LENGTH * frequency[:, None] * distance + phase[:, None])
    fields = amplitude[:, None] * wave * np.exp(-((distance / width[:, None]) ** 2))
    return (fields + offset[:, None]).astype(np.float32)


def test_gabor_functions_are_found(gabors):
    """Measured without noise: 5e-5 for nine of ten, 7e-4 at most; across the seam too."""
    found = fit_gabor(gabors.reshape(4, 6, LENGTH))
    assert found.error.shape == (4, 6)
    assert np.quantile(found.error, 0.9) < 3e-4 and np.max(found.error) < 5e-3
    assert (np.asarray(found.amplitude) >= 0).all()
    assert (np.asarray(found.centre) >= 0).all() and (np.asarray(found.centre) < LENGTH).all()


def test_the_parameters_describe_the_fit():
    """A field with a clear centre, width, frequency and phase, and a zero field beside it."""
    distance = (np.arange(LENGTH) - 38.3 + LENGTH / 2) % LENGTH - LENGTH / 2
    field = 1.5 * np.cos(2 * np.pi / LENGTH * 4 * distance) * np.exp(-((distance / 5) ** 2)) - 0.2
    both = np.tile(np.stack([field, np.zeros(LENGTH)]), (12, 1))  # one shape, one program
    found = fit_gabor(both.astype(np.float32))
    values = [found.amplitude[0], found.centre[0], found.width[0], found.frequency[0]]
    np.testing.assert_allclose(values, [1.5, 38.3, 5, 4], rtol=1e-2)
    assert float(found.phase[0]) == pytest.approx(0, abs=0.05)
    assert float(found.offset[0]) == pytest.approx(-0.2, abs=1e-3)
    assert float(found.error[1]) == 0


def test_sinusoids_of_any_frequency_are_found():
    frequency = np.linspace(0.7, 12.3, 24)
    angle = 2 * np.pi / LENGTH * frequency[:, None] * np.arange(LENGTH)
    found = fit_sinusoid((1.3 * np.cos(angle + 0.4) + 0.1).astype(np.float32))
    np.testing.assert_allclose(found.frequency, frequency, atol=1e-4)
    np.testing.assert_allclose(found.phase, 0.4, atol=1e-3)
    np.testing.assert_allclose(found.offset, 0.1, atol=1e-4)
    assert np.max(found.error) < 1e-4


def test_errors_tell_noise_from_structure(gabors):
    noise = np.random.default_rng(1).normal(size=(24, LENGTH)).astype(np.float32)
    found = fit_sinusoid(np.concatenate([noise[:23], gabors[:1] + 0.3 * noise[:1]])).error
    assert np.min(found[:23]) > 0.6
    # the error is what brute force finds is left, no more and no less
    field = gabors[0] + 0.3 * noise[0]
    angle = 2 * np.pi / LENGTH * np.arange(0.0, 20, 0.01)[:, None] * np.arange(LENGTH)
    columns = np.stack([np.cos(angle), np.sin(angle), np.ones_like(angle)], 2)
    left = [field - c @ np.linalg.lstsq(c, field, rcond=None)[0] for c in columns]
    best = min(np.linalg.norm(rest) for rest in left) / np.linalg.norm(field)
    assert float(found[23]) == pytest.approx(best, abs=1e-3)
