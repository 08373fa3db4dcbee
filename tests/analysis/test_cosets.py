"""Coset concentration, what explains a neuron, and their nulls: definitions, chance, networks."""

import json
from collections import Counter

import jax
import numpy as np
import pytest

from jaxrep.analysis import (
    EXPLANATIONS,
    concentration_chance,
    concentration_exceedance,
    conjugate_subgroups,
    coset_concentration,
    cosets_by_chance,
    irrep_by_chance,
    irrep_shares,
    largest_subgroup,
    neuron_explanations,
)
from jaxrep.groups import fixed_dimensions, group

from .function_cases import unchecked_signatures

S4 = group("S4")
LATTICE = S4.subgroups
STANDARD = S4.irrep("standard").matrices
CHECKPOINTS = ["A5_MLP_seed1", "S5_MLP_seed1", "S5_MLP_seed2", "S5_MLP_seed3"]


def random_columns(seed, columns, n=24):
    return np.random.default_rng(seed).normal(size=(n, columns))


def test_concentration_by_definition(double):
    """Measured 2e-16."""
    values = random_columns(0, 5)
    mine = np.asarray(coset_concentration(values, LATTICE.right_cosets))
    for row, cosets in zip(mine, LATTICE.right_cosets, strict=True):
        for value, column in zip(row, values.T, strict=True):
            parts = [column[cosets == label] for label in set(cosets)]
            within = sum(len(part) * part.var() for part in parts) / len(column)
            assert value == pytest.approx(1 - within / column.var(), abs=1e-14)


def test_chance_of_independent_values_is_exact():
    """Mean over 4,000 draws, five standard errors at most."""
    shares = np.asarray(coset_concentration(random_columns(1, 4_000), LATTICE.right_cosets))
    expected = concentration_chance(LATTICE.orders, 24)
    error = shares.std(1) / np.sqrt(4_000)
    assert (abs(shares.mean(1) - expected) <= 5 * error + 1e-6).all()


def test_a_random_vector_of_an_irrep_has_a_beta_distribution(double):
    """``b' rho(x) a``: |P_K b|^2 / |b|^2 exactly (measured 4e-16), whatever a."""
    rng = np.random.default_rng(2)
    left, right = rng.normal(size=(2, 3_000, 3))
    values = np.einsum("ki,xij,kj->xk", left, STANDARD, right)
    shares = np.asarray(coset_concentration(values, LATTICE.right_cosets))
    fixed = fixed_dimensions(LATTICE.members, S4.characters)[:, S4.irrep_names.index("standard")]
    for row, members, m in zip(shares, LATTICE.members, fixed, strict=True):
        inside = left @ STANDARD[members].mean(0)
        np.testing.assert_allclose(row, (inside**2).sum(1) / (left**2).sum(1), atol=1e-12)
        for level in (0.5, 0.9):
            chance = float(concentration_exceedance(np.array(m), np.array(3), level))
            error = np.sqrt(chance * (1 - chance) / 3_000)
            assert abs((row > level).mean() - chance) <= 4 * error + 1e-12


def test_the_published_tail():
    """S5, standard irrep on S4: P(C > .99) = 4.3e-4."""
    found = float(concentration_exceedance(np.array(1), np.array(4), 0.99))
    assert found == pytest.approx(4.3e-4, rel=0.02)


def test_the_other_side_destroys_concentration():
    subgroup = int(np.flatnonzero(LATTICE.orders == 6)[0])
    values = random_columns(3, 6)[LATTICE.right_cosets[subgroup]]
    right = np.asarray(coset_concentration(values, LATTICE.right_cosets))
    left = np.asarray(coset_concentration(values, LATTICE.left_cosets))
    np.testing.assert_allclose(right[subgroup], 1, atol=1e-6)
    assert left[subgroup].max() < 0.6
    normal = LATTICE.normal
    np.testing.assert_allclose(right[normal], left[normal], atol=1e-6)
    assert (np.asarray(largest_subgroup(right, LATTICE.orders)) == subgroup).all()
    assert (LATTICE.orders[np.asarray(largest_subgroup(left, LATTICE.orders))] < 6).all()


def test_chance_of_cosets_in_the_plane():
    """D_n: b within an angle of one of n axes of reflection; of 59 always, of S4 hardly ever."""
    for n, width in ((5, 0.1), (15, 0.1)):
        known = group(f"D{n}")
        level = np.cos(width) ** 2
        found = cosets_by_chance(
            known.irrep("freq_1").matrices, known.subgroups.members, 20_000, level
        )
        assert found == pytest.approx(min(1, 2 * width * n / np.pi), abs=0.02)
    d59 = group("D59")
    rho, members = d59.irrep("freq_3").matrices, d59.subgroups.members
    assert cosets_by_chance(rho, members) == 1 and cosets_by_chance(rho, members, numbers=4) == 0
    assert cosets_by_chance(STANDARD, LATTICE.members, numbers=9) < 0.05
    assert cosets_by_chance(STANDARD, LATTICE.members, numbers=3) == 0


def test_chance_of_an_irrep_given_cosets():
    """Random functions on cosets, their shares in irreps against the Beta tail."""
    sizes = np.array([[i.dimension, round(i.character_norm)] for i in S4.irreps]).T
    fixed = fixed_dimensions(LATTICE.members, S4.characters)
    chance = irrep_by_chance(fixed, *sizes, level=0.8)
    for subgroup in LATTICE.representatives[:-1]:
        values = random_columns(4, 2_000)[LATTICE.right_cosets[subgroup]]
        shares = np.asarray(irrep_shares(values, S4.projectors))
        error = np.sqrt(chance[subgroup] * (1 - chance[subgroup]) / 2_000)
        assert (abs((shares > 0.8).mean(1) - chance[subgroup]) <= 4 * error + 1e-9).all()


def explain(x, y):
    cosets = LATTICE.right_cosets, LATTICE.left_cosets
    return neuron_explanations(x, y, S4.projectors, *cosets)


def test_each_explanation():
    """A pure irrep, cosets that several irreps share, a sign, anything; and a dead neuron."""
    rng = np.random.default_rng(5)
    pure = np.einsum("i,xij,j->x", rng.normal(size=3), STANDARD, rng.normal(size=3))
    quarter = int(np.flatnonzero((LATTICE.orders == 4) & ~LATTICE.normal)[0])
    cosets = LATTICE.right_cosets[quarter], LATTICE.left_cosets[quarter]
    numbers = rng.normal(size=24)
    x = np.stack([pure, numbers[cosets[0]], S4.signature, numbers, 1e-3 * pure], 1)
    y = np.stack([pure[S4.inverses], numbers[cosets[1]], S4.signature, numbers, pure], 1)
    found = explain(9 * x, 9 * y)
    words = [EXPLANATIONS[code] for code in found.explanation]
    assert words == ["irrep", "cosets", "either", "neither", "neither"]
    assert found.live.tolist() == [True] * 4 + [False]
    assert S4.irrep_names[int(found.irrep[0])] == "standard" and found.irrep_numbers[0] == 9
    assert found.coset_numbers[:3].tolist() == [23, 5, 1]
    assert found.left[1] == found.right[1] == quarter and found.control[1] < 4


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_published_networks_have_the_golden_counts(shared_data, studied, name):
    folder = shared_data / "frontier" / "group"
    golden = json.loads((folder / "checkpoint_measures.json").read_text())[name]
    network = studied(name)
    circuit, lattice = network.circuit(), network.group.subgroups
    with jax.enable_x64():
        found = neuron_explanations(
            circuit.x_embed,
            circuit.y_embed,
            network.group.projectors,
            lattice.right_cosets,
            lattice.left_cosets,
        )
    live = np.asarray(found.live)
    left, right = (lattice.orders[np.asarray(side)] for side in (found.left, found.right))

    def counted(orders):
        return {str(order): count for order, count in Counter(orders[live].tolist()).items()}

    assert live.sum() == golden["on"]
    assert counted(left) == golden["x_cosets"] and counted(right) == golden["y_cosets"]
    assert counted(np.asarray(found.control)) == golden["wrong_side"]
    both = live & (left > 1) & (right > 1)
    assert both.sum() == golden["concentrated_both"]
    same = conjugate_subgroups(found.left, found.right, lattice.classes)
    assert (both & same).sum() == golden["conjugate"]


BAD = [
    (
        lambda: coset_concentration(np.ones((5, 1)), LATTICE.right_cosets),
        r"values: shape \(5, 1\) given for cosets of shape",
    ),
    (
        lambda: irrep_shares(np.ones((5, 1)), S4.projectors),
        r"values: shape \(5, 1\) given for a group of 24",
    ),
    (
        lambda: explain(np.ones((24, 1)), np.ones((24, 2))),
        r"y_embed: shape \(24, 2\) given for x_embed of shape",
    ),
    (
        lambda: largest_subgroup(np.ones((2, 1)), np.ones(3, int)),
        r"concentration: shape \(2, 1\) given for \(3,\) orders",
    ),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_shapes_are_named(call, message):
    with unchecked_signatures(), pytest.raises(ValueError, match=message):
        call()
