"""From a configuration of deep_linear to its training problem, replicas and schedule."""

import dataclasses

from jaxrep.analysis.semantic import most_illusory
from jaxrep.engine import Replicas, Schedule, linear_steps, logarithmic_steps
from jaxrep.errors import InputError
from jaxrep.models.mode_coordinates import singular_modes
from jaxrep.problems.feature_task import FeatureSetting, feature_problem
from jaxrep.problems.gated_task import gated_problem
from jaxrep.study import Plan, check_least, check_positive
from jaxrep.theory.stability import training_defaults

from .config import Config
from .correlated import correlated_defaults, correlated_plan
from .data import SHAPES, TaskData, task_data
from .given_start import given_start, started_config
from .noisy import noisy_defaults, noisy_plan
from .partial_sharing import gate_table, sharing_plan
from .start import balanced_start, gentlest

SCAN = "scales"
"""The companion from other initial scales."""
SEPARATE = "separate"
"""The companion of a gated network whose contexts share no path."""
SCALES = {2: (1e-15, 1e-12, 1e-9, 1e-6, 1e-3, 0.1, 1.0, 10.0)}
DEEPER_SCALES = (0.03, 0.1, 0.3, 1.0, 2.0, 3.0, 5.0, 8.0)
SCAN_SEEDS = 4


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
        gradient=config.saddles,
        kernel=bool(config.balance or config.start)
        and (config.depth, config.activation) == (2, "linear"),
    )


def is_tutorial(config: Config) -> bool:
    """The network and the sizes of the tutorial, whose settings then are the default."""
    sizes = (config.data, config.shape or SHAPES["tree"], config.features, config.depth)
    return sizes == ("tree", SHAPES["tree"], 10_000, 2)


def resolve(config: Config) -> Config:
    """The configuration with learning rate, scale and steps that follow from its data.

    Raises:
      InputError: data that cannot be read, or without anything to learn.
    """
    if config.learning_rate and config.scale and config.steps is not None:
        return config
    if config.signal:
        return noisy_defaults(config)
    if config.inputs:
        return correlated_defaults(config)
    if is_tutorial(config):
        rate, scale, steps = 100.0, 1e-12, 250
        rate, steps = gentlest(config, rate, steps)
    else:
        check_least(config, hidden=1, features=1, depth=1)
        check_positive(
            config, *(name for name in ("learning_rate", "scale") if getattr(config, name))
        )
        given = {"learning_rate": min(config.learning_rate, default=None)}
        given["scale"] = min(config.scale, default=None)
        try:
            defaults = [
                training_defaults(
                    singular_modes(table.values).strength,
                    *table.values.shape,
                    config.hidden,
                    config.depth,
                    **given,
                )
                for table in task_data(config).tables
            ]
        except InputError:
            raise
        except ValueError as error:
            raise InputError(f"data: {config.data}: {error}") from None
        rate, scale = (min(values) for values in list(zip(*defaults, strict=True))[:2])
        rate, steps = gentlest(config, rate, max(one.steps for one in defaults))
    contexts = len(gate_table(config).values) if config.gates else max(config.contexts, default=1)
    return dataclasses.replace(
        config,
        learning_rate=config.learning_rate or (rate,),
        scale=config.scale or (scale,),
        # a path of one context is pulled by its share of the mean over all
        steps=steps * contexts if config.steps is None else config.steps,
    )


def build(config: Config) -> Plan:
    """The training problem, replicas and schedule; with the tables and the network's setting."""
    config = resolve(config)
    if config.signal:
        return noisy_plan(config)
    if config.inputs:
        return correlated_plan(config)
    if config.gates:
        data = task_data(config)
        setting = setting_of(config, data)._replace(traces=(), trace_names=())
        return sharing_plan(config, data, setting)
    if config.contexts:
        return gated_plan(config)
    plan = drawn_plan(config)
    if config.start.startswith("<"):  # the run of a suite that is not there yet
        return plan
    if config.start:
        before = started_config(config)
        return given_start(config, plan, None if before is None else drawn_plan(before))
    if config.balance:
        return balanced_start(config, plan)
    if config.depth == 1 or len(config.scale) > 1:
        return plan
    return plan._replace(companions={SCAN: _scale_scan(config, plan)})


def drawn_plan(config: Config) -> Plan:
    """The plan of a resolved configuration from weights as they are drawn, without companions."""
    assert config.steps is not None
    swept = ["flip", "data_seed", "scale", "learning_rate"]
    swept[3:3] = ["balance"] if config.balance else []
    replicas = Replicas.consecutive(
        config.first_seed, config.seeds, {name: getattr(config, name) for name in swept}
    )
    # modes of a large lambda are learned in a few steps, those of a small one in thousands
    spread = logarithmic_steps if config.balance else linear_steps
    measured = spread(config.steps, min(config.steps + 1, config.measurements))
    saved = linear_steps(config.steps, 5)[1:]
    schedule = Schedule(config.steps, measured, (0, config.steps), saved)
    data = task_data(config)
    setting = setting_of(config, data)
    return Plan(feature_problem(data.tables, setting), replicas, schedule, data=(data, setting))


def gated_plan(config: Config) -> Plan:
    """Networks with a shared path and own ones; as companion the same ones without it."""
    assert config.steps is not None
    swept = {name: getattr(config, name) for name in ("scale", "learning_rate", "contexts")}
    replicas, alone = (
        Replicas.consecutive(config.first_seed, config.seeds, {**swept, "shared": (path,)})
        for path in (1.0, 0.0)
    )
    measured = linear_steps(config.steps, min(config.steps + 1, config.measurements))
    schedule = Schedule(
        config.steps, measured, (0, config.steps), linear_steps(config.steps, 5)[1:]
    )
    data = task_data(config)
    setting = setting_of(config, data)._replace(traces=(), trace_names=())
    problem = gated_problem(data.tables[0], setting, max(config.contexts))
    separate = Plan(problem, alone, schedule)
    return Plan(problem, replicas, schedule, data=(data, setting), companions={SEPARATE: separate})


def _scale_scan(config: Config, plan: Plan) -> Plan:
    """The same network from other initial scales: first learning rate and data set, a few seeds."""
    hyper = {name: getattr(config, name)[0] for name in ("flip", "data_seed", "learning_rate")}
    seeds = tuple(range(config.first_seed, config.first_seed + SCAN_SEEDS))
    replicas = Replicas(seeds, hyper | {"scale": SCALES.get(config.depth, DEEPER_SCALES)})
    return Plan(plan.problem, replicas, Schedule(plan.schedule.steps, plan.schedule.measure))
