"""Irreps of populations of networks: the 50 published seeds, intervals against their definition."""

import csv

import numpy as np
import pytest
import scipy.stats

from jaxrep.analysis import exact_interval, irrep_population, wilson_interval

NAMES = ["sign", "standard", "standard_sign", "s5_5d_a", "s5_5d_b", "s5_6d"]


@pytest.fixture(scope="module")
def fifty(published):
    """Key irreps of the 50 published networks on S5, and the places they were learned in."""
    with open(published / "s5_mlp_50seeds.csv") as file:
        orders = [row["order"].split(",") for row in csv.DictReader(file)]
    places = [[o.index(name) + 1 if name in o else np.nan for name in NAMES] for o in orders]
    return np.isfinite(places), np.array(places)


def test_the_fifty_published_seeds(fifty):
    found = irrep_population(*fifty)
    assert found.networks == 50
    assert found.count.tolist() == [49, 49, 17, 18, 10, 0]
    assert found.learned_first.tolist() == [45, 2, 0, 2, 1, 0]
    np.testing.assert_allclose(found.place[:5].round(2), [1.10, 2.47, 2.41, 2.61, 3.10])
    assert np.isnan(found.place[5])
    golden = {49: (0.895, 0.997), 18: (0.241, 0.499), 17: (0.224, 0.479), 10: (0.112, 0.330)}
    golden |= {0: (0.0, 0.071)}
    for count, low, high in zip(found.count, found.low, found.high, strict=True):
        # the sheet's upper end of 49 is .9965, rounded up
        np.testing.assert_allclose((low, high), golden[int(count)], atol=6e-4)


def test_exact_intervals_are_the_published_ones_and_have_their_tails():
    golden = {49: (0.894, 0.9995), 18: (0.229, 0.508), 17: (0.212, 0.488), 10: (0.100, 0.337)}
    golden |= {0: (0.0, 0.071), 50: (0.929, 1.0)}
    for count, ends in golden.items():
        low, high = exact_interval(np.array(count), np.array(50))
        np.testing.assert_allclose((low, high), ends, atol=6e-4)
        if count:
            assert scipy.stats.binom.sf(count - 1, 50, low) == pytest.approx(0.025, abs=1e-9)
        if count < 50:
            assert scipy.stats.binom.cdf(count, 50, high) == pytest.approx(0.025, abs=1e-9)


def test_wilson_inverts_the_normal_test():
    """Its ends are the shares whose z statistic is 1.96."""
    counts = np.arange(1, 20)
    for end in wilson_interval(counts, np.full(19, 20)):
        z = (counts / 20 - end) / np.sqrt(end * (1 - end) / 20)
        np.testing.assert_allclose(abs(z), scipy.stats.norm.isf(0.025), rtol=1e-9)


def test_ties_share_their_place_and_unknown_steps_have_none():
    key = np.array([[True, True, True], [True, True, False]])
    steps = np.array([[10.0, 10.0, 30.0], [np.nan, 5.0, 1.0]])
    found = irrep_population(key, steps)
    assert found.learned_first.tolist() == [1, 2, 0]
    assert found.place.tolist() == [1.5, 1.25, 3.0]
    alone = irrep_population(key)
    assert alone.count.tolist() == [2, 2, 1] and np.isnan(alone.place).all()
    assert not alone.learned_first.any()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: irrep_population(np.ones((0, 3), bool)), r"key: shape \(0, 3\) given"),
        (lambda: wilson_interval(np.array(3), np.array(2)), "count: a share outside 0 to 1"),
        (lambda: exact_interval(np.array(0), np.array(0)), "total: 0 given; at least 1"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
