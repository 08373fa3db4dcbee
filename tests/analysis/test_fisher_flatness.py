"""The flatness test that knows how errors go together: level, power, brute force, bad input."""

import numpy as np
import pytest
from scipy.stats import f

from jaxrep.analysis.fisher import Responses, fisher_information, fisher_jackknife
from jaxrep.analysis.fisher_curves import flatness
from jaxrep.analysis.fisher_flatness import smooth_flatness

PEOPLE, VIEWS, POINTS = 40, 7, 12
WHO = np.repeat(np.arange(PEOPLE), VIEWS)


def curves(seed, times, bump=0.0):
    """Codes of two numbers that change smoothly with the angle; persons differ by 3 times more."""
    draw, angles = np.random.default_rng(seed), np.linspace(-1.5, 1.5, POINTS)
    waves = np.array([0.5, 1.0, 2.0, 3.0])[:, None]
    shape = np.concatenate([np.cos(waves * angles), np.sin(waves * angles)]) / 2
    slope = np.concatenate([-waves * np.sin(waves * angles), waves * np.cos(waves * angles)]) / 2
    latent = 0.9 * draw.normal(size=(times, PEOPLE, 1, 8, 2))
    latent = (latent + 0.3 * draw.normal(size=(times, PEOPLE, VIEWS, 8, 2))).reshape(
        times, -1, 8, 2
    )
    codes, slopes = (np.einsum("tnjk,ja->tank", latent, x) for x in (shape, slope))
    mean = np.array([1.5, 1.0]) * (1 + bump * np.cos(angles))[:, None, None]
    found = Responses(codes, (slopes + mean)[..., None])
    information = fisher_information(found, groups=WHO).mean_term[..., 0, 0]
    errors = fisher_jackknife(found, groups=WHO)
    single = fisher_jackknife(found).mean_term[..., 0, 0]
    return information, errors.replicates[..., 0, 0], single


def test_flat_curves_pass_and_others_do_not():
    """At 5 %: measured .04 of flat curves fail (by single pictures, as if independent, .8)."""
    information, replicates, single = curves(0, 100)
    assert np.mean(smooth_flatness(information, replicates).probability < 0.05) <= 0.12
    root = np.sqrt(information)
    assert np.mean(flatness(root, single / (2 * root)).probability < 0.05) > 0.5
    information, replicates, _ = curves(1, 100, bump=2.0)
    assert np.mean(smooth_flatness(information, replicates).probability < 0.05) > 0.8


@pytest.mark.parametrize("periodic", (False, True))
def test_the_statistic_by_hand(periodic):
    draw = np.random.default_rng(2)
    values, left = 1 + draw.random(9), 1 + draw.random((9, 30))
    found = smooth_flatness(values, left, periodic=periodic)
    turn = 2 * np.pi * (np.arange(9) + 0.5) / 9
    rows = [np.cos(turn * k / 2) for k in (1, 2, 3, 4)]
    if periodic:
        rows = [np.cos(turn), np.sin(turn), np.cos(2 * turn), np.sin(2 * turn)]
    contrasts, logs, each = np.array(rows), np.log(values), np.log(left)
    covariance = 29 / 30 * sum(np.outer(x, x) for x in (each - each.mean(1, keepdims=True)).T)
    seen = contrasts @ logs
    squared = seen @ np.linalg.inv(contrasts @ covariance @ contrasts.T) @ seen
    assert float(found.statistic) == pytest.approx(squared * 26 / (29 * 4), rel=1e-9)
    assert float(found.probability) == pytest.approx(f.sf(squared * 26 / (29 * 4), 4, 26))
    # units of information and a constant factor change nothing
    other = smooth_flatness(1e30 * values, 1e30 * left, periodic=periodic)
    np.testing.assert_allclose(other.statistic, found.statistic, rtol=1e-9)


def test_what_has_no_logarithm_or_too_few_groups_is_not_tested():
    values, left = np.ones((4, 9)), 1 + np.random.default_rng(3).random((4, 9, 30))
    values[0, 3], values[1, 3], left[2, 3, 3] = 0, np.nan, -1
    found = smooth_flatness(values, left)
    assert np.isnan(found.statistic).tolist() == [True, True, True, False]
    assert np.isnan(found.probability).tolist() == [True, True, True, False]
    for fewer in (left[:, :, :5], left[:, :4]):
        assert np.isnan(smooth_flatness(values[:, : fewer.shape[1]], fewer).statistic).all()
    assert np.isnan(smooth_flatness(np.ones(9), np.ones((9, 30))).statistic)
    inside = np.arange(9) > 3
    part = smooth_flatness(values, left, inside)
    np.testing.assert_allclose(
        part.statistic, smooth_flatness(values[:, 4:], left[:, 4:]).statistic
    )
    with pytest.raises(ValueError, match="replicates: shape"):
        smooth_flatness(values, left[:, :5])
    with pytest.raises(ValueError, match="contrasts: 0 given"):
        smooth_flatness(values, left, contrasts=0)
