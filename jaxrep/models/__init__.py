"""Flax modules; `apply` returns outputs and named activations."""

from jaxrep.models.code_network import (
    CodeNetwork,
    angle_error,
    angle_target,
    read_angle,
    uniform_fan_in,
)
from jaxrep.models.committee import (
    BIAS_SIGNS,
    Answers,
    CommitteeMachine,
    ConvolutionalCommittee,
    SparseAutoencoder,
    initial_biases,
    sparsity,
)
from jaxrep.models.deep_network import (
    Activations,
    DeepNetwork,
    weight_shapes,
)
from jaxrep.models.disturbances import (
    Disturbance,
    code_levels,
    code_range,
    disturb,
    quantise,
)
from jaxrep.models.feedforward import (
    FeedForward,
    Layers,
    max_norm,
    truncated_fan_out,
)
from jaxrep.models.group_networks import (
    BilinearNet,
    Circuit,
    OneLayerMLP,
    OneLayerTransformer,
    group_network,
    weight_norm,
)
from jaxrep.models.lazy_training import (
    lazy_rate,
    lazy_start,
)
from jaxrep.models.mode_coordinates import (
    SingularModes,
    compress_outputs,
    draw_outputs,
    expand_outputs,
    gram_factor,
    kept_rows,
    output_basis,
    singular_modes,
    solve_factor,
)
from jaxrep.models.published_weights import (
    PublishedNetwork,
    load_network,
    load_representations,
)
from jaxrep.models.shared_inputs import own_inputs
from jaxrep.models.weight_files import (
    read_safetensors,
    read_weights,
)

__all__ = [
    "quantise",
    "Activations",
    "angle_error",
    "angle_target",
    "Answers",
    "BIAS_SIGNS",
    "BilinearNet",
    "Circuit",
    "CodeNetwork",
    "CommitteeMachine",
    "compress_outputs",
    "ConvolutionalCommittee",
    "code_levels",
    "code_range",
    "DeepNetwork",
    "disturb",
    "Disturbance",
    "draw_outputs",
    "expand_outputs",
    "FeedForward",
    "gram_factor",
    "group_network",
    "initial_biases",
    "kept_rows",
    "Layers",
    "lazy_rate",
    "lazy_start",
    "load_network",
    "load_representations",
    "max_norm",
    "OneLayerMLP",
    "OneLayerTransformer",
    "own_inputs",
    "output_basis",
    "PublishedNetwork",
    "read_safetensors",
    "read_weights",
    "read_angle",
    "singular_modes",
    "SingularModes",
    "solve_factor",
    "SparseAutoencoder",
    "sparsity",
    "truncated_fan_out",
    "uniform_fan_in",
    "weight_norm",
    "weight_shapes",
]
