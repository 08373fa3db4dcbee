"""Standard errors by leaving out and by drawing again."""

import numpy as np
import pytest

from jaxrep.analysis.resampling import bootstrap, jackknife


def test_resampling_of_a_mean():
    """The jackknife error of a mean is its standard error, exactly; the bootstrap's nearly."""
    values = np.random.default_rng(0).normal(size=200)
    expected = values.std(ddof=1) / 200**0.5
    found = jackknife(np.mean, values)
    assert found.error == pytest.approx(expected, rel=1e-12)
    assert abs(found.bias) < 1e-12
    grouped = jackknife(np.mean, np.repeat(values, 3), groups=np.repeat(np.arange(200), 3))
    assert grouped.error == pytest.approx(expected, rel=1e-12)
    assert bootstrap(np.mean, values, times=2000).error == pytest.approx(expected, rel=0.08)


def test_one_group_cannot_be_left_out():
    with pytest.raises(ValueError, match="groups: 1 given"):
        jackknife(np.mean, np.arange(4.0), groups=1)


def test_samples_in_pairs_have_equal_numbers():
    """The shorter one was drawn from at rows it does not have, or the longer one cut."""
    first, second = np.arange(9.0), np.arange(6.0)

    def apart(a, b):
        return a.mean() - b.mean()

    for resample in (jackknife, bootstrap):
        with pytest.raises(ValueError, match=r"samples: \[9, 6\] rows given; the same number"):
            resample(apart, first, second)
        for wrong in ((), (first[:0],)):
            with pytest.raises(ValueError, match="samples: shapes .* given; one row at least"):
                resample(np.mean, *wrong)
    found = bootstrap(apart, first, second, together=False, times=400)
    expected = (first.var() / 9 + second.var() / 6) ** 0.5
    assert found.error == pytest.approx(expected, rel=0.15)
    with pytest.raises(ValueError, match="times: 1 given; at least 2"):
        bootstrap(np.mean, first, times=1)
    with pytest.raises(ValueError, match="groups: 3 given for 9 samples"):
        bootstrap(np.mean, first, groups=[np.arange(3)])
    with pytest.raises(ValueError, match="groups: 1 given for 2 arrays"):
        bootstrap(apart, first, first, groups=[None])


def test_groups_are_drawn_whole():
    """Ten persons of six pictures that are all alike: the error is that of ten."""
    people = np.random.default_rng(1).normal(size=10)
    values, who = np.repeat(people, 6), np.repeat(np.arange(10), 6)
    found = bootstrap(np.mean, values, times=2000, groups=[who])
    assert found.error == pytest.approx(people.std() / 10**0.5, rel=0.08)
    assert bootstrap(np.mean, values, times=400).error < 0.6 * found.error
