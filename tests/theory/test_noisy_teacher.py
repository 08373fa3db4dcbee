"""A teacher in noise: strengths, overlaps and test error against simulated data."""

import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.theory import noisy_teacher as theory
from jaxrep.theory.mode_dynamics import expected_start

pytestmark = pytest.mark.usefixtures("double")

INPUTS, OUTPUTS, TEACHER = 200, 600, 2.0
STRONG = 3.0


def noisy_data(seed, strength=TEACHER):
    """Noise of variance 1 / inputs plus one mode."""
    rng = np.random.default_rng(seed)
    u, v = (x / np.linalg.norm(x) for x in (rng.normal(size=OUTPUTS), rng.normal(size=INPUTS)))
    noise = rng.normal(size=(OUTPUTS, INPUTS)) / np.sqrt(INPUTS)
    return strength * np.outer(u, v) + noise, u, v


def test_strength_and_overlaps_of_the_fact_sheet():
    """A = 3, s = 2: 2.958, 0.464, 0.650; lost below A^(1/4)."""
    seen = theory.noisy_mode(2.0, 3.0)
    np.testing.assert_allclose([float(x) for x in seen], [2.958, 0.464, 0.650], atol=6e-4)
    lost = theory.noisy_mode(1.3, 3.0)
    np.testing.assert_allclose([float(x) for x in lost], [1 + 3**0.5, 0, 0], atol=1e-12)
    assert float(theory.best_strength(2.0, 3.0)) == pytest.approx(
        2 * (0.4643 * 0.65) ** 0.5, abs=1e-3
    )


def test_strength_and_overlaps_of_data():
    """Mean of 20 draws; single draws scatter by 0.03."""
    found = []
    for seed in range(20):
        data, u, v = noisy_data(seed)
        left, strength, right = np.linalg.svd(data, full_matrices=False)
        found.append([strength[0], (left[:, 0] @ u) ** 2, (right[0] @ v) ** 2])
    wanted = [float(x) for x in theory.noisy_mode(TEACHER, OUTPUTS / INPUTS)]
    np.testing.assert_allclose(np.mean(found, 0), wanted, atol=0.03)


@pytest.mark.parametrize("inputs, outputs", [(200, 600), (300, 150), (100, 100)])
def test_the_bulk_is_that_of_noise(inputs, outputs):
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(outputs, inputs)) / np.sqrt(inputs)
    found = np.linalg.svd(noise, compute_uv=False)[::-1]
    np.testing.assert_allclose(theory.noise_strengths(inputs, outputs), found, atol=0.06)


def test_error_over_training_and_its_minimum():
    """Aligned two-layer learning of noisy data, mode by mode, against the teacher itself."""
    steps, start, rate = np.arange(0, 900.0, 10), 1e-3, 0.005
    measured = []
    for seed in range(5):
        data, u, v = noisy_data(seed, STRONG)
        left, strength, right = np.linalg.svd(data, full_matrices=False)
        learned = np.asarray(theory.mode_sigmoid(steps[:, None], strength, start, rate))
        overlap = STRONG * (left.T @ u) * (right @ v)
        measured.append((learned**2).sum(1) - 2 * learned @ overlap + STRONG**2)
    measured = np.mean(measured, 0)
    predicted = np.asarray(
        theory.teacher_error(jnp.array(steps), jnp.array([STRONG]), start, rate, INPUTS, OUTPUTS)
    )
    # Measured: within 0.6 % of the final error (noise learned), scatter of 5 draws included.
    np.testing.assert_allclose(predicted, measured, atol=0.02 * measured.max())
    best = steps[predicted.argmin()]
    assert abs(best - steps[measured.argmin()]) <= 20
    assert predicted.min() < 0.85 * STRONG**2 < STRONG**2 < predicted[-1]


def test_error_on_the_sample_over_training():
    """Two layers of small random weights in numpy, no mode coordinates; mean of 3 draws."""
    inputs, outputs, hidden, scale, rate = 60, 40, 100, 0.01, 0.02
    steps, losses = np.arange(0, 601, 20), []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        left, right = (x / np.linalg.norm(x) for x in map(rng.normal, (0, 0), (1, 1), (60, 40)))
        data = 4 * np.outer(left, right) + rng.normal(size=(inputs, outputs)) / inputs**0.5
        first = rng.normal(size=(inputs, hidden)) * scale / (inputs + hidden) ** 0.5
        last = rng.normal(size=(hidden, outputs)) * scale / (hidden + outputs) ** 0.5
        found = []
        for _ in range(601):
            missing = data - first @ last
            found.append((missing**2).sum())
            first, last = first + rate * missing @ last.T, last + rate * first.T @ missing
        losses.append(np.array(found)[steps])
    start = float(expected_start(scale, inputs, hidden, outputs))
    predicted = theory.sample_error(steps, jnp.array([4.0]), start, rate, inputs, outputs)
    measured = np.mean(losses, 0)
    # Measured: within 3.6 % of the error at the start, scatter of 3 draws included.
    np.testing.assert_allclose(predicted, measured, atol=0.06 * measured[0])
    assert measured[-1] < 0.1 * measured[0]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_what_is_left_in_the_end_is_one_mode_of_noise_for_each_mode_without_a_teacher(count):
    """Three modes in all, learned as strong as in the data; the weakest ones of the noise stay."""
    inputs, outputs, teacher = 5, 3, np.array([2.0, 3.0, 5.0])[:count]
    late, start, rate = np.array([1e6]), 1e-3, 0.005
    found = theory.teacher_error(late, teacher, start, rate, inputs, outputs)
    seen = theory.noisy_mode(teacher, outputs / inputs)
    signal = seen.strength**2 - 2 * seen.strength * teacher * seen.overlap + teacher**2
    noise = theory.noise_strengths(inputs, outputs)
    assert len(noise) == 3 and (np.diff(noise) > 0).all()
    expected = np.sum(signal) + np.sum(noise[: 3 - count] ** 2)
    np.testing.assert_allclose(found, [expected], rtol=1e-9)
