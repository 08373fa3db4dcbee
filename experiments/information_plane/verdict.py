"""The answer of information_plane, from its numbers."""

import numpy as np

from jaxrep.analysis.information import lost_from_peak
from jaxrep.study.report import Verdict, median_range

from .analysis import LOST, Found
from .exact_page import has_bits, point_words, verdict


def without_estimator(found: Found) -> list[Verdict]:
    """What the last hidden layer and the output do where information is counted or propagated:
    that answers before any estimate does."""
    if not has_bits(found) or not found.finite.any():
        return []
    counted = found.exact is not None and found.exact.counted is not None
    how = "By counting codes" if counted else "By propagating the noise"
    return [Verdict(f"{how}, {verdict(found)}")]


def verdicts(found: Found) -> list[Verdict]:
    """Which layers lose information about the input again, by how much, in how many networks."""
    lines = []
    first = found.estimates[0]
    train = found.flat.sel(set="train", estimate=first)
    points = [point for point in found.points if len(point.finite)]
    if not points:
        return [Verdict("All networks diverged: nothing can be said.", False)]
    for point in points[:2]:
        lost = lost_from_peak(np.moveaxis(train.with_input.values[point.finite], 1, -1))
        where = f" ({words})" if (words := point_words(found, point).lstrip(", ")) else ""
        seeds = len(point.finite)
        middle = np.nanmedian(lost, 0)
        compress = [i for i in range(len(found.layers)) if middle[i] > LOST]
        if compress:
            parts = [
                f"{found.layers[i]} {median_range(lost[:, i], 1)} bits "
                f"({int((lost[:, i] > LOST).sum())} of {seeds})"
                for i in compress
            ]
            text = f"By {first}, layers compress{where}: {'; '.join(parts)} lost from their peak."
        else:
            top = int(np.nanargmax(middle))
            text = (
                f"By {first}, no layer compresses{where}: at most {found.layers[top]} loses "
                f"{median_range(lost[:, top], 2)} bits of its peak, in {seeds} networks."
            )
        lines.append(Verdict(text))
    accuracy = found.flat.test_accuracy.values[points[0].finite, -1]
    stuck = int(found.stuck.sum())
    words = f"Accuracy on the test set is {median_range(accuracy, 3)}"
    words += f"; {stuck} networks are stuck." if stuck else "."
    lines.append(Verdict(words))
    return lines
