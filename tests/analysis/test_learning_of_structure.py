"""Modes, similarity, scaling and beliefs: golden runs of the tutorial and plain definitions."""

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxrep.analysis import semantic, similarity
from jaxrep.analysis.modes import mode_map, transition_steps
from jaxrep.data.hierarchy import Tree
from jaxrep.models.mode_coordinates import singular_modes

pytestmark = pytest.mark.usefixtures("double")


@functools.cache
def run(shared_data, name="main"):
    return dict(np.load(shared_data / "deep_linear" / f"{name}_seed2021.npz"))


TREE = Tree((2, 2, 2), (0.15,) * 3)


def test_golden_transition_steps(shared_data):
    """`modes64[i]` is after update i + 1, so its steps start at 1."""
    wanted = [93.30141597, 115.19805586, 136.68699995, 137.49757094]
    wanted += [184.34653984, 185.63837913, 187.82669358, 189.18492106]
    known = run(shared_data)
    final = singular_modes(known["Y"].astype(float)).strength
    found = transition_steps(np.arange(1, 251), known["modes64"], final)
    np.testing.assert_allclose(found, wanted, atol=2e-3)


def test_a_mode_that_is_not_learned_has_no_step():
    strength = np.array([[0.0, 0.9], [0.4, 0.9], [0.6, 0.9]])
    found = transition_steps(np.array([0, 10, 20]), strength, np.array([1.0, 1.0]))
    np.testing.assert_allclose(found, [15, 0])
    assert np.isnan(transition_steps(np.array([0, 10, 20]), strength, np.array([2.0, 2.0]))).all()
    nothing = transition_steps(np.array([0, 10, 20]), strength, np.array([1.0, 1e-16]))
    assert nothing[0] == 15 and np.isnan(nothing[1])


def test_a_mode_map_keeps_identities_apart():
    rng = np.random.default_rng(0)
    modes = singular_modes(rng.normal(size=(4, 30)))
    strength = np.array([0.1, 5.0, 0.0, 2.0])
    outputs = (modes.v * strength) @ modes.u.T
    np.testing.assert_allclose(mode_map(outputs, modes.u, modes.v), np.diag(strength), atol=1e-12)


@pytest.mark.parametrize(
    "step, top, cousins, siblings",
    [
        (95, 0.075, 0.070, 0.060),
        (110, 1.707, 0.088, 0.069),
        (120, 7.722, 0.271, 0.116),
        (140, 10.151, 9.181, 0.284),
        (170, 10.554, 10.032, 0.837),
        (185, 11.701, 11.233, 7.194),
        (249, 13.493, 13.089, 11.915),
    ],
)
def test_golden_distances_grow_from_the_top_of_the_tree(shared_data, step, top, cousins, siblings):
    matrix = run(shared_data)["rsm64"][step]
    common = TREE.common_level
    found = [float(similarity.rms_distance(matrix, common == level)) for level in range(3)]
    np.testing.assert_allclose(found, [top, cousins, siblings], atol=6e-4)


def test_golden_eigenvalues_of_scaling(shared_data):
    at_120, at_140 = (
        np.asarray(similarity.scaling_eigenvalues(run(shared_data)["rsm64"][step]))
        for step in (120, 140)
    )
    np.testing.assert_allclose(at_120[:3], [119.3, 0.05, 0.04], atol=0.06)
    np.testing.assert_allclose(at_140[:4], [121.8, 87.7, 81.0, 0.01], atol=0.06)


@given(st.integers(2, 7), st.integers(1, 6), st.integers(0, 50))
@settings(max_examples=10, deadline=None)
def test_scaling_recovers_positions(items, units, seed):
    """All distances between rows, from their inner products."""
    hidden = np.random.default_rng(seed).normal(size=(items, units)) + 3
    matrix = similarity.similarity_matrix(hidden)
    squared = ((hidden[:, None] - hidden[None]) ** 2).sum(-1)
    np.testing.assert_allclose(similarity.squared_distances(matrix), squared, atol=1e-9)
    points = np.asarray(similarity.classical_scaling(matrix, items))
    found = ((points[:, None] - points[None]) ** 2).sum(-1)
    np.testing.assert_allclose(found, squared, atol=1e-9)
    np.testing.assert_allclose(points.sum(0), 0, atol=1e-6)


def test_a_movie_of_points_turns_but_does_not_deform():
    rng = np.random.default_rng(1)
    base = rng.normal(size=(6, 2))
    flips = [np.diag(s) for s in ([1, 1], [-1, 1], [1, -1], [-1, -1])]
    movie = np.stack([base @ flip for flip in flips])
    np.testing.assert_allclose(
        similarity.align_over_time(movie), np.stack([movie[-1]] * 4), atol=1e-12
    )


def test_matrices_compared():
    rng = np.random.default_rng(2)
    one, other = (x + x.T for x in rng.normal(size=(2, 5, 5)))
    upper = np.triu_indices(5, 1)
    wanted = np.corrcoef(one[upper], other[upper])[0, 1]
    assert float(similarity.matrix_correlation(one, other)) == pytest.approx(wanted)
    wanted = np.linalg.norm(one - other) / np.linalg.norm(other)
    assert float(similarity.relative_difference(one, other)) == pytest.approx(wanted)


def test_the_final_similarity_is_the_root_of_the_second_moment(shared_data):
    """(Y Y^T)^(1/2); fact sheet: 1.3e-12 relative to the simulation's end."""
    values = run(shared_data)["Y"].astype(float)
    modes = singular_modes(values)
    root = np.asarray(similarity.aligned_similarity(modes.strength, modes.v))
    np.testing.assert_allclose(root @ root, values @ values.T, rtol=1e-10)
    np.testing.assert_allclose(run(shared_data)["rsm64"][-1], root, atol=1e-9)


def haar():
    return TREE.spectrum.eigenvectors


@pytest.mark.parametrize(
    "feature, item, wanted",
    [
        ([-1, 1, 1, 1, -1, -1, -1, -1], 0, [0, -0.25, 0.5, 0, -1]),
        ([1, 1, 1, -1, 1, 1, 1, 1], 3, [0, 0.75, 0.5, 0, -1]),
    ],
)
def test_plateaus_of_the_shark_and_the_parrot(feature, item, wanted):
    """Fact sheet 4.4, in the population's modes: after levels 0, 1, 2 and 3."""
    found = semantic.illusory_plateaus(np.array(feature, float), haar(), item)
    np.testing.assert_allclose(np.asarray(found)[[0, 1, 2, 4, 8]], wanted, atol=1e-12)


def test_the_golden_sharks_belief(shared_data):
    """Minimum -0.2475 at 99, peak 0.5207 at 125, then 0, then the truth."""
    known = run(shared_data, "shark")
    modes = singular_modes(known["Y"].astype(float))
    strength = known["modes64"]  # sorted, which is aligned while they do not cross
    column = known["Y"][:, -1].astype(float)
    trace = np.asarray(semantic.predicted_trace(strength, modes.strength, column, modes.v, 0))
    early = trace[:120]
    assert (early.argmin() + 1, early.min()) == (
        pytest.approx(99, abs=1),
        pytest.approx(-0.2475, abs=2e-3),
    )
    assert trace.max() == pytest.approx(0.5207, abs=2e-3)
    assert trace[-1] == pytest.approx(-1, abs=1e-6)


def test_the_most_misleading_features_are_found_by_search():
    """By definition: the largest plateau of the wrong sign over all pairs."""
    rng = np.random.default_rng(3)
    values = rng.choice([-1.0, 1.0], size=(5, 12))
    modes = singular_modes(values)
    (item, feature), *_ = semantic.most_illusory(values, modes.v, modes.strength, 1, apart=1.0)
    worst = -np.inf
    for i, f in np.ndindex(values.shape):
        rests = np.asarray(semantic.illusory_plateaus(values[:, f], modes.v[:, :5], i))[1:-1]
        worst = max(worst, float((-rests * values[i, f]).max()))
    rests = np.asarray(semantic.illusory_plateaus(values[:, feature], modes.v[:, :5], item))[1:-1]
    assert float((-rests * values[item, feature]).max()) == pytest.approx(worst)


@pytest.mark.parametrize("side, learnable", [(14, False), (60, True)])
def test_categories_are_learnable_from_coherence_one_on(side, learnable):
    """A block in 200 x 300 noise: the first mode finds its items, or does not."""
    rng = np.random.default_rng(4)
    chance = semantic.coherence(0.8, 0.5, side, side, 200, 300)
    assert (chance > 1) == learnable
    overlap = []
    for _ in range(5):
        present = rng.uniform(size=(200, 300)) < 0.5
        present[:side, :side] = rng.uniform(size=(side, side)) < 0.8
        left = np.linalg.svd(present - 0.5)[0][:, 0]
        overlap.append((left[:side].sum() / np.sqrt(side)) ** 2)
    assert (np.mean(overlap) > 0.5) == learnable


def test_coherence_needs_probabilities():
    with pytest.raises(ValueError, match="q = 1"):
        semantic.coherence(0.5, 1.0, 1, 1, 2, 2)


@pytest.mark.parametrize(
    "step, siblings, cousins, others",
    [
        (120, 0.98, 0.98, 0.11),
        (140, 1.0, 0.26, 0.08),
        (170, 1.0, 0.18, 0.07),
        (249, 0.26, 0.10, 0.04),
    ],
)
def test_golden_induction_narrows_with_age(shared_data, step, siblings, cousins, others):
    found = np.asarray(semantic.inductive_projection(run(shared_data)["rsm64"][step], 0))
    level = TREE.common_level[0]
    means = [found[level == k].mean() for k in (2, 1, 0)]
    np.testing.assert_allclose(means, [siblings, cousins, others], atol=0.012)
    assert found[0] == 1


def test_typicality_is_the_items_share_of_the_mode():
    np.testing.assert_array_equal(semantic.typicality(haar(), 1), haar()[:, 1])
