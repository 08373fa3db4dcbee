"""Gaussian features on graphs: closed-form spectra against the inverse of the precision."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxrep.data.graph_fields import (
    chain_field,
    cluster_field,
    grid_field,
    ring_field,
    sample_graph_field,
)
from jaxrep.errors import InputError

EIGHT = {
    "ring": (ring_field(8), [25, 1.598, 1.598, 0.490, 0.490, 0.290, 0.290, 0.248]),
    "chain": (chain_field(8), [25, 5.202, 1.598, 0.785, 0.490, 0.356, 0.290, 0.257]),
    "clusters": (cluster_field(2, 4), [25, 25] + [0.2475] * 6),
    "grid": (grid_field(2, 4), [25, 1.598, 0.490, 0.490, 0.381, 0.290, 0.248, 0.183]),
}


@pytest.mark.parametrize("name", EIGHT)
def test_spectra_of_the_fact_sheet(name):
    field, wanted = EIGHT[name]
    np.testing.assert_allclose(field.spectrum.eigenvalues, wanted, atol=5e-4)


@given(
    st.one_of(
        st.builds(ring_field, st.integers(3, 12), st.floats(0.1, 50)),
        st.builds(chain_field, st.integers(1, 12), st.floats(0.1, 50)),
        st.builds(cluster_field, st.integers(1, 4), st.integers(1, 5), st.floats(0.1, 50)),
        st.builds(grid_field, st.integers(1, 4), st.integers(1, 5), st.floats(0.1, 50)),
    )
)
@settings(max_examples=80, deadline=None)
def test_the_closed_form_inverts_the_precision(field):
    items = len(field.laplacian)
    vectors = field.spectrum.eigenvectors
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(items), atol=1e-12)
    np.testing.assert_allclose(field.laplacian.sum(1), 0, atol=1e-12)
    variance = field.spectrum.eigenvalues.max()
    precision = field.laplacian + np.eye(items) / variance
    np.testing.assert_allclose(field.covariance @ precision, np.eye(items), atol=1e-10)


@pytest.mark.parametrize("name", EIGHT)
def test_samples_have_the_covariance(name):
    """Within 4.5 standard errors sqrt((C_ii C_jj + C_ij^2) / N) of a Gaussian's covariance."""
    field, count = EIGHT[name][0], 40_000
    values = np.asarray(sample_graph_field(jax.random.key(1), field, count), float)
    c = field.covariance
    error = np.sqrt((np.outer(np.diagonal(c), np.diagonal(c)) + c**2) / count)
    assert (np.abs(values @ values.T / count - c) < 4.5 * error).all()


def test_neighbours_on_a_grid():
    """Item (1, 1) of a 3 x 3 lattice has four neighbours: 1, 3, 5, 7."""
    np.testing.assert_array_equal(grid_field(3, 3).laplacian[4], [0, -1, 0, -1, 4, -1, 0, -1, 0])


@pytest.mark.parametrize(
    "make", [lambda: ring_field(2), lambda: chain_field(0), lambda: grid_field(2, 2, 0.0)]
)
def test_impossible_graphs(make):
    with pytest.raises(InputError, match="items|variance"):
        make()
