"""From a configuration of deep_linear to its training problem, replicas and schedule."""

from jaxrep.analysis.semantic import most_illusory
from jaxrep.engine import Replicas, Schedule, linear_steps
from jaxrep.errors import InputError
from jaxrep.models.mode_coordinates import singular_modes
from jaxrep.problems.feature_task import FeatureSetting, feature_problem
from jaxrep.study import Plan

from .config import Config
from .data import TaskData, task_data


def setting_of(config: Config, data: TaskData) -> FeatureSetting:
    """What is trained, from the configuration and what the data are like."""
    table = data.tables[0]
    pairs = tuple(table.position(pair) for pair in config.trace)
    if not pairs:
        modes = singular_modes(table.values)
        pairs = most_illusory(table.values, modes.v, modes.strength, count=2)
    names = tuple(f"{table.items[item]}:{table.features[feature]}" for item, feature in pairs)
    return FeatureSetting(
        config.depth,
        config.hidden,
        config.activation,
        config.coordinates == "modes",
        pairs,
        names,
        data.flips,
        data.data_seeds,
    )


def build(config: Config) -> Plan:
    """The training problem, replicas and schedule; with the tables and the network's setting."""
    swept = ("flip", "data_seed", "scale", "learning_rate")
    replicas = Replicas.consecutive(
        config.first_seed, config.seeds, {name: getattr(config, name) for name in swept}
    )
    if config.steps < 0:
        raise InputError(f"steps: {config.steps} is negative; 0 or more are allowed")
    measured = linear_steps(config.steps, min(config.steps + 1, config.measurements))
    saved = linear_steps(config.steps, 5)[1:]
    schedule = Schedule(config.steps, measured, (0, config.steps), saved)
    data = task_data(config)
    setting = setting_of(config, data)
    problem = feature_problem(data.tables, setting)
    return Plan(problem, replicas, schedule, data=(data, setting))
