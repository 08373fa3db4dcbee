"""Mode coordinates: an exact change of basis, with as few rows as the weights need."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxrep.models.deep_network import DeepNetwork
from jaxrep.models.mode_coordinates import (
    compress_outputs,
    draw_outputs,
    expand_outputs,
    gram_factor,
    kept_rows,
    output_basis,
    singular_modes,
    solve_factor,
)

sizes = st.tuples(st.integers(1, 7), st.integers(1, 60), st.integers(1, 6), st.integers(0, 99))


@given(sizes)
@settings(max_examples=40, deadline=None)
def test_modes_rebuild_the_table(size):
    items, features, _, seed = size
    values = np.random.default_rng(seed).normal(size=(items, features))
    u, strength, v = singular_modes(values)
    rank = min(items, features)
    assert u.shape == (features, rank) and v.shape == (items, items)
    np.testing.assert_allclose((v[:, :rank] * strength) @ u.T, values, atol=1e-12)
    np.testing.assert_allclose(v.T @ v, np.eye(items), atol=1e-12)
    assert (v.sum(0) > -1e-6).all()


@pytest.mark.parametrize("size", [(4, 60, 3, 0), (3, 9, 4, 4), (7, 7, 6, 1), (5, 3, 4, 2)])
def test_compressed_outputs_are_an_isometry(size, double):
    """Inner products of columns, modes, and the traced rows survive; short and whole bases."""
    items, features, width, seed = size
    rng = np.random.default_rng(seed)
    u = singular_modes(rng.normal(size=(items, features))).u
    last, traced = rng.normal(size=(width, features)), [0, features - 1]
    basis = output_basis(u, traced, width)
    known = basis.shape[1]
    np.testing.assert_allclose(basis.T @ basis, np.eye(known), atol=1e-12)
    rows = np.asarray(compress_outputs(last, basis))
    assert rows.shape[1] == kept_rows(features, known, width) and (known < features) == (items == 4)
    np.testing.assert_allclose(rows[:, : u.shape[1]], last @ u, atol=1e-11)
    np.testing.assert_allclose(rows @ rows.T, last @ last.T, atol=1e-9)
    np.testing.assert_allclose(rows[:, :known] @ basis[traced].T, last[:, traced], atol=1e-11)


def test_expanding_turns_the_same_weights_back(double):
    rng = np.random.default_rng(0)
    basis = output_basis(singular_modes(rng.normal(size=(3, 50))).u, [4], 5)
    rows = draw_outputs(jax.random.key(0), 50, basis.shape[1], 5)
    last = expand_outputs(jax.random.key(1), rows, basis)
    assert last.shape == (5, 50) and rows.shape == (5, 9)
    np.testing.assert_allclose(compress_outputs(last, basis), rows, atol=1e-12)


def test_drawn_rows_are_those_of_a_normal_array(double):
    """Mean and variance of the Gram matrix of 50 x 3 normal numbers: n, 2n and 0, n.

    4,000 draws; within 5 standard errors (of the variance: sqrt(2 / 4000) of it, times 2).
    """
    count, features, width = 4000, 50, 3
    keys = jax.random.split(jax.random.key(2), count)
    rows = jax.vmap(lambda key: draw_outputs(key, features, 2, width))(keys)
    gram = np.einsum("sji,ski->sjk", rows, rows)
    variance = features * (1 + np.eye(width))
    error = 5 * np.sqrt(variance / count)
    assert (np.abs(gram.mean(0) - features * np.eye(width)) < error).all()
    assert (np.abs(gram.var(0) / variance - 1) < 5 * 2 * np.sqrt(2 / count)).all()


def test_factors_against_lapack(double):
    rows = np.random.default_rng(0).normal(size=(50, 6))
    factor = np.asarray(gram_factor(rows.T @ rows))
    np.testing.assert_allclose(factor, np.linalg.cholesky(rows.T @ rows).T, atol=1e-12)
    np.testing.assert_allclose(solve_factor(factor, rows), rows @ np.linalg.inv(factor), atol=1e-12)


def test_dependent_columns_have_zero_rows(double):
    columns = np.array([[1.0, 2.0, 0.0], [1.0, 2.0, 1.0]])
    factor = np.asarray(gram_factor(columns.T @ columns))
    np.testing.assert_allclose(factor.T @ factor, columns.T @ columns, atol=1e-12)
    assert np.isfinite(np.asarray(solve_factor(factor, columns))).all()


@pytest.mark.parametrize("activation", ["linear", "relu", "tanh"])
def test_the_network_is_the_product_of_its_layers(activation):
    network = DeepNetwork((4, 3, 5, 6), activation)
    inputs = np.eye(4, dtype=np.float32)
    params = network.init(jax.random.key(0), inputs)["params"]
    hidden, outputs = network.apply({"params": params}, inputs)
    f = {"linear": lambda x: x, "relu": lambda x: np.maximum(x, 0), "tanh": np.tanh}[activation]
    w1, w2, w3 = (np.asarray(params[name]) for name in ("W1", "W2", "W3"))
    np.testing.assert_allclose(outputs, f(f(w1) @ w2) @ w3, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(hidden[0], f(w1), rtol=1e-6)
    assert [h.shape for h in hidden] == [(4, 3), (4, 5)]


def test_initial_weights_have_the_tutorials_variance():
    params = DeepNetwork((8, 30, 10_000)).init(jax.random.key(1), np.eye(8))["params"]
    assert np.asarray(params["W2"]).std() == pytest.approx(10_030**-0.5, rel=0.01)
    assert np.asarray(params["W1"]).std() == pytest.approx(38**-0.5, rel=0.15)
