"""The amplifier and the effective dynamics: published tables, closed forms, kurtosis."""

import json
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.analysis.receptive_fields import inverse_participation_ratio
from jaxrep.data import elliptical, gaussian_process
from jaxrep.data.gaussian_process import circulant_matrix, covariance_row, saturated_covariance
from jaxrep.theory import localization as theory

pytestmark = pytest.mark.usefixtures("double")

MARGINALS = {
    "ising": theory.two_point_marginal,
    "gauss": theory.gaussian_marginal,
    "nlgp_g1": lambda: theory.nonlinear_gaussian_marginal(1.0),
    "nlgp_g3": lambda: theory.nonlinear_gaussian_marginal(3.0),
}


@pytest.mark.parametrize("name", MARGINALS)
def test_golden_amplifiers(shared_data, name):
    """To 1e-6 (the reference's own quadrature)."""
    golden = json.loads((shared_data / "localization" / "ode_phi.json").read_text())
    found = theory.amplifier(np.array(golden["phi_a"]), MARGINALS[name]())
    np.testing.assert_allclose(found, golden[f"phi_{name}"], atol=1e-6)


def moment(power, order):
    """``E |q|^n`` of ``q = v / (1 - |v|^k)^(1/k)``, v uniform: a beta integral."""
    gamma = math.gamma
    return gamma((order + 1) / power) * gamma(1 - order / power) / (power * gamma(1 + 1 / power))


@pytest.mark.parametrize("power", [5, 6, 10])
def test_golden_amplifiers_of_algebraic_marginals(shared_data, power):
    """The reference cuts the tails off at about 1 - |v| = 1e-6, which makes its deviation
    smaller by up to 4e-4. With the deviation that fits one value all others agree to 1e-6."""
    golden = json.loads((shared_data / "localization" / "ode_phi.json").read_text())
    a, wanted = np.array(golden["phi_a"]), np.array(golden[f"phi_alg{power}"])
    exact = theory.algebraic_marginal(float(power))
    low, high = 0.99, 1.01
    for _ in range(50):
        scale = (low + high) / 2
        found = theory.amplifier(a, exact._replace(nodes=exact.nodes * scale))
        low, high = (scale, high) if found[2] < wanted[2] else (low, scale)
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    assert 1 <= scale < 1.0005


def test_closed_forms_of_the_amplifier():
    a = np.linspace(-0.99, 0.99, 21)
    found = theory.amplifier(a, theory.gaussian_marginal())
    np.testing.assert_allclose(found, np.sqrt(2 / np.pi) * a, atol=1e-12)
    found = theory.amplifier(a, theory.two_point_marginal())
    np.testing.assert_allclose(found, jax.scipy.special.erf(a / np.sqrt(2 * (1 - a**2))))


@pytest.mark.parametrize(
    "gain, kurtosis",
    [(0.01, -0.0008), (0.1, -0.0762), (0.5, -0.912), (1, -1.440), (1.1, -1.495), (2, -1.740)]
    + [(3, -1.834), (5, -1.904), (10, -1.954), (100, -1.9955)],
)
def test_kurtosis_of_the_nonlinear_process(gain, kurtosis):
    found = theory.nonlinear_gaussian_marginal(float(gain)).excess_kurtosis
    assert found == pytest.approx(kurtosis, abs=6e-4)


@pytest.mark.parametrize("power", [4.1, 4.5, 5.0, 5.86, 6.0, 7.7, 10.0, 50.0])
def test_kurtosis_of_algebraic_marginals(power):
    """Against the beta integrals. The fact sheet's quadrature misses the tails: 2.756 at 4.5
    (4.054 in truth), 1.084 at 5 (1.285), 0 at 5.860 (0.023); from 7.7 on it agrees."""
    exact = moment(power, 4) / moment(power, 2) ** 2 - 3
    tolerance = 1e-6 if power > 4.3 else 1e-3 * exact  # at 4.1 tails beyond 1e50 matter
    assert theory.algebraic_marginal(power).excess_kurtosis == pytest.approx(exact, abs=tolerance)
    assert theory.uniform_marginal().excess_kurtosis == pytest.approx(-1.2)


@pytest.mark.parametrize(
    "make", [MARGINALS["nlgp_g1"], lambda: theory.algebraic_marginal(10.0), theory.uniform_marginal]
)
def test_the_cubic_term_is_the_kurtosis(make):
    """phi(a) sqrt(pi/2) - a = -(kurtosis / 6) a^3 + O(a^5)."""
    marginal, a = make(), 0.02
    cubic = (float(theory.amplifier(np.array(a), marginal)) * np.sqrt(np.pi / 2) - a) / a**3
    assert cubic == pytest.approx(-marginal.excess_kurtosis / 6, abs=2e-3)


@pytest.mark.parametrize("lengths", [(0.3, 0.7), (1.0, 3.0)])
@pytest.mark.parametrize("gain", [100.0, 0.01])
def test_golden_dynamics(shared_data, lengths, gain):
    """IPR after 0, 300, 1000 and 3000 steps, to 1e-4; the original's phi is that of the limits."""
    golden = json.loads((shared_data / "localization" / "ode_phi.json").read_text())
    wanted = golden[f"xi0={lengths[0]},xi1={lengths[1]},g={gain},tau=0.05,steps=3000"]
    first, second = (
        circulant_matrix(saturated_covariance(covariance_row(40, length), gain))
        for length in lengths
    )
    marginal = theory.two_point_marginal() if gain == 100 else theory.gaussian_marginal()
    start = 0.01 * np.sin(1 + np.arange(40.0) ** 2)
    path = theory.effective_dynamics(
        start, first, second, lambda a: theory.amplifier(a, marginal), 0.05, 3000
    )
    ratio = inverse_participation_ratio(path[np.array([0, 300, 1000, 3000])])
    np.testing.assert_allclose(ratio, wanted["ipr_at_0_300_1000_3000"], atol=1e-4)
    last = np.asarray(path[-1])
    assert np.abs(last).argmax() == wanted["argmax"] or gain == 0.01
    assert np.linalg.norm(last) == pytest.approx(wanted["norm"], abs=1e-4)
    np.testing.assert_allclose(last[:4], wanted["first4"], atol=1e-4)


def test_a_step_of_the_dynamics_is_a_step_of_gradient_descent():
    """On the mean squared error of relu(w x), 400,000 Gaussian inputs, at the same rate.

    Gaussian pixels need no approximation; 5 standard errors of the sampled gradient.
    """
    first, second = (np.asarray(circulant_matrix(covariance_row(6, xi))) for xi in (0.5, 1.2))
    rng, weights, rate = np.random.default_rng(1), np.array([0.3, -0.2, 0.5, 0.1, 0.0, 0.4]), 0.1
    gradients = []
    for label, covariance in enumerate((first, second)):
        root = np.linalg.cholesky(covariance)
        x = rng.normal(size=(200_000, 6)) @ root.T
        z = x @ weights
        gradients.append(2 * ((np.maximum(z, 0) - label) * (z > 0))[:, None] * x)
    mean = sum(g.mean(0) for g in gradients) / 2
    error = np.sqrt(sum(g.var(0) / len(g) for g in gradients)) / 2
    path = theory.effective_dynamics(
        weights, first, second, lambda a: theory.amplifier(a, theory.gaussian_marginal()), rate, 1
    )
    moved = np.asarray(path[1] - path[0])
    assert (np.abs(moved + rate * mean) < 5 * rate * error).all()
    assert (np.abs(moved) > 20 * rate * error).any()


def test_the_second_layer_minimises_the_gaussian_loss():
    """Loss of v relu(w x) on classes 0 and 1 with Gaussian pre-activations, by grid search."""
    first, second = (circulant_matrix(covariance_row(8, xi)) for xi in (0.4, 2.0))
    weights = np.random.default_rng(0).normal(size=8)
    best = float(theory.second_layer_dynamics(weights, first, second))
    low, high = (float(weights @ np.asarray(s) @ weights) for s in (first, second))
    v = np.linspace(0.5 * best, 1.5 * best, 2001)
    # E relu(z)^2 = var / 2 and E relu(z) = sqrt(var / 2 pi), both classes equally frequent
    loss = 0.5 * (v**2 * low / 2) + 0.5 * (
        v**2 * high / 2 - 2 * v * np.sqrt(high / (2 * np.pi)) + 1
    )
    assert v[loss.argmin()] == pytest.approx(best, rel=1e-3)


def test_bad_marginals():
    with pytest.raises(ValueError, match="gain: 0"):
        theory.nonlinear_gaussian_marginal(0.0)
    with pytest.raises(ValueError, match="power: 4"):
        theory.algebraic_marginal(4.0)
    assert jnp.isfinite(theory.amplifier(np.array([1.0, -1.0]), theory.two_point_marginal())).all()


def test_the_table_of_an_amplifier_is_the_amplifier():
    """Linear interpolation at 4001 angles: second derivatives of order 1, (pi/8000)^2 / 8."""
    overlap = np.linspace(-1, 1, 777)
    for marginal in (
        theory.two_point_marginal(),
        theory.nonlinear_gaussian_marginal(3.0),
        theory.gaussian_marginal(),
    ):
        table = theory.tabulate_amplifier(lambda a, m=marginal: theory.amplifier(a, m))
        exact = theory.amplifier(overlap, marginal)
        np.testing.assert_allclose(theory.interpolate_amplifier(overlap, table), exact, atol=2e-7)


def test_laplace_has_excess_kurtosis_three():
    assert theory.laplace_marginal().excess_kurtosis == pytest.approx(3, abs=1e-10)


def test_elliptical_inputs_have_a_linear_amplifier():
    """E[sign(w . x) x] = a E|x|, exactly: a shell, whose pixels are far from normal here."""
    row = np.asarray(gaussian_process.covariance_row(4, 1.0))
    radius = elliptical.RADII["shell"]
    samples = elliptical.sample_elliptical(jax.random.key(0), 200_000, row, radius)
    samples, w = np.asarray(samples, float), np.array([1.0, 0.5, -0.2, 0.1])
    covariance = np.asarray(
        gaussian_process.circulant_matrix(gaussian_process.realized_covariance_row(row)), float
    )
    overlap = covariance @ w / np.sqrt(w @ covariance @ w)
    driven = np.sign(samples @ w)[:, None] * samples
    error = driven.std(0) / np.sqrt(len(samples))
    expected = overlap * elliptical.elliptical_mean_size(4, radius)
    assert (np.abs(driven.mean(0) - expected) < 4.5 * error).all()
    assert elliptical.elliptical_mean_size(4, radius) > np.sqrt(2 / np.pi) * 1.05
