"""Somebody else's layers, labelled as a run's are."""

import numpy as np
import pytest
import xarray

from jaxrep.analysis import (
    REPRESENTATION_MEASURES,
    agreement,
    compare_all_pairs,
    linear_cka,
    participation_ratio,
    representations,
)
from jaxrep.engine import Replicas, Variables
from jaxrep.engine.lazy_activations import lazy_activations
from jaxrep.engine.network import Inside, Network

from .. import toys
from ..foreign_arrays import Tensor

DRAW = np.random.default_rng(0)
NETWORKS = DRAW.normal(size=(2, 3, 20, 5)).astype(np.float32)  # [seed, step, sample, unit]
MAPS = DRAW.normal(size=(2, 20, 4, 3, 3))


def test_what_is_named_is_there():
    names = [f"picture {i}" for i in range(20)]
    found = representations(
        {"hidden": NETWORKS, "output": NETWORKS[..., :2]},
        seeds=[3, 7],
        steps=[0, 10, 100],
        samples=names,
    )
    assert list(found) == ["hidden", "output"]
    hidden = found["hidden"]
    assert hidden.dims == ("seed", "step", "sample", "unit") and hidden.dtype == np.float32
    np.testing.assert_array_equal(hidden.sel(seed=7, step=100), NETWORKS[1, 2])
    np.testing.assert_array_equal(hidden.sel(sample="picture 4"), NETWORKS[:, :, 4])
    assert hidden.name == "hidden" and hidden.attrs["layer"] == "hidden"


@pytest.mark.parametrize(
    "values, named, seeds, steps",
    [
        (NETWORKS[0, 0], {}, [0], [0]),
        (NETWORKS[:, 0], {"seeds": [5, 6]}, [5, 6], [0]),
        (NETWORKS[0], {"steps": [1, 2, 3]}, [0], [1, 2, 3]),
        (list(NETWORKS[:, 0]), {"seeds": ["a", "b"]}, ["a", "b"], [0]),
        ([Tensor(x) for x in NETWORKS[:, 0]], {"seeds": range(2)}, [0, 1], [0]),
    ],
)
def test_axes_that_are_not_named_have_length_one(values, named, seeds, steps):
    found = representations({"layer": values}, **named)["layer"]
    assert found.seed.values.tolist() == seeds and found.step.values.tolist() == steps
    wanted = np.stack([np.asarray(x) for x in values]) if isinstance(values, list) else values
    np.testing.assert_array_equal(found.values.reshape(wanted.shape), wanted)


def test_a_convolution_is_flattened_where_that_is_asked_for():
    found = representations({"layer": MAPS}, seeds=[0, 1], flatten=True)["layer"]
    np.testing.assert_array_equal(found[:, 0], MAPS.reshape(2, 20, 36))
    same = representations({"layer": NETWORKS[0, 0]}, flatten=True)["layer"]
    np.testing.assert_array_equal(same[0, 0], NETWORKS[0, 0])
    column = representations({"layer": NETWORKS[0, 0, :, 0]}, flatten=True)["layer"]
    assert column.shape == (1, 1, 20, 1)


def test_a_run_labels_its_networks_likewise():
    weights = DRAW.normal(size=(2, 5, 4)).astype(np.float32)

    def apply(variables, inputs, replica):
        return {"hidden": inputs @ variables.params["W"]}

    inside = Inside(
        toys.problem(network=Network(apply, {"all": lambda replica: replica.data.shared[0]})),
        Replicas((3, 7), {"learning_rate": 0.01}),
    )
    wanted = lazy_activations(inside, lambda step: Variables({"W": weights}), "hidden", [0, 9])
    layers = np.stack([toys.INPUTS @ weights] * 2, 1)
    found = representations({"hidden": layers}, seeds=[3, 7], steps=[0, 9])["hidden"]
    xarray.testing.assert_allclose(found, wanted)
    assert found.dims == wanted.dims and found.name == wanted.name
    assert found.attrs.keys() == wanted.attrs.keys() and found.dtype == wanted.dtype


@pytest.mark.parametrize("name", REPRESENTATION_MEASURES)
def test_every_measure_takes_it(name):
    hidden = representations({"layer": NETWORKS[:, 0]}, seeds=[0, 1])["layer"]
    function = REPRESENTATION_MEASURES[name].function
    wanted = function(NETWORKS[0, 0], NETWORKS[1, 0])
    assert float(function(hidden[0, 0], hidden[1, 0])) == float(wanted)
    stacked = compare_all_pairs(name, hidden.sel(step=0))
    np.testing.assert_array_equal(stacked, compare_all_pairs(name, NETWORKS[:, 0]))


def test_ensembles_take_it():
    hidden = representations({"layer": NETWORKS}, seeds=[0, 1], steps=[0, 1, 2])["layer"]
    found, wanted = agreement(hidden), agreement(NETWORKS)
    np.testing.assert_array_equal(found.between, wanted.between)
    assert participation_ratio(hidden).shape == (2, 3)


def test_an_axis_is_not_taken_for_another_one():
    hidden = representations({"layer": NETWORKS[0, 0]})["layer"]
    turned = hidden.transpose("seed", "sample", "step", "unit")
    with pytest.raises(ValueError, match=r"first: axes \[seed, sample, step, unit\] given"):
        linear_cka(turned, turned)


@pytest.mark.parametrize(
    "layers, named, message",
    [
        ({}, {}, "layers: none given"),
        (
            {"a": MAPS[0]},
            {},
            r"a: shape \(20, 4, 3, 3\) given; \[sample, unit\] is needed; n",
        ),
        (
            {"a": MAPS},
            {"seeds": [0, 1]},
            r"a: .* \[seed, sample, unit\] is .* flatten=T",
        ),
        (
            {"a": NETWORKS[:, 0]},
            {},
            r"a: shape \(2, 20, 5\) given; \[sample, unit\] is needed; ",
        ),
        ({"a": NETWORKS[0, 0, 0]}, {}, r"a: shape \(5,\) given; \[sample, unit\] is needed$"),
        (
            {"a": NETWORKS[:, :, :0]},
            {"seeds": [0, 1], "steps": [0, 1, 2]},
            r"a: shape \(2, 3, 0",
        ),
        ({"a": NETWORKS[:, 0]}, {"seeds": [0]}, "a: 2 seeds given; 1 are needed"),
        ({"a": NETWORKS[:, 0]}, {"seeds": [1, 1]}, "seeds: 1 given twice"),
        ({"a": NETWORKS[0, 0]}, {"samples": "ab"}, "samples: shape"),
        ({"a": NETWORKS[0, 0]}, {"samples": ["x", "y"]}, "a: 20 samples given; 2 are needed"),
        (
            {"a": NETWORKS[0, 0], "b": NETWORKS[0, 0, :9]},
            {},
            "b: 9 samples given; 20 are needed",
        ),
        ({"a": [NETWORKS[0, 0], NETWORKS[0, 0, :9]]}, {"seeds": [0, 1]}, "a: no array of numbers"),
        ({"a": NETWORKS[0, 0].astype(str)}, {}, "a: values of type <U"),
        ({"a": Tensor(NETWORKS[0, 0], requires_grad=True)}, {}, r"a: .* give a.detach\(\)"),
    ],
)
def test_bad_input_is_one_line(layers, named, message):
    with pytest.raises(ValueError, match=message) as caught:
        representations(layers, **named)
    assert "\n" not in str(caught.value)
