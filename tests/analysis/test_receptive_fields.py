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


ROW = np.array([[1, -2, 3, 0, 100], [4, 4, 4, 4, 4], [0, 0, 0, 0, 0]])
SCALE_FREE = (
    fields.inverse_participation_ratio,
    fields.participation_entropy,
    fields.mean_position,
    lambda row: fields.circular_mean_position(row)[0],
    lambda row: fields.field_cosine(row, row[..., ::-1]),
)


@given(st.integers(-30, 30), st.sampled_from([np.float32, np.float64, np.int8, np.float16]))
@settings(max_examples=20, deadline=None)
def test_any_type_and_any_unit(power, kind):
    """int8: a ratio of 99,658. Of weights x 1e-20 it was 0, x 1e20 NaN."""
    small = kind in (np.int8, np.float16)
    given_rows = ROW.astype(kind) if small else kind(10.0**power) * ROW.astype(kind)
    for function in SCALE_FREE:
        np.testing.assert_allclose(function(given_rows), function(ROW), rtol=3e-6, atol=3e-6)
    shares = ROW[0] ** 2 / (ROW[0] ** 2).sum()
    found = fields.inverse_participation_ratio(given_rows)
    np.testing.assert_allclose(found, [(shares**2).sum(), 1 / 5, 0], rtol=3e-6)
    entropy = fields.value_entropy(ROW.astype(kind))
    np.testing.assert_allclose(entropy, fields.value_entropy(ROW), atol=1e-6)


def test_what_float32_cannot_hold():
    for scale in (1e-200, 1e200):
        found = fields.inverse_participation_ratio(scale * ROW[0])
        assert float(found) == pytest.approx(float(fields.inverse_participation_ratio(ROW[0])))
    assert float(fields.value_entropy(np.array([1e200, 1e300, 0, 0]))) == 1


def test_a_narrow_field_far_along_a_long_row():
    """A difference of squares gave -128 for .25."""
    field = np.zeros(50_000, np.float32)
    field[[40_000, 40_001]] = 1
    mean, variance = fields.mean_position(field)
    assert (float(mean), float(variance)) == (40_000.5, 0.25)
    mean, variance = fields.circular_mean_position(np.roll(field, -40_001))
    assert float(mean) == pytest.approx(49_999.5, abs=0.01)
    assert float(variance) == pytest.approx(0.25, rel=1e-3)


def test_fields_that_are_nowhere_or_not_known():
    for broken in (np.nan, np.inf, -np.inf):
        row = np.array([[1.0, broken, 2, 0, 0], [1, 3, 2, 0, 0], [1, 0, 0, 0, 0]])
        for function in (*SCALE_FREE, fields.value_entropy):
            found = np.asarray(function(row))
            assert np.isnan(found[..., 0]).all() and np.isfinite(found[..., 1:]).all()
        assert fields.localization_order(row, 0.1).tolist() == [2, 1, 0]
    mean, variance = fields.circular_mean_position(ROW[1:])
    assert np.isnan(mean).all() and np.isinf(variance).all()
    assert np.isnan(fields.value_entropy(np.full(3, -20)))


@pytest.mark.parametrize(
    "row, message",
    [
        (np.zeros((2, 0)), "weights: shape \\(2, 0\\) has no pixels"),
        (np.array(["a"]), "weights: values of type <U1"),
        (np.array([1j]), "weights: values of type complex128"),
    ],
)
def test_what_is_no_field_is_named(row, message):
    for function in (*SCALE_FREE[:4], fields.value_entropy):
        with pytest.raises(ValueError, match=message):
            function(row)
