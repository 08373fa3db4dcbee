"""Irreps computed from a table: axioms, type, the known lists, tables that are no group's."""

import functools

import numpy as np
import pytest

from jaxrep.groups import (
    affine_table,
    check_table,
    dicyclic_table,
    frobenius_schur,
    group,
    numerical_irreps,
    product_table,
    table_group,
)

# dimension and <chi, chi> (1 real, 2 complex, 4 quaternionic) -> how many
KNOWN = {
    "C2xC2": {(1, 1): 4},
    "C4xC2": {(1, 1): 4, (2, 2): 2},
    "Q8": {(1, 1): 4, (4, 4): 1},
    "Dic3": {(1, 1): 2, (2, 1): 1, (2, 2): 1, (4, 4): 1},
    "S3xS3": {(1, 1): 4, (2, 1): 4, (4, 1): 1},
    "A4xC2": {(1, 1): 2, (2, 2): 2, (3, 1): 2},
    "F20": {(1, 1): 2, (2, 2): 1, (4, 1): 1},
    "Dic26": {(1, 1): 4, (2, 1): 12, (4, 4): 13},
}
LATTICES = {"C2xC2": (5, 5), "C4xC2": (8, 8), "Q8": (6, 6), "Dic3": (8, 6), "S3xS3": (60, 22)}
LATTICES |= {"A4xC2": (26, 12), "F20": (14, 6), "Dic26": (48, 12)}
SAME = ["S4", "A4", "A5", "S5", "D4", "D5", "D52", "C7", "C8"]


@functools.cache
def known(name):
    return group(name)


@pytest.mark.parametrize("name", KNOWN)
def test_irreps_are_the_known_ones(name):
    here, counts = known(name), {}
    for irrep in here.irreps:
        kind = irrep.dimension, round(irrep.character_norm)
        counts[kind] = counts.get(kind, 0) + 1
        assert round(frobenius_schur(here.table, irrep.character)) == {1: 1, 2: 0, 4: -2}[kind[1]]
    assert counts == KNOWN[name]
    assert here.irrep_names[0] == "trivial" and len(set(here.irrep_names)) == len(here.irreps)
    lattice = here.subgroups
    assert (len(lattice.members), len(lattice.representatives)) == LATTICES[name]


@pytest.mark.parametrize("name", KNOWN)
def test_they_are_orthogonal_homomorphisms_and_complete(name):
    """Measured 5e-15."""
    here = known(name)
    for irrep in here.irreps:
        rho = irrep.matrices
        products = np.einsum("xij,yjk->xyik", rho, rho)
        np.testing.assert_allclose(products, rho[here.table], atol=1e-12)
        eye = np.broadcast_to(np.eye(irrep.dimension), rho.shape)
        np.testing.assert_allclose(rho @ rho.transpose(0, 2, 1), eye, atol=1e-12)
    gram = here.characters @ here.characters.T / here.order
    np.testing.assert_allclose(gram - np.diag(np.diag(gram)), 0, atol=1e-12)
    np.testing.assert_allclose(here.projectors.sum(0), np.eye(here.order), atol=1e-12)


@pytest.mark.parametrize("name", SAME)
def test_characters_are_those_of_the_closed_forms(name):
    """Young's orthogonal form and rotations, against the table alone; measured 2e-14."""
    here = known(name)
    computed = table_group(here.table, name).characters
    assert len(computed) == len(here.irreps)
    for character in here.characters:
        assert abs(computed - character).max(1).min() < 1e-10


def test_golden_characters(shared_data):
    stored = np.load(shared_data / "frontier" / "group" / "tables_characters.npz")
    names = sorted({key.split("__")[0] for key in stored.files})
    assert len(names) == 8
    for name in names:
        computed = table_group(stored[f"{name}__table"], name)
        for character, d, w in zip(
            stored[f"{name}__real_characters"],
            stored[f"{name}__dim"],
            stored[f"{name}__norm"],
            strict=True,
        ):
            best = int(abs(computed.characters - character).max(1).argmin())
            np.testing.assert_allclose(computed.characters[best], character, atol=1e-10)
            irrep = computed.irreps[best]
            assert (irrep.dimension, round(irrep.character_norm)) == (d, w)


def test_the_same_matrices_every_time():
    table = product_table(dicyclic_table(2), affine_table(3))
    for one, other in zip(numerical_irreps(table), numerical_irreps(table), strict=True):
        np.testing.assert_array_equal(one, other)


def test_dihedral_and_dicyclic_groups_of_one_character_table_are_told_apart():
    """D52 and Dic26: the same characters over the complex numbers, other real irreps, subgroups."""
    d52, dic26 = known("D52"), known("Dic26")
    assert d52.order == dic26.order == 104
    assert d52.classes.max() == dic26.classes.max() == 28
    assert len(d52.irreps) == len(dic26.irreps) == 29
    assert len(d52.subgroups.members) == 104 and len(dic26.subgroups.members) == 48


NO_GROUPS = [
    ([[0, 1]], r"table: shape \(1, 2\) given; a square"),
    ([[0.5]], "table: entries that are no whole numbers"),
    ([[0, 2], [2, 0]], r"table: element 2 given; 2 rows are of elements 0 \.\. 1"),
    ([[0, 1], [1, 1]], "table: row 1 has element 1 twice"),
    ([[0, 1, 2], [1, 2, 0], [0, 1, 2]], "table: column 0 has element 0 twice"),
    ([[1, 0, 2], [0, 2, 1], [2, 1, 0]], "table: no element is neutral"),
    (  # a loop that is no group
        [
            [0, 1, 2, 3, 4],
            [1, 0, 3, 4, 2],
            [2, 4, 0, 1, 3],
            [3, 2, 4, 0, 1],
            [4, 3, 1, 2, 0],
        ],
        r"table: \(\d \d\) \d is \d and \d \(\d \d\) is \d; .* brackets",
    ),
]


@pytest.mark.parametrize(("table", "message"), NO_GROUPS)
def test_what_is_no_group_is_said(table, message):
    with pytest.raises(ValueError, match=message):
        check_table(np.array(table))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Q6", "'Q6' is not known; allowed are"),
        ("F21", "'F21' is not known"),
        ("F12", "'F12' is not known"),
        ("S8xC2", "not known"),
        ("C2x", "not known"),
        ("Dic181", "Dic181 has 724 elements; irreps are computed of at most 720"),
        ("S6xC2", "S6xC2 has 1440 elements"),
    ],
)
def test_names_of_no_group(name, message):
    with pytest.raises(ValueError, match=message):
        group(name)
