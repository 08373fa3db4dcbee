"""Other people's models, two seeds each: the examples of a tutorial, against the formulas."""

import importlib
import importlib.util
import inspect
import re
from pathlib import Path

import numpy as np
import pytest
import xarray

from jaxrep.analysis import compare_all_pairs, linear_cka, participation_ratio, representations

README = Path(__file__).resolve().parents[1] / "README.md"


@pytest.fixture(scope="module")
def tutorial():
    """Its functions: each takes a seed and returns the layers of a network, ``[sample, unit]``."""
    return importlib.import_module("experiments.tutorials.own_activations")


MEASURES = ("debiased_cka", "procrustes", "rsa_spearman")


def needs(package, extra):
    return pytest.mark.skipif(
        importlib.util.find_spec(package) is None,
        reason=f"{package} (extra [{extra}]) is not installed",
    )


@pytest.mark.parametrize(
    "example",
    [
        "of_nnx",
        "of_linen",
        pytest.param("of_equinox", marks=needs("equinox", "test")),
        pytest.param("of_torch", marks=needs("torch", "bench")),
    ],
)
def test_two_seeds_of_any_library(tutorial, example):
    networks = [getattr(tutorial, example)(seed) for seed in (0, 1)]
    layers = representations(
        {name: [network[name] for network in networks] for name in networks[0]}, seeds=[0, 1]
    )
    assert {name: layer.shape for name, layer in layers.items()} == {
        "hidden": (2, 1, 100, 32),
        "output": (2, 1, 100, 3),
    }
    hidden = layers["hidden"].sel(step=0)
    found = {measure: compare_all_pairs(measure, hidden) for measure in MEASURES}
    rows = [np.asarray(network["hidden"], float) for network in networks]
    assert (rows[0] >= 0).all() and np.ptp(rows[0]) > 0
    # from the formulas, in float64
    centred = [x - x.mean(0) for x in rows]
    cross = np.linalg.norm(centred[0].T @ centred[1], "nuc")
    squared = sum((x**2).sum() for x in centred) - 2 * cross
    assert found["procrustes"][0, 1] == pytest.approx(squared**0.5, rel=1e-5)
    assert found["debiased_cka"][0, 1] == pytest.approx(
        float(linear_cka(*rows, debiased=True)), abs=1e-5
    )
    # random networks of the same inputs are alike, but not the same
    assert 0.2 < found["debiased_cka"][0, 1] < 0.95
    assert 0.2 < found["rsa_spearman"][0, 1] < 0.95
    for measure, same in zip(MEASURES, (1, 0, 1), strict=True):
        np.testing.assert_allclose(np.diag(found[measure]), same, atol=1e-3)
    values = [np.linalg.eigvalsh(np.cov(x.T)) for x in rows]
    naive = [x.sum() ** 2 / (x**2).sum() for x in values]
    np.testing.assert_allclose(participation_ratio(hidden, "none"), naive, rtol=1e-5)


@pytest.mark.parametrize("example", ["of_nnx", "of_linen", "of_equinox", "of_torch"])
def test_an_example_fits_on_a_screen(tutorial, example):
    assert len(inspect.getsource(getattr(tutorial, example)).strip().splitlines()) <= 25


@needs("torch", "bench")
def test_the_readmes_script_compares_networks_of_pytorch():
    text = README.read_text().split("### Other people's models")[1]
    script = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    assert len(script.strip().splitlines()) <= 25
    names: dict = {}
    exec(compile(script, "README.md", "exec"), names)
    layers, alike = names["layers"], names["alike"]
    assert all(isinstance(layer, xarray.DataArray) for layer in layers.values())
    for measure, same in zip(alike, (1, 0, 1), strict=True):
        np.testing.assert_allclose(np.diag(alike[measure]), same, atol=1e-3)
    assert 0 < alike["debiased_cka"][0, 1] < 1
    assert ((names["dimension"] > 1) & (names["dimension"] < 32)).all()
    assert names["information"].shape == (1, 1) and names["information"] > 0
