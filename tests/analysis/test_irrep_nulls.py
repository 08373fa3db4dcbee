"""Nulls of the evidence for irreps: closed forms, brute force, published networks."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxrep.analysis import (
    SimilarityNulls,
    first_learned,
    hidden_in_representation,
    key_irreps,
    memorised_logits,
    null_threshold,
    random_relabellings,
    relabel_pairs,
    representation_readout,
    shuffled_similarity,
    similarity_nulls,
    trace_similarity,
)
from jaxrep.groups import group, group_tables

S4 = group("S4")
TABLES = group_tables(S4)
N = S4.order
PAIRS = np.arange(N * N)


def split(seed, share):
    order = np.random.default_rng(seed).permutation(N * N)
    rows = int(share * N * N)
    return np.sort(order[:rows]), np.sort(order[rows:])


@pytest.mark.parametrize("share", [0.4, 0.7])
def test_a_memorised_training_set_resembles_every_irrep(share):
    """d sqrt(f) / sqrt(n - 1) exactly: .17 to .52, above both published thresholds."""
    train, test = split(0, share)
    memory = memorised_logits(train, TABLES)
    found = np.asarray(trace_similarity(memory, TABLES))
    dimensions = np.array([irrep.matrices.shape[1] for irrep in S4.irreps])
    expected = dimensions * np.sqrt(len(train) / N**2 / (N - 1))
    np.testing.assert_allclose(found[1:], expected[1:], rtol=1e-6)
    assert found[1:].min() > 0.05
    others = np.isin(PAIRS, test)
    assert np.isnan(np.asarray(trace_similarity(memory, TABLES, others))).all()
    unseen = similarity_nulls(memory, None, train, test, TABLES, random_relabellings(0, 3, N))[1]
    assert not key_irreps(unseen, True).any()


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 999), scale=st.sampled_from([1e-30, 1.0, 1e30]))
def test_similarity_on_some_pairs_by_definition(seed, scale):
    """Cosine over the pairs of the mask alone, whatever the scale and the logits elsewhere."""
    rng = np.random.default_rng(seed)
    logits, mask = rng.normal(size=(N * N, N)), rng.random(N * N) < 0.3
    cubes = TABLES.characters[:, TABLES.quotients[TABLES.product]]  # [irrep, pair, c]
    centred = (logits - logits.mean(1, keepdims=True))[mask]
    with jax.enable_x64():
        found = np.asarray(trace_similarity(scale * logits, TABLES, mask))
    inner = np.einsum("rpc,pc->r", cubes[:, mask], centred)
    norms = np.sqrt((cubes[:, mask] ** 2).sum((1, 2))) * np.linalg.norm(centred)
    np.testing.assert_allclose(found, inner / norms, rtol=1e-10, atol=1e-13)


def test_relabelled_logits_by_brute_force():
    rng = np.random.default_rng(1)
    cube, order = rng.normal(size=(N, N, N)), rng.permutation(N)
    other = np.empty_like(cube)
    for a in range(N):
        for b in range(N):
            other[a, b] = cube[order[a], order[b]][order]
    with jax.enable_x64():
        found = shuffled_similarity(cube.reshape(N * N, N), TABLES, order[None])[0]
        expected = trace_similarity(other.reshape(N * N, N), TABLES)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)


def test_an_automorphism_is_no_shuffle():
    """Conjugation keeps the table, hence the similarity; the mask goes along."""
    rng = np.random.default_rng(2)
    table = S4.table
    inner = table[table[3], S4.inverses[3]]
    logits, mask = np.eye(N)[TABLES.product], rng.random(N * N) < 0.5
    with jax.enable_x64():
        found = shuffled_similarity(logits, TABLES, inner[None], mask)[0]
        expected = trace_similarity(logits, TABLES)
    np.testing.assert_allclose(found[1:], expected[1:], rtol=1e-12)
    same = relabel_pairs(PAIRS[:, None].astype(float), np.arange(N))
    np.testing.assert_array_equal(np.asarray(same)[:, 0], PAIRS)


def test_iid_logits_pass_no_null_and_a_table_passes_all():
    """Of 200 draws x 4 irreps that are not there, about 1 in 1,000 exceeds 3 deviations."""
    train, test = split(3, 0.7)
    orders = random_relabellings(0, 20, N)
    weigh = jax.jit(lambda x: similarity_nulls(x, None, train, test, TABLES, orders)[1])
    rng = np.random.default_rng(0)
    noise = [jax.device_get(weigh(rng.normal(size=(N * N, N)))) for _ in range(30)]
    passed = np.mean([key_irreps(one, True) for one in noise])
    assert passed < 0.02
    size = np.std([one.found[1:] for one in noise])
    assert 0.7 < size * np.sqrt(len(test) * (N - 1)) < 1.3  # sd 1 / sqrt(N_test (n - 1))
    table = jax.device_get(weigh(10 * np.eye(N)[TABLES.product] + rng.normal(size=(N * N, N))))
    assert key_irreps(table, True)[1:].all() and not key_irreps(table, True)[0]
    assert not key_irreps(table, False).any()


def test_a_threshold_is_the_largest_null_and_nothing_passes_an_unknown_one():
    nulls = SimilarityNulls(
        np.array([0.5, 0.5, 0.5, np.nan]),
        np.array([0.3, 0.0, np.nan, 0.0]),
        np.array([0.01, 0.02, 0.01, np.nan]),
        np.array([0.0, np.nan, -0.2, 0.0]),
    )
    np.testing.assert_allclose(null_threshold(nulls), [0.3, 0.06, 0.2, np.nan])
    np.testing.assert_array_equal(key_irreps(nulls, True), [True, True, True, False])


def test_order_of_learning_counts_what_lasts_above_each_irreps_own_null():
    similarity = np.array([[0.0, 0.2], [0.3, 0.0], [0.1, 0.3], [0.4, 0.4]])
    steps = np.array([0, 41, 346, 9000])
    first = first_learned(similarity, steps, np.array([0.2, 0.35]))
    np.testing.assert_array_equal(first, [41, 9000])
    lasting = first_learned(similarity, steps, np.array([0.2, 0.1]), lasting=True)
    np.testing.assert_array_equal(lasting, [9000, 346])
    assert np.isnan(first_learned(similarity[:3], steps[:3], 0.2, lasting=True)[0])


def test_readout_of_a_representation():
    """1 where the hidden layer holds rho(ab), about 0 where it holds noise; no scale matters."""
    rng = np.random.default_rng(0)
    train, test = split(4, 0.5)
    rho = S4.irreps[2].matrices
    entries = rho.reshape(N, -1)[TABLES.product]
    noise = rng.normal(size=(N * N, 12))
    mixed = entries @ rng.normal(size=(9, 12)) + 5
    with jax.enable_x64():
        for hidden, expected, tolerance in (
            (mixed, 1, 1e-9),
            (1e-30 * mixed, 1, 1e-9),
            (np.pad(1e3 * mixed, ((0, 0), (0, 3))), 1, 1e-9),  # dead units
            (noise, 0, 0.12),
        ):
            found = float(representation_readout(hidden, rho, TABLES.product, train, test))
            assert abs(found - expected) < tolerance
        with pytest.raises(ValueError, match="^hidden: shape"):
            representation_readout(noise, rho[1:], TABLES.product, train, test)


def test_masks_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="^mask: shape"):
        trace_similarity(np.eye(N)[TABLES.product], TABLES, np.ones(3, bool))


def test_nulls_of_published_networks(studied, published):
    """Golden numbers of the fact sheet: an untrained network, and one that does not generalise."""
    start = np.load(published / "checkpoints" / "S5_MLP_seed2_init.npz")
    one = studied("S5_MLP_seed2")
    initial = {name: start[name] for name in start.files}
    seen = one.scope.weigh(one.net.params, initial, one.net.train, one.net.test)
    np.testing.assert_allclose(
        seen.every.memorised[1:], [0.058, 0.2319, 0.2319, 0.2899, 0.2899, 0.3479], atol=2e-4
    )
    shuffled = seen.every.shuffled[1:]
    assert (shuffled > 1.2e-3).all() and (shuffled < 2.5e-3).all()  # 1.4e-3 to 2.0e-3, 30 draws
    cosine = seen.cosine_initial[3 - 1 :]
    assert 0.86 < cosine.min() and cosine.max() < 0.94  # .87 to .93
    np.testing.assert_allclose(seen.cosine_initial[1], 1)
    assert abs(seen.readout_initial[1:]).max() < 0.05
    assert seen.readout[1] > 0.98 and seen.readout[2] > 0.8
    names = np.array(one.group.irrep_names)
    assert names[seen.key].tolist() == ["sign", "standard"]
    poor = studied("S5_MLP_hidden_dim_32_seed1")
    seen = poor.scope.weigh(poor.net.params, None, poor.net.train, poor.net.test)
    assert not seen.generalises and not seen.key.any() and poor.metrics.key.any()
    assert np.isnan(seen.cosine_initial).all()
    rho = S4.irreps[1].matrices  # one dimension: there is one direction
    noise = np.random.default_rng(0).normal(size=(N * N, 5))
    assert hidden_in_representation(noise, rho, TABLES.fibres).cosine == pytest.approx(1)
