"""Independent components and sparse codes: known sources are found again."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.analysis.components import (
    independent_components,
    search_independent_components,
    sparse_dictionary,
)
from jaxrep.analysis.receptive_fields import inverse_participation_ratio
from jaxrep.data import gaussian_process, norta


def test_independent_components_unmix():
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(4, 4))
    samples = rng.uniform(-1, 1, size=(4000, 4)) @ mixing.T
    found = independent_components(samples, 4) @ mixing
    shares = np.abs(found) / np.abs(found).max(1, keepdims=True)
    assert (np.sort(shares, 1)[:, -2] < 0.1).all()  # every filter sees one source
    assert sorted(np.argmax(shares, 1)) == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="components: 5 is outside 1 .. 4 pixels"):
        independent_components(samples, 5)


def test_a_search_says_whether_it_converged():
    """Uniform sources are found in a few steps, Gaussian ones never (they are not there)."""
    rng = np.random.default_rng(0)
    known = search_independent_components(rng.uniform(-1, 1, size=(4000, 4)), 4)
    assert known.converged and known.iterations < 30
    gaussian = search_independent_components(rng.normal(size=(4000, 12)), 12, iterations=20)
    assert not gaussian.converged and gaussian.iterations == 20


def test_heavy_tails_give_local_components_and_gaussian_inputs_do_not():
    """Fact sheet: algebraic k = 3 gives a mean IPR of .69, a Gaussian clone .066."""
    rows = [gaussian_process.covariance_row(40, xi) for xi in (1.0, 3.0)]
    field = jnp.concatenate(
        [gaussian_process.sample_field(jax.random.key(i), 5000, row) for i, row in enumerate(rows)]
    )
    heavy = independent_components(norta.algebraic_quantile(field, 3.0), 40, iterations=60)
    plain = independent_components(field, 40, iterations=10)
    assert np.mean(inverse_participation_ratio(heavy)) > 0.5
    assert np.mean(inverse_participation_ratio(plain)) < 0.15


def test_a_sparse_code_finds_its_atoms():
    rng = np.random.default_rng(1)
    atoms = np.eye(6)
    codes = rng.laplace(size=(2000, 6)) * (rng.random((2000, 6)) < 0.2)
    found = sparse_dictionary(codes @ atoms, 6, price=0.1)
    assert found.shape == (6, 6)
    assert (np.abs(found).max(1) / np.linalg.norm(found, axis=1) > 0.9).all()  # by chance 0.75
