"""Dimension: golden values, unbiased by enumeration, known manifolds and spectra."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxrep.analysis import (
    eigenspectrum,
    neighbour_dimension,
    participation_ratio,
    spectrum_exponent,
)

from .comparing import FIRST, Tensor, plain

CORRECTIONS = {"naive": "none", "row": "samples", "both": "samples_and_units"}


def test_golden_values(compared):
    golden, arrays = compared
    found = dict(zip(("unbiased", "fit"), neighbour_dimension(arrays["cube"]), strict=True))
    assert float(found["unbiased"]) == pytest.approx(golden["twonn_unbiased_cube3"], rel=1e-12)
    assert float(found["fit"]) == pytest.approx(golden["twonn_fit_cube3_cut.1"], rel=1e-12)
    rows = {"X": arrays["X"], "Y": arrays["Y"], "X8": arrays["X"][:8]}
    for (name, correction), key in itertools.product(CORRECTIONS.items(), rows):
        value = participation_ratio(rows[key], correction)
        wanted = golden[f"pr_{name}_{key}"]
        assert float(value) == pytest.approx(wanted, rel=1e-12), (name, key)  # measured 1e-14


def test_corrections_by_enumeration():
    """Means over different samples (and units) of products that know no sample (unit) twice."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6, 3)) + 2 * rng.normal(size=(6, 1)) + 1
    above, below = np.zeros(2), np.zeros(2)
    for same in range(2):
        terms = []
        for i, j, k, m in itertools.permutations(range(6), 4):
            one, other = x[i] - x[j], x[k] - x[m]
            # half the squared difference has the variance as mean
            squared = np.outer(one**2, other**2) / 4, np.outer(one * other, one * other) / 4
            off = 1 - np.eye(3) if same else np.ones((3, 3))
            terms.append([(part * off).sum() for part in squared])
        above[same], below[same] = np.mean(terms, 0)
    found = [participation_ratio(x, c) for c in ("samples", "samples_and_units")]
    np.testing.assert_allclose(found, above / below, rtol=1e-10)


def test_few_samples_and_units_of_a_known_dimension():
    """200 latents of variance k^-.5: dimension 122.7."""
    rng = np.random.default_rng(0)
    variance = np.arange(1, 201) ** -0.5
    found = []
    for _ in range(40):
        latents = rng.normal(size=(200, 200)) * variance**0.5
        units = latents @ rng.normal(size=(200, 30))
        found.append([float(participation_ratio(units, c)) for c in CORRECTIONS.values()])
    naive, row, both = np.median(found, 0)
    assert naive == pytest.approx(21.4, rel=0.03) and row == pytest.approx(24.0, rel=0.03)
    assert both == pytest.approx(122.7, rel=0.1)


@pytest.mark.parametrize("dimension, mean, spread", [(3, 2.90, 0.16), (1, 1.0, 0.06)])
def test_cubes_of_known_dimension(dimension, mean, spread):
    rng = np.random.default_rng(dimension)
    turned = np.linalg.qr(rng.normal(size=(10, dimension)))[0].T
    cubes = rng.uniform(size=(20, 500, dimension)) @ turned
    found = neighbour_dimension(cubes)
    for values in found:
        assert values.mean() == pytest.approx(mean, abs=3 * spread / 20**0.5 + 0.02)


def test_exponents_of_power_laws():
    ranks = np.arange(1, 101)
    found = spectrum_exponent(3.0 * ranks**-1.2, 5, 80)
    assert float(found.value) == pytest.approx(1.2) and found.error < 1e-9
    rng = np.random.default_rng(0)
    noisy = ranks**-1.2 * np.exp(0.3 * rng.normal(size=(400, 100)))
    found = spectrum_exponent(noisy, 1, 100)
    assert found.value.std() == pytest.approx(found.error.mean(), rel=0.1)
    values = eigenspectrum(FIRST)
    np.testing.assert_allclose(values, np.linalg.eigvalsh(np.cov(FIRST.T))[::-1], rtol=1e-10)
    assert np.isnan(spectrum_exponent(np.array([1, 0.5, 0.0]), 1, 3).value)


def test_host_device_batches_and_tensors_agree():
    single = jnp.asarray(FIRST, jnp.float32)
    calls = [lambda x, c=c: participation_ratio(x, c) for c in CORRECTIONS.values()]
    calls += [
        neighbour_dimension,
        eigenspectrum,
        lambda x: spectrum_exponent(eigenspectrum(x), 1, 5),
    ]
    for call in calls:
        wanted = jax.tree.leaves(call(FIRST))
        for mine, theirs in zip(wanted, jax.tree.leaves(jax.jit(call)(single)), strict=True):
            np.testing.assert_allclose(theirs, mine, rtol=3e-5)
        stacked = jnp.stack([single, single[::-1] ** 2])
        for mine, theirs in zip(
            jax.tree.leaves(call(stacked)), jax.tree.leaves(jax.vmap(call)(stacked)), strict=True
        ):
            np.testing.assert_allclose(theirs, mine, rtol=1e-5)
    assert float(plain(participation_ratio)(Tensor(FIRST))) == float(participation_ratio(FIRST))


@settings(max_examples=15, deadline=None)
@given(st.integers(-30, 30), st.integers(2, 40), st.integers(0, 99))
def test_ratio_is_between_one_and_the_rank(power, units, seed):
    x = np.random.default_rng(seed).normal(size=(12, units))
    found = float(participation_ratio(x))
    assert 1 <= found <= min(units, 11) + 1e-9
    single = jnp.asarray(x, jnp.float32) * np.float32(10.0**power)
    assert float(participation_ratio(single)) == pytest.approx(found, rel=1e-4)
    scaled = neighbour_dimension(single)
    assert float(scaled.unbiased) == pytest.approx(float(neighbour_dimension(x).unbiased), rel=1e-3)


def test_repeated_samples_and_unknown_ones():
    double = np.concatenate([FIRST, FIRST[:3]])
    kept = FIRST[3:]
    found = neighbour_dimension(double)
    assert np.isfinite(found).all() and np.isfinite(neighbour_dimension(jnp.asarray(double))).all()
    assert len(kept) < len(double)
    for flat in (np.ones((5, 2)), jnp.ones((5, 2))):
        assert np.isnan(neighbour_dimension(flat)).all() and np.isnan(participation_ratio(flat))
    broken = np.stack([FIRST, FIRST])
    broken[0, 3, 2] = np.inf
    for values in (broken, jnp.asarray(broken)):
        for found in (participation_ratio(values), *neighbour_dimension(values)):
            assert np.isnan(found[0]) and np.isfinite(found[1])


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: participation_ratio(FIRST, "rows"), "correction: rows given"),
        (lambda: participation_ratio(FIRST[:3], "samples"), "hidden: 3 samples given; at least 4"),
        (lambda: neighbour_dimension(FIRST, 1.0), "discard: 1.0 given"),
        (lambda: neighbour_dimension(FIRST[:2]), "hidden: 2 samples given"),
        (lambda: spectrum_exponent(np.ones(5), 3, 4), "first, last: 3, 4 given"),
        (lambda: eigenspectrum(FIRST.astype(str)), "hidden: values of type"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
