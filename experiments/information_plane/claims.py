"""What was published about the information plane, beside what the runs of `findings` give.

Values: means over seeds of an independent replica of the deep-bottleneck project, at epoch
7900 of 8000, with standard deviations over seeds where there are any.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import xarray

from jaxrep.analysis.information import lost_from_peak
from jaxrep.report import Table

PLAIN = 0.3
"""Bits that a mean may be off where no spread was published; accuracies a tenth of it."""


class Claim(NamedTuple):
    """One published number.

    Attributes:
      finding: of the project's list.
      label: run of the suite.
      at: values of swept parameters.
      quantity: ``input``, ``class``, ``lost`` (bits of a layer) or ``accuracy``.
      kind: train or test set.
      layer: index, 0 the first hidden layer; None for accuracy.
      mean: published.
      deviation: over seeds, or None.
      seeds: that were published.
      estimate: name of the estimator.
    """

    finding: int
    label: str
    at: Mapping[str, float]
    quantity: str
    kind: str
    layer: int | None
    mean: float
    deviation: float | None
    seeds: int
    estimate: str = "binning 0.07"


def _layers(
    finding: int, label: str, at: dict, quantity: str, values: list, seeds: int, first: int = 0
) -> list[Claim]:
    claims = []
    for layer, value in enumerate(values, first):
        mean, deviation = value if isinstance(value, tuple) else (value, None)
        claims.append(Claim(finding, label, at, quantity, "train", layer, mean, deviation, seeds))
    return claims


def _accuracies(
    finding: int, label: str, at: dict, train: float, test: float, seeds: int
) -> list[Claim]:
    sets = (("train", train), ("test", test))
    return [Claim(finding, label, at, "accuracy", s, None, v, None, seeds) for s, v in sets]


def claims() -> list[Claim]:
    """All numbers that are checked."""
    tanh = [(11.674, 0.01), (11.658, 0.03), (11.52, 0.14), (9.71, 1.04), (3.40, 0.79), (1.01, 0.02)]
    relu = [11.67, 11.61, (10.63, 1.4), (9.10, 2.3), (7.57, 2.6), (1.55, 0.53)]
    bias_two = [11.68, 11.49, (8.90, 1.2), (4.37, 1.5), (1.52, 0.47), 1.03]
    found = [
        *_layers(2, "tanh, bias 0", {}, "input", tanh, 20),
        *_layers(2, "tanh, bias 0", {}, "lost", [0, 0.02, 0.10, 1.09, 5.09, 3.22], 20),
        *_accuracies(2, "tanh, bias 0", {}, 1.0, 0.966, 20),
        *_layers(3, "relu, bias 0", {}, "input", relu, 20),
        *_layers(3, "relu, bias 0", {}, "lost", [0, 0.02, 0.10, 0.28, 0.44, 2.18], 20),
        *_accuracies(3, "relu, bias 0", {}, 0.963, 0.921, 20),
        *_layers(5, "tanh, bias 2", {}, "input", bias_two, 20),
        *_layers(5, "tanh, bias 2", {}, "lost", [1.56, 2.91, 1.95], 20, first=3),
        *_accuracies(5, "tanh, bias 2", {}, 0.993, 0.978, 20),
        *_layers(7, "relu, max-norm", {}, "lost", [3.55, 2.22, 0.69, 0.58], 5, first=1),
    ]
    for bias, (train, test) in {
        -0.1: (0.705, 0.691),
        0.1: (0.986, 0.941),
        0.2: (0.987, 0.943),
        0.5: (0.978, 0.938),
        1.0: (0.972, 0.940),
        2.0: (0.955, 0.931),
        3.0: (0.884, 0.872),
        5.0: (0.803, 0.797),
        8.0: (0.738, 0.733),
    }.items():
        at = {"initial_bias": bias}
        found += _accuracies(4, "relu, biases", at, train, test, 20)
    for bias, bits in {0.1: 8.58, 0.2: 8.22, 0.5: 8.39, 1: 8.40, 2: 9.47, 3: 9.58}.items():
        at = {"initial_bias": bias}
        found.append(Claim(4, "relu, biases", at, "input", "train", 4, bits, 2.0, 20))
    for limit, (train, test, bits) in {
        1.5: (1.0, 0.966, [11.66, 11.34, 8.33, 4.58, 1.01]),
        1.0: (0.999, 0.969, [11.61, 7.84, 5.28, 4.77, 1.23]),
        0.8: (0.992, 0.961, [11.0, 4.45, 4.14, 4.29, 1.61]),
        0.6: (0.975, 0.954, [4.81, 2.48, 2.50, 2.69, 2.12]),
        0.4: (0.872, 0.883, []),
    }.items():
        at = {"max_norm": limit}
        found += _accuracies(6, "tanh, max-norm", at, train, test, 5)
        found += _layers(6, "tanh, max-norm", at, "input", bits, 5, first=1)
    for label, estimates in {
        "tanh, estimators": {
            "binning 0.07": ((8.12, 1.0), (2.25, 1.0), (1.04, 0.95)),
            "upper 0.001": ((7.61, 1.0), (2.10, 0.99), (1.03, 0.95)),
            "lower 0.001": ((6.31, 0.99), (1.85, 0.99), (1.02, 0.95)),
            "edge": ((7.07, 0.96), (2.58, 0.97), (1.13, 0.96)),
        },
        "relu, estimators": {
            "binning 0.07": ((8.58, 0.99), (7.76, 0.97), (1.09, 0.87)),
            "upper 0.001": ((8.48, 0.99), (7.64, 0.97), (1.06, 0.86)),
            "lower 0.001": ((7.90, 0.98), (7.15, 0.96), (1.05, 0.86)),
            "edge": ((6.34, 0.93), (5.49, 0.94), (1.14, 0.94)),
        },
    }.items():
        for estimate, layers in estimates.items():
            for layer, pair in enumerate(layers, 3):
                for quantity, value in zip(("input", "class"), pair, strict=True):
                    found.append(
                        Claim(9, label, {}, quantity, "test", layer, value, None, 10, estimate)
                    )
    return found


class Checked(NamedTuple):
    """A claim beside what was found.

    Attributes:
      claim: what was published.
      mean: found, over seeds.
      tolerance: that was asked for: three standard errors of the difference of both means where
        a spread was published, else `PLAIN`.
      errors: distance in standard errors, with the found spread where none was published.
    """

    claim: Claim
    mean: float
    tolerance: float
    errors: float


def check_claims(results: Mapping[str, xarray.Dataset]) -> Iterator[Checked]:
    """Every claim about the runs that are there."""
    for claim in claims():
        if claim.label not in results:
            continue
        one = results[claim.label]
        if not all(name in one.dims and value in one[name] for name, value in claim.at.items()):
            if claim.at:
                continue
        one = one.sel(dict(claim.at))
        values = _values(one, claim)
        values = values[np.isfinite(values)]
        spread = values.std(ddof=1)
        theirs = spread if claim.deviation is None else claim.deviation
        error = float((theirs**2 / claim.seeds + spread**2 / len(values)) ** 0.5)
        tolerance = PLAIN / 10 if claim.quantity in ("accuracy", "class") else PLAIN
        if claim.deviation is not None:
            tolerance = 3 * error
        apart = float(values.mean()) - claim.mean
        # published means have two or three digits
        errors = max(abs(apart) - 0.005, 0) / max(error, 1e-9)
        yield Checked(claim, float(values.mean()), tolerance, errors)


def _values(one: xarray.Dataset, claim: Claim) -> np.ndarray:
    """``[seed]``"""
    if claim.quantity == "accuracy":
        return one[f"{claim.kind}_accuracy"].isel(step=-1).values
    layer = one.sel(set=claim.kind, estimate=claim.estimate).isel(layer=claim.layer)
    if claim.quantity == "lost":
        return lost_from_peak(layer.with_input.transpose("seed", "step").values)
    return layer[f"with_{claim.quantity}"].isel(step=-1).values


def claims_table(results: Mapping[str, xarray.Dataset]) -> Table:
    """Published and found, claim by claim."""
    rows = []
    for claim, mean, tolerance, errors in check_claims(results):
        where = ", ".join(f"{key} {value:g}" for key, value in claim.at.items())
        layer = "" if claim.layer is None else f"layer {claim.layer + 1}"
        what = {"input": "I(X;M)", "class": "I(Y;M)", "lost": "bits lost"}
        rows.append(
            [
                claim.finding,
                f"{claim.label}, {where}" if where else claim.label,
                " ".join([what.get(claim.quantity, "accuracy"), layer, claim.kind]),
                claim.estimate if claim.quantity != "accuracy" else "",
                claim.mean,
                mean,
                tolerance,
                "yes" if abs(mean - claim.mean) <= tolerance else "no",
                errors,
            ]
        )
    within = sum(row[-2] == "yes" for row in rows)
    near = sum(row[-1] <= 3 for row in rows)
    columns = ["finding", "networks", "quantity", "estimate", "published", "found"]
    return Table(
        "Published findings",
        [*columns, "tolerance", "within", "standard errors apart"],
        rows,
        f"{within} of {len(rows)} within the tolerance: three standard errors of both means "
        f"together, or {PLAIN} bits ({PLAIN / 10} of accuracy and of I(Y;M)) where no spread was "
        f"published. {near} are within three standard errors, with the spread found here where "
        "none was published: some means of ten seeds are uncertain by more than that many bits. "
        "Layer 6 is the output.",
    )
