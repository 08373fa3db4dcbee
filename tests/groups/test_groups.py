"""Groups against their axioms, representation theory, and the published tables."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxrep.groups import group

NAMES = [f"C{n}" for n in (1, 2, 3, 7, 8, 12)]
NAMES += [f"D{n}" for n in (1, 2, 3, 4, 7, 8)]
NAMES += [f"S{n}" for n in range(1, 7)] + [f"A{n}" for n in range(1, 7)]
PUBLISHED = ["S5", "A5", "S6", "C113", "C118", "D59", "D61"]


@pytest.fixture(scope="module", params=NAMES)
def known(request):
    return group(request.param)


def test_the_table_is_a_group(known):
    n, table = known.order, known.table
    assert (np.sort(table, 0) == np.arange(n)[:, None]).all()
    assert (np.sort(table, 1) == np.arange(n)).all()
    x, y, z = np.random.default_rng(0).integers(0, n, (3, 500))
    assert (table[table[x, y], z] == table[x, table[y, z]]).all()
    assert (table[np.arange(n), known.inverses] == known.identity).all()
    assert (table[known.quotients, np.arange(n)] == np.arange(n)[:, None]).all()
    product = known.fibres // n, known.fibres % n
    assert (table[product] == np.arange(n)[:, None]).all()


def test_irreps_are_homomorphisms(known):
    for irrep in known.irreps:
        rho = irrep.matrices
        some = np.random.default_rng(0).integers(0, known.order, 60)
        products = np.einsum("xij,yjk->xyik", rho[some], rho, optimize=True)
        # Measured 4e-15.
        np.testing.assert_allclose(products, rho[known.table[some]], rtol=0, atol=1e-10)


def test_characters_are_orthogonal_and_complete(known):
    chi = known.characters
    gram = chi @ chi.T / known.order
    norms = np.diag(gram)
    np.testing.assert_allclose(gram - np.diag(norms), 0, atol=1e-10)
    assert set(np.round(norms, 10)) <= {1.0, 2.0}
    # A real irrep of complex type is two conjugate complex ones of half the degree.
    degrees = [
        (irrep.dimension / round(irrep.character_norm), round(irrep.character_norm))
        for irrep in known.irreps
    ]
    assert sum(copies * degree**2 for degree, copies in degrees) == known.order
    # As many complex irreps as classes.
    assert sum(copies for _, copies in degrees) == known.classes.max() + 1


def test_characters_are_class_functions(known):
    first = np.unique(known.classes, return_index=True)[1][known.classes]
    np.testing.assert_allclose(known.characters, known.characters[:, first], atol=1e-10)
    h = np.random.default_rng(0).integers(0, known.order, 20)
    conjugates = known.table[known.table[h], known.inverses[h][:, None]]
    assert (known.classes[conjugates] == known.classes).all()


def test_projectors_are_orthogonal_and_sum_to_the_identity(known):
    projectors = known.projectors
    np.testing.assert_allclose(projectors.sum(0), np.eye(known.order), atol=1e-10)
    for irrep, projector in zip(known.irreps, projectors, strict=True):
        np.testing.assert_allclose(projector @ projector, projector, atol=1e-10)
        scale = irrep.dimension / (known.order * irrep.character_norm)
        closed_form = scale * irrep.character[known.quotients]
        np.testing.assert_allclose(projector, closed_form, atol=1e-10)


@pytest.mark.parametrize("name", PUBLISHED)
def test_order_inverses_and_characters_are_the_published_ones(published, name):
    stored, known = np.load(published / "groups" / f"{name}.npz"), group(name)
    np.testing.assert_array_equal(known.table, stored["mult_table"])
    np.testing.assert_array_equal(known.inverses, stored["inverses"])
    assert known.identity == stored["identity"]
    names = [key.removeprefix("chi__") for key in stored.files if key.startswith("chi__")]
    assert list(known.irrep_names)[: len(names)] == names
    for irrep in names:
        np.testing.assert_allclose(
            known.irrep(irrep).character, stored[f"chi__{irrep}"], atol=1e-10
        )
    if "perms" in stored:
        np.testing.assert_array_equal(known.permutations, stored["perms"])
        np.testing.assert_array_equal(known.signature, stored["signature"])


@given(st.permutations(range(5)), st.permutations(range(5)))
@settings(max_examples=50, deadline=None)
def test_permutations_compose_left_to_right(first, second):
    known = group("S5")
    index = {tuple(row): i for i, row in enumerate(known.permutations.tolist())}
    x, y = index[tuple(first)], index[tuple(second)]
    assert known.permutations[known.table[x, y]].tolist() == [second[i] for i in first]


@given(st.integers(1, 40), st.integers(0, 1000), st.integers(0, 1000))
@settings(max_examples=50, deadline=None)
def test_a_reflection_inverts_rotations(n, i, j):
    known = group(f"D{n}")
    rotation, reflection = i % n, n + j % n
    turned = known.table[known.table[reflection, rotation], known.inverses[reflection]]
    assert turned == known.inverses[rotation]


def test_complex_type_irreps_stay_whole():
    assert [round(irrep.character_norm) for irrep in group("A4").irreps] == [1, 1, 2]
    assert [round(irrep.character_norm) for irrep in group("A3").irreps] == [1, 2]
    golden = (1 + 5**0.5) / 2
    a5 = group("A5")
    cycle = [tuple(row) for row in a5.permutations.tolist()].index((1, 2, 3, 4, 0))
    np.testing.assert_allclose(a5.irrep("a5_3d_a").character[cycle], golden, atol=1e-12)


def test_large_groups_are_built_without_loops_over_pairs():
    """S5 takes 10 ms and S6 0.2 s here; a Python loop over n^2 would take minutes for S6."""
    began = time.process_time()
    group("S5").characters  # noqa: B018
    assert time.process_time() - began < 1
    began = time.process_time()
    group("S6").characters  # noqa: B018
    assert time.process_time() - began < 2


@pytest.mark.parametrize("name", ["", "S", "S0", "S8", "A8", "Q6", "C-1", "s5", "C1.5"])
def test_unknown_groups_are_named_with_what_is_allowed(name):
    with pytest.raises(ValueError, match="group: .*is not known; allowed are C<n>"):
        group(name)


def test_an_unknown_irrep_is_named():
    with pytest.raises(KeyError, match="S4 has no irrep 'spin'; it has trivial, sign"):
        group("S4").irrep("spin")
