"""Answer, tables and key figures of codes of several parameters."""

from typing import Any

import numpy as np
import xarray

from jaxrep.analysis.fisher_matrix import direction_errors, parameter_information
from jaxrep.engine import split_replicas
from jaxrep.engine.run import Run
from jaxrep.study import Analysis, GridPoint, Plan, diverged_tables, median_by_point
from jaxrep.study.report import Table, Verdict, median_range
from jaxrep.theory.efficient_coding import information_exponent

from .config import Config
from .data import transformation_of
from .findings import loss_power
from .parameters import (
    ParametersFound,
    exponents_of,
    grid_points_of,
    jackknife_error,
    parameters_found,
)


def analyse_parameters(run: Run, plan: Plan, config: Config) -> Analysis:
    """The information matrix at every combination of values, before and after training."""
    found = parameters_found(run, plan, config)
    results = run.records.merge(split_replicas(_dataset(found), plan.replicas.coordinates))
    if "power" in results.dims:
        results = results.assign_coords(loss=("power", list(config.loss)))
    return Analysis(results, _summary(found), _tables(found), found, _verdicts(found))


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
            per | {"long_name": f"standard error of the mean over points, by {_left_out(found)}"},
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


def _left_out(found: ParametersFound) -> str:
    return "faces" if found.persons is None else "persons"


def _shares(at, rows: np.ndarray) -> np.ndarray:
    """``[network, parameter]``: share lost if no other is known, median over points."""
    return np.nanmedian(1 - at.unknown[rows] / at.known[rows], 1)


def _summary(found: ParametersFound) -> dict[str, float]:
    """Key figures of every grid point: medians over its finite networks."""
    every = np.arange(len(found.finite))
    known = np.diagonal(found.mean_matrix, axis1=-2, axis2=-1)
    with np.errstate(all="ignore"):
        lost = _shares(found.at_points, every)
    values = {}
    for place, name in enumerate(found.names):
        values[f"information_{name}"] = known[:, place]
        values[f"share_lost_{name}"] = lost[:, place]
        values[f"test_error_{name}"] = found.flat[f"test_error_{name}"].values[:, -1]
    values["median_volume"] = _volumes(found.at_points.volume)
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


def _volumes(volume: np.ndarray) -> np.ndarray:
    """Median over points; NaN of networks that have none."""
    known = np.isfinite(volume).any(1)
    found = np.full(len(volume), np.nan)
    found[known] = np.nanmedian(volume[known], 1)
    return found


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
            _shares(at, point.finite) for at in (found.at_points, found.started_at_points)
        )
        pairs = np.nanmedian(found.at_points.lost[point.finite], 1)
        for place, name in enumerate(names):
            known = matrix[:, place, place]
            step = halves[place] / np.sqrt(np.maximum(known, 0))
            relative = np.median(errors[:, place, place] / known)
            others = [
                f"{other} {_percent(pairs[:, place, index])}"
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
                    _percent(lost[:, place]),
                    _percent(lost_before[:, place]),
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
        f"by leaving out {_left_out(found)}, median over seeds. Lost: share of I, median over "
        f"combinations, where the matrix is positive definite ({definite:.1%} of them). Median "
        "over seeds (minimum to maximum). 1/sqrt(I): the least standard deviation of an unbiased "
        "estimate, of size and light as a share of their value.",
    )


def _percent(shares: np.ndarray) -> str:
    shares = 100 * shares[np.isfinite(shares)]
    if not len(shares):
        return "unknown"
    return f"{np.median(shares):.1f} % ({shares.min():.1f} to {shares.max():.1f})"


def _step_words(name: str, step: np.ndarray) -> str:
    if name == "angle":
        return f"{median_range(step, 3)} rad"
    return _percent(np.expm1(step))


def _direction_table(found: ParametersFound) -> Table:
    names, rows = found.names, []
    labels = ["best", *["next"] * (len(names) - 2), "worst"]
    for point in found.points:
        chosen = found.mean_matrix[point.finite]
        whole = parameter_information(chosen)
        before = parameter_information(found.started.mean_term[point.finite].mean(1))
        errors = direction_errors(chosen, found.mean_replicates[point.finite])
        for which, label in enumerate(labels):
            parts = [
                f"{name} {median_range(_aligned(whole.directions[..., which])[:, place])}"
                for place, name in enumerate(names)
            ]
            first = [
                f"{name} {np.median(_aligned(before.directions[..., which])[:, place]):.2f}"
                for place, name in enumerate(names)
            ]
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
        f"and those without some of the {_left_out(found)} (jackknife), median over seeds.",
    )


def _aligned(directions: np.ndarray) -> np.ndarray:
    """Vectors ``[network, parameter]`` with the sign that goes with the first one's."""
    cosine = directions @ directions[0]
    return directions * np.where(cosine < 0, -1, 1)[:, None]


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


def _verdicts(found: ParametersFound) -> list[Verdict]:
    if not found.points:
        return [Verdict("All networks diverged: nothing can be said.", False)]
    lines = []
    for point in found.points[:2]:
        lines += [_known_verdict(found, point), _direction_verdict(found, point)]
        lines.append(_cost_verdict(found, point))
        lines += [_follow_verdict(found, point, c) for c in found.config.concentrated]
    return lines


def _where(point: GridPoint) -> str:
    return f" (loss {point.title})" if point.name else ""


def _known_verdict(found: ParametersFound, point: GridPoint) -> Verdict:
    """How much is known of each, and of all together, before and after."""
    matrix = found.mean_matrix[point.finite]
    before = found.started.mean_term[point.finite].mean(1)
    each = [
        f"{name} {median_range(np.sqrt(np.maximum(matrix[:, a, a], 0)), 1)}, before training "
        f"{median_range(np.sqrt(np.maximum(before[:, a, a], 0)), 1)}"
        for a, name in enumerate(found.names)
    ]
    volume = _volumes(found.at_points.volume)[point.finite]
    started = _volumes(found.started_at_points.volume)[point.finite]
    labels = "" if found.config.labels == "true" else ", trained with shuffled labels"
    return Verdict(
        f"sqrt(I) of each parameter{_where(point)}, others known, per half range: "
        f"{'; '.join(each)}. Of all together sqrt(det I) is {median_range(volume, 0)} (before "
        f"training {median_range(started, 1)}); {len(point.finite)} seeds{labels}."
    )


def _direction_verdict(found: ParametersFound, point: GridPoint) -> Verdict:
    """The combinations that are read best and worst."""
    chosen = found.mean_matrix[point.finite]
    whole = parameter_information(chosen)
    errors = direction_errors(chosen, found.mean_replicates[point.finite])
    words = []
    for which, label in ((0, "best"), (-1, "worst")):
        vectors = _aligned(whole.directions[..., which])
        parts = ", ".join(
            f"{np.median(vectors[:, a]):.2f} {name}" for a, name in enumerate(found.names)
        )
        turned = np.rad2deg(np.median(errors.angle[:, which]))
        apart = np.rad2deg(np.arccos(np.clip(np.abs(vectors @ np.median(vectors, 0)), 0, 1)))
        words.append(
            f"{label} is the combination {parts} (an error of {turned:.1f} degrees by "
            f"{_left_out(found)}, up to {apart.max():.1f} degrees between seeds)"
        )
    ratio = whole.values[:, 0] / whole.values[:, -1]
    return Verdict(
        f"Read {' and '.join(words)}{_where(point)}, in half ranges; the eigenvalues' ratio is "
        f"{median_range(ratio, 1)}, {len(point.finite)} seeds."
    )


def _cost_verdict(found: ParametersFound, point: GridPoint) -> Verdict:
    """What is lost if the other parameters are not known."""
    lost = _shares(found.at_points, point.finite)
    first = _shares(found.started_at_points, point.finite)
    each = [
        f"{name} {_percent(lost[:, a])}, before training {_percent(first[:, a])}"
        for a, name in enumerate(found.names)
    ]
    less = int((lost < first).all(1).sum())
    return Verdict(
        "If the others are not known, the code loses of its information about "
        f"{'; '.join(each)}{_where(point)}; medians over combinations of values. All parameters "
        f"lose less than before training in {less} of {len(point.finite)} seeds."
    )


def _follow_verdict(found: ParametersFound, point: GridPoint, name: str) -> Verdict:
    """Does the precision of every parameter follow one that is concentrated?"""
    c = found.names.index(name)
    exponents = exponents_of(found)[point.finite][:, :, c]
    each = [f"{b} {median_range(exponents[:, place])}" for place, b in enumerate(found.names)]
    power = loss_power(found.replicas, point)
    theory = float(information_exponent(power, parameters=len(found.names)))
    return Verdict(
        f"Over the values of {name}, of which some are shown more often, information grows with "
        f"the density's power g{_where(point)}: about {'; '.join(each)}; {len(point.finite)} "
        f"seeds. A fixed integral of sqrt(det I) would ask for {theory:.2f} in all."
    )
