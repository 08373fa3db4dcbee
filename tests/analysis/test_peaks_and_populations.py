"""Peaks over training, and what groups of units contribute: by definition, in plain loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxrep.analysis.peaks import (
    chance_distances,
    peak_agreement,
    peak_among_top,
    peak_distance,
    top_overlap,
)
from jaxrep.analysis.populations import (
    accuracy_at,
    area_under_curve,
    best_threshold,
    class_densities,
    kept_scores,
)


def test_peaks_by_definition():
    fields = np.random.default_rng(0).normal(size=(3, 4, 9))
    inside, overlap = peak_among_top(fields, 2), top_overlap(fields, 2)
    for unit in range(3):
        final = set(np.argsort(-np.abs(fields[unit, -1]))[:2].tolist())
        for step in range(4):
            top = set(np.argsort(-np.abs(fields[unit, step]))[:2].tolist())
            assert bool(inside[unit, step]) == (np.argmax(np.abs(fields[unit, -1])) in top)
            assert float(overlap[unit, step]) == pytest.approx(len(top & final) / 2)
    assert np.asarray(inside)[:, -1].all() and (np.asarray(overlap)[:, -1] == 1).all()
    with pytest.raises(ValueError, match="top: 10 is outside 1 .. 9"):
        top_overlap(fields, 10)


scores_and_classes = st.lists(
    st.tuples(st.integers(-4, 4), st.booleans()), min_size=2, max_size=25
).filter(lambda rows: len({c for _, c in rows}) == 2)


@settings(deadline=None, max_examples=25)
@given(scores_and_classes)
def test_area_and_threshold_by_brute_force(rows):
    """Small whole numbers, so that ties are frequent; padded to one shape to compile once."""
    pad = 25 - len(rows)
    rows = rows + [rows[0]] * pad
    scores = np.array([s for s, _ in rows], np.float32)
    positive = np.array([c for _, c in rows])
    pairs = [(a > b) + 0.5 * (a == b) for a in scores[positive] for b in scores[~positive]]
    assert float(area_under_curve(scores, positive)) == pytest.approx(np.mean(pairs), abs=1e-5)
    cuts = np.arange(-5, 6) + 0.5
    wanted = max(((scores > cut) == positive).mean() for cut in cuts)
    found = best_threshold(scores, positive)
    assert float(found.accuracy) == pytest.approx(wanted, abs=1e-6)
    reached = accuracy_at(scores, positive, found.threshold)
    assert float(reached) == pytest.approx(float(found.accuracy), abs=1e-6)


def test_scores_of_pruned_networks():
    contributions = np.random.default_rng(1).normal(size=(6, 4))
    order = np.array([2, 0, 3, 1])
    found = kept_scores(contributions, order)
    for kept in range(4):
        wanted = contributions[:, order[: kept + 1]].sum(1)
        np.testing.assert_allclose(found[kept], wanted, atol=1e-6)


def test_densities_by_class():
    values = np.array([[0.1, 9.0], [0.2, 9.0], [0.9, 9.0], [5.0, 9.0]])
    classes, edges = np.array([0, 0, 1, 1]), np.array([0.0, 0.5, 1.0])
    found = class_densities(values, classes, np.array([True, False]), edges)
    np.testing.assert_allclose(found, [[2, 0], [0, 1]])  # half of class 1 is outside
    assert np.isnan(class_densities(values, classes, np.zeros(2, bool), edges)).all()


def test_chance_of_peaks_by_brute_force():
    """All pairs of places, on a ring and on a torus; the binomial tail against a simulation."""
    for shape in ((7,), (10,), (3, 4)):
        places = np.eye(np.prod(shape))
        every = [[int(peak_distance(a, b, shape)) for a in places] for b in places]
        for row in every:
            assert sorted(row) == sorted(chance_distances(shape))
    found = peak_agreement(np.array([0, 1, 7, 9]), (40,))
    assert (found.distance, found.by_chance, found.within) == (4, 10, 0.5)
    draws = np.random.default_rng(0).choice(chance_distances((40,)), (20_000, 4))
    simulated = ((draws <= 2).sum(1) >= 2).mean()
    assert abs(found.probability - simulated) < 0.01
    with pytest.raises(ValueError, match="^distances: none"):
        peak_agreement(np.array([], int), (40,))
