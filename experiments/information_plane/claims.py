"""What was published about the information plane, beside what the runs of `findings` give.

Values: means over seeds of an independent replica of the deep-bottleneck project, at epoch
7900 of 8000, with standard deviations over seeds where there are any.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import xarray

from jaxrep.analysis.information import lost_from_peak
from jaxrep.study import Checked, Claim, check_claim

PLAIN = 0.3
"""Bits that a mean may be off where no spread was published; accuracies a tenth of it."""


class Place(NamedTuple):
    """Where a published number is found in a run's results.

    Attributes:
      label: run of the suite.
      at: values of swept parameters.
      quantity: ``input``, ``class``, ``lost`` (bits of a layer) or ``accuracy``.
      kind: train or test set.
      layer: index, 0 the first hidden layer; None for accuracy.
      estimate: name of the estimator.
    """

    label: str
    at: Mapping[str, float]
    quantity: str
    kind: str
    layer: int | None = None
    estimate: str = "binning 0.07"

    @property
    def where(self) -> str:
        """The networks, in words."""
        return ", ".join([self.label, *(f"{key} {value:g}" for key, value in self.at.items())])

    @property
    def words(self) -> str:
        """The quantity, in words."""
        if self.quantity == "accuracy":
            return f"accuracy, {self.kind} set"
        names = {"input": "I(X;M)", "class": "I(Y;M)", "lost": "bits lost"}
        layer = f"layer {(self.layer or 0) + 1}"
        return f"{names[self.quantity]}, {layer}, {self.kind} set ({self.estimate})"


Placed = tuple[Place, Claim]


def _claim(
    finding: int, place: Place, mean: float, deviation: float | None, networks: int
) -> Placed:
    tolerance = None if deviation is not None else PLAIN
    if tolerance is not None and place.quantity in ("accuracy", "class"):
        tolerance = PLAIN / 10
    source = f"finding {finding}"
    claim = Claim(place.where, place.words, mean, deviation, source, networks, tolerance)
    return place, claim


def _layers(
    finding: int, label: str, at: dict, quantity: str, values: list, seeds: int, first: int = 0
) -> list[Placed]:
    claims = []
    for layer, value in enumerate(values, first):
        mean, deviation = value if isinstance(value, tuple) else (value, None)
        place = Place(label, at, quantity, "train", layer)
        claims.append(_claim(finding, place, mean, deviation, seeds))
    return claims


def _accuracies(
    finding: int, label: str, at: dict, train: float, test: float, seeds: int
) -> list[Placed]:
    sets = (("train", train), ("test", test))
    return [
        _claim(finding, Place(label, at, "accuracy", kind), value, None, seeds)
        for kind, value in sets
    ]


def claims() -> list[Placed]:
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
        found.append(_claim(4, Place("relu, biases", at, "input", "train", 4), bits, 2.0, 20))
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
                    place = Place(label, {}, quantity, "test", layer, estimate)
                    found.append(_claim(9, place, value, None, 10))
    return found


def check_claims(results: Mapping[str, xarray.Dataset]) -> list[Checked]:
    """Every claim about the runs that are there."""
    checked = []
    for place, claim in claims():
        one = results.get(place.label)
        if one is None:
            continue
        if not all(name in one.dims and value in one[name] for name, value in place.at.items()):
            continue
        checked.append(check_claim(claim, _values(one.sel(dict(place.at)), place)))
    return checked


def _values(one: xarray.Dataset, place: Place) -> np.ndarray:
    """``[seed]``"""
    if place.quantity == "accuracy":
        return one[f"{place.kind}_accuracy"].isel(step=-1).values
    layer = one.sel(set=place.kind, estimate=place.estimate).isel(layer=place.layer)
    if place.quantity == "lost":
        return lost_from_peak(layer.with_input.transpose("seed", "step").values)
    return layer[f"with_{place.quantity}"].isel(step=-1).values
