"""Matching of units and of neighbourhoods: golden values, all permutations, linear programs."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxrep.analysis import (
    matching,
    neighbour_overlap,
    neighbour_overlap_chance,
    permutation_distance,
    permutation_matching,
    silent_units,
    soft_matching_correlation,
    soft_matching_distance,
)

from .comparing import FIRST, SECOND, Tensor, plain
from .test_shape_distance import violations


def unit_length(values):
    flat = values - values.mean(0)
    return flat / np.linalg.norm(flat, axis=0)


def test_golden_values(compared):
    golden, arrays = compared
    x, y, z = arrays["X"], arrays["Y"], arrays["Z"]
    found = {
        "permutation_angular_netrep": permutation_distance(x, y),
        "softmatch_raw": soft_matching_distance(x, y),
        "softmatch_unit": soft_matching_distance(unit_length(x), unit_length(y)),
        "softmatch_corr": soft_matching_correlation(x, y),
        "softmatch_equal_sizes": soft_matching_distance(x, z),
        "mknn_cos_k5": neighbour_overlap(x, y, 5),
        "mknn_euc_k5": neighbour_overlap(x, y, 5, metric="euclidean"),
        "mknn_null_k5": neighbour_overlap_chance(40, 5),
    }
    for name, value in found.items():
        assert float(value) == pytest.approx(golden[name], rel=1e-13), name  # measured 2e-16


def test_as_many_units_are_matched_one_to_one():
    x, y = np.random.default_rng(0).normal(size=(2, 12, 5))
    orders = [list(order) for order in itertools.permutations(range(5))]
    best = min(((x - y[:, order]) ** 2).sum() / 5 for order in orders)
    assert float(soft_matching_distance(x, y)) == pytest.approx(best**0.5, rel=1e-12)
    one, other = unit_length(x), unit_length(y)
    most = max((one * other[:, order]).sum() / 5 for order in orders)
    assert float(soft_matching_correlation(x, y)) == pytest.approx(most, rel=1e-12)
    found = permutation_matching(x, y)
    assert found.correlation.mean() == pytest.approx(most, rel=1e-12)
    np.testing.assert_allclose(
        (one[:, found.first] * other[:, found.second]).sum(0), found.correlation
    )


@pytest.mark.parametrize("p, q", [(4, 6), (5, 7), (1, 3)])
def test_repetition_and_linear_program_agree(p, q, monkeypatch):
    x, y = [np.random.default_rng(p).normal(size=(20, units)) for units in (p, q)]
    repeated = soft_matching_distance(x, y), soft_matching_correlation(x, y)
    monkeypatch.setattr(matching, "REPEATED", 0)
    for before, function in zip(
        repeated, (soft_matching_distance, soft_matching_correlation), strict=True
    ):
        assert float(function(x, y)) == pytest.approx(float(before), rel=1e-9)


def test_soft_matching_is_a_metric():
    assert violations(soft_matching_distance, 200) == 0


def test_neighbours_by_definition_and_by_chance():
    for metric in ("cosine", "euclidean"):
        sets = []
        for values in (FIRST, SECOND):
            unit = values / np.linalg.norm(values, axis=1, keepdims=True)
            apart = -unit @ unit.T
            if metric == "euclidean":
                apart = np.linalg.norm(values[:, None] - values[None], axis=-1)
            np.fill_diagonal(apart, np.inf)
            sets.append([set(row[:4]) for row in apart.argsort(1)])
        wanted = np.mean([len(a & b) / 4 for a, b in zip(*sets, strict=True)])
        assert float(neighbour_overlap(FIRST, SECOND, 4, metric=metric)) == pytest.approx(wanted)
    rng = np.random.default_rng(0)
    shuffled = np.stack([SECOND[rng.permutation(30)] for _ in range(400)])
    found = neighbour_overlap(np.broadcast_to(FIRST, (400, 30, 6)), shuffled, 4)
    error = found.std() / 20
    assert abs(found.mean() - neighbour_overlap_chance(30, 4)) < 4 * error


def test_host_device_batches_and_tensors_agree():
    wanted = float(neighbour_overlap(FIRST, SECOND, 4))

    def overlap(x, y):
        return neighbour_overlap(x, y, 4)

    single = [jnp.asarray(v, jnp.float32) for v in (FIRST, SECOND)]
    assert float(jax.jit(overlap)(*single)) == pytest.approx(wanted)
    stacked = [jnp.stack([v, v[::-1]]) for v in single]
    np.testing.assert_allclose(jax.vmap(overlap)(*stacked), overlap(*stacked))
    for function in (soft_matching_distance, soft_matching_correlation, permutation_distance):
        value = float(function(FIRST, SECOND))
        assert float(function(*single)) == pytest.approx(value, rel=1e-6)
        assert float(plain(function)(Tensor(FIRST), Tensor(SECOND))) == pytest.approx(value)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 999), st.integers(-100, 100))
def test_in_any_unit_and_order(seed, power):
    rng = np.random.default_rng(seed)
    scale = 10.0**power
    x, y = FIRST[:, rng.permutation(6)] * scale, SECOND * scale
    wanted = float(soft_matching_distance(FIRST, SECOND))
    assert float(soft_matching_distance(x, y)) / scale == pytest.approx(wanted, rel=1e-9)
    for function in (soft_matching_correlation, permutation_distance, neighbour_overlap):
        assert float(function(x, y)) == pytest.approx(float(function(FIRST, SECOND)), rel=1e-9)
    scaled = FIRST * rng.uniform(0.1, 10, 6) + rng.normal(size=6)
    assert float(soft_matching_correlation(scaled, FIRST)) == pytest.approx(1)


def test_silent_units_are_left_out_and_counted():
    dead = np.concatenate([FIRST, np.full((30, 2), 0.1)], 1)
    assert silent_units(dead) == 2 and silent_units(jnp.asarray(dead)[None]).tolist() == [2]
    wanted = float(soft_matching_correlation(FIRST, SECOND))
    assert float(soft_matching_correlation(dead, SECOND)) == pytest.approx(wanted)
    assert np.isnan(soft_matching_correlation(np.ones((30, 2)), SECOND))
    found = permutation_matching(dead, dead)
    assert np.isnan(found.correlation).sum() == 2
    assert np.isnan(permutation_distance(FIRST * 0, SECOND))


def test_what_is_not_known_is_nan():
    broken = np.stack([FIRST, FIRST])
    broken[0, 3, 2] = np.nan
    for metric in ("cosine", "euclidean"):
        both = np.stack([SECOND, SECOND])
        found = neighbour_overlap(broken, both, 4, metric=metric)
        assert np.isnan(found[0]) and np.isfinite(found[1])
    resting = FIRST.copy()
    resting[3] = 0
    assert np.isnan(neighbour_overlap(resting, SECOND, 4))
    assert np.isfinite(neighbour_overlap(resting, SECOND, 4, metric="euclidean"))
    for function in (soft_matching_distance, soft_matching_correlation):
        assert np.isnan(function(broken[0], SECOND))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: plain(soft_matching_distance)(FIRST, SECOND[:9]), "second: 9 samples given"),
        (lambda: plain(permutation_distance)(FIRST[None], SECOND[None]), "first: shape"),
        (lambda: permutation_matching(FIRST * np.nan, SECOND), "first: values that are not finite"),
        (lambda: neighbour_overlap(FIRST, SECOND, 30), "neighbours: 30 is outside 1 .. 29"),
        (lambda: neighbour_overlap(FIRST, SECOND, metric="dot"), "metric: dot given"),
        (lambda: jax.jit(soft_matching_distance)(FIRST, SECOND), "first: a traced array given"),
        (lambda: silent_units(FIRST.astype(str)), "hidden: values of type"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
