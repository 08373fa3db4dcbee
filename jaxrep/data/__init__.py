"""Inputs: tables, trees and graphs, Gaussian processes, spins and pulses, faces, files."""

from jaxrep.data.angle_density import (
    Density,
    check_inside,
    draw_bin_weights,
    normal_density,
    read_density,
    stepwise_density,
    tabulated_density,
    uniform_density,
    von_mises_density,
)
from jaxrep.data.cayley_files import (
    read_group,
)
from jaxrep.data.class_mixtures import (
    DrawnInputs,
    InputClass,
    sample_classes,
    sample_drawn_classes,
    sample_each_class,
)
from jaxrep.data.class_shares import (
    class_counts,
    class_indices,
)
from jaxrep.data.clones import (
    clone_classes,
    gaussian_clone,
)
from jaxrep.data.content import (
    content_digest,
)
from jaxrep.data.elliptical import (
    Radius,
    elliptical_kurtosis,
    elliptical_mean_size,
    sample_elliptical,
    sample_student,
    student_mean_size,
)
from jaxrep.data.face_transformations import (
    FACE_PARAMETERS,
    Transformation,
    TransformedStimuli,
    draw_transformed_stimuli,
    transform_each_face,
    transform_faces,
)
from jaxrep.data.faces import (
    Faces,
    Stimuli,
    draw_stimuli,
    load_faces,
)
from jaxrep.data.feature_files import (
    read_feature_array,
    read_feature_csv,
)
from jaxrep.data.feature_table import (
    FeatureTable,
    make_feature_table,
    toy_table,
)
from jaxrep.data.gaussian_process import (
    circulant_matrix,
    circulant_spectrum,
    colour_noise,
    condition_field,
    covariance_row,
    gain_of_pnas,
    latent_covariance,
    latent_values,
    realized_covariance_row,
    sample_field,
    saturate_field,
    saturated_covariance,
    saturation_normaliser,
    sign_changes,
)
from jaxrep.data.graph_fields import (
    GraphField,
    chain_field,
    cluster_field,
    grid_field,
    ring_field,
    sample_graph_field,
)
from jaxrep.data.hierarchy import (
    Tree,
    branching_diffusion,
    sample_tree,
)
from jaxrep.data.input_families import (
    BOUNDARIES,
    INPUT_FAMILIES,
    FamilyKind,
    InputFamily,
    input_family,
)
from jaxrep.data.ising import (
    ising_covariance,
    sample_ising,
)
from jaxrep.data.known_channels import (
    KnownChannel,
    known_channels,
)
from jaxrep.data.labelled import (
    Labelled,
    read_idx,
    read_idx_folder,
    read_labelled_npz,
    split_at_random,
)
from jaxrep.data.labelled_text import (
    LabelledText,
    read_labelled_csv,
    read_labelled_text,
)
from jaxrep.data.norta import (
    algebraic_quantile,
    binary_quantile,
    laplace_quantile,
    normal_quantile,
    rescale_samples,
    transformed_covariance,
    uniform_quantile,
)
from jaxrep.data.photographs import (
    PHOTOGRAPHS,
    photographs,
    whiten_photograph,
    whitened_photographs,
)
from jaxrep.data.picture_files import (
    read_pictures,
)
from jaxrep.data.pictures import (
    Pictures,
    Split,
    fetch_olivetti,
    resize,
    split_people,
    split_pictures,
)
from jaxrep.data.procedural_faces import (
    draw_face,
    draw_identities,
)
from jaxrep.data.pulses import (
    disjoint_blocks,
    extent_of_share,
    pulse_covariance,
    sample_block,
    sample_pulse,
)
from jaxrep.data.rotation import (
    Taps,
    disc_mask,
    face_coordinates,
    rotate_each_picture,
    rotate_pictures,
    rotation_taps,
)
from jaxrep.data.selection import (
    Selected,
    orient_samples,
    rescale_support,
    sample_patches,
    sample_where,
    select_candidates,
)
from jaxrep.data.spectrum import (
    Spectrum,
    helmert,
    population_strengths,
    sorted_spectrum,
)
from jaxrep.data.twelve_bits import (
    bit_patterns,
    class_checksum,
    pattern_classes,
    twelve_bit_task,
)

__all__ = [
    "algebraic_quantile",
    "binary_quantile",
    "bit_patterns",
    "BOUNDARIES",
    "branching_diffusion",
    "chain_field",
    "check_inside",
    "circulant_matrix",
    "circulant_spectrum",
    "class_checksum",
    "class_counts",
    "class_indices",
    "clone_classes",
    "cluster_field",
    "colour_noise",
    "condition_field",
    "content_digest",
    "covariance_row",
    "Density",
    "disc_mask",
    "disjoint_blocks",
    "draw_bin_weights",
    "draw_face",
    "draw_identities",
    "draw_stimuli",
    "draw_transformed_stimuli",
    "DrawnInputs",
    "elliptical_kurtosis",
    "elliptical_mean_size",
    "extent_of_share",
    "face_coordinates",
    "FACE_PARAMETERS",
    "Faces",
    "FamilyKind",
    "FeatureTable",
    "fetch_olivetti",
    "gain_of_pnas",
    "gaussian_clone",
    "GraphField",
    "grid_field",
    "helmert",
    "INPUT_FAMILIES",
    "input_family",
    "InputClass",
    "InputFamily",
    "ising_covariance",
    "known_channels",
    "KnownChannel",
    "Labelled",
    "LabelledText",
    "laplace_quantile",
    "latent_covariance",
    "latent_values",
    "load_faces",
    "make_feature_table",
    "normal_density",
    "normal_quantile",
    "orient_samples",
    "pattern_classes",
    "PHOTOGRAPHS",
    "photographs",
    "Pictures",
    "population_strengths",
    "pulse_covariance",
    "Radius",
    "read_density",
    "read_feature_array",
    "read_feature_csv",
    "read_group",
    "read_idx",
    "read_idx_folder",
    "read_labelled_csv",
    "read_labelled_npz",
    "read_labelled_text",
    "read_pictures",
    "realized_covariance_row",
    "rescale_samples",
    "rescale_support",
    "resize",
    "ring_field",
    "rotate_each_picture",
    "rotate_pictures",
    "rotation_taps",
    "sample_block",
    "sample_classes",
    "sample_drawn_classes",
    "sample_each_class",
    "sample_elliptical",
    "sample_field",
    "sample_graph_field",
    "sample_ising",
    "sample_patches",
    "sample_pulse",
    "sample_student",
    "sample_tree",
    "sample_where",
    "saturate_field",
    "saturated_covariance",
    "saturation_normaliser",
    "select_candidates",
    "Selected",
    "sign_changes",
    "sorted_spectrum",
    "Spectrum",
    "Split",
    "split_at_random",
    "split_people",
    "split_pictures",
    "stepwise_density",
    "Stimuli",
    "student_mean_size",
    "tabulated_density",
    "Taps",
    "toy_table",
    "transformed_covariance",
    "Tree",
    "transform_each_face",
    "transform_faces",
    "Transformation",
    "TransformedStimuli",
    "twelve_bit_task",
    "uniform_density",
    "uniform_quantile",
    "von_mises_density",
    "whiten_photograph",
    "whitened_photographs",
]
