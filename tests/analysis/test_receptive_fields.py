"""Localization of receptive fields: golden arrays of the published functions, closed forms."""

import json

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxrep.analysis import receptive_fields as fields

pytestmark = pytest.mark.usefixtures("double")

ARRAYS = ["normal_100x40", "bumps_40x40", "cosines_21x40", "special_8x40", "normal_f32_40x100"]
ARRAYS += ["trained_g100_40x40", "trained_g001_40x40"]


@pytest.mark.parametrize("name", ARRAYS)
def test_golden_values(shared_data, name):
    """Everything the published functions gave, to 1e-10 (1e-6 where they kept float32)."""
    folder = shared_data / "localization"
    given_weights = np.load(folder / f"{name}.npy")
    golden = np.load(folder / f"{name}__golden.npz")
    weights = given_weights.astype(float)
    tolerance = 1e-10 if golden["ipr"].dtype == np.float64 else 1e-6
    found = fields.inverse_participation_ratio(weights)
    np.testing.assert_allclose(found, golden["ipr"], rtol=tolerance)
    np.testing.assert_allclose(fields.value_entropy(weights), golden["entropy"], atol=1e-10)
    mean, variance = fields.mean_position(weights)
    loose = 1e-10 if given_weights.dtype == np.float64 else 2e-4
    np.testing.assert_allclose(mean, golden["mean"], atol=loose, rtol=loose)
    np.testing.assert_allclose(
        variance, golden["var"], atol=1e-9 + 10 * (loose > 1e-9) * loose, rtol=loose
    )
    summary = json.loads((folder / "summary.json").read_text())[name]
    assert float(np.mean(fields.value_entropy(weights))) == pytest.approx(
        summary["entropy_mean"], abs=1e-10
    )


@pytest.mark.parametrize("name", ARRAYS)
def test_golden_orders(shared_data, name):
    """The values along the published orders; ties may stand in any order."""
    folder = shared_data / "localization"
    weights = np.load(folder / f"{name}.npy").astype(float)
    golden = np.load(folder / f"{name}__golden.npz")
    entropy = np.asarray(fields.value_entropy(weights))
    found = np.asarray(fields.entropy_order(weights))
    np.testing.assert_allclose(entropy[found], entropy[golden["entropy_sort"]], atol=1e-10)
    centred = np.asarray(fields.entropy_order(weights, by_centre=True))
    np.testing.assert_array_equal(np.sort(centred), np.arange(len(weights)))
    if len(np.unique(np.round(entropy, 9))) == len(entropy):
        np.testing.assert_array_equal(centred, golden["entropy_sort_center"])
    for order, values in zip(("mean_sort", "var_sort"), fields.mean_position(weights), strict=True):
        values = np.asarray(values)
        assert (np.diff(values[golden[order]]) >= -1e-3 * (1 + np.abs(values).max())).all()


def test_closed_forms():
    length = 40
    places = np.arange(length)
    rows = np.stack(
        [np.ones(length), np.cos(2 * np.pi * 3 * places / length + 0.3), np.eye(length)[7]]
    )
    np.testing.assert_allclose(
        fields.inverse_participation_ratio(rows), [1 / 40, 3 / 80, 1], rtol=1e-12
    )
    found = fields.participation_entropy(rows[[0, 2]])
    np.testing.assert_allclose(found, [np.log2(length), 0], atol=1e-12)
    bump = np.exp(-((((places - 20 + 60) % 40 - 20) / 3.0) ** 2))
    expected = 1 / (3 * np.sqrt(np.pi))
    assert float(fields.inverse_participation_ratio(bump)) == pytest.approx(expected, rel=1e-6)


def test_a_field_across_the_seam_is_one_field():
    """exp(-(d/s)^2) squared has variance s^2 / 4."""
    bump = np.exp(-(((((np.arange(40) + 20) % 40) - 20) / 3.0) ** 2))
    for shift in (0, 13, 39):
        mean, variance = fields.circular_mean_position(np.roll(bump, shift))
        assert float(np.cos((mean - shift) * 2 * np.pi / 40)) == pytest.approx(1)
        assert float(variance) == pytest.approx(9 / 4, rel=1e-6)
    assert float(fields.mean_position(bump)[1]) > 100


@given(st.integers(1, 12), st.integers(0, 99), st.floats(0.1, 10))
@settings(max_examples=20, deadline=None)
def test_bounds_and_scale(length, seed, factor):
    weights = np.random.default_rng(seed).normal(size=length)
    ratio = float(fields.inverse_participation_ratio(weights))
    assert 1 / length - 1e-12 <= ratio <= 1 + 1e-12
    assert float(fields.inverse_participation_ratio(factor * weights)) == pytest.approx(ratio)
    entropy = float(fields.participation_entropy(weights))
    assert -1e-12 <= entropy <= np.log2(length) + 1e-12
    assert float(fields.participation_entropy(factor * weights)) == pytest.approx(entropy, abs=1e-9)


def test_weights_of_zero_are_no_nan():
    zero = np.zeros((2, 5))
    for function in (
        fields.inverse_participation_ratio,
        fields.value_entropy,
        fields.participation_entropy,
    ):
        assert np.isfinite(jax.jit(function)(zero)).all()
    assert (fields.inverse_participation_ratio(zero) == 0).all()
