"""Subgroups against brute force, the known counts, and permutation characters."""

import itertools
import json

import numpy as np
import pytest

from jaxrep.groups import fixed_dimensions, group, minimal_indices, subgroup_lattice, subgroups

SMALL = ["C1", "C2", "C12", "D4", "D6", "S3", "S4", "A4"]
GOLDEN = ["S3", "S4", "S5", "A4", "A5", "D4", "D5", "D59", "D52", "C12"]


@pytest.fixture(scope="module")
def golden(shared_data):
    return json.loads((shared_data / "frontier" / "group" / "subgroups.json").read_text())


def closure(table, generators):
    """By definition: products of products until there is nothing new."""
    members = set(generators) | {int(np.flatnonzero((table == np.arange(len(table))).all(1))[0])}
    while True:
        larger = members | {int(table[x, y]) for x in members for y in members}
        if larger == members:
            return frozenset(members)
        members = larger


@pytest.mark.parametrize("name", SMALL)
def test_all_subgroups_by_brute_force(name):
    """Those of up to three generators; no subgroup of these groups needs more."""
    table = group(name).table
    pairs = {closure(table, chosen) for chosen in itertools.combinations(range(len(table)), 2)}
    every = pairs | {closure(table, {x}) for x in range(len(table))}
    every |= {closure(table, {*known, x}) for known in list(every) for x in range(len(table))}
    lattice = subgroup_lattice(table)
    assert {frozenset(np.flatnonzero(row).tolist()) for row in lattice.members} == every
    assert len(lattice.members) == len(every)
    assert (np.diff(lattice.orders) >= 0).all() and (np.diff(lattice.classes) >= 0).all()


@pytest.mark.parametrize("name", GOLDEN)
def test_counts_are_the_known_ones(golden, name):
    lattice, known = group(name).subgroups, golden[name]
    counts = len(lattice.members), len(lattice.representatives), int(lattice.normal.sum())
    assert counts == (known["subgroups"], known["classes"], known["normal"])
    orders, times = np.unique(lattice.orders, return_counts=True)
    assert {str(o): int(t) for o, t in zip(orders, times, strict=True)} == known["by_order"]


def test_subgroups_of_a_large_group(golden):
    """1,455 in 56 classes, 2 s."""
    known = group("S6")
    lattice = known.subgroups
    assert (len(lattice.members), len(lattice.representatives)) == (1455, 56)
    indices = minimal_indices(lattice.members, known.characters)
    assert sorted(indices) == sorted(golden["S6"]["min_rho"])


@pytest.mark.parametrize("name", ["S4", "D6"])
def test_cosets_by_definition_and_classes_by_conjugation(name):
    known = group(name)
    lattice, table = known.subgroups, known.table
    for row, right, left in zip(
        lattice.members, lattice.right_cosets, lattice.left_cosets, strict=True
    ):
        part = np.flatnonzero(row)
        for x in range(known.order):
            assert right[x] == min(table[k, x] for k in part)
            assert left[x] == min(table[x, k] for k in part)
    sets = [frozenset(np.flatnonzero(row).tolist()) for row in lattice.members]
    for one, of_one in zip(sets, lattice.classes, strict=True):
        moved = {
            frozenset(int(table[table[g, k], known.inverses[g]]) for k in one)
            for g in range(known.order)
        }
        same = {s for s, number in zip(sets, lattice.classes, strict=True) if number == of_one}
        assert moved == same


@pytest.mark.parametrize("name", ["S4", "S5", "D5"])
def test_fixed_dimensions_are_the_multiplicities_in_the_permutation_characters(golden, name):
    """For each class order, number of conjugates, and m in sorted irreps (an other order)."""
    known = group(name)
    lattice = known.subgroups
    fixed = fixed_dimensions(lattice.members, known.characters)[lattice.representatives]
    orders = lattice.orders[lattice.representatives]
    times = np.bincount(lattice.classes)
    mine = [(int(o), int(t), sorted(m)) for o, t, m in zip(orders, times, fixed, strict=True)]
    theirs = [(o, t, sorted(m)) for o, t, m in golden[name]["perm_mult"]]
    assert sorted(mine) == sorted(theirs)
    smallest = minimal_indices(lattice.members, known.characters)
    assert sorted(smallest) == sorted(golden[name]["min_rho"])


@pytest.mark.parametrize("name", ["C12", "S4", "A4"])
def test_fixed_dimensions_are_ranks_of_projectors(name):
    known = group(name)
    members = known.subgroups.members
    fixed = fixed_dimensions(members, known.characters)
    for row, of_row in zip(members, fixed, strict=True):
        ranks = [np.linalg.matrix_rank(i.matrices[row].mean(0), 1e-9) for i in known.irreps]
        assert ranks == of_row.tolist()


def test_groups_that_are_too_large_are_named(monkeypatch):
    with pytest.raises(ValueError, match="table: 726 elements given; .* at most 720"):
        subgroup_lattice(np.add.outer(np.arange(726), np.arange(726)) % 726)
    monkeypatch.setattr(subgroups, "LARGEST_LATTICE", 60)  # of C2^4, which has 67
    with pytest.raises(ValueError, match="more than 60 subgroups"):
        subgroup_lattice(np.arange(16)[:, None] ^ np.arange(16))
