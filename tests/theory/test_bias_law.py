"""Constants of the bias law against decoders computed by quadrature."""

import numpy as np
import pytest

from jaxrep.theory.bias_law import bias_constant, bias_law, fit_bias_constant
from jaxrep.theory.efficient_coding import efficient_information

STIMULI = np.linspace(-np.pi, np.pi, 2001)
PRIOR = np.exp(0.5 * np.cos(STIMULI))
SHOWN = np.arange(600, 1401, 160)


def decoded(information, decoder):
    """Mean of what is decoded at SHOWN minus the stimulus: all integrals on a grid."""
    root = np.sqrt(information)
    inner = np.concatenate([[0], np.cumsum((root[1:] + root[:-1]) / 2 * np.diff(STIMULI))])
    deviates = np.linspace(-5, 5, 81)
    chances = np.exp(-(deviates**2) / 2)
    chances /= chances.sum()
    biases = []
    for index in SHOWN:
        measured = inner[index] + deviates
        likelihood = np.exp(-((measured[:, None] - inner) ** 2) / 2)
        posterior = likelihood * PRIOR
        posterior /= posterior.sum(1, keepdims=True)
        if decoder == 2.0:
            said = posterior @ STIMULI
        elif decoder == 1.0:
            cumulative = np.cumsum(posterior, 1) - posterior / 2
            said = np.array([np.interp(0.5, row, STIMULI) for row in cumulative])
        elif decoder == 4.0:
            said = posterior @ STIMULI
            for _ in range(6):  # Newton on the third central moment
                away = STIMULI - said[:, None]
                said = said + np.sum(posterior * away**3, 1) / (3 * np.sum(posterior * away**2, 1))
        else:
            logs = np.log(PRIOR) if decoder == "posterior" else 0 * PRIOR
            height = logs - (measured[:, None] - inner) ** 2 / 2
            top = height.argmax(1)
            rows = np.arange(len(top))
            below, middle, above = (height[rows, top + by] for by in (-1, 0, 1))
            part = (below - above) / (2 * (below - 2 * middle + above))
            said = STIMULI[top] + part * (STIMULI[1] - STIMULI[0])
        biases.append(chances @ said - STIMULI[index])
    return np.array(biases)


@pytest.mark.parametrize("exponent", (2.0, 1.0, 2 / 3, 0.5))
@pytest.mark.parametrize("decoder", (2.0, 1.0, 4.0, "posterior", "likelihood"))
def test_the_constant_is_that_of_the_decoder(exponent, decoder):
    """Integral of sqrt(I) 150, as in the fact sheet; measured within .004, .006 of power 4."""
    information = efficient_information(PRIOR, STIMULI, exponent, total=150)
    slope = bias_law(information, STIMULI, exponent, 2.0)[SHOWN]
    slope = slope / bias_constant(exponent, 2.0) if exponent != 1 else None
    if slope is None:
        slope = np.gradient(1 / information, STIMULI)[SHOWN]
    bias = decoded(information, decoder)
    fitted = bias @ slope / (slope @ slope)
    assert fitted == pytest.approx(bias_constant(exponent, decoder), abs=0.01)


def test_golden_constants():
    """Fact sheet face_frontier, section 3: fitted there, within .002."""
    for exponent, decoder, known in (
        (1.0, 1.0, -0.249),
        (1.0, 2.0, 0.0),
        (1.0, "posterior", -0.749),
        (2.0, 2.0, 0.502),
    ):
        assert bias_constant(exponent, decoder) == pytest.approx(known, abs=0.0021)
    loss = np.array([0.5, 1.0, 2.0, 4.0])
    np.testing.assert_allclose([bias_constant(2 / (1 + q), q) for q in loss], -loss / 4, atol=1e-12)


def test_fitted_constants_are_those_that_were_put_in():
    draw = np.random.default_rng(0)
    information = efficient_information(PRIOR, STIMULI, 1.0, total=150)
    bias = bias_law(information, STIMULI, 1.0, 1.0)
    noisy = bias + 0.3 * np.abs(bias).max() * draw.normal(size=(50, len(STIMULI)))
    fitted = fit_bias_constant(noisy, np.tile(information, (50, 1)), STIMULI)
    assert np.mean(fitted.constant) == pytest.approx(-0.25, abs=0.003)
    assert np.std(fitted.constant) == pytest.approx(np.mean(fitted.error), rel=0.3)
    other = fit_bias_constant(noisy - bias, np.tile(information, (50, 1)), STIMULI)
    assert np.max(other.explained) < 0.02 and np.abs(np.mean(other.constant)) < 0.003
    few = fit_bias_constant(bias, information, STIMULI, np.arange(len(STIMULI)) < 2)
    assert np.isnan(few.constant)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match=r"bias: shape \(3,\) given for information \(4,\)"):
        fit_bias_constant(np.ones(3), np.ones(4), np.arange(4.0))
    with pytest.raises(ValueError, match=r"inside: shape \(3,\) given for 4 angles"):
        fit_bias_constant(np.ones(4), np.ones(4), np.arange(4.0), np.ones(3, bool))
    with pytest.raises(ValueError, match="exponent: 0.0 given; above 0"):
        bias_constant(0.0)
    with pytest.raises(ValueError, match="decoder: -1.0 given; a power above 0"):
        bias_constant(1.0, -1.0)
    with pytest.raises(ValueError, match="angles: shape"):
        bias_law(np.ones(2), np.ones(2), 1.0)
