"""What the original notebook claimed of a single network's code, and what is found here."""

import numpy as np
from scipy.stats import spearmanr

from jaxrep.analysis.angle_reading import variance_along_path
from jaxrep.analysis.fisher_curves import fit_floor, normalised, total_variation
from jaxrep.report import Table, median_range

from .analysis import Found, points, shape_of, theory_exponent

SKEWED = 0.5
"""Skewness beyond which a distribution is called skewed."""
WRONG = 0.1
"""Relative error of a float32 inverse that is called wrong."""


def claims_table(found: Found) -> Table:
    """The claims that one run has data for, by their number in the fact sheet."""
    rows = [
        *_distributions(found),
        *_follows_density(found),
        *_losses(found),
        *_errors(found),
        *_spikes(found),
    ]
    return Table(
        "What the original claimed, what is found",
        ["item", "claim", "found"],
        rows,
        "Items of the notebook's checklist. Claims about two densities, two codes or fine-tuning "
        "are on the page that compares runs. Values are medians over networks (minimum to "
        "maximum).",
    )


def _alive(found: Found) -> np.ndarray:
    return np.flatnonzero(np.isfinite(found.information).all(1))


def _distributions(found: Found) -> list[list[str]]:
    alive, look = _alive(found), found.looks["train"]
    deviation = np.sqrt(look.reading.variance[alive])
    apart = np.abs(look.reading.median - look.reading.bias)[alive] / deviation
    skewed = (np.abs(look.reading.skewness[alive]) > SKEWED).mean(1)
    slope = look.found.derivatives[alive].mean(-3)[..., 0]
    along = np.median(variance_along_path(look.found.codes[alive], slope), 1)
    return [
        [
            "3",
            "Mean and median are often close, not always",
            f"of the angle read they are {median_range(np.median(apart, 1))} deviations apart, "
            f"at most {apart.max():.2f}",
        ],
        [
            "4",
            "Distributions are definitely skewed",
            f"share of angles with a skewness beyond {SKEWED}: {median_range(skewed)}",
        ],
        [
            "5, 7",
            "Much of the variance lies along the path of the mean, an irrelevant direction",
            f"share of the variance along it, median angle: {median_range(along)}; it is the one "
            "direction that is not irrelevant: variance along it is what lowers information",
        ],
    ]


def _follows_density(found: Found) -> list[list[str]]:
    if np.ptp(found.density, axis=1).max() < 1e-6:
        return []
    rows = []
    for name, which in points(found):
        root = normalised(np.sqrt(found.information[which]), found.angles)
        density = normalised(found.density[which], found.angles)
        peak = root.max(1) / density.max(1)
        rows.append(
            [
                "8, 13" if name == "linear" else "13-17",
                f"{name}: " + _claimed(name),
                f"sqrt(I)'s peak is {median_range(peak)} of the density's; I ~ p^g with g "
                f"{median_range(shape_of(found, which).exponent)}, theory "
                f"{theory_exponent(found.config, name):.2f}; total variation distance to p: of "
                f"I {_apart(found, which, 1)}, of sqrt(I) {_apart(found, which, 0.5)}",
            ]
        )
    floors = []
    for row in _alive(found):
        least = found.density[row].min() / found.density[row].max()
        if least < 0.01:
            floors.append(found.information[row].min() / found.information[row].max())
    if floors:
        fitted = [fit_floor(found.information[r], found.density[r]) for r in _alive(found)]
        rows.append(
            [
                "14",
                "Information saturates at low p: it does not vanish there",
                f"least over greatest I {median_range(np.array(floors), 4)}; floor of the fit "
                f"{median_range(np.array([f.floor for f in fitted]), 1)} 1/rad^2",
            ]
        )
    return rows


def _claimed(name: str) -> str:
    known = {
        "linear": "sqrt(I) is flatter than the density, I is proportional to p",
        "sqrt": "the curve p^(3/4) looks really good (inverted: the theory is p^(4/3))",
        "square": "no change from linear",
        "quart": "different, looks like p^(1/3)",
        "root4": "never clearly over-concentrated",
        "log": "promising but noisy, never clearly over-concentrated",
    }
    return known.get(name, "no claim")


def _apart(found: Found, which: np.ndarray, power: float) -> str:
    curves, density = found.information[which] ** power, found.density[which]
    return median_range(total_variation(curves, density, found.angles))


def _losses(found: Found) -> list[list[str]]:
    every = points(found)
    if len(every) < 2:
        return []
    shapes = {name: shape_of(found, rows) for name, rows in every}
    totals = sorted(shapes, key=lambda name: -np.nanmedian(shapes[name].total))
    words = ", ".join(f"{name} {np.nanmedian(shapes[name].total):.0f}" for name in totals)
    rows = [
        [
            "19",
            "Total information depends strongly on the loss: linear highest, quart and root4 lower",
            f"integral of I, highest first: {words}",
        ]
    ]
    if np.ptp(found.density, axis=1).max() > 1e-6:
        steep = sorted(shapes, key=lambda name: np.nanmedian(shapes[name].exponent))
        words = ", ".join(f"{name} {np.nanmedian(shapes[name].exponent):.2f}" for name in steep)
        rows.append(
            ["16-18, 20", "Roots are sharper, powers blunter (weak)", f"g, bluntest first: {words}"]
        )
    return rows


def _errors(found: Found) -> list[list[str]]:
    look, alive = found.looks["train"], _alive(found)
    pairs = zip(look.reading.squared_error[alive], found.information[alive], strict=True)
    mirrored = np.array([-spearmanr(error, information)[0] for error, information in pairs])
    return [
        [
            "21",
            "The squared error is the mirror image of the information",
            f"rank correlation of I with the inverse of the squared error {median_range(mirrored)}",
        ]
    ]


def _spikes(found: Found) -> list[list[str]]:
    if found.dense is None:
        return []
    dense = found.dense
    alive = np.isfinite(dense.stable).all(1)
    stable, naive = dense.stable[alive], dense.naive[alive]
    wrong = (~np.isfinite(naive) | (np.abs(naive / stable - 1) > WRONG)).sum(1)
    negative = int((naive < 0).sum())
    jumps = np.abs(np.diff(np.log(stable), 2, axis=1))
    return [
        [
            "22",
            "Information has spikes, the squared error has none: numerical",
            f"with a float32 inverse {median_range(wrong.astype(float), 0)} of "
            f"{len(dense.angles)} angles are wrong by over {WRONG:.0%}, {negative} values in all "
            f"are negative; with QR in float64 none is, and the greatest bend of ln I between "
            f"neighbours is {jumps.max():.2f}",
        ]
    ]
