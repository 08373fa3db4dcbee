"""The table of measures: every cell of its invariances, metrics, chance; many pairs; errors."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.analysis import (
    INVARIANCES,
    REPRESENTATION_MEASURES,
    chance_level,
    compare_all_pairs,
    compare_pairs,
    kernel_target_alignment,
    linear_predictivity,
    measure_named,
    neighbour_dimension,
    partially_whitened,
    participation_ratio,
    sample_error,
)
from jaxrep.analysis.shape_distance import angular_distance

from .comparing import FIRST, SECOND, plain, rotation
from .test_shape_distance import violations

RNG = np.random.default_rng(5)
FACTORS = np.array([0.05, 20.0, 1.0, 0.3, 5.0, 0.1])
CHANGES = {
    "orthogonal": lambda x: x @ rotation(6, 2),
    "scale": lambda x: 3.7 * x,
    "unit_scale": lambda x: x * FACTORS,
    "invertible": lambda x: x @ (rotation(6, 3) * FACTORS) @ rotation(6, 4),
    "permutation": lambda x: x[:, [3, 0, 5, 1, 2, 4]],
    "translation": lambda x: x + np.array([5.0, -3.0, 1.0, 9.0, -7.0, 2.0]),
}
SIGNS = np.sign(SECOND[:, 0] - np.median(SECOND[:, 0]))


def stays(value, change):
    return abs(float(value(CHANGES[change](FIRST))) - float(value(FIRST))) < 1e-6


@pytest.mark.parametrize("change", INVARIANCES)
@pytest.mark.parametrize("name", REPRESENTATION_MEASURES)
def test_every_cell_of_the_invariances(name, change):
    measure = REPRESENTATION_MEASURES[name]
    wanted = change in measure.invariances
    assert stays(lambda x: measure.function(x, SECOND), change) == wanted
    if measure.symmetric:
        assert stays(lambda x: measure.function(SECOND, x), change) == wanted


ALL = {"orthogonal", "scale", "permutation", "translation"}
SINGLE = {
    "kta centred": (lambda x: kernel_target_alignment(x @ x.T, SIGNS), ALL),
    "kta raw": (
        lambda x: kernel_target_alignment(x @ x.T, SIGNS, centre=False),
        ALL - {"translation"},
    ),
    "ratio": (participation_ratio, ALL),
    "ratio of samples": (lambda x: participation_ratio(x, "samples"), ALL),
    "ratio of both": (lambda x: participation_ratio(x, "samples_and_units"), ALL - {"orthogonal"}),
    "two neighbours": (lambda x: neighbour_dimension(x).unbiased, ALL),
    "target of least squares": (lambda x: linear_predictivity(SECOND, x), ALL),
    "partly whitened": (lambda x: angular_distance(x, SECOND, 0.5), ALL - {"scale"}),
}


@pytest.mark.parametrize("change", INVARIANCES)
@pytest.mark.parametrize("name", SINGLE)
def test_every_cell_of_the_other_invariances(name, change):
    value, invariances = SINGLE[name]
    assert stays(value, change) == (change in invariances)


def test_a_flipped_unit_is_another_unit_of_soft_correlation():
    measure = REPRESENTATION_MEASURES["soft_matching_correlation"].function
    flipped = FIRST * np.array([1, 1, -1, 1, 1, 1])
    assert abs(float(measure(flipped, SECOND)) - float(measure(FIRST, SECOND))) > 1e-3
    assert partially_whitened(FIRST, 0.5).shape == FIRST.shape


@pytest.mark.parametrize("name", REPRESENTATION_MEASURES)
def test_direction_symmetry_and_metrics(name):
    measure = measure_named(name)
    same, other = float(measure.function(FIRST, FIRST)), float(measure.function(FIRST, SECOND))
    assert (same > other) == measure.large_is_alike
    back = float(measure.function(SECOND, FIRST))
    assert (abs(back - other) < 1e-9) == measure.symmetric
    if measure.metric:
        assert same == pytest.approx(0, abs=1e-6)
        assert violations(measure.function, 150) == 0
    compiled = jax.jit(measure.function) if not measure.on_host else measure.function
    found = compiled(jnp.asarray(FIRST, jnp.float32), jnp.asarray(SECOND, jnp.float32))
    assert float(found) == pytest.approx(other, abs=3e-5 * max(abs(other), 1))


CLOSED = [n for n, m in REPRESENTATION_MEASURES.items() if m.chance and "neighbours" not in n]


@pytest.mark.parametrize("name", CLOSED)
def test_chance_in_closed_form_is_the_mean_over_all_pairings(name):
    measure = REPRESENTATION_MEASURES[name]
    assert measure.chance is not None
    x, y = FIRST[:5], SECOND[:5, :3]
    orders = [list(order) for order in itertools.permutations(range(5))]
    found = np.mean([float(measure.function(x, y[order])) for order in orders])
    assert float(measure.chance(x, y)) == pytest.approx(found, abs=1e-10)


@pytest.mark.parametrize("name", ["linear_cka", "neighbours_cosine", "procrustes", "soft_matching"])
def test_chance_with_its_spread(name):
    found = chance_level(name, FIRST, SECOND, permutations=60)
    assert found.exact == (REPRESENTATION_MEASURES[name].chance is not None)
    drawn = chance_level(
        REPRESENTATION_MEASURES[name]._replace(chance=None), FIRST, SECOND, permutations=60
    )
    assert abs(found.mean - drawn.mean) <= 4 * found.deviation / 60**0.5
    single = [jnp.asarray(v, jnp.float32) for v in (FIRST, SECOND)]
    again = chance_level(name, *single, permutations=60)
    assert float(again.mean) == pytest.approx(float(found.mean), rel=1e-4)
    assert float(again.deviation) == pytest.approx(float(found.deviation), rel=1e-2)


STACK = FIRST[:, :5] + RNG.normal(size=(4, 30, 5))
OTHER = SECOND + RNG.normal(size=(3, 30, 5))


@pytest.mark.parametrize("name", REPRESENTATION_MEASURES)
def test_all_pairs_are_the_pairs(name):
    measure = REPRESENTATION_MEASURES[name]
    across = np.array([[float(measure.function(a, b)) for b in OTHER] for a in STACK])
    within = np.array([[float(measure.function(a, b)) for b in STACK] for a in STACK])
    np.testing.assert_allclose(compare_all_pairs(name, STACK, OTHER), across, atol=1e-9)
    np.testing.assert_allclose(compare_all_pairs(name, STACK), within, atol=1e-7)
    pairs = np.array([[0, 2], [3, 1]])
    found = compare_pairs(name, STACK, OTHER, pairs)
    np.testing.assert_allclose(found, across[pairs[:, 0], pairs[:, 1]], atol=1e-9)
    if not measure.on_host:
        single = [jnp.asarray(v, jnp.float32) for v in (STACK, OTHER)]
        compiled = jax.jit(lambda a, b: (compare_all_pairs(name, a, b), compare_all_pairs(name, a)))
        scale = np.abs(across).max()
        for found, wanted in zip(compiled(*single), (across, within), strict=True):
            # a distance of 0 comes as the root of the precision
            limit = 3e-3 if measure.metric else 3e-5
            np.testing.assert_allclose(found, wanted, atol=limit * max(scale, 1))


@pytest.mark.parametrize("name", ["debiased_cka", "rsa_spearman", "cka_angle"])
def test_blocks_and_shared_axes(name):
    wanted = compare_all_pairs(name, STACK)
    across = compare_all_pairs(name, STACK, OTHER)
    for memory in (1, 2 * 2 * 465 * 8):  # one and two representations at a time
        found = compare_all_pairs(name, STACK, memory=memory)
        np.testing.assert_allclose(found, wanted, atol=1e-7)
        found = compare_all_pairs(name, STACK, OTHER, memory=memory)
        np.testing.assert_allclose(found, across, atol=1e-12)
    shared = compare_all_pairs(name, np.stack([STACK, STACK[::-1]]))
    np.testing.assert_allclose(shared, [wanted, wanted[::-1, ::-1]], atol=1e-7)
    found = compare_all_pairs(name, jnp.stack([STACK, STACK[::-1]]), memory=1)
    np.testing.assert_allclose(found, shared, atol=2e-3)


def test_many_samples_of_few_units_take_the_other_way():
    few = RNG.normal(size=(3, 200, 2))
    function = REPRESENTATION_MEASURES["linear_cka"].function
    wanted = [[float(function(a, b)) for b in few] for a in few]
    np.testing.assert_allclose(compare_all_pairs("linear_cka", few), wanted, atol=1e-12)


def test_errors_are_the_spread_over_samples():
    rng = np.random.default_rng(0)
    mix = rng.normal(size=(2, 4, 6))

    def draw(count):
        shared = rng.normal(size=(count, 4))
        return [shared @ m + rng.normal(size=(count, 6)) for m in mix]

    for name in ("debiased_cka", "angular"):
        measure = REPRESENTATION_MEASURES[name].function
        spread = np.std([float(measure(*draw(100))) for _ in range(200)])
        errors = [sample_error(name, *draw(100), draws=60).error for _ in range(15)]
        assert np.mean(errors) == pytest.approx(spread, rel=0.2), name
    pair = [jnp.asarray(v, jnp.float32) for v in (FIRST, SECOND)]
    found = sample_error("debiased_cka", *pair, draws=40)
    wanted = sample_error("debiased_cka", FIRST, SECOND, draws=40)
    np.testing.assert_allclose(found, wanted, atol=1e-4)


def test_a_representation_that_is_not_finite_is_unknown_and_no_other():
    broken = STACK.copy()
    broken[1, 0, 0] = np.nan
    for name in ("linear_cka", "procrustes", "rsa_spearman", "cca"):
        for stack in (broken, jnp.asarray(broken)):
            found = np.isnan(compare_all_pairs(name, stack))
            assert found[1].all() and found[:, 1].all() and found.sum() == 7


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: compare_all_pairs("cka", STACK), "measure: cka given; linear_cka"),
        (lambda: plain(compare_all_pairs)("cca", FIRST), "first: shape \\(30, 6\\) given"),
        (lambda: plain(compare_all_pairs)("cca", STACK, OTHER[:, :9]), "second: 9 samples given"),
        (lambda: plain(compare_pairs)("cca", STACK, OTHER, np.ones((2, 2))), "pairs: float64"),
        (lambda: compare_pairs("cca", STACK, OTHER, np.array([[0, 3]])), "pairs: 3 given; 0 .. 2"),
        (lambda: chance_level("cca", FIRST, SECOND, permutations=1), "permutations: 1 given"),
        (lambda: sample_error("cca", FIRST, SECOND, draws=1), "draws: 1 given"),
        (lambda: sample_error("cca", FIRST, SECOND, left_out=0.0), "left_out: 0.0 given"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
