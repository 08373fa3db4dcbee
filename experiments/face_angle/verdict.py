"""The answer of face_angle, from its numbers."""

import numpy as np

from jaxrep.study import Checked, GridPoint
from jaxrep.study.report import Verdict, median_range

from .depth import Depth
from .distortions import Distortions
from .emergence import FEWEST_STEPS, Emergence
from .findings import OFTEN, TOLERANCE, Found, loss_of, of_networks, theory_exponent
from .looks import persons_of
from .noise_page import noise_verdict


def verdicts(found: Found, checked: list[Checked]) -> list[Verdict]:
    """What the precision follows: the density of the angles, or nothing."""
    if not found.points:
        return [Verdict("All networks diverged: nothing can be said.", False)]
    lines = []
    for point in found.points[:3]:
        shape = of_networks(found.shape, point.finite)
        where = f" ({point.title})" if point.name else ""
        seeds = f"{len(point.finite)} seeds"
        exponent = shape.exponent[np.isfinite(shape.exponent)]
        if len(exponent):
            theory = theory_exponent(found.config, loss_of(found, point))
            middle = float(np.median(exponent))
            text = (
                f"Fisher information follows the density of the angles with exponent "
                f"{median_range(exponent)}{where}, {seeds}; 0 would be a code that follows nothing."
            )
            if abs(middle) < TOLERANCE:
                text = (
                    f"Fisher information does not follow the density of the angles{where}: "
                    f"exponent {median_range(exponent)}, {seeds}."
                )
            close = abs(middle - theory) <= TOLERANCE
            expected = f"the loss asks for {theory:.2f}, within {TOLERANCE:g}"
            lines.append(Verdict(text, close, expected))
        else:
            flat = shape.smooth.probability[np.isfinite(shape.smooth.statistic)]
            text = (
                f"Angles are uniform{where}, and the precision varies by "
                f"{median_range(shape.flat.variation)} of its mean (its errors alone would make "
                f"{median_range(shape.flat.noise)}); {int((flat > 0.05).sum())} of {len(flat)} "
                "seeds pass as flat (5 %)."
            )
            lines.append(Verdict(text))
    for point in found.points[:3]:
        if found.depth is not None:
            lines.append(_depth_verdict(found, found.depth, point))
        if found.distortions is not None:
            lines.append(_direction_verdict(found.distortions, point))
        if found.noise is not None:
            lines.append(noise_verdict(found, found.noise, point))
        if found.emergence is not None:
            lines.append(_emergence_verdict(found, found.emergence, point))
    known = [c.holds for c in checked if c.holds is not None]
    if known:
        text = f"{sum(known)} of {len(known)} published numbers hold."
        lines.append(Verdict(text, all(known), "tolerances in the table"))
    return lines


def _where(point: GridPoint) -> str:
    return f" (loss {point.title})" if point.name else ""


def _depth_verdict(found: Found, depth: Depth, point: GridPoint) -> Verdict:
    """Which layer knows the angle, beside what it knew before training."""
    rows = point.finite
    trained, before = depth.root[:, rows], depth.root_before[:, rows]
    layers = [
        f"{name} {median_range(values, 0)} (before training {median_range(start, 0)})"
        for name, values, start in zip(depth.layers, trained, before, strict=True)
    ]
    others = "faces" if persons_of(found.faces, "train") is None else "persons"
    started = "" if not found.config.start else ", there fine-tuning"
    text = (
        f"Readouts tested on other {others} find sqrt(I) along the depth"
        f"{_where(point)}, per rad: {'; '.join(layers)}; {len(rows)} seeds{started}. "
    )
    if len(trained) == 1:
        return Verdict(text)
    if found.varies and found.bins is None:
        text += _selection(found, depth, rows)
    kept = trained[-1] / trained[0]
    middle = float(np.median(kept))
    change = "less than" if middle < 0.9 else "more than" if middle > 1.1 else "as much as"
    text += (
        f"The code keeps {change} the first hidden layer: {median_range(kept)} of its sqrt(I), "
        f"{median_range(before[-1] / before[0])} before training."
    )
    return Verdict(text)


def _selection(found: Found, depth: Depth, rows: np.ndarray) -> str:
    """How much more is known where angles are often shown, layer by layer."""
    reference = found.density[rows[0]]
    density = np.interp(depth.angles, found.angles, reference)
    often = density > OFTEN * reference.max()
    if often.all() or not often.any():
        return ""
    root = np.sqrt(np.maximum(depth.bound[:, rows], 0))
    ratios = root[..., often].mean(-1) / root[..., ~often].mean(-1)
    each = [f"{name} {median_range(r)}" for name, r in zip(depth.layers, ratios, strict=True)]
    return f"At angles that are often shown over others: {'; '.join(each)}. "


def _direction_verdict(distortions: Distortions, point: GridPoint) -> Verdict:
    """Is the change that the code sees best a turn of the face?"""
    overlap, before = (
        np.median(values[point.finite], 1)
        for values in (distortions.overlap, distortions.overlap_before)
    )
    closer = float(np.median(overlap)) > max(float(np.max(before)), 2 * distortions.by_chance)
    text = (
        f"The change of a picture that the code sees best is "
        f"{'more' if closer else 'no more'} like a turn of the face than before training"
        f"{_where(point)}: |cos| {median_range(overlap)}, before {median_range(before)}, random "
        f"directions {distortions.by_chance:.2f}; {len(point.finite)} seeds, medians over "
        f"{len(distortions.pictures)} faces at {distortions.angle:.2f} rad."
    )
    return Verdict(text)


def _emergence_verdict(found: Found, emergence: Emergence, point: GridPoint) -> Verdict:
    """Do angles that are shown often become precise first?"""
    rows = point.finite
    steps = f"{len(emergence.steps)} kept steps"
    if not found.varies or found.bins is not None:
        half = np.nanmedian(emergence.half[rows][:, emergence.often], 1)
        text = (
            f"Half of the precision is there after {median_range(half, 0)} updates"
            f"{_where(point)}, {len(rows)} seeds, {steps}"
        )
        return Verdict(f"{text}; no angle is shown more often, so there is no order to test.")
    order, each = emergence.order(rows), emergence.orders(rows)
    if not np.isfinite(order.tau) or len(emergence.steps) < FEWEST_STEPS:
        return Verdict(
            f"Whether frequent angles become precise first cannot be said{_where(point)}: {steps}, "
            f"{FEWEST_STEPS} are needed (--preset emergence, --snapshots {2 * FEWEST_STEPS})."
        )
    beyond = bool(order.share <= 0.05)
    said = "become precise first" if order.tau < 0 else "become precise last"
    text = (
        f"Angles that are shown often {said if beyond else 'are neither first nor last'}"
        f"{_where(point)}: Kendall's tau of density and the step with half of the final sqrt(I) "
        f"is {order.tau:.2f} of the medians, {median_range(each)} of {len(rows)} seeds ({steps}; "
        f"as far from 0 are {order.share:.0%} of shifted densities). "
        f"The exponent goes from {median_range(emergence.exponent[0, rows])} before training to "
        f"{median_range(emergence.exponent[-1, rows])}."
    )
    expected = "frequent first, as in linear networks (Benjamin et al. 2022: an order, no number)"
    return Verdict(text, beyond and order.tau < 0, expected)
