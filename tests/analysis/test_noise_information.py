"""Information of known noise: golden numbers of face_frontier, closed forms, simulation."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.scipy.stats import poisson

from jaxrep.analysis.noise_information import (
    additive_noise_information,
    gaussian_information,
    likelihood_information,
    poisson_information,
)

CENTRES = jnp.arange(6.0)


def tuning(parameters):
    return 3 + 5 * jnp.exp(jnp.cos(parameters[0] - CENTRES) - 1)


AT = jnp.array([0.7])
RATES, SLOPES = tuning(AT), jax.jacfwd(tuning)(AT)


def test_golden_poisson_and_spread_of_spikes():
    """Given to five decimals; measured 4e-6."""
    assert poisson_information(RATES, SLOPES).item() == pytest.approx(2.61168, abs=1e-5)
    spread = gaussian_information(SLOPES, 1.5 * RATES, 1.5 * SLOPES).item()
    assert spread == pytest.approx(1.96846, abs=1e-5)


def test_any_log_likelihood_has_the_closed_forms():
    """Both ways, within four of the errors that are returned."""

    def counts(response, parameters):
        return jnp.sum(poisson.logpmf(response, tuning(parameters)))

    def normal(response, parameters):
        mean = tuning(parameters)
        return -jnp.sum((response - mean) ** 2 / (3 * mean) + jnp.log(1.5 * mean) / 2)

    def student(response, parameters):
        return -jnp.sum(2.5 * jnp.log1p((response - parameters) ** 2 / 4))

    cases = (
        (counts, lambda k, p: jax.random.poisson(k, tuning(p)), 2.61168),
        (
            normal,
            lambda k, p: tuning(p) + jnp.sqrt(1.5 * tuning(p)) * jax.random.normal(k, (6,)),
            1.96846,
        ),
        # 4 degrees of freedom: (4 + 1) / (4 + 3)
        (student, lambda k, p: p + jax.random.t(k, 4.0, (1,)), 5 / 7),
    )
    for log_likelihood, sample, known in cases:
        found = likelihood_information(log_likelihood, sample, AT, jax.random.key(1), 20_000)
        error = found.error.item()
        assert abs(found.score.item() - known) < 4 * error < 0.2 * known
        assert abs(found.curvature.item() - known) < 4 * error


def test_matrices_of_several_parameters():
    """Angle and gain: the matrix by its definition, and its quadratic form in every direction."""
    draw = np.random.default_rng(0)
    rates, slopes = draw.uniform(1, 5, (4, 7)), draw.normal(size=(4, 7, 2))
    found = np.asarray(poisson_information(rates, slopes))
    expected = np.einsum("nka,nk,nkb->nab", slopes, 1 / rates, slopes)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    moving = draw.normal(size=(4, 7, 2))
    expected += np.einsum("nka,nk,nkb->nab", moving, 1 / rates**2, moving) / 2
    np.testing.assert_allclose(gaussian_information(slopes, rates, moving), expected, rtol=1e-5)


def test_silent_units():
    still, moving = jnp.zeros((2, 1)), jnp.array([[1.0], [0.0]])
    assert poisson_information(jnp.array([0.0, 2.0]), still).item() == 0
    assert poisson_information(jnp.array([0.0, 2.0]), moving).item() == np.inf
    both = jnp.array([[1.0, 0.0], [0.0, 1.0]])
    found = poisson_information(jnp.array([0.0, 2.0]), both)
    np.testing.assert_array_equal(found, [[np.inf, 0], [0, 0.5]])
    assert np.isnan(poisson_information(jnp.array([-1.0, 2.0]), moving)).all()
    assert np.isnan(gaussian_information(moving, jnp.array([-1.0, 2.0]))).all()


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match=r"slopes: shape \(3, 1\) given for rates \(2,\)"):
        poisson_information(np.ones(2), np.ones((3, 1)))
    with pytest.raises(ValueError, match=r"variance_slopes: shape \(3, 1\) given for variances"):
        gaussian_information(np.ones((2, 1)), np.ones(2), np.ones((3, 1)))
    with pytest.raises(ValueError, match="samples: 1 given; at least 2"):
        likelihood_information(lambda r, p: p.sum(), lambda k, p: p, AT, jax.random.key(0), 1)
    with pytest.raises(ValueError, match=r"parameters: shape \(1, 1\) given; a vector"):
        likelihood_information(lambda r, p: p.sum(), lambda k, p: p, AT[None], jax.random.key(0))


@pytest.mark.parametrize(
    "log_density, factor",
    [
        (lambda x: -(x**2) / 2, 1.0),
        (lambda x: -2.5 * jnp.log1p(x**2 / 4), 5 / 7),
        (lambda x: -jnp.log1p(x**2), 1 / 2),  # Cauchy: one degree of freedom
        (lambda x: -2 * jnp.logaddexp(x / 2, -x / 2), 1 / 3),  # logistic
        (lambda x: -jnp.abs(x), 1.0),  # Laplace
    ],
)
def test_additive_noise_of_any_density(log_density, factor):
    """Closed forms, in several parameters and with a scale for each unit."""
    slopes = np.array([[1.0, 0.5], [-2.0, 1.0], [0.0, 3.0]])
    scales = np.array([0.5, 2.0, 1e3])
    found = additive_noise_information(slopes, log_density, scales)
    known = factor * gaussian_information(slopes, scales**2)
    np.testing.assert_allclose(found, known, rtol=1e-3)
    one = additive_noise_information(slopes[None], log_density, 0.5)
    np.testing.assert_allclose(one[0], factor * 4 * slopes.T @ slopes, rtol=1e-3)


def test_additive_noise_agrees_with_simulated_scores():
    def density(x):
        return -2.5 * jnp.log1p(x**2 / 4)

    def log_likelihood(response, parameters):
        return jnp.sum(jax.vmap(density)((response - tuning(parameters)) / 0.7))

    def sample(key, parameters):
        return tuning(parameters) + 0.7 * jax.random.t(key, 4.0, (6,))

    found = likelihood_information(log_likelihood, sample, AT, jax.random.key(3), 20_000)
    known = additive_noise_information(SLOPES, density, 0.7).item()
    assert abs(found.score.item() - known) < 4 * found.error.item() < 0.1 * known


def test_additive_noise_that_makes_no_sense():
    def normal(x):
        return -(x**2) / 2

    assert np.isnan(additive_noise_information(np.ones((2, 1)), normal, -1.0)).all()
    assert np.isinf(additive_noise_information(np.ones((2, 1)), normal, 0.0)).all()
    with pytest.raises(ValueError, match=r"slopes: shape \(2, 1\) given for scales \(3,\)"):
        additive_noise_information(np.ones((2, 1)), normal, np.ones(3))
