"""The bi-equivariant part of logits and the accuracy it proves: definition, circuits, networks."""

import json

import jax
import numpy as np
import pytest

from jaxrep.analysis import (
    bi_equivariance,
    irrep_shares,
    memorised_logits,
    memorised_share,
    rank_one_chance,
    rho_set_fit,
)
from jaxrep.groups import fixed_dimensions, group, group_tables, rho_set
from jaxrep.theory import rho_set_circuit

S4 = group("S4")
TABLES = group_tables(S4)
N = S4.order
CHECKPOINTS = ["A5_MLP_seed1", "S5_MLP_seed1", "S5_MLP_seed2", "S5_MLP_seed3"]


def by_definition(known, logits):
    """Every triple by itself: f, its share, and which rows it proves."""
    n, table, inverses = known.order, known.table, known.inverses
    cube = logits.reshape(n, n, n)
    cube = cube - cube.mean(2, keepdims=True)
    a, b, c = np.meshgrid(*[np.arange(n)] * 3, indexing="ij")
    u = table[table[inverses[a], c], inverses[b]]
    values = np.array([cube[u == v].mean() for v in range(n)])
    part = values[u]
    margin = values[known.identity] - np.delete(values, known.identity).max()
    rest = cube - part
    right = np.take_along_axis(rest, table[..., None], 2)
    exact = margin > (rest - right).max(2)
    by_size = margin > 2 * abs(rest).max(2)
    return values, (part**2).sum() / (cube**2).sum(), margin, exact.mean(), by_size.mean()


@pytest.mark.parametrize("size", [0.0, 0.3, 1.0])
def test_by_definition(double, size):
    """Right logits with noise; measured 2e-15."""
    noise = size * np.random.default_rng(0).normal(size=(N * N, N))
    logits = np.eye(N)[S4.table.ravel()] + noise
    found = bi_equivariance(logits, TABLES)
    for mine, wanted in zip(found, by_definition(S4, logits), strict=True):
        np.testing.assert_allclose(mine, wanted, atol=1e-12)


def test_what_is_certified_is_right():
    """The bound is sound: no row is certified that the network has wrong."""
    rng = np.random.default_rng(1)
    for size in (0.1, 0.2, 0.3, 0.5):
        logits = np.eye(N)[S4.table.ravel()] + size * rng.normal(size=(N * N, N))
        right = (logits.argmax(1) == S4.table.ravel()).mean()
        found = bi_equivariance(logits, TABLES)
        assert float(found.certified_by_size) <= float(found.certified) <= right


def test_a_memory_and_noise_have_the_shares_of_their_nulls(double):
    rng = np.random.default_rng(2)
    train = rng.choice(N * N, 200, replace=False)
    memory = bi_equivariance(memorised_logits(train, TABLES), TABLES)
    np.testing.assert_allclose(memory.share, memorised_share(train, N), rtol=1e-12)
    draws = [bi_equivariance(rng.normal(size=(N * N, N)), TABLES).share for _ in range(20)]
    # 1/n^2 on average; each is a chi-square of n - 1 = 23 over many: standard error 7 %
    assert np.mean(draws) == pytest.approx(1 / N**2, rel=0.3)


@pytest.mark.parametrize("name", S4.irrep_names[1:])
def test_rho_sets_make_bi_equivariant_networks(double, name):
    """Right everywhere for any direction, unless the irrep has one dimension; measured 2e-16."""
    lattice, index = S4.subgroups, S4.irrep_names.index(name)
    rho = S4.irreps[index].matrices
    fixed = fixed_dimensions(lattice.members, S4.characters)[:, index]
    largest = int(np.where(fixed > 0, lattice.orders, 0).argmax())
    rng = np.random.default_rng(3)
    vector = rho[lattice.members[largest]].mean(0) @ rng.normal(size=rho.shape[1])
    members = rho_set(rho, vector)
    assert len(members) == N // lattice.orders[largest]

    def logits(direction):
        circuit = rho_set_circuit(rho, members, direction)
        hidden = np.maximum(circuit.x_embed[:, None] + circuit.y_embed, 0)
        return (hidden @ circuit.unembed).reshape(N * N, N)

    found = bi_equivariance(logits(rng.normal(size=rho.shape[1])), TABLES)
    np.testing.assert_allclose(found.share, 1, atol=1e-12)
    faithful = len(np.unique(rho.round(6), axis=0)) == N
    assert float(found.certified) == float(faithful)
    tied = np.asarray(bi_equivariance(logits(vector), TABLES).values)
    assert (tied > tied.max() - 1e-9).sum() >= lattice.orders[largest]


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_published_networks_have_the_golden_bounds(shared_data, studied, name):
    """Measured 1e-15 (share), 6e-14 (margin), the same rows."""
    folder = shared_data / "frontier" / "group"
    golden = json.loads((folder / "checkpoint_measures.json").read_text())[name]
    network = studied(name)
    with jax.enable_x64():
        found = bi_equivariance(network.circuit().logits, network.scope.tables)
    mine = [float(number) for number in found[1:]]
    names = ["bi_equivariant_fraction", "margin_of_f", "certified_exact_sup", "certified_2sup"]
    # shares of rows are means of truth values, in float32
    np.testing.assert_allclose(mine, [golden[name] for name in names], atol=1e-7)


FITS = ["rank1_x", "rank1_y", "rank1_u", "align_b_xu", "align_b_yu"]


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_published_neurons_have_the_golden_ranks(shared_data, studied, name):
    """Medians over neurons with more than .95 of a's variance in the irrep; measured 4e-16."""
    folder = shared_data / "frontier" / "group"
    golden = json.loads((folder / "checkpoint_measures.json").read_text())[name]["irreps"]
    network = studied(name)
    circuit = network.circuit()
    live = (circuit.x_embed**2).sum(0) > 1
    with jax.enable_x64():
        shares = np.asarray(irrep_shares(circuit.x_embed, network.group.projectors))
        for irrep, wanted in golden.items():
            mine = shares[network.group.irrep_names.index(irrep)] > 0.95
            mine &= live
            assert mine.sum() == wanted["n"]
            parts = circuit.x_embed[:, mine], circuit.y_embed[:, mine], circuit.unembed[mine]
            fit = rho_set_fit(*parts, network.group.irrep(irrep).matrices)
            medians = np.median(np.stack(fit), axis=1)
            np.testing.assert_allclose(medians, [wanted[key] for key in FITS], atol=1e-12)


def test_random_coefficients_have_the_ranks_of_chance():
    rng = np.random.default_rng(4)
    rho = S4.irrep("standard").matrices
    x, y, u = (np.einsum("hij,xij->xh", rng.normal(size=(2_000, 3, 3)), rho) for _ in range(3))
    fit = rho_set_fit(x, y, u.T, rho)
    for share in fit[:3]:
        assert float(np.median(share)) == pytest.approx(rank_one_chance(3), abs=0.02)
    # |cos| of two random directions in space is uniform
    for agreement in fit[3:]:
        assert float(np.median(agreement)) == pytest.approx(0.5, abs=0.05)
