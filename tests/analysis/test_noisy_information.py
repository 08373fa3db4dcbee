"""Sample propagation: closed forms, quadrature, and the sheet's values with their biases."""

import jax
import numpy as np
import pytest

from jaxrep.analysis.noisy_information import (
    gaussian_entropy,
    mixture_entropy,
    monte_carlo_bound,
    noisy_information,
)

POINTS = np.zeros((4, 1))


@pytest.mark.parametrize("distance, truth", [(2.0, 0.485944), (4.0, 0.912822)])
def test_two_points_by_quadrature(distance, truth):
    """The class is the point, so both informations are one; within four standard errors."""
    points = np.repeat([[0.0], [distance]], 1000, axis=0)
    found = noisy_information(points, np.repeat([0, 1], 1000), 1.0, draws=4)
    for measured in found:
        assert abs(measured.bits - truth) < 4 * measured.error
        assert measured.error < 0.02


def test_forty_points():
    """Equidistant in [0, 1], variance 1e-3: 3.050444 bits by quadrature."""
    points = np.tile(np.linspace(0, 1, 40), 25)[:, None]
    found = noisy_information(points, np.arange(1000) % 2, 1e-3, draws=10).with_input
    assert abs(found.bits - 3.050444) < 4 * found.error
    assert found.error < monte_carlo_bound(1, 1e-3, 1000, 10)


@pytest.mark.parametrize(
    "units, variance, samples, wanted",
    [(3, 0.1, 250, 4.914), (3, 0.1, 1000, 5.074), (10, 1.0, 250, 4.553), (10, 1.0, 1000, 4.850)],
)
def test_normal_layers_are_too_low_by_the_published_bias(units, variance, samples, wanted):
    """(d / 2) log2(1 + 1 / s2) is 5.189 and 5, and few samples give less. The sheet's values are
    of one draw each, whose standard errors are 0.05 to 0.2; within three of them."""
    found = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        centres, classes = rng.normal(size=(samples, units)), rng.integers(0, 2, samples)
        found.append(noisy_information(centres, classes, variance, key=jax.random.key(seed)))
    bits = np.mean([one.with_input.bits for one in found])
    assert bits < units / 2 * np.log2(1 + 1 / variance)
    assert bits == pytest.approx(wanted, abs=3 * found[0].with_input.error)


def test_a_deeper_layer_whose_noise_below_does_not_matter_is_a_first_one():
    """S the same in every pass: h(T | x) is the Gaussian's."""
    centres = np.random.default_rng(0).normal(size=(300, 2))
    passes = np.repeat(centres[:20, None], 100, axis=1)
    classes = np.arange(300) % 2
    first = noisy_information(centres, classes, 0.1)
    deeper = noisy_information(centres, classes, 0.1, passes=passes)
    error = deeper.with_input.error
    assert deeper.with_input.bits == pytest.approx(first.with_input.bits, abs=4 * error)
    assert first.with_class.bits == deeper.with_class.bits


def test_a_deeper_gaussian_layer():
    """x normal, S = x + noise of variance a, T = S + noise of b: log2(1 + 1 / (a + b)) / 2."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2000, 1))
    noisy = x + 0.5 * rng.normal(size=x.shape)
    passes = x[:60, None] + 0.5 * rng.normal(size=(60, 400, 1))
    found = noisy_information(noisy, np.arange(2000) % 2, 0.25, passes=passes).with_input
    assert found.bits == pytest.approx(np.log2(1 + 1 / 0.5) / 2, abs=4 * found.error)


def test_a_dead_layer_and_a_layer_that_is_told_apart():
    classes = np.arange(200) % 2
    dead = noisy_information(np.zeros((200, 3)), classes, 1e-2)
    assert dead.with_input.bits < 4 * dead.with_input.error + 1e-6
    assert abs(dead.with_class.bits) < 1e-6
    apart = noisy_information(1e3 * np.arange(200.0)[:, None], classes, 1.0)
    assert apart.with_input.bits == pytest.approx(np.log2(200), abs=4 * apart.with_input.error)
    assert apart.with_class.bits == pytest.approx(1)


def test_entropy_of_one_gaussian():
    found = mixture_entropy(np.zeros((400, 5)), 0.3, draws=5)
    assert abs(found.bits - gaussian_entropy(5, 0.3)) < 4 * found.error


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: mixture_entropy(np.zeros((3, 1)), 0.0), "variance: 0.0 is not positive"),
        (lambda: mixture_entropy(np.zeros((1, 1)), 1.0), "centres: shape (1, 1) is not"),
        (lambda: mixture_entropy(np.full((3, 1), np.nan), 1.0), "centres: 3 of 3 values"),
        (lambda: mixture_entropy(np.zeros((3, 1)), 1.0, draws=0), "draws: 0 given"),
        (
            lambda: noisy_information(POINTS, np.arange(4) % 2, 1.0, passes=POINTS[None]),
            "passes: shape (1, 4, 1)",
        ),
        (lambda: monte_carlo_bound(0, 1.0, 1), "units, samples, draws: 0, 1, 1"),
    ],
)
def test_bad_input_gets_one_line(call, message):
    with pytest.raises(ValueError) as raised:
        call()
    assert str(raised.value).startswith(message)
