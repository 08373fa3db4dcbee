"""Distances and scaling far from the origin, of any type and unit; what is not known is NaN."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxrep.analysis import (
    activation_distances,
    activation_scaling,
    align_over_time,
    centred_similarity,
    classical_scaling,
    inductive_projection,
    matrix_correlation,
    predicted_trace,
    relative_difference,
    rms_distance,
    scaling_eigenvalues,
    similarity_matrix,
    squared_distances,
    typicality,
)

RNG = np.random.default_rng(0)
ITEMS = RNG.normal(size=(6, 4))
SQUARED = ((ITEMS[:, None] - ITEMS[None]) ** 2).sum(-1)
PAIRS = np.triu(np.ones((6, 6), bool), 1)


@pytest.mark.parametrize("offset", [0.0, 1e3, 1e5])
def test_distances_of_items_far_from_the_origin(offset):
    """From activations in float32, whose own rounding is 6e-8 of the offset; host and device."""
    far = (ITEMS + offset).astype(np.float32)
    exact = far.astype(float)
    squared = ((exact[:, None] - exact[None]) ** 2).sum(-1)
    compiled = jax.jit(lambda h: (activation_distances(h), activation_scaling(h, 5)))(far)
    for distances, points in ((activation_distances(far), activation_scaling(far, 5)), compiled):
        np.testing.assert_allclose(distances, squared, atol=1e-5)
        points = np.asarray(points)
        between = ((points[:, None] - points[None]) ** 2).sum(-1)
        np.testing.assert_allclose(between, squared, atol=2e-5)


def test_an_offset_of_a_thousand_in_a_similarity_matrix():
    """float32 took digits that nothing gives back; numpy arrays lose none (.872 came as 1.265)."""
    far = (ITEMS[:, :1] + 1000.0).astype(np.float32)
    exact = far.astype(float)
    squared = (exact - exact.T) ** 2
    wanted = np.sqrt(squared[PAIRS].mean())
    matrix = similarity_matrix(far)
    assert matrix.dtype == np.float64
    np.testing.assert_allclose(squared_distances(matrix), squared, atol=1e-8)
    assert float(rms_distance(matrix, PAIRS)) == pytest.approx(wanted, abs=1e-9)
    values = scaling_eigenvalues(matrix)
    assert (values >= 0).all()
    assert values[0] == pytest.approx(((exact - exact.mean()) ** 2).sum(), rel=1e-9)
    # in single precision: no eigenvalue below 0, and the offset itself drops out
    single = jnp.asarray(matrix, jnp.float32)
    assert (np.asarray(scaling_eigenvalues(single)) >= 0).all()
    near = similarity_matrix(jnp.asarray(ITEMS))
    shifted = squared_distances(near + jnp.float32(1000))
    np.testing.assert_allclose(shifted, SQUARED, atol=1e-3)  # measured 2e-4


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.float16, np.int64, bool])
def test_small_types_do_not_overflow(kind):
    """The diagonal of an int8 layer was -56 for 200."""
    layer = RNG.integers(0, 100, (5, 20)).astype(kind)
    exact = layer.astype(float)
    np.testing.assert_allclose(similarity_matrix(layer), exact @ exact.T)
    np.testing.assert_allclose(jax.jit(similarity_matrix)(layer), exact @ exact.T, rtol=1e-6)
    squared = ((exact[:, None] - exact[None]) ** 2).sum(-1)
    np.testing.assert_allclose(activation_distances(layer), squared)


@settings(max_examples=15, deadline=None)
@given(st.integers(-30, 30), st.booleans(), st.integers(0, 99))
def test_comparisons_do_not_depend_on_units(power, single, seed):
    """Squares of 1e30 and 1e-30 are outside float32."""
    one, other = np.random.default_rng(seed).normal(size=(2, 4, 4))
    scale = 10.0**power
    upper = np.triu_indices(4, 1)
    correlation = np.corrcoef(one[upper], other[upper])[0, 1]
    difference = np.linalg.norm(one - other) / np.linalg.norm(other)
    matrices = [np.asarray(matrix) * scale for matrix in (one, other)]
    if single:
        matrices = [jnp.asarray(matrix) for matrix in matrices]
    limit = 1e-5 if single else 1e-12
    assert float(matrix_correlation(*matrices)) == pytest.approx(correlation, abs=limit)
    assert float(relative_difference(*matrices)) == pytest.approx(difference, rel=limit)


def test_matrices_without_variation_have_no_correlation():
    flat = np.full((4, 4), 0.1)
    assert np.isnan(matrix_correlation(flat, RNG.normal(size=(4, 4))))
    assert np.isnan(matrix_correlation(np.eye(1), np.eye(1)))
    assert np.isnan(relative_difference(np.eye(2), np.zeros((2, 2))))
    unknown = np.eye(4)
    unknown[0, 1] = np.nan
    assert np.isnan(matrix_correlation(unknown, unknown))


def test_what_is_not_finite_stays_unknown_and_changes_no_other():
    batch = np.stack([ITEMS @ ITEMS.T, np.full((6, 6), np.nan), np.full((6, 6), np.inf)])
    for function in (classical_scaling, scaling_eigenvalues):
        with np.errstate(invalid="ignore"):
            found = function(batch)
        np.testing.assert_allclose(found[0], function(batch[0]))
        assert np.isnan(found[1:]).all()
    assert np.isnan(activation_scaling(ITEMS * np.nan)).all()
    movie = np.stack([ITEMS[:, :2], ITEMS[:, :2] * np.nan, -ITEMS[:, :2]])
    turned = align_over_time(movie)
    np.testing.assert_allclose(turned[0], turned[2])
    assert np.isnan(turned[1]).all()


def test_more_dimensions_than_items_are_empty():
    points = classical_scaling(np.array([[2.0, 0.0], [0.0, 2.0]]), 3)
    assert points.shape == (2, 3)
    np.testing.assert_allclose(points[:, 1:], 0, atol=1e-7)
    assert activation_scaling(np.ones((1, 3)), 2).tolist() == [[0, 0]]
    assert np.isnan(rms_distance(np.eye(1), np.ones((1, 1), bool)))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: classical_scaling(np.eye(3), 0), "dimensions: 0 given"),
        (lambda: similarity_matrix(np.array([["a"]])), "hidden: values of type"),
        (lambda: inductive_projection(np.eye(3), 3), "item: 3 is outside 0 .. 2"),
        (lambda: typicality(np.eye(3), -1), "mode: -1 is outside 0 .. 2"),
        (
            lambda: predicted_trace(np.ones(3), np.ones(3), np.ones(3), np.eye(3), 7),
            "item: 7 is outside 0 .. 2",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_matrices_of_other_sizes_are_refused_as_users_run_it():
    """5 x 5 with 6 x 6 gave .065. `__wrapped__`: without the tests' type checker."""
    plain = [getattr(f, "__wrapped__", f) for f in (matrix_correlation, relative_difference)]
    for function in plain:
        with pytest.raises(ValueError, match="other: a matrix of \\(6, 6\\) given for one of"):
            function(np.eye(5), np.eye(6))
    square = getattr(centred_similarity, "__wrapped__", centred_similarity)
    with pytest.raises(ValueError, match="similarity: shape \\(2, 3\\)"):
        square(np.ones((2, 3)))
