"""From a configuration of deep_linear to students of a noisy teacher."""

import dataclasses
import math

import numpy as np

from jaxrep.engine import Replicas, Schedule, linear_steps
from jaxrep.errors import InputError
from jaxrep.problems.noisy_task import noisy_problem
from jaxrep.study import Plan, check_finite, check_least, check_memory, check_positive
from jaxrep.theory.mode_dynamics import effective_rate, expected_start, half_time
from jaxrep.theory.noisy_teacher import noise_strengths, noisy_mode

from .config import Config

MOST_SIGNAL = 1e6
"""Signal-to-noise ratio, beyond which float32 has no digits for the noise."""
SMALL_START = 1e-5
"""Strength a mode starts from where no scale is given, in units of the noise."""
SMALL_STEP = 0.15
"""Of the strongest mode in one step, where no rate is given: near the flow that theory is of."""


def check_numbers(config: Config) -> None:
    """Raise `InputError` for numbers that no teacher, sample or training has."""
    check_finite(config, "signal")
    if min(config.signal) < 0:
        raise InputError(f"signal: {min(config.signal):g} given; 0 or more is needed")
    if max(config.signal) > MOST_SIGNAL:
        raise InputError(
            f"signal: {max(config.signal):g} given; at most {MOST_SIGNAL:g} is possible"
        )
    check_least(config, teacher_inputs=1, teacher_outputs=1, hidden=1)
    inputs, outputs, hidden = config.teacher_inputs, config.teacher_outputs, config.hidden
    sizes = {"teacher_inputs": inputs, "teacher_outputs": outputs, "hidden": hidden}
    numbers = inputs * outputs + hidden * (inputs + outputs)
    check_memory(config, **{max(sizes, key=lambda name: sizes[name]): 8 * numbers})
    # nothing follows from the teacher
    check_positive(config, *(name for name in ("learning_rate", "scale") if getattr(config, name)))


def strongest_mode(config: Config) -> float:
    """The largest singular value that the samples have, in theory."""
    aspect = config.teacher_outputs / config.teacher_inputs
    return float(noisy_mode(max(config.signal), aspect).strength)


def noisy_defaults(config: Config) -> Config:
    """Learning rate, scale and steps: slow, small, and until most of the noise is learned.

    Raises:
      InputError: numbers that no teacher, sample or training has.
    """
    check_numbers(config)
    inputs, outputs, hidden = config.teacher_inputs, config.teacher_outputs, config.hidden
    entries = inputs * outputs
    rates = config.learning_rate or (SMALL_STEP / strongest_mode(config) * entries / 2,)
    unit = float(expected_start(1.0, inputs, hidden, outputs))
    scales = config.scale or (math.sqrt(SMALL_START / unit),)
    steps = config.steps
    if steps is None:
        typical = float(np.median(noise_strengths(inputs, outputs)))
        start = min(min(scales) ** 2 * unit, typical / 10)
        rate = effective_rate(min(rates), inputs, outputs)
        steps = math.ceil(2 * float(half_time(typical, start, rate)))
    return dataclasses.replace(config, learning_rate=rates, scale=scales, steps=steps)


def noisy_plan(config: Config) -> Plan:
    """Students of a resolved configuration, every seed with its own teacher and sample."""
    assert config.steps is not None
    swept = {name: getattr(config, name) for name in ("scale", "learning_rate", "signal")}
    replicas = Replicas.consecutive(config.first_seed, config.seeds, swept)
    measured = linear_steps(config.steps, min(config.steps + 1, config.measurements))
    schedule = Schedule(
        config.steps, measured, (0, config.steps), linear_steps(config.steps, 5)[1:]
    )
    problem = noisy_problem(config.teacher_inputs, config.teacher_outputs, config.hidden)
    return Plan(problem, replicas, schedule)


def noisy_traps(config: Config) -> list[str]:
    """Rates past the edge of stability, where the strongest mode cannot settle."""
    strongest = strongest_mode(config)
    edge = config.teacher_inputs * config.teacher_outputs / (2 * strongest)
    return [
        f"learning_rate: {rate:g} is past the edge of stability; the strongest mode "
        f"(singular value {strongest:.4g}) settles below {edge:.4g} only"
        for rate in config.learning_rate
        if rate > edge
    ]
