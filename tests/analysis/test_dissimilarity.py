"""Dissimilarities and their comparison: golden values, by definition, ceilings, errors."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxrep.analysis import (
    DISSIMILARITY_COMPARISONS,
    bootstrap_comparison,
    compare_dissimilarities,
    correlation_dissimilarity,
    crossnobis_dissimilarity,
    dissimilarity_matrix,
    linear_cka,
    noise_ceiling,
    squared_euclidean_dissimilarity,
)

from .comparing import FIRST, SECOND, Tensor, plain

ONE, OTHER = (squared_euclidean_dissimilarity(values[:9]) for values in (FIRST, SECOND))
PUBLISHED = {"cosine": "cosine", "corr": "pearson", "spearman": "spearman", "tau-a": "tau_a"}


def test_golden_values(compared):
    golden, arrays = compared
    x, y = arrays["X"][:12], arrays["Y"][:12]
    one, other = squared_euclidean_dissimilarity(x), squared_euclidean_dissimilarity(y)
    correlated = correlation_dissimilarity(x), correlation_dissimilarity(y)
    folds, precision = arrays["folds"], arrays["precision"]
    found = {
        "rsa_whitened_cosine": compare_dissimilarities(one, other, "whitened_cosine"),
        "rsa_corr_rdm_spearman": compare_dissimilarities(*correlated, "spearman"),
        "tau_a_ties": compare_dissimilarities(arrays["ties"], other, "tau_a"),
        "crossnobis_id_mean": crossnobis_dissimilarity(folds).mean(),
        "crossnobis_prec_mean": crossnobis_dissimilarity(folds, precision).mean(),
    }
    for name, comparison in PUBLISHED.items():
        found[f"rsa_sqeuclid_{name}"] = compare_dissimilarities(one, other, comparison)
        ceiling = noise_ceiling(arrays["subjects"], comparison)
        found[f"ceiling_low_{name}"], found[f"ceiling_up_{name}"] = ceiling
    for name, value in found.items():
        assert float(value) == pytest.approx(golden[name], rel=1e-13), name  # measured 2e-16
    np.testing.assert_allclose(crossnobis_dissimilarity(folds), arrays["crossnobis"], atol=1e-13)
    found = crossnobis_dissimilarity(folds, precision)
    np.testing.assert_allclose(found, arrays["crossnobis_precision"], atol=1e-13)


def test_dissimilarities_by_definition():
    pairs = list(itertools.combinations(range(9), 2))
    rows = FIRST[:9]
    squared = [((rows[i] - rows[j]) ** 2).mean() for i, j in pairs]
    np.testing.assert_allclose(ONE, squared, rtol=1e-12)
    apart = [1 - np.corrcoef(rows[i], rows[j])[0, 1] for i, j in pairs]
    np.testing.assert_allclose(correlation_dissimilarity(rows), apart, atol=1e-14)
    square = dissimilarity_matrix(ONE)
    assert [square[i, j] for i, j in pairs] == ONE.tolist()
    assert np.array_equal(square, square.T)


def test_crossnobis_is_unbiased_where_the_mean_of_folds_is_not():
    rng = np.random.default_rng(0)
    truth = squared_euclidean_dissimilarity(FIRST[:5])
    folds = FIRST[:5] + 2 * rng.normal(size=(2000, 3, 5, 6))
    found = crossnobis_dissimilarity(folds)
    error = found.std(0) / 2000**0.5
    assert (np.abs(found.mean(0) - truth) < 4 * error).all()
    naive = squared_euclidean_dissimilarity(folds.mean(1)).mean(0)
    np.testing.assert_allclose(naive - truth, 2 * 4 / 3, rtol=0.1)


def test_comparisons_by_definition():
    contrasts = np.stack(
        [np.eye(9)[i] - np.eye(9)[j] for i, j in itertools.combinations(range(9), 2)]
    )
    inverse = np.linalg.inv((contrasts @ contrasts.T) ** 2)
    rng = np.random.default_rng(1)
    for a, b in [(ONE, OTHER), rng.normal(size=(2, 36)), rng.integers(0, 4, (2, 36)).astype(float)]:
        whitened = a @ inverse @ b / np.sqrt((a @ inverse @ a) * (b @ inverse @ b))
        signs = [np.sign(v[:, None] - v[None]) for v in (a, b)]
        wanted = {
            "cosine": a @ b / np.linalg.norm(a) / np.linalg.norm(b),
            "pearson": np.corrcoef(a, b)[0, 1],
            "spearman": scipy.stats.spearmanr(a, b)[0],
            "tau_a": (signs[0] * signs[1]).sum() / (36 * 35),
            "whitened_cosine": whitened,
        }
        for name in DISSIMILARITY_COMPARISONS:
            assert float(compare_dissimilarities(a, b, name)) == pytest.approx(wanted[name])
    found = compare_dissimilarities(ONE, OTHER, "whitened_cosine")
    assert float(found) == pytest.approx(float(linear_cka(FIRST[:9], SECOND[:9])), rel=1e-12)


@pytest.mark.parametrize("comparison", DISSIMILARITY_COMPARISONS)
def test_host_device_batches_and_tensors_agree(comparison):
    wanted = float(compare_dissimilarities(ONE, OTHER, comparison))
    single = [jnp.asarray(values, jnp.float32) for values in (ONE, OTHER)]

    def compare(a, b):
        return compare_dissimilarities(a, b, comparison)

    assert float(jax.jit(compare)(*single)) == pytest.approx(wanted, abs=1e-5)
    stacked = [jnp.stack([values, values[::-1]]) for values in single]
    np.testing.assert_allclose(jax.vmap(compare)(*stacked), compare(*stacked), rtol=1e-5)
    tensors = plain(compare_dissimilarities)(Tensor(ONE), Tensor(OTHER), comparison)
    assert float(tensors) == pytest.approx(wanted)
    seeds = np.stack([ONE, OTHER, ONE + OTHER])
    for mine, theirs in zip(
        noise_ceiling(seeds, comparison),
        jax.jit(lambda s: noise_ceiling(s, comparison))(seeds.astype(np.float32)),
        strict=True,
    ):
        assert float(mine) == pytest.approx(float(theirs), abs=1e-5)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(DISSIMILARITY_COMPARISONS), st.integers(0, 999), st.integers(-30, 30))
def test_comparisons_do_not_depend_on_units_or_order_of_items(comparison, seed, power):
    rng = np.random.default_rng(seed)
    one, other = rng.uniform(0.1, 1, (2, 10)).astype(np.float32)
    found = float(compare_dissimilarities(one, other, comparison))
    assert -1 - 1e-12 <= found <= 1 + 1e-12
    assert float(compare_dissimilarities(other, one, comparison)) == pytest.approx(found)
    scaled = jnp.asarray(one) * np.float32(10.0**power)
    again = compare_dissimilarities(scaled, jnp.asarray(other), comparison)
    assert float(again) == pytest.approx(found, abs=1e-5)
    order = rng.permutation(5)
    moved = [
        dissimilarity_matrix(values)[np.ix_(order, order)][np.triu_indices(5, 1)]
        for values in (one, other)
    ]
    assert float(compare_dissimilarities(*moved, comparison)) == pytest.approx(found, abs=1e-6)


@pytest.mark.parametrize("comparison", DISSIMILARITY_COMPARISONS)
def test_ceilings_enclose_and_unknown_values_stay_unknown(comparison, compared):
    subjects = compared[1]["subjects"]
    lower, upper = noise_ceiling(subjects, comparison)
    assert lower < upper
    broken = np.stack([ONE, ONE])
    broken[0, 3] = np.nan
    found = compare_dissimilarities(broken, np.stack([OTHER, OTHER]), comparison)
    assert np.isnan(found[0]) and np.isfinite(found[1])
    assert np.isnan(compare_dissimilarities(ONE[:1] * np.nan, OTHER[:1], "pearson"))
    assert np.isnan(compare_dissimilarities(ONE * 0 + 0.1, OTHER, "pearson"))
    dead = np.stack([FIRST[0], FIRST[0] * 0])
    assert np.isnan(correlation_dissimilarity(dead)).all()


def test_errors_by_drawing_items_and_seeds():
    """Against the spread over new items and new networks."""

    def comparison(items, times, seed):
        rng = np.random.default_rng(seed)
        truth = rng.normal(size=(items, 8))
        seeds = truth + 0.7 * rng.normal(size=(times, items, 8))
        pairs = squared_euclidean_dissimilarity(seeds)
        return pairs, squared_euclidean_dissimilarity(truth + 0.5 * rng.normal(size=truth.shape))

    values, errors = [], []
    for seed in range(200):
        pairs, model = comparison(16, 5, seed)
        values.append(compare_dissimilarities(pairs, model[None], "pearson").mean())
        if seed < 20:
            found = bootstrap_comparison(pairs, model, "pearson", draws=40, seed=seed)
            errors.append(found.error)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.25)  # measured .086 of .082
    pairs, model = comparison(16, 5, 99)
    parts = [bootstrap_comparison(pairs, model, draws=20, over=o).error for o in ("items", "seeds")]
    assert all(part > 0 for part in parts)
    again = [bootstrap_comparison(pairs, model, draws=5, seed=2).error for _ in range(2)]
    assert again[0] == again[1]


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: compare_dissimilarities(ONE, OTHER, "tau_b"), "comparison: tau_b given; cosine"),
        (lambda: plain(compare_dissimilarities)(ONE, OTHER[:3]), "second: 3 pairs given for 36"),
        (lambda: dissimilarity_matrix(ONE[:5]), "pairs: 5 given"),
        (lambda: noise_ceiling(ONE[None]), "seeds: shape \\(1, 36\\)"),
        (lambda: crossnobis_dissimilarity(FIRST[None]), "folds: shape \\(1, 30, 6\\)"),
        (
            lambda: plain(crossnobis_dissimilarity)(np.stack([FIRST, FIRST]), np.eye(2)),
            "precision: shape \\(2, 2\\) given for 6 units",
        ),
        (lambda: squared_euclidean_dissimilarity(FIRST[:1]), "hidden: 1 samples given"),
        (lambda: correlation_dissimilarity(FIRST.astype(str)), "hidden: values of type"),
        (lambda: bootstrap_comparison(ONE[None], OTHER, "whitened_cosine"), "comparison: whitened"),
        (lambda: bootstrap_comparison(ONE[None], OTHER, over="pairs"), "over: pairs given"),
        (lambda: bootstrap_comparison(ONE[None], OTHER, draws=1), "draws: 1 given"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
