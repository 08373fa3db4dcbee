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
