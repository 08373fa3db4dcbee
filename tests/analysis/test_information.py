"""Mutual information: golden values, closed forms, and what must not pass silently."""

import json
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.analysis.edge import edge_information, edge_layer_information
from jaxrep.analysis.information import (
    binned_information,
    class_entropy,
    kernel_information,
    lost_from_peak,
    validity,
)
from jaxrep.analysis.neighbours import neighbour_class_information, neighbour_information
from jaxrep.analysis.training_health import clipped_share, is_dead
from jaxrep.analysis.variational import contrastive_information
from tests.conftest import optimised_programs


@pytest.fixture(scope="module")
def golden(shared_data):
    folder = shared_data / "information_plane"
    cases = json.loads((folder / "golden.json").read_text())["cases"]
    return cases, dict(np.load(folder / "golden.npz"))


def test_golden_binning(golden, double):
    """All cases and widths within 1e-6 in float64 sums (1.1e-6 in float32); codes are float32."""
    cases, arrays = golden
    for name, case in cases.items():
        activations, classes = arrays[f"{name}__activations"], arrays[f"{name}__labels"]
        for width, wanted in case["ref64"]["binning"].items():
            found = binned_information(activations, classes, float(width))
            np.testing.assert_allclose(found, wanted, atol=1e-6, err_msg=f"{name} {width}")


def test_golden_kernel_bounds(golden):
    """Float32, exact differences: 6e-6 measured at every variance, 1e-4 and 1e-3 asked for."""
    cases, arrays = golden
    for name, case in cases.items():
        activations, classes = arrays[f"{name}__activations"], arrays[f"{name}__labels"]
        if len(activations) > 1000 and name != "relu5big":
            continue  # the same code at a size that takes long; relu5big has the largest values
        for variance in case["ref64"]["upper"]:
            found = kernel_information(activations, classes, float(variance))
            for side in ("lower", "upper"):
                wanted = case["ref64"][side][variance]
                values = getattr(found, side)
                np.testing.assert_allclose(values, wanted, atol=2e-5, err_msg=f"{name} {variance}")
                assert float(values.with_input) <= np.log2(len(activations)) + 2e-6


def test_golden_edge(golden):
    cases, arrays = golden
    for name, case in cases.items():
        if case["orig_edge_U12_U1"] is None:
            continue
        activations, classes = arrays[f"{name}__activations"], arrays[f"{name}__labels"]
        found = edge_layer_information(activations, arrays[f"{name}__inputs"], classes)
        np.testing.assert_allclose(found, case["orig_edge_U12_U1"], atol=1e-6, err_msg=name)
        alone = edge_information(activations, np.asarray(classes, float)[:, None], 1.0)
        assert alone == float(found.with_class)


def test_bin_edges_are_those_of_float32_division(golden):
    """244 codes; with a reciprocal, which XLA puts in its place, there are 239."""
    values = golden[1]["binedge__activations"]
    classes = golden[1]["binedge__labels"]
    codes = len(np.unique(np.floor(values / np.float32(0.07))))
    assert codes == 244
    expected = np.unique(np.floor(values / np.float32(0.07)), return_counts=True)[1] / 256
    entropy = -np.sum(expected * np.log2(expected))
    for found in (
        binned_information(values, classes, 0.07).with_input,
        jax.jit(lambda a: binned_information(a, classes, 0.07).with_input)(values),
    ):
        assert float(found) == pytest.approx(entropy, abs=2e-6)


def test_binning_by_plain_counts():
    """Rows of codes counted one by one; three classes, negative values, wide bins."""
    rng = np.random.default_rng(0)
    activations = rng.normal(size=(300, 2)).astype(np.float32)
    classes = rng.integers(0, 3, 300)
    codes = [tuple(row) for row in np.floor(activations / np.float32(0.5)).astype(int)]

    def entropy(rows):
        counts = np.array([rows.count(row) for row in set(rows)])
        return -np.sum(counts / len(rows) * np.log2(counts / len(rows)))

    rows = list(zip(codes, classes.tolist(), strict=True))
    of_class = [[code for code, label in rows if label == c] for c in range(3)]
    within = sum(len(some) / 300 * entropy(some) for some in of_class)
    found = binned_information(activations, classes, 0.5)
    np.testing.assert_allclose(found, [entropy(codes), entropy(codes) - within], atol=2e-6)


@pytest.mark.parametrize("seed", range(6))
def test_binning_on_the_host_is_that_inside_jit(seed):
    """Both count the same codes; sums of float32 differ by 2e-6 bits. -0 is 0: XLA drops what
    makes it so when it optimises, as it does outside of the tests."""
    draw = np.random.default_rng(seed)
    layer = draw.normal(size=(400, 5)).astype(np.float32)
    layer = (np.round(layer), np.maximum(layer, 0), layer)[seed % 3] * np.float32(10.0**seed / 100)
    classes = np.arange(400) % 3
    with optimised_programs():
        traced = jax.jit(lambda x: binned_information(x, classes, 0.5))(layer)
    np.testing.assert_allclose(binned_information(layer, classes, 0.5), traced, atol=1e-5)


def test_negative_zero_is_zero():
    layer = np.array([0.0, -0.0, 0.0, -0.0], np.float32)[:, None]
    with optimised_programs():
        traced = jax.jit(lambda x: binned_information(x, np.array([0, 1, 0, 1]), 0.5))(layer)
    assert traced.with_input == traced.with_class == 0
    assert binned_information(layer, np.array([0, 1, 0, 1]), 0.5) == (0, 0)


def test_two_points_in_closed_form(double):
    """``-log2[(1 + exp(-D^2 / c)) / 2]`` with c = 2 and 8 variance; and 40 uniform points."""
    for distance, lower, upper in ((2.0, 0.3160, 0.8169), (4.0, 0.8169, 0.9995)):
        points = np.array([[0.0], [distance]])
        found = kernel_information(points, np.array([0, 1]), 1.0)
        for side, c in ((found.lower, 8), (found.upper, 2)):
            exact = -np.log2((1 + np.exp(-(distance**2) / c)) / 2)
            assert float(side.with_input) == pytest.approx(exact, abs=1e-12)
            assert float(side.with_class) == pytest.approx(exact, abs=1e-12)
        assert float(found.lower.with_input) == pytest.approx(lower, abs=6e-5)
        assert float(found.upper.with_input) == pytest.approx(upper, abs=6e-5)


def test_the_chunk_does_not_change_the_bounds():
    rng = np.random.default_rng(1)
    activations, classes = rng.normal(size=(70, 3)).astype(np.float32), rng.integers(0, 2, 70)
    a, b = (kernel_information(activations, classes, 0.1, chunk) for chunk in (64, 7))
    np.testing.assert_allclose(jax.tree.leaves(a), jax.tree.leaves(b), atol=2e-6)


def test_validity_flags():
    flags = validity(np.array([[6.0, 5.9, 3.0, 3.5]]), 64)
    assert flags.ceiling == 6
    assert np.asarray(flags.saturated).tolist() == [[True, False, False, False]]
    np.testing.assert_allclose(flags.increases, [[0, 0, 0, 0.5]], atol=1e-6)
    assert class_entropy(np.array([0, 0, 1, 2])) == pytest.approx(1.5)


def test_information_of_correlated_normals():
    """-1/2 log2(1 - r^2); neighbours have a deviation of 0.043 here."""
    rng = np.random.default_rng(2)
    first = rng.normal(size=(1500, 1))
    second = 0.8 * first + 0.6 * rng.normal(size=(1500, 1))
    exact = -0.5 * np.log2(1 - 0.64)
    assert neighbour_information(first, second) == pytest.approx(exact, abs=0.13)
    assert abs(neighbour_information(first, rng.normal(size=(1500, 1)))) < 0.06


def test_information_of_separated_classes_by_neighbours():
    rng = np.random.default_rng(3)
    classes = rng.integers(0, 2, 800)
    apart = rng.normal(size=(800, 2)) + 8 * classes[:, None]
    found = neighbour_class_information(apart, classes)
    assert found == pytest.approx(class_entropy(classes), abs=0.02)
    assert abs(neighbour_class_information(rng.normal(size=(800, 2)), classes)) < 0.05


A, Y = np.random.default_rng(4).normal(size=(30, 2)), np.arange(30) % 2


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: binned_information(A, Y, 0.0), "width: 0.0 is not positive"),
        (lambda: binned_information(A * np.nan, Y, 0.1), "not finite"),
        (lambda: binned_information(A, Y * 0, 0.1), "of one class"),
        (lambda: binned_information(A[:, :0], Y, 0.1), "is not \\[input, unit\\]"),
        (lambda: kernel_information(A, Y, -1.0), "variance: -1.0 is not positive"),
        (lambda: kernel_information(A, Y * 0, 0.1), "of one class"),
        (lambda: edge_information(A[:9], A[:9], 1.0), "20 or more"),
        (lambda: edge_information(A, A * np.inf, 1.0), "not finite"),
        (lambda: neighbour_information(A, A, 30), "neighbours: 30 is outside 1 .. 29"),
        (lambda: neighbour_class_information(A, Y, 15), "class 0 has 15 inputs"),
        (lambda: contrastive_information(jax.random.key(0), A, A), "1024 \\(4 batches\\)"),
    ],
)
def test_bad_input_gets_one_line(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_other_lengths_get_one_line_without_the_type_checker():
    """As users run it; the tests check shapes before the functions do."""
    program = """
import numpy as np
from jaxrep.analysis.edge import edge_information
from jaxrep.analysis.information import binned_information
from jaxrep.analysis.neighbours import neighbour_class_information
a, y = np.eye(30, 2), np.arange(30) % 2
for call in (
    lambda: binned_information(a, y[:5], 0.1),
    lambda: edge_information(a, a[:9], 1.0),
    lambda: neighbour_class_information(a, y[:4]),
):
    try:
        call()
    except ValueError as error:
        print(error)
"""
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    first, second, third = said.stdout.splitlines()
    assert first == "classes: (5,) given for 30 inputs"
    assert "[30, 9] rows given" in second and "30 and 4 rows given" in third


def test_health_of_a_network():
    assert bool(is_dead(np.zeros((5, 3)))) and bool(is_dead(np.ones((5, 3))))
    assert not bool(is_dead(np.eye(5, 3)))
    logits = np.array([[20.0, 0.0], [0.0, 0.0], [-20.0, 0.0]])
    # margins 20, 0 and -20 for class 0: log(1e7) is 16.118
    assert float(clipped_share(jnp.asarray(logits), np.zeros(3, int))) == pytest.approx(2 / 3)
    curve = np.array([[1.0, 4.0, np.nan, 3.0], [1.0, 4.0, 3.0, np.nan]])
    np.testing.assert_allclose(lost_from_peak(curve), [1.0, np.nan])


def test_activations_that_are_not_finite_give_no_number_inside_jit():
    """A diverged network has no information, not information of zero."""
    layer = np.random.default_rng(0).normal(size=(64, 3)).astype(np.float32)
    labels = np.arange(64) % 2
    program = jax.jit(
        lambda a: (binned_information(a, labels, 0.1), kernel_information(a, labels, 0.1))
    )
    assert np.isfinite(jax.tree.leaves(program(layer))).all()
    layer[5, 1] = np.inf
    assert np.isnan(jax.tree.leaves(program(layer))).all()


def test_kernel_bounds_of_sixty_thousand_inputs_need_little_memory():
    """A chunk of rows at a time: the distances alone would be 14 GB."""
    inputs, units = 60_000, 128
    shapes = (
        jax.ShapeDtypeStruct((inputs, units), np.float32),
        jax.ShapeDtypeStruct((inputs,), np.int32),
    )
    compiled = jax.jit(lambda a, c: kernel_information(a, c, 0.1)).lower(*shapes).compile()
    assert compiled.memory_analysis().temp_size_in_bytes < 400e6
