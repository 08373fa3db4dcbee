"""Tables and key figures of the face-angle study."""

import numpy as np

from jaxrep.analysis.fisher_curves import fit_floor
from jaxrep.report import Table, median_range

from .analysis import Found, points, shape_of, theory_exponent, window_of
from .claims import claims_table


def summary(found: Found) -> dict[str, float]:
    """Key figures of every grid point: medians over seeds."""
    diverged = int((~np.isfinite(found.information).all(1)).sum())
    figures: dict[str, float] = {"networks": len(found.replicas), "networks_diverged": diverged}
    for name, rows in points(found):
        shape = shape_of(found, rows)
        figures |= {
            f"{name} exponent": float(np.median(shape.exponent)),
            f"{name} readout_exponent": float(np.median(shape.readout_exponent)),
            f"{name} share_of_root_information": float(np.median(shape.share)),
            f"{name} total_root_information": float(np.median(shape.total_root)),
            f"{name} total_information": float(np.median(shape.total)),
            f"{name} variation_of_root_information": float(np.median(shape.flat.variation)),
        }
        for kind in ("train", "test"):
            error = found.flat[f"{kind}_error"].values[rows, -1]
            figures[f"{name} {kind}_error"] = float(np.median(error))
    return figures


def tables(found: Found) -> list[Table]:
    """What the information follows, whether it is flat, and how codes are distributed."""
    whole = [_precision, _flatness, _mean_and_median, claims_table]
    result = [table(found) for table in whole] if points(found) else []
    names = [
        [found.replicas.name(int(i))]
        for i in np.flatnonzero(~np.isfinite(found.information).all(1))
    ]
    if names:
        result.append(Table("Diverged networks", ["network"], names, "Left out everywhere else."))
    return result


def _precision(found: Found) -> Table:
    centre, half = window_of(found.config)
    low, high = found.angles[0], found.angles[-1]
    rows = []
    for name, which in points(found):
        shape = shape_of(found, which)
        floors = [fit_floor(found.information[r], found.density[r]) for r in which]
        rows.append(
            [
                name,
                _finite(shape.exponent, 2),
                theory_exponent(found.config, name),
                _finite(shape.readout_exponent, 2),
                _finite(np.array([floor.floor for floor in floors]), 1),
                median_range(shape.share),
                median_range(shape.total_root, 1),
                median_range(shape.total, 0),
                median_range(shape.peak, 0),
                median_range(found.chosen_step[which].astype(float), 0),
            ]
        )
    columns = [
        "loss",
        "g of I ~ p^g",
        "theory 2 / (1 + q)",
        "g of the readout",
        "floor of I at low p (1/rad^2)",
        f"share of sqrt(I) at {centre:.2f} +- {half:g} rad",
        "integral of sqrt(I)",
        "integral of I (1/rad)",
        "greatest I (1/rad^2)",
        "step analysed",
    ]
    return Table(
        "Precision by loss",
        columns,
        rows,
        "Fisher information of the mean code, training faces. Median over seeds (minimum to "
        "maximum). g: Theil-Sen slope of ln I on ln p where p exceeds a tenth of its greatest "
        f"value; other windows move it by 0.2. A flat code has a share of "
        f"{2 * half / (high - low):.3f}.",
    )


def _finite(values: np.ndarray, digits: int) -> str | None:
    """Median and range, or nothing where there is nothing to fit."""
    return median_range(values, digits) if np.isfinite(values).any() else None


def _flatness(found: Found) -> Table:
    rows = []
    for name, which in points(found):
        flat = shape_of(found, which).flat
        rows.append(
            [
                name,
                median_range(flat.variation, 3),
                median_range(flat.noise, 3),
                median_range(flat.range_ratio),
                median_range(flat.chi_squared, 1),
                f"{(flat.probability > 0.05).sum()} of {len(which)}",
            ]
        )
    return Table(
        "Is the precision flat?",
        [
            "loss",
            "variation of sqrt(I) (sd / mean)",
            "what its errors alone would make",
            "greatest over least sqrt(I)",
            "chi squared / freedom",
            "seeds that pass as flat (5 %)",
        ],
        rows,
        "Inner angles. Errors: jackknife over faces; neighbouring angles share their faces, so "
        "the test is too strict or too mild by that.",
    )


def _mean_and_median(found: Found) -> Table:
    chosen = np.linspace(0, len(found.angles) - 1, 8).round().astype(int)[1:-1]
    first = points(found)[0][1][0]
    codes = found.looks["train"].found.codes[first].astype(float)
    reading = found.looks["train"].reading
    rows = []
    for index in chosen:
        mean, median = codes[index].mean(0), np.median(codes[index], 0)
        rows.append(
            [
                f"{found.angles[index]:.3f}",
                f"({mean[0]:.4f}, {mean[1]:.4f})",
                f"({median[0]:.4f}, {median[1]:.4f})",
                f"({median[0] - mean[0]:.4f}, {median[1] - mean[1]:.4f})",
                float(reading.skewness[first, index]),
            ]
        )
    return Table(
        "Mean and median code",
        ["angle (rad)", "mean code", "median code", "difference", "skewness of the angle read"],
        rows,
        "First network, training faces.",
    )
