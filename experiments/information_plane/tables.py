"""The tables and key figures of information_plane."""

import numpy as np

from jaxrep.analysis.information import class_entropy, lost_from_peak, validity
from jaxrep.study import diverged_tables, figure_key
from jaxrep.study.report import Table, median_range
from jaxrep.study.words import in_words

from .analysis import LOST, SETS, STUCK, Found


def tables(found: Found) -> list[Table]:
    """Compression per layer, and the networks that are stuck."""
    first = found.estimates[0]
    train = found.flat.sel(set="train", estimate=first)
    rows = []
    for point in found.points:
        which = point.finite
        if not len(which):
            continue
        lost = lost_from_peak(np.moveaxis(train.with_input.values[which], 1, -1))
        for index, layer in enumerate(found.layers):
            end = train.with_input.values[which, -1, index]
            label = train.with_class.values[which, -1, index]
            more = (lost[:, index] > LOST).sum()
            rows.append(
                [
                    point.title,
                    layer,
                    median_range(end),
                    float(np.nanmean(end)) if np.isfinite(end).any() else np.nan,
                    median_range(label, 3),
                    median_range(lost[:, index]),
                    f"{more} of {len(which)}",
                ]
            )
    columns = ["networks", "layer", "I(X;M) at the end", "its mean", "I(Y;M) at the end"]
    columns += ["bits lost from the peak", f"seeds that lose more than {LOST}"]
    ceiling, entropy = (
        np.log2(len(found.data.train_classes)),
        class_entropy(found.data.train_classes),
    )
    note = (
        f"Training set, {first}; bits. Median over seeds (minimum to maximum). Ceilings: "
        f"log2 N = {ceiling:.3f}, H(Y) = {entropy:.4f}."
    )
    result = [Table("Compression by layer", columns, rows, note), _validity_table(found)]
    if found.stuck.any():
        names = [[in_words(found.replicas.name(int(i)))] for i in np.flatnonzero(found.stuck)]
        result.append(
            Table(
                "Networks that are stuck",
                ["network"],
                names,
                f"Training accuracy within {STUCK} of always naming one class. They are part of "
                "all medians and ranges.",
            )
        )
    return result + diverged_tables(found.replicas, found.finite)


def _validity_table(found: Found) -> Table:
    """For every estimate: how often it says nothing, or what cannot be."""
    rows = []
    sizes = (len(found.data.train_classes), len(found.data.test_classes))
    for estimate in found.estimates:
        for name, size in zip(SETS, sizes, strict=True):
            values = found.flat.with_input.sel(set=name, estimate=estimate).values
            values = values[np.isfinite(values).all(-1)]
            if not len(values):
                rows.append([estimate, name, float(np.log2(size)), None, None, None])
                continue
            flags = validity(values, size)
            increase = np.asarray(flags.increases)
            rows.append(
                [
                    estimate,
                    name,
                    flags.ceiling,
                    float(np.asarray(flags.saturated).mean()),
                    float((increase > 0.05).any(-1).mean()),
                    float(increase.max()),
                ]
            )
    return Table(
        "How far to trust the estimates",
        [
            "estimate",
            "set",
            "ceiling log2 N (bits)",
            "share saturated",
            "share with a data-processing violation",
            "largest violation (bits)",
        ],
        rows,
        "Saturated: within 0.02 bits of the ceiling, so the value tells the number of inputs. "
        "Violation: a layer seems to know more of the input (by over 0.05 bits) than the one "
        "before it.",
    )


def summary(found: Found) -> dict[str, float]:
    """Key figures of every grid point."""
    first, flat = found.estimates[0], found.flat
    figures: dict[str, float] = {
        "networks": len(found.replicas),
        "networks_diverged": int((~found.finite).sum()),
        "networks_stuck": int(found.stuck.sum()),
    }
    train = flat.sel(set="train", estimate=first)
    for point in found.points:
        which = point.finite
        if not len(which):
            continue
        for key in ("train_accuracy", "test_accuracy"):
            figures[figure_key(key, point)] = float(np.mean(flat[key].values[which, -1]))
        lost = lost_from_peak(np.moveaxis(train.with_input.values[which], 1, -1))
        for index, layer in enumerate(found.layers):
            figures[figure_key(f"{layer} lost_bits", point)] = float(np.median(lost[:, index]))
    return figures
