"""The contrastive bound: known information, independence, the cap, one compilation."""

import jax
import numpy as np
import pytest

from jaxrep.analysis import contrastive_bound, contrastive_information


def pairs(seed, correlation, rows=4000, columns=10):
    first, noise = np.random.default_rng(seed).normal(size=(2, rows, columns))
    return first, correlation * first + (1 - correlation**2) ** 0.5 * noise


def test_ten_correlated_pairs_with_the_defaults():
    """Truth 4.86, of which an optimal critic finds 4.49; -1.06 before. Measured 3.88 to 4.20."""
    found = contrastive_bound(jax.random.key(0), *pairs(0, 0.7))
    assert 3.5 < found.bits < 4.6
    assert found.ceiling == 8 and not found.capped and 0 < found.step < 1500


def test_independent_variables_share_nothing():
    """-10.2 bits before. The floor is 0."""
    for seed in range(2):
        bits = contrastive_information(jax.random.key(seed), *pairs(seed, 0.0))
        assert 0 <= bits < 0.1


def test_one_program_serves_all(caplog):
    """Other data, types, keys and rates trace and compile nothing; every call did before."""
    first, second = pairs(1, 0.0, 512, 6)
    settings = {"batch": 16, "steps": 300}
    contrastive_information(jax.random.key(0), first, second, **settings)
    with jax.log_compiles():
        for seed, rate in ((1, 1), (2, np.float64(1e-3))):
            whole = (10 * second).astype(np.int8)
            key = jax.random.key(seed)
            contrastive_information(key, first, whole, learning_rate=rate, **settings)
        assert not caplog.records
        jax.jit(lambda x: x + 1)(first)
        assert any("Compiling" in record.message for record in caplog.records)


def test_a_small_batch_caps_the_bound_and_says_so():
    """log2 16; the same values with the same key give the same number in any units."""
    first, _ = pairs(1, 0.0, 512, 6)
    found = contrastive_bound(jax.random.key(0), first, first, batch=16, steps=300)
    assert found.capped and 3.5 < found.bits <= found.ceiling == 4
    scaled = contrastive_bound(jax.random.key(0), first * 1e-30, first * 1e30, batch=16, steps=300)
    assert scaled.bits == pytest.approx(found.bits, abs=0.05)
    bits = first > 0
    bits[:, 1:] = False  # constant columns
    one = contrastive_bound(jax.random.key(0), bits, bits.astype(np.int8), batch=16, steps=300)
    assert not one.capped and one.bits == pytest.approx(1, abs=0.1)


A = np.random.default_rng(4).normal(size=(64, 2))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda k: contrastive_bound(k, A, A), "1024 \\(4 batches\\)"),
        (lambda k: contrastive_bound(k, A * np.nan, A, batch=8), "first: 128 of 128 values"),
        (lambda k: contrastive_bound(k, A, A.astype(str), batch=8), "second: values of type"),
        (lambda k: contrastive_bound(k, A, A[:, :0], batch=8), "second: shape \\(64, 0\\)"),
        (lambda k: contrastive_bound(k, A, A, batch=1), "batch: 1 given"),
        (lambda k: contrastive_bound(k, A, A, batch=8, learning_rate=np.inf), "learning_rate: inf"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(jax.random.key(0))
