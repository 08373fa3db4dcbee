"""Codes of a few bits, matrix entropies, distances of classes, rank correlations: known answers."""

import itertools
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform
from scipy.stats import kendalltau

from jaxrep.analysis.class_geometry import class_distances
from jaxrep.analysis.code_counts import packed_keys
from jaxrep.analysis.coded_information import (
    code_ceiling,
    code_information,
    quantile_codes,
    quantile_information,
    quantised_information,
    uniform_codes,
)
from jaxrep.analysis.compression import compression, deepest_dip
from jaxrep.analysis.layer_information import estimate_names, layer_information
from jaxrep.analysis.matrix_entropy import (
    delta_matrix,
    gaussian_matrix,
    matrix_entropy,
    matrix_information,
    matrix_layer_information,
    scaled_width,
)
from jaxrep.analysis.rank_correlation import rank_correlation


@pytest.fixture(scope="module")
def layers(shared_data):
    wanted = json.loads((shared_data / "frontier" / "information" / "layers.json").read_text())
    arrays = dict(np.load(shared_data / "information_plane" / "golden.npz"))
    names = ("tanh3sat", "relu7", "dead3")
    rows = {n: [arrays[f"{n}__{kind}"][:400] for kind in ("activations", "labels")] for n in names}
    return wanted, rows


def entropy(rows):
    shares = np.unique(rows, axis=0, return_counts=True)[1] / len(rows)
    return -np.sum(shares * np.log2(shares))


def by_definition(codes, classes):
    within = sum(np.mean(classes == y) * entropy(codes[classes == y]) for y in np.unique(classes))
    return entropy(codes), entropy(codes) - within


def test_golden_codes_over_the_layers_own_range(layers, double):
    wanted, rows = layers
    for name, (activations, classes) in rows.items():
        for bits in (2, 4, 8):
            found = quantised_information(activations, classes, bits)
            golden = wanted[f"layer range {name} first 400 rows bits {bits}"]
            np.testing.assert_allclose(found, golden, atol=1e-9, err_msg=f"{name} {bits}")
        golden = wanted[f"quantile bins 30 of distinct values {name} first 400 rows"]
        found = quantile_information(activations, classes)
        np.testing.assert_allclose(found, golden, atol=1e-9, err_msg=name)


def test_golden_matrix_entropies(layers):
    """Float64: 1e-9 of the sheet's values."""
    wanted, rows = layers
    for name, (activations, classes) in rows.items():
        for width in (0.1, 0.5):
            golden = wanted[f"renyi {name} first 400 rows sigma {width}"]
            for alpha in (1, 1.01, 2):
                found = matrix_layer_information(activations, classes, width, alpha)
                np.testing.assert_allclose(found, golden[f"alpha {alpha}"], atol=1e-7)


def test_codes_are_counted_by_definition_inside_and_outside_of_jit():
    rng = np.random.default_rng(0)
    for bits, units in ((1, 3), (4, 2), (8, 10), (16, 3)):
        codes = rng.integers(0, min(2**bits, 5), (200, units)) * (2**bits // 5 or 1)
        classes = rng.integers(0, 3, 200)
        wanted = by_definition(codes, classes)
        np.testing.assert_allclose(code_information(codes, classes, bits), wanted, atol=1e-5)
        np.testing.assert_allclose(code_information(codes, classes), wanted, atol=1e-5)
        program = jax.jit(lambda c, y, bits=bits: code_information(c, y, bits))
        np.testing.assert_allclose(program(codes, classes), wanted, atol=1e-5)


def test_packed_keys_never_collide():
    """Every row of three units of four levels, in one number each; ten of 8 bits in three."""
    rows = np.array(list(itertools.product(range(4), repeat=3)))
    (key,) = packed_keys(rows, 2)
    assert len(np.unique(key)) == 64
    assert len(packed_keys(np.zeros((5, 10), int), 8)) == 3


def test_limits_of_exact_information():
    """log2 N of distinct codes, bits per unit, 0 of a dead layer; a bijection changes nothing."""
    x = np.linspace(-1, 1, 4096)[:, None]
    classes = np.arange(4096) % 2
    assert float(quantised_information(x, classes, 12, -1, 1).with_input) == 12
    assert float(quantised_information(x, classes, 4, -1, 1).with_input) <= 4
    assert code_ceiling(4096, 1, 4) == 4 and code_ceiling(4096, 10, 8) == 12
    dead = quantised_information(np.zeros((4096, 3)), classes, 8)
    assert [float(v) for v in dead] == [0, 0]
    codes = uniform_codes(x, 4, -1, 1)
    assert int(codes.max()) == 15 and (np.diff(np.asarray(codes)[:, 0]) >= 0).all()
    assert np.isnan(quantised_program(np.full((4, 1), np.inf), np.arange(4) % 2)).all()


def quantised_program(values, classes):
    return np.array(jax.jit(lambda x, y: quantised_information(x, y, 8))(values, classes))


def test_quantile_codes_follow_the_layer():
    values = np.random.default_rng(1).normal(size=(300, 2))
    np.testing.assert_array_equal(quantile_codes(values), quantile_codes(np.exp(values)))
    counts = np.bincount(quantile_codes(values).ravel())
    assert len(counts) == 30 and counts.min() == counts.max() == 20
    assert quantile_codes(np.array([[0.0], [5.0], [5.0]]), 30).ravel().tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: uniform_codes(np.ones((2, 1)), 0), "bits: 0 given; an integer of 1 .. 16"),
        (lambda: uniform_codes(np.ones((2, 1)), 17), "bits: 17 given"),
        (lambda: quantile_codes(np.ones((2, 1)), 0), "bins: 0 given"),
        (lambda: code_information(np.array([[9]]), np.array([0]), 2), "codes: 9 .. 9 given; 0 ."),
        (lambda: code_information(np.ones((2, 1)), np.arange(2)), "codes: values of type float64"),
        (lambda: code_ceiling(0, 1, 8), "inputs, units: 0, 1 given"),
        (lambda: gaussian_matrix(np.ones((2, 1)), 0.0), "width: 0.0 is not positive"),
        (lambda: matrix_entropy(np.ones((2, 3))), "kernel: shape (2, 3) is not"),
        (lambda: matrix_entropy(np.zeros((2, 2))), "kernel: its trace is 0.0"),
        (lambda: matrix_entropy(np.eye(2), 0), "alpha: 0 is not positive"),
        (lambda: matrix_information(np.eye(2), np.eye(3)), "second: shape (3, 3) beside (2, 2)"),
        (lambda: scaled_width(0, 1), "samples, units, factor: 0, 1, 5.0 given"),
        (lambda: class_distances(np.ones((2, 1)), np.zeros(2)), "classes: all inputs are of one"),
        (lambda: rank_correlation(np.ones(3), np.ones(4)), "second: shape (4,) beside (3,)"),
        (lambda: rank_correlation(np.ones(2), np.ones(2)), "first: 2 finite pairs given"),
        (lambda: rank_correlation(np.ones(4), np.ones(4), times=1), "times: 1 given"),
    ],
)
def test_bad_input_gets_one_line(call, message):
    with pytest.raises(ValueError) as raised:
        call()
    assert str(raised.value).startswith(message)


def test_matrix_entropy_in_closed_form():
    """Two points at a distance of one width; delta kernels are the plug-in entropies."""
    kernel = gaussian_matrix(np.array([[0.0, 0.0], [3.0, 4.0]]), 5.0)
    for alpha, wanted in ((1, 0.715349), (2, 0.548059), (1.01, 0.713099)):
        assert matrix_entropy(kernel, alpha) == pytest.approx(wanted, abs=5e-7)
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 4, 60), rng.integers(0, 3, 60)
    found = matrix_information(delta_matrix(first), delta_matrix(second), 1)
    wanted = entropy(first) + entropy(second) - entropy(np.stack([first, second], 1))
    assert found == pytest.approx(wanted, abs=1e-9)


def test_matrix_information_by_the_width_alone():
    """Gauss r .9, N 300, a 1.01, of one draw: the sheet has 3.20 1.54 1.12 .73 .33; h = 5: .451."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 1))
    y = 0.9 * x + 0.19**0.5 * rng.normal(size=(300, 1))
    widths = {0.05: 3.20, 0.2: 1.54, 0.5: 1.12, 1.0: 0.73, 2.0: 0.33, scaled_width(300, 1): 0.451}
    for width, wanted in widths.items():
        found = matrix_information(gaussian_matrix(x, width), gaussian_matrix(y, width))
        assert found == pytest.approx(wanted, abs=0.12 if width < 2 else 0.06), width


def test_a_layer_in_other_units_has_the_same_matrix_information():
    x, y = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40) % 2
    np.testing.assert_allclose(
        matrix_layer_information(x, y), matrix_layer_information(1e4 * x + 7, y), rtol=1e-6
    )
    assert float(matrix_layer_information(np.ones((40, 3)), y).with_input) == pytest.approx(0)


def test_class_distances_by_definition():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(50, 4)) + 3, rng.integers(0, 3, 50)
    x[7] = 0  # has no angle
    off = ~np.eye(50, dtype=bool)
    same = (y[:, None] == y) & off
    squared, cosine = squareform(pdist(x, "sqeuclidean")), np.ones((50, 50))
    rest = np.arange(50) != 7
    cosine[np.ix_(rest, rest)] = squareform(pdist(x[rest], "cosine"))
    both = rest[:, None] & rest
    wanted = [squared[same].mean(), squared[off & ~same].mean()]
    wanted += [cosine[same & both].mean(), cosine[off & ~same & both].mean()]
    for program in (class_distances, jax.jit(class_distances)):
        found = program(x.astype(np.float32), jnp.asarray(y))
        np.testing.assert_allclose(found, wanted, rtol=2e-4)
    assert float(found.ratio) == pytest.approx(wanted[0] / wanted[1], rel=1e-4)


def test_geometry_of_points_and_of_noise():
    y = np.arange(400) % 2
    assert float(class_distances(y[:, None].astype(float), y).ratio) == 0
    noise = class_distances(np.random.default_rng(0).normal(size=(400, 5)), y)
    assert float(noise.ratio) == pytest.approx(1, abs=0.02)
    assert np.isnan(float(class_distances(np.ones((4, 2)), y[:4]).ratio))


def test_rank_correlation_its_interval_and_its_null():
    rng = np.random.default_rng(0)
    x = rng.normal(size=60)
    near = rank_correlation(x, np.exp(x + 0.5 * rng.normal(size=60)))
    assert near.low < near.tau < near.high and near.low > near.null and near.share < 0.01
    chance = [rank_correlation(rng.normal(size=30), rng.normal(size=30), times=99).share < 0.05]
    chance += [
        rank_correlation(rng.normal(size=30), rng.normal(size=30), seed=s, times=99).share <= 0.05
        for s in range(39)
    ]
    assert sum(chance) <= 7  # of 40, expected 2
    tied = rng.integers(0, 4, 60), rng.integers(0, 3, 60)
    wanted = kendalltau(*tied).statistic  # pyright: ignore[reportAttributeAccessIssue]
    assert rank_correlation(*tied, times=2).tau == pytest.approx(wanted, abs=1e-12)
    alike = rank_correlation(x, np.ones(60))
    assert np.isnan(alike.tau) and alike.networks == 60
    gaps = x.copy()
    gaps[:5] = np.nan
    assert rank_correlation(gaps, x).networks == 55


def test_rank_correlation_within_the_settings_of_a_sweep():
    """Settings that differ make a relation of means; within them there is none."""
    rng = np.random.default_rng(0)
    settings = np.repeat(np.arange(6), 10)
    x, y = (10.0 * settings + rng.normal(size=60) for _ in range(2))
    assert rank_correlation(x, y).tau > 0.7
    within = rank_correlation(x, y, settings)
    assert abs(within.tau) < within.null + 0.05 and within.share > 0.02


def test_compression_against_the_curves_own_dips():
    """A dip that is found again is none; what ends below it is; an unknown end is unknown."""
    fell = [0.0, 6.0, 4.0, 6.0, 1.0]  # loses 5, dip 2
    dipped = [0.0, 6.0, 1.0, 5.5, 5.0]  # loses 1, dip 4.5
    steady = [0.0, 1.0, 2.0, 3.0, 3.0]
    unknown = [0.0, 5.0, 1.0, 1.0, np.nan]
    found = compression(np.array([fell, dipped, steady, unknown]))
    np.testing.assert_allclose(found.lost, [5, 1, 0, np.nan])
    np.testing.assert_allclose(found.dip, [2, 4.5, 0, np.nan])
    assert found.compresses.tolist() == [True, False, False, False]
    assert (found.networks, found.count) == (3, 1)
    assert str(found).startswith("compresses in some seeds (1.00 bits lost from the peak, 0.00 to")
    assert compression(np.array([fell] * 10)).verdict == "compresses"
    assert compression(np.array([steady] * 10)).verdict == "does not compress"
    assert "not known" in str(compression(np.array([unknown])))
    gaps = np.array([np.nan, 6.0, np.nan, 4.0, 6.0, np.nan, 1.0])
    assert float(deepest_dip(gaps)) == 2
    with pytest.raises(ValueError, match="values: shape .* has no steps"):
        deepest_dip(np.zeros((2, 0)))


def test_estimators_that_follow_the_layer_do_not_see_its_growth():
    """A layer a thousand times as large: fixed bins and noise see more, these the same."""
    rng = np.random.default_rng(0)
    layer, classes = np.maximum(rng.normal(size=(200, 3)), 0), np.arange(200) % 2
    names = ("own_range", "quantiles", "scaled_kernel", "renyi")
    assert estimate_names(names)[2:] == ["scaled lower", "scaled upper", "renyi"]
    every = layer_information([layer, 1000 * layer], np.eye(200), classes, names)
    np.testing.assert_allclose(every[..., 0], every[..., 1], rtol=1e-4, atol=1e-4)
    fixed = layer_information([layer, 1000 * layer], np.eye(200), classes, ("binning",), (0.5,))
    assert fixed[0, 0, 1] > fixed[0, 0, 0] + 0.5
    dead = layer_information([np.zeros((200, 3))], np.eye(200), classes, names)
    np.testing.assert_allclose(dead, 0, atol=1e-5)
