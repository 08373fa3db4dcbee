"""What is learned when, in words that follow from the numbers and their nulls."""

import numpy as np

from jaxrep.study import GridPoint
from jaxrep.study.report import Verdict, median_range

from .analysis import Found, extremes
from .learned_when import APART, Learned

PUBLISHED = "published: means and covariances are learned first, higher cumulants later"


def order_verdict(found: Found, learned: Learned) -> Verdict:
    """Until when the errors on inputs and clone are alike, and how far apart they end."""
    point, *others = extremes(found)
    rows = point.finite
    departed = np.isfinite(learned.departure[rows])
    steps = found.flat.step.values
    final = [median_range(values[rows, -1], 3) for values in (learned.inputs, learned.clone)]
    ends = f"at step {steps[-1]} the errors are {final[0]} and {final[1]}"
    subject = f"Trained on {point.title}, the error on the inputs and on their Gaussian clone"
    halves = median_range(np.abs(learned.chance[rows, -1]), 3)
    null = f"halves of the same inputs differ by {halves}{_clone_words(learned, others)}"
    if 2 * departed.sum() <= len(rows):
        text = (
            f"{subject} stays alike within {APART:g} in {int((~departed).sum())} of {len(rows)} "
            f"networks: no more than means and covariances shows; {ends} (null: {null})."
        )
        return Verdict(text, *_judged(found, point, False))
    ours = rows[departed]
    step = median_range(learned.departure[ours], 0)
    before = [_before(learned, steps, row) for row in ours]
    text = (
        f"{subject} is alike at first and apart by {APART:g} or more from step {step} on "
        f"({int(departed.sum())} of {len(rows)} networks), when the error has made "
        f"{median_range(100 * np.array(before), 0)} % of its fall; {ends} (null: {null})"
        f"{_localized_words(found, ours)}."
    )
    gap = float(np.median(np.abs(learned.gap[rows, -1])))
    nulls = [np.abs(learned.chance[rows, -1])]
    nulls += [np.abs(learned.gap[other.finite, -1]) for other in _clones(others)]
    holds = float(np.median(before)) > 0 and all(gap > 2 * float(np.median(v)) for v in nulls)
    return Verdict(text, *_judged(found, point, holds))


def _clones(others: list[GridPoint]) -> list[GridPoint]:
    return [point for point in others if "clone=1" in point.name.split()]


def _clone_words(learned: Learned, others: list[GridPoint]) -> str:
    """How far apart the errors of networks end that never saw more than covariances."""
    words = [
        f"; trained on {point.title} the two end {median_range(learned.gap[point.finite, -1], 3)} "
        "apart"
        for point in _clones(others)
    ]
    return "".join(words)


def _before(learned: Learned, steps: np.ndarray, row: int) -> float:
    """Share of the error's fall that was made at the last measured step before the departure."""
    error, place = learned.inputs[row], int(np.searchsorted(steps, learned.departure[row]))
    fall = error[0] - error[-1]
    return float((error[0] - error[max(place - 1, 0)]) / fall) if fall > 0 else 0.0


def _localized_words(found: Found, rows: np.ndarray) -> str:
    """When the fields of these networks localize, if half of them do."""
    ratio = np.median(found.flat.participation.values[rows], 2)
    if np.median(ratio[:, -1]) <= found.config.localized:
        return ""
    halfway = (ratio[:, :1] + ratio[:, -1:]) / 2
    place = (ratio >= halfway).argmax(1)
    step = median_range(found.flat.step.values[place].astype(float), 0)
    return f"; the median field is halfway to its final localization at step {step}"


def _judged(found: Found, point: GridPoint, holds: bool) -> tuple[bool | None, str]:
    """Only of inputs that are no clones themselves can be said what was published."""
    plain = found.config.inputs != "normal" and "clone=1" not in point.name.split()
    return (holds, PUBLISHED) if plain else (None, "")
