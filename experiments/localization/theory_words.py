"""What theory says of a single unit, in words that follow from numbers and their chance levels."""

import numpy as np

from jaxrep.analysis import (
    field_cosine,
    inverse_participation_ratio,
    peak_agreement,
    peak_distance,
)

from .analysis import Found, Unit

NEAR = 2
"""Pixels that count as the same place."""
RARE = 0.05
"""Probability below which an agreement is no chance."""


def agreement(found: Found, unit: Unit) -> str:
    """Sentences on whether, where and how sharply theory's unit localizes as gradient descent's.

    Places are compared where both have localized: elsewhere the largest weight is nowhere.
    """
    final = unit.fields[found.finite, -1], unit.theory[found.finite, -1]
    count, limit = len(final[0]), found.config.localized
    if not count:
        return ""
    ratios = [np.asarray(inverse_participation_ratio(fields)) for fields in final]
    local = [ratio > limit for ratio in ratios]
    both = local[0] & local[1]
    cosine = float(np.median(np.asarray(field_cosine(*final))))
    words = [
        f"{count} networks, batches of {found.config.batch_size}: the median cosine between the "
        f"two at the end is {cosine:.2f}, the median inverse participation ratio "
        f"{np.median(ratios[0]):.2f} measured and {np.median(ratios[1]):.2f} predicted.",
        f"Both localize (above {limit:g}) in {int(both.sum())}, the unit alone in "
        f"{int((local[0] & ~local[1]).sum())}, theory alone in "
        f"{int((~local[0] & local[1]).sum())}, neither in {int((~local[0] & ~local[1]).sum())}.",
    ]
    if not both.any():
        return " ".join([*words, "Where no field is local there is no place to compare."])
    shape = (found.config.length,) * found.config.dimensions
    places = peak_agreement(peak_distance(final[0][both], final[1][both], shape), shape, NEAR)
    verdict = (
        "theory says where more often than chance"
        if places.probability < RARE
        else "that theory says where cannot be told from chance"
    )
    words.append(
        f"Where both do, their largest weights are {places.distance:g} pixels apart in the median "
        f"({places.by_chance:g} by chance) and at most {NEAR} in {places.within:.0%} "
        f"({places.within_by_chance:.0%} by chance): {verdict} (p = {places.probability:.2g})."
    )
    return " ".join(words)
