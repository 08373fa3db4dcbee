"""The answer of deep_linear, from its numbers."""

import numpy as np

from jaxrep.analysis.modes import learnable_modes
from jaxrep.study.report import Verdict

from .balance import balance_verdicts, has_balance
from .continual import continual_verdicts, has_second_task
from .saddle_page import saddle_verdicts
from .shown import Shown

STEPS = 2.5
"""Steps by which a median may differ from its prediction, of those the tutorial's setting takes."""


def verdicts(shown: Shown) -> list[Verdict]:
    """In which order modes are learned, and whether theory says when."""
    flat, lines = shown.flat, []
    total = len(shown.replicas)
    dead = total - int(shown.finite.sum())
    if dead:
        lines.append(Verdict(f"{dead} of {total} networks diverged and are part of no number."))
    if has_second_task(shown):
        return lines + continual_verdicts(shown)
    if has_balance(shown):
        return lines + balance_verdicts(shown)
    if "gradient_norm" in shown.results:
        lines += saddle_verdicts(shown)
    for point in [point for point in shown.points if len(point.finite)][:2]:
        lines += _of_point(shown, flat, point)
    return lines


def _of_point(shown: Shown, flat, point) -> list[Verdict]:
    modes = learnable_modes(shown.modes[point.rows[0]].strength)
    found = flat.transition.values[point.finite][:, modes]
    predicted = flat.predicted_transition.values[point.rows[0], modes]
    where = f" ({point.title})" if point.name else ""
    seeds = f"{len(point.finite)} seeds"
    learned = np.isfinite(found).all(1)
    if not learned.any():
        some = int(np.median(np.isfinite(found).sum(1)))
        text = f"No network learns all {len(modes)} modes{where}: {some} (median of {seeds})."
        return [Verdict(text, False, "expected: all of them")]
    ordered = np.array([(np.diff(row) >= -STEPS).all() for row in found[learned]])
    middle = np.nanmedian(found, 0)
    text = (
        f"{int(ordered.sum())} of {len(learned)} networks{where} learn all {len(modes)} modes, the "
        f"stronger ones first: half learned at steps {middle.min():.0f} to {middle.max():.0f} "
        f"(medians of {seeds})."
    )
    lines = [Verdict(text, bool(ordered.sum() == len(learned)), "in the order of their strength")]
    known = np.isfinite(predicted)
    if known.any():
        worst = float(np.abs(middle - predicted)[known].max())
        spread = float(np.nanmax(np.ptp(found[learned][:, known], axis=0)))
        text = (
            f"Theory without a free parameter is off by {worst:.1f} steps at most{where} (medians; "
            f"single seeds scatter over {spread:.1f})."
        )
        lines.append(Verdict(text, worst <= STEPS, f"within {STEPS:g} steps, for small scales"))
    return lines
