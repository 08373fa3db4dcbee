"""Answer, tables and key figures of codes of several parameters."""

from typing import Any

import numpy as np
import xarray

from jaxrep.analysis.fisher_matrix import direction_errors, parameter_information
from jaxrep.engine import split_replicas
from jaxrep.engine.run import Run
from jaxrep.study import Analysis, Plan, diverged_tables, median_by_point
from jaxrep.study.report import Table, median_range

from .config import Config
from .data import transformation_of
from .parameter_verdict import (
    aligned_directions,
    combination_labels,
    left_out,
    median_volumes,
    parameter_verdicts,
    percent_range,
    shares_lost,
)
from .parameters import (
    ParametersFound,
    exponents_of,
    grid_points_of,
    jackknife_error,
    median_of_known,
    parameters_found,
)


def analyse_parameters(run: Run, plan: Plan, config: Config) -> Analysis:
    """The information matrix at every combination of values, before and after training."""
    found = parameters_found(run, plan, config)
    results = run.records.merge(split_replicas(_dataset(found), plan.replicas.coordinates))
    if "power" in results.dims:
        results = results.assign_coords(loss=("power", list(config.loss)))
    return Analysis(results, _summary(found), _tables(found), found, parameter_verdicts(found))


def _dataset(found: ParametersFound) -> xarray.Dataset:
    """Labelled results with a leading ``replica``."""
    matrix, per = ("replica", "point", "parameter", "other"), {"units": "1/half range^2"}
    mean = ("replica", "parameter", "other")
    error = jackknife_error(found.mean_replicates, 1)
    at = found.at_points
    variables: dict[str, Any] = {
        "information": (
            matrix,
            found.fisher.mean_term,
            per | {"long_name": "Fisher information, mean term"},
        ),
        "information_covariance": (
            matrix,
            found.fisher.covariance_term,
            per | {"long_name": "Fisher information, covariance term"},
        ),
        "information_before": (
            matrix,
            found.started.mean_term,
            per | {"long_name": "Fisher information, mean term, before training"},
        ),
        "information_unknown": (
            matrix[:3],
            at.unknown,
            per | {"long_name": "information if no other parameter is known, 1 / [I^-1]_aa"},
        ),
        "volume": (
            matrix[:2],
            at.volume,
            {"units": f"1/half range^{len(found.names)}", "long_name": "sqrt(det I)"},
        ),
        "reliable": (matrix[:2], found.fisher.reliable),
        "mean_information_error": (
            mean,
            error,
            per | {"long_name": f"standard error of the mean over points, by {left_out(found)}"},
        ),
        "chosen_step": (("replica",), found.chosen_step, {"units": "updates"}),
        "density": (("parameter", "value"), found.density, {"units": "1/half range"}),
    }
    names, points = list(found.names), grid_points_of(found.config)
    coordinates: dict[str, Any] = {
        "parameter": names,
        "other": names,
        "value": ("value", found.values, {"units": "half ranges"}),
    }
    for place, name in enumerate(names):
        coordinates[f"{name}_value"] = ("point", points[:, place], {"units": "half ranges"})
    return xarray.Dataset(variables, coordinates)


def _summary(found: ParametersFound) -> dict[str, float]:
    """Key figures of every grid point: medians over its finite networks."""
    every = np.arange(len(found.finite))
    known = np.diagonal(found.mean_matrix, axis1=-2, axis2=-1)
    lost = shares_lost(found.at_points, every)
    values = {}
    for place, name in enumerate(found.names):
        values[f"information_{name}"] = known[:, place]
        values[f"share_lost_{name}"] = lost[:, place]
        values[f"test_error_{name}"] = found.flat[f"test_error_{name}"].values[:, -1]
    values["median_volume"] = median_volumes(found.at_points.volume)
    exponents = exponents_of(found)
    for b, name in enumerate(found.names):
        for c, other in enumerate(found.names):
            if np.isfinite(exponents[:, b, c]).any():
                values[f"exponent_{name}_by_{other}"] = exponents[:, b, c]
    counts = {
        "networks": len(found.replicas),
        "networks_diverged": int((~found.finite).sum()),
    }
    return counts | median_by_point(values, found.points)


def _tables(found: ParametersFound) -> list[Table]:
    tables = []
    if found.points:
        tables = [_each_table(found), _direction_table(found)]
        if found.config.concentrated:
            tables.append(_exponent_table(found))
    return tables + diverged_tables(found.replicas, found.finite)


def _each_table(found: ParametersFound) -> Table:
    names, rows = found.names, []
    halves = transformation_of(found.config).half_ranges
    for point in found.points:
        matrix, before = found.mean_matrix[point.finite], found.started.mean_term[point.finite]
        errors = jackknife_error(found.mean_replicates[point.finite], 1)
        lost, lost_before = (
            shares_lost(at, point.finite) for at in (found.at_points, found.started_at_points)
        )
        pairs = median_of_known(found.at_points.lost[point.finite], 1)
        for place, name in enumerate(names):
            known = matrix[:, place, place]
            step = halves[place] / np.sqrt(np.maximum(known, 0))
            relative = np.median(errors[:, place, place] / known)
            others = [
                f"{other} {percent_range(pairs[:, place, index])}"
                for index, other in enumerate(names)
                if other != name
            ]
            rows.append(
                [
                    point.title,
                    name,
                    median_range(known, 1),
                    f"{relative:.0%}",
                    median_range(before.mean(1)[:, place, place], 1),
                    _step_words(name, step),
                    "; ".join(others),
                    percent_range(lost[:, place]),
                    percent_range(lost_before[:, place]),
                ]
            )
    definite = found.at_points.definite[found.finite].mean()
    return Table(
        "Information about each parameter",
        [
            "loss",
            "parameter",
            "I, others known (1/half range^2)",
            "its error",
            "before training",
            "1/sqrt(I)",
            "lost if one other is not known",
            "lost if none is known",
            "before training, none known",
        ],
        rows,
        f"Mean term of Fisher information, corrected for few faces. I: mean over "
        f"{len(found.values) ** len(names)} combinations of {len(found.values)} values of each "
        "parameter; its error: one standard error, "
        f"by leaving out {left_out(found)}, median over seeds. Lost: share of I, median over "
        f"combinations, where the matrix is positive definite ({definite:.1%} of them). Median "
        "over seeds (minimum to maximum). 1/sqrt(I): the least standard deviation of an unbiased "
        "estimate, of size and light as a share of their value.",
    )


def _step_words(name: str, step: np.ndarray) -> str:
    if name == "angle":
        return f"{median_range(step, 3)} rad"
    return percent_range(np.expm1(step))


def _direction_table(found: ParametersFound) -> Table:
    names, rows = found.names, []
    labels = combination_labels(len(names))
    for point in found.points:
        chosen = found.mean_matrix[point.finite]
        whole = parameter_information(chosen)
        before = parameter_information(found.started.mean_term[point.finite].mean(1))
        errors = direction_errors(chosen, found.mean_replicates[point.finite])
        for which, label in enumerate(labels):
            directions = aligned_directions(whole.directions[..., which])
            begun = aligned_directions(before.directions[..., which])
            parts = [f"{name} {median_range(directions[:, a])}" for a, name in enumerate(names)]
            first = [f"{name} {np.median(begun[:, a]):.2f}" for a, name in enumerate(names)]
            rows.append(
                [
                    point.title,
                    label,
                    median_range(whole.values[:, which], 1),
                    "; ".join(parts),
                    f"{np.rad2deg(np.median(errors.angle[:, which])):.1f}",
                    "; ".join(first),
                ]
            )
    return Table(
        "Which combinations are read best and worst",
        [
            "loss",
            "combination",
            "eigenvalue (1/half range^2)",
            "parts (length 1)",
            "its error (degrees)",
            "parts before training",
        ],
        rows,
        "Eigenvectors of the mean matrix, in half ranges of the parameters: in other units they "
        "are others. Median over seeds (minimum to maximum); error: angle between the direction "
        f"and those without some of the {left_out(found)} (jackknife), median over seeds.",
    )


def _exponent_table(found: ParametersFound) -> Table:
    names, exponents = found.names, exponents_of(found)
    first, rows = exponents_of(found, started=True), []
    concentrated = [c for c, name in enumerate(names) if name in found.config.concentrated]
    for point in found.points:
        for b, name in enumerate(names):
            row: list[Any] = [point.title, name]
            for c in concentrated:
                row += [
                    median_range(exponents[point.finite, b, c]),
                    median_range(first[point.finite, b, c]),
                ]
            rows.append(row)
    columns = ["loss", "information about"]
    for c in concentrated:
        columns += [f"g by the density of {names[c]}", "before training"]
    return Table(
        "What does the precision follow?",
        columns,
        rows,
        "I_bb ~ p_c^g over the values of c, where p_c exceeds a tenth of its greatest value. Of a "
        "code that follows the joint density g would be the same in all rows and columns. A face "
        "that is larger or lit has an information of its own whatever is shown often: the page of "
        "several runs compares with networks of uniform values.",
    )
