"""The answer of localization, from its numbers."""

import numpy as np

from jaxrep.study.report import Verdict, median_range

from .analysis import SHARES, Found, alive
from .cumulant_report import factor_verdict
from .order_verdict import order_verdict
from .picture_report import picture_verdicts

LEAST = 0.5
"""Share of units above which a population is called local, below a tenth of which it is not."""


def verdicts(found: Found) -> list[Verdict]:
    """Which inputs make fields local, and that the others learn the task as well."""
    points = {point.name: point for point in alive(found.points)}
    shares = {name: found.localized[point.finite].mean(1) for name, point in points.items()}
    if not shares:
        return [Verdict("All networks diverged: nothing can be said.", False)]
    middle = {name: float(np.median(values)) for name, values in shares.items()}
    high, low = max(middle, key=lambda n: middle[n]), min(middle, key=lambda n: middle[n])
    units = found.ratio.shape[1]
    text = f"{_percent(shares[high])} of the {units} units localize for {points[high].title}"
    if len(shares) > 1:
        text += f", {_percent(shares[low])} for {points[low].title}"
    limit = found.config.localized
    pixels = found.config.length**found.config.dimensions
    text += (
        f" (IPR above {limit:g}; {1 / pixels:.3f} is an even field; "
        f"{len(shares[high])} seeds each, median and range)."
    )
    expected = _expected(found, middle)
    lines = [Verdict(text, *expected)]
    if middle[high] < LEAST / 5:
        lines.append(Verdict("No inputs here make receptive fields local."))
    learned = found.flat[found.learned].values[:, -1]
    words = SHARES[found.learned]
    parts = [f"{median_range(learned[p.finite], 3)} for {p.title}" for p in points.values()][:4]
    lines.append(Verdict(f"The task is learned beside that: {words} {', '.join(parts)}."))
    if found.learned_when is not None and found.flat.sizes["step"] > 1:
        lines.append(order_verdict(found, found.learned_when))
    if found.pictures:
        lines = picture_verdicts(found.pictures) + lines
    if found.factors:
        here = found.factors[0]
        local = bool(found.localized[here.point.finite].any(1).all())
        lines.append(factor_verdict(here, local))
    return lines


def _percent(values: np.ndarray) -> str:
    return f"{median_range(100 * values, 0)} %"


def _expected(found: Found, middle: dict[str, float]) -> tuple[bool | None, str]:
    """Of gains and clones: high gains localize, and no Gaussian clone does."""
    grid = found.replicas.grid
    if "clone" not in grid or "gain" not in grid:
        return None, ""
    clones = [v for p, v in middle.items() if "clone=1" in p.split()]
    others = [v for p, v in middle.items() if "clone=0" in p.split()]
    if not clones or not others:
        return None, ""
    holds = max(others) >= LEAST and max(clones) < LEAST / 5
    return holds, "published: inputs with edges localize, their Gaussian clones do not"
