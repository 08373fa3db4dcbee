"""Theory: what is predicted. Closed forms and reduced dynamics; arrays in, arrays out.

Times are in steps (updates) throughout; nothing here knows who trained.
"""

from jaxrep.theory.balanced_solution import (
    Balanced,
    balanced_flow,
    balanced_mode,
    balanced_weights,
    hidden_directions,
    layer_balance,
)
from jaxrep.theory.balanced_start import (
    balance_layers,
    balance_residual,
    learned_similarity,
    similarity_change,
)
from jaxrep.theory.bias_law import (
    FittedBias,
    bias_constant,
    bias_law,
    fit_bias_constant,
)
from jaxrep.theory.correlated_inputs import (
    Curvatures,
    InputModes,
    input_modes,
    least_squares_map,
    regression_curvatures,
    regression_edge,
)
from jaxrep.theory.efficient_coding import (
    Iterated,
    efficient_information,
    expected_loss,
    information_exponent,
    iterate_density,
    predicted_bias,
)
from jaxrep.theory.gated_pathways import (
    Race,
    descend_race,
    pathway_race,
    race_half_time,
)
from jaxrep.theory.input_laws import (
    InputLaw,
    input_law,
)
from jaxrep.theory.linear_information import (
    linear_information,
    reconstruction_strengths,
)
from jaxrep.theory.localization import (
    Marginal,
    algebraic_marginal,
    amplifier,
    effective_dynamics,
    gaussian_marginal,
    interpolate_amplifier,
    laplace_marginal,
    nonlinear_gaussian_marginal,
    second_layer_dynamics,
    tabulate_amplifier,
    two_point_marginal,
    uniform_marginal,
)
from jaxrep.theory.mode_dynamics import (
    deep_time,
    descend_modes,
    effective_rate,
    expected_start,
    half_time,
    loss_plateaus,
    mode_growth,
    mode_sigmoid,
    rise_time,
    shallow_mode,
    transition_times,
)
from jaxrep.theory.noisy_teacher import (
    NoisyMode,
    best_strength,
    noise_strengths,
    noisy_mode,
    sample_error,
    teacher_error,
)
from jaxrep.theory.reduced_model import (
    Start,
    matrix_logistic,
    predicted_feature,
    reduced_loss,
    reduced_mode_strengths,
    reduced_similarity,
    reduced_singular_values,
    reduced_start,
    solve_reduced_model,
)
from jaxrep.theory.relu_unit import (
    relu_unit_fields,
)
from jaxrep.theory.reversal import (
    Halves,
    balanced_time,
    descend_halves,
    layer_halves,
)
from jaxrep.theory.rho_sets import (
    RhoSetCircuit,
    rho_set_circuit,
)
from jaxrep.theory.shared_pathways import (
    descend_pathways,
    shared_strength,
)
from jaxrep.theory.stability import (
    TrainingDefaults,
    fastest_rate,
    largest_scale,
    stability_edge,
    training_defaults,
)

__all__ = [
    "algebraic_marginal",
    "amplifier",
    "balance_layers",
    "balance_residual",
    "Balanced",
    "balanced_flow",
    "balanced_mode",
    "balanced_time",
    "balanced_weights",
    "best_strength",
    "bias_constant",
    "bias_law",
    "Curvatures",
    "deep_time",
    "descend_halves",
    "descend_modes",
    "descend_pathways",
    "descend_race",
    "effective_dynamics",
    "effective_rate",
    "efficient_information",
    "expected_loss",
    "expected_start",
    "fastest_rate",
    "fit_bias_constant",
    "FittedBias",
    "gaussian_marginal",
    "half_time",
    "Halves",
    "hidden_directions",
    "information_exponent",
    "input_law",
    "InputLaw",
    "input_modes",
    "InputModes",
    "interpolate_amplifier",
    "iterate_density",
    "Iterated",
    "laplace_marginal",
    "largest_scale",
    "layer_balance",
    "layer_halves",
    "learned_similarity",
    "least_squares_map",
    "linear_information",
    "loss_plateaus",
    "Marginal",
    "matrix_logistic",
    "mode_growth",
    "mode_sigmoid",
    "noise_strengths",
    "noisy_mode",
    "NoisyMode",
    "nonlinear_gaussian_marginal",
    "pathway_race",
    "predicted_bias",
    "predicted_feature",
    "Race",
    "race_half_time",
    "reconstruction_strengths",
    "reduced_loss",
    "reduced_mode_strengths",
    "reduced_similarity",
    "reduced_singular_values",
    "reduced_start",
    "regression_curvatures",
    "regression_edge",
    "relu_unit_fields",
    "rho_set_circuit",
    "RhoSetCircuit",
    "rise_time",
    "sample_error",
    "second_layer_dynamics",
    "shallow_mode",
    "shared_strength",
    "similarity_change",
    "solve_reduced_model",
    "stability_edge",
    "training_defaults",
    "TrainingDefaults",
    "Start",
    "tabulate_amplifier",
    "teacher_error",
    "transition_times",
    "two_point_marginal",
    "uniform_marginal",
]
