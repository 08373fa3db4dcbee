"""Gaussian clones: the means, covariances and kurtosis of what was cloned, class by class."""

import jax
import numpy as np
import pytest

from jaxrep.data import clone_classes, gaussian_clone


def test_moments_of_a_clone():
    """200,000 draws: standard errors of means, variances and kurtoses are .002, .005 and .011."""
    samples = np.random.default_rng(0).exponential(size=(300, 3)) @ np.ones((3, 4)) + 2
    samples[:, 1] *= -2  # one direction is left: a covariance of rank one or so
    clone = np.asarray(gaussian_clone(jax.random.key(1), samples, 200_000), float)
    centred = samples - samples.mean(0)
    covariance = centred.T @ centred / len(samples)
    size = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose((clone.mean(0) - samples.mean(0)) / size, 0, atol=0.01)
    relative = np.cov(clone.T) / np.outer(size, size)
    np.testing.assert_allclose(relative, covariance / np.outer(size, size), atol=0.02)
    standard = (clone - clone.mean(0)) / clone.std(0)
    np.testing.assert_allclose((standard**4).mean(0) - 3, 0, atol=0.06)
    original = (centred / size) ** 4
    assert (original.mean(0) - 3 > 1).all()


def test_every_class_has_a_clone_of_its_own():
    draw = np.random.default_rng(0)
    samples = np.concatenate([draw.normal(5, 0.1, (400, 2)), draw.normal(-5, 2, (800, 2))])
    clone = np.asarray(clone_classes(jax.random.key(0), samples, (400, 800)))
    np.testing.assert_allclose([clone[:400].mean(), clone[400:].mean()], [5, -5], atol=0.3)
    np.testing.assert_allclose([clone[:400].std(), clone[400:].std()], [0.1, 2], rtol=0.1)
    for call, message in (
        (lambda: clone_classes(jax.random.key(0), samples, (400, 80)), r"counts: \[400, 80\] do"),
        (lambda: gaussian_clone(jax.random.key(0), samples[:0]), r"samples: shape \(0, 2\) given"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
