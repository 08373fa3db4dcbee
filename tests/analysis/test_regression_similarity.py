"""Canonical correlations and predictivity: golden values, by definition, chance, small cases."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from jaxrep.analysis import (
    canonical_chance,
    canonical_correlations,
    canonical_similarity,
    cross_validated_predictivity,
    linear_predictivity,
    predictivity_chance,
    pwcca,
    ridge_predictivity,
    svcca,
)

from .comparing import FIRST, SECOND, Tensor, plain

SCALARS = (canonical_similarity, svcca, pwcca, linear_predictivity)


def test_golden_values(compared):
    golden, arrays = compared
    x, y = arrays["X"], arrays["Y"]
    ridge = ridge_predictivity(x[:30], y[:30], x[30:], y[30:], 1.0)
    found = {
        "cca_mean": canonical_similarity(x, y),
        "cca_mean_square": canonical_similarity(x, y, squared=True),
        "svcca_99": svcca(x, y),
        "svcca_90": svcca(x, y, 0.9),
        "pwcca_X": pwcca(x, y),
        "pwcca_Y": pwcca(y, x),
        "linear_r2_XtoY": linear_predictivity(x, y),
        "linear_r2_YtoX": linear_predictivity(y, x),
        "ridge_r2_train30_lam1": ridge.r_squared,
        "ridge_median_r_train30_lam1": ridge.correlation,
    }
    for name, value in found.items():
        assert float(value) == pytest.approx(golden[name], rel=1e-12), name  # measured 1e-15
    np.testing.assert_allclose(canonical_correlations(x, y), golden["cca"], rtol=1e-12)


def test_the_first_canonical_pair_correlates_most():
    found = canonical_correlations(FIRST, SECOND)
    x, y = [v - v.mean(0) for v in (FIRST, SECOND)]
    covariance = [np.linalg.inv(a.T @ a) @ a.T @ b for a, b in ((x, y), (y, x))]
    values = np.sort(np.linalg.eigvals(covariance[0] @ covariance[1]).real)[::-1]
    np.testing.assert_allclose(found**2, values[:5], rtol=1e-10)
    residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    wanted = 1 - (residual**2).sum() / (y**2).sum()
    assert float(linear_predictivity(FIRST, SECOND)) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("n, p, q", [(50, 10, 20), (50, 100, 100), (30, 40, 5)])
def test_chance_of_independent_gaussians(n, p, q):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, n, p)), rng.normal(size=(60, n, q))
    found = canonical_similarity(x, y, squared=True)
    error = found.std() / 60**0.5 + 1e-12
    assert abs(found.mean() - canonical_chance(n, p, q)) < 4 * error
    found = linear_predictivity(x, y)
    error = found.std() / 60**0.5 + 1e-12
    assert abs(found.mean() - predictivity_chance(n, p)) < 4 * error


@pytest.mark.parametrize("penalty", [0.0, 0.3, 30.0])
@pytest.mark.parametrize("units", [3, 40])
def test_ridge_is_scikit_learns(penalty, units):
    rng = np.random.default_rng(units)
    x = rng.normal(size=(25, units)) + 3
    y = x[:, :3] @ rng.normal(size=(3, 4)) + rng.normal(size=(25, 4))
    rows = (x[:18], y[:18], x[18:], y[18:])
    found = ridge_predictivity(*rows, penalty)
    model = Ridge(penalty, solver="svd").fit(*rows[:2])
    predicted = model.predict(rows[2])
    if penalty == 0:  # there scikit-learn keeps a direction that is rounding: the least solution
        means = [part.mean(0) for part in rows[:2]]
        weights = np.linalg.lstsq(rows[0] - means[0], rows[1] - means[1], rcond=1e-10)[0]
        predicted = (rows[2] - means[0]) @ weights + means[1]
    spread = ((rows[3] - rows[3].mean(0)) ** 2).sum()
    wanted = 1 - ((predicted - rows[3]) ** 2).sum() / spread
    assert float(found.r_squared) == pytest.approx(wanted, rel=1e-9)
    each = [np.corrcoef(predicted[:, k], rows[3][:, k])[0, 1] for k in range(4)]
    assert float(found.correlation) == pytest.approx(np.median(each), rel=1e-9)


def test_cross_validation_is_the_folds_put_together():
    found = cross_validated_predictivity(FIRST, SECOND, 0.5, folds=3)
    for way, (x, y) in zip(found, ((FIRST, SECOND), (SECOND, FIRST)), strict=True):
        errors, total = 0.0, 0.0
        for fold in range(3):
            out = np.arange(30) % 3 == fold
            model = Ridge(0.5, solver="svd").fit(x[~out], y[~out])
            errors += ((model.predict(x[out]) - y[out]) ** 2).sum()
            total += ((y[out] - y[out].mean(0)) ** 2).sum()
        assert float(way.r_squared) == pytest.approx(1 - errors / total, rel=1e-9)
    rng = np.random.default_rng(0)
    noise = cross_validated_predictivity(rng.normal(size=(30, 60)), rng.normal(size=(30, 5)))
    assert noise.forward.r_squared < 0.05  # least squares on the same samples say 1


def test_host_device_batches_and_tensors_agree():
    single = [jnp.asarray(v, jnp.float32) for v in (FIRST, SECOND)]
    for function in SCALARS:
        wanted = float(function(FIRST, SECOND))
        assert float(jax.jit(function)(*single)) == pytest.approx(wanted, rel=1e-5)
        stacked = [jnp.stack([v, v[::-1] ** 2]) for v in single]
        np.testing.assert_allclose(jax.vmap(function)(*stacked), function(*stacked), rtol=1e-5)
        assert float(plain(function)(Tensor(FIRST), Tensor(SECOND))) == pytest.approx(wanted)
    wanted = jax.tree.leaves(cross_validated_predictivity(FIRST, SECOND))
    found = jax.tree.leaves(jax.jit(cross_validated_predictivity)(*single))
    np.testing.assert_allclose(found, wanted, rtol=1e-4)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 999), st.integers(1, 5), st.integers(1, 9))
def test_bounds_and_symmetry(seed, p, q):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(10, p)), rng.normal(size=(10, q))
    for function in SCALARS:
        assert 0 <= float(function(x, y)) <= 1 + 1e-12
    for function in (canonical_similarity, svcca):
        assert float(function(x, y)) == pytest.approx(float(function(y, x)), rel=1e-9)
    # many more units than samples: everything is predicted
    wide = rng.normal(size=(10, 30))
    assert float(linear_predictivity(wide, y)) == pytest.approx(1)


def test_units_without_variance_or_repeated():
    double = np.concatenate([FIRST, FIRST[:, :2], np.ones((30, 1))], 1)
    for x in (double, jnp.asarray(double, jnp.float32)):
        limit = {"rel": 1e-9 if x is double else 1e-4}
        for function in (canonical_correlations, linear_predictivity):
            np.testing.assert_allclose(
                np.asarray(function(x, SECOND)), function(FIRST, SECOND), rtol=limit["rel"]
            )
        assert float(linear_predictivity(SECOND, FIRST[:, :1])) < 1
    flat = np.ones((30, 2))
    assert np.isnan(linear_predictivity(FIRST, flat)) and np.isnan(svcca(FIRST, flat))
    assert np.isnan(pwcca(FIRST, flat)) and canonical_similarity(FIRST, flat) == 0
    assert float(linear_predictivity(flat, FIRST)) == 0
    targets = np.concatenate([SECOND, flat], 1)
    found = ridge_predictivity(FIRST[:20], targets[:20], FIRST[20:], targets[20:])
    assert np.isfinite(found).all()


def test_what_is_not_known_is_nan():
    broken = np.stack([FIRST, FIRST])
    broken[0, 3, 2] = np.nan
    both = np.stack([SECOND, SECOND])
    for function in SCALARS:
        for found in (function(broken, both), function(both, broken)):
            assert np.isnan(found[0]) and np.isfinite(found[1])
    found = cross_validated_predictivity(broken, both)
    assert all(np.isnan(leaf[0]) and np.isfinite(leaf[1]) for leaf in jax.tree.leaves(found))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: plain(canonical_similarity)(FIRST, SECOND[:9]), "second: 9 samples given"),
        (lambda: svcca(FIRST, SECOND, 1.5), "variance: 1.5 given"),
        (lambda: cross_validated_predictivity(FIRST, SECOND, folds=16), "folds: 16 given; 2 .. 15"),
        (lambda: cross_validated_predictivity(FIRST, SECOND, -1.0), "penalty: -1.0 given"),
        (lambda: ridge_predictivity(FIRST, SECOND, FIRST, SECOND, -1.0), "penalty: -1.0 given"),
        (
            lambda: plain(ridge_predictivity)(FIRST, SECOND, SECOND, SECOND),
            "first_test: 5 units given; 6",
        ),
        (lambda: pwcca(FIRST.astype(str), SECOND), "first: values of type"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
