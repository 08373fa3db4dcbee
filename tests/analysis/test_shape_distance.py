"""Shape metrics: golden values, by search over rotations, the triangle inequality, scaling."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxrep.analysis import (
    angular_distance,
    canonical_similarity,
    distance_scaling,
    linear_cka,
    linear_kernel,
    partially_whitened,
    procrustes_distance,
)

from .comparing import FIRST, SECOND, Tensor, plain, rotation


def test_golden_values(compared):
    golden, arrays = compared
    x, y = arrays["X"], arrays["Y"]
    found = {
        "procrustes": procrustes_distance(x, y),
        "shape_angular_alpha1.0": angular_distance(x, y),
        "shape_angular_alpha0.5": angular_distance(x, y, 0.5),
        "shape_angular_alpha0.0_first6": angular_distance(x[:, :6], y, 0.0),
    }
    for name, value in found.items():
        assert float(value) == pytest.approx(golden[name], rel=1e-13), name  # measured 3e-16


@pytest.mark.parametrize("units", [4, 50])  # fewer than samples, and more: another form
def test_procrustes_is_the_least_distance_over_rotations(units):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 12, units))
    flat = [v - v.mean(0) for v in (x, y)]
    left, _, right = np.linalg.svd(flat[0].T @ flat[1])
    best = np.linalg.norm(flat[0] @ left @ right - flat[1])
    assert float(procrustes_distance(x, y)) == pytest.approx(best, rel=1e-10)
    for seed in range(20):
        assert np.linalg.norm(flat[0] @ rotation(units, seed) - flat[1]) >= best
    # Bures: of the kernels alone
    kernels = [linear_kernel(v) for v in (x, y)]
    values, vectors = np.linalg.eigh(kernels[0])
    root = vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T
    inner = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ kernels[1] @ root), 0)).sum()
    bures = np.sqrt(np.trace(kernels[0]) + np.trace(kernels[1]) - 2 * inner)
    assert best == pytest.approx(bures, rel=1e-6)


def test_whitened_wholly_it_is_the_mean_canonical_correlation():
    angle = angular_distance(FIRST[:, :5], SECOND, 0.0)
    wanted = canonical_similarity(FIRST[:, :5], SECOND)
    assert float(np.cos(angle)) == pytest.approx(float(wanted), rel=1e-12)
    white = partially_whitened(FIRST, 0.0)
    np.testing.assert_allclose(white.T @ white, np.eye(6), atol=1e-13)
    double = np.concatenate([FIRST, FIRST], 1)  # half of the directions have no variance
    assert float(angular_distance(double, FIRST, 0.0)) == pytest.approx(0, abs=1e-7)


def violations(distance, triples=300, seed=0):
    """Of the triangle inequality, by more than rounding, among random triples."""
    rng = np.random.default_rng(seed)
    count = 0
    for _ in range(triples):
        sizes = rng.integers(1, 6, 3)
        base = rng.normal(size=(8, 6))
        a, b, c = (
            base @ rng.normal(size=(6, size)) + rng.normal(size=(8, size)) * rng.choice([0.1, 1])
            for size in sizes
        )
        sides = [float(distance(*pair)) for pair in ((a, b), (b, c), (a, c))]
        count += sides[2] > sides[0] + sides[1] + 1e-7
    return count


@pytest.mark.parametrize(
    "distance, metric",
    [
        (procrustes_distance, True),
        (angular_distance, True),
        (lambda x, y: angular_distance(x, y, 0.5), True),
        (lambda x, y: np.arccos(np.clip(linear_cka(x, y), -1, 1)), True),
        (lambda x, y: 1 - linear_cka(x, y), False),
        (lambda x, y: 1 - np.cos(angular_distance(x, y)), False),
        (lambda x, y: procrustes_distance(x, y) ** 2, False),
    ],
)
def test_triangle_inequality(distance, metric):
    assert (violations(distance) == 0) == metric


def test_host_device_batches_and_tensors_agree():
    for function in (procrustes_distance, angular_distance):
        wanted = float(function(FIRST, SECOND))
        single = [jnp.asarray(v, jnp.float32) for v in (FIRST, SECOND)]
        assert float(jax.jit(function)(*single)) == pytest.approx(wanted, rel=1e-5)
        stacked = [jnp.stack([v, 3 * v]) for v in single]
        np.testing.assert_allclose(jax.vmap(function)(*stacked), function(*stacked), rtol=1e-5)
        assert float(plain(function)(Tensor(FIRST), Tensor(SECOND))) == pytest.approx(wanted)
        wide = [np.tile(v, (1, 8)) for v in (FIRST, SECOND)]
        again = float(jax.jit(function)(*(jnp.asarray(v, jnp.float32) for v in wide)))
        assert again == pytest.approx(float(function(*wide)), rel=1e-5)


@settings(max_examples=15, deadline=None)
@given(st.integers(-30, 30), st.integers(0, 99))
def test_in_any_unit(power, seed):
    scale = np.float32(10.0**power)
    pair = [jnp.asarray(v, jnp.float32) * scale for v in (FIRST, SECOND)]
    wanted = float(procrustes_distance(FIRST, SECOND))
    assert float(procrustes_distance(*pair)) / float(scale) == pytest.approx(wanted, rel=1e-4)
    assert float(angular_distance(*pair)) == pytest.approx(
        float(angular_distance(FIRST, SECOND)), rel=1e-4
    )
    turned = FIRST @ rotation(6, seed) + 3
    assert float(procrustes_distance(FIRST, turned)) == pytest.approx(0, abs=1e-6)


def test_scaling_returns_distances_of_points():
    points = FIRST[:7, :3]
    distances = np.linalg.norm(points[:, None] - points[None], axis=-1)
    for scale in (1.0, 1e150):
        found = distance_scaling(scale * distances, 3)
        between = np.linalg.norm(found[:, None] / scale - found[None] / scale, axis=-1)
        np.testing.assert_allclose(between, distances, atol=1e-12)
    assert distance_scaling(np.zeros((3, 3)), 2).tolist() == [[0, 0]] * 3
    assert np.isnan(distance_scaling(distances * np.nan)).all()


def test_what_is_not_known_is_nan():
    broken = np.stack([FIRST, FIRST])
    broken[0, 3, 2] = np.inf
    for function in (procrustes_distance, angular_distance):
        found = function(broken, np.stack([SECOND, SECOND]))
        assert np.isnan(found[0]) and np.isfinite(found[1])
        assert np.isnan(jax.jit(function)(broken[0], SECOND))
    assert np.isnan(angular_distance(FIRST * 0, SECOND))
    assert np.isnan(angular_distance(broken, np.stack([SECOND, SECOND]), 0.5)[0])
    flat = SECOND - SECOND.mean(0)
    assert float(procrustes_distance(FIRST * 0, SECOND)) == pytest.approx(np.linalg.norm(flat))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: plain(procrustes_distance)(FIRST, SECOND[:9]), "second: 9 samples given"),
        (lambda: angular_distance(FIRST, SECOND, 1.5), "alpha: 1.5 is outside 0 .. 1"),
        (lambda: partially_whitened(FIRST.astype("datetime64[s]"), 0.5), "hidden: values of type"),
        (lambda: distance_scaling(np.eye(3), 0), "dimensions: 0 given"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
