"""Tables and key figures of the face-angle study."""

import numpy as np

from jaxrep.analysis.fisher_flatness import CONTRASTS
from jaxrep.study import Checked, claims_summary, diverged_tables, median_by_point
from jaxrep.study.report import Table, median_range

from .bias import bias_table
from .claims import published_table
from .data import angle_range
from .depth_figures import depth_table
from .findings import Found, loss_of, of_networks, seed_of, theory_exponent, window_of
from .noise_page import noise_table
from .page import left_out


def summary(found: Found, checked: list[Checked]) -> dict[str, float]:
    """Key figures of every grid point: medians over its finite networks."""
    shape = found.shape
    values = {
        "exponent": shape.exponent,
        "readout_exponent": found.readout_exponent,
        "share_of_root_information": shape.share,
        "total_root_information": shape.total_root,
        "total_information": shape.total,
        "variation_of_root_information": shape.flat.variation,
    }
    for kind in ("train", "test"):
        values[f"{kind}_error"] = found.flat[f"{kind}_error"].values[:, -1]
    counts = {"networks": len(found.replicas), "networks_diverged": int((~found.finite).sum())}
    return counts | median_by_point(values, found.points) | dict(claims_summary(checked))


def tables(found: Found, checked: list[Checked]) -> list[Table]:
    """What the information follows, whether it is flat, how codes are distributed, claims."""
    result = []
    if found.points:
        result = [_precision(found), _flatness(found), _mean_and_median(found)]
        if found.bins is not None:
            result.append(_weights(found, found.bins))
        result.append(bias_table(found))
        if found.depth is not None:
            result.append(depth_table(found, found.depth))
        if found.noise is not None:
            result.append(noise_table(found, found.noise))
        result.append(published_table(checked))
    return result + diverged_tables(found.replicas, found.finite)


def _precision(found: Found) -> Table:
    centre, half = window_of(found.config)
    low, high = found.angles[0], found.angles[-1]
    window, flat = f"at {centre:.2f} +- {half:g} rad", 2 * half / (high - low)
    if found.bins is not None:
        window, flat = "in the network's own likeliest bin", 1 / found.bins.shape[1]
    readout, rows = found.readout_exponent, []
    for point in found.points:
        shape = of_networks(found.shape, point.finite)
        rows.append(
            [
                point.title,
                _finite(shape.exponent, 2),
                theory_exponent(found.config, loss_of(found, point)),
                _finite(readout[point.finite], 2),
                _finite(shape.floor, 1),
                median_range(shape.share),
                median_range(shape.total_root, 1),
                median_range(shape.total, 0),
                median_range(shape.peak, 0),
                median_range(found.chosen_step[point.finite].astype(float), 0),
            ]
        )
    columns = [
        "loss",
        "g of I ~ p^g",
        "theory 2 / (1 + q)",
        "g of the readout",
        "floor of I at low p (1/rad^2)",
        f"share of sqrt(I) {window}",
        "integral of sqrt(I)",
        "integral of I (1/rad)",
        "greatest I (1/rad^2)",
        "step analysed",
    ]
    return Table(
        "Precision by loss",
        columns,
        rows,
        "Fisher information of the mean code, training faces, corrected for their number (as many "
        "independent ones as they are worth). Median over seeds (minimum to "
        "maximum). g: Theil-Sen slope of ln I on ln p where p exceeds a tenth of its greatest "
        f"value; other windows move it by 0.2. A flat code has a share of "
        f"{flat:.3f}.",
    )


def _weights(found: Found, bins: np.ndarray) -> Table:
    """The density of every network, and what its information follows."""
    low, high = angle_range(found.config)
    names = [f"bin {b + 1}" for b in range(bins.shape[1])]
    rows = [
        [
            f"{point.title}, seed {seed_of(found, row)}",
            *(f"{weight:.3f}" for weight in bins[row]),
            float(found.shape.exponent[row]),
            float(found.shape.share[row]),
            float(bins[row].max()),
        ]
        for point in found.points
        for row in point.finite
    ]
    return Table(
        "Weights of the bins, network by network",
        ["network", *names, "g of I ~ p^g", "share of sqrt(I) in the likeliest", "its weight"],
        rows,
        f"Equal bins of {low:.2f} to {high:.2f} rad; the density is the weight over "
        f"{(high - low) / bins.shape[1]:.2f} rad.",
    )


def _finite(values: np.ndarray, digits: int) -> str | None:
    """Median and range, or nothing where there is nothing to fit."""
    return median_range(values, digits) if np.isfinite(values).any() else None


def _flatness(found: Found) -> Table:
    rows = []
    for point in found.points:
        shape = of_networks(found.shape, point.finite)
        flat, smooth = shape.flat, shape.smooth
        tested = np.isfinite(smooth.statistic)
        rows.append(
            [
                point.title,
                _finite(flat.variation, 3),
                _finite(flat.noise, 3),
                _finite(flat.range_ratio, 2),
                _finite(smooth.statistic, 1),
                f"{(smooth.probability > 0.05).sum()} of {tested.sum()}",
            ]
        )
    return Table(
        "Is the precision flat?",
        [
            "loss",
            "variation of sqrt(I) (sd / mean)",
            "what its errors alone would make",
            "greatest over least sqrt(I)",
            "F of smooth departures",
            "seeds that pass as flat (5 %)",
        ],
        rows,
        f"Inner angles. Errors: jackknife over {left_out(found)}. F: Hotelling's test of "
        f"{CONTRASTS} smooth departures of ln I from a constant, with the covariance of the "
        "errors between angles; about 1 for a flat code. Seeds whose I is not above 0 everywhere "
        "are not tested.",
    )


def _mean_and_median(found: Found) -> Table:
    chosen = np.linspace(0, len(found.angles) - 1, 8).round().astype(int)[1:-1]
    first = found.points[0].finite[0]
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
