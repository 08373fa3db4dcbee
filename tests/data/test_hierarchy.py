"""Trees of items: the tutorial's own data, and the population's spectrum in closed form."""

import hashlib

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxrep.data.hierarchy import Tree, branching_diffusion, sample_tree
from jaxrep.errors import InputError

TUTORIAL = Tree((2, 2, 2), (0.15,) * 3)

levels = st.lists(st.tuples(st.integers(1, 4), st.floats(0, 1)), min_size=1, max_size=4)


def test_the_tutorials_data_bit_for_bit():
    """sha256 and singular values of the fact sheet (data seed 2021)."""
    uniform = np.random.RandomState(2021).uniform(size=(10_000, 15))
    values = np.asarray(branching_diffusion(uniform, TUTORIAL))
    digest = hashlib.sha256(np.ascontiguousarray(values.astype(np.int8)).tobytes()).hexdigest()
    assert digest.startswith("61a35cd5dd3b6be8")
    assert values.sum() == 696
    assert values.sum(1).tolist() == [106, 184, -58, 74, -38, 122, 98, 208]


@pytest.mark.parametrize(
    "tree, eigenvalues",
    [
        (TUTORIAL, [2.440796, 1.499604, 1.0098, 1.0098] + [0.51] * 4),
        (Tree((3, 3), (0.1, 0.1)), [4.7376, 1.0512, 1.0512] + [0.36] * 6),
        (Tree((2, 4), (0.2, 0.05)), [4.5964, 2.2636] + [0.19] * 6),
        (
            Tree((2, 2, 2, 2), (0.15,) * 4),
            [2.902, 1.9796, 1.4996, 1.4996] + [1.0098] * 4 + [0.51] * 8,
        ),
        (Tree((2, 2, 2), (0.5,) * 3), [1.0] * 8),
        (Tree((2, 2, 2), (0.0,) * 3), [8.0] + [0.0] * 7),
    ],
)
def test_spectra_of_the_fact_sheet(tree, eigenvalues):
    np.testing.assert_allclose(tree.spectrum.eigenvalues, eigenvalues, atol=5e-5)


@given(levels)
@settings(max_examples=60, deadline=None)
def test_the_closed_form_diagonalises_the_correlation(levels):
    tree = Tree(tuple(b for b, _ in levels), tuple(p for _, p in levels))
    spectrum, correlation = tree.spectrum, tree.correlation
    np.testing.assert_allclose(
        spectrum.eigenvectors.T @ spectrum.eigenvectors, np.eye(tree.items), atol=1e-12
    )
    rebuilt = (spectrum.eigenvectors * spectrum.eigenvalues) @ spectrum.eigenvectors.T
    np.testing.assert_allclose(rebuilt, correlation, atol=1e-12 * tree.items)
    assert (np.diff(spectrum.eigenvalues) <= 1e-12).all()
    np.testing.assert_allclose(np.diagonal(correlation), 1)


def test_correlations_follow_from_paths():
    """By definition: every node on the two paths that is not shared flips independently."""
    tree = Tree((2, 3), (0.1, 0.3))
    wanted = np.empty((6, 6))
    for i, j in np.ndindex(6, 6):
        different = (tree.ancestry[i] != tree.ancestry[j]).nonzero()[0]
        wanted[i, j] = np.prod([1 - 2 * tree.flip[tree.node_level[n] - 1] for n in different])
    np.testing.assert_allclose(tree.correlation, wanted, atol=1e-15)


@pytest.mark.parametrize("tree", [TUTORIAL, Tree((3, 2), (0.3, 0.05))])
def test_samples_have_the_populations_correlation(tree):
    """Within 4.5 standard errors, 1 / sqrt(N) at most, over all pairs; mean 0."""
    count = 40_000
    values = np.asarray(sample_tree(jax.random.key(3), tree, count), float)
    assert set(np.unique(values)) == {-1.0, 1.0}
    error = np.abs(values @ values.T / count - tree.correlation)
    assert error.max() < 4.5 / np.sqrt(count)
    assert np.abs(values.mean(1)).max() < 4.5 / np.sqrt(count)


@pytest.mark.parametrize(
    "branching, flip, message",
    [
        ((), (), "branching: \\[\\]"),
        ((2, 0), (0.1, 0.1), "branching: \\[2, 0\\]"),
        ((2, 2), (0.1,), "flip: .* for 2 levels"),
        ((2,), (1.5,), "outside \\[0, 1\\]"),
    ],
)
def test_impossible_trees(branching, flip, message):
    with pytest.raises(InputError, match=message):
        Tree(branching, flip)
