"""The answer of codes of several parameters, from its numbers, and words that its page shares."""

import numpy as np

from jaxrep.analysis.fisher_matrix import (
    ParameterInformation,
    direction_errors,
    parameter_information,
)
from jaxrep.study import GridPoint
from jaxrep.study.report import Verdict, median_range
from jaxrep.theory.efficient_coding import information_exponent

from .findings import loss_power
from .parameters import ParametersFound, exponents_of, median_of_known


def shares_lost(at: ParameterInformation, rows: np.ndarray) -> np.ndarray:
    """``[network, parameter]``: share lost if no other is known, median over points."""
    return median_of_known(1 - at.unknown[rows] / at.known[rows], 1)


def median_volumes(volume: np.ndarray) -> np.ndarray:
    """``[network]``: median over points; NaN of networks that have none."""
    return median_of_known(volume, 1)


def percent_range(shares: np.ndarray) -> str:
    """A cell ``median % (minimum to maximum)`` of the shares that are known."""
    shares = 100 * shares[np.isfinite(shares)]
    if not len(shares):
        return "unknown"
    return f"{np.median(shares):.1f} % ({shares.min():.1f} to {shares.max():.1f})"


def aligned_directions(directions: np.ndarray) -> np.ndarray:
    """Vectors ``[network, parameter]`` with the sign that goes with the first one's."""
    cosine = directions @ directions[0]
    return directions * np.where(cosine < 0, -1, 1)[:, None]


def combination_labels(count: int) -> list[str]:
    """Of the eigenvectors of that many parameters, the greatest eigenvalue first."""
    return ["best", *["next"] * (count - 2), "worst"]


def left_out(found: ParametersFound) -> str:
    """What errors are computed without, one after the other."""
    return "faces" if found.persons is None else "persons"


def parameter_verdicts(found: ParametersFound) -> list[Verdict]:
    """What is known of each, in which combinations, at what cost, and what it follows."""
    if not found.points:
        return [Verdict("All networks diverged: nothing can be said.", False)]
    lines = []
    for point in found.points[:2]:
        lines += [_known_verdict(found, point), _direction_verdict(found, point)]
        lines.append(_cost_verdict(found, point))
        lines += [_follow_verdict(found, point, c) for c in found.config.concentrated]
    return lines


def _where(found: ParametersFound, point: GridPoint) -> str:
    return f" (loss {point.title})" if len(found.points) > 1 else ""


def _known_verdict(found: ParametersFound, point: GridPoint) -> Verdict:
    """How much is known of each, and of all together, before and after."""
    matrix = found.mean_matrix[point.finite]
    before = found.started.mean_term[point.finite].mean(1)
    each = [
        f"{name} {median_range(np.sqrt(np.maximum(matrix[:, a, a], 0)), 1)}, before training "
        f"{median_range(np.sqrt(np.maximum(before[:, a, a], 0)), 1)}"
        for a, name in enumerate(found.names)
    ]
    volume = median_volumes(found.at_points.volume)[point.finite]
    started = median_volumes(found.started_at_points.volume)[point.finite]
    labels = "" if found.config.labels == "true" else ", trained with shuffled labels"
    return Verdict(
        f"sqrt(I) of each parameter{_where(found, point)}, others known, per half range: "
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
        vectors = aligned_directions(whole.directions[..., which])
        parts = ", ".join(
            f"{np.median(vectors[:, a]):.2f} {name}" for a, name in enumerate(found.names)
        )
        turned = np.rad2deg(np.median(errors.angle[:, which]))
        apart = np.rad2deg(np.arccos(np.clip(np.abs(vectors @ np.median(vectors, 0)), 0, 1)))
        words.append(
            f"{label} is the combination {parts} (an error of {turned:.1f} degrees by "
            f"{left_out(found)}, up to {apart.max():.1f} degrees between seeds)"
        )
    ratio = whole.values[:, 0] / whole.values[:, -1]
    return Verdict(
        f"Read {' and '.join(words)}{_where(found, point)}, in half ranges; the eigenvalues' "
        f"ratio is {median_range(ratio, 1)}, {len(point.finite)} seeds."
    )


def _cost_verdict(found: ParametersFound, point: GridPoint) -> Verdict:
    """What is lost if the other parameters are not known."""
    lost = shares_lost(found.at_points, point.finite)
    first = shares_lost(found.started_at_points, point.finite)
    each = [
        f"{name} {percent_range(lost[:, a])}, before training {percent_range(first[:, a])}"
        for a, name in enumerate(found.names)
    ]
    less = int((lost < first).all(1).sum())
    return Verdict(
        "If the others are not known, the code loses of its information about "
        f"{'; '.join(each)}{_where(found, point)}; medians over combinations of values. All "
        f"parameters lose less than before training in {less} of {len(point.finite)} seeds."
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
        f"the density's power g{_where(found, point)}: about {'; '.join(each)}; "
        f"{len(point.finite)} seeds. A fixed integral of sqrt(det I) would ask for {theory:.2f} "
        "in all."
    )
