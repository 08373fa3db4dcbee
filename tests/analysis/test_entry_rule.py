"""Areas, thresholds, transitions, peaks and irreps of any type, unit and size; NaN stays NaN."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxrep.analysis import (
    accuracy_at,
    area_under_curve,
    best_threshold,
    class_densities,
    covariance_ellipse,
    first_learned,
    hidden_in_representation,
    hidden_variance,
    kept_scores,
    least_squared_error,
    localized_groups,
    off_neurons,
    peak_among_top,
    peak_distance,
    prune_networks,
    reading_errors,
    sign_blocks,
    symmetric_edges,
    top_overlap,
    trace_similarity,
    transition_steps,
    unembedding_in_representation,
    unit_contributions,
    variance_along_path,
    variance_explained,
)
from jaxrep.arrays import take_rows
from jaxrep.groups import group, group_tables

RNG = np.random.default_rng(0)


def test_the_area_of_a_hundred_thousand_inputs():
    """int32 overflowed to -2.25. Truth by ranks in float64."""
    count = 100_000
    positive = np.arange(count) % 2 == 0
    scores = RNG.normal(size=count) + positive
    rank = np.argsort(np.argsort(scores)) + 1.0
    half = count / 2
    exact = (rank[positive].sum() - half * (half + 1) / 2) / half**2
    assert float(area_under_curve(scores, positive)) == pytest.approx(exact, abs=2e-6)
    labels = positive.astype(np.int8)
    assert float(area_under_curve(scores, labels)) == pytest.approx(exact, abs=2e-6)


def test_zeros_and_ones_are_classes_and_nan_is_no_score():
    """0/1 labels gave an accuracy of 2.5."""
    scores, positive = np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1])
    for labels in (positive, positive > 0, positive.astype(float)):
        found = best_threshold(scores, labels)
        assert float(found.accuracy) == 0.75
        assert float(accuracy_at(scores, labels, found.threshold)) == 0.75
        assert float(area_under_curve(scores, labels)) == 0.75
    batch = np.stack([scores, scores])
    batch[0, 1] = np.nan
    for found in (
        area_under_curve(batch, positive),
        best_threshold(batch, positive).accuracy,
        accuracy_at(batch, positive, np.array([0.2, 0.2])),
    ):
        assert np.isnan(found[0]) and float(found[1]) == 0.75
    assert np.isnan(jax.jit(area_under_curve)(scores, positive * 2))
    for one_class in (positive * 0, positive * 0 + 1):
        assert np.isnan(area_under_curve(scores, one_class))


@settings(max_examples=20, deadline=None)
@given(st.integers(-30, 30), st.sampled_from([np.float32, np.float64, np.int8, np.float16]))
def test_area_and_threshold_in_any_unit(power, kind):
    """A fitted threshold must give the accuracy that was promised, also at 1e30."""
    scores, positive = np.array([3, 1, 4, 1, 5, 9, 2, 6]), np.array([0, 0, 1, 0, 1, 1, 1, 0])
    typed = scores.astype(kind) if kind in (np.int8, np.float16) else kind(10.0**power) * scores
    assert float(area_under_curve(typed, positive)) == pytest.approx(12 / 16)
    found = best_threshold(typed, positive)
    assert float(found.accuracy) == pytest.approx(0.75)
    assert float(accuracy_at(typed, positive, found.threshold)) == pytest.approx(0.75)


def test_neighbouring_numbers_can_be_parted():
    one = np.float32(1)
    scores = np.array([one, np.nextafter(one, np.float32(2))])
    found = best_threshold(scores, np.array([False, True]))
    assert float(accuracy_at(scores, np.array([False, True]), found.threshold)) == 1


@pytest.mark.parametrize(
    "curve",
    [
        [0, 0.6, -0.5, 1.5, -1.0],  # oscillates
        [0, 1.9, 0.1, 1.9, 0.9],  # a cycle of two
        [0, 0.6, 5.0, 300.0, 1e9],  # runs away
        [0, 0.6, np.inf, np.inf, np.inf],
        [0, 0.6, np.nan, np.nan, np.nan],
        [0, 0.6, 0.4, 0.3, 0.3],  # forgotten
        [0, 0.1, 0.2, 0.3, 0.4],
    ],
)
def test_a_mode_that_is_not_learned_has_no_step(curve):
    """1.16 was the step of oscillating and infinite modes."""
    steps, learned = np.arange(5), np.array([0, 0.4, 0.6, 1.2, 0.95])
    strength = np.stack([curve, learned], -1)
    found = transition_steps(steps, strength, np.array([1.0, 1.0]))
    assert np.isnan(found[0]) and found[1] == pytest.approx(1.5)
    scaled = transition_steps(steps, 1e30 * strength, np.array([1e30, 1e30]))
    np.testing.assert_allclose(scaled, found)


def test_strong_starts_and_unknown_targets():
    steps = np.arange(3)
    falling = np.array([[5.0, 1], [2.0, 1], [1.0, 1]])
    np.testing.assert_array_equal(transition_steps(steps, falling, np.ones(2)), [0, 0])
    found = transition_steps(steps, falling, np.array([np.nan, 1]))
    np.testing.assert_array_equal(found, [np.nan, 0])
    assert transition_steps(steps, np.array([[0], [1], [2]]), np.array([2]))[0] == 1


def perfect_network(known, irrep):
    """Hidden layer rho(ab), unembedding whose product with it is the trace of rho(ab c^-1)."""
    n = known.order
    a, b = np.divmod(np.arange(n * n), n)
    entries = irrep.matrices.reshape(n, -1)
    inverse = irrep.matrices[known.inverses].transpose(0, 2, 1).reshape(n, -1)
    return entries[known.table[a, b]], inverse.T


@pytest.mark.parametrize("name, number", [("C13", 1), ("C13", 4), ("S4", 3), ("S3", 2)])
def test_a_perfect_network_pairs_entries_like_a_trace(name, number, double):
    """Of a cyclic group .7071, as the pattern was not of the two dimensions that there are."""
    known = group(name)
    irrep = known.irreps[number]
    hidden, unembed = perfect_network(known, irrep)
    product = irrep.matrices[known.table[2, 5]] @ irrep.matrices[known.inverses[1]]
    logits = hidden @ unembed
    assert logits[2 * known.order + 5, 1] == pytest.approx(np.trace(product))
    seen = hidden_in_representation(hidden, irrep.matrices, known.fibres)
    paired = unembedding_in_representation(seen.readout, unembed, irrep.matrices, known.inverses)
    assert float(seen.cosine) == pytest.approx(1, abs=1e-9)
    assert float(paired.cosine) == pytest.approx(1, abs=1e-9)


def test_group_analyses_of_small_types():
    """Squares of int8 and half precision overflow."""
    known = group("S3")
    tables, n = group_tables(known), known.order
    hidden = RNG.integers(-100, 100, (n * n, 3))
    unembed = RNG.integers(-100, 100, (3, n))
    for kind in (np.int8, np.float16):
        small, read = hidden.astype(kind), unembed.astype(kind)
        for call in (
            lambda h, u: hidden_variance(h, tables),
            lambda h, u: variance_explained(tables.projectors, u.T),
            lambda h, u: off_neurons(u.T, u.T),
            lambda h, u: sign_blocks(h, u, known.signature),
            lambda h, u: trace_similarity(np.repeat(h, 2, 1), tables),
        ):
            exact = jax.tree.leaves(call(hidden.astype(np.float32), unembed.astype(np.float32)))
            for one, other in zip(jax.tree.leaves(call(small, read)), exact, strict=True):
                np.testing.assert_allclose(one, other, atol=1e-4)


def test_peaks_of_fields_that_are_not_finite():
    """int8 has no 128; NaN is the largest weight for argmax."""
    fields = np.array([[[1, -128, 3], [1, -100, 2], [0, -128, 1]]], np.int8)
    assert np.asarray(peak_among_top(fields, 1)).all()
    broken = fields.astype(float)
    broken[0, 1, 0] = np.nan
    assert np.asarray(peak_among_top(broken, 1)).tolist() == [[True, False, True]]
    overlap = np.asarray(top_overlap(broken, 1))
    np.testing.assert_array_equal(overlap, [[1, np.nan, 1]])
    broken[0, 2, 0] = np.inf
    assert not np.asarray(peak_among_top(broken, 1)).any()
    assert np.isnan(top_overlap(broken, 1)).all()
    assert int(peak_distance(fields[0, 0], np.array([1, 2, 3]))) == 1


def test_pruning_and_densities_of_any_type():
    small = np.full((1, 2, 3), 100, np.int8)
    assert unit_contributions(small, np.full((1, 3), 3, np.int8))[0, 0, 0] == 100
    assert localized_groups(np.array([[0.2, 0.5]], np.float16), 0.3)[0, 1].tolist() == [False, True]
    alone = np.array([[[1, 0], [2, 0], [-1, 0], [-2, 0]]])
    groups, orders = np.array([[[True, False]]]), np.array([[[0, 1]]])
    found = prune_networks(alone, np.zeros(1), np.array([1, 1, 0, 0]), groups, orders)
    assert found.accuracy.tolist() == [[1.0]]
    values, edges = np.array([[1], [3], [3]]), np.array([0, 2, 4])
    for labels in (np.array([0.3, 0.7, 0.7]), np.array(["a", "b", "b"])):
        found = class_densities(values, labels, np.array([1]), edges)
        np.testing.assert_allclose(found, [[0.5, 0], [0, 0.5]])
    assert symmetric_edges(np.array([-128, 3], np.int8), 2, 1.0).tolist() == [-128, 0, 128]


def test_no_other_row_stands_in_for_one_that_is_missing():
    """JAX takes the nearest row there is, or counts from the end."""
    values = np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(take_rows(values, [2, 0]), values[[2, 0]])
    found = jax.jit(take_rows)(values, np.array([2, 3, -1]))
    np.testing.assert_array_equal(found, [[4, 5], [np.nan, np.nan], [np.nan, np.nan]])
    assert kept_scores(values, np.array([1, 0])).tolist() == [[1, 3, 5], [1, 5, 9]]


@pytest.mark.parametrize("scale", [1e-30, 1e-3, 1e30])
def test_readings_and_ellipses_in_any_unit(scale):
    """Skewness was 0 of errors below 1e-10, axes and shares of codes below 1e-160."""
    errors = np.array([[0, 0, 0, 4], [2, 2, 2, 2]])
    found = reading_errors(scale * errors)
    np.testing.assert_allclose(found.skewness, [2 / 3**0.5, np.nan], rtol=1e-5)
    np.testing.assert_allclose(found.bias, [scale, 2 * scale], rtol=1e-6)
    codes = np.array([[3.0, 0], [-3, 0], [0, 1], [0, -1]])
    ellipse = covariance_ellipse(scale**7 * codes, 1.0)
    np.testing.assert_allclose(ellipse.axes, scale**7 * np.sqrt([6, 2 / 3]))
    path = np.array([scale**7, 0])
    assert variance_along_path(scale**7 * codes, path) == pytest.approx(0.9)


def test_readings_that_are_not_known():
    """Small types count; what is not finite or does not vary has no reading."""
    found = reading_errors(np.array([[100, 100, 127]], np.int8))
    assert float(found.squared_error[0]) == pytest.approx((2 * 1e4 + 127**2) / 3)
    assert all(np.isnan(moment[0]) for moment in reading_errors(np.array([[1.0, np.inf]])))
    ellipse = covariance_ellipse(np.array([[[1.0, np.nan], [1, 2]], [[1, 1], [1, 1]]]))
    assert np.isnan(ellipse.axes[0]).all() and ellipse.axes[1].tolist() == [0, 0]
    assert np.isnan(variance_along_path(np.eye(2), np.zeros(2)))
    assert np.isnan(variance_along_path(np.ones((3, 2)), np.ones(2)))
    bound = least_squared_error(np.array([4, 0, -1]), np.zeros(3), np.arange(3))
    np.testing.assert_array_equal(bound, [0.25, np.inf, np.nan])


S = np.arange(4.0)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: area_under_curve(S, np.array([-1, 1, 1, 1])), "positive: -1 given"),
        (lambda: area_under_curve(S[:0], S[:0]), "positive: \\(0,\\) given for scores of shape"),
        (lambda: best_threshold(S.astype(str), S > 1), "scores: values of type"),
        (lambda: accuracy_at(S, S, np.array(1.0)), "positive: 2.0 given"),
        (lambda: class_densities(np.eye(4), S * np.nan, S > 0, S), "classes: 4 labels are NaN"),
        (lambda: symmetric_edges(S, 0), "bins: 0 given"),
        (lambda: symmetric_edges(S, share=2.0), "share: 2.0 is outside"),
        (lambda: peak_distance(S * np.nan, S), "first: 4 of 4 values are not finite"),
        (lambda: peak_distance(S, S, (3, 3)), "shape: \\(3, 3\\) given for fields of 4 pixels"),
        (lambda: transition_steps(S[:0], np.ones((0, 2)), S[:2]), "steps: 0 given"),
        (
            lambda: prune_networks(
                np.ones((1, 4, 1)), S[:1], S, np.ones((1, 1, 1)), np.zeros((1, 1, 1), int)
            ),
            "positive: other values than 0 and 1",
        ),
        (
            lambda: prune_networks(
                np.ones((1, 4, 1)), S[:1], S > 1, np.ones((1, 1, 1)), np.ones((1, 1, 1), int)
            ),
            "orders: 1 given; 0 .. 0 are the units",
        ),
        (lambda: kept_scores(np.eye(4), np.array([4])), "order: 4 given; 0 .. 3 are there"),
        (lambda: take_rows(S, [-1]), "rows: -1 given"),
        (lambda: take_rows(S, [0.0]), "rows: indices of type float64"),
        (lambda: first_learned(np.ones((2, 1)), np.arange(3)), "steps: 3 given"),
        (lambda: reading_errors(np.ones((2, 0))), "errors: shape \\(2, 0\\) given"),
        (lambda: covariance_ellipse(np.ones((1, 2))), "codes: shape \\(1, 2\\) given"),
        (lambda: least_squared_error(S[:2], S[:2], S[:2]), "angles: 2 given"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_half_precision_inside_jit():
    scores = jnp.asarray(S, jnp.bfloat16)
    assert float(jax.jit(area_under_curve)(scores, S > 1)) == 1
