"""Settings that follow from the data, against the numbers of an independent implementation."""

import numpy as np
import pytest

from jaxrep.theory.stability import stability_edge, training_defaults

TREE = np.array([157.702, 121.8, 100.469, 100.257, 71.412, 71.228, 70.677, 70.577])
"""The tutorial's tree: 8 items, 10,000 features; the singular values to three decimals."""


def test_the_tree():
    found = training_defaults(TREE, 8, 10_000, 30)
    assert found.learning_rate == pytest.approx(101.5, rel=5e-3)  # kept to three digits
    assert found.scale == pytest.approx(0.0282, rel=2e-3)
    assert found.steps == pytest.approx(54, abs=1)
    assert training_defaults(TREE, 8, 10_000, 30, 3).steps == pytest.approx(482, rel=5e-3)


@pytest.mark.parametrize("layers", [1, 2, 3, 4])
@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e3])
def test_units_of_the_features_change_the_rate_and_the_scale_only(layers, unit):
    strength = np.array([3.0, 1.0, 0.02])
    one, other = (training_defaults(x, 5, 7, 30, layers) for x in (strength, unit * strength))
    assert one.steps == pytest.approx(other.steps, rel=0.02, abs=1)  # scales of three digits
    for rate, values in ((one.learning_rate, strength), (other.learning_rate, unit * strength)):
        assert rate == pytest.approx(0.4 * stability_edge(values[0], 5, 7, layers), rel=5e-3)
    power = 1 / layers if layers > 1 else 1
    assert other.scale / one.scale == pytest.approx(unit**power, rel=1e-2)


def test_steps_follow_what_was_chosen():
    strength = np.array([3.0, 1.0])
    free = training_defaults(strength, 5, 7, 30)
    slower = training_defaults(strength, 5, 7, 30, learning_rate=free.learning_rate / 10)
    smaller = training_defaults(strength, 5, 7, 30, scale=free.scale**2)
    assert slower.steps > 8 * free.steps and smaller.steps > 1.5 * free.steps
    assert slower.scale == free.scale and smaller.learning_rate == free.learning_rate


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((np.zeros(3), 2, 2, 2), "strength: no singular value is above 0"),
        ((np.zeros(0), 2, 2, 2), "strength: no singular value is above 0"),
        ((np.array([np.nan]), 2, 2, 2), "strength: "),
        ((np.ones(1), 2, 2, 0), "hidden: 0 given"),
    ],
)
def test_nothing_to_learn_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        training_defaults(*arguments)


@pytest.mark.parametrize("layers", [1, 2, 3, 5])
def test_any_rate_and_scale_gives_steps(layers):
    """Products that are no float any more are as slow, or as fast, as the bounds allow."""
    for rate in (1e-320, 1e-300, 1e-12, 1e300):
        for scale in (1e-320, 1e-300, 1.0, 1e300):
            settings = training_defaults(
                np.ones(2), 5, 7, 30, layers, learning_rate=rate, scale=scale
            )
            assert settings[:2] == (rate, scale)
            assert 20 <= settings.steps <= 20_000
            assert settings.steps == 20_000 or rate > 1e-12 or scale > 1


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
@pytest.mark.parametrize("name", ["learning_rate", "scale"])
def test_no_other_rates_and_scales(name, value):
    with pytest.raises(ValueError, match=f"{name}: {value} given; above 0 and finite"):
        training_defaults(np.ones(2), 5, 7, 30, **{name: value})
