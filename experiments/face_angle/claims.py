"""What the original notebook claimed of a single network's code, and what is found here."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import spearmanr

from jaxrep.analysis.angle_reading import variance_along_path
from jaxrep.analysis.fisher_curves import fit_floor, normalised, total_variation
from jaxrep.study import Checked, Claim, GridPoint, claims_table
from jaxrep.study.report import Table, median_range

from .findings import Found, loss_of, of_networks, theory_exponent
from .problem import power_of

SKEWED = 0.5
"""Skewness beyond which a distribution is called skewed."""
WRONG = 0.1
"""Relative error of a float32 inverse that is called wrong."""
MIRRORED = 0.8
"""Rank correlation from which one curve is called the mirror image of another."""
BY_LOSS = {
    "linear": "sqrt(I) is flatter than the density, I is proportional to p",
    "sqrt": "the curve p^(3/4) looks really good (inverted: the theory is p^(4/3))",
    "square": "no change from linear",
    "quart": "different, looks like p^(1/3)",
    "root4": "never clearly over-concentrated",
    "log": "promising but noisy, never clearly over-concentrated",
}
"""What was claimed of the shape for each loss."""


def said(
    source: str,
    statement: str,
    found: str,
    holds: bool | np.bool_ | None = None,
    where: str = "",
    networks: int = 0,
) -> Checked:
    """A statement in words beside what was found; `holds` None: too soft to be checked."""
    claim = Claim(where, "", None, source=f"notebook, item {source}", statement=statement)
    verdict = None if holds is None else bool(holds)
    return Checked(claim, np.nan, np.nan, networks, np.nan, verdict, found)


def published_table(checked: Sequence[Checked], note: str = "") -> Table:
    """All claims of a page."""
    words = (
        "Items of the notebook's checklist; values are medians over networks (minimum to maximum). "
        "'?' where the words are too soft to be checked. "
    )
    return claims_table(checked, "What the original claimed, what is found", words + note)


def check_claims(found: Found) -> list[Checked]:
    """The claims that one run has data for, by their number in the fact sheet.

    Those about two densities, two codes or fine-tuning are on the page that compares runs.
    """
    if not found.points:
        return []
    parts = (_distributions, _follows_density, _floors, _losses, _errors, _spikes)
    return [claim for part in parts for claim in part(found)]


def _distributions(found: Found) -> list[Checked]:
    alive, look = found.finite, found.looks["train"]
    deviation = np.sqrt(look.reading.variance[alive])
    apart = np.abs(look.reading.median - look.reading.bias)[alive] / deviation
    skewed = (np.abs(look.reading.skewness[alive]) > SKEWED).mean(1)
    slope = look.found.derivatives[alive].mean(-3)[..., 0]
    along = np.median(variance_along_path(look.found.codes[alive], slope), 1)
    return [
        said(
            "3",
            "Mean and median are often close, not always",
            f"of the angle read they are {median_range(np.median(apart, 1))} deviations apart, "
            f"at most {apart.max():.2f}",
        ),
        said(
            "4",
            "Distributions are definitely skewed",
            f"share of angles with a skewness beyond {SKEWED}: {median_range(skewed)}",
            np.median(skewed) > 0.5,
        ),
        said(
            "5, 7",
            "Much of the variance lies along the path of the mean, an irrelevant direction",
            f"share of the variance along it, median angle: {median_range(along)}; it is the one "
            "direction that is not irrelevant: variance along it is what lowers information",
        ),
    ]


def _follows_density(found: Found) -> list[Checked]:
    """Items 8 and 13 to 17, loss by loss."""
    return [_shape(found, point) for point in found.points] if found.varies else []


def _shape(found: Found, point: GridPoint) -> Checked:
    loss, which = loss_of(found, point), point.finite
    root = normalised(np.sqrt(np.maximum(found.information[which], 0)), found.angles)
    density = normalised(found.density[which], found.angles)
    peak = root.max(1) / density.max(1)
    apart = [
        total_variation(
            np.maximum(found.information[which], 0) ** power, found.density[which], found.angles
        )
        for power in (1, 0.5)
    ]
    holds = None
    if loss == "linear":
        holds = np.nanmedian(peak) < 1 and np.nanmedian(apart[0]) < np.nanmedian(apart[1])
    elif loss in ("root4", "log"):
        holds = np.nanmedian(peak) <= 1
    return said(
        "8, 13" if loss == "linear" else "13-17",
        BY_LOSS.get(loss, "no claim"),
        f"sqrt(I)'s peak is {median_range(peak)} of the density's; I ~ p^g with g "
        f"{median_range(found.shape.exponent[which])}, theory "
        f"{theory_exponent(found.config, loss):.2f}; total variation distance to p: of "
        f"I {median_range(apart[0])}, of sqrt(I) {median_range(apart[1])}",
        holds,
        point.title,
        len(which),
    )


def _floors(found: Found) -> list[Checked]:
    """Item 14, where the density nearly vanishes somewhere."""
    alive = np.flatnonzero(found.finite)
    least = found.density[alive].min(1) / found.density[alive].max(1)
    if not found.varies or not (least < 0.01).any():
        return []
    information = found.information[alive[least < 0.01]]
    floors = information.min(1) / information.max(1)
    fitted = [fit_floor(found.information[r], found.density[r]).floor for r in alive]
    return [
        said(
            "14",
            "Information saturates at low p: it does not vanish there",
            f"least over greatest I {median_range(floors, 4)}; floor of the fit "
            f"{median_range(np.array(fitted), 1)} 1/rad^2",
            np.nanmedian(floors) > np.median(least),
        )
    ]


def _losses(found: Found) -> list[Checked]:
    if len(found.points) < 2:
        return []
    shapes = {point.title: of_networks(found.shape, point.finite) for point in found.points}
    total = {name: np.nanmedian(shape.total) for name, shape in shapes.items()}
    totals = sorted(total, key=lambda name: -total[name])
    known = {"linear", "quart", "root4"} <= set(total)
    checked = [
        said(
            "19",
            "Total information depends strongly on the loss: linear highest, quart and root4 lower",
            "integral of I, highest first: "
            + ", ".join(f"{name} {total[name]:.0f}" for name in totals),
            totals[0] == "linear" if known else None,
        )
    ]
    if found.varies:
        exponent = {name: np.nanmedian(shape.exponent) for name, shape in shapes.items()}
        steep = sorted(exponent, key=lambda name: exponent[name])
        powers = {point.title: power_of(loss_of(found, point)) for point in found.points}
        checked.append(
            said(
                "16-18, 20",
                "Roots are sharper, powers blunter (weak)",
                "g, bluntest first: " + ", ".join(f"{name} {exponent[name]:.2f}" for name in steep),
                all(powers[a] >= powers[b] for a, b in zip(steep, steep[1:], strict=False)),
            )
        )
    return checked


def _errors(found: Found) -> list[Checked]:
    look, alive = found.looks["train"], found.finite
    pairs = zip(look.reading.squared_error[alive], found.information[alive], strict=True)
    mirrored = np.array([-float(np.asarray(spearmanr(*pair))[0]) for pair in pairs])
    return [
        said(
            "21",
            "The squared error is the mirror image of the information",
            f"rank correlation of I with the inverse of the squared error {median_range(mirrored)}",
            np.nanmedian(mirrored) > MIRRORED,
        )
    ]


def _spikes(found: Found) -> list[Checked]:
    if found.dense is None or len(found.dense.angles) < 3:  # no bend between neighbours
        return []
    dense = found.dense
    stable, naive = dense.stable[found.finite], dense.naive[found.finite]
    wrong = (~np.isfinite(naive) | (np.abs(naive / stable - 1) > WRONG)).sum(1)
    negative = int((naive < 0).sum())
    jumps = np.abs(np.diff(np.log(stable), 2, axis=1))
    return [
        said(
            "22",
            "Information has spikes, the squared error has none: numerical",
            f"with a float32 inverse {median_range(wrong.astype(float), 0)} of "
            f"{len(dense.angles)} angles are wrong by over {WRONG:.0%}, {negative} values in all "
            f"are negative; with QR in float64 none is, and the greatest bend of ln I between "
            f"neighbours is {jumps.max():.2f}",
            True if wrong.any() else None,
        )
    ]
