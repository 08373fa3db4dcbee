"""Information of many networks, some of which diverged."""

import numpy as np
import pytest

from jaxrep.analysis.fisher import Responses, fisher_information, fisher_jackknife
from jaxrep.analysis.fisher_networks import (
    errors_of_networks,
    information_of_networks,
    single_precision_information,
)


@pytest.fixture
def found():
    """Three networks, five points, sixty samples."""
    draw = np.random.default_rng(0)
    return Responses(draw.normal(size=(3, 5, 60, 2)), draw.normal(size=(3, 5, 60, 2, 1)))


def test_a_diverged_network_changes_nothing_for_the_others(found):
    whole, errors = fisher_information(found), fisher_jackknife(found)
    found.codes[1, 2, 3, 0] = np.inf
    found.derivatives[2, 0, 0, 1, 0] = np.nan
    fisher, spread = information_of_networks(found), errors_of_networks(found)
    for kept, every in zip((*fisher[:3], *spread[:4]), (*whole[:3], *errors[:4]), strict=True):
        assert kept.shape == (3, 5)
        np.testing.assert_allclose(kept[0], every[0].reshape(5), rtol=1e-12)
        assert np.isnan(kept[1:]).all()
    np.testing.assert_allclose(spread.replicates[0], errors.replicates[0, :, :, 0, 0], rtol=1e-12)
    assert spread.replicates.shape == (3, 5, 60) and np.isnan(spread.replicates[1:]).all()
    for flags in (fisher.reliable, spread.reliable):
        assert flags.dtype == bool and flags[0].all() and not flags[1:].any()


def test_nothing_is_raised_where_all_diverged(found):
    found.codes[:] = np.nan
    fisher, spread = information_of_networks(found), errors_of_networks(found)
    for field in (*fisher[:3], *spread[:4]):
        assert np.isnan(field).all() and field.shape == (3, 5)
    assert spread.replicates.shape == (3, 5, 60) and not spread.reliable.any()
    by_person = errors_of_networks(found, groups=np.arange(60) // 6)
    assert by_person.replicates.shape == (3, 5, 10)
    assert fisher.reliable.shape == (3, 5) and not fisher.reliable.any()


def test_single_precision_fails_where_both_numbers_nearly_agree(found):
    exact = information_of_networks(found, bias_correction=False).mean_term
    np.testing.assert_allclose(single_precision_information(found), exact, rtol=1e-4)
    found.codes[..., 1] = found.codes[..., 0] + 1e-5 * found.codes[..., 1]
    exact = information_of_networks(found, bias_correction=False).mean_term
    naive = single_precision_information(found)
    assert (exact > 0).all()
    assert (~np.isfinite(naive) | (np.abs(naive / exact - 1) > 0.1)).any()


def test_other_codes_are_refused(found):
    three = Responses(np.zeros((1, 2, 9, 3)), np.zeros((1, 2, 9, 3, 1)))
    with pytest.raises(ValueError, match="codes: 3 numbers given; 2 are needed"):
        single_precision_information(three)
    twice = Responses(found.codes, np.repeat(found.derivatives, 2, -1))
    with pytest.raises(ValueError, match="derivatives: in 2 parameters; 1 is needed"):
        information_of_networks(twice)
