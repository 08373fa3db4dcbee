"""The tables and key figures of localization."""

import numpy as np

from jaxrep.analysis.receptive_fields import inverse_participation_ratio
from jaxrep.report import Table, median_range

from .analysis import GROUPS, Found, Pruned, localized, points
from .problem import EVALUATED


def tables(found: Found) -> list[Table]:
    """Localized units; what groups of them can do alone; other decompositions, where asked for."""
    result = [unit_table(found)]
    if found.pruned is not None and (pruning := pruning_table(found)).rows:
        result.append(pruning)
    if found.components:
        result.append(_components_table(found))
    return result


def unit_table(found: Found) -> Table:
    """One row per grid point: how many units localize, and whether the task is learned."""
    last = found.flat.isel(step=-1)
    learned = "accuracy" if "accuracy" in last else "explained"
    rows = []
    for name, which in points(found.replicas):
        ratio = last.participation.values[which]
        measures = [ratio.mean(1), np.median(ratio, 1), (ratio > found.config.localized).mean(1)]
        measures += [last.entropy.values[which].mean(1), last.loss.values[which]]
        measures += [last[learned].values[which]]
        rows.append([name, *(median_range(values, 3) for values in measures)])
    columns = [
        "inputs",
        "mean IPR",
        "median IPR",
        f"IPR > {found.config.localized:g}",
        "entropy (bits)",
    ]
    return Table(
        "Localized units at the end of training",
        [*columns, "loss", {"explained": "explained variance"}.get(learned, learned)],
        rows,
        "Median over seeds (minimum to maximum). IPR: inverse participation ratio, "
        "1 / pixels for constant fields, 1 for a single pixel.",
    )


def pruning_table(found: Found) -> Table:
    """One row per group, at grid points with both kinds of units: what these units can do alone."""
    rows, local = [], localized(found)
    for name, which in points(found.replicas):
        if not 0.05 < np.median(local[which].mean(1)) < 0.95:
            continue
        for index, group in enumerate(GROUPS):
            values = [getattr(found.pruned, key)[which, index] for key in Pruned._fields[:3]]
            rows.append([name, group, *(median_range(value, 3) for value in values)])
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
    rows = []
    for index, (name, which) in enumerate(points(found.replicas)):
        network = found.flat.participation.values[which[0], -1]
        sets = {"network": network} | {
            method: np.asarray(inverse_participation_ratio(every[index]))
            for method, every in found.components.items()
        }
        for method, ratio in sets.items():
            share = float((ratio > found.config.localized).mean())
            rows.append([name, method, float(ratio.mean()), float(np.median(ratio)), share])
    return Table(
        "Network, independent components and sparse code of the same inputs",
        ["inputs", "method", "mean IPR", "median IPR", f"IPR > {found.config.localized:g}"],
        rows,
        f"First seed; {EVALUATED} inputs of both classes.",
    )


def summary(found: Found) -> dict[str, float]:
    """Key figures of every grid point."""
    last = found.flat.isel(step=-1)
    learned = "accuracy" if "accuracy" in last else "explained"
    figures: dict[str, float] = {
        "networks": len(found.replicas),
        "networks_diverged": int((~np.isfinite(last.loss.values)).sum()),
    }
    for name, which in points(found.replicas):
        ratio = last.participation.values[which]
        prefix = "" if name == "all" else f"{name} "
        figures[f"{prefix}median_ipr"] = float(np.median(np.median(ratio, 1)))
        figures[f"{prefix}localized_share"] = float(
            np.median((ratio > found.config.localized).mean(1))
        )
        figures[f"{prefix}{learned}"] = float(np.median(last[learned].values[which]))
        if found.unit is not None:
            final = (found.unit.fields[which, -1], found.unit.theory[which, -1])
            ratios = [np.asarray(inverse_participation_ratio(fields)) for fields in final]
            figures[f"{prefix}unit_ipr"] = float(np.median(ratios[0]))
            figures[f"{prefix}theory_ipr"] = float(np.median(ratios[1]))
    return figures
