"""The tables and key figures of localization."""

import numpy as np

from jaxrep.analysis import Pruned, inverse_participation_ratio
from jaxrep.analysis.pruning import LOCALIZED_GROUPS
from jaxrep.study import diverged_tables, median_by_point
from jaxrep.study.report import Table, median_range

from .analysis import SHARES, Found, alive, decomposed
from .cumulant_report import factor_table
from .picture_report import picture_table
from .problem import EVALUATED


def tables(found: Found) -> list[Table]:
    """Localized units; what groups of them can do alone; other decompositions, where asked for."""
    result = [unit_table(found), *diverged_tables(found.replicas, found.finite)]
    if found.pruned is not None and (pruning := pruning_table(found, found.pruned)).rows:
        result.append(pruning)
    if found.factors:
        result.append(factor_table(found))
    if found.pictures:
        result.append(picture_table(found.pictures))
    if found.components:
        result.append(_components_table(found))
    return result


def unit_table(found: Found) -> Table:
    """One row per grid point: how many units localize, and whether the task is learned."""
    last, rows = found.flat.isel(step=-1), []
    measures = (
        found.ratio.mean(1),
        np.median(found.ratio, 1),
        found.localized.mean(1),
        last.entropy.values.mean(1),
        last.loss.values,
        last[found.learned].values,
    )
    for point in found.points:
        cells = [median_range(values[point.finite], 3) for values in measures]
        rows.append([point.title, *cells])
    above = f"IPR > {found.config.localized:g}"
    columns = ["inputs", "mean IPR", "median IPR", above, "entropy (bits)", "loss"]
    return Table(
        "Localized units at the end of training",
        [*columns, SHARES[found.learned]],
        rows,
        "Median over seeds (minimum to maximum). IPR: inverse participation ratio, "
        "1 / pixels for constant fields, 1 for a single pixel.",
    )


def pruning_table(found: Found, pruned: Pruned) -> Table:
    """One row per group, at grid points with both kinds of units: what these units can do alone."""
    rows = []
    for point in alive(found.points):
        if not 0.05 < np.median(found.localized[point.finite].mean(1)) < 0.95:
            continue
        for index, group in enumerate(LOCALIZED_GROUPS):
            values = [getattr(pruned, key)[point.finite, index] for key in Pruned._fields[:3]]
            rows.append([point.title, group, *(median_range(value, 3) for value in values)])
    return Table(
        "Pruned to a group of units",
        ["inputs", "units kept", "accuracy", "accuracy, threshold fitted again", "area under ROC"],
        rows,
        f"Median over seeds (minimum to maximum). Localized: inverse participation ratio above "
        f"{found.config.localized:g}; inputs where nearly all units are of one kind are left out. "
        "Units may serve as an offset: then accuracy at the trained threshold falls without them, "
        "and the area under the curve does not.",
    )


def _components_table(found: Found) -> Table:
    rows, failed = [], 0
    for index, point in enumerate(alive(found.points)):
        sets = {"network": found.ratio[point.finite[0]]} | {
            method: None if every[index] is None else inverse_participation_ratio(every[index])
            for method, every in found.components.items()
        }
        for method, ratio in sets.items():
            if ratio is None:
                failed += 1
                rows.append([point.title, f"{method}: did not converge", None, None, None])
                continue
            ratio = np.asarray(ratio)
            share = float((ratio > found.config.localized).mean())
            rows.append([point.title, method, float(ratio.mean()), float(np.median(ratio)), share])
    lost = f" {failed} searches did not converge, and have no number." if failed else ""
    return Table(
        "Network, independent components and sparse code of the same inputs",
        ["inputs", "method", "mean IPR", "median IPR", f"IPR > {found.config.localized:g}"],
        rows,
        f"First seed; independent components of {decomposed(found.config):,} inputs of all "
        f"classes, the sparse code of about {EVALUATED:,} of them.{lost}",
    )


def summary(found: Found) -> dict[str, float]:
    """Key figures of every grid point, of the networks that did not diverge."""
    values = {
        "median_ipr": np.median(found.ratio, 1),
        "localized_share": found.localized.mean(1),
        found.learned: found.flat[found.learned].values[:, -1],
    }
    if found.unit is not None:
        fields = {"unit_ipr": found.unit.fields, "theory_ipr": found.unit.theory}
        values |= {
            name: np.asarray(inverse_participation_ratio(weights[:, -1]))
            for name, weights in fields.items()
        }
    if found.learned_when is not None:
        ends = {"error_inputs": found.learned_when.inputs, "error_clone": found.learned_when.clone}
        values |= {name: errors[:, -1] for name, errors in ends.items()}
        values["departure"] = found.learned_when.departure
    counts = {"networks": len(found.finite), "networks_diverged": int((~found.finite).sum())}
    return {**counts, **median_by_point(values, found.points)}
