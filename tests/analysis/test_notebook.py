"""The results notebook's analyses on S5_MLP_seed2 against its recomputed values."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.analysis.representation_basis import (
    hidden_in_representation,
    unembedding_in_representation,
)

# Values were computed in float64 by other code; measured 1e-12 to 1e-9 relative.
RELATIVE = 1e-7


@pytest.fixture(scope="module")
def golden(published):
    return json.loads((published / "notebook_S5_MLP_seed2.json").read_text())


@pytest.fixture(scope="module")
def one(studied):
    return studied("S5_MLP_seed2")


def by_name(one, values):
    return dict(zip(one.group.irrep_names, np.asarray(values), strict=True))


def test_least_squares_of_the_logits_on_character_cubes(one, golden):
    fit = one.portrait.fit
    coefficients = by_name(one, fit.coefficients)
    for name in ("sign", "standard"):
        np.testing.assert_allclose(coefficients[name], golden["ols_beta"][name], rtol=RELATIVE)
    assert coefficients["s5_6d"] == 0
    np.testing.assert_allclose(fit.intercept, golden["ols_beta"]["intercept"], rtol=RELATIVE)
    np.testing.assert_allclose(fit.norm_ratio, golden["ols_norm_ratio"], rtol=RELATIVE)
    np.testing.assert_allclose(fit.r_squared, golden["ols_R2_centred"], rtol=RELATIVE)
    np.testing.assert_allclose(fit.loss, golden["ols_loss"], rtol=1e-6)


def test_rowwise_similarity(one, golden):
    ours = by_name(one, one.portrait.rowwise_similarity)
    for name, expected in golden["old_rowwise_similarity"].items():
        np.testing.assert_allclose(ours[name], expected, rtol=RELATIVE, atol=1e-9)


def test_off_neurons_and_clusters(one, golden):
    assert np.flatnonzero(one.portrait.off).tolist() == golden["off_neurons_x"]
    clusters = by_name(one, one.portrait.clusters)
    for name, members in golden["clusters_x"].items():
        assert np.flatnonzero(clusters[name]).tolist() == members


def test_cluster_fractions(one, golden):
    p = one.portrait
    parts = (*p.cluster_fraction, p.cluster_mean_fraction)
    ours = np.stack(parts, axis=1)
    for name, expected in golden["cluster_fracs_uncentred_x_y_xy_trivial"].items():
        index = one.group.irrep_names.index(name)
        np.testing.assert_allclose(ours[index], expected, rtol=RELATIVE)


def test_ablation_of_every_hidden_direction(one, golden):
    for kind in ("x", "y", "xy"):
        ours = by_name(one, getattr(one.portrait.ablation, kind))
        for name, expected in golden["ablation_all_loss"].items():
            np.testing.assert_allclose(ours[name], expected[kind], rtol=1e-6)


def test_the_hidden_layer_holds_the_matrices(one, golden):
    ours = by_name(one, one.portrait.recovered_cosine)
    for name, expected in golden["projected_hidden_cos_orthonormal_basis"].items():
        np.testing.assert_allclose(ours[name], expected, rtol=1e-9)


def test_the_unembedding_takes_a_trace_in_the_published_basis(one, golden):
    """The study's basis of the standard representation is integer, not orthogonal."""
    known = one.group
    natural = np.eye(5)[known.permutations]
    change = np.eye(5) - np.eye(5, k=1)
    published_basis = (change @ natural @ np.linalg.inv(change))[:, :4, :4]
    np.testing.assert_allclose(
        np.trace(published_basis, axis1=1, axis2=2), known.irrep("standard").character, atol=1e-12
    )
    circuit = one.circuit()
    with jax.enable_x64():
        seen = hidden_in_representation(circuit.hidden, published_basis, known.fibres)
        paired = unembedding_in_representation(
            seen.readout, circuit.unembed, published_basis, known.inverses
        )
        np.testing.assert_allclose(
            seen.cosine, golden["projected_hidden_cos"]["standard"], rtol=1e-9
        )
        expected = golden["W_U_rep"]["standard"]
        positions = np.argwhere(np.asarray(paired.matrix) > 1e5).tolist()
        assert positions == expected["positions_i_j"]
        np.testing.assert_allclose(paired.cosine, expected["cos"], rtol=1e-3)


def test_sign_neurons_are_blocky(one, golden):
    blocks = one.portrait.blocks
    order = ["+1+1", "+1-1", "-1+1", "-1-1"]
    for neuron in golden["sign_neurons"]:
        index = neuron["neuron"]
        expected = [neuron["block_means"][name] for name in order]
        np.testing.assert_allclose(blocks.means[:, index], expected, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(blocks.within[index], neuron["within_block_frac_var"], rtol=1e-4)
        np.testing.assert_allclose(
            blocks.unembed_correlation[index], neuron["corr_WU_sign"], rtol=1e-9
        )
    assert (np.delete(blocks.within, [n["neuron"] for n in golden["sign_neurons"]]) > 1e-6).all()


def test_portraits_work_where_embeddings_are_not_neurons(studied):
    """The transformer's embedding columns are not its hidden neurons."""
    portrait = studied("S5_T_seed1").portrait
    assert portrait.strength.shape == (7, 128)
    assert np.isnan(portrait.cluster_fraction.x).all()
    assert jnp.all(jnp.isfinite(portrait.recovered_cosine))
