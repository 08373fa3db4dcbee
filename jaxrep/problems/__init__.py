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
)

__all__ = [
    "FeatureSetting",
    "FeatureTask",
    "feature_problem",
    "feature_task",
    "in_coordinates",
    "layers",
    "singular_values",
    "starting",
    "table_basis",
    "turned_into",
]
