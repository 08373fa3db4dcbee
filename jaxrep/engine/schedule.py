"""Schedule: at which steps to measure, to keep parameters, and to checkpoint.

Step t means "after t updates": step 0 is the initial state, the last one the final state.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from jaxrep.errors import InputError


def linear_steps(steps: int, count: int) -> tuple[int, ...]:
    """About `count` equally spaced steps, with 0 and the last, also where `count` is 1.

    >>> linear_steps(100, 3), linear_steps(100, 1)
    ((0, 50, 100), (0, 100))
    """
    if count > 2 * steps + 1:  # closer than half a step: all of them
        return tuple(range(steps + 1))
    return _distinct(np.append(np.linspace(0, steps, count), steps))


def logarithmic_steps(steps: int, count: int) -> tuple[int, ...]:
    """0, then at most `count` steps equally spaced in the logarithm, with 1 and the last.

    The last is there also where `count` is 1.

    >>> logarithmic_steps(100, 3), logarithmic_steps(100, 1)
    ((0, 1, 10, 100), (0, 1, 100))
    """
    if count > 2 * steps * (1 + np.log(max(steps, 1))) + 1:  # closer than half a step at the end
        return tuple(range(steps + 1))
    between = np.geomspace(1, steps, count) if steps else []
    return _distinct(np.concatenate([[0], between, [steps]]))


def _distinct(steps: np.ndarray) -> tuple[int, ...]:
    return tuple(int(step) for step in np.unique(np.round(steps).astype(int)))


@dataclass(frozen=True)
class Schedule:
    """When to look.

    Attributes:
      steps: number of updates.
      measure: steps at which `Problem.measure` is recorded.
      snapshots: steps at which the variables are kept (for `Run.states`).
      checkpoints: steps at which everything is saved, for continuing; the last step always is.

    Raises:
      InputError: negative steps, or a step outside 0 .. steps.
    """

    steps: int
    measure: tuple[int, ...]
    snapshots: tuple[int, ...] = ()
    checkpoints: tuple[int, ...] = ()

    def __post_init__(self):
        if self.steps < 0:
            raise InputError(f"steps: {self.steps} is negative; 0 or more are allowed")
        for name in ("measure", "snapshots", "checkpoints"):
            steps = getattr(self, name)
            outside = [step for step in steps if not 0 <= step <= self.steps]
            if outside:
                raise InputError(f"{name}: step {outside[0]} is outside 0 .. {self.steps}")
            object.__setattr__(self, name, tuple(sorted(set(steps))))

    def plain(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "steps": self.steps,
            "measure": list(self.measure),
            "snapshots": list(self.snapshots),
        }

    def conflicts(self, saved: Mapping[str, Any], reached: int) -> list[str]:
        """In words, what a training with the schedule `saved` did otherwise up to step `reached`.

        Going on for longer, or looking at other steps from now on, is no conflict.

        >>> Schedule(20, (0, 10, 20)).conflicts(Schedule(10, (0, 10)).plain(), 10)
        []
        """
        if reached > self.steps:
            return [f"steps (it is at {reached} already, {self.steps} now)"]
        lines = []
        for name in ("measure", "snapshots"):
            there = {step for step in saved[name] if step <= reached}
            now = {step for step in getattr(self, name) if step <= reached}
            if there != now:
                odd = min(there ^ now)
                side = "there" if odd in there else "now"
                lines.append(f"{name} (step {odd} only {side})")
        return lines

    @classmethod
    def standard(
        cls, steps: int, measurements: int, snapshots: int = 0, checkpoints: int = 20
    ) -> "Schedule":
        """Logarithmic measurements and snapshots, equally spaced checkpoints."""
        if steps < 0:  # before spacing anything
            return cls(steps, ())
        kept = logarithmic_steps(steps, snapshots) if snapshots else ()
        saved = linear_steps(steps, checkpoints + 1)[1:] if checkpoints else ()
        return cls(steps, logarithmic_steps(steps, measurements), kept, saved)
