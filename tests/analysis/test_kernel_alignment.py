"""HSIC and centred kernel alignment: golden values, by definition, chance, small types, units."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxrep.analysis import (
    alignment_features,
    cka_chance,
    hsic,
    kernel_cka,
    kernel_cka_chance,
    kernel_target_alignment,
    linear_cka,
    linear_hsic,
    linear_kernel,
    minibatch_cka,
    rbf_cka,
    rbf_kernel,
    sampled_cka,
)

from .comparing import FIRST, SECOND, Tensor, plain


def test_golden_values(compared):
    golden, arrays = compared
    x, y = arrays["X"], arrays["Y"]
    found = {
        "cka_linear": linear_cka(x, y),
        "cka_debiased": linear_cka(x, y, debiased=True),
        "cka_debiased_8": linear_cka(x[:8], y[:8], debiased=True),
        "hsic_biased_linear": linear_hsic(x, y),
        "hsic_unbiased": linear_hsic(x, y, unbiased=True),
        "hsic_unbiased_8": hsic(linear_kernel(x[:8]), linear_kernel(y[:8]), unbiased=True),
        "cka_minibatch_10": minibatch_cka(x, y, 10),
        "cka_both": sampled_cka(x, y),
        "null_cka_40": cka_chance(x, y),
        "kta_raw": kernel_target_alignment(x @ x.T, arrays["labels"], centre=False),
        "kta_centred": kernel_target_alignment(x @ x.T, arrays["labels"]),
        "kta_debiased": kernel_target_alignment(x @ x.T, arrays["labels"], debiased=True),
    }
    for width, median in itertools.product((0.5, 1.0), ("pairs", "all")):
        name = f"f{width}_{median}"
        found[f"cka_rbf_{name}"] = rbf_cka(x, y, width, median=median)
        found[f"cka_rbf_debiased_{name}"] = rbf_cka(x, y, width, median=median, debiased=True)
    for name, value in found.items():
        assert float(value) == pytest.approx(golden[name], rel=1e-12), name  # measured 1e-14


def unbiased_by_definition(kernel, other):
    """Mean over four different samples of K_ij L_ij + K_ij L_kl - 2 K_ij L_ik."""
    terms = [
        kernel[i, j] * other[i, j] + kernel[i, j] * other[k, m] - 2 * kernel[i, j] * other[i, k]
        for i, j, k, m in itertools.permutations(range(len(kernel)), 4)
    ]
    return np.mean(terms)


@pytest.mark.parametrize("units", [2, 9])  # fewer than samples, and more: the other product
def test_hsic_by_definition(units):
    rng = np.random.default_rng(units)
    x, y = rng.normal(size=(2, 6, units))
    flat = np.eye(6) - 1 / 6
    kernels = x @ x.T, y @ y.T
    biased = np.trace(kernels[0] @ flat @ kernels[1] @ flat) / 25
    unbiased = unbiased_by_definition(*kernels)
    for inputs in (kernels, (x, y)):
        function = hsic if inputs is kernels else linear_hsic
        assert float(function(*inputs)) == pytest.approx(biased, rel=1e-12)
        assert float(function(*inputs, unbiased=True)) == pytest.approx(unbiased, rel=1e-10)


def test_chance_is_the_mean_over_all_pairings(compared):
    golden, arrays = compared
    x, y = arrays["X"][:6], arrays["Y"][:6]
    orders = [list(order) for order in itertools.permutations(range(6))]
    pairings = np.stack([y[order] for order in orders])
    same = np.broadcast_to(x, (720, *x.shape))
    mean = linear_cka(same, pairings).mean()
    assert float(cka_chance(x, y)) == pytest.approx(mean, rel=1e-12)
    assert float(cka_chance(x, y)) == pytest.approx(golden["null_perm_mean_cka_6"], rel=1e-12)
    assert linear_hsic(same, pairings, unbiased=True).mean() == pytest.approx(0, abs=1e-12)
    kernels = rbf_kernel(x), np.stack([rbf_kernel(rows) for rows in pairings])
    found = kernel_cka(np.broadcast_to(kernels[0], kernels[1].shape), kernels[1]).mean()
    assert float(kernel_cka_chance(kernels[0], kernels[1][0])) == pytest.approx(found, rel=1e-12)


@pytest.mark.parametrize(
    "n, p, q, chance", [(50, 100, 100, 0.667), (500, 50, 50, 0.0909), (40, 500, 500, 0.926)]
)
def test_chance_of_independent_gaussians(n, p, q, chance):
    rng = np.random.default_rng(n)
    x, y = rng.normal(size=(20, n, p)), rng.normal(size=(20, n, q))
    assert linear_cka(x, y).mean() == pytest.approx(chance, abs=0.004)
    assert cka_chance(x, y).mean() == pytest.approx(chance, abs=0.004)
    debiased = linear_cka(x, y, debiased=True)
    assert abs(debiased.mean()) < 4 * debiased.std() / 20**0.5


def test_few_units_of_populations_that_are_alike():
    """200 latents of variance k^-.5 and their noisy copy, seen through 30 random units each."""
    rng = np.random.default_rng(0)
    weights = np.arange(1, 201) ** -0.25
    latents = rng.normal(size=(60, 100, 200)) * weights
    noisy = latents + 0.5 * rng.normal(size=(60, 100, 200)) * weights
    x, y = [values @ rng.normal(size=(60, 200, 30)) for values in (latents, noisy)]
    # of the populations: kernels of all latents, samples without end
    true = np.sum(weights**4) / np.sqrt(np.sum(weights**4) * np.sum((1.25 * weights**2) ** 2))
    found = [
        np.median(f(x, y)) for f in (sampled_cka, lambda a, b: linear_cka(a, b, debiased=True))
    ]
    assert found[0] == pytest.approx(true, abs=0.06) and found[1] < 0.6 * true


def test_host_device_batches_and_tensors_agree():
    wanted = [plain(f)(FIRST, SECOND) for f in (linear_cka, rbf_cka, cka_chance, linear_hsic)]
    pair = jnp.asarray(FIRST, jnp.float32), jnp.asarray(SECOND, jnp.float32)
    for function, value in zip((linear_cka, rbf_cka, cka_chance, linear_hsic), wanted, strict=True):
        assert isinstance(function(FIRST, SECOND), np.ndarray)
        assert function(FIRST, SECOND).dtype == np.float64
        compiled = jax.jit(function)(*pair)
        assert compiled.dtype == jnp.float32
        assert float(compiled) == pytest.approx(float(value), rel=2e-5)
        stacked = [jnp.stack([values, 2 * values]) for values in pair]
        np.testing.assert_allclose(jax.vmap(function)(*stacked), function(*stacked), rtol=1e-5)
        tensors = plain(function)(Tensor(FIRST), Tensor(SECOND))
        assert float(tensors) == pytest.approx(float(value), rel=1e-12)


@settings(max_examples=15, deadline=None)
@given(st.integers(-30, 30), st.sampled_from([0.0, 1e3]), st.booleans())
def test_alignment_in_any_unit_and_far_away(power, offset, debiased):
    """Squares of 1e30 are outside float32, and an offset of 1000 costs only its own digits."""
    scale = np.float32(10.0**power)
    rows = jnp.asarray(FIRST + offset, jnp.float32) * scale
    for function in (linear_cka, rbf_cka):
        wanted = float(function(FIRST, SECOND, debiased=debiased))
        found = function(rows, jnp.asarray(SECOND, jnp.float32), debiased=debiased)
        assert float(found) == pytest.approx(wanted, abs=1e-3 if offset else 3e-6)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 999), st.integers(1, 7), st.integers(1, 7))
def test_alignment_is_symmetric_bounded_and_a_cosine(seed, p, q):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(6, p)), rng.normal(size=(6, q))
    found = linear_cka(x, y)
    assert 0 <= found <= 1 + 1e-12
    assert linear_cka(y, x) == pytest.approx(float(found), abs=1e-12)
    for debiased in (False, True):
        rows = [alignment_features(linear_kernel(v), debiased=debiased) for v in (x, y)]
        np.testing.assert_allclose(
            rows[0] @ rows[1], linear_cka(x, y, debiased=debiased), atol=1e-9
        )


def test_what_has_no_alignment_is_nan():
    flat = np.full((5, 3), 0.1)
    assert np.isnan(linear_cka(flat, FIRST[:5])) and np.isnan(cka_chance(flat, FIRST[:5]))
    assert np.isnan(rbf_cka(flat, FIRST[:5]))
    for bad in (np.nan, np.inf):
        broken = np.stack([FIRST, FIRST])
        broken[0, 3, 2] = bad
        for function in (linear_cka, rbf_cka, cka_chance):
            found = function(broken, np.stack([SECOND, SECOND]))
            assert np.isnan(found[0]) and np.isfinite(found[1])
            assert np.isnan(jax.jit(function)(broken[0], SECOND))


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.float16, bool])
def test_small_types(kind):
    x, y = [np.clip(20 * values, 0, 100).astype(kind) for values in (FIRST, SECOND)]
    wanted = linear_cka(x.astype(float), y.astype(float))
    assert linear_cka(x, y) == pytest.approx(float(wanted), rel=1e-12)


def test_targets_of_two_classes_and_more(compared):
    _, arrays = compared
    x, signs = arrays["X"], arrays["labels"]
    assert kernel_target_alignment(x @ x.T, signs, centre=False) == pytest.approx(
        signs @ x @ x.T @ signs / np.linalg.norm(x @ x.T) / 40
    )
    classes = np.eye(2)[(signs > 0).astype(int)]
    # one-hot and +-1 targets of two classes have the same centred kernel up to a factor
    one, other = [kernel_target_alignment(x @ x.T, t) for t in (signs, classes)]
    assert float(one) == pytest.approx(float(other), rel=1e-12)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: plain(linear_cka)(FIRST, SECOND[:9]), "second: 9 samples given; the same 30"),
        (lambda: linear_cka(FIRST[:3], SECOND[:3], debiased=True), "first: 3 samples given; at"),
        (lambda: plain(hsic)(FIRST, FIRST), "first: shape \\(30, 6\\) given"),
        (lambda: linear_cka(FIRST.astype(str), SECOND), "first: values of type"),
        (lambda: plain(rbf_kernel)(FIRST, 0), "width: 0 given"),
        (lambda: rbf_kernel(FIRST, median="mean"), "median: mean given"),
        (lambda: minibatch_cka(FIRST, SECOND, 3), "size: 3 given; 4 .. 30"),
        (lambda: plain(kernel_target_alignment)(np.eye(4), np.ones(5)), "targets: 5 samples given"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
