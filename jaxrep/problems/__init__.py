"""Training problems that are ready for the engine."""

from jaxrep.problems.feature_task import (
    FeatureSetting,
    FeatureTask,
    feature_problem,
    feature_task,
    in_coordinates,
    layers,
    singular_values,
    starting,
    table_basis,
    turned_into,
    weight_drawing,
)
from jaxrep.problems.gated_task import (
    Contexts,
    contexts_of,
    gated_problem,
)
from jaxrep.problems.noisy_task import NoisyTask, noisy_problem, noisy_task

__all__ = [
    "Contexts",
    "FeatureSetting",
    "FeatureTask",
    "NoisyTask",
    "contexts_of",
    "feature_problem",
    "feature_task",
    "gated_problem",
    "in_coordinates",
    "layers",
    "noisy_problem",
    "noisy_task",
    "singular_values",
    "starting",
    "table_basis",
    "turned_into",
    "weight_drawing",
]
