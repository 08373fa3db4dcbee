"""How every public function of `analysis` is called on one array.

Fisher information, Gabor fits, resampling and comparisons of networks have properties of their own
beside their tests; `ELSEWHERE` names them and others.
"""

import warnings
from collections.abc import Callable
from contextlib import contextmanager
from typing import NamedTuple

import jax
import jaxtyping
import numpy as np

from jaxrep import analysis as A  # noqa: N812
from jaxrep.groups import group, group_tables
from jaxrep.losses import accuracy, cross_entropy

ROWS, COLUMNS = 24, 4
CLASSES, BIT = np.arange(ROWS) % 3, np.arange(ROWS) % 2
RNG = np.random.default_rng(0)
OTHER = RNG.normal(size=(ROWS, COLUMNS))
S3 = group("S3")
TABLES, N = group_tables(S3), S3.order
HIDDEN = RNG.normal(size=(N * N, COLUMNS))
UNEMBED = RNG.normal(size=(COLUMNS, N))
LOGITS = HIDDEN @ UNEMBED
ALL, KEY = np.arange(N * N), np.array([False, True, True])
STEPS = np.arange(ROWS)
ORDER = A.random_relabellings(0, 2, N)
GOOD = RNG.integers(-3, 4, (ROWS, COLUMNS))
GOOD[0], GOOD[1] = 1, 0  # a constant row and one of zeros


class Case(NamedTuple):
    """How a function is called on one array.

    Attributes:
      call: the function of that array.
      name: of the argument, with which its errors begin.
      shape: of the array; the default is [24, 4].
      degree: the result of c x is c^degree that of x, number by number of the result or for all;
        None: it depends on the unit.
      tells: whether values that are not finite can be seen in the result, or are an error; False:
        truth values, orders and numbers of other rows, in which they count as the docstring says.
    """

    call: Callable
    name: str
    shape: tuple[int, ...] = (ROWS, COLUMNS)
    degree: int | tuple[int, ...] | None = 0
    tells: bool = True


def like(x):
    """Another array of that many rows and columns."""
    return np.resize(OTHER, x.shape)


def square(x):
    """A symmetric matrix made of rows."""
    return np.maximum(x[:COLUMNS], x[:COLUMNS].T)


GROUP, OUT = (N * N, COLUMNS), (N * N, N)
CASES = {
    "ablation_losses": Case(
        lambda x: A.ablation_losses(x, UNEMBED, TABLES, cross_entropy), "hidden", GROUP, None
    ),
    "accuracy_at": Case(
        lambda x: A.accuracy_at(x.T, BIT[: len(x)], np.zeros(x.shape[1])), "scores", tells=False
    ),
    "activation_distances": Case(A.activation_distances, "hidden", degree=2),
    "activation_scaling": Case(lambda x: abs(A.activation_scaling(x, 1)), "hidden", degree=1),
    "align_over_time": Case(lambda x: A.align_over_time(x[None]), "coordinates", degree=1),
    "aligned_similarity": Case(lambda x: A.aligned_similarity(x, like(x)), "strength", degree=1),
    "area_under_curve": Case(
        lambda x: A.area_under_curve(x.T, BIT[: len(x)]), "scores", tells=False
    ),
    "best_threshold": Case(lambda x: A.best_threshold(x.T, BIT[: len(x)]).accuracy, "scores"),
    "class_distances": Case(
        lambda x: A.class_distances(x, CLASSES[: len(x)]), "activations", degree=(2, 2, 0, 0)
    ),
    "compression": Case(lambda x: A.compression(x).lost, "values", degree=1, tells=False),
    "deepest_dip": Case(A.deepest_dip, "values", degree=1, tells=False),
    "quantised_information": Case(
        lambda x: A.quantised_information(x, CLASSES[: len(x)], 3), "activations"
    ),
    "quantile_information": Case(
        lambda x: A.quantile_information(x, CLASSES[: len(x)], 3), "activations"
    ),
    "matrix_layer_information": Case(
        lambda x: A.matrix_layer_information(x, CLASSES[: len(x)]), "activations"
    ),
    "mixture_entropy": Case(lambda x: A.mixture_entropy(x, 0.5), "centres", degree=None),
    "noisy_information": Case(
        lambda x: A.noisy_information(x, CLASSES[: len(x)], 0.5), "activations", degree=None
    ),
    "bi_equivariance": Case(lambda x: A.bi_equivariance(x, TABLES), "logits", OUT, (1, 0, 1, 0, 0)),
    "binned_information": Case(
        lambda x: A.binned_information(x, CLASSES[: len(x)], 0.5), "activations", degree=None
    ),
    "centre_logits": Case(A.centre_logits, "logits", OUT, 1),
    "centred_similarity": Case(lambda x: A.centred_similarity(square(x)), "similarity", degree=1),
    "circular_mean_position": Case(lambda x: A.circular_mean_position(x)[0], "weights"),
    "class_densities": Case(
        lambda x: A.class_densities(x, CLASSES[: len(x)], np.ones(x.shape[1]), np.arange(-9, 10)),
        "values",
        degree=None,
        tells=False,
    ),
    "order_of_emergence": Case(
        lambda x: A.order_of_emergence(x.T, STEPS[: len(x)]), "steps", tells=False
    ),
    "rise_steps": Case(lambda x: A.rise_steps(x, STEPS[: len(x)]), "values"),
    "class_entropy": Case(lambda x: A.class_entropy(x[:, 0]), "classes", tells=False),
    "classical_scaling": Case(
        lambda x: abs(A.classical_scaling(A.similarity_matrix(x), 1)), "hidden", degree=1
    ),
    "clipped_share": Case(lambda x: A.clipped_share(x, CLASSES[: len(x)]), "logits", degree=None),
    "coset_concentration": Case(
        lambda x: A.coset_concentration(x, S3.subgroups.right_cosets), "values", (N, COLUMNS)
    ),
    "covariance_ellipse": Case(
        lambda x: A.covariance_ellipse(x[:, :2])[:2], "codes", degree=(1, 1)
    ),
    # without a degree: columns with deviations below 1e-4 beside larger ones, as published
    "edge_information": Case(lambda x: A.edge_information(x, like(x), 12.0), "first", degree=None),
    "edge_layer_information": Case(
        lambda x: A.edge_layer_information(x, like(x), CLASSES[: len(x)]),
        "activations",
        degree=None,
    ),
    "entropy_order": Case(A.entropy_order, "weights", degree=None, tells=False),
    "error_gap": Case(lambda x: A.error_gap(x, like(x)[:, :3]).gap, "first", degree=None),
    "lasting_departure": Case(
        lambda x: A.lasting_departure(x.T, STEPS[: len(x)], least=0.0), "gap", degree=0
    ),
    "shifted_cosine": Case(lambda x: A.shifted_cosine(x, like(x)[:2]), "weights"),
    "fourth_cumulant": Case(lambda x: A.fourth_cumulant(x, np.eye(COLUMNS)), "samples", degree=4),
    "leading_cumulant_factors": Case(
        lambda x: A.leading_cumulant_factors(x, starts=2, steps=3).values, "samples", degree=4
    ),
    "field_cosine": Case(lambda x: A.field_cosine(x, like(x)), "first"),
    "first_learned": Case(
        lambda x: A.first_learned(x, STEPS[: len(x)]), "similarity", degree=None, tells=False
    ),
    "fit_cubes": Case(
        lambda x: A.fit_cubes(x, TABLES, KEY, cross_entropy).coefficients, "logits", OUT, 1
    ),
    "group_means": Case(lambda x: A.group_means(x[:, None], np.ones(x.shape)), "values", degree=1),
    "group_metrics": Case(
        lambda x: (
            A.group_metrics(
                x, HIDDEN, UNEMBED.T, UNEMBED.T, UNEMBED, ALL, ALL, TABLES, cross_entropy, accuracy
            ).similarity
        ),
        "logits",
        OUT,
    ),
    "hidden_in_representation": Case(
        lambda x: A.hidden_in_representation(x, S3.irreps[2].matrices, S3.fibres).cosine,
        "hidden",
        GROUP,
    ),
    "hidden_variance": Case(lambda x: A.hidden_variance(x, TABLES), "hidden", GROUP),
    "illusory_plateaus": Case(
        lambda x: A.illusory_plateaus(x[:, 0], like(x), 0), "feature", degree=1
    ),
    "inductive_projection": Case(
        lambda x: A.inductive_projection(square(x) + 9 * np.eye(COLUMNS), 1),
        "similarity",
        degree=None,
    ),
    "inverse_participation_ratio": Case(A.inverse_participation_ratio, "weights"),
    "irrep_strength": Case(lambda x: A.irrep_strength(x, TABLES), "values", (N, COLUMNS), 2),
    "irrep_shares": Case(lambda x: A.irrep_shares(x, TABLES.projectors), "values", (N, COLUMNS)),
    "is_dead": Case(A.is_dead, "activations", tells=False),
    "kept_scores": Case(lambda x: A.kept_scores(x, np.array([1, 0])), "contributions", degree=1),
    "kernel_information": Case(
        lambda x: A.kernel_information(x, CLASSES[: len(x)], 0.5), "activations", degree=None
    ),
    "largest_subgroup": Case(
        lambda x: A.largest_subgroup(x, np.arange(1, len(x) + 1)),
        "concentration",
        degree=None,
        tells=False,
    ),
    "layer_information": Case(
        # EDGE depends on units where columns lie on both sides of its least deviation
        lambda x: A.layer_information([x], like(x), CLASSES[: len(x)], ("neighbours", "quantiles")),
        "layers",
    ),
    "learnable_modes": Case(lambda x: A.learnable_modes(x[:, 0]), "strength", tells=False),
    "localization_order": Case(A.localization_order, "weights", degree=None, tells=False),
    "localization_orders": Case(A.localization_orders, "participation", tells=False),
    "localized_groups": Case(
        lambda x: A.localized_groups(x, 0.3), "participation", degree=None, tells=False
    ),
    "logit_parts": Case(lambda x: A.logit_parts(x, TABLES), "logits", OUT, 1),
    "lost_from_peak": Case(lambda x: A.lost_from_peak(x.T), "values", degree=1, tells=False),
    "map_rank": Case(lambda x: A.map_rank(x, 2.0), "singular", degree=None, tells=False),
    "matrix_correlation": Case(
        lambda x: A.matrix_correlation(square(x), square(OTHER)), "one", degree=0
    ),
    "mean_position": Case(A.mean_position, "weights"),
    "mode_map": Case(lambda x: A.mode_map(x.T, like(x), np.eye(x.shape[1])), "outputs", degree=1),
    "most_illusory": Case(
        lambda x: np.array(A.most_illusory(x[:COLUMNS], np.eye(COLUMNS), np.arange(4, 0, -1), 2)),
        "values",
        tells=False,
    ),
    "neighbour_class_information": Case(
        lambda x: A.neighbour_class_information(x, CLASSES[: len(x)]), "activations"
    ),
    "neighbour_information": Case(lambda x: A.neighbour_information(x, like(x)), "first"),
    "neighbour_ties": Case(lambda x: A.neighbour_ties(x, like(x)), "first"),
    "network_class_densities": Case(
        lambda x: A.network_class_densities(
            x[None], CLASSES[: len(x)], np.ones((1, x.shape[1])), np.arange(-9, 10)
        ),
        "values",
        degree=None,
        tells=False,
    ),
    "neuron_clusters": Case(A.neuron_clusters, "strength", degree=None, tells=False),
    "neuron_explanations": Case(
        lambda x: A.neuron_explanations(
            x, x, TABLES.projectors, S3.subgroups.right_cosets, S3.subgroups.left_cosets
        ),
        "x_embed",
        (N, COLUMNS),
        degree=None,
    ),
    "off_neurons": Case(lambda x: A.off_neurons(x, x), "x_embed", degree=None, tells=False),
    "pair_information": Case(
        lambda x: list(A.pair_information(x, like(x), ("binning", "neighbours")).values()), "first"
    ),
    "part_losses": Case(
        lambda x: A.part_losses(
            x, A.logit_parts(LOGITS, TABLES), KEY, ALL, TABLES.product, cross_entropy
        ),
        "whole",
        OUT,
        None,
    ),
    "participation_entropy": Case(A.participation_entropy, "weights"),
    "peak_among_top": Case(lambda x: A.peak_among_top(x, 1), "fields", tells=False),
    "peak_distance": Case(lambda x: A.peak_distance(x, x[::-1]), "first"),
    "pool_by_product": Case(lambda x: A.pool_by_product(x, TABLES.fibres), "values", GROUP, 1),
    "predicted_trace": Case(
        lambda x: A.predicted_trace(x, np.ones(x.shape[1]), np.ones(len(x)), like(x), 0),
        "strength",
        degree=1,
    ),
    "product_marginals": Case(lambda x: A.product_marginals(x, TABLES.fibres), "values", GROUP, 1),
    "product_parts": Case(lambda x: A.product_parts(x, UNEMBED, TABLES), "hidden", GROUP, 1),
    "project_on_irreps": Case(
        lambda x: A.project_on_irreps(TABLES.projectors, x), "values", (N, COLUMNS), 1
    ),
    "prune_networks": Case(
        lambda x: A.prune_networks(
            x[None],
            np.zeros(1),
            BIT[: len(x)],
            np.ones((1, 1, x.shape[1])),
            np.arange(x.shape[1])[None, None],
        )[0],
        "contributions",
    ),
    "reading_errors": Case(lambda x: A.reading_errors(x.T), "errors", degree=(1, 2, 2, 1, 0)),
    "relative_difference": Case(
        lambda x: A.relative_difference(square(OTHER), square(x)), "other", degree=None
    ),
    "resting_counts": Case(lambda x: A.resting_counts(x[:, 0], 2), "strength", tells=False),
    "relabel_pairs": Case(lambda x: A.relabel_pairs(x, ORDER[0]), "values", GROUP, 1),
    "representation_readout": Case(
        lambda x: A.representation_readout(x, S3.irreps[2].matrices, TABLES.product, ALL, ALL),
        "hidden",
        GROUP,
    ),
    "rho_set_fit": Case(
        lambda x: A.rho_set_fit(x, x, x.T, S3.irreps[2].matrices), "x_embed", (N, COLUMNS)
    ),
    "rms_distance": Case(
        lambda x: A.rms_distance(A.similarity_matrix(x), np.ones((len(x), len(x)))),
        "hidden",
        degree=1,
    ),
    "rowwise_similarity": Case(lambda x: A.rowwise_similarity(x, TABLES), "logits", OUT),
    "saddle_distances": Case(lambda x: A.saddle_distances(x, np.zeros(2)), "learned", degree=1),
    "scaling_eigenvalues": Case(
        lambda x: A.scaling_eigenvalues(A.similarity_matrix(x)), "hidden", degree=2
    ),
    "share_of_most_common": Case(lambda x: A.share_of_most_common(x[:, 0]), "classes", tells=False),
    "shuffled_similarity": Case(lambda x: A.shuffled_similarity(x, TABLES, ORDER), "logits", OUT),
    "sign_blocks": Case(
        lambda x: A.sign_blocks(x, UNEMBED, S3.signature), "hidden", GROUP, (1, 0, 0)
    ),
    "similarity_matrix": Case(A.similarity_matrix, "hidden", degree=2),
    "similarity_nulls": Case(
        lambda x: A.similarity_nulls(x, None, ALL[:20], ALL[20:], TABLES, ORDER)[0].shuffled,
        "logits",
        OUT,
    ),
    "straight_distances": Case(lambda x: A.straight_distances(x[:, 0]), "strength", degree=1),
    "squared_distances": Case(
        lambda x: A.squared_distances(A.similarity_matrix(x)), "hidden", degree=2
    ),
    "symmetric_edges": Case(A.symmetric_edges, "values", degree=None, tells=False),
    "top_overlap": Case(lambda x: A.top_overlap(x, 1), "fields"),
    "trace_similarity": Case(lambda x: A.trace_similarity(x, TABLES), "logits", OUT),
    "transition_steps": Case(
        lambda x: A.transition_steps(STEPS[: len(x)], x, np.ones(x.shape[1])),
        "strength",
        degree=None,
    ),
    "typicality": Case(lambda x: A.typicality(x, 1), "v", degree=1, tells=False),
    "unembedding_in_representation": Case(
        lambda x: (
            A.unembedding_in_representation(x.T, UNEMBED, S3.irreps[2].matrices, S3.inverses).cosine
        ),
        "readout",
        (COLUMNS, 4),
    ),
    "unit_contributions": Case(lambda x: A.unit_contributions(x[None]), "hidden", degree=1),
    "validity": Case(lambda x: A.validity(x, 8).increases, "with_input", degree=1, tells=False),
    "value_entropy": Case(A.value_entropy, "weights", degree=None),
    "variance_along_path": Case(lambda x: A.variance_along_path(x, np.ones(x.shape[1])), "codes"),
    "variance_explained": Case(
        lambda x: A.variance_explained(TABLES.projectors, x), "values", (N, COLUMNS)
    ),
}

ELSEWHERE = {
    "binning_program",  # test_information
    "character_cubes",  # of a group
    "chance_distances",  # of a ring, test_peaks_and_populations
    "check_activations",  # by every estimator of this table
    "code_ceiling",  # numbers; codes and kernels, test_without_estimator
    "code_information",
    "counted_information",
    "counted_program",
    "concentration_chance",  # numbers, test_cosets
    "concentration_exceedance",
    "conjugate_subgroups",
    "cosets_by_chance",
    "group_metrics_in_blocks",  # a network, its own tests
    "irrep_by_chance",
    "delta_matrix",
    "distances_program",
    "gaussian_entropy",  # numbers, test_noisy_information
    "gaussian_matrix",
    "matrix_entropy",
    "matrix_information",
    "monte_carlo_bound",
    "packed_keys",
    "quantile_codes",  # of quantile_information
    "rank_correlation",  # leaves out what is not finite
    "scaled_width",
    "uniform_codes",  # of quantised_information
    "coherence",  # numbers, test_learning_of_structure
    "contrastive_bound",  # test_variational
    "contrastive_information",
    "estimate_names",
    "exact_interval",  # counts, test_irrep_populations
    "irrep_population",
    "wilson_interval",
    "gradient_statistics",
    "group_portrait",  # of functions of this table
    "independent_components",  # test_components
    "least_squared_error",  # test_entry_rule
    "key_irreps",  # of nulls, test_irrep_nulls
    "memorised_logits",  # of pairs
    "memorised_share",
    "microscope",
    "mode_names",
    "null_threshold",
    "pair_estimate_names",
    "peak_agreement",
    "published_names",
    "random_relabellings",
    "rank_one_chance",
    "search_independent_components",
    "sparse_dictionary",
    "spread_records",
    "total_metrics",
}
MADE_OF_SQUARES = {"centred_similarity", "inductive_projection"}
MADE_OF_SQUARES |= {"matrix_correlation", "relative_difference", "most_illusory"}
OF_ONE_COLUMN = {
    "class_entropy",
    "covariance_ellipse",
    "illusory_plateaus",
    "learnable_modes",
    "straight_distances",
}
OF_ONE_COLUMN |= {"resting_counts", "share_of_most_common"}
LABELS = {"class_entropy", "share_of_most_common"}
OTHERS = ("fisher", "field_fits", "resampling", "ensembles", "labelled", "probes", "tangent_kernel")
# comparisons: test_representation_measures and the test of each
OTHERS += ("kernel", "shape_distance", "dissimilarity", "regression_similarity", "matching")
OTHERS += ("eigen_distortions", "noise_information")  # tests of their own
OTHERS += ("representation_measures", "representation_pairs", "dimension")


def numbers_of(seed, shape):
    """Small whole numbers, exact in every type; a constant row and one of zeros."""
    found = np.random.default_rng(seed).integers(-3, 4, shape)
    found[0], found[1] = 1, 0
    return found


@contextmanager
def unchecked_signatures():
    """What users see: shapes of signatures are checked in tests only."""
    jaxtyping.config.update("jaxtyping_disable", True)
    try:
        yield
    finally:
        jaxtyping.config.update("jaxtyping_disable", False)


def outcome(case, x):
    """Arrays of the result, or the error's message."""
    with warnings.catch_warnings(), unchecked_signatures():
        warnings.simplefilter("ignore", RuntimeWarning)  # of numpy, where a number is not finite
        try:
            return [np.asarray(leaf, float) for leaf in jax.tree.leaves(case.call(x))]
        except ValueError as error:
            return str(error)


def assert_same(found, wanted, degrees=(0,), scale=1.0):
    if isinstance(wanted, str) or isinstance(found, str):
        assert found == wanted
        return
    degrees = degrees * len(wanted) if len(degrees) == 1 else degrees
    for one, other, degree in zip(found, wanted, degrees, strict=True):
        size = scale**degree
        if not 1e-36 < size < 1e36:
            continue  # float32 cannot hold it
        other = other * size
        largest = np.max(np.abs(other[np.isfinite(other)]), initial=0)
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=3e-5 * largest)
