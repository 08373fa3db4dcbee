"""Networks of an ensemble against each other: closed forms, brute force, errors over networks."""

import numpy as np
import pytest

from jaxrep.analysis import (
    agreement,
    layer_similarity,
    linear_cka,
    mean_over_pairs,
    network_map,
    pair_values,
    participation_ratio,
    target_alignment,
)

DRAW = np.random.default_rng(3)
STACK = DRAW.normal(size=(4, 3, 25, 6))  # network, step, sample, unit


def test_agreement_is_the_measure_of_every_pair():
    found = agreement(STACK)
    for t in range(3):
        for i in range(4):
            for j in range(4):
                expected = linear_cka(STACK[i, t], STACK[j, t], debiased=True)
                np.testing.assert_allclose(found.between[t, i, j], expected, atol=1e-12)
            last = linear_cka(STACK[i, t], STACK[i, -1], debiased=True)
            first = linear_cka(STACK[i, t], STACK[i, 0], debiased=True)
            np.testing.assert_allclose(found.to_last[t, i], last, atol=1e-12)
            np.testing.assert_allclose(found.to_first[t, i], first, atol=1e-12)
            ratio = participation_ratio(STACK[i, t], "samples")
            np.testing.assert_allclose(found.participation[t, i], ratio, atol=1e-12)
    # exact, and the spread of independent networks is that of shuffled ones
    assert found.chance == 0
    spread = pair_values(found.between).std()
    assert 0.5 < found.chance_deviation / spread < 2


def test_more_dimensions_than_samples_are_not_known():
    """Eight samples of thirty independent units: the unbiased estimate may be a hundred."""
    few = np.random.default_rng(3).normal(size=(6, 1, 8, 30))
    ratio = participation_ratio(few[:, 0], "samples")
    assert ratio.max() > 40
    shown = agreement(few).participation[0]
    np.testing.assert_array_equal(np.isnan(shown), ~(ratio <= 8))


def test_chance_of_a_biased_measure_is_not_zero():
    found = agreement(STACK, "linear_cka")
    assert found.chance == pytest.approx(pair_values(found.between).mean(), rel=0.1)


def test_a_network_that_is_not_finite_changes_no_other():
    broken = STACK.copy()
    broken[1, 2, 0, 0] = np.nan
    mine, whole = agreement(broken), agreement(STACK)
    others = [0, 2, 3]
    kept = np.ix_(range(3), others, others)
    np.testing.assert_array_equal(mine.between[kept], whole.between[kept])
    assert np.isnan(mine.between[2, 1]).all() and np.isfinite(mine.between[:2]).all()
    assert np.isfinite(mine.chance)


@pytest.mark.parametrize("measure", ["debiased_cka", "linear_predictivity", "angular"])
def test_layers_against_layers_are_every_pair(measure):
    """Also of layers of other sizes, between two ensembles, and where order counts."""
    from jaxrep.analysis import REPRESENTATION_MEASURES

    function = REPRESENTATION_MEASURES[measure].function
    layers = [STACK[:, 0], STACK[:, 1, :, :3]]
    others = [STACK[:2, 2]]
    inside, between = (
        layer_similarity(layers, measure=measure),
        layer_similarity(layers, others, measure),
    )
    for a in range(2):
        for i in range(4):
            for b in range(2):
                for j in range(4):
                    expected = function(layers[a][i], layers[b][j])
                    np.testing.assert_allclose(inside[a, b, i, j], expected, atol=1e-7)
            for j in range(2):
                expected = function(layers[a][i], others[0][j])
                np.testing.assert_allclose(between[a, 0, i, j], expected, atol=1e-7)


def test_the_error_over_networks_covers_that_of_pairs():
    """Networks with a value each, pairs their sum: the error is that of the mean, closed form."""
    value = DRAW.normal(size=12)
    matrix = value[:, None] + value
    found = mean_over_pairs(matrix)
    assert found.value == pytest.approx(2 * value.mean())
    # jackknife of a mean, doubled
    assert found.error == pytest.approx(2 * value.std(ddof=1) / np.sqrt(12))
    assert np.isnan(mean_over_pairs(matrix[:2, :2]).error)


def test_alignment_with_classes_and_with_numbers():
    classes = np.array([3, 3, 9, 9, 9, 7])
    one_hot = (classes[:, None] == np.unique(classes)).astype(float)
    np.testing.assert_allclose(target_alignment(one_hot, classes), 1)
    numbers = DRAW.normal(size=6)
    np.testing.assert_allclose(target_alignment(numbers[:, None], numbers), 1)
    draws = np.stack([STACK[0, 0] for _ in range(2)])
    assert target_alignment(draws, np.arange(25) % 3).shape == (2,)


def test_a_map_of_points_on_a_line_is_that_line():
    """Procrustes distance of representations that differ in size alone is the size's difference."""
    shape = STACK[0, 0] - STACK[0, 0].mean(0)
    sizes = np.array([1.0, 2.0, 4.5, 3.0])
    points, share = network_map(sizes[:, None, None] * shape, "procrustes")
    length = np.linalg.norm(shape)
    # distances below the root of the precision are rounding, see `procrustes_distance`
    apart = np.abs(points[:, None, 0] - points[None, :, 0])
    np.testing.assert_allclose(apart, length * np.abs(sizes[:, None] - sizes), atol=1e-5)
    assert share == pytest.approx(1, abs=1e-6)


def test_what_is_no_metric_has_no_map():
    with pytest.raises(ValueError, match="measure: debiased_cka is no metric"):
        network_map(STACK[:, 0], "debiased_cka")
